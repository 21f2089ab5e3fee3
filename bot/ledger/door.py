"""Runs the ledger's scripts: loads them, hands them our clock reading, takes over the time of each answer."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1
from importlib import resources
from typing import Any

from redis.exceptions import NoScriptError

from bot.ledger.connection import RETRIES_S, Connection
from bot.ledger.errors import LedgerUnavailable, NotWhole
from bot.ledger.values import LogicalClock, StoredGiven, boot_id, boot_ms

_LABEL = b"gatehouse ledger mark v1"
"""Keeps our marks apart from everything else that the same secret may be used for."""


@cache
def _key_of_marks(secret: bytes) -> bytes:
    return hmac.digest(secret, _LABEL, "sha256")


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes and checks marks. Without a secret (a bench, a rehearsal's reader) nothing is marked and all is taken."""

    secret: bytes = field(default=b"", repr=False)

    def mark(self, *parts: str) -> str:
        """The mark of a text in its place, such as ("press", id, body): what was cut out of one place fits no other."""
        if not self.secret:
            return ""
        told = b"".join(len(part).to_bytes(8, "big") + part for part in (each.encode() for each in parts))
        return hmac.digest(_key_of_marks(self.secret), told, "sha256").hex()

    def fits(self, mark: str | None, *parts: str) -> bool:
        """Whether this mark was made by somebody who knows the secret, for this text in this place."""
        return not self.secret or hmac.compare_digest((mark or "").encode(), self.mark(*parts).encode())


SCHEMA = 7
"""The version of what we write. Raise it when older code could misread a record."""

PREFIX = "{gatehouse}"
"""The hash tag of every key: one slot, so that a script may touch them all."""

_SHARED = {
    "commit": ("queue", "rows"),
    "fill_index": ("rows",),
    "unlisted": ("rows",),
    **dict.fromkeys(
        (
            "peek_effects",
            "claim_effects",
            "finish_effect",
            "later_effect",
            "accept_access",
            "keep_calendar",
            "once",
        ),
        ("queue",),
    ),
}
"""What stands before some of the scripts, beside the prelude."""

_PROMISES = ("commit", "store_press", "record", "finish_effect", "accept_access", "once")
"""Scripts whose answer is a promise."""

_WAIT_MS = 800
"""For the replicas' answer; within the time limit of the whole call."""

Call = tuple[str, Sequence[str | int]]
"""A script's name and arguments."""


@cache
def script_text(name: str) -> str:
    """The whole text of a script: what all share, then its own."""
    parts = ("prelude", *_SHARED.get(name, ()), name)
    folder = resources.files("bot.ledger") / "scripts"
    try:
        return "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in parts)
    except OSError as error:
        missing = f"{error.filename} cannot be read ({error.strerror})"
        raise NotWhole(f"This installation of Gatehouse is not whole: {missing}. Install it again.") from None


@cache
def _sha_of(name: str) -> str:
    return sha1(script_text(name).encode(), usedforsecurity=False).hexdigest()


def key(name: str) -> str:
    """The full name of one of our keys."""
    return f"{PREFIX}:{name}"


def new_token() -> str:
    """A name for one operation or lease."""
    return secrets.token_hex(16)


def whole(answers: Sequence[Any]) -> list[Any]:
    """The answers of one round trip where each is needed: the first refusal is raised."""
    told: list[Any] = []
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
        told.append(answer)
    return told


class LedgerDoor:
    """The only way to the ledger's data."""

    def __init__(
        self,
        connection: Connection,
        replica_id: str,
        copies: int = 0,
        boot: Callable[[], int] = boot_ms,
        marks: Marks | None = None,
        *,
        host: str | None = None,
    ) -> None:
        """`copies`: how many replicas of the server must hold a change before it counts as stored. `host`: names those
        whose boot clock `boot` is (None: `boot_id`)."""
        self.marks = marks or Marks()
        self.newest_access = 0
        """The newest generation of the access file that this process has seen: an older one is put back by somebody."""
        self.newest_given: StoredGiven | None = None
        """The same of what was given in Slack, with what it held."""
        self.connection = connection
        self.copies = copies
        self.clock = LogicalClock(boot)
        self.replica_id = replica_id
        self.instance = f"{replica_id}@{boot_id() if host is None else host}/{uuid.uuid4().hex[:8]}"
        """This process's boot clock: compared with others of its host, never with another machine's."""

    async def call(self, name: str, *args: str | int, once: bool = False) -> list[Any]:
        """Run one script; its answer without the time. `once`: never sent a second time after a lost reply."""
        answers: list[list[Any]] = whole(await self.call_all([(name, args)], once=once))
        return answers[0]

    async def call_timeless(self, name: str, *args: str | int) -> list[Any]:
        """Run one script that reads no clock; its whole answer. For what is asked before anything else may be sure."""
        await self._load([name])
        answer: list[Any] = await self.connection.run(*self._command((name, args), 0))
        return answer

    async def call_all(self, calls: Sequence[Call], *, once: bool = False) -> list[list[Any] | Exception]:
        """Run scripts in one round trip. Each stands for itself; a refusal is returned in its place."""
        asked_at = self.clock.boot()
        retries = () if once else RETRIES_S
        answers = await self._run(calls, asked_at, retries)
        missing = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if missing:
            again = [calls[index] for index in missing]
            await self._load(sorted({name for name, _ in again}))
            asked_at = self.clock.boot()
            for index, answer in zip(missing, await self._run(again, asked_at, retries), strict=True):
                answers[index] = answer
        return [self._heard(answer, asked_at) for answer in answers]

    async def _run(self, calls: Sequence[Call], asked_at: int, retries: Sequence[float]) -> list[Any]:
        """The calls' answers. Raises `LedgerUnavailable` if too few replicas hold what was written."""
        commands: list[tuple[Any, ...]] = [self._command(call, asked_at) for call in calls]
        if not self.copies or all(name not in _PROMISES for name, _ in calls):
            return await self.connection.run_all(commands, retries=retries)
        commands.append(("WAIT", self.copies, _WAIT_MS))
        *answers, copies = await self.connection.run_all(commands, retries=retries)
        if isinstance(copies, Exception) or copies < self.copies:
            raise LedgerUnavailable(
                f"the change is not on {self.copies} replica(s) yet; a failover could lose it",
                maybe_done=True,
            )
        return answers

    def _command(self, call: Call, asked_at: int) -> tuple[str | int, ...]:
        name, args = call
        return ("EVALSHA", _sha_of(name), 1, PREFIX, SCHEMA, self.instance, asked_at, *args)

    async def _load(self, names: Sequence[str]) -> None:
        whole(await self.connection.run_all([("SCRIPT LOAD", script_text(name)) for name in names]))

    def _heard(self, answer: Any, asked_at: int) -> list[Any] | Exception:
        if isinstance(answer, NoScriptError):
            # Loaded a moment ago, and unknown again: the server was replaced or emptied in between.
            return LedgerUnavailable(
                "the ledger does not keep the scripts that it is given; it is tried again"
            )
        if isinstance(answer, Exception):
            return answer
        now_ms, *rest = answer
        self.clock.hear(now_ms, asked_at)
        return list(rest)

    async def read(self, *command: Any) -> Any:
        """One plain reading command."""
        return await self.connection.run(*command)

    async def read_all(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Several plain reading commands in one round trip."""
        if not commands:
            return []
        return whole(await self.connection.run_all(commands))
