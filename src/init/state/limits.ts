import type { Settings } from "../../config/settings.ts";

/** Everything except the world that decisions depend on: the settings, and fixed limits. */
export interface Limits extends Settings {
  /** A worker whose event loop has not turned for this long after a request is blocked. It updates its row twice a second. */
  readonly unheededTimeMs: number;
  /**
   * A template enforces FORKER_BOOT_TIMEOUT itself, from its own start on, and can say what it waited for, so init waits a little
   * longer: a busy machine takes seconds to start a process.
   */
  readonly bootGraceMs: number;
  /** How long handing back may take, after stopTimeoutMs and before SIGKILL. */
  readonly handBackTimeMs: number;
  /** How long a worker may take to exit after its last job: 5 s for teardown(), and a little for the exit itself. */
  readonly exitTimeMs: number;
  /** From the order until the worker connects. The template gives up by itself earlier: see fork-queue.ts. */
  readonly forkTimeMs: number;
  /**
   * For the trial fork of a loaded template. Longer than the sum of the trial's own limits (quiet.ts, fork-threads.cc,
   * canary.ts), so that init kills only a template that hangs.
   */
  readonly trialTimeMs: number;
  /** How many templates in a row may fail to fork before workers are spawned. */
  readonly brokenTemplates: number;
  /** How long init waits for an ordered worker whose template died without reporting its pid. */
  readonly orphanTimeMs: number;
  /** How long the first keeper waits for workers that have started to report that they take jobs. */
  readonly keeperDelayMs: number;
  /** From the keeper's spawn until it connects. Twice as long after each keeper in a row that was too slow: see nextKeeperTimeMs(). */
  readonly keeperTimeMs: number;
  readonly keeperTimeMaximumMs: number;
  /** The keeper reports every second that it is alive. If it has not for this long, it is stopped or hangs. */
  readonly keeperSilentMs: number;
  /** How long the exit waits for the keeper to withdraw this forker from the fleet. */
  readonly withdrawTimeMs: number;
  /** If SIGKILL does not end a process, init sends it, and logs it, again after this time. */
  readonly killAgainMs: number;
  /**
   * A process that SIGKILL has not ended after this time hangs in the kernel (a dead disk or network mount), and init gives it
   * up. It gives up a worker only while it leaves itself, because the worker's jobs may still run.
   */
  readonly unkillableMs: number;
  /**
   * After the final report, a subcommand that waits for the drain has this long to exit. Otherwise init's exit kills it, and
   * the kubelet reports a killed preStop hook as failed.
   */
  readonly waiterEndMs: number;
  /** How long after the final report init exits, even if more subcommands join. */
  readonly lateWaitersMs: number;
  /** How long the container runtime has to notice that the subcommand has exited. */
  readonly waiterNoticedMs: number;
  readonly backOffFirstMs: number;
  readonly backOffMaximumMs: number;
  /** A slot starts the next worker at once if its last crash was longer ago. */
  readonly crashIntervalMs: number;
  /** How many job ends may wait for a worker to call their hooks. If there are more, init drops the oldest. */
  readonly pendingEnds: number;
  /** A process that has lived for this long did not fail at its start. */
  readonly healthyAfterMs: number;
  /**
   * How many crashes in a row, in every slot, before init exits and leaves the rest to the orchestrator: before any worker has
   * ever started, and after.
   */
  readonly crashesAtBoot: number;
  readonly crashesInARow: number;
  /** The longest pause after a worker that died with a job: the job's maximum deaths bound the repetition. */
  readonly jobBackOffMaximumMs: number;
  /** The longest pause before a keeper for which jobs wait. */
  readonly keeperPauseForJobsMs: number;
  /** The longest pause between two replacements of stuck workers in one slot. */
  readonly replacementPauseMaximumMs: number;
  /** The loop turns once a second. If it has not for this long, init was frozen, or the machine was suspended. */
  readonly frozenAfterMs: number;
  /** How long init reads what happened while it was frozen before any deadline passes. */
  readonly thawTimeMs: number;
  /**
   * How long init waits for the first worker of a candidate whose application goes on with what it began before the fork: its
   * Redis may be away.
   */
  readonly settleTimeMs: number;
  /** How many first workers of a candidate may fail before init abandons the reload. */
  readonly candidateFailures: number;
}

export const fixedLimits = {
  bootGraceMs: 5_000,
  unheededTimeMs: 1_000,
  handBackTimeMs: 2_000,
  exitTimeMs: 6_000,
  forkTimeMs: 25_000,
  trialTimeMs: 60_000,
  brokenTemplates: 3,
  orphanTimeMs: 2_000,
  keeperDelayMs: 500,
  keeperTimeMs: 20_000,
  keeperTimeMaximumMs: 160_000,
  keeperSilentMs: 10_000,
  withdrawTimeMs: 1_000,
  killAgainMs: 5_000,
  unkillableMs: 10_000,
  waiterEndMs: 2_000,
  lateWaitersMs: 4_000,
  waiterNoticedMs: 250,
  pendingEnds: 1_000,
  backOffFirstMs: 100,
  backOffMaximumMs: 30_000,
  crashIntervalMs: 1_000,
  healthyAfterMs: 10_000,
  crashesAtBoot: 5,
  crashesInARow: 10,
  jobBackOffMaximumMs: 5_000,
  keeperPauseForJobsMs: 6_000,
  replacementPauseMaximumMs: 3_600_000,
  frozenAfterMs: 5_000,
  thawTimeMs: 1_000,
  settleTimeMs: 5_000,
  candidateFailures: 3,
} as const;

/** 100 ms, 200 ms, 400 ms … 30 s. */
export function backOffMs(failures: number, limits: Limits): number {
  if (failures <= 0) return 0;
  return Math.min(limits.backOffMaximumMs, limits.backOffFirstMs * 2 ** (failures - 1));
}

/** 20 s, 40 s, 80 s, 160 s: on a busy machine, the next keeper would be as slow, and no keeper would ever hand back a job. */
export function nextKeeperTimeMs(slowKeepers: number, limits: Limits): number {
  return Math.min(limits.keeperTimeMaximumMs, limits.keeperTimeMs * 2 ** slowKeepers);
}

/** Whether a process that ends now was healthy. The back-off grows only after processes that were not. */
export function hasLived(startedAt: number | undefined, limits: Limits, now: number): boolean {
  return startedAt !== undefined && now - startedAt >= limits.healthyAfterMs;
}

/** How long a slot keeps even a stuck worker, after this number of replacements in a row: 2, 4, 8 … times the stuck timeout. */
export function replacementPauseMs(replacements: number, limits: Limits): number {
  return Math.min(limits.replacementPauseMaximumMs, limits.stuckTimeoutMs * 2 ** replacements);
}
