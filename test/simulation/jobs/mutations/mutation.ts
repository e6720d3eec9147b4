import type { Kind } from "../application/job-data.ts";
import type { JobsFault, JobsScenario } from "../scenario/scenario.ts";

/** A way to break forker: the first text is replaced by the second one in this file of src. */
export interface Mutation {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Only a world with at least one of these faults or kinds of jobs can show it. undefined: any world may. */
  readonly needs?: readonly (JobsFault["kind"] | Kind)[];
  /** Other worlds are left out too. */
  readonly isShownBy?: (scenario: JobsScenario) => boolean;
}

/** Whether this world could show the mutation. */
export function mayShow({ needs, isShownBy }: Mutation, scenario: JobsScenario): boolean {
  if (isShownBy?.(scenario) === false) return false;
  if (needs === undefined) return true;
  const { faults, jobs } = scenario;
  const kinds: ReadonlySet<string> = new Set([
    ...faults.map(({ kind }) => kind),
    ...jobs.flatMap(({ data, children = [] }) => [data.kind, ...children.map((child) => child.data.kind)]),
  ]);
  return needs.some((one) => kinds.has(one));
}
