/** `/openapi.json`: OpenAPI 3.1 of what is served here and of what the application serves. https://spec.openapis.org/oas/v3.1.1 */
import { VERSION } from "../../version.ts";
import type { HttpOptions } from "../options.ts";
import { problemAnswer } from "../schemas/common.ts";
import { applicationOperations } from "./application.ts";
import { authorizationOperations } from "./authorization.ts";
import { componentSchemas, type JsonSchema, schemaOf } from "./components.ts";
import { deviceOperations } from "./devices.ts";
import { eventOperations } from "./events.ts";
import { oauthOperations } from "./oauth.ts";
import type { Access, AnswerDoc, Content, Operation } from "./operation.ts";
import { adminOperations, operatorOperations } from "./operator.ts";
import { rosterAdminOperations } from "./roster-admin.ts";

type Settings = Pick<HttpOptions, "auth" | "openMetrics" | "publicUrl">;
type Json = Readonly<Record<string, unknown>>;

/** Everything that may be served, in the order of the page. */
export const SERVED: readonly Operation[] = [
  ...rosterAdminOperations,
  ...eventOperations,
  ...oauthOperations,
  ...authorizationOperations,
  ...deviceOperations,
  ...operatorOperations,
  ...adminOperations,
];

const TAGS = [
  { name: "Your application", description: "What Kith asks your application: these it serves, and Kith calls." },
  { name: "Contacts", description: "Calls by which your application changes and looks at contact lists." },
  { name: "Events", description: "What happens, told to your application." },
  { name: "Devices", description: "What lets single devices of a person in." },
  { name: "Operation", description: "For who operates the server." },
  { name: "OAuth clients", description: "For programs that act for people, by OAuth 2.0." },
  { name: "Clients", description: "For XMPP clients." },
  { name: "Page at /admin", description: "What the page for operators asks; it may change with the page." },
];

const DESCRIPTION = `Kith is an XMPP server for web applications in which the application owns the contact lists.
Paths are what Kith serves; webhooks are what your application serves, each named by the key of the configuration that says where.
Errors are \`application/problem+json\` with a \`detail\` that says what to mend.`;

/** `isServed`: of an operation of `SERVED`. */
export function openapiDocument(settings: Settings, isServed: (operation: Operation) => boolean): Json {
  const served = SERVED.filter(isServed);
  const used = new Set([...served, ...applicationOperations].map(({ tag }) => tag));
  return {
    openapi: "3.1.1",
    info: {
      title: "Kith",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: settings.publicUrl?.replace(/\/+$/, "") ?? "/" }],
    tags: TAGS.filter(({ name }) => used.has(name)),
    paths: byPath(served, (operation) => operationOf(operation, settings)),
    webhooks: byPath(applicationOperations, (operation) => operationOf(operation, settings)),
    components: { schemas: componentSchemas(), securitySchemes: SECURITY, parameters: PARAMETERS },
  };
}

function byPath(operations: readonly Operation[], of: (operation: Operation) => Json): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: of(operation) };
  }
  return paths;
}

function operationOf(operation: Operation, settings: Settings): Json {
  const { id, tag, summary, description, access, body } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(access, settings),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: body.isOptional !== true, ...contentOf(body) } }),
    responses: responsesOf(operation),
  };
}

const SECURITY = {
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "Towards Kith: one of `http.tokens`. From Kith: `contacts.bearer`.",
  },
  adminBearer: { type: "http", scheme: "bearer", description: "One of `http.tokens` or `http.adminTokens`." },
  webhookId: header("webhook-id", "Standard Webhooks: names the message; counts once."),
  webhookTimestamp: header("webhook-timestamp", "Standard Webhooks: seconds since 1970; at most five minutes off."),
  webhookSignature: header(
    "webhook-signature",
    "Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, joined by dots, by one of `http.secrets` towards Kith, by `contacts.secret` from Kith.",
  ),
} as const;

function header(name: string, description: string): Json {
  return { type: "apiKey", in: "header", name, description };
}

