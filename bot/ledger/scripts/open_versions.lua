-- A part of the open cases with their versions, oldest first: those opened from a time on but for so many, which were
-- told before. First come the time and the number for the next part; no case: that was all.
local now = read_clock()
local since, told, limit = text(), number(), number()
local found = redis.call('ZRANGE', P .. 'open', since, '+inf', 'BYSCORE', 'LIMIT', told, limit, 'WITHSCORES')
local last = found[#found] or since
local at_last = last == since and told or 0
local answer = {now, last, 0}
for i = 1, #found, 2 do
  if found[i + 1] == last then at_last = at_last + 1 end
  answer[#answer + 1] = found[i]
  answer[#answer + 1] = redis.call('HGET', P .. 'case:' .. found[i], 'v') or ''
end
answer[3] = at_last
return answer
