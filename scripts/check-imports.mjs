// The direction of imports: roles never import each other, only bull/ imports BullMQ and ioredis, nothing imports upwards, and no
// files import each other in a circle, not even types alone.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const src = path.join(path.dirname(fileURLToPath(import.meta.url)), "../src");
const roles = ["init", "template", "worker", "runner", "keeper"];
/** A folder may import folders with the same or a lower number. */
const level = {
  clock: 0,
  exit: 0,
  text: 0,
  heap: 0,
  native: 0,
  cgroup: 0,
  privileges: 2,
  config: 1,
  protocol: 2,
  reaping: 1,
  starter: 1,
  signals: 1,
  log: 2,
  app: 3,
  board: 3,
  bull: 3,
  engine: 3,
  admin: 4,
  exec: 4,
  init: 5,
  template: 5,
  worker: 5,
  runner: 5,
  keeper: 5,
  entry: 6,
};
/** The same within a folder that has rooms: a room imports only what has a smaller number. */
const roomLevel = {
  "init/state": 0,
  "init/decide": 1,
  "init/processes": 1,
  "init/report": 2,
  init: 3,
  "worker/memory": 0,
  "worker/orders": 0,
  "worker/jobs": 1,
  "worker/queues": 2,
  "worker/runners": 2,
  "worker/report": 2,
  worker: 3,
};
const problems = [];
/** Each file's imports, as paths from src. */
const imports = new Map();

for (const file of readdirSync(src, { recursive: true })) {
  if (!file.endsWith(".ts")) continue;
  const folder = file.includes("/") ? file.split("/")[0] : "";
  const text = readFileSync(path.join(src, file), "utf8");
  const targets = [];
  imports.set(file, targets);
  for (const [, target] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    if (/^(bullmq|ioredis)$/.test(target) && folder !== "bull") problems.push(`${file}: only bull/ imports ${target}`);
    if (!target.startsWith(".")) continue;
    const to = path.relative(src, path.join(src, path.dirname(file), target));
    const toFolder = to.includes("/") ? to.split("/")[0] : "";
    targets.push(to);
    const [room, toRoom] = [path.dirname(file), path.dirname(to)];
    const isRoomed = folder === toFolder && room !== toRoom && folder in roomLevel;
    if (isRoomed && !(roomLevel[toRoom] < roomLevel[room]))
      problems.push(`${file}: ${room}/ may not import ${toRoom}/`);
    if (folder === "" || folder === toFolder) continue;
    if (toFolder === "") problems.push(`${file}: imports ${to}, an entry point`);
    else if (roles.includes(folder) && roles.includes(toFolder))
      problems.push(`${file}: role ${folder} imports role ${toFolder}`);
    else if (level[folder] === undefined || level[toFolder] === undefined)
      problems.push(`${file}: unknown folder ${folder} or ${toFolder}`);
    else if (level[toFolder] > level[folder]) problems.push(`${file}: ${folder}/ may not import ${toFolder}/`);
  }
}

for (const circle of circles(imports)) problems.push(`a circle of imports: ${circle.join(" ")}`);

/** Tarjan's strongly connected components, those of one file left out. */
function circles(graph) {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const found = [];
  const visit = (file) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file));
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(file, Math.min(lowest.get(file), lowest.get(target)));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1) found.push(component);
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
