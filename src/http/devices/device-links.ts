/** `/kith/device-links`: a link and QR code by which a chat program sets itself up for a person. XEP-0401, XEP-0445 */
import { formatDateTime } from "../../contacts/rfc3339.ts";
import { LINK_LIFETIME } from "../../login/device-links.ts";
import { parseDuration } from "../../units.ts";
import { parseJson } from "../body.ts";
import { type Call, type Calls, NO_STORE } from "../call.ts";
import { type HttpContext, lastPathPart } from "../context.ts";
import { problem } from "../problem.ts";
import { qrCode } from "../qr-code.ts";
import { type DeviceLinkMade, type DeviceLinksAnswer, deviceLinkBody } from "../schemas/devices.ts";
import { refusal } from "./refusal.ts";
import { admitFor, removed, usernameIn } from "./whose.ts";

export function makeDeviceLink({ domain, body }: Call, { options }: Calls): Response {
  const json = parseJson(body);
  if (!json.ok) return json.response;
  const asked = deviceLinkBody.safeParse(json.value);
  if (!asked.success) return problem(400, 'The body is {"user": "john", "name": "John\'s phone", "expires": "10m"}.');
  const username = usernameIn(asked.data.user);
  if (!username.ok) return username.response;
  const { expires: text } = asked.data;
  const lifetime = text === undefined ? LINK_LIFETIME.preset : parseDuration(text);
  if (lifetime === undefined || lifetime < LINK_LIFETIME.least || lifetime > LINK_LIFETIME.most) {
    return problem(400, 'expires is a duration from "1m" to "24h".');
  }
  const wanted = { domain: domain.name, username: username.value, name: asked.data.name, lifetime };
  const made = options.deviceLinks.create(wanted);
  if (!made.ok) return refusal(made.reason);
  const { id, name, expires } = made.link;
  const answer: DeviceLinkMade = {
    id,
    user: username.value,
    name,
    uri: made.uri,
    qr: qrCode(made.uri)?.text ?? null,
    expires: formatDateTime(expires),
  };
  return Response.json(answer, { status: 201, headers: NO_STORE });
}

export function getDeviceLinks(context: HttpContext, calls: Calls): Response {
  const whose = admitFor(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  const links = calls.options.deviceLinks.list(domain, username).map(({ id, name, created, expires }) => ({
    id,
    name,
    created: formatDateTime(created),
    expires: formatDateTime(expires),
  }));
  const answer: DeviceLinksAnswer = { user: username, links };
  return Response.json(answer, { headers: NO_STORE });
}

export function deleteDeviceLink(context: HttpContext, calls: Calls): Response {
  const whose = admitFor(context, calls);
  if (!whose.ok) return whose.response;
  const { domain, username } = whose.value;
  if (calls.options.deviceLinks.revoke(domain, username, lastPathPart(context) ?? "")) return removed(1);
  return problem(404, "This user has no open link of this id: it was used, has expired, or never was.");
}
