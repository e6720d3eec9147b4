import type { Settings } from "../../../src/config/settings.ts";
import type { JobNature } from "../machine/job-store.ts";
import type { Role } from "../machine/simulated-process.ts";

/** A version of the application. */
export interface Release {
  readonly load: "loads" | "fails" | "exits" | "hangs" | "diesInTrial" | "hangsInTrial";
  readonly loadMs: number;
  readonly engine: "fork" | "spawn";
  readonly workers: number;
  /** Its workers are on demand: at least so many. undefined: their number is fixed. */
  readonly minimum?: number | undefined;
  readonly concurrency: number;
  /** Which Redis it uses. undefined: one that the keeper cannot reach. */
  readonly redis: number | undefined;
  /** silent: it never connects. mute: it connects and never starts. */
  readonly start: "starts" | "fails" | "dies" | "silent" | "mute";
  readonly startMs: number;
  readonly teardownMs: number;
  readonly timeLimitMs: number | undefined;
  /** Each job of its forked workers runs in a runner. */
  readonly isolates: boolean;
}

/** What goes wrong, and when. The signals of operators are faults too. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
  | { readonly kind: "signalWorker"; readonly choice: number; readonly signal: NodeJS.Signals }
  /** The worker handles the signal. After this time, something blocks its event loop. */
  | {
      readonly kind: "blockAfterSignal";
      readonly choice: number;
      readonly signal: NodeJS.Signals;
      readonly afterMs: number;
      readonly forMs: number;
    }
  | { readonly kind: "signalTemplate" | "signalKeeper"; readonly signal: NodeJS.Signals }
  | { readonly kind: "signalRunner"; readonly choice: number; readonly signal: NodeJS.Signals }
  | { readonly kind: "block" | "freezeWorker"; readonly choice: number; readonly forMs: number }
  /** One of all processes, or of those of a role. */
  | { readonly kind: "unkillable"; readonly role?: Role; readonly choice: number; readonly forMs: number }
  /** The worker's dispatcher no longer takes jobs, and does not know. */
  | { readonly kind: "stick"; readonly choice: number }
  /** The worker gives a reason for taking no jobs that has ended. */
  | { readonly kind: "excuse"; readonly choice: number }
  | { readonly kind: "freezeInit" | "freezeAll"; readonly forMs: number }
  | { readonly kind: "spawnFails"; readonly errno: string; readonly throws: boolean; readonly forMs: number }
  | {
      readonly kind:
        | "forkFails"
        | "forkBroken"
        | "forkHangs"
        | "exitHangs"
        | "stillborn"
        | "redisDown"
        | "descriptorsExhausted"
        | "killFails"
        | "slow";
      readonly forMs: number;
    }
  | {
      readonly kind: "nonsense";
      readonly role: "template" | "worker" | "keeper";
      readonly choice: number;
      readonly what: number;
    }
  | { readonly kind: "hangUp"; readonly role: "template" | "worker" | "keeper"; readonly choice: number }
  | { readonly kind: "oom"; readonly choice: number }
  | { readonly kind: "deploy"; readonly release: number }
  | { readonly kind: "jobs"; readonly nature: JobNature; readonly durationMs: number; readonly count: number }
  | { readonly kind: "awaitDrain"; readonly leavesAfterMs: number | undefined }
  /** Another instance on this host has ended and left jobs that two workers died with: the keeper holds them in quarantine. */
  | { readonly kind: "orphans"; readonly count: number }
  | { readonly kind: "stopJob"; readonly choice: number }
  /** `forker fleet`: each keeper reads it, as long as it is not late. */
  | { readonly kind: "fleetOrder"; readonly order: "suspend" | "resume" | "reload" }
  | { readonly kind: "status" }
);

/** All that a world begins with. Its seed also decides the order and the durations of what happens. */
export interface Scenario {
  readonly seed: number;
  readonly settings: Partial<Settings>;
  readonly hasBoard: boolean;
  readonly isInteractive: boolean;
  /** The first is deployed at first. The last is good, and is deployed when the faults end. */
  readonly releases: readonly Release[];
  readonly jobEveryMs: number;
  readonly jobMs: number;
  /** Jobs that an earlier instance left, which the first keeper holds in quarantine. */
  readonly orphans: number;
  readonly faults: readonly Fault[];
  /** How long a worker's reading of the fleet's rule is under way at most. undefined: as usual. */
  readonly fleetReadMs?: number | undefined;
  /** Whether the good release is also loaded. */
  readonly reloadsAtLast: boolean;
  readonly farewell: "SIGTERM" | "SIGQUIT";
}

/** No fault occurs, and none lasts, after this. */
export const calmAtMs = 330_000;
/** By then everything is as it was asked for. Faults after this come around the farewell. */
export const judgedAtMs = 570_000;
/** The world ends here at the latest. */
export const endsAtMs = 900_000;
