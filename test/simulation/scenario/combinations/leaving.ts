import { judgedAtMs } from "../scenario.ts";
import { between, type Combine, jobs, several } from "./parts.ts";

/** See farewellAfterMs in plan-world.ts. */
const farewellAtMs = judgedAtMs + 10_000;

/** The keeper holds jobs in quarantine, and Redis is away when init leaves. */
export const quarantineAtTheEnd: Combine = (draws) => ({
  release: { redis: 0 },
  faults: [
    { kind: "orphans", count: between(draws, 2, 3), atMs: farewellAtMs - between(draws, 2_100, 3_500) },
    { kind: "redisDown", forMs: between(draws, 3_000, 25_000), atMs: farewellAtMs - draws.below(1_000) },
  ],
});

/** Jobs that run for longer than the drain may last. */
export const longDrain: Combine = (draws) => ({
  release: { workers: between(draws, 1, 3), minimum: undefined },
  settings: { recycleJobs: undefined, recycleAgeMs: undefined },
  farewell: "SIGQUIT",
  faults: several(draws, 1, 3, () =>
    jobs(
      farewellAtMs - between(draws, 500, 4_000),
      draws.pick({ good: 1, deaf: 1 }),
      between(draws, 45_000, 90_000),
      between(draws, 1, 3),
    ),
  ),
});
