import { attempts, between, type Combine, idleEveryMs, jobs, several, signal } from "./parts.ts";

/** The last workers of a range are busy when demand falls, and TTOU removes their slots. */
export const rangeLosesItsEnd: Combine = (draws) => ({
  release: { workers: 4, minimum: 2, concurrency: 1, redis: 0, timeLimitMs: undefined, isolates: false },
  settings: { recycleJobs: undefined, recycleAgeMs: undefined },
  jobEveryMs: idleEveryMs,
  faults: attempts(draws, (atMs) => [
    jobs(atMs, "good", between(draws, 4_000, 6_000), 2),
    jobs(atMs + between(draws, 200, 900), "good", between(draws, 55_000, 65_000), between(draws, 1, 2)),
    ...several(draws, 2, 3, () => signal(atMs + between(draws, 38_000, 50_000), "SIGTTOU")),
    signal(atMs + between(draws, 70_000, 85_000), "SIGHUP"),
  ]),
});

/** The last job ends soon after the range has lost its first workers. */
export const fallingLoad: Combine = (draws) => ({
  release: { workers: 4, minimum: draws.below(2), concurrency: 1, redis: 0, timeLimitMs: undefined, isolates: false },
  settings: { recycleJobs: undefined, recycleAgeMs: undefined },
  jobEveryMs: idleEveryMs,
  faults: attempts(draws, (atMs) => [
    jobs(atMs, "good", between(draws, 1_000, 3_000), between(draws, 2, 4)),
    jobs(atMs, "good", between(draws, 36_000, 50_000)),
  ]),
});

/** Nobody counts the due jobs when a range would lose workers. */
export const uncountedJobs: Combine = (draws) => ({
  release: { workers: between(draws, 3, 4), minimum: draws.below(2), concurrency: 1, redis: 0, isolates: false },
  jobEveryMs: idleEveryMs,
  faults: attempts(draws, (atMs) => [
    jobs(atMs, "good", between(draws, 1_000, 8_000), between(draws, 2, 4)),
    { kind: "redisDown", forMs: between(draws, 20_000, 30_000), atMs: atMs + between(draws, 15_000, 25_000) },
  ]),
});
