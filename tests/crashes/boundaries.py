"""Inside a bot of these tests: its few doors are wrapped, and each boundary is named, noted and perhaps its last.

A boundary is the moment before or after a call of the ledger, the portal or Slack, or an acknowledgement. Its site is
named by who calls, what is called, and which side of the call: `bot.desk.changing.change ledger:commit before`. Nothing
of this is in the product: the launcher wraps the doors' methods before it starts the bot.
"""

from __future__ import annotations

import functools
import mmap
import os
import re
import signal
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.app import beat, ticks, workers
from bot.app.beat import Dues
from bot.app.workers import SendWork
from bot.audit.shapes import SHAPES
from bot.chat import SlackClient
from bot.ledger.door import Call, LedgerDoor
from bot.lookup import CommandRow
from bot.models import Case, DueKind, Effect, Press
from bot.portal.transport import Transport
from handlers.commands import ROWS

SIZE = 4096
_TICK_S = 1.0
QUIET, NOTING, KILL, STOP = 0, 1, 2, 3
_HEAD = struct.Struct("<BqH")
"""What to do, how many ms a stopped process slept, the length of the site."""
_DOORS = ("bot.ledger.", "bot.portal.", "bot.chat.", "bot.turns")
_SHARED = ("bot.desk.",)
_NAME = re.compile(r'"name":"([a-z_]+)"')
_ROOTS = ("asyncio.events", "bot.app.living")
"""Below these stands whatever runs the event loop, or keeps a task alive: it calls nothing of this."""
READS = re.compile(
    r"ledger:(?:[A-Z ]|peek|take_presses|tick|lead|versions|piles)|portal:.*Get"
    r"|slack:(?:users|usergroups|auth|team|bots|conversations\.(?!open))"
)
"""Calls that change nothing."""
SAYS, NOTED = "says:", "noted:"
"""Beside the boundaries: what is being said in Slack, by its id, and what is noted to be over."""
_NOTES = {"finish_effect": 1, "later_effect": 0}
"""In which place these have the id."""
_EFFECT: ContextVar[str] = ContextVar("effect", default="")
PASSED = re.compile(r"(?:route|due|effect):")
"""No boundaries: by them it is known which parts of the program's vocabulary a way goes through."""


def _nothing(*_: Any, **__: Any) -> None:
    """Beside most calls."""


