-- Keep a press until it is answered. A press seen within the last 24 hours is a replay. Beyond a limit of the minute nothing
-- is kept; the first time it is recorded that the limit was met, so that a flood leaves one event and not hundreds.
local now = read_clock()
local id, body, op, mark = text(), text(), text(), text()
local limits = {}
for i = 1, number() do limits[i] = {name = text(), most = number()} end
local events = take_events()
local this, before, period = period_keys('seen', DAY, now)
local seen = redis.call('HGET', this, id) or redis.call('HGET', before, id)
if seen then return {now, seen == op and 1 or 0} end
local counts, _, minute = period_keys('pressed', MINUTE, now)
local beyond, is_first = false, false
for _, limit in ipairs(limits) do
  local count = redis.call('HINCRBY', counts, limit.name, 1)
  if count > limit.most then
    beyond = true
    is_first = is_first or count == limit.most + 1
  end
end
forget_old('pressed', minute)
if beyond then
  if is_first then append(now, events) end
  return {now, is_first and 3 or 2}
end
redis.call('HSET', this, id, op)
forget_old('seen', period)
redis.call('HSET', P .. 'press:body', id, string.format('%d', SCHEMA) .. '|' .. body)
if mark ~= '' then redis.call('HSET', P .. 'press:mark', id, mark) end
redis.call('ZADD', P .. 'press:waiting', rising('press', now), id)
return {now, 1}
