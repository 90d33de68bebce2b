import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeHtml, Html, html } from "./html.ts";

test("everything is escaped, in text and in quoted attributes, unless it is HTML already", () => {
  const hostile = `"><script>alert('1')</script>&lt;`;
  const escaped = "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;lt;";
  assert.equal(html`<p title="${hostile}">${hostile}</p>`.text, `<p title="${escaped}">${escaped}</p>`);
  const inner = html`<b>${"<i>"}</b>`;
  assert.equal(html`<p>${inner}</p>`.text, "<p><b>&lt;i&gt;</b></p>");
  assert.equal(html`<p>${Html.trusted("<hr/>")}</p>`.text, "<p><hr/></p>");
});

test("lists are joined, undefined and false are nothing, zero and the empty text are not", () => {
  assert.equal(html`[${["<", html`<br/>`, [1, "&"]]}]`.text, "[&lt;<br/>1&amp;]");
  assert.equal(html`[${undefined}${false}${0}${""}]`.text, "[0]");
});

test("an object that only looks like HTML is not taken for it", () => {
  const forged = JSON.parse('{"text": "<script></script>"}');
  assert.throws(() => html`${forged}`, TypeError);
});

test("XML 1.0 §2.2: what no document may hold is shown as U+FFFD, what it may is kept", () => {
  assert.equal(escapeHtml("a\u0000b\u001Bc\uD800d\uFFFEe"), "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe");
  assert.equal(escapeHtml("tab\t line\n é \u{1F600}"), "tab\t line\n é \u{1F600}");
});
