// Guest Chat: from an address that somebody types to a chat, at a server that has never heard of this program.
import { authorization, changeCode, OAuthError, readAnswer, readMetadata, refresh, register, revoke } from "./oauth.js";
import * as view from "./view.js";
import { askWhoGivesTokens, connect, findWebSocket, RefusedError } from "./xmpp.js";

const REDIRECT = new URL("/", location.href).href;
const ASKED = "guest-chat:asked";
const KEPT = "guest-chat:kept";
/** How long to wait before each try to come back. */
const PAUSES_MS = [0, 1000, 5000, 15_000];

const ask = document.getElementById("ask");
const say = document.getElementById("say");

/** Goes with the tab, as do the tokens. */
const kept = (key) => JSON.parse(sessionStorage.getItem(key) ?? "null");
const keep = (key, value) => sessionStorage.setItem(key, JSON.stringify(value));
const forget = (key) => sessionStorage.removeItem(key);

let chat = null;

// ---- somebody types an address ------------------------------------------------------------------------------------

async function begin(address, server) {
  view.noSteps();
  const domain = address.slice(address.lastIndexOf("@") + 1);
  const websocket = await findWebSocket(server || `https://${domain}`);
  view.step(`Looked for the server of ${domain}: it has a WebSocket.`, "XEP-0156", websocket);

  const from = await askWhoGivesTokens(websocket, address);
  view.step("Came without a token. The server refused, and said who gives tokens.", "RFC 7628, XEP-0493", from);

  const metadata = await readMetadata(from);
  view.step("Read there how to ask for one.", "RFC 8414", `issuer ${metadata.issuer}`);

  const client = await register(metadata, REDIRECT);
  view.step(
    "Registered as a program, just now. Nothing was stored: this id is the registration.",
    "RFC 7591",
    short(client),
  );

  const { url, verifier, state } = await authorization(metadata, { client, redirect: REDIRECT, hint: address });
  keep(ASKED, { address, websocket, metadata, client, redirect: REDIRECT, verifier, state });
  view.step("Sent you to your server, to decide. A password is typed there, never here.", "RFC 6749, RFC 7636");
  location.assign(url);
}

// ---- they come back from their server ------------------------------------------------------------------------------

async function goOn(asked, code) {
  view.step("You allowed it. Changed the code that you brought for tokens.", "RFC 6749 §4.1.3");
  const { accessToken, refreshToken } = await changeCode(asked, code);
  const { address, websocket, metadata, client } = asked;
  keep(KEPT, { address, websocket, metadata, client, refreshToken });
  await enter(accessToken).catch((error) => {
    if (error instanceof RefusedError) forget(KEPT); // somebody else allowed it than whose address was typed
    throw error;
  });
}

async function enter(token) {
  const { address, websocket } = kept(KEPT);
  view.forgetContacts();
  chat = await connect({ websocket, address, token }, { ...heard, end: ended });
  view.step("Logged in with the token. Asked for the contacts, and said that you are there.", "RFC 7628", chat.address);
  view.showChat(address);
}

const heard = {
  contact: view.showContact,
  presence: view.showPresence,
  message: (address, text) => view.showMessage(address, text, false),
};

// ---- after a reload, or when the connection was lost ---------------------------------------------------------------

async function comeBack(why) {
  for (const pause of PAUSES_MS) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const held = kept(KEPT);
    if (held === null) return;
    try {
      const { accessToken, refreshToken } = await refresh(held);
      keep(KEPT, { ...held, refreshToken: refreshToken ?? held.refreshToken });
      view.step(`${why}: got a new token, for the one that renews it.`, "RFC 6749 §6");
      return await enter(accessToken);
    } catch (error) {
      if (!(error instanceof OAuthError)) continue; // not reached: tried again
      forget(KEPT);
      view.step("Asked for a new token, and was refused: this program may not use your account any more.", error.code);
      view.showStart("You, or your server, took back what this program may do. Log in again if you want to.");
      return;
    }
  }
  view.showStart("Your server does not answer. Load this page again to go on.");
}

function ended() {
  chat = null;
  if (kept(KEPT) === null) return;
  view.step("The server ended the connection.");
  comeBack("Tried to come back").catch(told);
}

// ---- the page ------------------------------------------------------------------------------------------------------

ask.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { address, server } = Object.fromEntries(new FormData(ask));
  view.showStart();
  view.busy(true);
  await begin(address.trim(), server.trim()).catch(told);
});

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = say.elements.text.value;
  if (chat === null) return;
  chat.say(view.talkingTo(), text);
  view.showMessage(view.talkingTo(), text, true);
  say.reset();
});

document.getElementById("log-out").addEventListener("click", async () => {
  const held = kept(KEPT);
  forget(KEPT);
  chat?.leave();
  view.noSteps();
  view.forgetTalk();
  view.showStart();
  try {
    await revoke(held);
    view.step("Logged out: gave the tokens back, and nothing is left of this program there.", "RFC 7009");
  } catch (error) {
    told(error);
  }
});

function told(error) {
  if (error instanceof OAuthError && error.code === "access_denied") {
    view.step("You did not allow it. This program got nothing.", "access_denied");
    return view.showStart("You said no. That is fine.");
  }
  view.showStart(`${error.message}.`);
}

/** An id is long: its beginning and its length. */
const short = (id) => `${id.slice(0, 40)}… (${id.length} characters)`;

/** What a demonstration fills in; elsewhere there is no such file. */
async function fillIn() {
  const response = await fetch("/demo.json");
  if (!response.ok) return;
  const { address, server, account } = await response.json();
  ask.elements.address.value ||= new URLSearchParams(location.search).get("address") ?? address;
  ask.elements.server.value ||= server;
  const line = document.getElementById("account");
  line.querySelector("a").href = account;
  line.hidden = false;
}

async function start() {
  const asked = kept(ASKED);
  const query = new URLSearchParams(location.search);
  await fillIn();
  try {
    const code = readAnswer(query, asked);
    if (query.has("state")) history.replaceState(null, "", "/");
    forget(ASKED);
    if (code !== undefined) await goOn(asked, code);
    else if (kept(KEPT) !== null) await comeBack("The page was loaded again");
  } catch (error) {
    history.replaceState(null, "", "/");
    forget(ASKED);
    told(error);
  }
}

await start();
