-- Stands before every script: arguments, logical time, the record, remembered answers.
-- ARGV[1] our schema version, ARGV[2] the caller's clock instance, ARGV[3] its boot clock in ms; the rest is the script's.
local P = KEYS[1] .. ':'
local SCHEMA = tonumber(ARGV[1])
local STEP_MS, SAME_STEP_MS = 2000, 500
local position = 3
local function text() position = position + 1; return ARGV[position] end
local function number() position = position + 1; return tonumber(ARGV[position]) end
local function texts()
  local found = {}
  for i = 1, number() do found[i] = text() end
  return found
end

-- The logical time of each process's last tick, since when it counts without a break, and its boot clock at that tick.
local function last_ticks()
  local fields, found, since, boots = redis.call('HGETALL', P .. 'clock'), {}, {}, {}
  for i = 1, #fields, 2 do
    local what, who = string.match(fields[i], '^(%a+):(.*)$')
    local boot, logical = string.match(fields[i + 1], '^(%-?%d+)|(%-?%d+)$')
    if logical and what == 'pair' then found[who], boots[who] = tonumber(logical), tonumber(boot) end
    if logical and what == 'since' then since[who] = tonumber(logical) end
  end
  return found, since, boots
end
-- Whether another replica bears witness that the server's clock did not step by `gap`: a step since its last tick would
-- show in the time that passed since then. Then it is the caller's clock that is wrong: its host was suspended, or it
-- runs slow. Two clocks outvote one, and who is outvoted does not judge time (scripts/tick.lua). Of a step ahead only they
-- know who have counted for longer than has `passed` by the caller's clock: who began after the step took it for the time.
local WITNESS_MS, EARLY_MS = 10000, -500
local function outvoted(now, gap, passed)
  local found, since = last_ticks()
  for who, logical in pairs(found) do
    local age = now - logical
    local bears_witness = age >= EARLY_MS and age <= WITNESS_MS
    if gap > 0 then
      -- An older release does not tell since when it counts.
      local counted = since[who] and now - since[who] or math.huge
      bears_witness = age >= EARLY_MS and age <= gap - STEP_MS and counted > passed + STEP_MS
    end
    if who ~= ARGV[2] and bears_witness then return true end
  end
  return false
end
-- How far it ran away from the caller's host since the last tick there, for a process that has none of its own to go by: all
-- processes of a host have one boot clock. What is queued in an hour ahead would else lie there for an hour, once whoever saw
-- the step has undone it. After a longer absence it is likelier the host that stood still.
local MOST_AWAY_MS = 3600000
local function ahead_of_host(now)
  local host = string.match(ARGV[2], '@[^@/]+/')
  if not host then return 0 end
  local found, _, boots = last_ticks()
  local last
  for who, boot in pairs(boots) do
    local is_before = boot <= tonumber(ARGV[3]) and (not last or boot > boots[last])
    if is_before and string.find(who, host, 1, true) then last = who end
  end
  if not last then return 0 end
  local passed = ARGV[3] - boots[last]
  local gap = (now - found[last]) - passed
  return passed <= MOST_AWAY_MS and gap > STEP_MS and not outvoted(now, gap, passed) and gap or 0
end
-- How far it lies before the last tick of all, for the same process. On a host where nobody was, the time that passed cannot
-- be told from a step forward, but never has it gone back: else what is leased until "soon", and the turn to ask the portal,
-- would be held by nobody for as long as the step was.
local function behind_all(now)
  local gap = 0
  for _, logical in pairs((last_ticks())) do gap = math.min(gap, now - logical) end
  return gap < -STEP_MS and not outvoted(now, gap, 0) and gap or 0
end

-- Logical time is TIME + off. `gap` is how far it ran away from this caller's boot clock since the last tick: a step of
-- the server's clock, unless another replica knows better. After a step the caller is answered in corrected time; only
-- `tick` stores the correction.
local function read_clock()
  local t = redis.call('TIME')
  local known = redis.call('HMGET', P .. 'clock', 'off', 'pair:' .. ARGV[2])
  local now = t[1] * 1000 + math.floor(t[2] / 1000) + (known[1] or 0)
  local pair = known[2]
  if not pair then
    local ahead, behind = ahead_of_host(now), behind_all(now)
    if ahead ~= 0 then return now - ahead, ahead, 0, false end
    return now - behind, behind, 0, behind ~= 0
  end
  local boot, logical = string.match(pair, '^(%-?%d+)|(%-?%d+)$')
  local passed = ARGV[3] - boot
  local gap = (now - logical) - passed
  if math.abs(gap) <= STEP_MS then return now, 0, 0, false end
  if outvoted(now, gap, passed) then return now, 0, gap, false end
  return now - gap, gap, 0, false
