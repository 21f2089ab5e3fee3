"""What every order about duty shares: whose it is to give, what speaks against it, and how it is recorded.

Whoever stands on a rota arranges their own duty. For others it takes the right to administer them. None of it gives
anybody a right to decide: whom a call names is asked of `permissions` at each call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

from bot.administration.enacting import Command, Enacted, in_force_facts, notice
from bot.administration.finding import find, person_named
from bot.administration.orders import Someone, fault_in_reason, words_of
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers
from bot.desk import Desk, InForce, answer, event_of
from bot.models import DutyChange, Effect, Event, Given, Press
from bot.models.rotas import Roster
from bot.portal import PortalError
from bot.rules.duty import Span, members
from bot.rules.rotas import turns
from permissions import (
    Action,
    Kind,
    OrganizationTree,
    Person,
    RefusalReason,
    Refused,
    judge_suspension,
    organizations_in_view,
)

_ID = "y"
"""What ids of changes and offers begin with: their ends share the due times of what was given in Slack."""
MOST = 200
"""Changes and offers that are kept at a time (our choice): who has more to arrange writes it into the file."""
_LIKE_SUSPENDING = "Changing the duty of others takes the right to administer them."
"""The portal knows no rotas, and no permission of its own is named for them (our choice)."""
_CANNOT_TELL = (
    "The portal does not tell its organizations just now, so whether you may do this for others cannot be told. "
    "Nothing was changed. Try again in a minute."
)


def new_duty_id() -> str:
    """Short, since it may be typed on a phone."""
    return f"{_ID}{token_hex(4)}"


def is_duty(id_: str) -> bool:
    """Whether an end that is due is that of a change of duty, or of an offered swap."""
    return id_.startswith(_ID)


def typed(press: Press) -> str:
    """What stands after the second word of a command, such as `oncall take`."""
    return words_of(press.text).partition(" ")[2].strip()


@dataclass(frozen=True, slots=True)
class Nothing:
    """An order changes nothing, and why: a constant for the record, a sentence for the person."""

    outcome: str
    sentence: str


# Who and where


@dataclass(frozen=True, slots=True)
class Sight:
    """What is read before an order is judged; what is given in Slack is read anew with every try."""

    tree: OrganizationTree | None
    """None while the portal does not tell its organizations, which stops nobody's own duty."""
    roster: Roster

    def with_given(self, given: Given) -> Roster:
        """Who is on call with what is arranged in this."""
        return replace(self.roster, changed=given.duty)


async def look(desk: Desk) -> Sight:
    """The organizations, if they are told, and all that says who is on call. LedgerUnavailable passes through."""
    try:
        tree: OrganizationTree | None = await desk.tree.current()
    except PortalError:
        tree = None
    return Sight(tree, await desk.roster())


async def colleague(command: Command, who: Someone, roster: Roster, *rotas: str) -> Person | None:
    """Whom an order names: at once whoever stands on a rota of the presser's, which everybody reads; else whom the
    presser may know of. None: the press is answered."""
    named = await person_named(command.desk, command.press, who, command.presser.access)
    if isinstance(named, Person):
        both = {command.person_id, named.person_id}
        if any(both <= members(roster, each) for each in rotas or roster.rotas if each in roster.rotas):
            return named
    found = await find(command, who=who)
    return found.person if found is not None else None


def no_rota(roster: Roster, named: str) -> Nothing:
    """Nothing has this name."""
    there = f"It is one of {', '.join(roster.rotas)}." if roster.rotas else "The settings have none."
    return Nothing("unknown_name", f"There is no rota {named[:40]}. {there}")


def others_with_turn(roster: Roster, rota: str, span: Span, person_id: str) -> tuple[str, ...]:
    """Who else has the turn of a rota in a time, each once."""
    found = (each.found.people for each in turns(roster, rota, span.starts, span.ends))
    return tuple(dict.fromkeys(one for people in found for one in people if one != person_id))


# Whether


def judged_over(
    command: Command, tree: OrganizationTree | None, in_force: InForce, person_ids: Iterable[str]
) -> tuple[str, ...] | Refused:
    """By what the presser may change the duty of these people, or the first reason why not."""
    if tree is None or not tree.placed:
        return Refused(RefusalReason.OUTDATED_ORGANIZATIONS, (), "", lambda: _CANNOT_TELL)
    by, now = command.person_id, command.desk.now()
    verdicts = [judge_suspension(by, each, in_force.access, tree, now) for each in person_ids]
    refused = next((each for each in verdicts if isinstance(each, Refused)), None)
    if refused is not None:
        return refused._replace(tell=lambda: f"{_LIKE_SUSPENDING} {refused.sentence}")
    bases = (basis for each in verdicts if not isinstance(each, Refused) for basis in each.rests_on)
    return tuple(dict.fromkeys(map(str, bases)))


