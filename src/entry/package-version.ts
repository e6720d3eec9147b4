import { readFileSync } from "node:fs";

/** Put in its place by build.mjs: the bundle may be alone in an image, without its package's manifest. */
declare const FORKER_PACKAGE_VERSION: string | undefined;

export function packageVersion(): string {
  if (typeof FORKER_PACKAGE_VERSION === "string") return FORKER_PACKAGE_VERSION;
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
