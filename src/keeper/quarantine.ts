import { setTimeout } from "node:timers/promises";
import type { ReleasedJob } from "../bull/keys/leases.ts";
import type { OrphanLock, OrphanLocks } from "../bull/keys/orphan-locks.ts";
import type { BullJob } from "../bull/library/bull-types.ts";
import { handBackWhole } from "../bull/worker/hand-back.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import { type InstanceId, instanceIdOf } from "../protocol/instance-id.ts";
import type { KeeperMessage } from "../protocol/keeper-messages.ts";
import type { JobName } from "../protocol/messages.ts";
import { type HandBackParts } from "./death.ts";
import { failForDeaths, removeWaitingMark } from "./hand-back-jobs.ts";
import { forEachLock, type HandBackResult, isNothing, nothingReturned } from "./hand-back-result.ts";

export interface QuarantineParts {
  readonly instanceId: InstanceId;
  readonly tools: HandBackParts;
  readonly orphanLocks: OrphanLocks;
  readonly released: ReleasedJob;
  readonly warnings: ThrottledWarnings;
  /** Aborted when the keeper ends. */
  readonly signal: AbortSignal;
  readonly lane: (queue: string) => Lane;
  readonly recovered: (recovered: HandBackResult) => void;
  /** Called with the jobs that are now in quarantine. The report names only some of them. */
  readonly quarantined: (jobs: QuarantineReport) => void;
  /** Called when a job is put into quarantine. */
  readonly onQuarantined: (job: JobName, deaths: number) => void;
}

const reason = "forker was killed with all its workers";
const lookEveryMs = 500;
/** How long the keeper waits for a released job to start: its queue may be paused. */
const startTimeoutMs = 30_000;

const namedAtMost = 100;

export type QuarantineReport = Omit<Extract<KeeperMessage, { kind: "quarantined" }>, "kind">;

interface QuarantinedJob {
  readonly lane: Lane;
  readonly id: string;
}

/** The owner of the locks of quarantined jobs: the same for every keeper of this instance. */
export function quarantineOwner(instanceId: InstanceId): string {
  return `${instanceId}-quarantine`;
}

/**
 * Recovers the orphaned jobs of a forker that has ended. Its death counts against each of them. All of them go back to the
 * fronts of their queues together, so they would run together again, and the innocent would fail with the cause. Therefore jobs
 * that would not survive another death are put into quarantine and released one at a time. Meanwhile this instance owns their locks. Redis
 * stores the name of the job that was released last, for a keeper that replaces this one.
 */
export class Quarantine {
  readonly #parts: QuarantineParts;
  readonly #lockOwner: string;
  #quarantined: readonly QuarantinedJob[] = [];
  #isReleasing = false;
  readonly #leaving = new AbortController();

  constructor(parts: QuarantineParts) {
    this.#parts = parts;
    this.#lockOwner = quarantineOwner(parts.instanceId);
  }

