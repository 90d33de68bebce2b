/** Ports: the usual one if it is free, or else any. */
import { createServer } from "node:net";

export interface Port {
  readonly number: number;
  /** The usual port, when somebody else has it. */
  readonly insteadOf: number | null;
}

/** A free port on 127.0.0.1: `usual`, or another if that is taken. With 0 any free one. */
export async function freePort(usual: number): Promise<Port> {
  const number = await tryPort(usual);
  if (number !== null) return { number, insteadOf: null };
  return { number: (await tryPort(0)) ?? 0, insteadOf: usual };
}

/** Opens the port for a moment. Null: it is taken. */
function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : null));
    });
  });
}
