import { setTimeout } from "node:timers/promises";
import type { Inheritance, InheritedLock } from "../bull/keys/inheritance.ts";
import type { TurnNote } from "../bull/keys/leases.ts";
import type { BullJob } from "../bull/library/bull-types.ts";
import { handBack } from "../bull/worker/hand-back.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { SparseWarnings } from "../log/sparse-warnings.ts";
import { type Life, lifeOf } from "../protocol/life.ts";
import type { JobName, KeeperMessage } from "../protocol/messages.ts";
import {
  failForDeaths,
  forEach,
  fuse,
  isNothing,
  nothingReturned,
  type Returned,
  type ReturnParts,
} from "./return-jobs.ts";

export interface LeftBehindParts {
  readonly life: Life;
  readonly tools: ReturnParts;
  readonly inheritance: Inheritance;
  readonly turn: TurnNote;
  readonly warnings: SparseWarnings;
  /** The keeper ends. */
  readonly signal: AbortSignal;
  readonly lane: (queue: string) => Lane;
  readonly returned: (returned: Returned) => void;
  /** These jobs wait for their turn from now on, and some of them are named. */
  readonly waiting: (jobs: KeptBack) => void;
  /** This one has to. */
  readonly waits: (job: JobName, deaths: number) => void;
}

const reason = "forker was killed with all its workers";
/** From then on such jobs run one after the other: which of them is the cause shows when the others are not there. */
const oneByOneFrom = fuse - 1;
const lookEveryMs = 500;
/** A queue may be paused. */
const startMs = 30_000;

const namedAtMost = 100;

export type KeptBack = Omit<Extract<KeeperMessage, { kind: "waiting" }>, "kind">;

interface Waiting {
  readonly lane: Lane;
  readonly id: string;
}

/** Who has the locks of jobs that wait with the keeper of this life, or with the one that takes its place. */
export function waitingOwner(life: Life): string {
  return `${life}-waiting`;
}

/**
 * What becomes of the jobs that a forker left behind. Each death of theirs counts. As all of them go back to the fronts
 * together, they would be together the next time too, and the innocent would fail with the cause. So those that two deaths
 * are known of are let go one at a time. Meanwhile they are this life's, as others see by their locks, and whose turn it is
 * stands in Redis, where a keeper that takes our place finds it.
 */
export class LeftBehind {
  readonly #parts: LeftBehindParts;
  readonly #owner: string;
  #waiting: readonly Waiting[] = [];
  #isLettingGo = false;
  readonly #leaving = new AbortController();

  constructor(parts: LeftBehindParts) {
    this.#parts = parts;
    this.#owner = waitingOwner(parts.life);
  }

