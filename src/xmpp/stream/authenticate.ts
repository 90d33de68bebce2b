/** XEP-0388 §2.4: `<authenticate/>`, with what XEP-0386 and XEP-0484 put inside, read into plain data. */
import { parseJid } from "../jid/jid.ts";
import { decodeBase64 } from "../sasl/base64.ts";
import type { SaslCondition } from "../sasl/mechanism.ts";
import type { BindWish, Sasl2Request, TokenUse, UserAgent } from "../sasl/sasl2-request.ts";
import { childOf, type Element, elementsOf, textOf } from "../xml/element.ts";
import { readEnable, readResume } from "./management-wish.ts";
import { NS_BIND2, NS_FAST, NS_SASL2, NS_SM } from "./namespaces.ts";

export type Authenticate =
  | {
      readonly ok: true;
      /** The initial response; undefined when absent, which is not the same as empty. */
      readonly data: Uint8Array | undefined;
      readonly request: Sasl2Request;
    }
  | { readonly ok: false; readonly condition: SaslCondition; readonly text: string };

/** XEP-0388 §2.4 asks for version 4: any other says something about the device, or is not random. */
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Code points of a text that describes a device. */
const MOST_TEXT = 60;
/** What no terminal and no page should be given. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu;
/** `xs:int`, not negative. */
const COUNT = /^\d{1,10}$/;
const MOST_COUNT = 0x7fffffff;

/** `from`: of the client's stream header, as sent. */
export function readAuthenticate(authenticate: Element, from: string | undefined): Authenticate {
  const initial = childOf(authenticate, "initial-response", NS_SASL2);
  const data = initial === undefined ? undefined : decodeSasl2Data(textOf(initial));
  if (initial !== undefined && data === undefined) return bad("incorrect-encoding", "The data is no base64.");
  const token = readTokenUse(childOf(authenticate, "fast", NS_FAST));
  if (token === null) return bad("malformed-request", "The count of a token is a number that is not negative.");
  const bind = childOf(authenticate, "bind", NS_BIND2);
  const resume = childOf(authenticate, "resume", NS_SM);
  return {
    ok: true,
    data,
    request: {
      from: from === undefined ? undefined : bareOf(from),
      agent: readAgent(childOf(authenticate, "user-agent", NS_SASL2)),
      bind: bind && readBind(bind),
      resume: resume && readResume(resume.attrs),
      token,
      tokenFor: childOf(authenticate, "request-token", NS_FAST)?.attrs["mechanism"],
    },
  };
}

/**
 * XEP-0388 §2.3: data of no octets is an empty element, and `=` is not base64. White space should not be there, but is in
 * the examples of the document. Undefined: answer `incorrect-encoding`.
 */
export function decodeSasl2Data(text: string): Uint8Array | undefined {
  return decodeBase64(text.replace(/[ \t\r\n]+/g, ""));
}

function bad(condition: SaslCondition, text: string): Authenticate {
  return { ok: false, condition, text };
}

function bareOf(from: string): string | undefined {
  const jid = parseJid(from);
  return jid === undefined || jid.local === "" ? undefined : `${jid.local}@${jid.domain}`;
}

function readBind(bind: Element): BindWish {
  const enable = childOf(bind, "enable", NS_SM);
  const inline = elementsOf(bind).filter((child) => child.ns !== NS_BIND2 && child.ns !== NS_SM);
  return { tag: textIn(bind, "tag", NS_BIND2), enable: enable && readEnable(enable.attrs), inline };
}

function readAgent(agent: Element | undefined): UserAgent | undefined {
  if (agent === undefined) return undefined;
  const id = agent.attrs["id"]?.toLowerCase() ?? "";
  return {
    id: UUID_V4.test(id) ? id : undefined,
    software: shown(textIn(agent, "software", NS_SASL2)),
    device: shown(textIn(agent, "device", NS_SASL2)),
  };
}

/** Null: the count is none. */
function readTokenUse(fast: Element | undefined): TokenUse | null | undefined {
  if (fast === undefined) return undefined;
  const { count, invalidate } = fast.attrs;
  if (count !== undefined && (!COUNT.test(count) || Number(count) > MOST_COUNT)) return null;
  return {
    count: count === undefined ? undefined : Number(count),
    invalidate: invalidate === "true" || invalidate === "1",
  };
}

function textIn(parent: Element, name: string, ns: string): string | undefined {
  const child = childOf(parent, name, ns);
  return child && textOf(child);
}

/** One short line of what a client says about itself. */
function shown(text = ""): string {
  return [
    ...text
      .slice(0, 4 * MOST_TEXT)
      .replace(UNSEEN, " ")
      .trim(),
  ]
    .slice(0, MOST_TEXT)
    .join("");
}
