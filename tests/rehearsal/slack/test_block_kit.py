"""Block Kit: every limit refuses the first payload beyond it and accepts the last one within."""

from typing import Any

import pytest

from rehearsal.slack.block_kit import check_message_blocks, check_view
from rehearsal.slack.errors import SlackError

Json = dict[str, Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": plain(1)} | fields


def button(**fields: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain(1)} | fields


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int, text: int = 1, value: int = 3) -> list[Json]:
    return [{"text": plain(text), "value": f"{number:0{value}d}"} for number in range(count)]


def select(**fields: Any) -> Json:
    return {"type": "static_select", "action_id": "a", "options": options(1)} | fields


def confirm(**fields: Any) -> Json:
    return button(confirm={"text": plain(1)} | fields)


def text_input(**fields: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "a"} | fields
    return {"type": "input", "label": plain(1), "element": element}


def many_buttons(count: int) -> Json:
    return actions(*(button(action_id=f"a{number}") for number in range(count)))


def card(**fields: Any) -> Json:
    return {"type": "card"} | fields


def table(rows: int, columns: int) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns] * rows}


def data_table(rows: int, columns: int = 1, length: int = 1) -> Json:
    cell = {"type": "raw_text", "text": "x" * length}
    return {"type": "data_table", "caption": "c", "rows": [[cell] * columns] * rows}


def plan(tasks: int) -> Json:
    return {
        "type": "plan",
        "title": "p",
        "tasks": [{"type": "task_card", "task_id": "t", "title": "t"}] * tasks,
    }


