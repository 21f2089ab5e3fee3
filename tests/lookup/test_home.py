"""App Home on a real ledger: what waits, in order, filtered, page by page, with a claim and a look-up from there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards.app_home import CASES_A_PAGE, CLAIMS_WITH_BUTTONS, DeskView, Which, desk_view
from bot.cards.kit import ids
from bot.lookup import home, open_look_up, submit_look_up
from bot.lookup.reports import week_so_far
from bot.models import Effect, EffectKind, Kind, PressKind
from handlers.routes import ROUTES
from rehearsal.portal.faults import FaultKind
from tests.lookup.house import House
from tests.lookup.test_sla import settled

pytestmark = pytest.mark.made_up

VIEW, COMPUTER, AUDIT = "View Approvals", "Approve for Single Computer", "View Unified Audit"
STORED = {"kind": PressKind.HOME, "name": "app_home_opened", "channel_id": "", "response_url": ""}
PARENT: dict[str, Any] = {"at": "rowanbridge", "and_below": True}


async def see(house: House, slack_id: str, view: DeskView | str = "") -> str:
    """The published Home, as text."""
    said = await house.ask(home, slack_id, **STORED, values={"more": str(view)} if view else {})
    return json.dumps(said.view, ensure_ascii=False)


def order(text: str, *names: str) -> list[str]:
    """Names in the order in which the desk first shows them as cases."""
    desk = text.partition("for you to decide")[2]
    return sorted((name for name in names if name in desk), key=desk.index)


async def test_unclaimed_comes_first_and_of_that_what_is_late(house: House) -> None:
    alex = await house.asker(COMPUTER)
    now = house.desk.now()
    await house.case(
        computer="BRW-WS-001", product="tideplan", claimed_by="kim", requested_at=now - timedelta(minutes=50)
    )
    await house.case(computer="BRW-WS-002", product="clearcall")
    await house.case(computer="BRW-WS-003", product="draftwright", requested_at=now - timedelta(minutes=40))
    text = await see(house, alex)
    assert order(text, "BRW-WS-001", "BRW-WS-002", "BRW-WS-003") == ["BRW-WS-003", "BRW-WS-002", "BRW-WS-001"]
    assert "3 for you to decide · 2 late · 2 unclaimed · 0 claimed by you · 0 for others" in text
    late = await see(house, alex, DeskView(which=Which.LATE))
    assert order(late, "BRW-WS-001", "BRW-WS-002", "BRW-WS-003") == ["BRW-WS-003", "BRW-WS-001"]
    unclaimed = await see(house, alex, DeskView(which=Which.UNCLAIMED))
    assert order(unclaimed, "BRW-WS-001", "BRW-WS-002", "BRW-WS-003") == ["BRW-WS-003", "BRW-WS-002"]


async def test_filters_by_organization_and_kind_hide_nothing_from_the_counts(house: House) -> None:
    alex = await house.asker(COMPUTER, "Elevation Administrator", **PARENT)
    await house.case(computer="BRW-WS-001")
    await house.case("elevate", computer="MRL-WS-001", product="ledgerleaf")
    marlow = house.portal.organization_id("marlow")
    for view, shown, hidden in (
        (DeskView(organization_id=marlow), "MRL-WS-001", "BRW-WS-001"),
        (DeskView(kind=Kind.APPLICATION), "BRW-WS-001", "MRL-WS-001"),
    ):
        text = await see(house, alex, view)
        assert shown in text
        assert hidden not in text
        assert "2 for you to decide" in text
        assert "Marlow Precision" in text


async def test_p1_a_view_of_an_organization_out_of_sight_shows_nothing_of_it(house: House) -> None:
    """What a menu says is only a wish: it opens no organization, and names none."""
    alex = await house.asker(COMPUTER)
    await house.case(computer="BRW-WS-001")
    await house.case(computer="MRL-WS-001", product="clearcall")
    marlow = house.portal.organization_id("marlow")
    for view in (DeskView(organization_id=marlow), DeskView(which=Which.ALL, organization_id=marlow)):
        text = await see(house, alex, view)
        assert "MRL-WS-001" not in text
        assert "Marlow" not in text
        assert "Nothing fits what is chosen" in text


async def test_others_may_be_looked_at_without_a_button_that_decides(house: House) -> None:
    house.member("alex")
    house.grant("alex", VIEW, at="marlow")
    alex = await house.asker(COMPUTER)
    await house.case(computer="MRL-WS-001")
    assert "MRL-WS-001" not in await see(house, alex)
    text = await see(house, alex, DeskView(which=Which.ALL))
    assert "MRL-WS-001" in text
    assert ids.DENY_MODAL not in text
    assert ids.HOME_CLAIM not in text


async def test_p5_every_case_is_on_exactly_one_page(house: House) -> None:
    alex = await house.asker(COMPUTER)
    count = 2 * CASES_A_PAGE + 5
    for number in range(count):
        await house.case(computer="BRW-WS-001", path=f"C:\\Tools\\tool-{number:03}.exe", posted=False)
    shown: list[str] = []
    for page in (1, 2, 3):
        text = await see(house, alex, DeskView(page=page))
        shown += [f"{number:03}" for number in range(count) if f"tool-{number:03}.exe" in text]
        assert f"of {count}" in text
    assert sorted(shown) == [f"{number:03}" for number in range(count)]
    assert await see(house, alex, DeskView(page=99_999)) == await see(house, alex, DeskView(page=3)) or (
        "41 to 45 of 45" in await see(house, alex, DeskView(page=99_999))
    )


async def test_a_claim_from_the_desk_is_answered_and_the_desk_is_drawn_anew(house: House) -> None:
    alex = await house.asker(COMPUTER)
    case = await house.case(computer="BRW-WS-001")
    chosen = str(DeskView(which=Which.ALL))
    claimed = await press_on(house, alex, ids.HOME_CLAIM, case.case_id, chosen)
    assert [each.kind for each in claimed] == [EffectKind.ANSWER, EffectKind.HOME]
    view = claimed[-1].view
    assert view["private_metadata"] == chosen
    assert "1 claimed by you" in json.dumps(view)
    assert ids.HOME_RELEASE in json.dumps(view)
    released = await press_on(house, alex, ids.HOME_RELEASE, case.case_id, chosen)
    assert "0 claimed by you" in json.dumps(released[-1].view)
    stored = await house.desk.ledger.case(case.case_id)
    assert stored is not None
    assert stored.case.claim is None


async def test_p1_a_claim_from_the_desk_is_judged_at_the_press(house: House) -> None:
    alex = await house.asker(VIEW)
    case = await house.case(computer="BRW-WS-001")
    said = await press_on(house, alex, ids.HOME_CLAIM, case.case_id, "")
    assert "Not done" in said[0].text
    stored = await house.desk.ledger.case(case.case_id)
    assert stored is not None
    assert stored.case.claim is None


async def test_what_one_has_claimed_is_decided_and_released_from_the_desk(house: House) -> None:
    """As many as there is room for with their buttons, the others as lines; all of them under “I have claimed”."""
    alex = await house.asker(COMPUTER)
    count = CLAIMS_WITH_BUTTONS + 2
    for number in range(count):
        await house.case(computer="BRW-WS-001", path=f"C:\\Tools\\tool-{number}.exe", claimed_by="alex")
    said = await house.ask(home, alex, **STORED)
    blocks = said.view["blocks"]
    ends = next(at for at, block in enumerate(blocks) if "Waiting for a decision" in json.dumps(block))
    text = json.dumps(blocks[:ends])
    assert all(f"tool-{number}.exe" in text for number in range(count))
    rows = [block for block in blocks[:ends] if block["type"] == "actions"]
    wanted = [ids.APPROVE_MODAL, ids.DENY_MODAL, ids.HOME_RELEASE]
    assert [[each["action_id"] for each in row["elements"]] for row in rows] == [wanted] * CLAIMS_WITH_BUTTONS
    below = [block for block in blocks[ends:] if ids.HOME_RELEASE in json.dumps(block)]
    assert len(below) == 2, "in the list of what waits the others have theirs"
    assert all(f"tool-{number}.exe" in json.dumps(blocks[ends:]) for number in range(count))
    view = await see(house, alex, DeskView(which=Which.MINE))
    assert view.count(ids.HOME_RELEASE) == CLAIMS_WITH_BUTTONS + count


async def test_p1_a_claim_that_its_holder_may_decide_no_more_has_no_button_that_decides(house: House) -> None:
    alex = await house.asker(VIEW)
    await house.case(computer="BRW-WS-001", claimed_by="alex")
    text = await see(house, alex)
    assert "My claims" in text
    assert ids.APPROVE_MODAL not in text
    assert ids.DENY_MODAL not in text
    assert ids.HOME_RELEASE in text


async def test_an_older_page_never_follows_a_newer_one(house: House) -> None:
    """Two that wait to be published, such as while Slack does not answer, are one: the newest."""
    alex = await house.asker(COMPUTER)
    first, second = (house.press(alex, **STORED) for _ in range(2))
    assert await house.desk.ledger.store_press(first)
    await home(house.desk, first)
    [held] = await house.desk.ledger.claim_effects(100, timedelta(seconds=30))
    await house.case(computer="BRW-WS-001", posted=False)
    assert await house.desk.ledger.store_press(second)
    await home(house.desk, second)
    await house.desk.ledger.effect_later(held, after=timedelta())
    [page] = await house.desk.ledger.claim_effects(100, timedelta(seconds=30))
    assert "BRW-WS-001" in json.dumps(page.effect.view)


async def press_on(house: House, slack_id: str, name: str, case_id: str, kept: str) -> list[Effect]:
    """Press a button of the desk and take what is said to the presser, in order."""
    press = house.press(
        slack_id, kind=PressKind.BUTTON, name=name, case_id=case_id, revision=1, channel_id="", response_url="",
        values={"home": kept},
    )  # fmt: skip
    assert await house.desk.ledger.store_press(press)
    await ROUTES[name](house.desk, press)
    assert await house.desk.ledger.waiting_presses() == 0
    claimed = await house.desk.ledger.claim_effects(100, timedelta(seconds=30))
    for each in claimed:
        await house.desk.ledger.effect_done(each)
    wanted = {EffectKind.ANSWER, EffectKind.HOME}
    mine = [
        each.effect
        for each in claimed
        if each.effect.slack_user_id == slack_id and each.effect.kind in wanted
    ]
    return sorted(mine, key=lambda each: each.kind is EffectKind.HOME)


@pytest.mark.parametrize(
    ("permissions", "first"),
    [((AUDIT,), "Look something up"), ((AUDIT, VIEW), "Look something up"), ((AUDIT, COMPUTER), "My claims")],
)
async def test_the_help_desk_starts_with_the_look_up(
    house: House, permissions: tuple[str, ...], first: str
) -> None:
    alex = await house.asker(*permissions)
    await house.case(computer="BRW-WS-001")
    said = await house.ask(home, alex, **STORED)
    headers = [block["text"]["text"] for block in said.view["blocks"] if block["type"] == "header"]
    assert headers[1] == first
    text = json.dumps(said.view)
    assert ("BRW-WS-001" in text) is (permissions != (AUDIT,))
    assert (ids.DENY_MODAL in text) is (COMPUTER in permissions)


@pytest.mark.parametrize(
    ("about", "name", "says"),
    [
        (ids.LOOK_COMPUTER, "BRW-WS-001", "Blocked: computer BRW-WS-001, the last hour"),
        (ids.LOOK_FILE, "tidechart-setup.exe", "Blocked: path tidechart-setup.exe"),
        (ids.LOOK_FILE, "9C41E07D52AB38F6B0D4173EC8A52F69", "Blocked: hash 9C41E07D52AB38F6B0D4173EC8A52F69"),
        (ids.LOOK_USER, "zdana", "Blocked: user zdana"),
        (ids.LOOK_CALLER, "zdana", "Open cases of zdana"),
        (ids.LOOK_COMPUTER, 'a"b', "Leave the quotation marks out"),
        (ids.LOOK_COMPUTER, "x", "That is too short"),
        ("", "BRW-WS-001", "I did not understand"),
    ],
)
async def test_the_form_asks_what_is_typed_elsewhere(house: House, about: str, name: str, says: str) -> None:
    alex = await house.asker(AUDIT, VIEW)
    house.block(
        "BRW-WS-001", "C:\\Users\\zdana\\tidechart-setup.exe", hash="9C41E07D52AB38F6B0D4173EC8A52F69", user="zdana"
    )  # fmt: skip
    opened = await house.ask(
        open_look_up, alex, kind=PressKind.BUTTON, name=ids.HOME_LOOK_UP, trigger_id="1.2"
    )
    assert opened.view["callback_id"] == ids.LOOK_UP_VIEW
    values = {ids.LOOK_ABOUT_BLOCK: about, ids.LOOK_NAME_BLOCK: name, ids.LOOK_SPAN_BLOCK: "1h"}
    said = await house.ask(submit_look_up, alex, kind=PressKind.MODAL, name=ids.LOOK_UP_VIEW, values=values)
    assert says in said.text


async def test_the_form_looks_where_it_is_told_to(house: House) -> None:
    alex = await house.asker(AUDIT, **PARENT)
    values = {ids.LOOK_ABOUT_BLOCK: "computer", ids.LOOK_NAME_BLOCK: "MRL-WS-001", ids.LOOK_SPAN_BLOCK: "1h"}
    values[ids.LOOK_PLACE_BLOCK] = "Brightwater Logistics"
    said = await house.ask(submit_look_up, alex, kind=PressKind.MODAL, name=ids.LOOK_UP_VIEW, values=values)
    assert "No computer of that name is known at Brightwater Logistics" in said.text


async def test_what_was_chosen_stays_when_home_is_opened_again(house: House) -> None:
    alex = await house.asker(COMPUTER)
    chosen = DeskView(which=Which.MINE)
    said = await house.ask(home, alex, **STORED, values={"home": str(chosen)})
    assert desk_view(said.view["private_metadata"]) == replace(chosen, page=1)


class TestTheLastSevenDays:
    """The figures of `/gatehouse sla` in a line, for whoever may read reports, of where they may."""

    async def test_nobody_else_sees_them(self, house: House) -> None:
        assert "The last seven days" not in await see(house, await house.asker(COMPUTER))

    async def test_a_reader_of_reports_sees_them(self, house: House) -> None:
        alex = await house.asker("View Reports")
        await settled(house, await house.case(computer="BRW-WS-001"), after=timedelta(minutes=2))
        await settled(house, await house.case(computer="BRW-WS-002"), after=timedelta(minutes=40))
        text = await see(house, alex)
        assert (
            "2 requests · half decided within 2 min · 5 min: 1 of 2 (50 %) · 15 min: 1 of 2 (50 %) · 1 late"
            in text
        )

    async def test_another_customers_requests_are_in_no_figure(self, house: House) -> None:
        alex = await house.asker("View Reports", at="marlow")
        await settled(house, await house.case(computer="CVL-WS-001"), after=timedelta(minutes=2))
        assert "Nobody asked for anything. /gatehouse sla" in await see(house, alex)

    async def test_the_record_is_read_once_in_a_while(self, house: House) -> None:
        alex = await house.asker("View Reports")
        assert "Nobody asked" in await see(house, alex)
        await settled(house, await house.case(computer="BRW-WS-001"), after=timedelta(minutes=2))
        assert "Nobody asked" in await see(house, alex)
        house.desk.week.read_at = house.desk.now() - timedelta(minutes=10)
        assert "1 requests" in await see(house, alex)

    async def test_figures_that_could_not_be_read_are_no_figures(self, house: House) -> None:
        alex = await house.asker("View Reports")
        assert (await week_so_far(house.desk, frozenset())) is None
        assert "The last seven days" in await see(house, alex)
        house.desk.week.read_at = None
        house.desk.tree._kept = None
        house.portal.faults.set(FaultKind.DOWN)
        assert "The last seven days" not in await see(house, alex)
