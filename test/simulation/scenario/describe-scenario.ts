import { describe } from "./apply-fault.ts";
import type { Release, Scenario } from "./scenario.ts";

/** The scenario as a script: what the world begins with, and what happens in it. `faultsBefore`: before it was shrunk. */
export function describeScenario(scenario: Scenario, faultsBefore: number): string[] {
  const { seed, settings, hasBoard, isInteractive, releases, jobEveryMs, jobMs, orphans, faults } = scenario;
  const isIdle = jobEveryMs >= idleMs;
  return [
    `world ${seed}, ${faults.length} of its ${faultsBefore} faults`,
    `  settings: ${fieldsOf(settings)}`,
    `  jobs: ${isIdle ? "only those of the faults" : `one each ${jobEveryMs} ms, of up to ${jobMs} ms`}; ${orphans} in quarantine at first`,
    `  init: ${hasBoard ? "with the addon" : "without the addon"}${isInteractive ? ", at a terminal" : ""}`,
    ...releases.map((release, index) => `  release ${index}: ${describeRelease(release)}`),
    ...faults.map((fault) => `  ${(1 + fault.atMs / 1_000).toFixed(3).padStart(8)} s  ${describe(fault)}`),
    `  afterwards: a good release${scenario.reloadsAtLast ? ", loaded at once" : ""}; at the end, ${scenario.farewell}`,
  ];
}

/** No job is added within such a time. */
const idleMs = 1_000_000;

function describeRelease({ load, start, engine, workers, minimum, concurrency, redis, ...rest }: Release): string {
  const what = load === "loads" && start === "starts" ? "good" : `load ${load}, start ${start}`;
  const where = redis === undefined ? "a Redis out of the keeper's reach" : `Redis ${redis}`;
  return `${what}; ${engine}, ${minimum === undefined ? "" : `${minimum} to `}${workers} workers x${concurrency}, ${where}; ${fieldsOf(rest)}`;
}

function fieldsOf(fields: object): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}
