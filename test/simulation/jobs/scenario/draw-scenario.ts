import { Draws } from "../../../support/draws.ts";
import { queues } from "../application/definition.ts";
import { beginAtMs, calmAtMs, type JobPlan, type JobsFault, type JobsScenario } from "./scenario.ts";

/** The scenario of a seed. */
export function drawJobsScenario(seed: number): JobsScenario {
  const draws = new Draws(seed, 11);
  const chance = (probability: number) => draws.next() < probability;
  const instant = () => Math.round(beginAtMs + draws.next() * (calmAtMs - 10_000));
  const jobs: JobPlan[] = Array.from({ length: 1 + draws.below(20) }, () => ({
    atMs: instant(),
    queue: queues[draws.below(queues.length)] ?? "usual",
    data: { kind: "good" as const, runMs: chance(0.7) ? draws.below(500) : draws.below(8_000) },
  }));
  const faults: JobsFault[] = Array.from({ length: draws.below(6) }, () => ({
    kind: draws.pick({ killWorker: 3, killKeeper: 1 }),
    choice: draws.below(100),
    atMs: instant(),
  }));
  return {
    seed,
    settings: [{ workload: "urgent,usual,limited", lockDurationMs: 10_000 }],
    jobs,
    faults: faults.toSorted((one, other) => one.atMs - other.atMs),
  };
}
