"""What changes between the verdict and the record, or between the record and the send, never goes through (P1, P2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.cards.kit import ids
from bot.desk import TreeDesk, amend_mode
from bot.desk.modes import ModeAmendment, mode_event
from bot.maintenance.changing import end_now, open_extension, submit_extension
from bot.maintenance.starting import mode_id_of, submit_start
from bot.models import Change, Due, DueKind, Event, ModeStanding, RunningMode
from bot.portal import OutcomeUnknown
from bot.seams import Seam
from permissions import OrganizationTree
from tests.desk import text_of
from tests.maintenance.shop import Shop
from tests.maintenance.test_starting import armed

Meddle = Callable[[int], Awaitable[None]]


class Meddled(TreeDesk):
    """Lets somebody do something after each reading of the organizations, before the record is written."""

    meddle: Meddle
    count: int

    async def current(self, *, holding: str = "") -> OrganizationTree:
        """The tree, and what somebody does meanwhile."""
        tree = await super().current(holding=holding)
        self.count += 1
        await self.meddle(self.count)
        return tree


def meddled(shop: Shop, meddle: Meddle) -> None:
    """From now on somebody meddles."""
    tree = Meddled(shop.desk.portal, shop.bench.ledger, shop.desk.rules)
    tree.meddle, tree.count = meddle, 0
    shop.bench.desk = replace(shop.desk, tree=tree)


@pytest.mark.parametrize("wish", ["start", "end"])
async def test_p1_a_grant_taken_after_the_verdict_is_judged_again(shop: Shop, wish: str) -> None:
    mode = await shop.started() if wish == "end" else None
    sent = len(shop.writes())

    async def take(count: int) -> None:
        if count == 2:
            await shop.take_all()

    meddled(shop, take)
    said = await shop.ends("mel", mode) if mode else await shop.starts("mel")
    assert "Not done" in said
    assert "Manage Application Control Learning Mode" in said
    assert len(shop.writes()) == sent


@pytest.mark.parametrize("wish", ["start", "end"])
async def test_p1_grants_that_keep_changing_end_in_a_plain_answer(shop: Shop, wish: str) -> None:
    mode = await shop.started() if wish == "end" else None
    sent = len(shop.writes())

    async def change(count: int) -> None:
        await shop.give("hal", "View Approvals" if count % 2 else "View Computers")

    meddled(shop, change)
    said = await shop.ends("mel", mode) if mode else await shop.starts("mel")
    assert "is being changed at this moment" in said
    assert len(shop.writes()) == sent


@pytest.mark.parametrize("wish", ["start", "end"])
async def test_p1_somebody_deactivated_after_the_first_look_is_refused(shop: Shop, wish: str) -> None:
    mode = await shop.started() if wish == "end" else None

    async def leave(count: int) -> None:
        if count == 1:
            shop.bench.slack.changes.set_person(shop.mel, deactivated=True)
            await shop.bench.advance(seconds=61)

    meddled(shop, leave)
    sent = len(shop.writes())
    said = await shop.ends("mel", mode) if mode else await shop.starts("mel")
    assert "Not done" in said
    assert len(shop.writes()) == sent


@pytest.mark.parametrize("wish", ["start", "end"])
async def test_p2_a_process_that_was_stopped_too_long_sends_nothing(shop: Shop, wish: str) -> None:
    """Its time was over between the record and the send: nothing goes out, and that is said."""
    mode = await shop.started() if wish == "end" else None
    press = await (shop.press_on("mel", ids.MODE_END, mode) if mode else shop.submission("mel"))
    sent = len(shop.writes())

    def stop(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            shop.bench.with_rules(decisions={"send_within": timedelta(0)})
            shop.bench.clock.advance(timedelta(seconds=30))
            now = shop.desk.now() + timedelta(seconds=30)
            shop.bench.ledger.now = lambda: now  # type: ignore[method-assign] # time jumps without a tick

    use_case = end_now if mode else submit_start
    with armed(stop):
        said = " ".join((await shop.bench.do(use_case, press)).split())
    assert "It took too long to get going, so nothing was sent" in said
    assert len(shop.writes()) == sent


@pytest.mark.parametrize("wish", ["start", "end"])
async def test_p2_a_verdict_that_is_too_old_is_not_even_recorded(shop: Shop, wish: str) -> None:
    mode = await shop.started() if wish == "end" else None
    shop.bench.with_rules(decisions={"send_within": timedelta(0)})
    sent = len(shop.writes())
    attempts = len(await shop.bench.events("mode_attempted"))
    said = await (shop.ends("mel", mode) if mode else shop.starts("mel"))
    assert "It took too long to get going. Nothing was sent; press again." in said
    assert len(shop.writes()) == sent
    assert len(await shop.bench.events("mode_attempted")) == attempts


async def _given_up(shop: Shop) -> None:
    """The clock looks until it gives the attempt up, as another process would meanwhile."""
    for seconds in (21, 61):
        await shop.bench.advance(seconds=seconds)
        await shop.tick()


@pytest.mark.parametrize("shown", [True, False])
async def test_p3_a_start_that_was_given_up_is_watched_again_if_it_is_shown_after_all(
    shop: Shop, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process stood still between its time check and its write for longer than anybody waits."""
    original = shop.desk.portal.start_mode

    async def slowly(*arguments: Any) -> None:
        await _given_up(shop)
        if shown:
            await original(*arguments)
        else:
            raise OutcomeUnknown("silence")

    monkeypatch.setattr(shop.desk.portal, "start_mode", slowly)
    press = await shop.submission("mel")
    said = await shop.bench.do(submit_start, press)
    mode = await shop.mode(mode_id_of(press))
    assert ("Running." if shown else "Not started") in said
    assert mode.standing is (ModeStanding.RUNNING if shown else ModeStanding.NOT_STARTED)
    assert bool(await shop.bench.ledger.modes.open()) is shown


