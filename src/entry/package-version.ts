import { readFileSync } from "node:fs";

/** build.mjs defines it, because an image may contain the bundle without the package's manifest. */
declare const FORKER_PACKAGE_VERSION: string | undefined;

export function packageVersion(): string {
  if (typeof FORKER_PACKAGE_VERSION === "string") return FORKER_PACKAGE_VERSION;
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
