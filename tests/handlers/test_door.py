"""P4: every press is stored and then acknowledged, or answered “not recorded”; no listener ever loses its ack."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from bot.cards.kit import ids
from bot.cards.kit.ids import CaseRef
from bot.chat import ChatBusy, ChatUnreachable
from bot.ledger import LedgerUnavailable
from bot.models import LimitsSection
from handlers import door as doors
from tests.handlers.bolt import Entrance, Json, bolt, click, command, dispatch, said, submission, told

HOME: Json = {"type": "app_home_opened", "user": "U0ANA", "tab": "home", "channel": "D1"}
AWAY = LedgerUnavailable("no server")


@pytest.fixture
def entrance() -> Entrance:
    """A door with an empty shelf."""
    return Entrance()


# Bolt loses an acknowledgement that was given before a listener failed


async def test_bolt_drops_the_ack_of_a_listener_that_fails_after_it() -> None:
    """This is why none of ours may raise; if Bolt changes, this test says so."""
    app = bolt()

    async def fails(ack: AsyncAck) -> None:
        await ack()
        raise RuntimeError("after the acknowledgement")

    app.action("case.claim.v1")(fails)
    assert (await dispatch(app, click())).status == 500


@pytest.mark.parametrize("breaks", [AWAY, RuntimeError("bug"), KeyError("x")])
@pytest.mark.parametrize(
    ("body", "status"),
    [(click(), 503), (submission(), 200), (command(), 200), (told(HOME), 200)],
    ids=["click", "submission", "command", "home"],
)
async def test_whatever_breaks_behind_the_door_the_delivery_is_answered(
    entrance: Entrance, breaks: Exception, body: Json, status: int
) -> None:
    """The acknowledgement of a form or a command holds the words; that of a click holds none, and here is nobody to
    say them to: Slack tells the presser."""
    entrance.shelf.breaks = breaks
    assert (await entrance.deliver(body)).status == status
    assert entrance.outcomes == ["not recorded"]
    assert entrance.rung == []


SHAPES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["id", "hash", "state", "values", "type", "block_id", "value", "selected_options", "tab"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
NAMES = ["view", "actions", "user", "team", "channel", "container", "event", "trigger_id", "event_id"]


@pytest.mark.unmeasured
@settings(max_examples=150)
@given(
    st.sampled_from(["click", "submission", "command", "event"]),
    st.dictionaries(st.sampled_from(NAMES), SHAPES, max_size=3),
)
async def test_no_shape_of_a_payload_makes_a_listener_raise(kind: str, bent: Json) -> None:
    """Straight into our listeners, past Bolt's own matching: none raises, each acknowledges or leaves it to Slack to
    tell of a click that nobody can be answered about."""
    entrance = Entrance()
    bodies = {"click": click(), "submission": submission(), "command": command(), "event": told(HOME)}
    acks: list[Any] = []

    async def ack(**more: Any) -> None:
        acks.append(more)

    left_to_slack = await _listener(entrance, kind)(**_arguments(kind, bodies[kind] | bent, ack))
    assert len(acks) == 1 if left_to_slack is None else kind == "click" and left_to_slack.status == 503


def _listener(entrance: Entrance, kind: str) -> Any:

    makers = {
        "click": doors._on_action,
        "submission": doors._on_submission,
        "command": doors._on_command,
        "event": doors._on_event,
    }
    return makers[kind](entrance.door)


def _arguments(kind: str, body: Json, ack: Any) -> Json:
    async def respond(**_: Any) -> None:
        return None

    return {"ack": ack, "body": body} | ({"respond": respond} if kind == "click" else {})


# Clicks


async def test_a_click_is_stored_rung_for_and_acknowledged(entrance: Entrance) -> None:
    assert (await entrance.deliver(click())).status == 200
    assert entrance.press.name == ids.CLAIM
    assert (entrance.rung, entrance.outcomes) == (["rung"], ["stored"])


@pytest.mark.parametrize("actions", [[], [{}], None], ids=["none", "empty", "null"])
async def test_a_click_that_names_no_action_is_not_acknowledged(entrance: Entrance, actions: Any) -> None:
    """Nobody can be answered here, so Slack tells the presser."""
    assert (await entrance.deliver(click() | {"actions": actions})).status == 503
    assert entrance.outcomes == ["not understood"]


async def test_a_replay_is_dropped_and_acknowledged(entrance: Entrance) -> None:
    for _ in range(2):
        assert (await entrance.deliver(click())).status == 200
    assert len(entrance.shelf.presses) == 1
    assert entrance.outcomes == ["stored", "replayed"]


@pytest.mark.parametrize(
    "action",
    [
        {"action_id": ids.OPEN_PORTAL},
        {"action_id": ids.OPEN_CARD},
        {
            "action_id": ids.MORE,
            "type": "overflow",
            "selected_option": {"value": ids.more_value(ids.PORTAL, CaseRef("c1", 2))},
        },
    ],
    ids=["portal button", "card button", "portal option"],
)
async def test_a_link_is_the_browsers_work_and_is_only_acknowledged(entrance: Entrance, action: Json) -> None:
    assert (await entrance.deliver(click(action))).status == 200
    assert entrance.shelf.presses == {}


async def test_a_click_that_is_not_understood_and_has_no_address_is_counted_and_left_to_slack(
    entrance: Entrance,
) -> None:
    assert (await entrance.deliver(click(trigger_id=""))).status == 503
    assert entrance.outcomes == ["not understood"]


@pytest.mark.parametrize("bent", [{"actions": []}, {"trigger_id": ""}, {"user": {}}])
async def test_a_click_that_is_not_understood_is_answered_in_words(entrance: Entrance, bent: Json) -> None:
    respond = Respond(Reply(200))

    async def ack() -> None:
        return None

    body = click(response_url="https://x") | bent
    await _listener(entrance, "click")(ack=ack, body=body, respond=respond)
    await entrance.door.drain()
    assert "could not be read, so nothing was done" in respond.told[0]["text"]


@pytest.mark.parametrize("metadata", ["", "no case", "|" + "[" * 5000, "\ud800"])
async def test_a_form_that_carries_no_case_does_not_close_as_if_it_were_done(
    entrance: Entrance, metadata: str
) -> None:
    response = await entrance.deliver(submission({"private_metadata": metadata}))
    assert (response.status, said(response)["response_action"]) == (200, "errors")
    assert "could not be read, so nothing was done" in str(said(response)["errors"])
    assert entrance.outcomes == ["not understood"]


async def test_a_command_that_is_not_understood_is_answered_in_words(entrance: Entrance) -> None:
    response = await entrance.deliver(command(trigger_id=""))
    assert "could not be read, so nothing was done" in said(response)["text"]


class Respond:
    """Slack's `response_url`, as a listener gets it."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.told: list[Json] = []

    async def __call__(self, **said: Any) -> Any:
        self.told.append(said)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Reply:
    """What Slack answers to a `response_url`."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@pytest.mark.parametrize(
    ("outcome", "acks"), [(Reply(200), 1), (Reply(404), 1), (None, 1), (OSError("no way out"), 0)]
)
async def test_a_click_that_cannot_be_stored_is_answered_not_recorded_press_again(
    entrance: Entrance, outcome: Any, acks: int
) -> None:
    """And acknowledged once that is said: where it cannot be said Slack tells of a failure."""
    entrance.shelf.breaks = AWAY
    respond = Respond(outcome)
    acked: list[int] = []

    async def ack() -> None:
        acked.append(1)

    await _listener(entrance, "click")(ack=ack, body=click(response_url="https://x"), respond=respond)
    await entrance.door.drain()
    (told_once,) = respond.told
    assert "Not recorded" in told_once["text"]
    assert (told_once["response_type"], told_once["replace_original"]) == ("ephemeral", False)
    assert acked == [1] * acks


async def _unstored(entrance: Entrance, respond: Any) -> BoltResponse | None:
    """A click while the ledger is away; None: it was acknowledged."""
    entrance.shelf.breaks = AWAY
    acked: list[int] = []

    async def ack() -> None:
        acked.append(1)

    body = click(response_url="https://x")
    left: BoltResponse | None = await _listener(entrance, "click")(ack=ack, body=body, respond=respond)
    assert acked == ([1] if left is None else [])
    return left


async def test_p4_a_click_that_is_neither_stored_nor_answered_in_time_is_not_acknowledged(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may die before its next try: then Slack tells. Our words are the better ones, if they come."""
    monkeypatch.setattr(doors, "_ANSWERED_S", 0.01)
    heard: list[str] = []
    may_be_said = asyncio.Event()

    async def respond(**said: Any) -> None:
        await may_be_said.wait()
        heard.append(said["text"])

    left = await _unstored(entrance, respond)
    assert left is not None
    assert (left.status, heard) == (503, [])
    may_be_said.set()
    await entrance.door.drain()
    assert "Not recorded" in heard[0]


