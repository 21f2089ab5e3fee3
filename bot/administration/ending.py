"""What was given in Slack and counts no longer without anybody's order: announced and recorded, once.

Its time is over, its giver lost the right or is suspended, the access file took a role's name, or it stands in a
ledger that somebody else wrote or put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.administration.enacting import Enacted, announcement, enact_by_clock, notice
from bot.administration.giving import grant_facts
from bot.administration.role_changes import role_facts
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import administration as cards
from bot.cards.messages import administration_roles, answers
from bot.cards.messages import record as messages
from bot.desk import Desk, InForce, NoAccess, answer, audit_message, displacing, event_of, finish, new_id
from bot.ledger import Conflict, Ledger
from bot.models import (
    Change,
    Due,
    DueKind,
    Effect,
    Event,
    Given,
    GivenWrite,
    Press,
    SeenHead,
    SlackGrant,
    SlackRole,
    TakenDue,
    Urgency,
)
from bot.rules.older_ledger import without_revived
from permissions import Access, Person


async def expire_grant(desk: Desk, taken: TakenDue) -> None:
    """A grant's end is due. The due time names the grant where others name a case."""
    grant_id = taken.case_id
    people = await people_in_file(desk)

    def ended(given: Given) -> Enacted | None:
        grant = given.grant(grant_id)
        if grant is None or desk.now() < grant.until:
            return None
        event = event_of(
            "grant_expired",
            organization_id=grant.organization_id,
            person_id=grant.person_id,
            facts={"grant": grant_facts(grant)},
            private={"by": grant.given_by.name, "of": grant.person_name},
        )
        said = cards.expired(grant)
        return Enacted(
            given=given.without(grant_id),
            events=[event],
            effects=[
                announcement(f"grant-end:{grant_id}", said, grant.organization_id),
                *notice(f"grant-end-notice:{grant_id}", people.get(grant.person_id), said),
            ],
        )

    if not await enact_by_clock(desk, ended, taken=taken):
        await _give_back(desk, taken)


async def _give_back(desk: Desk, taken: TakenDue) -> None:
    """Nothing has ended: the due time goes where the grant wants it, or away with it."""
    grant = (await desk.ledger.given()).given.grant(taken.case_id)
    if grant is None:
        await desk.ledger.due_done(taken)
    else:
        await desk.ledger.due_later(taken, grant.until)


async def people_in_file(desk: Desk) -> dict[str, Person]:
    """Whom to tell; nobody while no access file is in force."""
    try:
        file = await desk.access.file()
    except NoAccess:
        return {}
    return {each.person_id: each for each in file.persons}


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
    return [_falling_event(in_force, each) for each in moved], list(_falling_effects(in_force, moved))


def _falling_event(in_force: InForce, move: Move) -> Event:
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


def _falling_effects(in_force: InForce, moved: Sequence[Move]) -> Iterator[Effect]:
    tag = new_id("n")
    for organization_id in dict.fromkeys(each.grant.organization_id for each in moved):
        here = [each for each in moved if each.grant.organization_id == organization_id]
        said = cards.gifts_moved([(each.grant, each.fallen) for each in here])
        yield announcement(f"gifts:{tag}:{organization_id}", said, organization_id)
    for person_id in sorted({each.grant.person_id for each in moved}):
        own = [(each.grant, each.fallen) for each in moved if each.grant.person_id == person_id]
        person = in_force.file.person(person_id)
        yield from notice(f"gifts-notice:{tag}:{person_id}", person, cards.gifts_moved(own))


async def watch_roles(desk: Desk) -> bool:
    """Compare the roles made in Slack with the access file in force. True: something changed and is announced."""
    try:
        file = await desk.access.file()
    except NoAccess:
        return False
    return await enact_by_clock(desk, lambda given: _compared(desk, file, given))


def _compared(desk: Desk, file: Access, given: Given) -> Enacted | None:
    """The next state with its announcements; None when nothing began or ended to rest."""
    resting = tuple(each.role_id for each in given.roles if displacing(each, file) is not None)
    if resting == given.resting_roles:
        return None
    before = frozenset(given.resting_roles)
    moved = [each for each in given.roles if (each.role_id in before) != (each.role_id in resting)]
    return Enacted(
        given=given.model_copy(update={"resting_roles": resting}),
        events=[_resting_event(file, each) for each in moved],
        effects=[effect for each in moved for effect in _resting_effects(desk, file, given, each)],
    )


def _resting_event(file: Access, role: SlackRole) -> Event:
    taken_by = displacing(role, file)
    return event_of(
        "role_rests" if taken_by else "role_counts_again",
        organization_id=role.organization_id,
        facts={
            "role": role_facts(role),
            "access_generation": file.generation,
            "access_digest": file.digest,
            "stands_in": str(taken_by.origin) if taken_by else "",
        },
    )


def _resting_effects(desk: Desk, file: Access, given: Given, role: SlackRole) -> Iterable[Effect]:
    """Announced in the organization's audit channel, and told to those who hold it."""
    held = given.holders(role.role_id, desk.now())
    taken_by = displacing(role, file)
    said: Rendered = (
        administration_roles.role_rests(role, str(taken_by.origin), len(held))
        if taken_by
        else administration_roles.role_counts_again(role, len(held))
    )
    tag = new_id("n")
    yield announcement(f"role-rest:{tag}", said, role.organization_id)
    for person_id in sorted({each.person_id for each in held}):
        yield from notice(f"role-rest-notice:{tag}:{person_id}", file.person(person_id), said)


