import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parseVersion, type Version } from "./versions.ts";

/** A package as a file finds it in the node_modules folders above it. */
export interface FoundPackage {
  /** The module that `require` loads. */
  readonly file: string;
  readonly version: Version;
}

export function findPackage(from: string, name: string): FoundPackage | undefined {
  const file = resolveFrom(from, name);
  return file === undefined ? undefined : packageAt(name, file);
}

/** The package of this name whose main module is this file. */
export function packageAt(name: string, file: string): FoundPackage {
  return { file, version: versionOf(name, file) ?? unknownVersion };
}

function resolveFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  }
}

/** Older than every version. */
const unknownVersion: Version = { major: 0, minor: 0, text: "unknown" };

/** The version of the package with this name that a file belongs to. */
export function versionOf(name: string, file: string): Version | undefined {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name: found, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: string; version?: string };
    if (found === name && version !== undefined) return parseVersion(version);
  }
  return undefined;
}
