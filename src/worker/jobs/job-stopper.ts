import { JobStoppedError } from "../../bull/worker/abort-reasons.ts";
import { abortAfter } from "../../clock/abort-deadline.ts";
import type { Settings } from "../../config/settings.ts";
import { fitId } from "../../protocol/fit.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { Ending, HeldJob, HeldJobs } from "./held-jobs.ts";

export interface JobStopperParts {
  readonly held: HeldJobs;
  readonly settings: Pick<Settings, "stoppedJobs" | "stopTimeoutMs">;
  /** The worker stops as a whole: its jobs are being ended already. */
  readonly isStopping: () => boolean;
  /** It takes no more jobs, whatever becomes of these. */
  readonly isLeaving: () => boolean;
  /** For as long as jobs are being stopped nothing is taken. */
  readonly setTaking: (taking: boolean) => void;
  /** Only the end of the process ends what runs in it. undefined: the time that all jobs have to stop. */
  readonly endProcess: (timeoutMs: number | undefined) => void;
  /** How the stopping of one job ended that init asked for. */
  readonly stopped: (job: JobName, byItself: boolean) => void;
}

/** Stops jobs while their worker goes on, where it can. */
export class JobStopper {
  readonly #parts: JobStopperParts;
  #isStoppingAll = false;
  /** What init asked to stop and only the end of the process will. */
  readonly endedWithProcess: JobName[] = [];

  constructor(parts: JobStopperParts) {
    this.#parts = parts;
  }

  /** All that are held now. A second order joins the first. */
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

  async stopOne({ queue, id }: JobName): Promise<void> {
    const { held, settings, stopped } = this.#parts;
    const one = held.all.find(({ lane, job }) => lane.queue === queue && fitId(job.id ?? "") === id);
    if (one !== undefined) {
      const reason = new JobStoppedError("job stopped by forker stop-job");
      await this.cutShort([one], { reason, outcome: settings.stoppedJobs }, settings.stopTimeoutMs);
      if (isRunning(one) && held.get(one.token) === one) return void this.endedWithProcess.push({ queue, id });
    }
    stopped({ queue, id }, one?.endedByItself ?? true);
  }

  /** A processor that goes on although its job was ended may do so for ever: only the end of the process ends it. */
  async cutShort(jobs: readonly HeldJob[], ending: Ending, graceMs: number): Promise<void> {
    const { held, isStopping, isLeaving, endProcess } = this.#parts;
    const left = await held.stop(jobs.filter(isRunning), ending, abortAfter(graceMs).signal);
    const unstoppable = left.filter(isRunning);
    if (unstoppable.length === 0 || isStopping()) return;
    const others = held.all.some((one) => !unstoppable.includes(one));
    // One that fails starts nowhere else. The others have time of their own to stop, which those that go on do not get again.
    if (ending.outcome === "fail" || others) {
      await held.endWithoutProcessor(unstoppable);
      if (isLeaving()) return;
    }
    endProcess(others ? undefined : 0);
  }
}

/** Of one whose processor has ended there is nothing to stop: Redis is being told of its end. */
function isRunning(one: HeldJob): boolean {
  return !one.isFinishing;
}
