import { Registration } from "../../src/login/oauth/registration.ts";
import { inParallel } from "../load/crowd.ts";
import { REGISTRATION_KEY } from "../servers/logins.ts";
import { post } from "../servers/post.ts";
import { type Bench, type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

const WIDTH = 16;
/** Ids that are verified in turn: more than are remembered. */
const IDS = 2000;
const METADATA = {
  client_name: "My application",
  client_uri: "https://app.example.com/",
  redirect_uris: ["https://app.example.com/cb"],
};
/** As it is after the defaults are filled in. */
const SIGNED = { ...METADATA, application_type: "web", token_endpoint_auth_method: "client_secret_basic" };

/** OAuth clients that register themselves: the formula alone, and all of `POST /oauth2/register`. */
export const registration: Scenario = {
  row: "registration",
  title: (size) => `OAuth clients: the formula in this process, and ${count(size)} that register over HTTP`,
  needs: "oauth",
  fresh: true,
  long: true,
  people: () => [],
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const samples = new Samples();
  await bench.begin();
  for (let index = 0; index < bench.size.runs + 1; index += 1) {
    const pure = formula();
    const begun = bench.meter.read();
    await inParallel(
      Array.from({ length: count(bench.size) }, (_, at) => at),
      WIDTH,
      () => register(bench),
    );
    const { wall, load } = bench.meter.since(begun);
    await bench.meter.settle();
    const { server } = bench.meter.since(begun);
    if (index === 0) continue; // warming up
    for (const [figure, micros] of Object.entries(pure)) samples.add(figure, "µs", micros);
    samples.add("registrations", "1/s", (1000 * count(bench.size)) / wall);
    samples.add("CPU per registration", "ms", server / count(bench.size));
    samples.add("generator core busy", "%", load);
  }
  return samples.figures();
}

/** µs of each: no socket, no server. */
function formula(): Readonly<Record<string, number>> {
  const options = { domain: "localhost", compat: "seed", denied: new Set<string>(), issuedSince: undefined } as const;
  const keys = [REGISTRATION_KEY];
  const made = new Registration({ ...options, keys });
  const now = Math.floor(Date.now() / 1000);
  const ids = Array.from({ length: IDS }, () => made.register(SIGNED, now)?.clientId ?? "");
  const verifying = new Registration({ ...options, keys });
  return {
    "sign an id, derive its secret": microsOf(IDS, () => made.register(SIGNED, now)),
    "verify an id": microsOf(IDS, (index) => verifying.verify(ids[index] ?? "", now)),
    "verify it again": microsOf(IDS, () => verifying.verify(ids.at(-1) ?? "", now)),
  };
}

function microsOf(times: number, step: (index: number) => unknown): number {
  const begun = process.hrtime.bigint();
  for (let index = 0; index < times; index += 1) step(index);
  return Number(process.hrtime.bigint() - begun) / 1000 / times;
}

function register({ server: { http } }: Bench): Promise<void> {
  if (http === undefined) throw new Error("no HTTP side");
  return post(http.port, "/oauth2/register", METADATA);
}

function count(size: Size): number {
  return size.quick ? 2000 : 10_000;
}
