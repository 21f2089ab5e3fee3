"""`/gatehouse exceptions [organization]`: the open ones, as far as the asker may see them."""

from __future__ import annotations

from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers
from bot.cards.messages import exceptions as messages
from bot.desk import Desk, Presser, answer, event_of, exceptions_seen, finish, identify, not_asked_sentence
from bot.models import Press
from bot.portal import PortalError
from bot.rules.typed import bare
from permissions import organizations_called, same_id

NO_VIEW = (
    "You have no permission that shows requests, in no organization. "
    "View Approvals is enough to see their exceptions."
)


async def exceptions(desk: Desk, press: Press) -> None:
    """The earliest review first; told to the asker alone, and recorded."""
    presser = await identify(desk, press)
    if presser is None:
        return
    try:
        tree = await desk.tree.current()
    except PortalError as error:
        said = answers.trouble(not_asked_sentence(error), "Ask again in a minute.")
        await _settle(desk, press, presser, said, "cannot_tell", {})
        return
    where, found = await exceptions_seen(desk, presser, tree)
    named = _named(press.text)
    places = organizations_called(named, where, presser.access, tree) if named else tuple(sorted(where))
    if not where:
        await _settle(desk, press, presser, answers.refused(NO_VIEW), "not_allowed", {})
    elif not places:
        # Not told apart from one that does not exist: nobody probes for names of other customers.
        said = answers.said("There is no organization of that name where you may look.")
        await _settle(desk, press, presser, said, "not_found", {})
    else:
        shown = [one for one in found if same_id(one.organization_id) in places]
        at = ", ".join(tree.name(one) or "" for one in places) if named else ""
        said = messages.listed(shown, at, desk.now())
        facts: dict[str, object] = {
            "organizations": list(places),
            "found": [one.exception_id for one in shown],
        }
        await _settle(desk, press, presser, said, "shown", facts)


def _named(text: str) -> str:
    """The organization that was typed behind the command's word."""
    return bare(" ".join(text.split()[1:]))


async def _settle(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, said: Rendered, outcome: str, facts: dict[str, object]
) -> None:
    """Recorded and answered in one step: not recorded is not answered."""
    access = {"access_generation": presser.access.generation, "access_digest": presser.access.digest}
    event = event_of(
        "exceptions_listed",
        press,
        None,
        person_id=presser.person.person_id,
        facts={"outcome": outcome, **facts, **access},
    )
    await finish(desk, press, [event], [answer(press, said)])
