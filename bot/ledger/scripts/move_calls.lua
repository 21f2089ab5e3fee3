-- The calls about a case that is over become those of another one on the same card, which is still open.
local now = read_clock()
local from, to = text(), text()
if redis.call('HGET', P .. 'case:' .. to, 'open') ~= '1' then return {now, 0} end
for _, call in ipairs(redis.call('LRANGE', P .. 'called:' .. from, 0, -1)) do redis.call('RPUSH', P .. 'called:' .. to, call) end
redis.call('LTRIM', P .. 'called:' .. to, -20, -1)
redis.call('DEL', P .. 'called:' .. from)
return {now, 1}
