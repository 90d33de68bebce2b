/** The pages, as HTML. The people panel is rendered here alone: at the first load and after every change. */
import { Html, html } from "./html.ts";
import type { Call } from "./live.ts";
import type { Friend, Person, Request } from "./store.ts";

/** What one person sees. */
export interface View {
  readonly me: Person;
  readonly people: readonly Person[];
  readonly friends: readonly Friend[];
  /** Everybody's. */
  readonly requests: readonly Request[];
  /** Who is `online` or `away`, as Kith told. */
  readonly presence: ReadonlyMap<string, string>;
  readonly calls: readonly Call[];
  /** The domain of everybody's address. */
  readonly domain: string;
  readonly guestUrl: string;
  readonly accountUrl: string;
}

const PENCIL = new Html(
  '<svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true"><path d="M3 17l1-4 9-9 3 3-9 9zM12 5l3 3" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/></svg>',
);
const MARK = new Html(
  '<svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true"><circle cx="12" cy="16" r="8.5"/><circle cx="20" cy="16" r="8.5"/></svg>',
);

function layout(title: string, kind: string, body: Html, script: string | null = null): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/public/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/public/app.css">
${script && html`<script src="/public/${script}" type="module"></script>`}
</head>
<body class="${kind}">
${body}
</body>
</html>`.text;
}

function face(user: string, size: number): Html {
  return html`<img class="face" src="/portrait/${user}.svg" width="${size}" height="${size}" alt="">`;
}

/** `/`: who are you? */
export function startPage(people: readonly Person[]): string {
  return layout(
    "Friends · Kith",
    "start",
    html`<main>
<p class="brand">${MARK} Friends</p>
<h1>Befriend someone here.<br>See them in the chat at once.</h1>
<p class="lead">This small web application owns the contact lists. <b>Kith</b>, the XMPP server behind the chat, asks it for them and tells everybody who is online.</p>
<p><a class="button primary" href="/beside/john/michael">Open John and Michael side by side</a></p>
<h2>Or be one of them</h2>
<ul class="cards">
${people.map((person) => html`<li><a href="/${person.user}">${face(person.user, 72)}<b>${person.name}</b></a></li>`)}
</ul>
<p class="fine">There is no login, because this is a demonstration. Any other XMPP client can join: the accounts are in your terminal.</p>
</main>`,
  );
}

/** `/kith/login` where nobody is logged in, or perhaps somebody else is meant. `program`: who asks; undefined: the person. */
export function whoPage(people: readonly (Person & { readonly href: string })[], program: string | undefined): string {
  return layout(
    "Who are you? · Friends",
    "start",
    html`<main>
<p class="brand">${MARK} Friends</p>
<h1>Who are you?</h1>
<p class="lead">${program === undefined ? "For your apps and devices." : html`<b>${program}</b> asks to chat as you. You can say no on the next page.`}</p>
<ul class="cards">
${people.map(({ user, name, href }) => html`<li><a href="${href}">${face(user, 72)}<b>${name}</b></a></li>`)}
</ul>
<p class="fine">An application with a login would ask for it here. Kith has sent you, and takes you back.</p>
</main>`,
  );
}

/** `/beside/john/michael`: two people's pages as two halves of one window. */
export function besidePage(left: Person, right: Person): string {
  return layout(
    `${left.name} and ${right.name} · Friends`,
    "beside",
    html`<iframe src="/${left.user}" title="${left.name}'s window"></iframe>
<iframe src="/${right.user}" title="${right.name}'s window"></iframe>`,
  );
}

/** `/john`: the person's people, and the chat beside them. */
export function personPage(view: View): string {
  const { me, people } = view;
  return layout(
    `${me.name} · Friends`,
    "person",
    html`<header class="top">
<a class="brand" href="/" target="_top" aria-label="Friends: start page">${MARK} <span>Friends</span></a>
<nav aria-label="Be somebody else">
${people.map((person) => html`<a href="/${person.user}" title="${person.name}" ${person.user === me.user && new Html('aria-current="page"')}>${face(person.user, 28)}<span>${person.name}</span></a>`)}
</nav>
</header>
<main data-user="${me.user}" data-show="people">
<div class="panel">
<div id="people">${peopleFragment(view)}</div>
</div>
<iframe class="chat" src="/${me.user}/chat" title="${me.name}'s chat"></iframe>
</main>
<div class="tabs" role="group" aria-label="Show"><button type="button" data-show="people" aria-pressed="true">People</button><button type="button" data-show="chat" aria-pressed="false">Chat</button></div>
<p id="notice" role="status"></p>`,
    "app.js",
  );
}

/** The people panel's inside: sent again to every open page after every change. */
export function peopleFragment(view: View): Html {
  const { me, people, friends, requests, presence, calls, domain } = view;
  const asking = new Set(requests.filter(({ to }) => to === me.user).map(({ from }) => from));
  const asked = new Set(requests.filter(({ from }) => from === me.user).map(({ to }) => to));
  const known = new Set([me.user, ...friends.map((friend) => friend.user), ...asking]);
  const others = people.filter((person) => !known.has(person.user));
  return html`${
    asking.size > 0 &&
    html`<section class="requests" aria-label="Requests"><h2>Asking to be your friend</h2>
<ul class="rows">${people.filter(({ user }) => asking.has(user)).map((person) => requestRow(me, person, domain))}</ul></section>`
  }
