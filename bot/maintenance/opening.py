"""A modal that opens at once as “loading” and is filled when the portal has answered."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.forms import maintenance_form
from bot.cards.kit.limits import Block
from bot.desk import Desk, Presser, event_of, filled, finish, loading
from bot.models import Event, Press


@dataclass(frozen=True, slots=True)
class Opening:
    """What the modal shows in the end."""

    view: Block
    refused: str = ""
    """Why it offers nothing, for the record; empty for a form."""


async def show_loading(desk: Desk, press: Press, form: str) -> None:
    """Slack's trigger lives three seconds; the portal may take longer. So the modal opens before it is asked."""
    event = event_of("form_asked_for", press, facts={"form": form})
    await desk.announce([event], [loading(desk, press, maintenance_form.loading_modal())])


async def fill(desk: Desk, press: Press, opening: Opening, presser: Presser, event: Event) -> None:
    """The modal as it is to be read; the press is finished with it."""
    told = {"refused": opening.refused} if opening.refused else {}
    more = {"person_id": presser.person.person_id, "facts": event.facts | told}
    await finish(desk, press, [event.model_copy(update=more)], [filled(desk, press, opening.view)])
