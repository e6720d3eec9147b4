import type { WorkerMode } from "../../protocol/messages.ts";

/**
 * standby    has started, waits until init lets it take jobs
 * taking     takes jobs
 * suspended  finishes its jobs and takes none, until it is resumed
 * draining   finishes its jobs, then ends
 * stopping   interrupts its jobs and hands them back, then ends
 * ended      holds no jobs and takes none
 */
export type Mode = WorkerMode | "ended";

export type ModeEvent = "take" | "suspend" | "resume" | "drain" | "stop" | "finished";

/** Events that are missing here change nothing: each may arrive twice, late, or in any order. */
const transitions: Record<Mode, Partial<Record<ModeEvent, Mode>>> = {
  standby: { take: "taking", drain: "draining", stop: "stopping" },
  taking: { suspend: "suspended", drain: "draining", stop: "stopping" },
  suspended: { resume: "taking", drain: "draining", stop: "stopping" },
  draining: { stop: "stopping", finished: "ended" },
  stopping: { finished: "ended" },
  ended: {},
};

export interface ModeState {
  readonly mode: Mode;
  /** Set by USR2 until a resume, in any mode: a standby worker can be suspended before it takes its first job. */
  readonly suspended: boolean;
}

export const initialMode: ModeState = { mode: "standby", suspended: false };

export function nextMode(state: ModeState, event: ModeEvent): ModeState {
  const suspended = event === "suspend" || (state.suspended && event !== "resume");
  const mode = transitions[state.mode][event] ?? state.mode;
  return { mode: mode === "taking" && suspended ? "suspended" : mode, suspended };
}

/**
 * What to do with jobs. "take": fetch them. "finish": fetch none, but run a job that is being fetched. "none": fetch none,
 * and hand back a job that is being fetched.
 */
export type FetchMode = "take" | "finish" | "none";

/** What a worker does with jobs in each mode. */
export const fetchModes: Readonly<Record<Mode, FetchMode>> = {
  standby: "none",
  taking: "take",
  suspended: "none",
  draining: "finish",
  stopping: "none",
  ended: "none",
};

/** Whether a worker in this mode never takes a job again. */
export function isLeaving(mode: Mode): boolean {
  return mode === "draining" || mode === "stopping" || mode === "ended";
}
