-- How many new requests of each organization this minute brought, seen by whichever replicas: a request counts once.
-- Answers for each organization its count, and whether this call was the first to go beyond the limit.
local now = read_clock()
local most = number()
local counts, _, minute = period_keys('asked', MINUTE, now)
local answer = {now}
for i = 1, number() do
  local organization, fresh = text(), 0
  for _, id in ipairs(texts()) do fresh = fresh + redis.call('HSETNX', counts, 'request:' .. id, '1') end
  local count = redis.call('HINCRBY', counts, 'organization:' .. organization, fresh)
  answer[#answer + 1] = count
  answer[#answer + 1] = (count > most and count - fresh <= most and fresh > 0) and 1 or 0
end
forget_old('asked', minute)
return answer
