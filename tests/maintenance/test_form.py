"""`/gatehouse maintenance <computer>`: what the form shows, what it offers to whom, and which computer is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.cards.messages.maintenance import MODE_NAMES
from bot.maintenance.orders import ComputerNamed, read_computer
from bot.models import Effect, EffectKind, MaintenanceMode, Urgency
from bot.rules.typed import Misread
from rehearsal.portal.effects import start_mode
from rehearsal.stage import organizations
from tests.desk import text_of
from tests.maintenance.shop import Shop

M = MaintenanceMode
APPLICATION_CONTROL = (M.INSTALLATION, M.LEARNING, M.APPLICATION_MONITOR_ONLY)
ALL = tuple(M)


def read_view(view: dict[str, Any]) -> str:
    """A modal as it is read on the screen."""
    return text_of(Effect(effect_id="x", kind=EffectKind.MODAL, urgency=Urgency.ANSWER, view=view))


def offered(view: dict[str, Any]) -> set[MaintenanceMode]:
    """The modes that a form offers; none for a modal that only says something."""
    if view["callback_id"] == ids.SAID_VIEW:
        return set()
    block = next(each for each in view["blocks"] if each.get("block_id") == ids.MODE_BLOCK)
    return {MaintenanceMode(option["value"]) for option in block["element"]["options"]}


async def test_the_form_shows_the_computer_its_history_and_what_may_be_started(shop: Shop) -> None:
    one, now = shop.computer(), shop.desk.now().replace(microsecond=0)
    world = shop.bench.portal.world
    start_mode(
        world,
        one.computer_id,
        2,
        start_at=now - timedelta(days=1),
        end_at=now - timedelta(hours=22),
        by="tom@brightwater.example",
        notes="printer driver",
    )
    mode = start_mode(
        world, one.computer_id, 17, start_at=now, end_at=now + timedelta(hours=2), by="slack-approvals (API)"
    )
    view = await shop.form("mel", "maintenance brw-ws-001")
    assert read_view(view) == snapshot("""\
Computer: BRW-WS-001
Computer group: Workstations
Organization: Brightwater Logistics
Mode now: Network Control Monitor Only, until {12:00}
Earlier modes of this computer
Network Control Monitor Only: {10:00} to {12:00}, by slack-approvals (API), running.
Application Control Installation Mode: {10:00} to {12:00}, by tom@brightwater.example. printer
    driver
---
A maintenance mode is no shortcut: where a scoped policy serves, make the policy instead.
(Standing at the computer? The tray menu's maintenance mode and its QR code are quicker; the scanner
    needs Edit Computers.)
Mode (needed): [Application Control Installation Mode | Application Control Learning Mode |
    Application Control Monitor Only | Elevation Mode | Network Control Monitor Only | Storage
    Control Monitor Only]
  Installation and Learning: What runs or is installed meanwhile becomes this computer's own
    automatic application.
For how long (needed): [15 min | 30 min | 1 h | 2 h | 4 h]
Why does no scoped policy serve? (needed): [____]
  Stays in the record and, with your name, in the portal's history.
Ticket number (optional): [____]
May whoever sits at the computer end it early? (needed): [No | Yes]\
""")
    assert carried(view["private_metadata"]).ref == f"{one.computer_id}.{one.organization_id}.1"
    assert mode.computer_id == one.computer_id
    event = await shop.bench.last("mode_form_opened")
    assert (event.person_id, event.facts["computer_id"]) == ("mel", one.computer_id)
    assert event.private["asked"] == "brw-ws-001"


async def test_who_may_start_nothing_reads_why_and_still_sees_the_history(shop: Shop) -> None:
    view = await shop.form("hal", "maintenance BRW-WS-001")
    assert view["callback_id"] == ids.SAID_VIEW
    assert "submit" not in view
    assert read_view(view) == snapshot("""\
Computer: BRW-WS-001
Computer group: Workstations
Organization: Brightwater Logistics
Mode now: none, it is secured
Earlier modes of this computer
None in the portal's history.
---
You can start no maintenance mode on this computer. Nothing was changed.
Closed for you: Application Control Installation Mode, because that needs Manage Application Control
    Installation Mode and Edit Computers at Brightwater Logistics, which you do not have;
    Application Control Learning Mode, because that needs Manage Application Control Learning Mode
    and Edit Computers at Brightwater Logistics, which you do not have; Application Control Monitor
    Only, because that needs Manage Application Control Monitor Only and Edit Computers at
    Brightwater Logistics, which you do not have; Elevation Mode, because that needs Elevation
    Administrator at Brightwater Logistics, which you do not have; Network Control Monitor Only,
    because that needs Manage Network Control Monitor Only and Edit Computers at Brightwater
    Logistics, which you do not have; Storage Control Monitor Only, because that needs Manage
    Storage Control Monitor Only and Edit Computers at Brightwater Logistics, which you do not have;
    Tamper Protection Disabled, because that needs Manage Tamper Protection and Edit Computers at
    Brightwater Logistics, which you do not have.
