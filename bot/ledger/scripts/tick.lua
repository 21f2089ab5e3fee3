-- The step guard, and what is next. A step is stored when two readings of one boot clock agree on it: a single one may
-- be an old reading that was delayed (the server was paused), and the next one then clears the suspicion. Who is outvoted
-- (`own_gap`) begins to count anew from the time that the others agree on, and corrects nothing. `is_sure`: no boot clock
-- was asked, the server's time lies before what it has told itself.
local now, gap, own_gap, is_sure = read_clock()
local boot = tonumber(ARGV[3])
local pair = 'pair:' .. ARGV[2]
local events = take_events()
local idle_ms, most_pairs = number(), number()
local corrected = 0
-- Who began just after a step ahead, on a host where nobody had run, took it for the time. What they queued, leased or held up
-- goes back with the clock: nothing else lies that far ahead in these. A step of some seconds holds up nobody.
local function is_ahead(at) return at and tonumber(at) >= now + gap - WITNESS_MS end
local function pull_back(key)
  local ahead = redis.call('ZRANGE', P .. key, now + gap - WITNESS_MS, '+inf', 'BYSCORE', 'WITHSCORES')
  for i = 1, #ahead, 2 do redis.call('ZADD', P .. key, 'XX', ahead[i + 1] - gap, ahead[i]) end
  return ahead
end
local function pull_back_all()
  for lane = 0, 4 do
    local effects = pull_back('send:' .. lane)
    for i = 1, #effects, 2 do
      local again = redis.call('HGET', P .. 'effect:' .. effects[i], 'again')
      if is_ahead(again) then redis.call('HSET', P .. 'effect:' .. effects[i], 'again', string.format('%d', again - gap)) end
    end
  end
  pull_back('pace')
  pull_back('press:waiting')
  -- Others are due in an hour by right: of these only what somebody holds.
  local held = redis.call('HGETALL', P .. 'due:lease')
  for i = 1, #held, 2 do
    local at = redis.call('ZSCORE', P .. 'due', held[i])
    if is_ahead(at) then redis.call('ZADD', P .. 'due', 'XX', at - gap, held[i]) end
  end
end
if gap == 0 then
  -- What adds first: a full server refuses it, and lets everything pass once a script has written. So a tick that went
  -- well tells that the ledger takes what it is given.
  redis.call('HSET', P .. 'clock', pair, string.format('%d|%d', boot, now))
  redis.call('HDEL', P .. 'clock', 'suspect:' .. ARGV[2])
else
  local suspected = redis.call('HGET', P .. 'clock', 'suspect:' .. ARGV[2])
  if is_sure or (suspected and math.abs(tonumber(suspected) - gap) <= SAME_STEP_MS) then
    corrected = -gap
    for _, event in ipairs(events) do event.body = string.gsub(event.body, '"@by_ms"', string.format('%d', corrected)) end
    append(now, events)
    redis.call('HINCRBY', P .. 'clock', 'off', string.format('%d', corrected))
    redis.call('HDEL', P .. 'clock', 'suspect:' .. ARGV[2])
    redis.call('HSET', P .. 'clock', pair, string.format('%d|%d', boot, now))
    if gap > WITNESS_MS then pull_back_all() end
  else
    redis.call('HSET', P .. 'clock', 'suspect:' .. ARGV[2], string.format('%d', gap))
  end
end
-- Since when its boot clock has counted without a break; as a pair, so that it moves with those where time is made to pass.
if own_gap ~= 0 then redis.call('HDEL', P .. 'clock', 'since:' .. ARGV[2]) end
redis.call('HSETNX', P .. 'clock', 'since:' .. ARGV[2], string.format('%d|%d', boot, now))
if redis.call('HLEN', P .. 'clock') > most_pairs then
  local fields = redis.call('HGETALL', P .. 'clock')
  for i = 1, #fields, 2 do
    local who, logical = string.match(fields[i], '^pair:(.*)$'), string.match(fields[i + 1], '|(%-?%d+)$')
    if who and now - logical > idle_ms then
      redis.call('HDEL', P .. 'clock', fields[i], 'since:' .. who, 'suspect:' .. who)
    end
  end
end
local function first(key)
  local found = redis.call('ZRANGE', P .. key, 0, 0, 'WITHSCORES')
  return found[2] and math.ceil(tonumber(found[2])) or -1
end
local send = -1
for lane = 0, 4 do
  local at = first('send:' .. lane)
  if at >= 0 and (send < 0 or at < send) then send = at end
end
return {now, corrected, own_gap, first('due'), first('press:waiting'), send}
