"""“Hand over…”: the form, with the ways that are open to its presser and the reason for each one that is not."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.forms.hand_over import TITLE, HandOverForm, hand_over_modal
from bot.decision.handing.ways import owns
from bot.decision.shown import on_card
from bot.decision.turning_down import ended_modal, form_refused
from bot.decision.verdict import plain_ask, weigh
from bot.desk import Desk, Filled, Opener, Presser, not_asked_sentence, open_form
from bot.models import Case, Press
from bot.portal import PortalError
from bot.rules.bundles import merged
from permissions import Action, Allowed, OrganizationTree


async def open_hand_over(desk: Desk, press: Press) -> None:
    """Opening decides nothing: the submission is judged anew."""
    await open_form(desk, press, TITLE, _view, excuse=_excuse)


def _excuse(error: PortalError) -> list[str]:
    return [not_asked_sentence(error), "Nothing was handed over."]


async def _view(opener: Opener) -> Filled:
    """Of a card that several cases share: all that still wait, as far as the presser may see them."""
    seen, unseen = await on_card(opener)
    waiting = [case for case in seen if case.is_open]
    if len(seen) + unseen > 1 and waiting:
        return await _of_several(opener, waiting, unseen)
    return await _of_one(opener)


async def _of_several(opener: Opener, cases: Sequence[Case], unseen: int) -> Filled:
    """A way is open where it is for one of them; each is judged by itself when the form is submitted."""
    desk, presser, tree = opener.desk, opener.presser, await opener.tree()
    person = [_person_closed(desk, presser, case, tree) for case in cases]
    team = [_team_closed(case) for case in cases]
    form = HandOverForm(
        case=merged(cases),
        person_closed="" if "" in person else person[0],
        team_closed="" if "" in team else team[0],
        claims_first=any(case.claim is None for case in cases),
        shared=cases,
        unseen=unseen,
    )
    opened = {"form": Action.HAND_OVER.value, "revision": opener.case.revision}
    return Filled(hand_over_modal(form), opener.event("form_opened", opened))


async def _of_one(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    opened = opener.event("form_opened", {"form": Action.HAND_OVER.value, "revision": case.revision})
    if not case.is_open:
        return Filled(ended_modal(desk, presser, case, tree, TITLE), opened)
    judged = weigh(desk, plain_ask(presser, case, Action.ESCALATE), presser, case, tree)
    sees = judged.verdict
    if not isinstance(sees, Allowed) and not owns(presser, case):
        return await form_refused(opener, TITLE, judged, Action.HAND_OVER)
    form = HandOverForm(
        case=case,
        person_closed=_person_closed(desk, presser, case, tree),
        team_closed=_team_closed(case) if isinstance(sees, Allowed) else sees.sentence,
        claims_first=case.claim is None,
        is_seen=isinstance(sees, Allowed),
    )
    return Filled(hand_over_modal(form), opened)


def _person_closed(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> str:
    """Only the owner of the claim hands it to a person; a case without one is claimed in the same step."""
    if owns(presser, case):
        return ""
    if case.claim is not None:
        name = case.claim.actor.name
        return f"{name} has claimed it, so {name} hands it over. Release it on the card first if you may take it over."
    verdict = weigh(desk, plain_ask(presser, case, Action.CLAIM), presser, case, tree).verdict
    return "" if isinstance(verdict, Allowed) else verdict.sentence


def _team_closed(case: Case) -> str:
    if case.handed_over is None:
        return ""
    return f"{case.handed_over.by.name} has handed it over to the team already, and it was called."
