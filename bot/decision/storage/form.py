"""“Approve…” of a storage request: the form as the portal and the rules fill it, its preview, its submission.

Opening decides nothing. What is offered is a comfort; the submission is judged anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cards.case import modals
from bot.cards.forms.approve_form import GroupOffer, ReachOffer, out_of_view
from bot.cards.forms.storage_form import StorageForm
from bot.cards.forms.storage_modal import storage_modal
from bot.cards.kit.carried import hiding
from bot.cards.messages import answers
from bot.decision.approve.choice import NotAChoice, end_faults
from bot.decision.press import decide_on
from bot.decision.storage.choice import inputs_at_first, storage_choice, storage_faults
from bot.decision.turning_down import ended_modal, form_refused, turn_down
from bot.decision.verdict import weigh
from bot.decision.writes import unverified
from bot.desk import (
    Desk,
    Filled,
    Opener,
    Presser,
    Refusal,
    answer,
    approving_lets_in_own,
    pressed_stored,
    redraw_form,
)
from bot.models import Case, Choice, Effect, Event, Press, Reach
from bot.portal import PortalError, StorageDetails, storage_speaks_of
from bot.rules.kinds import traits_of
from bot.rules.second import second_needed
from permissions import Action, Allowed, Ask, OrganizationTree

TITLE = "Approve storage"
_MOST_GROUPS = 100
"""Computer groups that the modal offers, the computer's own among them (Slack: options of one list)."""
_NO_PREVIEW = (
    "The portal could not be asked, so there is no new preview. What you chose and typed stays in the form."
)
_OTHER_KIND = "This form is for storage requests; press “Approve…” on the card for this one."
_MOVED = "The portal shows other facts than the card. Wait until the card is drawn anew, then press again."


async def at_first(opener: Opener) -> Filled:
    """The form as it opens; whoever may not approve reads why instead."""
    return await _view(opener, opener.case, opener.press.values)


async def preview_storage(desk: Desk, press: Press) -> None:
    """Something was chosen, or “Preview” was pressed: the form again, with what its choices come to."""

    async def fill(opener: Opener) -> Filled:
        return await _view(opener, opener.shown, press.values)

    await redraw_form(desk, press, fill, _stands)


