import { get } from "node:http";
import type { Server } from "./server.ts";

/** Between two looks of the histogram that Node keeps, ms: it cannot see less. */
const RESOLUTION = 10;

/**
 * The longest hold of the server's event loop since the last call, ms, as its own metric tells: each reading begins anew.
 */
export function loopDelay({ port, headers }: NonNullable<Server["http"]>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = get({ host: "127.0.0.1", port, path: "/metrics", headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => {
        const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1];
        if (seconds === undefined) reject(new Error(`no event loop delay: ${response.statusCode}`));
        else resolve(Math.max(0, 1000 * Number(seconds) - RESOLUTION));
      });
    });
    call.on("error", reject);
  });
}
