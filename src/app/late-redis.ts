import type { AdoptedWorker } from "../bull/adoption/adopted-worker.ts";
import { placeOf, type WorkerPlace } from "../bull/adoption/redis-places.ts";
import type { WorkerSpec } from "../config/workload.ts";
import { isTaken, type JobsRedis, requirePlace, requirePrefix } from "./required-place.ts";

/**
 * Where the jobs of an application are that creates its Workers only after its load, for instance when Redis has replied: the first
 * Worker of each worker process names it. No connection is opened before, because any guess may be another application's Redis.
 */
export class LateRedis {
  readonly #workload: readonly WorkerSpec[];
  /** FORKER_PREFIX. */
  readonly #prefix: string | undefined;
  readonly #first = Promise.withResolvers<WorkerPlace>();
  #now: WorkerPlace | undefined;

  constructor(workload: readonly WorkerSpec[], prefix: string | undefined) {
    this.#workload = workload;
    this.#prefix = prefix;
  }

  /** Resolves when a Worker has named it. */
  get known(): Promise<WorkerPlace> {
    return this.#first.promise;
  }

  /** undefined: there is no such Worker yet. */
  get now(): WorkerPlace | undefined {
    return this.#now;
  }

  /** Whether this Worker names it: forker takes its jobs, or the application takes them itself. */
  isNamedBy(one: AdoptedWorker): boolean {
    return one.processor === undefined || isTaken(one, this.#workload);
  }

  /** Called with each new Worker. Throws a ForkerError (badConfig) for one whose jobs forker would take in a second place. */
  check(one: AdoptedWorker): void {
    if (this.#now !== undefined) return requirePlace(this.#now, this.#workload)(one);
    if (!this.isNamedBy(one)) return;
    const place = placeOf(one);
    requirePrefix(this.#prefix, place);
    this.#now = place;
    this.#first.resolve(place);
  }
}

/** undefined: no Worker has named it yet. */
export function knownRedis(redis: JobsRedis | LateRedis): JobsRedis | undefined {
  return redis instanceof LateRedis ? redis.now : redis;
}
