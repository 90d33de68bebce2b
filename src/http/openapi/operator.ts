/** What operators and their programs ask: health, metrics, the page at /admin, accounts; and what clients ask without a token. */
import { z } from "zod";
import { accountsRequest } from "../accounts.ts";
import {
  domainsAnswer,
  eventsAnswer,
  eventsQuery,
  overviewAnswer,
  overviewQuery,
  peopleAnswer,
  peopleQuery,
  personAnswer,
  personQuery,
} from "../schemas/admin.ts";
import { auditAnswer } from "../schemas/audit.ts";
import { healthAnswer, hostMetaAnswer, notReadyAnswer, readyAnswer } from "../schemas/common.ts";
import { explainAnswer } from "../schemas/explain.ts";
import { json, type Operation } from "./operation.ts";
import { rosterAdminOperations } from "./roster-admin.ts";

const OPERATION = "Operation";
const CLIENTS = "Clients";
const ADMIN = "Page at /admin";

function text(description: string, type: string, example: string) {
  return {
    description,
    content: { schema: z.string().describe(description), types: [type], examples: { example } },
  };
}

export const operatorOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/healthz",
    id: "health",
    tag: OPERATION,
    summary: "The process lives",
    access: "open",
    answers: { 200: json("It does.", healthAnswer, { status: "ok" }) },
  },
  {
    method: "get",
    path: "/readyz",
    id: "ready",
    tag: OPERATION,
    summary: "People can be served",
    access: "open",
    answers: {
      200: json("They can.", readyAnswer, { status: "ready" }),
      503: json("They cannot.", notReadyAnswer, { status: "not ready", missing: ["storage"] }),
    },
  },
  {
    method: "get",
    path: "/metrics",
    id: "metrics",
    tag: OPERATION,
    summary: "Metrics in the Prometheus text format",
    access: "metrics",
    answers: {
      200: text("Each is named in docs/metrics.md.", "text/plain", "# TYPE kith_sessions gauge\nkith_sessions 2\n"),
    },
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "openapi",
    tag: OPERATION,
    summary: "This document",
    access: "open",
    answers: {
      200: json("OpenAPI 3.1.", z.looseObject({ openapi: z.string() }).describe("OpenAPI 3.1"), { openapi: "3.1.1" }),
    },
  },
  {
    method: "get",
    path: "/docs",
    id: "docs",
    tag: OPERATION,
    summary: "This document as a page",
    access: "open",
    answers: { 200: text("A page that asks for nothing else.", "text/html", "<!doctype html>…") },
  },
  {
    method: "post",
    path: "/kith/accounts",
    id: "accounts",
    tag: OPERATION,
    summary: "Accounts, as `kith user` reads and changes them",
    description: "Made for the command line: what is sent are keys, never passwords.",
    access: "token-always",
    body: {
      schema: accountsRequest,
      examples: { remove: { action: "remove", domain: "example.com", username: "john" } },
    },
    answers: {
      200: json("By the action.", z.looseObject({}).describe("What the action gives."), { ok: true }),
    },
    problems: { 404: "No such domain is served here." },
  },
  {
    method: "get",
    path: "/xmpp-websocket",
    id: "websocket",
    tag: CLIENTS,
    summary: "XMPP over WebSocket (RFC 7395)",
    access: "open",
    headers: { "Sec-WebSocket-Protocol": "xmpp" },
    answers: { 101: { description: "The connection is a WebSocket from here." } },
    problems: { 426: "The call asked for no WebSocket." },
  },
  {
    method: "get",
    path: "/.well-known/host-meta",
    id: "hostMeta",
    tag: CLIENTS,
    summary: "Where the WebSocket is (XEP-0156), XML",
    access: "open",
    answers: {
      200: text(
        "Only what runs.",
        "application/xrd+xml",
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>…</XRD>",
      ),
    },
  },
  {
    method: "get",
    path: "/.well-known/host-meta.json",
    id: "hostMetaJson",
    tag: CLIENTS,
    summary: "Where the WebSocket is (XEP-0156), JSON",
    access: "open",
    answers: {
      200: json("Only what runs.", hostMetaAnswer, {
        links: [{ rel: "urn:xmpp:alt-connections:websocket", href: "wss://chat.example.com/xmpp-websocket" }],
      }),
    },
  },
];

/** An answer without data of its own example: the page shows what is there. */
function data(
  name: string,
  summary: string,
  query: z.ZodObject | undefined,
  schema: z.ZodType,
  example: unknown,
): Operation {
  return {
    method: "get",
    path: `/admin/api/${name}`,
    id: `admin${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    tag: ADMIN,
    summary,
    access: "admin",
    isOfDomain: name !== "domains",
    ...(query === undefined ? {} : { query }),
    answers: { 200: json("What the page shows.", schema, example) },
  };
}

const TIME = "2026-11-24T00:12:03.120Z";

export const adminOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/admin",
    id: "adminPage",
    tag: ADMIN,
    summary: "A page on which an operator looks what is going on",
    access: "admin",
    answers: {
      200: text(
        "The page. A browser without a token gets it with 401, and it asks for one.",
        "text/html",
        "<!doctype html>…",
      ),
    },
  },
  {
    method: "get",
    path: "/admin/",
    id: "adminPageWithSlash",
    tag: ADMIN,
    summary: "The way to /admin",
    access: "open",
    answers: { 308: { description: "To /admin.", headers: { Location: "Where the page is." } } },
  },
  {
    method: "get",
    path: "/admin/{file}",
    id: "adminFile",
    tag: ADMIN,
    summary: "Files of the page, which hold no data",
    access: "open",
    answers: { 200: text("The file.", "text/css", "body { … }"), 304: { description: "As it was." } },
    problems: { 404: "There is no such file." },
  },
  data("domains", "Which domains are served", undefined, domainsAnswer, {
    domains: ["example.com"],
    domain: "example.com",
  }),
  data("overview", "How the application and the server are", overviewQuery, overviewAnswer, {
    now: TIME,
    version: "0.1.0",
    startedAt: TIME,
    domain: "example.com",
    people: 1,
    sessions: 2,
    lists: { missing: 0, stale: 0, problems: 0 },
    app: {
      breakerOpenSince: null,
      answeredAt: TIME,
      fetches: 1,
      slot: 10,
      slots: 360,
      latency: [{ at: TIME, count: 1, failed: 0, p50: 4, p95: 4, max: 4 }],
      failures: [],
    },
    last: 0,
    activity: [],
    events: null,
  }),
  data("people", "Who is online", peopleQuery, peopleAnswer, { online: 0, found: 0, people: [], next: null }),
  data("person", "One person's view", personQuery, personAnswer, {
    user: "john",
    jid: "john@example.com",
    resources: [],
    list: null,
    contacts: [],
    offset: 0,
  }),
  data("events", "Events that wait or were given up", eventsQuery, eventsAnswer, {
    sent: true,
    waiting: 0,
    dead: 0,
    letters: [],
  }),
  data("explain", "As below /roster_admin", queryOf("explain"), explainAnswer, exampleOf("explain")),
  data("audit", "As below /roster_admin", queryOf("audit"), auditAnswer, exampleOf("audit")),
];

function operationOf(id: string): Operation | undefined {
  return rosterAdminOperations.find((operation) => operation.id === id);
}

function queryOf(id: string): z.ZodObject | undefined {
  return operationOf(id)?.query;
}

function exampleOf(id: string): unknown {
  return operationOf(id)?.answers[200]?.content?.examples["example"];
}
