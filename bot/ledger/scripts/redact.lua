-- Remove private parts: of one case, or (no case) those that belong to none and are older than a time. In portions; the answer's last number is how many.
local now = read_clock()
local op = text()
local done_before = answered(op, now)
if done_before then return done_before end
local case_id, before, portion = text(), text(), number()
local events = take_events()
local key = P .. 'private:' .. case_id
local numbers
if case_id ~= '' then
  numbers = redis.call('LRANGE', key, 0, portion - 1)
else
  key = P .. 'private:loose'
  numbers = redis.call('ZRANGE', key, '-inf', before, 'BYSCORE', 'LIMIT', 0, portion)
end
if #numbers == 0 then return {now, 'nothing'} end
for _, event in ipairs(events) do event.body = string.gsub(event.body, '"@count"', tostring(#numbers)) end
append(now, events)
redis.call('HDEL', P .. 'private', unpack(numbers))
if case_id ~= '' then redis.call('LTRIM', key, #numbers, -1) else redis.call('ZREM', key, unpack(numbers)) end
return answer(op, now, #numbers)
