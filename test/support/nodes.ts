import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installTimeoutMs = 180_000;

export interface TestedNode {
  readonly major: number;
  readonly path: string;
  /** Why it is not tested here. */
  readonly missing: string | undefined;
}

/** The Node that the tests run on, and the other supported ones, installed into .run/ at first use where npm can. */
export function testedNodes(): TestedNode[] {
  const own = Number(process.versions.node.split(".")[0]);
  return [22, 24, 26].map((major) =>
    major === own ? { major, path: process.execPath, missing: undefined } : other(major),
  );
}

function other(major: number): TestedNode {
  const folder = path.join(root, ".run/nodes", String(major));
  const name = `node-linux-${process.arch}`;
  const binary = path.join(folder, "node_modules", name, "bin/node");
  try {
    if (!existsSync(binary)) install(folder, `${name}@${major}`);
    return { major, path: binary, missing: undefined };
  } catch (cause) {
    return { major, path: binary, missing: `npm could not install ${name}@${major}: ${(cause as Error).message}` };
  }
}

/** Test files run side by side: one of them installs, the others wait for it. */
function install(folder: string, what: string): void {
  mkdirSync(folder, { recursive: true });
  const npm = ["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", what];
  execFileSync("flock", [`${folder}.lock`, ...npm], { stdio: "pipe", timeout: installTimeoutMs });
}
