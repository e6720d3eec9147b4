import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isEmulated, testedArch } from "./emulation.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installTimeoutMs = 180_000;

/** The newest release of each supported major version, and an older one: for 22, the oldest that package.json's engines allow. */
const newest = ["22", "24", "26"];
const older = ["22.18.0", "24.0.0", "26.0.0"];

export interface TestedNode {
  readonly major: number;
  /** The version that the binary reports, or the requested one if the binary is missing. */
  readonly version: string;
  readonly path: string;
  /** Why this Node is not tested here. */
  readonly missing: string | undefined;
}

/**
 * The Node that the tests run on, and the newest release of each other supported major version, installed into .run/ at first
 * use if npm can. FORKER_TEST_NODES=all adds the older releases, and =older selects only those.
 */
export function testedNodes(): TestedNode[] {
  const which = process.env["FORKER_TEST_NODES"] ?? "newest";
  const ranges = { newest, older, all: [...newest, ...older].toSorted() }[which];
  if (ranges === undefined) throw new Error(`FORKER_TEST_NODES is newest, older or all, not ${which}`);
  return ranges.map((range) => (isOwn(range) && !isEmulated ? own() : installed(range)));
}

function isOwn(range: string): boolean {
  return range === process.versions.node.split(".")[0];
}

function own(): TestedNode {
  const version = process.versions.node;
  return { major: majorOf(version), version, path: process.execPath, missing: undefined };
}

function installed(range: string): TestedNode {
  const folder = path.join(root, ".run/nodes", isEmulated ? `${range}-${testedArch}` : range);
  const name = `node-linux-${testedArch}`;
  const bundle = path.join(folder, "node_modules", name);
  const binary = path.join(bundle, "bin/node");
  try {
    if (!existsSync(binary)) install(folder, `${name}@${range}`);
    const { version } = JSON.parse(readFileSync(path.join(bundle, "package.json"), "utf8")) as { version: string };
    const bare = version.replace(/^v/, "");
    return { major: majorOf(bare), version: bare, path: binary, missing: undefined };
  } catch (cause) {
    const missing = `npm could not install ${name}@${range}: ${(cause as Error).message}`;
    return { major: majorOf(range), version: range, path: binary, missing };
  }
}

function majorOf(version: string): number {
  return Number(version.split(".")[0]);
}

/** Test files run in parallel: one of them installs, and the others wait. The folder exists once it is complete. */
function install(folder: string, what: string): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  const unfinished = `${folder}.unfinished`;
  const npm = ["npm", "install", "--prefix", unfinished, "--no-audit", "--no-fund", "--loglevel=error", what];
  if (isEmulated) npm.push("--force", `--cpu=${testedArch}`);
  const once = '[ -e "$1" ] && exit; rm -rf "$2" && mkdir "$2" && shift 2 && "$@"';
  const whole = `${once} && mv "${unfinished}" "${folder}"`;
  execFileSync("flock", [`${folder}.lock`, "sh", "-c", whole, "sh", folder, unfinished, ...npm], {
    stdio: "pipe",
    timeout: installTimeoutMs,
  });
}
