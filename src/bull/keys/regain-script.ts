import { childKeys, deferredFailure, jobField, lockSuffix, places } from "../library/key-layout.ts";

const luaList = (names: readonly string[]) => `{${names.map((name) => `"${name}"`).join(", ")}}`;

/** Finds the set or list of a queue that a job is in. LPOS exists from Redis 6.0.6 on. */
const placeFunction = `
local function isListed(list, id)
  local at = redis.pcall("LPOS", list, id)
  if type(at) ~= "table" then return at ~= false end
  for _, one in ipairs(redis.call("LRANGE", list, 0, -1)) do
    if one == id then return true end
  end
  return false
end
local function placeOf(prefix, id)
  for _, name in ipairs(${luaList(places.sets)}) do
    if redis.call("ZSCORE", prefix .. name, id) then return name end
  end
  for _, name in ipairs(${luaList(places.lists)}) do
    if isListed(prefix .. name, id) then return name end
  end
end`;

/**
 * Restores the dependency of a parent that the script has removed, unless the parent has the child's end and is released. BullMQ's
 * script then repeats what it does to the parent. The dependency comes first, so that no other child releases the parent.
 * If only the parent's marker may be missing, it is set.
 */
const parentFunction = `
local function restoreDependency(key, move, now)
  local parentKey, parentJson, reason = unpack(redis.call("HMGET", key, "${jobField.parentKey}", "${jobField.parent}", "${jobField.failedReason}"))
  if not parentKey or parentKey == "" or redis.call("EXISTS", parentKey) == 0 then return end
  local isReadable, parent = pcall(cjson.decode, parentJson or "{}")
  if not isReadable or type(parent) ~= "table" then parent = {} end
  local id = parent.id and tostring(parent.id) or string.match(parentKey, ".*:(.*)")
  local prefix = string.sub(parentKey, 1, #parentKey - #id)
  local place = placeOf(prefix, id)
  local isBound = not place or place == "waiting-children"
  local isRecorded = true
  if move == "complete" then
    isRecorded = redis.call("HGET", parentKey .. "${childKeys.processed}", key)
  elseif move == "wait" then
    isRecorded = true
  elseif parent.fpof then
    isRecorded = redis.call("ZSCORE", parentKey .. "${childKeys.unsuccessful}", key)
      and (place == "failed" or redis.call("HGET", parentKey, "${deferredFailure}"))
  elseif parent.cpof or parent.idof then
    isRecorded = redis.call("HGET", parentKey .. "${childKeys.failed}", key)
    if not isRecorded and parent.idof and not isBound then
      redis.call("HSET", parentKey .. "${childKeys.failed}", key, reason or "")
      isRecorded = true
    end
  elseif not parent.rdof then
    return
  end
  if isBound or not isRecorded then
    redis.call("SADD", parentKey .. "${childKeys.dependencies}", key)
    if not place then redis.call("ZADD", prefix .. "waiting-children", now, id) end
  elseif place == "wait" or place == "prioritized" then
    redis.call("ZADD", prefix .. "marker", 0, "0")
  end
end`;

/**
 * Determines what happened to a job whose move Redis refused, with the fates of lookAfterScript. Redis does not undo a script that
 * it refuses in the middle (NOPERM, WRONGTYPE): the job may have left the active list, be in no list, have counted its attempt,
 * or be completed without a result. Such a job becomes active again, locked and with the counts from before, so that BullMQ's
 * script can be run again from its beginning. The lock comes last: until then, BullMQ refuses to run it. The count goes back by
 * the command that counts it in BullMQ's scripts: Redis has accepted that one, and may refuse HSET.
 *
 * An attempt is known to have ended if more attempts have ended than workers that took the job later can have ended.
 */
export const regainScript = `${placeFunction}${parentFunction}
local key = KEYS[1]
local prefix, id, token, move, now = ARGV[1], ARGV[3], ARGV[4], ARGV[7], ARGV[9]
local starts, ends, isPartial = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[8] == "1"
if redis.call("EXISTS", key) == 0 then return "gone" end
local lockKey = key .. "${lockSuffix}"
local lock = redis.call("GET", lockKey)
local function hold()
  redis.call("SET", lockKey, token, "PX", ARGV[2])
  redis.call("SREM", prefix .. "stalled", id)
  return "ours"
end
if lock == token then return hold() end
local startsNow, endsNow, finishedOn = unpack(redis.call("HMGET", key, "${jobField.attemptsStarted}", "${jobField.attemptsMade}", "${jobField.finishedOn}"))
local later, ended = tonumber(startsNow or "0") - starts, tonumber(endsNow or "0") - ends
if later < 0 then return "gone" end
local place = placeOf(prefix, id)
if lock or later > 0 then
  local runs = place == "active" and 1 or 0
  if ended <= math.max(0, later - runs) then return "taken" end
  return finishedOn and "ended" or "retried"
end
if place == "active" then return hold() end
if place == "completed" or place == "failed" then
  if finishedOn then return ended > 0 and "ended" or "moved" end
elseif place == "delayed" or place == "waiting-children" then
  return ended > 0 and "retried" or "moved"
elseif place then
  if ended > 0 then return "retried" end
  if not isPartial or (move ~= "complete" and move ~= "fail") then return "moved" end
end
restoreDependency(key, move, now)
if place == "wait" or place == "paused" then
  redis.call("LREM", prefix .. place, 0, id)
elseif place then
  redis.call("ZREM", prefix .. place, id)
end
if ended ~= 0 then redis.call("HINCRBY", key, "${jobField.attemptsMade}", -ended) end
redis.call("LPUSH", prefix .. "active", id)
return hold()`;
