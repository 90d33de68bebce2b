/** Names come from people: what a terminal would obey is shown as a question mark. */
export function plain(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
