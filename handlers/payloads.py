"""Slack's JSON, turned into presses. Nothing of it is trusted: ids are taken as text, wrong shapes are refused.

Keys by which replays are recognized (docs.slack.dev): a `trigger_id` is one per click or command, a submission is
its view's id and hash, an event its `event_id`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.cards.kit import ids
from bot.cards.kit.carried import Carried, carried
from bot.models import AlsoShown, Press, PressKind

Body = Mapping[str, Any]
_HALF = re.compile("[\ud800-\udfff]")


class NotUnderstood(ValueError):
    """A payload without what a press needs; it is acknowledged and logged, and nothing is done."""


def button_press(body: Body, now: datetime) -> Press:
    """A `block_actions` payload: the first of its actions. In a modal it carries what is typed there so far."""
    action = _first(body.get("actions"))
    view = _mapping(body.get("view"))
    if view.get("type") == "modal":
        return _pressed_in_modal(body, view, action, now)
    name, value = _meaning(action)
    because = ids.parse_because(value) if name == ids.APPROVE_BECAUSE else None
    ref = because[1] if because else ids.parse_ref(value)
    container = _mapping(body.get("container"))
    return Press(
        press_id=_press_id("action", _need(body, "trigger_id"), str(action.get("action_ts", ""))),
        kind=PressKind.BUTTON,
        name=name,
        **_who(body),
        received_at=now,
        channel_id=_text(_mapping(body.get("channel")), "id") or _text(container, "channel_id"),
        message_ts=_text(container, "message_ts"),
        **_shown(ref),
        trigger_id=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
        values=_kept_by_home(view) | _chosen(because) | _awaited(ref) | ({} if ref else {"more": value}),
    )


def _chosen(because: tuple[str, ids.CaseRef] | None) -> dict[str, str]:
    """What stands for the reason that was chosen on a card."""
    return {ids.JUSTIFICATION_BLOCK: because[0]} if because else {}


def _pressed_in_modal(body: Body, view: Body, action: Body, now: datetime) -> Press:
    """A button of a modal, or an input that tells its changes: those are told under the modal's own name."""
    name = _need(action, "action_id")
    held = _carried(view)
    named = ids.parse_ref(_text(action, "value")) if name == ids.ONE_DETAILS else None
    ref = named or ids.parse_ref(held.ref)
    return Press(
        press_id=_press_id("action", _need(body, "trigger_id"), str(action.get("action_ts", ""))),
        kind=PressKind.BUTTON,
        name=ids.changed(_need(view, "callback_id")) if name == ids.INPUT else name,
        **_who(body),
        received_at=now,
        channel_id=held.channel_id,
        **_shown(ref),
        trigger_id=_text(body, "trigger_id"),
        view_id=_need(view, "id"),
        view_hash=_text(view, "hash"),
        values=modal_values(view),
    )


def _carried(view: Body) -> Carried:
    """What the form was drawn with, and the channel that it was opened in: there its press is answered."""
    return carried(_text(view, "private_metadata"))


def route_named(body: Body) -> str:
    """The route that a click names; empty where it names none."""
    try:
        return _meaning(_first(body.get("actions")))[0]
    except NotUnderstood:
        return ""


def modal_press(body: Body, now: datetime) -> Press:
    """A `view_submission` payload."""
    view = _mapping(body.get("view"))
    held = _carried(view)
    ref = ids.parse_ref(held.ref)
    if ref is None and _text(view, "callback_id") not in ids.VIEWS_WITHOUT_CASE:
        raise NotUnderstood("the modal carries no case")
    return Press(
        press_id=_press_id("view", _need(view, "id"), _text(view, "hash")),
        kind=PressKind.MODAL,
        name=_need(view, "callback_id"),
        **_who(body),
        received_at=now,
        channel_id=held.channel_id,
        **_shown(ref),
        trigger_id=_text(body, "trigger_id"),
        view_id=_text(view, "id"),
        view_hash=_text(view, "hash"),
        values=modal_values(view),
    )


def command_press(body: Body, now: datetime) -> Press:
    """A slash command."""
    return Press(
        press_id=_press_id("command", _need(body, "trigger_id")),
        kind=PressKind.COMMAND,
        name=_need(body, "command"),
        slack_user_id=_need(body, "user_id"),
        slack_team_id=_need(body, "team_id"),
        received_at=now,
        channel_id=_text(body, "channel_id"),
        trigger_id=_text(body, "trigger_id"),
        response_url=_text(body, "response_url"),
        text=_text(body, "text"),
    )


