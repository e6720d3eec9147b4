// npm run test:packages [-- --write]: runs the fork-safety check, and the tests of schedulers and logs, against popular packages, the
// NestJS example with older versions of Nest, and a definition under tsx. Installs all of these first.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./freshness.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const folder = path.join(root, "test/packages");
const generated = path.join(folder, ".generated");
/** A folder for each major version. */
const nest = path.join(folder, "nest");
const [node, npm] = [path.join(root, "node_modules/.bin/node"), process.env.npm_execpath ?? "npm"];
const runMs = 15 * 60_000;

function main() {
  installServers();
  if (!isInstalled(folder)) {
    // Without install scripts: what has to be generated is generated below. Not `npm ci`, which requires the binaries for every
    // other system in the lock as well.
    runNpm(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  for (const major of readdirSync(nest)) {
    const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    if (!isInstalled(path.join(nest, major))) runNpm([...words, "--prefix", path.join(nest, major)]);
  }
  mkdirSync(generated, { recursive: true });
  // The generator runs as WebAssembly, and only requires an engine to exist.
  const prisma = [
    path.join(folder, "node_modules/prisma/build/index.js"),
    "generate",
    "--schema",
    "apps/prisma/schema.prisma",
  ];
  run(node, prisma, { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true" }, "pipe");
  run(path.join(root, "node_modules/.bin/esbuild"), [
    "apps/tsx/echo.ts",
    "--outfile=.generated/echo.mjs",
    "--format=esm",
    "--log-level=error",
  ]);
  const write = process.argv.includes("--write") ? { WRITE_DOCS: "1" } : {};
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  const test = [
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=1",
    `--test-timeout=${runMs}`,
    ...files.map((name) => path.join(folder, name)),
  ];
  run(node, ["--disable-warning=ExperimentalWarning", ...test], write);
}

function installServers() {
  const servers = {
    "/usr/lib/postgresql": "postgresql",
    "/usr/sbin/mariadbd": "mariadb-server",
    "/usr/lib/rabbitmq/bin": "rabbitmq-server",
  };
  const missing = Object.entries(servers)
    .filter(([place]) => !existsSync(place))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["-qq", "update"], quiet);
  run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", ...missing], quiet, "pipe");
}

function runNpm(words) {
  if (npm.endsWith(".js")) run(process.env.npm_node_execpath ?? process.execPath, [npm, ...words]);
  else run(npm, words);
}

function run(command, words, env = {}, stdio = "inherit") {
  const { status, error, stderr } = spawnSync(command, words, { cwd: folder, env: { ...process.env, ...env }, stdio });
  if (status === 0) return;
  process.stderr.write(
    `${stderr ?? ""}test:packages: ${command} ${words.join(" ")}: ${error?.message ?? `exit code ${status}`}\n`,
  );
  process.exit(1);
}

main();
