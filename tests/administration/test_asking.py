"""Asking what others may do: the right to ask, the one verdict, and nothing about other people's organizations."""

from __future__ import annotations

import pytest

from bot.lookup import whoami
from bot.models import PressKind
from tests.administration.office import Office


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("can @ana approve this for the group at brightwater", "Yes: Ana Moreau may approve application"),
        ("can @bo approve this for the group at brightwater", "No: Bo Lindqvist may not approve application"),
        ("can @bo approve for the group at brightwater", "Approve for Group at Brightwater"),
        ("can @bo deny application at brightwater", "Rests on: Approve for Single Computer"),
        ("can @eve deny elevation requests at marlow", "Yes: Eve Haddad"),
        ("can @eve approve elevation at marlow", "No: Eve Haddad"),
        ("can @ana approve global at brightwater", "No: Ana Moreau"),
        ("can @hal look up at brightwater", "Yes: Hal Novak may look up"),
        ("can @mia suspend at brightwater", "Yes: Mia Brandt"),
        ("can mia change permissions at brightwater", "Yes: Mia Brandt"),
    ],
)
async def test_can_gives_the_one_verdict_in_words(office: Office, text: str, says: str) -> None:
    said = " ".join((await office.types("mia", text)).split())
    assert says in said
    event = await office.bench.last("permissions_asked")
    assert event.facts["question"] == "can"
    assert event.facts["verdict"] is ("Yes:" in said)


async def test_a_grant_given_in_slack_is_named_as_the_ground(office: Office) -> None:
    await office.types("mia", "grant @bo Approve for Group at brightwater because the night")
    said = " ".join((await office.types("mia", "can @bo approve group at brightwater")).split())
    assert "Yes:" in said
    assert "(Slack, g" in said
    assert "by Mia Brandt)" in said


async def test_a_global_group_is_open_to_who_has_global_at_an_organization_above(office: Office) -> None:
    office.more.append(
        '[[grants]]\npeople = ["bo"]\norganizations = ["rowanbridge"]\npermissions = ["Approve for Global"]'
    )
    await office.accept()
    assert "Yes:" in await office.types("mia", "can @bo approve global at brightwater")


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        ("ana", "can @bo approve at brightwater", "View Administrators"),
        ("ana", "who approve at brightwater", "View Administrators"),
        ("lou", "can @bo approve at marlow", "no organization marlow"),
        ("lou", "who approve at marlow", "no organization marlow"),
        ("mia", "can @bo approve", "It does not say where"),
        ("mia", "can nobody approve at brightwater", "Nobody in the access file has the key nobody"),
        ("mia", "can", "It does not say who"),
        ("mia", "can @bo dance at brightwater", "I do not know what"),
        ("mia", "who approve sideways at brightwater", "I do not understand"),
        ("mia", "who", "It does not say where"),
        ("mia", "grants nobody", "Nobody in the access file"),
        ("mia", "grants @bo please", "I did not understand"),
        ("mia", "grants !!", "It does not say who"),
        ("gus", "can @bo approve at brightwater", "Guests may not"),
        ("gus", "who approve at brightwater", "Guests may not"),
        ("gus", "grants", "Guests may not"),
    ],
)
async def test_who_may_not_ask_learns_nothing(office: Office, who: str, text: str, says: str) -> None:
    assert says in " ".join((await office.types(who, text)).split())
    assert await office.bench.events("permissions_asked") == []


async def test_everybody_may_ask_about_themselves(office: Office) -> None:
    assert "Yes: Bo Lindqvist" in await office.types("bo", "can @bo approve at brightwater")
    assert "Approve for Single Computer" in await office.types("bo", "grants @bo")


async def test_who_lists_everybody_for_whom_the_verdict_is_yes(office: Office) -> None:
    said = " ".join((await office.types("mia", "who approve group at brightwater")).split())
    assert "Ana Moreau, Dee Ivers, Kim Okafor, Lee Sandoval, Lou Petit, Mia Brandt, Zoe Adler" in said
    assert "Bo Lindqvist" not in said
    assert (await office.bench.last("permissions_asked")).facts["found"] == [
        "ana",
        "dee",
        "kim",
        "lee",
        "lou",
        "mia",
        "zoe",
    ]
    await office.types("mia", "suspend @ana because of a doubt")
    assert "Ana Moreau" not in await office.types("mia", "who approve group at brightwater")
    assert "Kim Okafor" in await office.types("mia", "who create policy at brightwater")
    assert "Zoe Adler" in await office.types("mia", "who read the record at marlow")
    await office.types("mia", "suspend @zoe because of a doubt")
    assert "Nobody may read record" in await office.types("mia", "who read the record at marlow")


