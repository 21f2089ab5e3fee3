-- Rows of cases that a former release wrote, or a replica of one that runs beside us. Whoever was changed or closed
-- meanwhile is passed over: its change wrote the row. The case's own version stays, since nothing of it changes; from here
-- on the former release leaves it alone, and cannot make the index wrong.
local now = read_clock()
for _ = 1, number() do
  local id, expected, row = text(), text(), text()
  local key = P .. 'case:' .. id
  local known = redis.call('HMGET', key, 'v', 'sv', 'open', 'row')
  if known[1] == expected and known[3] == '1' and not is_listed(known[4]) and tonumber(known[2]) <= SCHEMA then
    write_row(key, known[4] or '', row)
    redis.call('HSET', key, 'sv', SCHEMA)
  end
end
return {now}
