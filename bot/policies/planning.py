"""From a submitted form to the change that it asks for: what is chosen, read anew, with its exact effect in words.

A refusal is a value (`Refusal`) with its sentence; an order that may not be sent from here is still worked out, since
its text is what the presser carries to the portal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial

from bot.cards.case.offers import NOTHING_PROPOSED, Approved, approved_here, place_words, why_not
from bot.cards.forms.policy_forms import NAME_LENGTH
from bot.cards.kit import ids
from bot.desk import Desk, Presser, actor_of, new_id
from bot.models import (
    Case,
    PolicyAct,
    PolicyPlace,
    PolicyWork,
    Press,
    Proposal,
    Reach,
    WorkStanding,
)
from bot.policies.forms import computer_groups
from bot.policies.verdict import NO_APPLICATION, NOTHING_PROMOTES_TO_GLOBAL, two_needed
from bot.policies.working import Behind, policy_behind
from bot.portal import NewPolicy, PolicyRow, decision_note

CHOOSE_POLICY = "Choose which policy is meant."
NOT_ONE_COMPUTER = (
    "the cases were not all on one computer, and a global group serves other organizations as well"
)
ELEVATES_BY_NOW = (
    "This policy is not changed from here: somebody has given it administrator rights since, "
    "which are not widened from here. Look at it in the portal."
)
BAD_NAME = f"The name of a policy has at most {NAME_LENGTH} visible characters, and no backslash."
POLICY_ENDS_LATER = "Its end has to be in the future; leave it empty for a policy without an end."
CHOOSE_GROUP = "Choose the computer group; it has to be one of the organization's own."

_WIDE = (Reach.COMPUTER_GROUP, Reach.ORGANIZATION)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the form asks for nothing that could be done."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A change worked out in full: what would be sent, and how it reads."""

    work: PolicyWork
    send: Callable[[], Awaitable[None]]
    steps: tuple[str, ...]
    """The same in the portal, by hand, line by line."""
    not_sent_because: str = ""
    """Why this very change cannot be sent, whatever is verified; empty if it could."""


async def plan_take_back(desk: Desk, press: Press, presser: Presser, case: Case) -> Planned | Refusal:
    """The policy to be removed, as the portal has it now. Raises PortalError."""
    found = await _chosen(desk, press, case, PolicyAct.TAKE_BACK)
    if isinstance(found, Refusal):
        return found
    approved, behind, policy = found
    source = approved.place
    work = _work(desk, press, presser, PolicyAct.TAKE_BACK).model_copy(
        update={
            "request_id": approved.request_id,
            "policy_id": policy.policy_id,
            "policy_name": policy.name,
            "application_id": behind.application_id,
            "source": source,
            "os_type": policy.os_type,
            "effect": (
                f"The policy {policy.name} is removed from the {place_words(source)}: "
                f"{approved.entry.facts.file_name}, and whatever else was added to its application, is blocked there "
                "again, unless another policy permits it."
                f"{_copies_stay(case, approved)}"
            ),
        }
    )
    steps = (
        f"Organization {case.organization_name}: remove the policy {policy.name}",
        f"Policy id {policy.policy_id}, which applies to the {place_words(source)}",
        "Then deploy the policies",
        f"Why: {work.reason}",
    )

    async def send() -> None:
        await desk.portal.remove_policy(policy.policy_id, case.organization_id)

    return Planned(work, send, steps)


async def plan_promotion(desk: Desk, press: Press, presser: Presser, case: Case) -> Planned | Refusal:
    """The policy to be copied to a wider place of its own organization. Raises PortalError.

    The copy call is used because the vendor documents it; the portal's own “move” was only ever seen in one caller's
    code, takes a policy up to a parent's group, and leaves the narrow one behind in no known state.
    """
    found = await _chosen(desk, press, case, PolicyAct.PROMOTE)
    place = await _place(desk, press, case, _Open(_WIDE, NOTHING_PROMOTES_TO_GLOBAL))
    if isinstance(found, Refusal):
        return found
    if isinstance(place, Refusal):
        return place
    approved, behind, policy = found
    if policy.elevation_status:
        return Refusal(ELEVATES_BY_NOW)
    there = await _there_before(desk, case, behind.application_id, place)
    if isinstance(there, Refusal):
        return there
    work = _work(desk, press, presser, PolicyAct.PROMOTE).model_copy(
        update={
            "request_id": approved.request_id,
            "policy_id": policy.policy_id,
            "policy_name": policy.name,
            "application_id": behind.application_id,
            "source": approved.place,
            "place": place,
            "os_type": policy.os_type,
            "ends_at": policy.end_date,
            "there_before": there,
            "effect": (
                f"The policy {policy.name} of the {place_words(approved.place)} is copied to the {place_words(place)}"
                f"{_until(policy.end_date)}; the policy of the computer stays."
            ),
        }
    )

    send = partial(desk.portal.copy_policy, policy, case.organization_id, place.applies_to_id)
    two = two_needed(desk.rules, case, approved.entry, place, desk.now())
    return Planned(work, send, _copy_steps(case, policy, work), two)