_AT_ONCE = 100
_LEASE = timedelta(seconds=30)


async def accept_older_ledger(desk: Desk, seen: SeenHead) -> None:
    """Drop what was given in Slack, keep who is suspended, end the presses that waited; record and announce it.

    To be called before anything is taken up: no press may be judged on what the older ledger holds.
    """
    found = (await desk.ledger.chain.head()).number
    presses = await _end_presses(desk)

    def accepted(given: Given) -> Enacted:
        kept = without_revived(given, seen)
        said = messages.older_ledger(seen, found, given, kept, presses)
        told = announcement(f"older-ledger:{new_id('n')}", said)
        return Enacted(
            given=kept,
            events=[_older_ledger_event(seen, found, given, kept, presses)],
            effects=[told.model_copy(update={"urgency": Urgency.ESCALATION})],
        )

    await enact_by_clock(desk, accepted)


async def _end_presses(desk: Desk) -> int:
    """A press that was answered since would be carried out once more: each is told to press again."""
    said = answers.said(
        "Gatehouse was started on an older copy of its ledger, so it is not known whether this press was carried out "
        "before. It is not carried out now. Look at the card first; press again if it is still needed."
    )
    ended = 0
    while taken := await desk.ledger.take_presses(_AT_ONCE, _LEASE):
        for press in taken:
            event = event_of("press_not_revived", press, case_id=press.case_id, facts={"press": press.name})
            await finish(desk, press, [event], [answer(press, said)])
        ended += len(taken)
    return ended


def _older_ledger_event(seen: SeenHead, found: int, given: Given, kept: Given, presses: int) -> Event:
    return event_of(
        "older_ledger_accepted",
        facts={
            "seen": seen.number,
            "seen_link": seen.link,
            "seen_at": seen.at.isoformat(),
            "found": found,
            "grants_dropped": [each.grant_id for each in given.grants],
            "roles_dropped": [each.role_id for each in given.roles],
            "silences_dropped": [each.silence_id for each in given.silences],
            "duty_dropped": [each.duty_id for each in given.duty],
            "suspended": [each.person_id for each in kept.suspensions],
            "presses_ended": presses,
        },
        private={"grants": [f"{each.person_name}: {each.what}" for each in given.grants]},
    )


async def refuse_foreign(desk: Desk, press: Press) -> None:
    """A press that anybody may have written: whom it names did not press, as far as can be known."""
    facts = {"press": press.name, "named": press.slack_user_id, "of_case": press.case_id}
    event = event_of("press_not_ours", facts=facts)
    # One alert an hour: who can write one such press can write thousands.
    alert = audit_message(f"press_not_ours:{desk.now():%Y-%m-%dT%H}", messages.presses_not_ours())
    said = answers.said(
        "Not recorded, press again. Nothing was done: a press in your name stood in the ledger without Gatehouse's "
        "mark. If you did not press, tell your administrator."
    )
    told = [answer(press, said)] if press.slack_user_id else []
    await finish(desk, press, [event], [*told, alert])


async def watch_given(desk: Desk) -> bool:
    """Let what stands without our mark rest, and announce it, once. True: something was announced."""
    if (await desk.ledger.given()).is_genuine:
        return False
    return await enact_by_clock(desk, _rested)


def _rested(given: Given) -> Enacted:
    grants = [
        f"{each.person_name}: {each.what} at {each.organization_name}" for each in given.unproven_grants
    ]
    roles = [f"{each.name} at {each.organization_name}" for each in given.unproven_roles]
    suspended = [each.person_name for each in given.suspensions]
    event = event_of(
        "given_not_ours",
        facts={
            "grants": [each.grant_id for each in given.unproven_grants],
            "roles": [each.role_id for each in given.unproven_roles],
            "suspended": [each.person_id for each in given.suspensions],
        },
        private={"grants": grants},
    )
    said = messages.given_not_ours(grants, roles, suspended)
    return Enacted(
        given=given, events=[event], effects=[audit_message(f"given_not_ours:{new_id('n')}", said)]
    )


async def confirm_given(ledger: Ledger, *, drop: bool) -> Given | None:
    """Put what rests in force again, or away for good; what rested. None: somebody else changed it meanwhile."""
    stored = await ledger.given()
    given, at = stored.given, ledger.now()
    kept = given.without_unproven() if drop else given.confirmed(at)
    confirmed = _confirmed(given, kept, at, drop=drop)
    change = Change(
        op_id=new_id("o"),
        events=[confirmed[0]],
        effects=[confirmed[1]],
        due=[
            Due(DueKind.GRANT, each.grant_id, each.until)
            for each in kept.grants
            if each in given.unproven_grants
        ],
        given=GivenWrite(kept, stored.version),
    )
    return None if isinstance(await ledger.commit(change), Conflict) else given


def _confirmed(given: Given, kept: Given, at: datetime, *, drop: bool) -> tuple[Event, Effect]:
    rested = len(given.unproven_grants) + len(given.unproven_roles)
    count = len(kept.grants) + len(kept.roles) - len(given.grants) - len(given.roles)
    facts = {
        "grants": [each.grant_id for each in kept.grants if each in given.unproven_grants],
        "roles": [each.role_id for each in kept.roles if each in given.unproven_roles],
        "dropped": rested - count,
        "all_dropped": drop,
        "at": at.isoformat(),
    }
    said = messages.given_confirmed(count, rested - count)
    return event_of("given_confirmed", facts=facts), audit_message(f"given_confirmed:{new_id('n')}", said)
