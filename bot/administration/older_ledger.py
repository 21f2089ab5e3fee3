"""A ledger that is behind what was seen of it, taken into use on purpose: nothing that it revives may count."""

from __future__ import annotations

from datetime import timedelta

from bot.administration.enacting import Enacted, announcement, enact_by_clock
from bot.cards.messages import answers
from bot.cards.messages import record as messages
from bot.desk import Desk, answer, event_of, finish, new_id
from bot.models import Event, Given, SeenHead, Urgency
from bot.rules.older_ledger import without_revived

_AT_ONCE = 100
_LEASE = timedelta(seconds=30)


async def accept_older_ledger(desk: Desk, seen: SeenHead) -> None:
    """Drop what was given in Slack, keep who is suspended, end the presses that waited; record and announce it.

    To be called before anything is taken up: no press may be judged on what the older ledger holds.
    """
    found = (await desk.ledger.head()).number
    presses = await _end_presses(desk)

    def accepted(given: Given) -> Enacted:
        kept = without_revived(given, seen)
        said = messages.older_ledger(seen, found, given, kept, presses)
        told = announcement(f"older-ledger:{new_id('n')}", said)
        return Enacted(
            given=kept,
            events=[_event(seen, found, given, kept, presses)],
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


def _event(seen: SeenHead, found: int, given: Given, kept: Given, presses: int) -> Event:
    return event_of(
        "older_ledger_accepted",
        facts={
            "seen": seen.number,
            "seen_link": seen.link,
            "seen_at": seen.at.isoformat(),
            "found": found,
            "grants_dropped": [each.grant_id for each in given.grants],
            "roles_dropped": [each.role_id for each in given.roles],
            "suspended": [each.person_id for each in kept.suspensions],
            "presses_ended": presses,
        },
        private={"grants": [f"{each.person_name}: {each.what}" for each in given.grants]},
    )
