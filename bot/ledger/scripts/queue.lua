-- Shared by the scripts that touch the send queue. An effect is a hash `effect:<id>`; its lane is a sorted set by time.
-- Behind the lanes by urgency is one for what is drawn once more, a while after a call of its own was given up.
local LANES, FIRST_PATIENT, ONCE_MORE = 5, 2, '4'
local function said_before(id, now)
  local this, before = period_keys('said', WEEK, now)
  return redis.call('SISMEMBER', this, id) == 1 or redis.call('SISMEMBER', before, id) == 1
end
local function remember_said(id, now)
  local this, _, period = period_keys('said', WEEK, now)
  redis.call('SADD', this, id)
  forget_old('said', period)
end
local function take_effects()
  local effects = {}
  for i = 1, number() do
    effects[i] = {id = text(), level = text() == '1', lane = text(), case = text(), turn = text(), thread = text(), expires = text(),
      body = text()}
  end
  return effects
end
-- A level-triggered effect (a card) is queued once; queueing it again raises the wanted number, and the newest body wins.
local function queue_level(effect, now)
  local key = P .. 'effect:' .. effect.id
  local known = redis.call('HMGET', key, 'lane', 'lease', 'turn')
  local lane = effect.lane
  if known[1] and known[1] < lane then lane = known[1] end
  redis.call('HSET', key, 'sv', SCHEMA, 'level', '1', 'lane', lane, 'case', effect.case, 'turn', effect.turn,
    'thread', '0', 'expires', '', 'body', effect.body)
  redis.call('HSETNX', key, 'queued', string.format('%d', now))
  redis.call('HINCRBY', key, 'want', 1)
  if not known[1] then
    redis.call('ZADD', P .. 'send:' .. lane, rising('send', now), effect.id)
  elseif known[1] ~= lane then
    -- What only waits to be drawn once more is news again, and is told now.
    local score = (known[1] ~= ONCE_MORE or known[2]) and redis.call('ZSCORE', P .. 'send:' .. known[1], effect.id)
    redis.call('ZREM', P .. 'send:' .. known[1], effect.id)
    redis.call('ZADD', P .. 'send:' .. lane, score or rising('send', now), effect.id)
  elseif known[3] ~= effect.turn and not known[2] then
    -- It goes first now: its place is looked for anew, before those that have waited.
    redis.call('ZADD', P .. 'send:' .. lane, 'XX', 'LT', now, effect.id)
  end
end
-- It is drawn, and once more at this time: a call that was given up may come after the one that was answered.
local function draw_once_more(id, at)
  local key = P .. 'effect:' .. id
  redis.call('ZREM', P .. 'send:' .. redis.call('HGET', key, 'lane'), id)
  redis.call('HDEL', key, 'lease', 'tries')
  redis.call('HSET', key, 'lane', ONCE_MORE)
  redis.call('ZADD', P .. 'send:' .. ONCE_MORE, at, id)
end
local function queue_once(effect, now)
  local key = P .. 'effect:' .. effect.id
  if redis.call('EXISTS', key) == 1 or said_before(effect.id, now) then return end
  redis.call('HSET', key, 'sv', SCHEMA, 'level', '0', 'lane', effect.lane, 'case', effect.case, 'turn', effect.turn, 'thread', effect.thread,
    'expires', effect.expires, 'body', effect.body, 'want', 1, 'queued', string.format('%d', now))
  redis.call('ZADD', P .. 'send:' .. effect.lane, rising('send', now), effect.id)
  if effect.thread == '1' then redis.call('RPUSH', P .. 'thread:' .. effect.lane .. ':' .. effect.case, effect.id) end
end
local function queue(effect, now)
  if effect.level then queue_level(effect, now) else queue_once(effect, now) end
end
-- The calls about a case say how it ended. Only where one stands, so the ledger itself queues it; the words are made when
-- sent. It goes with the cards: who was called should not go to a case that is over behind hundreds of other redraws.
local function queue_calls(case_id, now)
  queue({id = 'calls:' .. case_id, level = true, lane = '2', case = case_id, turn = '', body = cjson.encode(
    {effect_id = 'calls:' .. case_id, kind = 'calls', urgency = 3, case_id = case_id, place = 'escalation'})}, now)
end
-- When the first of those comes up that wait for their pace, their turn or their next try. What lies before the next
-- millisecond may go already, as far as there is room for it; the first of a later one from its beginning on.
local function next_to_send(now)
  local at = -1
  for lane = 0, LANES - 1 do
    local found = redis.call('ZRANGE', P .. 'send:' .. lane, now + 1, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    local score = found[2] and math.floor(tonumber(found[2])) or -1
    if score >= 0 and (at < 0 or score < at) then at = score end
  end
  return at
end
-- The card stands: what waited for its thread may go.
local function wake_threads(case_id, now)
  for lane = 0, LANES - 1 do
    for _, id in ipairs(redis.call('LRANGE', P .. 'thread:' .. lane .. ':' .. case_id, 0, 99)) do
      if not redis.call('HGET', P .. 'effect:' .. id, 'lease') then redis.call('ZADD', P .. 'send:' .. lane, 'XX', 'LT', now, id) end
    end
  end
end
local function remove_effect(id, now)
  local known = redis.call('HMGET', P .. 'effect:' .. id, 'lane', 'case', 'thread', 'level')
  if not known[1] then return end
  redis.call('ZREM', P .. 'send:' .. known[1], id)
  redis.call('DEL', P .. 'effect:' .. id)
  if known[3] == '1' then
    local thread = P .. 'thread:' .. known[1] .. ':' .. known[2]
    redis.call('LREM', thread, 1, id)
    local following = redis.call('LINDEX', thread, 0)
    if following then redis.call('ZADD', P .. 'send:' .. known[1], 'XX', 'LT', now, following) end
  end
  if known[4] ~= '1' then remember_said(id, now) end
end
