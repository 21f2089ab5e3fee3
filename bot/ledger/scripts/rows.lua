-- Shared by the scripts that write the index of open cases. A row is what bot/rules/rows.py makes of a case: a line for
-- each sorted set that it stands in. What stands there now is kept with the case, so that it is taken out by itself.
-- The names that a case is looked for by stand in texts, each of a few cases: to look through a text takes a tenth of the
-- time that its entries would take.
local NAMES = P .. 'index:names'
local function names_in(row) return string.match(row, '^[^\n]*\nnames:(%x+)\r0\r([^\n]*)') end
-- Whether a row is of today's form; one that a former release wrote is found by no name.
local function is_listed(row) return row and string.find(row, '^[^\n]*\nnames:') ~= nil end
local function entries(row)
  local found = {}
  for line in string.gmatch(row, '[^\n]+') do
    if string.sub(line, 1, 6) ~= 'names:' then found[line] = true end
  end
  return found
end
local function parts(line) return string.match(line, '^(.-)\r(.-)\r(.*)$') end
local function write_names(before, after)
  local old_bucket, old = names_in(before)
  local bucket, new = names_in(after)
  if old == new then return end
  bucket = bucket or old_bucket
  local held, from, to = redis.call('HGET', NAMES, bucket) or '', nil, nil
  if old then from, to = string.find(held, old .. '\n', 1, true) end
  if from then held = string.sub(held, 1, from - 1) .. string.sub(held, to + 1) end
  if new then held = held .. new .. '\n' end
  if held == '' then redis.call('HDEL', NAMES, bucket) else redis.call('HSET', NAMES, bucket, held) end
end
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
  write_names(before, after)
  if not is_listed(before) then
    if after ~= '' then redis.call('INCR', P .. 'index:listed') end
  elseif after == '' then
    redis.call('DECR', P .. 'index:listed')
  end
  if after == '' then redis.call('HDEL', case_key, 'row') else redis.call('HSET', case_key, 'row', after) end
end
