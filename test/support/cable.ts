/** A cable between a client and the server, that can be pulled out and put in again. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Cable extends AsyncDisposable {
  /** Where the client connects to. */
  readonly port: number;
  /** Both ends notice at once; nobody gets through until it is put in again. */
  pull(): void;
  putIn(): void;
}

export async function cableTo(port: number): Promise<Cable> {
  const ends = new Set<Socket>();
  let isIn = true;
  const server = createServer((near) => {
    if (!isIn) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        ends.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const pull = (): void => {
    isIn = false;
    for (const end of ends) end.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    pull,
    putIn: () => {
      isIn = true;
    },
    async [Symbol.asyncDispose]() {
      pull();
      server.close();
      await once(server, "close");
    },
  };
}
