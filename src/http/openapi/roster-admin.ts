/** The calls of contract §4 that reach contact lists. */
import { z } from "zod";
import { auditAnswer } from "../schemas/audit.ts";
import { edgesAnswer, edgesBody } from "../schemas/edges.ts";
import { explainAnswer } from "../schemas/explain.ts";
import { presenceAnswer } from "../schemas/presence.ts";
import { refreshAnswer, refreshBody, refreshOneAnswer } from "../schemas/refresh.ts";
import { rosterAnswer, rosterPatchBody, rosterPutBody } from "../schemas/roster.ts";
import { json, type Operation } from "./operation.ts";

const CONTACTS = "Contacts";
const VERSION = "5f0c2d9be1a84c37";
const refreshed = { status: "ok", message: "roster update complete", updated: 2, errors: 0 };
const roster = {
  user: "john",
  contacts: { "marie@example.com": { name: "Marie", groups: ["Friends"] } },
  version: VERSION,
  age: 12,
  source: "app",
  stale: false,
  online: ["phone"],
};
const ETAG = { ETag: "The version of the list." };
const MATCH = {
  "If-Match": "The version of an earlier answer, in quotes: 412 when the list is another by now.",
  "If-None-Match": "`*`: 412 when a list is held already.",
};
const STORAGE = { 412: "The list is not the version that was asked for.", 503: "It could not be done now." };

const explainedPerson = {
  held: true,
  known: true,
  version: VERSION,
  age: 12,
  source: "app",
  stale: false,
  old: false,
  lastActivity: "2026-11-24T00:12:03.120Z",
  blocks: [],
  problems: [],
};

