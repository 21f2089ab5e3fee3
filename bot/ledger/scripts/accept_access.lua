-- A new access generation, unless the document is the accepted one already.
local now = read_clock()
local digest, document, mark = text(), text(), text()
local events = take_events()
local effects = take_effects()
local known = redis.call('HMGET', P .. 'access', 'generation', 'digest', 'sv')
local newer = refuse_newer('the access file', known[3])
if newer then return newer end
local generation = tonumber(known[1] or '0')
if known[2] == digest then
  -- Also the document: under this digest it can only be this one, whatever stood there.
  redis.call('HSET', P .. 'access', 'document', document, 'mark', mark)
  return {now, generation}
end
generation = generation + 1
if known[2] then redis.call('HSET', P .. 'access:replaced', known[2], generation) end
redis.call('HDEL', P .. 'access:replaced', digest)
for _, event in ipairs(events) do event.body = string.gsub(event.body, '"@generation"', string.format('%d', generation)) end
append(now, events)
redis.call('HSET', P .. 'access', 'generation', generation, 'digest', digest, 'document', document, 'mark', mark, 'sv', SCHEMA)
for _, effect in ipairs(effects) do queue(effect, now) end
return {now, generation}
