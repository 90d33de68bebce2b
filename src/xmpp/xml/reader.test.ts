import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { fuzz } from "../../../test/fuzz/xml.ts";
import { plain, readAll, type XmlEvent } from "../../../test/fuzz/xml-oracle.ts";
import { type Element, element } from "./element.ts";
import { XmlReader } from "./reader.ts";
import type { StreamElement, XmlLimits } from "./stream-element.ts";

const LIMITS: XmlLimits = { bytes: 10_000, depth: 16, elements: 200 };
const HEADER =
  "<stream:stream to='example.com' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

function read(text: string | Uint8Array, limits = LIMITS): readonly XmlEvent[] {
  return readAll([Buffer.from(text)], limits);
}

/** The elements of a stream, after its header. */
function elements(text: string): readonly StreamElement[] {
  return read(HEADER + text).flatMap((event) => (event.kind === "element" ? [event.el] : []));
}

function one(text: string): StreamElement {
  const el = elements(text)[0];
  ok(el !== undefined, `nothing was read of ${text}`);
  return el;
}

function faultOf(events: readonly XmlEvent[]): string {
  const last = events.at(-1);
  return last?.kind === "fault" ? last.fault.condition : "none";
}

/** The condition that some octets inside a stream lead to. */
function fault(inside: string | Uint8Array, limits = LIMITS): string {
  return faultOf(readAll([Buffer.from(HEADER), Buffer.from(inside)], limits));
}

describe("what the reader yields", () => {
  test("RFC 6120 §4.7: the stream header", () => {
    const [event] = read(`\ufeff<?xml version='1.0' encoding='utf-8'?>\n${HEADER.replace(">", " xml:lang='en'>")}`);
    strictEqual(event?.kind, "header");
    strictEqual(event.open.name, "stream");
    strictEqual(event.open.ns, "http://etherx.jabber.org/streams");
    strictEqual(event.open.defaultNs, "jabber:client");
    deepStrictEqual({ ...event.open.attrs }, { to: "example.com", version: "1.0", "xml:lang": "en" });
  });

  test("addresses, names of children, the inside as it stands, and octets", () => {
    const source = "<message to='a&amp;b' type=\"chat\"><body>é &lt; </body></message>";
    const el = one(source);
    deepStrictEqual({ ...el.attrs }, { to: "a&b", type: "chat" });
    deepStrictEqual(el.children, [{ name: "body", ns: "jabber:client" }]);
    strictEqual(el.inner, "<body>é &lt; </body>");
    strictEqual(el.bytes, Buffer.byteLength(source));
    const body: Element = element("body", "jabber:client", {}, ["é < "]);
    deepStrictEqual(el.element(), element("message", "jabber:client", { to: "a&b", type: "chat" }, [body]));
  });

  test("attributes have no prototype", () => {
    strictEqual(one("<iq/>").attrs["constructor"], undefined);
    deepStrictEqual(Object.entries(one("<iq __proto__='x'/>").attrs), [["__proto__", "x"]]);
    strictEqual(one("<iq><a __proto__='x'/></iq>").element().attrs["toString"], undefined);
  });

  test("prefixed elements of the stream come out by local name and namespace", () => {
    const list = elements("<stream:features/><c:message xmlns:c='jabber:client'><c:body>x</c:body></c:message>");
    deepStrictEqual(
      list.map(({ name, ns, inner }) => ({ name, ns, inner })),
      [
        { name: "features", ns: "http://etherx.jabber.org/streams", inner: "" },
        { name: "message", ns: "jabber:client", inner: "<body>x</body>" },
      ],
    );
  });

  for (const [source, inner] of [
    ["<message><body>a]]&gt;b</body></message>", "<body>a]]&gt;b</body>"],
    ["<message><x xmlns='u:x'><y/></x></message>", "<x xmlns='u:x'><y/></x>"],
    ["<message><p:x xmlns:p='u:x' p:a='1'/></message>", "<p:x xmlns:p='u:x' p:a='1'/>"],
    ["<message xmlns:p='u:x'><p:x p:a='1'/></message>", "<x xmlns='u:x' xmlns:ns0='u:x' ns0:a='1'/>"],
    ["<message><body><![CDATA[<&>]]></body></message>", "<body>&lt;&amp;&gt;</body>"],
    ["<message><body>a\r\nb\rc&#13;</body></message>", "<body>a\nb\nc&#13;</body>"],
    ["<message><x a='1\t2\r\n3\n&#10;'/></message>", "<x a='1 2 3 &#10;'/>"],
    ["<message><x xmlns='u:&amp;'/></message>", "<x xmlns='u:&amp;'/>"],
    ["<message><x xmlns='u&#58;x'/></message>", "<x xmlns='u:x'/>"],
    ["<message><stream:x/></message>", "<x xmlns='http://etherx.jabber.org/streams'/>"],
    ["<c:message xmlns:c='u:c' xmlns=''><x/></c:message>", "<x xmlns=''/>"],
    ["<message xmlns=''><x/></message>", "<x/>"],
    ["<message><x xml:lang='de'/></message>", "<x xml:lang='de'/>"],
    ["<message\n></message\t>", ""],
    ["<message/>", ""],
  ] as const) {
    test(`the inside of ${JSON.stringify(source)}`, () => strictEqual(one(source).inner, inner));
  }
});

