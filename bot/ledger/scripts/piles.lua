-- How many cases lie in each of these piles, and how many of them had their place in line before a time.
local now = read_clock()
local before = text()
local answer = {now}
for _, name in ipairs(texts()) do
  local key = P .. 'index:pile:' .. name
  answer[#answer + 1] = redis.call('ZCARD', key)
  answer[#answer + 1] = redis.call('ZCOUNT', key, '-inf', before)
end
return answer
