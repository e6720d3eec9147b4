import type { BoardJob } from "../../board/row-reader.ts";
import type { HeldJobName } from "../../protocol/messages.ts";
import { type ExitStatus, exitText } from "./event.ts";
import type { Worker } from "./worker.ts";
import type { World } from "./world.ts";

/** A worker's loop beats twice a second, and init looks once a second. */
export const blockedAfterMs = 2_000;

/** What it holds as far as anybody but Redis knows: its row shows that to the last, and what it has no room for came by message. */
export function jobsOf({ seen, statusUpdate }: Pick<Worker, "seen" | "statusUpdate">): BoardJob[] {
  return [...(seen?.holding ?? []), ...(statusUpdate?.holding ?? [])];
}

/** The same by name. */
export function heldBy(worker: Worker): HeldJobName[] {
  return jobsOf(worker).map(({ queue, id, starts }) => ({ queue, id, ...(starts !== undefined && { starts }) }));
}

/** Those whose processor has not ended: the others are to be written to Redis, and there is nothing to stop. */
export function runningJobsOf(worker: Worker): BoardJob[] {
  return jobsOf(worker).filter(({ isEnding }) => isEnding !== true);
}

/** A worker that has sent its exit report has told all; of one that was killed its row shows the last. */
export function countsOf({ exitReport, seen, statusUpdate }: Worker): {
  readonly finished: number;
  readonly failed: number;
} {
  const { finished, failed } = exitReport ?? seen ?? statusUpdate ?? { finished: 0, failed: 0 };
  return { finished, failed };
}

/** Since when both init and the worker have run without having been frozen: what was due before could not be done then. */
export function runningSince(world: World, worker: Worker): number {
  return Math.max(world.thawedAt, worker.thawedAt);
}

/** `ended with exit code 70: afterFork failed: …` */
export function deathText({ startFailure }: Pick<Worker, "startFailure">, status: ExitStatus): string {
  const [why] = startFailure?.split("\n", 1) ?? [];
  if (why === undefined) return exitText(status);
  return "unknown" in status ? why : `${exitText(status)}: ${why}`;
}
