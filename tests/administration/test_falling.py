"""What was given in Slack falls with its giver's right, rests with the giver's suspension, and both are announced."""

from __future__ import annotations

import asyncio

from bot.administration.ending import watch_givers
from permissions import Action, Allowed, Refused
from tests.administration.office import Office

KIM_GIVES = (
    '[[grants]]\npeople = ["kim"]\norganizations = ["brightwater"]\n'
    'permissions = ["Change Permission", "View Administrators", "Approve for Group"]'
)
GIFT = "grant @hal Approve for Group at Brightwater Logistics for 4h because the night shift"


async def given_by_kim(office: Office) -> None:
    office.more.append(KIM_GIVES)
    await office.accept()
    said = await office.types(office.bench.cast["kim"], GIFT)
    assert "Hal Novak" in said, said
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)
    await office.bench.say()


async def test_a_changed_file_takes_what_its_loser_gave(office: Office) -> None:
    await given_by_kim(office)
    assert not await watch_givers(office.bench.desk)
    office.more.pop()
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused), "from the first press under it"
    assert sorted(await asyncio.gather(*(watch_givers(office.bench.desk) for _ in range(3)))) == [
        False,
        False,
        True,
    ]
    await office.bench.say()
    said = " ".join(office.announced()[-1].split())
    assert (
        "Hal Novak: Approve for Group at Brightwater Logistics, given by Kim Okafor does not count any more"
        in said
    )
    assert "does not count any more" in " ".join(office.told(office.bench.cast["hal"])[-1].split())
    event = await office.bench.last("grant_rests")
    assert (event.facts["of"], event.facts["given_by"]) == ("hal", "kim")


async def test_and_gives_it_back_with_the_right(office: Office) -> None:
    await given_by_kim(office)
    kept = office.more.pop()
    await office.accept()
    await watch_givers(office.bench.desk)
    office.more.append(kept)
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)
    assert await watch_givers(office.bench.desk)
    await office.bench.say()
    assert "counts again" in office.announced()[-1]


async def test_a_suspension_lists_what_rests_with_it_and_lifting_what_counts_again(office: Office) -> None:
    await given_by_kim(office)
    await office.types("mia", "suspend @kim because a stolen laptop")
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    await office.bench.say()
    told = " ".join(" ".join(office.announced()[-2:]).split())
    assert "suspended Kim Okafor" in told
    assert (
        "Hal Novak: Approve for Group at Brightwater Logistics, given by Kim Okafor does not count any more"
        in told
    )
    assert not await watch_givers(office.bench.desk), "it is announced already"
    await office.types("mia", "lift @kim because it was found")
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)
    await office.bench.say()
    assert "counts again" in " ".join(office.announced()[-2:])


async def test_two_who_gave_each_other_do_not_hold_each_other_up(office: Office) -> None:
    """Kim gives Bo, Bo gives Kim; then the file takes everything from Kim."""
    office.more.append(KIM_GIVES)
    await office.accept()
    kim, bo = office.bench.cast["kim"], office.bench.cast["bo"]
    for name in ("Change Permission", "View Administrators", "Approve for Group"):
        await office.types(kim, f"grant @bo {name} at Brightwater Logistics for 4h because of the shift")
    for name in ("Change Permission", "View Administrators", "Approve for Group"):
        await office.types(bo, f"grant @kim {name} at Brightwater Logistics for 3h because of the shift")
    document = (office.bench.folder / "access.toml").read_text("utf-8")
    assert document
    office.more.pop()
    await office.accept()
    in_force = await office.bench.desk.access.in_force()
    assert len(in_force.fallen) == 6
    assert isinstance(await office.verdict("bo", Action.CHANGE_PERMISSIONS), Refused)
    assert isinstance(await office.verdict("kim", Action.CHANGE_PERMISSIONS), Refused)
