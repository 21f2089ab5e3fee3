-- Keep a press until it is answered. A press seen within the last 24 hours is a replay.
local now = read_clock()
local id, body, op, mark = text(), text(), text(), text()
local this, before, period = period_keys('seen', DAY, now)
local seen = redis.call('HGET', this, id) or redis.call('HGET', before, id)
if seen then return {now, seen == op and 1 or 0} end
redis.call('HSET', this, id, op)
forget_old('seen', period)
redis.call('HSET', P .. 'press:body', id, string.format('%d', SCHEMA) .. '|' .. body)
if mark ~= '' then redis.call('HSET', P .. 'press:mark', id, mark) end
redis.call('ZADD', P .. 'press:waiting', rising('press', now), id)
return {now, 1}
