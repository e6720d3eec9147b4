import { jobField, lockSuffix } from "../library/key-layout.ts";

/**
 * Finds the active jobs whose lock has a token of this owner. A worker that takes a job writes its token to Redis in the same
 * step, so no other record of what a process holds is as current, or survives the process as surely. One script reads the whole
 * list, which may change between two commands. Ten thousand active jobs take Redis about five milliseconds.
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
 * The same for a dead worker. Jobs that it is known to have held, whose lock has expired and that no worker has started since,
 * get a token of the same owner. All these locks are set to their full duration, so that none expires before its job is moved.
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

/** Like BullMQ's own renewal, but only if the owner is late: less than half of the lock's duration is left. */
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
 * Determines what happened to jobs that were taken with these tokens. A job is "ours" while its lock has this token, and also if
 * its lock has expired and no worker has taken the job since: taking a job counts a start in the same step. An expired lock is
 * set again, and an existing one is renewed. "ended" and "retried": the end of this attempt is recorded. "gone": the job was
 * deleted. "stalled": a stalled check has found the job without its lock, and it waits to run again. "moved": it has left the
 * active list in another way, for example because its processor moved it.
 */
export const lookAfterScript = `
local active, fates = {}, {}
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do active[id] = true end
for number = 3, #ARGV, 5 do
  local id, token, starts = ARGV[number], ARGV[number + 1], ARGV[number + 2]
  local ends, stalls = tonumber(ARGV[number + 3]), tonumber(ARGV[number + 4])
  local key = ARGV[1] .. id
  local lock, fate = redis.call("GET", key .. "${lockSuffix}"), "moved"
  local startsNow, endsNow, finishedOn, stallsNow, olderStalls = unpack(redis.call("HMGET", key, "${jobField.attemptsStarted}", "${jobField.attemptsMade}", "${jobField.finishedOn}", "${jobField.stalledCounter}", "${jobField.olderStalledCounter}"))
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
  elseif tonumber(stallsNow or olderStalls or "0") > stalls then
    fate = "stalled"
  end
  fates[#fates + 1] = fate
end
return fates`;

/** A field of a job's hash: how many workers have died with the job. */
const deathsField = "forkerDeaths";
/** A field of a job's hash that is set if the job must run alone in its worker. */
export const aloneField = "forkerAlone";

const lastDeathField = "forkerLastDeath";
/** The attempt that these deaths belong to. */
const attemptField = "forkerDeathsAt";

/** A field of a job's hash: the start in which it waits for a runner, and has not begun. */
const waitingField = "forkerWaits";

/**
 * Notes that no code of the application has run for this job since it was taken, while its lock has this token. The next start has
 * another time, so what a worker leaves behind does not count then. A job without that time was deleted.
 */
export const markWaitingScript = `
if redis.call("GET", KEYS[2]) ~= ARGV[1] then return 0 end
local start, startedAt = unpack(redis.call("HMGET", KEYS[1], "${jobField.attemptsStarted}", "${jobField.processedOn}"))
if not startedAt then return 0 end
redis.call("HSET", KEYS[1], "${waitingField}", (start or "") .. ":" .. startedAt)
return 1`;

/** Only the mark of this start: another worker may have taken and marked the job again. ARGV[1]: when the start was. */
export const unmarkWaitingScript = `
local waits = redis.call("HGET", KEYS[1], "${waitingField}")
if not waits or string.match(waits, "%d+$") ~= ARGV[1] then return 0 end
return redis.call("HDEL", KEYS[1], "${waitingField}")`;

/**
 * Counts at most one death for each start of the job, by BullMQ's count of starts: ioredis resends a command whose answer was
 * lost, and a job that waits to be handed back while its keeper dies or its lock expires does not run in that time. The count
 * returns to zero when an attempt ends, with or without success, or when a person retries the job. If the caller does not know
 * whether the job has begun, a job that is noted to wait for a runner has not.
 *
 * Redis does not undo a script that it refuses in the middle. One command writes the death and its start, so that a death is never
 * noted without being counted.
 */
export const countDeathScript = `
local start, startedAt, attempt, countedAttempt, countedStart, deaths, waits = unpack(redis.call("HMGET", KEYS[1], "${jobField.attemptsStarted}", "${jobField.processedOn}", "${jobField.attemptsMade}", "${attemptField}", "${lastDeathField}", "${deathsField}", "${waitingField}"))
local isWaiting = ARGV[2] == "unknown" and waits and waits == (start or "") .. ":" .. (startedAt or "")
start, attempt = start or startedAt or "", attempt or "0"
if isWaiting then return countedAttempt == attempt and tonumber(deaths or "0") or 0 end
if countedAttempt ~= attempt then
  redis.call("HDEL", KEYS[1], "${aloneField}")
  countedStart, deaths = false, "0"
end
deaths = tonumber(deaths or "0")
if countedStart ~= start then deaths = deaths + 1 end
redis.call("HSET", KEYS[1], "${attemptField}", attempt, "${lastDeathField}", start, "${deathsField}", deaths)
if deaths >= tonumber(ARGV[1]) then redis.call("HSET", KEYS[1], "${aloneField}", 1) end
return deaths`;
