import { existsSync } from "node:fs";
import { ForkerError } from "../exit/forker-error.ts";

const least = { major: 22, minor: 18 };

/** Older ones lack what we are built on (unflagged type stripping, process.execve): better one line than a stack. */
export function requireSupportedNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > least.major || (major === least.major && minor >= least.minor)) return;
  const message = `Node: expected ${least.major}.${least.minor} or newer, got ${version} (${process.execPath})`;
  throw new ForkerError("system", "ERR_FORKER_NODE_VERSION", message);
}

/** The PID namespace, the children, the other forkers: init and those that ask it learn of them there. `forker -- command` does without. */
export function requireProc(folder = "/proc"): void {
  if (existsSync(`${folder}/self/stat`)) return;
  const message = `${folder}: expected the process file system, got none; mount it: mount -t proc proc ${folder}`;
  throw new ForkerError("system", "ERR_FORKER_PROC", message);
}

/** What even a health check needs of Node's permission model, and the options that grant it. */
const needed = { "fs.read": "--allow-fs-read=*", child: "--allow-child-process", net: "--allow-net" } as const;

/** Under --permission Node refuses in the middle of things, with a stack. NODE_OPTIONS may bring it in. */
export function requirePermissions({ permission, allowedNodeEnvironmentFlags: known } = process): void {
  // Undefined without --permission, whatever the types say.
  if ((permission as typeof permission | undefined) === undefined) return;
  const missing = Object.entries(needed).filter(([scope, option]) => {
    return known.has(option.replace(/=.*$/, "")) && !permission.has(scope);
  });
  if (missing.length === 0) return;
  const options = missing.map(([, option]) => option).join(" ");
  const message = `Node: expected no restrictions for forker itself, got --permission without ${options}; add these, or take --permission out of NODE_OPTIONS and of the command line`;
  throw new ForkerError("system", "ERR_FORKER_PERMISSION", message);
}
