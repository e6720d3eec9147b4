// The direction of imports: roles never import each other, only bull/ imports BullMQ and ioredis, nothing imports upwards.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const src = path.join(path.dirname(fileURLToPath(import.meta.url)), "../src");
const roles = ["init", "template", "worker", "keeper", "runner"];
/** A folder may import folders with the same or a lower number. */
const level = {
  clock: 0,
  exit: 0,
  text: 0,
  native: 0,
  cgroup: 0,
  privileges: 2,
  config: 1,
  protocol: 2,
  reaping: 1,
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
  keeper: 5,
  runner: 5,
  entry: 6,
};
const problems = [];

for (const file of readdirSync(src, { recursive: true })) {
  if (!file.endsWith(".ts")) continue;
  const folder = file.includes("/") ? file.split("/")[0] : "";
  const text = readFileSync(path.join(src, file), "utf8");
  for (const [, target] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    if (/^(bullmq|ioredis)$/.test(target) && folder !== "bull") problems.push(`${file}: only bull/ imports ${target}`);
    if (!target.startsWith(".")) continue;
    const to = path.relative(src, path.join(src, path.dirname(file), target));
    const toFolder = to.includes("/") ? to.split("/")[0] : "";
    if (folder === "" || folder === toFolder) continue;
    if (toFolder === "") problems.push(`${file}: imports ${to}, an entry point`);
    else if (roles.includes(folder) && roles.includes(toFolder))
      problems.push(`${file}: role ${folder} imports role ${toFolder}`);
    else if (level[folder] === undefined || level[toFolder] === undefined)
      problems.push(`${file}: unknown folder ${folder} or ${toFolder}`);
    else if (level[toFolder] > level[folder]) problems.push(`${file}: ${folder}/ may not import ${toFolder}/`);
  }
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
