import { syncBuiltinESMExports } from "node:module";
import { wrapBuiltIn } from "./wrap-built-in.ts";

type Readings = Record<string, number>;
type Read = () => Readings;

/** The counters in the result of each of Node's functions. Not every Node has threadCpuUsage. */
const counters: Readonly<Record<string, readonly string[]>> = {
  cpuUsage: ["user", "system"],
  threadCpuUsage: ["user", "system"],
  resourceUsage: ["userCPUTime", "systemCPUTime", "minorPageFault", "majorPageFault", "fsRead", "fsWrite"],
};

const functions = process as unknown as Record<string, Read | undefined>;
/** The template's readings at the fork. Empty in the template. */
const inherited = new Map<string, Readings>();
let atFork: [string, Readings][] = [];
let tracking = false;

/**
 * Call it in the template before the application loads. The kernel counts a forked child's CPU time from zero, so code that took
 * a reading in the template would see it decrease (prom-client throws). Workers therefore continue from the template's readings,
 * as if they had loaded the application themselves.
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

/** Call it in the template right before a fork. */
export function noteCpuTime(): void {
  if (tracking) atFork = Object.keys(counters).map((name) => [name, functions[name]?.() ?? {}]);
}

/** Call it in a forked child. */
export function continueCpuTime(): void {
  for (const [name, readings] of atFork) inherited.set(name, readings);
}
