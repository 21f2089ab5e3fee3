-- Hold a press longer. Refused once it is answered or somebody else has taken it.
local now = read_clock()
local id, lease_ms, holder = text(), number(), text()
if redis.call('HGET', P .. 'press:holder', id) ~= holder then return {now, 0} end
redis.call('ZADD', P .. 'press:waiting', 'XX', now + lease_ms, id)
return {now, 1}
