import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findAll, named, readPage, sentBy, wordsOf } from "../../../../test/support/markup.ts";
import { ACCOUNT, CLIENT, CONSENT, DEVICE, LOGIN, PAGES } from "../../../../test/support/oauth-pages.ts";
import type { Element } from "../../../xmpp/xml/element.ts";
import { qrCode } from "../../qr-code.ts";
import { accountPage } from "./account.ts";
import { consentPage } from "./consent.ts";
import { deviceConfirmPage } from "./device-confirm.ts";
import { deviceLinkPage } from "./device-link.ts";
import { errorPage } from "./error.ts";
import { loginPage } from "./login.ts";
import { newPasswordPage } from "./new-password.ts";
import type { ClientFacts } from "./props.ts";

const read = (name: keyof typeof PAGES): Element => readPage(PAGES[name] ?? "");
const forms = (page: Element): readonly Element[] => named(page, "form");
const sent = (page: Element): readonly (readonly string[])[] => forms(page).map(sentBy);
const idsOf = (page: Element): readonly string[] =>
  findAll(page, ({ attrs }) => attrs["id"] !== undefined).map(({ attrs }) => attrs["id"] ?? "");

describe("every page", () => {
  for (const name of Object.keys(PAGES)) {
    const page = read(name);

    test(`${name}: runs nothing and loads nothing but the style and the icon`, () => {
      assert.equal(named(page, "script", "style", "iframe", "object", "img", "base").length, 0);
      const active = findAll(page, ({ attrs }) => Object.keys(attrs).some((key) => /^(?:on|style$|src)/.test(key)));
      assert.equal(active.length, 0);
      const loaded = named(page, "link").map(({ attrs }) => attrs["href"]);
      assert.deepEqual(loaded, ["/oauth2/icon.svg", "/oauth2/style.css"]);
    });

    test(`${name}: has a language, a title, one main, one first heading and no heading left out (WCAG 2.2 §1.3.1, §2.4.2, §3.1.1)`, () => {
      assert.equal(page.attrs["lang"], "en");
      assert.match(wordsOf(named(page, "title")[0] ?? page), /^.+ – example\.com$/);
      assert.equal(named(page, "main").length, 1);
      const levels = named(page, "h1", "h2", "h3").map((heading) => Number(heading.name.slice(1)));
      assert.equal(levels.filter((level) => level === 1).length, 1);
      levels.forEach((level, index) => {
        assert.ok(level <= (levels[index - 1] ?? 0) + 1, String(levels));
      });
    });

    test(`${name}: every form posts with the token against forgery (RFC 9700 §4.7)`, () => {
      for (const form of forms(page)) {
        assert.equal(form.attrs["method"], "post");
        assert.equal(form.attrs["action"], "/oauth2/decide");
        assert.equal(sentBy(form).filter((field) => /^(csrf|xsrf)=c5f1$/.test(field)).length, 1);
        assert.equal(named(form, "button").length, 1);
      }
    });

    test(`${name}: every field has its label, ids are there once, references lead somewhere (WCAG 2.2 §1.3.1, §4.1.2)`, () => {
      const ids = idsOf(page);
      assert.equal(new Set(ids).size, ids.length);
      const labelled = named(page, "label").map(({ attrs }) => attrs["for"]);
      for (const { attrs } of named(page, "input").filter((input) => input.attrs["type"] !== "hidden")) {
        assert.ok(labelled.includes(attrs["id"]), attrs["name"]);
      }
      for (const { attrs } of findAll(page, () => true)) {
        const references = [attrs["aria-describedby"], attrs["aria-labelledby"], attrs["for"]].join(" ");
        for (const id of references.split(" ").filter((one) => one !== "")) assert.ok(ids.includes(id), id);
      }
    });
  }
});

test("log in: the first form is the log-in and remembers the name, the second cancels where that is possible", () => {
  const page = read("login-again");
  assert.deepEqual(sent(page), [
    ["csrf=c5f1", "username=juliet", "password=on"],
    ["csrf=c5f1", "decision=cancel"],
  ]);
  const [username, password] = named(page, "input").filter(({ attrs }) => attrs["type"] !== "hidden");
  assert.partialDeepStrictEqual(username?.attrs, { autocomplete: "username", autocapitalize: "none", type: "text" });
  assert.partialDeepStrictEqual(password?.attrs, { autocomplete: "current-password", type: "password" });
  assert.equal(password?.attrs["value"], undefined);
  assert.equal(wordsOf(named(page, "button")[0] ?? page), "Continue");
  assert.equal(forms(read("login-own")).length, 1);
});

