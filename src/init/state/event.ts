import type { BoardRow } from "../../board/row-reader.ts";
import type { OomSign } from "../../cgroup/oom-watcher.ts";
import type { EndReport, JobName, StaleQueue } from "../../protocol/messages.ts";
import type { Order } from "../../signals/signal-table.ts";
import type { LoadedApplication } from "./generation.ts";
import type { QuarantinedJobs } from "./keeper.ts";
import type { TemplateFailure } from "./template.ts";
import type { ExitReport, StatusUpdate } from "./worker.ts";

/** How a process ended. */
export type ExitStatus =
  | { readonly exitCode: number }
  /** outOfMemory: the kernel's OOM killer sent it. threadRefusal: a thread was refused, by which limit. */
  | { readonly signal: string; readonly outOfMemory?: OomSign; readonly threadRefusal?: string }
  /** notStarted: it never was a process, and why. notKilled: SIGKILL did not end it, and init no longer waits for it. */
  | { readonly unknown: true; readonly notStarted?: string; readonly notKilled?: true };

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
    if (status.notStarted !== undefined) return `could not be started: ${status.notStarted}`;
    return status.notKilled ? "was not ended by SIGKILL" : "ended; its exit status is unknown";
  }
  return `ended with exit code ${status.exitCode}`;
}

export function isOutOfMemory(status: ExitStatus): boolean {
  return "signal" in status && status.outOfMemory !== undefined;
}

/** What happened, in the order in which init noticed it. */
export type Event =
  | { readonly kind: "order"; readonly order: Order }
  /** init looked at the board: what it shows of each worker, by the worker's id, and which of those whose loop stands still the kernel has stopped. */
  | {
      readonly kind: "boardRead";
      readonly records: ReadonlyMap<number, BoardRow>;
      readonly stoppedBySignal: ReadonlySet<number>;
    }
  /** init runs again: neither it nor what it looks at has for this long. */
  | { readonly kind: "thawed"; readonly frozenMs: number }
  /** The end of a job that was written where no application code runs. */
  | { readonly kind: "jobEnded"; readonly report: EndReport }
  /** `forker stop-job`. */
  | { readonly kind: "jobStopAsked"; readonly job: JobName }
  /** So many subcommands await the end of a drain from now on. */
  | { readonly kind: "waiters"; readonly count: number }
  | { readonly kind: "templateLaunched"; readonly template: number; readonly pid: number }
  /** It has loaded, and is being tried whether it can be forked. */
  | { readonly kind: "templateTrying"; readonly template: number }
  | {
      readonly kind: "templateLoaded";
      readonly template: number;
      readonly loaded: LoadedApplication;
      readonly loadMs: number;
    }
  /** It names a process as the worker `claimed`, and `why` says how init knows better. */
  | {
      readonly kind: "forkClaimRefused";
      readonly template: number;
      readonly claimed: number;
      readonly pid: number;
      readonly why: string;
    }
  | { readonly kind: "templateFailed"; readonly template: number; readonly failure: TemplateFailure }
  /** What it forks does not come back. */
  | { readonly kind: "templateBroken"; readonly template: number; readonly why: string }
  | { readonly kind: "templateExited"; readonly template: number; readonly status: ExitStatus }
  | { readonly kind: "workerLaunched"; readonly worker: number; readonly pid: number; readonly lockOwner: string }
  | { readonly kind: "workerNotLaunched"; readonly worker: number; readonly why: string }
  /** It has dialled: what was launched is alive. */
  | { readonly kind: "workerDialled"; readonly worker: number }
  | { readonly kind: "workerStarted"; readonly worker: number }
  | { readonly kind: "workerStartFailed"; readonly worker: number; readonly why: string }
  | { readonly kind: "workerStatusUpdate"; readonly worker: number; readonly statusUpdate: StatusUpdate }
  | { readonly kind: "workerJobStopped"; readonly worker: number; readonly job: JobName; readonly byItself: boolean }
  /** It calls the hook of the end with this number. */
  | { readonly kind: "workerHeardEnd"; readonly worker: number; readonly number: number }
  | { readonly kind: "workerExitReport"; readonly worker: number; readonly exitReport: ExitReport }
  /** Its channel closed: it is ending, or has lost its mind. */
  | { readonly kind: "workerChannelClosed"; readonly worker: number }
  | { readonly kind: "workerExited"; readonly worker: number; readonly status: ExitStatus }
  | { readonly kind: "keeperLaunched"; readonly keeper: number; readonly pid: number }
  | { readonly kind: "keeperReady"; readonly keeper: number }
  | { readonly kind: "keeperExited"; readonly keeper: number; readonly status: ExitStatus }
  | { readonly kind: "keeperSawStale"; readonly keeper: number; readonly queues: readonly StaleQueue[] }
  | { readonly kind: "keeperAlive"; readonly keeper: number }
  /** It holds orphaned jobs in quarantine. */
  | { readonly kind: "keeperQuarantined"; readonly keeper: number; readonly quarantined: QuarantinedJobs }
  /** What it did for the workers of a forker that was here before. */
  | {
      readonly kind: "jobsRecovered";
      readonly keeper: number;
      readonly handedBack: readonly JobName[];
      readonly failed: readonly JobName[];
    }
  /** What the keeper did for a worker that is no more. */
  | {
      readonly kind: "jobsHandedBack";
      readonly deadWorker: number;
      readonly handedBack: readonly JobName[];
      readonly failed: readonly JobName[];
      /** Ends that the worker had come to, and could not write. */
      readonly wroteCompleted: readonly JobName[];
      readonly wroteFailed: readonly JobName[];
    };
