import type { BoardRow } from "../../board/row-reader.ts";
import type { OomSign } from "../../cgroup/oom-watcher.ts";
import type { DueJobsMessage } from "../../protocol/due-jobs.ts";
import type { FleetOrder, FleetOutcome, FleetRule } from "../../protocol/fleet.ts";
import type { JobCountsMessage } from "../../protocol/job-counts.ts";
import type { JobTimesMessage } from "../../protocol/job-times.ts";
import type { StaleQueue } from "../../protocol/keeper-messages.ts";
import type { EndReport, JobName } from "../../protocol/messages.ts";
import type { QueueOptions } from "../../protocol/queue-options.ts";
import type { PlaceReport } from "../../protocol/redis-place.ts";
import type { RetryDelayAnswer, RetryDelayQuestion } from "../../protocol/retry-delay.ts";
import type { Order } from "../../signals/signal-table.ts";
import type { LoadedApplication } from "./generation.ts";
import type { QuarantinedJobs } from "./keeper.ts";
import type { ProcessName } from "./process-name.ts";
import type { Room } from "./room.ts";
import type { Runner, RunnersWanted } from "./runner.ts";
import type { TemplateFailure } from "./template.ts";
import type { ExitReport, StatusUpdate } from "./worker.ts";
import type { Refusal } from "./world.ts";

/** How a process ended. */
export type ExitStatus =
  | { readonly exitCode: number }
  /** outOfMemory: the kernel's OOM killer sent the signal. threadRefusal: the limit by which the kernel refused a thread. */
  | { readonly signal: string; readonly outOfMemory?: OomSign; readonly threadRefusal?: string }
  /**
   * notStarted: why the process never existed. notKilled: init no longer waits for it, because SIGKILL did not end it, or could not
   * be sent, for the reason that is given.
   */
  | { readonly unknown: true; readonly notStarted?: string; readonly notKilled?: true | string };

/** `died of SIGKILL (out of memory: cgroup oom_kill)` */
export function exitText(status: ExitStatus): string {
  if ("signal" in status) {
    const { signal, outOfMemory, threadRefusal } = status;
    if (outOfMemory !== undefined) return `died of ${signal} (out of memory: ${outOfMemory})`;
    return threadRefusal === undefined
      ? `died of ${signal}`
      : `died of ${signal} (no room for a thread: ${threadRefusal})`;
  }
  if ("unknown" in status) {
    const { notStarted, notKilled } = status;
    if (notStarted !== undefined) return `could not be started: ${notStarted}`;
    if (typeof notKilled === "string") return `could not be killed: ${notKilled}`;
    return notKilled ? "did not end after SIGKILL" : "ended; its exit status is unknown";
  }
  return `ended with exit code ${status.exitCode}`;
}

export function isOutOfMemory(status: ExitStatus): boolean {
  return "signal" in status && status.outOfMemory !== undefined;
}

