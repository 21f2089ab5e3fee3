"""Lists of cases are cut to what the asker may see, say what they may decide, and begin with the nearest deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.home import CASES_SHOWN
from bot.lookup import find, queue
from bot.lookup.cases import caller_of
from bot.lookup.question import NotUnderstood
from handlers.commands import gatehouse
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench
from tests.lookup.house import House, UseCase

VIEW, COMPUTER, ELEVATION = "View Approvals", "Approve for Single Computer", "Elevation Administrator"
MINE, OTHERS = "Waiting for a decision that you may make", "Open, for others to decide"


def parts(text: str) -> tuple[str, str]:
    """What the queue says before and after the line for others."""
    mine, _, others = text.partition(OTHERS)
    assert MINE in mine
    return mine, others


async def test_the_queue_splits_what_one_may_decide_from_what_one_may_see(house: House) -> None:
    house.member("alex")
    house.grant("alex", COMPUTER, at="brightwater")
    alex = await house.asker(VIEW, at="marlow")
    now = house.desk.now()
    await house.case(computer="BRW-WS-001", requested_at=now - timedelta(minutes=1))
    await house.case(computer="BRW-WS-002", requested_at=now - timedelta(minutes=9), product="draftwright")
    await house.case("elevate", computer="BRW-WS-003")
    await house.case(computer="MRL-WS-001")
    await house.case(computer="CVL-WS-001")
    said = await house.ask(queue, alex, "queue", name="/gatehouse")
    mine, others = parts(said.text)
    assert mine.index("BRW-WS-002") < mine.index("BRW-WS-001")
    assert "BRW-WS-003" in others
    assert "MRL-WS-001" in others
    assert "CVL-WS-001" not in said.text
    assert said.text.count("Go to the card") == 4
    event = (await house.last_event()).event
    assert (event.name, event.facts["may_decide"], event.facts["others"]) == ("queue_read", 2, 2)


async def test_the_queue_has_one_line_for_a_card(house: House) -> None:
    """A family and a burst are a line each, with what of them the asker may decide, and no other customer's name."""
    house.member("alex")
    for place in ("brightwater", "marlow"):
        house.grant("alex", COMPUTER, at=place)
    alex = await house.asker(VIEW, at="juniper-hill")
    for computer in ("BRW-WS-001", "MRL-WS-002", "JHS-WS-003", "CVL-WS-001"):
        await house.case(computer=computer, bundle_id="family", product="tideplan", version="4.1")
    for product in ("draftwright", "labelpress"):
        await house.case(computer="BRW-WS-009", product=product, bundle_id="burst")
    said = await house.ask(queue, alex, "queue", name="/gatehouse")
    mine, others = parts(" ".join(said.text.split()))
    assert "at 2 customers (2 waiting)" in mine
    assert "BRW-WS-001" in mine
    assert "MRL-WS-002" in mine
    assert "Burst of 2 files on BRW-WS-009" in mine
    assert mine.count("Go to the card") == 2
    assert "JHS-WS-003" in others
    assert "JHS" not in mine
    assert "CVL" not in said.text
    assert "more" not in said.text
    event = (await house.last_event()).event
    assert (event.facts["may_decide"], event.facts["others"]) == (4, 1)


async def test_a_card_of_more_cases_than_a_page_leaves_room_for_the_others(house: House) -> None:
    alex = await house.asker(COMPUTER)
    now = house.desk.now()
    for number in range(CASES_SHOWN + 2):
        at = now - timedelta(minutes=9)
        digest = f"{number + 16:032X}"
        await house.case(computer="BRW-WS-001", bundle_id="burst", hash=digest, requested_at=at)
    await house.case(computer="BRW-WS-002", product="draftwright")
    said = await house.ask(queue, alex, "queue", name="/gatehouse")
    assert "BRW-WS-002" in said.text
    assert said.text.count("Go to the card") == 2
    assert "more" not in said.text


