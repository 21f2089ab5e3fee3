"""The modals of a case: opened at once as “loading”, then filled with what the portal and the rules say.

Opening decides nothing. What is offered is a comfort; the submission is judged anew.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.cards import answers, modals
from bot.decision.attempt import refusal_sentence
from bot.decision.verdict import may_see, weigh
from bot.desk import Desk, Presser, answer, event_of, finish, identify, is_own
from bot.models import Case, Effect, EffectKind, Event, Kind, Press, Reach, Urgency
from bot.portal import PermissionMissing, PortalError, TokenRefused
from permissions import Action, Allowed, Ask, OrganizationTree

log = structlog.get_logger()

_TRIGGER_LIVES = timedelta(seconds=10)
"""A trigger works for 3 s; a little longer is tried, since our clock and Slack's may differ."""
_MODAL_WORTH = timedelta(seconds=60)
"""How long a modal that is still loading is worth filling (our choice)."""


async def open_deny(desk: Desk, press: Press) -> None:
    """“Deny…”: whoever may not deny is told so instead of being shown a form."""
    await _open(desk, press, Action.DENY, "Deny")


async def open_approve(desk: Desk, press: Press) -> None:
    """“Approve…”: reaches that are open, and for each closed one the reason."""
    await _open(desk, press, Action.APPROVE, "Approve")


async def open_details(desk: Desk, press: Press) -> None:
    """The full facts, for those who may see them."""
    await _open(desk, press, Action.VIEW, "Details")


async def _open(desk: Desk, press: Press, action: Action, title: str) -> None:
    presser = await identify(desk, press)
    if presser is None:
        return
    stored = await desk.ledger.case(press.case_id)
    if stored is None:
        await finish(
            desk,
            press,
            [event_of("press_unknown_case", press)],
            [answer(press, answers.stale_card(press.case_id))],
        )
        return
    case = stored.case
    await _show_loading(desk, press, case, title)
    try:
        tree = await desk.tree.current(holding=case.organization_id)
        view, event = await _view(desk, presser, case, action, tree)
    except PortalError as error:
        event = event_of("form_not_opened", press, case, facts={"why": str(error), "form": title})
        is_ours = isinstance(error, PermissionMissing | TokenRefused)
        why = refusal_sentence(error) if is_ours else f"The portal could not be asked ({error})."
        view = modals.said_modal(title, [why, "Nothing was decided."])
    effect = Effect(
        effect_id=f"modal:{press.press_id}",
        kind=EffectKind.MODAL,
        urgency=Urgency.ESCALATION,
        case_id=case.case_id,
        slack_user_id=press.slack_user_id,
        external_id=press.press_id,
        view=view,
        expires_at=desk.now() + _MODAL_WORTH,
    )
    event = event.model_copy(update={"press_id": press.press_id, "slack_user_id": press.slack_user_id})
    await finish(desk, press, [event], [effect])


async def _show_loading(desk: Desk, press: Press, case: Case, title: str) -> None:
    """Slack's trigger lives three seconds; the portal may take longer. So the modal opens before it is asked."""
    effect = Effect(
        effect_id=f"loading:{press.press_id}",
        kind=EffectKind.MODAL,
        urgency=Urgency.ESCALATION,
        case_id=case.case_id,
        slack_user_id=press.slack_user_id,
        channel_id=press.channel_id,
        response_url=press.response_url,
        trigger_id=press.trigger_id,
        external_id=press.press_id,
        view=modals.loading_modal(title, case),
        expires_at=desk.now() + _TRIGGER_LIVES,
    )
    event = event_of("form_asked_for", press, case, facts={"form": title})
    await desk.announce([event], [effect])


