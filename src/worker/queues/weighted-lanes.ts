import type { Markers } from "../../bull/keys/markers.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import type { LaneOrder } from "./lane-order.ts";
import { LookSchedule } from "./look-schedule.ts";
import { Shares } from "./shares.ts";

/**
 * Shares the places of a worker among its lanes by weight. A worker still waits for all lanes at once: the shares only decide in which order
 * Redis looks at them, so an idle worker takes a job of any lane as soon as with strict order.
 */
export class WeightedLanes implements LaneOrder {
  readonly #markers: Markers;
  readonly #failed: (error: unknown) => void;
  readonly #shares: Shares<Lane>;
  readonly #schedule = new LookSchedule();
  #lanes: readonly Lane[] = [];
  #ready: ReadonlySet<Lane> = new Set();

  constructor(markers: Markers, weightOf: (queue: string) => number, failed: (error: unknown) => void) {
    this.#markers = markers;
    this.#failed = failed;
    this.#shares = new Shares(({ queue }) => weightOf(queue));
  }

  setLanes(lanes: readonly Lane[]): void {
    this.#lanes = lanes;
    this.#shares.keepOnly(lanes);
    this.#ready = new Set();
    this.#schedule.forget();
  }

  ordered(lanes: readonly Lane[]): readonly Lane[] {
    return this.#shares.ordered(lanes);
  }

  took(lane: Lane): void {
    this.#shares.took(lane);
  }

  busy(): void {}

  idle(): void {}

  /** An answer stays valid: it is not only about the lanes above one. */
  forget(): void {}

  isReady(lane: Lane): boolean {
    return this.#before(lane).some((one) => this.#ready.has(one));
  }

  look(lane: Lane): Promise<void> | undefined {
    if (this.#before(lane).length === 0) return undefined;
    return this.#schedule.refresh(() => this.#look());
  }

  /** The lanes whose turn is before that of this one. */
  #before(lane: Lane): readonly Lane[] {
    const ordered = this.#shares.ordered(this.#lanes);
    return ordered.slice(0, Math.max(0, ordered.indexOf(lane)));
  }

  async #look(): Promise<void> {
    const now = Date.now();
    const lanes = this.#lanes.filter((lane) => lane.limitedUntil <= now);
    const startMs = performance.now();
    try {
      const ready = await this.#markers.allReady(lanes.map((lane) => lane.keys.marker));
      this.#ready = new Set(lanes.filter(({ keys }) => ready.has(keys.marker)));
      this.#schedule.answered(startMs, performance.now() - startMs);
    } catch (error) {
      this.#failed(error);
    }
  }
}
