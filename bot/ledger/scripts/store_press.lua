-- Keep a press until it is answered. A press seen within the last 24 hours is a replay. Beyond a limit of the minute nothing
-- is kept; that a limit was met is recorded once, so that a flood leaves one event and not hundreds, and told once to each
-- presser who meets it. Only the ledger knows whose case it is. What others do in a minute takes nobody their first few presses:
-- else two guests who press on and on would keep every approver from the card.
local FEW = 5
local now = read_clock()
local id, body, op, mark = text(), text(), text(), text()
local presser, case_id, most_of_organization = text(), text(), number()
local limits = {}
for i = 1, number() do limits[i] = {name = text(), most = number()} end
local events = take_events()
local this, before, period = period_keys('seen', DAY, now)
local seen = redis.call('HGET', this, id) or redis.call('HGET', before, id)
if seen then return {now, seen == op and 1 or 0} end
local counts, _, minute = period_keys('pressed', MINUTE, now)
local organization = case_id ~= '' and most_of_organization > 0 and redis.call('HGET', P .. 'case:' .. case_id, 'org')
if organization then limits[#limits + 1] = {name = 'organization:' .. organization, most = most_of_organization} end
local beyond, is_first = false, false
local own = redis.call('HINCRBY', counts, 'presses:' .. presser, 1)
for _, limit in ipairs(limits) do
  local count = redis.call('HINCRBY', counts, limit.name, 1)
  if count > limit.most and own > FEW then
    beyond = true
    is_first = is_first or redis.call('HINCRBY', counts, 'met:' .. limit.name, 1) == 1
  end
end
forget_old('pressed', minute)
if beyond then
  if is_first then append(now, events) end
  return {now, redis.call('HINCRBY', counts, 'told:' .. presser, 1) == 1 and 3 or 2}
end
redis.call('HSET', this, id, op)
forget_old('seen', period)
redis.call('HSET', P .. 'press:body', id, string.format('%d', SCHEMA) .. '|' .. body)
if mark ~= '' then redis.call('HSET', P .. 'press:mark', id, mark) end
redis.call('ZADD', P .. 'press:waiting', rising('press', now), id)
return {now, 1}
