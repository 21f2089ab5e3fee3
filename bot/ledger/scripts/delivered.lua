-- Who is outside has everything up to this event: the second place its seals ('delivered'), the collector the events ('shipped').
-- A delivery that was overtaken changes nothing.
local now = read_clock()
local which, last = text(), number()
if last > tonumber(redis.call('HGET', P .. 'head', which) or '0') then
  redis.call('HSET', P .. 'head', which, string.format('%d', last))
end
return {now}
