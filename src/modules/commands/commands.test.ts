import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settle } from "../../../test/support/clock.ts";
import { type TestClient, testHost } from "../../../test/support/sessions.ts";
import { StanzaError } from "../../xmpp/stanza/error.ts";
import type { Form } from "../data-forms.ts";
import type { Command, Step } from "./command.ts";
import { commands } from "./index.ts";

const NS = "http://jabber.org/protocol/commands";
const INFO = "http://jabber.org/protocol/disco#info";
const ITEMS = "http://jabber.org/protocol/disco#items";
const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

function formOf(name: string): Form {
  return { title: name, fields: [{ type: "text-single", name, label: name, isRequired: true }] };
}

/** Three forms, the last of which ends it with all that was said; the second wants to be asked again for "bad". */
function wizard(waiting?: Promise<void>): Command {
  const third = (said: string): Step => ({
    kind: "ask",
    form: formOf("third"),
    isLast: true,
    next: async (values) => {
      await waiting;
      if (values.get("third")?.[0] === "break") throw new Error("broken");
      return { kind: "done", notes: [{ type: "info", text: `${said} ${values.get("third")?.[0]}` }] };
    },
  });
  const second = (said: string): Step => ({
    kind: "ask",
    form: formOf("second"),
    isLast: false,
    next: (values) => {
      const [value] = values.get("second") ?? [];
      if (value === "bad") return { kind: "again", note: { type: "error", text: "not that" } };
      if (value === "never") throw new StanzaError("not-acceptable");
      return third(`${said} ${value}`);
    },
  });
  return {
    node: "wizard",
    name: "A wizard",
    mayRun: ({ jid, domain }) => jid === "juliet@localhost" && domain === "localhost",
    start: () => ({
      kind: "ask",
      form: formOf("first"),
      isLast: false,
      next: (values) => second(String(values.get("first")?.[0])),
    }),
  };
}

const report: Command = {
  node: "report",
  name: "A report",
  mayRun: ({ jid }) => jid === "juliet@localhost",
  start: () => ({ kind: "done", form: { title: "Report", fields: [] }, notes: [] }),
};

async function world(waiting?: Promise<void>) {
  const made = testHost({
    domains: ["localhost", "other.example"],
    modules: [commands([wizard(waiting), report])],
  });
  const juliet = await made.online("juliet@localhost/balcony");
  const romeo = await made.online("romeo@localhost/orchard");
  made.forget(juliet, romeo);
  return { ...made, juliet, romeo };
}

function command(attributes: string, inner = "", to = "localhost"): string {
  return `<iq type='set' id='c' to='${to}'><command xmlns='${NS}' ${attributes}>${inner}</command></iq>`;
}

function submit(name: string, value: string): string {
  return `<x xmlns='jabber:x:data' type='submit'><field var='${name}'><value>${value}</value></field></x>`;
}

function result(status: string, inner: string, node = "wizard"): string {
  return `<iq type='result' id='c' from='localhost'><command xmlns='${NS}' node='${node}' sessionid='{any}' status='${status}'>${inner}</command></iq>`;
}

function shown(name: string, actions: string, value = "", note = ""): string {
  const form = `<x xmlns='jabber:x:data' type='form'><title>${name}</title><field type='text-single' var='${name}' label='${name}'><required/>${value}</field></x>`;
  return result("executing", actions + note + form);
}

const NEXT = "<actions execute='next'><next/></actions>";
const PREV_NEXT = "<actions execute='next'><prev/><next/></actions>";
const PREV_COMPLETE = "<actions execute='complete'><prev/><complete/></actions>";

function refused(condition: string, type: string, specific?: string): string {
  const more = specific === undefined ? "" : `<${specific} xmlns='${NS}'/>`;
  const text = specific === undefined ? "{more}" : `<text ${ERRORS}>{any}</text>${more}`;
  return `<iq type='error' id='c' from='localhost'><error type='${type}'><${condition} ${ERRORS}/>${text}</error></iq>`;
}

/** Sends, waits, and gives the session id of the answer. */
async function say(client: TestClient, attributes: string, inner: string, ...expected: string[]): Promise<string> {
  client.send(command(attributes, inner));
  await settle();
  const [answer = ""] = client.connection.sent;
  client.receives(...expected);
  return / sessionid='([^']+)'/.exec(answer)?.[1] ?? "";
}

