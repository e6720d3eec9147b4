import { existsSync } from "node:fs";
import { ForkerError } from "../exit/forker-error.ts";

const least = { major: 22, minor: 18 };

/** Refuses older releases, which lack what forker needs (unflagged type stripping, process.execve). */
export function requireSupportedNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > least.major || (major === least.major && minor >= least.minor)) return;
  const message = `Node: expected ${least.major}.${least.minor} or newer, got ${version} (${process.execPath})`;
  throw new ForkerError("system", "ERR_FORKER_NODE_VERSION", message);
}

/** Throws on a system where this command cannot work. `forker FILE` works everywhere: see run-as-main.ts. */
export function requireLinux(command: string, platform: NodeJS.Platform = process.platform): void {
  if (platform === "linux") return;
  const message = `forker ${command}: expected Linux, got ${platform}; use a container. Here, forker ./workers.mjs runs one worker in the foreground`;
  throw new ForkerError("system", "ERR_FORKER_PLATFORM", message);
}

/**
 * init and its subcommands read the PID namespace, child processes and other forkers from /proc. `forker -- COMMAND` does not.
 */
export function requireProc(folder = "/proc"): void {
  if (existsSync(`${folder}/self/stat`)) return;
  const message = `${folder}: expected the process file system, got none; mount it: mount -t proc proc ${folder}`;
  throw new ForkerError("system", "ERR_FORKER_PROC", message);
}

/** The permissions that even a health check needs, and the options that grant them. */
const needed = { "fs.read": "--allow-fs-read=*", child: "--allow-child-process", net: "--allow-net" } as const;

/** Checked first, because under --permission, which NODE_OPTIONS may set, Node fails later and with a stack. */
export function requirePermissions({ permission, allowedNodeEnvironmentFlags: known } = process): void {
  // undefined without --permission, although its type does not say so.
  if ((permission as typeof permission | undefined) === undefined) return;
  const missing = Object.entries(needed).filter(([scope, option]) => {
    return known.has(option.replace(/=.*$/, "")) && !permission.has(scope);
  });
  if (missing.length === 0) return;
  const options = missing.map(([, option]) => option).join(" ");
  const message = `Node: expected no restrictions for forker itself, got --permission without ${options}; add them, or remove --permission from NODE_OPTIONS and the command line`;
  throw new ForkerError("system", "ERR_FORKER_PERMISSION", message);
}
