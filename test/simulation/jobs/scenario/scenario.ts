import type { Settings } from "../../../../src/config/settings.ts";
import type { refusals } from "../../redis/model-options.ts";
import type { QueueName } from "../application/definition.ts";
import type { JobData } from "../application/job-data.ts";

export interface JobPlan {
  readonly atMs: number;
  readonly queue: QueueName;
  readonly data: JobData;
  readonly attempts?: number;
  readonly backOffMs?: number;
  readonly delayMs?: number;
  readonly priority?: number;
  /** The parent waits for these. */
  readonly children?: readonly Omit<JobPlan, "atMs" | "children">[];
}

/** A scheduler that creates a job every so often, as long as the world lasts. */
export interface SchedulerPlan {
  readonly atMs: number;
  readonly queue: QueueName;
  readonly everyMs: number;
}

/** What goes wrong, and when. The signals of operators are faults too. `choice`: of the forker, and of its process. */
export type JobsFault = { readonly atMs: number; readonly choice: number } & (
  | { readonly kind: "killWorker" | "killKeeper" }
  | {
      readonly kind: "freezeWorker" | "freezeKeeper" | "stopWorker" | "blockWorker" | "freezeForker";
      readonly forMs: number;
    }
  | { readonly kind: "signalWorker"; readonly signal: NodeJS.Signals }
  | { readonly kind: "signalForker"; readonly signal: NodeJS.Signals }
  /** All processes die, and the container is started again. */
  | { readonly kind: "killForker" }
  | { readonly kind: "stopJob" }
  /** Nothing listens, or nothing answers. */
  | { readonly kind: "refused" | "silent"; readonly forMs: number }
  | {
      readonly kind: "refusal";
      readonly code: keyof typeof refusals;
      readonly writesOnly: boolean;
      readonly forMs: number;
    }
  /** Redis refuses a command inside of scripts. */
  | { readonly kind: "inScript"; readonly command: string; readonly forMs: number }
  | {
      readonly kind: "loseAnswers";
      readonly when: "lose-before" | "lose-after";
      readonly share: number;
      readonly forMs: number;
    }
  | { readonly kind: "closeConnections" }
  /** The packets of one process do not pass. */
  | { readonly kind: "cutOff"; readonly role: "worker" | "keeper"; readonly forMs: number }
  | { readonly kind: "failover"; readonly loseMs: number }
  | { readonly kind: "skew"; readonly byMs: number }
  | { readonly kind: "slowNetwork"; readonly forMs: number }
  | { readonly kind: "pauseQueue"; readonly queue: QueueName; readonly forMs: number }
  /** A limit of one job in ten minutes, which is raised again. */
  | { readonly kind: "limitQueue"; readonly queue: QueueName; readonly forMs: number }
);

/** All that a world begins with. */
export interface JobsScenario {
  readonly seed: number;
  /** One for each forker. */
  readonly settings: readonly Partial<Settings>[];
  readonly jobs: readonly JobPlan[];
  readonly schedulers: readonly SchedulerPlan[];
  readonly faults: readonly JobsFault[];
}

/** The forkers have started by then. */
export const beginAtMs = 2_000;
/** No fault occurs, and none lasts, after this. */
export const calmAtMs = 55_000;
/** From then on the world is judged as soon as every job has ended. */
export const restFromMs = 70_000;
/** By then every job has ended: two stalled checks of BullMQ may have been needed. */
export const restUntilMs = 260_000;
/** How long the jobs that are added at rest have. */
export const probeMs = 4_000;
