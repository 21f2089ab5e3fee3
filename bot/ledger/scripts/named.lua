-- Cases of some piles that hold a name with these parts in it, one behind the other: how many, and the first of them by
-- place in line. Each text is searched as a whole for the longest part first; few hold it.
local now = read_clock()
local find = string.find
local most = number()
local buckets, wanted, piles = texts(), texts(), text()
local longest = ''
for _, part in ipairs(wanted) do if #part > #longest then longest = part end end

-- The first place of each part is as good as any later one. Each name begins behind a separator.
local function holds_in_order(names)
  local start = 2
  while start <= #names + 1 do
    local stop = find(names, '\31', start, true) or #names + 1
    local at = start
    for _, part in ipairs(wanted) do
      local _, last = find(names, part, at, true)
      if not last then return false end
      at = last < stop and last + 1
      if not at then break end
    end
    if at then return true end
    start = stop + 1
  end
  return false
end
local is_one_part = #wanted == 1
local function begin_of_row(held, start, inside)
  local stop = find(held, '\n', start, true)
  while stop < inside do start, stop = stop + 1, find(held, '\n', stop + 1, true) end
  return start
end

local meant
local function read_piles()
  meant = {}
  for name in string.gmatch(piles, '[^\n]+') do meant[name] = true end
end

-- Places are told with leading zeros, so that they are in order as texts.
local first, count, worst = {}, 0, nil
local function keep(one)
  local place = #first + 1
  while place > 1 and one < first[place - 1] do place = place - 1 end
  table.insert(first, place, one)
  first[most + 1] = nil
  worst = #first == most and first[most]
end

-- A row is its names, its pile, and its place with its id. Patterns would look at each letter; these searches do not.
local function look_through(held)
  local row = 1
  while true do
    local at = find(held, longest, row, true)
    if not at or row > #held then return end
    local stop, names_stop = find(held, '\n', at, true), find(held, '\t', at, true)
    if names_stop and names_stop < stop then
      local pile_stop = find(held, '\t', names_stop + 1, true)
      -- What was found elsewhere than in the names is followed by no pile.
      if pile_stop and meant[string.sub(held, names_stop + 1, pile_stop - 1)]
        and (is_one_part or holds_in_order(string.sub(held, begin_of_row(held, row, at), names_stop - 1))) then
        count = count + 1
        local one = string.sub(held, pile_stop + 1, stop - 1)
        if most > 0 and (not worst or one < worst) then keep(one) end
      end
    end
    row = stop + 1
  end
end

for _, held in ipairs(redis.call('HMGET', P .. 'index:names', unpack(buckets))) do
  if held and find(held, longest, 1, true) then
    if not meant then read_piles() end
    look_through(held)
  end
end
return {now, count, unpack(first)}
