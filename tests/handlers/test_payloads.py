"""Slack's JSON becomes presses: every kind, every gap, nothing trusted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.kit import ids
from bot.cards.kit.ids import CaseRef
from bot.models import PressKind
from handlers import payloads
from handlers.payloads import NotUnderstood
from tests.cards.samples import NOW
from tests.handlers.bolt import TEAM, USER, Json, click, command, submission, told


def test_a_click_carries_case_revision_and_where_to_answer() -> None:
    press = payloads.button_press(click(response_url="https://hooks.slack.example/1"), NOW)
    assert (press.kind, press.name) == (PressKind.BUTTON, ids.CLAIM)
    assert (press.case_id, press.revision) == ("c1", 2)
    assert (press.slack_user_id, press.slack_team_id) == (USER, TEAM)
    assert (press.channel_id, press.message_ts) == ("C1", "1.2")
    assert (press.trigger_id, press.response_url) == ("13.37.aa", "https://hooks.slack.example/1")
    assert (press.received_at, press.values) == (NOW, {})


@pytest.mark.parametrize("word", ids.MORE_WORDS)
def test_an_overflow_option_names_its_own_route_and_case(word: str) -> None:
    value = ids.more_value(word, CaseRef("c1", 7))
    chosen = click({"action_id": ids.MORE, "selected_option": {"value": value}, "value": None})
    press = payloads.button_press(chosen, NOW)
    assert (press.name, press.case_id, press.revision) == (word, "c1", 7)


@pytest.mark.parametrize("value", ["", "explode:c1.2", "details:", "details:c1", "details"])
def test_an_overflow_option_of_another_version_keeps_the_menus_name(value: str) -> None:
    chosen = click({"action_id": ids.MORE, "selected_option": {"value": value}})
    press = payloads.button_press(chosen, NOW)
    assert (press.name, press.case_id, press.values) == (ids.MORE, "", {"more": value})


def test_a_reason_chosen_on_a_card_names_itself_and_the_cases() -> None:
    value = ids.because_value("Needed for a support case", CaseRef("c1", 7, others=(("c2", 3),)))
    chosen = click({"action_id": ids.APPROVE_BECAUSE, "selected_option": {"value": value}, "value": None})
    press = payloads.button_press(chosen, NOW)
    assert (press.name, press.case_id, press.revision) == (ids.APPROVE_BECAUSE, "c1", 7)
    assert [(other.case_id, other.revision) for other in press.others] == [("c2", 3)]
    assert press.values == {ids.JUSTIFICATION_BLOCK: ids.reason_key("Needed for a support case")}


@pytest.mark.parametrize("value", ["", "c1.2", "0123abcd:", "0123abcd", "no hex!!:c1.2", "0123abcd0:c1.2"])
def test_a_reason_that_is_none_of_ours_names_no_case_by_it(value: str) -> None:
    chosen = click({"action_id": ids.APPROVE_BECAUSE, "selected_option": {"value": value}, "value": None})
    assert ids.JUSTIFICATION_BLOCK not in payloads.button_press(chosen, NOW).values


def test_a_button_of_the_second_person_names_what_waits() -> None:
    press = payloads.button_press(click({"action_id": ids.AGREE, "value": str(CaseRef("c1", 7, "w-1"))}), NOW)
    assert (press.case_id, press.values) == ("c1", {ids.AWAITED: "w-1"})


def test_another_select_than_the_overflow_keeps_its_name() -> None:
    chosen = click({"action_id": "other.select", "selected_option": {"value": "details:c1.2"}})
    assert payloads.button_press(chosen, NOW).name == "other.select"


def test_a_value_that_is_no_reference_is_kept_for_its_route() -> None:
    press = payloads.button_press(click({"action_id": ids.LOOKUP_OLDER, "value": "token-of-a-page"}), NOW)
    assert (press.case_id, press.values) == ("", {"more": "token-of-a-page"})


@pytest.mark.parametrize(
    ("body", "user_id", "team_id"),
    [
        (click(user={"id": USER, "team_id": "T0FOREIGN"}), USER, "T0FOREIGN"),
        (click(user={"id": USER}), USER, TEAM),
        (click(user={"id": USER, "team_id": ""}, team={"id": "T0OTHER"}), USER, "T0OTHER"),
    ],
)
def test_the_team_is_the_pressers_own_and_not_the_channels(body: Json, user_id: str, team_id: str) -> None:
    """P1: in a shared channel the two differ."""
    press = payloads.button_press(body, NOW)
    assert (press.slack_user_id, press.slack_team_id) == (user_id, team_id)


def test_a_press_in_a_modal_or_home_has_no_message() -> None:
    press = payloads.button_press(click(channel=None, container={"type": "view"}), NOW)
    assert (press.channel_id, press.message_ts) == ("", "")


def test_the_container_says_the_channel_where_the_body_does_not() -> None:
    assert payloads.button_press(click(channel=None), NOW).channel_id == "C1"


def test_a_submission_carries_every_input() -> None:
    values: Json = {
        ids.REASON_BLOCK: {ids.INPUT: {"type": "plain_text_input", "value": "  Use the store \n"}},
        ids.REACH_BLOCK: {
            ids.INPUT: {"type": "radio_buttons", "selected_option": {"value": "computer_group"}}
        },
        ids.NOTIFY_BLOCK: {
            ids.INPUT: {"type": "checkboxes", "selected_options": [{"value": ids.NOTIFY_YES}]}
        },
        ids.REQUESTS_BLOCK: {
            ids.INPUT: {"type": "multi_static_select", "selected_options": [{"value": "r1"}, {"value": "r2"}]}
        },
        ids.COMPUTER_GROUP_BLOCK: {
            ids.INPUT: {
                "type": "static_select",
                "selected_option": {"value": "g1", "text": {"type": "plain_text", "text": "Sales (its own)"}},
            }
        },
        "untouched": {ids.INPUT: {"type": "static_select", "selected_option": None}},
        "empty": {ids.INPUT: {"type": "plain_text_input", "value": None}},
        "none": {ids.INPUT: {"type": "checkboxes", "selected_options": []}},
        "foreign": {"another": {"value": "x"}},
    }
    press = payloads.modal_press(submission({"state": {"values": values}}), NOW)
    assert (press.kind, press.name) == (PressKind.MODAL, ids.DENY_VIEW)
    assert (press.case_id, press.revision, press.view_id, press.view_hash) == ("c1", 2, "V1", "h1")
    assert press.values == {
        ids.REASON_BLOCK: "Use the store",
        ids.REACH_BLOCK: "computer_group",
        ids.NOTIFY_BLOCK: ids.NOTIFY_YES,
        ids.REQUESTS_BLOCK: "r1,r2",
        ids.COMPUTER_GROUP_BLOCK: "g1",
        ids.GROUP_NAME: "Sales",
        "untouched": "",
        "empty": "",
        "none": "",
        "foreign": "",
    }


def in_modal(action: Json, **changed: Any) -> Json:
    """A click inside an open modal, with what is typed there."""
    body = click(action)
    del body["channel"]
    return body | {"container": {"type": "view", "view_id": "V1"}, "view": submission()["view"] | changed}


def test_a_button_of_a_modal_carries_what_is_typed_there_and_the_case_of_the_modal() -> None:
    typed = {
        "values": {ids.REASON_BLOCK: {ids.INPUT: {"type": "plain_text_input", "value": "Use the store"}}}
    }
    press = payloads.button_press(
        in_modal({"action_id": ids.DENY_PREVIEW, "value": "other.9"}, state=typed), NOW
    )
    assert (press.kind, press.name) == (PressKind.BUTTON, ids.DENY_PREVIEW)
    assert (press.case_id, press.revision) == ("c1", 2)
    assert (press.view_id, press.view_hash, press.channel_id, press.message_ts) == ("V1", "h1", "", "")
    assert press.values == {ids.REASON_BLOCK: "Use the store"}


@pytest.mark.parametrize(
    "callback_id", sorted(value for name, value in vars(ids).items() if name.endswith("_VIEW"))
)
def test_what_happens_in_any_form_is_answered_where_the_form_was_opened(callback_id: str) -> None:
    """Slack names no channel in it: the form carries its own, whichever form it is."""
    view = {"callback_id": callback_id, "private_metadata": "c1.2@C7"}
    submitted = payloads.modal_press(submission(view), NOW)
    pressed = payloads.button_press(in_modal({"action_id": "a.button.v1"}, **view), NOW)
    assert (submitted.channel_id, pressed.channel_id) == ("C7", "C7")
    assert (submitted.case_id, submitted.revision) == (pressed.case_id, pressed.revision) == ("c1", 2)


def test_an_input_that_tells_its_changes_is_told_under_the_modals_own_name() -> None:
    """Every input's element has the same id; the modal says what the change is for."""
    chosen = {"action_id": ids.INPUT, "selected_option": {"value": "r1"}, "type": "static_select"}
    press = payloads.button_press(in_modal(chosen), NOW)
    assert press.name == ids.changed(ids.DENY_VIEW)
    assert payloads.route_named(in_modal(chosen)) == ids.INPUT


