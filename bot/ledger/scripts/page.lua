-- A page out of several piles as if they were one, by place in line, then pile, then case id. Some cases can be left out:
-- they are named with the number of their pile and their place.
local now = read_clock()
local skip, limit, from = number(), number(), tonumber(text())
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
-- Far into the list it begins at a place before the page that the caller has found by counting (bot/ledger/index.py).
if from then
  for i, key in ipairs(keys) do
    ranks[i] = redis.call('ZCOUNT', key, '-inf', '(' .. told(from))
    skip = skip - ranks[i]
  end
  for _, one in ipairs(left_out_at) do if one.score < from then skip = skip + 1 end end
  skip = math.max(0, skip)
  -- Many may have the same place: of those, pile by pile.
  for i, key in ipairs(keys) do
    local same = redis.call('ZCOUNT', key, told(from), told(from))
    local shown = same
    for _, one in ipairs(left_out_at) do if one.pile == i and one.score == from then shown = shown - 1 end end
    if shown > skip then
      if shown == same then ranks[i], skip = ranks[i] + skip, 0 end
      break
    end
    ranks[i], skip = ranks[i] + same, skip - shown
  end
end

-- The first of each pile lie in a heap, the earliest at its root.
local heap = {}
local function is_before(one, other) return one.score < other.score or (one.score == other.score and one.pile < other.pile) end
local function sink(place)
  while true do
    local next = place * 2
    if heap[next + 1] and is_before(heap[next + 1], heap[next]) then next = next + 1 end
    if not heap[next] or not is_before(heap[next], heap[place]) then return end
    heap[place], heap[next], place = heap[next], heap[place], next
  end
end
local function head(pile)
  local id, score
  repeat
    id, score = at(keys[pile], ranks[pile])
    ranks[pile] = ranks[pile] + 1
  until not id or not left_out[id]
  return id and {id = id, score = score, pile = pile}
end
for i = 1, #keys do heap[#heap + 1] = head(i) end
for place = math.floor(#heap / 2), 1, -1 do sink(place) end
local answer = {now}
while heap[1] and #answer <= limit do
  local best = heap[1]
  if skip > 0 then skip = skip - 1 else answer[#answer + 1] = best.id end
  heap[1] = head(best.pile) or table.remove(heap)
  if heap[1] == best then heap[1] = nil end
  sink(1)
end
return answer
