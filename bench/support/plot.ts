export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const width = 720;
const height = 400;
const margin = { left: 56, right: 24, top: 44, bottom: 52 };
/** Lines differ by dashes and marks too: not everyone sees or prints colors. */
const looks = [
  { colour: "#3b82f6", dash: "none" },
  { colour: "#3b82f6", dash: "6 4" },
  { colour: "#d97706", dash: "none" },
  { colour: "#d97706", dash: "6 4" },
] as const;

/** A line chart as SVG. Text and axes follow the reader's light or dark theme; the background is that of the page. */
export function drawPlot({ title, x, y, series }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const xTop = roundUp(Math.max(...points.map((point) => point.x)));
  const yTop = roundUp(Math.max(...points.map((point) => point.y)));
  const across = (value: number) => margin.left + (value / xTop) * (width - margin.left - margin.right);
  const up = (value: number) => height - margin.bottom - (value / yTop) * (height - margin.top - margin.bottom);
  const at = (point: { x: number; y: number }) => `${across(point.x).toFixed(1)},${up(point.y).toFixed(1)}`;
  const ticks = (top: number) => Array.from({ length: 6 }, (_, i) => (i * top) / 5);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#374151}.grid{stroke:#9ca3af;stroke-opacity:.35}",
    "@media (prefers-color-scheme:dark){text{fill:#d1d5db}}</style>",
    `<text x="${margin.left}" y="22" style="font-weight:600">${title}</text>`,
    ...ticks(yTop).flatMap((value) => [
      `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${up(value)}" y2="${up(value)}"/>`,
      `<text x="${margin.left - 8}" y="${up(value) + 4}" text-anchor="end">${tickText(value)}</text>`,
    ]),
    ...ticks(xTop).map(
      (value) =>
        `<text x="${across(value)}" y="${height - margin.bottom + 20}" text-anchor="middle">${tickText(value)}</text>`,
    ),
    `<text x="${width - margin.right}" y="${height - 10}" text-anchor="end">${x}</text>`,
    `<text x="${margin.left}" y="${margin.top - 6}" text-anchor="end">${y}</text>`,
    ...series.flatMap((one, index) => {
      const { colour, dash } = looks[index % looks.length] as (typeof looks)[number];
      const stroke = `stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}" fill="none"`;
      const legendY = margin.top + 14 + index * 20;
      return [
        `<polyline points="${one.points.map(at).join(" ")}" ${stroke}/>`,
        ...one.points.map((point) => `<circle cx="${across(point.x)}" cy="${up(point.y)}" r="3" fill="${colour}"/>`),
        `<line x1="${margin.left + 16}" x2="${margin.left + 48}" y1="${legendY - 4}" y2="${legendY - 4}" ${stroke}/>`,
        `<text x="${margin.left + 56}" y="${legendY}">${one.name}</text>`,
      ];
    }),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

/** Up to the next 1, 2 or 5 with zeros, whose fifths are easy to read. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function tickText(value: number): string {
  return String(Number(value.toFixed(1)));
}
