/** Why no app password, or link for one, is made: in words. */
import { NAME_EXPECTED } from "../../login/app-password-text.ts";
import { MOST_APP_PASSWORDS, type Refused } from "../../login/app-passwords.ts";
import type { LinkRefused } from "../../login/device-links.ts";
import { problem } from "../problem.ts";

export function refusal(reason: Refused | LinkRefused): Response {
  switch (reason) {
    case "off":
      return problem(403, "App passwords are switched off on this domain (accounts.appPasswords).");
    case "name":
      return problem(400, `name has to be ${NAME_EXPECTED}.`);
    case "weak":
      return problem(400, "This is too short for a password.");
    case "many":
      return problem(409, `This user has ${MOST_APP_PASSWORDS} app passwords: take one back first.`);
    case "busy":
      return problem(503, "Too many passwords are being hashed.", { "retry-after": "1" });
    case "full":
      return problem(503, "Too many links are open: try again when some have expired.", { "retry-after": "60" });
  }
}