def _copy_steps(case: Case, policy: PolicyRow, work: PolicyWork) -> tuple[str, ...]:
    """The same by hand, in the portal."""
    source, place = (place_words(one) if one else "" for one in (work.source, work.place))
    return (
        f"Organization {case.organization_name}: copy the policy {policy.name} (id {policy.policy_id})",
        f"From the {source} to the {place}",
        f"Validated: {work.validated_how}; by {work.actor.name}; confirmed by {work.confirmed_by}",
        "Then deploy the policies",
    )


async def _there_before(
    desk: Desk, case: Case, application_id: str, place: PolicyPlace
) -> tuple[str, ...] | Refusal:
    """The policies that the application has already, none of them at this place. Raises PortalError."""
    listed = await desk.portal.policies_of_application(application_id, case.organization_id)
    if any(one.computer_group_id == place.applies_to_id and one.is_enabled is not False for one in listed):
        return Refusal(f"The application is permitted for the {place_words(place)} already.")
    return tuple(one.policy_id for one in listed)


async def plan_creation(desk: Desk, press: Press, presser: Presser, case: Case) -> Planned | Refusal:
    """The policy of the proposal, with what the form changed of it. Raises PortalError."""
    proposal = case.proposal
    if proposal is None:
        return Refusal(NOTHING_PROPOSED)
    if proposal.rule.why_not:
        return Refusal(proposal.rule.why_not)
    ends_at = end_of_policy(press.values.get(ids.POLICY_ENDS_BLOCK, ""))
    name = press.values.get(ids.POLICY_NAME_BLOCK, "").strip()
    if not name:
        return Refusal("The policy needs a name.")
    if len(name) > NAME_LENGTH or not name.isprintable() or "\\" in name:
        return Refusal(BAD_NAME)
    if ends_at is not None and ends_at <= desk.now():
        return Refusal(POLICY_ENDS_LATER)
    computer = proposal.places[0] if proposal.reach is Reach.COMPUTER and proposal.places else None
    reaches = (Reach.COMPUTER, *_WIDE) if computer else _WIDE
    place = await _place(desk, press, case, _Open(reaches, NOT_ONE_COMPUTER, computer))
    if isinstance(place, Refusal):
        return place
    return await _creation(desk, press, presser, case, proposal, name=name, place=place, ends_at=ends_at)


async def _creation(
    desk: Desk,
    press: Press,
    presser: Presser,
    case: Case,
    proposal: Proposal,
    *,
    name: str,
    place: PolicyPlace,
    ends_at: datetime | None,
) -> Planned | Refusal:
    """The new policy at one place, for an application that an earlier approval made."""
    if not proposal.application_id:
        return Refusal(NO_APPLICATION)
    there = await _there_before(desk, case, proposal.application_id, place)
    if isinstance(there, Refusal):
        return there
    work = _work(desk, press, presser, PolicyAct.CREATE).model_copy(
        update={
            "policy_name": name,
            "application_id": proposal.application_id,
            "place": place,
            "os_type": case.os_type,
            "ends_at": ends_at,
            "there_before": there,
            "effect": (
                f"A new policy {name} permits {proposal.application_name or case.requests[0].facts.file_name} on the "
                f"{place_words(place)}{_until(ends_at)}, without ringfencing and without administrator rights."
            ),
        }
    )
    note = decision_note("Policy proposed by its repeats, created", presser.person.name, work.work_id)
    send = partial(desk.portal.insert_policy, _new_policy(work, place, note), case.organization_id)
    often = proposal.approvals >= desk.rules.repeats.approvals
    two = two_needed(desk.rules, case, case.requests[0], place, desk.now(), is_known=often)
    return Planned(work, send, _creation_steps(case, proposal, work), two)


