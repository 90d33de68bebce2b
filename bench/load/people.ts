import { DOMAIN } from "./client.ts";

/** A contact of a list; names hold no character that JSON, XML or Lua would have to escape. */
export interface Contact {
  readonly jid: string;
  readonly name: string;
}

/** An account with its list. */
export interface Person {
  readonly name: string;
  readonly contacts: readonly Contact[];
}

/** The contact entry for the person of that name. */
export function contact(name: string, label = `Contact ${name}`): Contact {
  return { jid: `${name}@${DOMAIN}`, name: label };
}

/** `count` people without contacts: `prefix0`, `prefix1`, … */
export function loners(prefix: string, count: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, contacts: [] }));
}

/** `count` cliques of `size` people in which everybody has everybody else. */
export function cliques(prefix: string, count: number, size: number): Person[][] {
  return Array.from({ length: count }, (_, clique) => {
    const names = Array.from({ length: size }, (_, index) => `${prefix}${clique}x${index}`);
    return names.map((name) => ({
      name,
      contacts: names.filter((other) => other !== name).map((other) => contact(other)),
    }));
  });
}

/** `count` people with `size` contacts each, who are never online and whom nobody else has. */
export function withAbsent(prefix: string, count: number, size: number): Person[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${prefix}${index}`,
    contacts: Array.from({ length: size }, (_, other) => contact(`${prefix}${index}a${other}`)),
  }));
}
