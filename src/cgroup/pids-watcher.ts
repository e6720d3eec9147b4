import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

export interface PidsLimit {
  readonly max: number;
  /** Processes and threads that exist now. */
  readonly current: number;
}

/**
 * The limit of this cgroup or an ancestor that leaves the fewest processes. undefined: no limit.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html, `pids.max`.
 */
export function tightestPidsLimit(read: ReadFile): PidsLimit | undefined {
  const { v2, v1 } = cgroupFolders(read, "pids");
  const limits = [...v2, ...v1].flatMap((folder) => {
    const max = wholeNumber(read(`${folder}/pids.max`));
    const current = wholeNumber(read(`${folder}/pids.current`));
    return max === undefined || current === undefined ? [] : [{ max, current }];
  });
  return limits.toSorted((one, other) => one.max - one.current - (other.max - other.current))[0];
}

/** How often a limit of this cgroup refused a process or a thread, by `pids.events`. undefined: the kernel does not count. */
export function pidsRefusals(read: ReadFile): number | undefined {
  const { v2, v1 } = cgroupFolders(read, "pids");
  const file = nearestFile(read, [...v2, ...v1], "pids.events");
  return wholeNumber(/^max (\d+)$/m.exec(file === undefined ? "" : (read(file) ?? ""))?.[1]);
}

/** Used if the kernel does not count refusals: a process with its threads does not fit this close below the limit. */
const processThreads = 24;

/** init notices the consequence of a refusal (a failed fork, an abort) within this time. */
const memoryMs = 5_000;

/** Names the limit by which the system refused a process or a thread. */
export class PidsWatcher {
  readonly #read: ReadFile;
  #refusals: number | undefined;
  #refusedAt = -Infinity;

  constructor(read: ReadFile) {
    this.#read = read;
    this.#refusals = pidsRefusals(read);
  }

  /** Returns the message of a failed fork or spawn; to an EAGAIN it adds the limit that caused it. */
  explain(message: string, now: number): string {
    if (!message.includes("EAGAIN")) return message;
    return `${message} (${this.refused(now) ?? (isFull(this.#read) ? this.#limit() : elsewhere)})`;
  }

  /** The limit that refused something just now, by the kernel's count. undefined: the kernel counted no refusal. */
  refused(now: number): string | undefined {
    this.look(now);
    return now - this.#refusedAt < memoryMs ? this.#limit() : undefined;
  }

  /** Whether the kernel has refused anything since the last call. */
  look(now: number): boolean {
    const before = this.#refusals;
    this.#refusals = pidsRefusals(this.#read);
    const refused = before !== undefined && this.#refusals !== undefined && this.#refusals > before;
    if (refused) this.#refusedAt = now;
    return refused;
  }

  #limit(): string {
    const limit = tightestPidsLimit(this.#read);
    if (limit === undefined) return elsewhere;
    const counted = this.#refusals === undefined ? "" : `, and pids.events counts ${this.#refusals} refusals`;
    return `pids.max is ${limit.max}: ${limit.current} processes and threads exist${counted}; raise the container's pids limit`;
  }
}

function isFull(read: ReadFile): boolean {
  const limit = tightestPidsLimit(read);
  return limit !== undefined && limit.current + processThreads >= limit.max;
}

const elsewhere =
  "no pids.max of this cgroup was reached: check RLIMIT_NPROC (ulimit -u), kernel.threads-max and kernel.pid_max";

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
