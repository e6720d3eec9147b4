import { statSync } from "node:fs";
import path from "node:path";
import { ForkerError } from "../exit/forker-error.ts";

/**
 * The application's absolute path, with its symlinks. getcwd(2) has none: a shell's PWD has them, so that in
 * `cd /srv/current && forker ./workers.mjs` a reload follows `current` to where it points by then.
 */
export function absoluteAppPath(appPath: string, env: NodeJS.ProcessEnv, cwd = currentFolder()): string {
  return path.resolve(logicalFolder(env["PWD"], cwd), appPath);
}

/** ENOENT: somebody removed it under us. Every child would fail to start in it. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const message = "current folder: expected one that exists, got one that was removed; start forker in another";
    throw new ForkerError("system", "ERR_FORKER_CWD", message, { cause });
  }
}

function logicalFolder(pwd: string | undefined, cwd: string): string {
  if (pwd === undefined || !path.isAbsolute(pwd)) return cwd;
  try {
    const claimed = statSync(pwd);
    const actual = statSync(cwd);
    return claimed.dev === actual.dev && claimed.ino === actual.ino ? pwd : cwd;
  } catch {
    return cwd;
  }
}
