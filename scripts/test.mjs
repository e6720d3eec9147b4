// npm test [-- options of node --test, files]; npm run test:container for the tests that need a Docker engine.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { stage } from "./stage.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const isContainer = process.argv[2] === "container";
const given = process.argv.slice(isContainer ? 3 : 2);
const options = given.filter((word) => word.startsWith("-"));
const places = given.filter((word) => !word.startsWith("-"));
const folders = isContainer
  ? ["test/container"]
  : ["test/unit", "test/simulation", "test/deploy", "test/process", "test/pid1"];

/** For npm run test:arm64, whose Node runs in an emulator. */
const slowness = process.env.FORKER_TEST_ARCH ? 12 : 1;

/** For the whole run: each test has its own deadline; this one is for a hang outside of the tests. */
const wholeRunMs = slowness * 53 * 60_000;
/** --test-timeout also limits each file as a whole. */
const oneFileMs = slowness * 15 * 60_000;
/** Container tests share one image cache, and wait for each other anyway. Others use a processor for half of their time. */
const concurrency = isContainer ? 1 : os.availableParallelism() + 1;

const files = (places.length > 0 ? places : folders).flatMap(testFiles);
if (files.length === 0) {
  console.error(`no *.test.ts in ${(places.length > 0 ? places : folders).join(", ")}`);
  process.exit(1);
}

// Other users read what tests write, so this shell's umask must not apply.
process.umask(0o022);
/** Container tests start no process of another user on this machine. */
const { folder, end: unstage } = isContainer ? { folder: root, end: () => undefined } : stage(root);
process.on("exit", unstage);

// The spec reporter prints its summary (tests, pass, fail) without a terminal as well.
const runner = spawn(
  path.join(folder, "node_modules/.bin/node"),
  [
    "--test",
    `--import=${path.join(folder, "test/support/compile-cache.mjs")}`,
    "--test-reporter=spec",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${oneFileMs}`,
    ...options,
    ...files,
  ],
  {
    cwd: folder,
    env: { ...process.env, PATH: process.env.PATH?.replaceAll(root, folder) },
    stdio: "inherit",
    detached: true,
  },
);
const deadline = setTimeout(() => {
  console.error(`the tests were still running after ${wholeRunMs / 60_000} minutes`);
  end("SIGKILL");
}, wholeRunMs);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(signal));
runner.on("error", (error) => {
  console.error(`${error.message}: run node scripts/setup.mjs first`);
  process.exit(1);
});
runner.on("exit", (code, signal) => {
  clearTimeout(deadline);
  process.exitCode = code ?? 128 + os.constants.signals[signal];
});

/** The runner has its own process group, so that no test process is left over. */
function end(signal) {
  if (runner.pid === undefined) return;
  try {
    process.kill(-runner.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

function testFiles(place) {
  const whole = path.join(root, place);
  if (!existsSync(whole)) return [];
  if (!statSync(whole).isDirectory()) return [place];
  const names = readdirSync(whole, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".test.ts") && !name.includes("node_modules"),
  );
  return names.toSorted((a, b) => a.localeCompare(b)).map((name) => path.join(place, name));
}