class Control:
    """A page of memory that the test and its bots share: what shall happen at which site."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists() or path.stat().st_size < SIZE:
            path.write_bytes(bytes(SIZE))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), SIZE)

    def order(self, what: int, site: str = "") -> None:
        """Arm (or disarm) all processes that hold this page."""
        text = site.encode()
        # Disarmed first: else somebody at the old site, who finds nobody struck any more, is struck as well.
        self._page[0] = QUIET
        self.struck.unlink(missing_ok=True)
        self._page[_HEAD.size : _HEAD.size + len(text)] = text
        _HEAD.pack_into(self._page, 0, QUIET, 0, len(text))
        self._page[0] = what

    def slept(self, milliseconds: int) -> None:
        """How long the stopped process is to have slept, before it goes on."""
        struct.pack_into("<q", self._page, 1, milliseconds)

    @property
    def what(self) -> int:
        """What shall happen."""
        return self._page[0]

    @property
    def site(self) -> str:
        """Where."""
        *_, length = _HEAD.unpack_from(self._page, 0)
        return bytes(self._page[_HEAD.size : _HEAD.size + length]).decode()

    @property
    def slept_ms(self) -> int:
        """How long the stopped process slept."""
        return int(struct.unpack_from("<q", self._page, 1)[0])

    @property
    def struck(self) -> Path:
        """A file that the first process at the site leaves, with its name in the ledger: the others go on."""
        return self.path.with_suffix(".struck")


class Watch:
    """Names and notes the boundaries of this process."""

    def __init__(self, control: Control, trace: Path) -> None:
        self._control = control
        self._trace = os.open(trace, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._ahead_ms = 0
        self._instance = ""
        self._monotonic, self._clock_ns = time.monotonic, time.clock_gettime_ns

    def wrap(self) -> None:
        """Wrap the doors of the classes that the bot is about to make."""
        self._around(
            LedgerDoor,
            "call_all",
            lambda calls, **_: f"ledger:{_joined(map(_script, calls))}",
            after=self._noted,
        )
        self._around(LedgerDoor, "read", lambda *command: f"ledger:{_command(command)}")
        self._around(LedgerDoor, "read_all", lambda commands: f"ledger:{_joined(map(_command, commands))}")
        self._around(Transport, "read", lambda call: f"portal:{call.action}")
        self._around(Transport, "write", lambda call: f"portal:{call.action}")
        self._around(SlackClient, "call", lambda method, **_: f"slack:{method}", self._says)
        self._around(SlackClient, "respond", lambda *_: "slack:response_url", lambda *_: self._says())
        self._around(AsyncAck, "__call__", lambda *_, **__: "ack:said")
        self._around(SocketModeClient, "send_message", lambda *_: "ack:sent")
        self._noting(workers, "route_of", _routed)
        self._noting(beat, "take_due_steps", lambda _, taken: f"due:{DueKind.STEP if taken else ''}")
        self._noting(Dues, "_act", lambda _, due, *__: f"due:{due.kind}")
        self._noting(SendWork, "performed", lambda _, effect, *__: f"effect:{effect.kind}")
        performed = SendWork.performed

        def about(work: SendWork, effect: Effect, case: Case | None) -> Awaitable[Any]:
            _EFFECT.set(effect.effect_id)
            return performed(work, effect, case)

        setattr(SendWork, "performed", about)  # noqa: B010 - mypy knows no other way to replace a method
        # A test wakes the clock wherever time moves on: by itself it need not look four times a second.
        ticks.TICK_S = _TICK_S
        clocks: dict[str, Callable[..., float]] = {
            "monotonic": lambda: self._monotonic() + self._ahead_ms / 1000,
            "clock_gettime_ns": lambda clock: self._clock_ns(clock) + self._ahead_ms * 1_000_000,
        }
        for name, clock in clocks.items():
            setattr(time, name, clock)

    def _around(
        self,
        owner: type,
        name: str,
        named: Callable[..., str],
        before: Callable[..., None] = _nothing,
        after: Callable[..., None] = _nothing,
    ) -> None:
        """`before` and `after` stand inside of the boundaries: who is struck just before a call has not made it."""
        inner: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @functools.wraps(inner)
        async def wrapped(itself: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(itself, LedgerDoor):
                self._instance = itself.instance
            if self._control.what == QUIET:
                return await inner(itself, *args, **kwargs)
            site = f"{_caller(sys._getframe(1))} {named(*args, **kwargs)}"
            self._reach(f"{site} before")
            before(*args, **kwargs)
            answer = await inner(itself, *args, **kwargs)
            after(*args, **kwargs)
            self._reach(f"{site} after")
            return answer

        setattr(owner, name, wrapped)

    def _says(self, method: str = "", **_: Any) -> None:
        if not method.startswith("conversations.") and _EFFECT.get():
            self._note(f"{SAYS}{_EFFECT.get()}")

    def _noted(self, calls: Iterable[Call], **_: Any) -> None:
        for name, args in calls:
            if name in _NOTES:
                self._note(f"{NOTED}{args[_NOTES[name]]}")

    def _noting(self, owner: Any, name: str, named: Callable[..., str]) -> None:
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def wrapped(*args: Any) -> Any:
            if self._control.what == NOTING:
                self._note(named(*args))
            return inner(*args)

        setattr(owner, name, wrapped)

    def _note(self, site: str) -> None:
        os.write(self._trace, f"{site}\n".encode())

    def _reach(self, site: str) -> None:
        what = self._control.what
        if what == QUIET:
            return
        self._note(site)
        if what == NOTING or site != self._control.site or not self._is_first():
            return
        if self._control.what != what:
            # Disarmed since this looked.
            self._control.struck.unlink(missing_ok=True)
            return
        if what == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGSTOP)
        # A test lets a minute pass by moving clocks on: whoever slept through it finds it gone by every clock.
        self._ahead_ms += self._control.slept_ms

    def _is_first(self) -> bool:
        try:
            with self._control.struck.open("x") as file:
                file.write(self._instance)
        except FileExistsError:
            return False
        return True


def command_route(row: CommandRow, order: str = "") -> str:
    """How a command is noted, or what else it does when its second word says so."""
    return " ".join(filter(None, ("route:" + row.slash, row.word, order)))


def _routed(press: Press) -> str:
    words = press.text.casefold().split()
    row = next((one for one in ROWS if one.slash == press.name and one.word in ("", *words[:1])), None)
    if row is None:
        return f"route:{press.name}"
    return command_route(row, next((one.word for one in row.orders if one.word in words[1:2]), ""))


def _joined(names: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(names))


def _script(call: Call) -> str:
    """A script, and what for where there are many reasons: the first event of a change, the sort of an effect."""
    name, args = call
    texts = [str(arg) for arg in args]
    if name == "finish_effect":
        return f"{name}({texts[1].partition(':')[0]})"
    if name not in ("commit", "record"):
        return name
    told = (found for text in texts for found in _NAME.findall(text) if found in SHAPES)
    return f"{name}({next(told, '')})"


def _command(command: Iterable[Any]) -> str:
    """A plain reading command, by its name and the sort of its key."""
    name, *rest = command
    of = str(rest[0]).partition(":")[2].partition(":")[0] if rest else ""
    return f"{name}.{of}"


def _caller(frame: FrameType | None) -> str:
    """The innermost function of a use case (or of the wiring) on the way to this call; else of the desk."""
    shared = door = ""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_ROOTS):
            break
        if module.startswith(("bot.", "handlers.")):
            named = f"{module}.{frame.f_code.co_qualname}"
            if module.startswith(_DOORS):
                door = named
            elif module.startswith(_SHARED):
                shared = shared or named
            else:
                return f"{named}>{shared.rpartition('.')[2]}" if shared else named
        frame = frame.f_back
    return shared or door or "bolt"
