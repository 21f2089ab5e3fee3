-- What happens once, however many replicas come to it and however often: kept for one to two weeks.
local now = read_clock()
local name = text()
local events = take_events()
local effects = take_effects()
local this, before, period = period_keys('once', WEEK, now)
if redis.call('SISMEMBER', this, name) == 1 or redis.call('SISMEMBER', before, name) == 1 then return {now, 0} end
append(now, events)
redis.call('SADD', this, name)
forget_old('once', period)
for _, effect in ipairs(effects) do queue(effect, now) end
return {now, 1}
