import type { Markers } from "../../bull/keys/markers.ts";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { JobWait } from "../../bull/wait/blocking-wait.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import type { Fetches } from "../jobs/fetches.ts";
import type { JobRunner } from "../jobs/job-runner.ts";
import type { FetchMode } from "../orders/mode.ts";
import type { Admission } from "./admission.ts";
import { Changes } from "./changes.ts";
import type { LaneOrder } from "./lane-order.ts";
import { WakeUpTimes } from "./wake-up-times.ts";

export interface DispatcherParts {
  readonly wait: JobWait;
  readonly markers: Markers;
  readonly admission: Admission;
  readonly fetches: Fetches;
  readonly order: LaneOrder;
  readonly runner: Pick<JobRunner, "run" | "handBackUnstarted">;
  /** Called when Redis has refused a command. */
  readonly failed: (error: unknown) => void;
  /** Called when a place of the lane is free again. */
  readonly left?: (lane: Lane) => void;
}

/** The pause after Redis has refused a command. */
const refusedDelayMs = 250;

/**
 * Takes jobs from the lanes, in strict order or by weight, as many at a time as admission allows. It waits for a marker of any lane on the
 * blocking connection, and Redis checks the lanes in their order. When a job ends, its place takes the next job of the same
 * lane in the same command, unless a lane whose turn is before has a marker.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #wakeUpTimes = new WakeUpTimes();
  readonly #changes = new Changes();
  #lanes: readonly Lane[] = [];
  #byMarker = new Map<string, Lane>();
  /** The lanes that the current wait is for. */
  #awaited: readonly Lane[] | undefined;
  #parked = true;
  #ended = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    void this.#loop();
  }

  /** In the order of the worker's list. A lane that is no longer in the list finishes its running jobs. */
  setLanes(lanes: readonly Lane[]): void {
    const { order, admission } = this.#parts;
    this.#lanes = lanes;
    this.#byMarker = new Map(lanes.map((lane) => [lane.keys.marker, lane]));
    // A lane with places of its own takes none from the others.
    order.setLanes(lanes.filter((lane) => admission.isShared(lane)));
    this.#wakeUpTimes.keepOnly(lanes);
    admission.setLanes(lanes);
    this.#interrupt();
  }

  /** Whether a job of this lane runs or is being fetched. */
  isBusy(lane: Lane): boolean {
    return this.#parts.admission.isBusy(lane);
  }

  /** Called when lanes have another concurrency. */
  placesChanged(): void {
    this.setLanes(this.#lanes);
  }

  setFetchMode(fetchMode: FetchMode): void {
    if (fetchMode !== "take") this.#passOn();
    this.#parts.admission.setFetchMode(fetchMode);
    this.#interrupt();
  }

  /** Takes no jobs while jobs are being stopped: if the process has to exit for that, fewer jobs are interrupted. */
  setPaused(isPaused: boolean): void {
    this.#parts.admission.setPaused(isPaused);
    this.#interrupt();
  }

  /** Resolves when at most `exceptJobs` jobs run and none is being fetched. Only for a dispatcher that no longer takes jobs. */
  async quiet(exceptJobs = 0): Promise<void> {
    while (this.#parts.admission.running > exceptJobs || !this.#parked) await this.#changes.next();
  }

  end(): void {
    this.#ended = true;
    this.#parts.admission.end();
    this.#interrupt();
  }

  async #loop(): Promise<void> {
    while (!this.#ended) {
      try {
        if (this.#parts.admission.canTake) await this.#takeOne();
        else await this.#park();
      } catch (error) {
        this.#parts.failed(error);
        await this.#changes.nextWithin(refusedDelayMs);
      }
    }
    this.#parked = true;
    this.#changes.happened();
  }

  async #park(): Promise<void> {
    this.#parked = true;
    this.#changes.happened();
    await this.#changes.next();
    this.#parked = !this.#parts.admission.canTake;
  }

  async #takeOne(): Promise<void> {
    const { wait, markers, admission, order } = this.#parts;
    const free = order.ordered(admission.open(this.#lanes));
    const { open, ready, waitMs } = this.#wakeUpTimes.plan(free, Date.now());
    if (open.length === 0) return await this.#changes.nextWithin(waitMs);
    this.#awaited = free;
    const marker = await wait
      .wait(
        ready.map((lane) => lane.keys.marker),
        open.map((lane) => lane.keys.marker),
        waitMs,
      )
      .finally(() => {
        this.#awaited = undefined;
      });
    if (marker === undefined) return;
    const lane = this.#byMarker.get(marker.key);
    if (lane === undefined || !admission.canTakeFrom(lane)) return await markers.putBack(marker);
    if (marker.score > Date.now()) this.#wakeUpTimes.at(lane, marker.score);
    else await this.#fetch(lane);
  }

  async #fetch(lane: Lane): Promise<void> {
    const { admission, fetches, order, markers, failed } = this.#parts;
    admission.entered(lane);
    const token = fetches.begin();
    let job: BullJob | undefined;
    try {
      job = await lane.fetch(token);
    } catch (error) {
      fetches.end(token);
      this.#left(lane);
      markers.mark(lane.keys.marker).catch(failed);
      throw error;
    }
    fetches.end(token);
    order.forget();
    if (job === undefined) {
      this.#left(lane);
      this.#wakeUpTimes.at(lane, lane.dueAt);
    } else {
      order.took(lane);
      void this.#run(lane, job, token);
    }
    if (!admission.canTakeFrom(lane)) this.#passOn((one) => !admission.canTakeFrom(one));
  }

  async #run(lane: Lane, first: BullJob, token: string): Promise<void> {
    const { admission, order, runner, markers, failed } = this.#parts;
    let job: BullJob | undefined = first;
    order.busy(lane);
    try {
      while (job !== undefined) {
        if (!admission.admits(lane.isSuspect(job))) return await this.#handBackUnstarted(lane, job, token);
        let fetchedNext = false;
        job = await runner.run(lane, job, token, () => {
          fetchedNext = admission.mayFollow(lane) && this.#byMarker.has(lane.keys.marker) && !order.isReady(lane);
          return fetchedNext;
        });
        if (job !== undefined) order.took(lane);
        // While the queue was at its global concurrency, a worker may have popped the marker of a waiting job and taken no job.
        if (!fetchedNext) markers.mark(lane.keys.marker).catch(failed);
      }
    } catch (error) {
      failed(error);
    } finally {
      this.#left(lane);
      order.idle(lane);
      this.#changes.happened();
      // The current wait began while the lane had no place for another job.
      if (this.#awaited !== undefined && !this.#awaited.includes(lane)) this.#parts.wait.interrupt();
    }
  }

  #left(lane: Lane): void {
    const { admission, left } = this.#parts;
    admission.jobEnded(lane);
    left?.(lane);
  }

  async #handBackUnstarted(lane: Lane, job: BullJob, token: string): Promise<void> {
    const { fetches, runner } = this.#parts;
    fetches.beginToHandBack(token);
    try {
      await runner.handBackUnstarted(lane, job, token);
    } finally {
      fetches.end(token);
    }
  }

  /** Puts back the markers of delayed jobs that only this worker knows of, so that an idle worker wakes up for them. */
  #passOn(concerns?: (lane: Lane) => boolean): void {
    const { markers, failed } = this.#parts;
    for (const marker of this.#wakeUpTimes.removeDueSoon(Date.now(), concerns)) markers.putBack(marker).catch(failed);
  }

  #interrupt(): void {
    this.#changes.happened();
    this.#parts.wait.interrupt();
  }
}
