"""From a plan to an answer: read, group, page, and tell the outcomes apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cards import Rendered, lookup
from bot.cards.kit.words import Line, listed, say, strong
from bot.desk import Desk
from bot.lookup.history import history_token
from bot.lookup.open_cases import OpenRequest, open_requests
from bot.lookup.queries import Plan
from bot.lookup.question import Span
from bot.lookup.reading import PAGES_MOST, ROWS_A_PAGE, Deadline, Reading, RowGroup, group_rows, read_all
from bot.lookup.saying import Answered, joined_names, with_notes
from bot.lookup.scope import Scope
from permissions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look-up of somebody who may."""

    scope: Scope
    span: Span
    organization_ids: frozenset[str]
    """Where the asker may look and wants to."""
    first: int
    """The number of the page's first group."""
    token: Callable[[int, bool], str]
    """The token of the page that begins with a group; whether what was permitted is asked for, too."""
    permits: bool = False
    """What was permitted is asked for, too."""
    question: str
    """As it was typed; kept privately."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the portal showed."""

    groups: tuple[RowGroup, ...]
    cut: bool
    failed: frozenset[str]
    """Organizations that were not, or not wholly, read."""
    complete_since: datetime | None
    """Where not all rows were read: nothing is missing after this."""
    failures: tuple[str, ...]
    rows: int


async def look(desk: Desk, look_up: Look, plan: Plan, deadline: Deadline) -> Answered:
    """Read what the plan asks and answer with one of the outcomes. LedgerUnavailable passes through."""
    queries = plan.queries
    if look_up.permits:
        # Beside the denials, not in their place: among all that runs they would soon be too old to be read.
        queries = (*queries, *(replace(each, with_permits=True) for each in queries))
    sight = _sight(look_up, plan, await read_all(desk, queries, deadline))
    if sight.groups:
        return await _found(desk, look_up, plan, sight)
    if sight.failures:
        return _cannot_look(look_up, sight)
    if sight.cut:
        return _not_all(look_up, plan, sight)
    if plan.unsure:
        # Asked back: a wrong all-clear is worse than a refusal.
        said = lookup.not_understood(plan.asked, plan.unsure.replace("{where}", _where(look_up)))
        return _answered(look_up, sight, "not_understood", said)
    said = with_notes(lookup.nothing_blocked(_page(desk, look_up, plan, sight)), [plan.note])
    return _answered(look_up, sight, "nothing_blocked", said)


def _sight(look_up: Look, plan: Plan, readings: Sequence[Reading]) -> _Sight:
    rows = [row for reading in readings for row in reading.rows if plan.keeps(row)]
    broken = [reading for reading in readings if reading.failure]
    unread = [reading.query.allowed for reading in broken]
    unread += [
        look_up.scope.at_or_below(each.organization_id, look_up.organization_ids) for each in plan.failures
    ]
    reasons = [reading.failure for reading in broken] + [failure.why for failure in plan.failures]
    cut = [reading for reading in readings if reading.cut]
    groups = group_rows(rows, look_up.span.start)
    return _Sight(
        # What was blocked first: it is what somebody asks about, and far less than what runs.
        groups=tuple(sorted(groups, key=lambda group: group.permitted)),
        cut=bool(cut),
        complete_since=max(filter(None, (each.back_to for each in cut)), default=None),
        failed=frozenset[str]().union(*unread),
        failures=tuple(dict.fromkeys(reasons)),
        rows=len(rows),
    )


async def _found(desk: Desk, look_up: Look, plan: Plan, sight: _Sight) -> Answered:
    first = look_up.first if look_up.first <= len(sight.groups) else 1
    shown = sight.groups[first - 1 : first - 1 + lookup.GROUPS_SHOWN]
    requests = await open_requests(desk, look_up.scope, shown)
    several = len(look_up.organization_ids) > 1
    blocked = [
        _as_blocked(group, request, look_up.scope.name(group.organization_id) if several else "")
        for group, request in zip(shown, requests, strict=True)
    ]
    page = _page(desk, look_up, plan, sight, blocked, first)
    notes = [plan.note, _in_part(look_up, sight)]
    said = with_notes(lookup.found(page), notes)
    return _answered(look_up, sight, "found_in_part" if sight.failed else "found", said, shown=len(shown))


