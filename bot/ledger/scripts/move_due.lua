-- Give a taken due time back without a change: to a later time, or (no time) for good.
local now = read_clock()
local member, lease, at = text(), text(), text()
local held = redis.call('HGET', P .. 'due:lease', member)
if not held or string.match(held, '^(%d+)|') ~= lease then return {now, 0} end
redis.call('HDEL', P .. 'due:lease', member)
if at == '' then redis.call('ZREM', P .. 'due', member) else redis.call('ZADD', P .. 'due', at, member) end
return {now, 1}
