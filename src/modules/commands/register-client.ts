/** The command "Register an OAuth client": the same as `kith oauth register`, from an administrator's own client. */
import type { Field, Form, Values } from "../data-forms.ts";
import type { Again, Ask, Caller, Command, Done } from "./command.ts";

/** What the form says; what is wrong in it is found by whoever registers. */
export interface ClientWish {
  readonly name: string;
  readonly uri: string;
  readonly redirects: readonly string[];
  readonly kind: "native" | "web";
  readonly isPublic: boolean;
  readonly grants: readonly ("code" | "device")[];
  readonly scope: undefined;
}

export interface NewClient {
  readonly ok: true;
  readonly clientId: string;
  /** Undefined: a public client has none. */
  readonly secret: string | undefined;
  /** Names it in `oauth.denied`. */
  readonly hash: string;
  /** Seconds since the epoch; undefined: never. */
  readonly expiresAt: number | undefined;
}

export interface RegisterClientPort {
  /** The domain has clients. */
  isServed(domain: string): boolean;
  isAdmin(caller: Caller): boolean;
  register(caller: Caller, wish: ClientWish): Promise<NewClient | { readonly ok: false; readonly description: string }>;
}

export const REGISTER_CLIENT_NODE = "urn:kith:commands#register-client";
const NAME = "Register an OAuth client";

const FORM: Form = {
  title: NAME,
  instructions: "What the program says of itself. Nothing is stored: the client id is the signed registration.",
  fields: [
    { type: "text-single", name: "client_name", label: "Name", isRequired: true },
    {
      type: "text-single",
      name: "client_uri",
      label: "Its page",
      description: "An https address of whoever made it.",
      isRequired: true,
    },
    {
      type: "text-multi",
      name: "redirect_uris",
      label: "Redirect URIs",
      description: "Where people are sent back to, one a line. Only a program that asks by device code has none.",
    },
    {
      type: "list-single",
      name: "application_type",
      label: "Kind",
      values: ["web"],
      options: { web: "On a web server", native: "On people's own devices" },
    },
    { type: "boolean", name: "public", label: "It cannot keep a secret" },
    { type: "boolean", name: "device", label: "It asks by device code (RFC 8628)" },
  ],
};

export function registerClientCommand(port: RegisterClientPort): Command {
  return {
    node: REGISTER_CLIENT_NODE,
    name: NAME,
    mayRun: (caller) => port.isServed(caller.domain) && port.isAdmin(caller),
    start: (caller): Ask => ({
      kind: "ask",
      form: FORM,
      isLast: true,
      next: (values) => register(port, caller, values),
    }),
  };
}

async function register(port: RegisterClientPort, caller: Caller, values: Values): Promise<Done | Again> {
  const registered = await port.register(caller, wishOf(values));
  if (!registered.ok) return { kind: "again", note: { type: "error", text: registered.description } };
  return {
    kind: "done",
    form: resultOf(caller, registered),
    notes: [{ type: "info", text: "The id and the secret are stored nowhere: keep them." }],
  };
}

function wishOf(values: Values): ClientWish {
  const one = (name: string): string | undefined => values.get(name)?.[0];
  const redirects = values.get("redirect_uris") ?? [];
  const isDevice = values.has("device");
  return {
    name: one("client_name") ?? "",
    uri: one("client_uri") ?? "",
    redirects,
    kind: one("application_type") === "native" ? "native" : "web",
    isPublic: values.has("public"),
    grants: [
      ...(redirects.length > 0 || !isDevice ? (["code"] as const) : []),
      ...(isDevice ? (["device"] as const) : []),
    ],
    scope: undefined,
  };
}

function resultOf({ domain }: Caller, { clientId, secret, hash, expiresAt }: NewClient): Form {
  const until = expiresAt === undefined ? "for ever" : new Date(expiresAt * 1000).toISOString();
  const rows: readonly (readonly [name: string, label: string, value: string | undefined])[] = [
    ["client_id", "Client id", clientId],
    ["client_secret", "Client secret", secret],
    ["domain", "Good for", domain],
    ["expires", "Good until", until],
    ["hash", "Names it in oauth.denied", hash],
  ];
  const fields = rows.flatMap(([name, label, value]): readonly Field[] =>
    value === undefined ? [] : [{ type: "text-single", name, label, values: [value] }],
  );
  return { title: NAME, fields };
}
