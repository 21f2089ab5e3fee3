-- Keep what was typed into a form for a while, so that it can be opened again. It gives no right and decides nothing.
local now = read_clock()
local id, body, mark, span = text(), text(), text(), text()
redis.call('SET', P .. 'form:' .. id, string.format('%d', SCHEMA) .. '|' .. mark .. '|' .. body, 'PX', span)
return {now}
