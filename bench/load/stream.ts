import { get } from "node:http";

/** Reads `GET /events` (Server-Sent Events) and calls `onPresence` with the username of each event about presence. */
export function readStream(
  { port, headers }: { readonly port: number; readonly headers: Readonly<Record<string, string>> },
  onPresence: (username: string) => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const call = get({ host: "127.0.0.1", port, path: "/events", headers, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`GET /events was answered ${response.statusCode}`));
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        const events = (text + piece).split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) {
          if (!event.includes("event: presence\n")) continue;
          onPresence((JSON.parse(event.slice(event.indexOf("data: ") + 6)) as { readonly user: string }).user);
        }
      });
      response.on("error", () => undefined); // it was ended here
      resolve(() => call.destroy());
    });
    call.on("error", reject);
  });
}
