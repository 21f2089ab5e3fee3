-- Of each pile that has something between two places in line (the second not included): the place that this share of it
-- stands before, and how many of it lie there.
local now = read_clock()
local low, high, share = text(), text(), number()
local answer = {now}
for _, name in ipairs(texts()) do
  local key = P .. 'index:pile:' .. name
  local from = redis.call('ZCOUNT', key, '-inf', '(' .. low)
  local held = redis.call('ZCOUNT', key, '-inf', '(' .. high) - from
  if held > 0 then
    local rank = from + math.min(math.floor(held * share + 0.5), held - 1)
    answer[#answer + 1] = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')[2]
    answer[#answer + 1] = held
  end
end
return answer
