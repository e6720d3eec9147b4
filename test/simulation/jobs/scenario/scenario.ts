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
  /** Some runner, with or without a job. crash: its application ends it. */
  | { readonly kind: "killRunner"; readonly signal: "SIGKILL" | "SIGTERM" }
  | { readonly kind: "crashRunner"; readonly end: "SIGSEGV" | "SIGABRT" | "exit" }
  | { readonly kind: "freezeRunner" | "blockRunner"; readonly forMs: number }
  | { readonly kind: "signalWorker"; readonly signal: NodeJS.Signals }
  | { readonly kind: "signalForker"; readonly signal: NodeJS.Signals }
  /** All processes die, and the container is started again. */
  | { readonly kind: "killForker" }
  | { readonly kind: "stopJob" }
  /** `forker fleet`. */
  | { readonly kind: "fleetOrder"; readonly order: "suspend" | "resume" | "reload" }
  /** Nothing listens, or nothing answers. */
  | { readonly kind: "refused" | "silent"; readonly forMs: number }
  | {
      readonly kind: "refusal";
      readonly code: keyof typeof refusals;
      readonly writesOnly: boolean;
      readonly forMs: number;
      /** Of the commands; undefined: all. */
      readonly share?: number;
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
  /** Redis refuses new connections: it wants a password, or has too many clients. `closes`: it has just been started again. */
  | {
      readonly kind: "refuseConnections";
      readonly code: "NOAUTH" | "MAXCLIENTS";
      readonly closes: boolean;
      readonly forMs: number;
    }
  /** Each packet of a process takes longer by as much, so that it may die, or be given an order, while a command is under way. */
  | {
      readonly kind: "slowLink";
      readonly role: "worker" | "keeper";
      readonly byMs: number;
      readonly forMs: number;
      readonly diesAfterMs?: number;
    }
  /** The packets of all processes of a container do not pass, as if its host were cut off. */
  | { readonly kind: "cutOffForker"; readonly forMs: number }
  /** The packets of a worker do not pass, and it dies meanwhile: what it has written arrives after its death. */
  | { readonly kind: "dieCutOff"; readonly forMs: number; readonly diesAfterMs: number }
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
  /** No fault occurs, and none lasts, after this. */
  readonly calmAtMs: number;
}

/** The forkers have started by then. */
export const beginAtMs = 2_000;
/** So long after the last fault the world is judged, as soon as every job has ended. */
export const restAfterMs = 15_000;
/** By then every job has ended: two stalled checks of BullMQ may have been needed. */
export const restAtMostMs = 205_000;
/** Then so many jobs of one queue are added to a world with ranges, for which workers must be added. One worker could run them all in time. */
export const burst = { jobs: 3, runMs: 5_000, forMs: 17_000 };
/** How long the jobs that are added at rest have. */
export const probeMs = 4_000;
/** How long the forkers have to end, which have nothing left to do. */
export const endedAfterMs = 3_000;
