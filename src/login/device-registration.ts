/** XEP-0445 with XEP-0077: a chat program that came by a link makes the app password of its device. */
import type { Log } from "../log.ts";
import type { LabelledCounter } from "../metrics.ts";
import { prepareLocalpart } from "../xmpp/jid/localpart.ts";
import type { StanzaCondition } from "../xmpp/stanza/error.ts";
import type { RegisterAnswer, RegisterRequest, Registrar, Registration } from "../xmpp/stream/register.ts";
import { type AppPasswords, type Refused, SHORTEST_CHOSEN } from "./app-passwords.ts";
import type { DeviceLink, DeviceLinks } from "./device-links.ts";
import type { Guesses } from "./guesses.ts";

export interface RegistrarOptions {
  /** Prepared. */
  readonly domain: string;
  readonly links: DeviceLinks;
  readonly appPasswords: AppPasswords;
  /** Wrong tokens are counted here, for their address. */
  readonly guesses: Guesses;
  readonly log: Log;
  /** Counts what became of who came, by `result`. */
  readonly counter: LabelledCounter;
}

/** Characters of a token that is looked for at all. */
const LONGEST_TOKEN = 256;

export function createRegistrar(options: RegistrarOptions): Registrar {
  const { domain, links } = options;
  return {
    isOffered: () => links.mayCome(domain),
    start: (address) => new DeviceRegistration(options, address),
  };
}

class DeviceRegistration implements Registration {
  readonly #options: RegistrarOptions;
  readonly #address: string;
  /** What the client came with, good then. XEP-0445 §4 */
  #ticket: DeviceLink | undefined;

  constructor(options: RegistrarOptions, address: string) {
    this.#options = options;
    this.#address = address;
  }

  ask(request: RegisterRequest): RegisterAnswer | Promise<RegisterAnswer> {
    if (request.kind === "preauth") return this.#open(request.token);
    const ticket = this.#ticket;
    if (ticket === undefined) return this.#refuse("no-link", NOT_HERE);
    if (request.kind === "register") return this.#register(ticket, request.username, request.password);
    const { username, name } = ticket;
    const instructions = `Choose a password for "${name}": it lets this device alone in, as ${username}@${this.#options.domain}.`;
    return { kind: "form", username, instructions };
  }

  /** XEP-0445 §4 */
  async #open(token: string): Promise<RegisterAnswer> {
    const { domain, links, guesses } = this.#options;
    const link = token.length > LONGEST_TOKEN ? undefined : links.find(domain, token);
    this.#ticket = link;
    if (link !== undefined) return DONE;
    await guesses.wrong(this.#address);
    return this.#refuse("bad-link", BAD_LINK);
  }

  async #register(link: DeviceLink, username: string, password: string): Promise<RegisterAnswer> {
    const { domain, links, appPasswords, log, counter } = this.#options;
    if (prepareLocalpart(username) !== link.username) {
      return this.#refuse("bad-name", refused("not-acceptable", `This link is for ${link.username}@${domain}.`));
    }
    // Taken before anything is waited for: of two who come at once one gets it.
    if (!links.take(domain, link)) return this.#refuse("bad-link", BAD_LINK);
    try {
      const made = await appPasswords.create({ domain, username: link.username, name: link.name, chosen: password });
      if (!made.ok) return this.#refuse(made.reason, becauseOf(made.reason));
      const { id } = made.appPassword;
      this.#ticket = undefined;
      // Taken back while the password was made.
      if (!links.end(domain, link)) {
        appPasswords.revoke(domain, link.username, id);
        return this.#refuse("bad-link", BAD_LINK);
      }
      counter.add({ result: "made" });
      log.info("a device came by its link", { domain, user: link.username, id, address: this.#address });
      return DONE;
    } catch (error) {
      log.error("a device that came by its link could not be let in", { domain, user: link.username, error });
      return refused("internal-server-error", "This could not be done: try again later.");
    } finally {
      links.release(link);
    }
  }

  #refuse(result: string, answer: RegisterAnswer): RegisterAnswer {
    const { domain, log, counter } = this.#options;
    counter.add({ result });
    log.warn("registration refused", { domain, reason: result, address: this.#address });
    return answer;
  }
}

const DONE: RegisterAnswer = { kind: "done" };
const BAD_LINK = refused("item-not-found", "This link is not good any more: make another.", true);
const NOT_HERE = refused(
  "not-allowed",
  "Accounts are made by the application that this server belongs to. To connect a device, open the link that it shows.",
);

function becauseOf(reason: Refused): RegisterAnswer {
  switch (reason) {
    case "weak":
      return refused(
        "not-acceptable",
        `The password needs ${SHORTEST_CHOSEN} characters or more, none of them a control character.`,
      );
    case "many":
      return refused("not-allowed", "There are as many devices as there may be: remove one first.");
    case "busy":
      return refused("resource-constraint", "The server is busy: try again.");
    case "off":
    case "name":
      return NOT_HERE;
  }
}

function refused(condition: StanzaCondition, text: string, isGuess = false): RegisterAnswer {
  return { kind: "refused", condition, text, isGuess };
}
