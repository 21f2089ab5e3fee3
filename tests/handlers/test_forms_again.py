"""Every form that is submitted and changes nothing can be had again, with what was typed, by whoever typed it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.cards import check_view
from bot.cards.kit import ids
from bot.exceptions.handing import submit_keep
from bot.models import AlsoShown, Case, Effect, EffectKind, Press, PressKind, SecondApproval
from bot.models.rotas import RotaSection, TierSection
from handlers.routes import OPENERS, ROUTES, reopen_form
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.decision.pairs import first_yes
from tests.desk import Bench, accept, text_of

TYPED = "the yard needs it tonight, says its head"
Made = tuple[str, dict[str, Any], dict[str, str]]
"""Who submits, what the form is about, and what stands in it."""


async def staffed(bench: Bench) -> None:
    """The cast; Kim may start modes, and Zoe administers people and roles."""
    document = access_document(bench.cast, organizations(bench.portal))
    rights = {
        "kim": ("Manage All Maintenance Modes", "Edit Computers", "Edit Application Control Applications"),
        "zoe": ("Super Admin", "Role Administrator", "Change Permission", "Edit Administrators"),
    }
    for person, held in rights.items():
        names = ", ".join(f'"{name}"' for name in held)
        document += f'\n[[grants]]\npeople = ["{person}"]\norganizations = ["rowanbridge"]\n'
        document += f"and_below = true\npermissions = [{names}]\n"
    await accept(bench, document)


def about(case: Case, *others: Case) -> dict[str, Any]:
    shown = tuple(AlsoShown(case_id=one.case_id, revision=one.revision) for one in others)
    return {"case_id": case.case_id, "revision": case.revision, "others": shown}


async def a_grant(bench: Bench) -> Made:
    values = {
        ids.PERSON_BLOCK: bench.cast["bo"],
        ids.WHAT_BLOCK: "View Approvals",
        ids.ORGANIZATION_BLOCK: bench.portal.organization_id("brightwater"),
        ids.UNTIL_BLOCK: "4h",
    }
    return "zoe", {"case_id": "", "revision": 0}, values


async def a_new_role(bench: Bench) -> Made:
    values = {
        ids.ROLE_NAME_BLOCK: "Night desk",
        ids.ORGANIZATION_BLOCK: bench.portal.organization_id("brightwater"),
        ids.PERMISSIONS_BLOCK: "View Approvals",
    }
    return "zoe", {"case_id": "", "revision": 0}, values


async def a_role(bench: Bench) -> Made:
    who, shown, values = await a_new_role(bench)
    await ROUTES[ids.ROLE_MAKE_VIEW](
        bench.desk, await submission(bench, ids.ROLE_MAKE_VIEW, who, shown, values, late=False)
    )
    await bench.say()
    [role] = (await bench.ledger.given()).given.roles
    return (
        "zoe",
        {"case_id": role.role_id, "revision": role.revision},
        {ids.PERMISSIONS_BLOCK: "View Reports"},
    )


async def a_mode(bench: Bench) -> Made:
    facts = (await bench.arrive()).requests[0].facts
    values = {
        ids.MODE_BLOCK: "learning",
        ids.SPAN_BLOCK: "60",
        ids.MODE_BECAUSE_BLOCK: TYPED,
        ids.USER_MAY_END_BLOCK: "no",
    }
    return "kim", {"case_id": f"{facts.computer_id}.{facts.organization_id}", "revision": 1}, values


DAYS = {ids.OWNER_BLOCK: "kim", ids.REVIEW_BLOCK: "2026-12-18", ids.ENDS_BLOCK: "2027-02-16"}


async def an_exception_to_be(bench: Bench) -> Made:
    return "kim", about(await bench.arrive()), DAYS


async def an_exception(bench: Bench) -> Made:
    case = await bench.arrive()
    press = await submission(
        bench, ids.EXCEPTION_VIEW, "kim", about(case), DAYS | {ids.REASON_BLOCK: TYPED}, late=False
    )
    assert "Kept as an exception" in await bench.do(submit_keep, press)
    [stored] = await bench.ledger.exceptions.open_in([case.organization_id])
    return "kim", {"case_id": stored.kept.exception_id, "revision": stored.kept.revision}, DAYS


async def a_shared_card(bench: Bench) -> Made:
    wanted = bench.portal.raise_everywhere(
        "execute", ("BRW-WS-001", "MRL-WS-002"), product="tideplan", version="4.1"
    )
    await bench.poll()
    await bench.say()
    cases = [await bench.case_of(one) for one in wanted]
    return "ana", about(*cases), {}


async def a_second(bench: Bench) -> Made:
    bench.with_rules(second=SecondApproval())
    case = await first_yes(bench, case=await bench.arrive())
    awaited = case.requests[0].awaited
    assert awaited is not None
    return "kim", about(case), {ids.AWAITED: awaited.awaited_id}


async def a_question(bench: Bench) -> Made:
    values = {ids.LOOK_ABOUT_BLOCK: ids.LOOK_COMPUTER, ids.LOOK_NAME_BLOCK: "NO-SUCH-COMPUTER"}
    return "ana", {"case_id": "", "revision": 0}, values | {ids.LOOK_SPAN_BLOCK: "24h"}


def on_rota(bench: Bench) -> None:
    """Ana has the turn this week, and then Bo."""
    rota = {"zone": "UTC", "people": ["ana", "bo"], "starts": "2026-11-16", "hand_over": "mon 08:00"}
    bench.with_rules(
        tiers={"leads": TierSection(rota=("week",))}, rotas={"week": RotaSection.model_validate(rota)}
    )


async def a_taking_over(bench: Bench) -> Made:
    on_rota(bench)
    return "bo", {"case_id": "", "revision": 0}, {ids.ROTA_BLOCK: "week", ids.UNTIL_BLOCK: "18:00"}


async def a_swap(bench: Bench) -> Made:
    on_rota(bench)
    values = {ids.ROTA_BLOCK: "week", ids.WHEN_BLOCK: "friday", ids.PERSON_BLOCK: "bo"}
    return "ana", {"case_id": "", "revision": 0}, values


async def an_absence(bench: Bench) -> Made:
    on_rota(bench)
    return "ana", {"case_id": "", "revision": 0}, {ids.WHEN_BLOCK: "friday"}


MADE: dict[str, Callable[[Bench], Awaitable[Made]]] = {
    ids.GRANT_VIEW: a_grant,
    ids.ROLE_MAKE_VIEW: a_new_role,
    ids.ROLE_CHANGE_VIEW: a_role,
    ids.ROLE_DELETE_VIEW: a_role,
    ids.MODE_VIEW: a_mode,
    ids.EXCEPTION_VIEW: an_exception_to_be,
    ids.EXCEPTION_RENEW_VIEW: an_exception,
    ids.EXCEPTION_CLOSE_VIEW: an_exception,
    ids.SHARED_APPROVE_VIEW: a_shared_card,
    ids.SEND_BACK_VIEW: a_second,
    ids.LOOK_UP_VIEW: a_question,
    ids.TAKE_VIEW: a_taking_over,
    ids.SWAP_VIEW: a_swap,
    ids.AWAY_VIEW: an_absence,
}


async def submission(
    bench: Bench, view: str, who: str, shown: dict[str, Any], values: dict[str, str], *, late: bool = True
) -> Press:
    """The form as it comes in; `late`: after it had waited through an outage."""
    return await bench.press(
        who,
        view,
        kind=PressKind.MODAL,
        view_id="V1",
        message_ts="",
        values={ids.REASON_BLOCK: TYPED} | values,
        received_at=bench.clock.now() - timedelta(minutes=11 if late else 0),
        **shown,
    )


async def answer_to(bench: Bench, press: Press) -> Effect:
    await ROUTES[press.name](bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    (told,) = [one for one in await bench.say() if one.effect_id == f"answer:{press.press_id}"]
    return told


def way_back(told: Effect) -> str:
    """The value of “Open the form again”."""
    [row] = [block for block in told.blocks if block.get("block_id") == ids.REOPEN_BLOCK]
    return str(row["elements"][0]["value"])


async def again(bench: Bench, who: str, told: Effect) -> Effect:
    """The form as it is in the end, opened by that button."""
    await reopen_form(bench.desk, await bench.press(who, ids.REOPEN, values={"more": way_back(told)}))
    assert await bench.ledger.waiting_presses() == 0
    view = [one for one in await bench.say() if one.kind is EffectKind.MODAL][-1]
    check_view(view.view)
    return view


@pytest.mark.parametrize("view", MADE)
async def test_a_late_form_is_opened_again_with_what_was_typed(bench: Bench, view: str) -> None:
    await staffed(bench)
    who, shown, values = await MADE[view](bench)
    if view == ids.SEND_BACK_VIEW:
        bench.portal.faults.set("server_error", action="OrganizationGetForMoveComputers")
        await bench.advance(hours=2)
    if view == ids.SHARED_APPROVE_VIEW:
        values |= {ids.CASES_BLOCK: "c0gone"}
    told = await answer_to(bench, await submission(bench, view, who, shown, values))
    bench.portal.faults.clear()
    form = await again(bench, who, told)
    assert form.view["callback_id"] == view
    typed = "NO-SUCH-COMPUTER" if view == ids.LOOK_UP_VIEW else TYPED
    assert typed in str(form.view["blocks"]), text_of(form)


@pytest.mark.parametrize("view", [ids.GRANT_VIEW, ids.ROLE_MAKE_VIEW, ids.MODE_VIEW])
async def test_whoever_may_not_reads_why_and_the_form_shows_them_nothing_more(
    bench: Bench, view: str
) -> None:
    """What is kept is the typed text, never a right: the form is drawn for who opens it, as they may."""
    await staffed(bench)
    _, shown, values = await MADE[view](bench)
    told = await answer_to(bench, await submission(bench, view, "bo", shown, values, late=False))
    assert "Not done" in text_of(told) or "may not" in text_of(told) or "misses" in text_of(told)
    form = await again(bench, "bo", told)
    assert form.view["callback_id"] in {ids.SAID_VIEW, view}


async def test_a_role_that_is_gone_is_said_to_be_gone(bench: Bench) -> None:
    await staffed(bench)
    who, shown, values = await a_role(bench)
    told = await answer_to(bench, await submission(bench, ids.ROLE_CHANGE_VIEW, who, shown, values))
    press = await submission(bench, ids.ROLE_DELETE_VIEW, who, shown, {}, late=False)
    assert "Done" in text_of(await answer_to(bench, press))
    reopened = await bench.press(who, ids.REOPEN, values={"more": way_back(told)})
    await reopen_form(bench.desk, reopened)
    (said,) = [one for one in await bench.say() if one.effect_id == f"answer:{reopened.press_id}"]
    assert "was deleted meanwhile" in text_of(said)


async def test_a_computer_that_is_gone_is_said_to_be_gone(bench: Bench) -> None:
    await staffed(bench)
    who, shown, values = await a_mode(bench)
    told = await answer_to(bench, await submission(bench, ids.MODE_VIEW, who, shown, values))
    bench.portal.world.computers.pop(shown["case_id"].partition(".")[0])
    form = await again(bench, who, told)
    assert form.view["callback_id"] == ids.SAID_VIEW


def test_every_form_with_a_submit_route_can_be_opened_again() -> None:
    """A new form belongs to `ids.REOPENED`, or what is typed into it is lost."""
    submitted = {
        value
        for name, value in vars(ids).items()
        if name.endswith("_VIEW") and isinstance(value, str) and value in ROUTES
    }
    assert submitted == ids.REOPENED == OPENERS.keys()
