import { type JobsOutcome, runJobsWorld } from "./run-jobs-world.ts";
import type { JobsScenario } from "./scenario/scenario.ts";

export interface ShrunkJobs {
  readonly scenario: JobsScenario;
  readonly outcome: JobsOutcome;
}

/** So that shrinking ends soon. */
const worldsAtMost = 250;

/** Leaves out all faults, jobs and schedulers that the violation does not need, by delta debugging. */
export async function shrinkJobs(scenario: JobsScenario, outcome: JobsOutcome): Promise<ShrunkJobs> {
  const kind = kindOfViolation(outcome);
  let best: ShrunkJobs = { scenario, outcome };
  let worlds = 0;
  const attempt = async (smaller: JobsScenario): Promise<boolean> => {
    if (worlds++ >= worldsAtMost) return false;
    const result = await runJobsWorld(smaller);
    if (kindOfViolation(result) !== kind) return false;
    best = { scenario: smaller, outcome: result };
    return true;
  };
  await attempt({ ...best.scenario, settings: best.scenario.settings.slice(0, 1) });
  for (const part of ["schedulers", "faults", "jobs"] as const) {
    const length = best.scenario[part].length;
    for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < best.scenario[part].length; ) {
        const list: readonly unknown[] = best.scenario[part];
        const rest = [...list.slice(0, from), ...list.slice(from + size)];
        if (!(await attempt({ ...best.scenario, [part]: rest }))) from += size;
      }
    }
  }
  return best;
}

/** Numbers, names and reasons may change while the world shrinks. */
export function kindOfViolation({ violation }: Pick<JobsOutcome, "violation">): string | undefined {
  return violation
    ?.split("\n", 1)[0]
    ?.replaceAll(/\b(urgent|usual|limited):[\w:]+/g, "JOB")
    .replaceAll(/\d+(\.\d+)?/g, "N")
    .slice(0, 60);
}
