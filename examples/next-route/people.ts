/** Stands for your database. */
import type { Contacts } from "../../sdk/index.ts";

const people = new Map<string, Contacts>([
  ["john", { "marie@localhost": { name: "Marie" } }],
  ["marie", { "john@localhost": { name: "John" } }],
]);

export async function contactsOf(user: string): Promise<Contacts | undefined> {
  return people.get(user);
}
