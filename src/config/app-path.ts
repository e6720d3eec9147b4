import { statSync } from "node:fs";
import path from "node:path";

/**
 * The application's absolute path, with its symlinks. getcwd(2) has none: a shell's PWD has them, so that in
 * `cd /srv/current && forker ./workers.mjs` a reload follows `current` to where it points by then.
 */
export function absoluteAppPath(appPath: string, env: NodeJS.ProcessEnv, cwd = process.cwd()): string {
  return path.resolve(logicalFolder(env["PWD"], cwd), appPath);
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
