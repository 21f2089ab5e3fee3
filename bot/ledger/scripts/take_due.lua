-- Lease what is due, oldest first, together with the cases it belongs to. Cases of newer records are left to newer
-- programs: what comes after them is looked at in their place, once.
local now = read_clock()
local limit, lease_ms, patient_ms = number(), number(), number()
local patient = {}
for _, kind in ipairs(texts()) do patient[kind] = true end
local answer = {now}
local leased, holders = {}, {}
local usual, longer = string.format('%d', now + lease_ms), string.format('%d', now + patient_ms)
local function take(first)
  local members = redis.call('ZRANGE', P .. 'due', '-inf', now, 'BYSCORE', 'LIMIT', first, limit, 'WITHSCORES')
  if #members == 0 then return end
  local names = {}
  for i = 1, #members, 2 do names[#names + 1] = members[i] end
  local held = redis.call('HMGET', P .. 'due:lease', unpack(names))
  for i, member in ipairs(names) do
    if #answer > limit then return end
    local bar = string.find(member, '|', 1, true)
    local case = redis.call('HMGET', P .. 'case:' .. string.sub(member, bar + 1), 'v', 'sv', 'body', 'card')
    if not case[2] or tonumber(case[2]) <= SCHEMA then
      local due_at, lease = members[2 * i], patient[string.sub(member, 1, bar - 1)] and longer or usual
      if held[i] then due_at = string.match(held[i], '|(.*)$') end
      answer[#answer + 1] = case[1] and {member, due_at, lease, case[1], case[2] or '', case[3] or '', case[4] or ''} or {member, due_at, lease}
      leased[#leased + 1] = lease; leased[#leased + 1] = member
      holders[#holders + 1] = member; holders[#holders + 1] = lease .. '|' .. due_at
    end
  end
  return #names == limit and #answer <= limit
end
if take(0) then take(limit) end
if #leased > 0 then
  redis.call('ZADD', P .. 'due', unpack(leased))
  redis.call('HSET', P .. 'due:lease', unpack(holders))
end
return answer
