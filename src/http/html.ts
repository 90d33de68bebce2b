/** HTML as values: whatever is put into the template is escaped, unless it is HTML already. */
export class Html {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Text that is markup and ours: made by this server, with nothing in it that others wrote. */
  static trusted(text: string): Html {
    return new Html(text);
  }
}

type Piece = string | number | Html | undefined | false | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Code points that neither HTML nor XML may hold, lone surrogates too. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export function escapeHtml(text: string): string {
  return text.replace(FORBIDDEN, "\uFFFD").replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** `html`<p title="${title}">${name}</p>``: strings are escaped, arrays are joined, undefined and false are nothing. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = literals[0] ?? "";
  pieces.forEach((piece, index) => {
    text += write(piece) + (literals[index + 1] ?? "");
  });
  return Html.trusted(text);
}

function write(piece: Piece): string {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.text;
  if (typeof piece === "string") return escapeHtml(piece);
  if (typeof piece === "number") return String(piece);
  return piece.map(write).join("");
}
