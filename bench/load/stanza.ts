/** What the generator reads of a stanza: text searches, for every server measured here writes in one plain way. */

/** Value of the attribute `name` in the first tag of a stanza, or "". */
export function attribute(stanza: string, name: string): string {
  const end = stanza.indexOf(">");
  for (const quote of ["'", '"']) {
    const at = stanza.indexOf(` ${name}=${quote}`);
    if (at < 0 || at > end) continue;
    const from = at + name.length + 3;
    return stanza.slice(from, stanza.indexOf(quote, from));
  }
  return "";
}

/** The text of an element without children, decoded from base64. */
export function decodedText(element: string): string {
  return Buffer.from(element.slice(element.indexOf(">") + 1, element.lastIndexOf("</")), "base64").toString();
}

/** Whether it is the result of the IQ with that id. */
export function isResult(stanza: string, id: string): boolean {
  return stanza.startsWith("<iq") && attribute(stanza, "id") === id && attribute(stanza, "type") === "result";
}

/** The beginning of a stanza that refuses something; undefined when it does not. */
export function refusalIn(stanza: string): string | undefined {
  const isError =
    stanza.startsWith("<failure") ||
    stanza.startsWith("<stream:error") ||
    (stanza.startsWith("<iq") && attribute(stanza, "type") === "error");
  return isError ? stanza.slice(0, 300) : undefined;
}