end

local function refuse_newer(what, version)
  if version and tonumber(version) > SCHEMA then
    return redis.error_reply('GATEHOUSE_NEWER ' .. what .. ' was written by version ' .. version)
  end
end

-- The record. Append before every other write of a script: it alone can fail, and then nothing is half done.
local function take_events()
  local events = {}
  for i = 1, number() do
    local body, private = text(), text()
    events[i] = {body = body, private = private, case = private ~= '' and text() or ''}
  end
  return events
end
-- `together`: a script that makes many changes writes the head and the answers once, when it is through with all of them.
local together, head_n, head_link = false, nil, nil
local function write_head() redis.call('HSET', P .. 'head', 'n', head_n, 'link', head_link) end
local function append(now, events)
  if not head_n then
    local head = redis.call('HMGET', P .. 'head', 'n', 'link')
    head_n, head_link = tonumber(head[1] or '0'), head[2] or string.rep('0', 40)
  end
  if #events == 0 then return head_n end
  local at = string.format('%d', now)
  for _, event in ipairs(events) do
    local id = string.format('%d', head_n + 1)
    local link = redis.sha1hex(head_link .. '\n' .. id .. '\n' .. at .. '\n' .. event.body)
    redis.call('XADD', P .. 'audit', id .. '-1', 'at', at, 'link', link, 'body', event.body)
    head_n, head_link = head_n + 1, link
    if event.private ~= '' then
      redis.call('HSET', P .. 'private', id, event.private)
      if event.case ~= '' then
        redis.call('RPUSH', P .. 'private:' .. event.case, id)
      else
        redis.call('ZADD', P .. 'private:loose', at, id)
      end
    end
  end
  if not together then write_head() end
  return head_n
end

-- Sets and hashes that forget: one key per period, this period and the one before are read, older ones are deleted.
local MINUTE, HOUR, DAY, WEEK = 60000, 3600000, 86400000, 604800000
local function period_keys(name, length, now)
  local period = math.floor(now / length)
  return P .. name .. ':' .. string.format('%d', period), P .. name .. ':' .. string.format('%d', period - 1), period
end
local function forget_old(name, period)
  local known = redis.call('HMGET', P .. 'periods', name, name .. ':before')
  if known[1] and tonumber(known[1]) >= period then return end
  if known[2] then redis.call('UNLINK', P .. name .. ':' .. known[2]) end
  if known[1] then redis.call('HSET', P .. 'periods', name .. ':before', known[1]) end
  redis.call('HSET', P .. 'periods', name, string.format('%d', period))
end

-- Answers to operations, kept for one to two hours: a repeat after a lost reply gets the first answer.
local function told_before(now, answer)
  local at, last = string.match(answer, '^(%d+)|(%d+)$')
  return {now, 'done', tonumber(at), tonumber(last)}
end
local function answered(op, now)
  local this, before = period_keys('ops', HOUR, now)
  local answer = redis.call('HGET', this, op) or redis.call('HGET', before, op)
  return answer and told_before(now, answer) or nil
end
local function answer(op, now, last)
  local this, _, period = period_keys('ops', HOUR, now)
  redis.call('HSET', this, op, string.format('%d|%d', now, last))
  forget_old('ops', period)
  return {now, 'done', now, last}
end

-- A strictly rising score, so that what came first in the same millisecond goes first. What is due now is everything
-- before the next millisecond: `until_now`.
local function until_now(now) return string.format('(%d', now + 1) end
local function rising(name, now)
  local last = tonumber(redis.call('HGET', P .. 'last', name) or '0')
  local score = now
  if last >= now and last < now + 1000 then score = last + 1 / 1024 end
  redis.call('HSET', P .. 'last', name, score)
  return score
end