Ask somebody who has what is missing, or an administrator of Gatehouse to give it to you.
(Standing at the computer? The tray menu's maintenance mode and its QR code are quicker; the scanner
    needs Edit Computers.)\
""")


@pytest.mark.parametrize(
    ("held", "open_modes"),
    [
        ((), ()),
        (("Manage All Maintenance Modes",), ()),
        (("Edit Computers",), ()),
        (
            ("Manage All Maintenance Modes", "Edit Computers"),
            tuple(m for m in ALL if m not in (M.INSTALLATION, M.LEARNING)),
        ),
        (("Manage All Maintenance Modes", "View Computers"), ()),
        (("Manage All Maintenance Modes", "Edit Application Control Applications"), ()),
        (("Manage All Maintenance Modes", "Edit Computers", "Edit Application Control Applications"), ALL),
        (("Manage Application Control Installation Mode",), ()),
        (("Manage Application Control Installation Mode", "Edit Computers"), (M.INSTALLATION,)),
        (("Manage Application Control Installation Mode", "View Computers"), ()),
        (("Manage Application Control Learning Mode", "Edit Computers"), (M.LEARNING,)),
        (("Manage Application Control Monitor Only", "Edit Computers"), (M.APPLICATION_MONITOR_ONLY,)),
        (("Manage Network Control Monitor Only",), ()),
        (("Manage Network Control Monitor Only", "Edit Computers"), (M.NETWORK_MONITOR_ONLY,)),
        (("Manage Storage Control Monitor Only", "Edit Computers"), (M.STORAGE_MONITOR_ONLY,)),
        (("Manage Storage Control Monitor Only", "Edit Computer Groups"), ()),
        (("Manage Tamper Protection", "Edit Computers"), (M.TAMPER_PROTECTION,)),
        (("Manage Tamper Protection", "Install Computers"), ()),
        (("Elevation Administrator",), ()),
        (("Elevation Administrator", "View Computers"), (M.ELEVATION,)),
        (("Elevation Administrator", "Install Computers"), (M.ELEVATION,)),
        (("Elevation Administrator", "Edit Computers"), (M.ELEVATION,)),
        (("Elevation Administrator", "View Approvals"), ()),
        (("Elevation Administrator", "Edit Computer Groups"), ()),
        (("Approve for Entire Organization", "Manage Application Control Learning Mode"), ()),
        (("Approve for Entire Organization (Learning Mode Only)", "Edit Computers"), ()),
        (("Super Admin",), ALL),
    ],
)
async def test_a_mode_is_offered_to_whom_both_halves_belong_and_to_nobody_else(
    shop: Shop, held: tuple[str, ...], open_modes: tuple[MaintenanceMode, ...]
) -> None:
    """The offer, and the press: what is not offered is refused when it is submitted all the same."""
    shop.more.clear()
    if held:
        await shop.give("mel", *held)
    else:
        await shop.accept()
    await shop.give("mel", "View Approvals")
    view = await shop.form("mel", "maintenance BRW-WS-001")
    assert offered(view) == set(open_modes)
    shown = " ".join(read_view(view).split())
    assert shown.count("Closed for you: ") == (set(open_modes) != set(ALL))
    closed = shown.partition("Closed for you: ")[2]
    assert {mode for mode in ALL if MODE_NAMES[mode] in closed} == set(ALL) - set(open_modes)
    for mode in ALL:
        said = await shop.starts("mel", "BRW-WS-002", **{ids.MODE_BLOCK: mode.value})
        assert ("Running." in said) is (mode in open_modes), said
        await _end_all(shop, "BRW-WS-002")


async def _end_all(shop: Shop, name: str) -> None:
    """The computer is secured again, and its record closed, without anybody's press."""
    world = shop.bench.portal.world
    for mode in shop.history(name):
        world.modes[mode.maintenance_mode_id] = replace(mode, ended_by="test")
    for stored in await shop.bench.ledger.modes.open():
        await shop.bench.advance(minutes=5, seconds=1)
        await shop.tick()
        assert not (await shop.mode(stored.mode.mode_id)).is_open


