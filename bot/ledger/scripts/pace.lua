-- Slack said "not before": every replica obeys.
local now = read_clock()
local key, at, after = text(), text(), text()
redis.call('ZADD', P .. 'pace', 'GT', at ~= '' and tonumber(at) or now + after, key)
return {now, 1}
