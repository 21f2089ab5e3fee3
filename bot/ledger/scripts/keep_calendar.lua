-- What was read of the calendar of a rota. Of two looks at once the later one stays; a repeat changes nothing.
local now = read_clock()
local name, body, read_at = text(), text(), text()
local events = take_events()
local effects = take_effects()
local key = P .. 'rota_calendar:' .. name
local known = redis.call('HMGET', key, 'sv', 'read_at')
local newer = refuse_newer('the calendar of the rota ' .. name, known[1])
if newer then return newer end
if known[2] and tonumber(known[2]) >= tonumber(read_at) then return {now, 0} end
append(now, events)
redis.call('HSET', key, 'sv', SCHEMA, 'body', body, 'read_at', read_at)
redis.call('HDEL', key, 'why', 'since')
for _, effect in ipairs(effects) do queue(effect, now) end
return {now, 1}
