"""A modal that opens at once as “loading”, since Slack's trigger lives three seconds, and is filled under its name.

Also a modal that is open already and is drawn again: its inputs keep what was typed, by their block ids.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.cards.case import modals
from bot.desk.parts import Desk
from bot.desk.saying import event_of
from bot.models import Case, Effect, EffectKind, Event, Press, Urgency

_TRIGGER_LIVES = timedelta(seconds=10)
"""A trigger works for 3 s; a little longer is tried, since our clock and Slack's may differ."""
_MODAL_WORTH = timedelta(seconds=60)
"""How long a modal that is still loading is worth filling (our choice)."""
View = dict[str, Any]


def loading(desk: Desk, press: Press, view: View, case: Case | None = None) -> Effect:
    """Opens before anything is asked of anybody."""
    way = {
        "channel_id": press.channel_id,
        "response_url": press.response_url,
        "trigger_id": press.trigger_id,
        "external_id": press.press_id,
    }
    return _modal("loading", press, view, case, desk.now() + _TRIGGER_LIVES, **way)


def filled(desk: Desk, press: Press, view: View, case: Case | None = None) -> Effect:
    """What the modal that `loading` opened shows in the end."""
    return _modal("modal", press, view, case, desk.now() + _MODAL_WORTH, external_id=press.press_id)


def redrawn(desk: Desk, press: Press, view: View, case: Case | None = None) -> Effect:
    """The open modal in which something was pressed, drawn again."""
    return _modal("modal", press, view, case, desk.now() + _MODAL_WORTH, view_id=press.view_id)


def _modal(tag: str, press: Press, view: View, case: Case | None, expires_at: datetime, **way: str) -> Effect:
    return Effect.model_validate(
        {
            "effect_id": f"{tag}:{press.press_id}",
            "kind": EffectKind.MODAL,
            "urgency": Urgency.ESCALATION,
            "case_id": case.case_id if case else "",
            "slack_user_id": press.slack_user_id,
            "view": view,
            "expires_at": expires_at,
            **way,
        }
    )


async def show_loading(desk: Desk, press: Press, case: Case, title: str) -> None:
    """A case's modal, opened at once; its caller fills it."""
    event = event_of("form_asked_for", press, case, facts={"form": title})
    await desk.announce([event], [loading(desk, press, modals.loading_modal(title, case), case)])


def not_opened(press: Press, case: Case, form: str, error: Exception) -> Event:
    """Why a form shows an excuse instead; the portal's own words are kept only as long as names are."""
    facts = {"why": type(error).__name__, "form": form}
    return event_of("form_not_opened", press, case, facts=facts, private={"told": str(error)})