async function begun(client: TestClient): Promise<(action: string, inner: string, expected: string) => Promise<void>> {
  const id = await say(client, "node='wizard'", "", shown("first", NEXT));
  return async (action, inner, expected) => {
    const attribute = action === "" ? "" : `action='${action}'`;
    await say(client, `node='wizard' sessionid='${id}' ${attribute}`, inner, expected);
  };
}

describe("XEP-0050 §2.1, §2.2: announced", () => {
  const ask = (ns: string, node?: string, to = "localhost"): string =>
    `<iq type='get' id='d' to='${to}'><query xmlns='${ns}'${node === undefined ? "" : ` node='${node}'`}/></iq>`;
  const answer = (ns: string, node: string, inner: string): string =>
    `<iq type='result' id='d'><query xmlns='${ns}' node='${node}'>${inner}</query></iq>`;
  const features = `<feature var='${NS}'/><feature var='jabber:x:data'/>`;

  test("as a feature of the server, and of no account", async () => {
    const { juliet } = await world();
    for (const [to, isThere] of [
      ["localhost", true],
      ["juliet@localhost", false],
    ] as const) {
      juliet.send(ask(INFO, undefined, to));
      assert.equal(juliet.connection.sent[0]?.includes(NS), isThere, to);
      juliet.take();
    }
    juliet.send(ask(ITEMS, NS, "juliet@localhost"));
    juliet.receives(`<iq type='error' id='d'><error type='cancel'><item-not-found ${ERRORS}/></error></iq>`);
  });

  test("to those who may run them, and to nobody else", async () => {
    const { juliet, romeo } = await world();
    const items =
      "<item jid='localhost' node='wizard' name='A wizard'/><item jid='localhost' node='report' name='A report'/>";
    juliet.send(ask(ITEMS, NS), ask(INFO, NS), ask(INFO, "wizard"), ask(ITEMS, "wizard"));
    juliet.receives(
      answer(ITEMS, NS, items),
      answer(INFO, NS, `<identity category='automation' type='command-list' name='Commands'/>${features}`),
      answer(INFO, "wizard", `<identity category='automation' type='command-node' name='A wizard'/>${features}`),
      answer(ITEMS, "wizard", ""),
    );
    romeo.send(ask(ITEMS, NS), ask(INFO, "wizard"));
    romeo.receives(
      answer(ITEMS, NS, ""),
      `<iq type='error' id='d'><error type='cancel'><forbidden ${ERRORS}/>{more}</error></iq>`,
    );
  });

  test("an administrator of one domain is nobody special at another", async () => {
    const { juliet } = await world();
    juliet.send(ask(ITEMS, NS, "other.example"));
    const item = "<item jid='other.example' node='report' name='A report'/>";
    juliet.receives(answer(ITEMS, NS, item));
  });
});

describe("XEP-0050 §2.4: executed", () => {
  test("§2.4.1: in one step where nothing is asked", async () => {
    const { juliet } = await world();
    const form = "<x xmlns='jabber:x:data' type='result'><title>Report</title></x>";
    await say(juliet, "node='report' action='execute'", "", result("completed", form, "report"));
  });

  test("§2.4.2, §3.4: step by step; execute means what `execute` says; back to what was submitted", async () => {
    const { juliet } = await world();
    const go = await begun(juliet);
    await go("next", submit("first", "1"), shown("second", PREV_NEXT));
    await go("prev", "", shown("first", NEXT, "<value>1</value>"));
    await go("", submit("first", "one"), shown("second", PREV_NEXT));
    const again = "<note type='error'>not that</note>";
    await go("execute", submit("second", "bad"), shown("second", PREV_NEXT, "<value>bad</value>", again));
    await go("execute", submit("second", "two"), shown("third", PREV_COMPLETE));
    await go("complete", submit("third", "three"), result("completed", "<note type='info'>one two three</note>"));
  });

  test("§2.4.3: cancelled", async () => {
    const { juliet } = await world();
    const go = await begun(juliet);
    await go("cancel", "", result("canceled", ""));
    await go("next", submit("first", "1"), refused("not-allowed", "cancel", "session-expired"));
  });

  test("several executions at once do not disturb each other; those of another client are not found", async () => {
    const made = await world();
    const [one, two] = [await begun(made.juliet), await begun(made.juliet)];
    await one("next", submit("first", "1"), shown("second", PREV_NEXT));
    await two("cancel", "", result("canceled", ""));
    await one("next", submit("second", "2"), shown("third", PREV_COMPLETE));
    const phone = await made.online("juliet@localhost/phone");
    made.forget(made.juliet);
    const id = await say(made.juliet, "node='wizard'", "", shown("first", NEXT));
    await say(phone, `node='wizard' sessionid='${id}'`, "", refused("bad-request", "modify", "bad-sessionid"));
  });
});

