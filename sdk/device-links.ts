/** Links and QR codes by which people's own chat programs set themselves up. */
import { type Call, type CallOptions, segment } from "./call.ts";
import { KithApiError } from "./errors.ts";
import type { DeviceLink, NewDeviceLink } from "./types.ts";

export interface DeviceLinkOptions extends CallOptions {
  /** How long it is good, from `1m` to `24h`; `10m` when left out. */
  readonly expires?: string;
}

export interface DeviceLinks {
  /** Makes one for one device of this person: show `qr`, or `uri` as a link on the device itself. It is good once. */
  create(user: string, name: string, options?: DeviceLinkOptions): Promise<NewDeviceLink>;
  /** Those that nobody has used yet. */
  list(user: string, options?: CallOptions): Promise<readonly DeviceLink[]>;
  /** False: it was used, has expired, or never was. */
  remove(user: string, id: string, options?: CallOptions): Promise<boolean>;
}

const PATH = "kith/device-links";

export function deviceLinksBy(ask: <T>(request: Call) => Promise<T>): DeviceLinks {
  const whose = (user: string): NonNullable<Call["query"]> => [["user", user]];
  return {
    create: (user, name, { expires, ...options } = {}) =>
      ask({ ...options, method: "POST", path: PATH, body: { user, name, expires } }),
    async list(user, options = {}) {
      const answer = await ask<{ links: readonly DeviceLink[] }>({
        ...options,
        method: "GET",
        path: PATH,
        query: whose(user),
      });
      return answer.links;
    },
    async remove(user, id, options = {}) {
      try {
        await ask({ ...options, method: "DELETE", path: `${PATH}/${segment(id)}`, query: whose(user) });
        return true;
      } catch (error) {
        if (error instanceof KithApiError && error.status === 404) return false;
        throw error;
      }
    },
  };
}
