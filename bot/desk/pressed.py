"""Who pressed, and the case that it was pressed on: how the use cases of a case begin."""

from __future__ import annotations

from bot.cards.messages import answers
from bot.desk.changing import finish
from bot.desk.desk import Desk
from bot.desk.identifying import Presser, identify
from bot.desk.saying import answer, event_of
from bot.ledger import StoredCase
from bot.models import Case, Press


async def pressed(desk: Desk, press: Press) -> tuple[Presser, Case] | None:
    """Who presses and on which case, both as of now. None: the presser is answered already and the press finished."""
    found = await pressed_stored(desk, press)
    return None if found is None else (found[0], found[1].case)


async def pressed_stored(desk: Desk, press: Press) -> tuple[Presser, StoredCase] | None:
    """The same with the case's version, for a press that goes on to change the case: it need not read it again."""
    presser = await identify(desk, press)
    stored = await _stored(desk, press, press.case_id) if presser else None
    return None if presser is None or stored is None else (presser, stored)


async def case_of(desk: Desk, press: Press, case_id: str = "") -> Case | None:
    """The case behind a card's button or a case's modal, as it is now; or the one that the press names otherwise.

    None: the card is older than the records that are kept. The presser has been told so and the press is finished.
    """
    stored = await _stored(desk, press, case_id or press.case_id)
    return stored.case if stored is not None else None


async def _stored(desk: Desk, press: Press, case_id: str) -> StoredCase | None:
    stored = await desk.ledger.case(case_id)
    if stored is not None:
        return stored
    said = answers.stale_card(case_id)
    await finish(desk, press, [event_of("press_unknown_case", press)], [answer(press, said)])
    return None
