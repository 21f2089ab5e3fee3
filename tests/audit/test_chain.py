"""The record's arithmetic: what is whole verifies, and every kind of tampering is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.audit import (
    GENESIS,
    MOST_PROBLEMS,
    Entry,
    Head,
    end_line,
    entry_line,
    header_line,
    link_of,
    private_digest,
    seal_line,
    seal_of,
    verify_export,
    written,
)
from bot.models import Event

Lines = list[dict[str, object]]


def _entries(count: int, link: str = GENESIS, first: int = 1) -> list[Entry]:
    made = []
    for number in range(first, first + count):
        body, private = written(
            Event(name="told", facts={"n": number}, private={"who": f"p{number}"}), f"salt{number}"
        )
        link = link_of(link, number, 1000 + number, body)
        made.append(Entry(number=number, at_ms=1000 + number, link=link, body=body, private=private))
    return made


def _lines() -> Lines:
    """Header, events 1-3, seal, events 4-5, seal, event 6, end."""
    entries = _entries(6)
    first = seal_of(1, "", entries[:3])
    second = seal_of(2, first.digest, entries[3:5])
    head = Head(number=6, link=entries[5].link, seals=2, sealed_to=5, seal=second.digest)
    texts = [
        header_line(Head()),
        *map(entry_line, entries[:3]),
        seal_line(first),
        *map(entry_line, entries[3:5]),
        seal_line(second),
        entry_line(entries[5]),
        end_line(head),
    ]
    return [json.loads(text) for text in texts]


def _problems(lines: Lines) -> list[str]:
    return verify_export(json.dumps(line) for line in lines).problems


def test_a_whole_export_verifies_and_is_counted() -> None:
    found = verify_export([json.dumps(line) + "\n" for line in _lines()] + ["\n"])
    assert found.is_good, found.problems
    assert (found.first, found.last, found.events, found.seals, found.sealed_to) == (1, 6, 6, 2, 5)
    assert (found.private_kept, found.private_removed) == (6, 0)


def test_removed_private_parts_are_counted_and_break_nothing() -> None:
    lines = _lines()
    lines[1]["private"] = lines[5]["private"] = ""
    found = verify_export(json.dumps(line) for line in lines)
    assert found.is_good, found.problems
    assert (found.private_kept, found.private_removed) == (4, 2)


def test_an_export_may_start_later() -> None:
    before = _entries(3)
    first = seal_of(1, "", before)
    entries = _entries(2, link=before[-1].link, first=4)
    second = seal_of(2, first.digest, entries)
    after = Head(number=3, link=before[-1].link, seals=1, sealed_to=3, seal=first.digest)
    head = Head(number=5, link=entries[-1].link, seals=2, sealed_to=5, seal=second.digest)
    texts = [header_line(after), *map(entry_line, entries), seal_line(second), end_line(head)]
    found = verify_export(texts)
    assert found.is_good, found.problems
    assert (found.first, found.last, found.seals) == (4, 5, 1)


def _set(index: int, **values: object) -> Callable[[Lines], Lines]:
    def tamper(lines: Lines) -> Lines:
        lines[index].update(values)
        return lines

    return tamper


def _without(index: int) -> Callable[[Lines], Lines]:
    return lambda lines: lines[:index] + lines[index + 1 :]


def _swapped(index: int) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]]


def _doubled(index: int) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[: index + 1], *lines[index:]]


def _dropped_key(index: int, key: str) -> Callable[[Lines], Lines]:
    def tamper(lines: Lines) -> Lines:
        del lines[index][key]
        return lines

    return tamper


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_set(1, body='{"name":"told"}'), "line 2, event 1: does not fit its link"),
        (_set(2, at_ms=5), "line 3, event 2: does not fit its link"),
        (_set(2, link="0" * 40), "line 3, event 2: does not fit its link"),
        (_set(3, number=9), "line 4, event 9: event 3 was expected"),
        (
            _set(1, private='{"salt":"salt1","value":{"who":"another"}}'),
            "line 2, event 1: has a private part that",
        ),
        (_without(2), "line 3, event 3: event 2 was expected"),
        (_swapped(1), "line 2, event 2: event 1 was expected"),
        (_doubled(1), "line 3, event 1: event 2 was expected"),
        (_without(4), "line 7, seal 2: does not fit the events since"),
        (_doubled(4), "line 6, seal 1: seals no event"),
        (_set(4, digest="f" * 64), "line 5, seal 1: does not fit"),
        (_set(4, first=2), "line 5, seal 1: does not fit"),
        (_set(7, previous=""), "line 8, seal 2: does not fit"),
        (_without(8), "line 9: the record's head is another one than event 5"),
        (_without(9), "the export: stops after event 6 without an end line"),
        (_without(0), "line 1: the header must be the first line"),
        (_doubled(0), "line 2: the header must be the first line"),
        (_doubled(9), "line 11: stands after the end line"),
        (_set(0, format=99), "line 1: is of format 99; this program reads format 1"),
        (
            _set(0, after={"number": 0, "link": "f" * 40, "seals": 0, "sealed_to": 0, "seal": ""}),
            "line 1: claims a past",
        ),
        (_set(0, after=7), "line 1: is not a complete header line"),
        (_set(1, body="\ud800"), "line 2: holds half of a character"),
        (_set(4, digest="\ud800", previous="\ud800"), "line 8: holds half of a character"),
        (_set(1, type="rumour"), "line 2: has the unknown type 'rumour'"),
        (_set(1, type=["event"]), "line 2: has the unknown type ['event']"),
        (_set(1, link="\ud800"), "line 2: holds half of a character"),
        (_set(1, number=None), "line 2, event None: event 1 was expected"),
        (_set(1, extra=1), "line 2: is not a complete event line"),
        (_dropped_key(1, "body"), "line 2: is not a complete event line"),
        (_set(1, body="no json"), "line 2, event 1: does not fit its link"),
        (_set(1, body="[]"), "line 2, event 1: holds no written event"),
        (_dropped_key(4, "digest"), "line 5: is not a complete seal line"),
        (_set(9, head={"number": 6}), "line 10: the record's head is another one"),
        (_set(9, head="6"), "line 10: is not a complete end line"),
    ],
)
def test_every_kind_of_tampering_is_named(tamper: Callable[[Lines], Lines], told: str) -> None:
    problems = _problems(tamper(_lines()))
    assert any(problem.startswith(told) for problem in problems), problems


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "the export: has no header line"),
        (["", "  \n"], "the export: has no header line"),
        (["not json"], "line 1: is not a JSON object"),
        (["[1]"], "line 1: is not a JSON object"),
    ],
)
def test_what_is_no_export_is_told(lines: list[str], told: str) -> None:
    assert any(problem.startswith(told) for problem in verify_export(lines).problems)


def test_a_ruined_export_does_not_drown_its_reader() -> None:
    assert len(verify_export(["rubbish"] * 1000).problems) == MOST_PROBLEMS


def test_a_forged_event_with_fitting_links_breaks_the_seal() -> None:
    entries = _entries(3)
    seal = seal_of(1, "", entries)
    forged = [replace(entry, body=entry.body.replace("told", "lied")) for entry in entries]
    link = GENESIS
    for index, entry in enumerate(forged):
        link = link_of(link, entry.number, entry.at_ms, entry.body)
        forged[index] = replace(entry, link=link)
    head = Head(number=3, link=link, seals=1, sealed_to=3, seal=seal.digest)
    found = verify_export([header_line(Head()), *map(entry_line, forged), seal_line(seal), end_line(head)])
    assert [problem[:14] for problem in found.problems] == ["line 5, seal 1"]


def test_the_written_form_leaves_out_what_is_empty_and_what_is_private() -> None:
    body, private = written(Event(name="looked_up", facts={"a": 1}, private={"path": "C:\\x"}), "salt")
    assert json.loads(body) == {"name": "looked_up", "facts": {"a": 1}, "private": private_digest(private)}
    assert json.loads(private) == {"salt": "salt", "value": {"path": "C:\\x"}}
    assert written(Event(name="looked_up"), "salt") == ('{"name":"looked_up"}', "")


def test_the_salt_keeps_equal_private_parts_apart() -> None:
    told = Event(name="told", private={"who": "same"})
    assert written(told, "one")[0] != written(told, "two")[0]


def test_a_seal_needs_an_event() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        seal_of(1, "", [])
