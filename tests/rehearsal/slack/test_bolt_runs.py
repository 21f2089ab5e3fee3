"""An unmodified Bolt app runs its command, button, modal and Home tab on the stand-in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import InputError, SlackSandbox
from tests.rehearsal.slack.apps import Probe, buttons, manifest, modal, over_http, over_socket, probe

Json = dict[str, Any]


@pytest.fixture(params=["socket", "http"])
async def running(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SlackSandbox, Probe]]:
    by_socket = request.param == "socket"
    slack = SlackSandbox(manifest(socket_mode=by_socket))
    await slack.start()
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(probe(slack))
        _register(app)
        await stack.enter_async_context(over_socket(slack, app) if by_socket else over_http(slack, app))
        yield slack, app
    await slack.close()


def _register(running: Probe) -> None:
    app = running.app

    @app.command("/probe")
    async def command(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        running.seen.append(("command", body))
        await ack(f"You asked {body['text']}")
        await client.views_open(trigger_id=body["trigger_id"], view=modal(second=True))

    @app.action("approve")
    async def approve(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        running.seen.append(("approve", body))
        await ack()
        if "response_url" in body:
            await respond(text="approved", replace_original=True)

    @app.view("why")
    async def submitted(ack: AsyncAck, body: Json) -> None:
        running.seen.append(("why", body))
        text = body["view"]["state"]["values"]["reason"]["text"]["value"]
        if text == "no":
            await ack(response_action="errors", errors={"reason": "Say more"})
        elif text == "next":
            await ack(response_action="update", view=modal(title="Changed", callback_id="changed"))
        else:
            await ack()

    @app.view("changed")
    async def changed(ack: AsyncAck, body: Json) -> None:
        running.seen.append(("changed", body))
        await ack()

    @app.event("app_home_opened")
    async def home(event: Json, client: AsyncWebClient) -> None:
        running.seen.append(("home", event))
        section = {"type": "section", "text": {"type": "plain_text", "text": "Your queue"}}
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [section, *buttons("approve")]}
        )


async def test_a_command_is_answered_privately_and_opens_a_modal(running: tuple[SlackSandbox, Probe]) -> None:
    slack, app = running
    anna = slack.add_person("anna")
    alerts = slack.add_channel("alerts", members=[anna])
    delivery = await slack.as_person(anna).command(alerts, "/probe", "about PC-1 <&> @anna #alerts")
    await delivery.settled()
    assert delivery.acked
    assert delivery.outcome == "answered"
    assert delivery.acked_after_s is not None
    assert delivery.acked_after_s < 3
    text = app.seen[0][1]["text"]
    assert text == f"about PC-1 &lt;&amp;&gt; <@{anna}|anna> <#{alerts}|alerts>"
    whispers = [message for message in slack.as_person(anna).sees(alerts) if message.get("ephemeral")]
    assert [message["text"] for message in whispers] == [f"You asked {text}"]
    view = (await slack.wait_for(lambda: slack.views(anna)))[-1]
    assert view["callback_id"] == "why"


async def test_a_press_is_acknowledged_and_replaces_the_message(running: tuple[SlackSandbox, Probe]) -> None:
    slack, app = running
    anna = slack.add_person("anna")
    alerts = slack.add_channel("alerts", members=[anna])
    posted = await app.client.chat_postMessage(
        channel=alerts, text="decide", blocks=buttons("approve", "deny")
    )
    delivery = await slack.as_person(anna).click(alerts, str(posted["ts"]), "approve")
    await delivery.settled()
    assert delivery.acked
    await slack.wait_for(lambda: slack.message(alerts, str(posted["ts"]))["text"] == "approved")
    payload = app.seen[0][1]
    assert payload["user"] == {"id": anna, "username": "anna", "name": "anna", "team_id": slack.team_id}
    assert payload["container"]["message_ts"] == posted["ts"]
    assert payload["message"]["blocks"][0]["elements"][1]["value"] == "deny"
    assert payload["actions"][0]["value"] == "approve"


async def test_a_modal_shows_errors_then_changes_then_closes(running: tuple[SlackSandbox, Probe]) -> None:
    slack, app = running
    anna = slack.add_person("anna")
    person = slack.as_person(anna)
    slack.add_channel("alerts", members=[anna])
    await (await person.command("alerts", "/probe")).settled()
    view = (await slack.wait_for(person.views))[-1]

    with pytest.raises(InputError) as refused:
        await person.submit(view["id"], {"reason": {"text": ""}})
    assert sorted(refused.value.by_block) == ["reach", "reason"]
    assert [name for name, _ in app.seen] == ["command"]

    answered = await (
        await person.submit(view["id"], {"reason": {"text": "no"}, "reach": {"pick": "org"}})
    ).settled()
    assert answered.outcome == "errors"
    assert person.views()[-1]["errors"] == {"reason": "Say more"}
    values = app.seen[1][1]["view"]["state"]["values"]
    assert values["reach"]["pick"]["selected_option"]["value"] == "org"

    answered = await (await person.submit(view["id"], {"reason": {"text": "next"}})).settled()
    assert answered.outcome == "updated"
    assert person.views()[-1]["title"]["text"] == "Changed"
    assert person.views()[-1]["id"] == view["id"]
    assert person.views()[-1]["hash"] != view["hash"]

    answered = await (await person.submit(view["id"], {"reason": {"text": "fine"}})).settled()
    assert answered.outcome == "closed"
    assert person.views() == []


async def test_the_home_tab_is_published_when_it_is_opened(running: tuple[SlackSandbox, Probe]) -> None:
    slack, app = running
    anna = slack.add_person("anna")
    person = slack.as_person(anna)
    delivery = await person.open_home()
    assert delivery is not None
    await delivery.settled()
    assert delivery.acked
    home = await slack.wait_for(person.home)
    assert home["type"] == "home"
    assert home["blocks"][0]["text"]["text"] == "Your queue"
    await (await person.click_in(home["id"], "approve")).settled()
    assert app.seen[-1][0] == "approve"
    assert app.seen[-1][1]["container"] == {"type": "view", "view_id": home["id"]}
