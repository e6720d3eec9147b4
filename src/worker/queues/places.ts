import type { Lane } from "../../bull/worker/lane.ts";

type LimitedLane = Pick<Lane, "concurrency">;

/**
 * How many jobs run, and for how many more there is a place. A lane with a concurrency of its own has places of its own, as with
 * a BullMQ Worker for each queue; all other lanes share some. With `@C` all lanes share C places.
 */
export class Places {
  readonly #shared: number;
  readonly #isOneLimit: boolean;
  #lanes: readonly LimitedLane[] = [];
  #allShare = true;
  readonly #runningOf = new Map<LimitedLane, number>();
  #running = 0;
  #runningShared = 0;

  /** `concurrency`: that of the worker's spec. */
  constructor(concurrency: number | undefined) {
    this.#shared = concurrency ?? 1;
    this.#isOneLimit = concurrency !== undefined;
  }

  /** The number of jobs that run or are being fetched. */
  get running(): number {
    return this.#running;
  }

  setLanes(lanes: readonly LimitedLane[]): void {
    this.#lanes = lanes;
    this.#allShare = lanes.every((lane) => this.isShared(lane));
  }

  isShared(lane: LimitedLane): boolean {
    return this.#isOneLimit || lane.concurrency === undefined;
  }

  entered(lane: LimitedLane): void {
    this.#change(lane, 1);
  }

  left(lane: LimitedLane): void {
    this.#change(lane, -1);
  }

  /** Whether a job of this lane has a place, if `fetching` of the jobs that have one did not count. */
  hasRoom(lane: LimitedLane, fetching = 0): boolean {
    return this.#taken(lane) - fetching < this.#limit(lane);
  }

  /** Whether any lane has room. */
  hasRoomForAny(fetching = 0): boolean {
    if (this.#allShare) return this.#runningShared - fetching < this.#shared;
    return this.#lanes.some((lane) => this.hasRoom(lane, fetching));
  }

  /** The lanes that have room, in the same order. */
  withRoom<Some extends LimitedLane>(lanes: readonly Some[]): readonly Some[] {
    if (!this.#allShare) return lanes.filter((lane) => this.hasRoom(lane));
    return this.hasRoomForAny() ? lanes : [];
  }

  /** Whether the place of a job that ends may take another job: the limit may have been lowered meanwhile. */
  mayFollow(lane: LimitedLane): boolean {
    return this.#taken(lane) <= this.#limit(lane);
  }

  #limit(lane: LimitedLane): number {
    return this.#isOneLimit ? this.#shared : (lane.concurrency ?? this.#shared);
  }

  #taken(lane: LimitedLane): number {
    return this.isShared(lane) ? this.#runningShared : (this.#runningOf.get(lane) ?? 0);
  }

  /** Whether a job of this lane runs or is being fetched. */
  isBusy(lane: LimitedLane): boolean {
    return this.#runningOf.has(lane);
  }

  #change(lane: LimitedLane, by: 1 | -1): void {
    this.#running += by;
    if (this.isShared(lane)) this.#runningShared += by;
    const running = (this.#runningOf.get(lane) ?? 0) + by;
    if (running > 0) this.#runningOf.set(lane, running);
    else this.#runningOf.delete(lane);
  }
}
