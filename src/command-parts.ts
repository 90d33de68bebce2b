/** Commands of the server (XEP-0050), put together: one line here for each file in `modules/commands/`. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { OauthOptions } from "./http/oauth/options.ts";
import type { Log } from "./log.ts";
import { metadataFor } from "./login/oauth/client-wish.ts";
import { loggedClient, registerClient, registrationAnswer } from "./login/oauth/register-client.ts";
import { clientHash } from "./login/oauth/registration.ts";
import type { Command } from "./modules/commands/command.ts";
import { commands } from "./modules/commands/index.ts";
import { type RegisterClientPort, registerClientCommand } from "./modules/commands/register-client.ts";
import type { Module } from "./sessions/module.ts";

interface Around {
  readonly clock: Clock;
  readonly log: Log;
  readonly registries: OauthOptions["registries"];
}

/** Empty where nobody could run any: then the server does not speak of commands. */
export function commandModules(config: Config, around: Around): readonly Module[] {
  const admins = new Map(config.domains.map(({ domain, admins }) => [domain, new Set(admins)]));
  const isAdmin: RegisterClientPort["isAdmin"] = ({ jid, domain, isOwn }) =>
    isOwn && admins.get(domain)?.has(jid) === true;
  const all: readonly Command[] = [
    ...(around.registries.size > 0 ? [registerClientCommand({ isAdmin, ...clients(around) })] : []),
  ];
  const isForSomebody = config.domains.some((domain) => domain.admins.length > 0);
  return isForSomebody && all.length > 0 ? [commands(all)] : [];
}

function clients({ clock, log, registries }: Around): Pick<RegisterClientPort, "isServed" | "register"> {
  return {
    isServed: (domain) => registries.has(domain),
    async register({ jid, domain }, wish) {
      const registry = registries.get(domain);
      if (registry === undefined) return { ok: false, description: "This domain has no OAuth clients." };
      const registered = await registerClient(registry, metadataFor(wish), clock.now());
      if (!registered.ok) return registered;
      const { client } = registered;
      log.info("client registered", { ...loggedClient(domain, client), by: jid });
      const { client_secret: secret } = registrationAnswer(client);
      const { clientId, expiresAt } = client;
      return { ok: true, clientId, secret, hash: clientHash(clientId), expiresAt };
    },
  };
}
