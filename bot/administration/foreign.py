"""What stands in the ledger without our mark: carried out for nobody, gives nothing, is recorded and announced."""

from __future__ import annotations

from datetime import datetime

from bot.administration.enacting import Enacted, enact_by_clock
from bot.cards.messages import answers
from bot.cards.messages import record as cards
from bot.desk import Desk, answer, audit_message, event_of, finish, new_id
from bot.ledger import Conflict, Ledger
from bot.models import Change, Due, DueKind, Effect, Event, Given, GivenWrite, Press


async def refuse_foreign(desk: Desk, press: Press) -> None:
    """A press that anybody may have written: whom it names did not press, as far as can be known."""
    facts = {"press": press.name, "named": press.slack_user_id, "of_case": press.case_id}
    event = event_of("press_not_ours", facts=facts)
    # One alert an hour: who can write one such press can write thousands.
    alert = audit_message(f"press_not_ours:{desk.now():%Y-%m-%dT%H}", cards.presses_not_ours())
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
    said = cards.given_not_ours(grants, roles, suspended)
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
    said = cards.given_confirmed(count, rested - count)
    return event_of("given_confirmed", facts=facts), audit_message(f"given_confirmed:{new_id('n')}", said)