async def test_who_could_not_be_told_is_told_again(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P4: the ledger is away and Slack too busy. Nothing is stored that would say it later."""
    monkeypatch.setattr(doors, "_TOLD_AGAIN_AFTER_S", (0.0, 0.0, 0.0))
    troubles = [ChatBusy("response_url", 0.0), ChatUnreachable("response_url", "HTTP 503", maybe_done=True)]
    told: list[str] = []

    async def respond(**said: Any) -> None:
        if troubles:
            raise troubles.pop()
        told.append(said["text"])

    await _unstored(entrance, respond)
    await entrance.door.drain()
    assert len(told) == 1
    assert "Not recorded" in told[0]


async def test_an_answer_that_slack_never_takes_is_given_up_and_holds_up_no_stop(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    async def respond(**said: Any) -> None:
        tries.append(1)
        raise ChatBusy("response_url", 0.0)

    monkeypatch.setattr(doors, "_TOLD_AGAIN_AFTER_S", (0.0, 0.0, 0.0))
    await _unstored(entrance, respond)
    await entrance.door.drain()
    assert len(tries) == 4
    monkeypatch.setattr(doors, "_TOLD_AGAIN_AFTER_S", (3600.0,))
    monkeypatch.setattr(doors, "_TOLD_WITHIN_S", 0.01)
    monkeypatch.setattr(doors, "_ANSWERED_S", 0.01)
    await _unstored(entrance, respond)
    await entrance.door.drain()
    assert len(tries) == 5
    assert not entrance.door._telling


@pytest.mark.parametrize("what", ["click", "command", "submission"])
async def test_what_may_have_been_recorded_is_not_told_as_nothing_done(entrance: Entrance, what: str) -> None:
    """The ledger took it and hung: the press may be carried out yet, so “nothing was done” would be a guess."""
    entrance.shelf.breaks = LedgerUnavailable("no answer", maybe_done=True)
    if what == "click":
        respond = Respond(Reply(200))

        async def ack() -> None:
            return None

        await _listener(entrance, "click")(ack=ack, body=click(response_url="https://x"), respond=respond)
        await entrance.door.drain()
        told = str(respond.told)
    else:
        told = str(said(await entrance.deliver(command() if what == "command" else submission())))
    assert "not known whether this was recorded" in told
    assert "othing was done" not in told


async def test_who_presses_too_often_is_told_once_and_nothing_more_is_recorded(entrance: Entrance) -> None:
    entrance.door.limits = LimitsSection(presses_a_minute=10)
    respond = Respond(Reply(200))

    async def ack() -> None:
        return None

    for n in range(25):
        body = click(response_url="https://x", trigger_id=f"t{n}")
        await _listener(entrance, "click")(ack=ack, body=body, respond=respond)
    await entrance.door.drain()
    assert len(entrance.shelf.presses) == 10
    (told_once,) = respond.told
    assert "too many presses" in told_once["text"]
    assert entrance.outcomes.count("limited") == 15


async def test_p4_a_click_without_an_answer_address_is_acknowledged_only_if_it_is_stored(
    entrance: Entrance,
) -> None:
    """Those in App Home and in forms: acknowledged, an unrecorded one would look done, and nobody could be told."""
    body = click(response_url="")
    assert (await entrance.deliver(body)).status == 200
    entrance.shelf.breaks = AWAY
    assert (await entrance.deliver(body)).status == 503


async def test_a_draining_process_takes_nothing_in_and_says_so(entrance: Entrance) -> None:
    entrance.door.closing = True
    response = await entrance.deliver(command())
    assert "Not recorded" in said(response)["text"]
    assert entrance.shelf.presses == {}


# Submissions


async def test_a_submission_is_stored_and_the_modal_closes(entrance: Entrance) -> None:
    response = await entrance.deliver(submission())
    assert (response.status, said(response)) == (200, {})
    assert entrance.press.values[ids.REASON_BLOCK] == "Use the store"


async def test_a_submission_that_cannot_be_stored_keeps_the_modal_and_what_was_typed(
    entrance: Entrance,
) -> None:
    entrance.shelf.breaks = AWAY
    answer = said(await entrance.deliver(submission()))
    assert answer["response_action"] == "errors"
    assert "Not recorded" in answer["errors"]["reason"]


@pytest.mark.parametrize("blocks", [[], None, [{"type": "section"}], [{"type": "input"}], "x", ["x"]])
async def test_without_an_input_the_error_still_goes_somewhere(entrance: Entrance, blocks: Any) -> None:
    entrance.shelf.breaks = AWAY
    answer = said(await entrance.deliver(submission({"blocks": blocks})))
    assert answer["response_action"] == "errors"
    assert len(answer["errors"]) == 1


def filled(**values: str) -> Json:
    """A modal's state: text inputs and selects by block id."""
    state = {}
    for block, value in values.items():
        is_select = block in (ids.REACH_BLOCK, ids.COMPUTER_GROUP_BLOCK)
        state[block] = {ids.INPUT: {"selected_option": {"value": value}} if is_select else {"value": value}}
    return {"values": state}


BOTH = {ids.VALIDATED_BLOCK: "called the vendor", ids.CONFIRMED_BLOCK: "Lee"}
MISSING: list[tuple[str, Json, set[str]]] = [
    (ids.DENY_VIEW, {}, {ids.REASON_BLOCK}),
    (ids.DENY_VIEW, {ids.REASON_BLOCK: "   "}, {ids.REASON_BLOCK}),
    (ids.DENY_VIEW, {ids.REASON_BLOCK: "no"}, set()),
    (ids.DENY_VIEW, {ids.REASON_BLOCK: "x"}, {ids.REASON_BLOCK}),
    (ids.DENY_VIEW, {ids.DENY_REASON_BLOCK: "r1"}, set()),
    (ids.DENY_VIEW, {ids.DENY_REASON_BLOCK: "r1", ids.REASON_BLOCK: "no"}, set()),
    (ids.HAND_OVER_VIEW, {}, {ids.REASON_BLOCK}),
    (ids.HAND_OVER_VIEW, {ids.TO_BLOCK: ids.TO_TEAM, ids.REASON_BLOCK: "  "}, {ids.REASON_BLOCK}),
    (ids.HAND_OVER_VIEW, {ids.TO_BLOCK: ids.TO_TEAM, ids.REASON_BLOCK: "yours"}, set()),
    (ids.HAND_OVER_VIEW, {ids.TO_BLOCK: ids.TO_PERSON}, {ids.PERSON_BLOCK, ids.REASON_BLOCK}),
    (ids.HAND_OVER_VIEW, {ids.TO_BLOCK: ids.TO_PERSON, ids.REASON_BLOCK: "yours"}, {ids.PERSON_BLOCK}),
    (ids.APPROVE_VIEW, {}, set()),
    (ids.APPROVE_VIEW, {ids.REACH_BLOCK: "computer"}, set()),
    (ids.APPROVE_VIEW, {ids.REACH_BLOCK: "organization"}, {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}),
    (
        ids.APPROVE_VIEW,
        {ids.REACH_BLOCK: "organization", ids.VALIDATED_BLOCK: "x"},
        {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK},
    ),
    (ids.APPROVE_VIEW, {ids.REACH_BLOCK: "organization", **BOTH}, set()),
    (ids.APPROVE_VIEW, {ids.REACH_BLOCK: "computer_group", **BOTH}, {ids.COMPUTER_GROUP_BLOCK}),
    (ids.APPROVE_VIEW, {ids.REACH_BLOCK: "computer_group", ids.COMPUTER_GROUP_BLOCK: "g1", **BOTH}, set()),
    ("another.view", {}, set()),
]


@pytest.mark.parametrize(("view", "values", "missing"), MISSING)
async def test_what_a_modal_lacks_is_told_field_by_field_in_the_acknowledgement(
    entrance: Entrance, view: str, values: Json, missing: set[str]
) -> None:
    answer = said(await entrance.deliver(submission({"callback_id": view, "state": filled(**values)})))
    assert set(answer.get("errors", {})) == missing
    assert bool(entrance.shelf.presses) is not bool(missing)


# Commands, events, options


@pytest.mark.parametrize("name", ["/blocked", "/gatehouse"])
async def test_our_commands_are_stored_and_acknowledged_silently(entrance: Entrance, name: str) -> None:
    response = await entrance.deliver(command(command=name))
    assert (response.status, response.body) == (200, "")
    assert entrance.press.name == name


async def test_a_command_of_somebody_else_is_told_so(entrance: Entrance) -> None:
    response = await entrance.deliver(command(command="/other"))
    assert "does not know this command" in said(response)["text"]
    assert entrance.shelf.presses == {}


@pytest.mark.parametrize(
    ("event", "stored"),
    [
        (HOME, True),
        ({k: v for k, v in HOME.items() if k != "tab"}, True),
        (HOME | {"tab": "messages"}, False),
        ({"type": "message", "text": "hello", "user": "U0ANA", "channel": "D1"}, False),
    ],
)
async def test_only_the_home_tab_is_a_press(entrance: Entrance, event: Json, stored: bool) -> None:
    assert (await entrance.deliver(told(event))).status == 200
    assert bool(entrance.shelf.presses) is stored


@pytest.mark.parametrize(
    ("event", "channel"),
    [
        ({"type": "channel_archive", "channel": "C1"}, "C1"),
        ({"type": "channel_rename", "channel": {"id": "C2", "name": "x"}}, "C2"),
        ({"type": "group_deleted", "channel": "G1"}, "G1"),
        ({"type": "channel_shared"}, ""),
    ],
)
async def test_a_change_to_a_channel_lets_it_be_looked_at_again(
    entrance: Entrance, event: Json, channel: str
) -> None:
    assert (await entrance.deliver(told(event))).status == 200
    assert entrance.channels == [channel]
    assert entrance.shelf.presses == {}


async def test_a_select_that_asks_for_options_gets_none(entrance: Entrance) -> None:
    body = {
        "type": "block_suggestion",
        "action_id": "any",
        "block_id": "b",
        "value": "x",
        "team": {"id": "T0HOME"},
        "user": {"id": "U0ANA"},
    }
    assert said(await entrance.deliver(body)) == {"options": []}


# What no listener takes

BARE: dict[str, Json] = {
    "rate limited": {
        "type": "app_rate_limited",
        "token": "t",
        "team_id": "T0HOME",
        "minute_rate_limited": 1518467820,
        "api_app_id": "A1",
    },
    "global shortcut": {"type": "shortcut", "callback_id": "c", "user": {"id": "U0ANA"}},
    "message shortcut": {"type": "message_action", "callback_id": "c", "message": {"ts": "1.2"}},
    "closed view": {"type": "view_closed", "view": {"callback_id": "case.deny.v1"}, "is_cleared": True},
    "dialog": {"type": "dialog_submission", "callback_id": "c", "submission": {}},
    "cancelled dialog": {"type": "dialog_cancellation", "callback_id": "c"},
    "dialog's list": {"type": "dialog_suggestion", "callback_id": "c", "name": "n"},
    "old button": {"type": "interactive_message", "callback_id": "c", "actions": [{"name": "a"}]},
    "workflow step": {"type": "workflow_step_edit", "callback_id": "c", "workflow_step": {}},
    "news of later years": {"type": "something_new"},
    "no type": {"team_id": "T0HOME"},
    "event without a type": told({}),
}


@pytest.mark.parametrize("name", BARE)
async def test_what_no_listener_takes_is_acknowledged_and_counted(entrance: Entrance, name: str) -> None:
    """Slack repeats what is answered 404, and switches off the events of an app that often does."""
    assert (await entrance.deliver(BARE[name])).status == 200
    assert entrance.outcomes == ["rate limited" if name == "rate limited" else "of no use"]
    assert entrance.shelf.presses == {}
