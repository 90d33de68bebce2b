/** Romeo and Juliet, who are each other's contacts, and what happens while he is cut off (XEP-0198 §5). */
import type { Client } from "./client.ts";
import { gone } from "./until.ts";
import type { World } from "./world.ts";

export function befriend(world: World): void {
  world.app.contacts.set("romeo", { "juliet@localhost": {} });
  world.app.contacts.set("juliet", { "romeo@localhost": {} });
}

/** His line is cut: she writes to his account and to `jid`, the device that is gone, and his application renames her. */
export async function whileGone(world: World, juliet: Client, jid: string): Promise<void> {
  await gone(world, 1);
  juliet.send('<message to="romeo@localhost" type="chat"><body>2</body></message>');
  juliet.send(`<message to="${jid}" type="chat"><body>3</body></message>`);
  await juliet.sync();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" } });
  await world.refresh(["romeo"]);
}
