import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import { retryDelayMs } from "../../bull/connection/reconnect.ts";
import type { JobFate } from "../../bull/keys/held-locks.ts";
import { acceptWrittenEnd, isMade } from "../../bull/worker/accept-written-end.ts";
import { isEnd, type Move, type Mover } from "../../bull/worker/job-moves.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { isInsideScript, refusalOf } from "../../bull/worker/refusals.ts";
import type { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import type { TakenHere } from "./expired-locks.ts";

export interface JobMoverParts {
  readonly log: Logger;
  readonly warnings: ThrottledWarnings;
  /** Renews the lock if the job belongs to this worker, and takes a job back that is only partly moved: see HeldLocks.regain. */
  fateOf(one: TakenHere, move: Move, isPartial: boolean): Promise<JobFate>;
  /** Whether a reply of Redis may have been lost since then. Monotonic milliseconds, like `now`. */
  connectionLostSince(instantMs: number): boolean;
  now(): number;
  /** Wakes a worker, because the lane may have a job that no worker was woken for. */
  wake(lane: Lane): Promise<void>;
}

/** After this many looks, BullMQ still does not find a lock that forker's script finds, and more looks would not help. */
const looksAtMost = 2;
/** Time for an operator to repair the keys that cause the refusal. */
const persistentRefusalTimeoutMs = 60_000;

/** The first attempt of a move. */
export interface FailedAttempt {
  readonly cause: unknown;
  /** Monotonic milliseconds. */
  readonly beganMs: number;
}

/** The job no longer belongs to this worker, which writes nothing about it. */
export class NotOursError extends Error {
  override readonly name = "NotOursError";
}

/**
 * Moves one job out of the active list. If Redis refuses, it renews the job's lock and retries, until Redis accepts the move
 * or the job no longer belongs to this worker. It gives up on a persistent refusal after a timeout.
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
    // After a dropped end, BullMQ tries to fail the job.
    if (this.#notOurs !== undefined) throw this.#notOurs;
    const beganMs = this.#parts.now();
    try {
      return await attempt(false);
    } catch (cause) {
      return await this.retry(move, attempt, { cause, beganMs });
    }
  }

  /** Continues a move whose first attempt, which began at that time, has failed. */
  async retry<Result>(
    move: Move,
    attempt: (isRetry: boolean) => Promise<Result>,
    first: FailedAttempt,
  ): Promise<Result | undefined> {
    const { beganMs } = first;
    let { cause } = first;
    let looks = 0;
    let isPartial = false;
    for (let retries = 0; ; ) {
      const refusal = refusalOf(cause);
      if (refusal === "final") throw cause;
      // A job that is partly moved can be taken by another worker, or by none: the look does not wait.
      const isHalfway = isInsideScript(cause);
      isPartial ||= isHalfway;
      if (refusal !== "notHeld") {
        looks = 0;
        this.#warn(cause, move);
        if (!isHalfway) await pause(retries);
      }
      const fate = await this.fate(move, isPartial);
      if (fate !== "ours") {
        const mayBeLost = this.#parts.connectionLostSince(beganMs);
        if (!isMade(move, fate, { mayBeLost, isPartial })) throw this.#drop(move, fate, cause);
        if (isEnd(move)) await acceptWrittenEnd(this.#one.lane, this.#one.job, fate);
        await this.#accepted(move, retries);
        return undefined;
      }
      if (refusal === "notHeld" && ++looks > looksAtMost) throw cause;
      if (refusal === "persistent" && this.#parts.now() - beganMs >= persistentRefusalTimeoutMs) throw cause;
      if (isHalfway) await pause(retries);
      retries += 1;
      try {
        const result = await attempt(true);
        await this.#accepted(move, retries);
        return result;
      } catch (next) {
        cause = next;
      }
    }
  }

  /** Returns the fate of the job. Retries while Redis refuses; gives up only on a persistent refusal, after a timeout. */
  async fate(move: Move, isPartial = false): Promise<JobFate> {
    const beganMs = this.#parts.now();
    for (let retries = 0; ; retries++) {
      try {
        return await this.#parts.fateOf(this.#one, move, isPartial);
      } catch (cause) {
        if (refusalOf(cause) !== "transient" && this.#parts.now() - beganMs >= persistentRefusalTimeoutMs) throw cause;
        this.#warn(cause, move);
        await pause(retries);
      }
    }
  }

  failsForGood(cause: unknown): void {
    const message = "failed job for good: BullMQ could not write its failure";
    this.#parts.log.error({ ...this.#fields, err: withoutArguments(cause) }, message);
  }

  #warn(cause: unknown, move: Move): void {
    const error = cause as Error;
    const [word = ""] = error.message.split(" ", 1);
    this.#parts.warnings.warn({ ...this.#fields, cause: error.message }, messages[move].refused, `${move} ${word}`);
  }

  async #accepted(move: Move, retries: number): Promise<void> {
    this.#parts.log.info({ ...this.#fields, retries }, messages[move].accepted);
    await this.#parts.wake(this.#one.lane);
  }

  #drop(move: Move, fate: Exclude<JobFate, "ours">, cause: unknown): NotOursError {
    this.#notOurs = new NotOursError(fates[fate], { cause });
    this.#parts.log.warn({ ...this.#fields, fate, reason: fates[fate] }, messages[move].dropped);
    return this.#notOurs;
  }

  get #fields() {
    const { lane, job } = this.#one;
    return { queue: lane.queue, job: job.id };
  }
}

async function pause(retries: number): Promise<void> {
  await setTimeout(retryDelayMs(retries + 1));
}

type Messages = Readonly<Record<"refused" | "accepted" | "dropped", string>>;

const endMessages: Messages = {
  refused: "could not write the end of a job: Redis refused it; trying again",
  accepted: "wrote the end of a job that Redis had refused",
  dropped: "dropped the end of a job",
};
const messages: Readonly<Record<Move, Messages>> = {
  complete: endMessages,
  fail: endMessages,
  wait: {
    refused: "could not hand back a job: Redis refused it; trying again",
    accepted: "handed back a job that Redis had refused",
    dropped: "dropped the hand back of a job",
  },
  schedule: {
    refused: "could not create the next iteration of a job: Redis refused it; trying again",
    accepted: "created the next iteration of a job that Redis had refused",
    dropped: "dropped the next iteration of a job",
  },
};

const fates: Readonly<Record<Exclude<JobFate, "ours">, string>> = {
  taken: "another worker has it",
  ended: "it has ended",
  retried: "this attempt has ended",
  gone: "it was removed",
  moved: "it is no longer active",
};