describe("what the reader refuses", () => {
  for (const [condition, name, inside] of [
    // RFC 6120 §11.1
    ["restricted-xml", "comment", "<message><!-- x --></message>"],
    ["restricted-xml", "comment between stanzas", "<!-- x -->"],
    ["restricted-xml", "processing instruction", "<?php x ?>"],
    ["restricted-xml", "document type", "<!DOCTYPE x>"],
    ["restricted-xml", "entity that is not predefined", "<message>&lol9;</message>"],
    ["restricted-xml", "entity in a value", "<message a='&nbsp;'/>"],
    ["restricted-xml", "XML declaration inside the stream", "<?xml version='1.0'?>"],
    // RFC 6120 §11.3
    ["not-well-formed", "mismatched end tag", "<message><body></message>"],
    ["not-well-formed", "longer end tag", "<message></messages>"],
    ["not-well-formed", "end tag with an attribute", "<message></message a='1'>"],
    ["not-well-formed", "unquoted value", "<message a=1/>"],
    ["not-well-formed", "attribute without value", "<message a/>"],
    ["not-well-formed", "no space between attributes", "<message a='1'b='2'/>"],
    ["not-well-formed", "< in a value", "<message a='<'/>"],
    ["not-well-formed", "duplicate attribute", "<message a='1' a='2'/>"],
    ["not-well-formed", "duplicate by expanded name", "<a xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>"],
    ["not-well-formed", "undeclared prefix", "<p:a/>"],
    ["not-well-formed", "undeclared prefix of an attribute", "<a p:a='1'/>"],
    ["not-well-formed", "prefix out of scope", "<m><p:a xmlns:p='u'/><p:b/></m>"],
    ["not-well-formed", "xmlns:xmlns", "<a xmlns:xmlns='u'/>"],
    ["not-well-formed", "xml rebound", "<a xmlns:xml='u'/>"],
    ["not-well-formed", "the xml namespace for another prefix", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>"],
    ["not-well-formed", "the xmlns namespace as default", "<a xmlns='http://www.w3.org/2000/xmlns/'/>"],
    ["not-well-formed", "empty prefix binding", "<a xmlns:p=''/>"],
    ["not-well-formed", "element with the prefix xmlns", "<xmlns:a/>"],
    ["not-well-formed", "white space around a namespace name", "<a xmlns=' u'/>"],
    ["not-well-formed", "two colons", "<a xmlns:p='u'><p:a:b/></a>"],
    ["not-well-formed", "local name that begins with a digit", "<a xmlns:p='u'><p:1/></a>"],
    ["not-well-formed", "]]> in text", "<a>]]></a>"],
    ["not-well-formed", "control character", "<a>\u0001</a>"],
    ["not-well-formed", "NUL", "<a>\0</a>"],
    ["not-well-formed", "U+FFFF", "<a>\uffff</a>"],
    ["not-well-formed", "forbidden character in a value", "<a b='\ufffe'/>"],
    ["not-well-formed", "reference to NUL", "<a>&#0;</a>"],
    ["not-well-formed", "reference to a surrogate", "<a>&#xD800;</a>"],
    ["not-well-formed", "reference beyond Unicode", "<a>&#x110000;</a>"],
    ["not-well-formed", "empty reference", "<a>&;</a>"],
    ["not-well-formed", "bare ampersand", "<a>& b</a>"],
    ["not-well-formed", "name that begins with a hyphen", "<-a/>"],
    ["not-well-formed", "space before the name", "< a/>"],
    ["not-well-formed", "space in an empty tag's end", "<a / >"],
    ["not-well-formed", "lower-case cdata", "<a><![cdata[x]]></a>"],
    // RFC 6120 §11.6, §4.9.3.22
    ["unsupported-encoding", "stray continuation octet", Buffer.from([0x3c, 0x61, 0x3e, 0x80])],
    ["unsupported-encoding", "overlong form", Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xaf])],
    ["unsupported-encoding", "surrogate", Buffer.from([0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80])],
    ["unsupported-encoding", "above U+10FFFF", Buffer.from([0x3c, 0x61, 0x3e, 0xf4, 0x90, 0x80, 0x80])],
    ["unsupported-encoding", "UTF-16", Buffer.from([0xff, 0xfe, 0x3c, 0x00])],
    // RFC 6120 §4.9.3.1
    ["bad-format", "text in the stream", "<a/>text"],
    ["bad-format", "reference in the stream", "&#32;"],
    ["bad-format", "CDATA in the stream", "<![CDATA[x]]>"],
  ] as const) {
    test(`${name}: ${condition}`, () => strictEqual(fault(inside), condition));
  }

  for (const [condition, start] of [
    ["unsupported-encoding", `<?xml version='1.0' encoding='ISO-8859-1'?>${HEADER}`],
    ["not-well-formed", `<?xml version='1.1'?>${HEADER}`],
    ["not-well-formed", `<?xml encoding='UTF-8'?>${HEADER}`],
    ["not-well-formed", `<?xml version='1.0'${" ".repeat(300)}?>${HEADER}`],
    ["restricted-xml", `<?xml-stylesheet href='x'?>${HEADER}`],
    ["restricted-xml", ` <?xml version='1.0'?>${HEADER}`],
    ["restricted-xml", `<?xml version='1.0'?><?xml version='1.0'?>${HEADER}`],
    ["restricted-xml", `<!DOCTYPE x [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;'>]>${HEADER}`],
    ["not-well-formed", `text${HEADER}`],
    ["not-well-formed", "</stream:stream>"],
    ["none", `<?xml version="1.0" encoding="uTf-8" standalone="yes" ?>${HEADER}`],
    ["none", `\n ${HEADER}`],
  ] as const) {
    test(`before the stream: ${JSON.stringify(start.slice(0, 50))}: ${condition}`, () => {
      strictEqual(faultOf(read(start)), condition);
    });
  }

  test("nothing is told after a fault, nor after the end", () => {
    const events = readAll([Buffer.from(`${HEADER}<a></b><c/>`), Buffer.from("<d/>")]);
    deepStrictEqual(
      events.map(({ kind }) => kind),
      ["header", "fault"],
    );
    const ended = readAll([Buffer.from(`${HEADER}</stream:stream><c/>`), Buffer.from("<d/>")]);
    deepStrictEqual(
      ended.map(({ kind }) => kind),
      ["header", "end"],
    );
  });
});

