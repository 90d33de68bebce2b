/** Whether a refresh reaches the running server: what the application will call. */
import type { Config } from "../../config/config.ts";
import { findConnection, member, reasonOf } from "../call.ts";
import type { Settings } from "../settings.ts";
import { messageOf, type Report } from "./report.ts";

/** A dry run: it goes the whole way, and changes nothing. `names`: one of each domain. */
export async function checkRefresh(
  { config, dataFolder }: Settings,
  names: ReadonlyMap<string, string>,
  report: Report,
): Promise<void> {
  const { tokens, adminTokens } = config.http;
  const domains = config.domains.map(({ domain }) => domain);
  const target = { domains, storage: config.storage, dataFolder, tokens, adminTokens };
  const running = await findConnection(target);
  if (running === undefined) {
    report.note("refresh: no server runs with this data folder, so it was not tried; start it and check again");
    return;
  }
  if (!running.hasHttp) {
    report.fail("refresh: the server runs without HTTP, so nobody can refresh", "Set listen.http or listen.https.");
    return;
  }
  for (const domain of domains) {
    if (!running.domains.includes(domain)) {
      report.fail(`refresh: the running server does not serve ${domain}`, "Start it again with this configuration.");
      continue;
    }
    await refreshOne(domain, names.get(domain), report, (path, body) => running.call("POST", path, body));
  }
  noteAccess(config, report);
}

async function refreshOne(
  domain: string,
  name: string | undefined,
  report: Report,
  post: (path: string, body: unknown) => Promise<{ readonly status: number; readonly json: unknown }>,
): Promise<void> {
  const what = `refresh of ${name === undefined ? "nobody" : name} at ${domain}`;
  try {
    const body = { users: name === undefined ? [] : [name], dryRun: true };
    const answer = await post(`/roster_admin/refresh?domain=${domain}`, body);
    const results = member(answer.json, "results");
    const reason = name === undefined ? undefined : member(member(results, name), "message");
    if (answer.status === 200 && reason === undefined) report.ok(`${what}: the running server does it (a dry run)`);
    else if (answer.status === 401)
      report.fail(`${what}: the server does not know the token`, "Start it again with this configuration.");
    else report.fail(`${what}: ${reason ?? reasonOf(answer)}`, "It reached the server, and failed there: see above.");
  } catch (error) {
    report.fail(`${what}: ${messageOf(error)}`, "Look into the server's log.");
  }
}

function noteAccess({ http }: Config, report: Report): void {
  if (http.auth === "none") report.note('http.auth is "none": whoever reaches the port may refresh');
}
