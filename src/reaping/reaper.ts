import { addonProblem, native } from "../native/binding.ts";
import type { NativeExit } from "../native/process.ts";
import { signalName } from "../signals/signal-names.ts";
import { childPids } from "./child-pids.ts";

/** How a process ended. */
export type Ended = { readonly exitCode: number } | { readonly signal: string };

export type Reaped = { readonly pid: number } & Ended;

/**
 * Reaps every child that libuv did not start: forked workers, and orphans, whose parent becomes PID 1 or a subreaper.
 * It waits by pid and never for any child (-1): libuv also waits by pid, and never emits `exit` for a child whose wait
 * fails with ECHILD. It does not peek either (waitid with WNOWAIT): a peek returns the first zombie, which may be libuv's,
 * and never the ones behind it.
 */
export class Reaper {
  readonly #ownedByLibuv: (pid: number) => boolean;
  readonly #endsWithGroup: (pid: number) => boolean;

  /**
   * `ownedByLibuv`: true from a child's spawn until its `exit` event. `endsWithGroup`: whether nothing of a child's process group may
   * outlive it.
   */
  constructor(ownedByLibuv: (pid: number) => boolean, endsWithGroup: (pid: number) => boolean = () => false) {
    this.#ownedByLibuv = ownedByLibuv;
    this.#endsWithGroup = endsWithGroup;
  }

  /** Reaps every child that has ended. Repeats until it finds none: the kernel's list has gaps if it changes while it is read. */
  reap(): Reaped[] {
    // Without the addon only libuv can wait.
    if (addonProblem() !== undefined) return [];
    const reaped: Reaped[] = [];
    let before: number;
    do {
      before = reaped.length;
      reaped.push(...this.reapThese(childPids()));
    } while (reaped.length > before);
    return reaped;
  }

  /** Reaps those of the given children that have ended and that libuv did not start. */
  reapThese(pids: readonly number[]): Reaped[] {
    if (addonProblem() !== undefined) return [];
    return pids.flatMap((pid) => {
      const ended = this.#ownedByLibuv(pid) ? undefined : this.reapOne(pid);
      return typeof ended === "object" ? [{ pid, ...ended }] : [];
    });
  }

  /** undefined: the child still runs. "noChild": it is not a child of this process, or was already reaped. */
  reapOne(pid: number): Ended | undefined | "noChild" {
    if (this.#endsWithGroup(pid)) native().endGroupOfEnded(pid);
    const status = native().reap(pid);
    return status === null ? "noChild" : status && endOf(status);
  }
}

function endOf(status: NativeExit): Ended {
  return "signal" in status ? { signal: signalName(status.signal) } : { exitCode: status.exitCode };
}
