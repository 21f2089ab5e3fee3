"""Opening a form: at once as “loading”, since Slack's trigger lives three seconds, then filled under its name.

Every form goes the same way: who presses, on which case, the loading view, what the portal says, the view that comes
of it; where the portal cannot be asked, the view says so. A form that is open already is drawn again in its place, and
its inputs keep what was typed, by their block ids. Opening decides nothing: what is offered is a comfort, and the
submission is judged anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog

from bot.cards.case import modals
from bot.cards.kit import ids
from bot.cards.kit.blocks import Rendered, actions, button, refilled
from bot.cards.kit.carried import opened_in
from bot.cards.messages.answers import not_opened_in_time, said
from bot.desk.changing import finish
from bot.desk.desk import Desk
from bot.desk.identifying import Presser, pressed
from bot.desk.recording import Refusal, not_asked_sentence, press_refused
from bot.desk.saying import answer, answer_to, event_of
from bot.models import Case, Effect, EffectKind, Event, Press, PressKind, Urgency
from bot.portal import PortalError
from permissions import OrganizationTree

log = structlog.get_logger()

_TRIGGER_LIVES = timedelta(seconds=10)
"""A trigger works for 3 s; a little longer is tried, since our clock and Slack's may differ."""
_MODAL_WORTH = timedelta(seconds=60)
"""How long a modal that is still loading is worth filling (our choice)."""
_NOT_KEPT = "What was typed is kept for an hour, for whoever typed it. Open the form on the card again."
View = dict[str, Any]


class Filled(NamedTuple):
    """What a form shows in the end, and the record of it."""

    view: View
    event: Event


@dataclass(frozen=True, slots=True)
class Opener:
    """Somebody who opens a form on a case, or has it drawn again."""

    desk: Desk
    press: Press
    presser: Presser
    case: Case

    @property
    def person_id(self) -> str:
        """Who it is."""
        return self.presser.person.person_id

    @property
    def shown(self) -> Case:
        """The case with the requests and the revision that an open form was opened with: later ones are not its."""
        revision = self.press.revision
        return self.case.model_copy(update={"revision": revision, "requests": self.case.shown_at(revision)})

    async def tree(self) -> OrganizationTree:
        """The organizations, with the case's own among them. Raises PortalError."""
        return await self.desk.tree.current(holding=self.case.organization_id)

    def event(self, name: str, facts: dict[str, object]) -> Event:
        """What is recorded of it."""
        return event_of(name, self.press, self.case, person_id=self.person_id, facts=facts)

    def refused(self, refusal: Refusal, asked: str = "") -> Event:
        """The record of a form that its presser may not have. `asked`: what the form is for, if it is one action."""
        return press_refused(self.press, refusal, presser=self.presser, case=self.case, asked=asked)

    def not_opened(self, form: str, error: Exception) -> Event:
        """Why a form shows an excuse instead; the portal's own words are kept only as long as names are."""
        facts: dict[str, object] = {"why": type(error).__name__, "form": form}
        return self.event("form_not_opened", facts).model_copy(update={"private": {"told": str(error)}})


def nothing_decided(error: PortalError) -> list[str]:
    """What a form says that the portal could not be asked for."""
    return [not_asked_sentence(error), "Nothing was decided."]


async def open_form(
    desk: Desk,
    press: Press,
    title: str,
    fill: Callable[[Opener], Awaitable[Filled]],
    *,
    form: str = "",
    excuse: Callable[[PortalError], Sequence[str]] = nothing_decided,
) -> None:
    """A case's form, from the press to the view. `form` is its name in the record where that is not its title."""
    opener = await opener_of(desk, press)
    if opener is not None:
        await fill_form(opener, title, fill, form=form, excuse=excuse)


async def opener_of(desk: Desk, press: Press) -> Opener | None:
    """Who opens a form on which case; None: answered already."""
    found = await pressed(desk, press)
    return Opener(desk, press, *found) if found is not None else None


async def fill_form(
    opener: Opener,
    title: str,
    fill: Callable[[Opener], Awaitable[Filled]],
    *,
    form: str = "",
    excuse: Callable[[PortalError], Sequence[str]] = nothing_decided,
) -> None:
    """The same once it is known who opens it: for a button whose form depends on the case."""
    desk, press, case = opener.desk, opener.press, opener.case

    def not_asked(error: PortalError) -> Filled:
        return Filled(modals.said_modal(title, excuse(error)), opener.not_opened(form or title, error))

    asked = event_of("form_asked_for", press, case, facts={"form": title})
    first = loading(desk, press, modals.loading_modal(title, case), case)
    await show_form(desk, press, asked, first, lambda: fill(opener), not_asked, case)


