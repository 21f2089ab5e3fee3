"""A yes that was given before: somebody approved exactly this file for another computer within the shift.

Ana approves it for one computer ──> Lee's press for another one: two people have looked at the file, it is sent
                                 └─> Ana's own press for another one: it waits for a second person
"""

from __future__ import annotations

from bot.decision.attempt import Before
from bot.decision.parts import Part
from bot.decision.second.agreeing import Void, first_stands
from bot.decision.verdict import Question
from bot.desk import Desk
from bot.models import Actor, Case, Reach, RequestEntry, Standing, digest_told
from bot.rules.one_press import speaks_against
from bot.rules.second import same_effect, takes_earlier_yes


async def agreed_before(desk: Desk, part: Part, question: Question, reaches: Reach) -> Before | None:
    """Who agreed to this very file for another computer within the shift, and could approve this request now.

    Both people have then looked at the file, and neither lets it spread alone. None: it waits for a second person, as
    it does where something speaks against the file that did not then. Raises PortalError.
    """
    rules, now, spread = desk.rules, desk.now(), part.spread
    takes = takes_earlier_yes(rules, part.case, part.choice, reaches, now=now, spread=spread)
    if not takes or part.entry.awaited is not None:
        return None
    young = [one for one in (*spread.by_hand, *spread.family_by_hand) if now - one.at <= rules.access.shift]
    held = await desk.ledger.cases({one.case_id for one in young if one.by_us and one.case_id})
    asked = set[str]()
    for one in sorted(young, key=lambda each: each.at, reverse=True):
        earlier = held[one.case_id].case if one.case_id in held else None
        entry = earlier.entry(one.request_id) if earlier is not None else None
        if earlier is None or entry is None or not _is_the_same(desk, part, earlier, entry, reaches):
            continue
        for actor in _agreed(entry):
            if actor.person_id not in {*asked, part.presser.person.person_id}:
                asked.add(actor.person_id)
                stands = await first_stands(desk, part.press, question, actor)
                if not isinstance(stands, Void):
                    return Before(actor, one.request_id, stands)
    return None


def _is_the_same(desk: Desk, part: Part, earlier: Case, entry: RequestEntry, reaches: Reach) -> bool:
    """Whether what was approved then is what is approved now, and nothing speaks against it that did not then."""
    attempt = entry.outcome.attempt if entry.outcome is not None else None
    if attempt is None or entry.standing is not Standing.APPROVED:
        return False
    is_same = (
        earlier.kind is part.case.kind
        and digest_told(entry.facts.hash) == digest_told(part.entry.facts.hash) != ""
        and entry.facts.signers == part.entry.facts.signers
        and attempt.reaches is reaches
        and same_effect(attempt.choice, part.choice)
    )
    if not is_same or not desk.ledger.is_ours(attempt.mark, "yes", entry.facts.request_id, attempt.told()):
        return False
    now, then = (
        speaks_against(case, one, desk.rules) for case, one in ((part.case, part.entry), (earlier, entry))
    )
    return now <= then


def _agreed(entry: RequestEntry) -> tuple[Actor, ...]:
    """Whoever agreed to an approval that waited for nobody else's earlier one."""
    attempt = entry.outcome.attempt if entry.outcome is not None else None
    if attempt is None:
        return ()
    own_first = attempt.first if attempt.first is not None and not attempt.first_request_id else None
    return (attempt.actor, own_first) if own_first is not None else (attempt.actor,)
