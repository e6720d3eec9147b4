import type { Settings } from "../../../../src/config/settings.ts";
import type { JobData } from "../application/job-data.ts";

export interface JobPlan {
  readonly atMs: number;
  readonly queue: string;
  readonly data: JobData;
}

export type JobsFault = { readonly atMs: number } & (
  | { readonly kind: "killWorker"; readonly choice: number }
  | { readonly kind: "killKeeper"; readonly choice: number }
);

/** All that a world begins with. */
export interface JobsScenario {
  readonly seed: number;
  readonly settings: readonly Partial<Settings>[];
  readonly jobs: readonly JobPlan[];
  readonly faults: readonly JobsFault[];
}

/** The forkers have started by then. */
export const beginAtMs = 2_000;
/** No fault occurs, and none lasts, after this. */
export const calmAtMs = 60_000;
/** By then every job has ended. */
export const judgedAtMs = 150_000;
