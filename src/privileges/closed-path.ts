import { accessSync, constants, realpathSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export interface ClosedPath {
  /** `uid 65534 (nobody) may not enter the folder /root`. */
  readonly problem: string;
  /** The command that would allow it. */
  readonly remedy: string;
}

/** What prevents this process from reading or executing a file: a folder on its path, or its own mode. undefined: nothing. */
export function findClosedPath(file: string, use: "read" | "execute" = "read"): ClosedPath | undefined {
  try {
    const real = realpathSync(file);
    return isRefused(() => accessSync(real, use === "read" ? constants.R_OK : constants.X_OK))
      ? { problem: `${ownName()} may not ${use} ${real}`, remedy: `chmod o+${use === "read" ? "r" : "rx"} ${real}` }
      : undefined;
  } catch (cause) {
    const { code, path: entry } = cause as NodeJS.ErrnoException;
    if (code !== "EACCES" || entry === undefined) return undefined;
    // The kernel refused to look this entry up: its parent folder is closed.
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

/** With its name in /etc/passwd. */
function ownName(): string {
  const uid = `uid ${process.geteuid?.()}`;
  try {
    return `${uid} (${os.userInfo().username})`;
  } catch {
    return uid;
  }
}
