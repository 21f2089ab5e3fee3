-- Try an effect again later.
local now = read_clock()
local id, token, at, after = text(), text(), text(), text()
local known = redis.call('HMGET', P .. 'effect:' .. id, 'lease', 'lane')
if known[1] ~= token then return {now, 0} end
redis.call('HDEL', P .. 'effect:' .. id, 'lease')
redis.call('ZADD', P .. 'send:' .. known[2], at ~= '' and tonumber(at) or now + after, id)
return {now, 1}
