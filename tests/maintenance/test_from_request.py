"""A mode that answers a request: the same countdown, reminder and end as one that was started from a computer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.decision.press import decide
from bot.decision.reconcile import reconcile
from bot.models import (
    Case,
    Choice,
    DueKind,
    EffectKind,
    MaintenanceMode,
    ModeStanding,
    RunningMode,
    Standing,
    Verb,
)
from bot.seams import Seam
from permissions import Door
from tests.desk import text_of
from tests.maintenance.shop import Shop
from tests.maintenance.test_starting import armed

_CHOICE = Choice(
    verb=Verb.APPROVE,
    mode=MaintenanceMode.LEARNING,
    mode_because="an installer that unpacks as it goes",
    reason="the vendor is on the line",
    ticket="BRW-9",
)
_PERMIT = "ApprovalRequestPermitApplication"


async def approved(shop: Shop, who: str = "ana", choice: Choice = _CHOICE) -> tuple[Case, str]:
    """A request that was answered with a mode; its case, and what the presser read."""
    await shop.give(
        "ana", "Manage Application Control Learning Mode", "Manage Application Control Installation Mode"
    )
    case = await shop.bench.arrive("execute", computer="BRW-WS-001", product="tideplan")
    press = await shop.bench.press(who, "case.approve.v1", case)
    await decide(shop.desk, press, choice)
    said = await shop.bench.answer(press)
    return await shop.bench.case(case.case_id), " ".join(said.split())


async def the_mode(shop: Shop) -> RunningMode:
    """The one mode that is open."""
    (stored,) = await shop.bench.ledger.modes.open()
    return stored.mode


async def test_an_approval_with_a_mode_starts_its_countdown(shop: Shop) -> None:
    case, said = await approved(shop)
    assert "Approved" in said
    mode = await the_mode(shop)
    assert (mode.door, mode.case_id, mode.mode) == (Door.REQUEST, case.case_id, MaintenanceMode.LEARNING)
    assert (mode.started_by.name, mode.because, mode.ticket) == ("Ana Moreau", _CHOICE.mode_because, "BRW-9")
    assert mode.ends_at - mode.starts_at == timedelta(hours=1)
    assert "The portal's history does not show it yet" in await shop.shown()
    await shop.bench.advance(seconds=6)
    await shop.tick()
    found = await the_mode(shop)
    (row,) = shop.history()
    assert (found.standing, found.portal_mode_id) == (ModeStanding.RUNNING, row.maintenance_mode_id)
    shown = await shop.shown()
    assert "In maintenance" in shown
    assert "Started from a request by Ana Moreau" in shown
    assert "[End now] [Extend…]" in shown
    await shop.until(found.ends_at - timedelta(minutes=5))
    assert "ends" in shop.replies()[0]
    await shop.until(found.ends_at, seconds=1)
    assert "has ended" in shop.replies()[-1]
    assert await shop.bench.ledger.modes.open() == []


async def test_an_approval_without_a_mode_starts_none(shop: Shop) -> None:
    await approved(shop, choice=Choice(verb=Verb.APPROVE))
    assert await shop.bench.ledger.modes.open() == []
    assert [each for each in shop.bench.said if each.kind is EffectKind.MODE] == []


async def test_a_refused_approval_starts_none(shop: Shop) -> None:
    """Approve without the Manage half, and the Manage half without Approve."""
    await shop.give("mel", "View Approvals")
    _, said = await approved(shop, "bo")
    assert "Not done" in said
    assert "Manage Application Control Learning Mode" in said
    assert await shop.bench.ledger.modes.open() == []
    assert shop.history() == []


M = MaintenanceMode
LEARNING = "Manage Application Control Learning Mode"
INSTALLATION = "Manage Application Control Installation Mode"
MONITOR = "Manage Application Control Monitor Only"
EVERY = "Manage All Maintenance Modes"
APPLICATIONS = "Edit Application Control Applications"
ONE = "Approve for Single Computer"
ONE_APPLICATION = "Approve for Single Computer (Application Only)"


@pytest.mark.parametrize(
    ("held", "open_modes"),
    [
        ((ONE,), ()),
        ((LEARNING,), ()),
        (("View Approvals", LEARNING), ()),
        (("View Approvals", LEARNING, "Edit Computers"), ()),
        ((ONE, "Edit Computers"), ()),
        ((ONE, LEARNING), (M.LEARNING,)),
        ((ONE, INSTALLATION), (M.INSTALLATION,)),
        ((ONE, MONITOR), (M.APPLICATION_MONITOR_ONLY,)),
        ((ONE_APPLICATION, LEARNING), (M.LEARNING,)),
        (("Approve for Entire Organization", LEARNING), (M.LEARNING,)),
        ((ONE, EVERY), (M.APPLICATION_MONITOR_ONLY,)),
        ((ONE, EVERY, "Edit Computers"), (M.APPLICATION_MONITOR_ONLY,)),
        ((ONE, EVERY, APPLICATIONS), (M.INSTALLATION, M.LEARNING, M.APPLICATION_MONITOR_ONLY)),
        (("Elevation Administrator", "View Approvals", "View Computers"), ()),
        (("Approve for Single Computer (Learning Mode Only)",), ()),
        (("Approve for Single Computer (Learning Mode Only)", "Edit Computers"), (M.LEARNING,)),
        (("Approve for Single Computer (Learning Mode Only)", "Edit Computers", INSTALLATION), (M.LEARNING,)),
    ],
)
async def test_at_the_requests_door_both_halves_are_judged_at_the_press(
    shop: Shop, held: tuple[str, ...], open_modes: tuple[MaintenanceMode, ...]
) -> None:
    """Every mode is asked for; what may not answer a request, or lacks a half, starts nothing."""
    shop.more.clear()
    await shop.give("mel", *held)
    case = await shop.bench.arrive("execute", computer="BRW-WS-001", product="tideplan")
    for mode in (*(each for each in M if each not in open_modes), *open_modes[:1]):
        press = await shop.bench.press(shop.mel, "case.approve.v1", await shop.bench.case(case.case_id))
        await decide(shop.desk, press, _CHOICE.model_copy(update={"mode": mode}))
        said = " ".join((await shop.bench.answer(press)).split())
        assert ("Approved." in said) is (mode in open_modes), said
    assert len(shop.history()) == len(open_modes[:1])


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before"])
async def test_p2_an_approval_whose_answer_was_lost_starts_it_when_the_portal_tells(
    shop: Shop, fault: str
) -> None:
    """The reconcile tick settles it, and the countdown starts; what never reached the portal starts nothing."""
    shop.bench.portal.faults.set(fault, action=_PERMIT, times=1, seconds=0.01)
    case, _ = await approved(shop)
    await shop.bench.advance(seconds=21)
    for taken, stored in await shop.bench.due(DueKind.RECONCILE):
        await reconcile(shop.desk, taken, stored.case)
    settled = (await shop.bench.case(case.case_id)).requests[0].standing
    took_effect = fault == "timeout_after"
    assert (settled is Standing.APPROVED) is took_effect
    assert len(await shop.bench.ledger.modes.open()) == (1 if took_effect else 0)


async def test_p5_the_reconcile_tick_starts_the_countdown_as_well(shop: Shop) -> None:
    """Nothing could be read back after the write: only the tick learns that it took effect."""

    def silence(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            shop.bench.portal.faults.set("server_error", action="ApprovalRequestGetById")

    with armed(silence):
        case, said = await approved(shop)
    assert "checking" in said
    assert await shop.bench.ledger.modes.open() == []
    shop.bench.portal.faults.clear()
    await shop.bench.advance(seconds=21)
    ((taken, stored),) = await shop.bench.due(DueKind.RECONCILE)
    await reconcile(shop.desk, taken, stored.case)
    assert (await the_mode(shop)).case_id == case.case_id


async def test_a_mode_that_the_history_never_shows_is_said_to_be_missing(shop: Shop) -> None:
    await approved(shop)
    world = shop.bench.portal.world
    world.modes.clear()
    one = shop.computer()
    world.computers[one.computer_id] = replace(one, maintenance_type_id=0)
    mode = await the_mode(shop)
    await shop.bench.advance(minutes=4)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).is_open
    await shop.bench.advance(minutes=2)
    await shop.tick()
    gone = await shop.mode(mode.mode_id)
    assert gone.standing is ModeStanding.NOT_STARTED
    shown = await shop.shown()
    assert "Not started" in shown
    assert "the computer's history does not show it" in shown
    assert "[End now]" not in shown


async def test_either_door_ends_it_and_nobody_else(shop: Shop) -> None:
    await approved(shop)
    await shop.bench.advance(seconds=6)
    await shop.tick()
    mode = await the_mode(shop)
    for who in ("bo", "hal", "kim", "eve"):
        assert "Not done" in await shop.ends(who, mode)
    assert shop.writes() == []
    assert "Extended." in await shop.extends("mel", mode)
    assert "was ended by Ana Moreau" in await shop.ends("ana", mode)


async def test_whoever_asked_cannot_keep_it_open_from_the_request(shop: Shop) -> None:
    """11.1: through the computer's door a mode is nobody's own request; through the request's it is."""
    await approved(shop)
    await shop.bench.advance(seconds=6)
    await shop.tick()
    mode = await the_mode(shop)
    case = await shop.bench.case(mode.case_id)
    entry = case.requests[0]
    own = entry.model_copy(update={"facts": entry.facts.model_copy(update={"requestor": "rvance"})})
    await shop.give("req", "Approve for Single Computer", "Manage Application Control Learning Mode")
    await shop.bench.write(case.model_copy(update={"requests": (own,)}))
    said = await shop.ends("req", mode)
    assert "Not done" in said
    assert "Edit Computers" in said
    await shop.bench.write((await shop.bench.case(mode.case_id)).model_copy(update={"requests": (entry,)}))
    assert "Extended." in await shop.extends("req", mode)
    await shop.bench.write((await shop.bench.case(mode.case_id)).model_copy(update={"requests": (own,)}))
    await shop.give("req", "Edit Computers")
    assert "Over." in await shop.ends("req", mode)


async def test_another_computers_mode_is_not_taken_for_it(shop: Shop) -> None:
    """Only a run that began with the decision counts as its own."""
    await approved(shop)
    mode = await the_mode(shop)
    world = shop.bench.portal.world
    for row in list(world.modes.values()):
        early = row.start_at - timedelta(minutes=30)
        world.modes[row.maintenance_mode_id] = replace(row, start_at=early)
    await shop.bench.advance(seconds=6)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.STARTING
    assert "does not show this mode yet" in await shop.ends("ana", mode)


async def test_the_card_and_the_mode_are_told_in_one_step(shop: Shop) -> None:
    """P7: no moment in which the request is approved and nobody watches the mode."""
    case, _ = await approved(shop)
    (settled,) = await shop.bench.events("decision_settled")
    assert settled.event.case_id == case.case_id
    drawn = [each for each in shop.bench.said if each.kind is EffectKind.MODE]
    assert "BRW-WS-001" in text_of(drawn[0])
