/** Devices that last as long as the process: for tests and `storage: "memory"`. */
import type { Clock } from "../clock.ts";
import { type Device, type DeviceStore, endOf } from "./devices.ts";

export function createMemoryDevices(clock: Clock): DeviceStore {
  const people = new Map<string, Map<string, Device>>();
  const devicesOf = (domain: string, username: string): Map<string, Device> =>
    people.get(`${username}@${domain}`) ?? new Map();

  function drop(domain: string, username: string, ids: readonly string[]): readonly string[] {
    const devices = devicesOf(domain, username);
    const dropped = ids.filter((id) => devices.delete(id));
    if (devices.size === 0) people.delete(`${username}@${domain}`);
    return dropped;
  }

  return {
    list: (domain, username) =>
      [...devicesOf(domain, username).values()]
        .filter((device) => endOf(device) > clock.now())
        .sort((a, b) => b.lastUsed - a.lastUsed),
    get: (domain, username, id) => devicesOf(domain, username).get(id),
    put(domain, username, device) {
      const devices = devicesOf(domain, username);
      people.set(`${username}@${domain}`, devices.set(device.id, device));
      const ended = [...devices.values()].filter((one) => endOf(one) <= clock.now());
      drop(
        domain,
        username,
        ended.map(({ id }) => id),
      );
    },
    remove: (domain, username, id) => drop(domain, username, [id]).length === 1,
    removeOf(domain, username, credential) {
      const devices = [...devicesOf(domain, username).values()].filter((one) => one.credential === credential);
      return drop(
        domain,
        username,
        devices.map(({ id }) => id),
      );
    },
    removeAll: (domain, username) => void people.delete(`${username}@${domain}`),
  };
}
