-- A page out of several piles as if they were one, by place in line, then pile, then case id. Some cases can be left out:
-- they are named with the number of their pile and their place.
local LONG = 200
local now = read_clock()
local skip, limit = number(), number()
local left_out, left_out_at = {}, {}
for i = 1, number() do
  local one = {id = text(), pile = number(), score = number()}
  left_out[one.id], left_out_at[i] = true, one
end
local keys, ranks = {}, {}
for i, name in ipairs(texts()) do keys[i], ranks[i] = P .. 'index:pile:' .. name, 0 end

local function at(key, rank)
  local found = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
  return found[1], found[2] and tonumber(found[2])
end
local function told(score) return string.format('%.0f', score) end
local function before(score)
  local count = 0
  for _, key in ipairs(keys) do count = count + redis.call('ZCOUNT', key, '-inf', '(' .. told(score)) end
  for _, one in ipairs(left_out_at) do if one.score < score then count = count - 1 end end
  return count
end
-- Far into the list the place is found by halving, so that a late page costs no more than an early one.
if skip > LONG then
  local low, high
  for _, key in ipairs(keys) do
    local _, first = at(key, 0)
    local _, last = at(key, -1)
    if first and (not low or first < low) then low = first end
    if last and (not high or last + 1 > high) then high = last + 1 end
  end
  while low and high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if before(middle) <= skip then low = middle else high = middle end
  end
  if low then
    skip = skip - before(low)
    for i, key in ipairs(keys) do ranks[i] = redis.call('ZCOUNT', key, '-inf', '(' .. told(low)) end
    -- Many may have the same place: of those, pile by pile.
    for i, key in ipairs(keys) do
      local same = redis.call('ZCOUNT', key, told(low), told(low))
      local shown = same
      for _, one in ipairs(left_out_at) do if one.pile == i and one.score == low then shown = shown - 1 end end
      if shown > skip then
        if shown == same then ranks[i], skip = ranks[i] + skip, 0 end
        break
      end
      ranks[i], skip = ranks[i] + same, skip - shown
    end
  end
end

local heads = {}
local function fetch(i)
  local id, score
  repeat
    id, score = at(keys[i], ranks[i])
    ranks[i] = ranks[i] + 1
  until not id or not left_out[id]
  heads[i] = id and {id = id, score = score}
end
for i = 1, #keys do fetch(i) end
local answer = {now}
while #answer <= limit do
  local best
  for i = 1, #keys do
    if heads[i] and (not best or heads[i].score < heads[best].score) then best = i end
  end
  if not best then break end
  if skip > 0 then skip = skip - 1 else answer[#answer + 1] = heads[best].id end
  fetch(best)
end
return answer
