import { ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { readDocument } from "../xml/document.ts";
import { errorTail, iqResultTail, mayAnswerWithError, tail } from "./build.ts";
import { StanzaError } from "./error.ts";
import type { Stanza } from "./stanza.ts";

function stanza(xml: string): Stanza {
  const result = readDocument(xml.replace(/^<\w+/, "$& xmlns='jabber:client'"), {
    bytes: 10_000,
    depth: 9,
    elements: 99,
  });
  ok(result.ok);
  return result.element as Stanza;
}

describe("stanzas as text", () => {
  test("attributes are escaped, what is undefined is left out", () => {
    strictEqual(
      tail("message", { to: "a'b@c", from: undefined, "xml:lang": "de" }),
      " to='a&apos;b@c' xml:lang='de'/>",
    );
    strictEqual(tail("message", { id: "1", type: "chat" }, "<body/>"), " id='1' type='chat'><body/></message>");
  });

  test("RFC 6120 §8.2.3: a result has the id of the request and goes back to its sender", () => {
    const request = stanza("<iq from='a@b/c' to='b' id='x&amp;y' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
    strictEqual(iqResultTail(request), " from='b' to='a@b/c' id='x&amp;y' type='result'/>");
    strictEqual(iqResultTail(request, "<q/>", "d"), " from='d' to='a@b/c' id='x&amp;y' type='result'><q/></iq>");
  });

  test("RFC 6120 §8.3.1: an error swaps the addresses and keeps id and kind", () => {
    const message = stanza("<message from='a@b/c' to='d@b' id='1' type='chat'><body>x</body></message>");
    strictEqual(
      errorTail(message, new StanzaError("not-allowed", "the application manages <contacts>")),
      " from='d@b' to='a@b/c' id='1' type='error'><error type='cancel'>" +
        "<not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>the application manages &lt;contacts&gt;</text>" +
        "</error></message>",
    );
  });

  test("RFC 6120 §8.3.1: errors and results are not answered with errors", () => {
    ok(mayAnswerWithError(stanza("<iq type='get' id='1'/>")));
    ok(mayAnswerWithError(stanza("<message/>")));
    ok(!mayAnswerWithError(stanza("<message type='error'/>")));
    ok(!mayAnswerWithError(stanza("<iq type='result' id='1'/>")));
  });
});