async def test_both_halves_in_two_organizations_open_nothing(shop: Shop) -> None:
    shop.more.clear()
    await shop.give("mel", "Manage Application Control Learning Mode", at="brightwater")
    await shop.give("mel", "Edit Computers", "View Approvals", at="rowanbridge")
    await shop.give("mel", "View Approvals", at="brightwater")
    assert offered(await shop.form("mel", "maintenance BRW-WS-001")) == set()
    assert "Edit Computers" in await shop.starts("mel")


async def test_an_organization_without_any_sight_is_refused_with_the_way_on(shop: Shop) -> None:
    """Nothing of the computer is shown, not even that it exists."""
    view = await shop.form("mel", "maintenance CVL-WS-001")
    assert "No computer that you may see is called CVL-WS-001" in " ".join(read_view(view).split())
    view = await shop.form("mel", "maintenance CVL-WS-001 at Coville")
    shown = " ".join(read_view(view).split())
    assert "View Computers, Edit Computers or Install Computers" in shown
    assert "Ask somebody who has" in shown
    assert "Workstations" not in shown
    view = await shop.form("req", "maintenance BRW-WS-001")
    assert "you have none of them" in " ".join(read_view(view).split())


@pytest.mark.parametrize(
    ("held", "sees"),
    [
        ("View Computers", True),
        ("Edit Computers", True),
        ("Install Computers", True),
        ("View Approvals", True),
        ("Approve for Single Computer", True),
        ("Super Admin", True),
        ("Edit Computer Groups", False),
        ("View Unified Audit", False),
        ("Elevation Administrator", False),
        ("Manage All Maintenance Modes", False),
        ("Super Admin - Child", False),
    ],
)
async def test_the_devices_page_or_the_requests_show_a_computer_and_nothing_else_does(
    shop: Shop, held: str, sees: bool
) -> None:
    """In the form, and in the list of what runs."""
    await shop.started()
    shop.more.clear()
    await shop.give("mel", held)
    shown = " ".join(read_view(await shop.form("mel", "maintenance BRW-WS-001")).split())
    assert ("Computer group: Workstations" in shown) is sees
    (listed,) = [each for each in await shop.types("mel", "maintenance") if each.kind is EffectKind.ANSWER]
    assert ("BRW-WS-001" in text_of(listed)) is sees


async def test_a_stranger_gets_no_form(shop: Shop) -> None:
    said = await shop.types("gus", "maintenance BRW-WS-001")
    assert [each.kind for each in said] == [EffectKind.ANSWER]
    assert "Not done" in text_of(said[0])


async def test_several_computers_of_one_name_need_the_organization(shop: Shop) -> None:
    world = shop.bench.portal.world
    other = shop.computer("CVL-WS-001")
    world.computers[other.computer_id] = replace(other, name="BRW-WS-001")
    await shop.give("mel", "View Computers", at=_short(shop, other.organization_id))
    shown = " ".join(read_view(await shop.form("mel", "maintenance BRW-WS-001")).split())
    assert "2 computers are called BRW-WS-001" in shown
    for named in ("brightwater", "Brightwater Logistics", "logistics", "bright"):
        view = await shop.form("mel", f"maintenance BRW-WS-001 at {named}")
        assert view["callback_id"] == ids.MODE_VIEW
        assert shop.bench.portal.organization_id("brightwater") in view["private_metadata"]


async def test_several_computers_of_one_name_in_one_organization_are_chosen_in_the_portal(shop: Shop) -> None:
    """Writing the organization, as is asked for elsewhere, would lead back to the same answer."""
    other = shop.computer("BRW-WS-002")
    shop.bench.portal.world.computers[other.computer_id] = replace(other, name="BRW-WS-001")
    shown = " ".join(read_view(await shop.form("mel", "maintenance BRW-WS-001")).split())
    assert "2 computers are called BRW-WS-001: Brightwater Logistics." in shown
    assert "Write at" not in shown
    assert "choose it on the portal's Devices page" in shown


