/** What the application serves, by the key of the configuration that says where. Contract §1 and §3 */
import { contactsSchema } from "../../contacts/contact-schema.ts";
import {
  batchAnswer,
  batchBody,
  decisionAnswer,
  passwordAnswer,
  passwordBody,
  proposalBody,
} from "../schemas/application.ts";
import { eventSchema } from "../schemas/events.ts";
import { eventExample } from "./events.ts";
import { json, type Operation } from "./operation.ts";

const TAG = "Your application";
const john = {
  "marie@example.com": { name: "Marie", groups: ["Friends", "Work"] },
  "michael@example.com": { name: "Michael", subscription: "to" },
  "aaron@example.com": { name: "Aaron", until: "2026-12-24T18:00:00Z" },
};

export const applicationOperations: readonly Operation[] = [
  {
    method: "get",
    path: "contacts.url",
    id: "serveContacts",
    tag: TAG,
    summary: "The contacts of one person",
    description:
      "Asked at `contacts.url`, in which `%s` is the percent-encoded username. Any other status is a failed fetch: the last good copy stays. No redirects, no Content-Encoding, UTF-8.",
    access: "by-bearer",
    headers: { "If-None-Match": "The ETag of the copy that is held." },
    answers: {
      200: json("All contacts of this person.", contactsSchema, john, {
        ETag: "Sent back as If-None-Match.",
        "Cache-Control":
          "`max-age`: no login asks again while it lasts. `stale-if-error`: how long a copy may stand in.",
      }),
      304: { description: "As it was." },
      404: { description: "There is no such person." },
    },
  },
  {
    method: "post",
    path: "contacts.batchUrl",
    id: "serveContactsOfMany",
    tag: TAG,
    summary: "The contacts of many people at once",
    access: "by-signature",
    body: { schema: batchBody, examples: { users: { users: ["john", "aaron", "ghost"] } } },
    answers: { 200: json("The contacts of each.", batchAnswer, { john, aaron: {}, ghost: null }) },
  },
  {
    method: "post",
    path: "accounts.http.url",
    id: "checkPassword",
    tag: TAG,
    summary: "Somebody logs in with a password",
    description:
      "Any other status or body, or none in time, is no decision: the client is told to try again. A yes is remembered for `accounts.http.cache`. With `accounts.http.exists` it is also asked without a password, whether there still is such a person, before a grant, an app password or a device lets somebody in; no decision keeps nobody out then.",
    access: "by-signature",
    body: {
      schema: passwordBody,
      examples: {
        password: { user: "john", domain: "example.com", password: "correct horse" },
        existence: { user: "john", domain: "example.com" },
      },
    },
    answers: { 200: json("The decision.", passwordAnswer, { ok: true }) },
  },
  {
    method: "post",
    path: "proposals.url",
    id: "decideProposal",
    tag: TAG,
    summary: "Somebody wants to change their contacts in a client",
    access: "by-signature",
    body: {
      schema: proposalBody,
      examples: {
        add: {
          id: "proposal_1b9f",
          type: "add",
          user: "marie",
          contact: "john@example.com",
          name: "John",
          groups: [],
          message: "It is me, from the office.",
        },
      },
    },
    answers: {
      200: json("The decision.", decisionAnswer, { decision: "deny", reason: "John is not in your course." }),
    },
  },
  {
    method: "post",
    path: "events.url",
    id: "takeEvent",
    tag: TAG,
    summary: "An event",
    description:
      "Sent until it is answered with 2xx, the events of each person in their order. The same event may come twice: its id is the same then.",
    access: "by-signature",
    body: { schema: eventSchema, examples: { presence: eventExample } },
    answers: { 204: { description: "It was taken; any 2xx says so, and a body is not read." } },
  },
];
