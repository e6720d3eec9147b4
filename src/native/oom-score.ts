import { readFileSync, writeFileSync } from "node:fs";

const file = "/proc/self/oom_score_adj";
/** proc(5) */
const highest = 1_000;

/**
 * How much sooner than init the kernel's OOM killer chooses a process: a job's own process first, then a worker, whose jobs run
 * again, then the template, without which no worker can be replaced, and then the keeper. One unit counts as a thousandth of the
 * memory that may be used.
 */
const above = { keeper: 100, template: 200, worker: 400, runner: 700 } as const;

/** As this process has inherited it. A forked process inherits what its template has read. */
let ofInit: number | undefined;

/**
 * Raises this process's oom_score_adj, which needs no privilege. Returns why it could not; undefined: it is raised, or was as high
 * before.
 */
export function raiseOomScore(role: keyof typeof above): string | undefined {
  ofInit ??= read();
  if (ofInit === undefined) return undefined;
  const wanted = Math.min(highest, ofInit + above[role]);
  try {
    if ((read() ?? highest) < wanted) writeFileSync(file, String(wanted));
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** undefined: a sandbox without this file. */
function read(): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
