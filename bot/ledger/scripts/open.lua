-- First contact: refuse data of a newer program, note our own version.
local now = read_clock()
local known = redis.call('HGET', P .. 'meta', 'schema')
local newer = refuse_newer('the ledger', known)
if newer then return newer end
if known ~= ARGV[1] then redis.call('HSET', P .. 'meta', 'schema', ARGV[1]) end
-- Earlier releases kept an index from cards to cases that nothing reads.
redis.call('UNLINK', P .. 'card')
return {now, known or ''}
