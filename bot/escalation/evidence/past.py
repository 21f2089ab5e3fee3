"""What Gatehouse's own record holds about a case's subject, read in a few bounded steps."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk import Desk
from bot.escalation.evidence.history import Past, people_of
from bot.models import Case, EarlierDecision
from bot.models.digests import digest_told
from bot.rules import lifecycle

_CASES_LOOKED_THROUGH = 200
"""Open cases of the organization that are looked through for the same people, the newest (our choice)."""


async def past_of(desk: Desk, case: Case) -> Past:
    """Earlier decisions on file, software and signer, how many others decided, and the people's other open cases."""
    facts = case.open_requests[0].facts
    since = desk.now() - max(desk.rules.retention.closed_cases, desk.rules.repeats.within)
    earlier = desk.ledger.earlier_decisions
    keys = lifecycle.history_keys(facts)
    on_file = await earlier(keys[0], since) if digest_told(facts.hash) else []
    on_signer = [one for key in lifecycle.signer_keys(facts) for one in await earlier(key, since)]
    across = lifecycle.across_key(facts)
    deciders = await desk.ledger.deciding_organizations(across, since) if across else None
    if deciders is not None:
        deciders.pop(facts.organization_id.lower(), None)
    others, cut = await _open_cases_of(desk, case)
    return Past(
        on_file=on_file,
        on_software=_marked(await earlier(keys[-1], since), on_file),
        on_signer=on_signer,
        elsewhere=deciders,
        open_cases=others,
        open_cases_cut=cut,
    )


def _marked(software: Sequence[EarlierDecision], on_file: Sequence[EarlierDecision]) -> list[EarlierDecision]:
    """Decisions on the software, with those on this very file marked."""
    same = {(one.at, one.by) for one in on_file}
    return [one.model_copy(update={"same_file": (one.at, one.by) in same}) for one in software]


async def _open_cases_of(desk: Desk, case: Case) -> tuple[int, bool]:
    """How many other open cases the same people have in the organization, and whether more were not looked at."""
    people = people_of(case)
    if not people:
        return 0, False
    ids = await desk.ledger.case_ids_of_organization(case.organization_id)
    newest = ids[-_CASES_LOOKED_THROUGH:]
    held = await desk.ledger.cases([one for one in newest if one != case.case_id])
    count = sum(bool(people & people_of(stored.case)) for stored in held.values() if stored.case.is_open)
    return count, len(ids) > len(newest)
