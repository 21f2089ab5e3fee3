"""Parts of the record, and tables: tampering is named, and no more is claimed than is so."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import (
    GENESIS,
    About,
    Asked,
    Entry,
    Head,
    PartFound,
    about_line,
    against_the_whole,
    counted,
    end_line,
    entry_line,
    fitting,
    header_line,
    inert,
    link_of,
    part_end,
    part_header,
    part_line,
    part_rows,
    read_about,
    seal_line,
    seal_of,
    table_head,
    table_line,
    table_rows,
    verify_export,
    verify_parts,
    whole_entries,
    written,
)
from bot.models import Event


def entries(count: int = 6, salt: str = "s") -> list[Entry]:
    """Events of two organizations by turns, the last of none."""
    made, link = list[Entry](), GENESIS
    for number in range(1, count + 1):
        place = "" if number == count else ("one", "two")[number % 2]
        told = Event(
            name="told", organization_id=place, facts={"n": number, "why": "=1+1"}, private={"who": "Ana"}
        )
        body, private = written(told, f"{salt}{number}")
        link = link_of(link, number, 1000 + number, body)
        made.append(Entry(number, 1000 + number, link, body, private))
    return made


def _before(made: list[Entry], entry: Entry) -> str:
    return made[entry.number - 2].link if entry.number > 1 else GENESIS


def part(asked: Asked, made: list[Entry] | None = None) -> list[str]:
    """What an export of it holds."""
    made = made or entries()
    shown = [one for one in made if asked.holds(one)]
    about = About(asked, len(shown), shown[0].number, shown[-1].number, Head(made[-1].number, made[-1].link))
    return [
        part_header(asked, Head()),
        *(part_line(one, _before(made, one)) for one in shown),
        part_end(about),
    ]


def _read(lines: list[str]) -> tuple[PartFound, About, list[Entry]]:
    about, found = About(), PartFound()
    try:
        shown = list(fitting(part_rows(lines, about), about, found))
    except ValueError as error:
        found.fault(str(error))
        return found, about, []
    found.problems += counted(about, found)
    return found, about, shown


ONE = Asked(organization_id="ONE")


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (Asked(), [1, 2, 3, 4, 5, 6]),
        (ONE, [2, 4]),
        (Asked(since_ms=1003), [3, 4, 5, 6]),
        (Asked(since_ms=1002, until_ms=1005, organization_id="two"), [3]),
        (Asked(after=4), [5, 6]),
    ],
)
def test_what_was_asked_for_is_what_is_there(asked: Asked, numbers: list[int]) -> None:
    found, about, shown = _read(part(asked))
    assert found.problems == []
    assert ([one.number for one in shown], about.asked, about.upto) == (numbers, asked, 6)
    assert Asked().is_all
    assert asked.is_all is (numbers == [1, 2, 3, 4, 5, 6])


def _edited(index: int, **changed: object) -> Callable[[list[str]], list[str]]:
    def edit(lines: list[str]) -> list[str]:
        return [*lines[:index], json.dumps({**json.loads(lines[index]), **changed}), *lines[index + 1 :]]

    return edit


def _dropped(index: int) -> Callable[[list[str]], list[str]]:
    return lambda lines: lines[:index] + lines[index + 1 :]


def _doubled(lines: list[str]) -> list[str]:
    return [*lines[:2], *lines[1:]]


def _swapped(lines: list[str]) -> list[str]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def _spliced(lines: list[str]) -> list[str]:
    """A line of another installation's record in the place of ours."""
    return [*lines[:2], part(ONE, entries(salt="other"))[2], *lines[3:]]


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_edited(1, body='{"name":"told","organization_id":"one"}'), "does not fit its link"),
        (_edited(1, at_ms=9), "does not fit its link"),
        (_edited(1, body="7"), "holds no written event"),
        (_edited(1, private='{"salt":"s2","value":{"who":"Bo"}}'), "has a private part that is not"),
        (_edited(0, part={"since_ms": 0, "until_ms": 0, "organization_id": "two"}), "is not of the part"),
        (_edited(1, number="2"), "line 2: is not a complete line of a part"),
        (_edited(1, at_ms=True), "line 2: is not a complete line of a part"),
        (_edited(1, more=1), "line 2: is not a complete line of a part"),
        (_edited(1, body="\ud800"), "line 2, event 2: holds half of a character"),
        (_edited(1, before="\udfff"), "line 2, event 2: holds half of a character"),
        (_edited(0, part=7), "line 1: is not a complete line of a part"),
        (_dropped(0), "line 1: is not a complete line of a part"),
        (_dropped(1), "some were taken out"),
        (_dropped(3), "it was cut off"),
        (_doubled, "are doubled or out of order"),
        (_swapped, "are doubled or out of order"),
        (lambda lines: [*lines, lines[1]], "line 5: stands after the end line"),
        (lambda lines: [lines[0], "rubbish", *lines[1:]], "line 2: is not a JSON object"),
        (_edited(3, events=9), "the export says that it holds 9 events"),
    ],
)
def test_tampering_with_a_part_is_named(tamper: Callable[[list[str]], list[str]], told: str) -> None:
    problems = _read(tamper(part(ONE)))[0].problems
    assert any(told in problem for problem in problems), problems


