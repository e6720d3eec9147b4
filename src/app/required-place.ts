import type { AdoptedWorker } from "../bull/adoption/adopted-worker.ts";
import { placeOf, type WorkerPlace } from "../bull/adoption/redis-places.ts";
import { matchesQueues } from "../config/queue-pattern.ts";
import type { WorkerSpec } from "../config/workload.ts";
import { ForkerError } from "../exit/forker-error.ts";

/** Where the jobs are: `REDIS_URL` or what setup() has set, or what the application's own Workers use. */
export interface JobsRedis {
  /** For ioredis. */
  readonly connection: string | Record<string, unknown>;
  readonly prefix: string;
}

/** Whether a worker with one of these specs runs the jobs of this Worker. */
export function isTaken({ queue, processor }: AdoptedWorker, workload: readonly WorkerSpec[]): boolean {
  return processor !== undefined && workload.some(({ queues }) => matchesQueues(queues, [queue]).includes(queue));
}

/** Whether a Worker finds its jobs where this forker takes them. */
export function isPlacedBy(redis: JobsRedis): (one: AdoptedWorker) => boolean {
  const { identity } = placeOfRedis(redis);
  return (one) => placeOf(one).identity === identity;
}

/** Checks Workers: throws a ForkerError (badConfig) for one whose jobs this forker would take in another place. */
export function requirePlace(redis: JobsRedis, workload: readonly WorkerSpec[]): (one: AdoptedWorker) => void {
  const expected = placeOfRedis(redis);
  return (one) => {
    if (!isTaken(one, workload)) return;
    const place = placeOf(one);
    if (place.identity === expected.identity) return;
    throw new ForkerError(
      "badConfig",
      "ERR_FORKER_PLACES",
      `Worker of queue ${one.queue}: expected its jobs in ${expected.text}, where this forker takes them, got ${place.text}; ` +
        "start another forker for it, with its queue in WORKLOAD",
    );
  };
}

/** Throws a ForkerError (badConfig) if FORKER_PREFIX, when it is set, is not the prefix of the Workers. */
export function requirePrefix(given: string | undefined, { prefix }: JobsRedis): void {
  if (given === undefined || given === prefix) return;
  const message = `FORKER_PREFIX: expected the prefix of the application's Workers, ${prefix}, got ${given}; unset it`;
  throw new ForkerError("badConfig", "ERR_FORKER_PREFIX", message);
}

export function placeOfRedis({ connection, prefix }: JobsRedis): WorkerPlace {
  const options = typeof connection === "string" ? { url: connection } : connection;
  return placeOf({ queue: "", prefix, options: { connection: options } });
}
