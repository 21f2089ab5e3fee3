"""“More…” and “Preview” inside the approve modal: the same modal again, with everything and with what was typed."""

from __future__ import annotations

import structlog

from bot.cards.case import modals
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.decision.approve.draw import draw
from bot.decision.approve.offers import Asker, narrow_reaches
from bot.decision.ended import ended_modal
from bot.desk import Desk, Presser, answer, event_of, finish, pressed, redrawn
from bot.models import Case, Event, Press
from bot.portal import PortalError

log = structlog.get_logger()


async def redraw_approval(desk: Desk, press: Press) -> None:
    """Draw the modal anew. The portal away: the modal stays as it is, and the presser is told."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    try:
        view, event = await _view(desk, press, presser, case)
    except PortalError as error:
        log.warning("form_not_drawn_anew", why=str(error))
        event = event_of(
            "form_not_opened",
            press,
            case,
            person_id=presser.person.person_id,
            facts={"form": "approve", "why": type(error).__name__},
            private={"told": str(error)},
        )
        sentence = f"The portal could not be asked ({error}). Your form stands as it was"
        await finish(
            desk, press, [event], [answer(press, answers.trouble(f"{sentence}; nothing was decided."))]
        )
        return
    await finish(desk, press, [event], [redrawn(desk, press, view, case)])


async def _view(desk: Desk, press: Press, presser: Presser, case: Case) -> tuple[dict[str, object], Event]:
    """The modal over the requests that it was opened with: later ones are not decided by it."""
    person_id, is_preview = presser.person.person_id, press.name == ids.APPROVE_PREVIEW
    facts: dict[str, object] = {"form": "approve", "revision": press.revision, "preview": is_preview}
    drawn = event_of("form_drawn_anew", press, case, person_id=person_id, facts=facts)
    shown = case.model_copy(update={"revision": press.revision, "requests": case.shown_at(press.revision)})
    tree = await desk.tree.current(holding=case.organization_id)
    if not shown.pending:
        return ended_modal(desk, presser, case, tree, "Approve"), drawn
    asker = Asker(desk, presser, shown, tree)
    reaches = narrow_reaches(asker)
    if not any(offer.is_open for offer in reaches):
        why = reaches[0].closed_because
        refused = event_of(
            "press_refused", press, case, person_id=person_id, facts={"why": why, "press": "approve"}
        )
        return modals.said_modal("Approve", [why]), refused
    return await draw(asker, reaches, press.values, more=True, preview=is_preview), drawn
