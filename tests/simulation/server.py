"""The ledger's server: a real Valkey, asked by blocking calls, so that a step never waits. Its time is virtual.

The scripts are the bot's own but for one line: where they read the server's clock they read ours. A cut puts the data
back to where it was: everything is done anew up to there, which gives the same, since nothing else goes into it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Any

import hiredis
from redis import Redis
from redis._parsers.base import BaseParser

Command = tuple[Any, ...]
_APPENDS = "append("
_TIME = "redis.call('TIME')"
_OURS = "redis.call('HMGET', P .. 'simulated', 's', 'us')"
_CLOCK, _RECORD, _HEAD = "{gatehouse}:simulated", "{gatehouse}:audit", "{gatehouse}:head"


class Server:
    """One database of a Valkey server, empty at first."""

    def __init__(self, socket_path: str, now_us: Callable[[], int]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(socket_path)
        # The client library's own connection does the same in four times the time, which was a third of a seed's.
        self._reader = hiredis.Reader(replyError=_refusal, encoding="utf-8")
        self._read_as = dict(Redis().response_callbacks)
        """How the client library reads the answers to plain commands, as it would for the bot; named in capitals."""
        self._now_us = now_us
        self._told_us = -1
        self._scripts: dict[str, str] = {}
        """The digest that the bot knows a script by, and that of the same script with our time."""
        self._recording: set[str] = set()
        """The digests of those that may add to the record."""
        self.done: list[tuple[int, Command]] = []
        """Everything that may have changed something, with its time."""
        self.fresh: list[tuple[str, dict[str, str]]] = []
        """Events that came into the record and that nobody has looked at yet."""
        self._last = 0
        self.ahead_us = 0
        """How far the server's clock is wrong."""
        self._run([("FLUSHDB",)])

    def run(self, commands: Sequence[Command]) -> list[Any]:
        """Answers in order; a refusal as an exception value."""
        now_us = self._now_us() + self.ahead_us
        asked = [self._translated(command) for command in commands]
        if any(command[0] == "EVALSHA" and command[1] in self._recording for command in commands):
            # In the same round trip: what a step has recorded is seen after that step.
            *answers, found = self._at(now_us, [*asked, ("XRANGE", _RECORD, f"({self._last}-1", "+")])
            self._hear(found)
        else:
            answers = self._at(now_us, asked)
        # A refused script has done nothing, and might be known by the time that it is done anew.
        self.done += [
            (now_us, command)
            for command, answer in zip(commands, answers, strict=True)
            if command[0] == "EVALSHA" and not isinstance(answer, Exception)
        ]
        return answers

    def cut(self, length: int) -> None:
        """Put everything back to where it was when so many commands were done."""
        kept = self.done[:length]
        self._run([("FLUSHDB",)])
        self._told_us = -1
        for at_us, command in kept:
            self._at(at_us, [self._translated(command)])
        self.done = kept
        [head] = self._run([("HGET", _HEAD, "n")])
        self._last = int(head or 0)
        self.fresh.clear()

    def _hear(self, found: Sequence[tuple[str, dict[str, str]]]) -> None:
        self.fresh += found
        if found:
            self._last = int(found[-1][0].split("-")[0])

    def _at(self, now_us: int, commands: Sequence[Command]) -> list[Any]:
        # Only scripts ask for the time.
        if now_us == self._told_us or all(command[0] != "EVALSHA" for command in commands):
            return self._run(commands)
        self._told_us = now_us
        seconds, micros = divmod(now_us, 1_000_000)
        return self._run([("HSET", _CLOCK, "s", seconds, "us", micros), *commands])[1:]

    def _translated(self, command: Command) -> Command:
        if command[0] == "SCRIPT LOAD":
            text = command[1]
            changed = text.replace(_TIME, _OURS)
            self._scripts[digest(text)] = digest(changed)
            if text.count(_APPENDS) > 1:  # Once where it is defined.
                self._recording.add(digest(text))
            return ("SCRIPT LOAD", changed)
        if command[0] == "EVALSHA":
            return ("EVALSHA", self._scripts.get(command[1], command[1]), *command[2:])
        return command

    def _run(self, commands: Sequence[Command]) -> list[Any]:
        self._socket.sendall(b"".join(hiredis.pack_command(_words(each)) for each in commands))
        return [self._answer(str(command[0])) for command in commands]

    def _answer(self, name: str) -> Any:
        while (answer := self._reader.gets()) is False:
            self._reader.feed(self._socket.recv(65536))
        if isinstance(answer, Exception) or name not in self._read_as:
            return answer
        return self._read_as[name](answer)


def _words(command: Command) -> Command:
    """`SCRIPT LOAD` goes out as two words."""
    return (*str(command[0]).split(), *command[1:])


def _refusal(said: str) -> Exception:
    """The server's refusal, as the client library would raise it."""
    parse: Callable[[str], Exception] = BaseParser.parse_error
    return parse(said)


def digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()
