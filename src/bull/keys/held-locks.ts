import { fitId, isShortId } from "../../protocol/fit.ts";
import type { CommandClient } from "../connection/new-client.ts";
import type { QueueKeys } from "./markers.ts";

/**
 * The active jobs whose lock shows a token of this owner: whoever takes a job has it written into Redis itself, in the same
 * step. No other account of what a process holds is as new, and none survives its death as well. One step for the whole
 * list: it may change between two. Ten thousand active jobs take Redis some five milliseconds.
 */
const findScript = `
local found = {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local token = redis.call("GET", ARGV[1] .. id .. ":lock")
  if token and string.match(token, "^([^:]+):") == ARGV[2] then
    found[#found + 1] = id
    found[#found + 1] = token
  end
end
return found`;

/**
 * The same of a worker that is dead, and what it is known to have held whose lock has expired, if nobody has started it since: it
 * gets a token of the owner's. All locks last from now on, so that none ends before its job is moved.
 */
const claimScript = `
local found, known = {}, {}
for number = 5, #ARGV, 2 do known[ARGV[number]] = ARGV[number + 1] end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local key = ARGV[1] .. id .. ":lock"
  local token = redis.call("GET", key)
  if not token and known[id] and (known[id] == "" or redis.call("HGET", ARGV[1] .. id, "ats") == known[id]) then
    token = ARGV[4]
  end
  if token and string.match(token, "^([^:]+):") == ARGV[2] then
    redis.call("SET", key, token, "PX", ARGV[3])
    redis.call("SREM", KEYS[2], id)
    found[#found + 1] = id
    found[#found + 1] = token
  end
end
return found`;

/** As BullMQ's own renewal, but only where the owner is late with it: half of the lock's time is over. */
const renewScript = `
local owners, renewed = {}, {}
for number = 3, #ARGV do owners[ARGV[number]] = true end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local key = ARGV[1] .. id .. ":lock"
  local token = redis.call("GET", key)
  if token and owners[string.match(token, "^([^:]+):")] and redis.call("PTTL", key) < tonumber(ARGV[2]) / 2 then
    redis.call("PEXPIRE", key, ARGV[2])
    redis.call("SREM", KEYS[2], id)
    renewed[#renewed + 1] = id
  end
end
return renewed`;

/**
 * What has become of jobs that were taken with these tokens. A job is ours while its lock is, and also where its lock has run
 * out and nobody has taken the job since: whoever takes a job counts a start in the same step. Such a lock is set again, and
 * one that is there lasts from now on. "ended" and "retried": the end of this attempt is recorded, "gone": the job is deleted,
 * "moved": it has left the active list otherwise, because its processor moved it, say.
 */
const lookAfterScript = `
local active, fates = {}, {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do active[id] = true end
for number = 3, #ARGV, 4 do
  local id, token, starts, ends = ARGV[number], ARGV[number + 1], ARGV[number + 2], tonumber(ARGV[number + 3])
  local key = ARGV[1] .. id
  local lock, fate = redis.call("GET", key .. ":lock"), "moved"
  local startsNow, endsNow, finishedOn = unpack(redis.call("HMGET", key, "ats", "atm", "finishedOn"))
  if lock == token then
    redis.call("PEXPIRE", key .. ":lock", ARGV[2])
    redis.call("SREM", KEYS[2], id)
    fate = "ours"
  elseif not lock and active[id] and startsNow == starts then
    redis.call("SET", key .. ":lock", token, "PX", ARGV[2])
    redis.call("SREM", KEYS[2], id)
    fate = "ours"
  elseif redis.call("EXISTS", key) == 0 then
    fate = "gone"
  elseif lock or startsNow ~= starts then
    fate = "taken"
  elseif tonumber(endsNow or "0") > ends then
    fate = finishedOn and "ended" or "retried"
  end
  fates[#fates + 1] = fate
end
return fates`;

/**
 * BullMQ's scripts are not undone when Redis refuses a command in the middle of one (WRONGTYPE, NOPERM): the job may have left
 * the active list, be in no other, and count an attempt more. Nobody but its last holder can know that: it is active again, and
 * the holder's.
 */
const readmitScript = `
local id, token, starts = ARGV[3], ARGV[4], ARGV[5]
local lock = redis.call("GET", ARGV[1] .. id .. ":lock")
if lock and lock ~= token then return 0 end
if redis.call("HGET", ARGV[1] .. id, "ats") ~= starts then return 0 end
redis.call("HSET", ARGV[1] .. id, "atm", ARGV[6])
redis.call("LREM", KEYS[1], 0, id)
redis.call("LPUSH", KEYS[1], id)
redis.call("SET", ARGV[1] .. id .. ":lock", token, "PX", ARGV[2])
return 1`;

/** In a job's hash, once a worker has died with it. */
const deathsField = "forkerDeaths";
/** The same, when it is to run alone in its worker. */
export const aloneField = "forkerAlone";

const lastDeathField = "forkerLastDeath";
/** In which attempt they were. */
const attemptField = "forkerDeathsAt";

/**
 * Once for each time that it was started, by BullMQ's own count: a command whose answer was lost is sent again, and a job that
 * waits for its hand back while its keeper dies, or its lock ends, has not run meanwhile. An attempt that came to its end, well
 * or badly, or a job that is tried again by hand, starts the count anew.
 */