describe("limits", () => {
  test("octets, counted in UTF-8, at the limit and one above", () => {
    const limits = { ...LIMITS, bytes: 200 };
    const fits = `<a>${"é".repeat(96)}</a>`.replace("</a>", "x</a>");
    strictEqual(Buffer.byteLength(fits), 200);
    strictEqual(fault(fits, limits), "none");
    strictEqual(fault(fits.replace("x", "xx"), limits), "policy-violation");
  });

  test("an element that never ends is refused as soon as the limit is passed", () => {
    const events = readAll([Buffer.from(HEADER), Buffer.from(`<a b='${"x".repeat(10_000)}`)], LIMITS);
    strictEqual(faultOf(events), "policy-violation");
  });

  test("levels", () => {
    strictEqual(fault("<a>".repeat(16) + "</a>".repeat(16)), "none");
    strictEqual(fault("<a>".repeat(17)), "policy-violation");
    strictEqual(fault("<a>".repeat(10_000), { ...LIMITS, bytes: 1_000_000 }), "policy-violation");
  });

  test("elements in one stanza, counted anew for each", () => {
    strictEqual(fault(`<a>${"<b/>".repeat(199)}</a>`.repeat(3)), "none");
    strictEqual(fault(`<a>${"<b/>".repeat(200)}</a>`), "policy-violation");
  });

  test("attributes of one element", () => {
    const many = (count: number): string => `<a${Array.from({ length: count }, (_, i) => ` a${i}='1'`).join("")}/>`;
    strictEqual(fault(many(100)), "none");
    strictEqual(fault(many(101)), "policy-violation");
    strictEqual(fault(many(100_000), { ...LIMITS, bytes: 10_000_000 }), "policy-violation");
    strictEqual(fault(many(99).replace("/>", " a7='2'/>")), "not-well-formed");
  });

  test("white space between stanzas counts against nothing", () => {
    strictEqual(fault(`${" ".repeat(50_000)}<a/>`), "none");
  });
});

