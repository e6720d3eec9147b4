import type { Logger } from "pino";
import { plainConnection } from "../bull/adoption/redis-places.ts";
import { isPlainConnection, redisTarget } from "../bull/connection/redis-target.ts";
import type { Settings } from "../config/settings.ts";
import type { BullPlace } from "../protocol/bull-place.ts";
import type { PlaceReport } from "../protocol/redis-place.ts";
import type { Application } from "./application.ts";
import { type JobsRedis, placeOfRedis } from "./required-place.ts";

/** What init and the keeper learn about where the jobs are. The keeper is another process, which gets plain data only. */
export function placeReportOf(
  redis: JobsRedis,
  { adopted }: Pick<Application, "adopted">,
  bull: BullPlace,
  log: Logger,
): PlaceReport {
  const { identity, text } = placeOfRedis(redis);
  const { prefix } = redis;
  const isTheirs = adopted !== undefined && typeof redis.connection !== "string";
  const connection = isTheirs ? plainConnection(redis.connection) : redis.connection;
  if (isPlainConnection(connection)) return { identity, text, redis: { connection, prefix, bull } };
  log.warn(
    "the keeper cannot use forker.connection, which is not plain data: set REDIS_URL, or a dead worker's jobs wait for BullMQ's stalled check, and no worker is added on demand (xMIN..MAX)",
  );
  return { identity, text };
}

/** The Workers' own connections count, as without forker: REDIS_URL may be meant for something else. */
export function warnOfOtherRedis(settings: Settings, redis: JobsRedis, log: Logger): void {
  if (!settings.redisUrlGiven) return;
  const { text } = placeOfRedis(redis);
  const { address } = redisTarget(settings.redisUrl);
  if (!text.startsWith(address))
    log.warn(
      { redisUrl: address, workers: text },
      "ignored REDIS_URL: the application's Workers use another connection",
    );
}