@pytest.mark.parametrize("missing", ["id", "callback_id"])
def test_a_change_in_a_modal_without_a_name_is_refused(missing: str) -> None:
    with pytest.raises(NotUnderstood, match=missing):
        payloads.button_press(in_modal({"action_id": ids.INPUT}, **{missing: ""}), NOW)


def test_a_command_carries_its_words() -> None:
    press = payloads.command_press(command(), NOW)
    assert (press.kind, press.name, press.text) == (PressKind.COMMAND, "/blocked", "WS-001 2h")
    assert payloads.command_press(command(text=None), NOW).text == ""


@pytest.mark.parametrize(
    ("event", "team_id"),
    [
        ({"type": "app_home_opened", "user": USER}, TEAM),
        ({"type": "app_home_opened", "user": USER, "team": "T0EVENT"}, "T0EVENT"),
        ({"type": "app_home_opened", "user": USER, "team": "T0EVENT", "user_team": "T0USER"}, "T0USER"),
    ],
)
def test_an_opened_home_carries_the_persons_team(event: Json, team_id: str) -> None:
    press = payloads.home_press(told(event), NOW)
    assert (press.kind, press.name, press.slack_team_id) == (PressKind.HOME, "app_home_opened", team_id)


# Replays


REPLAYED: list[tuple[Any, Json, Json]] = [
    (payloads.button_press, click(), click(trigger_id="99.1.zz")),
    (payloads.button_press, click(), click({"action_ts": "9.9"})),
    (payloads.modal_press, submission(), submission({"id": "V2"})),
    (payloads.modal_press, submission(), submission({"hash": "h2"})),
    (payloads.command_press, command(), command(trigger_id="99.1.zz")),
    (
        payloads.home_press,
        told({"type": "x", "user": USER}),
        told({"type": "x", "user": USER}, event_id="Ev2"),
    ),
]


