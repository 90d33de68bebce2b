/** `kith oauth hash CLIENT_ID`: what stands for a client in `oauth.denied` and in the log. */
import { clientHash } from "../../login/oauth/registration.ts";
import { UsageError } from "../command.ts";
import type { OauthCall } from "../oauth.ts";

/** The one client id that was given. @throws UsageError */
export function clientIdOf([id, other]: readonly string[]): string {
  if (id === undefined || other !== undefined) throw new UsageError("give one client id");
  // Whoever denies a hash of something else denies nobody.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(id))
    throw new UsageError("a client id has three parts with dots between, like eyJhbGci….eyJyZWRp….x2o9fQ");
  return id;
}

export async function hash({ words, io }: OauthCall): Promise<number> {
  io.out(clientHash(clientIdOf(words)));
  return 0;
}
