/** Names come from people: what a terminal would obey is shown as a question mark. */
export function plain(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}

/** A table as lines; its first row says what the columns are. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => plain(row[at] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, at) => plain(cell).padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