describe("the sink may steer", () => {
  function steered(act: (reader: XmlReader, name: string) => void, chunks: readonly string[]) {
    const seen: string[] = [];
    const reader: XmlReader = new XmlReader(LIMITS, {
      header: (open) => seen.push(`header ${open.attrs["to"] ?? ""}`),
      element: (el) => {
        seen.push(el.name);
        act(reader, el.name);
      },
      end: () => seen.push("end"),
      fault: ({ condition }) => seen.push(condition),
    });
    for (const chunk of chunks) reader.write(Buffer.from(chunk));
    return { reader, seen };
  }

  test("pause keeps what follows, resume goes on in order", () => {
    const { reader, seen } = steered((r, name) => name === "a" && r.pause(), [`${HEADER}<a/><b/><é`, "/><d/>"]);
    deepStrictEqual(seen, ["header example.com", "a"]);
    strictEqual(reader.buffered, Buffer.byteLength("<b/><é/><d/>"));
    reader.resume();
    deepStrictEqual(seen, ["header example.com", "a", "b", "é", "d"]);
    strictEqual(reader.buffered, 0);
  });

  test("RFC 6120 §5.4.3.3: discard tells how many octets were sent ahead of TLS", () => {
    let dropped = -1;
    const { seen } = steered(
      (r) => {
        dropped = r.discard();
        r.reset();
      },
      [`${HEADER}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><é/>`, HEADER],
    );
    strictEqual(dropped, 5);
    deepStrictEqual(seen, ["header example.com", "starttls", "header example.com"]);
  });

  test("RFC 6120 §6.3.2: reset expects a new header in what was already sent", () => {
    const again = `\n<?xml version='1.0'?>${HEADER.replace("example.com", "two")}<a/>`;
    const { seen } = steered(
      (r, name) => name === "auth" && r.reset({ ...LIMITS, bytes: 500 }),
      [`${HEADER}<auth/>${again}`],
    );
    deepStrictEqual(seen, ["header example.com", "auth", "header two", "a"]);
  });

  test("reset forgets the prefixes of the stream before", () => {
    const { seen } = steered(
      (r, name) => name === "auth" && r.reset(),
      [`${HEADER.replace(">", " xmlns:p='u'>")}<auth/>${HEADER}<p:a/>`],
    );
    deepStrictEqual(seen, ["header example.com", "auth", "header example.com", "not-well-formed"]);
  });

  test("new limits hold from the next element on", () => {
    const long = `<b>${"x".repeat(10_000)}</b>`;
    const { seen } = steered((r) => r.setLimits({ ...LIMITS, bytes: 20_000 }), [`${HEADER}<a/>${long}`]);
    deepStrictEqual(seen, ["header example.com", "a", "b"]);
  });

  test("end: what is kept is released and nothing follows", () => {
    const { reader, seen } = steered(() => undefined, [`${HEADER}<a`]);
    reader.end();
    reader.write(Buffer.from("/>"));
    deepStrictEqual(seen, ["header example.com"]);
    strictEqual(reader.buffered, 0);
  });
});