<h1>${me.name}’s friends</h1>
<ul class="rows">${friends.map((friend) => friendRow(me, friend, presence.get(friend.user) ?? "offline", domain))}</ul>
${friends.length === 0 && html`<p class="empty">Nobody yet. Befriend someone below.</p>`}
${others.length > 0 && html`<h2>Other people</h2>`}
<ul class="rows">${others.map((person) => (asked.has(person.user) ? askedRow(me, person) : otherRow(me, person, domain)))}</ul>
<div class="foot">${otherPrograms(view)}
${wire(calls)}</div>`;
}

function otherPrograms({ me, domain, guestUrl, accountUrl }: View): Html {
  return html`<section class="programs" aria-labelledby="programs"><h2 id="programs">Other chat programs</h2>
<p><a class="link" href="${guestUrl}/?address=${me.user}@${domain}" target="_blank">Log in with Guest Chat</a>, which nobody has registered here.
<a class="link" href="${accountUrl}" target="_blank">My apps and devices</a> says what may use the account, and ends it.</p></section>`;
}

function friendRow(me: Person, friend: Friend, state: string, domain: string): Html {
  const action = `/${me.user}/friends/${friend.user}`;
  return html`<li id="row-${friend.user}" class="row friend">
<span class="there" data-state="${state}">${face(friend.user, 44)}<span class="dot" role="img" aria-label="${state}" title="${state}"></span></span>
<div class="who"><b>${friend.name}</b> <small>${friend.user}@${domain}</small></div>
<form method="post" action="${action}/part"><button class="quiet" aria-label="Unfriend ${friend.name}">Unfriend</button></form>
${friend.groups.length > 0 && html`<span class="groups">${friend.groups.map((group) => html`<b>${group}</b>`)}</span>`}
<details><summary title="Name and groups" aria-label="Name and groups of ${friend.name}">${PENCIL}</summary>
<form method="post" action="${action}/label">
<label>Your name for them <input name="name" value="${friend.name}" maxlength="60" autocomplete="off"></label>
<label>Groups, with commas <input name="groups" value="${friend.groups.join(", ")}" maxlength="200" autocomplete="off" placeholder="Friends, Work"></label>
<button>Save</button></form></details>
</li>`;
}

function requestRow(me: Person, person: Person, domain: string): Html {
  const action = `/${me.user}/friends/${person.user}`;
  return html`<li id="row-${person.user}" class="row">
${face(person.user, 44)}
<div class="who"><b>${person.name}</b> <small>${person.user}@${domain}</small></div>
<div class="answers">
<form method="post" action="${action}/decline"><button class="quiet" aria-label="Decline ${person.name}">Decline</button></form>
<form method="post" action="${action}/befriend"><button class="primary" aria-label="Accept ${person.name}">Accept</button></form>
</div>
</li>`;
}

function askedRow(me: Person, person: Person): Html {
  return html`<li id="row-${person.user}" class="row">
${face(person.user, 44)}
<div class="who"><b>${person.name}</b> <small>not answered yet</small></div>
<form method="post" action="/${me.user}/friends/${person.user}/withdraw"><button class="quiet" aria-label="Withdraw the request to ${person.name}">Withdraw</button></form>
</li>`;
}

function otherRow(me: Person, person: Person, domain: string): Html {
  return html`<li id="row-${person.user}" class="row">
${face(person.user, 44)}
<div class="who"><b>${person.name}</b> <small>${person.user}@${domain}</small></div>
<form method="post" action="/${me.user}/friends/${person.user}/befriend"><button class="primary" aria-label="Befriend ${person.name}">Befriend</button></form>
</li>`;
}

function wire(calls: readonly Call[]): Html {
  return html`<section class="wire" aria-labelledby="wire"><h2 id="wire">What the application told Kith</h2>
${
  calls.length === 0
    ? html`<p>Nothing yet. Each change is one call: <code>POST /roster_admin/refresh</code></p>`
    : html`<ol>${calls.map(callRow)}</ol>`
}</section>`;
}

function callRow({ id, users, result, ms }: Call): Html {
  const outcome = result.ok
    ? html`<span class="good">${result.updated} updated</span> in ${Math.max(1, Math.round(ms))} ms`
    : html`<span class="bad">failed: ${result.reason}</span> Saved here all the same; Kith asks again when they next sign in.`;
  return html`<li id="call-${id}"><code>refresh ${JSON.stringify(users)}</code> <small>${outcome}</small></li>`;
}

/** `/john/chat`: Converse.js, which fills its frame and signs in by itself. */
export function chatPage(me: Person, websocketUrl: string, domain: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${me.name}'s chat</title>
<link rel="icon" href="/public/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/public/chat.css">
<script src="/converse/converse.min.js" type="module"></script>
<script src="/public/chat.js" type="module"></script>
</head>
<body data-user="${me.user}" data-name="${me.name}" data-jid="${me.user}@${domain}" data-websocket="${websocketUrl}">
<converse-root></converse-root>
</body>
</html>`.text;
}
