/** What the pages of the authorization server are given. All moments are ms since the epoch. */
import type { Html } from "../../html.ts";

/** What is known of the app that asks. Anybody can register any name, so `target` is shown beside it. */
export interface ClientFacts {
  readonly name: string;
  /** What the client says is its home page. */
  readonly uri: string | undefined;
  /** Where it gets the answer: "app.example.com", "this computer", "the app com.example.chat", or DEVICE_TARGET. */
  readonly target: string;
  readonly registered: number | undefined;
}

export interface ScopeFacts {
  /** As in the protocol: the value of the field `scope`. */
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  /** Cannot be taken off. */
  readonly required: boolean;
}

/** All fields of a page that posts: `action` is where to, `csrf` goes with every form of it. */
interface Posting {
  readonly domain: string;
  readonly action: string;
  readonly csrf: string;
}

/** Posts `username` and `password`, or `decision=cancel`. */
export interface LoginProps extends Posting {
  /** Undefined: it is the person's own page that wants to know who they are. */
  readonly client: ClientFacts | undefined;
  readonly username: string;
  readonly problem: string | undefined;
  readonly cancel: boolean;
}

/** Posts `scope` for each that is allowed and `decision=allow`; or `decision=deny`; or `decision=switch`. */
export interface ConsentProps extends Posting {
  readonly client: ClientFacts;
  /** Bare JID. */
  readonly user: string;
  readonly scopes: readonly ScopeFacts[];
  readonly problem: string | undefined;
}

/** Posts `user_code`, as it was typed, and the token as `xsrf`: as the engine has it. */
export interface DeviceCodeProps extends Posting {
  readonly userCode: string;
  readonly problem: string | undefined;
}

/** Posts `user_code` with `confirm=yes` or `abort=yes`, and the token as `xsrf`: as the engine has it. */
export interface DeviceConfirmProps extends Posting {
  readonly client: ClientFacts;
  /** Bare JID; undefined: nobody is logged in yet. */
  readonly user: string | undefined;
  readonly userCode: string;
  readonly scopes: readonly ScopeFacts[];
}

export interface DoneProps {
  readonly domain: string;
  readonly title: string;
  readonly text: string;
}

export interface ErrorProps {
  readonly domain: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Of RFC 6749, for who reports it. */
  readonly code: string | undefined;
}

/** The field `kind` of each form on the account page: what to remove (`id` says which), to add (`name`), or to end. */
export type AccountKind =
  | "app"
  | "app-password"
  | "device"
  | "session"
  | "add-app-password"
  | "add-device"
  | "log-out"
  | "everything";

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly lastUsed: number | undefined;
}

export interface AppFacts extends Kept {
  readonly uri: string | undefined;
  readonly target: string;
  /** In words. */
  readonly scopes: readonly string[];
}

export type AppPasswordFacts = Kept;
export type DeviceFacts = Kept;

export interface SessionFacts {
  readonly id: string;
  readonly resource: string;
  /** Of the app or device that logged in. */
  readonly name: string | undefined;
  readonly since: number;
  readonly transport: string;
  readonly current: boolean;
}

export interface AccountProps extends Posting {
  readonly user: string;
  readonly notice: string | undefined;
  readonly apps: readonly AppFacts[];
  readonly appPasswords: readonly AppPasswordFacts[];
  readonly devices: readonly DeviceFacts[];
  readonly sessions: readonly SessionFacts[];
  /** False: those that exist can be removed, none can be added. */
  readonly mayAddPassword: boolean;
  /** The same for links that let a device in. */
  readonly mayAddDevice: boolean;
  /** With it, moments near it are told as "3 minutes ago". */
  readonly now?: number;
}

export interface NewPasswordProps {
  readonly domain: string;
  readonly user: string;
  readonly name: string;
  readonly password: string;
  /** The address of the account page. */
  readonly back: string;
}

export interface DeviceLinkProps {
  readonly domain: string;
  readonly user: string;
  readonly name: string;
  readonly uri: string;
  /** Of `qrCode(uri)`; undefined: it does not fit into one. */
  readonly qr: Html | undefined;
  readonly expires: number;
  readonly back: string;
  /** With it, `expires` is told as "in 10 minutes". */
  readonly now?: number;
}
