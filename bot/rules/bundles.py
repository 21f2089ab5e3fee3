"""Which cases share one card: a family (one file, several organizations) or a burst (one computer, many files). Pure.

Each case keeps its own organization, state, deadline, claim, record and retention; a bundle is only the name under
which their one card is drawn. One case of several organizations would be less code here and more everywhere else: every
rule that asks “which organization” (the verdict, the channel, history, retention, the turns of the send queue) rests on
a case having one. So whatever is not about the card, or about calling people once, knows nothing of bundles.

    case opens ──┬─ the same file was asked for and has a card here ────────────────> joins it      (family)
                 ├─ its computer floods, or is the file that makes it a flood ──────> one card      (burst)
                 └─ else ───────────────────────────────────────────────────────────> its own card, which may be joined
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bot.models import Case, Rules, StepKind, digest_of
from bot.models.base import digest_told
from bot.rules.kinds import traits_of
from bot.rules.plans import step_traits

MEMBERS_MOST = 60
"""Cases on one card (our choice): a button names each of them with its revision, in what Slack gives it."""


def family_key(case: Case, channel_id: str) -> str:
    """The name under which a later case of the same file finds this card; empty for what has no file to compare."""
    if not case.subject_key:
        return ""
    told = ["family", channel_id, case.kind.value, str(case.os_type), digest_told(case.hash)]
    return digest_of(told)[:32]


def burst_key(case: Case, channel_id: str) -> str:
    """The name under which a later file of the same computer finds the burst's card; empty for what is no software."""
    computers = case.computers
    if not traits_of(case.kind).is_software or len(computers) != 1 or not computers[0]:
        return ""
    return digest_of(["burst", channel_id, case.organization_id.lower(), computers[0]])[:32]


def takes_family(members: Sequence[Case], case: Case, channel_id: str, rules: Rules, now: datetime) -> bool:
    """Whether a new case joins the card of these: the same file, decided or not, whoever asks.

    Also an organization that asks again after a decision: its card shows at once what was decided then, and is open
    again, which is said below it. A request that could be in an open case of its own organization is in that one.
    """
    if not rules.families.together or not _may_take(members, channel_id):
        return False
    is_same_file = all(_file(member) == _file(case) for member in members)
    still_asks = case.organization_id.lower() in {m.organization_id.lower() for m in members if m.is_open}
    is_young = now - min(member.opened_at for member in members) <= rules.families.stays
    return is_same_file and is_young and not still_asks


def takes_burst(members: Sequence[Case], channel_id: str, rules: Rules, now: datetime) -> bool:
    """Whether one more file of the same computer joins the burst's card: while it goes on, decided or not."""
    if not rules.bursts.together or not _may_take(members, channel_id):
        return False
    return now - max(member.opened_at for member in members) <= rules.bursts.within


def makes_burst(others: Iterable[Case], case: Case, rules: Rules, now: datetime) -> tuple[Case, ...]:
    """The cases of the same computer that make a burst together with a new one, oldest first; empty for none.

    `others` are open cases that no other case shares a card with.
    """
    if not rules.bursts.together:
        return ()
    near = [
        other
        for other in others
        if other.is_open
        and other.organization_id.lower() == case.organization_id.lower()
        and traits_of(other.kind).is_software
        and other.computers == case.computers
        and now - other.opened_at <= rules.bursts.within
    ]
    if len(near) + 1 < rules.bursts.files:
        return ()
    return tuple(sorted(near, key=lambda other: (other.opened_at, other.case_id))[-MEMBERS_MOST + 1 :])


def _may_take(members: Sequence[Case], channel_id: str) -> bool:
    """Whether a card can hold one case more, and stands (or will stand) in the channel of that one."""
    if not 0 < len(members) < MEMBERS_MOST or any(member.redacted_at for member in members):
        return False
    return {member.card.channel_id for member in members if member.card is not None} <= {channel_id}


def _file(case: Case) -> tuple[str, int, str]:
    """What makes two files one; without a digest a file is the same as no other."""
    return case.kind.value, case.os_type, digest_told(case.hash) or case.case_id


def is_family(cases: Sequence[Case]) -> bool:
    """Whether one card's cases are one file; else they are one computer's."""
    return files_in(cases) == 1


def files_in(cases: Sequence[Case]) -> int:
    """How many different files a card is about: what is asked for again is the same one."""
    return len({_file(case) for case in cases})


def at_home(cases: Sequence[Case], channel_of: Callable[[Case], str]) -> tuple[list[Case], list[Case]]:
    """Of the cases that share a card: those that may stand in its channel, and those that may not (any more).

    `channel_of` is the routing table. A card that was posted stays where it stands as long as one of its organizations
    is configured for that channel; whose is another one now leaves it, so that no channel names an organization that
    is not configured for it. Where all have moved on, the card stays as a single one does, with those of the first.
    """
    posted = next((case.card.channel_id for case in cases if case.card is not None), "")
    homes = [channel_of(case) for case in cases]
    home = posted if posted in homes else homes[0]
    stay = [case for case, channel_id in zip(cases, homes, strict=True) if channel_id == home]
    leave = [case for case, channel_id in zip(cases, homes, strict=True) if channel_id != home]
    return stay, leave


def merged(cases: Sequence[Case]) -> Case:
    """Several cases as one, to be shown and never to be stored: their requests together, the first one's name.

    What was found out is left out, since it was found out for one organization each.
    """
    first = cases[0]
    open_cases = [case for case in cases if case.is_open]
    claims = {case.claim.actor.person_id: case.claim for case in open_cases if case.claim is not None}
    is_claimed = len(claims) == 1 and all(case.claim is not None for case in open_cases)
    escalated = [case for case in cases if case.escalated_at is not None and case.is_open]
    unusual = tuple(dict.fromkeys(reason for case in open_cases for reason in case.unusual))
    return first.model_copy(
        update={
            "organization_name": organizations_told(cases),
            "requests": tuple(entry for case in cases for entry in case.requests),
            "closed_at": None if open_cases else max(case.closed_at or case.opened_at for case in cases),
            "redacted_at": None,
            "claim": next(iter(claims.values())) if is_claimed else None,
            "evidence": None,
            "unusual": unusual,
            "escalated_at": escalated[0].escalated_at if escalated else None,
            "escalated_by": escalated[0].escalated_by if escalated else "",
            "elsewhere": tuple(one for case in open_cases or cases for one in case.elsewhere),
            "handed_over": None,
            "policy_due": False,
            "policy_works": (),
            "proposal": None,
        }
    )


def organizations_told(cases: Sequence[Case]) -> str:
    """The organization's name, or how many there are."""
    names = dict.fromkeys(case.organization_name for case in cases)
    return next(iter(names)) if len(names) == 1 else f"{len(names)} customers"


def spoken_for(others: Iterable[Case], step: StepKind, now: datetime, rules: Rules, tier: str = "") -> str:
    """The case that has spoken for the whole card already, where a step's message would say the same again.

    A step of a case that is still open speaks for all that share its card, for as long as a repeat takes: people are
    called once for a family, and again as often as for a single case. A call speaks for those of its own tier (empty:
    for those on duty). Empty: nobody has spoken, so this one does.
    """
    order = tuple(StepKind)
    for other in others:
        for taken in (step for entry in other.open_requests for step in entry.steps):
            is_as_strong = order.index(taken.kind) >= order.index(step)
            is_heard = taken.tier == tier or not step_traits(step).escalates
            if not (is_as_strong and is_heard) or taken.taken_at is None or taken.skipped:
                continue
            if now - taken.taken_at < rules.plan.repeat_every:
                return other.case_id
    return ""
