"""What “Approve…” still lacks is told in the acknowledgement, field by field: the modal stays, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.kit import ids
from handlers import payloads
from handlers.forms import missing_inputs
from tests.cards.samples import NOW
from tests.handlers.bolt import submission

RULE = {
    ids.RECOGNIZED_BLOCK: ids.BY_RULE,
    ids.RULE_PATH_BLOCK: r"C:\Program Files\Fabrikam\*",
    ids.RULE_SIGNER_BLOCK: "CN=Fabrikam Inc",
}
BOTH = {ids.VALIDATED_BLOCK: "Called", ids.CONFIRMED_BLOCK: "Lee"}
FOR_GOOD = {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD}
MODE = {ids.INSTEAD_BLOCK: "learning", ids.MODE_BECAUSE_BLOCK: "Too many files"}

COMPLETE: list[dict[str, str]] = [
    {},
    {ids.REACH_BLOCK: "computer"},
    {ids.REACH_BLOCK: "organization", **BOTH},
    {ids.REACH_BLOCK: "computer_group", ids.COMPUTER_GROUP_BLOCK: "g", **BOTH},
    RULE,
    {**RULE, ids.RECOGNIZED_BLOCK: ids.BY_HASH, ids.RULE_PATH_BLOCK: "*"},
    {ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: "2026-12-24"},
    {**FOR_GOOD, ids.REASON_BLOCK: "A kiosk", ids.SAFE_BLOCK: "Nobody logs on"},
    MODE,
    {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:a", **RULE},
    {ids.APPLICATION_BLOCK: f"{ids.BUILT_IN_MATCH}:a", ids.REACH_BLOCK: "organization", **BOTH},
    MODE | {ids.REACH_BLOCK: "organization", **BOTH},
]
LACKING: list[tuple[dict[str, str], set[str]]] = [
    ({ids.REACH_BLOCK: "organization"}, {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}),
    ({ids.REACH_BLOCK: "organization", ids.VALIDATED_BLOCK: "Called"}, {ids.CONFIRMED_BLOCK}),
    (
        {ids.REACH_BLOCK: "organization", ids.VALIDATED_BLOCK: "x", ids.CONFIRMED_BLOCK: "y"},
        {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK},
    ),
    (
        {
            ids.REACH_BLOCK: "organization",
            ids.VALIDATED_BLOCK: "Mia Brandt",
            ids.CONFIRMED_BLOCK: "mia brandt",
        },
        {ids.CONFIRMED_BLOCK},
    ),
    (FOR_GOOD | {ids.REASON_BLOCK: "A kiosk", ids.SAFE_BLOCK: "A kiosk"}, {ids.SAFE_BLOCK}),
    (MODE | {ids.MODE_BECAUSE_BLOCK: "."}, {ids.MODE_BECAUSE_BLOCK}),
    ({ids.REACH_BLOCK: "organization", **BOTH, ids.VALIDATED_BLOCK: "  "}, {ids.VALIDATED_BLOCK}),
    ({ids.REACH_BLOCK: "computer_group", **BOTH}, {ids.COMPUTER_GROUP_BLOCK}),
    ({ids.REACH_BLOCK: "global", **BOTH}, {ids.GLOBAL_GROUP_BLOCK}),
    (
        {ids.RECOGNIZED_BLOCK: ids.BY_RULE},
        {ids.RULE_PATH_BLOCK, ids.RULE_SIGNER_BLOCK, ids.RULE_PROCESS_BLOCK, ids.RULE_CREATED_BLOCK},
    ),
    (
        RULE | {ids.RULE_SIGNER_BLOCK: ids.NOT_IN_RULE},
        {ids.RULE_SIGNER_BLOCK, ids.RULE_PROCESS_BLOCK, ids.RULE_CREATED_BLOCK},
    ),
    (RULE | {ids.RULE_PROCESS_BLOCK: "*"}, {ids.RULE_PROCESS_BLOCK}),
    (RULE | {ids.RULE_PATH_BLOCK: r"C:\Users\*\a.exe"}, {ids.REASON_BLOCK}),
    (RULE | {ids.APPLICATION_BLOCK: f"{ids.MATCH}:a"}, {ids.RECOGNIZED_BLOCK}),
    ({ids.APPLICATION_BLOCK: f"{ids.BUILT_IN_MATCH}:a"}, {ids.REACH_BLOCK}),
    ({ids.LASTS_BLOCK: ids.UNTIL_DATE}, {ids.EXPIRES_BLOCK}),
    ({ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: "soon"}, {ids.EXPIRES_BLOCK}),
    (
        {ids.ELEVATION_BLOCK: ids.SILENTLY, ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE},
        {ids.ELEVATION_UNTIL_BLOCK},
    ),
    (FOR_GOOD, {ids.REASON_BLOCK, ids.SAFE_BLOCK}),
    (FOR_GOOD | {ids.REASON_BLOCK: "A kiosk"}, {ids.SAFE_BLOCK}),
    (MODE | {ids.MODE_BECAUSE_BLOCK: ""}, {ids.MODE_BECAUSE_BLOCK}),
    (MODE | RULE, {ids.RECOGNIZED_BLOCK}),
    (MODE | {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:a"}, {ids.APPLICATION_BLOCK}),
    (MODE | {ids.ELEVATION_BLOCK: ids.SILENTLY}, {ids.ELEVATION_BLOCK}),
    ({ids.REACH_BLOCK: "everywhere"}, {ids.REASON_BLOCK}),
]


@pytest.mark.parametrize("values", COMPLETE)
def test_what_is_complete_goes_through(values: dict[str, str]) -> None:
    assert missing_inputs(ids.APPROVE_VIEW, values) == {}


@pytest.mark.parametrize(("values", "blocks"), LACKING)
def test_what_is_lacking_is_told_at_its_own_field(values: dict[str, str], blocks: set[str]) -> None:
    missing = missing_inputs(ids.APPROVE_VIEW, values)
    assert missing.keys() == blocks
    assert all(sentence.endswith((".", "?")) for sentence in missing.values())


def test_a_day_is_read_from_its_calendar() -> None:
    chosen: dict[str, Any] = {
        ids.EXPIRES_BLOCK: {ids.INPUT: {"type": "datepicker", "selected_date": "2026-12-24"}},
        ids.ELEVATION_UNTIL_BLOCK: {ids.INPUT: {"type": "datepicker", "selected_date": None}},
    }
    values = payloads.modal_press(submission({"state": {"values": chosen}}), NOW).values
    assert (values[ids.EXPIRES_BLOCK], values[ids.ELEVATION_UNTIL_BLOCK]) == ("2026-12-24", "")