async def test_a_callers_burst_is_one_line_with_one_button(house: House) -> None:
    alex = await house.asker(COMPUTER)
    for product in ("draftwright", "labelpress"):
        await house.case(computer="BRW-WS-009", product=product, bundle_id="burst")
    said = await house.ask(find, alex, "find BRW-WS-009", name="/gatehouse")
    labels = [e["text"]["text"] for b in said.blocks if b["type"] == "actions" for e in b["elements"]]
    assert labels == ["Approve… 2 files on BRW-WS-009"]
    assert said.text.count("Go to the card") == 1


@pytest.mark.parametrize(
    ("permissions", "kind", "decides"),
    [
        ((COMPUTER,), "execute", True),
        ((COMPUTER,), "write", True),
        (("Approve for Single Computer (Application Only)",), "write", False),
        ((VIEW,), "execute", False),
        ((VIEW,), "elevate", False),
        ((COMPUTER,), "elevate", False),
        ((VIEW, ELEVATION), "elevate", True),
        ((VIEW, ELEVATION), "execute", False),
        (("Approve for Global", ELEVATION), "network", False),
    ],
)
async def test_what_waits_for_whom_follows_the_permissions(
    house: House, permissions: tuple[str, ...], kind: str, decides: bool
) -> None:
    alex = await house.asker(*permissions)
    await house.case(kind, computer="BRW-WS-001")
    said = await house.ask(queue, alex)
    mine, others = parts(said.text)
    assert ("BRW-WS-001" in mine, "BRW-WS-001" in others) == (decides, not decides)


@pytest.mark.parametrize(
    ("permissions", "kind", "offered"),
    [
        ((COMPUTER,), "execute", True),
        ((VIEW, ELEVATION), "elevate", True),
        ((COMPUTER, ELEVATION), "elevate", True),
        ((VIEW,), "execute", False),
        ((VIEW,), "elevate", False),
        ((COMPUTER,), "elevate", False),
        ((ELEVATION,), "elevate", False),
        ((VIEW, ELEVATION), "execute", False),
        (("Approve for Global",), "write", False),
        (("Approve for Global", ELEVATION), "network", False),
    ],
)
async def test_find_offers_the_form_to_whoever_may_approve(
    house: House, permissions: tuple[str, ...], kind: str, offered: bool
) -> None:
    """A caller is on the phone: the shortest way is from the answer; storage and the rest go by their cards."""
    alex = await house.asker(*permissions)
    case = await house.case(kind, computer="BRW-WS-001")
    said = await house.ask(find, alex, "find BRW-WS-001")
    buttons = [e for block in said.blocks if block["type"] == "actions" for e in block["elements"]]
    assert [one["value"] for one in buttons] == ([f"{case.case_id}.{case.revision}"] if offered else [])


async def test_find_offers_no_form_for_ones_own_request(house: House) -> None:
    alex = await house.asker(COMPUTER)
    await house.case(computer="BRW-WS-001", user="alex")
    said = await house.ask(find, alex, "find BRW-WS-001")
    assert not [block for block in said.blocks if block["type"] == "actions"]


async def test_nobody_decides_their_own_request(house: House) -> None:
    alex = await house.asker(COMPUTER)
    await house.case(computer="BRW-WS-001", user="alex")
    await house.case(computer="BRW-WS-002", product="draftwright", user="kim", email="alex@example.com")
    await house.case(computer="BRW-WS-003", product="labelpress", user="kim", email="kim@example.com")
    mine, others = parts((await house.ask(queue, alex)).text)
    assert "BRW-WS-001" in others
    assert "BRW-WS-002" in mine, "what somebody typed makes no request one's own"
    assert "BRW-WS-003" in mine


async def test_an_empty_queue_is_said(house: House) -> None:
    alex = await house.asker(VIEW)
    said = await house.ask(queue, alex)
    assert "Nothing waits for you" in said.text
    assert OTHERS not in said.text


@pytest.mark.parametrize("use_case", [queue, find])
@pytest.mark.parametrize("permissions", [(), ("View Unified Audit",), (ELEVATION,), ("Edit Computers",)])
async def test_without_a_viewing_permission_no_case_is_named(
    house: House, use_case: UseCase, permissions: tuple[str, ...]
) -> None:
    alex = await house.asker(*permissions)
    await house.case(computer="BRW-WS-001")
    said = await house.ask(use_case, alex, "find BRW-WS-001")
    assert "no permission that shows requests" in said.text
    assert "BRW-WS-001" not in said.text
    assert (await house.last_event()).event.facts["outcome"] == "not_allowed"


