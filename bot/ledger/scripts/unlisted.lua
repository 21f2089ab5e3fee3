-- Which of these open cases have no row in the index.
local now = read_clock()
local answer = {now}
for _, id in ipairs(texts()) do
  if redis.call('HEXISTS', P .. 'case:' .. id, 'row') == 0 then answer[#answer + 1] = id end
end
return answer
