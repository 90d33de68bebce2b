/** Line charts as SVG: text that a browser, a diff and a page of Markdown can show. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Powers of ten on both axes: what grows in proportion is a line at 45 degrees. */
  readonly isLogarithmic?: boolean;
}

const [WIDTH, HEIGHT] = [640, 360];
const BOX = { left: 70, right: 20, top: 56, bottom: 50 };
/** Above the box, from one name of a line to the next. */
const NAMES = 180;
const COLOURS = ["#1f6feb", "#d1242f", "#1a7f37", "#8250df"];

export function drawChart(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  const across = scale(
    points.map(([x]) => x),
    chart.isLogarithmic === true,
    BOX.left,
    WIDTH - BOX.right,
  );
  const up = scale(
    points.map(([, y]) => y),
    chart.isLogarithmic === true,
    HEIGHT - BOX.bottom,
    BOX.top,
  );
  const [bottom, right] = [HEIGHT - BOX.bottom, WIDTH - BOX.right];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(WIDTH / 2, 20, chart.title, 'text-anchor="middle" font-size="14"'),
    ...across.ticks.map((tick) => line(across.at(tick), BOX.top, across.at(tick), bottom)),
    ...across.ticks.map((tick) => text(across.at(tick), bottom + 18, label(tick), 'text-anchor="middle"')),
    ...up.ticks.map((tick) => line(BOX.left, up.at(tick), right, up.at(tick))),
    ...up.ticks.map((tick) => text(BOX.left - 8, up.at(tick) + 4, label(tick), 'text-anchor="end"')),
    text((BOX.left + right) / 2, HEIGHT - 10, chart.x, 'text-anchor="middle"'),
    text(16, HEIGHT / 2, chart.y, `text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})"`),
    ...chart.series.flatMap((series, index) => drawSeries(series, index, across.at, up.at)),
    "</svg>",
    "",
  ].join("\n");
}

function drawSeries(
  { name, points }: Series,
  index: number,
  across: (value: number) => number,
  up: (value: number) => number,
): string[] {
  const colour = COLOURS[index % COLOURS.length] ?? "#000000";
  const places = points.map(([x, y]) => [round(across(x)), round(up(y))] as const);
  const path = places.map(([x, y]) => `${x},${y}`).join(" ");
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.5" fill="${colour}"/>`),
    text(BOX.left + NAMES * index, 44, name, `fill="${colour}"`),
  ];
}

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

function scale(values: readonly number[], isLogarithmic: boolean, from: number, to: number): Scale {
  if (isLogarithmic) {
    const low = Math.floor(Math.log10(Math.min(...values)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
    const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
    return { ticks, at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from) };
  }
  const step = niceStep(Math.max(...values) / 5);
  const count = Math.ceil(Math.max(...values) / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { ticks, at: (value) => from + (value / (count * step)) * (to - from) };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? least;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#d8dee4"/>`;
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function label(tick: number): string {
  return Number(tick.toPrecision(3)).toLocaleString("en").replaceAll(",", " ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
