/** strophe.js as a test drives it: the password may be a token. */
import { Strophe } from "strophe.js";
import type { World } from "./world.ts";

interface StropheConnection {
  readonly jid: string;
  connect(jid: string, password: string, callback: (status: number, condition: unknown) => void): void;
  disconnect(reason: string): void;
}

/** How it ended, and how often it said something while it logged in; `gone` settles when it is connected no more. */
export function strophe(
  world: Pick<World, "socketUrl">,
  password: string,
  mechanisms: readonly unknown[],
): Promise<{
  readonly status: number;
  readonly said: number;
  readonly connection: StropheConnection;
  readonly gone: Promise<void>;
}> {
  const connection = new Strophe.Connection(world.socketUrl, { mechanisms });
  let said = 0;
  connection.xmlOutput = () => {
    said += 1;
  };
  const ends: readonly number[] = [Strophe.Status.CONNECTED, Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL];
  const { promise: gone, resolve: left } = Promise.withResolvers<void>();
  return new Promise((resolve) => {
    connection.connect("romeo@localhost", password, (status: number) => {
      if (ends.includes(status)) resolve({ status, said, connection, gone });
      if (status === Strophe.Status.DISCONNECTED) left();
    });
  });
}
