"""Time on a stage of these tests: what would only be waited for comes at once.

The bots are processes of their own and their queue is in a third, so that nobody is told when something waits: it is
asked for often.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from rehearsal.stage import Stage
from tests.crashes.zygote import LOOK, TICK

_MS = timedelta(milliseconds=1)
_KEYS = "{gatehouse}:"
_CLOCK = f"{_KEYS}clock"
_LONGEST_WAIT = timedelta(seconds=7)
"""Longer than Slack's pace, and than a form that is not there yet is waited for; what is longer has other reasons."""
_ASK_AGAIN_S, _SELDOM_S, _LOOKS_EVERY = 0.05, 0.5, 20
_NEWEST, _ON_ITS_WAY_S = 20, 1.0
"""Of the newest deliveries; one that nobody takes for longer is with a bot that was struck."""
_PATIENCE_S = 180.0
_REST = 8
"""So many times as long as asking took, nothing is asked."""
_WAIT = """
local t = redis.call('TIME')
local clock = KEYS[1] .. 'clock'
local now = t[1] * 1000 + math.floor(t[2] / 1000) + (redis.call('HGET', clock, 'off') or 0)
if redis.call('ZCARD', KEYS[1] .. 'press:waiting') > 0 then return 0 end
local first
for lane = 0, 3 do
  local found = redis.call('ZRANGE', KEYS[1] .. 'send:' .. lane, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do
    local at = math.ceil(tonumber(found[i + 1]))
    if at > now and redis.call('HEXISTS', KEYS[1] .. 'effect:' .. found[i], 'lease') == 1 then return 0 end
    if not first or at < first then first = at end
  end
end
local by = first and first - now or 0
if by <= 0 or by > tonumber(ARGV[1]) then return 0 end
return by
"""
"""How long until the next thing that waits to be said, where nothing may be said now and nobody has a press or a
message in hand: no leap eats up a lease, or the seconds that a form may take to open."""
_HELD = """
local found = {}
for lane = 0, 4 do
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1] .. 'send:' .. lane, 0, -1)) do
    local lease = redis.call('HGET', KEYS[1] .. 'effect:' .. id, 'lease')
    if lease then found[#found + 1] = lease end
  end
end
return found
"""
"""What somebody is saying just now: the tokens that it is held by."""
_AT_WORK = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000) + (redis.call('HGET', KEYS[1] .. 'clock', 'off') or 0)
local known = {}
for i = 2, #ARGV do known[ARGV[i]] = true end
for lane = 0, 4 do
  local found = redis.call('ZRANGE', KEYS[1] .. 'send:' .. lane, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do
    local lease = redis.call('HGET', KEYS[1] .. 'effect:' .. found[i], 'lease')
    if lease and not known[lease] or not lease and tonumber(found[i + 1]) <= now then return 1 end
  end
end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1] .. 'press:waiting', 0, -1)) do
  if redis.call('HGET', KEYS[1] .. 'press:holder', id) ~= ARGV[1] then return 1 end
end
return 0
"""
"""Whether anybody but the sleeper is saying or answering something, or would in a moment."""
_TRAVEL = """
local clock, by = KEYS[1], ARGV[1]
redis.call('HINCRBY', clock, 'off', by)
local fields = redis.call('HGETALL', clock)
for i = 1, #fields, 2 do
  local boot, logical = string.match(fields[i + 1], '^(%-?%d+)|(%-?%d+)$')
  if boot and fields[i] ~= 'pair:' .. ARGV[2] then
    redis.call('HSET', clock, fields[i], boot .. '|' .. string.format('%.0f', logical + by))
  end
