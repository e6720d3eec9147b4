import * as v from "valibot";
import { bullPlace } from "./bull-place.ts";
import { text } from "./fields.ts";

/** Where the jobs are: the connection for ioredis, BullMQ's key prefix, and the BullMQ whose scripts move the jobs. */
const redisPlace = v.object({
  connection: v.union([text, v.record(v.string(), v.unknown())]),
  prefix: text,
  bull: bullPlace,
});
export type RedisPlace = v.InferOutput<typeof redisPlace>;

/** What a template or a worker says about where the jobs are. Only `redis` may contain a password. */
export const placeReport = v.object({
  /** The same for one server, database and prefix. */
  identity: text,
  /** For people. */
  text,
  /** For the keeper. Absent if the connection cannot be serialized: setup() returned functions or a TLS context. */
  redis: v.optional(redisPlace),
});
export type PlaceReport = v.InferOutput<typeof placeReport>;
