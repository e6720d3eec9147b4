import type { Application } from "../app/application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import { IdleCollections } from "../heap/idle-collections.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { WorkerMessage } from "../protocol/messages.ts";
import type { Consumer } from "./consumer.ts";
import type { Ending, HeldJob } from "./jobs/held-job.ts";
import { HeldJobs, type HeldJobsListener } from "./jobs/held-jobs.ts";
import { JobStopper } from "./jobs/job-stopper.ts";
import { TimeLimiter } from "./jobs/time-limiter.ts";
import { watchTogether } from "./jobs/watch-jobs.ts";
import type { ModeMachine } from "./orders/mode-machine.ts";
import type { WorkerOrder } from "./orders/worker-order.ts";
import { Shutdown } from "./shutdown.ts";

export interface JobControlParts {
  readonly launch: WorkerLaunchConfig;
  readonly application: Application;
  readonly row: RowWriter | undefined;
  readonly listener: HeldJobsListener;
  readonly state: () => Pick<ModeMachine, "mode" | "isLeaving" | "transition">;
  /** undefined: the worker has not opened it yet. */
  readonly consumer: () => Consumer | undefined;
  readonly act: (order: WorkerOrder) => void;
  readonly send: (message: WorkerMessage) => void;
  /** Called when the worker has taken a job. */
  readonly taken: () => void;
}

/** The jobs that a worker holds, with what ends them early: orders to stop some of them, time limits, and the end of the worker. */
export class JobControl {
  readonly held: HeldJobs;
  readonly stopper: JobStopper;
  readonly shutdown: Shutdown;
  readonly #parts: JobControlParts;

  constructor(parts: JobControlParts) {
    this.#parts = parts;
    const { launch, row, listener, state, consumer, act, send } = parts;
    const { settings } = launch;
    this.held = new HeldJobs(listener, row);
    this.shutdown = new Shutdown({
      held: this.held,
      settings,
      consumer,
      late: () => act({ kind: "stop", timeoutMs: undefined }),
      finished: () => state().transition("finished"),
    });
    this.stopper = new JobStopper({
      held: this.held,
      settings,
      isStopping: () => state().mode === "stopping",
      isLeaving: () => state().isLeaving,
      setTaking: (taking) => consumer()?.dispatcher.setPaused(!taking),
      endProcess: (timeoutMs) => act({ kind: "stop", timeoutMs }),
      stopped: (job, byItself) => send({ kind: "jobStopped", ...job, byItself }),
    });
    this.#watch();
  }

  #watch(): void {
    const { launch, application, taken } = this.#parts;
    const stop = (held: HeldJob, reasons: Pick<Ending, "reason" | "lateReason">, graceMs: number) =>
      void this.stopper.cutShort([held], { ...reasons, outcome: "retry" }, graceMs);
    const { stopTimeoutMs } = launch.settings;
    const limiter = new TimeLimiter({ limits: application.config.timeLimits, stopTimeoutMs, stop });
    const collections = new IdleCollections();
    // A spawned worker has loaded the application itself, which leaves garbage.
    if (launch.engine === "fork") collections.prevent();
    this.held.watchedBy(watchTogether([{ taken: () => collections.allow() }, { taken }, limiter]));
  }
}
