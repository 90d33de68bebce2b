/** Passwords for single devices, and links by which a device makes one. */
import {
  appPasswordBody,
  appPasswordMade,
  appPasswordsAnswer,
  deviceLinkBody,
  deviceLinkMade,
  deviceLinksAnswer,
  removedAnswer,
  userQuery,
} from "../schemas/devices.ts";
import { json, type Operation } from "./operation.ts";

const DEVICES = "Devices";
const PATH = "/kith/app-passwords";
const LINKS = "/kith/device-links";
const ID = "k7mq2xwf9hcd";
const phone = { id: ID, name: "John's phone", created: "2026-11-24T00:12:03.120Z" };

const common = { tag: DEVICES, access: "token-always", isOfDomain: true } as const;

export const deviceOperations: readonly Operation[] = [
  {
    ...common,
    method: "post",
    path: PATH,
    id: "makeAppPassword",
    summary: "Make a password for one device",
    description:
      "It lets in by PLAIN and SCRAM like any password. An answer is given again by its Idempotency-Key for ten minutes, from memory; later the key is answered with 409, and nothing is made.",
    isIdempotent: true,
    body: { schema: appPasswordBody, examples: { phone: { user: "john", name: "John's phone" } } },
    answers: {
      201: json("It is made.", appPasswordMade, { ...phone, user: "john", password: "k7mq-2xwf-9hcd-ubt3-ya5n-e8rv" }),
    },
    problems: {
      403: "App passwords are switched off on this domain.",
      409: "The user has as many as one may have; or the Idempotency-Key's password is forgotten.",
      503: "Too much is being hashed: try again.",
    },
  },
  {
    ...common,
    method: "get",
    path: PATH,
    id: "listAppPasswords",
    summary: "The app passwords of one user, without the passwords",
    query: userQuery,
    answers: {
      200: json("All of them.", appPasswordsAnswer, { user: "john", passwords: [{ ...phone, lastUsed: null }] }),
    },
  },
  {
    ...common,
    method: "delete",
    path: PATH,
    id: "removeAppPasswords",
    summary: "Take back all app passwords of one user",
    query: userQuery,
    answers: { 200: json("They let nobody in any more.", removedAnswer, { removed: 2 }) },
  },
  {
    ...common,
    method: "delete",
    path: `${PATH}/{id}`,
    id: "removeAppPassword",
    summary: "Take back one app password",
    description: "The sessions that it let in end at once.",
    query: userQuery,
    answers: { 200: json("It lets nobody in any more.", removedAnswer, { removed: 1 }) },
    problems: { 404: "The user has no app password of this id, or no such domain is served here." },
  },
  {
    ...common,
    method: "post",
    path: LINKS,
    id: "makeDeviceLink",
    summary: "Make a link by which one device sets itself up",
    description:
      "A chat program that opens it, or scans the code, makes itself an app password of this name (XEP-0445). It is good once; a restart of the server ends it. An Idempotency-Key counts as for app passwords.",
    isIdempotent: true,
    body: {
      schema: deviceLinkBody,
      examples: { phone: { user: "john", name: "John's phone", expires: "10m" } },
    },
    answers: {
      201: json("It is made.", deviceLinkMade, {
        id: ID,
        user: "john",
        name: "John's phone",
        uri: "xmpp:john@example.com?register;preauth=n8k2vqx7hd4m9wpt3abz6rfycj5gse",
        qr: "<svg…",
        expires: "2026-11-24T00:22:03.120Z",
      }),
    },
    problems: {
      403: "App passwords are switched off on this domain.",
      409: "The user has as many app passwords as one may have; or the Idempotency-Key's link is forgotten.",
      503: "Too many links are open.",
    },
  },
  {
    ...common,
    method: "get",
    path: LINKS,
    id: "listDeviceLinks",
    summary: "The links of one user that nobody has used yet, without their secret",
    query: userQuery,
    answers: {
      200: json("All of them.", deviceLinksAnswer, {
        user: "john",
        links: [{ ...phone, expires: "2026-11-24T00:22:03.120Z" }],
      }),
    },
  },
  {
    ...common,
    method: "delete",
    path: `${LINKS}/{id}`,
    id: "removeDeviceLink",
    summary: "Take back one link",
    query: userQuery,
    answers: { 200: json("It is good for nothing any more.", removedAnswer, { removed: 1 }) },
    problems: { 404: "The user has no open link of this id, or no such domain is served here." },
  },
];