async def test_p3_an_unreadable_history_hides_nothing_that_the_clock_has_found_out(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The late process hears how its press ended, and not that nobody knows."""
    mode = await shop.started()

    async def lost(*_: Any) -> None:
        await _given_up(shop)
        shop.bench.portal.faults.set("server_error", action="MaintenanceModeGetByComputerIdV2")
        raise OutcomeUnknown("silence")

    monkeypatch.setattr(shop.desk.portal, "end_mode", lost)
    said = await shop.ends("mel", mode)
    assert "Running." in said
    assert not await shop.bench.events("mode_in_doubt")


@pytest.mark.parametrize("wish", ["start", "end"])
async def test_a_press_that_waited_through_an_outage_changes_nothing(shop: Shop, wish: str) -> None:
    mode = await shop.started() if wish == "end" else None
    press = await (shop.press_on("mel", ids.MODE_END, mode) if mode else shop.submission("mel"))
    sent = len(shop.writes())
    await shop.bench.advance(minutes=10, seconds=1)
    said = " ".join((await shop.bench.do(end_now if mode else submit_start, press)).split())
    assert "It was pressed a while ago" in said
    assert len(shop.writes()) == sent


async def test_p2_somebody_else_was_faster_with_the_same_mode(shop: Shop) -> None:
    """The other press is recorded between our look and our record."""
    mode = await shop.started()

    async def faster(count: int) -> None:
        if count != 2:
            return

        def make(current: RunningMode) -> ModeAmendment:
            gone = current.model_copy(update={"standing": ModeStanding.ENDED})
            return ModeAmendment(gone, [mode_event("mode_ended", current)])

        await amend_mode(shop.desk, mode.mode_id, make)

    meddled(shop, faster)
    assert "Somebody else was faster" in await shop.ends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_p9_writes_that_are_paused_after_the_first_look_end_nothing(shop: Shop) -> None:
    mode = await shop.started()
    shop.desk.gate.refuse(shop.desk.now())
    assert "Writes are paused" in await shop.ends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_p9_an_unreadable_history_ends_nothing(shop: Shop) -> None:
    mode = await shop.started()
    shop.bench.portal.faults.set("server_error", action="MaintenanceModeGetByComputerIdV2")
    assert "Not done" in await shop.ends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_an_extension_of_a_computer_that_is_gone_is_refused(shop: Shop) -> None:
    mode = await shop.started()
    world = shop.bench.portal.world
    gone = world.computers[mode.computer_id]

    async def move_away(count: int) -> None:
        if count == 2:
            other = shop.computer("CVL-WS-001")
            world.computers[gone.computer_id] = replace(
                gone, organization_id=other.organization_id, computer_group_id=other.computer_group_id
            )

    meddled(shop, move_away)
    assert "no longer shows this computer" in await shop.extends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_a_press_that_comes_again_after_its_end_hears_how_it_ended(shop: Shop) -> None:
    """The process died after the settlement and before it noticed that the press was answered."""
    press = await shop.submission("mel")

    def die(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            raise KeyboardInterrupt

    with armed(die), pytest.raises(KeyboardInterrupt):
        await submit_start(shop.desk, press)
    await shop.bench.advance(seconds=90)
    await shop.tick()
    assert not (await shop.mode(mode_id_of(press))).is_open
    assert "Not started" in await shop.bench.do(submit_start, press)
    mode = await shop.started()
    ending = await shop.press_on("mel", ids.MODE_END, mode)
    with armed(die), pytest.raises(KeyboardInterrupt):
        await end_now(shop.desk, ending)
    await shop.bench.advance(seconds=90)
    await shop.tick()
    assert "Running." in await shop.bench.do(end_now, ending)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_a_due_time_of_a_mode_that_is_gone_goes_away(shop: Shop) -> None:
    mode = await shop.started()
    await shop.bench.ledger.commit(_arming(shop, "mlost"))
    await shop.tick()
    kept = await shop.bench.ledger.take_due()
    assert [taken.case_id for taken, _ in kept if taken.kind is DueKind.MODE] == []
    assert (await shop.mode(mode.mode_id)).is_open


def _arming(shop: Shop, mode_id: str) -> Change:
    due = Due(DueKind.MODE, mode_id, shop.desk.now())
    return Change(op_id=uuid4().hex, events=[Event(name="armed_by_test")], due=[due])


async def test_p9_the_list_is_refused_while_the_organizations_cannot_be_read(shop: Shop) -> None:
    shop.bench.portal.faults.set("server_error")
    await shop.bench.advance(minutes=6)
    (said,) = await shop.types("mel", "maintenance")
    assert "The portal does not tell its organizations just now" in " ".join(said.text.split())


@pytest.mark.parametrize("who", ["gus", "dee"])
async def test_p1_nobody_without_a_place_in_the_file_gets_past_the_door(shop: Shop, who: str) -> None:
    """A guest and a former colleague, at every way in."""
    mode = await shop.started()
    assert "Not done" in await shop.starts(who)
    assert "Not done" in await shop.ends(who, mode)
    press = await shop.press_on(who, ids.MODE_EXTEND, mode)
    assert "Not done" in await shop.bench.do(open_extension, press)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_p9_the_extension_form_says_that_the_portal_is_away(shop: Shop) -> None:
    mode = await shop.started()
    shop.desk.tree._kept = None
    shop.bench.portal.faults.set("server_error")
    view = await shop.extension_form("mel", mode)
    assert view["callback_id"] == ids.SAID_VIEW
    assert "The portal could not be asked" in str(view["blocks"])


async def test_an_extension_form_of_a_mode_that_nobody_remembers_is_answered(shop: Shop) -> None:
    lost = (await shop.started()).model_copy(update={"mode_id": "mlost"})
    press = await shop.press_on("mel", ids.MODE_EXTEND, lost)
    assert "from before the records that are kept" in await shop.bench.do(open_extension, press)


@pytest.mark.parametrize(
    "values", [{ids.SPAN_BLOCK: "x"}, {ids.MODE_BECAUSE_BLOCK: "?"}, {ids.SPAN_BLOCK: "9999"}]
)
async def test_an_extension_that_no_form_could_have_made_is_refused(
    shop: Shop, values: dict[str, str]
) -> None:
    mode = await shop.started()
    sound = {ids.SPAN_BLOCK: "30", ids.MODE_BECAUSE_BLOCK: "still at it"}
    press = await shop.press_on("mel", ids.MODE_EXTEND_VIEW, mode, **(sound | values))
    assert "Not done" in await shop.bench.do(submit_extension, press)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_a_due_time_that_comes_too_early_goes_where_the_record_wants_it(shop: Shop) -> None:
    """Of a mode that is over: to the end of its retention."""
    mode = await shop.started()
    await shop.until(mode.ends_at, seconds=1)
    await shop.bench.ledger.commit(_arming(shop, mode.mode_id))
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).redacted_at is None
    await shop.bench.advance(days=91)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).redacted_at is not None


async def test_p2_two_processes_with_the_same_press_make_one_mode(shop: Shop) -> None:
    """The lease of a press ran out while its process was slow: the other one has started the mode already."""
    press = await shop.submission("mel")

    async def other(count: int) -> None:
        if count == 2:
            shop.desk.tree.meddle = _nothing  # type: ignore[attr-defined] # the tree of `meddled`
            await submit_start(shop.desk, press)

    meddled(shop, other)
    await submit_start(shop.desk, press)
    said = [text_of(each) for each in await shop.bench.say() if each.effect_id == f"answer:{press.press_id}"]
    assert len(said) == 1
    assert "Running." in said[0]
    assert shop.writes() == ["MaintenanceModeInsert"]


async def _nothing(_count: int) -> None:
    """Nobody meddles any more."""
