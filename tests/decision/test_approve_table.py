"""Choice by kind by permission: what is offered, what is closed with a reason, and what is sent. Expectations by hand.

A column is somebody's permissions, a row is a choice. `+` is offered and sent; everything else is closed in the modal,
refused at the press, and reaches no portal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.models import Case, UnprovenWrite
from permissions import names
from tests.contract import check_body, needs_contract
from tests.decision.dialogue import (
    CONFIRMED,
    application,
    became,
    drawn,
    group_id,
    hire,
    inputs,
    new_file,
    options,
    sent,
    submit,
)
from tests.desk import Bench

_ELEVATION = names.ELEVATION_ADMINISTRATOR
COLUMNS: dict[str, tuple[str, ...]] = {
    "view": (names.VIEW_APPROVALS,),
    "web": ("Edit Web Control Policies",),
    "only": (names.APPROVE_APPLICATION_ONLY,),
    "one": (names.APPROVE_COMPUTER,),
    "group": (names.APPROVE_GROUP,),
    "all": (names.APPROVE_ORGANIZATION,),
    "view+el": (names.VIEW_APPROVALS, _ELEVATION),
    "el": (_ELEVATION,),
    "one+el": (names.APPROVE_COMPUTER, _ELEVATION),
    "all+el": (names.APPROVE_ORGANIZATION, _ELEVATION),
    "one+inst": (names.APPROVE_COMPUTER, names.MANAGE_INSTALLATION),
    "only+learn": (names.APPROVE_APPLICATION_ONLY, names.MANAGE_LEARNING),
    "one+modes": (names.APPROVE_COMPUTER, names.MANAGE_ALL_MODES),
    "one+modes+apps": (names.APPROVE_COMPUTER, names.MANAGE_ALL_MODES, names.EDIT_APPLICATIONS),
    "group+inst": (names.APPROVE_GROUP, names.MANAGE_INSTALLATION),
    "all+inst": (names.APPROVE_ORGANIZATION, names.MANAGE_INSTALLATION),
    "all+modes": (names.APPROVE_ORGANIZATION, names.MANAGE_ALL_MODES),
    "view+modes": (names.VIEW_APPROVALS, names.MANAGE_ALL_MODES, names.EDIT_APPLICATIONS),
    "global": (names.APPROVE_COMPUTER,),
}
GLOBAL_AT_PARENT = {"global"}
_WIDE = "all all+el all+inst all+modes"
_GROUP = f"group group+inst {_WIDE}"
_APPROVERS = f"only one one+el one+inst only+learn one+modes one+modes+apps global {_GROUP}"

TABLE: list[tuple[str, str, str]] = [
    ("execute", "hash", _APPROVERS),
    ("execute", "rule", _APPROVERS),
    ("execute", "name", _APPROVERS),
    ("execute", "until", _APPROVERS),
    ("execute", "match", _APPROVERS),
    ("execute", "existing, nowhere", _APPROVERS),
    ("execute", "existing, group", _GROUP),
    ("execute", "existing, all", _WIDE),
    ("execute", "existing, elsewhere", _GROUP),
    ("execute", "built-in", _WIDE),
    ("execute", "group", _GROUP),
    ("execute", "organization", _WIDE),
    ("execute", "global", "global"),
    ("execute", "elevation", "one+el all+el"),
    ("execute", "installation", "one+inst one+modes+apps group+inst all+inst"),
    ("execute", "learning", "only+learn one+modes+apps"),
    ("execute", "monitor", "one+modes one+modes+apps all+modes"),
    ("execute", "installation, organization", "all+inst"),
    ("execute", "learning, organization", ""),
    ("execute", "monitor, organization", "all+modes"),
    ("execute", "installation, group", "group+inst all+inst"),
    ("execute", "monitor, group", "all+modes"),
    ("elevate", "hash", "one+el all+el"),
    ("elevate", "silent", "one+el all+el"),
    ("elevate", "for good", "one+el all+el"),
    ("elevate", "group", "all+el"),
    ("elevate", "organization", "all+el"),
    ("elevate", "global", ""),
    ("elevate", "learning", ""),
    ("elevate, may run", "hash", "view+el one+el all+el"),
    ("elevate, may run", "silent", "view+el one+el all+el"),
    ("elevate, may run", "for good", "view+el one+el all+el"),
    ("elevate, may run", "group", "all+el"),
    ("elevate, may run", "organization", "all+el"),
]


@dataclass(frozen=True)
class Row:
    """One choice: its inputs, and where the modal offers it (block and value; no block: nothing special)."""

    values: dict[str, str]
    block: str = ids.REACH_BLOCK
    value: str = "computer"


def _row(bench: Bench, case: Case, choice: str) -> Row:
    """The inputs of a choice on this case."""
    builders: dict[str, Any] = {
        "hash": lambda: Row({}),
        "rule": lambda: Row(
            {
                ids.RECOGNIZED_BLOCK: ids.BY_RULE,
                ids.RULE_PATH_BLOCK: r"C:\Program Files\Tide\*.exe",
                ids.RULE_SIGNER_BLOCK: case.requests[0].facts.signers[0].subject,
            },
            ids.RECOGNIZED_BLOCK,
            ids.BY_RULE,
        ),
        "name": lambda: Row({ids.APPLICATION_NAME_BLOCK: "Tide"}),
        "until": lambda: Row({ids.LASTS_BLOCK: "30"}, ids.LASTS_BLOCK, "30"),
        "match": lambda: _application(ids.MATCH, application(bench, "Tide", covers=case)),
        "existing, nowhere": lambda: _application(ids.EXISTING, application(bench, "Tools")),
        "existing, group": lambda: _existing(bench, group_id(bench, "Servers")),
        "existing, all": lambda: _existing(bench, case.organization_id),
        "existing, elsewhere": lambda: _existing(bench, _another_computer(bench)),
        "built-in": lambda: _built_in(bench, case),
        "group": lambda: _reach("computer_group", **{ids.COMPUTER_GROUP_BLOCK: group_id(bench, "Servers")}),
        "organization": lambda: _reach("organization"),
        "global": lambda: _reach(
            "global", **{ids.GLOBAL_GROUP_BLOCK: group_id(bench, "Global - Workstations", "rowanbridge")}
        ),
        "elevation": lambda: Row(
            {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: "2"},
            ids.ELEVATION_BLOCK,
            ids.WITH_NOTICE,
        ),
        "silent": lambda: Row(
            {
                ids.ELEVATION_BLOCK: ids.SILENTLY,
                ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE,
                ids.ELEVATION_UNTIL_BLOCK: "2026-12-24",
            },
            ids.ELEVATION_BLOCK,
            ids.SILENTLY,
        ),
        "for good": lambda: Row(
            {
                ids.ELEVATION_BLOCK: ids.WITH_NOTICE,
                ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD,
                ids.REASON_BLOCK: "A kiosk",
                ids.SAFE_BLOCK: "Nobody logs on",
            },
            ids.ELEVATION_FOR_BLOCK,
            ids.FOR_GOOD,
        ),
        "installation": lambda: _mode("installation"),
        "learning": lambda: _mode("learning"),
        "monitor": lambda: _mode("application_monitor_only"),
        "installation, organization": lambda: _mode("installation", "organization"),
        "learning, organization": lambda: _mode("learning", "organization"),
        "monitor, organization": lambda: _mode("application_monitor_only", "organization"),
        "installation, group": lambda: _mode("installation", "computer_group", group_id(bench, "Servers")),
        "monitor, group": lambda: _mode(
            "application_monitor_only", "computer_group", group_id(bench, "Servers")
        ),
    }
    row: Row = builders[choice]()
    return row


def _reach(reach: str, **more: str) -> Row:
    return Row({ids.REACH_BLOCK: reach, **CONFIRMED, **more}, ids.REACH_BLOCK, reach)


def _application(use: str, application_id: str, **more: str) -> Row:
    value = f"{use}:{application_id}"
    return Row({ids.APPLICATION_BLOCK: value, **more}, ids.APPLICATION_BLOCK, value)


def _existing(bench: Bench, place: str) -> Row:
    return _application(ids.EXISTING, application(bench, "Tools", place), **CONFIRMED)


def _built_in(bench: Bench, case: Case) -> Row:
    built_in = application(bench, "Tide (Built-In)", covers=case, owner=bench.portal.world.master_id)
    return _application(ids.BUILT_IN_MATCH, built_in, **{ids.REACH_BLOCK: "organization"}, **CONFIRMED)


def _mode(mode: str, reach: str = "computer", computer_group_id: str = "") -> Row:
    values = {ids.INSTEAD_BLOCK: mode, ids.MODE_BECAUSE_BLOCK: "The installer renames its files"}
    wide = {ids.REACH_BLOCK: reach, ids.COMPUTER_GROUP_BLOCK: computer_group_id, **CONFIRMED}
    return Row(values | (wide if reach != "computer" else {}), ids.INSTEAD_BLOCK, mode)


def _another_computer(bench: Bench) -> str:
    """Not the one that asked: whoever may decide for a single computer must not touch a second one."""
    computers = bench.portal.world.computers.values()
    return next(one.computer_id for one in computers if one.name == "BRW-WS-002")


OFFERED_BY_WIDTH_ONLY = {"existing, group", "existing, all", "existing, elsewhere"}
"""Offered to every approver: their width is learnt for the chosen one alone, in the preview and at the press."""

COVERED = {"match", "built-in"}
"""With these the portal knows an application that covers the file: for another row it would be another question."""


@pytest.mark.unmeasured
@pytest.mark.parametrize("column", COLUMNS)
async def test_what_is_offered_is_what_is_sent(bench: Bench, column: str) -> None:
    """Every row of the table for one column: the modal, the press, the portal.

    What was refused changed nothing, and stands for the next row of its kind.
    """
    bench.with_rules(verified_writes=frozenset({UnprovenWrite.PERMIT_GLOBAL}), repeats={"approvals": 10_000})
    above = (names.APPROVE_GLOBAL,) if column in GLOBAL_AT_PARENT else ()
    who = await hire(bench, *COLUMNS[column], at_parent=above)
    wrong = []
    pending: dict[str, Case] = {}
    for kind, choice, allowed in TABLE:
        case = pending.pop(kind, None) or await _asked(bench, kind)
        row, wanted = _row(bench, case, choice), column in allowed.split()
        offered = _offers(await drawn(bench, who, case, **row.values), row)
        before = len(bench.portal.decisions)
        said = await submit(bench, who, case, **row.values)
        was_sent = (await became(bench), len(bench.portal.decisions) - before) == ("approved", 1)
        if was_sent is not wanted or (not was_sent and len(bench.portal.decisions) > before) or not said:
            wrong.append(f"{kind}, {choice}: sent {was_sent}, by hand {wanted}: {said}")
        if offered is not wanted and not (choice in OFFERED_BY_WIDTH_ONLY and not wanted):
            wrong.append(f"{kind}, {choice}: offered {offered}, by hand {wanted}")
        if len(bench.portal.decisions) == before and choice not in COVERED:
            assert await bench.case(case.case_id) == case
            pending[kind] = case
    assert wrong == []


async def _asked(bench: Bench, kind: str) -> Case:
    case = await new_file(bench, kind.partition(",")[0])
    if kind.endswith("may run"):
        application(bench, "Tide", case.organization_id, covers=case)
    return case


PERMIT = "ApprovalRequest/ApprovalRequestPermitApplication"


@needs_contract
async def test_every_body_agrees_with_the_published_contract(bench: Bench) -> None:
    """Every row that anybody may send, sent by somebody who may do all, field by field."""
    bench.with_rules(verified_writes=frozenset({UnprovenWrite.PERMIT_GLOBAL}), repeats={"approvals": 10_000})
    held = (names.APPROVE_ORGANIZATION, _ELEVATION, names.MANAGE_ALL_MODES, names.EDIT_APPLICATIONS)
    who = await hire(bench, *held, at_parent=(names.APPROVE_GLOBAL,))
    for kind, choice, allowed in TABLE:
        if not allowed:
            continue
        case = await new_file(bench, kind.partition(",")[0])
        await submit(bench, who, case, **_row(bench, case, choice).values)
        assert await became(bench) == "approved", (kind, choice)
        assert check_body(PERMIT, "post", sent(bench)) == [], (kind, choice)


def _offers(view: dict[str, Any], row: Row) -> bool:
    """Whether the modal lets this be chosen; a form that asks nothing offers nothing."""
    return view["callback_id"] == ids.APPROVE_VIEW and row.value in options(view, row.block)


async def test_whatever_is_closed_says_why(bench: Bench) -> None:
    """The narrowest approver reads a reason for every reach, for elevation, for each mode."""
    who = await hire(bench, names.APPROVE_APPLICATION_ONLY)
    view = await drawn(bench, who, await new_file(bench))
    said = " ".join(str(view["blocks"]).split())
    for missing in (
        names.APPROVE_GROUP,
        names.APPROVE_ORGANIZATION,
        names.APPROVE_GLOBAL,
        _ELEVATION,
        names.MANAGE_INSTALLATION,
        names.MANAGE_LEARNING,
        names.MANAGE_APPLICATION_MONITOR,
    ):
        assert missing in said, missing
    assert ids.INSTEAD_BLOCK not in inputs(view)


def test_the_table_refuses_more_than_it_permits() -> None:
    cells = [(column, column in allowed.split()) for *_, allowed in TABLE for column in COLUMNS]
    yes = sum(permitted for _, permitted in cells)
    assert yes < len(cells) / 2
    known = {column for *_, allowed in TABLE for column in allowed.split()}
    assert known <= COLUMNS.keys()
