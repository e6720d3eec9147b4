import type { Lane } from "../../bull/worker/lane.ts";
import { YoungGeneration } from "../../heap/young-generation.ts";
import type { RunnerPool } from "./runner-pool.ts";

/** Tells the pool of runners how many isolated jobs may run at a time, by the worker's lanes. */
export class IsolatedPlaces {
  readonly #runners: Pick<RunnerPool, "setPlaces">;
  readonly #isIsolated: (lane: Lane) => boolean;
  readonly #concurrency: number | undefined;
  readonly #young = new YoungGeneration();

  constructor(
    runners: Pick<RunnerPool, "setPlaces">,
    isIsolated: (lane: Lane) => boolean,
    concurrency: number | undefined,
  ) {
    this.#runners = runners;
    this.#isIsolated = isIsolated;
    this.#concurrency = concurrency;
  }

  follow(lanes: readonly Lane[]): void {
    const isolated = lanes.filter(this.#isIsolated);
    this.#runners.setPlaces(placesFor(isolated, this.#concurrency));
    // What jobs allocate is then in the runners.
    this.#young.keepSmallIf(isolated.length > 0 && isolated.length === lanes.length);
  }
}

/** How many jobs of these lanes a worker with this concurrency may run at a time: see Places. */
export function placesFor(lanes: readonly Pick<Lane, "concurrency">[], concurrency: number | undefined): number {
  if (lanes.length === 0) return 0;
  if (concurrency !== undefined) return concurrency;
  const own = lanes.flatMap((lane) => lane.concurrency ?? []);
  const sharesOne = own.length < lanes.length;
  return own.reduce((sum, one) => sum + one, sharesOne ? 1 : 0);
}