def test_neighbours_of_two_installations_do_not_follow_each_other() -> None:
    ours, theirs = part(Asked(organization_id="")), part(Asked(), entries(salt="other"))
    problems = _read([*ours[:3], *theirs[3:]])[0].problems
    assert problems == [
        "line 4, event 3: does not follow the event before it: they are not of one record, or one was altered"
    ]


def test_a_splice_that_fits_itself_is_found_in_the_whole() -> None:
    """With gaps nothing in the part betrays it; a whole export does."""
    found, about, shown = _read(_spliced(part(ONE)))
    assert found.problems == []
    differences = list(against_the_whole(shown, entries(), about))
    assert differences == ["event 4 is another one than in the whole export"]


def test_a_part_is_held_against_the_whole() -> None:
    _, about, shown = _read(part(ONE))
    assert list(against_the_whole(shown, entries(), about)) == []
    later = [*entries(6), entries(9)[7]]
    assert list(against_the_whole(shown, later, about)) == [], "what happened later is not missing"
    assert list(against_the_whole(shown[:1], entries(), about)) == ["event 4 belongs to it and is missing"]
    assert list(against_the_whole(shown[1:], entries(), about)) == ["event 2 belongs to it and is missing"]
    assert list(against_the_whole(shown[1:], entries(), None)) == [], "not known what it was to hold"
    assert list(against_the_whole(shown, entries()[2:], about)) == ["event 2 is not in the whole export"]
    assert list(against_the_whole(shown, entries()[:3], about)) == ["event 4 is not in the whole export"]
    wholes = [header_line(Head()), *map(entry_line, entries()), "", "rubbish"]
    assert list(whole_entries(wholes)) == entries()


class TestTable:
    """CSV: every cell inert, every row verifiable."""

    def _rows(self, lines: list[str]) -> PartFound:
        about, found = About(), PartFound()
        try:
            list(fitting(table_rows(lines), about, found))
        except ValueError as error:
            found.fault(str(error))
        return found

    def _lines(self) -> list[str]:
        made = entries()
        return [table_head() + "\n", *(table_line(one, _before(made, one)) + "\n" for one in made)]

    def test_a_table_is_read_back_whole(self) -> None:
        found = self._rows(self._lines())
        assert (found.problems, found.events, found.gaps, found.private_removed) == ([], 6, 0, 0)

    def test_no_cell_begins_a_formula(self) -> None:
        assert ',"\'=1+1",' in self._lines()[1]

    @pytest.mark.parametrize(
        "hidden",
        ["", " ", "\u3000", "\u2009", "\u200c", "\u2060", "\u202e", "\x00", "\x0b", "\u00ad", "\U000e0020"],
    )
    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\ufe66", "\ufe62", "\ufe63", "\ufe6b"])
    def test_a_formula_behind_what_nobody_sees_is_none(self, hidden: str, sign: str) -> None:
        assert inert(f"{hidden}{sign}1") == f"'{hidden}{sign}1"

    def test_a_cell_of_a_former_release_that_left_such_a_formula_is_read(self) -> None:
        body, private = written(Event(name="told", person_id="\u2060=1"), "s")
        entry = Entry(1, 5, link_of(GENESIS, 1, 5, body), body, private)
        former = table_line(entry, GENESIS).replace("'\u2060=1", "\u2060=1")
        assert self._rows([table_head() + "\n", former + "\n"]).problems == []

    @given(st.text(alphabet=st.sampled_from("=+-@\t\r\n'\" ab;,\uff1d\u200b\ufeff\u2060\u3000\ufe66")))
    def test_whatever_stands_in_a_cell(self, text: str) -> None:
        shown = inert(text)
        bare = shown.lstrip(" \u00a0\ufeff\u200b\u2060\u3000")
        assert not bare or bare[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
        assert shown in (text, f"'{text}")

    @given(st.text(), st.text())
    def test_whatever_an_event_says_is_read_back(self, person: str, why: str) -> None:
        body, private = written(Event(name="told", person_id=person, facts={"why": why}), "s")
        entry = Entry(1, 5, link_of(GENESIS, 1, 5, body), body, private)
        table = io.StringIO(f"{table_head()}\n{table_line(entry, GENESIS)}\n", newline="")
        assert self._rows(list(table)).problems == []

    @pytest.mark.parametrize(
        ("edit", "told"),
        [
            (lambda text: text.replace("told", "tald", 1), "shows cells that are not what the event says"),
            (lambda text: text.replace("'=1+1", "=1+1", 1), "shows cells that are not"),
            (lambda text: text.replace('""n"":1', '""n"":2', 1), "does not fit its link"),
            (lambda text: text.replace('"1001"', '"x"', 1), "line 2: is not a row of an export"),
            (lambda text: text.replace('"1001"', '"1e99"', 1), "line 2: is not a row of an export"),
            (lambda text: text.replace('"1001"', f'"{10**17}"', 1), "line 2: is not a row of an export"),
            (lambda text: text.replace("number", "nummer", 1), "line 1: these are not the columns"),
            (lambda text: text[:-40], "is no row of a table"),
            (lambda _: "", "line 1: these are not the columns"),
        ],
    )
    def test_tampering_with_a_table_is_named(self, edit: Callable[[str], str], told: str) -> None:
        lines = edit("".join(self._lines())).splitlines(keepends=True)
        problems = self._rows(lines).problems
        assert any(told in problem for problem in problems), problems

    def test_gaps_and_what_retention_removed_are_counted(self) -> None:
        made = [replace(one, private="") for one in entries()]
        lines = [table_head(), *(table_line(made[n], _before(made, made[n])) for n in (0, 2, 3, 5))]
        found = self._rows([line + "\n" for line in lines])
        assert (found.problems, found.gaps, found.private_removed) == ([], 2, 4)


class TestBeside:
    """What stands beside a table."""

    def test_it_is_read_back(self) -> None:
        about = About(ONE, 2, 2, 4, Head(6, "f" * 40), "d" * 64)
        assert read_about(about_line(about, format="csv")) == about
        assert "A part of the record" in about_line(about)
        assert "Every event of the record" in about_line(About())
        assert About().upto > 10**9

    @pytest.mark.parametrize("text", ["", "7", "{}", '{"asked":7}', "[" * 100_000])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="does not tell what an export tells"):
            read_about(text)


