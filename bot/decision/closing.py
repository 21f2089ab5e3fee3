"""What a press or its choice lacks before anybody's rights are asked about."""

from __future__ import annotations

from datetime import timedelta

from bot import lifecycle
from bot.desk import Desk
from bot.models import Case, Choice, Press, Reach, Verb

_PRESS_WORTH = timedelta(minutes=10)
"""How long a stored press may still decide (our choice: well over a restart, well under a shift)."""


async def lacking(desk: Desk, press: Press, case: Case, choice: Choice) -> str:
    """Why this press decides nothing, whoever pressed it; empty if nothing is lacking."""
    return _outlived(desk, press) or _closed(case, press, choice) or await _overdue(desk, case, press, choice)


def _outlived(desk: Desk, press: Press) -> str:
    """A press that waited through an outage decides nothing any more: its presser has long looked elsewhere."""
    if desk.now() - press.received_at <= _PRESS_WORTH:
        return ""
    return "It was pressed a while ago, while Gatehouse could not work on it. Look at the card, then press again."


async def _overdue(desk: Desk, case: Case, press: Press, choice: Choice) -> str:
    """Whether the same software was approved by hand so often, by now, that one press is closed for it."""
    if choice.verb is not Verb.APPROVE or press.view_id or choice.reason.strip():
        return ""
    since = desk.now() - desk.rules.repeats_within
    software = lifecycle.history_keys(case.requests[0].facts)[-1]
    earlier = await desk.ledger.earlier_decisions(software, since)
    count = sum(1 for one in earlier if one.verb is Verb.APPROVE)
    if count < desk.rules.repeats:
        return ""
    return f"It was approved by hand {count} times already, so a policy is due: say why in “Approve…”."


def _closed(case: Case, press: Press, choice: Choice) -> str:
    """What the choice lacks: one press is for the plain case only, and an old card may still carry the button."""
    if choice.verb is not Verb.APPROVE:
        return "" if choice.reason.strip() else "A denial needs a reason: the requestor will read it."
    if choice.reach is not Reach.COMPUTER and not (
        choice.validated_how.strip() and choice.confirmed_by.strip()
    ):
        return "Anything wider than the computer needs both: how it was validated, and who in the business confirmed."
    if case.policy_due and not choice.reason.strip():
        return "It was approved by hand repeatedly: say why another approval by hand is right, in “Approve…”."
    if press.view_id:
        return ""
    allowed, why = lifecycle.allows_one_press(case)
    return "" if allowed else f"One press cannot approve this: {why}. Use “Approve…” instead."
