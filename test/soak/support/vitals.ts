import { readdirSync, readFileSync } from "node:fs";
import { median } from "../../../bench/support/numbers.ts";
import { memoryOf } from "../../../bench/support/proc.ts";

/** The quantities that must not grow in a process that forks continually. */
export interface Vitals {
  readonly privateMb: number;
  readonly residentMb: number;
  readonly fds: number;
  readonly threads: number;
  readonly mappings: number;
}

export interface Trend {
  readonly of: string;
  readonly figure: keyof Vitals;
  readonly early: number;
  readonly late: number;
  readonly grew: boolean;
}

/** The permitted growth: none for descriptors and threads; some for a heap, which grows and shrinks. */
const allowance: Readonly<Record<keyof Vitals, (early: number) => number>> = {
  privateMb: (early) => 4 + early / 20,
  residentMb: (early) => 4 + early / 20,
  fds: () => 0,
  threads: () => 0,
  mappings: (early) => 16 + early / 20,
};

/** undefined if the process has ended. */
export function vitalsOf(pid: number): Vitals | undefined {
  try {
    return {
      privateMb: memoryOf(pid).privateMb,
      residentMb: Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024,
      fds: readdirSync(`/proc/${pid}/fd`).length,
      threads: readdirSync(`/proc/${pid}/task`).length,
      mappings: readFileSync(`/proc/${pid}/maps`, "utf8").split("\n").length - 1,
    };
  } catch {
    return undefined;
  }
}

/**
 * The samples of one process: compares the tenth before half-time with the last tenth. V8's heap needs time to reach its size
 * (npm run soak:control), and a leak continues to grow. A fork in progress has additional descriptors for as long as it takes, which
 * depends on the machine's load, so descriptors are compared by the least: a leak raises that, too.
 */
export function trendsOf(name: string, samples: readonly Vitals[], moreFds = 0): Trend[] {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const early = samples.slice(Math.floor(samples.length / 2) - tenth).slice(0, tenth);
  const late = samples.slice(-tenth);
  return (Object.keys(allowance) as (keyof Vitals)[]).map((figure) => {
    const [before, after] = [early, late].map((some) => {
      const values = some.map((one) => one[figure]);
      return figure === "fds" ? Math.min(...values) : median(values);
    }) as [number, number];
    const allowed = allowance[figure](before) + (figure === "fds" ? moreFds : 0);
    return { of: name, figure, early: before, late: after, grew: after > before + allowed };
  });
}
