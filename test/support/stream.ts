/** The stream machine without a connection: XML in, effects out. */
import assert from "node:assert/strict";
import { STREAM_START, step } from "../../src/xmpp/stream/machine.ts";
import type { StreamEffect, StreamInput, StreamSettings, StreamState } from "../../src/xmpp/stream/state.ts";
import { readDocument } from "../../src/xmpp/xml/document.ts";
import { element } from "../../src/xmpp/xml/element.ts";
import type { StreamElement } from "../../src/xmpp/xml/stream-element.ts";

export const XML_LIMITS = { bytes: 100_000, depth: 20, elements: 100 };

export function settings(changes: Partial<StreamSettings> = {}): StreamSettings {
  return {
    framing: "stream",
    domains: ["example.com", "b.example"],
    offersTls: () => false,
    maySasl: () => true,
    mechanisms: () => ["SCRAM-SHA-256", "PLAIN"],
    tokenMechanisms: () => [],
    mayRegister: () => false,
    offersRegister: () => false,
    channelBindings: () => [],
    features: () => [element("c", "urn:x", { ver: "<1>" })],
    resumes: true,
    inlineFeatures: () => [],
    tries: 3,
    advertised: { bytesBefore: 10_000, bytesAfter: 262_144, idleSeconds: 600 },
    ...changes,
  };
}

export function parse(xml: string): StreamElement {
  const read = readDocument(xml, XML_LIMITS);
  assert.ok(read.ok, xml);
  return read.element;
}

export function header(attrs: Record<string, string>, ns = "http://etherx.jabber.org/streams"): StreamInput {
  return { kind: "header", id: "id-1", header: { name: "stream", ns, defaultNs: "jabber:client", attrs } };
}

export function el(xml: string): StreamInput {
  return { kind: "element", element: parse(xml) };
}

/** Steps through all inputs; the state behind them and the effects of the last. */
export function run(inputs: readonly StreamInput[], s = settings(), start: StreamState = STREAM_START) {
  let state = start;
  let effects: readonly StreamEffect[] = [];
  for (const input of inputs) ({ state, effects } = step(state, input, s));
  const text = effects.map((effect) => (effect.kind === "send" ? effect.text : "")).join("");
  const end = effects.find((effect) => effect.kind === "end")?.reason;
  return { state, effects, text, end, kinds: effects.map((effect) => effect.kind) };
}