  /** `leaving`: lives that had been told to end. No job had a part in that. */
  async take(lane: Lane, locks: readonly InheritedLock[], leaving: ReadonlySet<Life>): Promise<void> {
    const returned = nothingReturned();
    const isNew = ({ id }: InheritedLock) => !this.#waiting.some((one) => one.lane === lane && one.id === id);
    const refused = await forEach(locks.filter(isNew), returned, lane.queue, async (lock) => {
      return await this.#takeOne(lane, lock, !leaving.has(lifeOf(lock.owner) ?? ""));
    });
    this.#tell(returned);
    if (this.#waiting.length > 0 && !this.#isLettingGo) void this.#letGoOneByOne();
    if (refused !== undefined) throw refused;
  }

  async #takeOne(lane: Lane, lock: InheritedLock, counts: boolean): Promise<keyof Returned | "neither"> {
    const { tools, waits, inheritance } = this.#parts;
    const { id, token, owner } = lock;
    const job = await lane.find(id, "toHandBack");
    if (job === undefined) return "neither";
    const isOurs = owner === this.#owner;
    const deaths = isOurs ? oneByOneFrom : counts ? await tools.locks.countDeath(lane.keys, id, oneByOneFrom) : 0;
    if (deaths >= fuse) return await failForDeaths(tools, lane, lock, { reason, deaths });
    if (deaths >= oneByOneFrom && !this.#isLeaving) {
      if (!isOurs && !(await inheritance.pass(lane.keys, lock, this.#owner))) return "neither";
      if (!isOurs) waits({ queue: lane.queue, id }, deaths);
      // What was taken last comes first from Redis.
      this.#setWaiting([{ lane, id }, ...this.#waiting]);
      return "neither";
    }
    await handBack(job, token, () => tools.markers.mark(lane.keys.marker));
    return "handedBack";
  }

  /** Those that wait for their turn are for others. */
  leaving(): void {
    this.#leaving.abort();
  }

  /** Whether any do is known from now on. */
  tellWaiting(): void {
    const latest = this.#waiting.slice(0, namedAtMost).map(({ lane, id }) => ({ queue: lane.queue, id }));
    const queues = [...new Set(this.#waiting.map(({ lane }) => lane.queue))];
    this.#parts.waiting({ count: this.#waiting.length, latest, queues });
  }

  async #letGoOneByOne(): Promise<void> {
    this.#isLettingGo = true;
    await this.#insist(() => this.#awaitTurn());
    for (let [next] = this.#waiting; next !== undefined && !this.#isClosed; [next] = this.#waiting) {
      const one = next;
      await this.#insist(() => this.#letGo(one));
      this.#setWaiting(this.#waiting.filter((other) => other !== one));
      await this.#insist(() => this.#untilItsEnd(one));
    }
    this.#isLettingGo = false;
  }

  /** The keeper before us may have let one go. */
  async #awaitTurn(): Promise<void> {
    const { turn, lane } = this.#parts;
    const job = await turn.read();
    if (job !== undefined) await this.#untilItsEnd({ lane: lane(job.queue), id: job.id });
  }

  async #letGo({ lane, id }: Waiting): Promise<void> {
    const { tools, turn } = this.#parts;
    await turn.write({ queue: lane.queue, id });
    // Not there: somebody removed it, or this is the second call, and the answer to the first was lost on its way.
    const locks = await tools.locks.claim(lane.keys, this.#owner, tools.lockDurationMs, [{ id }]);
    const lock = locks.find((one) => one.id === id);
    const job = lock && (await lane.find(id, "toHandBack"));
    if (job === undefined) return;
    await handBack(job, lock?.token ?? "", () => tools.markers.mark(lane.keys.marker));
    this.#tell({ ...nothingReturned(), handedBack: [{ queue: lane.queue, id }] });
  }

  async #untilItsEnd({ lane, id }: Waiting): Promise<void> {
    for (let waitedMs = 0; !this.#isLeaving && !this.#isClosed; waitedMs += lookEveryMs) {
      const state = await stateOf(await lane.find(id, "toHandBack"));
      if (state === "ended" || (state === "waiting" && waitedMs > startMs)) return;
      await this.#keepLocks();
      await this.#pause();
    }
  }

  /** Nobody else renews them. */
  async #keepLocks(): Promise<void> {
    const { locks, lockDurationMs } = this.#parts.tools;
    for (const [lane, waiting] of Map.groupBy(this.#waiting, (one) => one.lane))
      await locks.claim(
        lane.keys,
        this.#owner,
        lockDurationMs,
        waiting.map(({ id }) => ({ id })),
      );
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
    const signal = this.#isLeaving ? this.#parts.signal : AbortSignal.any([this.#parts.signal, this.#leaving.signal]);
    await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }

  #setWaiting(waiting: readonly Waiting[]): void {
    this.#waiting = waiting;
    this.tellWaiting();
  }

  get #isLeaving(): boolean {
    return this.#leaving.signal.aborted;
  }

  get #isClosed(): boolean {
    return this.#parts.signal.aborted;
  }

  #tell(returned: Returned): void {
    if (!isNothing(returned)) this.#parts.returned(returned);
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