const countDeathScript = `
local start, attempt = unpack(redis.call("HMGET", KEYS[1], "ats", "atm"))
start, attempt = start or redis.call("HGET", KEYS[1], "processedOn") or "", attempt or "0"
if redis.call("HGET", KEYS[1], "${attemptField}") ~= attempt then
  redis.call("HDEL", KEYS[1], "${deathsField}", "${lastDeathField}", "${aloneField}")
  redis.call("HSET", KEYS[1], "${attemptField}", attempt)
end
if redis.call("HGET", KEYS[1], "${lastDeathField}") ~= start then
  redis.call("HSET", KEYS[1], "${lastDeathField}", start)
  redis.call("HINCRBY", KEYS[1], "${deathsField}", 1)
end
local deaths = tonumber(redis.call("HGET", KEYS[1], "${deathsField}"))
if deaths >= tonumber(ARGV[1]) then redis.call("HSET", KEYS[1], "${aloneField}", 1) end
return deaths`;

type Script<Result> = (numberOfKeys: number, ...keysAndArguments: (string | number)[]) => Promise<Result>;
type ScriptedRedis = CommandClient & {
  forkerFindHeld: Script<string[]>;
  forkerClaimHeld: Script<string[]>;
  forkerRenewHeld: Script<string[]>;
  forkerLookAfterHeld: Script<JobFate[]>;
  forkerReadmit: Script<number>;
  forkerCountDeath: Script<number>;
};

export interface HeldLock {
  readonly id: string;
  readonly token: string;
}

/** A job that a dead worker held, as far as anybody but Redis knows. */
export interface KnownJob {
  readonly id: string;
  /** How often it had been started when it was taken; undefined: that is not known. */
  readonly starts?: number | undefined;
}

export interface TakenJob extends HeldLock {
  /** How often it had been started when it was taken with this token, that time too. */
  readonly starts: number;
  /** How many of its attempts had ended by then. */
  readonly ends: number;
}

/** "taken": another worker has it, or had. */
export type JobFate = "ours" | "taken" | "ended" | "retried" | "gone" | "moved";

/** Who holds what, as Redis knows it: by the owner that a lock's token begins with. */
export class HeldLocks {
  readonly #client: ScriptedRedis;

  constructor(client: CommandClient) {
    client.defineCommand("forkerFindHeld", { lua: findScript });
    client.defineCommand("forkerClaimHeld", { lua: claimScript });
    client.defineCommand("forkerRenewHeld", { lua: renewScript });
    client.defineCommand("forkerLookAfterHeld", { lua: lookAfterScript });
    client.defineCommand("forkerReadmit", { lua: readmitScript });
    client.defineCommand("forkerCountDeath", { lua: countDeathScript });
    this.#client = client as ScriptedRedis;
  }

  /** What was taken last comes first. */
  async find(keys: QueueKeys, owner: string): Promise<HeldLock[]> {
    return heldLocks(await this.#client.forkerFindHeld(1, keys.active, keys[""], owner));
  }

  /** What a dead owner held, by its locks, and of the known jobs those that nobody has. */
  async claim(
    keys: QueueKeys,
    owner: string,
    lockDurationMs: number,
    known: readonly KnownJob[] = [],
  ): Promise<HeldLock[]> {
    const { active, stalled, "": prefix } = keys;
    const whole = await this.#wholeIds(
      active,
      known.map(({ id }) => id),
    );
    const pairs = whole.flatMap((id, at) => [id, known[at]?.starts ?? ""]);
    return heldLocks(
      await this.#client.forkerClaimHeld(2, active, stalled, prefix, owner, lockDurationMs, lateToken(owner), ...pairs),
    );
  }

  /** Messages carry long ids in short: see fitId. */
  async #wholeIds(active: string, known: readonly string[]): Promise<readonly string[]> {
    if (!known.some(isShortId)) return known;
    const ids = await this.#client.lrange(active, 0, -1);
    return known.map((one) => ids.find((id) => fitId(id) === one) ?? one);
  }

  /** What has become of each of these jobs, in their order. The locks of those that are ours last from now on. */
  async lookAfter(keys: QueueKeys, lockDurationMs: number, jobs: readonly TakenJob[]): Promise<JobFate[]> {
    const { active, stalled, "": prefix } = keys;
    const quadruples = jobs.flatMap(({ id, token, starts, ends }) => [id, token, starts, ends]);
    return await this.#client.forkerLookAfterHeld(2, active, stalled, prefix, lockDurationMs, ...quadruples);
  }

  /** Puts a job that is in no list of its queue back among the active ones, locked. Whether it is ours. */
  async readmit(keys: QueueKeys, lockDurationMs: number, { id, token, starts, ends }: TakenJob): Promise<boolean> {
    const { active, "": prefix } = keys;
    return (await this.#client.forkerReadmit(1, active, prefix, lockDurationMs, id, token, starts, ends)) === 1;
  }

  /**
   * How many workers have died with this attempt of the job, this one too; from `aloneFrom` on it runs alone. It is in the
   * job's own hash, gone with it, and known on every host.
   */
  async countDeath(keys: QueueKeys, jobId: string, aloneFrom: number): Promise<number> {
    return await this.#client.forkerCountDeath(1, `${keys[""]}${jobId}`, aloneFrom);
  }

  /** The jobs whose locks were renewed because their owners had not done it in time. */
  async renew(keys: QueueKeys, owners: readonly string[], lockDurationMs: number): Promise<string[]> {
    return await this.#client.forkerRenewHeld(2, keys.active, keys.stalled, keys[""], lockDurationMs, ...owners);
  }
}

function heldLocks(found: readonly string[]): HeldLock[] {
  return Array.from({ length: found.length / 2 }, (_, at) => ({
    id: found[2 * at] ?? "",
    token: found[2 * at + 1] ?? "",
  }));
}

/** Of a job that a dead owner held without a lock. */
export function lateToken(owner: string): string {
  return `${owner}:late`;
}
