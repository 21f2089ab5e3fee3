-- What may be sent now, escalations first. Nothing is leased yet: whether the pace allows it is the next script's matter.
-- The last word of the answer is when the next comes up. A thread reply whose turn has not come is put aside; the card, or the end of the reply before it, wakes it.
local now = read_clock()
local limit, park_ms = number(), number()
local answer = {now}
for lane = 0, LANES - 1 do
  local left = limit - (#answer - 1)
  if left <= 0 then break end
  for _, id in ipairs(redis.call('ZRANGE', P .. 'send:' .. lane, '-inf', until_now(now), 'BYSCORE', 'LIMIT', 0, left * 2)) do
    if #answer > limit then break end
    local e = redis.call('HMGET', P .. 'effect:' .. id, 'body', 'sv', 'case', 'thread', 'expires')
    if not e[1] then
      redis.call('ZREM', P .. 'send:' .. lane, id)
    elseif tonumber(e[2]) <= SCHEMA then
      local is_expired = e[5] ~= '' and tonumber(e[5]) <= now
      local may_go = true
      if e[4] == '1' and not is_expired then
        may_go = redis.call('LINDEX', P .. 'thread:' .. lane .. ':' .. e[3], 0) == id
          and (redis.call('HGET', P .. 'case:' .. e[3], 'card_key') or '') ~= ''
        if not may_go then redis.call('ZADD', P .. 'send:' .. lane, now + park_ms, id) end
      end
      if may_go then answer[#answer + 1] = {id, tostring(lane), is_expired and 1 or 0, e[1]} end
    end
  end
end
answer[#answer + 1] = next_to_send(now)
return answer
