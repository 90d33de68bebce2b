import { big } from "./scenarios/big.ts";
import { cost } from "./scenarios/cost.ts";
import { edges } from "./scenarios/edges.ts";
import { events, eventstream } from "./scenarios/events.ts";
import { growth, growthcontacts } from "./scenarios/growth.ts";
import { latency } from "./scenarios/latency.ts";
import {
  login,
  login20,
  login50,
  loginfast,
  loginhashed,
  loginscram,
  logintls,
  logintoken,
} from "./scenarios/login.ts";
import { memory0, memory50, memory200, memorytls } from "./scenarios/memory.ts";
import { message, message10, messageExtras } from "./scenarios/message.ts";
import { offline } from "./scenarios/offline.ts";
import { presence20, presence50 } from "./scenarios/presence.ts";
import { push, refresh, refresh10k, refresh10kbatch, refreshbatch } from "./scenarios/refresh.ts";
import { registration } from "./scenarios/registration.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { startup } from "./scenarios/startup.ts";
import { tokens } from "./scenarios/tokens.ts";
import { ejabberd } from "./servers/ejabberd.ts";
import { floor } from "./servers/floor.ts";
import { kith } from "./servers/kith.ts";
import { prosody } from "./servers/prosody.ts";
import type { Driver } from "./servers/server.ts";

/** Every row, in the order of the table. A new one is a file in scenarios/ and a name here. */
export const scenarios: readonly Scenario[] = [
  message,
  message10,
  messageExtras,
  latency,
  presence20,
  presence50,
  login,
  login20,
  login50,
  loginhashed,
  loginscram,
  logintls,
  refresh,
  refreshbatch,
  push,
  offline,
  events,
  memory0,
  memory50,
  memory200,
  memorytls,
  refresh10k,
  refresh10kbatch,
  edges,
  eventstream,
  cost,
  registration,
  logintoken,
  loginfast,
  tokens,
  startup,
  big,
  growth,
  growthcontacts,
];

/** Every server, in the order of the columns. */
export const drivers: readonly Driver[] = [floor, kith, prosody, ejabberd];
