/** The modules of the server, in the order in which their rules are asked. */
import type { Module } from "../sessions/module.ts";
import { caps } from "./caps.ts";
import { carbons } from "./carbons/index.ts";
import { delay } from "./delay.ts";
import { disco } from "./disco.ts";
import { legacySession } from "./legacy-session.ts";
import { ping } from "./ping.ts";
import { proposals } from "./proposals/index.ts";
import { roster } from "./roster/index.ts";
import { stanzaId } from "./stanza-id.ts";
import { subscriptions } from "./subscriptions.ts";
import { time } from "./time.ts";
import { version } from "./version.ts";

export const MODULES: readonly Module[] = [
  roster,
  subscriptions,
  proposals,
  ping,
  version,
  time,
  disco,
  caps,
  delay,
  stanzaId,
  carbons,
  legacySession,
];
