import { drawBlockAfterSignal } from "../draw-fault.ts";
import { attempts, between, type Combine, jobs, several, signal } from "./parts.ts";

/** A process that SIGKILL does not end, and everything freezes before init may give it up. */
export const frozenAfterKill: Combine = (draws) => ({
  faults: attempts(draws, (atMs) => {
    const role = draws.pick({ template: 2, keeper: 1 });
    const forMs = between(draws, 8_000, 25_000);
    const killedAfterMs = role === "template" ? 7_500 : 10_000;
    return [
      { kind: "unkillable", role, choice: 0, forMs: 65_000, atMs },
      ...(role === "template" ? [signal(atMs + 100, "SIGHUP")] : []),
      {
        kind: draws.pick({ freezeAll: 2, freezeInit: 1 }),
        forMs,
        atMs: atMs + killedAfterMs + between(draws, 0, 9_000),
      },
    ];
  }),
});

/** Every worker is blocked by a job beyond its time limit: the end of the first one is passed to one that dies before it hears it. */
export const deafHearers: Combine = (draws) => ({
  release: { workers: between(draws, 2, 3), minimum: undefined, concurrency: 1, timeLimitMs: 10_000, isolates: false },
  settings: { hasSpare: false },
  faults: attempts(draws, (atMs) =>
    several(draws, 2, 4, () => jobs(atMs + draws.below(3_000), "blocks", between(draws, 30_000, 50_000))),
  ),
});

/** init decides to kill a worker whose event loop is blocked, may not, and the event loop turns again. */
export const refusedKill: Combine = (draws) => ({
  release: { workers: between(draws, 2, 3), minimum: undefined, isolates: false },
  settings: { stuckTimeoutMs: 15_000 },
  jobEveryMs: 4_000,
  faults: attempts(draws, (atMs) => {
    const choice = draws.below(100);
    const forMs = between(draws, 18_500, 26_000);
    const halt = draws.pick({ block: 2, freezeWorker: 1 });
    return [
      { kind: halt, choice, forMs, atMs },
      { kind: "killFails", forMs: between(draws, 30_000, 50_000), atMs: atMs + between(draws, 1_000, 12_000) },
    ];
  }),
});

/** Something blocks a worker right after it has handled a signal to its pid, while it holds jobs. */
export const blockedAfterSignal: Combine = (draws) => ({
  release: { workers: between(draws, 1, 3), minimum: undefined, timeLimitMs: undefined },
  settings: { reloadDrainTimeoutMs: 20_000 },
  faults: attempts(draws, (atMs) => [
    jobs(atMs, draws.pick({ good: 1, deaf: 2 }), between(draws, 20_000, 40_000), between(draws, 2, 4)),
    ...several(draws, 1, 2, () => ({
      ...drawBlockAfterSignal(draws, between(draws, 45_000, 70_000)),
      atMs: atMs + between(draws, 300, 4_000),
    })),
  ]),
});
