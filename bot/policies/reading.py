"""What the portal says of a policy now: whether it is still the one that we made, and whether a change has shown."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.case.policy_offers import Approved
from bot.desk import Desk
from bot.models import ApplicationUse, PolicyAct, PolicyWork
from bot.portal import PolicyRow, applications_of, newly_there, why_not_ours


@dataclass(frozen=True, slots=True)
class Behind:
    """The policy behind an approval, as the portal has it now."""

    policy: PolicyRow | None
    why_not: str = ""
    """Why it cannot be changed from here; empty if it can. Then `policy` is there, and ours."""

    @property
    def application_id(self) -> str:
        """The one application that it permits."""
        return applications_of(self.policy)[0] if self.policy is not None else ""


async def policy_behind(desk: Desk, approved: Approved) -> Behind:
    """Read the policy that an approval of ours made. Raises PortalError."""
    organization_id = approved.entry.facts.organization_id
    policy = await desk.portal.policy(approved.state.policy_id, organization_id)
    if policy is None:
        return Behind(None, "the portal has no such policy in this organization any more")
    why = why_not_ours(
        policy,
        attempt_id=approved.attempt.attempt_id,
        application_id=approved.state.application_id,
        application_was_new=approved.attempt.choice.application.use is ApplicationUse.NEW,
        applies_to_id=approved.place.applies_to_id,
    )
    if not why and policy.is_enabled is False:
        why = "it is switched off already"
    return Behind(policy, why)


async def shows(desk: Desk, organization_id: str, work: PolicyWork) -> str | None:
    """Whether the portal shows the change by now: the id of the policy that it is about; None: it does not.

    Raises PortalError: then nothing is known.
    """
    if work.act is PolicyAct.TAKE_BACK:
        return work.policy_id if await _is_gone(desk, organization_id, work) else None
    listed = await desk.portal.policies_of_application(work.application_id, organization_id)
    mark = work.work_id if work.act is PolicyAct.CREATE else ""
    applies_to_id = work.place.applies_to_id if work.place is not None else ""
    found = newly_there(
        listed, work.there_before, name=work.policy_name, applies_to_id=applies_to_id, mark=mark
    )
    return found.policy_id if found is not None else None


async def _is_gone(desk: Desk, organization_id: str, work: PolicyWork) -> bool:
    """Asked of the policy itself and of its application's list: one silence alone proves nothing."""
    policy = await desk.portal.policy(work.policy_id, organization_id)
    if policy is not None:
        return policy.is_enabled is False
    listed = await desk.portal.policies_of_application(work.application_id, organization_id)
    return not listed.odd and all(one.policy_id != work.policy_id for one in listed)
