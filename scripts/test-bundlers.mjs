// npm run test:bundlers [-- --write]: bundles examples/classic with each bundler, and compares it under node and under forker.
// Installs the bundlers first. --write writes the table in docs/ADOPTION.md.
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./freshness.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const folder = path.join(root, "test/bundlers");
const [node, npm] = [path.join(root, "node_modules/.bin/node"), process.env.npm_execpath ?? "npm"];
const runMs = 15 * 60_000;

function main() {
  // Not `npm ci`, which requires the binaries for every other system in the lock as well.
  const words = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (!isInstalled(folder)) runNpm(words);
  const test = ["--test", "--test-reporter=spec", "--test-concurrency=1", `--test-timeout=${runMs}`];
  const write = process.argv.includes("--write") ? { WRITE_DOCS: "1" } : {};
  run(node, [...test, path.join(folder, "bundlers.test.ts")], write);
}

function runNpm(words) {
  if (npm.endsWith(".js")) run(process.env.npm_node_execpath ?? process.execPath, [npm, ...words]);
  else run(npm, words);
}

function run(command, words, env = {}) {
  const { status, error } = spawnSync(command, words, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  if (status === 0) return;
  process.stderr.write(`test:bundlers: ${command} ${words.join(" ")}: ${error?.message ?? `exit code ${status}`}\n`);
  process.exit(1);
}

main();
