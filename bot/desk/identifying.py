"""Who presses: Slack's facts at most a minute old, mapped to a person of the access file (P1)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import answers
from bot.chat import Known
from bot.desk.changing import finish
from bot.desk.parts import Desk, NoAccess
from bot.desk.saying import answer, event_of
from bot.models import Press
from permissions import Access, Person

_STRANGER = (
    "You are not in Gatehouse's access file, so you may not do this. "
    "Ask an administrator of Gatehouse to add you, or the cybersecurity team to decide."
)


@dataclass(frozen=True, slots=True)
class Presser:
    """An identified presser, and the grants in force at this press."""

    person: Person
    user: Known
    access: Access


async def identify(desk: Desk, press: Press) -> Presser | None:
    """Who presses; a refused presser is answered and recorded here.

    None: the press is finished, there is nothing more to do. LedgerUnavailable passes through: the press stays
    stored and is taken up again.
    """
    found = await desk.people.who(press.slack_user_id, press.slack_team_id, desk.now())
    if not isinstance(found, Known):
        await _refuse(desk, press, found.reason.value, found.sentence)
        return None
    try:
        access = await desk.access.current()
    except NoAccess:
        await _refuse(
            desk, press, "no_access_generation", "No access file is in force, so nobody may do anything."
        )
        return None
    person = access.person_of_slack(press.slack_user_id)
    if person is None:
        await _refuse(desk, press, "not_in_access_file", _STRANGER)
        return None
    return Presser(person, found, access)


async def _refuse(desk: Desk, press: Press, why: str, sentence: str) -> None:
    event = event_of("press_refused", press, case_id=press.case_id, facts={"why": why, "press": press.name})
    desk.metrics.refused(why)
    await finish(desk, press, [event], [answer(press, answers.refused(sentence))])
