/** Limits that have an equal: mod_limits, mod_c2s, mod_smacks and mod_http → `limits` and `http.maxBody`. */
import { asText, asTexts, LuaTable, type LuaValue } from "./lua-value.ts";
import type { Notice } from "./notice.ts";
import type { Sections } from "./sections.ts";

type Section = Readonly<Record<string, string>>;

export interface LimitsChoice {
  readonly beforeLogin: Section;
  readonly session: Section;
  readonly maxBody: string | undefined;
  readonly notices: readonly Notice[];
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1e3, m: 1e6, g: 1e9 };
const DEFAULT_BURST = 2;

export function limitsOf({ global }: Sections): LimitsChoice {
  const notices: Notice[] = [];
  const size = (name: string): Section[string] | undefined => quantity(global.get(name)?.value, "B");
  const time = (name: string): Section[string] | undefined => quantity(global.get(name)?.value, "s");
  const option = global.get("limits");
  const isOn = asTexts(global.get("modules_enabled")?.value).includes("limits");
  const c2s = isOn && option?.value instanceof LuaTable ? option.value.get("c2s") : undefined;
  const rate = c2s instanceof LuaTable ? rateOf(c2s.get("rate")) : undefined;
  if (c2s instanceof LuaTable && rate === undefined && option !== undefined) {
    notices.push({ where: option.where, text: 'The rate of c2s is not like "10kb/s": Kith\'s own stays.' });
  }
  return {
    beforeLogin: defined({ stanzaBytes: size("c2s_unauthed_stanza_size_limit"), time: time("c2s_timeout") }),
    session: defined({
      stanzaBytes: size("c2s_stanza_size_limit"),
      closing: time("c2s_close_timeout"),
      resume: time("smacks_hibernation_time"),
      bytesPerSecond: rate === undefined ? undefined : `${rate}B`,
      burst: rate === undefined || !(c2s instanceof LuaTable) ? undefined : `${rate * burstOf(c2s.get("burst"))}B`,
    }),
    maxBody: size("http_max_content_size"),
    notices,
  };
}

function defined(section: Readonly<Record<string, string | undefined>>): Section {
  const entries = Object.entries(section).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function quantity(value: LuaValue, unit: string): string | undefined {
  const number = Number(
    typeof value === "string" ? value : value === undefined || typeof value === "boolean" ? Number.NaN : value,
  );
  return Number.isSafeInteger(number) && number > 0 ? `${number}${unit}` : undefined;
}

/** `"10kb/s"`: octets a second, by thousands. */
function rateOf(value: LuaValue): number | undefined {
  const match = /^(\d{1,9}) ?([bkmg])[^/]*\/s$/i.exec(asText(value) ?? "");
  const rate = match === null ? 0 : Number(match[1]) * (UNITS[match[2]?.toLowerCase() ?? ""] ?? 0);
  return rate > 0 ? rate : undefined;
}

/** Seconds. */
function burstOf(value: LuaValue): number {
  const seconds = typeof value === "number" ? value : Number(/^(\d{1,6}) ?s?$/.exec(asText(value) ?? "")?.[1]);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : DEFAULT_BURST;
}
