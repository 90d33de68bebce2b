// XMPP, by strophe.js: finds the server, asks who gives tokens, logs in with one, and then is a very small chat program.
import { $iq, $msg, $pres, Strophe } from "/strophe.js";
import { trusted } from "./oauth.js";

const PATIENCE_MS = 15_000;
const WEBSOCKET = "urn:xmpp:alt-connections:websocket";
const { Status } = Strophe;

export class RefusedError extends Error {}

/** XEP-0156 §3.2: the domain tells where its WebSocket is. */
export async function findWebSocket(server) {
  const url = new URL("/.well-known/host-meta.json", trusted(server));
  const response = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`${url.host} does not say where its chat is`);
  const { links = [] } = await response.json();
  const found = links.find(({ rel }) => rel === WEBSOCKET);
  if (found === undefined) throw new Error(`${url.host} has no chat for web pages`);
  return trusted(found.href).href;
}

/** OAUTHBEARER; `hear` is given the server's reason for a no (RFC 7628 §3.2.2). */
function bearer(hear) {
  return class extends Strophe.SASLOAuthBearer {
    clientChallenge(connection) {
      return super.onChallenge(connection);
    }

    // COMPAT(strophe.js, 5, 2026): by itself it would answer with its token again. RFC 7628 §3.2.3 wants one octet.
    onChallenge(_connection, challenge) {
      hear(challenge);
      return "\u0001";
    }
  };
}

/** XEP-0493: comes with an empty token, is refused, and hears where tokens are given. */
export function askWhoGivesTokens(websocket, address) {
  return new Promise((resolve, reject) => {
    let heard;
    const mechanisms = [
      bearer((reason) => {
        heard = reason;
      }),
    ];
    const connection = new Strophe.Connection(websocket, { mechanisms });
    let isSettled = false;
    const settle = () => {
      if (isSettled) return; // the end of the connection is told too
      isSettled = true;
      clearTimeout(timer);
      connection.disconnect("");
      const metadata = metadataIn(heard);
      if (metadata !== undefined) resolve(metadata);
      else reject(new Error("The server was not reached, or does not say who gives tokens (XEP-0493)"));
    };
    const timer = setTimeout(settle, PATIENCE_MS);
    connection.connect(address, "", (status) => {
      if ([Status.AUTHFAIL, Status.CONNFAIL, Status.ERROR, Status.DISCONNECTED].includes(status)) settle();
    });
  });
}

function metadataIn(reason) {
  try {
    const found = JSON.parse(reason)["openid-configuration"];
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined; // no reason was given, or not in the words of RFC 7628
  }
}

/**
 * Logs in with an access token. `on`: `contact(address, name | undefined)`, `presence(address, show | undefined)`,
 * `message(address, text)`, and `end(reason)` when the connection is over for whatever reason.
 */
export function connect({ websocket, address, token }, on) {
  return new Promise((resolve, reject) => {
    let isIn = false;
    const mechanisms = [bearer(() => undefined)];
    const connection = new Strophe.Connection(websocket, { mechanisms });
    const timer = setTimeout(() => connection.disconnect("timeout"), PATIENCE_MS);
    const fail = (reason) => {
      clearTimeout(timer);
      reject(reason instanceof Error ? reason : new Error(reason || "The server was not reached"));
    };
    connection.connect(address, token, (status, condition) => {
      if (status === Status.CONNECTED) {
        isIn = true;
        clearTimeout(timer);
        resolve(new Chat(connection, on));
      } else if (status === Status.AUTHFAIL)
        fail(new RefusedError("The server did not take the token for this address"));
      else if (status === Status.CONNFAIL && !isIn) fail(condition);
      else if (status === Status.DISCONNECTED) {
        if (isIn) on.end(String(condition ?? ""));
        else fail(condition);
      }
    });
  });
}

class Chat {
  #connection;
  #on;
  /** Resources that are there, by contact. */
  #here = new Map();

  constructor(connection, on) {
    this.#connection = connection;
    this.#on = on;
    const hear = (read, ...match) => connection.addHandler((stanza) => [read.call(this, stanza), true][1], ...match);
    hear(this.#pushed, Strophe.NS.ROSTER, "iq", "set");
    hear(this.#presence, null, "presence");
    hear(this.#message, null, "message", "chat");
    connection.sendIQ($iq({ type: "get" }).c("query", { xmlns: Strophe.NS.ROSTER }), (answer) => {
      for (const item of answer.getElementsByTagName("item")) this.#item(item);
      connection.send($pres()); // RFC 6121 §4.2: first the roster, then we are there
    });
  }

  /** Our address on this connection. */
  get address() {
    return this.#connection.jid;
  }

  say(address, text) {
    const id = crypto.randomUUID();
    this.#connection.send($msg({ to: address, type: "chat", id }).c("body").t(text));
  }

  leave() {
    this.#connection.disconnect("");
  }

  /** RFC 6121 §2.1.6: only our own server pushes, and it is answered. */
  #pushed(push) {
    const from = push.getAttribute("from");
    if (from !== null && from !== Strophe.getBareJidFromJid(this.address)) return;
    for (const item of push.getElementsByTagName("item")) this.#item(item);
    this.#connection.send($iq({ type: "result", id: push.getAttribute("id") }));
  }

  #item(item) {
    const address = item.getAttribute("jid");
    const isGone = item.getAttribute("subscription") === "remove";
    this.#on.contact(address, isGone ? undefined : item.getAttribute("name") || address);
    if (isGone) this.#here.delete(address);
  }

  #presence(presence) {
    const from = presence.getAttribute("from") ?? "";
    const address = Strophe.getBareJidFromJid(from);
    const type = presence.getAttribute("type");
    const here = this.#here.get(address) ?? new Map();
    if (type === "unavailable") here.delete(from);
    else if (type === null) here.set(from, presence.getElementsByTagName("show")[0]?.textContent || "online");
    this.#here.set(address, here);
    this.#on.presence(address, [...here.values()].at(-1));
  }

  #message(message) {
    const text = message.getElementsByTagName("body")[0]?.textContent;
    if (text) this.#on.message(Strophe.getBareJidFromJid(message.getAttribute("from")), text);
  }
}
