"""Which write a choice becomes, and which kinds of write wait until an installation has verified them live."""

from __future__ import annotations

from typing import assert_never

from bot.decision.approve.plan import Plan, approval_note, permit_maker
from bot.decision.attempt import Send
from bot.decision.storage.write import storage_sender
from bot.desk import Desk
from bot.models import Attempt, Choice, Reach, RequestFacts, Rules, UnprovenWrite, Verb
from bot.portal import (
    ApprovalRequestRow,
    Unusable,
    decision_note,
)
from bot.rules.kinds import Form, traits_of

UNPROVEN_WRITES = {
    UnprovenWrite.PERMIT_GLOBAL: "approving for a global group",
    UnprovenWrite.PERMIT_STORAGE: "approving a storage request",
    UnprovenWrite.PROMOTE_POLICY: "widening a policy",
    UnprovenWrite.CREATE_POLICY: "creating a policy",
    UnprovenWrite.REMOVE_POLICY: "removing a policy",
}
"""Kinds of write without any published evidence; `verified_writes` in gatehouse.toml opens them one by one."""


def unverified(facts: RequestFacts, choice: Choice, rules: Rules, reaches: Reach | None = None) -> str:
    """Why this kind of write stays off here; empty when it may be sent.

    `reaches` is how far it really goes, where that is known to be another reach than the chosen one.
    """
    kind = traits_of(facts.kind)
    if not kind.is_decided_here:
        return "Gatehouse does not decide this kind of request: decide it in the portal."
    if choice.verb is not Verb.APPROVE:
        return ""
    wanted = (kind.unproven.get(reach) for reach in (choice.reach, reaches) if reach is not None)
    closed = next((write for write in wanted if write and write not in rules.verified_writes), None)
    return _no_evidence(closed) if closed else ""


def _no_evidence(write: UnprovenWrite) -> str:
    what = UNPROVEN_WRITES[write]
    return f"No published evidence shows how {what} is written, so it is off here: decide it in the portal."


def prepared_words(closed: str, effect: str, plan: Plan | None, rules: Rules) -> str:
    """Why nothing was sent, with what would have been: to be done by hand in the portal, and where that is."""
    if plan is None:
        return closed
    link = f" {rules.portal_link}" if rules.portal_link else ""
    return f"{closed} Prepared for you, to be entered in the portal: {effect}{link}"


async def sender_for(
    desk: Desk,
    choice: Choice,
    facts: RequestFacts,
    row: ApprovalRequestRow,
    plan: Plan | None,
) -> Send:
    """The function that performs the write once, with everything it needs already read. Raises PortalError."""
    if choice.verb is Verb.DENY:
        return _rejecter(desk, row)
    form = traits_of(facts.kind).form
    match form:
        case Form.STORAGE:
            return await storage_sender(desk, choice, facts)
        case Form.PERMIT | None:
            return _permitter(desk, facts, plan)
        case _:
            assert_never(form)


def _permitter(desk: Desk, facts: RequestFacts, plan: Plan | None) -> Send:
    if plan is None:
        raise Unusable("an approval needs the permit details")
    make = permit_maker(plan, facts)

    async def permit(attempt: Attempt) -> None:
        await desk.portal.permit(make(approval_note(attempt)), facts.organization_id)

    return permit


def _rejecter(desk: Desk, row: ApprovalRequestRow) -> Send:
    async def reject(attempt: Attempt) -> None:
        await desk.portal.reject(
            row,
            reason=attempt.choice.reason,
            subject="Your request was denied",
            notify=attempt.choice.notify_requestor,
            note=decision_note("Denied", attempt.actor.name, attempt.attempt_id),
        )

    return reject
