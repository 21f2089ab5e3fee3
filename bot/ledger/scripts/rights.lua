-- Which of these commands the caller may not run on our keys, and which the server does not know (renamed, or a proxy).
-- Nothing is run. No clock is read: that needs rights of its own.
local refused, unknown = {}, {}
for _, name in ipairs(texts()) do
  local is_known, allowed = pcall(redis.acl_check_cmd, name, P .. 'rights')
  if not is_known then
    table.insert(unknown, name)
  elseif not allowed then
    table.insert(refused, name)
  end
end
return {refused, unknown}