def _new_policy(work: PolicyWork, place: PolicyPlace, note: str) -> NewPolicy:
    return NewPolicy(
        name=work.policy_name,
        application_id=work.application_id,
        applies_to_id=place.applies_to_id,
        os_type=work.os_type,
        ends_at=work.ends_at,
        description=note,
    )


def _creation_steps(case: Case, proposal: Proposal, work: PolicyWork) -> tuple[str, ...]:
    """The same by hand, in the portal."""
    place = place_words(work.place) if work.place else ""
    return (
        f"Organization {case.organization_name}: make the policy {work.policy_name}, which permits",
        f"Application: {proposal.application_name} (id {proposal.application_id})",
        f"Applies to the {place}{_until(work.ends_at)}",
        f"Why: {work.reason}",
        "Then deploy the policies",
    )


def _work(desk: Desk, press: Press, presser: Presser, act: PolicyAct) -> PolicyWork:
    """The change with what every one has; whoever judges it adds what that rests on."""
    values, now = press.values, desk.now()
    return PolicyWork(
        work_id=new_id("w"),
        press_id=press.press_id,
        act=act,
        actor=actor_of(presser.person, press),
        reason=values.get(ids.REASON_BLOCK, "").strip(),
        validated_how=values.get(ids.VALIDATED_BLOCK, "").strip(),
        confirmed_by=values.get(ids.CONFIRMED_BLOCK, "").strip(),
        access_generation=presser.access.generation,
        recorded_at=now,
        not_after=now + desk.rules.decisions.send_within,
    )


async def _chosen(
    desk: Desk, press: Press, case: Case, act: PolicyAct
) -> tuple[Approved, Behind, PolicyRow] | Refusal:
    """The approval that was chosen, and its policy as the portal has it now: it has to be ours still."""
    request_id = press.values.get(ids.REQUESTS_BLOCK, "")
    approved = next((one for one in approved_here(case) if one.request_id == request_id), None)
    if approved is None:
        return Refusal(CHOOSE_POLICY)
    why = why_not(case, approved, act)
    behind = Behind(None, why) if why else await policy_behind(desk, approved)
    if behind.why_not or behind.policy is None:
        return Refusal(f"This policy is not changed from here: {behind.why_not}. Look at it in the portal.")
    return approved, behind, behind.policy


@dataclass(frozen=True, slots=True)
class _Open:
    """The reaches that a form leaves open, and why the others are closed."""

    reaches: tuple[Reach, ...]
    closed: str
    computer: PolicyPlace | None = None
    """The one computer, where that reach is open."""


async def _place(desk: Desk, press: Press, case: Case, offered: _Open) -> PolicyPlace | Refusal:
    """Where it shall apply: within the case's organization, and never a global group. Raises PortalError."""
    chosen = press.values.get(ids.REACH_BLOCK, "")
    reach = next((one for one in offered.reaches if one.value == chosen), None)
    if reach is None:
        return Refusal(f"That reach is closed: {offered.closed}." if chosen else "Choose how far.")
    if reach is Reach.ORGANIZATION:
        return PolicyPlace(reach=reach, applies_to_id=case.organization_id, name=case.organization_name)
    if reach is Reach.COMPUTER:
        return offered.computer or Refusal("It is not known which computer is meant.")
    wanted = press.values.get(ids.COMPUTER_GROUP_BLOCK, "")
    for group in await computer_groups(desk, case):
        if group.computer_group_id == wanted:
            return PolicyPlace(reach=reach, applies_to_id=wanted, name=group.name)
    return Refusal(CHOOSE_GROUP)


def end_of_policy(text: str) -> datetime | None:
    """The end of a chosen day in UTC; None where none was chosen. Slack sends `2026-12-24`."""
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(23, 59, 59), UTC) if text else None
    except ValueError:
        return None


def _copies_stay(case: Case, approved: Approved) -> str:
    """What a promotion has made of it is a policy of its own, and is not removed with it."""
    places = [
        place_words(one.place)
        for one in case.policy_works
        if one.request_id == approved.request_id
        and one.act is PolicyAct.PROMOTE
        and one.standing is WorkStanding.DONE
        and one.place is not None
    ]
    return f" The copy for the {' and the '.join(places)} is not removed with it." if places else ""


def _until(ends_at: datetime | None) -> str:
    return f" until {ends_at:%Y-%m-%d}" if ends_at is not None else ", without an end"