  /** `leaving`: instances that were draining or stopping when they ended. No job caused that. */
  async recover(lane: Lane, locks: readonly OrphanLock[], leaving: ReadonlySet<InstanceId>): Promise<void> {
    const recovered = nothingReturned();
    const isNew = ({ id }: OrphanLock) =>
      !this.#quarantined.some((one) => one.lane.queue === lane.queue && one.id === id);
    const refused = await forEachLock(locks.filter(isNew), recovered, lane.queue, async (lock) => {
      return await this.#recoverOne(lane, lock, !leaving.has(instanceIdOf(lock.lockOwner) ?? ""));
    });
    this.#report(recovered);
    if (this.#quarantined.length > 0 && !this.#isReleasing) void this.#releaseOneByOne();
    if (refused !== undefined) throw refused;
  }

  async #recoverOne(lane: Lane, lock: OrphanLock, counts: boolean): Promise<keyof HandBackResult | "neither"> {
    const { tools, onQuarantined, orphanLocks } = this.#parts;
    const { id, lockOwner } = lock;
    const job = await lane.find(id, "toHandBack");
    if (job === undefined) return "neither";
    const isOurs = lockOwner === this.#lockOwner;
    const deathsAtMost = tools.deathsAtMost(lane);
    // From this many deaths on, orphaned jobs run one after another: only that shows which of them is the cause.
    const quarantineFrom = Math.max(1, deathsAtMost);
    const count = async () => await tools.locks.countDeath(lane.keys, id, quarantineFrom, "unknown");
    const deaths = isOurs ? quarantineFrom : counts ? await count() : 0;
    if (deaths > deathsAtMost && !isOurs) return await failForDeaths(tools, lane, lock, { reason, deaths });
    if (deaths >= quarantineFrom && !this.#isLeaving) {
      if (!isOurs && !(await orphanLocks.transfer(lane, lock, this.#lockOwner))) return "neither";
      if (!isOurs) onQuarantined({ queue: lane.queue, id }, deaths);
      // Redis returns the jobs in reverse order: the one that was taken last comes first.
      this.#setQuarantined([{ lane, id }, ...this.#quarantined]);
      return "neither";
    }
    await handBackWhole(tools, lane, job, lock, () => tools.markers.mark(lane.keys.marker));
    await removeWaitingMark(tools, lane, job);
    return "handedBack";
  }

  /** Releases all quarantined jobs, and no longer quarantines any: other forkers take them. */
  leaving(): void {
    this.#leaving.abort();
  }

  /** Reports to init which jobs are in quarantine. */
  reportQuarantined(): void {
    const latest = this.#quarantined.slice(0, namedAtMost).map(({ lane, id }) => ({ queue: lane.queue, id }));
    const queues = [...new Set(this.#quarantined.map(({ lane }) => lane.queue))];
    this.#parts.quarantined({ count: this.#quarantined.length, latest, queues });
  }

  async #releaseOneByOne(): Promise<void> {
    this.#isReleasing = true;
    await this.#insist(() => this.#awaitReleased());
    for (let [next] = this.#quarantined; next !== undefined && !this.#isClosed; [next] = this.#quarantined) {
      const one = next;
      await this.#insist(() => this.#release(one));
      this.#setQuarantined(this.#quarantined.filter((other) => other !== one));
      await this.#insist(() => this.#untilItsEnd(one));
    }
    this.#isReleasing = false;
  }

  /** Waits for the end of a job that an earlier keeper released. */
  async #awaitReleased(): Promise<void> {
    const { released, lane } = this.#parts;
    const job = await released.read();
    if (job !== undefined) await this.#untilItsEnd({ lane: lane(job.queue), id: job.id });
  }

  async #release({ lane, id }: QuarantinedJob): Promise<void> {
    const { tools, released } = this.#parts;
    await released.write({ queue: lane.queue, id });
    // The job is missing if it was removed, or if this is a second call because the answer to the first was lost.
    const locks = await tools.locks.claim(lane.keys, this.#lockOwner, lane.lockDurationMs, [{ id }]);
    const lock = locks.find((one) => one.id === id);
    const job = lock && (await lane.find(id, "toHandBack"));
    if (lock === undefined || job === undefined) return;
    await handBackWhole(tools, lane, job, lock, () => tools.markers.mark(lane.keys.marker));
    this.#report({ ...nothingReturned(), handedBack: [{ queue: lane.queue, id }] });
  }

  async #untilItsEnd({ lane, id }: QuarantinedJob): Promise<void> {
    for (let waitedMs = 0; !this.#isLeaving && !this.#isClosed; waitedMs += lookEveryMs) {
      const state = await stateOf(await lane.find(id, "toHandBack"));
      if (state === "ended" || (state === "waiting" && waitedMs > startTimeoutMs)) return;
      await this.#renewLocks();
      await this.#pause();
    }
  }

  /** No worker renews the locks of quarantined jobs. */
  async #renewLocks(): Promise<void> {
    const { locks } = this.#parts.tools;
    for (const [lane, quarantined] of Map.groupBy(this.#quarantined, (one) => one.lane))
      await locks.claim(
        lane.keys,
        this.#lockOwner,
        lane.lockDurationMs,
        quarantined.map(({ id }) => ({ id })),
      );
  }

  async #insist(work: () => Promise<void>): Promise<void> {
    while (!this.#isClosed) {
      try {
        return await work();
      } catch (cause) {
        const fields = { cause: (cause as Error).message };
        this.#parts.warnings.warn(fields, "could not hand back an orphaned job; trying again");
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const signal = this.#isLeaving ? this.#parts.signal : AbortSignal.any([this.#parts.signal, this.#leaving.signal]);
    await setTimeout(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }

  #setQuarantined(quarantined: readonly QuarantinedJob[]): void {
    this.#quarantined = quarantined;
    this.reportQuarantined();
  }

  get #isLeaving(): boolean {
    return this.#leaving.signal.aborted;
  }

  get #isClosed(): boolean {
    return this.#parts.signal.aborted;
  }

  #report(recovered: HandBackResult): void {
    if (!isNothing(recovered)) this.#parts.recovered(recovered);
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
