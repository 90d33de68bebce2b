/** What has access to an account, as clients and the account page show it, and what ends with what. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "../support/browser.ts";
import { Client, type Credentials } from "../support/client.ts";
import { childrenOf, element } from "../support/client-access.ts";
import { logIn, REGISTRATION_KEY, tokensFor } from "../support/oauth-client.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

const NS = "urn:xmpp:cam:0";

let world: World;
let base: string;

before(async () => {
  world = await startWorld({ oauth: { registrationKey: REGISTRATION_KEY } });
  base = `http://127.0.0.1:${world.server.ports.http}`;
});
after(() => world[Symbol.asyncDispose]());

async function loginBy(username: string, password: string, resource: string): Promise<Client> {
  const who: Credentials = { username, domain: "localhost", password, resource };
  return Client.login(await world.open("tls"), who);
}

async function appPassword(user: string, name: string): Promise<{ readonly id: string; readonly password: string }> {
  const response = await world.http("/kith/app-passwords", { method: "POST", body: JSON.stringify({ user, name }) });
  assert.equal(response.status, 201);
  return (await response.json()) as { id: string; password: string };
}

async function clients(asker: Client) {
  const answer = await asker.iq("get", element("list", NS), asker.jid.split("/")[0]);
  return childrenOf(answer);
}

test("XEP-0494 §3.1: programs, app passwords and sessions by password are listed, and revoking ends them at once", async () => {
  await world.addUser("john@localhost");
  const own = await world.login("john@localhost/laptop", "tls");
  const { tokens } = await tokensFor(base, "john", PASSWORD);
  const program = await loginBy("john", tokens.access_token, "guest");
  const { id, password } = await appPassword("john", "Phone");
  const phone = await loginBy("john", password, "phone");
  const listed = await clients(own);
  assert.deepEqual(
    listed.map(({ connected, auth, permission, software, device }) => ({
      connected,
      auth,
      permission,
      software,
      device,
    })),
    [
      { connected: true, auth: ["grant"], permission: "normal", software: "Test Chat", device: undefined },
      { connected: true, auth: ["password"], permission: "normal", software: undefined, device: "Phone" },
      { connected: true, auth: ["password"], permission: "unrestricted", software: undefined, device: "laptop" },
    ],
  );
  const [grant, , session] = listed;
  const gone = await own.iq("set", element("revoke", NS, { id: grant?.id ?? "" }), "john@localhost");
  assert.equal(gone.attrs["type"], "result");
  await program.ended();
  await assert.rejects(loginBy("john", tokens.access_token, "guest"));
  const again = await own.iq("set", element("revoke", NS, { id: grant?.id ?? "" }));
  assert.equal(again.attrs["type"], "error");
  const password2 = await own.iq("set", element("revoke", NS, { id: session?.id ?? "" }));
  assert.match(JSON.stringify(password2), /password-reset-required/);
  assert.equal((await own.iq("set", element("revoke", NS, { id: `app-password:${id}` }))).attrs["type"], "result");
  await phone.ended();
  assert.equal((await clients(own)).length, 1);
});

test("XEP-0493 §4: what was let in to chat does not manage access; with its scope it may", async () => {
  await world.addUser("marie@localhost");
  const { password } = await appPassword("marie", "Phone");
  const phone = await loginBy("marie", password, "phone");
  const refused = await phone.iq("get", element("list", NS));
  assert.match(JSON.stringify(refused), /"forbidden"/);
  for (const [scope, look, end] of [
    ["xmpp", false, false],
    ["xmpp xmpp:account:read", true, false],
    ["xmpp xmpp:account:write", true, true],
  ] as const) {
    const { tokens } = await tokensFor(base, "marie", PASSWORD, { params: { scope } });
    const program = await loginBy("marie", tokens.access_token, "guest");
    assert.equal((await program.iq("get", element("list", NS))).attrs["type"], look ? "result" : "error", scope);
    const ended = await program.iq("set", element("revoke", NS, { id: "app:none" }));
    assert.match(JSON.stringify(ended), end ? /item-not-found/ : /forbidden/, scope);
    program.close();
  }
});

test("somebody else's list is nobody's business", async () => {
  const own = await world.login("john@localhost/laptop", "tls");
  const answer = await own.iq("get", element("list", NS), "marie@localhost");
  assert.equal(answer.attrs["type"], "error");
});

test("my apps and devices: everything is shown with its names, and ended by its button", async () => {
  await world.addUser("aaron@localhost");
  const { tokens } = await tokensFor(base, "aaron", PASSWORD);
  const program = await loginBy("aaron", tokens.access_token, "guest");
  const { password } = await appPassword("aaron", "Aaron's <phone>");
  const phone = await loginBy("aaron", password, "phone");
  const laptop = await loginBy("aaron", PASSWORD, "laptop");
  const browser = new Browser();
  const page = await logIn(browser, await browser.open(`${base}/oauth2/account`), "aaron", PASSWORD);
  for (const said of [/Test Chat/, /this computer/, /Aaron&#39;s &lt;phone&gt;/, /laptop/, /aaron@localhost/]) {
    assert.match(page.text, said);
  }
  const button = (kind: string, id?: string) =>
    page.forms.find(({ fields }) => fields["kind"]?.[0] === kind && (id === undefined || fields["id"]?.[0] === id));
  await browser.post(page, button("app"));
  await program.ended();
  await browser.post(page, button("app-password"));
  await phone.ended();
  await browser.post(page, button("session", "laptop"));
  await laptop.ended();
  const back = await loginBy("aaron", PASSWORD, "laptop");
  const after = await browser.post(page, button("everything"));
  await back.ended();
  assert.match(after.text, /Everything was ended/);
  const out = await browser.post(after, button("log-out"));
  assert.match(out.text, /name="password"/);
});

test("an app password that is made on the page lets in by SCRAM and by PLAIN", async () => {
  await world.addUser("lucy@localhost");
  const browser = new Browser();
  const page = await logIn(browser, await browser.open(`${base}/oauth2/account`), "lucy", PASSWORD);
  const form = page.forms.find(({ fields }) => fields["kind"]?.[0] === "add-app-password");
  const made = await browser.post(page, form, { name: "Tablet" });
  const password = /[a-z2-9]{4}(?:-[a-z2-9]{4}){5}/.exec(made.text)?.[0] ?? "";
  const tablet = await loginBy("lucy", password, "tablet");
  assert.equal(tablet.jid, "lucy@localhost/tablet");
  const nameless = await browser.post(page, form, { name: "" });
  assert.equal(nameless.status, 400);
  assert.match(nameless.text, /Give it a name/);
});
