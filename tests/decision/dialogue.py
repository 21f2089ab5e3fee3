"""People with chosen permissions at “Approve…”: who opens it, what is offered, what is submitted, what was sent."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from bot.cards.kit import ids
from bot.decision.forms import open_approve, redraw_approval, submit_approval
from bot.models import Attempt, Case, Effect, EffectKind
from rehearsal.portal.records import PERMIT, Application, FileRule, Policy
from tests.desk import Bench, accept

CONFIRMED = {ids.VALIDATED_BLOCK: "Called the vendor", ids.CONFIRMED_BLOCK: "Lee, head of sales"}
WIDE = {ids.REACH_BLOCK: "organization", **CONFIRMED}
_NUMBERS = count(1)


async def hire(bench: Bench, *permissions: str, at_parent: tuple[str, ...] = ()) -> str:
    """Let Ana hold exactly these permissions at Brightwater, and these at the organization above it."""
    document = (bench.folder / "access.toml").read_text("utf-8").partition("[[grants]]")[0]
    for place, held in (("brightwater", permissions), ("rowanbridge", at_parent)):
        if held:
            names = ", ".join(f'"{name}"' for name in held)
            document += (
                f'[[grants]]\npeople = ["ana"]\norganizations = ["{place}"]\npermissions = [{names}]\n\n'
            )
    await accept(bench, document)
    return "ana"


async def new_file(bench: Bench, kind: str = "execute", **choices: Any) -> Case:
    """A request for a file that nobody has seen before, on the first workstation."""
    number = next(_NUMBERS)
    choices = {"computer": "BRW-WS-001", "product": "tideplan", "hash": f"{number:064X}"} | choices
    return await bench.arrive(kind, **choices)


def application(bench: Bench, name: str, *places: str, covers: Case | None = None, owner: str = "") -> str:
    """An application of the organization (or of the vendor), permitted at these places; its id."""
    world = bench.portal.world
    organization_id = owner or bench.portal.organization_id("brightwater")
    application_id = world.new_id("application")
    rules = (FileRule(hash=covers.hash if covers else f"{next(_NUMBERS):032X}"),)
    world.applications[application_id] = Application(application_id, name, organization_id, 1, rules)
    for place in places:
        policy_id = world.new_id("policy")
        at = bench.clock.now()
        world.policies[policy_id] = Policy(
            policy_id, f"Permit {name}", PERMIT, (application_id,), place, organization_id, 1, at
        )
    return application_id


def group_id(bench: Bench, name: str, organization: str = "brightwater") -> str:
    """A computer group by its name."""
    place = bench.portal.organization_id(organization)
    groups = bench.portal.world.computer_groups.values()
    return next(one.computer_group_id for one in groups if (one.organization_id, one.name) == (place, name))


def without_global_groups(bench: Bench) -> None:
    """Let the portal offer no global group."""
    groups = bench.portal.world.computer_groups
    for key, group in list(groups.items()):
        groups[key] = replace(group, is_global=False) if group.is_global else group


async def opened(bench: Bench, who: str, case: Case) -> dict[str, Any]:
    """The first page as it is filled in the end."""
    await open_approve(bench.desk, await bench.press(who, ids.APPROVE_MODAL, case))
    return [one for one in await bench.say() if one.kind is EffectKind.MODAL][-1].view


async def drawn(
    bench: Bench, who: str, case: Case, name: str = ids.APPROVE_MORE, **values: str
) -> dict[str, Any]:
    """The modal after “More…” or “Preview”, with what stood in it."""
    (effect,) = [
        one for one in await redrawn(bench, who, case, name, **values) if one.kind is EffectKind.MODAL
    ]
    assert (effect.view_id, effect.trigger_id) == ("V1", "")
    return effect.view


async def redrawn(bench: Bench, who: str, case: Case, name: str, **values: str) -> list[Effect]:
    """Everything that is said to a press inside the modal."""
    press = await bench.press(who, name, case, view_id="V1", message_ts="", values=values, response_url="")
    await redraw_approval(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    return await bench.say()


async def submit(bench: Bench, who: str, case: Case, **values: str) -> str:
    """“Approve…” was submitted with these inputs; what the presser reads, on one line."""
    press = await bench.press(
        who, ids.APPROVE_VIEW, case, view_id="V1", message_ts="", values=values, response_url=""
    )
    return " ".join((await bench.do(submit_approval, press)).split())


async def became(bench: Bench) -> str:
    """What became of the one request of the last press."""
    (ended,) = (await bench.became()).values()
    return ended


async def attempted(bench: Bench, case: Case) -> Attempt:
    """The attempt that settled the case's one request."""
    (held,) = (await bench.case(case.case_id)).requests
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    return held.outcome.attempt


def sent(bench: Bench) -> dict[str, Any]:
    """The body of the last write; it took effect."""
    write = bench.portal.decisions[-1]
    assert write.took_effect
    return write.body


def policy_of(bench: Bench, case: Case) -> Policy:
    """The policy that approving the case's one request made."""
    request = bench.portal.request(case.requests[0].facts.request_id)
    return bench.portal.world.policies[request.new_policy_id or ""]


def inputs(view: dict[str, Any]) -> dict[str, Any]:
    """A modal's input elements by block id."""
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def options(view: dict[str, Any], block_id: str) -> list[str]:
    """The values that an input of a modal offers; none where it is not there."""
    element = inputs(view).get(block_id, {})
    groups = [element, *element.get("option_groups", ())]
    return [option["value"] for group in groups for option in group.get("options", ())]
