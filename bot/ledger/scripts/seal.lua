-- Add a seal if it still follows the last one and still fits the record.
local now = read_clock()
local seal = {n = text(), first = text(), last = text(), link = text(), previous = text(), digest = text(), key = text(), signature = text()}
local head = redis.call('HMGET', P .. 'head', 'n', 'seals', 'sealed_to', 'seal')
if head[4] == seal.digest then return {now, 1} end
if tonumber(head[2] or '0') + 1 ~= tonumber(seal.n) or (head[4] or '') ~= seal.previous or tonumber(head[3] or '0') + 1 ~= tonumber(seal.first)
  or tonumber(head[1] or '0') < tonumber(seal.last) then
  return {now, 0}
end
redis.call('XADD', P .. 'seals', seal.last .. '-1', 'n', seal.n, 'first', seal.first, 'link', seal.link, 'previous', seal.previous, 'digest', seal.digest,
  'key', seal.key, 'signature', seal.signature)
redis.call('HSET', P .. 'head', 'seals', seal.n, 'sealed_to', seal.last, 'seal', seal.digest)
return {now, 1}
