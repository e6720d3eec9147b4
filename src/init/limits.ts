/** Every duration and count that decisions depend on. The first five are the user's. */
export interface Limits {
  readonly bootTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly reloadDrainTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** A template keeps FORKER_BOOT_TIMEOUT itself, and knows what it waited for: init waits a little longer. */
  readonly bootGraceMs: number;
  /** Past stopTimeoutMs: what handing back may take before SIGKILL. */
  readonly handBackTimeMs: number;
  /** After the last job: teardown() has 5 s, and the exit itself a little. */
  readonly farewellTimeMs: number;
  /** An ordered worker whose template died without naming its pid. */
  readonly orphanTimeMs: number;
  /** A process that SIGKILL did not end is told again, and logged again, this often. */
  readonly killAgainMs: number;
  readonly backOffFirstMs: number;
  readonly backOffMaximumMs: number;
  /** A worker that lived this long had no crash at its start. */
  readonly healthyAfterMs: number;
  /** Crashes in a row, in every slot, before we leave it to the orchestrator: before and after the first that started. */
  readonly crashesAtBoot: number;
  readonly crashesInARow: number;
  /** First workers of a new generation that may fail before the reload is abandoned. */
  readonly candidateFailures: number;
}

export const fixedLimits = {
  bootGraceMs: 1_000,
  handBackTimeMs: 2_000,
  farewellTimeMs: 6_000,
  orphanTimeMs: 2_000,
  killAgainMs: 5_000,
  backOffFirstMs: 100,
  backOffMaximumMs: 30_000,
  healthyAfterMs: 10_000,
  crashesAtBoot: 5,
  crashesInARow: 10,
  candidateFailures: 3,
} as const;

/** 100 ms, 200 ms, 400 ms … 30 s. */
export function backOffMs(failures: number, limits: Limits): number {
  if (failures <= 0) return 0;
  return Math.min(limits.backOffMaximumMs, limits.backOffFirstMs * 2 ** (failures - 1));
}