def home_press(body: Body, now: datetime) -> Press:
    """Somebody opened the App Home."""
    event = _mapping(body.get("event"))
    return Press(
        press_id=_press_id("event", _need(body, "event_id")),
        kind=PressKind.HOME,
        name=_need(event, "type"),
        slack_user_id=_need(event, "user"),
        slack_team_id=_text(event, "user_team") or _text(event, "team") or _need(body, "team_id"),
        received_at=now,
        values=_kept_by_home(_mapping(event.get("view"))),
    )


def _shown(ref: ids.CaseRef | None) -> dict[str, Any]:
    """Which cases the button or the modal showed, each at which revision."""
    if ref is None:
        return {}
    others = tuple(AlsoShown(case_id=case_id, revision=revision) for case_id, revision in ref.others)
    return {"case_id": ref.case_id, "revision": ref.revision, "others": others}


def _kept_by_home(view: Body) -> dict[str, str]:
    """What the reader had chosen on App Home, as the view that was shown last keeps it."""
    kept = _text(view, "private_metadata") if view.get("type") == "home" else ""
    return {"home": kept} if kept else {}


def modal_values(view: Body) -> dict[str, str]:
    """A modal's inputs as plain strings by block id; several choices are joined with commas.

    What stands in fields that are out of view counts as what stands there, until they are in view again.
    """
    state = _mapping(_mapping(view.get("state")).get("values"))
    values: dict[str, str] = {}
    for block_id, elements in state.items():
        element = _mapping(_mapping(elements).get(ids.INPUT))
        values[_whole(str(block_id))] = _element_value(element)
        if block_id == ids.COMPUTER_GROUP_BLOCK:
            label = _mapping(_mapping(element.get("selected_option")).get("text"))
            values[ids.GROUP_NAME] = _text(label, "text").removesuffix(" (its own)")
    held = _carried(view)
    ref = ids.parse_ref(held.ref)
    values = {**{_whole(name): _whole(text) for name, text in held.hidden.items()}, **values}
    return values | _awaited(ref)


def _awaited(ref: ids.CaseRef | None) -> dict[str, str]:
    """What waited for a second person where it was shown."""
    return {ids.AWAITED: ref.awaited_id} if ref and ref.awaited_id else {}


def _element_value(element: Body) -> str:
    """One input's value, whatever its type."""
    if "selected_options" in element:
        chosen = element.get("selected_options")
        options = chosen if isinstance(chosen, list) else []
        return ",".join(_text(_mapping(option), "value") for option in options)
    if "selected_option" in element:
        return _text(_mapping(element.get("selected_option")), "value")
    return (
        _text(element, "selected_user") or _text(element, "selected_date") or _text(element, "value").strip()
    )


def _meaning(action: Body) -> tuple[str, str]:
    """The route and the value of a click; an overflow's chosen option names its own route."""
    action_id = _need(action, "action_id")
    if "selected_option" not in action:
        return action_id, _text(action, "value")
    value = _text(_mapping(action.get("selected_option")), "value")
    chosen = ids.parse_more(value) if action_id == ids.MORE else None
    return (chosen[0], str(chosen[1])) if chosen else (action_id, value)


def _who(body: Body) -> dict[str, str]:
    """The presser and the presser's own team: in a shared channel it is not the channel's."""
    user = _mapping(body.get("user"))
    team = _text(user, "team_id") or _text(_mapping(body.get("team")), "id")
    if not team:
        raise NotUnderstood("the payload names no team")
    return {"slack_user_id": _need(user, "id"), "slack_team_id": team}


def _press_id(*key: str) -> str:
    return "p" + hashlib.sha256("|".join(key).encode()).hexdigest()[:32]


def _need(body: Body, name: str) -> str:
    value = _text(body, name)
    if not value:
        raise NotUnderstood(f"the payload lacks {name}")
    return value


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return _whole(value) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """Text that can be written down: JSON may name half a character, which no file and no server takes."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _mapping(value: object) -> Body:
    return value if isinstance(value, Mapping) else {}


def _first(value: object) -> Body:
    if not isinstance(value, list) or not value:
        raise NotUnderstood("the payload holds no action")
    return _mapping(value[0])
