-- Lease those of the seen effects that are still due and whose pace allows it; the others move to when it will, in
-- their order and by turns. The last word of the answer is when the next comes up.
local now = read_clock()
local limit, patient, lease_ms, token = number(), number(), number(), text()
redis.call('ZREMRANGEBYSCORE', P .. 'pace', '-inf', now)
-- Organizations take turns: one customer's three hundred requests do not keep another's single one waiting. The first of each
-- stand before the second of any, and whoever was served a moment ago stands further back; among equals what came first
-- goes first. What goes before the others of its organization has the better half of its row, and stands back for a second
-- only. A place is a few microseconds after the moment at which the way is free: as few as a score can tell apart, since
-- whoever is looked at before the last of the line comes due stands before it the next time. What waits for the same pace is
-- counted on from one call to the next: else those that came one by one would stand equal.
local function nth_of(what, free_at, by)
  local field = what .. '@' .. by
  local at, nth = string.match(redis.call('HGET', P .. 'turns', field) or '', '^(%d+)|(%d+)$')
  nth = at and tonumber(at) == math.floor(free_at) and nth + 1 or 0
  redis.call('HSET', P .. 'turns', field, string.format('%d|%d', math.floor(free_at), nth))
  return nth
end
local function place(turn, free_at, by)
  local served = turn ~= '' and redis.call('HGET', P .. 'served', turn)
  local goes_first = string.sub(turn, -6) == '|first'
  local back = goes_first and 2 or 8
  local row = nth_of(turn, free_at, by)
  row = row + (served and math.floor(back / (1 + math.max(0, now - served) / 1000)) or 0)
  local half = goes_first and '#first' or '#'
  -- Deep in the line nobody is kept apart: who stands there is placed anew many times before the turn comes.
  local beside = row < 16 and math.min(nth_of(half .. row, free_at, by), 31) or 31
  return free_at + (row * 64 + (goes_first and 0 or 32) + beside) / 4096
end
local answer = {now}
for i = 1, number() do
  local id, lane, late_ms = text(), text(), number()
  local paces = {}
  for j = 1, number() do paces[j] = {key = text(), every = number()} end
  local score = redis.call('ZSCORE', P .. 'send:' .. lane, id)
  if score and tonumber(score) < now + 1 then
    local free_at, by = now, ''
    for _, pace in ipairs(paces) do
      local at = tonumber(redis.call('ZSCORE', P .. 'pace', pace.key) or '0')
      if at > free_at then free_at, by = at, pace.key end
    end
    if free_at > now then
      local turn = redis.call('HGET', P .. 'effect:' .. id, 'turn') or ''
      redis.call('ZADD', P .. 'send:' .. lane, place(turn, free_at, by), id)
    elseif #answer <= limit and (tonumber(lane) < FIRST_PATIENT or patient > 0) then
      if tonumber(lane) >= FIRST_PATIENT then patient = patient - 1 end
      for _, pace in ipairs(paces) do
        if pace.every > 0 then redis.call('ZADD', P .. 'pace', now + pace.every, pace.key) end
      end
      local key = P .. 'effect:' .. id
      redis.call('ZADD', P .. 'send:' .. lane, now + lease_ms, id)
      local held, again = unpack(redis.call('HMGET', key, 'lease', 'again'))
      if held and late_ms > 0 then
        -- Whoever held it said nothing more, so that their call may be under way still.
        redis.call('HSET', key, 'again', string.format('%d', now + late_ms))
      elseif again and tonumber(again) <= now then
        redis.call('HDEL', key, 'again')
      end
      redis.call('HSET', key, 'lease', token)
      local turn = redis.call('HGET', key, 'turn') or ''
      if turn ~= '' then redis.call('HSET', P .. 'served', turn, string.format('%d', now)) end
      answer[#answer + 1] = {id, redis.call('HINCRBY', key, 'tries', 1), redis.call('HGET', key, 'want'), redis.call('HGET', key, 'body')}
    end
  end
end
answer[#answer + 1] = next_to_send(now)
return answer
