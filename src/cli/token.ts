/** `kith token john`: a login token, as the application would make it. */
import { systemClock } from "../clock.ts";
import type { DomainConfig } from "../config/config.ts";
import { DURATION_EXPECTED, parseDuration } from "../units.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { type Command, UsageError } from "./command.ts";
import { readSettings } from "./settings.ts";
import { personOf } from "./who.ts";

const PRESET = "5m";
/** ms, as in the SDK. */
const LONGEST = 3_600_000;

export const token: Command = {
  name: "token",
  usage: "token NAME[@DOMAIN] [--expires 5m] [--config FILE]",
  summary: "print a login token that lets a person in for a short time",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, expires: { type: "string" } });
    const [name, other] = positionals;
    if (name === undefined || other !== undefined) throw new UsageError("for whom? Give one name");
    const lifetime = lifetimeOf(values.expires ?? PRESET);
    const { config } = await readSettings(values, io);
    const { username, domain } = personOf(
      name,
      config.domains.map((one) => one.domain),
    );
    const settings = config.domains.find((one) => one.domain === domain);
    const made = settings && (await mint(settings, username, lifetime, systemClock.now()));
    if (made === undefined) {
      io.err(missing(domain));
      return 1;
    }
    io.out(made);
    return 0;
  },
};

function missing(domain: string): string {
  return [
    `${domain} has no secret to sign a token with. Give it one of 32 characters or more, and your application the same:`,
    `  "accounts": { "tokens": { "secret": "\${KITH_LOGIN_SECRET}" } }`,
    "A good one: openssl rand -hex 32. See docs/login.md.",
  ].join("\n");
}

function lifetimeOf(text: string): number {
  const lifetime = parseDuration(text);
  if (lifetime === undefined) throw new UsageError(`--expires needs ${DURATION_EXPECTED}`);
  if (lifetime < 1000 || lifetime > LONGEST) throw new UsageError("--expires is from 1s to 1h");
  return lifetime;
}

/** Undefined: there is no secret. */
async function mint(
  { domain, accounts }: DomainConfig,
  username: string,
  lifetime: number,
  now: number,
): Promise<string | undefined> {
  const [secret] = accounts.tokens?.secret ?? [];
  if (accounts.tokens === null || secret === undefined) return undefined;
  const { issuer, audience, userClaim } = accounts.tokens;
  const { SignJWT } = await import("jose"); // no other command needs it
  const issuedAt = Math.floor(now / 1000);
  const token = new SignJWT({ sub: username, [userClaim]: username })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setAudience(audience ?? domain)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.ceil(lifetime / 1000))
    .setJti(crypto.randomUUID());
  if (issuer !== null) token.setIssuer(issuer);
  return token.sign(new TextEncoder().encode(secret));
}
