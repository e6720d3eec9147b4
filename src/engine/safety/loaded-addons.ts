import { readFileSync } from "node:fs";
import { packageOf } from "./origin-text.ts";

/** They have code of their own, and no thread: Node as a package, forker, and what BullMQ unpacks messages with. */
const withoutThreads = /^(node-linux-.*|bullmq-forker|@msgpackr-extract\/.*)$/;

/** The packages whose native code this process has loaded, without the names of platforms. */
export function loadedAddons(): string[] {
  const files = readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .map((line) => /^\S+ ..x. .*? (\/.+)$/.exec(line)?.[1] ?? "");
  const packages = files.map(packageOf).filter((name) => name !== undefined && !withoutThreads.test(name));
  return [...new Set(packages.map((name) => (name as string).replace(/-linux-.*$/, "")))];
}