async def test_grants_lists_what_was_given_in_slack_where_one_may_ask(office: Office) -> None:
    await office.types("mia", "grant @bo Approve for Group at brightwater because the night")
    await office.types("mia", "grant @bo View Approvals at marlow because a look")
    await office.types("mia", "suspend @hal because of a doubt")
    everything = " ".join((await office.types("mia", "grants")).split())
    assert "Bo Lindqvist: Approve for Group at Brightwater" in everything
    assert "Bo Lindqvist: View Approvals at Marlow" in everything
    assert "Hal Novak: suspended by Mia Brandt" in everything
    at_one = " ".join((await office.types("lou", "grants")).split())
    assert "Approve for Group" in at_one
    assert "Marlow" not in at_one
    own = await office.types("bo", "grants")
    assert "Marlow" in own
    assert "Hal Novak" not in own
    assert "Nothing that you may see" in await office.types("ana", "grants")
    await office.bench.advance(hours=9)
    assert "Bo Lindqvist" not in await office.types("mia", "grants")


async def test_grants_of_one_person_come_from_every_source_and_stay_listed_while_suspended(
    office: Office,
) -> None:
    await office.types("mia", "grant @bo Approve for Group at brightwater because the night")
    said = " ".join((await office.types("lou", "grants @bo")).split())
    assert "Approve for Single Computer at Brightwater" in said
    assert "by Mia Brandt): the night" in said
    await office.types("mia", "suspend @bo because of a doubt")
    assert "Bo Lindqvist is suspended" in await office.types("lou", "grants @bo")
    assert "Nothing that you may see" in await office.types("lou", "grants @ana")


async def test_whoami_shows_what_was_given_in_slack_with_its_giver(office: Office) -> None:
    await office.types("mia", "grant @bo Approve for Group at brightwater because the night")
    bench = office.bench
    press = await bench.press("bo", "/gatehouse", kind=PressKind.COMMAND, text="whoami", case_id="")
    said = " ".join((await bench.do(whoami, press)).split())
    assert "Given in Slack (g" in said
    assert "by Mia Brandt): the night" in said


ORDERS = (
    "can {} approve at brightwater",
    "can {} approve at nowhere",
    "grants {}",
    "grant {} View Approvals at marlow because x y",
    "grant {} Read Only at nowhere because x y",
    "revoke {} because x y",
    "revoke {} View Approvals at brightwater because x y",
    "suspend {} because x y",
    "lift {} because x y",
)


@pytest.mark.parametrize("asker", ["hal", "ana", "lou"])
@pytest.mark.parametrize("order", ORDERS)
async def test_who_is_in_the_access_file_is_nothing_to_find_out(
    office: Office, asker: str, order: str
) -> None:
    """12.2: whoever holds nothing where the asker administers people reads like somebody whom the file omits."""
    known = office.bench.slack.add_person("nan")
    office.more += [
        f'[people.nan]\nname = "Nan Marsh"\nslack = ["{known}"]',
        '[[grants]]\npeople = ["nan"]\norganizations = ["marlow"]\npermissions = ["View Approvals"]',
    ]
    await office.accept()
    unknown = office.bench.slack.add_person("nobody")
    spelled = {"mention": (f"<@{known}|x>", f"<@{unknown}|x>"), "key": ("nan", "nix")}
    for file_has, file_omits in spelled.values():
        one = await office.types(asker, order.format(file_has))
        other = await office.types(asker, order.format(file_omits))
        assert one == other
        assert "Nan" not in one
        assert "access file" not in one
    assert await office.bench.events("permissions_asked") == []
    assert (await office.bench.ledger.given()).given.suspensions == ()


async def test_who_administers_everybody_is_told_whom_the_file_omits(office: Office) -> None:
    unknown = office.bench.slack.add_person("nobody")
    said = await office.types("mia", f"can <@{unknown}|x> approve at brightwater")
    assert "not in Gatehouse's access file" in " ".join(said.split())


async def test_a_grant_elsewhere_is_no_reason_that_is_told(office: Office) -> None:
    """Lou administers Brightwater: what Bo was given at Marlow is neither taken back nor a reason to read."""
    await office.types("mia", "grant @bo View Approvals at marlow because a look")
    said = " ".join((await office.types("lou", "revoke @bo View Approvals because x y")).split())
    assert "There is no such grant" in said
    await office.types("mia", "grant @bo Approve for Group at brightwater because the night")
    said = " ".join((await office.types("lou", "revoke @bo because x y")).split())
    assert "no longer has Approve for Group" in said
    assert len((await office.bench.ledger.given()).given.grants) == 1


@pytest.mark.parametrize(
    ("named", "is_found"),
    [("Brightwater Logistics", True), ("BRIGHTWATER", True), ("Brightwater L", False), ("bright", False)],
)
async def test_a_right_is_asked_about_by_a_whole_name_alone(
    office: Office, named: str, is_found: bool
) -> None:
    """The portal's or the access file's; a part of a name is not enough where rights are given."""
    said = " ".join((await office.types("mia", f'can @ana approve at "{named}"')).split())
    assert ("Yes: Ana Moreau" in said) is is_found
    assert (f"no organization {named}" in said) is not is_found
