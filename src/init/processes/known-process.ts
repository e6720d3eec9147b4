import { closeSync, readFileSync } from "node:fs";
import { shortageOf } from "../../exit/shortage.ts";
import { addonProblem, native } from "../../native/binding.ts";
import { isNativeError } from "../../native/process.ts";
import type { User } from "../../protocol/launch-config.ts";
import { processStat, readProcessStat } from "../../reaping/process-stat.ts";
import { signalNumber } from "../../signals/signal-names.ts";

/** Why init rejects a claim that a process is its own. */
export interface Rejection {
  readonly why: string;
  /** init could not look for want of a descriptor or of memory, and may try again. */
  readonly mayPass: boolean;
}

/**
 * A child of init, identified by more than its pid. The kernel reuses a pid once the process has been reaped. The pids of
 * forked workers come from their template, which runs application code, perhaps as another user. An init that runs as root
 * must not be tricked into signalling a foreign process.
 */
export class KnownProcess {
  readonly pid: number;
  /** undefined: it could not be read. Then the pid alone identifies the process. */
  readonly #startTime: string | undefined;
  readonly #hasEnded: boolean;

  private constructor(pid: number, startTime: string | undefined, hasEnded = false) {
    this.pid = pid;
    this.#startTime = startTime;
    this.#hasEnded = hasEnded;
  }

  /** A process that init has just started itself and has not reaped. */
  static spawned(pid: number): KnownProcess {
    return new KnownProcess(pid, processStat(pid)?.startTime);
  }

  /** A process that has been reaped. */
  static ended(pid: number): KnownProcess {
    return new KnownProcess(pid, undefined, true);
  }

  /** A process that a template claims to have forked, or why init rejects the claim. */
  static forked(pid: number, uid: number): KnownProcess | Rejection {
    try {
      const known = KnownProcess.#verify(pid, uid);
      return typeof known === "string" ? { why: known, mayPass: false } : known;
    } catch (cause) {
      return { why: `init cannot verify it: ${(cause as Error).message}`, mayPass: shortageOf(cause) !== undefined };
    }
  }

  static #verify(pid: number, uid: number): KnownProcess | string {
    // Read first: later reads see this process, or a successor with the same pid and a later start time.
    const startTime = readProcessStat(pid)?.startTime;
    if (startTime === undefined) return "the process does not exist";
    if (!isDescendant(pid)) return "it does not descend from init";
    if (!runsAs(pid, uid)) return `it does not run as uid ${uid}`;
    return readProcessStat(pid)?.startTime === startTime
      ? new KnownProcess(pid, startTime)
      : "the process does not exist";
  }

  /**
   * False: the process has ended, and no signal was sent. Throws EPERM, which the boot checks for. Must not be called once init has
   * reaped the process.
   */
  signal(name: NodeJS.Signals): boolean {
    const handle = this.#hasEnded ? "gone" : openHandle(this.pid);
    if (handle === "gone") return false;
    try {
      // The handle is older than this check: it refers to the process checked here, or to an ended one that had the pid before.
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

  /** If /proc cannot be read without a free descriptor or memory, the pid suffices: the kernel reuses none before init has reaped it. */
  #isThere(): boolean {
    let startTime: string | undefined;
    try {
      startTime = readProcessStat(this.pid)?.startTime;
    } catch (cause) {
      if (shortageOf(cause) !== undefined) return true;
      throw cause;
    }
    return startTime !== undefined && (this.#startTime === undefined || startTime === this.#startTime);
  }
}

/**
 * Opens a pidfd. undefined: the kernel has none (before Linux 5.3), a sandbox forbids it, or no descriptor is free. Then the
 * pid suffices: only init reaps its children, and it does not reap between the check and the signal.
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
/** The intermediate may end during the check. */
const attempts = 3;

function isDescendant(pid: number): boolean {
  for (let attempt = 0; attempt < attempts; attempt++) {
    let one: number | undefined = pid;
    for (let step = 0; step < generations && one !== undefined; step++) {
      one = readProcessStat(one)?.parentPid;
      if (one === process.pid) return true;
    }
  }
  return false;
}

/** Compares the real, effective and saved uid: a process that can still change to another user does not count as this user. */
function runsAs(pid: number, uid: number): boolean {
  return idsOf(pid, "Uid")?.every((one) => one === uid) ?? false;
}

/**
 * The user that a process runs as, as reported by the kernel. undefined: the process has ended, or /proc hides it. Throws if /proc
 * cannot be read, for instance without a free descriptor (EMFILE).
 */
export function userOf(pid: number): User | undefined {
  const [, uid] = idsOf(pid, "Uid") ?? [];
  const [, gid] = idsOf(pid, "Gid") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Real, effective, saved and file system id. */
function idsOf(pid: number, field: "Uid" | "Gid"): readonly number[] | undefined {
  try {
    const line = new RegExp(`^${field}:(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return line?.trim().split(/\s+/).map(Number);
  } catch (cause) {
    if (hidden.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw cause;
  }
}

/** The process has ended, or another user mounted /proc with hidepid: proc(5). */
const hidden = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);
