/** `/kith/app-passwords` and `/kith/device-links`: what is sent and answered. docs/login.md */
import { z } from "zod";

const name = z.string().describe("What the person calls the device: 1 to 64 characters on one line.");
const created = z.iso.datetime({ offset: true }).describe("When it was made.");
const id = z.string().describe("Names it among those of this user.");
const user = z.string().describe("Username, prepared.");
const whose = z.string().describe("Username; there need not be a local account.");

export const appPasswordBody = z.strictObject({ user: whose, name }).describe("A password for one device.");

export const appPasswordMade = z
  .object({
    id,
    user,
    name,
    password: z.string().describe("Shown this once: nothing here can tell it again."),
    created,
  })
  .describe("The password, and what is listed of it.");
export type AppPasswordMade = z.infer<typeof appPasswordMade>;

const listed = z
  .object({
    id,
    name,
    created,
    lastUsed: z.iso
      .datetime({ offset: true })
      .nullable()
      .describe("When it last let somebody in, to the minute; null: never."),
  })
  .describe("One app password.");

export const appPasswordsAnswer = z
  .object({ user, passwords: z.array(listed).describe("The oldest first.") })
  .describe("The app passwords of one user.");
export type AppPasswordsAnswer = z.infer<typeof appPasswordsAnswer>;

export const deviceLinkBody = z
  .strictObject({
    user: whose,
    name,
    expires: z.string().optional().describe("How long it is good, from `1m` to `24h`; left out: `10m`."),
  })
  .describe("A link by which one device sets itself up.");

const expires = z.iso.datetime({ offset: true }).describe("It is good for nothing from then on.");

export const deviceLinkMade = z
  .object({
    id,
    user,
    name,
    uri: z.string().describe("To be opened on the device: `xmpp:john@example.com?register;preauth=…`. A secret."),
    qr: z.string().nullable().describe("The same as a QR code, an SVG image; null: the address is too long for one."),
    expires,
  })
  .describe("The link.");
export type DeviceLinkMade = z.infer<typeof deviceLinkMade>;

export const deviceLinksAnswer = z
  .object({
    user,
    links: z
      .array(z.object({ id, name, created, expires }).describe("One link that is open."))
      .describe("The oldest first."),
  })
  .describe("The links of one user that nobody has used yet.");
export type DeviceLinksAnswer = z.infer<typeof deviceLinksAnswer>;

export const userQuery = z.object({ user: z.string().describe("Whose: a username.") });

export const removedAnswer = z
  .object({ removed: z.int().describe("So many were taken back; what they let in has ended.") })
  .describe("What was done.");
export type RemovedAnswer = z.infer<typeof removedAnswer>;
