import { readdirSync, readFileSync } from "node:fs";

/** What the kernel's scheduler has given a process since its start. */
export interface ProcessorShare {
  /** For how long its threads have run, all together. */
  readonly ranMs: number;
  /** For how long that thread has waited for a processor which has waited longest. */
  readonly waitedMs: number;
}

/** undefined: the process has ended, or this kernel does not count. */
export function processorShareOf(pid: number): ProcessorShare | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
      parseSchedstat(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8")),
    );
    return {
      ranMs: threads.reduce((sum, { ranMs }) => sum + ranMs, 0),
      waitedMs: Math.max(0, ...threads.map(({ waitedMs }) => waitedMs)),
    };
  } catch {
    return undefined;
  }
}

/** Nanoseconds on a processor, and in a queue for one. https://docs.kernel.org/scheduler/sched-stats.html */
function parseSchedstat(text: string): ProcessorShare {
  const [ran, waited] = text.split(" ", 2).map(Number);
  return { ranMs: (ran ?? 0) / 1e6, waitedMs: (waited ?? 0) / 1e6 };
}
