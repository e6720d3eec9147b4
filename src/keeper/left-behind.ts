import { setTimeout } from "node:timers/promises";
import { handBack } from "../bull/hand-back.ts";
import type { InheritedLock } from "../bull/inheritance.ts";
import type { BullJob, Lane } from "../bull/lane.ts";
import type { SparseWarnings } from "../log/sparse-warnings.ts";
import type { JobName } from "../protocol/messages.ts";
import { failForDeaths, fuse, type Returned, type ReturnParts } from "./return-jobs.ts";

export interface LeftBehindParts {
  readonly tools: ReturnParts;
  readonly warnings: SparseWarnings;
  /** The keeper ends. */
  readonly signal: AbortSignal;
  readonly returned: (returned: Returned) => void;
  /** A job has to wait for its turn. */
  readonly waits: (job: JobName, deaths: number) => void;
}

const reason = "forker was killed with all its workers";
/** From then on such jobs run one after the other: which of them is the cause shows when the others are not there. */
const oneByOneFrom = fuse - 1;
const lookEveryMs = 500;
/** A queue may be paused. */
const startMs = 30_000;

interface Waiting {
  readonly lane: Lane;
  readonly lock: InheritedLock;
}

/**
 * What becomes of the jobs that a forker left behind. Each death of theirs counts. As all of them go back to the fronts
 * together, they would be together the next time too, and the innocent would fail with the cause. So those that two deaths
 * are known of are let go one at a time.
 */
export class LeftBehind {
  readonly #parts: LeftBehindParts;
  #waiting: readonly Waiting[] = [];
  #isLettingGo = false;
  #isLeaving = false;

  constructor(parts: LeftBehindParts) {
    this.#parts = parts;
  }

  async take(lane: Lane, locks: readonly InheritedLock[]): Promise<void> {
    const returned: Returned = { handedBack: [], failed: [] };
    try {
      for (const lock of locks) {
        if (this.#waiting.some((one) => one.lane === lane && one.lock.id === lock.id)) continue;
        const outcome = await this.#takeOne(lane, lock);
        if (outcome !== undefined) returned[outcome].push({ queue: lane.queue, id: lock.id });
      }
    } finally {
      this.#tell(returned);
      if (this.#waiting.length > 0 && !this.#isLettingGo) void this.#letGoOneByOne();
    }
  }

  async #takeOne(lane: Lane, lock: InheritedLock): Promise<keyof Returned | undefined> {
    const { tools, waits } = this.#parts;
    const { id, token, owner } = lock;
    const job = await lane.find(id);
    if (job === undefined) return undefined;
    const deaths = await tools.locks.countDeath(lane.keys, id, owner);
    if (deaths >= fuse) {
      await failForDeaths(tools.bull, job, token, reason, deaths);
      return "failed";
    }
    if (deaths >= oneByOneFrom && !this.#isLeaving) {
      waits({ queue: lane.queue, id }, deaths);
      // What was taken last comes first from Redis.
      this.#waiting = [{ lane, lock }, ...this.#waiting];
      return undefined;
    }
    await handBack(job, token, lane.keys.marker, tools.markers);
    return "handedBack";
  }

  /** Those that wait for their turn are for others. */
  leaving(): void {
    this.#isLeaving = true;
  }

  async #letGoOneByOne(): Promise<void> {
    this.#isLettingGo = true;
    for (let [next] = this.#waiting; next !== undefined && !this.#isClosed; [next] = this.#waiting) {
      const one = next;
      await this.#insist(() => this.#letGo(one));
      this.#waiting = this.#waiting.filter((other) => other !== one);
      await this.#insist(() => this.#untilItsEnd(one));
    }
    this.#isLettingGo = false;
  }

  async #letGo({ lane, lock: { id, owner } }: Waiting): Promise<void> {
    const { tools } = this.#parts;
    // Not there: somebody removed it, or this is the second call, and the answer to the first was lost on its way.
    const locks = await tools.locks.claim(lane.keys, owner, tools.lockDurationMs, [id]);
    const lock = locks.find((one) => one.id === id);
    const job = lock && (await lane.find(id));
    if (job === undefined) return;
    await handBack(job, lock?.token ?? "", lane.keys.marker, tools.markers);
    this.#tell({ handedBack: [{ queue: lane.queue, id }], failed: [] });
  }

  async #untilItsEnd({ lane, lock: { id } }: Waiting): Promise<void> {
    for (let waitedMs = 0; !this.#isLeaving && !this.#isClosed; waitedMs += lookEveryMs) {
      const state = await stateOf(await lane.find(id));
      if (state === "ended" || (state === "waiting" && waitedMs > startMs)) return;
      await this.#keepLocks();
      await this.#pause();
    }
  }

  /** Nobody else renews them. */
  async #keepLocks(): Promise<void> {
    const { locks, lockDurationMs } = this.#parts.tools;
    for (const { lane, lock } of this.#waiting) await locks.claim(lane.keys, lock.owner, lockDurationMs, [lock.id]);
  }

  async #insist(work: () => Promise<void>): Promise<void> {
    while (!this.#isClosed) {
      try {
        return await work();
      } catch (cause) {
        const fields = { cause: (cause as Error).message };
        this.#parts.warnings.warn(fields, "could not hand back a job of a forker that was here before; trying again");
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const { signal } = this.#parts;
    await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }

  get #isClosed(): boolean {
    return this.#parts.signal.aborted;
  }

  #tell(returned: Returned): void {
    if (returned.handedBack.length + returned.failed.length > 0) this.#parts.returned(returned);
  }
}

async function stateOf(job: BullJob | undefined): Promise<"running" | "waiting" | "ended"> {
  switch (await job?.getState()) {
    case "active":
      return "running";
    case "waiting":
    case "prioritized":
      return "waiting";
    case "delayed":
    case "completed":
    case "failed":
    case "waiting-children":
    case "unknown":
    case undefined:
      return "ended";
  }
}
