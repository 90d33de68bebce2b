/** One call as the document at /openapi.json has it: written beside its schemas, put together in `document.ts`. */
import type { z } from "zod";

/** Who may call. */
export type Access =
  /** A token of `http.tokens`; everybody with `http.auth: "none"`. */
  | "token"
  /** The same, or a Standard Webhooks signature. */
  | "token-or-signature"
  /** A token, whatever `http.auth` says. */
  | "token-always"
  /** A token of `http.tokens` or `http.adminTokens`, whatever `http.auth` says. */
  | "admin"
  /** A token unless `http.openMetrics`. */
  | "metrics"
  | "open"
  /** The application is called: by `contacts.bearer`. */
  | "by-bearer"
  /** The application is called: by `contacts.bearer`, and signed with `contacts.secret`. */
  | "by-signature";

export type Method = "get" | "post" | "put" | "patch" | "delete";

export interface Content {
  readonly schema: z.ZodType;
  /** `application/json` when absent. */
  readonly types?: readonly string[];
  /** By name; at least one. */
  readonly examples: Readonly<Record<string, unknown>>;
}

export interface AnswerDoc {
  readonly description: string;
  readonly content?: Content;
  /** Names of headers and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly method: Method;
  /** Of Kith: as it is routed, `{name}` where the router has `:name`. Of the application: the name of the call. */
  readonly path: string;
  /** Unique, for programs that are made from the document. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** `?domain=` or the Host header chooses the domain. */
  readonly isOfDomain?: boolean;
  readonly isIdempotent?: boolean;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Content & { readonly isOptional?: boolean };
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Statuses that come with a problem, beside those that follow from the rest. */
  readonly problems?: Readonly<Record<number, string>>;
}

/** An answer in JSON. */
export function json(
  description: string,
  schema: z.ZodType,
  example: unknown,
  headers: Readonly<Record<string, string>> = {},
): AnswerDoc {
  return { description, content: { schema, examples: { example } }, headers };
}
