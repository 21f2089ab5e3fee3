-- Hold a role for a while. Economy only: whoever acts must still be right when two believe they lead.
local now = read_clock()
local role, holder, for_ms = text(), text(), number()
local key = P .. 'role:' .. role
local known = redis.call('HMGET', key, 'holder', 'until')
-- Held for longer than anybody holds it: that was in another time (scripts/tick.lua).
local is_held = known[1] and tonumber(known[2]) > now and tonumber(known[2]) <= now + for_ms + STEP_MS
if is_held and known[1] ~= holder then return {now, 0} end
redis.call('HSET', key, 'holder', holder, 'until', string.format('%d', now + for_ms))
return {now, 1}
