import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import { retryDelayMs } from "../../bull/connection/reconnect.ts";
import type { JobFate } from "../../bull/keys/held-locks.ts";
import { adoptWrittenEnd } from "../../bull/worker/adopt-written-end.ts";
import type { Move, Mover } from "../../bull/worker/job-moves.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { refusalOf } from "../../bull/worker/refusals.ts";
import type { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import type { TakenHere } from "./expired-locks.ts";

export interface JobMoverParts {
  readonly log: Logger;
  readonly warnings: ThrottledWarnings;
  /** If the job is ours, its lock lasts from now on. */
  fateOf(one: TakenHere): Promise<JobFate>;
  /** Whether an answer of Redis' may have been lost since then. Monotonic milliseconds, as `now`. */
  connectionLostSince(instantMs: number): boolean;
  now(): number;
  /** There may be a job that no worker was woken for. */
  wake(lane: Lane): Promise<void>;
}

/** BullMQ does not find a lock that our own script has found: more looks would not help. */
const looksAtMost = 2;
/** For somebody to repair the keys that are at fault. */
const persistentRefusalTimeoutMs = 60_000;

/** The job is not this worker's any more: what becomes of it here is not recorded. */
export class NotOursError extends Error {
  override readonly name = "NotOursError";
}

/**
 * Moves one job out of the active list. When Redis refuses, the job's lock is renewed and the move tried again, until Redis
 * accepts it or the job is not ours any more. A refusal that lasts is given up after a while.
 */
export class JobMover implements Mover {
  readonly #one: TakenHere;
  readonly #parts: JobMoverParts;
  #notOurs: NotOursError | undefined;

  constructor(one: TakenHere, parts: JobMoverParts) {
    this.#one = one;
    this.#parts = parts;
  }

  async move<Result>(move: Move, attempt: (isRetry: boolean) => Promise<Result>): Promise<Result | undefined> {
    // BullMQ goes on to fail a job whose end was given up.
    if (this.#notOurs !== undefined) throw this.#notOurs;
    const beganMs = this.#parts.now();
    let looks = 0;
    for (let retries = 0; ; retries++) {
      try {
        const result = await attempt(retries > 0);
        if (retries > 0) await this.#accepted(move, retries);
        return result;
      } catch (cause) {
        const refusal = refusalOf(cause);
        if (refusal === "final") throw cause;
        if (refusal !== "notHeld") await this.#pause(cause, move, retries);
        const fate = await this.fate(move);
        if (fate === "ours") {
          if (refusal === "notHeld" && ++looks > looksAtMost) throw cause;
          if (refusal === "persistent" && this.#parts.now() - beganMs >= persistentRefusalTimeoutMs) throw cause;
          continue;
        }
        if (!isDone(move, fate, this.#parts.connectionLostSince(beganMs))) throw this.#drop(move, fate, cause);
        if (move === "end") await adoptWrittenEnd(this.#one.lane, this.#one.job);
        await this.#accepted(move, retries);
        return undefined;
      }
    }
  }

  /** What has become of the job, however long Redis refuses to say. */
  async fate(move: Move): Promise<JobFate> {
    const beganMs = this.#parts.now();
    for (let retries = 0; ; retries++) {
      try {
        return await this.#parts.fateOf(this.#one);
      } catch (cause) {
        if (refusalOf(cause) !== "transient" && this.#parts.now() - beganMs >= persistentRefusalTimeoutMs) throw cause;
        await this.#pause(cause, move, retries);
      }
    }
  }

  failsForGood(cause: unknown): void {
    const message = "failed a job for good: BullMQ could not write its failure";
    this.#parts.log.error({ ...this.#fields, err: withoutArguments(cause) }, message);
  }

  async #pause(cause: unknown, move: Move, retries: number): Promise<void> {
    const error = cause as Error;
    const [word = ""] = error.message.split(" ", 1);
    const message = `could not ${words[move]} a job: Redis refused it; trying again`;
    this.#parts.warnings.warn({ ...this.#fields, cause: error.message }, message, `${move} ${word}`);
    await setTimeout(retryDelayMs(retries + 1));
  }

  async #accepted(move: Move, retries: number): Promise<void> {
    this.#parts.log.info({ ...this.#fields, retries }, `Redis accepted to ${words[move]} a job that it had refused`);
    await this.#parts.wake(this.#one.lane);
  }

  #drop(move: Move, fate: Exclude<JobFate, "ours">, cause: unknown): NotOursError {
    this.#notOurs = new NotOursError(fates[fate], { cause });
    this.#parts.log.warn({ ...this.#fields, fate }, `dropped ${dropped[move]} a job: ${fates[fate]}`);
    return this.#notOurs;
  }

  get #fields() {
    const { lane, job } = this.#one;
    return { queue: lane.queue, job: job.id };
  }
}

const words: Readonly<Record<Move, string>> = {
  end: "write the end of",
  wait: "hand back",
  schedule: "create the next iteration of",
};
const dropped: Readonly<Record<Move, string>> = {
  end: "the end of",
  wait: "the hand back of",
  schedule: "the next iteration of",
};

const fates: Readonly<Record<Exclude<JobFate, "ours">, string>> = {
  taken: "another worker has it",
  ended: "it has ended",
  retried: "this attempt has ended",
  gone: "it was removed",
  moved: "it is not active any more",
};

/** Whether Redis had made the move, and its answer was lost with a connection. */
function isDone(move: Move, fate: Exclude<JobFate, "ours">, mayBeLost: boolean): boolean {
  switch (fate) {
    case "taken":
      return false;
    case "ended":
      return move === "end";
    case "retried":
      return move === "end" && mayBeLost;
    case "gone":
      return move !== "schedule" && mayBeLost;
    case "moved":
      return move === "wait" && mayBeLost;
  }
}
