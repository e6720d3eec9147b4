import type { Draws } from "../../../support/draws.ts";
import { queues } from "../application/definition.ts";
import type { JobData } from "../application/job-data.ts";
import { beginAtMs, type JobPlan, type JobsFault, type JobsScenario } from "./scenario.ts";

/** A world before its length is known. */
export type Drawn = Omit<JobsScenario, "calmAtMs">;

/** Faults, and the jobs that show what they do. */
export interface Combination {
  readonly faults: readonly JobsFault[];
  readonly jobs: readonly JobPlan[];
}

/** Within which the faults begin. */
const spanMs = 26_000;

export function several<One>(draws: Draws, least: number, most: number, one: () => One): One[] {
  return Array.from({ length: least + draws.below(most - least + 1) }, one);
}

export function instant(draws: Draws): number {
  return beginAtMs + 1_000 + draws.below(spanMs);
}

export function within(draws: Draws, atMs: number, forMs: number): number {
  return atMs + draws.below(forMs);
}

export function job(draws: Draws, atMs: number, data: JobData): JobPlan {
  const { kind } = data;
  const queue = queues[draws.below(queues.length)] ?? "usual";
  const fails = { attempts: 1 + draws.below(3), backOffMs: draws.below(2_000) };
  return {
    atMs,
    queue,
    data: kind === "fails" ? { ...data, failures: draws.below(4) } : data,
    ...(kind === "fails" && fails),
  };
}
