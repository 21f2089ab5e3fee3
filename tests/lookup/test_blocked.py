"""/blocked keeps its outcomes apart, shows nothing from outside the asker's organizations, and is always recorded."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.ledger import LedgerUnavailable
from bot.lookup import blocked
from bot.lookup import reading as reading_module
from bot.lookup.queries import ends_with
from bot.lookup.saying import More, token_of
from bot.models import PressKind
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.rights import ALL_RIGHTS
from tests.desk import text_of
from tests.lookup.house import House, button

AUDIT = "View Unified Audit"
VIEW = "View Approvals"
PATH = r"C:\Users\dana\Downloads\tidechart-setup.exe"
HASH = "9C41E07D52AB38F6B0D4173EC8A52F69"
SEARCH = "ActionLogGetByParametersV2"
COMPUTERS = "ComputerGetByAllParameters"


async def test_found_is_grouped_with_count_policy_action_and_effect(house: House) -> None:
    alex = await house.asker(AUDIT)
    for minutes in (30, 20, 10):
        house.block("BRW-WS-001", PATH, hash=HASH, user="dana", ago=timedelta(minutes=minutes))
    house.block("BRW-WS-001", PATH, hash=HASH, simulated=True, ago=timedelta(minutes=1))
    said = await house.ask(blocked, alex, "brw-ws-001 1h")
    assert "computer brw-ws-001" in said.text
    assert "at Brightwater Logistics" in said.text
    assert "3 times" in said.text
    assert "simulated" in said.text
    assert "really blocked" in said.text
    assert "Default - Workstations" in said.text
    event = (await house.last_event()).event
    assert (event.name, event.facts["outcome"], event.facts["rows"]) == ("looked_up", "found", 4)
    assert event.facts["organizations"] == [house.portal.organization_id("brightwater")]
    assert event.facts["rests_on"]
    assert event.private["question"] == "brw-ws-001 1h"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (HASH, True),
        ("hash:" + "ab" * 32, True),
        ("0" * 32, False),
        (PATH, True),
        ("tidechart-setup.exe", True),
        (r"downloads\tidechart-setup.exe", True),
        ("chart-setup.exe", False),
        ("*tidechart*", True),
        ("path:*nothing*", False),
        (r"BRIGHTWATER\zz.dana", True),
        ("user:zz.dana", True),
        (r"MARLOW\zz.dana", False),
        ("user:nobody", False),
        ("zz.dana", True),
        ("computer:BRW-WS-00*", True),
        ("computer:BRW-WS-9*", False),
        ("WS-001", True),
        ("BRW-WS-002", False),
    ],
)
async def test_each_kind_of_subject_finds_what_it_names_and_no_more(
    house: House, question: str, found: bool
) -> None:
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    house.block("BRW-WS-001", PATH, hash=HASH, sha256="ab" * 32, user="zz.dana")
    said = await house.ask(blocked, alex, question)
    outcome = (await house.last_event()).event.facts["outcome"]
    assert outcome == ("found" if found else "nothing_blocked")
    assert (
        "tidechart-setup.exe" in said.text and "once" in said.text
    ) is found or "Nothing was blocked" in said.text


async def test_a_word_that_is_no_computer_is_taken_for_a_user_and_that_is_said(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.block("BRW-WS-001", PATH, user="zz.dana")
    said = await house.ask(blocked, alex, "zz.dana")
    assert "I took it for a user" in said.text


@pytest.mark.parametrize(
    "mark", ["`{}`", "```{}```", "*{}*", "_{}_", "~{}~", '"{}"', "'{}'", "\u201c{}\u201d", "_`{}`_"]
)
@pytest.mark.parametrize("name", ["BRW-WS-001", HASH, PATH, "user:zz.dana"])
async def test_a_marked_name_is_found_like_the_plain_one(house: House, mark: str, name: str) -> None:
    """Pasted from a chat a name comes in code, quotes, bold or italics; that is no other name."""
    alex = await house.asker(AUDIT)
    house.block("BRW-WS-001", PATH, hash=HASH, sha256="ab" * 32, user="zz.dana")
    said = await house.ask(blocked, alex, mark.format(name))
    assert (await house.last_event()).event.facts["outcome"] in ("found", "not_understood"), said.text
    assert "Nothing was blocked" not in said.text
    if mark != "*{}*":
        assert (await house.last_event()).event.facts["outcome"] == "found"


@pytest.mark.parametrize(
    ("question", "way"),
    [
        ("*BRW-WS-001*", '"BRW-WS-001"'),
        ("AC/DC", 'computer:"AC/DC"'),
        ("BRW-WS-9*", 'computer:"BRW-WS-9*"'),
        ("desk.zip", 'computer:"desk.zip"'),
        ("Studio 3D", '"Studio 3D"'),
        ("zz.nobody", "No computer of that name"),
        ("3D", 'ask "3D"'),
        ("in Contoso", 'ask "in Contoso"'),
        ("BRW\u2011WS\u2011001", '"BRW-WS-001"'),
    ],
)
async def test_what_may_be_meant_otherwise_is_asked_back_and_is_no_all_clear(
    house: House, question: str, way: str
) -> None:
    alex = await house.asker(AUDIT)
    said = await house.ask(blocked, alex, question)
    assert (await house.last_event()).event.facts["outcome"] == "not_understood"
    assert way in text_of(said)
    assert "Nothing was blocked" not in said.text


@pytest.mark.parametrize("name", ['"3D"', '"in Contoso"', '"AC/DC"', "computer:24h", 'user:"in"'])
async def test_quotation_marks_and_prefixes_always_say_what_is_the_name(house: House, name: str) -> None:
    alex = await house.asker(AUDIT)
    said = await house.ask(blocked, alex, name)
    assert name.rpartition(":")[2].strip('"') in text_of(said)
    assert "the last 3 days" not in said.text
    assert "does not say which" not in said.text


async def test_a_computer_elsewhere_sounds_like_one_that_is_not(house: House) -> None:
    """Whoever may not look there learns nothing of it, and nobody reads an all-clear."""
    alex = await house.asker(AUDIT)
    [elsewhere] = [
        one.name
        for one in house.portal.world.computers.values()
        if one.organization_id != house.portal.organization_id("brightwater")
    ][:1]
    there = await house.ask(blocked, alex, elsewhere)
    nowhere = await house.ask(blocked, alex, "ZZZ-WS-999")
    assert there.text.replace(elsewhere, "X") == nowhere.text.replace("ZZZ-WS-999", "X")
    assert "Nothing was blocked" not in there.text


async def test_a_part_of_a_computer_name_finds_all_of_them_and_that_is_said(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.block("BRW-SRV-002", PATH)
    said = await house.ask(blocked, alex, "srv-00")
    assert "all with srv-00 in the name" in said.text
    assert "user:srv-00" in said.text
    said = await house.ask(blocked, alex, "computer:srv-00")
    assert "user:srv-00" not in said.text


async def test_a_computer_that_nobody_knows_is_no_clean_bill(house: House) -> None:
    alex = await house.asker(AUDIT)
    said = await house.ask(blocked, alex, "computer:WS-TYPO")
    assert "I did not understand" in said.text
    assert "No computer of that name" in said.text
    assert "Nothing was blocked" not in said.text


async def test_nothing_outside_the_askers_organizations_is_shown(house: House) -> None:
    alex = await house.asker(AUDIT, at="brightwater")
    house.portal.world.audit.clear()
    house.block("MRL-WS-001", PATH, hash=HASH)
    house.block("BCS-WS-001", PATH, hash=HASH)
    house.block("RBM-WS-001", PATH, hash=HASH)
    for question in (HASH, PATH, "MRL-WS-001", "computer:*WS-001", "*tidechart*"):
        said = await house.ask(blocked, alex, question)
        assert "once" not in said.text, question
        assert "Marlow" not in said.text
        assert (await house.last_event()).event.facts["rows"] == 0


async def test_several_organizations_are_counted_and_named_beside_the_computers(house: House) -> None:
    alex = await house.asker(AUDIT, at="rowanbridge", and_below=True)
    house.portal.world.audit.clear()
    house.block("MRL-WS-001", PATH, hash=HASH)
    house.block("BCS-WS-001", PATH, hash=HASH)
    for question in (HASH, "*tidechart*", "computer:*WS-001"):
        said = await house.ask(blocked, alex, question)
        assert "in 6 organizations" in said.text
        assert "MRL-WS-001 at Marlow Precision" in said.text
        assert "BCS-WS-001 at Brightwater Cold Storage" in said.text


@pytest.mark.parametrize("name", ["Marlow Precision", "marlow", "MARLOW PRECISION"])
async def test_an_organization_may_be_named(house: House, name: str) -> None:
    alex = await house.asker(AUDIT, at="rowanbridge", and_below=True)
    house.portal.world.audit.clear()
    house.block("MRL-WS-001", PATH, hash=HASH)
    house.block("BCS-WS-001", PATH, hash=HASH)
    said = await house.ask(blocked, alex, f"{HASH} in {name}")
    assert "at Marlow Precision" in said.text
    assert "BCS-WS-001" not in said.text


async def test_a_name_of_several_organizations_is_asked_back(house: House) -> None:
    alex = await house.asker(AUDIT, at="rowanbridge", and_below=True)
    said = await house.ask(blocked, alex, f"{HASH} in bright")
    assert "Brightwater Cold Storage, Brightwater Logistics" in said.text
    assert (await house.last_event()).event.facts["outcome"] == "not_understood"


@pytest.mark.parametrize(
    "text", ["", "today", "WS-042 31d", "front desk", "<@U012ABC|alice>", "evil\u202etxt.exe", "x" * 301]
)
async def test_a_question_that_is_not_understood_gets_an_example(house: House, text: str) -> None:
    alex = await house.asker(AUDIT)
    said = await house.ask(blocked, alex, text)
    assert "I did not understand" in said.text
    assert "for example" in said.text
    event = (await house.last_event()).event
    assert (event.name, event.facts["outcome"]) == ("looked_up", "not_understood")
    assert house.portal.calls[SEARCH] == 0


@pytest.mark.parametrize("permissions", [(), (VIEW,), ("Elevation Administrator",), ("Edit Computers", VIEW)])
async def test_without_the_right_the_answer_is_not_allowed_and_nothing_is_asked(
    house: House, permissions: tuple[str, ...]
) -> None:
    alex = await house.asker(*permissions)
    house.block("BRW-WS-001", PATH)
    said = await house.ask(blocked, alex, "BRW-WS-001")
    assert "You may not look this up" in said.text
    assert "View Unified Audit" in said.text
    assert "This does not mean that nothing was blocked" in said.text
    assert (await house.last_event()).event.facts["outcome"] == "not_allowed"
    assert house.portal.calls[SEARCH] == 0


async def test_who_may_see_an_organization_is_told_what_is_missing_there_and_who_could(house: House) -> None:
    house.member("kim")
    house.grant("kim", AUDIT, at="marlow")
    house.member("alex")
    house.grant("alex", VIEW, at="marlow")
    alex = await house.asker(AUDIT, at="brightwater")
    said = await house.ask(blocked, alex, f"{HASH} in Marlow")
    assert "You may not look this up" in said.text
    assert "Kim" in said.text


@pytest.mark.parametrize("name", ["Marlow Precision", "No Such Company"])
async def test_an_organization_out_of_sight_sounds_like_one_that_is_not(house: House, name: str) -> None:
    house.member("kim")
    house.grant("kim", AUDIT, at="marlow")
    alex = await house.asker(AUDIT, at="brightwater")
    said = await house.ask(blocked, alex, f"{HASH} in {name}")
    assert f"in no organization called {name}" in said.text
    assert "Kim" not in said.text


@pytest.mark.parametrize(
    "flags",
    [
        {"listed": False},
        {"single_channel_guest": True},
        {"deactivated": True},
        {"stranger": True},
        {"bot": True},
    ],
)
async def test_who_is_not_identified_learns_nothing(house: House, flags: dict[str, bool]) -> None:
    eve = house.member("eve", **flags)
    if flags.get("listed", True):
        house.grant("eve", AUDIT)
    await house.accept()
    house.block("BRW-WS-001", PATH)
    said = await house.ask(blocked, eve, "BRW-WS-001")
    assert "Not done" in said.text
    assert "tidechart" not in said.text
    assert (await house.last_event()).event.name == "press_refused"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (FaultKind.SERVER_ERROR, "does not answer as it should"),
        (FaultKind.TOO_MANY_REQUESTS, "slow down"),
        (FaultKind.TOKEN_REVOKED, "refuses Gatehouse's token"),
    ],
)
@pytest.mark.parametrize("action", [SEARCH, COMPUTERS, None])
async def test_a_portal_that_is_away_is_never_nothing_blocked(
    house: House, fault: FaultKind, says: str, action: str | None
) -> None:
    alex = await house.asker(AUDIT)
    house.portal.faults.set(fault, action=action)
    said = await house.ask(blocked, alex, "BRW-WS-001")
    assert "I cannot look now" in said.text
    assert says in said.text
    assert "Nothing was blocked" not in said.text
    assert (await house.last_event()).event.facts["outcome"] == "cannot_look"


async def test_a_missing_right_of_our_own_token_is_named(house: House) -> None:
    alex = await house.asker(AUDIT)
    await house.desk.tree.current()
    token = next(iter(house.portal.state.tokens))
    held = house.portal.state.tokens[token]
    object.__setattr__(held, "permissions", ALL_RIGHTS - {AUDIT, "Super Admin", "Super Admin - Child"})
    said = await house.ask(blocked, alex, "BRW-WS-001")
    assert f"own token lacks “{AUDIT}”" in said.text


async def test_a_part_that_could_not_be_read_is_said_with_what_was_found(house: House) -> None:
    alex = await house.asker(AUDIT, at="rowanbridge", and_below=True)
    house.portal.world.audit.clear()
    for code in ("RBM", "BRW", "CVL", "JHS", "MRL", "BCS"):
        house.block(f"{code}-WS-001", PATH, hash=HASH)
    house.portal.faults.set(FaultKind.SERVER_ERROR, times=1, action=SEARCH)
    said = await house.ask(blocked, alex, HASH)
    assert "This is not all. I could not (wholly) look at" in said.text
    assert "in 5 organizations" in said.text
    facts = (await house.last_event()).event.facts
    assert (facts["outcome"], len(facts["not_read"]), facts["rows"]) == ("found_in_part", 1, 5)


async def test_a_failure_at_the_top_is_no_failure_below(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "CALLS_AT_ONCE", 1)
    world = house.portal.world
    child = next(each for each in sorted(world.below(world.parent_id)) if each > world.parent_id)
    house.member("alex")
    house.grant("alex", AUDIT, at=child)
    alex = await house.asker(AUDIT, at=world.parent_id)
    house.portal.faults.set(FaultKind.SERVER_ERROR, times=1, action=SEARCH)
    said = await house.ask(blocked, alex, "0" * 32)
    assert "Rowanbridge Managed IT" in said.text
    assert (await house.last_event()).event.facts["not_read"] == [world.parent_id]


async def test_nothing_found_in_a_part_is_not_nothing_blocked(house: House) -> None:
    alex = await house.asker(AUDIT, at="rowanbridge", and_below=True)
    house.portal.faults.set(FaultKind.SERVER_ERROR, times=1, action=SEARCH)
    said = await house.ask(blocked, alex, "0" * 32)
    assert "I cannot look now" in said.text
    assert "in the other 5 I found nothing" in said.text
    assert (await house.last_event()).event.facts["outcome"] == "cannot_look_everywhere"


async def test_a_look_up_ends_in_time_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alex = await house.asker(AUDIT)
    begin = reading_module.Deadline.begin
    monkeypatch.setattr(reading_module.Deadline, "begin", lambda: begin(0.2))
    house.portal.faults.set(FaultKind.SLOW, seconds=30, action=SEARCH)
    said = await house.ask(blocked, alex, HASH)
    assert "I cannot look now" in said.text
    assert "did not answer within" in said.text
    house.portal.faults.clear()


async def test_more_rows_than_are_read_are_said_to_be_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "PAGES_MOST", 2)
    monkeypatch.setattr(reading_module, "ROWS_A_PAGE", 3)
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    for minutes in range(8, 0, -1):
        house.block("BRW-WS-001", PATH, hash=HASH, ago=timedelta(minutes=minutes))
    said = await house.ask(blocked, alex, "BRW-WS-001")
    assert "6 times" in said.text
    assert "more than was read" in said.text
    said = await house.ask(blocked, alex, "0" * 32)
    assert "more than I read" in said.text
    assert "Nothing was blocked" not in said.text
    assert (await house.last_event()).event.facts["outcome"] == "too_much_to_read"


async def test_pages_follow_each_other_within_the_same_times(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    for number in range(25):
        house.block("BRW-WS-001", rf"C:\apps\tool-{number:02}.exe", ago=timedelta(minutes=number + 1))
    first = await house.ask(blocked, alex, "BRW-WS-001 2h")
    assert "1 to 10 of 25" in first.text
    assert button(first, ids.LOOKUP_NEWER) is None
    house.block("BRW-WS-001", r"C:\apps\late.exe", ago=timedelta(seconds=-5))
    older = button(first, ids.LOOKUP_OLDER)
    assert older is not None
    second = await house.ask(blocked, alex, kind=PressKind.BUTTON, values={"more": older})
    assert "11 to 20 of 25" in second.text
    assert "tool-10.exe" in second.text
    last = await house.ask(blocked, alex, button(second, ids.LOOKUP_OLDER) or "", kind=PressKind.BUTTON)
    assert "21 to 25 of 25" in last.text
    assert button(last, ids.LOOKUP_OLDER) is None
    back = await house.ask(blocked, alex, values={"more": button(last, ids.LOOKUP_NEWER) or ""})
    assert "11 to 20 of 25" in back.text


async def test_a_paging_button_gives_nobody_a_right(house: House) -> None:
    alex = await house.asker(AUDIT)
    eve = house.member("eve")
    await house.accept()
    house.portal.world.audit.clear()
    for number in range(11):
        house.block("BRW-WS-001", rf"C:\apps\tool-{number:02}.exe")
    first = await house.ask(blocked, alex, "BRW-WS-001")
    said = await house.ask(blocked, eve, values={"more": button(first, ids.LOOKUP_OLDER) or ""})
    assert "You may not look this up" in said.text


async def test_a_page_that_is_gone_begins_anew(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.portal.world.audit.clear()
    for number in range(11):
        house.block("BRW-WS-001", rf"C:\apps\tool-{number:02}.exe")
    first = await house.ask(blocked, alex, "BRW-WS-001")
    del house.portal.world.audit[5:]
    said = await house.ask(blocked, alex, values={"more": button(first, ids.LOOKUP_OLDER) or ""})
    assert "1 to 5 of 5" in said.text


async def test_a_page_of_a_question_that_is_none_is_not_understood(house: House) -> None:
    alex = await house.asker(AUDIT)
    now = house.desk.now()
    token = token_of(More(question="today", start=now - timedelta(hours=1), end=now, first=1))
    said = await house.ask(blocked, alex, values={"more": token})
    assert "I did not understand" in said.text
    assert house.portal.calls[SEARCH] == 0


async def test_a_button_of_an_older_answer_asks_for_the_question_again(house: House) -> None:
    alex = await house.asker(AUDIT)
    said = await house.ask(blocked, alex, "garbage", kind=PressKind.BUTTON)
    assert "Ask the question again" in said.text


async def test_the_open_case_is_linked_for_viewers_with_its_claimer(house: House) -> None:
    alex = await house.asker(AUDIT, VIEW)
    case = await house.case(computer="BRW-WS-001", claimed_by="kim")
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "go to the card" in said.text
    assert house.desk.permalink(case) in said.text
    assert "Kim has claimed the request" in said.text


async def test_others_read_that_a_request_is_open_and_no_more(house: House) -> None:
    alex = await house.asker(AUDIT)
    case = await house.case(computer="BRW-WS-001", claimed_by="kim")
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "An approval request is open." in said.text
    assert "go to the card" not in said.text
    assert house.desk.permalink(case) not in said.text
    assert "Kim" not in said.text


async def test_a_case_without_a_hash_is_found_by_path_and_computer(house: House) -> None:
    alex = await house.asker(AUDIT, VIEW)
    await house.case("write", computer="BRW-WS-001", posted=False)
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "An approval request is open." in said.text


async def test_another_files_case_is_not_taken_for_this_one(house: House) -> None:
    alex = await house.asker(AUDIT, VIEW, at="rowanbridge", and_below=True)
    await house.case(computer="BRW-WS-001")
    house.portal.world.audit.clear()
    house.block("BRW-WS-001", PATH, hash=HASH)
    house.block("MRL-WS-001", PATH, hash=HASH)
    said = await house.ask(blocked, alex, "*tidechart*")
    assert "request is open" not in said.text


async def test_hostile_names_are_inert(house: House) -> None:
    alex = await house.asker(AUDIT)
    house.block("BRW-WS-001", "C:\\<!channel> *bold* <@U123>.exe", user="dana")
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "<!channel>" not in said.text
    assert "<@U123>" not in said.text


async def test_no_record_no_answer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alex = await house.asker(AUDIT)
    press = house.press(alex, "BRW-WS-001")
    await house.desk.ledger.store_press(press)

    async def away(*_: object, **__: object) -> None:
        raise LedgerUnavailable("the server does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.desk.ledger), "commit", away)
        with pytest.raises(LedgerUnavailable):
            await blocked(house.desk, press)
    assert await house.desk.ledger.claim_effects(10, timedelta(seconds=5)) == []
    assert await house.desk.ledger.waiting_presses() == 1


async def test_at_most_four_questions_are_on_their_way_at_once(house: House) -> None:
    alex = await house.asker(AUDIT, at="rowanbridge", and_below=True)
    await house.desk.tree.current()
    house.portal.faults.set(FaultKind.SLOW, seconds=30, times=100, action=SEARCH)
    asking = asyncio.create_task(house.ask(blocked, alex, HASH))

    def arrived() -> int:
        return 100 - (house.portal.faults.active[0].times or 0)

    async with asyncio.timeout(5):
        while arrived() < reading_module.CALLS_AT_ONCE:
            await asyncio.wait({asking}, timeout=0.02)
    await house.desk.portal.count_requests()
    assert arrived() == reading_module.CALLS_AT_ONCE
    house.portal.faults.clear()
    await asking
    assert house.portal.calls[SEARCH] >= 6


@pytest.mark.parametrize(
    ("path", "ending", "yes"),
    [
        (r"C:\a\b\c.exe", "C.EXE", True),
        (r"C:\a\b\c.exe", r"b\c.exe", True),
        ("/Applications/Zoom.app", "zoom.app", True),
        ("/Applications/Zoom.app", "Applications/Zoom.app", True),
        (r"C:\a\bc.exe", "c.exe", False),
        (r"C:\a\b\c.exe", r"a\c.exe", False),
        ("", "c.exe", False),
    ],
)
def test_a_bare_file_name_means_whole_parts_of_a_path(path: str, ending: str, yes: bool) -> None:
    assert ends_with(path, ending) is yes
