/** Next.js, App Router: `app/contacts/[user]/route.ts` serves contacts to Kith. */
// In a program of your own: from "kith-sdk".
import { contactsHandler } from "../../../../../sdk/index.ts";
import { contactsOf } from "../../../people.ts";

export const GET = contactsHandler(contactsOf, { bearer: process.env["CONTACTS_BEARER"] ?? "" });
