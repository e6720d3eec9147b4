import { closeSync, readFileSync } from "node:fs";
import { addonProblem, native } from "../../native/binding.ts";
import { isNativeError } from "../../native/process.ts";
import type { User } from "../../protocol/launch-config.ts";
import { processStat, readProcessStat } from "../../reaping/process-stat.ts";
import { signalNumber } from "../../signals/signal-names.ts";

/**
 * A child of ours, known by more than its pid. The kernel gives a pid to another process once the first was waited for; and
 * the pids of forked workers come from their template, which runs code of the application, perhaps as another user. An init
 * that is root must not be led to signal a process that is none of ours.
 */
export class KnownProcess {
  readonly pid: number;
  /** undefined: it could not be read. Then the pid has to do. */
  readonly #startTime: string | undefined;
  readonly #hasEnded: boolean;

  private constructor(pid: number, startTime: string | undefined, hasEnded = false) {
    this.pid = pid;
    this.#startTime = startTime;
    this.#hasEnded = hasEnded;
  }

  /** One that init itself has just started, and that nobody has waited for. */
  static spawned(pid: number): KnownProcess {
    return new KnownProcess(pid, processStat(pid)?.startTime);
  }

  /** One that has been waited for. */
  static ended(pid: number): KnownProcess {
    return new KnownProcess(pid, undefined, true);
  }

  /** One that somebody else says was forked for us, and runs as this user. Or why we do not believe it. */
  static forked(pid: number, uid: number): KnownProcess | string {
    // First: what is looked at after that is of this process, or of one that has come since and starts later.
    const startTime = processStat(pid)?.startTime;
    if (startTime === undefined) return "there is no such process";
    if (!isDescendant(pid)) return "it does not descend from init";
    if (!runsAs(pid, uid)) return `it does not run as uid ${uid}`;
    return processStat(pid)?.startTime === startTime ? new KnownProcess(pid, startTime) : "there is no such process";
  }

  /**
   * False: it is gone, and nothing happens. Throws EPERM, which boot checks for, and what keeps init from seeing whether it is
   * the same process still, such as EMFILE.
   */
  signal(name: NodeJS.Signals): boolean {
    const handle = this.#hasEnded ? "gone" : openHandle(this.pid);
    if (handle === "gone") return false;
    try {
      // The handle is older than this look: it is for the process that we see now, or for one that had the pid before and is gone.
      if (!this.#isThere()) return false;
      if (handle === undefined) process.kill(this.pid, name);
      else native().signalProcess(handle, signalNumber(name));
      return true;
    } catch (cause) {
      if (isGone(cause)) return false;
      throw cause;
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  }

  #isThere(): boolean {
    const startTime = readProcessStat(this.pid)?.startTime;
    return startTime !== undefined && (this.#startTime === undefined || startTime === this.#startTime);
  }
}

/**
 * A pidfd. undefined: the kernel has none (before Linux 5.3), a sandbox forbids it, or there is no descriptor left. Then the pid has to do;
 * no child of ours loses it between the look and the signal, for nobody but we ourselves, and nothing in between, waits for one.
 */
function openHandle(pid: number): number | "gone" | undefined {
  if (addonProblem() !== undefined) return undefined;
  try {
    return native().openProcess(pid);
  } catch (cause) {
    return isGone(cause) ? "gone" : undefined;
  }
}

function isGone(cause: unknown): boolean {
  return (isNativeError(cause) ? cause.errnoName : (cause as NodeJS.ErrnoException).code) === "ESRCH";
}

/** A worker, the intermediate that forked it, and the template: see fork-batch.h. */
const generations = 3;
/** The intermediate may end while we look. */
const attempts = 3;

function isDescendant(pid: number): boolean {
  for (let attempt = 0; attempt < attempts; attempt++) {
    let one: number | undefined = pid;
    for (let step = 0; step < generations && one !== undefined; step++) {
      one = processStat(one)?.parentPid;
      if (one === process.pid) return true;
    }
  }
  return false;
}

/** Really, effectively and by what is saved: one that could still become somebody else is not that user. */
function runsAs(pid: number, uid: number): boolean {
  return idsOf(pid, "Uid")?.every((one) => one === uid) ?? false;
}

/** The user that the kernel says a process runs as. undefined: it is gone, or /proc hides it. */
export function userOf(pid: number): User | undefined {
  const [, uid] = idsOf(pid, "Uid") ?? [];
  const [, gid] = idsOf(pid, "Gid") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Real, effective, saved, and of the file system. */
function idsOf(pid: number, field: "Uid" | "Gid"): readonly number[] | undefined {
  try {
    const line = new RegExp(`^${field}:(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return line?.trim().split(/\s+/).map(Number);
  } catch {
    return undefined;
  }
}