test("a problem is told first, as an alert, in the title and at the fields (WCAG 2.2 §3.3.1)", () => {
  for (const name of ["login-again", "device-code-again"]) {
    const page = read(name);
    assert.match(wordsOf(named(page, "title")[0] ?? page), /^Error: /);
    assert.equal(findAll(page, ({ attrs }) => attrs["role"] === "alert" && attrs["id"] === "problem").length, 1);
    for (const { attrs } of named(page, "input").filter((input) => input.attrs["type"] !== "hidden")) {
      assert.equal(attrs["aria-invalid"], "true");
      assert.match(attrs["aria-describedby"] ?? "", /^problem\b/);
    }
  }
  assert.doesNotMatch(PAGES["login"] ?? "", /alert|aria-invalid/);
});

test("consent: the first form allows with all scopes on, the second denies, the third is for somebody else", () => {
  const page = read("consent");
  assert.deepEqual(sent(page), [
    ["csrf=c5f1", "scope=xmpp:client:normal", "scope=xmpp:account:read", "decision=allow"],
    ["csrf=c5f1", "decision=deny"],
    ["csrf=c5f1", "decision=switch"],
  ]);
  const boxes = named(page, "input").filter(({ attrs }) => attrs["type"] === "checkbox");
  assert.deepEqual(
    boxes.map(({ attrs }) => [attrs["checked"], attrs["disabled"]]),
    [
      ["checked", "disabled"],
      ["checked", undefined],
    ],
  );
  assert.match(wordsOf(page), /Verona Chat wants to use your account juliet@example\.com/);
  const nothing = readPage(consentPage({ ...CONSENT, scopes: [], problem: "It took too long. Decide again." }));
  assert.equal(named(nothing, "fieldset").length, 0);
  assert.match(wordsOf(nothing), /It took too long\. Decide again\./);
});

test("device: the code is typed, shown to be compared, and goes on or back (RFC 8628 §3.3.1, §5.4)", () => {
  assert.deepEqual(sent(read("device-code-again")), [["xsrf=c5f1", "user_code=BCDF-GHJK"]]);
  const page = read("device-confirm");
  assert.deepEqual(sent(page), [
    ["xsrf=c5f1", "user_code=BCDF-GHJK", "confirm=yes"],
    ["xsrf=c5f1", "user_code=BCDF-GHJK", "abort=yes"],
  ]);
  assert.deepEqual(named(page, "button").map(wordsOf), ["Continue", "Cancel"]);
  assert.match(wordsOf(page), /BCDF-GHJK Go on only if you see this code on your own device/);
  assert.match(wordsOf(page), /You are logged in as juliet@example\.com/);
  assert.doesNotMatch(wordsOf(read("device-confirm-nobody")), /logged in as/);
});

test("RFC 6749 §10.2: beside the name stands where the answer goes, with what the client says of itself and since when", () => {
  for (const page of [loginPage(LOGIN), consentPage(CONSENT)]) {
    const [card] = findAll(readPage(page), ({ attrs }) => attrs["class"] === "client");
    assert.equal(
      card && wordsOf(card),
      "Verona Chat This will send you back to app.example.org It says that it comes from verona.example. Registered here on 3 November 2026.",
    );
  }
  const bare = { ...CLIENT, registered: undefined };
  for (const uri of [
    undefined,
    "https://app.example.org/x",
    "javascript:alert(1)",
    "http://verona.example",
    "nonsense",
  ]) {
    const words = wordsOf(readPage(loginPage({ ...LOGIN, client: { ...bare, uri } })));
    assert.match(words, /Verona Chat This will send you back to app\.example\.org Username/, uri);
  }
  const device = wordsOf(readPage(loginPage({ ...LOGIN, client: DEVICE })));
  assert.match(device, /Television This will let in a device without a browser/);
});

const HOSTILE: Readonly<Record<string, string>> = {
  script: "<script>alert(1)</script>",
  quotes: `"' onmouseover="alert(1)" x='`,
  closing: "</title></p></main><h1>Log in</h1><!-- ]]>",
  override: "Bank\u202Egro.elpmaxe\u202C\u2067",
  long: "Very long ".repeat(1000),
  emoji: "👩‍🚀".repeat(3000),
  nothing: "\u200B\u3164",
  controls: "a\u0000b\u001B[31m\uD800",
};

