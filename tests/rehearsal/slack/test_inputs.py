"""Inputs: what people type and choose arrives as Slack's state, and external selects ask the app."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import PersonError
from tests.rehearsal.slack.apps import modal, over_socket, probe
from tests.rehearsal.slack.conftest import House

Json = dict[str, Any]

LABEL = {"type": "plain_text", "text": "l"}
OPTIONS = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("a", "b", "c")]


def asking(*elements: Json, **block: Any) -> Json:
    """A modal with one input block `b0`, `b1`, ... per element, each with the action id `x`."""
    blocks = [
        {"type": "input", "block_id": f"b{number}", "label": LABEL, "element": {"action_id": "x"} | element}
        | block
        for number, element in enumerate(elements)
    ]
    return modal() | {"blocks": blocks}


async def opened(house: House, client: AsyncWebClient, view: Json) -> str:
    trigger_id = house.slack.installation.triggers.issue(house.anna)
    return str((await client.views_open(trigger_id=trigger_id, view=view))["view"]["id"])


CASES: list[tuple[Json, Any, str, Any]] = [
    ({"type": "plain_text_input"}, "hello", "value", "hello"),
    ({"type": "static_select", "options": OPTIONS}, "b", "selected_option", OPTIONS[1]),
    ({"type": "radio_buttons", "options": OPTIONS}, "c", "selected_option", OPTIONS[2]),
    ({"type": "checkboxes", "options": OPTIONS}, ["a", "c"], "selected_options", [OPTIONS[0], OPTIONS[2]]),
    ({"type": "multi_static_select", "options": OPTIONS}, ["b"], "selected_options", [OPTIONS[1]]),
    (
        {"type": "static_select", "option_groups": [{"label": LABEL, "options": OPTIONS}]},
        "a",
        "selected_option",
        OPTIONS[0],
    ),
    ({"type": "users_select"}, "U1", "selected_user", "U1"),
    ({"type": "multi_users_select"}, ["U1", "U2"], "selected_users", ["U1", "U2"]),
    ({"type": "channels_select"}, "C1", "selected_channel", "C1"),
    ({"type": "conversations_select"}, "C1", "selected_conversation", "C1"),
    ({"type": "datepicker"}, "2026-05-01", "selected_date", "2026-05-01"),
    ({"type": "timepicker"}, "08:30", "selected_time", "08:30"),
    ({"type": "datetimepicker"}, 1_800_000_000, "selected_date_time", 1_800_000_000),
    ({"type": "number_input", "is_decimal_allowed": True}, "1.5", "value", "1.5"),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]['type']}-{case[2]}" for case in CASES])
async def test_each_kind_of_input_submits_its_state(
    house: House, client: AsyncWebClient, case: tuple[Json, Any, str, Any]
) -> None:
    element, value, key, expected = case
    view_id = await opened(house, client, asking(element))
    delivery = await house.slack.as_person(house.anna).submit(view_id, {"b0": {"x": value}})
    state = delivery.payload["view"]["state"]["values"]["b0"]["x"]
    assert state == {"type": element["type"], key: expected}


async def test_initial_values_are_submitted_untouched(house: House, client: AsyncWebClient) -> None:
    view = asking(
        {"type": "plain_text_input", "initial_value": "kept"},
        {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0]},
        {"type": "multi_users_select", "initial_users": ["U1"]},
    )
    delivery = await house.slack.as_person(house.anna).submit(await opened(house, client, view))
    values = delivery.payload["view"]["state"]["values"]
    assert values["b0"]["x"]["value"] == "kept"
    assert values["b1"]["x"]["selected_option"] == OPTIONS[0]
    assert values["b2"]["x"]["selected_users"] == ["U1"]


async def test_an_optional_input_may_stay_empty(house: House, client: AsyncWebClient) -> None:
    view_id = await opened(house, client, asking({"type": "plain_text_input"}, optional=True))
    delivery = await house.slack.as_person(house.anna).submit(view_id)
    assert delivery.payload["view"]["state"]["values"]["b0"]["x"]["value"] is None


async def test_a_limit_of_choices_holds(house: House, client: AsyncWebClient) -> None:
    element = {"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 2}
    view_id = await opened(house, client, asking(element))
    with pytest.raises(PersonError, match="At most 2"):
        await house.slack.as_person(house.anna).fill(view_id, {"b0": {"x": ["a", "b", "c"]}})


async def test_a_choice_tells_the_app_only_where_it_dispatches(house: House, client: AsyncWebClient) -> None:
    anna = house.slack.as_person(house.anna)
    element = {"type": "static_select", "options": OPTIONS}
    silent = await opened(house, client, asking(element))
    with pytest.raises(PersonError, match="use fill"):
        await anna.choose_in(silent, "x", "a")
    telling = await opened(house, client, asking(element, dispatch_action=True))
    delivery = await anna.choose_in(telling, "x", "a")
    assert delivery.payload["container"] == {"type": "view", "view_id": telling}
    assert delivery.payload["view"]["state"]["values"]["b0"]["x"]["selected_option"] == OPTIONS[0]
    await anna.fill(telling, {"b0": {"x": "b"}})
    assert delivery.payload["view"]["state"]["values"]["b0"]["x"]["selected_option"] == OPTIONS[0]


async def test_a_chosen_conversation_brings_its_response_url(house: House, client: AsyncWebClient) -> None:
    view_id = await opened(
        house, client, asking({"type": "conversations_select", "response_url_enabled": True})
    )
    delivery = await house.slack.as_person(house.anna).submit(view_id, {"b0": {"x": house.alerts}})
    (entry,) = delivery.payload["response_urls"]
    assert (entry["block_id"], entry["action_id"], entry["channel_id"]) == ("b0", "x", house.alerts)
    assert entry["response_url"].startswith(house.slack.origin)


async def test_an_external_select_asks_the_app(house: House) -> None:
    async with probe(house.slack) as app:

        @app.app.options("x")
        async def options(ack: AsyncAck, body: Json) -> None:
            found = [option for option in OPTIONS if option["value"] == body["value"]]
            await ack(options=found)

        async with over_socket(house.slack, app):
            element = {"type": "external_select", "min_query_length": 1}
            view_id = await opened(house, app.client, asking(element, dispatch_action=True))
            anna = house.slack.as_person(house.anna)
            asked = await (await anna.suggest(view_id, "x", "b")).settled()
            assert asked.response == {"options": [OPTIONS[1]]}
            chosen = await anna.choose_in(view_id, "x", "b", offered=asked.response["options"])
            assert chosen.payload["actions"][0]["selected_option"] == OPTIONS[1]
            with pytest.raises(PersonError, match="from 1 characters on"):
                await anna.suggest(view_id, "x", "")


async def test_a_modal_can_be_left_by_closing_the_whole_stack(house: House, client: AsyncWebClient) -> None:
    view_id = await opened(house, client, modal())
    anna = house.slack.as_person(house.anna)
    assert await anna.close_view(view_id, whole_stack=True) is None
    assert anna.views() == []
    with pytest.raises(PersonError, match="not open"):
        await anna.submit(view_id, {})


async def test_a_modal_without_a_submit_button_is_not_submitted(house: House, client: AsyncWebClient) -> None:
    view = {"type": "modal", "title": LABEL, "blocks": [{"type": "divider"}]}
    view_id = await opened(house, client, view)
    with pytest.raises(PersonError, match="no submit button"):
        await house.slack.as_person(house.anna).submit(view_id)


async def test_a_submission_that_nobody_acknowledges_leaves_the_modal_open(
    house: House, client: AsyncWebClient
) -> None:
    view_id = await opened(house, client, modal())
    anna = house.slack.as_person(house.anna)
    delivery = await anna.submit(view_id, {"reason": {"text": "x"}})
    assert (await delivery.settled()).outcome == "not_acknowledged"
    assert [view["id"] for view in anna.views()] == [view_id]


@pytest.mark.parametrize(
    ("answer", "outcome", "whispers"),
    [
        ("", "acknowledged", []),
        ("hi", "answered", ["hi"]),
        ({"text": "all", "response_type": "in_channel"}, "answered", []),
        ({"text": "x", "blocks": [{"type": "nothing"}]}, "refused: invalid_blocks", []),
    ],
)
async def test_what_comes_with_a_commands_acknowledgement(
    house: House, answer: Any, outcome: str, whispers: list[str]
) -> None:
    async with probe(house.slack) as app:

        @app.app.command("/raw")
        async def raw(ack: AsyncAck) -> None:
            await (ack(**answer) if isinstance(answer, dict) else ack(answer))

        async with over_socket(house.slack, app):
            anna = house.slack.as_person(house.anna)
            delivery = await (await anna.command(house.alerts, "/raw", "@ben <b>")).settled()
            assert delivery.payload["text"] == "@ben <b>"
            assert delivery.outcome.startswith(outcome)
            seen = anna.sees(house.alerts)
            assert [message["text"] for message in seen if message.get("ephemeral")] == whispers
            in_channel = outcome == "answered" and not whispers
            assert [message["text"] for message in house.slack.messages(house.alerts)] == ["all"] * in_channel


async def test_archived_and_read_only_places_have_no_composer(house: House) -> None:
    anna = house.slack.as_person(house.anna)
    elsewhere = house.slack.add_channel("elsewhere")
    with pytest.raises(PersonError, match="must join"):
        await anna.say(elsewhere, "hi")
    house.slack.changes.archive(house.alerts)
    with pytest.raises(PersonError, match="archived"):
        await anna.command(house.alerts, "/probe")
    with pytest.raises(PersonError, match="Nobody can write"):
        await anna.say(house.alerts, "hi")
    house.slack.changes.unarchive(house.alerts)
    await anna.say(house.alerts, "hi")
    assert [message["text"] for message in anna.sees(house.alerts)] == ["hi"]
