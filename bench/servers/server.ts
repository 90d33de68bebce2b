import type { Contact, Person } from "../load/people.ts";
import type { Need } from "../scenarios/scenario.ts";

/** What a driver is told when it starts its server. */
export interface StartOptions {
  /** Empty folder for configuration, data and logs; removed afterwards. */
  readonly folder: string;
  /** Accounts to make. Servers that do not ask the application get the lists from here too. */
  readonly people: readonly Person[];
  /** Port of the fake application on 127.0.0.1. */
  readonly appPort: number;
  /** What the rows to be played need: Kith is configured for it. */
  readonly needs: ReadonlySet<Need>;
  /** Core to run on, or undefined where pinning is not possible. */
  readonly core: number | undefined;
  /** A CPU profile will be asked for. */
  readonly profile: boolean;
}

/** One change of one person's list, as the application makes it known. */
export interface Change {
  readonly person: string;
  /** Contacts that are new or have a new name. */
  readonly put: readonly Contact[];
  /** Contacts that went. */
  readonly drop: readonly string[];
}

/** A running server under test. */
export interface Server {
  readonly pid: number;
  /** Port for clients: plain TCP, SASL PLAIN. */
  readonly c2s: number;
  /** Tells the server about changed lists in the way it offers; resolves when it has answered 200. */
  refresh(changes: readonly Change[]): Promise<void>;
  /** The HTTP side, for what only Kith has. */
  readonly http?: { readonly port: number; readonly headers: Readonly<Record<string, string>> };
  /** Bytes of the database, those of deleted rows not counted. */
  stored?(): number;
  /** Takes a CPU profile into `file` until the returned function is called. */
  profile?(file: string): Promise<() => Promise<void>>;
  /** Its answers to a login are canned, and fit PLAIN only. */
  readonly isCanned?: boolean;
  /** Ends the process and waits for its end. */
  stop(): Promise<void>;
}

/** Whether and how a server can be measured here. */
export type Probe =
  | {
      readonly ok: true;
      readonly version: string;
      /** Where changed contacts come from: `pull` one refresh call, the server asks the application; `push` one call per contact. */
      readonly lists: "pull" | "push" | "unchanging" | "none";
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly reason: string };

/** How one kind of server is found, configured, started and told about changes. */
export interface Driver {
  readonly name: string;
  probe(): Probe;
  start(options: StartOptions): Promise<Server>;
}