export const rosterAdminOperations: readonly Operation[] = [
  {
    method: "post",
    path: "/roster_admin/refresh",
    id: "refresh",
    tag: CONTACTS,
    summary: "Fetch people's contacts again and tell who is online",
    description:
      "Answered when the new lists are stored and the pushes are in the queues of the devices. Somebody offline or unknown counts as updated: the next login asks the application.",
    access: "token-or-signature",
    isOfDomain: true,
    isIdempotent: true,
    query: z.object({ results: z.literal("1").optional().describe("Adds `results`: what happened to each.") }),
    body: {
      schema: refreshBody,
      examples: { users: ["john", "aaron"], dryRun: { users: ["john"], dryRun: true } },
    },
    answers: {
      200: {
        description: "At least one list was refreshed, or none was asked for.",
        content: {
          schema: refreshAnswer,
          examples: {
            counts: refreshed,
            results: {
              ...refreshed,
              updated: 1,
              results: {
                john: {
                  status: "ok",
                  added: ["aaron@example.com"],
                  changed: [],
                  removed: [],
                  source: "app",
                  stale: false,
                  online: 2,
                  problems: [],
                },
              },
            },
          },
        },
      },
      500: json("All failed.", refreshAnswer, {
        status: "error",
        message: "roster update failed",
        updated: 0,
        errors: 2,
      }),
    },
  },
  {
    method: "get",
    path: "/roster_admin/refresh/{username}",
    id: "refreshOne",
    tag: CONTACTS,
    summary: "The same for one person, as mod_http_roster_admin has it (`http.getRefresh`)",
    access: "token",
    isOfDomain: true,
    answers: {
      200: json("The list was refreshed.", refreshOneAnswer, { status: "ok", message: "roster update complete" }),
      502: json("The application failed.", refreshOneAnswer, {
        status: "error",
        message: "the application answered 500",
      }),
      504: json("The application was too slow.", refreshOneAnswer, {
        status: "error",
        message: "the application did not answer within 5000 ms",
      }),
    },
  },
  {
    method: "get",
    path: "/roster_admin/rosters/{username}",
    id: "getRoster",
    tag: CONTACTS,
    summary: "The contact list that is held for somebody",
    access: "token",
    isOfDomain: true,
    headers: { "If-None-Match": "The ETag of an earlier answer: 304 when it is still so." },
    answers: {
      200: json("The list.", rosterAnswer, roster, ETAG),
      304: { description: "As it was.", headers: ETAG },
    },
    problems: { 404: "No list is held: none was ever fetched." },
  },
  {
    method: "put",
    path: "/roster_admin/rosters/{username}",
    id: "putRoster",
    tag: CONTACTS,
    summary: "Set somebody's contacts whole",
    description:
      "The effect of a refresh that fetched this list. The application stays the truth: the next fetch that it answers with a list replaces it. The body may be as large as `contacts.maxBytes`.",
    access: "token",
    isOfDomain: true,
    isIdempotent: true,
    headers: MATCH,
    body: { schema: rosterPutBody, examples: { contacts: roster.contacts } },
    answers: { 200: json("The list as it is now.", rosterAnswer, { ...roster, age: 0, source: "put" }, ETAG) },
    problems: STORAGE,
  },
  {
    method: "patch",
    path: "/roster_admin/rosters/{username}",
    id: "patchRoster",
    tag: CONTACTS,
    summary: "Change some of somebody's contacts",
    description: "A JSON merge patch (RFC 7396) of the contacts; otherwise like PUT.",
    access: "token",
    isOfDomain: true,
    isIdempotent: true,
    headers: MATCH,
    body: {
      schema: rosterPatchBody,
      types: ["application/merge-patch+json", "application/json"],
      examples: { patch: { "marie@example.com": { groups: ["Work"] }, "aaron@example.com": null } },
    },
    answers: { 200: json("The list as it is now.", rosterAnswer, { ...roster, age: 0, source: "patch" }, ETAG) },
    problems: STORAGE,
  },
  {
    method: "post",
    path: "/roster_admin/edges",
    id: "edges",
    tag: CONTACTS,
    summary: "Connect and disconnect pairs of people, in both lists, without a fetch",
    access: "token-or-signature",
    isOfDomain: true,
    isIdempotent: true,
    body: {
      schema: edgesBody,
      examples: { pairs: { connect: [["john", "aaron"]], disconnect: [["john", "marie"]] } },
    },
    answers: {
      200: json("Done.", edgesAnswer, { status: "ok", connected: 1, disconnected: 1 }),
      500: json("Not all could be stored.", edgesAnswer, {
        status: "error",
        connected: 0,
        disconnected: 0,
        message: "the lists could not be stored",
      }),
    },
  },
  {
    method: "get",
    path: "/roster_admin/explain",
    id: "explain",
    tag: CONTACTS,
    summary: "Why somebody does or does not see somebody",
    access: "token",
    isOfDomain: true,
    query: z.object({
      user: z.string().describe("Username of who looks."),
      contact: z.string().describe("Bare JID of whom is looked for."),
    }),
    answers: {
      200: json("Both sides, and the reasons in words.", explainAnswer, {
        visible: false,
        allowed: true,
        reasons: ["john@example.com does not see marie@example.com as available.", "marie@example.com is not online."],
        user: {
          jid: "john@example.com",
          domain: "served",
          ...explainedPerson,
          entry: { name: "Marie", groups: ["Friends"], subscription: "both", ask: false, until: null },
          resources: [
            { resource: "phone", available: true, show: null, priority: 0, since: "2026-11-24T00:10:00.000Z" },
          ],
        },
        contact: {
          jid: "marie@example.com",
          domain: "served",
          ...explainedPerson,
          entry: { name: "John", groups: [], subscription: "both", ask: false, until: null },
          resources: [],
        },
      }),
    },
  },
  {
    method: "get",
    path: "/roster_admin/audit",
    id: "audit",
    tag: CONTACTS,
    summary: "Pairs of held lists that do not agree with each other",
    access: "token",
    isOfDomain: true,
    query: z.object({
      after: z.string().optional().describe("`next` of the page before."),
      limit: z.int().min(1).max(1000).optional().describe("At most so many; 1000 when absent."),
    }),
    answers: {
      200: json("One page.", auditAnswer, {
        disagreements: [{ a: "john", b: "marie", a_lists_b: "both", b_lists_a: null }],
        next: null,
      }),
    },
  },
  {
    method: "get",
    path: "/roster_admin/presence",
    id: "presence",
    tag: CONTACTS,
    summary: "Who is online, and how",
    access: "token",
    isOfDomain: true,
    query: z.object({ user: z.array(z.string()).min(1).max(1000).describe("Usernames: `?user=john&user=marie`.") }),
    answers: {
      200: json("By username.", presenceAnswer, {
        john: {
          online: true,
          resources: [{ resource: "phone", show: "away", priority: 5 }],
          lastActivity: "2026-11-24T00:12:03.120Z",
        },
        marie: { online: false, resources: [], lastActivity: null },
      }),
    },
  },
];