def _stands(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    facts: dict[str, object] = {"form": "storage", "not_judged": type(error).__name__}
    event = opener.event("form_drawn_anew", facts).model_copy(update={"private": {"told": str(error)}})
    return event, answer(opener.press, answers.said(_NO_PREVIEW))


async def submit_storage(desk: Desk, press: Press) -> None:
    """The form was submitted: judged and sent like every other decision."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    case = found[1].case
    faults = storage_faults(press.values) if traits_of(case.kind).is_storage else {"": _OTHER_KIND}
    try:
        choice = storage_choice(press.values, case.requests[0].facts, desk.rules, press.received_at)
    except NotAChoice as error:
        faults = {"": str(error)}
    if faults:
        sentence = " ".join(dict.fromkeys(faults.values()))
        refusal = Refusal(why="not_a_choice", told=sentence)
        await turn_down(desk, press, found[0], case, refusal, Action.APPROVE)
        return
    await decide_on(desk, press, found, choice)


async def _view(opener: Opener, case: Case, values: Mapping[str, str]) -> Filled:
    """The form, or why there is none. Raises PortalError."""
    desk, presser, tree = opener.desk, opener.presser, await opener.tree()
    opened = opener.event("form_opened", {"form": "storage", "revision": case.revision})
    if not case.pending:
        return Filled(ended_modal(desk, presser, case, tree, TITLE), opened)
    reaches = [_offer(desk, presser, case, reach, tree) for reach in Reach]
    if not any(offer.is_open for offer in reaches):
        judged = weigh(desk, _ask(presser, case, Reach.COMPUTER), presser, case, tree)
        return await form_refused(opener, TITLE, judged, Action.APPROVE)
    facts = case.pending[0].facts
    details = await desk.portal.storage_details(facts.request_id, facts.organization_id)
    if not storage_speaks_of(details, facts):
        told = opener.event("form_not_opened", {"why": "other_facts", "form": "storage"})
        return Filled(modals.said_modal(TITLE, [_MOVED, "Nothing was decided."]), told)
    view = storage_modal(await _form(desk, case, reaches, details, values))
    return Filled(hiding(view, out_of_view(view, values)), opened)


async def _form(
    desk: Desk,
    case: Case,
    reaches: Sequence[ReachOffer],
    details: StorageDetails,
    values: Mapping[str, str],
) -> StorageForm:
    entry = case.pending[0]
    facts = entry.facts
    groups = await _groups(desk, case) if _opens(reaches, Reach.COMPUTER_GROUP) else []
    at_first = inputs_at_first(facts)
    trouble = ""
    try:
        choice = storage_choice(at_first | dict(values), facts, desk.rules, desk.now())
    except NotAChoice as error:
        trouble = str(error)
        choice = storage_choice(at_first, facts, desk.rules, desk.now())
    trouble = trouble or " ".join(end_faults(choice, desk.now()).values())
    choice = _named(choice, details, groups)
    return StorageForm(
        case=case,
        reaches=reaches,
        choice=choice,
        trouble=trouble,
        justifications=desk.rules.decisions.approve_reasons,
        groups=groups[:_MOST_GROUPS],
        groups_left=max(0, len(groups) - _MOST_GROUPS),
        device_name=details.device_name,
        existing_policy=details.existing_storage_policy.name if details.existing_storage_policy else "",
        unverified=unverified(facts, choice, desk.rules),
        two_people=second_needed(desk.rules, case, entry, choice, choice.reach, now=desk.now()),
        writes_on=desk.rules.writes_on,
        portal_link=desk.rules.portal_link,
        values=at_first | dict(values),
    )


def _named(choice: Choice, details: StorageDetails, groups: Sequence[GroupOffer]) -> Choice:
    """The choice with the portal's own names in it, for the words of the preview."""
    update: dict[str, object] = {}
    terms = choice.storage
    if terms is not None and not terms.device_name and details.device_name:
        update["storage"] = terms.model_copy(update={"device_name": details.device_name})
    if choice.reach is Reach.COMPUTER_GROUP:
        own = next((group for group in groups if group.is_own), None)
        chosen = next((one for one in groups if one.computer_group_id == choice.computer_group_id), own)
        update["computer_group_name"] = chosen.name if chosen else ""
    return choice.model_copy(update=update)


def _opens(reaches: Sequence[ReachOffer], reach: Reach) -> bool:
    return any(offer.is_open and offer.reach is reach for offer in reaches)


def _offer(desk: Desk, presser: Presser, case: Case, reach: Reach, tree: OrganizationTree) -> ReachOffer:
    verdict = weigh(desk, _ask(presser, case, reach), presser, case, tree).verdict
    return ReachOffer(reach, "" if isinstance(verdict, Allowed) else verdict.sentence)


def _ask(presser: Presser, case: Case, reach: Reach) -> Ask:
    return Ask(
        person_id=presser.person.person_id,
        action=Action.APPROVE,
        organization_id=case.organization_id,
        kind=case.kind,
        reach=reach,
        own_request=approving_lets_in_own(presser, case, reach),
        computer_group_organization_id=case.organization_id if reach is Reach.COMPUTER_GROUP else None,
    )


async def _groups(desk: Desk, case: Case) -> list[GroupOffer]:
    """The organization's own computer groups for the operating system, the computer's own one first."""
    facts = case.pending[0].facts
    listed = await desk.portal.computer_groups_for_permit(case.organization_id, facts.os_type)
    rows = await desk.portal.computers(case.organization_id, computer_id=facts.computer_id)
    own = next((row.computer_group_id for row in rows if row.computer_id == facts.computer_id), None)
    offers = [
        GroupOffer(group.computer_group_id, group.name, group.computer_group_id == own)
        for group in listed
        if group.organization_id == case.organization_id and group.is_global is False
    ]
    return sorted(offers, key=lambda offer: not offer.is_own)
