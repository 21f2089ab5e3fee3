"""“More…” and “Preview” inside the approve modal: the same modal again, with everything and with what was typed."""

from __future__ import annotations

from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.decision.approve.draw import draw
from bot.decision.approve.offers import Asker, narrow_reaches
from bot.decision.ended import ended_modal
from bot.decision.turning_down import form_refused
from bot.desk import Desk, Filled, Opener, answer, redraw_form
from bot.models import Effect, Event, Press
from bot.portal import PortalError
from permissions import Action


async def redraw_approval(desk: Desk, press: Press) -> None:
    """Draw the modal anew. The portal away: the modal stays as it is, and the presser is told."""
    await redraw_form(desk, press, _view, _stands)


def _stands(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    sentence = f"The portal could not be asked ({error}). Your form stands as it was; nothing was decided."
    return opener.not_opened("approve", error), answer(opener.press, answers.trouble(sentence))


async def _view(opener: Opener) -> Filled:
    """The modal over the requests that it was opened with: later ones are not decided by it."""
    press, presser, shown = opener.press, opener.presser, opener.shown
    is_preview = press.name == ids.APPROVE_PREVIEW
    facts: dict[str, object] = {"form": "approve", "revision": press.revision, "preview": is_preview}
    drawn = opener.event("form_drawn_anew", facts)
    tree = await opener.tree()
    if not shown.pending:
        return Filled(ended_modal(opener.desk, presser, opener.case, tree, "Approve"), drawn)
    asker = Asker(opener.desk, presser, shown, tree)
    reaches = narrow_reaches(asker)
    if not any(offer.is_open for offer in reaches):
        return await form_refused(opener, "Approve", asker.narrowest(), Action.APPROVE)
    return Filled(await draw(asker, reaches, press.values, more=True, preview=is_preview), drawn)
