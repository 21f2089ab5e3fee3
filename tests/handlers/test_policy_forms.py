"""What a form for policies still lacks is told in the acknowledgement, field by field."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.models import Rules
from handlers.forms import missing_inputs
from handlers.payloads import button_press, modal_values
from handlers.routes import ROUTES
from tests.desk import WORKING_HOURS

FULL = {
    ids.TAKE_BACK_VIEW: {"reason": "vendor gone"},
    ids.PROMOTE_VIEW: {"validated_how": "Detonated", "confirmed_by": "Mia Brandt", "reach": "organization"},
    ids.CREATE_POLICY_VIEW: {"policy_name": "x", "reason": "weekly update", "reach": "organization"},
    ids.NOT_NOW_VIEW: {"reason": "vendor gone"},
}


@pytest.mark.parametrize("view", ids.POLICY_VIEWS)
def test_a_filled_form_lacks_nothing(view: str) -> None:
    assert missing_inputs(view, FULL[view]) == {}


@pytest.mark.parametrize(
    ("view", "lacking"),
    [(view, block) for view, values in FULL.items() for block in values if block != "reach"],
)
@pytest.mark.parametrize("blank", ["", "   "])
def test_each_needed_field_is_named(view: str, lacking: str, blank: str) -> None:
    assert set(missing_inputs(view, FULL[view] | {lacking: blank})) == {lacking}


@pytest.mark.parametrize("view", [ids.PROMOTE_VIEW, ids.CREATE_POLICY_VIEW])
def test_a_computer_group_has_to_be_chosen_where_that_reach_is(view: str) -> None:
    chosen = FULL[view] | {"reach": "computer_group"}
    assert set(missing_inputs(view, chosen)) == {ids.COMPUTER_GROUP_BLOCK}
    assert missing_inputs(view, chosen | {"computer_group": "g-1"}) == {}


@pytest.mark.parametrize("name", ids.POLICY_VIEWS)
def test_every_form_has_its_use_case(name: str) -> None:
    assert name in ROUTES


def test_a_chosen_day_is_read_as_the_portal_wants_it_dated() -> None:
    view = {
        "state": {
            "values": {"policy_ends": {ids.INPUT: {"type": "datepicker", "selected_date": "2027-05-17"}}}
        }
    }
    assert modal_values(view) == {"policy_ends": "2027-05-17"}


def test_a_button_in_the_details_names_the_case_that_they_show() -> None:
    body = {
        "trigger_id": "t1",
        "user": {"id": "U0KIM", "team_id": "T0"},
        "view": {
            "type": "modal",
            "id": "V1",
            "callback_id": ids.DETAILS_VIEW,
            "private_metadata": "c1f00d.3",
        },
        "actions": [{"action_id": ids.POLICY_TAKE_BACK, "value": "c1f00d.3", "action_ts": "1"}],
    }
    press = button_press(body, WORKING_HOURS)
    assert (press.name, press.case_id, press.revision) == (ids.POLICY_TAKE_BACK, "c1f00d", 3)


NOW = WORKING_HOURS
YESTERDAY, TOMORROW = f"{NOW - timedelta(days=1):%Y-%m-%d}", f"{NOW + timedelta(days=1):%Y-%m-%d}"
WITH_A_DAY = [
    (ids.CREATE_POLICY_VIEW, FULL[ids.CREATE_POLICY_VIEW], ids.POLICY_ENDS_BLOCK),
    (ids.APPROVE_VIEW, {ids.LASTS_BLOCK: ids.UNTIL_DATE}, ids.EXPIRES_BLOCK),
    (
        ids.APPROVE_VIEW,
        {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE},
        ids.ELEVATION_UNTIL_BLOCK,
    ),
    (ids.STORAGE_VIEW, {ids.LASTS_BLOCK: ids.UNTIL_DATE}, ids.EXPIRES_BLOCK),
]


@pytest.mark.parametrize(("view", "values", "block"), WITH_A_DAY)
def test_an_end_in_the_past_is_told_at_its_field_before_the_form_is_gone(
    view: str, values: dict[str, str], block: str
) -> None:
    assert set(missing_inputs(view, values | {block: YESTERDAY}, Rules(), NOW)) == {block}
    assert missing_inputs(view, values | {block: TOMORROW}, Rules(), NOW) == {}
    assert missing_inputs(view, values | {block: f"{NOW:%Y-%m-%d}"}, Rules(), NOW) == {}, (
        "its end is still to come"
    )


def test_a_grant_without_a_reason_is_told_at_its_field() -> None:
    assert set(missing_inputs(ids.GRANT_VIEW, {ids.REASON_BLOCK: " . "})) == {ids.REASON_BLOCK}
    assert missing_inputs(ids.GRANT_VIEW, {ids.REASON_BLOCK: "Covers for Kim this week"}) == {}
