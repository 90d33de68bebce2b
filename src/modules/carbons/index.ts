/** XEP-0280: Message Carbons: each device of a person sees both sides of every conversation. */
import type { Counter } from "../../metrics.ts";
import { messageReturned, messageRouted, type ReturnedMessage, type RoutedMessage } from "../../sessions/events.ts";
import { accountOf, hasMessage, shareCopies } from "../../sessions/followers.ts";
import type { Iq } from "../../sessions/iq.ts";
import { defineModule, type ModuleHost } from "../../sessions/module.ts";
import { Session } from "../../sessions/session.ts";
import type { User } from "../../sessions/user.ts";
import { StanzaError } from "../../xmpp/stanza/error.ts";
import type { Copies } from "../../xmpp/stream/acks.ts";
import { answersCopied, rememberCopied } from "./answers.ts";
import { isBarred, mayCopy, NS_CARBONS } from "./rules.ts";
import { errorCopy, receivedCopy, sentCopy } from "./wire.ts";

/** XEP-0280 §6.2: the rules of §6.1, all of them. */
const NS_RULES = "urn:xmpp:carbons:rules:0";

/** XEP-0280 §4.1, §5.1 */
const NOT_OWN = new StanzaError("not-allowed", "Each client asks for copies of the messages of its own account.");

export const carbons = defineModule({
  name: "carbons",
  xeps: [
    { number: 280, version: "1.0.1" },
    { number: 297, version: "1.0" },
  ],
  setup(host) {
    host.feature(NS_CARBONS);
    host.feature(NS_RULES);
    for (const name of ["enable", "disable"]) {
      host.iq("set", NS_CARBONS, name, (iq) => turn(host, iq, name === "enable"), ["account", "server", "other"]);
    }
    host.inlineFeature({
      ns: NS_CARBONS,
      name: "enable",
      enable(session) {
        host.follow(session, true);
        return ""; // XEP-0386 §3.2: no answer is necessary
      },
    });
    const copies = host.metric.counter("kith_carbons_total", "Copies of messages to other resources (XEP-0280).");
    host.on(messageRouted, "observe", (routed) => copyToOthers(host, copies, routed));
    host.on(messageReturned, "observe", (returned) => copyReturned(host, copies, returned));
  },
});

/** XEP-0280 §10.1: what is so already is no error. */
function turn(host: ModuleHost, iq: Iq, on: boolean): string {
  if (iq.place !== "account") throw NOT_OWN;
  host.follow(iq.session, on);
  return "";
}

function copyToOthers(host: ModuleHost, copies: Counter, routed: RoutedMessage): void {
  const { sender, stanza, reached } = routed;
  const { id } = stanza.attrs;
  const isError = stanza.attrs["type"] === "error";
  if (isError) {
    const isAnswer = reached instanceof Session && answersCopied(reached, id, sender.user.jid);
    if (!isAnswer || isBarred(stanza)) return;
  }
  let made = 0;
  const spread = (user: User, write: () => string, shared?: Copies): void => {
    let tail: string | undefined;
    for (const follower of user.followers) {
      if (hasMessage(follower, sender, reached)) continue;
      tail ??= write();
      host.send(follower, "message", ` from='${user.jid}' to='${follower.address}'${tail}`, shared);
      if (shared !== undefined) shared.left += 1;
      made += 1;
    }
  };
  // XEP-0280 §8
  if (isError || mayCopy(stanza, "sent")) {
    spread(sender.user, () => sentCopy(routed));
    if (reached instanceof StanzaError) spread(sender.user, () => errorCopy(routed, reached));
  }
  // XEP-0280 §7. Within one account there is one copy for each, and it says that the account itself sent it.
  const account = accountOf(reached);
  if (account !== undefined && account !== sender.user && (isError || mayCopy(stanza, "received"))) {
    const to = reached instanceof Session ? reached : account;
    spread(account, () => receivedCopy(routed, to), shareCopies(to));
  }
  copies.add(made);
  if (made > 0 && account !== undefined && !isError) rememberCopied(sender, id, account.jid);
}

/** XEP-0280 §6.1, §8: who was told that it was sent is told too that it came back. */
function copyReturned(host: ModuleHost, copies: Counter, { sender, stanza, error }: ReturnedMessage): void {
  if (!mayCopy(stanza, "sent")) return;
  const { user } = sender;
  const tail = errorCopy({ sender, stanza }, error);
  for (const follower of user.followers) {
    if (follower === sender) continue;
    host.send(follower, "message", ` from='${user.jid}' to='${follower.address}'${tail}`);
    copies.add();
  }
}
