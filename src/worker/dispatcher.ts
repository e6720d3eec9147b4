import type { Markers } from "../bull/keys/markers.ts";
import type { BullJob } from "../bull/library/bull-types.ts";
import type { JobWait } from "../bull/wait/blocking-wait.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { NotTakingReason } from "../protocol/messages.ts";
import { HigherLanes } from "./higher-lanes.ts";
import { whyNotTaking } from "./may-take.ts";
import { Solitude } from "./solitude.ts";
import { Wakes } from "./wakes.ts";

/**
 * What to do with jobs. "take": fetch them. "finish": fetch none, but run what is just being fetched. "none": fetch none,
 * and hand back what is just being fetched.
 */
export type Appetite = "take" | "finish" | "none";

export interface DispatcherParts {
  readonly concurrency: number;
  readonly wait: JobWait;
  readonly markers: Markers;
  /** Unique in all processes: whoever shows a job's token owns the job. */
  readonly tokenPrefix: string;
  readonly run: (lane: Lane, job: BullJob, token: string, mayFetchNext: () => boolean) => Promise<BullJob | undefined>;
  readonly handBackUnstarted: (lane: Lane, job: BullJob, token: string) => Promise<void>;
  /** A Redis command was refused. */
  readonly failed: (error: unknown) => void;
  /** Whether the next job is taken has changed, and why it is not. */
  readonly judged?: (reason: NotTakingReason | undefined) => void;
}

/** After Redis refused a command. */
const refusedDelayMs = 250;