/** What happened, in the order in which init noticed it. */
export type Event =
  | { readonly kind: "order"; readonly order: Order }
  /** init read the board. records: the row of each worker, by worker id. stoppedBySignal: ids of workers that SIGSTOP stopped. */
  | {
      readonly kind: "boardRead";
      readonly records: ReadonlyMap<number, BoardRow>;
      readonly stoppedBySignal: ReadonlySet<number>;
    }
  /** init has read what its cgroup grants. */
  | { readonly kind: "roomRead"; readonly room: Room }
  /** init runs again: it and its processes were frozen for this long. */
  | { readonly kind: "thawed"; readonly frozenMs: number }
  /** SIGKILL could not be sent. */
  | { readonly kind: "killFailed"; readonly process: ProcessName; readonly why: string }
  /** A process without application code has written the end of a job. */
  | { readonly kind: "jobEnded"; readonly report: EndReport }
  /** `forker stop-job`. */
  | { readonly kind: "jobStopAsked"; readonly job: JobName }
  /** init knows what came of a command of the fleet. */
  | { readonly kind: "fleetAnswered"; readonly command: string; readonly outcome: FleetOutcome; readonly text: string }
  /** `count` subcommands now wait for the end of the drain. */
  | { readonly kind: "waiters"; readonly count: number }
  | { readonly kind: "templateLaunched"; readonly template: number; readonly pid: number }
  /** It has loaded the application and begins its trial fork. */
  | { readonly kind: "templateTrying"; readonly template: number }
  | {
      readonly kind: "templateLoaded";
      readonly template: number;
      readonly loaded: LoadedApplication;
      readonly loadMs: number;
    }
  /** It claims that process `pid` is the worker `claimed`, which init rejects for the reason `why`. */
  | {
      readonly kind: "forkClaimRefused";
      readonly template: number;
      readonly claimed: number;
      readonly pid: number;
      readonly why: string;
    }
  | { readonly kind: "templateFailed"; readonly template: number; readonly failure: TemplateFailure }
  /** The processes that it forks do not live. */
  | { readonly kind: "templateBroken"; readonly template: number; readonly why: string }
  /** Its channel closed: it is exiting, or misbehaves. */
  | { readonly kind: "templateChannelClosed"; readonly template: number }
  | { readonly kind: "templateExited"; readonly template: number; readonly status: ExitStatus }
  | { readonly kind: "workerLaunched"; readonly worker: number; readonly pid: number; readonly lockOwner: string }
  | { readonly kind: "workerNotLaunched"; readonly worker: number; readonly why: string }
  /** It has connected. */
  | { readonly kind: "workerDialled"; readonly worker: number }
  /** goesOn: the application goes on with what it began before the fork, until `workerSettled`. */
  | { readonly kind: "workerStarted"; readonly worker: number; readonly goesOn?: boolean | undefined }
  | { readonly kind: "workerSettled"; readonly worker: number }
  /** refusal: the mistake that prevented it, and that every worker would find. */
  | {
      readonly kind: "workerStartFailed";
      readonly worker: number;
      readonly why: string;
      readonly refusal?: Refusal | undefined;
    }
  /** It exits unexpectedly. */
  | { readonly kind: "workerCrashed"; readonly worker: number; readonly cause: string }
  /** forker cannot run the application, as this worker has found out. */
  | { readonly kind: "workerRefused"; readonly worker: number; readonly refusal: Refusal }
  /** The first of the application's own Workers that takes jobs there has them in this place. */
  | { readonly kind: "workerPlaced"; readonly worker: number; readonly place: PlaceReport }
  /** The application has created Workers there that its template did not know. */
  | { readonly kind: "workerLateOptions"; readonly worker: number; readonly queueOptions: readonly QueueOptions[] }
  /** It has read in Redis whether the fleet is suspended, and has suspended itself if so. */
  | { readonly kind: "workerReadFleet"; readonly worker: number; readonly rule: FleetRule }
  | { readonly kind: "workerStatusUpdate"; readonly worker: number; readonly statusUpdate: StatusUpdate }
  /** How long jobs waited and ran there since its last such report. */
  | { readonly kind: "workerMeasured"; readonly worker: number; readonly times: JobTimesMessage }
  | { readonly kind: "workerJobStopped"; readonly worker: number; readonly job: JobName; readonly byItself: boolean }
  /** It has taken a job that a stalled check had found. */
  | { readonly kind: "workerTookStalled"; readonly worker: number; readonly job: JobName }
  /** It calls the hooks of the job end with this number. */
  | { readonly kind: "workerHeardEnd"; readonly worker: number; readonly number: number }
  | { readonly kind: "workerRetryDelay"; readonly worker: number; readonly answer: RetryDelayAnswer }
  | { readonly kind: "workerExitReport"; readonly worker: number; readonly exitReport: ExitReport }
  /** Its channel closed: it is exiting, or misbehaves. */
  | { readonly kind: "workerChannelClosed"; readonly worker: number }
  | { readonly kind: "workerExited"; readonly worker: number; readonly status: ExitStatus }
  | { readonly kind: "workerWantsRunners"; readonly worker: number; readonly wanted: RunnersWanted }
  /** A template or a worker reports a runner that init has given up, because its pid was not known in time. */
  | { readonly kind: "runnerFound"; readonly runner: number; readonly record: Runner }
  | { readonly kind: "runnerLaunched"; readonly runner: number; readonly pid: number }
  | { readonly kind: "runnerNotLaunched"; readonly runner: number; readonly why: string }
  /** `worker`: the worker that reports it. */
  | { readonly kind: "runnerPrimed"; readonly runner: number; readonly worker: number }
  | { readonly kind: "runnerTaken"; readonly runner: number; readonly worker: number; readonly job: JobName }
  | { readonly kind: "runnerDone"; readonly runner: number; readonly worker: number }
  | { readonly kind: "runnerKillAsked"; readonly runner: number; readonly worker: number; readonly why: string }
  | { readonly kind: "runnerExited"; readonly runner: number; readonly status: ExitStatus }
  | { readonly kind: "keeperLaunched"; readonly keeper: number; readonly pid: number }
  | { readonly kind: "keeperReady"; readonly keeper: number }
  | { readonly kind: "keeperExited"; readonly keeper: number; readonly status: ExitStatus }
  | { readonly kind: "keeperSawStale"; readonly keeper: number; readonly queues: readonly StaleQueue[] }
  | { readonly kind: "keeperCountedJobs"; readonly keeper: number; readonly queues: JobCountsMessage["queues"] }
  /** How many jobs a worker could take now. */
  | { readonly kind: "keeperCountedDue"; readonly keeper: number; readonly queues: DueJobsMessage["queues"] }
  | { readonly kind: "keeperAlive"; readonly keeper: number }
  /** It has withdrawn this forker from the fleet, or cannot. */
  | { readonly kind: "keeperWithdrew"; readonly keeper: number }
  /** `rule`: what an order to suspend or resume has changed. */
  | {
      readonly kind: "fleetOrdered";
      readonly keeper: number;
      readonly command: string;
      readonly order: FleetOrder;
      readonly by: string;
      readonly rule: FleetRule | undefined;
    }
  | { readonly kind: "fleetRuled"; readonly keeper: number; readonly rule: FleetRule }
  /** Commands after this one concern this forker. */
  | { readonly kind: "fleetJoined"; readonly keeper: number; readonly after: string }
  /** The commands begin again after this one. `isLost`: those before it, and their rules, are not comparable with later ones. */
  | { readonly kind: "fleetRestarted"; readonly keeper: number; readonly after: string; readonly isLost: boolean }
  /** It fails an attempt of a job whose back-off is a function of the application. */
  | { readonly kind: "keeperAskedRetryDelay"; readonly keeper: number; readonly question: RetryDelayQuestion }
  /** It holds orphaned jobs in quarantine. */
  | { readonly kind: "keeperQuarantined"; readonly keeper: number; readonly quarantined: QuarantinedJobs }
  /** It handed back, or failed, orphaned jobs of an instance that has ended. */
  | {
      readonly kind: "jobsRecovered";
      readonly keeper: number;
      readonly handedBack: readonly JobName[];
      readonly failed: readonly JobName[];
    }
  /** The keeper has settled the jobs of a dead worker. */
  | {
      readonly kind: "jobsHandedBack";
      readonly deadWorker: number;
      readonly handedBack: readonly JobName[];
      readonly failed: readonly JobName[];
      /** Jobs that the worker had finished, and whose ends it could not write to Redis. */
      readonly wroteCompleted: readonly JobName[];
      readonly wroteFailed: readonly JobName[];
    };
