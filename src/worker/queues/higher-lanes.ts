import type { Markers } from "../../bull/keys/markers.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import type { LaneOrder } from "./lane-order.ts";
import { LookSchedule } from "./look-schedule.ts";

/** Up to this number of lanes, a look costs no more than any other command, whatever its round trip takes. */
const manyLanes = 100;

/** Tells whether a lane above another has jobs, with one command every few milliseconds. */
export class HigherLanes implements LaneOrder {
  readonly #markers: Markers;
  readonly #failed: (error: unknown) => void;
  readonly #schedule = new LookSchedule();
  readonly #busy = new Map<Lane, number>();
  #lanes: readonly Lane[] = [];
  #index = new Map<Lane, number>();
  #firstReady: Lane | undefined;

  constructor(markers: Markers, failed: (error: unknown) => void) {
    this.#markers = markers;
    this.#failed = failed;
  }

  setLanes(lanes: readonly Lane[]): void {
    this.#lanes = lanes;
    this.#index = new Map(lanes.map((lane, index) => [lane, index]));
    this.forget();
  }

  ordered(lanes: readonly Lane[]): readonly Lane[] {
    return lanes;
  }

  took(): void {}

  busy(lane: Lane): void {
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1);
  }

  idle(lane: Lane): void {
    const jobs = (this.#busy.get(lane) ?? 1) - 1;
    if (jobs > 0) this.#busy.set(lane, jobs);
    else this.#busy.delete(lane);
  }

  forget(): void {
    this.#firstReady = undefined;
    this.#schedule.forget();
  }

  isReady(lane: Lane): boolean {
    return this.#firstReady !== undefined && this.#indexOf(this.#firstReady) < this.#indexOf(lane);
  }

  /** Resolves when the answer for this lane is fresh enough; undefined: it already is. */
  look(lane: Lane): Promise<void> | undefined {
    if (this.#indexOf(lane) <= 0) return undefined;
    return this.#schedule.refresh(() => this.#look());
  }

  async #look(): Promise<void> {
    const lowest = Math.max(0, ...[...this.#busy.keys()].map((lane) => this.#indexOf(lane)));
    const now = Date.now();
    const lanes = this.#lanes.slice(0, lowest).filter((lane) => lane.limitedUntil <= now);
    const startMs = performance.now();
    try {
      const first = lanes.length === 0 ? -1 : await this.#markers.firstReady(lanes.map((lane) => lane.keys.marker));
      this.#firstReady = lanes[first];
      this.#schedule.answered(startMs, lanes.length > manyLanes ? performance.now() - startMs : 0);
    } catch (error) {
      this.#failed(error);
    }
  }

  #indexOf(lane: Lane): number {
    return this.#index.get(lane) ?? -1;
  }
}