def _page(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk,
    look_up: Look,
    plan: Plan,
    sight: _Sight,
    groups: Sequence[lookup.BlockedGroup] = (),
    first: int = 1,
) -> lookup.LookupPage:
    total, size = len(sight.groups), lookup.GROUPS_SHOWN
    return lookup.LookupPage(
        asked=plan.asked,
        span=look_up.span.words,
        organizations=look_up.scope.names(look_up.organization_ids - sight.failed),
        groups=groups,
        first=first,
        total_groups=total,
        rows_cut=sight.cut,
        newer=look_up.token(max(1, first - size), look_up.permits) if first > 1 else "",
        older=look_up.token(first + size, look_up.permits) if first + size <= total else "",
        with_permits=look_up.permits,
        permits="" if look_up.permits else look_up.token(1, True),
        as_of=desk.now(),
        since=look_up.span.start,
        complete_since=sight.complete_since,
        portal_link=desk.rules.portal_link,
    )


def _as_blocked(group: RowGroup, request: OpenRequest, where: str) -> lookup.BlockedGroup:
    """One group as it is drawn; `where` names its organization when several were searched."""
    at = f" at {where}" if where else ""
    return lookup.BlockedGroup(
        subject=group.path,
        count=group.count,
        last_at=group.last_at,
        policy=group.policy,
        action=group.action,
        simulated=group.simulated,
        permitted=group.permitted,
        history=history_token(group),
        history_on=next(iter(group.computers), ""),
        computers=tuple(f"{name}{at}" for name in group.computers),
        users=group.users,
        has_open_request=request.is_open,
        card_link=request.card_link,
        standing=request.standing,
        decided=request.decided,
    )


def _in_part(look_up: Look, sight: _Sight) -> Line:
    """Said before what was found, when something could not be read."""
    if not sight.failed:
        return []
    where = listed(look_up.scope.names(sight.failed), limit=3)
    return [
        strong("This is not all. "),
        say("I could not (wholly) look at "),
        *where,
        say(f". {sight.failures[0]}"),
    ]


def _cannot_look(look_up: Look, sight: _Sight) -> Answered:
    looked = look_up.organization_ids - sight.failed
    sentence = " ".join(sight.failures)
    if looked:
        names = joined_names(look_up.scope.names(sight.failed))
        sentence = f"{sentence} It is about {names}; in the other {len(looked)} I found nothing."
    outcome = "cannot_look_everywhere" if looked else "cannot_look"
    return _answered(look_up, sight, outcome, lookup.cannot_look(sentence))


def _not_all(look_up: Look, plan: Plan, sight: _Sight) -> Answered:
    most = PAGES_MOST * ROWS_A_PAGE
    rows = "items" if look_up.permits else "blocked items"
    why = (
        f"Among the newest {most:,} {rows} of each organization there is none of {plan.asked}, and there "
        f"are more than I read in {look_up.span.words}. Ask for a shorter span, a computer, or one organization."
    )
    return _answered(look_up, sight, "too_much_to_read", lookup.cannot_look(why))


def _where(look_up: Look) -> str:
    names = look_up.scope.names(look_up.organization_ids)
    return (
        f" at {names[0]}" if len(names) == 1 else f" in the {len(names)} organizations that you may look into"
    )


def _answered(look_up: Look, sight: _Sight, outcome: str, said: Rendered, *, shown: int = 0) -> Answered:
    organizations = sorted(look_up.organization_ids)
    facts = {
        "organizations": organizations,
        "not_read": sorted(sight.failed),
        "from": look_up.span.start.isoformat(),
        "to": look_up.span.end.isoformat(),
        "rows": sight.rows,
        "groups": len(sight.groups),
        "first": look_up.first,
        "shown": shown,
        "cut": sight.cut,
        **({"permits": True} if look_up.permits else {}),
        "rests_on": look_up.scope.rests_on(Action.LOOK_UP, organizations),
    }
    only = organizations[0] if len(organizations) == 1 else ""
    private = {"question": look_up.question}
    return Answered(said=said, outcome=outcome, facts=facts, private=private, organization_id=only)
