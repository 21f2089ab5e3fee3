-- Which of these open cases have no row in the index, or one of a former form.
local now = read_clock()
local answer = {now}
for _, id in ipairs(texts()) do
  if not is_listed(redis.call('HGET', P .. 'case:' .. id, 'row')) then answer[#answer + 1] = id end
end
return answer
