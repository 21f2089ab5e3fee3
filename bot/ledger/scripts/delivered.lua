-- The second place has every seal up to this event. A delivery that was overtaken changes nothing.
local now = read_clock()
local last = number()
if last > tonumber(redis.call('HGET', P .. 'head', 'delivered') or '0') then
  redis.call('HSET', P .. 'head', 'delivered', string.format('%d', last))
end
return {now}
