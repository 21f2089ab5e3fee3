"""Trigger ids and views: once, within three seconds, three deep, and never over a newer content."""

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import InputError, PersonError
from rehearsal.slack.modal import answer_submission
from tests.rehearsal.slack.apps import modal
from tests.rehearsal.slack.conftest import House
from tests.rehearsal.slack.refusals import error_of, refusal

Json = dict[str, Any]


def trigger(house: House, user_id: str = "") -> str:
    """A trigger id as an interaction would carry it."""
    return house.slack.installation.triggers.issue(user_id or house.anna)


async def test_a_trigger_opens_one_view_within_three_seconds(house: House, client: AsyncWebClient) -> None:
    used = trigger(house)
    await client.views_open(trigger_id=used, view=modal())
    assert await error_of(client.views_open(trigger_id=used, view=modal())) == "exchanged_trigger_id"
    late = trigger(house)
    house.slack.advance(timedelta(seconds=3.1))
    assert await error_of(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="1.2.abc", view=modal())) == "invalid_trigger_id"


async def test_a_refused_view_does_not_use_the_trigger_up(house: House, client: AsyncWebClient) -> None:
    trigger_id = trigger(house)
    answer = await refusal(client.views_open(trigger_id=trigger_id, view=modal(title="x" * 25)))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"][0].endswith("[json-pointer:/view/title/text]")
    assert (await client.views_open(trigger_id=trigger_id, view=modal()))["ok"]


async def test_three_views_stack_and_only_the_top_one_can_be_used(
    house: House, client: AsyncWebClient
) -> None:
    assert await error_of(client.views_push(trigger_id=trigger(house), view=modal())) == "not_found"
    first = (await client.views_open(trigger_id=trigger(house), view=modal()))["view"]
    second = (await client.views_push(trigger_id=trigger(house), view=modal()))["view"]
    third = (await client.views_push(trigger_id=trigger(house), view=modal()))["view"]
    assert [second["previous_view_id"], third["root_view_id"]] == [first["id"], first["id"]]
    assert await error_of(client.views_push(trigger_id=trigger(house), view=modal())) == "push_limit_reached"
    person = house.slack.as_person(house.anna)
    with pytest.raises(PersonError):
        await person.fill(first["id"], {"reason": {"text": "hidden"}})
    await person.close_view(third["id"])
    assert [view["id"] for view in person.views()] == [first["id"], second["id"]]


async def test_an_update_with_an_old_hash_is_a_conflict(house: House, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=trigger(house), view=modal(external_id="mine")))["view"]
    updated = await client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(title="New"))
    assert updated["view"]["title"]["text"] == "New"
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal())
    assert await error_of(stale) == "hash_conflict"
    assert await error_of(client.views_update(view_id="V0", view=modal())) == "not_found"
    assert await error_of(client.views_update(external_id="mine", view=modal())) == "not_found"


async def test_an_external_id_names_one_view_only(house: House, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=trigger(house), view=modal(external_id="mine"))
    again = client.views_open(trigger_id=trigger(house, house.ben), view=modal(external_id="mine"))
    assert await error_of(again) == "duplicate_external_id"
    found = await client.views_update(external_id="mine", view=modal(title="Found", external_id="mine"))
    assert found["view"]["title"]["text"] == "Found"


async def test_a_closed_view_can_no_longer_be_updated(house: House, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=trigger(house), view=modal(notify_on_close=True)))["view"]
    closed = await house.slack.as_person(house.anna).close_view(opened["id"])
    assert closed is not None
    assert closed.payload["type"] == "view_closed"
    assert await error_of(client.views_update(view_id=opened["id"], view=modal())) == "not_found"


async def test_what_was_typed_survives_an_update_of_the_view(house: House, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=trigger(house), view=modal()))["view"]
    person = house.slack.as_person(house.anna)
    await person.fill(opened["id"], {"reason": {"text": "half a sen"}})
    await client.views_update(view_id=opened["id"], view=modal(second=True))
    assert person.views()[-1]["state"]["values"]["reason"]["text"]["value"] == "half a sen"


async def test_the_client_checks_what_was_typed(house: House, client: AsyncWebClient) -> None:
    element: Json = {"type": "plain_text_input", "action_id": "text", "min_length": 3, "max_length": 5}
    label = {"type": "plain_text", "text": "l"}
    blocks: list[Json] = [
        {"type": "input", "block_id": "short", "label": label, "element": element},
        {"type": "input", "block_id": "number", "label": label, "optional": True,
         "element": {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "max_value": "9"}},
        {"type": "input", "block_id": "mail", "label": label, "optional": True,
         "element": {"type": "email_text_input", "action_id": "m"}},
        {"type": "input", "block_id": "url", "label": label, "optional": True,
         "element": {"type": "url_text_input", "action_id": "u"}},
    ]  # fmt: skip
    view = (await client.views_open(trigger_id=trigger(house), view=modal() | {"blocks": blocks}))["view"]
    person = house.slack.as_person(house.anna)
    wrong = {"short": {"text": "ab"}, "number": {"n": "12"}, "mail": {"m": "nobody"}, "url": {"u": "there"}}
    with pytest.raises(InputError) as refused:
        await person.submit(view["id"], wrong)
    assert sorted(refused.value.by_block) == ["mail", "number", "short", "url"]
    with pytest.raises(PersonError, match="no input"):
        await person.submit(view["id"], {"nowhere": {"text": "x"}})


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "trouble: invalid_errors"),
        ({"response_action": "update", "view": {"type": "modal"}}, "trouble: invalid_arguments"),
        ({"response_action": "dance"}, "trouble: invalid_response_action"),
        ({"response_action": "push", "view": modal()}, "pushed"),
        ({"response_action": "clear"}, "cleared"),
        ({}, "closed"),
    ],
)
async def test_answers_to_a_submission(
    house: House, client: AsyncWebClient, response: Json, outcome: str
) -> None:
    """An answer that Slack cannot follow leaves the modal open with trouble; the others are followed."""
    opened = (await client.views_open(trigger_id=trigger(house), view=modal()))["view"]
    view = house.slack.installation.views.find(opened["id"])
    assert view is not None
    assert answer_submission(house.slack.installation, view, response).startswith(outcome)
    left = {"pushed": 2, "cleared": 0, "closed": 0}.get(outcome, 1)
    assert len(house.slack.views(house.anna)) == left


async def test_a_home_tab_is_published_per_person(house: House, client: AsyncWebClient) -> None:
    home: Json = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id=house.anna, view=home))["view"]
    await client.views_publish(user_id=house.anna, view=home, hash=first["hash"])
    assert (
        await error_of(client.views_publish(user_id=house.anna, view=home, hash=first["hash"]))
        == "hash_conflict"
    )
    assert await error_of(client.views_publish(user_id="U0", view=home)) == "user_not_found"
    assert house.slack.home(house.ben) is None
    shown = house.slack.home(house.anna)
    assert shown is not None
    assert shown["id"] == first["id"]
