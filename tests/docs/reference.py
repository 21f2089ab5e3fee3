"""Writes `docs/reference.md`: every command, event and metric, out of the code. `python -m tests.docs.reference`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from bot.audit.shapes import SHAPES, Shape
from bot.cli import command_line
from bot.metrics import Metrics
from handlers.commands import ROWS

_INTRODUCTION = """\
# Reference

Every command in Slack, every command on the host, every event of the record and every metric. Settings stand in
[configuration.md](configuration.md), permissions in [permissions.md](permissions.md), the keys of the access file in
[access-file.md](access-file.md).

This page is made from the code by `make docs`; a test holds it.
"""
_SLACK = """\
## Commands in Slack

Typed in any channel or conversation; answered to whoever typed it, alone, and cut to what they may see. What is
needed is needed in the organization that it is about, and judged when the command is sent. `/gatehouse help` lists
everything but what only administrators of rights can use; to them it lists that too.

| command | what it does | needed |
|---|---|---|"""
_HOST = """\

## Commands on the host

Exit status: 0 well, 1 a fault (told on standard error), 2 a wrong command line, 130 interrupted, 143 told to stop
(SIGTERM). `--help` of each says more.

| command | what it does |
|---|---|"""
_EVENTS = """\

## Events of the record

What each event always says, and what it may say besides; its case, request, organization and person are no facts, but
fields of every event. These facts are public and stay for ever: ids, digests, times, numbers, constants, names of
rights. What a person typed or is called is private and goes with retention. [record.md](record.md) explains them.

| event | always | besides |
|---|---|---|"""
_METRICS = """\

## Metrics

On `/metrics`, for Prometheus. Labels take few values; no name, id or text of a request is ever a label.
[operations.md](operations.md) says what to watch.

| metric | kind | labels | what |
|---|---|---|---|"""


def render() -> str:
    """The whole page as Markdown."""
    parts = (_SLACK, *_slack(), _HOST, *_host(command_line()), _EVENTS, *_events(), _METRICS, *_metrics())
    return "\n".join([_INTRODUCTION, *parts]) + "\n"


def _slack() -> Iterator[str]:
    for row in ROWS:
        yield f"| `{_cell(row.usage)}` | {_cell(row.meaning)} | {_cell(row.needs.words) or 'nothing'} |"
        for order in row.orders:
            yield f"| `{_cell(order.usage)}` | {_cell(order.meaning)} | as it says |"


def _host(parser: argparse.ArgumentParser, says: str = "") -> Iterator[str]:
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    for commands in inner:
        about = {each.dest: each.help or "" for each in commands._choices_actions}
        for name, command in commands.choices.items():
            yield from _host(command, about[name])
    if not inner:
        yield f"| `{_cell(_typed(parser))}` | {_cell(says)} |"


def _typed(parser: argparse.ArgumentParser) -> str:
    """The command with what it takes; options in brackets."""
    words = [parser.prog]
    for each in parser._actions:
        if isinstance(each, argparse._HelpAction):
            continue
        shown = each.metavar if isinstance(each.metavar, str) else each.dest.upper()
        if each.option_strings:
            words.append(f"[{each.option_strings[-1]}{'' if each.nargs == 0 else f' {shown}'}]")
        else:
            words.append(f"[{shown}]" if each.nargs == "?" else shown)
    return " ".join(words)


def _events() -> Iterator[str]:
    for name in sorted(SHAPES):
        shape: Shape = SHAPES[name]
        yield f"| `{name}` | {_listed(shape.always)} | {_listed(shape.sometimes)} |"


def _listed(facts: frozenset[str]) -> str:
    return ", ".join(f"`{each}`" for each in sorted(facts)) or "nothing"


def _metrics() -> Iterator[str]:
    for family in Metrics().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = _labels(name)
        yield f"| `{name}` | {family.type} | {labels or 'none'} | {_cell(family.documentation)} |"


def _labels(name: str) -> str:
    collectors = Metrics().registry._names_to_collectors
    return ", ".join(f"`{each}`" for each in getattr(collectors[name], "_labelnames", ()))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render())
