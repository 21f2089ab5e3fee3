"""Log lines for the operator: one per thing that happened, a constant event name, facts as fields, no
secrets.

    log = structlog.get_logger()
    log.info("decision_refused", request_id=..., person_id=..., why=...)

Lines of other libraries come out as the event `library_log`. Every line passes the same redaction, exceptions
included. File paths and command lines of the people we serve are sensitive and are left out by field name
(`path`, `command_line`, ...); name our own files `file` or `folder`.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TextIO

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.terminal import printable

log = structlog.get_logger()

_SAID_MOST = 5
"""Different reasons that one trouble is worth telling; a text that changes at every try is no news (our choice)."""


@dataclass(slots=True)
class Lasting:
    """A trouble that lasts: said when it begins or changes, and when it is over, not at every try in between."""

    event: str
    """The name of its line in the log."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the line says beside why."""
    quiet_s: float = 0.0
    """It is over when it was not there for so long: for what comes and goes."""
    seconds: Callable[[], float] = time.monotonic
    _since: float = 0.0
    _last: float = 0.0
    _said: set[str] = field(default_factory=set)

    def met(self, why: str) -> None:
        """It is there."""
        self._last = self.seconds()
        if not self._said:
            self._since = self._last
        if why not in self._said and len(self._said) < _SAID_MOST:
            self._said.add(why)
            log.warning(self.event, why=why, **self.facts)

    def over(self) -> None:
        """It is not there (any more)."""
        if self._said and self.seconds() - self._last >= self.quiet_s:
            self._said.clear()
            log.info(
                "trouble_over",
                trouble=self.event,
                lasted_s=round(self.seconds() - self._since, 1),
                **self.facts,
            )


LEFT_OUT: Final = "[left out]"
SENSITIVE_FIELDS: Final = frozenset(
    {
        *("authorization", "headers", "password", "redis_url", "secret", "signing_secret", "token"),
        *("response_url", "trigger_id"),
        *("body", "json", "payload", "private"),
        *("command_line", "full_path", "parent_process", "path", "process_path", "requestor"),
    }
)
"""Fields whose value never reaches a log, at any depth."""

_SENSITIVE_TEXTS: Final = re.compile(
    r"""
      xox[a-z](?:\.xox[a-z])?-[\w-]+                      # Slack's bot, user and refresh tokens
    | xapp-[\w-]+                                         # Slack's app-level tokens
    | https://hooks\.slack\.com/\S+                       # a response_url is a right to speak
    | wss?://\S+                                          # a Socket Mode address carries its ticket
    | (?<=://)[^/@\s]*:[^/@\s]*(?=@)                      # name and password in an address
    """,
    re.VERBOSE,
)
_SHORTEST_SECRET: Final = 8
"""Shorter "secrets" are left alone: replacing them everywhere would garble the lines; our choice."""

_LIBRARIES: Final = ("aiohttp", "apscheduler", "asyncio", "redis", "slack_bolt", "slack_sdk")
"""Below warning they print whole payloads or every tick."""


def set_up(
    *,
    level: str = "info",
    style: Literal["json", "console"] = "json",
    secrets: Iterable[SecretStr] = (),
    stream: TextIO | None = None,
) -> None:
    """Send our lines and those of the libraries to `stream` (standard error). `secrets` are cut out
    wherever they turn up."""
    out = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    closing: list[Processor] = [
        structlog.processors.format_exc_info,
        redaction(secrets),
        *_rendering(style, out),
    ]
    structlog.configure(
        processors=[*shared, *closing],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _as_library_log],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *closing],
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def redaction(secrets: Iterable[SecretStr] = ()) -> Processor:
    """The one processor that every line passes: sensitive fields and every known or recognisable
    secret are left out."""
    known = [secret.get_secret_value() for secret in secrets]
    known = [value for value in known if len(value) >= _SHORTEST_SECRET]
    exact = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True)))) if known else None

    def clean_text(text: str) -> str:
        text = _SENSITIVE_TEXTS.sub(LEFT_OUT, text)
        return exact.sub(LEFT_OUT, text) if exact else text

    def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: _cleaned(key, value, clean_text) for key, value in event.items()}

    return redact


def _cleaned(key: str, value: Any, clean_text: Callable[[str], str]) -> Any:
    if key.lower() in SENSITIVE_FIELDS:
        return LEFT_OUT
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {str(name): _cleaned(str(name), inner, clean_text) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_cleaned("", inner, clean_text) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return clean_text(str(value))


def _rendering(style: Literal["json", "console"], out: TextIO) -> list[Processor]:
    if style == "json":
        # Plain ASCII: a terminal that shows the file cannot be driven by what the line tells of.
        return [structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=True)]
    return [_only_printable, structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=28)]


def _only_printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _shown(value, "\n\t" if key == "exception" else "") for key, value in event.items()}


def _shown(value: Any, keep: str) -> Any:
    if isinstance(value, str):
        return printable(value, keep)
    if isinstance(value, (dict, list)):
        return printable(str(value))
    return value


def _as_library_log(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's sentence becomes a field: event names are constants of ours."""
    record: logging.LogRecord = event["_record"]
    return {**event, "event": "library_log", "library": record.name, "message": event["event"]}
