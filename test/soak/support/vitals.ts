import { readdirSync, readFileSync } from "node:fs";
import { median } from "../../../bench/support/numbers.ts";
import { memoryOf } from "../../../bench/support/proc.ts";

/** What a process that forks for ever must not have ever more of. */
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

/** Descriptors and threads: none. A heap breathes, and a run that is short has few breaths. */
const allowance: Readonly<Record<keyof Vitals, (early: number) => number>> = {
  privateMb: (early) => 8 + early / 10,
  residentMb: (early) => 8 + early / 10,
  fds: () => 0,
  threads: () => 0,
  mappings: (early) => 16 + early / 10,
};

/** undefined: it has ended. */
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
 * The samples of one process, its first twentieth left out, which warms it up: the tenth after that against the last one.
 * A fork in progress has descriptors of its own and no threads: of what is counted, the commonest value is taken.
 */
export function trendsOf(name: string, samples: readonly Vitals[], moreFds = 0): Trend[] {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const early = samples.slice(Math.floor(samples.length / 20)).slice(0, tenth);
  const late = samples.slice(-tenth);
  return (Object.keys(allowance) as (keyof Vitals)[]).map((figure) => {
    const middle = (some: readonly Vitals[]) => median(some.map((one) => one[figure]));
    const [before, after] = [middle(early), middle(late)];
    const allowed = allowance[figure](before) + (figure === "fds" ? moreFds : 0);
    return { of: name, figure, early: before, late: after, grew: after > before + allowed };
  });
}
