/** What a page's form posted. */
import type { Clock } from "../../clock.ts";
import { readBody } from "../body.ts";
import type { HttpContext } from "../context.ts";
import { type Checked, pass, refuse } from "../problem.ts";

/** Octets. */
const MOST = 16_384;

export interface FormLimits {
  /** ms */
  readonly bodyTime: number;
  readonly clock: Clock;
}

export async function readForm(context: HttpContext, limits: FormLimits): Promise<Checked<URLSearchParams>> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") return refuse(415, "A form is posted as urlencoded text.");
  const body = await readBody(context, { ...limits, maxBody: MOST, setting: "16 KiB, fixed" });
  return body.ok ? pass(new URLSearchParams(Buffer.from(body.value).toString("utf8"))) : body;
}
