import type { JobsWorld } from "../world/jobs-world.ts";

/** What must hold. A check listens to the world, and calls `world.violated`. */
export interface JobsCheck {
  readonly everySecond?: () => void;
  /** The world has been calm for long. */
  readonly atRest?: () => void;
  /** All forkers were ordered to end after that. */
  readonly atEnd?: () => void;
}

export type InstallCheck = (world: JobsWorld) => JobsCheck;
