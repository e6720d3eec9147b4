import { ForkerError } from "../exit/forker-error.ts";

const least = { major: 22, minor: 18 };

/** Older ones lack what we are built on (unflagged type stripping, process.execve): better one line than a stack. */
export function requireSupportedNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > least.major || (major === least.major && minor >= least.minor)) return;
  const message = `Node: expected ${least.major}.${least.minor} or newer, got ${version} (${process.execPath})`;
  throw new ForkerError("system", "ERR_FORKER_NODE_VERSION", message);
}
