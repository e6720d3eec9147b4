import { jobField, lockSuffix } from "../library/key-layout.ts";

/**
 * The active jobs whose lock shows a token of this owner: whoever takes a job has it written into Redis itself, in the same
 * step. No other account of what a process holds is as new, and none survives its death as well. One step for the whole
 * list: it may change between two. Ten thousand active jobs take Redis some five milliseconds.
 */
export const findScript = `
local found = {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local token = redis.call("GET", ARGV[1] .. id .. "${lockSuffix}")
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
export const claimScript = `
local found, known = {}, {}
for number = 5, #ARGV, 2 do known[ARGV[number]] = ARGV[number + 1] end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local key = ARGV[1] .. id .. "${lockSuffix}"
  local token = redis.call("GET", key)
  if not token and known[id] and (known[id] == "" or redis.call("HGET", ARGV[1] .. id, "${jobField.attemptsStarted}") == known[id]) then
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
export const renewScript = `
local owners, renewed = {}, {}
for number = 3, #ARGV do owners[ARGV[number]] = true end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local key = ARGV[1] .. id .. "${lockSuffix}"
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
export const lookAfterScript = `
local active, fates = {}, {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do active[id] = true end
for number = 3, #ARGV, 4 do
  local id, token, starts, ends = ARGV[number], ARGV[number + 1], ARGV[number + 2], tonumber(ARGV[number + 3])
  local key = ARGV[1] .. id
  local lock, fate = redis.call("GET", key .. "${lockSuffix}"), "moved"
  local startsNow, endsNow, finishedOn = unpack(redis.call("HMGET", key, "${jobField.attemptsStarted}", "${jobField.attemptsMade}", "${jobField.finishedOn}"))
  if lock == token then
    redis.call("PEXPIRE", key .. "${lockSuffix}", ARGV[2])
    redis.call("SREM", KEYS[2], id)
    fate = "ours"
  elseif not lock and active[id] and startsNow == starts then
    redis.call("SET", key .. "${lockSuffix}", token, "PX", ARGV[2])
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
export const readmitScript = `
local id, token, starts = ARGV[3], ARGV[4], ARGV[5]
local lock = redis.call("GET", ARGV[1] .. id .. "${lockSuffix}")
if lock and lock ~= token then return 0 end
if redis.call("HGET", ARGV[1] .. id, "${jobField.attemptsStarted}") ~= starts then return 0 end
redis.call("HSET", ARGV[1] .. id, "${jobField.attemptsMade}", ARGV[6])
redis.call("LREM", KEYS[1], 0, id)
redis.call("LPUSH", KEYS[1], id)
redis.call("SET", ARGV[1] .. id .. "${lockSuffix}", token, "PX", ARGV[2])
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
export const countDeathScript = `
local start, attempt = unpack(redis.call("HMGET", KEYS[1], "${jobField.attemptsStarted}", "${jobField.attemptsMade}"))
start, attempt = start or redis.call("HGET", KEYS[1], "${jobField.processedOn}") or "", attempt or "0"
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
