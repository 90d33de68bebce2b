/** The page at /docs, made on the server from the document: no script, nothing from elsewhere. */
import { escapeHtml } from "../html.ts";
import { schemaTable, typeText } from "./page-schema.ts";
import { STYLE } from "./page-style.ts";
import { code, isObject, type Json, listOf, memberOf, prose, textOf } from "./page-text.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

interface Call {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

export function docsPage(document: Json): string {
  const info = memberOf(document, "info");
  const title = `${textOf(info, "title")} ${textOf(info, "version")}`;
  const calls = [...callsOf(memberOf(document, "webhooks")), ...callsOf(memberOf(document, "paths"))];
  const tags = listOf(document, "tags").filter(isObject);
  const schemas = Object.entries(memberOf(memberOf(document, "components"), "schemas"));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}: HTTP interface</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#calls">To the calls</a>
<header><h1>${escapeHtml(title)}</h1>${prose(textOf(info, "description"))}
<p>As <a href="openapi.json">OpenAPI 3.1</a> for programs.</p></header>
<nav aria-label="Subjects"><ul>
${tags.map((tag) => `<li><a href="#${slug(textOf(tag, "name"))}">${escapeHtml(textOf(tag, "name"))}</a></li>`).join("\n")}
<li><a href="#access">Access</a></li>
<li><a href="#schemas">Schemas</a></li>
</ul></nav>
<main id="calls">
${tags.map((tag) => tagSection(tag, calls, document)).join("\n")}
${accessSection(memberOf(memberOf(document, "components"), "securitySchemes"))}
<h2 id="schemas">Schemas</h2>
${schemas.map(([name, schema]) => schemaSection(name, schema)).join("\n")}
</main>
</body>
</html>
`;
}

function callsOf(paths: Json): readonly Call[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = memberOf(item, method);
      const id = textOf(operation, "operationId");
      return id === "" ? [] : [{ id, method, path, operation }];
    }),
  );
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

function tagSection(tag: Json, calls: readonly Call[], document: Json): string {
  const name = textOf(tag, "name");
  const own = calls.filter(({ operation }) => listOf(operation, "tags").includes(name));
  return `<section aria-labelledby="${slug(name)}"><h2 id="${slug(name)}">${escapeHtml(name)}</h2>
${prose(textOf(tag, "description"))}
${own.map((call) => callSection(call, document)).join("\n")}</section>`;
}

function callSection({ id, method, path, operation }: Call, document: Json): string {
  const parts = [
    prose(textOf(operation, "description")),
    `<p class="dim">${accessText(listOf(operation, "security"))}</p>`,
    parametersTable(listOf(operation, "parameters").map((one) => resolved(one, document))),
    contentSection("Body", memberOf(operation, "requestBody")),
    ...Object.entries(memberOf(operation, "responses")).map(([status, answer]) => answerSection(status, answer)),
  ];
  return `<details id="${id}"><summary><span class="method">${method.toUpperCase()}</span> ${code(path)} ${escapeHtml(textOf(operation, "summary"))}</summary>
<div>${parts.join("\n")}</div></details>`;
}

/** What `$ref` points to. */
function resolved(value: unknown, document: Json): Json {
  if (!isObject(value)) return {};
  const [, ...path] = textOf(value, "$ref").split("/");
  return path.length === 0 ? value : path.reduce<Json>((at, key) => memberOf(at, key), document);
}

function accessText(security: readonly unknown[]): string {
  const ways = security.filter(isObject).map((way) => {
    const names = Object.keys(way);
    if (names.length === 0) return "nothing";
    const words = names.filter((name) => !name.startsWith("webhook")).map(() => "a bearer token");
    if (names.includes("webhookSignature")) words.push("a Standard Webhooks signature");
    return words.join(" and ");
  });
  return ways.length === 0 ? "Needs no token." : `With ${ways.join(", or ")}.`;
}

function parametersTable(parameters: readonly Json[]): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map((one) => {
    const where = `${textOf(one, "in")}${one["required"] === true ? ", required" : ""}`;
    return `<tr><td>${code(textOf(one, "name"))}</td><td>${escapeHtml(where)}</td><td>${typeText(memberOf(one, "schema"))}</td><td>${prose(textOf(one, "description"), true)}</td></tr>`;
  });
  return `<h3>Parameters</h3><div class="wide" tabindex="0"><table><thead><tr><th scope="col">name</th><th scope="col">where</th><th scope="col">type</th><th scope="col">what</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function answerSection(status: string, answer: unknown): string {
  const problem = Object.hasOwn(memberOf(answer, "content"), "application/problem+json");
  const description = prose(textOf(answer, "description"), true);
  if (problem) return `<p><strong>${status}</strong> <span class="dim">problem:</span> ${description}</p>`;
  const headers = Object.entries(memberOf(answer, "headers"))
    .map(([name, header]) => `<li>${code(name)}: ${prose(textOf(header, "description"), true)}</li>`)
    .join("");
  return `${contentSection(`Answer ${status}`, answer, description)}${headers === "" ? "" : `<ul>${headers}</ul>`}`;
}

function contentSection(title: string, holder: unknown, description = ""): string {
  const contents = Object.entries(memberOf(holder, "content"));
  if (contents.length === 0 && description === "") return "";
  const [first] = contents;
  const types = contents.map(([type]) => code(type)).join(", ");
  const head = `<h3>${title}</h3><p>${description} ${types} ${first === undefined ? "" : typeText(memberOf(first[1], "schema"))}</p>`;
  const examples = Object.values(memberOf(first?.[1], "examples")).map((example) => {
    const value = isObject(example) ? example["value"] : undefined;
    const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 1);
    return `<pre tabindex="0" aria-label="Example">${escapeHtml(text)}</pre>`;
  });
  return head + examples.join("");
}

function accessSection(schemes: Json): string {
  const rows = Object.entries(schemes).map(([name, scheme]) => {
    return `<tr><td>${code(textOf(scheme, "name") || name)}</td><td>${prose(textOf(scheme, "description"), true)}</td></tr>`;
  });
  return `<h2 id="access">Access</h2><div class="wide" tabindex="0"><table><thead><tr><th scope="col">how</th><th scope="col">what</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

/** The target is inside, so that whoever follows a link to it finds it open. */
function schemaSection(name: string, schema: unknown): string {
  return `<details><summary>${code(name)} <span class="dim">${prose(textOf(schema, "description"), true)}</span></summary><div id="schema-${name}">${schemaTable(schema)}</div></details>`;
}
