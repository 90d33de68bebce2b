import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/text.ts";
import { readDocument } from "./document.ts";
import { type Element, element, type Node } from "./element.ts";
import { escapeAttr, escapeText, serialise, serialiseChildren } from "./write.ts";

const LIMITS = { bytes: 1_000_000, depth: 64, elements: 5_000 };

function reread(xml: string): Element {
  const result = readDocument(xml, LIMITS);
  ok(result.ok, JSON.stringify(result));
  return result.element.element();
}

describe("escaping", () => {
  for (const [text, escaped] of [
    ["plain", "plain"],
    ["a<b>&c\r", "a&lt;b&gt;&amp;c&#13;"],
    ["]]>", "]]&gt;"],
    ["\0\u0008\u000b\u001f\ufffe\uffff", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"],
    ["\ud800x\udc00", "\ufffdx\ufffd"],
    ["😀\t\n'\"", "😀\t\n'\""],
  ] as const) {
    test(`text ${JSON.stringify(text)}`, () => strictEqual(escapeText(text), escaped));
  }

  test("attribute values keep their white space and fit quotes of either kind", () => {
    strictEqual(escapeAttr("a\t\n\r'\"<&>\u0001"), "a&#9;&#10;&#13;&apos;&quot;&lt;&amp;&gt;\ufffd");
  });
});

describe("serialise", () => {
  for (const [el, xml] of [
    [element("a", "jabber:client"), "<a/>"],
    [element("a", "u:b"), "<a xmlns='u:b'/>"],
    [element("a", ""), "<a xmlns=''/>"],
    [
      element("a", "u:b", {}, [element("b", "u:b"), element("c", "jabber:client")]),
      "<a xmlns='u:b'><b/><c xmlns='jabber:client'/></a>",
    ],
    [
      element("a", "jabber:client", { "xml:lang": "de", "{u:c}d": "1", to: "x" }),
      "<a xml:lang='de' xmlns:ns0='u:c' ns0:d='1' to='x'/>",
    ],
    [element("x", "http://www.w3.org/XML/1998/namespace", {}, [element("a", "jabber:client")]), "<xml:x><a/></xml:x>"],
  ] as const) {
    test(xml, () => strictEqual(serialise(el, "jabber:client"), xml));
  }

  for (const bad of ["", "a b", "a:b", "1a", "<", "a>", "\ud800", "a\0"]) {
    test(`the name ${JSON.stringify(bad)} is never written`, () => {
      throws(() => serialise(element(bad, "u"), ""), RangeError);
      throws(() => serialise(element("a", "u", { [bad]: "1" }), ""), RangeError);
    });
  }

  test("what looks like a namespace declaration is no attribute", () => {
    throws(() => serialise(element("a", "u", { xmlns: "v" }), ""), RangeError);
    throws(() => serialise(element("a", "http://www.w3.org/2000/xmlns/"), ""), RangeError);
  });
});

const NAME = fc.constantFrom("a", "body", "é", "𐀀", "x-1");
const NS = fc.constantFrom("", "u:a", "u:'b'&<", "jabber:client");
const KEY = fc.constantFrom("to", "xml:lang", "{u:a}to", "{u:}}to", "é");
const ATTRS = fc.dictionary(KEY, fc.string({ unit: "grapheme" }), { maxKeys: 4 });
const { tree } = fc.letrec<{ tree: Element; node: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, fc.string({ unit: "grapheme", minLength: 1 }), tie("tree")),
  tree: fc
    .tuple(NAME, NS, ATTRS, fc.array(tie("node"), { maxLength: 4 }))
    .map(([name, ns, attrs, children]) => element(name, ns, attrs, joined(children))),
}));

/** Neighbouring texts are one text to every reader. */
function joined(nodes: readonly Node[]): readonly Node[] {
  const out: Node[] = [];
  for (const node of nodes) {
    const last = out.at(-1);
    if (typeof node === "string" && typeof last === "string") out[out.length - 1] = last + node;
    else out.push(node);
  }
  return out;
}

describe("laws", () => {
  test("what is written is read again as the same tree", () => {
    fc.assert(
      fc.property(tree, (el) => deepStrictEqual(reread(serialise(el, "")), clean(el))),
      { numRuns: 300 },
    );
  });

  test("the children, put into an element of the same namespace, are the same children", () => {
    fc.assert(
      fc.property(tree, (el) => {
        const outer = serialise(element("o", el.ns), "").replace("/>", () => `>${serialiseChildren(el)}</o>`);
        deepStrictEqual(reread(outer).children, clean(el).children);
      }),
      { numRuns: 300 },
    );
  });

  test("any text at all is carried, or replaced where XML cannot", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const expected = clean(element("a", "", { b: text }, text === "" ? [] : [text]));
        deepStrictEqual(reread(serialise(element("a", "", { b: text }, [text]), "")), expected);
      }),
    );
  });
});

/** The tree with the characters that XML cannot carry replaced. */
function clean(el: Element): Element {
  const attrs = Object.fromEntries(Object.entries(el.attrs).map(([key, value]) => [key, cleanText(value)]));
  return element(
    el.name,
    el.ns,
    attrs,
    el.children.map((node) => (typeof node === "string" ? cleanText(node) : clean(node))),
  );
}

function cleanText(text: string): string {
  return Array.from(text.toWellFormed(), (char) => {
    const code = char.codePointAt(0) ?? 0;
    const allowed = code >= 0x20 ? code !== 0xfffe && code !== 0xffff : code === 9 || code === 10 || code === 13;
    return allowed ? char : "\ufffd";
  }).join("");
}
