"""The case that a press was made on."""

from __future__ import annotations

from bot.cards.messages import answers
from bot.desk.changing import finish
from bot.desk.parts import Desk
from bot.desk.saying import answer, event_of
from bot.ledger import StoredCase
from bot.models import Case, Press


async def case_of(desk: Desk, press: Press, case_id: str = "") -> Case | None:
    """The case behind a card's button or a case's modal, as it is now; or the one that the press names otherwise.

    None: the card is older than the records that are kept. The presser has been told so and the press is finished.
    """
    stored = await stored_case_of(desk, press, case_id)
    return stored.case if stored is not None else None


async def stored_case_of(desk: Desk, press: Press, case_id: str = "") -> StoredCase | None:
    """The same with its version, for a press that goes on to change the case: it need not read it again."""
    wanted = case_id or press.case_id
    stored = await desk.ledger.case(wanted)
    if stored is not None:
        return stored
    said = answers.stale_card(wanted)
    await finish(desk, press, [event_of("press_unknown_case", press)], [answer(press, said)])
    return None
