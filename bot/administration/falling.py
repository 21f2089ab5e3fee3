"""What was given in Slack falls with its giver's right and rests with the giver's suspension: announced, once.

Verdicts do not wait for this: a gift whose giver could not give it counts for nothing from the first press on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.administration.enacting import Enacted, announcement, enact_by_clock, notice
from bot.cards.messages import administration as cards
from bot.desk import Desk, InForce, NoAccess, event_of, new_id
from bot.models import Effect, Event, Given, SlackGrant

Fallen = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Move:
    """One grant of which less counts than was last announced, or more again."""

    grant: SlackGrant
    fallen: tuple[str, ...]
    """What of it does not count now; empty: all of it does."""


async def watch_givers(desk: Desk) -> bool:
    """Compare what counts now with what was announced. True: something fell or counts again, and is announced."""
    try:
        in_force = await desk.access.in_force()
    except NoAccess:
        return False

    def compared(given: Given) -> Enacted | None:
        now = in_force.with_given(given)
        moved = moves(given, now.fallen)
        if not moved:
            return None
        events, effects = told(in_force, moved)
        return Enacted(given=settled(given, now.fallen), events=events, effects=effects)

    return await enact_by_clock(desk, compared)


def with_what_falls(in_force: InForce, enacted: Enacted) -> Enacted:
    """The order with what falls, or counts again, through it: recorded and announced in the same step."""
    if enacted.given is None:
        return enacted
    after = in_force.with_given(enacted.given)
    moved = moves(enacted.given, after.fallen)
    if not moved:
        return enacted
    events, effects = told(in_force, moved)
    return replace(
        enacted,
        given=settled(enacted.given, after.fallen),
        events=[*enacted.events, *events],
        effects=[*enacted.effects, *effects],
    )


def moves(given: Given, fallen: Fallen) -> list[Move]:
    """The grants whose part that does not count is another one than was announced last."""
    return [
        Move(each, fallen.get(each.grant_id, ()))
        for each in given.grants
        if fallen.get(each.grant_id, ()) != given.fallen.get(each.grant_id, ())
    ]


def settled(given: Given, fallen: Fallen) -> Given:
    """The same with this as announced."""
    return given.model_copy(update={"fallen": dict(fallen)})


def told(in_force: InForce, moved: Sequence[Move]) -> tuple[list[Event], list[Effect]]:
    """The record, an announcement where each grant is, and a word to those who hold them."""
    return [_event(in_force, each) for each in moved], list(_effects(in_force, moved))


def _event(in_force: InForce, move: Move) -> Event:
    grant = move.grant
    return event_of(
        "grant_rests" if move.fallen else "grant_counts_again",
        organization_id=grant.organization_id,
        facts={
            "grant_id": grant.grant_id,
            "of": grant.person_id,
            "given_by": grant.given_by.person_id,
            "fallen": list(move.fallen),
            "access_generation": in_force.access.generation,
            "access_digest": in_force.access.digest,
        },
    )


def _effects(in_force: InForce, moved: Sequence[Move]) -> Iterator[Effect]:
    tag = new_id("n")
    for organization_id in dict.fromkeys(each.grant.organization_id for each in moved):
        here = [each for each in moved if each.grant.organization_id == organization_id]
        said = cards.gifts_moved([(each.grant, each.fallen) for each in here])
        yield announcement(f"gifts:{tag}:{organization_id}", said, organization_id)
    for person_id in sorted({each.grant.person_id for each in moved}):
        own = [(each.grant, each.fallen) for each in moved if each.grant.person_id == person_id]
        person = in_force.file.person(person_id)
        yield from notice(f"gifts-notice:{tag}:{person_id}", person, cards.gifts_moved(own))
