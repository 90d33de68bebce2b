/** A QR code as inline SVG: black on white whatever the colours of the page, with the quiet zone that readers need. */
import { renderSVG } from "uqr";
import { Html } from "./html.ts";

/** ISO/IEC 18004 §9.1: four modules on each side. */
const QUIET_ZONE = 4;
/** Bytes. More would fit (2953), but phones do not read it from a screen. */
const MOST = 600;

/** Undefined: it is too long to be read. */
export function qrCode(text: string): Html | undefined {
  if (Buffer.byteLength(text) > MOST) return undefined;
  return Html.trusted(renderSVG(text, { ecc: "M", border: QUIET_ZONE, pixelSize: 4 }));
}
