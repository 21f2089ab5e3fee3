-- A press that touches what a newer program wrote waits for a newer program, and not for the end of our lease: taken again
-- by us or our like it would come to nothing again.
local now = read_clock()
local id, holder = text(), text()
if redis.call('HGET', P .. 'press:holder', id) ~= holder then return {now, 0} end
local body = string.match(redis.call('HGET', P .. 'press:body', id) or '', '^%d+|(.*)$')
if not body then return {now, 0} end
redis.call('HSET', P .. 'press:body', id, string.format('%d', SCHEMA + 1) .. '|' .. body)
redis.call('HDEL', P .. 'press:holder', id)
redis.call('ZADD', P .. 'press:waiting', 'XX', now, id)
return {now, 1}