async def test_computers_of_one_name_in_organizations_of_one_name_are_told_apart(shop: Shop) -> None:
    world = shop.bench.portal.world
    other, own = shop.computer("CVL-WS-001"), shop.computer()
    world.computers[other.computer_id] = replace(other, name="BRW-WS-001")
    mine, theirs = _short(shop, own.organization_id), _short(shop, other.organization_id)
    await shop.give("mel", "View Computers", at=theirs)
    one, two = world.organizations[own.organization_id], world.organizations[other.organization_id]
    world.organizations[two.organization_id] = replace(two, name=one.name, display_name=one.display_name)
    await shop.bench.advance(minutes=6)
    shown = " ".join(read_view(await shop.form("mel", "maintenance BRW-WS-001")).split())
    assert f"({mine})" in shown
    assert f"({theirs})" in shown
    view = await shop.form("mel", f"maintenance BRW-WS-001 at {mine}")
    assert view["callback_id"] == ids.MODE_VIEW


def _short(shop: Shop, organization_id: str) -> str:
    return next(alias for alias, each in organizations(shop.bench.portal).items() if each == organization_id)


async def test_a_part_of_a_name_is_not_enough_and_near_ones_are_named(shop: Shop) -> None:
    shown = " ".join(read_view(await shop.form("mel", "maintenance BRW-WS-00")).split())
    assert "No computer that you may see is called BRW-WS-00" in shown
    assert "BRW-WS-001, BRW-WS-002" in shown


@pytest.mark.parametrize("action", ["OrganizationGetForMoveComputers", "ComputerGetByAllParameters"])
async def test_p9_a_silent_portal_is_said_in_the_form(shop: Shop, action: str) -> None:
    shop.desk.tree._kept = None
    shop.bench.portal.faults.set("server_error", action=action)
    shown = " ".join(read_view(await shop.form("mel", "maintenance BRW-WS-001")).split())
    assert "The portal could not be asked" in shown
    assert "Nothing was changed" in shown


async def test_a_history_that_cannot_be_read_does_not_keep_the_form_shut(shop: Shop) -> None:
    shop.bench.portal.faults.set("server_error", action="MaintenanceModeGetByComputerIdV2")
    view = await shop.form("mel", "maintenance BRW-WS-001")
    assert view["callback_id"] == ids.MODE_VIEW
    assert "The portal's history could not be read" in read_view(view)


async def test_a_long_history_is_cut_with_its_number(shop: Shop) -> None:
    one, now = shop.computer(), shop.desk.now()
    for days in range(1, 31):
        at = now - timedelta(days=days)
        start_mode(
            shop.bench.portal.world, one.computer_id, 3, start_at=at, end_at=at + timedelta(hours=1), by="Tom"
        )
    shown = read_view(await shop.form("mel", "maintenance BRW-WS-001"))
    assert "and 20 more; the portal shows them all." in shown


async def test_the_form_offers_spans_up_to_the_bound_and_an_hour_first(shop: Shop) -> None:
    shop.bench.with_rules(maintenance={"longest": timedelta(hours=2)})
    view = await shop.form("mel", "maintenance BRW-WS-001")
    select = next(each for each in view["blocks"] if each.get("block_id") == ids.SPAN_BLOCK)["element"]
    assert [option["value"] for option in select["options"]] == ["15", "30", "60", "120"]
    assert select["initial_option"]["value"] == "60"


async def test_with_writes_off_the_form_says_so(shop: Shop) -> None:
    shop.bench.with_rules(writes_on=False)
    assert "Rehearsal: writes are off." in read_view(await shop.form("mel", "maintenance BRW-WS-001"))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("maintenance", None),
        ("maintenance  ", None),
        ("Maintenance FIN-WS-1", ComputerNamed("FIN-WS-1", "")),
        ("maintenance FIN-WS-1 at Brightwater Logistics", ComputerNamed("FIN-WS-1", "Brightwater Logistics")),
        ('maintenance "front desk" AT "Contoso &amp; Co"', ComputerNamed("front desk", "Contoso & Co")),
        ("maintenance <http://fin.ws|fin.ws> at x", ComputerNamed("fin.ws", "x")),
        ("maintenance \u201cfront desk\u201d", ComputerNamed("front desk", "")),
    ],
)
def test_what_is_typed_names_a_computer_and_perhaps_an_organization(
    text: str, read: ComputerNamed | None
) -> None:
    assert read_computer(text) == read


@pytest.mark.parametrize("text", ["FIN-WS-1 FIN-WS-2", '""', "x" * 201, "FIN\u202eWS"])
def test_what_names_no_single_computer_is_refused(text: str) -> None:
    assert isinstance(read_computer(f"maintenance {text}"), Misread)


async def test_a_misread_command_is_answered_with_what_is_missing(shop: Shop) -> None:
    (said,) = await shop.types("mel", "maintenance one two")
    assert "Name one computer" in text_of(said)
