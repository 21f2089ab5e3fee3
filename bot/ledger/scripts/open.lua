-- First contact: refuse data of a newer program, note our own version.
local now = read_clock()
local known = redis.call('HGET', P .. 'meta', 'schema')
local newer = refuse_newer('the ledger', known)
if newer then return newer end
if known ~= ARGV[1] then redis.call('HSET', P .. 'meta', 'schema', ARGV[1]) end
-- Earlier releases kept an index from cards to cases that nothing reads. Only where there is one: a server that may only be
-- read for a moment (a replica before its promotion) can be opened all the same.
if redis.call('EXISTS', P .. 'card') == 1 then redis.call('UNLINK', P .. 'card') end
return {now, known or ''}
