import type { Fault } from "../scenario.ts";
import { attempts, between, type Combine, several, signal } from "./parts.ts";

/** A keeper dies after it has read an order, and its successor reads it again. */
export const orderReadTwice: Combine = (draws) => ({
  release: { redis: 0 },
  settings: { fleet: "on" },
  faults: attempts(draws, (atMs) => [
    { kind: "fleetOrder", order: draws.pick({ reload: 4, suspend: 1, resume: 1 }), atMs },
    ...several(draws, 1, 3, () => {
      return { kind: "signalKeeper", signal: "SIGKILL", atMs: atMs + between(draws, 1_100, 9_000) } as const;
    }),
  ]),
});

/** Workers that start while the rule of the fleet changes report the rule before. */
export const lateRules: Combine = (draws) => ({
  release: { redis: 0, workers: between(draws, 2, 4), minimum: undefined },
  settings: { fleet: "on" },
  fleetReadMs: 4_000,
  faults: attempts(draws, (atMs) => {
    const kill = (): Fault => {
      const at = atMs + draws.below(6_000);
      return { kind: "signalWorker", choice: draws.below(100), signal: "SIGKILL", atMs: at };
    };
    const starts = draws.next() < 0.5 ? [signal(atMs + draws.below(3_000), "SIGHUP")] : several(draws, 2, 4, kill);
    const order = (afterMs: number, name: "suspend" | "resume"): Fault => {
      return { kind: "fleetOrder", order: name, atMs: atMs + afterMs + draws.below(1_500) };
    };
    return [order(0, "suspend"), order(2_000, "resume"), order(4_000, "suspend"), order(6_000, "resume"), ...starts];
  }),
});
