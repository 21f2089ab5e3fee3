"""`/gatehouse unusual`: the rules of the unusual with what they came to, and what is silenced."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bot.cards.messages import answers
from bot.cards.messages import unusual as cards
from bot.desk import Desk, Refusal, identify
from bot.lookup.cases import scope_of
from bot.lookup.saying import Answered, settle
from bot.lookup.scope import Scope
from bot.models import Press
from bot.rules.unusual_outcomes import outcomes_in
from permissions import Action

UNUSUAL_USAGE = "/gatehouse unusual"
_BACK = timedelta(days=30)
"""How far back the record is counted (our choice)."""
_PAGE = 1000
_PAGES = 30
"""Pages of the record that are read at most (our choice: about a second); the answer says how far back that was."""
_NEEDS = "View Reports"


async def unusual(desk: Desk, press: Press) -> None:
    """The command takes nothing more."""
    presser = await identify(desk, press)
    if presser is None:
        return
    scope = await scope_of(desk, presser)
    answered = scope if isinstance(scope, Answered) else await _listed(desk, scope)
    await settle(desk, press, presser, answered, event="unusual_read")


async def _listed(desk: Desk, scope: Scope) -> Answered:
    organization_ids = scope.organizations(Action.REPORT)
    if not organization_ids:
        sentence = f"Reading reports needs {_NEEDS}, and you have it in no organization."
        refusal = Refusal(why="no_permission", told=sentence, missing=(_NEEDS,))
        return Answered(said=answers.refused(sentence), outcome="refused", refusal=refusal)
    counts, since = await _counted(desk, organization_ids)
    now = desk.now()
    silences = [
        each
        for each in (await desk.ledger.given()).given.silences
        if now < each.until and each.organization_id.lower() in organization_ids
    ]
    facts = {
        "organizations": sorted(organization_ids),
        "from": since.isoformat(),
        "rests_on": scope.rests_on(Action.REPORT, organization_ids),
    }
    said = cards.listing(counts, silences, desk.rules.unusual.off, since)
    return Answered(said=said, outcome="shown", facts=facts)


async def _counted(desk: Desk, organization_ids: frozenset[str]) -> tuple[Counter[tuple[str, str]], datetime]:
    """What the rules came to in these organizations, and since when: the record is read from its end."""
    since = oldest = desk.now() - _BACK
    counts: Counter[tuple[str, str]] = Counter()
    after = (await desk.ledger.head()).number
    for _ in range(_PAGES):
        if not after:
            return counts, since
        before = after
        after = max(0, before - _PAGE)
        page = await desk.ledger.events(after, before - after)
        lately = [one.event for one in page if one.at >= since]
        counts += outcomes_in(one for one in lately if one.organization_id.lower() in organization_ids)
        if len(lately) < len(page):
            return counts, since
        oldest = page[0].at if page else oldest
    return counts, oldest
