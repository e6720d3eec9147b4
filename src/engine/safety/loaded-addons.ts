import { readFileSync } from "node:fs";
import { packageOf } from "./origin-text.ts";

/** Packages with native code but without threads: Node as a package, forker, and the decoder that BullMQ uses. */
const withoutThreads = /^(node-linux-.*|bullmq-forker|@msgpackr-extract\/.*)$/;

/** The packages whose native code this process has loaded, without platform suffixes. */
export function loadedAddons(): string[] {
  const files = readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .map((line) => /^\S+ ..x. .*? (\/.+)$/.exec(line)?.[1] ?? "");
  const packages = files.map(packageOf).filter((name) => name !== undefined && !withoutThreads.test(name));
  return [...new Set(packages.map((name) => (name as string).replace(/-linux-.*$/, "")))];
}
