import { Draws } from "../../support/draws.ts";

export type Act =
  | "allocate"
  | "collect"
  | "optimize"
  | "wasm"
  | "files"
  | "pool"
  | "certificates"
  | "timers"
  | "thread";

/** What happens to one forked worker. */
export interface Fate {
  readonly style: "natural" | "exit" | "throws" | "rejects" | "SIGTERM" | "SIGKILL" | "SIGSEGV";
  readonly exitCode: number;
  /** The delay of a signal after the template has reported the worker, which may not have started by then. */
  readonly afterMs: number;
  readonly acts: readonly Act[];
}

export interface BatchPlan {
  readonly fates: readonly Fate[];
  /** What the template does before it forks the batch. */
  readonly compile: boolean;
  readonly usePool: boolean;
}

/** Batch n of a run: the same in init, template and worker, and in every run with the same seed. */
export function planBatch(seed: number, batch: number): BatchPlan {
  const draws = new Draws(seed, batch);
  const size = Number(draws.pick({ "1": 4, "2": 3, "4": 3, "8": 2, "16": 1 }));
  return {
    fates: Array.from({ length: size }, () => planFate(draws)),
    compile: draws.next() < 0.5,
    usePool: draws.next() < 0.2,
  };
}

function planFate(draws: Draws): Fate {
  const style = draws.pick({ natural: 6, exit: 6, throws: 1, rejects: 1, SIGTERM: 2, SIGKILL: 2, SIGSEGV: 1 });
  const acts = { allocate: 4, collect: 3, optimize: 4, wasm: 2, files: 3, pool: 3, certificates: 0.3, timers: 3 };
  return {
    style,
    exitCode: style === "throws" || style === "rejects" ? 1 : draws.below(120),
    afterMs: draws.below(60),
    acts: Array.from({ length: draws.below(4) }, () => draws.pick<Act>({ ...acts, thread: 0.3 })),
  };
}

/** Its name in the report. */
export function expectedEnd({ style, exitCode }: Fate): string {
  return style.startsWith("SIG") ? style : `exit ${exitCode}`;
}
