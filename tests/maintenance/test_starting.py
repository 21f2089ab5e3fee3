"""Starting a maintenance mode from a computer: judged at the press, recorded, sent once, read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.maintenance.starting import mode_id_of, submit_start
from bot.models import EffectKind, ModeStanding, Place
from bot.seams import Hook, Seam, _armed
from tests.cards.reading import read
from tests.maintenance.shop import Shop


@contextmanager
def armed(hook: Hook) -> Iterator[None]:
    """Call this at every seam, for as long as the test wants it."""
    _armed.append(hook)
    try:
        yield
    finally:
        _armed.remove(hook)


async def test_a_started_mode_runs_in_the_portal_and_its_message_counts_down(shop: Shop) -> None:
    mode = await shop.started()
    (row,) = shop.history()
    assert mode.standing is ModeStanding.RUNNING
    assert mode.portal_mode_id == row.maintenance_mode_id
    assert (row.maintenance_type_id, row.end_at - row.start_at) == (3, timedelta(hours=1))
    assert row.notes is not None
    assert row.notes.startswith(f"Started by Mel Ortiz via Gatehouse [attempt {mode.start_id}]")
    assert "the installer unpacks other files each time" in row.notes
    assert shop.computer().maintenance_type_id == 3
    shown = await shop.shown()
    for words in ("In maintenance", "Application Control Learning Mode", "BRW-WS-001", "Ends", "Mel Ortiz"):
        assert words in shown
    assert "Why no scoped policy: the installer unpacks other files each time" in shown
    assert "[End now] [Extend…]" in shown
    drawn = [each for each in shop.bench.said if each.kind is EffectKind.MODE]
    assert {(each.place, each.request_kind) for each in drawn} == {(Place.CARD, "application")}
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_what_is_sent_is_everything_that_the_portal_requires(shop: Shop) -> None:
    await shop.started(**{ids.USER_MAY_END_BLOCK: "yes"})
    (sent,) = [each for each in shop.bench.portal.traffic if each.path.endswith("ModeInsert")]
    body = json.loads(sent.sent)
    assert (body["automaticApplication"], body["automaticApplicationType"]) == (True, 1)
    assert (body["allUsers"], body["permitEnd"], body["ticketNumber"]) == (True, True, "BRW-77")
    assert sent.organization_id == shop.computer().organization_id


@pytest.mark.parametrize(
    ("mode", "type_id"),
    [
        ("application_monitor_only", 1),
        ("installation", 2),
        ("learning", 3),
        ("tamper_protection", 6),
        ("network_monitor_only", 17),
        ("storage_monitor_only", 18),
        ("elevation", 4),
    ],
)
async def test_each_mode_is_the_portals_own_type(shop: Shop, mode: str, type_id: int) -> None:
    await shop.started(**{ids.MODE_BLOCK: mode})
    assert [row.maintenance_type_id for row in shop.history()] == [type_id]


async def test_p1_a_grant_that_is_taken_while_the_form_is_open_closes_it(shop: Shop) -> None:
    press = await shop.submission("mel")
    await shop.take_all()
    said = await shop.bench.do(submit_start, press)
    assert "Not done" in said
    assert "Manage Application Control Learning Mode" in said
    assert shop.history() == []
    assert shop.writes() == []
    refused = await shop.bench.last("mode_refused")
    assert refused.person_id == "mel"
    assert refused.facts["why"] == "no_permission"


async def test_p1_a_computer_that_moved_to_another_organization_is_left_alone(shop: Shop) -> None:
    press = await shop.submission("mel")
    world = shop.bench.portal.world
    one = shop.computer()
    other = shop.computer("CVL-WS-001")
    world.computers[one.computer_id] = replace(
        one, organization_id=other.organization_id, computer_group_id=other.computer_group_id
    )
    assert "no longer shows this computer" in " ".join((await shop.bench.do(submit_start, press)).split())
    assert shop.writes() == []


async def test_with_writes_off_the_exact_effect_is_said_and_nothing_is_sent(shop: Shop) -> None:
    shop.bench.with_rules(writes_on=False)
    said = await shop.starts("mel", **{ids.SPAN_BLOCK: "30"})
    assert "Writes are off, so nothing was sent" in said
    assert "BRW-WS-001 at Brightwater Logistics goes into" in said
    assert "Application Control Learning Mode for 30 min, until 2026-11-18 10:30 UTC" in said
    assert "automatic application" in said
    assert shop.writes() == []
    assert await shop.bench.ledger.modes.open() == []
    assert (await shop.bench.last("mode_rehearsed")).facts["rests_on"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({ids.SPAN_BLOCK: "300"}, "lasts 4 hours here at most"),
        ({ids.SPAN_BLOCK: "0"}, "for how long"),
        ({ids.SPAN_BLOCK: "soon"}, "for how long"),
        ({ids.MODE_BECAUSE_BLOCK: " "}, "why no scoped policy serves"),
        ({ids.MODE_BLOCK: "isolation"}, "which maintenance mode"),
    ],
)
async def test_a_submission_that_no_form_could_have_made_is_refused(
    shop: Shop, values: dict[str, str], why: str
) -> None:
    assert why in await shop.starts("mel", **values)
    assert shop.writes() == []


async def test_p2_a_second_mode_of_the_same_part_waits_for_the_first(shop: Shop) -> None:
    """By the portal's word; and by ours, where the portal does not show the first one yet."""
    await shop.started()
    said = await shop.starts("mel", **{ids.MODE_BLOCK: "installation"})
    assert "is in Application Control Learning Mode until 2026-11-18 11:00 UTC already" in said
    assert shop.writes() == ["MaintenanceModeInsert"]
    assert "Running." in await shop.starts("mel", **{ids.MODE_BLOCK: "network_monitor_only"})