test("no name, of a client or of anything else, adds markup, turns the text around or fills the page", () => {
  const confirm = { ...ACCOUNT, userCode: "BCDF-GHJK", user: undefined, scopes: [] };
  for (const [what, name] of Object.entries(HOSTILE)) {
    const client: ClientFacts = { ...CLIENT, name, uri: `https://verona.example/${name}`, target: name };
    const kept = { id: name, name, created: 0, lastUsed: 0 };
    const session = { id: name, resource: name, name, since: 0, transport: name, current: true };
    const lists = { appPasswords: [kept], devices: [kept], sessions: [session] };
    const pages = {
      login: loginPage({ ...LOGIN, client, username: name, problem: name }),
      consent: consentPage({ ...CONSENT, client }),
      "device-confirm": deviceConfirmPage({ ...confirm, client }),
      account: accountPage({ ...ACCOUNT, ...lists, apps: [{ ...kept, ...client, scopes: [name] }] }),
      error: errorPage({ domain: "example.com", status: 400, title: name, detail: name, code: name }),
      "new-password": newPasswordPage({ domain: "example.com", user: name, name, password: name, back: "/" }),
    };
    for (const [page, html] of Object.entries(pages)) {
      const root = readPage(html);
      assert.equal(named(root, "script", "h1").length, 1, `${page}: ${what}`);
      assert.equal(findAll(root, ({ attrs }) => "onmouseover" in attrs).length, 0, `${page}: ${what}`);
      if (page === "error" || page === "new-password") continue;
      const names = findAll(root, ({ attrs, name: tag }) => attrs["class"] === "client-name" || tag === "h3");
      assert.ok(names.length > 0);
      for (const shown of names) {
        assert.ok(wordsOf(shown).length < 500, `${page}: ${what}`);
        assert.doesNotMatch(wordsOf(shown), /[\u202A-\u202E\u2066-\u2069]|^$/u, `${page}: ${what}`);
      }
    }
  }
});

test("account: each row has its own form that says what it ends, and to ears whose it is", () => {
  const page = read("account");
  const fields = sent(page).map((form) => form.filter((field) => field !== "csrf=c5f1").join(" "));
  assert.deepEqual(fields, [
    "kind=log-out",
    "kind=app id=a1",
    "kind=app id=a2",
    "kind=app-password id=p1",
    "kind=add-app-password name=on",
    "kind=add-device name=on",
    "kind=device id=d1",
    "kind=session id=s1",
    "kind=session id=s2",
    "kind=everything",
  ]);
  const buttons = named(page, "button").map(wordsOf);
  assert.ok(buttons.includes("Remove Verona Chat"));
  assert.ok(buttons.includes("End gajim.LK8"));
  assert.equal(new Set(buttons).size, buttons.length);
  assert.match(
    wordsOf(page),
    /app\.example\.org · chat as you · see your account Added on 9 November 2026, last used 1 hour ago/,
  );
  assert.match(wordsOf(page), /gajim\.LK8 this one Connected on 20 November 2026 at 14:40 UTC · TLS/);
});

test("account: where there is nothing it says so, and offers no form where nothing may be added", () => {
  const words = wordsOf(read("account-empty"));
  for (const text of [
    /All apps and devices are removed/,
    /No app may use/,
    /no app passwords/,
    /No device/,
    /not connected/,
  ]) {
    assert.match(words, text);
  }
  const kinds = sent(read("account-fixed")).flat();
  assert.deepEqual(
    kinds.filter((field) => field.startsWith("kind=add-")),
    [],
  );
  assert.ok(kinds.includes("kind=app-password"));
});

test("a new password and the link for a device are shown whole", () => {
  const password = read("new-password");
  const codes = named(password, "code").map(wordsOf);
  assert.deepEqual(codes, ["juliet@example.com", "kfmx-2pqr-9tvw-h3cd-ab7y"]);
  const link = read("device-link");
  assert.match(wordsOf(link), /It works once, and ends in 10 minutes\./);
  const [qr] = findAll(link, ({ attrs }) => attrs["role"] === "img");
  const modules = qr === undefined ? undefined : named(qr, "path")[0]?.attrs["d"]?.match(/M/g);
  assert.ok(Number(modules?.length) > 200, "a QR code of this text has as many dark modules at least");
  assert.equal(named(link, "a")[0]?.attrs["href"], wordsOf(named(link, "code")[0] ?? link));
});

test("a link for a device that no QR code holds, or that would run script, is only shown", () => {
  const props = { domain: "example.com", user: "juliet@example.com", name: "Phone", back: "/", expires: 0 };
  const uri = `javascript:${"x".repeat(700)}`;
  assert.equal(qrCode(uri), undefined);
  const page = readPage(deviceLinkPage({ ...props, uri, qr: qrCode(uri) }));
  assert.equal(named(page, "svg").length, 1, "the mark alone");
  assert.match(wordsOf(page), /too long for a QR code/);
  assert.deepEqual(
    named(page, "a").map(({ attrs }) => attrs["href"]),
    ["/"],
  );
});
