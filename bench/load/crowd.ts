import type { Client, LoginTimes, Way } from "./client.ts";

/** Logins on their way at once. */
export const WIDTH = 16;
/** ms until nobody does anything any more, the server least of all: before memory and rest are measured. */
export const IDLE = 20_000;

/** Logs in all `clients`, 16 at once; the times are in the order in which they ended. */
export async function loginAll(clients: readonly Client[], port: number, way: Way = {}): Promise<LoginTimes[]> {
  const times: LoginTimes[] = [];
  await inParallel(clients, WIDTH, async (client) => {
    times.push(await client.login(port, way));
  });
  return times;
}

/** Ends all streams. */
export async function closeAll(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}

/** Runs `work` over `items`, at most `width` at once. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

/** Resolves after `ms`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
