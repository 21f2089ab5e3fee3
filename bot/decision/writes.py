"""Which write a choice becomes, and which kinds of write wait until an installation has verified them live."""

from __future__ import annotations

from bot.decision.attempt import Send
from bot.desk import Desk
from bot.models import Attempt, Choice, Kind, Reach, RequestFacts, Rules, UnprovenWrite, Verb
from bot.portal import (
    ApprovalRequestRow,
    ComputerGroupItem,
    ElevationChoice,
    PermitBody,
    PermitDetails,
    Reply,
    Terms,
    Unusable,
    decision_note,
    hash_rule_name,
    permit_new,
)

UNPROVEN_WRITES = {
    UnprovenWrite.PERMIT_GLOBAL: "approving for a global group",
    UnprovenWrite.PERMIT_STORAGE: "approving a storage request",
    UnprovenWrite.PROMOTE_POLICY: "widening a policy",
    UnprovenWrite.CREATE_POLICY: "creating a policy",
    UnprovenWrite.REMOVE_POLICY: "removing a policy",
}
"""Kinds of write without any published evidence; `verified_writes` in gatehouse.toml opens them one by one."""


def unverified(facts: RequestFacts, choice: Choice, rules: Rules) -> str:
    """Why this kind of write stays off here; empty when it may be sent."""
    if choice.verb is not Verb.APPROVE:
        return ""
    if facts.kind not in (Kind.APPLICATION, Kind.ELEVATION):
        return "Gatehouse does not approve this kind of request: decide it in the portal."
    if choice.reach is Reach.GLOBAL and UnprovenWrite.PERMIT_GLOBAL not in rules.verified_writes:
        what = UNPROVEN_WRITES[UnprovenWrite.PERMIT_GLOBAL]
        return (
            f"No published evidence shows how {what} is written, so it is off here: decide it in the portal."
        )
    return ""


async def sender_for(
    desk: Desk, choice: Choice, facts: RequestFacts, row: ApprovalRequestRow, details: PermitDetails | None
) -> Send:
    """The function that performs the write once, with everything it needs already read. Raises PortalError."""
    if choice.verb is Verb.DENY:
        return _rejecter(desk, row)
    if details is None:
        raise Unusable("an approval needs the permit details")
    group = await _group(desk, choice, facts) if choice.reach is Reach.COMPUTER_GROUP else None

    def body(note: str) -> PermitBody:
        terms = Terms(
            note=note,
            expires_at=choice.expires_at,
            elevation=ElevationChoice(hours=choice.elevate_hours) if choice.elevate else None,
            reply=_approval_reply(facts) if choice.notify_requestor else None,
        )
        return permit_new(
            details,
            terms,
            application_name=hash_rule_name(details, wide=choice.reach is not Reach.COMPUTER),
            group=group,
            organization_wide=choice.reach is Reach.ORGANIZATION,
        )

    async def permit(attempt: Attempt) -> None:
        note = decision_note("Approved", attempt.actor.name, attempt.attempt_id)
        await desk.portal.permit(body(note), facts.organization_id)

    try:
        body("tried before anything is recorded")
    except ValueError as error:
        raise Unusable(f"the portal's form does not allow this choice: {error}") from error
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


async def _group(desk: Desk, choice: Choice, facts: RequestFacts) -> ComputerGroupItem:
    """The computer group as the portal lists it now; never one that is marked global (5.1)."""
    groups = await desk.portal.computer_groups_for_permit(facts.organization_id, facts.os_type)
    for group in groups:
        own = group.organization_id == facts.organization_id
        if group.computer_group_id == choice.computer_group_id and own and not group.is_global:
            return group
    raise Unusable(
        f"the portal no longer lists the computer group {choice.computer_group_name} for this request"
    )


def _approval_reply(facts: RequestFacts) -> Reply:
    text = (
        f"{facts.file_name} is approved. It takes effect at the computer's next check-in; "
        "“Rapid Check-in” in the ThreatLocker tray menu makes it sooner."
    )
    return Reply(subject="Your request was approved", text=text, notify=True)