async def test_p2_two_presses_at_once_make_one_mode(shop: Shop) -> None:
    shop.bench.portal.faults.set("timeout_before", action="MaintenanceModeInsert", times=1, seconds=0.01)
    assert "Outcome unknown, checking" in await shop.starts("mel")
    said = await shop.starts("mel", **{ids.MODE_BLOCK: "installation"})
    assert "was started on this computer by Mel Ortiz already" in said
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_p2_a_silent_portal_is_asked_and_never_told_twice(shop: Shop) -> None:
    """The write took effect, its answer was lost: the history tells, and the presser hears at once."""
    shop.bench.portal.faults.set("timeout_after", action="MaintenanceModeInsert", times=1, seconds=0.01)
    assert "Running." in await shop.starts("mel")
    assert shop.writes() == ["MaintenanceModeInsert"]
    assert len(shop.history()) == 1


async def test_p3_unknown_stays_unknown_until_the_history_can_be_read(shop: Shop) -> None:
    faults = shop.bench.portal.faults
    faults.set("timeout_after", action="MaintenanceModeInsert", times=1, seconds=0.01)
    press = await shop.submission("mel")
    with armed(_silence(shop)):
        said = await shop.bench.do(submit_start, press)
    assert "Outcome unknown, checking" in said
    assert await shop.shown() == ""
    faults.clear()
    await shop.bench.advance(seconds=21)
    await shop.tick()
    assert (await shop.mode(mode_id_of(press))).standing is ModeStanding.RUNNING
    assert "Running." in shop.told("mel")[0]
    assert "In maintenance" in await shop.shown()
    assert shop.writes() == ["MaintenanceModeInsert"]


