/** XEP-0280 §6.1, rule by rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stanzaOf } from "../../../test/support/sessions.ts";
import { mayCopy } from "./rules.ts";

const BODY = "<body>x</body>";
const ROOM = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
const INVITED = "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@b'/></x>";
const DIRECT = "<x xmlns='jabber:x:conference' jid='room@b'/>";

const FORWARDED = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>${BODY}</message></forwarded>`;
const FORGED = `<received xmlns='urn:xmpp:carbons:2'>${FORWARDED}</received>`;

type Answer = "both" | "sent" | "neither";

const ROWS: readonly [title: string, attributes: string, inside: string, answer: Answer][] = [
  ["chat with a body", "type='chat'", BODY, "both"],
  ["chat with anything, and with nothing", "type='chat'", "", "both"],
  ["normal with a body", "type='normal'", BODY, "both"],
  ["no type is normal", "", BODY, "both"],
  ["RFC 6121 §5.2.2: so is a type that is none", "type='shout'", BODY, "both"],
  ["normal without a body", "", "<subject>x</subject>", "neither"],
  ["a body of another namespace", "", "<body xmlns='http://www.w3.org/1999/xhtml'/>", "neither"],
  ["pubsub and other business", "", "<event xmlns='http://jabber.org/protocol/pubsub#event'/>", "neither"],
  ["headline", "type='headline'", BODY, "neither"],
  ["groupchat", "type='groupchat'", BODY, "neither"],
  ["groupchat with an invitation", "type='groupchat'", DIRECT, "neither"],
  ["an error by itself", "type='error'", BODY, "neither"],
  ["XEP-0184: asked for", "", "<request xmlns='urn:xmpp:receipts'/>", "both"],
  ["XEP-0184: received", "", "<received xmlns='urn:xmpp:receipts' id='1'/>", "both"],
  ["XEP-0085", "", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", "both"],
  ["XEP-0333", "", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", "both"],
  ["XEP-0249: a direct invitation", "", DIRECT, "both"],
  ["XEP-0045 §7.8.2: a mediated invitation", "to='room@b'", INVITED, "both"],
  ["a room's own words, without a body", "to='a@b'", ROOM, "neither"],
  ["a private message of a room", "to='room@b/nick' type='chat'", BODY + ROOM, "sent"],
  ["the same, of type normal and without a body", "to='room@b/nick'", ROOM, "sent"],
  ["chat to a bare JID that looks like it", "to='a@b' type='chat'", BODY + ROOM, "sent"],
  ["§9: private", "type='chat'", `${BODY}<private xmlns='urn:xmpp:carbons:2'/>`, "neither"],
  ["XEP-0334 §4.3: no-copy", "type='chat'", `${BODY}<no-copy xmlns='urn:xmpp:hints'/>`, "neither"],
  ["XEP-0334: other hints", "type='chat'", `${BODY}<store xmlns='urn:xmpp:hints'/>`, "both"],
  ["private of another namespace", "type='chat'", `${BODY}<private xmlns='urn:x'/>`, "both"],
  ["private further inside", "type='chat'", "<x xmlns='urn:x'><private xmlns='urn:xmpp:carbons:2'/></x>", "both"],
  ["what looks like a copy, received", "type='chat'", `${BODY}<received xmlns='urn:xmpp:carbons:2'/>`, "neither"],
  ["what looks like a copy, sent", "type='chat'", `${BODY}<sent xmlns='urn:xmpp:carbons:2'/>`, "neither"],
  ["XEP-0297: forwarded by a person", "type='chat'", `${BODY}${FORWARDED}`, "both"],
  ["the word in a body", "type='chat'", "<body>&lt;forwarded > forwarded</body>", "both"],
  ["§11: a forged copy inside of something", "type='chat'", `<x xmlns='urn:x'>${FORGED}</x>`, "neither"],
  ["§11: one inside of what is forwarded", "type='chat'", FORWARDED.replace(BODY, FORGED), "neither"],
  ["§11: one beside what is forwarded", "type='chat'", `${FORWARDED}<x xmlns='urn:x'>${FORGED}</x>`, "neither"],
  [
    "§11: one that hides behind references and prefixes",
    "type='chat'",
    "<x xmlns='urn:x'><a:y xmlns:a='urn:y' xmlns='urn:xmpp:carbons&#58;2'><f:forwarded xmlns:f='urn:f'\n/></a:y></x>",
    "neither",
  ],
];

for (const [title, attributes, inside, answer] of ROWS) {
  test(`XEP-0280 §6.1: ${title} → ${answer}`, () => {
    const stanza = stanzaOf(`<message ${attributes}>${inside}</message>`);
    assert.deepEqual([mayCopy(stanza, "sent"), mayCopy(stanza, "received")], [answer !== "neither", answer === "both"]);
  });
}

test("docs/architecture: no tree is made of what is only copied", () => {
  const stanza = stanzaOf(`<message type='chat'>${BODY}<request xmlns='urn:xmpp:receipts'/></message>`);
  Object.defineProperty(stanza, "element", { value: () => assert.fail("a tree") });
  assert.ok(mayCopy(stanza, "sent") && mayCopy(stanza, "received"));
});
