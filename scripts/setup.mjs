// Installs what npm start and npm test need, on a machine that has only Node 20 or newer, npm, and root or sudo.
// Prints nothing if there is nothing to do. Runs on any node: the first run has only the machine's own.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isBuilt, isInstalled, isNestBuilt } from "./freshness.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const shop = path.join(root, "examples/shop");
const nest = path.join(root, "examples/nest");
const deploy = path.join(root, "test/deploy");
const types = path.join(root, "test/types");
const event = process.env.npm_lifecycle_event;
const isStart = event === "prestart";
const needsNest = ["pretest", "pretest:packages", "prebench:nest"].includes(event);

const installWords = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];

/** Commands that the scripts run, and the Debian package of each. */
const commands = [
  { name: "g++", package: "g++" },
  { name: "unshare", package: "util-linux" },
  ...(isStart && process.env.REDIS_URL ? [] : [{ name: "redis-server", package: "redis-server" }]),
  // Tests compare `forker -- command` with it, and run plain Workers under it.
  ...(["pretest", "pretest:chaos"].includes(event) ? [{ name: "tini", package: "tini" }] : []),
  ...(needsNest ? [{ name: "pg_createcluster", package: "postgresql" }] : []),
  // The tests of the page.
  ...(event === "pretest" ? [{ name: "chromium", package: "chromium" }] : []),
  // The tests of deploy/.
  ...(event === "pretest" ? [{ name: "promtool", package: "prometheus" }] : []),
  ...(event === "pretest" ? [{ name: "systemd-analyze", package: "systemd" }] : []),
  // The addon is also built against musl.
  ...(event === "pretest" ? [{ name: "musl-gcc", package: "musl-tools" }] : []),
];

const steps = [
  {
    isNeeded: () => missingPackages().length > 0,
    run: () => installPackages(missingPackages()),
  },
  {
    isNeeded: () => !isInstalled(root),
    run: () => npm("installing this project's packages", root, installWords),
  },
  {
    isNeeded: () => !isBuilt(root),
    run: () => npm("building", root, ["run", "--silent", "build"]),
  },
  {
    isNeeded: () => !isInstalled(shop),
    run: () => npm("installing the example's packages (about 200 MB)", shop, installWords),
  },
  {
    isNeeded: () => needsNest && !isInstalled(nest),
    run: () => npm("installing the NestJS example's packages", nest, installWords),
  },
  {
    isNeeded: () => needsNest && !isNestBuilt(nest),
    run: () => npm("building the NestJS example", nest, ["run", "--silent", "build"]),
  },
  {
    isNeeded: () => !isStart && !isInstalled(deploy),
    run: () => npm("installing Kubernetes' schemas", deploy, installWords),
  },
  {
    isNeeded: () => !isStart && !isInstalled(types),
    run: () => npm("installing the checkers of published types", types, installWords),
  },
];

function main() {
  if (process.platform !== "linux") fail(`expected Linux, got ${process.platform}; run this in a container`);
  if (!steps.some((step) => step.isNeeded())) return;
  if (process.env.FORKER_SETUP_LOCKED === undefined) return runAloneOnThisTree();
  for (const step of steps) if (step.isNeeded()) step.run();
}

/** Two concurrent set-ups of a checkout would delete each other's node_modules. The kernel releases the lock if this process dies. */
function runAloneOnThisTree() {
  mkdirSync(path.join(root, ".run"), { recursive: true });
  const file = path.join(root, ".run/setup.lock");
  const self = fileURLToPath(import.meta.url);
  const { status, error } = spawnSync("flock", ["--timeout", "1200", file, hostNode(), self], {
    stdio: "inherit",
    env: { ...process.env, FORKER_SETUP_LOCKED: "1" },
  });
  if (error) fail(`flock (package util-linux) cannot be run: ${error.message}`);
  process.exitCode = status ?? 1;
}

function missingPackages() {
  return commands.filter(({ name }) => !isOnPath(name)).map((command) => command.package);
}

function isOnPath(name) {
  return spawnSync("sh", ["-c", `command -v -- ${name}`], { env: systemEnvironment() }).status === 0;
}

function installPackages(packages) {
  const names = packages.join(" ");
  const sudo = process.getuid() === 0 ? [] : ["sudo"];
  if (!isOnPath("apt-get")) fail(`${names} must be installed, but apt-get is missing; install them and try again`);
  if (sudo.length > 0 && !isOnPath("sudo")) fail(`${names} must be installed: run this as root, or install sudo`);
  say(`installing Debian's ${names}`);
  const apt = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"];
  const install = [...apt, "install", "-y", "--no-install-recommends", ...packages];
  // A new machine has no package lists, or old ones that name files which no longer exist.
  if (run(install, root).status === 0) return;
  run([...apt, "update"], root);
  const again = run(install, root);
  if (again.status !== 0) fail(`apt-get install ${names} failed`, again);
}

function npm(what, folder, words) {
  say(what);
  const result = run([...npmCommand(), ...words], folder);
  if (result.status !== 0) fail(`npm ${words.join(" ")} failed in ${folder}`, result);
}

/** npm under the machine's own node: npm ci deletes the one in node_modules and installs it again. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli?.endsWith("npm-cli.js") ? [hostNode(), cli] : ["npm"];
}

function hostNode() {
  return process.env.npm_node_execpath ?? process.execPath;
}

function run([command, ...words], cwd) {
  const limits = { timeout: 900_000, maxBuffer: 64 * 1024 * 1024 };
  return spawnSync(command, words, {
    cwd,
    env: systemEnvironment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    ...limits,
  });
}

/** The environment without this project's own node_modules on PATH, and with the folders of Debian's programs. */
function systemEnvironment() {
  const folders = (process.env.PATH ?? "").split(":").filter((folder) => !folder.startsWith(root));
  return {
    ...process.env,
    PATH: [...new Set([...folders, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"])].join(":"),
  };
}

function say(text) {
  console.error(`setup: ${text} …`);
}

function fail(text, result) {
  if (result) process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  console.error(`setup: ${text}`);
  process.exit(1);
}

main();
