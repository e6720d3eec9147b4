/** How long a forker that announces nothing stays in the fleet, so that a person sees that it is silent. */
export const rememberedMs = 60_000;
/** The same for one that was draining or stopping: it has ended. */
export const leavingMs = 4_000;
/** Only the latest commands are kept, and the answers to a command for this long. */
const mostCommands = 100;
const answersMs = 600_000;
export const commandsMs = 86_400_000;

const nowMs = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** More than a clock is adjusted by without being set. */
const aheadMs = 1_000;

/**
 * Announces a forker, forgets those that have been silent for long, and returns the rules and the commands after the given one. The
 * announcement is empty if it has not changed. If the clock was set back, those that announce nothing are silent from then on. A stream
 * never loses its last entry, so one that has nothing from the given command on is another one, or an older state of it.
 */
export const announceScript = `${nowMs}
redis.call("ZADD", KEYS[1], now, ARGV[1])
if ARGV[2] ~= "" then redis.call("HSET", KEYS[2], ARGV[1], ARGV[2]) end
for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", now - ${rememberedMs}, "LIMIT", 0, 10)) do
  redis.call("ZREM", KEYS[1], id)
  redis.call("HDEL", KEYS[2], id)
end
for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], now + ${aheadMs}, "+inf", "LIMIT", 0, 10)) do
  redis.call("ZADD", KEYS[1], now, id)
end
local rules = redis.call("GET", KEYS[3]) or ""
if ARGV[3] ~= "" then
  local found = redis.call("XRANGE", KEYS[4], ARGV[3], "+", "COUNT", ${mostCommands + 1})
  if found[1] then return {now, rules, ARGV[3], found} end
end
local last = redis.call("XREVRANGE", KEYS[4], "+", "-", "COUNT", 1)
return {now, rules, last[1] and last[1][1] or "0-0", {}}`;

export const withdrawScript = `
redis.call("ZREM", KEYS[1], ARGV[1])
return redis.call("HDEL", KEYS[2], ARGV[1])`;

export const listScript = `${nowMs}
local rules = redis.call("GET", KEYS[3]) or ""
return {now, rules, redis.call("ZRANGE", KEYS[1], 0, -1, "WITHSCORES"), redis.call("HGETALL", KEYS[2])}`;

/** Changes the rules, unless they are no longer what the sender has read, and adds a command in the same step. */
export const sendScript = `${nowMs}
if ARGV[2] ~= "" then
  if (redis.call("GET", KEYS[1]) or "") ~= ARGV[1] then return false end
  redis.call("SET", KEYS[1], ARGV[2])
end
local fields = {"command", ARGV[3], "until", now + ARGV[4]}
local id = redis.call("XADD", KEYS[2], "MAXLEN", "~", ${mostCommands}, "*", unpack(fields))
redis.call("PEXPIRE", KEYS[2], ${commandsMs})
return id`;

export const answerScript = `
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
return redis.call("PEXPIRE", KEYS[1], ${answersMs})`;