WITHIN_AND_BEYOND: dict[str, tuple[list[Json], list[Json]]] = {
    "blocks in a message": ([{"type": "divider"}] * 50, [{"type": "divider"}] * 51),
    "section text": ([section(text=mrkdwn(3000))], [section(text=mrkdwn(3001))]),
    "section text at all": ([section()], [{"type": "section"}]),
    "field": ([section(fields=[plain(2000)])], [section(fields=[plain(2001)])]),
    "fields": ([section(fields=[plain(1)] * 10)], [section(fields=[plain(1)] * 11)]),
    "empty text": ([section(text=plain(1))], [section(text=plain(0))]),
    "header": ([{"type": "header", "text": plain(150)}], [{"type": "header", "text": plain(151)}]),
    "header kind": ([{"type": "header", "text": plain(1)}], [{"type": "header", "text": mrkdwn(1)}]),
    "context elements": (
        [{"type": "context", "elements": [plain(1)] * 10}],
        [{"type": "context", "elements": [plain(1)] * 11}],
    ),
    "actions elements": ([many_buttons(25)], [many_buttons(26)]),
    "actions at all": ([many_buttons(1)], [many_buttons(0)]),
    "button text": ([actions(button(text=plain(75)))], [actions(button(text=plain(76)))]),
    "button text kind": ([actions(button(text=plain(1)))], [actions(button(text=mrkdwn(1)))]),
    "button value": ([actions(button(value="x" * 2000))], [actions(button(value="x" * 2001))]),
    "button url": ([actions(button(url="x" * 3000))], [actions(button(url="x" * 3001))]),
    "button style": ([actions(button(style="danger"))], [actions(button(style="default"))]),
    "accessibility label": (
        [actions(button(accessibility_label="x" * 75))],
        [actions(button(accessibility_label="x" * 76))],
    ),
    "action_id": ([actions(button(action_id="x" * 255))], [actions(button(action_id="x" * 256))]),
    "block_id": ([section(block_id="x" * 255)], [section(block_id="x" * 256)]),
    "confirm title": ([actions(confirm(title=plain(100)))], [actions(confirm(title=plain(101)))]),
    "confirm text": ([actions(confirm(text=plain(300)))], [actions(confirm(text=plain(301)))]),
    "confirm button": ([actions(confirm(confirm=plain(30)))], [actions(confirm(confirm=plain(31)))]),
    "deny button": ([actions(confirm(deny=plain(30)))], [actions(confirm(deny=plain(31)))]),
    "option text": (
        [actions(select(options=options(1, text=75)))],
        [actions(select(options=options(1, text=76)))],
    ),
    "option value": (
        [actions(select(options=options(1, value=150)))],
        [actions(select(options=options(1, value=151)))],
    ),
    "option description": (
        [actions(select(options=[options(1)[0] | {"description": plain(75)}]))],
        [actions(select(options=[options(1)[0] | {"description": plain(76)}]))],
    ),
    "options in a select": ([actions(select(options=options(100)))], [actions(select(options=options(101)))]),
    "options or groups": (
        [actions(select())],
        [actions(select(option_groups=[{"label": plain(1), "options": options(1)}]))],
    ),
    "initial option": (
        [actions(select(initial_option=options(1)[0]))],
        [actions(select(initial_option={"text": plain(1), "value": "other"}))],
    ),
    "overflow options": (
        [actions({"type": "overflow", "action_id": "a", "options": options(5)})],
        [actions({"type": "overflow", "action_id": "a", "options": options(6)})],
    ),
    "radio options": (
        [actions({"type": "radio_buttons", "action_id": "a", "options": options(10)})],
        [actions({"type": "radio_buttons", "action_id": "a", "options": options(11)})],
    ),
    "checkbox options": (
        [actions({"type": "checkboxes", "action_id": "a", "options": options(10)})],
        [actions({"type": "checkboxes", "action_id": "a", "options": options(11)})],
    ),
    "equal option values": (
        [actions({"type": "overflow", "action_id": "a", "options": options(2)})],
        [actions({"type": "overflow", "action_id": "a", "options": options(1) * 2})],
    ),
    "placeholder": ([actions(select(placeholder=plain(150)))], [actions(select(placeholder=plain(151)))]),
    "input label": (
        [text_input() | {"label": plain(2000)}],
        [text_input() | {"label": plain(2001)}],
    ),
    "input hint": ([text_input() | {"hint": plain(2000)}], [text_input() | {"hint": plain(2001)}]),
    "initial value": ([text_input(initial_value="x" * 3000)], [text_input(initial_value="x" * 3001)]),
    "one focus": ([text_input(focus_on_load=True)], [text_input(focus_on_load=True)] * 2),
    "markdown summed": (
        [{"type": "markdown", "text": "x" * 6000}] * 2,
        [{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * 6001}],
    ),
    "table rows": ([table(100, 1)], [table(101, 1)]),
    "table columns": ([table(1, 20)], [table(1, 21)]),
    "one table": ([table(1, 1)], [table(1, 1)] * 2),
    "data table rows": ([data_table(200)], [data_table(201)]),
    "data table characters": ([data_table(10, 20, 100)], [data_table(10, 20, 101)]),
    "card title": ([card(title=mrkdwn(150))], [card(title=mrkdwn(151))]),
    "card body": ([card(body=mrkdwn(200))], [card(body=mrkdwn(201))]),
    "card actions": (
        [card(actions=[button(action_id=str(number)) for number in range(3)])],
        [card(actions=[button(action_id=str(number)) for number in range(4)])],
    ),
    "carousel": (
        [{"type": "carousel", "elements": [card(title=plain(1))] * 10}],
        [{"type": "carousel", "elements": [card(title=plain(1))] * 11}],
    ),
    "container children": (
        [{"type": "container", "child_blocks": [section()] * 10}],
        [{"type": "container", "child_blocks": [section()] * 11}],
    ),
    "plan tasks": ([plan(50)], [plan(51)]),
    "image": (
        [{"type": "image", "alt_text": "x" * 2000, "image_url": "https://example.com/a.png"}],
        [{"type": "image", "alt_text": "x" * 2001, "image_url": "https://example.com/a.png"}],
    ),
    "unknown block": ([section()], [{"type": "sektion", "text": plain(1)}]),
    "unknown element": ([actions(button())], [actions({"type": "lever", "action_id": "a"})]),
    "unknown field": ([section()], [section(colour="red")]),
    "input element in actions": (
        [actions(select())],
        [actions({"type": "plain_text_input", "action_id": "a"})],
    ),
    "button in an input": ([text_input()], [{"type": "input", "label": plain(1), "element": button()}]),
    "block_id twice": ([section(block_id="a"), section(block_id="b")], [section(block_id="a")] * 2),
    "action_id twice": ([actions(button(), button(action_id="b"))], [actions(button(), button())]),
    "alert outside a modal": ([section()], [{"type": "alert", "text": plain(1)}]),
    "rich text element": (
        [
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [plain(1) | {"type": "text"}]}],
            }
        ],
        [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [plain(1)]}]}],
    ),
    "mrkdwn in rich text": (
        [{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": []}]}],
        [{"type": "rich_text", "elements": [{"type": "mrkdwn", "text": "x"}]}],
    ),
    "date": (
        [actions({"type": "datepicker", "action_id": "a", "initial_date": "2026-01-31"})],
        [actions({"type": "datepicker", "action_id": "a", "initial_date": "31.1.2026"})],
    ),
    "response_url_enabled outside a modal": (
        [actions({"type": "conversations_select", "action_id": "a"})],
        [actions({"type": "conversations_select", "action_id": "a", "response_url_enabled": True})],
    ),
}


@pytest.mark.parametrize("what", WITHIN_AND_BEYOND)
def test_a_message_within_the_limit_passes_and_one_beyond_is_refused(what: str) -> None:
    within, beyond = WITHIN_AND_BEYOND[what]
    check_message_blocks(within)
    with pytest.raises(SlackError) as refused:
        check_message_blocks(beyond)
    assert refused.value.name == "invalid_blocks"
    assert all("json-pointer:/blocks" in message for message in refused.value.messages)
    assert refused.value.messages


def modal(**fields: Any) -> Json:
    return {"type": "modal", "title": plain(1), "blocks": [section()]} | fields


VIEWS: dict[str, tuple[Json, Json]] = {
    "blocks": (modal(blocks=[{"type": "divider"}] * 100), modal(blocks=[{"type": "divider"}] * 101)),
    "title": (modal(title=plain(24)), modal(title=plain(25))),
    "title kind": (modal(title=plain(1)), modal(title=mrkdwn(1))),
    "submit": (modal(submit=plain(24)), modal(submit=plain(25))),
    "close": (modal(close=plain(24)), modal(close=plain(25))),
    "private_metadata": (modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001)),
    "callback_id": (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
    "external_id": (modal(external_id="x" * 255), modal(external_id="x" * 256)),
    "input needs submit": (modal(blocks=[text_input()], submit=plain(1)), modal(blocks=[text_input()])),
    "alert": (
        modal(blocks=[{"type": "alert", "text": plain(200)}]),
        modal(blocks=[{"type": "alert", "text": plain(201)}]),
    ),
    "message-only blocks": (modal(), modal(blocks=[{"type": "markdown", "text": "x"}])),
    "kind": (modal(), modal(type="home")),
    "unknown field": (modal(), modal(colour="red")),
    "conversation with a response url": (
        modal(
            submit=plain(1),
            blocks=[
                {
                    "type": "input",
                    "label": plain(1),
                    "element": {
                        "type": "conversations_select",
                        "action_id": "a",
                        "response_url_enabled": True,
                    },
                }
            ],
        ),
        modal(
            blocks=[
                actions({"type": "conversations_select", "action_id": "a", "response_url_enabled": True})
            ],
        ),
    ),
}


@pytest.mark.parametrize("what", VIEWS)
def test_a_modal_within_the_limit_passes_and_one_beyond_is_refused(what: str) -> None:
    within, beyond = VIEWS[what]
    check_view(within, "modal")
    with pytest.raises(SlackError) as refused:
        check_view(beyond, "modal")
    assert refused.value.name == "invalid_arguments"
    assert refused.value.messages


def test_a_view_above_250_kilobytes_is_too_large() -> None:
    blocks = [section(text=plain(2990))] * 90
    with pytest.raises(SlackError) as refused:
        check_view(modal(blocks=blocks), "modal")
    assert refused.value.name == "view_too_large"
    check_view(modal(blocks=blocks[:80]), "modal")


def test_blocks_that_are_no_list_have_their_own_error() -> None:
    with pytest.raises(SlackError) as refused:
        check_message_blocks({"type": "section"})
    assert refused.value.name == "invalid_blocks_format"


def test_a_home_tab_takes_100_blocks_but_no_modal_fields() -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}] * 100}
    check_view(home, "home")
    for beyond in (home | {"title": plain(1)}, home | {"blocks": [{"type": "divider"}] * 101}):
        with pytest.raises(SlackError):
            check_view(beyond, "home")
