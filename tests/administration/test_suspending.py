"""Everything of one person stops at once, whatever the file says, until somebody else lifts it."""

from __future__ import annotations

import asyncio

import pytest

from bot.administration.taking_back import suspend
from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.desk import AccessDesk
from bot.lookup import whoami
from bot.models import PressKind
from permissions import Action, Allowed, RefusalReason, Refused
from tests.administration.office import Office

SUSPEND = "suspend @ana because her laptop was stolen"


async def test_a_suspended_person_may_nothing_and_reads_it_whatever_the_file_says(office: Office) -> None:
    bench = office.bench
    case = await bench.arrive()
    assert isinstance(await office.verdict("ana", Action.APPROVE), Allowed)
    said = await office.types("mia", SUSPEND)
    assert "Ana Moreau is suspended" in said
    verdict = await office.verdict("ana", Action.APPROVE)
    assert isinstance(verdict, Refused)
    assert verdict.why is RefusalReason.SUSPENDED
    await office.accept()
    office.more.append("# a new generation changes nothing of it")
    await office.accept()
    read = " ".join((await bench.do(claim, await bench.press("ana", ids.CLAIM, case))).split())
    assert "stopped by Mia Brandt" in read
    assert "her laptop was stolen" in read
    assert (await bench.last("press_refused")).facts["why"] == "suspended"
    assert "Mia Brandt suspended Ana Moreau" in " ".join(office.announced()[0].split())
    assert (await bench.last("person_suspended")).facts["of"] == "ana"
    assert (await bench.last("person_suspended")).private["reason"] == "her laptop was stolen"


async def test_another_replica_that_kept_everything_stops_at_its_next_press(office: Office) -> None:
    other = AccessDesk(office.bench.ledger, tree=office.bench.desk.tree)
    assert "ana" not in (await other.current()).suspended
    await office.types("mia", SUSPEND)
    assert "ana" in (await other.current()).suspended
    await office.types("mia", "lift @ana because it was found")
    assert "ana" not in (await other.current()).suspended


async def test_whoami_tells_a_suspended_person_first_that_they_are_suspended(office: Office) -> None:
    await office.types("mia", SUSPEND)
    bench = office.bench
    press = await bench.press("ana", "/gatehouse", kind=PressKind.COMMAND, text="whoami", case_id="")
    said = " ".join((await bench.do(whoami, press)).split())
    assert said.index("stopped by Mia Brandt") < said.index("You are Ana Moreau")
    assert "Approve for Group" in said


async def test_what_was_given_meanwhile_waits_for_the_lifting(office: Office) -> None:
    await office.types("mia", "grant @bo Approve for Group at brightwater because the night")
    await office.types("mia", "suspend @bo because of a doubt")
    assert isinstance(await office.verdict("bo", Action.APPROVE), Refused)
    said = await office.types("mia", "lift @bo because it was cleared up")
    assert "counts again" in said
    assert isinstance(await office.verdict("bo", Action.APPROVE), Allowed)
    assert len((await office.bench.ledger.given()).given.grants) == 1
    assert "lifted the suspension of Bo Lindqvist" in " ".join(office.announced()[-1].split())
    assert (await office.bench.last("suspension_lifted")).person_id == "mia"


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        ("ana", "suspend @bo because x y", "Edit Administrators"),
        ("lou", "suspend @ana because x y", "Edit Administrators"),
        ("mia", "suspend @ana", "It does not say why"),
        ("mia", "suspend @ana Approve for Group because x y", "did not understand"),
        ("mia", "suspend because x y", "It does not say why"),
        ("mia", "suspend nobody because x y", "Nobody in the access file"),
        ("mia", "lift @ana because x y", "is not suspended"),
        ("ana", "lift @bo because x y", "Edit Administrators"),
        ("gus", "suspend @ana because x y", "Guests may not"),
    ],
)
async def test_who_may_not_stops_nobody(office: Office, who: str, text: str, says: str) -> None:
    assert says in " ".join((await office.types(who, text)).split())
    assert (await office.bench.ledger.given()).given.suspensions == ()
    assert office.announced() == []


async def test_nobody_lifts_their_own_suspension(office: Office) -> None:
    await office.types("mia", "suspend @lou because of a doubt")
    assert "stopped by Mia Brandt" in " ".join(
        (await office.types("lou", "lift @lou because I am fine")).split()
    )
    assert len((await office.bench.ledger.given()).given.suspensions) == 1


async def test_a_suspension_twice_is_one_and_says_whose(office: Office) -> None:
    await office.types("mia", SUSPEND)
    assert "suspended already, by Mia Brandt" in " ".join((await office.types("mia", SUSPEND)).split())
    assert len((await office.bench.ledger.given()).given.suspensions) == 1


async def test_two_who_suspend_each_other_do_not_both_stop(office: Office) -> None:
    """Whoever was second is judged again, and is suspended by then."""
    office.more.append(
        '[[grants]]\npeople = ["lou"]\norganizations = ["rowanbridge"]\nand_below = true\n'
        'permissions = ["Edit Administrators"]'
    )
    await office.accept()
    presses = [
        await office.command("mia", "suspend @lou because of a doubt"),
        await office.command("lou", "suspend @mia because of a doubt"),
    ]
    await asyncio.gather(*(suspend(office.bench.desk, press) for press in presses))
    assert len((await office.bench.ledger.given()).given.suspensions) == 1
