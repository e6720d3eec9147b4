import type { WorkerMode } from "../../protocol/messages.ts";

/**
 * standby    started, waits in its slot until init lets it take jobs
 * taking     takes jobs
 * suspended  finishes what it holds, takes nothing, goes on when resumed
 * draining   finishes what it holds, then ends
 * stopping   cuts short what it holds and hands it back, then ends
 * ended      holds nothing, takes nothing, has sent its exit report
 */
export type Mode = WorkerMode | "ended";

export type ModeEvent = "take" | "suspend" | "resume" | "drain" | "stop" | "finished";

/** What is not in here changes nothing: every event may come twice, too late, or in any order. */
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
  /** Wished by USR2 and not yet taken back, whatever the mode: a standby may be suspended before it takes its first job. */
  readonly suspended: boolean;
}

export const initialMode: ModeState = { mode: "standby", suspended: false };

export function nextMode(state: ModeState, event: ModeEvent): ModeState {
  const suspended = event === "suspend" || (state.suspended && event !== "resume");
  const mode = transitions[state.mode][event] ?? state.mode;
  return { mode: mode === "taking" && suspended ? "suspended" : mode, suspended };
}

/**
 * What to do with jobs. "take": fetch them. "finish": fetch none, but run what is just being fetched. "none": fetch none,
 * and hand back what is just being fetched.
 */
export type FetchMode = "take" | "finish" | "none";

/** What a worker in this mode does with jobs. */
export const fetchModes: Readonly<Record<Mode, FetchMode>> = {
  standby: "none",
  taking: "take",
  suspended: "none",
  draining: "finish",
  stopping: "none",
  ended: "none",
};

/** It takes no more jobs, whatever comes. */
export function isLeaving(mode: Mode): boolean {
  return mode === "draining" || mode === "stopping" || mode === "ended";
}
