import type { Logger } from "pino";
import type { RunnerFate } from "../../protocol/messages.ts";
import { type HeldJob, lastReason } from "../jobs/held-job.ts";
import { handBack, type Runner, type Work } from "./runner.ts";

/** How long a runner that has closed its channel may take to exit before it is killed. */
const exitTimeMs = 2_000;
/** A runner that waits for a job reads it at once. */
const beginTimeMs = 10_000;
/** A process that the runner has started may keep its end of the channel open. */
const unreadTimeMs = 1_000;
/** A job that this many runners end before they start it is judged like one that has started: it may be the cause. */
const unstartedAtMost = 3;

export interface EndJudgeParts {
  readonly log: Logger;
  /** Called when a runner was killed from outside. Resolves with the error that fails its job; undefined: it is handed back. */
  readonly judgeKill: (held: HeldJob, why: string) => Promise<Error | undefined>;
  readonly kill: (runner: Runner, why: string) => void;
  /** Whether the pool has the runner. */
  readonly has: (runner: Runner) => boolean;
  readonly forget: (runner: Runner) => void;
  /** Runs the work in another runner. */
  readonly again: (work: Work) => void;
  /** Ends the work in the pool, and then settles its job. */
  readonly over: (work: Work, settle: () => void) => void;
}

/** Decides what happens to the job of a runner that has ended, by what init and the runner's channel say of it. */
export class EndJudge {
  readonly #parts: EndJudgeParts;

  constructor(parts: EndJudgeParts) {
    this.#parts = parts;
  }

  /** The runner has been sent a job. If it stands still, another one gets the job when init has reported its end. */
  given(runner: Runner): void {
    const late = () => {
      if (!this.#parts.has(runner) || runner.hasStarted || runner.isClosed) return;
      runner.isLate = true;
      this.#parts.kill(runner, "it did not begin its job in time");
    };
    afterTwice(beginTimeMs / 2, late);
  }

  /** The end of the job may still be unread in the runner's channel, because init's report has another one. */
  reported(runner: Runner, fate: RunnerFate, why: string): void {
    runner.end = { fate, why };
    if (runner.isClosed) return this.#judge(runner);
    afterTwice(unreadTimeMs, () => this.#judge(runner));
  }

  /** init reports how the process ended. Until then it may be alive, and its job must not start elsewhere. */
  closed(runner: Runner): void {
    runner.isClosed = true;
    if (runner.end !== undefined) return this.#judge(runner);
    const late = () => {
      if (this.#parts.has(runner)) this.#parts.kill(runner, "it closed its channel and did not exit");
    };
    setTimeout(late, exitTimeMs).unref();
  }

  #judge(runner: Runner): void {
    if (runner.end === undefined || !this.#parts.has(runner)) return;
    const { work, end } = runner;
    this.#parts.forget(runner);
    if (work === undefined || work.isOver) return;
    const isUnstarted = !runner.hasStarted || runner.isLate;
    if (isUnstarted && work.held.ending === undefined && ++work.unstarted <= unstartedAtMost) {
      this.#parts.log.info({ ...fieldsOf(work), reason: end.why }, "a runner ended before it started its job");
      return this.#parts.again(work);
    }
    void this.#lost(work, end.fate, end.why);
  }

  /** The runner has ended before its job. */
  async #lost(work: Work, fate: RunnerFate, why: string): Promise<void> {
    const { held } = work;
    const { log, judgeKill, over } = this.#parts;
    const fields = { ...fieldsOf(work), reason: why };
    if (held.ending !== undefined) {
      log.info(fields, "ended the process of a job");
      return over(work, () =>
        work.reject((fate === "ordered" ? lastReason(held.ending) : held.ending?.reason) ?? new Error(why)),
      );
    }
    if (fate !== "killed") {
      log.error(fields, "the process of a job ended");
      return over(work, () => work.reject(new Error(`the job's process ended: ${why}`)));
    }
    const failure = await judgeKill(held, why);
    log.warn(fields, "the process of a job was killed");
    over(work, () => (failure === undefined ? handBack(work, why) : work.reject(failure)));
  }
}

/** A worker that was stopped for longer than the first wait has read nothing when that is over. */
function afterTwice(waitMs: number, call: () => void): void {
  setTimeout(() => setTimeout(call, waitMs).unref(), waitMs).unref();
}

const fieldsOf = ({ held: { lane, job } }: Work) => ({ queue: lane.queue, job: job.id });
