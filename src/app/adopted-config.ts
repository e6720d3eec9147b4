import type { Logger } from "pino";
import type { AdoptedWorker } from "../bull/adoption/adopted-worker.ts";
import type { AdoptedWorkers } from "../bull/adoption/adopted-workers.ts";
import { connectionOptions, placeOf, type WorkerPlace } from "../bull/adoption/redis-places.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import { optionsOfParkedClients } from "../bull/parking/parked-clients.ts";
import { cpuCount } from "../config/cpu-quota.ts";
import { didYouMean } from "../config/nearest.ts";
import { matchesQueues } from "../config/queue-pattern.ts";
import type { Settings } from "../config/settings.ts";
import { defaultWorkload, type WorkerSpec } from "../config/workload.ts";
import { parseWorkload } from "../config/workload-parser.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { ApplicationConfig } from "./application.ts";

const queueDiscoveryIntervalMs = 5_000;

/** The configuration of an application that consists of its own Workers: what they say, and the environment. */
export function adoptedConfig(
  settings: Settings,
  adopted: AdoptedWorkers,
  isOpen: boolean,
  log: Logger,
): ApplicationConfig {
  const workload =
    settings.workload === undefined ? defaultWorkload : parseWorkload(settings.workload, { cpus: cpuCount() });
  if (!isOpen) requireWorkers(workload, adopted);
  const place = commonPlace(workload, adopted);
  if (place !== undefined) compareWith(settings, place, log);
  return {
    workload,
    user: undefined,
    queueDiscoveryIntervalMs,
    logger: undefined,
    verbose: false,
    timeLimits: settings.timeLimits ?? [],
    connection: place?.connection ?? guessedConnection(settings),
    prefix: place?.prefix ?? settings.prefix ?? "bull",
  };
}

/** Of an application that creates its Workers only when Redis has replied: probably that of the client that waits for it. */
function guessedConnection(settings: Settings): string | Record<string, unknown> {
  const [client] = optionsOfParkedClients();
  return settings.redisUrlGiven || client === undefined ? settings.redisUrl : connectionOptions(client);
}

/** Whether a worker with one of these specs runs the jobs of this Worker. */
export function isTaken({ queue, processor }: AdoptedWorker, workload: readonly WorkerSpec[]): boolean {
  return processor !== undefined && workload.some(({ queues }) => matchesQueues(queues, [queue]).includes(queue));
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

/** Whether a Worker finds its jobs where this forker takes them. */
export function isPlacedBy(config: ApplicationConfig): (one: AdoptedWorker) => boolean {
  const { identity } = placeOfConfig(config);
  return (one) => placeOf(one).identity === identity;
}

/** Checks Workers that are created later. `isGuessed`: no Worker had said where its jobs are when forker needed the place. */
export function requirePlace(config: ApplicationConfig, isGuessed = false): (one: AdoptedWorker) => void {
  const expected = placeOfConfig(config);
  const advice = isGuessed
    ? "the application waits for Redis before it creates its first Worker, so forker took the place of the client that waits; set REDIS_URL and FORKER_PREFIX to what its Workers use"
    : "start another forker for it, whose WORKLOAD names its queue";
  return (one) => {
    if (!isTaken(one, config.workload)) return;
    const place = placeOf(one);
    if (place.identity === expected.identity) return;
    throw new ForkerError(
      "badConfig",
      "ERR_FORKER_PLACES",
      `Worker of queue ${one.queue}: expected its jobs in ${expected.text}, where this forker takes them, got ${place.text}; ${advice}`,
    );
  };
}

function placeOfConfig({ connection, prefix }: ApplicationConfig): WorkerPlace {
  return placeOf({ queue: "", prefix, options: { connection: optionsOf(connection) } });
}

function optionsOf(connection: string | Record<string, unknown>): Record<string, unknown> {
  return typeof connection === "string" ? { url: connection } : connection;
}

function twoPlaces(queue: string, place: WorkerPlace, other: string, otherPlace: WorkerPlace): ForkerError {
  return new ForkerError(
    "badConfig",
    "ERR_FORKER_PLACES",
    `the application's Workers: expected one Redis database and prefix, got ${place.text} for ${quoted([queue])} and ${otherPlace.text} for ${quoted([other])}; ` +
      "start a forker for each, whose WORKLOAD names its queues",
  );
}

/** The Workers' own connections and prefix count, as without forker. REDIS_URL may be meant for something else. */
function compareWith(settings: Settings, place: WorkerPlace, log: Logger): void {
  if (settings.prefix !== undefined && settings.prefix !== place.prefix) {
    const message = `FORKER_PREFIX: expected the prefix of the application's Workers, ${place.prefix}, got ${settings.prefix}; unset it`;
    throw new ForkerError("badConfig", "ERR_FORKER_PREFIX", message);
  }
  if (!settings.redisUrlGiven) return;
  const { address } = redisTarget(settings.redisUrl);
  if (!place.text.startsWith(address))
    log.warn(
      { redisUrl: address, workers: place.text },
      "ignored REDIS_URL: the application's Workers use another connection",
    );
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