class TestSeveral:
    """An export that was made in parts verifies as one."""

    def _parts(self, cut: int) -> tuple[list[str], list[str]]:
        made = entries()
        first, second = seal_of(1, "", made[:3]), None
        second = seal_of(2, first.digest, made[3:5])
        lines = {3: first, 5: second}

        def of(numbers: range) -> list[str]:
            return [
                text
                for one in made[numbers.start - 1 : numbers.stop - 1]
                for text in (
                    entry_line(one),
                    *([seal_line(lines[one.number])] if one.number in lines else []),
                )
            ]

        def head(number: int) -> Head:
            seals = [one for one in (first, second) if one.last <= number]
            last = seals[-1] if seals else None
            return Head(
                number,
                made[number - 1].link,
                len(seals),
                last.last if last else 0,
                last.digest if last else "",
            )

        begun = [header_line(Head()), *of(range(1, cut + 1)), end_line(head(cut))]
        return begun, [header_line(head(cut)), *of(range(cut + 1, 7)), end_line(head(6))]

    @pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 6])
    def test_wherever_it_was_cut(self, cut: int) -> None:
        one, two = self._parts(cut)
        found = verify_parts([one, two])
        assert (found.problems, found.events, found.seals, found.last) == ([], 6, 2, 6)
        assert verify_export(one).is_good

    def test_a_part_that_begins_inside_a_seal_says_what_it_needs(self) -> None:
        problems = verify_export(self._parts(4)[1]).problems
        assert problems[0] == (
            "line 1: begins in the middle of what a seal is over (events 4 on): name the parts before it first, as in: "
            "gatehouse audit verify FIRST SECOND"
        )
        assert verify_export(self._parts(3)[1]).is_good

    def test_parts_that_do_not_follow_are_named(self) -> None:
        (one, two), (_, late) = self._parts(2), self._parts(4)
        assert "part 2, line 1: does not go on" in verify_parts([one, late]).problems[0]
        assert any("does not go on" in told for told in verify_parts([two, one]).problems)
        assert any("without an end line" in told for told in verify_parts([one[:-1], two]).problems)
        assert any(
            "part 2, line 5, seal 2: does not fit" in told
            for told in verify_parts([one, [*two[:2], *two[3:]]]).problems
        )
        assert "part 2, the export: has no header line; it is empty or its beginning was cut off" in (
            verify_parts([one, []]).problems
        )

    def test_parts_of_two_installations_are_named(self) -> None:
        one, two = self._parts(3)
        other = json.loads(two[0])
        other["after"]["link"] = "f" * 40
        assert verify_parts([one, [json.dumps(other), *two[1:]]]).problems


class TestTwoInstallations:
    """Lines of another record, of events with the same names at the same times, among ours."""

    def _whole(self, salt: str) -> list[str]:
        made = entries(salt=salt)
        seal = seal_of(1, "", made[:3])
        head = Head(6, made[-1].link, 1, 3, seal.digest)
        texts = [*map(entry_line, made[:3]), seal_line(seal), *map(entry_line, made[3:])]
        return [header_line(Head()), *texts, end_line(head)]

    def test_each_line_in_the_place_of_ours_or_beside_it(self) -> None:
        ours, theirs = self._whole("a"), self._whole("b")
        for at in range(1, len(ours)):
            assert verify_export([*ours[:at], theirs[at], *ours[at + 1 :]]).problems, at
            assert verify_export([*ours[:at], theirs[at], *ours[at:]]).problems, at

    def test_the_beginning_of_ours_and_the_rest_of_theirs(self) -> None:
        ours, theirs = self._whole("a"), self._whole("b")
        assert ours[0] == theirs[0]
        for at in range(2, len(ours)):
            assert verify_export([*ours[:at], *theirs[at:]]).problems, at
            assert verify_export([*ours[:at], *theirs[at - 1 :]]).problems, at
