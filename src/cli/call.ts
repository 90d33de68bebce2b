/** Calls the running server over its HTTP side. */
import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { KithError } from "../errors.ts";
import { findRunning, type RunFile } from "./run-file.ts";
import type { Target } from "./settings.ts";

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** The server that runs with this configuration, ready to be called. */
export interface Running {
  readonly domains: readonly string[];
  /** False: it runs, but no command can reach it. */
  readonly hasHttp: boolean;
  /** @throws KithError `not-running` when it does not answer */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

const PATIENCE_MS = 60_000;

/** @throws KithError `not-running` */
export async function connectRunning(target: Target): Promise<Running> {
  const running = await findConnection(target);
  if (running !== undefined) return running;
  throw new KithError("not-running", `No server runs with the data folder ${target.dataFolder}.`);
}

/** Undefined: none runs. */
export async function findConnection({ tokens, dataFolder }: Target): Promise<Running | undefined> {
  const run = await findRunning(dataFolder);
  if (run === undefined) return undefined;
  const { url, domains, pid } = run;
  return {
    domains,
    hasHttp: url !== null,
    async call(method, path, body) {
      if (url === null)
        throw new KithError("not-running", `The server (pid ${pid}) runs without HTTP, by which commands reach it.`);
      return call(new URL(path, url), method, tokenOf(run, tokens), body);
    },
  };
}

function tokenOf(run: RunFile, [token]: readonly string[]): string {
  if (run.tokenFile !== null) return readFileSync(run.tokenFile, "utf8").trim();
  if (token !== undefined) return token;
  throw new KithError(
    "not-running",
    `The server (pid ${run.pid}) was started with another configuration: name it with --config.`,
  );
}

function call(url: URL, method: string, token: string, body: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    // The address is this machine's own, and its certificate is made for the domains, not for an address.
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const sent = request(url, { method, headers, timeout: PATIENCE_MS, rejectUnauthorized: false });
    const fail = (cause?: unknown): void => {
      reject(new KithError("not-running", `The server at ${url.origin} does not answer.`, { cause }));
    };
    sent.once("error", fail);
    sent.once("timeout", () => sent.destroy());
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", fail);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, json: jsonOf(Buffer.concat(chunks)) }));
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined; // no JSON: the status alone speaks
  }
}

/** A member of an answer that should be an object. */
export function member(json: unknown, key: string): unknown {
  return typeof json === "object" && json !== null && Object.hasOwn(json, key) ? Reflect.get(json, key) : undefined;
}

/** What a failed call said about itself. */
export function reasonOf(answer: Answer): string {
  return String(member(answer.json, "detail") ?? member(answer.json, "message") ?? `status ${answer.status}`);
}
