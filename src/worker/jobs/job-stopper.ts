import { JobStoppedError } from "../../bull/worker/abort-reasons.ts";
import { abortAfter } from "../../clock/abort-deadline.ts";
import type { Settings } from "../../config/settings.ts";
import { fitId } from "../../protocol/fit.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { Ending, HeldJob } from "./held-job.ts";
import type { HeldJobs } from "./held-jobs.ts";

export interface JobStopperParts {
  readonly held: HeldJobs;
  readonly settings: Pick<Settings, "stoppedJobs" | "stopTimeoutMs">;
  /** Whether the whole worker is stopping, which already ends its jobs. */
  readonly isStopping: () => boolean;
  /** Whether the worker will never take a job again. */
  readonly isLeaving: () => boolean;
  /** The worker takes no jobs while jobs are being stopped. */
  readonly setTaking: (taking: boolean) => void;
  /** Ends the process, and unstoppable jobs with it. undefined: within FORKER_STOP_TIMEOUT. */
  readonly endProcess: (timeoutMs: number | undefined) => void;
  /** Reports how a job that init asked to stop has ended. */
  readonly stopped: (job: JobName, byItself: boolean) => void;
}

/** Stops jobs, and lets their worker continue if possible. */
export class JobStopper {
  readonly #parts: JobStopperParts;
  #isStoppingAll = false;
  /** Jobs that init asked to stop, until their ends are reported. */
  readonly #asked = new Map<HeldJob, JobName>();

  constructor(parts: JobStopperParts) {
    this.#parts = parts;
  }

  /** Stops all jobs that are held now. A second order joins the first. */
  async stopAll(): Promise<void> {
    const { held, settings, isStopping, setTaking } = this.#parts;
    if (this.#isStoppingAll || isStopping()) return;
    this.#isStoppingAll = true;
    setTaking(false);
    const ending = { reason: new JobStoppedError(), outcome: settings.stoppedJobs };
    try {
      await this.cutShort(held.all, ending, settings.stopTimeoutMs);
    } finally {
      this.#isStoppingAll = false;
      setTaking(true);
    }
  }

  /** USR1 to the process of an isolated job. */
  async stopHeld(held: HeldJob): Promise<void> {
    const { settings } = this.#parts;
    await this.cutShort(
      [held],
      { reason: new JobStoppedError(), outcome: settings.stoppedJobs },
      settings.stopTimeoutMs,
    );
  }

  async stopOne({ queue, id }: JobName): Promise<void> {
    const { held, settings, stopped } = this.#parts;
    const one = held.all.find(({ lane, job }) => lane.queue === queue && fitId(job.id ?? "") === id);
    if (one === undefined) return stopped({ queue, id }, true);
    this.#asked.set(one, { queue, id });
    const reason = new JobStoppedError("job stopped by forker stop-job");
    await this.cutShort([one], { reason, outcome: settings.stoppedJobs }, settings.stopTimeoutMs);
    // Only the end of the process ends an unstoppable job.
    if (!isRunning(one) || held.get(one.token) !== one) this.#report(one);
  }

  /** Called before the exit report: the end of the process ends the jobs that are being stopped, whatever else has caused it. */
  reportAll(): void {
    for (const one of this.#asked.keys()) this.#report(one);
  }

  #report(one: HeldJob): void {
    const job = this.#asked.get(one);
    if (job === undefined) return;
    this.#asked.delete(one);
    this.#parts.stopped(job, one.endedByItself);
  }

  /** A processor that ignores its signal may run forever: only the end of the process ends it. */
  async cutShort(jobs: readonly HeldJob[], ending: Ending, graceMs: number): Promise<void> {
    const { held, isStopping, isLeaving, endProcess } = this.#parts;
    const left = await held.stop(jobs.filter(isRunning), ending, abortAfter(graceMs).signal);
    const unstoppable = (await held.endRunners(left.filter(isRunning))).filter(isRunning);
    if (unstoppable.length === 0 || isStopping()) return;
    const others = held.all.some((one) => !unstoppable.includes(one));
    // A failed job does not start elsewhere. The other jobs get their own time to stop, which unstoppable jobs do not get again.
    if (ending.outcome === "fail" || others) {
      await held.endWithoutProcessor(unstoppable);
      if (isLeaving()) return;
    }
    endProcess(others ? undefined : 0);
  }
}

/** Once a processor has ended there is nothing to stop: the end of the job is being written to Redis. */
function isRunning(one: HeldJob): boolean {
  return !one.isFinishing;
}
