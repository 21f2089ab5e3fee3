"""Whom a call about a case names: of the tier's turn those who can decide this very case now, else of the next tier.

tier ──> on call now ──> may decide it, and is there ──┬─ somebody ──> named, the user group where it is all of it
  ^                                                    │
  └──────────────── the next tier, and it says so ─────┴─ nobody
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.models import Case, Rules, Step
from bot.models.rotas import APPROVERS, ON_DUTY, TEAM, Called, OnCall, Roster
from bot.rules.kinds import traits_of
from bot.rules.plans import calls_of
from bot.rules.rotas import on_call, tiers_of
from permissions import Access, Action, Allowed, Ask, OrganizationTree, Person, Whose, judge, whose


@dataclass(frozen=True, slots=True, kw_only=True)
class Muster:
    """What tells whom a call may name, as of one moment. What is None or missing was not to be had, and hides nobody:
    a call to one too many is better than silence."""

    at: datetime
    roster: Roster = field(default_factory=Roster)
    access: Access | None = None
    tree: OrganizationTree | None = None
    members: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """The Slack ids that belong to a user group; None: Slack does not tell."""
    away: frozenset[str] = frozenset()
    """Slack ids of which Slack says that they are no members of the workspace any more."""
    emails: Mapping[str, str] = field(default_factory=dict)
    """The address of each Slack id that the access file does not know, where it takes people by theirs."""

    def person(self, slack_user_id: str) -> Person | None:
        """The person of the access file behind a Slack id; None for a stranger, and before there is an access file."""
        if self.access is None:
            return None
        email = self.emails.get(slack_user_id, "")
        return self.access.person_of_slack(slack_user_id) or (
            self.access.person_of_email(email) if email else None
        )


def called(muster: Muster, case: Case, tiers: Iterable[str]) -> Called:
    """Whom a call names, given the tiers whose turn it is in their order.

    Where nobody of any tier can, it is a call to whoever reads the channel of the first one, and says so.
    """
    passed: list[str] = []
    order = list(dict.fromkeys(tiers))
    for tier in order:
        found = on_call(muster.roster, tier, muster.at)
        channel_id = muster.roster.tiers[tier].channel
        named = _named(muster, case, found)
        if named is not None:
            return Called(tier, named.user_group_id, named.people, channel_id, tuple(passed))
        passed.append(tier)
    first = order[0] if order else ""
    return Called(first, channel_id=muster.roster.tiers[first].channel if first else "", passed=tuple(passed))


def tiers_in_turn(case: Case, tier: str, rules: Rules, *, team_is_there: bool) -> tuple[str, ...]:
    """The tiers to be tried for a call: its own, those that its plan calls later, those on duty, the others."""
    later = dict.fromkeys(_calls_after(case, tier))
    groups = tiers_of(rules)
    on_duty = TEAM if team_is_there or not groups[APPROVERS].names_somebody else APPROVERS
    named = [tier or ON_DUTY, *later, ON_DUTY, TEAM, APPROVERS]
    # A tier that the file has no more, or that nobody stands behind, is no help to anybody: but the first one says so.
    resolved = [on_duty if each == ON_DUTY else each for each in named]
    return tuple(dict.fromkeys(each for each in resolved if each in groups))


def tier_by_hand(case: Case) -> str:
    """Whose turn it is when somebody asks for help: the first call of the plan that was not made yet, else its last."""
    calls = [step for entry in case.open_requests for step in calls_of(entry)]
    coming = sorted((step for step in calls if step.is_open), key=lambda step: step.due_at)
    return coming[0].tier if coming else calls[-1].tier if calls else ""


def tier_called(case: Case) -> str:
    """The tier whose turn it was at the last call about a case; empty: those on duty."""
    made = sorted((step for step in calls_made(case) if not step.skipped), key=lambda step: step.due_at)
    return made[-1].tier if made else ""


def _calls_after(case: Case, tier: str) -> list[str]:
    """The tiers that the plans of a case call after this one."""
    found: list[str] = []
    for entry in case.open_requests:
        calls = calls_of(entry)
        places = [number for number, step in enumerate(calls) if step.tier == tier]
        found += [step.tier for step in calls[places[-1] + 1 :]] if places else []
    return [each or ON_DUTY for each in found if each != tier]


def _named(muster: Muster, case: Case, found: OnCall) -> OnCall | None:
    """Those of the people on call who can decide the case; None: nobody is left."""
    if found.is_channel_alone:
        return OnCall()
    people = [slack_id for person_id in found.people if (slack_id := _there(muster, case, person_id))]
    members = muster.members.get(found.user_group_id) if found.user_group_id else frozenset[str]()
    if members is None:
        return OnCall(found.user_group_id, tuple(people))
    able = sorted(each for each in members if can_decide(muster, case, each))
    if able and len(able) == len(members):
        return OnCall(found.user_group_id, tuple(one for one in people if one not in members))
    everybody = tuple(dict.fromkeys([*people, *able]))
    return OnCall(people=everybody) if everybody else None


def _there(muster: Muster, case: Case, person_id: str) -> str:
    """The Slack id under which somebody of a tier is called; empty: not now."""
    person = muster.access.person(person_id) if muster.access is not None else None
    ids = person.slack_ids if person is not None else ()
    here = next((each for each in ids if each not in muster.away), "")
    return here if here and can_decide(muster, case, here) else ""


def can_decide(muster: Muster, case: Case, slack_user_id: str) -> bool:
    """Whether somebody may decide this very case now: approve it on the computer that asked, or deny it; of what the
    portal alone decides, be on it. Whose own request it is cannot."""
    if muster.access is None or muster.tree is None or not traits_of(case.kind).has_deciders:
        return True
    person = muster.person(slack_user_id)
    if person is None or person.quiet or _is_own(person, case, muster.access):
        return False
    here = traits_of(case.kind).is_decided_here
    actions = (Action.APPROVE, Action.DENY) if here else (Action.CLAIM,)
    asks = (
        Ask(
            person_id=person.person_id,
            action=action,
            organization_id=case.organization_id,
            kind=case.kind,
            already_approved=True,
        )
        for action in actions
    )
    access, tree = muster.access, muster.tree
    return any(isinstance(judge(ask, access, tree, muster.at), Allowed) for ask in asks)


def _is_own(person: Person, case: Case, access: Access) -> bool:
    asked = [whose(entry.facts.requestor, person, access) for entry in case.open_requests]
    return bool(asked) and all(each is Whose.OWN for each in asked)


def calls_made(case: Case) -> tuple[Step, ...]:
    """The calls that were made about a case."""
    return tuple(step for entry in case.requests for step in calls_of(entry) if not step.is_open)
