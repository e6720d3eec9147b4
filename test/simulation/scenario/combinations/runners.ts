import { attempts, between, type Combine, jobs, several } from "./parts.ts";

const isolating = { isolates: true, engine: "fork", redis: 0, minimum: undefined } as const;

/** A worker dies, and SIGKILL does not end its runners at once. */
export const runnersThatStay: Combine = (draws) => ({
  release: { ...isolating, workers: between(draws, 1, 2), concurrency: 4, timeLimitMs: undefined },
  settings: { engine: "auto" },
  faults: attempts(draws, (atMs) => [
    jobs(atMs, "deaf", between(draws, 30_000, 50_000), between(draws, 3, 6)),
    ...several(draws, 3, 6, () => {
      const at = atMs + between(draws, 500, 1_500);
      return {
        kind: "unkillable",
        role: "runner",
        choice: draws.below(100),
        forMs: between(draws, 2_000, 20_000),
        atMs: at,
      } as const;
    }),
    { kind: "signalWorker", choice: draws.below(100), signal: "SIGKILL", atMs: atMs + between(draws, 1_600, 3_000) },
  ]),
});

/** Workers die one after the other while no template can fork. */
export const noMoreForks: Combine = (draws) => ({
  release: { ...isolating, workers: between(draws, 2, 4) },
  settings: { engine: "auto" },
  faults: attempts(draws, (atMs) => [
    { kind: draws.pick({ forkBroken: 3, stillborn: 1, forkFails: 1 }), forMs: between(draws, 20_000, 40_000), atMs },
    { kind: "signalWorker", choice: draws.below(100), signal: "SIGKILL", atMs: atMs + between(draws, 100, 3_000) },
  ]),
});