@pytest.mark.parametrize(("read", "first", "other"), REPLAYED)
def test_a_replay_has_the_same_id_and_another_press_another(read: Any, first: Json, other: Json) -> None:
    assert read(first, NOW).press_id == read(first, NOW).press_id
    assert read(first, NOW).press_id != read(other, NOW).press_id


# What is missing

LACKING: list[tuple[Any, Json, str]] = [
    (payloads.button_press, click(actions=[]), "no action"),
    (payloads.button_press, click(actions="x"), "no action"),
    (payloads.button_press, click(actions=[17]), "action_id"),
    (payloads.button_press, click({"action_id": ""}), "action_id"),
    (payloads.button_press, click(trigger_id=None), "trigger_id"),
    (payloads.button_press, click(user=None), "id"),
    (payloads.button_press, click(user={"team_id": TEAM}), "lacks id"),
    (payloads.button_press, click(user={"id": USER}, team=None), "no team"),
    (payloads.modal_press, submission(view={"private_metadata": ""}), "no case"),
    (payloads.modal_press, submission(view={"private_metadata": "c1.0"}), "no case"),
    (payloads.modal_press, submission(view={"private_metadata": ["c1.2"]}), "no case"),
    (payloads.modal_press, submission(view={"id": None}), "lacks id"),
    (payloads.modal_press, submission(view={"callback_id": 3}), "callback_id"),
    (payloads.command_press, command(user_id=""), "user_id"),
    (payloads.command_press, command(team_id=None), "team_id"),
    (payloads.command_press, command(command=None), "command"),
    (payloads.command_press, command(trigger_id=5), "trigger_id"),
    (payloads.home_press, told({"type": "app_home_opened"}), "user"),
    (payloads.home_press, told({"user": USER}), "type"),
    (payloads.home_press, told({"type": "x", "user": USER}, event_id=""), "event_id"),
    (payloads.home_press, told({"type": "x", "user": USER}, team_id=""), "team_id"),
]


@pytest.mark.parametrize(("read", "body", "what"), LACKING)
def test_a_payload_without_what_a_press_needs_is_refused_and_says_what(
    read: Any, body: Json, what: str
) -> None:
    with pytest.raises(NotUnderstood, match=what):
        read(body, NOW)


@pytest.mark.parametrize(
    ("body", "route"),
    [
        (click(), ids.CLAIM),
        (click({"action_id": ids.MORE, "selected_option": {"value": "portal:c1.2"}}), ids.PORTAL),
        (click(actions=[]), ""),
        ({}, ""),
    ],
)
def test_the_route_of_a_click_is_known_without_making_a_press(body: Json, route: str) -> None:
    assert payloads.route_named(body) == route


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["state", "values", "blocks"]), ANYTHING), ANYTHING)
def test_a_modals_inputs_are_strings_whatever_its_state_looks_like(view: Json, values: Any) -> None:
    for shape in (view, {"state": {"values": values}}, {"state": {"values": {"b": {ids.INPUT: values}}}}):
        read = payloads.modal_values(shape)
        assert all(isinstance(value, str) for value in read.values())
