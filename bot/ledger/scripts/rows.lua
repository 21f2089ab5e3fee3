-- Shared by the scripts that write the index of open cases. A row is what bot/rules/rows.py makes of a case: a line for
-- each sorted set that it stands in. What stands there now is kept with the case, so that it is taken out by itself.
local function entries(row)
  local found = {}
  for line in string.gmatch(row, '[^\n]+') do found[line] = true end
  return found
end
local function parts(line) return string.match(line, '^(.-)\r(.-)\r(.*)$') end
local function write_row(case_key, before, after)
  if before == after then return end
  local old, new = entries(before), entries(after)
  for line in pairs(old) do
    if not new[line] then
      local name, _, member = parts(line)
      redis.call('ZREM', P .. 'index:' .. name, member)
      if string.sub(name, 1, 5) == 'pile:' and redis.call('EXISTS', P .. 'index:' .. name) == 0 then
        redis.call('SREM', P .. 'index:piles', string.sub(name, 6))
      end
    end
  end
  for line in pairs(new) do
    if not old[line] then
      local name, score, member = parts(line)
      redis.call('ZADD', P .. 'index:' .. name, score, member)
      if string.sub(name, 1, 5) == 'pile:' then redis.call('SADD', P .. 'index:piles', string.sub(name, 6)) end
    end
  end
  if before == '' then redis.call('INCR', P .. 'index:size') end
  if after == '' then
    redis.call('DECR', P .. 'index:size')
    redis.call('HDEL', case_key, 'row')
  else
    redis.call('HSET', case_key, 'row', after)
  end
end
