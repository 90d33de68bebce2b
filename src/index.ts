/** The public interface for programs that embed Kith: `import { createServer } from "kith-xmpp"`. */
export type { ConfigInput } from "./config/schema.ts";
export type { FetchFailure, Problem, RefreshResult } from "./contacts/contacts.ts";
export type { ContactsFunction } from "./contacts/source.ts";
export { KithError, type KithErrorCode } from "./errors.ts";
export type { Ports } from "./listeners.ts";
export type { Log, LogFields } from "./log.ts";
export {
  createServer,
  type EventName,
  type RefreshOptions,
  type Server,
  type ServerEvent,
  type ServerOptions,
} from "./server.ts";
export type { Users } from "./users.ts";
export { VERSION } from "./version.ts";
