-- An effect was said (or given up). A card's address is noted in the same step; a card queued again meanwhile stays due, even
-- if this attempt was given up.
local now = read_clock()
local op = text()
local done_before = answered(op, now)
if done_before then return done_before end
local id, token, want, given_up = text(), text(), text(), text() == '1'
local case_id, bundle, card, card_key, knew, call_at, is_end = text(), text(), text(), text(), texts(), text(), text() == '1'
local events, instead = take_events(), take_effects()
local known = redis.call('HMGET', P .. 'effect:' .. id, 'lease', 'want', 'lane', 'level', 'again')
local holds = known[1] == token
local case = P .. 'case:' .. case_id
-- Whoever said it: a call that was made twice stands twice, and each has to tell how the case ended.
local function note_call()
  local called = P .. 'called:' .. case_id
  -- Not by LPOS: it would be a right more than the users of a server that is in use were given (docs/ledger.md).
  for _, one in ipairs(redis.call('LRANGE', called, 0, -1)) do
    if one == call_at then return end
  end
  redis.call('RPUSH', called, call_at)
  redis.call('LTRIM', called, -20, -1)
  -- Over before its call was noted: nobody else would tell it.
  if redis.call('HGET', case, 'open') == '0' then queue_calls(case_id, now) end
end
if card ~= '' then
  -- What was noted since this was drawn stands, and this is a twin of it. The lease says nothing of that: a failover may
  -- have lost the claim of whoever posted first, and then the second one holds it.
  local stands_for = {[''] = true, [card_key] = true}
  for _, one in ipairs(knew) do stands_for[one] = true end
  -- A card that several cases share stands in the record of each of them.
  local sharing = bundle ~= '' and redis.call('ZRANGE', P .. 'bundle:' .. bundle, 0, -1) or {}
  if #sharing == 0 then sharing = {case_id} end
  local versions = {}
  for i, one in ipairs(sharing) do
    local old = redis.call('HMGET', P .. 'case:' .. one, 'v', 'sv', 'card_key', 'bundle')
    local newer = refuse_newer('case ' .. one, old[2])
    if newer then return newer end
    if not old[1] then return {now, 'conflict', 'version', one} end
    -- It went to another card while its own was posted: that one is a twin of nothing, and is retired all the same.
    if (old[4] or '') ~= bundle then return {now, 'conflict', 'twin', old[3] or ''} end
    if not stands_for[old[3] or ''] then return {now, 'conflict', 'twin', old[3]} end
    versions[i] = old[1]
  end
  append(now, events)
  for i, one in ipairs(sharing) do
    redis.call('HSET', P .. 'case:' .. one, 'v', versions[i] + 1, 'card', card, 'card_key', card_key)
    wake_threads(one, now)
  end
elseif not holds then
  if call_at ~= '' then note_call() end
  return {now, 'conflict', 'lease', id}
else
  append(now, events)
end
if holds and call_at ~= '' then note_call() end
if holds then
  if known[2] == want and known[5] and not given_up then
    draw_once_more(id, known[5])
  elseif known[2] == want or (given_up and known[4] ~= '1') then
    remove_effect(id, now)
    -- Not before: what is drawn once more has to be found again.
    if is_end then redis.call('DEL', P .. 'called:' .. case_id) end
  else
    redis.call('HDEL', P .. 'effect:' .. id, 'lease', 'tries')
    redis.call('ZADD', P .. 'send:' .. known[3], now, id)
  end
end
for _, one in ipairs(instead) do queue(one, now) end
return answer(op, now, tonumber(redis.call('HGET', P .. 'head', 'n') or '0'))
