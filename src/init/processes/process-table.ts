import type { User } from "../../protocol/launch-config.ts";
import { isStoppedBySignal } from "../../reaping/process-state.ts";
import { KnownProcess, type Rejection, userOf } from "./known-process.ts";

/** A process that init may signal. */
export interface Signallable {
  readonly pid: number;
  /** False: the process has ended, and no signal was sent. May throw. */
  signal(name: NodeJS.Signals): boolean;
}

/** What init asks the kernel about its processes. */
export interface ProcessTable {
  /** A process that init has just started itself and has not reaped. */
  spawned(pid: number): Signallable;
  /** A process that has been reaped. */
  ended(pid: number): Signallable;
  /** A process that a template claims to have forked, or why init rejects the claim. */
  forked(pid: number, uid: number): Signallable | Rejection;
  /** undefined: the process has ended, or /proc hides it. Throws if /proc cannot be read. */
  userOf(pid: number): User | undefined;
  isStoppedBySignal(pid: number): boolean;
}

export const kernelsProcessTable: ProcessTable = {
  spawned: (pid) => KnownProcess.spawned(pid),
  ended: (pid) => KnownProcess.ended(pid),
  forked: (pid, uid) => KnownProcess.forked(pid, uid),
  userOf,
  isStoppedBySignal,
};
