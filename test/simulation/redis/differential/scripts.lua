local t = {} for i = 1, 5 do t[i] = i * i end return t
local t = {} for i = 10, 1, -3 do t[#t + 1] = i end return t
local t = {} for i = 1, 0 do t[1] = i end return #t
local t = {} for i = 1, 3 do local j = i t[i] = function() return j end end return {t[1](), t[2](), t[3]()}
local n = 0 while true do n = n + 1 if n > 4 then break end end return n
local n = 0 repeat local done = n == 3 n = n + 1 until done return n
local function f(...) local a, b = ... return b, a, select('#', ...) end return {f(1, 2, 3)}
local function f(n) if n == 0 then return 0 end return n + f(n - 1) end return f(50)
local a, b, c = (function() return 1, 2 end)() return {a, b, tostring(c)}
local a, b = 1, 2 a, b = b, a return {a, b}
local t = {1, 2} local i = 1 i, t[i] = i + 1, 20 return {i, t[1], t[2]}
local t = {} t.x = {} t.x.y = 5 t['z'] = t.x.y + 1 return {t.x.y, t.z}
local t = {10, 20, 30} table.insert(t, 1, 5) table.insert(t, 40) table.remove(t, 2) return t
local t = {3, 1, 2} table.sort(t) return t
local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t
local t = {1, 2, 3} t[#t] = nil return {#t, unpack(t)}
local t = {} t[3] = 'c' t[2] = 'b' t[1] = 'a' return {#t, unpack(t)}
local t = {} for i, v in ipairs({5, 6, nil, 7}) do t[#t + 1] = i * v end return t
local n = 0 for k, v in pairs({a = 1, b = 2, 3}) do n = n + v end return n
local object = {n = 1} function object.add(self, k) self.n = self.n + k return self end return object:add(2):add(3).n
local x = 1 do local x = 2 end return x
if nil then return 1 elseif 0 then return 2 else return 3 end
return
return 1, 2, 3
return {KEYS[1], ARGV[1], ARGV[2], #KEYS, #ARGV}
return redis.call('SET', KEYS[1], ARGV[1])
return {redis.call('SET', KEYS[1], 'x', 'PX', 100000), redis.call('GET', KEYS[1]), redis.call('TYPE', KEYS[1]).ok}
redis.call('SET', KEYS[1], 3) return redis.call('INCRBY', KEYS[1], 4)
redis.call('SET', KEYS[1], 3.0) return redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], 0.1) return redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], 1e15) return redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], 2^63) return redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], -1/3) return redis.call('GET', KEYS[1])
redis.call('ZADD', KEYS[1], 1.5, 'a', 2^40, 'b') return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
redis.call('HSET', KEYS[1], 'a', 1, 'b', 2) return {redis.call('HGETALL', KEYS[1]), redis.call('HMGET', KEYS[1], 'a', 'x', 'b')}
local v = redis.call('HMGET', KEYS[1], 'x', 'y') return {tostring(v[1]), #v}
return tostring(redis.call('GET', KEYS[1]))
redis.call('ZADD', KEYS[1], 1, 'a') return {redis.call('ZSCORE', KEYS[1], 'a'), type(redis.call('ZSCORE', KEYS[1], 'a'))}
redis.call('ZADD', KEYS[1], 1, 'a') return redis.call('ZPOPMIN', KEYS[1])
redis.call('XADD', KEYS[1], '1-1', 'f', 'v') return redis.call('XRANGE', KEYS[1], '-', '+')
redis.call('XADD', KEYS[1], '1-1', 'f', 'v') return redis.call('XREAD', 'COUNT', 5, 'STREAMS', KEYS[1], 0)
redis.call('LPUSH', KEYS[1], 'a') return redis.call('GET', KEYS[1])
redis.call('LPUSH', KEYS[1], 'a') local r = redis.pcall('GET', KEYS[1]) return r
redis.call('LPUSH', KEYS[1], 'a') local r = redis.pcall('GET', KEYS[1]) return r.err
redis.call('LPUSH', KEYS[1], 'a') return {pcall(redis.call, 'GET', KEYS[1])}
redis.call('LPUSH', KEYS[1], 'a') local good, e = pcall(redis.call, 'GET', KEYS[1]) return {tostring(good), type(e), e.err}
return redis.call('NONSENSE')
return redis.call('GET')
return redis.call('GET', KEYS[1], {})
return redis.call('GET', nil)
return redis.call()
return redis.pcall('GET')
return redis.pcall('NONSENSE', 1)
local t = nil return t.x
local t = {} return t.x.y
local t = {} t.x.y = 1
return undefined_variable
undefined_variable = 1
local f = nil f()
local t = {} t.method()
local t = {} t:method()
return 1 + nil
return 'a' + 1
return {} .. 'x'
return 'x' .. nil
return #5
return 1 < 'x'
return {} < {}
return nil > 1
error('my error')
error({err = 'MYCODE my error'})
error({err = 'one word'})
error()
return string.rep()
return string.sub({}, 1)
return table.concat({1, {}, 3})
return cjson.decode('nonsense')
return cjson.encode(function() end)
return math.floor('x')
return ipairs(nil)
for i = 1, 'x' do end
for i = nil, 1 do end
return unpack(nil)
return tonumber()
this is not lua
string.x = 1
local t = {} t[nil] = 1
assert(false, 'not true')
assert(nil)
return assert(5)
