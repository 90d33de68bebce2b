/** Octets that `text` takes in UTF-8. A lone surrogate counts as the three of U+FFFD. */
export function utf8Length(text: string): number {
  let octets = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    octets += 1;
    if (unit < 0x800) continue;
    octets += 1;
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(at + 1);
    if (next >= 0xdc00 && next <= 0xdfff) at += 1; // a pair: 2 units, 4 octets
  }
  return octets;
}
