"""The end of a grant given in Slack. It counts for nothing from its second on; this takes it away and says so, once."""

from __future__ import annotations

from bot.administration.enacting import Enacted, announcement, enact_by_clock, notice
from bot.administration.giving import grant_facts
from bot.cards.messages import administration as cards
from bot.desk import Desk, NoAccess, event_of
from bot.models import Given, TakenDue
from permissions import Person


async def expire_grant(desk: Desk, taken: TakenDue) -> None:
    """A grant's end is due. The due time names the grant where others name a case."""
    grant_id = taken.case_id
    people = await _people(desk)

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


async def _people(desk: Desk) -> dict[str, Person]:
    """Whom to tell; nobody while no access file is in force."""
    try:
        file = await desk.access.file()
    except NoAccess:
        return {}
    return {each.person_id: each for each in file.persons}
