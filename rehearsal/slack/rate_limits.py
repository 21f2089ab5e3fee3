"""Slack's rate limits: per method, app and workspace; for posting also per channel.

Numbers from docs.slack.dev/apis/web-api/rate-limits and the methods' own pages. Slack does not publish how
it counts within a minute; we let a full minute's worth through at once and refill steadily.
"""

import math
from dataclasses import dataclass

from rehearsal.clock import SandboxClock

TIER_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
# "Several hundred messages per minute per workspace"; the exact figure is not published.
POSTS_PER_WORKSPACE_MINUTE = 300
# "One message per second per channel, short bursts allowed"; the length of a burst is our choice.
POSTS_PER_CHANNEL_BURST = 4
SPECIAL_PER_MINUTE = 600


@dataclass
class Bucket:
    """Tokens that refill with time; a call takes one."""

    per_second: float
    capacity: float
    tokens: float
    at: float

    def wait_s(self, now: float) -> float:
        """How long until one token is there; 0 when it is there now."""
        passed = max(0.0, now - self.at)
        self.tokens, self.at = min(self.capacity, self.tokens + passed * self.per_second), now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.per_second

    def take(self) -> None:
        """Uses one token."""
        self.tokens -= 1


class RateLimits:
    """Counts the calls; `enforced = False` lets everything through."""

    def __init__(self, clock: SandboxClock, *, enforced: bool = True) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self.enforced = enforced

    def retry_after_s(self, method: str, per_minute: int, channel: str = "") -> int:
        """Counts one call; whole seconds to wait when it is one too many, else 0."""
        if not self.enforced:
            return 0
        now = self._clock.time()
        buckets = [self._bucket((method,), per_minute / 60, per_minute, now)]
        if channel:
            buckets.append(self._bucket((method, channel), 1, POSTS_PER_CHANNEL_BURST, now))
        wait = max(bucket.wait_s(now) for bucket in buckets)
        if wait > 0:
            return math.ceil(wait)
        for bucket in buckets:
            bucket.take()
        return 0

    def _bucket(self, key: tuple[str, ...], per_second: float, capacity: float, now: float) -> Bucket:
        return self._buckets.setdefault(key, Bucket(per_second, capacity, capacity, now))