def fault_in_order(given: Given, reason: str, *, is_own: bool) -> Nothing | None:
    """What every order that adds something may lack. One's own duty needs no reason."""
    fault = fault_in_reason(reason) if reason or not is_own else ""
    if fault:
        return Nothing("no_reason", fault)
    if len(given.duty) + len(given.swaps) >= MOST:
        return Nothing(
            "too_many",
            f"There are {MOST} changes of duty already; write lasting ones into gatehouse.toml, or drop some.",
        )
    return None


def without_way(person: Person) -> Nothing | None:
    """Somebody whom no call can name is not put on call."""
    if not person.slack_ids:
        return Nothing(
            "no_slack_id", f"{person.name} has no Slack id in the access file, so no call could name them."
        )
    if person.quiet:
        return Nothing("quiet", f"{person.name} is quiet in the access file, so no call would name them.")
    return None


def duty_note(
    command: Command, sight: Sight, in_force: InForce, person: Person, before: Sequence[str]
) -> list[str]:
    """Said with the yes: calls pass over whoever may not decide, on call or not. `before`: who was on call instead."""
    if sight.tree is None:
        return []
    own = _decides_in(command, sight.tree, in_force, person.person_id)
    who = "You" if person.person_id == command.person_id else person.name
    lacking = (
        f"{who} may decide nothing anywhere"
        if not own
        else f"{who} may not decide everywhere that {_named(in_force, before)} may"
        if any(_decides_in(command, sight.tree, in_force, each) - own for each in before)
        else ""
    )
    rest = "and being on call gives nobody a right: a call names only who can decide the very case then"
    return [f"{lacking}, {rest}, so other calls pass to the next tier."] if lacking else []


def _decides_in(
    command: Command, tree: OrganizationTree, in_force: InForce, person_id: str
) -> frozenset[tuple[str, Kind]]:
    """Where somebody may decide requests of which kind."""
    now = command.desk.now()
    return frozenset(
        (place, kind)
        for verb in (Action.APPROVE, Action.DENY)
        for kind in Kind
        for place in organizations_in_view(person_id, in_force.access, tree, now, verb, kind)
    )


def _named(in_force: InForce, person_ids: Iterable[str]) -> str:
    people = filter(None, map(in_force.access.person, person_ids))
    return ", ".join(each.name for each in people)


# What is said and recorded


def unchanged(command: Command, in_force: InForce, why: Nothing) -> Enacted:
    """Nothing is changed, which is recorded and told."""
    facts = {"order": command.word, "outcome": why.outcome, **in_force_facts(in_force)}
    event = event_of("administration_not_judged", command.press, person_id=command.person_id, facts=facts)
    return Enacted(events=[event], effects=[answer(command.press, answers.said(why.sentence))])


def duty_notices(command: Command, people: Iterable[Person | None], told: Rendered) -> list[Effect]:
    """A direct message to everybody concerned but who ordered it, each once."""
    named = {each.person_id: each for each in people if each is not None}
    return [
        effect
        for person_id, each in named.items()
        if person_id != command.person_id
        for effect in notice(f"duty-notice:{command.press.press_id}:{person_id}", each, told)
    ]


def duty_facts(change: DutyChange) -> dict[str, object]:
    """A change as the record keeps it for ever: ids and times, no name, no text."""
    return {
        "duty_id": change.duty_id,
        "person_id": change.person_id,
        "rota": change.rota,
        "starts": change.starts.isoformat(),
        "ends": change.ends.isoformat(),
        "by": change.by.person_id,
        "swap_id": change.swap_id,
        "justification": "written" if change.reason else "none_needed",
    }


def duty_event(
    name: str,
    command: Command,
    change: DutyChange,
    in_force: InForce,
    rests_on: Sequence[str],
    *,
    reason: str = "",
) -> Event:
    """A change that somebody ordered; `rests_on` is empty where it is their own duty."""
    private = {
        "by": command.presser.person.name,
        "of": change.person_name,
        "reason": reason or change.reason,
    }
    return event_of(
        name,
        command.press,
        person_id=command.person_id,
        facts={"duty": duty_facts(change), "rests_on": list(rests_on), **in_force_facts(in_force)},
        private={key: text for key, text in private.items() if text},
    )