@pytest.mark.parametrize("use_case", [queue, find])
async def test_without_the_portals_organizations_nothing_is_shown(house: House, use_case: UseCase) -> None:
    alex = await house.asker(VIEW)
    await house.case(computer="BRW-WS-001")
    house.portal.faults.set(FaultKind.SERVER_ERROR)
    said = await house.ask(use_case, alex, "find BRW-WS-001")
    assert "The portal does not answer as it should" in said.text
    assert "Go to the card" not in said.text
    assert (await house.last_event()).event.facts["outcome"] == "cannot_tell"


@pytest.mark.parametrize("use_case", [queue, find])
async def test_a_stranger_is_told_so(house: House, use_case: UseCase) -> None:
    eve = house.member("eve", listed=False)
    await house.accept()
    said = await house.ask(use_case, eve, "find BRW-WS-001")
    assert "not in Gatehouse's access file" in said.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("find BRW-WS-001", True),
        ("find brw-ws-00", True),
        ("find " + "*" * 100 + "w*00" + "*" * 100, True),
        ("zdana", True),
        (r"find brightwater\zdana", True),
        ("find zdana@example.com", True),
        ('find "zdana"', True),
        ("find BRW\u2011WS\u2013001", True),
        ("find kim", False),
        ("find BRW-WS-009", False),
        ("find MRL-WS-001", False),
    ],
)
async def test_a_callers_open_cases_are_found_where_the_asker_may_see(
    house: House, text: str, found: bool
) -> None:
    alex = await house.asker(VIEW)
    case = await house.case(computer="BRW-WS-001", user="zdana", email="zdana@example.com")
    await house.case(computer="MRL-WS-001", user="other")
    said = await house.ask(find, alex, text)
    assert ("Go to the card" in said.text) is found
    assert ("No open case" in said.text) is not found
    event = (await house.last_event()).event
    assert (event.name, event.facts["found"]) == ("cases_searched", [case.case_id] if found else [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "find",
        "find ",
        "find a",
        'find ""',
        "find two\u202elines",
        "find " + "x" * 300,
        "find " + "a*" * 9,
    ],
)
async def test_a_caller_who_is_not_named_is_asked_for(house: House, text: str) -> None:
    assert isinstance(caller_of(text), NotUnderstood)
    alex = await house.asker(VIEW)
    said = await house.ask(find, alex, text)
    assert "For example" in said.text
    assert (await house.last_event()).event.facts["outcome"] == "not_understood"


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("queue", "queue_read"),
        ("QUEUE now", "queue_read"),
        ("find BRW-WS-001", "cases_searched"),
        ("whoami", "whoami_asked"),
        ("help", "help_read"),
        ("", "help_read"),
        ("quue", "help_read"),
    ],
)
async def test_the_first_word_chooses_the_command(house: House, text: str, event: str) -> None:
    alex = await house.asker(VIEW)
    await house.ask(gatehouse, alex, text, name="/gatehouse")
    assert (await house.last_event()).event.name == event


@pytest.mark.parametrize("use_case", [queue, find])
@pytest.mark.parametrize("late", [True, False])
async def test_a_list_says_since_when_nobody_has_looked_at_the_portal(
    bench: Bench, use_case: UseCase, late: bool
) -> None:
    """“Nothing waits for you” of a portal that was not looked at for an hour would be a guess."""
    house = House(desk=bench.desk, portal=bench.portal, slack=bench.slack)
    alex = await house.asker(VIEW)
    await house.desk.ledger.looks.done()
    looked = house.desk.now()
    await bench.advance(minutes=4 if late else 2)
    said = await house.ask(use_case, alex, "find BRW-WS-001")
    told = f"looked at as a whole last at {looked:%Y-%m-%d %H:%M} UTC"
    assert (told in " ".join(said.text.split())) is late
