/** `kith oauth …`: clients of the authorization server, without a running one, as nothing about them is stored. */
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { hash } from "./oauth/hash.ts";
import { register } from "./oauth/register.ts";
import { verify } from "./oauth/verify.ts";
import { readSettings } from "./settings.ts";

const FLAGS = {
  name: { type: "string" },
  uri: { type: "string" },
  redirect: { type: "string", multiple: true },
  grant: { type: "string", multiple: true },
  scope: { type: "string" },
  native: { type: "boolean" },
  public: { type: "boolean" },
  domain: { type: "string" },
  json: { type: "boolean" },
} as const;

export type OauthFlags = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

export interface OauthCall {
  readonly words: readonly string[];
  readonly flags: OauthFlags;
  readonly io: Io;
  /** @throws KithError as `readSettings` */
  readonly settings: () => ReturnType<typeof readSettings>;
}

const ACTIONS: Readonly<Record<string, (call: OauthCall) => Promise<number>>> = { register, verify, hash };

export const oauth: Command = {
  name: "oauth",
  usage: [
    "oauth register --name NAME --uri https://… --redirect URI [--redirect URI …] [--native] [--public]",
    "                    [--grant code|device …] [--scope SCOPE] [--domain DOMAIN] [--json]",
    "oauth register METADATA.json|- [--domain DOMAIN] [--json]   the same, as RFC 7591 §2 writes it",
    "oauth verify CLIENT_ID [--domain DOMAIN] [--json]   whose it is, until when, or why it is refused",
    "oauth hash CLIENT_ID                                what goes into oauth.denied",
  ].join("\n"),
  summary: "register OAuth clients, look at their ids",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, ...FLAGS });
    const [name = "", ...words] = positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined)
      throw new UsageError(`what about OAuth clients? One of ${Object.keys(ACTIONS).join(", ")}`);
    const { config, ...flags } = values;
    return action({ words, flags, io, settings: () => readSettings({ config }, io) });
  },
};
