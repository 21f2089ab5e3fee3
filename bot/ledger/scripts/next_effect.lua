-- When the first of those effects comes up that wait for their pace, their turn or their next try. What lies before the
-- next millisecond may go already, as far as there is room for it; the first of a later one from its beginning on.
local now = read_clock()
local at = -1
for lane = 0, LANES - 1 do
  local found = redis.call('ZRANGE', P .. 'send:' .. lane, now + 1, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  local score = found[2] and math.floor(tonumber(found[2])) or -1
  if score >= 0 and (at < 0 or score < at) then at = score end
end
return {now, at}
