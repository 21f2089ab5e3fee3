-- Lease what is due, oldest first, together with the cases it belongs to.
local now = read_clock()
local limit, lease_ms, patient_ms = number(), number(), number()
local patient = {}
for _, kind in ipairs(texts()) do patient[kind] = true end
local taken = {}
for _, member in ipairs(redis.call('ZRANGE', P .. 'due', '-inf', now, 'BYSCORE', 'LIMIT', 0, limit * 2, 'WITHSCORES')) do taken[#taken + 1] = member end
local answer = {now}
local members, held = {}, {}
for i = 1, #taken, 2 do members[#members + 1] = taken[i] end
if #members > 0 then held = redis.call('HMGET', P .. 'due:lease', unpack(members)) end
local leased, holders = {}, {}
for i = 1, #taken, 2 do
  if #answer > limit then break end
  local member, due_at = taken[i], taken[i + 1]
  local case_id = string.match(member, '|(.*)$')
  local case = redis.call('HMGET', P .. 'case:' .. case_id, 'v', 'sv', 'body', 'card')
  if not case[2] or tonumber(case[2]) <= SCHEMA then
    local lease_before = held[(i + 1) / 2]
    if lease_before then due_at = string.match(lease_before, '|(.*)$') end
    local span = patient[string.match(member, '^(.-)|')] and patient_ms or lease_ms
    local lease = string.format('%d', now + span)
    answer[#answer + 1] = {member, due_at, lease, case[1] or '', case[2] or '', case[3] or '', case[4] or ''}
    leased[#leased + 1] = lease; leased[#leased + 1] = member
    holders[#holders + 1] = member; holders[#holders + 1] = lease .. '|' .. due_at
  end
end
if #leased > 0 then
  redis.call('ZADD', P .. 'due', unpack(leased))
  redis.call('HSET', P .. 'due:lease', unpack(holders))
end
return answer
