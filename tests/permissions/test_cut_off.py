"""No cut of the access file gives more than the whole: an ended grant is not revived by a save that stops halfway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from permissions import Access, AccessFileError, parse_access_document
from permissions.access_document import ends_with_mark, looks_cut_off
from tests.permissions.test_access_file import examples_of

ROOT = Path(__file__).parents[2]
FAR = datetime(2400, 1, 1, tzinfo=UTC)
GRANT = """version = 1
[organizations]
contoso = "id-left"
[people.ana]
name = "Ana"
slack = ["U0ANA"]
[[grants]]
people = ["ana"]
organizations = ["contoso"]
permissions = ["Approve for Group"]
until = 2026-01-31T18:00:00Z
"""
MARKED = GRANT.replace("version = 1", "version = 1\nend_mark = true") + "[end]\n"
EXAMPLES = {
    "examples/access.toml": (ROOT / "examples" / "access.toml").read_text("utf-8"),
    **{f"docs, {n}": text for n, text in enumerate(examples_of("access-file.md")) if "version" in text},
    "here": MARKED,
}


def gives(access: Access) -> set[tuple[object, datetime]]:
    """Everything that anybody has, each permission with its place and its last moment."""
    return {
        ((each.person_id, name, each.organization_id, each.and_below), each.until or FAR)
        for each in (*access.grants, *access.user_group_grants)
        for name in each.permissions
    }


def beyond(some: Access, whole: Access) -> list[tuple[object, datetime]]:
    """What the one gives that the other does not, or for longer."""
    until = dict(gives(whole))
    return [(what, end) for what, end in gives(some) if what not in until or end > until[what]]


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", EXAMPLES)
def test_no_cut_of_an_example_at_any_byte_gives_more(name: str) -> None:
    raw = EXAMPLES[name].encode()
    whole = parse_access_document(raw.decode())
    accepted = 0
    for cut in range(len(raw)):
        try:
            some = parse_access_document(raw[:cut].decode("utf-8", "ignore"))
        except AccessFileError:
            continue
        accepted += 1
        assert beyond(some, whole) == [], f"cut after {cut} bytes"
        assert some.persons == whole.persons or not gives(some), (
            "nor is anybody less well known while rights count"
        )
    assert accepted < 60, "nearly every cut is refused, and not merely harmless"


def test_without_the_mark_the_beginning_of_a_table_in_force_is_told() -> None:
    """The file of before, cut at every byte: what would be accepted and gives more looks cut off."""
    whole, told = parse_access_document(GRANT), 0
    for cut in range(len(GRANT)):
        text = GRANT[:cut]
        try:
            some = parse_access_document(text)
        except AccessFileError:
            continue
        if beyond(some, whole):
            assert looks_cut_off(text, GRANT), text[-40:]
            told += 1
    assert told


def test_an_edit_elsewhere_does_not_hide_the_cut() -> None:
    edited = GRANT.replace('name = "Ana"', 'name = "Ana Silva"').replace(
        'slack = ["U0ANA"]', 'slack = ["U0ANB"]'
    )
    cut = edited[: edited.index("until")]
    assert looks_cut_off(cut, GRANT)
    assert not looks_cut_off(edited, GRANT)


@pytest.mark.parametrize(
    "text",
    [
        GRANT.replace("until = 2026-01-31T18:00:00Z\n", 'comment = "for good"\n'),
        GRANT[: GRANT.index("[[grants]]")],
        GRANT + '[[grants]]\npeople = ["ana"]\norganizations = ["contoso"]\nroles = ["Read Only"]\n',
        MARKED.replace("until = 2026-01-31T18:00:00Z\n", ""),
    ],
)
def test_an_honest_change_does_not_look_cut_off(text: str) -> None:
    assert not looks_cut_off(text, GRANT)


def test_the_mark_stands_last() -> None:
    assert ends_with_mark(MARKED)
    assert ends_with_mark(MARKED + "\n# signed off by Kim\n\n")
    parse_access_document(MARKED + "# a comment")
    moved = MARKED.replace("[end]\n", "").replace("[[grants]]", "[end]\n[[grants]]")
    for text, told in (
        (moved, "[end] is not the last line"),
        (MARKED.replace("[end]\n", ""), "the file looks cut off"),
        (MARKED + "x = 1\n", "end.x"),
    ):
        with pytest.raises(AccessFileError, match="end") as raised:
            parse_access_document(text)
        assert told in str(raised.value)


def test_json_needs_no_mark() -> None:
    assert parse_access_document('{"version": 1, "end_mark": true}').grants == ()


def test_the_whole_of_a_grant_is_compared_and_not_its_look() -> None:
    whole = parse_access_document(GRANT)
    longer = parse_access_document(GRANT.replace("2026-01-31", "2026-02-01"))
    assert beyond(longer, whole)
    assert not beyond(whole, longer)
    assert next(iter(gives(whole)))[-1] < FAR - timedelta(days=1)
