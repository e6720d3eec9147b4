import { initNow } from "./clock.js";
import { byId, drawing, element, setText } from "./dom.js";
import { count, rate } from "./text.js";

const shownMs = 300_000;
const [width, height] = [600, 160];
const series = [
  { name: "Completed", className: "completed", column: 1, total: "completed" },
  { name: "Failed", className: "failed", column: 2, total: "failed" },
  { name: "Handed back", className: "handed-back", column: 3, total: "handedBack" },
];
let samples = [];

export function addThroughput(news, isWhole) {
  samples = (isWhole ? [] : samples).concat(news).filter(([at]) => at > initNow() - shownMs - 5_000);
}

export function showThroughput(totals) {
  const points = withZeros(samples, initNow());
  const top = roundUp(Math.max(1, ...points.flatMap(([, ...rates]) => rates)));
  const latest = points.at(-1) ?? [0, 0, 0, 0];
  showRates(latest, totals);
  setText(byId("top"), `${count(top)}/s`);
  setText(
    byId("lines-summary"),
    `At most ${top} a second. ${series.map(({ name, column }) => `${name}: ${rate(latest[column])} a second now`).join(", ")}.`,
  );
  draw(points, top);
}

function showRates(latest, totals) {
  const list = byId("rates");
  if (list.childElementCount === 0) {
    for (const { name, className } of series) {
      const sample = drawing("svg", { viewBox: "0 0 32 12", "aria-hidden": "true" });
      sample.append(drawing("path", { d: "M0 6H32", class: `line ${className}` }));
      const rateCell = element("dd", { class: "rate" });
      list.append(element("div", {}, sample, element("dt", {}, name), rateCell, element("dd", { class: "total" })));
    }
  }
  for (const [index, { column, total }] of series.entries()) {
    const group = list.children[index];
    setText(group.querySelector(".rate"), rate(latest[column]));
    setText(group.querySelector(".total"), `${count(totals[total])} in all`);
  }
}

/** init sends no sample while nothing ends. */
function withZeros(given, now) {
  const points = [];
  for (const sample of [...given, [now, 0, 0, 0]]) {
    const before = points.at(-1)?.[0];
    if (before !== undefined && sample[0] - before > 2_500)
      points.push([before + 1_000, 0, 0, 0], [sample[0] - 1_000, 0, 0, 0]);
    points.push(sample);
  }
  // The last one only fills the gap; the latest second is known.
  const last = given.at(-1)?.[0] ?? 0;
  if (now - last <= 2_500) points.pop();
  return points;
}

function draw(points, top) {
  const now = initNow();
  const x = (at) => (width * (1 - (now - at) / shownMs)).toFixed(1);
  const y = (value) => (height - 2 - (height - 10) * (value / top)).toFixed(1);
  const path = (column) =>
    points.map((point, index) => `${index === 0 ? "M" : "L"}${x(point[0])} ${y(point[column])}`).join("");
  const picture = byId("lines");
  const grid = [0, 0.5, 1].map((part) => `M0 ${y(top * part)}H${width}`).join("");
  const parts = [drawing("path", { class: "grid", d: grid })];
  if (points.length > 1) {
    const area = `${path(1)}L${x(points.at(-1)[0])} ${y(0)}L${x(points[0][0])} ${y(0)}Z`;
    parts.push(drawing("path", { class: "area", d: area }));
    for (const { className, column } of series.toReversed())
      parts.push(drawing("path", { class: `line ${className}`, d: path(column) }));
  }
  picture.replaceChildren(...parts);
}

/** 1, 2, 5, 10, 20, … */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}
