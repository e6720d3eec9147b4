// Draws docs/process-tree.svg from docs/process-tree.txt (npm run fix). With --check, reports a stale picture (npm run check).
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const docs = path.join(path.dirname(fileURLToPath(import.meta.url)), "../docs");
const picture = path.join(docs, "process-tree.svg");

const column = 236;
const boxWidth = 220;
const lineHeight = 17;
const margin = 16;
const arrowLength = 46;
/** An average for a system font of 13 px. A wider line is refused, not cut. */
const characterWidth = 6.6;
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2937 }
.name { font-weight: 600; text-anchor: middle }
.middle { text-anchor: middle }
.flow { fill: #4b5563; font-style: italic }
.end { text-anchor: end }
.box { fill: #eff6ff; stroke: #2563eb; stroke-width: 1.5 }
.shared { fill: #fefce8; stroke: #a16207; stroke-width: 1.5 }
.edge { fill: none; stroke: #6b7280; stroke-width: 1.5 }
.tip { fill: #6b7280 }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb }
  .flow { fill: #d1d5db }
  .box { fill: #1e293b; stroke: #60a5fa }
  .shared { fill: #292524; stroke: #facc15 }
  .edge { stroke: #9ca3af }
  .tip { fill: #9ca3af }
}
</style>`;

/** Throws for a line that is not in the format that the file describes. */
function parse(source) {
  const tree = { name: "", depth: -1, children: [] };
  const shared = [];
  let parents = [tree];
  let current;
  for (const [index, line] of source.split("\n").entries()) {
    const [, indent = "", mark, text = ""] = /^( *)(?:([|<=v^x]) )?(.*)$/.exec(line) ?? [];
    if (text === "" || line.startsWith("#")) continue;
    if (mark === "=") {
      current = { name: text, description: [], uses: [] };
      shared.push(current);
    } else if (mark === "|") current?.description.push(text);
    else if (mark === "<" && current?.flows) current.flows.push(text);
    else if (mark !== undefined && current?.uses)
      current.uses.push(...text.split(", ").map((user) => ({ user, way: mark })));
    else if (mark === undefined && shared.length === 0) {
      current = { name: text, depth: indent.length / 2, description: [], flows: [], children: [] };
      parents = parents.filter(({ depth }) => depth < current.depth);
      parents.at(-1).children.push(current);
      parents.push(current);
    } else throw new Error(`docs/process-tree.txt:${index + 1}: expected a process or a mark of one, got "${line}"`);
  }
  return { tree, shared };
}

function processesIn({ children }) {
  return children.flatMap((child) => [child, ...processesIn(child)]);
}

/** Places leaves side by side, and a parent above the middle of its children. */
function place(node, leftmost) {
  let next = leftmost;
  for (const child of node.children) next = place(child, next);
  const [first, last] = [node.children[0], node.children.at(-1)];
  node.x = first === undefined ? margin + (next + 0.5) * column : (first.x + last.x) / 2;
  return first === undefined ? next + 1 : next;
}

/** Each row is as high as its largest box, and as far below the last one as the most flows need. */
function placeRows(processes) {
  let y = margin;
  for (let depth = 0; ; depth += 1) {
    const row = processes.filter((one) => one.depth === depth);
    if (row.length === 0) return y;
    const flows = Math.max(...row.map((one) => one.flows.length));
    const lines = Math.max(...row.map((one) => one.description.length));
    const gap = depth === 0 ? 0 : 34 + flows * lineHeight;
    const height = 32 + lines * lineHeight;
    for (const one of row) Object.assign(one, { top: y + gap, gap, height });
    y += gap + height;
  }
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function textAt(x, y, text, width, kind = "") {
  if (text.length * characterWidth > width)
    throw new Error(`docs/process-tree.txt: too long for ${width} px: "${text}"`);
  return `<text x="${x}" y="${y}"${kind === "" ? "" : ` class="${kind}"`}>${escaped(text)}</text>`;
}

function drawProcess({ name, description, x, top, height }) {
  return [
    `<rect class="box" x="${x - boxWidth / 2}" y="${top}" width="${boxWidth}" height="${height}" rx="8"/>`,
    textAt(x, top + 20, name, boxWidth, "name"),
    ...description.map((line, at) => textAt(x, top + 20 + (at + 1) * lineHeight, line, boxWidth, "middle")),
  ];
}

/** From the parent down, along a rail halfway, and down to the child. The flows are next to the last part, on its inner side. */
function drawEdge(parent, child) {
  const rail = child.top - child.gap + 14;
  const [x, kind] = child.x > parent.x ? [child.x - 8, "flow end"] : [child.x + 8, "flow"];
  return [
    `<path class="edge" d="M${parent.x} ${parent.top + parent.height}V${rail}H${child.x}V${child.top - 7}"/>`,
    tip(child.x, child.top, 1),
    ...child.flows.map((line, at) => textAt(x, rail + (at + 1) * lineHeight, line, boxWidth, kind)),
  ];
}

function tip(x, y, direction) {
  const base = y - 8 * direction;
  return `<path class="tip" d="M${x} ${y}L${x - 4.5} ${base}H${x + 4.5}Z"/>`;
}

function drawShared({ name, description, uses }, offset, top, width, processes) {
  const height = 14 + (description.length + 1) * lineHeight;
  const arrows = uses.flatMap(({ user, way }) => {
    const found = processes.find((one) => one.name === user);
    if (found === undefined) throw new Error(`docs/process-tree.txt: no process "${user}" exists to use ${name}`);
    const [x, from] = [found.x + offset, found.top + found.height];
    return [
      `<path class="edge" d="M${x} ${from + (way === "v" ? 0 : 7)}V${top - (way === "^" ? 0 : 7)}"/>`,
      ...(way === "v" ? [] : [tip(x, from, -1)]),
      ...(way === "^" ? [] : [tip(x, top, 1)]),
    ];
  });
  const box = [
    `<rect class="shared" x="${margin}" y="${top}" width="${width}" height="${height}" rx="8"/>`,
    textAt(margin + width / 2, top + 19, name, width, "name"),
    ...description.map((line, at) =>
      textAt(margin + width / 2, top + 19 + (at + 1) * lineHeight, line, width, "middle"),
    ),
  ];
  return { arrows, box, height };
}

export function draw(source) {
  const { tree, shared } = parse(source);
  const processes = processesIn(tree);
  const width = place(tree, 0) * column;
  const bottom = placeRows(processes);
  const edges = processes.flatMap((parent) => parent.children.flatMap((child) => drawEdge(parent, child)));
  let top = bottom;
  const drawn = shared.map((one, index) => {
    const part = drawShared(one, (index - (shared.length - 1) / 2) * 44, top + arrowLength, width, processes);
    top += arrowLength + part.height;
    return part;
  });
  const size = `0 0 ${width + 2 * margin} ${top + margin}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${size}" role="img" aria-label="The processes of a container">`,
    style,
    ...edges,
    ...processes.flatMap(drawProcess),
    // A bar hides the arrows to the bars below it.
    ...drawn.flatMap(({ arrows }) => arrows),
    ...drawn.flatMap(({ box }) => box),
    "</svg>",
  ].join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const drawn = draw(readFileSync(path.join(docs, "process-tree.txt"), "utf8"));
  if (!process.argv.includes("--check")) writeFileSync(picture, drawn);
  else if (readFileSync(picture, "utf8") !== drawn) {
    console.error("docs/process-tree.svg differs from docs/process-tree.txt; run npm run fix");
    process.exitCode = 1;
  }
}
