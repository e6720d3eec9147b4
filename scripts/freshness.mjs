// Decides whether an earlier set-up is still valid.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import process from "node:process";

/** npm writes node_modules/.package-lock.json last: without it, an installation did not finish. */
export function isInstalled(folder) {
  const wanted = path.join(folder, "package-lock.json");
  const installed = path.join(folder, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(wanted).mtimeMs || holdsTheSame(read(wanted), read(installed));
}

/** A newer lock with the same packages does not require a new installation. */
function holdsTheSame(wanted, installed) {
  return Object.entries(wanted.packages)
    .filter(([place, entry]) => place.startsWith("node_modules/") && !entry.link && !entry.optional)
    .every(([place, entry]) => installed.packages[place]?.version === entry.version);
}

function read(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Whether everything in dist/ is newer than its sources. */
export function isBuilt(root) {
  const made = ["entrypoint.mjs", "index.cjs", "index.mjs", `forker-linux-${process.arch}.node`];
  return isNewer(root, made, ["build.mjs", "build-addon.mjs", "package.json"]);
}

/** Whether the NestJS example's compiled programs are newer than their sources. */
export function isNestBuilt(root) {
  return isNewer(root, ["main.js", "migrate.js"], ["package.json", "tsconfig.json"]);
}

/** Whether these files in dist/ are newer than src/ and the other sources. */
function isNewer(root, made, otherSources) {
  const sources = readdirSync(path.join(root, "src"), { recursive: true }).map((name) => path.join("src", name));
  const newest = Math.max(...[...sources, ...otherSources].map((name) => modifiedMs(root, name)));
  return made.every((name) => modifiedMs(root, path.join("dist", name)) >= newest);
}

function modifiedMs(root, name) {
  return statSync(path.join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
