export type Role = "init" | "keeper" | "template" | "worker" | "runner" | "supervisor";

/** What the monkey can do. An act without a counterpart on the other side is left out there. */
export type ActKind =
  | "kill worker"
  | "kill keeper"
  | "kill template"
  | "kill init"
  | "freeze worker"
  | "freeze keeper"
  | "freeze template"
  | "freeze init"
  | "TERM to worker"
  | "QUIT to worker"
  | "HUP to worker"
  | "USR1 to worker"
  | "suspend worker"
  | "kill runner"
  | "freeze runner"
  | "block runner"
  | "TERM to runner"
  | "USR1 to runner"
  | "block event loop"
  | "eat memory"
  | "eat memory to the heap's limit"
  | "reload"
  | "suspend all"
  | "stop all jobs"
  | "one worker more, then fewer"
  | "kill Redis"
  | "freeze Redis"
  | "CLIENT KILL one"
  | "CLIENT KILL all"
  | "cut connections"
  | "refuse connections"
  | "hold traffic";

/** Drawn before the run, and the same for the same seed. */
export interface PlannedAct {
  readonly atMs: number;
  readonly kind: ActKind;
  /** Selects one of the existing targets: 0 to just below 1. */
  readonly pick: number;
  /** The duration of an act that lasts. */
  readonly ms: number;
}

/** The result of an act. */
export interface Act extends PlannedAct {
  /** When the act began and when it ended, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly life: number;
  /** The target's pid inside its namespace; undefined if the target was not a process of the tested side. */
  readonly pid?: number;
  readonly title?: string;
  /** Why it could not be done: no process of that role existed. */
  readonly missed?: string;
}

interface ActStyle {
  readonly weight: number;
  readonly ms?: readonly [number, number];
  /** Whether plain Workers have a counterpart. */
  readonly plain: boolean;
  /** Only jobs in processes of their own have a target for it. */
  readonly isolated?: true;
}

export const actStyles: Readonly<Record<ActKind, ActStyle>> = {
  "kill worker": { weight: 14, plain: true },
  "kill keeper": { weight: 2, plain: false },
  "kill template": { weight: 2, plain: false },
  "kill init": { weight: 0, plain: true },
  "freeze worker": { weight: 6, ms: [200, 8_000], plain: true },
  "freeze keeper": { weight: 2, ms: [200, 5_000], plain: false },
  "freeze template": { weight: 2, ms: [200, 4_000], plain: false },
  "freeze init": { weight: 2, ms: [200, 3_000], plain: false },
  "TERM to worker": { weight: 4, plain: true },
  "QUIT to worker": { weight: 3, plain: false },
  "HUP to worker": { weight: 3, plain: false },
  "USR1 to worker": { weight: 4, plain: false },
  "suspend worker": { weight: 2, ms: [200, 4_000], plain: false },
  "block event loop": { weight: 6, ms: [500, 8_000], plain: true },
  "eat memory": { weight: 3, ms: [500, 3_000], plain: true },
  "eat memory to the heap's limit": { weight: 2, plain: true },
  reload: { weight: 2, plain: true },
  "suspend all": { weight: 1, ms: [200, 2_500], plain: false },
  "stop all jobs": { weight: 1, plain: false },
  "one worker more, then fewer": { weight: 2, ms: [200, 5_000], plain: false },
  "kill Redis": { weight: 2, ms: [50, 4_000], plain: true },
  "freeze Redis": { weight: 2, ms: [200, 4_000], plain: true },
  "CLIENT KILL one": { weight: 4, plain: true },
  "CLIENT KILL all": { weight: 2, plain: true },
  "cut connections": { weight: 3, plain: true },
  "refuse connections": { weight: 2, ms: [200, 4_000], plain: true },
  "hold traffic": { weight: 2, ms: [200, 4_000], plain: true },
  "kill runner": { weight: 14, plain: false, isolated: true },
  "freeze runner": { weight: 6, ms: [200, 8_000], plain: false, isolated: true },
  "block runner": { weight: 6, ms: [500, 8_000], plain: false, isolated: true },
  "TERM to runner": { weight: 3, plain: false, isolated: true },
  "USR1 to runner": { weight: 3, plain: false, isolated: true },
};

export const actKinds = Object.keys(actStyles) as ActKind[];
