"""The one table of what a kind of request is: complete, and asked by everybody."""

import ast
from pathlib import Path

import pytest

from bot.models import Kind, Reach, UnprovenWrite
from bot.portal.facts import _KINDS as KINDS_OF_ACTION_TYPES
from bot.rules.kinds import Form, traits_of
from permissions.ask import rights_of
from permissions.catalogue import PERMISSIONS, approving

ROOT = Path(__file__).resolve().parents[2]
MAY_NAME_A_KIND = {
    "bot/portal/facts.py",  # whether a row said its kind at all
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_an_entry_that_no_other_has(kind: Kind) -> None:
    others = [other for other in Kind if other is not kind]
    assert traits_of(kind).title
    assert traits_of(kind).title not in {traits_of(other).title for other in others}
    assert rights_of(kind).requests not in {rights_of(other).requests for other in others}
    assert traits_of(kind).rights is rights_of(kind)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.OTHER])
def test_every_kind_is_told_by_some_word_of_the_portal(kind: Kind) -> None:
    assert kind in KINDS_OF_ACTION_TYPES.values()


@pytest.mark.parametrize("kind", Kind)
def test_what_is_decided_here_is_decided_by_some_permission(kind: Kind) -> None:
    rights = rights_of(kind)
    if traits_of(kind).is_decided_here:
        assert rights.own_permission or approving(kind, Reach.COMPUTER)
    if rights.own_permission:
        assert kind in PERMISSIONS[rights.own_permission].decides


@pytest.mark.parametrize(
    ("kind", "form", "reaches"),
    [
        (Kind.APPLICATION, Form.PERMIT, tuple(Reach)),
        (Kind.ELEVATION, Form.PERMIT, tuple(Reach)),
        (Kind.STORAGE, Form.STORAGE, (Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION)),
        (Kind.WEB_CONTROL, None, ()),
        (Kind.OTHER, None, ()),
    ],
)
def test_which_form_and_which_reaches(kind: Kind, form: Form | None, reaches: tuple[Reach, ...]) -> None:
    assert traits_of(kind).form is form
    assert traits_of(kind).reaches == reaches
    assert traits_of(kind).is_decided_here is bool(reaches)


def test_what_waits_for_a_live_proof() -> None:
    assert {kind: dict(traits_of(kind).unproven) for kind in Kind} == {
        Kind.APPLICATION: {Reach.GLOBAL: UnprovenWrite.PERMIT_GLOBAL},
        Kind.ELEVATION: {Reach.GLOBAL: UnprovenWrite.PERMIT_GLOBAL},
        Kind.STORAGE: dict.fromkeys(Reach, UnprovenWrite.PERMIT_STORAGE),
        Kind.WEB_CONTROL: {},
        Kind.OTHER: {},
    }


def test_what_is_software_and_who_is_called_at_once() -> None:
    assert [kind for kind in Kind if traits_of(kind).is_software] == [Kind.APPLICATION, Kind.ELEVATION]
    assert [kind for kind in Kind if traits_of(kind).elevates] == [Kind.ELEVATION]
    assert [kind for kind in Kind if traits_of(kind).starts_modes] == [Kind.APPLICATION]
    assert [kind for kind in Kind if traits_of(kind).is_the_teams] == [Kind.ELEVATION]
    assert [kind for kind in Kind if traits_of(kind).is_storage] == [Kind.STORAGE]
    assert [kind for kind in Kind if traits_of(kind).closes_one_press] == [
        Kind.STORAGE,
        Kind.WEB_CONTROL,
        Kind.OTHER,
    ]


def _kinds_compared(file: Path) -> list[str]:
    """Comparisons with a member of `Kind`, alone or in a tuple: each is a rule that a new kind would miss."""
    found: list[str] = []
    text = file.read_text(encoding="utf-8")
    if "Kind." not in text:
        return found
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        parts = [
            part
            for side in sides
            for part in (side.elts if isinstance(side, ast.Tuple | ast.Set) else [side])
        ]
        named = [part.value for part in parts if isinstance(part, ast.Attribute)]
        if any(isinstance(name, ast.Name) and name.id == "Kind" for name in named):
            found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    return found


def test_nobody_asks_a_kind_but_through_the_table() -> None:
    files = [file for room in ("bot", "handlers", "permissions") for file in (ROOT / room).rglob("*.py")]
    found = [place for file in files for place in _kinds_compared(file)]
    assert {place.partition(":")[0] for place in found} == MAY_NAME_A_KIND


@pytest.mark.parametrize("file", ["bot/settings/sections.py", "bot/permission_commands.py"])
def test_texts_that_list_the_kinds_name_every_one(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    lists = [line for line in text.splitlines() if Kind.ELEVATION in line and Kind.WEB_CONTROL in line]
    assert lists
    for line in lists:
        assert all(kind in line for kind in Kind), line