describe("XEP-0050 §4.4: errors", () => {
  test("forbidden for whoever may run nothing, whether there is such a command or not", async () => {
    const { romeo } = await world();
    for (const node of ["wizard", "report", "nothing"])
      await say(romeo, `node='${node}'`, "", refused("forbidden", "cancel"));
  });

  test("item-not-found for a node that is none, bad-request without a node", async () => {
    const { juliet } = await world();
    await say(juliet, "node='nothing'", "", refused("item-not-found", "cancel"));
    await say(juliet, "", "", refused("bad-request", "modify"));
  });

  test("malformed-action, bad-action", async () => {
    const { juliet } = await world();
    await say(juliet, "node='wizard' action='jump'", "", refused("bad-request", "modify", "malformed-action"));
    await say(juliet, "node='wizard' action='next'", "", refused("bad-request", "modify", "bad-action"));
    const go = await begun(juliet);
    for (const action of ["prev", "complete"]) {
      await go(action, submit("first", "1"), refused("bad-request", "modify", "bad-action"));
    }
    await go("next", submit("first", "1"), shown("second", PREV_NEXT));
  });

  test("bad-sessionid for one that never was, or is of another command", async () => {
    const { juliet } = await world();
    const error = refused("bad-request", "modify", "bad-sessionid");
    const id = await say(juliet, "node='wizard'", "", shown("first", NEXT));
    await say(juliet, "node='wizard' sessionid=''", "", error);
    await say(juliet, "node='wizard' sessionid='constructor'", "", error);
    await say(juliet, `node='report' sessionid='${id}'`, "", error);
  });

  test("bad-payload: no form, or one that lacks something; the step stays as it was", async () => {
    const { juliet } = await world();
    const go = await begun(juliet);
    const error = refused("bad-request", "modify", "bad-payload");
    for (const inner of ["", "<y xmlns='urn:y'/>", "<x xmlns='jabber:x:data' type='cancel'/>", submit("first", "")]) {
      await go("next", inner, error);
    }
    await go("next", submit("first", "1"), shown("second", PREV_NEXT));
  });

  test("a step that refuses leaves it open, a step that breaks ends it", async () => {
    const { juliet } = await world();
    const go = await begun(juliet);
    await go("next", submit("first", "1"), shown("second", PREV_NEXT));
    await go("next", submit("second", "never"), refused("not-acceptable", "modify"));
    await go("next", submit("second", "2"), shown("third", PREV_COMPLETE));
    await go("complete", submit("third", "break"), refused("internal-server-error", "cancel"));
    await go("complete", submit("third", "3"), refused("not-allowed", "cancel", "session-expired"));
  });

  test("one step at a time", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { juliet } = await world(promise);
    const go = await begun(juliet);
    await go("next", submit("first", "1"), shown("second", PREV_NEXT));
    const id = await say(juliet, "node='wizard'", "", shown("first", NEXT));
    await go("next", submit("second", "2"), shown("third", PREV_COMPLETE));
    assert.notEqual(id, "");
    const { sent } = juliet.connection;
    await assert.rejects(go("complete", submit("third", "3"), result("completed", "{more}")), /misses/);
    await go("complete", submit("third", "3"), refused("unexpected-request", "wait"));
    resolve();
    await settle();
    assert.equal(sent.length, 1);
  });
});

describe("limits", () => {
  test("ten executions of one client at once", async () => {
    const made = await world();
    const first = await begun(made.juliet);
    for (let i = 1; i < 10; i++) await begun(made.juliet);
    await say(made.juliet, "node='wizard'", "", refused("resource-constraint", "wait"));
    await first("cancel", "", result("canceled", ""));
    await begun(made.juliet);
  });

  test("§3.3: ten minutes without a word end one", async () => {
    const made = await world();
    const go = await begun(made.juliet);
    await made.clock.advance(600_000);
    await go("next", submit("first", "1"), shown("second", PREV_NEXT));
    await made.clock.advance(600_001);
    await go("next", submit("second", "2"), refused("not-allowed", "cancel", "session-expired"));
  });
});
