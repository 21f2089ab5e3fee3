"""A form of maintenance modes: the same way as every form, with what the record of this one holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.cards.case import modals
from bot.cards.forms import maintenance_form
from bot.cards.kit.limits import Block
from bot.desk import Desk, Filled, Presser, event_of, loading, show_form
from bot.models import Event, Press
from bot.portal import PortalError


async def open_mode_form(
    desk: Desk,
    press: Press,
    form: str,
    fill: Callable[[], Awaitable[Filled]],
    not_asked: Callable[[PortalError], Filled],
) -> None:
    """Open it as loading and fill it; `form` is its name in the record."""
    asked = event_of("form_asked_for", press, facts={"form": form})
    await show_form(
        desk, press, asked, loading(desk, press, maintenance_form.loading_modal()), fill, not_asked
    )


def offered(view: Block, event: Event, presser: Presser, *, refused: str = "") -> Filled:
    """What the form shows in the end; `refused` says for the record why it offers nothing."""
    told = {"refused": refused} if refused else {}
    more = {"person_id": presser.person.person_id, "facts": event.facts | told}
    return Filled(view, event.model_copy(update=more))


def only_said(title: str, sentences: list[str], event: Event, presser: Presser, refused: str) -> Filled:
    """A sentence in the form's place."""
    return offered(modals.said_modal(title, sentences), event, presser, refused=refused)