async def show_form(  # noqa: PLR0917 - each part is told apart by its type
    desk: Desk,
    press: Press,
    asked: Event,
    first: Effect,
    fill: Callable[[], Awaitable[Filled]],
    not_asked: Callable[[PortalError], Filled],
    case: Case | None = None,
) -> None:
    """The way of every form once its presser is known: opened before anything is asked, then filled.

    Taken up so late (its process died, the ledger was away) that Slack opens nothing any more, it is not asked for.
    """
    if desk.now() - press.received_at > _TRIGGER_LIVES:
        facts = {"why": "too_late"} | {name: told for name, told in asked.facts.items() if name == "form"}
        late = asked.model_copy(update={"name": "form_not_opened", "facts": facts})
        await finish(desk, press, [late], [answer(press, not_opened_in_time())])
        return
    await desk.announce([asked], [first])
    try:
        view, event = await fill()
    except PortalError as error:
        log.warning("form_not_filled", press_id=press.press_id, why=str(error))
        view, event = not_asked(error)
    if press.name == ids.REOPEN:
        view = refilled(view, press.values)
    await finish(desk, press, [event], [filled(desk, press, view, case)])


async def redraw_form(
    desk: Desk,
    press: Press,
    fill: Callable[[Opener], Awaitable[Filled]],
    away: Callable[[Opener, PortalError], tuple[Event, Effect]],
) -> None:
    """A case's open form, drawn again. `away` says what becomes of it where the portal cannot be asked."""
    opener = await opener_of(desk, press)
    if opener is None:
        return
    try:
        view, event = await fill(opener)
    except PortalError as error:
        log.warning("form_not_drawn_anew", press_id=press.press_id, why=str(error))
        event, effect = away(opener, error)
    else:
        effect = redrawn(desk, press, view, opener.case)
    await finish(desk, press, [event], [effect])


async def not_taken(desk: Desk, press: Press, told: Rendered) -> Effect:
    """The answer to a press that changed nothing; to a submitted form with the way back to what was typed."""
    return await with_way_back(desk, press, answer(press, told))


async def with_way_back(desk: Desk, press: Press, told: Effect) -> Effect:
    """The same for an answer that is made already."""
    if press.kind is not PressKind.MODAL or press.name not in ids.REOPENED:
        return told
    await desk.ledger.keep_form(press)
    way_back = actions([button(ids.REOPEN, "Open the form again", press.press_id)], ids.REOPEN_BLOCK)
    return told.model_copy(update={"blocks": [*told.blocks, way_back]})


async def reopen(
    desk: Desk, press: Press, openers: Mapping[str, Callable[[Desk, Press], Awaitable[None]]]
) -> None:
    """“Open the form again”: as its button opens it, for this presser and this moment, with what was typed in it."""
    kept = await desk.ledger.kept_form(press.values.get("more", ""))
    if kept is None or kept.slack_user_id != press.slack_user_id or kept.name not in openers:
        event = event_of("form_not_opened", press, facts={"why": "not_kept"})
        await finish(desk, press, [event], [answer(press, said(_NOT_KEPT))])
        return
    again = {
        "case_id": kept.case_id,
        "revision": kept.revision,
        "others": kept.others,
        "values": kept.values,
    }
    await openers[kept.name](desk, press.model_copy(update=again))


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


def unopened(modal: Effect) -> Effect:
    """Who pressed a button and saw no form is told so."""
    return answer_to(modal, not_opened_in_time(), f"unopened:{modal.effect_id}")


def _modal(tag: str, press: Press, view: View, case: Case | None, expires_at: datetime, **way: str) -> Effect:
    return Effect.model_validate(
        {
            "effect_id": f"{tag}:{press.press_id}",
            "kind": EffectKind.MODAL,
            "urgency": Urgency.ESCALATION,
            "case_id": case.case_id if case else "",
            "slack_user_id": press.slack_user_id,
            # Slack names no channel in a submission: the form carries the one where its answer is looked for.
            "view": opened_in(view, press.channel_id),
            "expires_at": expires_at,
            **way,
        }
    )
