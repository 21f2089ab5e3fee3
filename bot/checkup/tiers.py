"""The tiers and plans of the settings, held against the access file: whom a call could never name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.checkup.findings import Remark, fault, good, warning
from bot.checkup.server import UNUSABLE, place_of
from bot.ledger import Ledger, LedgerError
from bot.models import Given, Rules
from bot.models.rotas import Turn
from bot.rules.calendars import calendars_of, is_open, next_change
from bot.rules.rotas import holes, roster_of, tiers_of
from bot.settings import Settings
from permissions import Access, Action, Allowed, Ask, Kind, OrganizationTree, Person, judge
from permissions.grants import Organization

PART = "tiers"
_NAMED = 5
"""People that one sentence names (our choice)."""
_AHEAD = timedelta(days=28)
"""How far holes of the rotas are looked for (our choice): whoever is to fill one can still arrange it."""
_HOLES_TOLD = 10
"""Holes of one tier that are told one by one (our choice)."""


def examine(rules: Rules, access: Access | None, now: datetime, given: Given | None = None) -> list[Remark]:
    """People that a tier or its rota names and the access file does not know or gives no right to decide; holes of the
    rotas; plans that wait for hours that never begin. `access` None: the file is broken, which is told elsewhere.
    `given`: what was arranged in Slack, where the ledger was asked."""
    # What a calendar says is asked for apart (bot/checkup/calendars.py).
    told = rules.tiers.keys() - with_calendars(rules)
    found = [*_never_open(rules, now), *holes_remarks(rules, now, {}, told, given)]
    if access is None:
        return found
    found += people_remarks([*people_named(rules), *_arranged(rules, given)], access, now)
    found += [
        fault(PART, f"[away.{key}] is nobody's: {key} is not in the access file. Mend the key.")
        for key in rules.away
        if access.person(key) is None
    ]
    if rules.tiers and not found:
        found.append(good(PART, f"Whoever a tier names may decide something ({', '.join(rules.tiers)})."))
    return found


async def arranged(settings: Settings) -> Given | None:
    """What was given and arranged in Slack; None where the ledger cannot be asked, which is told elsewhere."""
    where, _ = place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id="check", secret=settings.ledger_secret())
    except UNUSABLE:
        return None
    try:
        return (await ledger.given()).given
    except LedgerError:
        return None
    finally:
        await ledger.close()


def people_remarks(named: Iterable[tuple[str, str]], access: Access, now: datetime) -> list[Remark]:
    """Whom a call could never name, of those who are named somewhere by their keys."""
    found = []
    for where, key in named:
        person = access.person(key)
        if person is None:
            found.append(fault(PART, f"{where} names {key}, who is not in the access file. Mend the key."))
        elif not decides_anywhere(person, access, now):
            found.append(fault(PART, f"{where} names {key}, who may decide nothing anywhere. {_REMEDY}"))
        elif not person.slack_ids:
            found.append(
                fault(PART, f"{where} names {key}, who has no Slack id in the access file. Add it there.")
            )
        elif person.quiet:
            found.append(
                fault(
                    PART,
                    f"{where} names {key}, whom the access file has as quiet, so no call names them. {_QUIET}",
                )
            )
    return found


_QUIET = "Remove `quiet` there, or take them out here."
_REMEDY = "Give them the right in the access file, or take them out there."


def people_named(rules: Rules) -> Iterator[tuple[str, str]]:
    """Where people are named who are called one by one, and each by their key; once in each place."""
    for name, tier in rules.tiers.items():
        yield from ((f"[tiers.{name}] people", key) for key in tier.people)
    for name, rota in rules.rotas.items():
        yield from ((f"[rotas.{name}] people", key) for key in dict.fromkeys(rota.people))
        yield from ((f"[rotas.{name}] ical_names", key) for key in dict.fromkeys(rota.ical_names.values()))
        yield from ((f"[rotas.{name}] overrides", key) for key in dict.fromkeys(rota.overrides.values()))


def _arranged(rules: Rules, given: Given | None) -> Iterator[tuple[str, str]]:
    """Who has a turn from Slack, once for each rota that is there."""
    held = given.duty if given is not None else ()
    turns = dict.fromkeys((each.rota, each.person_id) for each in held if each.rota in rules.rotas)
    yield from ((f"What was arranged in Slack for [rotas.{rota}]", key) for rota, key in turns)


def with_calendars(rules: Rules) -> set[str]:
    """The tiers of which a rota is read from a calendar."""
    return {
        name
        for name, tier in rules.tiers.items()
        if any(rules.rotas[each].ical_url for each in tier.rota if each in rules.rotas)
    }


def holes_remarks(
    rules: Rules,
    now: datetime,
    turns: Mapping[str, tuple[Turn, ...]],
    of: Collection[str],
    given: Given | None = None,
) -> Iterator[Remark]:
    """When nobody is on call for these tiers in the coming weeks. No fault: the next tier is called then."""
    roster = replace(roster_of(rules, given), turns=turns)
    for name, tier in rules.tiers.items():
        if name not in of:
            continue
        found = holes(roster, name, now, now + _AHEAD)
        if not found:
            continue
        zone = ZoneInfo(rules.rotas[tier.rota[0]].zone)
        told = [
            f"{each.starts.astimezone(zone):%a %Y-%m-%d %H:%M} until {each.ends.astimezone(zone):%a %Y-%m-%d %H:%M}"
            for each in found[:_HOLES_TOLD]
        ]
        more = f", and {len(found) - _HOLES_TOLD} more" if len(found) > _HOLES_TOLD else ""
        yield warning(
            PART,
            f"Nobody is on call for the tier {name} in the coming {_AHEAD.days} days ({zone.key}): "
            f"{', '.join(told)}{more}. The next tier is called then. Fill it in the rota with overrides or people, or "
            f"give [tiers.{name}] people who are called in its holes.",
        )


def examine_members(
    rules: Rules, access: Access, members: Mapping[str, frozenset[str] | None], now: datetime
) -> list[Remark]:
    """Members of the tiers' user groups without the right to decide: calls leave them out, and the others are named one
    by one instead of the group."""
    found = []
    for name, tier in tiers_of(rules).items():
        held = members.get(tier.user_group)
        if not tier.user_group or not held:
            continue
        lacking = [each for each in sorted(held) if not _may(access.person_of_slack(each), access, now)]
        if lacking:
            found.append(warning(PART, _lacking(name, lacking, held, access)))
    return found


def decides_anywhere(person: Person, access: Access, now: datetime) -> bool:
    """Whether somebody may decide requests of some kind in some organization, by their own grants."""
    places = sorted(access.organizations_of(person.person_id))
    # Below an organization the same grants count, or fewer; so a tree of these alone finds whatever there is.
    known = tuple(Organization(organization_id=each, name=each) for each in places)
    tree = OrganizationTree(known, fetched_at=now)
    asks = (
        Ask(person_id=person.person_id, action=action, organization_id=each, kind=kind, already_approved=True)
        for each in places
        for kind in Kind
        for action in (Action.APPROVE, Action.DENY)
    )
    return any(isinstance(judge(ask, access, tree, now), Allowed) for ask in asks)


def _may(person: Person | None, access: Access, now: datetime) -> bool:
    return person is not None and decides_anywhere(person, access, now)


def _lacking(name: str, lacking: Collection[str], held: Collection[str], access: Access) -> str:
    people = ((access.person_of_slack(each), each) for each in lacking)
    told = [person.name if person is not None else slack_id for person, slack_id in people]
    named = ", ".join(told[:_NAMED]) + (f" and {len(told) - _NAMED} more" if len(told) > _NAMED else "")
    whole = (
        "all of them, so it is passed over" if len(lacking) == len(held) else f"{len(lacking)} of {len(held)}"
    )
    return (
        f"The user group of the tier {name} holds people who may decide nothing ({whole}): {named}. {_REMEDY}"
    )


def _never_open(rules: Rules, now: datetime) -> list[Remark]:
    """Calendars that a plan would wait for in vain."""
    waiting = [
        name for name, plan in rules.plans.items() if plan.clock == "calendar" or plan.outside == "hold"
    ]
    closed = [
        name
        for name, calendar in calendars_of(rules).items()
        if not is_open(calendar, now) and next_change(calendar, now) is None
    ]
    if not waiting or not closed:
        return []
    sentence = (
        f"[plans.{waiting[0]}] counts open hours, and the calendar {closed[0]} has none for a year and more: there its "
        "clock runs around the clock. Give the calendar hours, or its organizations another plan."
    )
    return [warning(PART, sentence)]
