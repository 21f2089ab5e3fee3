-- The one door for changes. Of each first everything is read and checked, then everything is written. Several come in one
-- call; each stands for itself, whole or not at all, on what the ones before it have left.
local now = read_clock()
-- How long a key leads to its bundle; when one may really be joined is the rules' matter (bot/rules/bundles.py).
local BUNDLE_KEY_MS = WEEK
local function conflict(kind, what) return {now, 'conflict', kind, what} end

-- Due times are moved in Lua's own memory and written together, once the script is through: a hundred steps that are taken
-- cost two calls then, not two hundred. `leases` is what each change finds of those that the ones before it have left.
local members, leases = texts(), {}
if #members > 0 then
  for i, held in ipairs(redis.call('HMGET', P .. 'due:lease', unpack(members))) do leases[members[i]] = held end
end
local MOVED_AT_ONCE = 1000
local moves, moved = {}, {}
local function write_moves()
  if #moved == 0 then return end
  local gone, armed = {}, {}
  for _, member in ipairs(moved) do
    if moves[member] == '' then gone[#gone + 1] = member else armed[#armed + 1] = moves[member]; armed[#armed + 1] = member end
  end
  redis.call('HDEL', P .. 'due:lease', unpack(moved))
  if #gone > 0 then redis.call('ZREM', P .. 'due', unpack(gone)) end
  if #armed > 0 then redis.call('ZADD', P .. 'due', unpack(armed)) end
  moves, moved = {}, {}
end
local function move(member, at)
  if not moves[member] then moved[#moved + 1] = member end
  moves[member], leases[member] = at, nil
  if #moved == MOVED_AT_ONCE then write_moves() end
end

-- A change says by a letter each which parts it has (bot/ledger/committing.py); what it has not is read from nowhere.
local NONE, took = {}, 0
local READ = {
  p = function(change) change.press = text() end,
  t = function(change)
    took = took + 1
    change.taken, change.lease = members[took], text()
  end,
  l = function(change)
    change.forgets = {}
    for i = 1, number() do change.forgets[i] = {id = text(), from = text()} end
  end,
  c = function(change)
    change.cases = {}
    for i = 1, number() do
      change.cases[i] = {id = text(), expected = text(), body = text(), card = text(), card_key = text(), open = text(), opened = text(),
        org = text(), subject = text(), bundle = text(), bundle_key = text(), bundle_before = text(), requests = texts(), computers = texts(), underway = texts(), row = text()}
    end
  end,
  d = function(change)
    change.due = {}
    for i = 1, number() do change.due[i] = {member = text(), at = text()} end
  end,
  s = function(change) change.effects = take_effects() end,
  e = function(change) change.events = take_events() end,
  n = function(change)
    change.notes = {}
    for i = 1, number() do change.notes[i] = {key = text(), at = text(), kept = number(), note = text()} end
  end,
  g = function(change) change.given_expected, change.given, change.given_mark = text(), text(), text() end,
  m = function(change)
    change.modes = {}
    for i = 1, number() do
      change.modes[i] = {id = text(), expected = text(), body = text(), open = text(), slot = text(), started = text()}
    end
  end,
  x = function(change)
    change.exceptions = {}
    for i = 1, number() do
      change.exceptions[i] = {id = text(), expected = text(), body = text(), open = text(), case = text(), org = text(), review = text()}
    end
  end,
  j = function(change)
    change.judged_press, change.judge, change.judged_generation, change.judged_given = text(), text(), text(), text()
    change.tallies = {}
    for i = 1, number() do change.tallies[i] = {name = text(), last = text()} end
  end,
}
local function read_change()
  local change = {}
  for part in string.gmatch(text(), '.') do READ[part](change) end
  return change
end

local function commit(op, done_before)
  local change = read_change()
  local press, taken, lease, given, given_expected = change.press, change.taken, change.lease, change.given, change.given_expected
  local forgets, cases, due, modes, exceptions = change.forgets or NONE, change.cases or NONE, change.due or NONE, change.modes or NONE, change.exceptions or NONE
  local judged_press, judge, tallies = change.judged_press, change.judge, change.tallies or NONE

  if done_before then return told_before(now, done_before) end
  local forgotten, written = {}, {}
  for _, one in ipairs(forgets) do forgotten[one.id] = true end
  for _, case in ipairs(cases) do written[case.id] = case end

  if press and not redis.call('ZSCORE', P .. 'press:waiting', press) then return conflict('press', press) end
  for _, one in ipairs(forgets) do
    local holder = redis.call('HGET', P .. 'request', one.id)
    if holder and holder ~= one.from then return conflict('request', one.id) end
  end
  if taken then
    local held = leases[taken]
    if not held or string.match(held, '^(%d+)|') ~= lease then return conflict('lease', taken) end
  end
  if given then
    local known = redis.call('HMGET', P .. 'given', 'v', 'sv')
    local newer = refuse_newer('what was given in Slack', known[2])
    if newer then return newer end
    if (known[1] or '0') ~= given_expected then return conflict('given', known[1] or '0') end
  end
  -- After what was given: whoever changes that reads it again, and only then judges anew.
  if judged_press then
    local holder = redis.call('HGET', P .. 'press:holder', judged_press)
    if not redis.call('ZSCORE', P .. 'press:waiting', judged_press) or (holder and holder ~= judge) then
      return conflict('press', judged_press)
    end
    if (redis.call('HGET', P .. 'access', 'generation') or '0') ~= change.judged_generation then return conflict('standpoint', 'access file') end
    if (redis.call('HGET', P .. 'given', 'v') or '0') ~= change.judged_given then return conflict('standpoint', 'given in Slack') end
  end
  for _, mode in ipairs(modes) do
    mode.key = P .. 'mode:' .. mode.id
    local old = redis.call('HMGET', mode.key, 'v', 'sv', 'slot')
    local newer = refuse_newer('maintenance mode ' .. mode.id, old[2])
    if newer then return newer end
    if (old[1] or '0') ~= mode.expected then return conflict('mode', mode.id) end
    mode.old_slot = old[3] or ''
    local holder = mode.slot ~= '' and redis.call('HGET', P .. 'modes:slots', mode.slot)
    if holder and holder ~= mode.id then return conflict('mode_slot', holder) end
  end
  for _, kept in ipairs(exceptions) do
    kept.key = P .. 'exception:' .. kept.id
    local old = redis.call('HMGET', kept.key, 'v', 'sv')
    local newer = refuse_newer('exception ' .. kept.id, old[2])
    if newer then return newer end
    if (old[1] or '0') ~= kept.expected then return conflict('exception', kept.id) end
    local holder = kept.open == '1' and redis.call('HGET', P .. 'exceptions:cases', kept.case)
    if holder and holder ~= kept.id then return conflict('exception', holder) end
  end
  for _, case in ipairs(cases) do
    case.key = P .. 'case:' .. case.id
    local old = redis.call('HMGET', case.key, 'v', 'sv', 'open', 'org', 'subject', 'requests', 'computers', 'card_key', 'bundle', 'row', 'underway')
    local newer = refuse_newer('case ' .. case.id, old[2])
    if newer then return newer end
    if (old[1] or '0') ~= case.expected then return conflict('version', case.id) end
    case.old = {open = old[3] or '0', org = old[4], subject = old[5] or '', requests = old[6] or '', computers = old[7] or '', card_key = old[8] or '', bundle = old[9] or '', row = old[10] or '', underway = old[11] or ''}
    case.all_requests = table.concat(case.requests, '\n')
    case.all_computers = table.concat(case.computers, '\n')
    case.all_underway = table.concat(case.underway, '\n')
    if case.open == '1' and case.subject ~= '' then
      local holder = redis.call('HGET', P .. 'subject', case.subject)
      if holder and holder ~= case.id and not (written[holder] and written[holder].open == '0') then return conflict('subject', holder) end
    end
    if case.bundle_key ~= '' then
      local standing = redis.call('GET', P .. 'bundle:key:' .. case.bundle_key) or ''
      if standing ~= case.bundle_before then return conflict('bundle', standing) end
    end
    case.new_requests = {}
    if case.all_requests ~= case.old.requests or #forgets > 0 then
      local known = {}
      for id in string.gmatch(case.old.requests, '[^\n]+') do known[id] = true end
      for _, id in ipairs(case.requests) do
        if not known[id] or forgotten[id] then table.insert(case.new_requests, id) end
      end
      for _, id in ipairs(case.new_requests) do
        local holder = redis.call('HGET', P .. 'request', id)
        if holder and holder ~= case.id and not forgotten[id] then return conflict('request', id) end
      end
    end
  end
  -- After the cases: who is too late for the very case hears so, and is not judged anew for it.
  for _, one in ipairs(tallies) do
    if (redis.call('GET', P .. 'tally:' .. one.name) or '') ~= one.last then return conflict('tally', one.name) end
  end

  -- Nothing is refused below this line.
  local last = append(now, change.events)
  for _, one in ipairs(forgets) do redis.call('HDEL', P .. 'request', one.id) end
  for _, case in ipairs(cases) do
    local old = case.old
    if old.open == '1' and old.subject ~= '' and (case.open == '0' or old.subject ~= case.subject)
      and redis.call('HGET', P .. 'subject', old.subject) == case.id then
      redis.call('HDEL', P .. 'subject', old.subject)
    end
  end
  for _, case in ipairs(cases) do
    local old = case.old
    redis.call('HSET', case.key, 'v', case.expected + 1, 'sv', SCHEMA, 'body', case.body, 'card', case.card, 'card_key', case.card_key,
      'open', case.open, 'org', case.org, 'subject', case.subject, 'requests', case.all_requests, 'computers', case.all_computers,
      'bundle', case.bundle, 'underway', case.all_underway)
    if case.all_underway ~= old.underway then
      for name in string.gmatch(old.underway, '[^\n]+') do
        redis.call('SREM', P .. 'underway:' .. name, case.id)
        redis.call('SET', P .. 'tally:' .. name, op, 'PX', WEEK)
      end
      for _, name in ipairs(case.underway) do
        redis.call('SADD', P .. 'underway:' .. name, case.id)
        redis.call('SET', P .. 'tally:' .. name, op, 'PX', WEEK)
      end
    end
    if old.bundle ~= '' and old.bundle ~= case.bundle then redis.call('ZREM', P .. 'bundle:' .. old.bundle, case.id) end
    if case.bundle ~= '' and old.bundle ~= case.bundle then redis.call('ZADD', P .. 'bundle:' .. case.bundle, case.opened, case.id) end
    if case.bundle_key ~= '' then redis.call('SET', P .. 'bundle:key:' .. case.bundle_key, case.bundle, 'PX', BUNDLE_KEY_MS) end
    for _, id in ipairs(case.new_requests) do redis.call('HSET', P .. 'request', id, case.id) end
    write_row(case.key, old.row, case.row)
    if case.card_key ~= '' and case.card_key ~= old.card_key then wake_threads(case.id, now) end
    if old.computers ~= '' and (case.open == '0' or old.computers ~= case.all_computers) then
      for computer in string.gmatch(old.computers, '[^\n]+') do redis.call('ZREM', P .. 'computer:' .. computer, case.id) end
    end
    if case.open == '1' then
      if case.subject ~= '' and (old.open ~= '1' or old.subject ~= case.subject) then redis.call('HSET', P .. 'subject', case.subject, case.id) end
      if old.open ~= '1' then
        redis.call('ZADD', P .. 'open', case.opened, case.id)
        redis.call('ZADD', P .. 'organization:' .. case.org, case.opened, case.id)
      end
      if old.open ~= '1' or old.computers ~= case.all_computers then
        for _, computer in ipairs(case.computers) do redis.call('ZADD', P .. 'computer:' .. computer, case.opened, case.id) end
      end
    elseif old.open == '1' then
      redis.call('ZREM', P .. 'open', case.id)
      redis.call('ZREM', P .. 'organization:' .. case.org, case.id)
      if redis.call('EXISTS', P .. 'called:' .. case.id) == 1 then queue_calls(case.id, now) end
    end
  end
  if taken then move(taken, '') end
  for _, one in ipairs(due) do move(one.member, one.at) end
  if press then
    redis.call('ZREM', P .. 'press:waiting', press)
    redis.call('HDEL', P .. 'press:body', press)
    redis.call('HDEL', P .. 'press:mark', press)
    redis.call('HDEL', P .. 'press:holder', press)
  end
  if given then redis.call('HSET', P .. 'given', 'v', given_expected + 1, 'sv', SCHEMA, 'body', given, 'mark', change.given_mark) end
  for _, mode in ipairs(modes) do
    redis.call('HSET', mode.key, 'v', mode.expected + 1, 'sv', SCHEMA, 'body', mode.body, 'slot', mode.slot)
    if mode.old_slot ~= '' and mode.old_slot ~= mode.slot then redis.call('HDEL', P .. 'modes:slots', mode.old_slot) end
    if mode.slot ~= '' then redis.call('HSET', P .. 'modes:slots', mode.slot, mode.id) end
    if mode.open == '1' then
      redis.call('ZADD', P .. 'modes:open', mode.started, mode.id)
    else
      redis.call('ZREM', P .. 'modes:open', mode.id)
    end
  end
  for _, kept in ipairs(exceptions) do
    redis.call('HSET', kept.key, 'v', kept.expected + 1, 'sv', SCHEMA, 'body', kept.body)
    local of_organization = P .. 'exceptions:organization:' .. kept.org
    if kept.open == '1' then
      redis.call('ZADD', P .. 'exceptions:open', kept.review, kept.id)
      redis.call('ZADD', of_organization, kept.review, kept.id)
      redis.call('HSET', P .. 'exceptions:cases', kept.case, kept.id)
    else
      redis.call('ZREM', P .. 'exceptions:open', kept.id)
      redis.call('ZREM', of_organization, kept.id)
      if redis.call('HGET', P .. 'exceptions:cases', kept.case) == kept.id then redis.call('HDEL', P .. 'exceptions:cases', kept.case) end
    end
  end
  for _, effect in ipairs(change.effects or NONE) do queue(effect, now) end
  for _, one in ipairs(change.notes or NONE) do
    redis.call('ZADD', P .. 'history:' .. one.key, one.at, one.note)
    redis.call('ZREMRANGEBYRANK', P .. 'history:' .. one.key, 0, -101)
    redis.call('ZREMRANGEBYSCORE', P .. 'history:' .. one.key, '-inf', string.format('(%d', now - one.kept))
    redis.call('PEXPIRE', P .. 'history:' .. one.key, one.kept)
  end
  return {now, 'done', now, last}
end

local ops = texts()
local this, before, period = period_keys('ops', HOUR, now)
local known, known_before = redis.call('HMGET', this, unpack(ops)), redis.call('HMGET', before, unpack(ops))
local answers, noted, done, fault = {now}, {}, {}, nil
together = true
for i, op in ipairs(ops) do
  local went, answer = pcall(commit, op, done[op] or known[i] or known_before[i])
  if not went then fault = answer break end
  answers[i + 1] = answer
  if answer[2] == 'done' and not done[op] then
    done[op] = string.format('%d|%d', answer[3], answer[4])
    noted[#noted + 1] = op; noted[#noted + 1] = done[op]
  end
end
-- Also after a fault: what went before it is done, and is told so.
if head_n then write_head() end
write_moves()
if #noted > 0 then redis.call('HSET', this, unpack(noted)) end
forget_old('ops', period)
if fault then error(fault, 0) end
return answers
