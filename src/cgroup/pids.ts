import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

export interface PidsLimit {
  readonly max: number;
  /** Processes and threads that there are now. */
  readonly current: number;
}

/** The cgroup above us, or our own, that has the least room left. undefined: no limit. https://docs.kernel.org/admin-guide/cgroup-v2.html, `pids.max` */
export function tightestPidsLimit(read: ReadFile): PidsLimit | undefined {
  const { v2, v1 } = cgroupFolders(read, "pids");
  const limits = [...v2, ...v1].flatMap((folder) => {
    const max = wholeNumber(read(`${folder}/pids.max`));
    const current = wholeNumber(read(`${folder}/pids.current`));
    return max === undefined || current === undefined ? [] : [{ max, current }];
  });
  return limits.toSorted((one, other) => one.max - one.current - (other.max - other.current))[0];
}

/** How often a limit of ours has refused a process or a thread, `pids.events`. undefined: the kernel does not say. */
export function pidsRefusals(read: ReadFile): number | undefined {
  const { v2, v1 } = cgroupFolders(read, "pids");
  const file = nearestFile(read, [...v2, ...v1], "pids.events");
  return wholeNumber(/^max (\d+)$/m.exec(file === undefined ? "" : (read(file) ?? ""))?.[1]);
}

/** Where the kernel does not count refusals: so near to the limit, a process with its threads finds no room. */
const processThreads = 24;

/** What a refusal leads to (a failed fork, an abort) is noticed within this. */
const memoryMs = 5_000;

/** Says which limit it was when the system refused a process or a thread. */
export class RoomWitness {
  readonly #read: ReadFile;
  #refusals: number | undefined;
  #refusedAt = -Infinity;

  constructor(read: ReadFile) {
    this.#read = read;
    this.#refusals = pidsRefusals(read);
  }

  /** The message of a fork or spawn that failed, with what is behind an EAGAIN. */
  explain(message: string, now: number): string {
    if (!message.includes("EAGAIN")) return message;
    return `${message} (${this.refused(now) ?? (isFull(this.#read) ? this.#limit() : elsewhere)})`;
  }

  /** Which limit has refused something just now, by the kernel's count; undefined: none that counts. */
  refused(now: number): string | undefined {
    this.look(now);
    return now - this.#refusedAt < memoryMs ? this.#limit() : undefined;
  }

  /** Whether anything was refused since the last look. */
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
  "no pids.max of this cgroup was reached: look at RLIMIT_NPROC (ulimit -u), kernel.threads-max and kernel.pid_max";

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
