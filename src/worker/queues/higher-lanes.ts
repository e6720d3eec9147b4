import type { Markers } from "../../bull/keys/markers.ts";
import type { Lane } from "../../bull/worker/lane.ts";

/** The maximum age of an answer that decides on strict order. */
const staleAfterMs = 5;
/** From this age on, the next answer is requested while the current one is still valid, so that short jobs never wait for it. */
const renewAfterMs = 2;
/** With very many lanes a look is slow. Looks may take this share of the time. */
const maximumShare = 1 / 20;
/** Up to this number of lanes, a look costs no more than any other command, whatever its round trip takes. */
const manyLanes = 100;

/** Tells whether a lane above another has jobs, with one command every few milliseconds. */
export class HigherLanes {
  readonly #markers: Markers;
  readonly #failed: (error: unknown) => void;
  readonly #busy = new Map<Lane, number>();
  #lanes: readonly Lane[] = [];
  #index = new Map<Lane, number>();
  #firstReady: Lane | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #lookMs = 0;
  #looking: Promise<void> | undefined;

  constructor(markers: Markers, failed: (error: unknown) => void) {
    this.#markers = markers;
    this.#failed = failed;
  }

  setLanes(lanes: readonly Lane[]): void {
    this.#lanes = lanes;
    this.#index = new Map(lanes.map((lane, index) => [lane, index]));
    this.forget();
  }

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
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  isReady(lane: Lane): boolean {
    return this.#firstReady !== undefined && this.#indexOf(this.#firstReady) < this.#indexOf(lane);
  }

  /** Resolves when the answer for this lane is fresh enough; undefined: it already is. */
  look(lane: Lane): Promise<void> | undefined {
    if (this.#indexOf(lane) <= 0) return undefined;
    const ageMs = performance.now() - this.#lookedAtMs;
    const staleMs = Math.max(staleAfterMs, this.#lookMs / maximumShare);
    if (ageMs > (staleMs * renewAfterMs) / staleAfterMs)
      // #look() cannot clear this: if all higher lanes are rate-limited, it returns before this assignment.
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    return ageMs > staleMs ? this.#looking : undefined;
  }

  async #look(): Promise<void> {
    const lowest = Math.max(0, ...[...this.#busy.keys()].map((lane) => this.#indexOf(lane)));
    const now = Date.now();
    const lanes = this.#lanes.slice(0, lowest).filter((lane) => lane.limitedUntil <= now);
    const startMs = performance.now();
    try {
      const first = lanes.length === 0 ? -1 : await this.#markers.firstReady(lanes.map((lane) => lane.keys.marker));
      this.#firstReady = lanes[first];
      this.#lookedAtMs = startMs;
      this.#lookMs = lanes.length > manyLanes ? performance.now() - startMs : 0;
    } catch (error) {
      this.#failed(error);
    }
  }

  #indexOf(lane: Lane): number {
    return this.#index.get(lane) ?? -1;
  }
}
