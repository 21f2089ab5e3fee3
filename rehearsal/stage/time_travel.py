"""Moves the ledger's logical time without touching a clock: only a rehearsal and the tests do this."""

from __future__ import annotations

from datetime import timedelta

from redis.asyncio import Redis

_TRAVEL = """
local clock, by = KEYS[1], ARGV[1]
redis.call('HINCRBY', clock, 'off', by)
local fields = redis.call('HGETALL', clock)
for i = 1, #fields, 2 do
  local boot, logical = string.match(fields[i + 1], '^(%-?%d+)|(%-?%d+)$')
  if boot then redis.call('HSET', clock, fields[i], boot .. '|' .. string.format('%.0f', logical + by)) end
end
return 1
"""
"""Moves the offset, and with it what each replica knows of it: so that the step guard sees no step."""


async def travel(url: str, span: timedelta) -> None:
    """Let this much logical time pass for every replica of a ledger."""
    client = Redis.from_url(url)
    try:
        await client.eval(_TRAVEL, 1, "{gatehouse}:clock", str(span // timedelta(milliseconds=1)))
    finally:
        await client.aclose()
