import type { CommandClient } from "../connection/new-client.ts";
import type { Script } from "../keys/script.ts";
import type { BullJob } from "../library/bull-types.ts";
import { errorCode } from "../library/internals.ts";
import {
  eventsLimit,
  jobField,
  jobKey,
  lockKey,
  markerMember,
  metaField,
  priorityScoreFactor,
  type QueueKeys,
} from "../library/key-layout.ts";
import type { Bull } from "../library/load-bull.ts";

/**
 * Puts an active job back at the front of its queue, like `Job.moveToWait` of BullMQ from 5.41 on. The older script behind
 * `Worker.RateLimitError` cannot be used: before 5.2 it moves a job only while the queue is rate-limited, and before 5.35 it does
 * not say that the job is another worker's.
 */
const moveScript = `
local active, wait, paused, stalled, prioritized, marker, meta, events, key, lock = unpack(KEYS)
local id, token = ARGV[1], ARGV[2]
if redis.call("EXISTS", key) == 0 then return ${errorCode.JobNotExist} end
local holder = redis.call("GET", lock)
if not holder then return ${errorCode.JobLockNotExist} end
if holder ~= token then return ${errorCode.JobLockMismatch} end
redis.call("DEL", lock)
redis.call("SREM", stalled, id)
if redis.call("LREM", active, 1, id) == 0 then return 0 end
local isPaused = redis.call("HEXISTS", meta, "${metaField.paused}") == 1
local priority = tonumber(redis.call("HGET", key, "${jobField.priority}") or 0) or 0
if priority > 0 then
  redis.call("ZADD", prioritized, priority * ${priorityScoreFactor}, id)
else
  redis.call("RPUSH", isPaused and paused or wait, id)
end
if not isPaused then redis.call("ZADD", marker, 0, "${markerMember.job}") end
local limit = redis.call("HGET", meta, "${eventsLimit.field}") or ${eventsLimit.default}
redis.call("XADD", events, "MAXLEN", "~", limit, "*", "event", "waiting", "jobId", id, "prev", "active")
return 1`;

type MovingRedis = CommandClient & { forkerMoveToWait: Script<number> };

/** Whether `Job.moveToWait` of this copy is the right one for the keys in Redis. */
export function hasMoveToWait({ api, standsInFor }: Bull): boolean {
  return "moveToWait" in api.Job.prototype && standsInFor === undefined;
}

/** Rejects with BullMQ's code if the job is not held with this token. */
export async function moveToWait({ api }: Bull, client: CommandClient, job: BullJob, token: string): Promise<number> {
  client.defineCommand("forkerMoveToWait", { lua: moveScript });
  const { id = "", prefix, queueName } = job;
  const keys = new api.QueueKeys(prefix).getKeys(queueName) as unknown as QueueKeys;
  const { active, wait, paused, stalled, prioritized, marker, meta, events } = keys;
  const all = [active, wait, paused, stalled, prioritized, marker, meta, events, jobKey(keys, id), lockKey(keys, id)];
  const code = await (client as MovingRedis).forkerMoveToWait(all.length, ...all, id, token);
  if (code < 0) throw Object.assign(new Error(`Missing lock for job ${id}. moveToWait`), { code });
  return code;
}
