import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { JobsRedis } from "../app/required-place.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import type { Settings } from "../config/settings.ts";
import type { EndReport, JobName, NotTakingReason, WorkerMessage } from "../protocol/messages.ts";
import type { WorkerStartOptions } from "../protocol/worker-start-options.ts";
import type { HeldJob } from "./jobs/held-job.ts";
import type { HeldJobs } from "./jobs/held-jobs.ts";
import type { RunnerPoolEdges } from "./runners/runner-pool-edges.ts";

export interface ConsumerParts {
  readonly options: WorkerStartOptions;
  readonly settings: Pick<Settings, "lockDurationMs" | "queueEvents" | "stuckTimeoutMs">;
  /** The prefix of the tokens of this worker's locks. init chose it at random; the keeper finds the worker's jobs by it. */
  readonly lockOwner: string;
  readonly application: Application;
  readonly redis: JobsRedis;
  readonly held: HeldJobs;
  readonly log: Logger;
  /** See JobEndsParts. */
  passOnEnd(report: EndReport): void;
  /** See JobRunnerParts. */
  tookStalled(job: JobName): void;
  /** Whether to log problems of the Redis server. If there is a keeper, the keeper logs them. */
  readonly checksServer: boolean;
  /** Whether init forks runners for the isolated jobs. */
  readonly isolates: boolean;
  readonly tellInit: (message: WorkerMessage) => void;
  readonly runnerEdges: RunnerPoolEdges;
  /** A person has asked the runner of this job to stop it. */
  stopAsked(held: HeldJob): void;
  taking(): boolean;
  /** Receives the reason why the worker takes no job; undefined: it takes the next one. */
  onJudged(reason: NotTakingReason | undefined): void;
  onChange(state: ConnectionState): void;
  /** Called before the worker takes a job from any of these queues. */
  onQueues(queues: readonly string[]): void;
  /** Returns memory that jobs used to the kernel. */
  readonly releaseMemory: () => void;
}