const SIGNED = { webhookId: [], webhookTimestamp: [], webhookSignature: [] };

function securityOf(access: Access, { auth, openMetrics }: Settings): readonly Json[] {
  switch (access) {
    case "open":
      return [];
    case "token":
      return auth === "none" ? [] : [{ bearer: [] }];
    case "token-or-signature":
      return auth === "none" ? [] : [{ bearer: [] }, SIGNED];
    case "metrics":
      return auth === "none" || openMetrics ? [] : [{ bearer: [] }];
    case "token-always":
      return [{ bearer: [] }];
    case "admin":
      return [{ adminBearer: [] }];
    case "by-bearer":
      return [{ bearer: [] }, {}];
    case "by-signature":
      return [{ bearer: [], ...SIGNED }, SIGNED, {}];
  }
}

const PARAMETERS = {
  domain: {
    name: "domain",
    in: "query",
    description: "Which domain, where several are served; else the Host header says it.",
    schema: { type: "string" },
  },
  idempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description: "For 24 hours the same key with the same body gets the same answer and has no second effect.",
    schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,255}$" },
  },
} as const;

function parametersOf(operation: Operation): readonly Json[] {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: name === "username" ? "The localpart, percent-encoded." : "Its name.",
    schema: { type: "string" },
  }));
  const inHeader = Object.entries(operation.headers ?? {}).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
  return [
    ...inPath,
    ...queryOf(operation),
    ...inHeader,
    ...(operation.isOfDomain === true ? [{ $ref: "#/components/parameters/domain" }] : []),
    ...(operation.isIdempotent === true ? [{ $ref: "#/components/parameters/idempotencyKey" }] : []),
  ];
}

function queryOf({ query }: Operation): readonly Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query) as { properties?: Json; required?: readonly string[] };
  return Object.entries(properties).map(([name, property]) => {
    const { description = name, ...schema } = property as JsonSchema;
    return { name, in: "query", required: required.includes(name), description, schema };
  });
}

function contentOf({ schema, types = ["application/json"], examples }: Content): Json {
  const media = {
    schema: schemaOf(schema),
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
  };
  return { content: Object.fromEntries(types.map((type) => [type, media])) };
}

function responsesOf(operation: Operation): Json {
  const answers = Object.entries(operation.answers).map(([status, answer]) => [status, responseOf(answer)] as const);
  const problems = Object.entries(problemsOf(operation)).map(
    ([status, description]) => [status, problemOf(Number(status), description)] as const,
  );
  return Object.fromEntries([...problems, ...answers]); // a route may say the same status in other words
}

function responseOf({ description, content, headers = {} }: AnswerDoc): Json {
  const told = Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: "string" } }]);
  return {
    description,
    ...(told.length === 0 ? {} : { headers: Object.fromEntries(told) }),
    ...(content === undefined ? {} : contentOf(content)),
  };
}

/** What follows from how a call is made. */
function problemsOf({
  access,
  body,
  isIdempotent,
  isOfDomain,
  problems = {},
}: Operation): Readonly<Record<number, string>> {
  if (access.startsWith("by-")) return {};
  const common: Record<number, string> = { 400: "The call is not as it should be; `detail` says where." };
  if (access !== "open") common[401] = "No token, or a wrong one.";
  if (access !== "open") common[403] = 'With `http.auth: "none"`: the call comes from a web page.';
  if (isOfDomain === true) common[404] = "No such domain is served here.";
  if (body !== undefined) {
    common[408] = "The body was not complete in time.";
    common[413] = "The body is too large.";
    common[415] = "The body has a Content-Encoding.";
  }
  if (isIdempotent === true) {
    common[409] = "The call with this Idempotency-Key is still running.";
    common[422] = "This Idempotency-Key was used with another body.";
  }
  return { ...common, ...problems };
}

function problemOf(status: number, description: string): Json {
  const example = { type: "about:blank", title: "…", status, detail: description };
  return {
    description,
    content: {
      "application/problem+json": { schema: schemaOf(problemAnswer), examples: { example: { value: example } } },
    },
  };
}
