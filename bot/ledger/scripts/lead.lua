-- Hold a role for a while. Economy only: whoever acts must still be right when two believe they lead.
local now = read_clock()
local role, holder, for_ms = text(), text(), number()
local key = P .. 'role:' .. role
local known = redis.call('HMGET', key, 'holder', 'until')
if known[1] and known[1] ~= holder and tonumber(known[2]) > now then return {now, 0} end
redis.call('HSET', key, 'holder', holder, 'until', string.format('%d', now + for_ms))
return {now, 1}
