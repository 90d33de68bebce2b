/** `kith-sdk`: the application's side of Kith. */
export type { CallerOptions, Handler } from "./answers.ts";
export type { AppPasswords } from "./app-passwords.ts";
export {
  batchHandler,
  type FindMany,
  type FoundMany,
  type OneByOneOptions,
  oneByOne,
} from "./batch-handler.ts";
export type { CallOptions } from "./call.ts";
export { type ContactsHandlerOptions, contactsHandler, type FindContacts } from "./contacts-handler.ts";
export type { DeviceLinkOptions, DeviceLinks } from "./device-links.ts";
export {
  KithApiError,
  KithError,
  type KithErrorCode,
  KithNetworkError,
  KithRefreshError,
  LoginChallengeError,
  type ProblemDetail,
  WebhookError,
  type WebhookFault,
} from "./errors.ts";
export type { EventsOptions } from "./events.ts";
export { type ChangeOptions, createKith, type Kith, type KithOptions, type RefreshOptions } from "./kith.ts";
export { type LoginChallenge, type LoginChallengeOptions, loginChallenge } from "./login-challenge.ts";
export { type LoginTokenOptions, loginToken } from "./login-token.ts";
export {
  type NodeHandler,
  type NodeHandlerOptions,
  type NodeRequest,
  type NodeResponse,
  toNodeHandler,
} from "./node-handler.ts";
export { type PasswordAnswers, type PasswordQuestion, passwordHandler } from "./password-handler.ts";
export { type Decide, proposalsHandler } from "./proposals-handler.ts";
export type {
  AppPassword,
  Contact,
  Contacts,
  ContactsPatch,
  Decision,
  DeviceLink,
  Disagreement,
  EdgesAnswer,
  ExplainedPerson,
  Explanation,
  KithEvent,
  NewAppPassword,
  NewDeviceLink,
  Pair,
  Presence,
  Problem,
  Proposal,
  ProposalAnswer,
  RefreshAnswer,
  RefreshAnswerWithResults,
  RefreshResult,
  Roster,
  Subscription,
} from "./types.ts";
export {
  type HeadersLike,
  type SignedCall,
  signWebhook,
  type VerifyOptions,
  verifyWebhook,
  type Webhook,
} from "./webhook.ts";
