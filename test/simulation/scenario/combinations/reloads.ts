import { attempts, between, type Combine, idleEveryMs, jobs, signal } from "./parts.ts";

/** Jobs that run for longer than a worker may drain in a reload. */
export const longReload: Combine = (draws) => ({
  release: { workers: between(draws, 1, 2), minimum: undefined, timeLimitMs: undefined },
  settings: { reloadDrainTimeoutMs: 20_000, recycleJobs: undefined, recycleAgeMs: undefined },
  jobEveryMs: idleEveryMs,
  faults: attempts(draws, (atMs) => [
    jobs(atMs, draws.pick({ good: 1, deaf: 1 }), between(draws, 60_000, 80_000), between(draws, 1, 2)),
    signal(atMs + between(draws, 100, 3_000), "SIGHUP"),
  ]),
});

/** A worker is blocked when it is ordered to take jobs, and drains in the next reload without having heard of the first order. */
export const reloadInReload: Combine = (draws) => ({
  release: { workers: 1, minimum: undefined, startMs: 20, loadMs: 500, isolates: false, timeLimitMs: undefined },
  settings: {
    reloadDrainTimeoutMs: 60_000,
    stuckTimeoutMs: 60_000,
    recycleJobs: undefined,
    recycleAgeMs: undefined,
    hasSpare: false,
  },
  jobEveryMs: idleEveryMs,
  faults: attempts(draws, (atMs) => [
    jobs(atMs, "good", between(draws, 3_500, 5_000)),
    signal(atMs + 300, "SIGHUP"),
    { kind: "block", choice: 1, forMs: between(draws, 35_000, 55_000), atMs: atMs + between(draws, 1_800, 2_500) },
    signal(atMs + between(draws, 5_500, 12_000), "SIGHUP"),
  ]),
});