def _silence(shop: Shop) -> Hook:
    """From the record of the attempt on the history cannot be read."""

    def hook(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            shop.bench.portal.faults.set("server_error", action="MaintenanceModeGetByComputerIdV2")

    return hook


async def test_p2_what_left_no_trace_is_given_up_and_can_be_pressed_again(shop: Shop) -> None:
    shop.bench.portal.faults.set("timeout_before", action="MaintenanceModeInsert", times=1, seconds=0.01)
    press = await shop.submission("mel")
    assert "checking" in await shop.bench.do(submit_start, press)
    await shop.bench.advance(seconds=30)
    await shop.tick()
    assert (await shop.mode(mode_id_of(press))).is_open
    await shop.bench.advance(seconds=60)
    await shop.tick()
    mode = await shop.mode(mode_id_of(press))
    assert mode.standing is ModeStanding.NOT_STARTED
    assert "Not started" in shop.told("mel")[0]
    assert "only a new press makes a new attempt" in shop.told("mel")[0]
    assert "Running." in await shop.starts("mel")


async def test_p2_a_crash_between_record_and_send_sends_nothing_by_itself(shop: Shop) -> None:
    press = await shop.submission("mel")

    def die(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            raise KeyboardInterrupt

    with armed(die), pytest.raises(KeyboardInterrupt):
        await submit_start(shop.desk, press)
    assert "checking" in await shop.bench.do(submit_start, press)
    assert shop.writes() == []
    await shop.bench.advance(seconds=90)
    await shop.tick()
    assert (await shop.mode(mode_id_of(press))).standing is ModeStanding.NOT_STARTED
    assert shop.writes() == []
    assert "Not started" in shop.told("mel")[0]


async def test_p2_what_the_portal_refuses_is_not_started(shop: Shop) -> None:
    shop.bench.portal.faults.set("too_many_requests", action="MaintenanceModeInsert", times=1)
    said = await shop.starts("mel")
    assert "Not started" in said
    assert "The portal did not take it" in said
    assert await shop.bench.ledger.modes.open() == []


async def test_p9_a_token_without_the_right_is_said_as_what_it_is(shop: Shop) -> None:
    """The person may; it is Gatehouse's own API user that may not."""
    tokens, secret = shop.bench.portal.state.tokens, shop.bench.portal.token
    tokens[secret] = replace(tokens[secret], permissions=frozenset({"View Computers", "View Organizations"}))
    said = await shop.starts("mel")
    assert "You may, but the portal says that Gatehouse's own token lacks" in said
    assert "Manage Application Control Learning Mode" in said
    assert await shop.bench.ledger.modes.open() == []


async def test_p9_a_refused_token_pauses_writes_and_says_so(shop: Shop) -> None:
    shop.bench.portal.faults.set("token_revoked", action="MaintenanceModeInsert", times=1)
    assert "does not accept Gatehouse's token" in await shop.starts("mel")
    shop.desk.gate.refuse(shop.desk.now())
    sent = shop.writes()
    assert "Writes are paused" in await shop.starts("mel")
    assert shop.writes() == sent


async def test_p7_every_step_is_in_the_record_with_its_ground_and_without_names_in_its_facts(
    shop: Shop,
) -> None:
    mode = await shop.started()
    attempted, started = await shop.bench.last("mode_attempted"), await shop.bench.last("mode_started")
    for event in (attempted, started):
        assert event.case_id == mode.mode_id
        assert event.organization_id == mode.organization_id
        assert event.person_id == "mel"
        assert event.facts["mode"] == "learning"
        assert event.facts["computer_id"] == mode.computer_id
        assert event.private["ticket"] == "BRW-77"
        assert any("Manage All Maintenance Modes" in each for each in event.facts["rests_on"])
        assert "BRW-WS-001" not in json.dumps(event.facts)
        assert event.private["because"] == "the installer unpacks other files each time"


async def test_no_mode_is_started_where_ones_own_request_waits(shop: Shop) -> None:
    """11.1: what waits would run under the mode; at another computer it is nobody's own."""
    await shop.bench.arrive(computer="BRW-WS-001", user="mortiz", product="labelpress")
    said = await shop.starts("mel")
    assert "request of your own waits for this computer" in " ".join(said.split())
    assert shop.writes() == []
    assert "Running." in await shop.starts("mel", computer="BRW-WS-002")


async def test_no_mode_is_extended_where_ones_own_request_waits(shop: Shop) -> None:
    """11.1: whoever started it. It may be ended, which lets nothing in."""
    mode = await shop.started()
    await shop.bench.advance(seconds=6)
    await shop.tick()
    await shop.bench.arrive(computer="BRW-WS-001", user="mortiz", product="labelpress")
    said = await shop.extends("mel", mode)
    assert "request of your own waits for this computer" in " ".join(said.split())
    form = read((await shop.extension_form("mel", mode))["blocks"])
    assert "request of your own waits for this computer" in " ".join(form.split())
    await shop.give(
        "kim", "Manage All Maintenance Modes", "Edit Computers", "Edit Application Control Applications"
    )
    assert "Extended." in await shop.extends("kim", mode)
    assert "Over." in await shop.ends("mel", mode)