end
"""
"""As the stage lets time pass, but for one replica."""


@dataclass
class Pacer:
    """Moves the time of one stage."""

    stage: Stage
    wake: Callable[[int], None]
    """Wakes all bots."""
    _sleeper: str = ""
    """The replica that stands still: time passes for the others, and its own clocks will jump by it when it goes on."""
    _slept: timedelta = timedelta()
    _held: tuple[str, ...] = ()
    """What was being said when it was stopped, by itself or by others."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_over: bool = False
    _is_asked: bool = False
    _seen: dict[str, float] = field(default_factory=dict)
    """Deliveries without an answer, and since when they are known."""
    _known: int = -1
    """How many requests there were when the portal was looked at last."""

    def look(self) -> None:
        """Have the portal looked at at once: by themselves the bots do so within a second."""
        self._is_asked = True

    async def run(self) -> None:
        """Until it is told to end: have the portal looked at where something may be new, and leap over Slack's pace."""
        turn = 0
        async with Redis.from_url(self.stage.ledger_url) as client:
            asked = client.register_script(_WAIT)
            took_s = 0.0
            while not self._is_over:
                # What is asked often takes its share: on a machine that has much else to do it is asked less often.
                await asyncio.sleep(max(_ASK_AGAIN_S, min(_SELDOM_S, took_s * _REST)))
                began, turn = time.monotonic(), turn + 1
                if (
                    self._is_asked
                    or turn % _LOOKS_EVERY == 0
                    or len(self.stage.portal.world.requests) != self._known
                ):
                    self._is_asked, self._known = False, len(self.stage.portal.world.requests)
                    self.wake(LOOK)
                async with self._turn:
                    newest = self.stage.slack.deliveries[-1:]
                    by_ms = await asked(keys=[_KEYS], args=[_LONGEST_WAIT // _MS])
                    if by_ms and newest == self.stage.slack.deliveries[-1:] and not self._is_under_way():
                        await self._leap(client, by_ms * _MS)
                took_s = time.monotonic() - began

    def _is_under_way(self) -> bool:
        """Whether a press is on its way to a bot and not stored yet: a leap would eat up the seconds of its form."""
        newest = self.stage.slack.deliveries[-_NEWEST:]
        now = time.monotonic()
        self._seen = {
            one.id: self._seen.get(one.id, now) for one in newest if not one.acked and not one.outcome
        }
        return any(now - since < _ON_ITS_WAY_S for since in self._seen.values())

    def end(self) -> None:
        """A cancellation may get lost in the ledger's client, where a time limit ends in the same moment."""
        self._is_over = True

    async def sleeps(self, instance: str) -> None:
        """This replica stands still from now on."""
        self._sleeper, self._slept = instance, timedelta()
        async with Redis.from_url(self.stage.ledger_url, decode_responses=True) as client:
            self._held = tuple(await client.eval(_HELD, 1, _KEYS))

    async def known_by(self, bots: int) -> None:
        """So many have read the time: minutes that were leapt over else pass with the next press in hand."""
        async with Redis.from_url(self.stage.ledger_url, decode_responses=True) as client:
            seconds, microseconds = await client.time()
            now_ms = seconds * 1000 + microseconds // 1000 + int(await client.hget(_CLOCK, "off") or 0)
            self.wake(TICK)
            async with asyncio.timeout(_PATIENCE_S):
                while _read_since(await client.hgetall(_CLOCK), now_ms) < bots:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(_ASK_AGAIN_S)

    async def passes(self, span: timedelta, *, all_dead: bool = False) -> None:
        """So much time, for everybody but who stands still; once nobody else has anything in hand, since a leap
        eats up its lease, and it is said twice. `all_dead`: what they had in hand is to be free."""
        async with self._turn, Redis.from_url(self.stage.ledger_url) as client:
            if not all_dead:
                await self._rest(client)
            await self._leap(client, span)

    async def _rest(self, client: Redis) -> None:
        """Until nobody but the sleeper says or answers anything."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while await client.eval(_AT_WORK, 1, _KEYS, self._sleeper, *self._held):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(_ASK_AGAIN_S)

    async def wakes(self) -> timedelta:
        """It goes on; how long it slept."""
        async with self._turn:
            self._sleeper = ""
            return self._slept

    async def _leap(self, client: Redis, span: timedelta) -> None:
        """The stand-ins first: nothing may look as if it had been sent before it was recorded."""
        self._slept += span
        self.stage.slack.advance(span)
        await client.eval(_TRAVEL, 1, _CLOCK, str(span // _MS), self._sleeper)
        self.wake(TICK)


def _read_since(clock: Mapping[Any, Any], ms: int) -> int:
    """How many processes have read the time since then."""
    return sum(name.startswith("pair:") and int(pair.partition("|")[2]) >= ms for name, pair in clock.items())
