import type { ExitName } from "../../exit/exit-codes.ts";
import type { EndReport, JobEnding } from "../../protocol/messages.ts";
import type { ExitStatus } from "./event.ts";
import type { ProcessName } from "./process-end.ts";

/** What reconcile decides. Each changes the world (advance) and then something outside (perform). */
export type Action =
  /** A new generation, for the first boot or for a reload. */
  | { readonly kind: "startReload" }
  /** A template in place of one that died. */
  | { readonly kind: "restartTemplate"; readonly generation: number }
  | { readonly kind: "retireTemplate"; readonly template: number }
  /** broken: it does not fork, and counts towards giving up the fork. */
  | { readonly kind: "killTemplate"; readonly template: number; readonly why: string; readonly broken: boolean }
  /** Template after template does not fork: this generation's workers are spawned from now on. */
  | { readonly kind: "fallBack"; readonly why: string }
  /** The candidate becomes the current generation. */
  | { readonly kind: "adopt" }
  | { readonly kind: "abandonReload"; readonly why: string }
  | { readonly kind: "startWorkers"; readonly generation: number; readonly slots: readonly number[] }
  | { readonly kind: "take"; readonly worker: number }
  | { readonly kind: "suspend" | "resume"; readonly worker: number }
  | { readonly kind: "drain"; readonly worker: number; readonly deadline: number }
  | { readonly kind: "stop"; readonly worker: number }
  /**
   * It does not take jobs, though it should. drain: it finishes its jobs, and its successor takes over after that. stop: it holds
   * none. kill: it would obey neither.
   */
  | { readonly kind: "replace"; readonly worker: number; readonly how: "drain" | "stop" | "kill"; readonly why: string }
  /** A successor shall take its place. */
  | { readonly kind: "recycle"; readonly worker: number; readonly why: string }
  | { readonly kind: "kill"; readonly worker: number; readonly why: string }
  /** It is to call the hook of an end that another process has written. */
  | { readonly kind: "passOnEnd"; readonly number: number; readonly worker: number }
  /** No hook is called for these ends. */
  | {
      readonly kind: "dropEnds";
      readonly numbers: readonly number[];
      readonly jobs: readonly EndReport[];
      readonly why: string;
    }
  /** Jobs that only the end of their process ends. */
  | { readonly kind: "endJobs"; readonly worker: number; readonly endings: readonly JobEnding[] }
  /** Nobody can wait for its end: see endWithoutExit. It counts as ended with this status. */
  | { readonly kind: "giveUp"; readonly process: ProcessName; readonly status: ExitStatus }
  | { readonly kind: "startKeeper" }
  | { readonly kind: "killKeeper"; readonly why: string; readonly hasMoved: boolean }
  /** The locks of what waits with the keeper are over. */
  | { readonly kind: "giveUpQuarantined" }
  /** It is told that this forker leaves. */
  | { readonly kind: "keeperLeaves" }
  /** The keeper is to hand back what this dead worker held. */
  | { readonly kind: "handBack"; readonly deadWorker: number }
  /** Its locks are over: BullMQ's stalled check will find its jobs. */
  | { readonly kind: "giveUpHandBack"; readonly deadWorker: number }
  /** End everything, with this exit code. */
  | { readonly kind: "fail"; readonly exit: ExitName; readonly why: string }
  /** Everything is over: whoever awaits that is told, and has a moment to end before init does. */
  | { readonly kind: "tellWaiters"; readonly exit: ExitName }
  | { readonly kind: "exit"; readonly exit: ExitName };
