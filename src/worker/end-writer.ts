import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { withoutArguments } from "../bull/describe-error.ts";
import { handBack } from "../bull/hand-back.ts";
import type { BullJob, Lane } from "../bull/lane.ts";
import type { Bull } from "../bull/load-bull.ts";
import type { Markers } from "../bull/markers.ts";
import { isRefusal } from "../bull/refused-ends.ts";
import { SparseWarnings } from "../log/sparse-warnings.ts";
import { type HeldJob, type HeldJobs, nameOf } from "./held-jobs.ts";
import type { Outcome } from "./outcome.ts";

export interface EndWriterParts {
  readonly bull: Bull;
  readonly held: HeldJobs;
  readonly markers: Markers;
  readonly log: Logger;
  /** Takes a lock again that has expired. Whether the job is ours. */
  regain(held: HeldJob): Promise<boolean>;
  completed(lane: Lane, job: BullJob): void;
  failed(lane: Lane, job: BullJob, error: Error): void;
}

const firstDelayMs = 50;
/** Short: when Redis accepts commands again, the next stalled check must not find the job before this does. */
const maximumDelayMs = 1_000;

/**
 * Writes the end of a job that Redis refused when BullMQ wrote it. The processor has run, so the outcome is kept, and written
 * again until Redis accepts it or another worker has the job. The job stays held meanwhile: a drain waits for it.
 */
export class EndWriter {
  readonly #parts: EndWriterParts;
  readonly #warnings: SparseWarnings;

  constructor(parts: EndWriterParts) {
    this.#parts = parts;
    this.#warnings = new SparseWarnings(parts.log);
  }

  async write(held: HeldJob, outcome: Outcome): Promise<void> {
    if (!(await this.#writeUntilAccepted(held, outcome))) this.#logNotOurs(held);
    await this.#wake(held);
  }

  /** The same, if the job was not moved, as its processor has said that it is. */
  async writeUnmoved(held: HeldJob, outcome: Outcome): Promise<void> {
    if (await this.#writeUntilAccepted(held, outcome)) await this.#wake(held);
  }

  /** false: the job is not ours. */
  async #writeUntilAccepted(held: HeldJob, first: Outcome): Promise<boolean> {
    const fields = { queue: held.lane.queue, job: held.job.id };
    let outcome = first;
    for (let refusals = 0; ; refusals++) {
      held.outcome = outcome;
      held.isFinishing = false;
      try {
        if (!(await this.#parts.regain(held))) return false;
        await this.#writeOnce(held, outcome);
        if (refusals > 0)
          this.#parts.log.info({ ...fields, refusals }, "wrote the end of a job that Redis had refused");
        return true;
      } catch (error) {
        if (!isRefusal(error)) {
          const next = afterAnswer(outcome, error);
          if (next === undefined) return this.#giveUp(held, error);
          outcome = next;
          continue;
        }
        const cause = (error as Error).message;
        this.#warnings.warn({ ...fields, cause }, "could not write the end of a job: Redis refused it; trying again");
      }
      await setTimeout(Math.min(maximumDelayMs, firstDelayMs * 2 ** refusals));
    }
  }

  async #writeOnce({ lane, job, token }: HeldJob, outcome: Outcome): Promise<void> {
    if ("result" in outcome) {
      await job.moveToCompleted(outcome.result, token, false);
      this.#parts.completed(lane, job);
    } else if ("failure" in outcome) await this.#fail(lane, job, token, outcome.failure);
    else await handBack(job, token, lane.keys.marker, this.#parts.markers);
  }

  /** A failure that BullMQ cannot write (its back-off strategy is unknown here, say) is final: the job would stay active forever. */
  async #fail(lane: Lane, job: BullJob, token: string, failure: Error): Promise<void> {
    const { bull, log } = this.#parts;
    try {
      await job.moveToFailed(failure, token, false);
    } catch (error) {
      if (isRefusal(error) || isAnswer(error)) throw error;
      await job.moveToFailed(new bull.api.UnrecoverableError(failure.message), token, false);
      const message = "failed a job for good: BullMQ could not write its failure";
      log.error({ queue: lane.queue, job: job.id, err: withoutArguments(error) }, message);
    }
    this.#parts.failed(lane, job, failure);
  }

  #giveUp(held: HeldJob, error: unknown): true {
    this.#parts.held.lost.push(nameOf(held));
    const fields = { queue: held.lane.queue, job: held.job.id, err: withoutArguments(error) };
    this.#parts.log.error(fields, "could not write the end of a job");
    return true;
  }

  #logNotOurs({ lane, job }: HeldJob): void {
    const message = "dropped the end of a job: its lock expired, and it has ended or another worker has it";
    this.#parts.log.warn({ queue: lane.queue, job: job.id }, message);
  }

  /** BullMQ would have taken the next job in the same step. */
  async #wake({ lane, job }: HeldJob): Promise<void> {
    const { markers, log } = this.#parts;
    await markers.mark(lane.keys.marker).catch((error: unknown) => {
      const fields = { queue: lane.queue, job: job.id, err: withoutArguments(error) };
      log.warn(fields, "could not wake a worker for the next job; the next look in 5 s finds it");
    });
  }
}

/** BullMQ's own negative codes: Redis has looked at the job, and it cannot end so. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "number";
}

/** A job that cannot be completed (a child of it still runs, or its result is not JSON) fails with that reason, as in BullMQ. */
function afterAnswer(outcome: Outcome, error: unknown): Outcome | undefined {
  return "result" in outcome && error instanceof Error ? { failure: error } : undefined;
}
