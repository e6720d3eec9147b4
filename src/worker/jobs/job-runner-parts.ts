import type { Logger } from "pino";
import type { Application, JobProcessor } from "../../app/application.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { TakenHere } from "./expired-locks.ts";
import type { HeldJob } from "./held-job.ts";
import type { HeldJobs } from "./held-jobs.ts";
import type { JobEnds } from "./job-ends.ts";
import type { JobMover } from "./job-mover.ts";

/** What running a job needs of the rest of the worker. */
export interface JobRunnerParts {
  readonly bull: Bull;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly ends: JobEnds;
  readonly log: Logger;
  readonly processorOf: (lane: Lane) => JobProcessor | undefined;
  /** Runs a job in a process of its own; undefined: the lane's jobs run in this one. */
  readonly isolated?: (lane: Lane) => ((held: HeldJob) => Promise<unknown>) | undefined;
  mover(one: TakenHere): Pick<JobMover, "move" | "retry" | "fate" | "failsForGood">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  beforeFinish(lane: Lane): Promise<void> | undefined;
  /** Called when a job begins that a stalled check had found. */
  tookStalled(job: JobName): void;
  /** Called when the worker no longer holds a job: its end is written, or belongs to others. */
  ended(held: HeldJob): void;
  /** Called when locks could not be renewed. */
  lookAfterLocks(): void;
  /** Repairs a `parent` of the job that is not JSON, because BullMQ's scripts read it when the job ends. */
  repairParent(lane: Lane, job: BullJob): Promise<void>;
  /** Called when a processor has thrown an error of another copy of BullMQ. */
  foundCopy(error: Error): void;
  /** Wakes a worker, because the lane may have a job that no worker was woken for. Never rejects. */
  wake(lane: Lane): Promise<void>;
}