/**
 * Takes jobs from the lanes in strict order, `concurrency` at a time. It waits for a marker of any lane on the blocking
 * connection, where Redis looks at them in our order; a slot that finished a job takes the next one of the same lane in the
 * same step, unless a lane above has a marker.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #higher: HigherLanes;
  readonly #wakes = new Wakes();
  readonly #solitude = new Solitude();
  #lanes: readonly Lane[] = [];
  #byMarker = new Map<string, Lane>();
  #appetite: Appetite = "none";
  #held = false;
  #running = 0;
  #tokens = 0;
  readonly #fetching = new Set<string>();
  #parked = true;
  #ended = false;
  #reason: NotTakingReason | undefined = "mode";
  #changed: (() => void)[] = [];

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#higher = new HigherLanes(parts.markers, parts.failed);
    void this.#loop();
  }

  /** In strict order of priority. A lane that is gone from the list finishes what it holds. */
  setLanes(lanes: readonly Lane[]): void {
    this.#lanes = lanes;
    this.#byMarker = new Map(lanes.map((lane) => [lane.keys.marker, lane]));
    this.#higher.setLanes(lanes);
    this.#wakes.keepOnly(lanes);
    this.#judge();
    this.#interrupt();
  }

  setAppetite(appetite: Appetite): void {
    this.#appetite = appetite;
    if (appetite !== "take") this.#passOn();
    this.#judge();
    this.#interrupt();
  }

  /** For as long as jobs are being stopped nothing is taken: should the process have to end for it, less is cut short. */
  setHeld(held: boolean): void {
    this.#held = held;
    this.#judge();
    this.#interrupt();
  }

  /** Before a job's last step: learns whether a lane above has work, so that the step may take the next job at once. undefined: it is known. */
  beforeFinish(lane: Lane): Promise<void> | undefined {
    return this.#hungry ? this.#higher.look(lane) : undefined;
  }

  /** Resolves when nothing runs, but for so many, and nothing is being fetched. Only for a dispatcher that no longer takes. */
  async quiet(butFor = 0): Promise<void> {
    while (this.#running > butFor || !this.#parked) await this.#nextChange();
  }

  /** Whether a job is being taken with this token, or handed back before it began: nobody holds it meanwhile. */
  isFetching(token: string): boolean {
    return this.#fetching.has(token);
  }

  get isFetchingAny(): boolean {
    return this.#fetching.size > 0;
  }

  end(): void {
    this.#ended = true;
    this.#judge();
    this.#interrupt();
  }

  /** Whether a job that ends may be followed by another in its place. */
  get #hungry(): boolean {
    return this.#reason === undefined || this.#reason === "full";
  }

  get #canTake(): boolean {
    return this.#reason === undefined && this.#running < this.#parts.concurrency;
  }

  /** After everything that it depends on. A place that waits for Redis to give it a job is free: should Redis never answer, init must see that. */
  #judge(): void {
    const reason = whyNotTaking({
      isTakingMode: this.#appetite === "take" && !this.#ended,
      isStoppingJobs: this.#held,
      suspects: this.#solitude.state,
      queues: this.#lanes.length,
      running: this.#running - this.#fetching.size,
      concurrency: this.#parts.concurrency,
    });
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#parts.judged?.(reason);
  }

  #left(): void {
    this.#running--;
    this.#solitude.left(this.#running);
    this.#judge();
  }

  async #loop(): Promise<void> {
    while (!this.#ended) {
      try {
        if (this.#canTake) await this.#takeOne();
        else await this.#park();
      } catch (error) {
        this.#parts.failed(error);
        await this.#sleep(refusedDelayMs);
      }
    }
    this.#parked = true;
    this.#change();
  }

  async #park(): Promise<void> {
    this.#parked = true;
    this.#change();
    await this.#nextChange();
    this.#parked = !this.#canTake;
  }

  async #takeOne(): Promise<void> {
    const { wait, markers } = this.#parts;
    const { open, ready, waitMs } = this.#wakes.plan(this.#lanes, Date.now());
    if (open.length === 0) return await this.#sleep(waitMs);
    const marker = await wait.wait(
      ready.map((lane) => lane.keys.marker),
      open.map((lane) => lane.keys.marker),
      waitMs,
    );
    if (marker === undefined) return;
    const lane = this.#byMarker.get(marker.key);
    if (lane === undefined || !this.#canTake) return await markers.putBack(marker);
    if (marker.score > Date.now()) this.#wakes.at(lane, marker.score);
    else await this.#fetch(lane);
  }

  async #fetch(lane: Lane): Promise<void> {
    const token = `${this.#parts.tokenPrefix}:${this.#tokens++}`;
    this.#running++;
    this.#fetching.add(token);
    let job: BullJob | undefined;
    try {
      job = await lane.fetch(token);
    } catch (error) {
      this.#left();
      this.#parts.markers.mark(lane.keys.marker).catch(this.#parts.failed);
      throw error;
    } finally {
      this.#fetching.delete(token);
    }
    this.#higher.forget();
    if (job === undefined) {
      this.#left();
      this.#wakes.at(lane, lane.dueAt);
    } else void this.#run(lane, job, token);
    if (!this.#canTake) this.#passOn();
  }

  async #run(lane: Lane, first: BullJob, token: string): Promise<void> {
    let job: BullJob | undefined = first;
    this.#higher.busy(lane);
    try {
      while (job !== undefined) {
        const isWanted = this.#appetite !== "none" && !this.#held;
        const isSuspect = lane.isSuspect(job);
        const isAdmitted = isWanted && this.#solitude.admits(isSuspect, this.#running);
        this.#judge();
        if (!isAdmitted) return await this.#handBackUnstarted(lane, job, token);
        let fetchedNext = false;
        job = await this.#parts.run(lane, job, token, () => {
          fetchedNext = this.#hungry && this.#byMarker.has(lane.keys.marker) && !this.#higher.isReady(lane);
          return fetchedNext;
        });
        // While the queue was at its global concurrency somebody may have swallowed the marker of a waiting job.
        if (!fetchedNext) this.#parts.markers.mark(lane.keys.marker).catch(this.#parts.failed);
      }
    } catch (error) {
      this.#parts.failed(error);
    } finally {
      this.#left();
      this.#higher.idle(lane);
      this.#change();
    }
  }

  async #handBackUnstarted(lane: Lane, job: BullJob, token: string): Promise<void> {
    this.#fetching.add(token);
    try {
      await this.#parts.handBackUnstarted(lane, job, token);
    } finally {
      this.#fetching.delete(token);
    }
  }

  /** Delayed jobs that we alone would wake up for: an idle sibling shall, while we are busy. */
  #passOn(): void {
    for (const marker of this.#wakes.takeSoon(Date.now()))
      this.#parts.markers.putBack(marker).catch(this.#parts.failed);
  }

  #change(): void {
    if (this.#changed.length > 0) for (const resolve of this.#changed.splice(0)) resolve();
  }

  #interrupt(): void {
    this.#change();
    this.#parts.wait.interrupt();
  }

  async #nextChange(): Promise<void> {
    await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  async #sleep(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      this.#nextChange(),
      new Promise((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      }),
    ]);
    clearTimeout(timer);
  }
}
