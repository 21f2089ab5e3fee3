"""What the tests of policies share: an approved case, rights to promote, a press of a form, the policy tick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.cards.kit import ids
from bot.decision.forms import approve_once
from bot.models import Case, DueKind, UnprovenWrite
from bot.policies.working import reconcile_policies
from rehearsal.portal.records import Policy
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.desk import Bench, accept, text_of

REMOVE, INSERT, COPY, DEPLOY, GET = (
    "PolicyUpdateForDeleteByIds",
    "PolicyInsert",
    "PolicyInsertForCopyPolicies",
    "DeployPolicies",
    "PolicyGetById",
)
PROMOTER = """
[[grants]]
people = ["kim"]
organizations = ["rowanbridge"]
and_below = true
permissions = ["{}"]
"""


def verify(bench: Bench, *writes: UnprovenWrite) -> None:
    """These kinds of write are verified live here."""
    bench.with_rules(
        verified_writes=frozenset(writes), portal_link="https://portal.threatlocker.com/approvals"
    )


async def promoter(bench: Bench, permission: str = "Promote to Entire Organization") -> None:
    """Kim may promote."""
    document = access_document(bench.cast, organizations(bench.portal)) + PROMOTER.format(permission)
    await accept(bench, document)


async def approved(bench: Bench, *computers: str, by: str = "ana", **choices: Any) -> Case:
    """A case that was approved on its computers by one press."""
    named = computers or (bench.computers()[0],)
    case = await bench.arrive_on(*named, **(choices or {"product": "tideplan", "version": "5.0"}))
    if len(named) > 1:
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    else:
        await bench.do(approve_once, await bench.press(by, ids.APPROVE_COMPUTER, case))
    after = await bench.case(case.case_id)
    assert not after.is_open
    return after


def policy_of(bench: Bench, case: Case, number: int = 0) -> Policy:
    """The policy that the approval of a case's request made, as the portal holds it."""
    return bench.portal.world.policies[policy_id_of(case, number)]


def policy_id_of(case: Case, number: int = 0) -> str:
    """The id of that policy, as the record holds it."""
    outcome = case.requests[number].outcome
    assert outcome is not None
    return outcome.state.policy_id


def change_policy(bench: Bench, case: Case, **changed: Any) -> None:
    """Somebody changes the policy in the portal."""
    policy = replace(policy_of(bench, case), **changed)
    bench.portal.world.policies[policy.policy_id] = policy


async def form(bench: Bench, case: Case, view: str, who: str = "kim", **values: str) -> Any:
    """A submitted form; a single request of the case is chosen unless another one is named."""
    filled = {ids.REQUESTS_BLOCK: case.requests[0].facts.request_id} | values
    return await bench.press(who, view, case, view_id="V1", channel_id="", response_url="", values=filled)


async def tick(bench: Bench) -> Case:
    """Let the policy tick act on what is due."""
    case = None
    for taken, stored in await bench.due(DueKind.POLICY):
        await reconcile_policies(bench.desk, taken, stored.case)
        case = await bench.case(stored.case.case_id)
    assert case is not None, "no policy tick is due"
    return case


def modal_of(bench: Bench, press: Any) -> str:
    """The filled modal of a press, as it is read on the screen."""
    [shown] = [one for one in bench.said if one.effect_id == f"modal:{press.press_id}"]
    return text_of(shown)


def threads(bench: Bench) -> list[str]:
    """Everything that was said in a card's thread, oldest first."""
    return [text_of(one) for one in bench.said if one.in_thread]
