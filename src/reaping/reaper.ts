import { addonProblem, native } from "../native/binding.ts";
import type { NativeExit } from "../native/process.ts";
import { signalName } from "../signals/signal-names.ts";
import { childPids } from "./child-pids.ts";

/** How a process ended. */
export type Ended = { readonly exitCode: number } | { readonly signal: string };

export type Reaped = { readonly pid: number } & Ended;

/**
 * Collects the exit statuses of every child that libuv did not start: forked workers, and the orphans that come to PID 1
 * or to a subreaper. It waits by pid and never for "any child": libuv, which waits for its own by pid, takes ECHILD for
 * "somebody else has it" and would never emit that child's `exit`. Nor does it peek (waitid with WNOWAIT): the peek stops
 * at the first zombie, which may be libuv's, and sees none behind it.
 */
export class Reaper {
  readonly #ownedByLibuv: (pid: number) => boolean;

  /** `ownedByLibuv`: true from the moment of the spawn until that child's `exit` event. */
  constructor(ownedByLibuv: (pid: number) => boolean) {
    this.#ownedByLibuv = ownedByLibuv;
  }

  /** Everybody that has ended by now. Looks again until nobody is found: a list that is read while it changes has gaps. */
  reap(): Reaped[] {
    // Nobody but libuv can wait then.
    if (addonProblem() !== undefined) return [];
    const reaped: Reaped[] = [];
    let before: number;
    do {
      before = reaped.length;
      reaped.push(...this.reapThese(childPids()));
    } while (reaped.length > before);
    return reaped;
  }

  /** Those of these that have ended and that libuv did not start. */
  reapThese(pids: readonly number[]): Reaped[] {
    if (addonProblem() !== undefined) return [];
    return pids.flatMap((pid) => {
      const ended = this.#ownedByLibuv(pid) ? undefined : this.reapOne(pid);
      return typeof ended === "object" ? [{ pid, ...ended }] : [];
    });
  }

  /** One child whose pid is known. undefined: it still runs. "noChild": it is not ours, or was waited for already. */
  reapOne(pid: number): Ended | undefined | "noChild" {
    const status = native().reap(pid);
    return status === null ? "noChild" : status && endOf(status);
  }
}

function endOf(status: NativeExit): Ended {
  return "signal" in status ? { signal: signalName(status.signal) } : { exitCode: status.exitCode };
}
