-- Try an effect again later. `late_ms`: a call for it was given up and may be carried out within that time, after whatever is
-- drawn till then; so it is drawn once more. Also when it is not ours any more; where nothing is left of it, from `anew`.
local now = read_clock()
local id, token, at, after, late_ms = text(), text(), text(), text(), number()
local anew = take_effects()
local key = P .. 'effect:' .. id
local known = redis.call('HMGET', key, 'lease', 'lane')
local again = string.format('%d', now + late_ms)
if known[1] == token then
  if late_ms > 0 then redis.call('HSET', key, 'again', again) end
  redis.call('HDEL', key, 'lease')
  redis.call('ZADD', P .. 'send:' .. known[2], at ~= '' and tonumber(at) or now + after, id)
  return {now, 1}
end
if late_ms > 0 and known[2] then
  redis.call('HSET', key, 'again', again)
  if known[2] == ONCE_MORE and not known[1] then redis.call('ZADD', P .. 'send:' .. ONCE_MORE, again, id) end
elseif late_ms > 0 then
  for _, one in ipairs(anew) do
    local waits = redis.call('EXISTS', P .. 'effect:' .. one.id) == 1
    queue(one, now)
    if waits then redis.call('HSET', P .. 'effect:' .. one.id, 'again', again) else draw_once_more(one.id, again) end
  end
end
return {now, 0}