async def _view(
    desk: Desk, presser: Presser, case: Case, action: Action, tree: OrganizationTree
) -> tuple[dict[str, object], Event]:
    person_id = presser.person.person_id
    opened = {"form": action.value, "revision": case.revision}
    event = event_of("form_opened", None, case, person_id=person_id, facts=opened)
    if action is Action.VIEW:
        if may_see(person_id, case.organization_id, presser.access, tree, desk):
            return modals.details_modal(case), event
        verdict = weigh(desk, _ask(presser, case, Action.VIEW, Reach.COMPUTER), presser, case, tree).verdict
        return modals.said_modal("Details", [verdict.sentence]), _refused(
            case, person_id, action, verdict.sentence
        )
    if not case.pending:
        return modals.too_late_modal(case), event
    if action is Action.DENY:
        verdict = weigh(desk, _ask(presser, case, Action.DENY, Reach.COMPUTER), presser, case, tree).verdict
        if isinstance(verdict, Allowed):
            return modals.deny_modal(case, writes_on=desk.rules.writes_on), event
        return modals.said_modal("Deny", [verdict.sentence]), _refused(
            case, person_id, action, verdict.sentence
        )
    reaches = [_offer(desk, presser, case, reach, tree) for reach in Reach]
    if not any(offer.is_open for offer in reaches):
        narrowest = reaches[0].closed_because
        return modals.said_modal("Approve", [narrowest]), _refused(case, person_id, action, narrowest)
    return await _approve_form(desk, presser, case, tree, reaches), event


async def _approve_form(
    desk: Desk, presser: Presser, case: Case, tree: OrganizationTree, reaches: list[modals.ReachOffer]
) -> dict[str, object]:
    groups = []
    if any(offer.is_open and offer.reach is Reach.COMPUTER_GROUP for offer in reaches):
        groups = await _groups(desk, case)
    several = len({entry.facts.computer_id for entry in case.pending})
    ask = _ask(presser, case, Action.APPROVE, Reach.COMPUTER, computers=several)
    one_only = several > 1 and not isinstance(weigh(desk, ask, presser, case, tree).verdict, Allowed)
    form = modals.ApproveForm(
        case=case,
        reaches=reaches,
        groups=groups,
        one_computer_only=one_only,
        writes_on=desk.rules.writes_on,
    )
    return modals.approve_modal(form)


def _offer(
    desk: Desk, presser: Presser, case: Case, reach: Reach, tree: OrganizationTree
) -> modals.ReachOffer:
    if reach is Reach.GLOBAL:
        return modals.ReachOffer(
            reach, "decide it in the portal; nothing here widens an approval to a global group"
        )
    ask = _ask(presser, case, Action.APPROVE, reach)
    verdict = weigh(desk, ask, presser, case, tree).verdict
    return modals.ReachOffer(reach, "" if isinstance(verdict, Allowed) else verdict.sentence)


def _ask(presser: Presser, case: Case, action: Action, reach: Reach, *, computers: int = 1) -> Ask:
    """The question that the form asks: optimistic where only the press itself can know (“already approved”)."""
    return Ask(
        person_id=presser.person.person_id,
        action=action,
        organization_id=case.organization_id,
        kind=case.kind,
        reach=reach,
        computers=computers,
        elevates=case.kind is Kind.ELEVATION and action is Action.APPROVE,
        already_approved=True,
        own_request=is_own(presser, case),
        computer_group_organization_id=case.organization_id if reach is Reach.COMPUTER_GROUP else None,
    )


async def _groups(desk: Desk, case: Case) -> list[modals.GroupOffer]:
    """The organization's own computer groups for the operating system; the first computer's own group is marked."""
    first = case.pending[0].facts
    listed = await desk.portal.computer_groups_for_permit(case.organization_id, case.os_type)
    details = await desk.portal.permit_details(first.request_id, first.organization_id)
    return [
        modals.GroupOffer(
            group.computer_group_id, group.name, group.computer_group_id == details.computer_group_id
        )
        for group in listed
        if group.organization_id == case.organization_id and not group.is_global
    ]


def _refused(case: Case, person_id: str, action: Action, sentence: str) -> Event:
    facts = {"why": sentence, "press": action.value}
    return event_of("press_refused", None, case, person_id=person_id, facts=facts)
