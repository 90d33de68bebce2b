import { ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { readDocument } from "../xml/document.ts";
import { serialise } from "../xml/write.ts";
import { mayAnswerWithError, StanzaError } from "./error.ts";
import { NS_CLIENT, type Stanza } from "./stanza.ts";

function stanza(xml: string): Stanza {
  const result = readDocument(xml.replace(/^<\w+/, "$& xmlns='jabber:client'"), {
    bytes: 10_000,
    depth: 9,
    elements: 99,
  });
  ok(result.ok);
  return result.element as Stanza;
}

describe("stanza errors", () => {
  test("RFC 6120 §8.3.2: an error names its type, its condition and, in words, why", () => {
    strictEqual(
      serialise(new StanzaError("not-allowed", "the application manages <contacts>").toElement(), NS_CLIENT),
      "<error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>the application manages &lt;contacts&gt;</text>" +
        "</error>",
    );
  });

  test("RFC 6120 §8.3.1: errors and results are not answered with errors", () => {
    ok(mayAnswerWithError(stanza("<iq type='get' id='1'/>")));
    ok(mayAnswerWithError(stanza("<message/>")));
    ok(!mayAnswerWithError(stanza("<message type='error'/>")));
    ok(!mayAnswerWithError(stanza("<iq type='result' id='1'/>")));
  });
});