describe("laws", () => {
  test("any split of the octets gives the same events", () => {
    const source = Buffer.from(
      `<?xml version='1.0'?>\n${HEADER}<message to='é&amp;😀'><body>a&#x1F600;]]&gt;\r\n<![CDATA[]]]]><![CDATA[>]]></body>` +
        `<p:x xmlns:p='u:p'  p:a = "1\t2"/></message>\n<iq type='get'/> <a b='1' b='2'/>`,
    );
    const whole = readAll([source]).map(plain);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(source.length)), (cuts) => {
        const sorted = [0, ...cuts.sort((a, b) => a - b), source.length];
        const chunks = sorted.slice(1).map((end, i) => source.subarray(sorted[i], end));
        deepStrictEqual(readAll(chunks).map(plain), whole);
      }),
      { numRuns: 200 },
    );
  });

  test("agreement with saxes on 3000 streams, whole, mutated and split", () => {
    const tally = fuzz(3_000, 7);
    ok(tally.read > 1_000 && tally.refused > 1_000, JSON.stringify(tally));
  });

  test("a long stanza in single octets is read in linear time", () => {
    const events: XmlEvent[] = [];
    const long = `<a b='${"v".repeat(100_000)}'>${"t".repeat(150_000)}</a>`;
    const chunks = Array.from(Buffer.from(HEADER + long), (octet) => Uint8Array.of(octet));
    events.push(...readAll(chunks, { bytes: 262_144, depth: 64, elements: 5_000 }));
    const last = events.at(-1);
    ok(last?.kind === "element");
    strictEqual(last.el.inner.length, 150_000);
    strictEqual(last.el.attrs["b"]?.length, 100_000);
  });

  test("tens of thousands of prefixes cost no more than their octets", () => {
    // Work that grows with the square of the prefixes takes longer here than any test may.
    const declare = (level: number): string =>
      Array.from({ length: 90 }, (_, i) => ` xmlns:p${level}x${i}='u'`).join("");
    const levels = Array.from({ length: 600 }, (_, level) => `<a${declare(level)}>`).join("");
    const source = `<m>\r${levels}${"<p59x1:a/>".repeat(3_000)}${"</a>".repeat(600)}</m>`;
    const events = read(HEADER + source, { bytes: 10_000_000, depth: 1_000, elements: 5_000 });
    strictEqual(events.at(-1)?.kind, "element");
  });

  test("a 10 MB attribute is refused without being kept", () => {
    const chunk = Buffer.alloc(65_536, "x");
    const events = readAll([Buffer.from(`${HEADER}<a b='`), ...new Array<Buffer>(160).fill(chunk)], LIMITS);
    deepStrictEqual(
      events.map(({ kind }) => kind),
      ["header", "fault"],
    );
  });
});

describe("memory", () => {
  test("an idle reader keeps nothing of what it has read", () => {
    setFlagsFromString("--expose-gc");
    const gc: () => void = runInNewContext("gc");
    const readers: XmlReader[] = [];
    const ignore = (): void => undefined;
    const text = Buffer.from(`${HEADER}<message to='somebody@example.com'><body>${"x".repeat(9_000)}</body></message>`);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 500; i++) {
      const reader = new XmlReader(LIMITS, { header: ignore, element: ignore, end: ignore, fault: ignore });
      reader.write(Buffer.from(text));
      readers.push(reader);
    }
    gc();
    const each = (process.memoryUsage().heapUsed - before) / readers.length;
    ok(each < 6_000, `${each} octets for each reader`);
  });
});
