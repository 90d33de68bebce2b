/** Small drawn portraits, so that nobody's face has to be borrowed. The same user always looks the same. */

interface Look {
  readonly back: string;
  readonly shirt: string;
  readonly skin: string;
  readonly hair: string;
  readonly style: keyof typeof HAIR;
  readonly beard?: true;
}

const HAIR = {
  short: "M20 29c-1-12 5-17 12-17s13 5 12 17c-1-5-3-8-5-9-5 2-12 2-15-1-2 2-3 5-4 10z",
  long: "M18 44c-2-22 3-32 14-32s16 10 14 32c-3 2-6 1-7-1l1-20c-6 1-11-1-14-4-1 3-2 4-3 5l2 19c-1 2-4 3-7 1z",
  curly: "M19 30c-4-3-3-9 1-10 0-6 6-9 10-7 4-4 11-1 12 4 5 1 6 8 3 12l-2 2c0-5-2-8-4-10-5 1-11 1-14-1-2 2-4 5-4 10z",
  flat: "M20 28c0-5-1-9 2-12 5-4 16-4 20 0 3 3 2 7 2 12l-2-1-1-6c-5-1-13-1-18 0l-1 6z",
} as const;

const LOOKS: readonly Look[] = [
  { back: "#f4b99b", shirt: "#b4532f", skin: "#f2cfb6", hair: "#5b3a29", style: "short" },
  { back: "#a9cfc4", shirt: "#1f6f62", skin: "#f4d6c2", hair: "#8d3f24", style: "long" },
  { back: "#b7c3ea", shirt: "#3c4fa3", skin: "#9a6544", hair: "#241a17", style: "flat", beard: true },
  { back: "#f0d28c", shirt: "#8a6414", skin: "#d9a27c", hair: "#2f2420", style: "curly" },
];

const KNOWN: readonly string[] = ["john", "marie", "michael", "aaron"];

/** An SVG document of 64 by 64 units. */
export function portrait(user: string): string {
  const index = KNOWN.indexOf(user);
  const look = LOOKS[index >= 0 ? index : sum(user) % LOOKS.length] ?? LOOKS[0];
  if (look === undefined) return "";
  const beard = look.beard
    ? `<path d="M22 32c0 11 4 15 10 15s10-4 10-15c-2 5-5 6-10 6s-8-1-10-6z" fill="${look.hair}"/>`
    : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
<rect width="64" height="64" fill="${look.back}"/>
<path d="M8 66c0-13 10-18 24-18s24 5 24 18z" fill="${look.shirt}"/>
<path d="M27 40h10v9c0 3-10 3-10 0z" fill="${look.skin}"/>
<path d="M27 43c3 3 7 3 10 0v3c-3 2-7 2-10 0z" fill="#000" opacity=".12"/>
<rect x="21" y="17" width="22" height="28" rx="11" fill="${look.skin}"/>
${beard}<path d="${HAIR[look.style]}" fill="${look.hair}"/>
<circle cx="28" cy="31" r="1.5" fill="#2b211d"/><circle cx="36" cy="31" r="1.5" fill="#2b211d"/>
<path d="M28.5 38c2 2 5 2 7 0" fill="none" stroke="${look.beard ? "#f1d9c8" : "#8a4b38"}" stroke-width="1.6" stroke-linecap="round"/>
</svg>`;
}

function sum(text: string): number {
  return [...text].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
}
