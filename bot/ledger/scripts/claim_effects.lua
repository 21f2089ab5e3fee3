-- Lease those of the seen effects that are still due and whose pace allows it; the others move to when it will, in
-- their order and by turns.
local now = read_clock()
local limit, lease_ms, token = number(), number(), text()
redis.call('ZREMRANGEBYSCORE', P .. 'pace', '-inf', now)
local answer = {now}
for i = 1, number() do
  local id, lane = text(), text()
  local paces = {}
  for j = 1, number() do paces[j] = {key = text(), every = number()} end
  local score = redis.call('ZSCORE', P .. 'send:' .. lane, id)
  if score and tonumber(score) < now + 1 then
    local free_at = now
    for _, pace in ipairs(paces) do
      free_at = math.max(free_at, tonumber(redis.call('ZSCORE', P .. 'pace', pace.key) or '0'))
    end
    if free_at > now then
      local turn = redis.call('HGET', P .. 'effect:' .. id, 'turn') or ''
      redis.call('ZADD', P .. 'send:' .. lane, in_turn('moved', turn, free_at + had_its_turn(turn, now)), id)
    elseif #answer <= limit then
      for _, pace in ipairs(paces) do
        if pace.every > 0 then redis.call('ZADD', P .. 'pace', now + pace.every, pace.key) end
      end
      local key = P .. 'effect:' .. id
      redis.call('ZADD', P .. 'send:' .. lane, now + lease_ms, id)
      redis.call('HSET', key, 'lease', token)
      local turn = redis.call('HGET', key, 'turn') or ''
      if turn ~= '' then redis.call('HSET', P .. 'served', turn, string.format('%d', now)) end
      answer[#answer + 1] = {id, redis.call('HINCRBY', key, 'tries', 1), redis.call('HGET', key, 'want'), redis.call('HGET', key, 'body')}
    end
  end
end
return answer
