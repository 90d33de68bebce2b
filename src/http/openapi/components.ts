/** From the zod definitions that check and type what is sent to the JSON Schemas of the document. */
import { z } from "zod";
import { contactSchema, contactsSchema } from "../../contacts/contact-schema.ts";
import { metadataSchema } from "../../login/oauth/client-metadata.ts";
import { accountsRequest } from "../accounts.ts";
import {
  domainsAnswer,
  eventsAnswer,
  listFacts,
  overviewAnswer,
  peopleAnswer,
  personAnswer,
} from "../schemas/admin.ts";
import { batchAnswer, batchBody, decisionAnswer, proposalBody } from "../schemas/application.ts";
import { auditAnswer, disagreement } from "../schemas/audit.ts";
import { healthAnswer, hostMetaAnswer, notReadyAnswer, problemAnswer, readyAnswer } from "../schemas/common.ts";
import {
  appPasswordBody,
  appPasswordMade,
  appPasswordsAnswer,
  deviceLinkBody,
  deviceLinkMade,
  deviceLinksAnswer,
  removedAnswer,
} from "../schemas/devices.ts";
import { edgesAnswer, edgesBody } from "../schemas/edges.ts";
import { deadAnswer, eventSchema, retryAnswer, retryRequest } from "../schemas/events.ts";
import { explainAnswer, explainedPerson } from "../schemas/explain.ts";
import { oauthErrorAnswer, registeredAnswer } from "../schemas/oauth.ts";
import { presenceAnswer, userPresence } from "../schemas/presence.ts";
import { refreshAnswer, refreshBody, refreshOneAnswer } from "../schemas/refresh.ts";
import { problemFound, rosterAnswer, rosterPatchBody, rosterPutBody } from "../schemas/roster.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

const PREFIX = "#/components/schemas/";

/** What has a name in the document; whatever else holds one of these points to it. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Contact: contactSchema,
  Contacts: contactsSchema,
  ContactsToSet: rosterPutBody,
  ContactsPatch: rosterPatchBody,
  Roster: rosterAnswer,
  ProblemInList: problemFound,
  RefreshRequest: refreshBody,
  RefreshAnswer: refreshAnswer,
  RefreshOneAnswer: refreshOneAnswer,
  EdgesRequest: edgesBody,
  EdgesAnswer: edgesAnswer,
  ExplainAnswer: explainAnswer,
  ExplainedPerson: explainedPerson,
  AuditAnswer: auditAnswer,
  Disagreement: disagreement,
  PresenceAnswer: presenceAnswer,
  UserPresence: userPresence,
  Event: eventSchema,
  DeadEvents: deadAnswer,
  RetryRequest: retryRequest,
  RetryAnswer: retryAnswer,
  AppPasswordRequest: appPasswordBody,
  AppPassword: appPasswordMade,
  AppPasswordList: appPasswordsAnswer,
  DeviceLinkRequest: deviceLinkBody,
  DeviceLink: deviceLinkMade,
  DeviceLinkList: deviceLinksAnswer,
  Removed: removedAnswer,
  BatchRequest: batchBody,
  BatchAnswer: batchAnswer,
  Proposal: proposalBody,
  Decision: decisionAnswer,
  ClientMetadata: metadataSchema,
  RegisteredClient: registeredAnswer,
  OauthError: oauthErrorAnswer,
  Problem: problemAnswer,
  Health: healthAnswer,
  Ready: readyAnswer,
  NotReady: notReadyAnswer,
  HostMeta: hostMetaAnswer,
  AccountsRequest: accountsRequest,
  AdminDomains: domainsAnswer,
  AdminOverview: overviewAnswer,
  AdminPeople: peopleAnswer,
  AdminPerson: personAnswer,
  AdminEvents: eventsAnswer,
  AdminListFacts: listFacts,
};

const names = new Map(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

/** Under `components.schemas`. */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => PREFIX + id, override: tidy });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutHead(schema)]));
}

/** Points to the component; what has no name is told where it stands. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  const name = names.get(schema);
  if (name !== undefined) return { $ref: PREFIX + name };
  return withoutHead(z.toJSONSchema(schema, { io: "input", override: tidy }));
}

function withoutHead(schema: JsonSchema): JsonSchema {
  const { $schema, $id, ...rest } = schema;
  return rest;
}

/** Leaves out what says nothing to a reader: `format` names the pattern, and integers are what JavaScript can count. */
function tidy({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema["format"] !== undefined) delete jsonSchema["pattern"];
  if (jsonSchema["minimum"] === Number.MIN_SAFE_INTEGER) delete jsonSchema["minimum"];
  if (jsonSchema["maximum"] === Number.MAX_SAFE_INTEGER) delete jsonSchema["maximum"];
}
