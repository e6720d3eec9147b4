import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import { LateRedis } from "../../app/late-redis.ts";
import { placeReportOf } from "../../app/place-report.ts";
import type { JobsRedis } from "../../app/required-place.ts";
import { attachAlone } from "../../bull/adoption/attach-workers.ts";
import { isBullAwaited, loadBull, placeOf } from "../../bull/library/load-bull.ts";
import type { PlaceReport } from "../../protocol/redis-place.ts";

export interface JobsPlaceParts {
  readonly application: Application;
  readonly lockOwner: string;
  readonly log: Logger;
  /** Called if the application has no Worker yet: until it has one, there is nothing to take. */
  readonly waits: () => void;
  readonly report: (place: PlaceReport) => void;
}

/** Resolves with where the jobs are, when init knows it: at once, or when the application has created a Worker that names it. */
export async function findPlace(parts: JobsPlaceParts): Promise<JobsRedis> {
  const { application, log, report } = parts;
  const { config, hasOnlyAdopted, path } = application;
  const redis = config.redis instanceof LateRedis ? await ofFirstWorker(config.redis, parts) : config.redis;
  // A spawned worker has loaded the application for itself, and its template may have found a different place.
  if (hasOnlyAdopted === true) report(placeReportOf(redis, application, placeOf(await loadBull(path)), log));
  return redis;
}

async function ofFirstWorker(late: LateRedis, parts: JobsPlaceParts): Promise<JobsRedis> {
  const { application, lockOwner, waits } = parts;
  const { adopted, path } = application;
  // A copy inside the application's bundle is that of its Workers, and known when one of them is created.
  const bull = isBullAwaited(path) ? undefined : await loadBull(path);
  waits();
  const connectionClass = () => {
    const api = adopted?.copy?.kind === "bundle" ? adopted.copy.api : bull?.api;
    if (api === undefined) throw new Error("a Worker shows its copy of BullMQ");
    return api.RedisConnection;
  };
  // Workers whose jobs this forker does not take work as in BullMQ, and need not wait.
  if (adopted !== undefined) attachAlone(adopted, { connectionClass, lockOwner }, (one) => late.isNamedBy(one));
  return await late.known;
}
