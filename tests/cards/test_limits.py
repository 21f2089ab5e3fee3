"""Payloads stay inside Slack's limits at the edges, by our own check and by an independent library."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.cards import PayloadError, check_payload, check_view, render_case
from bot.cards.case import modals
from bot.cards.forms.approve_modal import approve_modal
from bot.cards.forms.deny_modal import DenyForm, deny_modal
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.words import raw, say
from bot.models import Standing
from tests.cards.everything import approve_form, hostile_case, rendered_messages, rendered_views
from tests.cards.samples import NOW, RULES, case, decided, entry
from tests.cards.second_opinion import check_message_twice, check_view_twice

LONG = "C:\\" + "very long folder name\\" * 150
EDGES = {
    "long path": (LONG, 1),
    "long paths on 200 computers": (LONG, 200),
    "ampersands": ("&" * 9000, 3),
    "empty": ("", 2),
}
TRIED = [
    pytest.param(edge, marks=[pytest.mark.unmeasured] if count > 100 else [])
    for edge, (_, count) in EDGES.items()
]


@pytest.mark.parametrize("edge", TRIED)
def test_every_message_is_valid_at_the_edges(edge: str) -> None:
    text, count = EDGES[edge]
    for name, rendered in rendered_messages(text, count):
        check_payload("message", rendered.blocks)
        check_message_twice(rendered.blocks, rendered.text)
        assert len(rendered.text) <= 4000, name


@pytest.mark.parametrize("edge", TRIED)
def test_every_view_is_valid_at_the_edges(edge: str) -> None:
    text, count = EDGES[edge]
    for _, view in rendered_views(text, count):
        check_view(view)
        check_view_twice(view)


def test_a_card_of_200_computers_names_one_and_its_details_ten_and_both_count_the_rest() -> None:
    one = case(*(entry(n) for n in range(1, 201)))
    text = json.dumps(render_case(one, RULES, NOW).blocks)
    assert "WS-001" in text
    assert "WS-002" not in text
    assert " and 199 more" in text
    assert "Approve on these 200 computers" in text
    asked = (
        json.dumps(modals.details_modal(one)["blocks"]).partition("What is asked")[2].partition("The file")[0]
    )
    assert "WS-010" in asked
    assert "WS-011" not in asked
    assert " and 190 more" in asked


def test_the_details_of_200_requests_name_38_and_count_the_rest() -> None:
    view = modals.details_modal(hostile_case("x", 200), NOW, RULES)
    assert len(view["blocks"]) <= 100
    assert "and 162 more requests" in json.dumps(view)


def test_120_groups_stay_choosable_in_groups_of_options() -> None:
    view = approve_modal(approve_form(case(), "G", values={ids.REACH_BLOCK: "computer_group"}))
    (group,) = [block for block in view["blocks"] if block.get("block_id") == ids.COMPUTER_GROUP_BLOCK]
    counts = [len(part["options"]) for part in group["element"]["option_groups"]]
    assert counts == [100, 20]
    assert group["element"]["initial_option"]["value"] == "g-3"


def test_200_requests_stay_choosable() -> None:
    view = deny_modal(DenyForm(case=hostile_case("x", 200), rules=RULES))
    (requests,) = [block for block in view["blocks"] if block.get("block_id") == ids.REQUESTS_BLOCK]
    values = [o["value"] for part in requests["element"]["option_groups"] for o in part["options"]]
    assert values == [f"req-{n}" for n in range(1, 201)]


BUTTON = blocks.button("a", "label", "v")


def _actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return blocks.actions(elements, "row")


def _input(**element: Any) -> dict[str, Any]:
    built = blocks.text_input("b", "label", max_length=10)
    built["element"] |= element
    return built


def _select(**changed: Any) -> dict[str, Any]:
    built = blocks.select("b", "label", [blocks.option("one", "1")])
    built["element"] |= changed
    return built


CELL = blocks.rich([[say("x")]])


def _table(rows: int, columns: int) -> dict[str, Any]:
    return {"type": "table", "rows": [[CELL] * columns] * rows}


PLAIN = {"type": "plain_text", "text": "x"}
BAD_PAYLOADS: dict[str, tuple[limits.Surface, list[dict[str, Any]], str]] = {
    "no block": ("message", [], "0 blocks"),
    "51 blocks": ("message", [blocks.divider()] * 51, "51 blocks"),
    "101 blocks": ("modal", [blocks.divider()] * 101, "101 blocks"),
    "too many bytes": ("message", [blocks.rich([[say("x" * 100_001)]])], "over 100000 bytes"),
    "block_id twice": ("message", [_actions(BUTTON), _actions(BUTTON)], "block_id 'row' stands twice"),
    "action_id twice": ("message", [_actions(BUTTON, BUTTON)], "action_id 'a' stands twice"),
    "unknown block": ("message", [{"type": "video"}], "'video' does not belong"),
    "input in a message": ("message", [_input()], "'input' does not belong"),
    "long block_id": ("message", [{"type": "divider", "block_id": "x" * 256}], "block_id is over 255"),
    "no header": ("message", [{"type": "header"}], "header is missing"),
    "long header": ("message", [{"type": "header", "text": PLAIN | {"text": "x" * 151}}], "has 151"),
    "mrkdwn header": (
        "message",
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x", "verbatim": True}}],
        "must be plain",
    ),
    "two tables": ("message", [_table(1, 1), _table(1, 1)], "2 tables; a message takes 1"),
    "table in a modal": ("modal", [_table(1, 1)], "'table' does not belong"),
    "no row": ("message", [_table(0, 1)], "0 rows; a table takes 1 to 100"),
    "101 rows": ("message", [_table(101, 1)], "101 rows"),
    "21 columns": ("message", [_table(1, 21)], "rows of [21] cells"),
    "rows of other lengths": ("message", [_table(1, 1) | {"rows": [[], [CELL]]}], "rows of [0, 1] cells"),
    "a cell of plain text": ("message", [_table(1, 1) | {"rows": [[PLAIN]]}], "a cell of type 'plain_text'"),
    "an empty cell": (
        "message",
        [_table(1, 1) | {"rows": [[blocks.rich([])]]}],
        "an empty rich text section",
    ),
    "empty section": ("message", [{"type": "section", "text": PLAIN | {"text": ""}}], "has 0"),
    "no context": ("message", [{"type": "context", "elements": []}], "0 elements"),
    "live mrkdwn": (
        "message",
        [{"type": "section", "text": {"type": "mrkdwn", "text": "<!here>", "verbatim": True}}],
        "not ours",
    ),
    "mrkdwn not verbatim": (
        "message",
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}],
        "not ours",
    ),
    "26 buttons": (
        "message",
        [_actions(*(blocks.button(f"a{n}", "x", "v") for n in range(26)))],
        "26 elements",
    ),
    "no action_id": ("message", [_actions(blocks.button("", "x", "v"))], "action_id is missing"),
    "long value": ("message", [_actions(blocks.button("a", "x", "v" * 2001))], "value or url is too long"),
    "style": ("message", [_actions(blocks.button("a", "x", "v", style="default"))], "primary or danger"),
    "confirm": (
        "message",
        [_actions(BUTTON | {"confirm": {"title": PLAIN | {"text": "x" * 101}}})],
        "confirm text is missing",
    ),
    "six overflow options": (
        "message",
        [_actions(blocks.overflow("a", [blocks.option("x", str(n)) for n in range(6)]))],
        "6 options",
    ),
    "same option twice": (
        "message",
        [_actions(blocks.overflow("a", [blocks.option("x", "1")] * 2))],
        "same value",
    ),
    "long option value": (
        "message",
        [_actions(blocks.overflow("a", [blocks.option("x", "1" * 151)]))],
        "151 characters",
    ),
    "unknown element": (
        "message",
        [_actions({"type": "timepicker", "action_id": "a"})],
        "'timepicker' is not one",
    ),
    "eleven radio buttons": (
        "modal",
        [blocks.radio("b", "l", [blocks.option("x", str(n)) for n in range(11)], None)],
        "11 options",
    ),
    "no option group": ("modal", [_select(option_groups=[])], "0 option groups"),
    "101 options": (
        "modal",
        [_select(options=[blocks.option("x", str(n)) for n in range(101)])],
        "101 options",
    ),
    "long input": ("modal", [_input(max_length=3001)], "at most 3000"),
    "day in another form": ("modal", [blocks.date_picker("b", "l", initial="24.12.2026")], "like 2026-12-24"),
    "long hint": ("modal", [_input() | {"hint": PLAIN | {"text": "x" * 2001}}], "hint has 2001"),
    "empty rich text": ("message", [blocks.rich([[say("")]])], "empty rich text element"),
    "empty rich section": ("message", [blocks.rich([])], "empty rich text section"),
    "rich text list": (
        "message",
        [{"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}],
        "rich_text_list",
    ),
    "rich text emoji": (
        "message",
        [blocks.rich([[{"type": "emoji", "name": "tada"}]])],
        "'emoji' is not one",
    ),
}


@pytest.mark.parametrize("which", BAD_PAYLOADS)
def test_a_payload_that_slack_would_refuse_is_named_with_its_fault(which: str) -> None:
    surface, payload, fault = BAD_PAYLOADS[which]
    with pytest.raises(PayloadError) as raised:
        check_payload(surface, payload)
    assert fault in str(raised.value)
    assert len(raised.value.faults) >= 1


def test_every_confirm_text_is_checked() -> None:
    plain = {"title": PLAIN, "text": PLAIN, "confirm": PLAIN, "deny": PLAIN}
    check_payload("message", [_actions(BUTTON | {"confirm": plain})])


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"title": PLAIN | {"text": "x" * 25}}, "title has 25"),
        ({"submit": PLAIN | {"text": "x" * 25}}, "submit has 25"),
        ({"private_metadata": "x" * 3001}, "private_metadata is over 3000"),
        ({"blocks": [_input()]}, "needs a submit"),
        ({"blocks": [blocks.rich([[raw("x" * 3000, 3000)]])] * 90}, "over 250000 bytes"),
    ],
)
def test_a_view_that_slack_would_refuse_is_named_with_its_fault(changed: dict[str, Any], fault: str) -> None:
    view = {"type": "modal", "title": PLAIN, "close": PLAIN, "blocks": [blocks.divider()]} | changed
    with pytest.raises(PayloadError, match=fault):
        check_view(view)


def test_a_decided_case_of_many_people_stays_valid() -> None:
    states = [Standing.APPROVED, Standing.REJECTED, Standing.CLOSED]
    entries = [decided(n, states[n % 3], by=f"Person {n}" * 20) for n in range(1, 151)]
    rendered = render_case(case(*entries, closed_at=NOW), RULES, NOW)
    check_message_twice(rendered.blocks, rendered.text)
    assert "50 of 150 approved" in json.dumps(rendered.blocks, ensure_ascii=False)
    assert "and 141 more endings" in json.dumps(modals.details_modal(case(*entries, closed_at=NOW)))
