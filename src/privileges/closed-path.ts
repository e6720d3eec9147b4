import { accessSync, constants, realpathSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export interface ClosedPath {
  /** `uid 65534 (nobody) may not enter the folder /root`. */
  readonly problem: string;
  /** The command that would allow it. */
  readonly remedy: string;
}

/** What keeps this process from reading a file, or from running it: a folder on the way to it, or its own mode. undefined: nothing does. */
export function findClosedPath(file: string, use: "read" | "execute" = "read"): ClosedPath | undefined {
  try {
    const real = realpathSync(file);
    return isRefused(() => accessSync(real, use === "read" ? constants.R_OK : constants.X_OK))
      ? { problem: `${ownName()} may not ${use} ${real}`, remedy: `chmod o+${use === "read" ? "r" : "rx"} ${real}` }
      : undefined;
  } catch (cause) {
    const { code, path: entry } = cause as NodeJS.ErrnoException;
    if (code !== "EACCES" || entry === undefined) return undefined;
    // The kernel refused to look this entry up: it is the folder around it that is closed.
    const folder = path.dirname(entry);
    return { problem: `${ownName()} may not enter the folder ${folder}`, remedy: `chmod o+x ${folder}` };
  }
}

function isRefused(access: () => void): boolean {
  try {
    access();
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EACCES";
  }
}

/** With the name that /etc/passwd has for it. */
function ownName(): string {
  const uid = `uid ${process.geteuid?.()}`;
  try {
    return `${uid} (${os.userInfo().username})`;
  } catch {
    return uid;
  }
}
