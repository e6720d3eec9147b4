import type { Logger } from "pino";
import type { AdoptedWorkers } from "../bull/adoption/adopted-workers.ts";
import { placeOf, type WorkerPlace } from "../bull/adoption/redis-places.ts";
import { ownCpuCount } from "../config/cpu-quota.ts";
import { didYouMean } from "../config/nearest.ts";
import { matchesQueues } from "../config/queue-pattern.ts";
import type { Settings } from "../config/settings.ts";
import { defaultWorkload, type WorkerSpec } from "../config/workload.ts";
import { parseWorkload } from "../config/workload-parser.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { ApplicationConfig } from "./application.ts";
import { LateRedis } from "./late-redis.ts";
import { warnOfOtherRedis } from "./place-report.ts";
import { isTaken, requirePrefix } from "./required-place.ts";

const queueDiscoveryIntervalMs = 5_000;

/** The configuration of an application that consists of its own Workers: what they say, and the environment. */
export function adoptedConfig(
  settings: Settings,
  adopted: AdoptedWorkers,
  isOpen: boolean,
  log: Logger,
): ApplicationConfig {
  const workload =
    settings.workload === undefined ? defaultWorkload : parseWorkload(settings.workload, { cpus: ownCpuCount() });
  if (!isOpen) requireWorkers(workload, adopted);
  const place = commonPlace(workload, adopted);
  if (place !== undefined) {
    requirePrefix(settings.prefix, place);
    warnOfOtherRedis(settings, place, log);
  }
  return {
    workload,
    user: undefined,
    queueDiscoveryIntervalMs,
    logger: undefined,
    verbose: false,
    timeLimits: settings.timeLimits ?? [],
    redis: place ?? new LateRedis(workload, settings.prefix),
  };
}

/** Throws a ForkerError (badApp) for queues that the workload names and that have no Worker. */
function requireWorkers(workload: readonly WorkerSpec[], adopted: AdoptedWorkers): void {
  const named = new Set(workload.flatMap(({ queues }) => matchesQueues(queues, [])));
  const missing = [...named].filter((queue) => adopted.forQueue(queue) === undefined);
  const [first] = missing;
  if (first === undefined) return;
  throw new ForkerError(
    "badApp",
    "ERR_FORKER_NO_PROCESSOR",
    `expected a Worker for each queue of the workload, got none for ${quoted(missing)} (there are ${quoted(adopted.queues)})` +
      `${didYouMean(first, adopted.queues)}; create it, or take it out of the workload`,
  );
}

/**
 * Throws a ForkerError (badConfig) if the Workers that the workload takes do not all find their jobs in one place. If it takes none,
 * because the application takes all jobs itself, the place is that of its first Worker.
 */
function commonPlace(workload: readonly WorkerSpec[], adopted: AdoptedWorkers): WorkerPlace | undefined {
  const taken = adopted.all.filter((one) => isTaken(one, workload));
  let first: { readonly queue: string; readonly place: WorkerPlace } | undefined;
  for (const one of taken) {
    const place = placeOf(one);
    first ??= { queue: one.queue, place };
    if (place.identity !== first.place.identity) throw twoPlaces(first.queue, first.place, one.queue, place);
  }
  const [byHand] = adopted.all.filter(({ processor }) => processor === undefined);
  return first?.place ?? (byHand === undefined ? undefined : placeOf(byHand));
}

function twoPlaces(queue: string, place: WorkerPlace, other: string, otherPlace: WorkerPlace): ForkerError {
  return new ForkerError(
    "badConfig",
    "ERR_FORKER_PLACES",
    `the application's Workers: expected one Redis database and prefix, got ${place.text} for ${quoted([queue])} and ${otherPlace.text} for ${quoted([other])}; ` +
      "start one forker for each, with its queues in WORKLOAD",
  );
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
