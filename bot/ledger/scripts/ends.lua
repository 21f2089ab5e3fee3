-- The first and the last place in line of these piles together, and how many cases lie in them.
local now = read_clock()
local first, last
local total = 0
for _, name in ipairs(texts()) do
  local key = P .. 'index:pile:' .. name
  local low, high = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2], redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  if low then
    first = math.min(first or math.huge, tonumber(low))
    last = math.max(last or -math.huge, tonumber(high))
    total = total + redis.call('ZCARD', key)
  end
end
if not first then return {now} end
return {now, string.format('%.0f', first), string.format('%.0f', last), total}
