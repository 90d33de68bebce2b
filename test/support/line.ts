/** A raw line over direct TLS: what is said is said in one write, what is heard is text. */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { World } from "./world.ts";

export const HEADER =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>";
const PATIENCE_MS = 15_000;

export interface Line {
  readonly socket: TLSSocket;
  say(text: string): void;
  /** All that came so far, as soon as it has this, or the server ended. */
  hear(last: RegExp): Promise<string>;
}

export async function openLine(world: World): Promise<Line> {
  const port = world.server.ports.c2sTls ?? 0;
  const options = { port, host: "127.0.0.1", rejectUnauthorized: false, servername: "localhost" };
  const socket = connect({ ...options, ALPNProtocols: ["xmpp-client"] });
  await once(socket, "secureConnect");
  let text = "";
  let wake: () => void = () => undefined;
  let isOver = false;
  socket.on("data", (chunk: Buffer) => {
    text += String(chunk);
    wake();
  });
  socket.on("close", () => {
    isOver = true;
    wake();
  });
  socket.on("error", () => undefined);
  return {
    socket,
    say: (said) => void socket.write(said),
    async hear(last) {
      const late = AbortSignal.timeout(PATIENCE_MS);
      while (!last.test(text) && !isOver && !late.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          late.addEventListener("abort", () => resolve(), { once: true });
        });
      }
      if (late.aborted) throw new Error(`${last} did not come, but: ${text}`);
      return text;
    },
  };
}
