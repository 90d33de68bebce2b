// Converse.js, set up for a server whose contact lists belong to the application: adding a contact here is a question to it.

const { user, name, jid, websocket } = document.body.dataset;
const domain = jid.slice(jid.indexOf("@"));

/** Gives the chat the faces that the people panel shows. */
converse.plugins.add("friends-portraits", {
  dependencies: ["converse-vcard"],
  initialize() {
    const { api } = this._converse;
    api.vcard.get = async (model) => {
      const address = typeof model === "string" ? model : model.get("jid");
      if (!address?.endsWith(domain) || model.get?.("image")) return null;
      const response = await fetch(`/portrait/${address.slice(0, -domain.length)}.svg`);
      return {
        image_type: "image/svg+xml",
        image: btoa(await response.text()),
        vcard_updated: new Date().toISOString(),
        ...(address === jid && { fullname: name }), // what a contact is called is for the application to say
      };
    };
  },
});

/** The roster as the server has it, and conversations that end with the friendship: the application decides both. */
converse.plugins.add("friends-roster", {
  dependencies: ["converse-roster", "converse-chat"],
  initialize() {
    const { api, session, state } = this._converse;

    // COMPAT(Converse.js, 14, 2026): after a reload or a reconnection it trusts its cache and does not ask for the roster,
    // but a server sends roster pushes only to whoever asked (RFC 6121 §2.2).
    api.listen.on("afterResourceBinding", () => session.save("roster_cached", false));

    // COMPAT(Converse.js, 14, 2026): when it names the version it has and gets a whole roster back (RFC 6121 §2.6.3),
    // it keeps the contacts that are no longer in it. So it asks without a version.
    api.listen.on("rosterInitialized", (roster) => {
      const ask = roster.fetchFromServer;
      roster.fetchFromServer = () => {
        roster.data.set("version", undefined);
        return ask.call(roster);
      };
    });

    api.listen.on("rosterPush", (push) => {
      const removed = push.querySelector('item[subscription="remove"]')?.getAttribute("jid");
      if (!removed) return;
      state.chatboxes.get(removed)?.close();
      // COMPAT(Converse.js, 14, 2026): it remembers the devices of somebody who is no contact any more as online.
      for (const device of [...(state.presences.get(removed)?.resources.models ?? [])]) device.destroy();
    });
  },
});

converse.initialize({
  view_mode: "embedded", // it fills the frame it is in
  show_controlbox_by_default: true,
  sticky_controlbox: true,
  theme: "classic",
  dark_theme: "classic", // the colours are in chat.css, for light and dark
  assets_path: "/converse/",
  sounds_path: "/converse/sounds/",
  i18n: "en",
  loglevel: "warn",

  // Signing in: the application hands its own page a login token, nobody types a password.
  // Strophe.js would prefer SCRAM, which needs a password: it is told to know nothing but tokens.
  connection_options: { mechanisms: [converse.env.Strophe.SASLOAuthBearer] },
  authentication: "login",
  auto_login: true,
  credentials_url: `/${user}/credentials`,
  jid,
  websocket_url: websocket,
  discover_connection_methods: false,
  reuse_scram_keys: false,
  persistent_store: "sessionStorage", // two people in one browser do not meet in its storage

  // The application manages the contacts: adding one here asks it.
  allow_contact_requests: true,
  autocomplete_providers_url: "", // addresses are those of this application
  allow_contact_removal: false,
  allow_non_roster_messaging: false,
  auto_subscribe: false,
  show_self_in_roster: false,

  // Only what this demonstration is about.
  allow_adhoc_commands: false,
  allow_bookmarks: false,
  allow_logout: false,
  allow_registration: false,
  allow_url_history_change: false,
  allow_user_trust_override: false,
  auto_reconnect: true,
  message_archiving: "never",
  enable_smacks: false, // whoever closes the page is gone at once, and is not waited for (XEP-0198)
  play_sounds: false,
  render_media: false,
  send_chat_markers: [],
  show_background: false,
  show_chat_state_notifications: false,
  show_client_info: false,
  show_desktop_notifications: false,
  show_tab_notifications: false,
  synchronize_availability: false,
  visible_toolbar_buttons: { call: false, spoiler: false, emoji: true },
  blacklisted_plugins: [
    "converse-adhoc",
    "converse-adhoc-views",
    "converse-bookmarks",
    "converse-bookmark-views",
    "converse-headlines-view",
    "converse-mam",
    "converse-mam-views",
    "converse-notification",
    "converse-omemo",
    "converse-omemo-views",
    "converse-push",
    "converse-register",
  ],
  whitelisted_plugins: ["friends-portraits", "friends-roster"],
});
