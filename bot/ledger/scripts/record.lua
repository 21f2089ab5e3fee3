-- Events without any other change: refusals and look-ups.
local now = read_clock()
local op = text()
local done_before = answered(op, now)
if done_before then return done_before end
return answer(op, now, append(now, take_events()))
