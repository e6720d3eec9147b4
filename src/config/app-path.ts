import { statSync } from "node:fs";
import path from "node:path";
import { ForkerError } from "../exit/forker-error.ts";

/**
 * The application's absolute path, with its symlinks: after `cd /srv/current && forker ./workers.mjs` a reload follows
 * `current` to its new target.
 */
export function absoluteAppPath(appPath: string, env: NodeJS.ProcessEnv, cwd = currentFolder()): string {
  return path.resolve(startFolder(appPath, env, cwd), appPath);
}

/**
 * The folder that forker was started in, with symlinks in its path if possible. getcwd(2) resolves them. A shell's PWD has
 * them; a container engine sets no PWD, but the path of the application, or of forker itself, may lead through the folder.
 */
export function startFolder(
  appPath: string,
  env: NodeJS.ProcessEnv,
  cwd = currentFolder(),
  script = process.argv[1] ?? "",
): string {
  const names = [env["PWD"] ?? "", ...foldersOf(appPath), ...foldersOf(script)];
  return names.find((name) => path.isAbsolute(name) && name !== cwd && isSameFolder(name, cwd)) ?? cwd;
}

function foldersOf(file: string): string[] {
  const folder = path.dirname(file);
  return folder === file || !path.isAbsolute(file) ? [] : [folder, ...foldersOf(folder)];
}

/** ENOENT: the folder was removed. No child could start in it. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const message =
      "current folder: expected one that exists, got one that was removed; start forker in another folder";
    throw new ForkerError("system", "ERR_FORKER_CWD", message, { cause });
  }
}

function isSameFolder(name: string, cwd: string): boolean {
  try {
    const claimed = statSync(name);
    const actual = statSync(cwd);
    return claimed.dev === actual.dev && claimed.ino === actual.ino;
  } catch {
    return false;
  }
}
