import { syncBuiltinESMExports } from "node:module";
import { wrapBuiltIn } from "./wrap-built-in.ts";

type Readings = Record<string, number>;
type Read = () => Readings;

/** What grows, of each of Node's ways to read it. threadCpuUsage is not in every Node. */
const counters: Readonly<Record<string, readonly string[]>> = {
  cpuUsage: ["user", "system"],
  threadCpuUsage: ["user", "system"],
  resourceUsage: ["userCPUTime", "systemCPUTime", "minorPageFault", "majorPageFault", "fsRead", "fsWrite"],
};

const functions = process as unknown as Record<string, Read | undefined>;
/** What the template had used when it was forked; nothing in the template. */
const inherited = new Map<string, Readings>();
let atFork: [string, Readings][] = [];
let tracking = false;

/**
 * In the template, before the application loads. The kernel counts a forked child's processor time from zero, and whoever
 * took a reading before would see it run backwards (prom-client throws). So a worker counts on from where the template
 * was, as if it had loaded the application itself.
 */
export function trackCpuTime(): void {
  if (tracking) return;
  tracking = true;
  for (const [name, keys] of Object.entries(counters)) {
    wrapBuiltIn(process, name, (args, proceed) => {
      const now = proceed(args) as Readings;
      const before = inherited.get(name);
      if (before !== undefined) for (const key of keys) now[key] = (now[key] ?? 0) + (before[key] ?? 0);
      return now;
    });
  }
  syncBuiltinESMExports();
}

/** In the template, right before a fork. */
export function noteCpuTime(): void {
  if (tracking) atFork = Object.keys(counters).map((name) => [name, functions[name]?.() ?? {}]);
}

/** In a forked child. */
export function continueCpuTime(): void {
  for (const [name, readings] of atFork) inherited.set(name, readings);
}
