/** What goes between an application and Kith, as both write it. */

export type Subscription = "both" | "to" | "from" | "none";

/** One contact of somebody. All members may be left out. */
export interface Contact {
  /** What the person sees; at most 1023 bytes. */
  readonly name?: string | null;
  /** At most 100. */
  readonly groups?: readonly string[] | null;
  /** Who sees whose presence; `both` when left out. */
  readonly subscription?: Subscription | null;
  /** The person has asked to see this contact. */
  readonly ask?: "subscribe" | null;
  /** RFC 3339: the contact ends by itself at that moment. */
  readonly until?: string | null;
}

/** Somebody's contacts: bare addresses (`marie@example.com`) and what is to be shown of each. */
export type Contacts = Readonly<Record<string, Contact>>;

/** A JSON merge patch (RFC 7396) of contacts: `null` removes a contact, or a member of one. */
export type ContactsPatch = Readonly<Record<string, Contact | null>>;

/** Something in a list that Kith left out, cut or mended. */
export interface Problem {
  readonly code: string;
  readonly contact?: string;
  readonly member?: string;
  readonly text: string;
}

/** What a refresh did to one person's list, or would do in a dry run. */
export type RefreshResult =
  | {
      readonly status: "ok";
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
      readonly source: string;
      readonly stale: boolean;
      /** Devices that were online. */
      readonly online: number;
      readonly problems: readonly Problem[];
    }
  | {
      readonly status: "error";
      /** In one word: `timeout`, `refused`, `status`, `not-json` … */
      readonly failure: string;
      readonly message: string;
      readonly stale: boolean;
      readonly online: number;
    };

export interface RefreshAnswer {
  readonly status: "ok" | "error";
  readonly message: string;
  /** People whose list is up to date now, those who are offline included. */
  readonly updated: number;
  /** People whose list could not be fetched. */
  readonly errors: number;
}

export interface RefreshAnswerWithResults extends RefreshAnswer {
  readonly results: Readonly<Record<string, RefreshResult>>;
}

/** The list that Kith holds of somebody. */
export interface Roster {
  readonly user: string;
  readonly contacts: Contacts;
  /** A hash of the content: goes into `ifMatch`. */
  readonly version: string;
  /** Seconds since the application confirmed it. */
  readonly age: number;
  readonly source: string;
  /** The last try to renew it failed. */
  readonly stale: boolean;
  /** Resources that are online. */
  readonly online: readonly string[];
  /** After `setContacts` and `patchContacts`: what was left out, cut or mended. */
  readonly problems?: readonly Problem[];
}

/** What is listed of a password for one device. */
export interface AppPassword {
  readonly id: string;
  /** What the person calls the device. */
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  /** RFC 3339, to the minute; null: never. */
  readonly lastUsed: string | null;
}

/** A new password for one device. */
export interface NewAppPassword {
  readonly id: string;
  readonly user: string;
  readonly name: string;
  /** Told this once. */
  readonly password: string;
  readonly created: string;
}

/** A link that nobody has used yet. */
export interface DeviceLink {
  readonly id: string;
  /** What the device will be called. */
  readonly name: string;
  /** RFC 3339, both. */
  readonly created: string;
  readonly expires: string;
}

/** A link by which one device sets itself up. */
export interface NewDeviceLink {
  readonly id: string;
  readonly user: string;
  readonly name: string;
  /** To be opened on the device. A secret. */
  readonly uri: string;
  /** The same as a QR code, an SVG image; null: the address is too long for one. */
  readonly qr: string | null;
  readonly expires: string;
}

/** Two usernames; each becomes, or is no longer, a contact of the other. */
export type Pair = readonly [string, string];

export interface EdgesAnswer {
  readonly status: "ok" | "error";
  readonly connected: number;
  readonly disconnected: number;
}

export interface Presence {
  /** At least one client is available. */
  readonly online: boolean;
  readonly resources: readonly {
    readonly resource: string;
    /** Null: just available. */
    readonly show: "away" | "chat" | "dnd" | "xa" | null;
    readonly priority: number;
  }[];
  /** RFC 3339; null: never seen. */
  readonly lastActivity: string | null;
}

/** One of the two people of an explanation. */
export interface ExplainedPerson {
  readonly jid: string;
  readonly domain: "served" | "other";
  /** A copy of this person's list is held. */
  readonly held: boolean;
  /** How the list has the other person; null: it does not. */
  readonly entry: {
    readonly name: string | null;
    readonly groups: readonly string[];
    readonly subscription: Subscription;
    readonly ask: boolean;
    readonly until: string | null;
  } | null;
  readonly version: string | null;
  /** Seconds since the application confirmed the list. */
  readonly age: number | null;
  readonly source: string | null;
  readonly stale: boolean;
  /** A refresh marked the list old: the next login asks the application. */
  readonly old: boolean;
  readonly resources: readonly {
    readonly resource: string;
    readonly available: boolean;
    readonly show: string | null;
    readonly priority: number;
    readonly since: string;
  }[];
  readonly lastActivity: string | null;
  readonly blocks: readonly string[];
  readonly problems: readonly Problem[];
}

/** Why one person does or does not see another. */
export interface Explanation {
  /** At this moment the user is shown the contact as available. */
  readonly visible: boolean;
  /** Both held lists let the contact's presence come to the user. */
  readonly allowed: boolean;
  /** Sentences for a person, the decisive ones first. */
  readonly reasons: readonly string[];
  readonly user: ExplainedPerson;
  readonly contact: ExplainedPerson;
}

/** Two held lists that do not agree; null: the one does not list the other. */
export interface Disagreement {
  readonly a: string;
  readonly b: string;
  readonly a_lists_b: Subscription | null;
  readonly b_lists_a: Subscription | null;
}

/** What every event has. */
interface EventOf<Type extends string, Data> {
  /** Goes into `since` to continue after this event. */
  readonly id: string;
  readonly type: Type;
  /** RFC 3339. */
  readonly time: string;
  readonly domain: string;
  /** Username of whom it is about. */
  readonly user: string;
  readonly data: Data;
}

/** Something that happened at Kith. */
export type KithEvent =
  | EventOf<"presence", { readonly state: "online" | "away" | "offline"; readonly lastActivity: string }>
  | EventOf<
      "session",
      {
        readonly state: "started" | "ended";
        readonly resource: string;
        readonly transport: string;
        readonly address?: string;
      }
    >
  | EventOf<
      "proposal",
      {
        /** `id` of the proposal. */
        readonly proposal: string;
        readonly action: Proposal["type"];
        readonly contact: string;
        readonly outcome: Decision | "failed";
        readonly reason?: string;
      }
    >
  | EventOf<"contacts.problems", { readonly problems: readonly Problem[]; readonly more: number }>
  /** Events are missing before this one: ask `presence` of those you show. Only in the stream. */
  | { readonly id: string; readonly type: "reset"; readonly reason: "too-old" | "unknown" };

/** What somebody asked for in their client. */
export interface Proposal {
  readonly id: string;
  readonly type: "add" | "remove" | "rename" | "regroup" | "accept" | "decline";
  /** Username of who asks. */
  readonly user: string;
  /** Bare address of whom it is about. */
  readonly contact: string;
  /** How it would be called afterwards. */
  readonly name?: string | null;
  /** The groups that it would be in afterwards. */
  readonly groups?: readonly string[];
  /** What they wrote to the contact. */
  readonly message?: string | null;
}

export type Decision = "accept" | "deny" | "later";

export interface ProposalAnswer {
  readonly decision: Decision;
  /** Shown to the person. */
  readonly reason?: string;
}
