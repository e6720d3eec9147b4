import type { ExitName } from "../../exit/exit-codes.ts";
import type { JobEnding } from "../../protocol/dead-worker.ts";
import type { EndReport } from "../../protocol/messages.ts";
import type { RetryDelayAnswer } from "../../protocol/retry-delay.ts";
import type { Shortage } from "./demand.ts";
import type { ExitStatus } from "./event.ts";
import type { HandBackOrder } from "./keeper.ts";
import type { ProcessName } from "./process-name.ts";
import type { RunnerEnd } from "./runner-fate.ts";

/** What reconcile decides. Each action changes the world (advance), and then something outside (perform). */
export type Action =
  /** Loads a new generation, at boot or for a reload. */
  | { readonly kind: "startReload" }
  /** Starts a template in place of one that died. */
  | { readonly kind: "restartTemplate"; readonly generation: number }
  | { readonly kind: "retireTemplate"; readonly template: number }
  /** broken: it cannot fork, which counts towards the fallback to spawned workers. */
  | { readonly kind: "killTemplate"; readonly template: number; readonly why: string; readonly broken: boolean }
  /** Several templates in a row could not fork: from now on, workers of this generation are spawned. */
  | { readonly kind: "fallBack"; readonly why: string }
  /** Makes the candidate the current generation. */
  | { readonly kind: "activate"; readonly undoneWorkers: number }
  | { readonly kind: "abandonReload"; readonly why: string }
  | { readonly kind: "startWorkers"; readonly generation: number; readonly slots: readonly number[] }
  /** Changes the number of a range's workers, by the slots that have one. */
  | ({ readonly kind: "addWorkers"; readonly slots: readonly number[]; readonly why: string } & OfRange)
  | ({
      readonly kind: "removeWorkers";
      readonly slots: readonly number[];
      readonly why: string;
      /** A step up within this time undoes a mistake. */
      readonly mistakeForMs: number;
    } & OfRange)
  /** Notes that a range needs more workers than the cgroup has room for. */
  | ({ readonly kind: "holdWorkers"; readonly heldBy: Shortage } & OfRange)
  /** Starts a spare. */
  | { readonly kind: "startSpare" }
  /** Gives a spare this slot, and lets it take jobs. */
  | { readonly kind: "takeOver"; readonly worker: number; readonly slot: number }
  /** Starts runners of a worker. */
  | { readonly kind: "startRunners"; readonly worker: number; readonly count: number }
  | { readonly kind: "killRunner"; readonly runner: number; readonly why: string }
  | { readonly kind: "take"; readonly worker: number }
  | { readonly kind: "suspend" | "resume"; readonly worker: number }
  | { readonly kind: "drain"; readonly worker: number; readonly deadline: number }
  | { readonly kind: "stop"; readonly worker: number }
  /** Orders a worker to stop to which SIGKILL could not be sent. */
  | { readonly kind: "stopUnkilled"; readonly worker: number }
  /**
   * Replaces a stuck worker. drain: it finishes its jobs before its successor takes over. stop: it holds no jobs. kill: its
   * event loop does not turn.
   */
  | { readonly kind: "replace"; readonly worker: number; readonly how: "drain" | "stop" | "kill"; readonly why: string }
  /** Starts a successor, which then takes the worker's place. */
  | { readonly kind: "recycle"; readonly worker: number; readonly why: string }
  | { readonly kind: "kill"; readonly worker: number; readonly why: string }
  /** Makes a worker call the hooks of a job end that another process has written. */
  | { readonly kind: "passOnEnd"; readonly number: number; readonly worker: number }
  /** Asks a worker for the delay of a job's next attempt, on the keeper's behalf. */
  | { readonly kind: "askRetryDelay"; readonly number: number; readonly worker: number }
  /** Passes a worker's answer on to the keeper. */
  | { readonly kind: "answerRetryDelay"; readonly number: number; readonly answer: RetryDelayAnswer }
  /** Drops job ends, whose hooks are never called. */
  | {
      readonly kind: "dropEnds";
      readonly numbers: readonly number[];
      readonly jobs: readonly EndReport[];
      readonly why: string;
    }
  /** Kills a worker, because only that ends these jobs. */
  | { readonly kind: "endJobs"; readonly worker: number; readonly endings: readonly JobEnding[] }
  /** Gives up a process that cannot be reaped: see endWithoutExit. It counts as ended with this status. */
  | {
      readonly kind: "giveUp";
      readonly process: ProcessName;
      readonly status: ExitStatus;
      /** For the log, which is written when the world no longer contains the process. */
      readonly pid: number | undefined;
      /** undefined unless the process is a worker or a runner. */
      readonly slot?: number;
      /** undefined unless the process is a runner: its worker, and what that hears. */
      readonly runnerOf?: { readonly worker: number; readonly end: RunnerEnd };
    }
  | { readonly kind: "startKeeper" }
  | { readonly kind: "killKeeper"; readonly why: string; readonly hasMoved: boolean }
  /** Gives up the quarantined jobs: their locks have expired. */
  | { readonly kind: "giveUpQuarantined" }
  /** Informs the keeper that init is leaving. */
  | { readonly kind: "keeperLeaves" }
  /** Orders the keeper to withdraw this forker from the fleet: the exit follows. */
  | { readonly kind: "withdraw" }
  /** Orders the keeper to hand back the jobs of a dead worker. */
  | { readonly kind: "handBack"; readonly deadWorker: number }
  /** Gives up a hand-back order: the locks have expired, and BullMQ's stalled check will find the jobs. */
  | { readonly kind: "giveUpHandBack"; readonly order: HandBackOrder }
  /** Ends everything, with this exit code. */
  | { readonly kind: "fail"; readonly exit: ExitName; readonly why: string }
  /** Sends the final report to the subcommands that wait for the drain; they have a short time to exit before init does. */
  | { readonly kind: "tellWaiters"; readonly exit: ExitName }
  | { readonly kind: "exit"; readonly exit: ExitName };

interface OfRange {
  /** Its first slot. */
  readonly range: number;
  readonly queues: readonly string[];
  /** How many workers it has. */
  readonly from: number;
  /** How many jobs wait, and how long its workers would take for them. */
  readonly waiting: number;
  readonly clearMs: number;
}
