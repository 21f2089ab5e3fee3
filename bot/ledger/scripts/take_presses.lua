-- Lease waiting presses, oldest first. The score is when a press may be taken (again).
local now = read_clock()
local limit, lease_ms, holder = number(), number(), text()
local answer = {now}
for _, id in ipairs(redis.call('ZRANGE', P .. 'press:waiting', '-inf', until_now(now), 'BYSCORE', 'LIMIT', 0, limit * 2)) do
  if #answer > limit then break end
  local version, body = string.match(redis.call('HGET', P .. 'press:body', id) or '', '^(%d+)|(.*)$')
  if version and tonumber(version) <= SCHEMA then
    redis.call('ZADD', P .. 'press:waiting', now + lease_ms, id)
    redis.call('HSET', P .. 'press:holder', id, holder)
    answer[#answer + 1] = {id, body, redis.call('HGET', P .. 'press:mark', id) or ''}
  end
end
return answer
