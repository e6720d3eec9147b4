import type { Lane } from "../bull/lane.ts";
import type { Markers } from "../bull/markers.ts";

/** As often as a plain BullMQ Worker looks at its queue when nothing wakes it. */
const restoreEveryMs = 5_000;

export interface UpkeepParts {
  readonly markers: Markers;
  readonly stalledEveryMs: number;
  readonly lanes: () => readonly Lane[];
  /** Whether to do anything now: only a worker that takes jobs looks after its queues. */
  readonly due: () => boolean;
  readonly failed: (error: unknown) => void;
}

/** What every worker does for its queues now and then: lost markers are put back, jobs of dead workers returned. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  #timer: NodeJS.Timeout | undefined;
  #stalledAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#schedule(0);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#once()
        .catch(this.#parts.failed)
        .finally(() => {
          // Jitter keeps the workers of a fleet, forked in one moment, from coming all at once.
          if (this.#timer !== undefined) this.#schedule(restoreEveryMs * (0.9 + Math.random() / 5));
        });
    }, delayMs);
  }

  async #once(): Promise<void> {
    const { markers, lanes, due, stalledEveryMs } = this.#parts;
    if (!due()) return;
    const active = await markers.restore(lanes().map((lane) => lane.keys));
    if (performance.now() - this.#stalledAtMs < stalledEveryMs) return;
    this.#stalledAtMs = performance.now();
    for (const lane of lanes()) if (active.has(lane.keys.active)) await lane.checkStalled();
  }
}
