import type { Settings } from "../../config/settings.ts";

/** Everything beside the world that decisions depend on: the settings, and what nobody sets. */
export interface Limits extends Settings {
  /** A loop that has not turned for this long after something was asked of it is blocked. It beats twice a second. */
  readonly unheededTimeMs: number;
  /** A template keeps FORKER_BOOT_TIMEOUT itself, and knows what it waited for: init waits a little longer. */
  readonly bootGraceMs: number;
  /** Past stopTimeoutMs: what handing back may take before SIGKILL. */
  readonly handBackTimeMs: number;
  /** After the last job: teardown() has 5 s, and the exit itself a little. */
  readonly exitTimeMs: number;
  /** From the order to the worker's first sign of life. A template gives up by itself before that: see fork-queue.ts. */
  readonly forkTimeMs: number;
  /**
   * For the trial of a loaded template: longer than all of its own limits together (quiet.ts, fork-threads.cc, canary.ts), so
   * that only one that has lost its way is killed.
   */
  readonly trialTimeMs: number;
  /** Templates in a row that did not fork, before the workers are spawned. */
  readonly brokenTemplates: number;
  /** An ordered worker whose template died without naming its pid. */
  readonly orphanTimeMs: number;
  /** From the keeper's spawn to its first word. */
  readonly keeperTimeMs: number;
  /** It says each second that it is alive. One that has not for this long is stopped, or has lost its way. */
  readonly keeperSilentMs: number;
  /** A process that SIGKILL did not end is told again, and logged again, this often. */
  readonly killAgainMs: number;
  /**
   * A process that SIGKILL has not ended by then hangs in the kernel (a dead disk or network mount), and init gives it up: a
   * worker only on init's own way out, because its jobs may still be going on.
   */
  readonly unkillableMs: number;
  /**
   * Who awaits the drain is told, and has this long to end: init's own end kills it, and the kubelet reports a preStop hook that
   * was killed as failed. Then the runtime has a moment to notice.
   */
  readonly waiterEndMs: number;
  readonly waiterNoticedMs: number;
  readonly backOffFirstMs: number;
  readonly backOffMaximumMs: number;
  /** Ends of jobs that wait for a worker to call their hooks: so many are kept, and of more the oldest are dropped. */
  readonly pendingEnds: number;
  /** A process that lived this long after its start did not fail at its start. */
  readonly healthyAfterMs: number;
  /** Crashes at the start in a row, in every slot, before we leave it to the orchestrator: before and after the first that started. */
  readonly crashesAtBoot: number;
  readonly crashesInARow: number;
  /** A worker that died with a job it had taken is started again within this: the job's count of deaths is the bound. */
  readonly jobBackOffMaximumMs: number;
  /** Between two replacements in one slot of workers that do not take jobs. */
  readonly replacementPauseMaximumMs: number;
  /** The loop turns once a second. If it has not for this long, init was frozen, or the machine slept. */
  readonly frozenAfterMs: number;
  /** First workers of a new generation that may fail before the reload is abandoned. */
  readonly candidateFailures: number;
}

export const fixedLimits = {
  bootGraceMs: 1_000,
  unheededTimeMs: 1_000,
  handBackTimeMs: 2_000,
  exitTimeMs: 6_000,
  forkTimeMs: 25_000,
  trialTimeMs: 60_000,
  brokenTemplates: 3,
  orphanTimeMs: 2_000,
  keeperTimeMs: 20_000,
  keeperSilentMs: 10_000,
  killAgainMs: 5_000,
  unkillableMs: 10_000,
  waiterEndMs: 2_000,
  waiterNoticedMs: 250,
  pendingEnds: 1_000,
  backOffFirstMs: 100,
  backOffMaximumMs: 30_000,
  healthyAfterMs: 10_000,
  crashesAtBoot: 5,
  crashesInARow: 10,
  jobBackOffMaximumMs: 5_000,
  replacementPauseMaximumMs: 3_600_000,
  frozenAfterMs: 5_000,
  candidateFailures: 3,
} as const;

/** 100 ms, 200 ms, 400 ms … 30 s. */
export function backOffMs(failures: number, limits: Limits): number {
  if (failures <= 0) return 0;
  return Math.min(limits.backOffMaximumMs, limits.backOffFirstMs * 2 ** (failures - 1));
}

/** Whether a process that ends now was sound: one that fails soon after each start waits longer each time. */
export function hasLived(startedAt: number | undefined, limits: Limits, now: number): boolean {
  return startedAt !== undefined && now - startedAt >= limits.healthyAfterMs;
}

/** How long a slot keeps its worker, whatever is wrong with it, after so many were replaced one after the other: 2, 4, 8 … times the wait. */
export function replacementPauseMs(replacements: number, limits: Limits): number {
  return Math.min(limits.replacementPauseMaximumMs, limits.stuckTimeoutMs * 2 ** replacements);
}
