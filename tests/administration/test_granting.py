"""Grants given in Slack: the gates, our limits, the announcement, the end on time, and taking back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.administration.enacting import command_of
from bot.administration.ending import expire_grant
from bot.administration.finding import find
from bot.administration.giving import Meant, _Giving, grant
from bot.administration.orders import GrantOrder, Someone
from bot.app.beat import Dues
from bot.models import Change, Due, DueKind, Event, Given, SlackGrant, TakenDue
from permissions import Action, Allowed, Refused
from rehearsal.portal.faults import FaultKind
from tests.administration.office import Office

GRANT = "grant @bo Approve for Group at brightwater because covering the night"


async def given(office: Office) -> tuple[SlackGrant, ...]:
    """What stands in the ledger."""
    return (await office.bench.ledger.given()).given.grants


async def may_approve_for_group(office: Office) -> bool:
    """Whether Bo's press at the group reach would be allowed now, through the desk."""
    access = await office.bench.desk.access.current()
    place = office.bench.portal.organization_id("brightwater")
    now = office.bench.desk.now()
    return any(
        "Approve for Group" in grant.permissions and grant.is_alive(now)
        for grant in access.grants_of("bo")
        if grant.organization_id == place
    )


async def test_a_grant_counts_at_once_is_announced_recorded_and_told(office: Office) -> None:
    said = await office.types("mia", GRANT)
    assert "Done." in said
    assert "Bo Lindqvist has Approve for Group" in said
    assert await may_approve_for_group(office)
    (announced,) = office.announced()
    assert "Mia Brandt gave Bo Lindqvist: Approve for Group at Brightwater" in announced
    assert "covering the night" in announced
    (told,) = office.told(office.bench.cast["bo"])
    assert "Mia Brandt gave you Approve for Group" in told
    event = await office.bench.last("grant_given")
    assert event.person_id == "mia"
    assert event.facts["grant"]["person_id"] == "bo"
    assert any("Change Permission" in each for each in event.facts["rests_on"])
    assert event.private["reason"] == "covering the night"


async def test_a_grant_lasts_one_shift_unless_said_otherwise(office: Office) -> None:
    before = office.bench.desk.now()
    await office.types("mia", GRANT)
    await office.types("mia", "grant @bo View Approvals at brightwater for 30m because a look")
    shift, short = await given(office)
    assert timedelta(hours=7, minutes=59, seconds=59) <= shift.until - before <= timedelta(hours=8, minutes=1)
    assert short.until - before <= timedelta(minutes=31)


async def test_the_same_again_moves_the_end_and_leaves_one_grant(office: Office) -> None:
    await office.types("mia", GRANT)
    (first,) = await given(office)
    await office.types("mia", GRANT.replace(" because", " for 2h because"))
    (second,) = await given(office)
    assert second.until < first.until
    assert second.grant_id != first.grant_id
    await office.bench.advance(hours=9)
    due = [taken for taken, _ in await office.bench.ledger.take_due()]
    assert [one.case_id for one in due if one.kind is DueKind.GRANT] == [second.grant_id]


async def test_a_role_is_given_by_who_may_assign_roles_and_means_its_list_at_the_press(
    office: Office,
) -> None:
    office.more.append(
        '[roles."Night Watch"]\norganizations = ["brightwater"]\npermissions = ["Approve for Group"]'
    )
    await office.accept()
    said = await office.types("mia", "grant @hal role night watch at brightwater because the night")
    assert "Hal Novak has role Night Watch" in said
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)
    office.more[-1] = office.more[-1].replace("Approve for Group", "View Approvals")
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    office.more.pop()
    await office.accept()
    assert not [each for each in (await office.bench.desk.access.current()).grants_of("hal") if each.role]


async def test_a_role_below_its_own_organization_counts_where_it_was_given(office: Office) -> None:
    office.more.append(
        '[roles."Watch"]\norganizations = ["rowanbridge"]\nand_below = true\npermissions = ["Approve for Group"]'
    )
    await office.accept()
    await office.types("mia", "grant @hal Watch at brightwater because the night")
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        (
            "mia",
            "grant @mia Approve for Group at brightwater because I say so",
            "Nobody gives rights to themselves",
        ),
        (
            "U0NOBODY9",
            "grant @bo View Approvals at brightwater because x y",
            "Slack does not know this account",
        ),
        ("mia", "grant @bo Approve for Global at brightwater because x y", "Nobody gives more"),
        ("mia", "grant @bo Administrator at brightwater because x y", "Nobody gives more"),
        ("bo", "grant @hal Approve for Single Computer at brightwater because x y", "Change Permission"),
        ("ana", "grant @bo Read Only at brightwater because x y", "Assign Roles"),
        ("lou", "grant @bo Approve for Group at marlow because x y", "no organization marlow"),
        (
            "mia",
            "grant @bo Approve for Group (Learning Mode Only) at brightwater because x y",
            "deprecated",
        ),
        ("mia", "grant @gus Approve for Group at nowhere because x y", "no organization nowhere"),
        (
            "mia",
            "grant nobody View Approvals at brightwater because x y",
            "Nobody in the access file has the key",
        ),
        (
            "mia",
            "grant <@U0STRANGER|x> View Approvals at brightwater because x y",
            "not in Gatehouse's access file",
        ),
        ("mia", "grant @bo Aprove for Grup at brightwater because x y", "Did you mean Approve for Group?"),
        ("mia", "grant @bo role Ownr at brightwater because x y", "Did you mean Owner?"),
        ("mia", "grant @bo Zzzz at brightwater because x y", "the portal's Users page"),
        ("mia", "grant @bo View Approvals at brightwater", "It does not say why"),
        ("mia", "grant @bo View Approvals at brightwater for 90d because x y", "at most 30 days"),
        ("gus", "grant @bo View Approvals at brightwater because x y", "Guests may not"),
    ],
)
async def test_who_may_not_gives_nothing_and_reads_why(
    office: Office, who: str, text: str, says: str
) -> None:
    said = " ".join((await office.types(who, text)).split())
    assert says in said
    assert await given(office) == ()
    assert office.announced() == []


async def test_a_second_slack_account_of_the_giver_is_still_the_giver(office: Office) -> None:
    text = "View Approvals at brightwater because I say so"
    for giver, receiver in ((office.mia, office.mia_too), (office.mia_too, office.mia)):
        said = await office.types(giver, f"grant <@{receiver}|mia> {text}")
        assert "Nobody gives rights to themselves" in " ".join(said.split())
    assert await given(office) == ()


async def test_a_grant_of_super_admin_says_so_in_those_words(office: Office) -> None:
    office.more.append(
        '[[grants]]\npeople = ["mia"]\norganizations = ["rowanbridge"]\nand_below = true\nroles = ["Owner"]\n'
        'permissions = ["Allow Remediation"]'
    )
    await office.accept()
    said = " ".join((await office.types("mia", "grant @kim Owner at brightwater because handover")).split())
    assert "Super Admin of Brightwater" in said
    assert "Super Admin of Brightwater" in " ".join(office.announced()[0].split())


async def test_nobody_gives_longer_than_they_have(office: Office) -> None:
    office.more.append(
        f'[[grants]]\npeople = ["lou"]\norganizations = ["brightwater"]\npermissions = ["View Reports"]\n'
        f"until = {(office.bench.desk.now() + timedelta(hours=2)).isoformat()}"
    )
    await office.accept()
    text = "grant @bo View Reports at brightwater because month end"
    assert "ends sooner" in " ".join((await office.types("lou", text)).split())
    assert "Done." in await office.types("lou", text.replace(" because", " for 1h because"))


async def test_the_grant_is_absent_at_its_very_second_and_its_end_is_said_once(office: Office) -> None:
    await office.types("mia", GRANT.replace(" because", " for 1h because"))
    (grant,) = await given(office)
    bench = office.bench
    access = await bench.desk.access.current()
    (held,) = [each for each in access.grants_of("bo") if each.until]
    assert held.is_alive(grant.until - timedelta(milliseconds=1))
    assert not held.is_alive(grant.until)
    await bench.advance(minutes=59)
    assert await may_approve_for_group(office)
    assert await Dues(bench.desk).drain() == 0
    await bench.advance(minutes=1, seconds=1)
    assert not await may_approve_for_group(office)
    assert await Dues(bench.desk).drain() == 1
    assert await Dues(bench.desk).drain() == 0
    await bench.say()
    assert await given(office) == ()
    assert "Ended on time: Approve for Group at Brightwater" in " ".join(office.announced()[-1].split())
    assert (await bench.last("grant_expired")).person_id == "bo"


async def test_an_end_that_was_moved_or_taken_back_meanwhile_ends_nothing(office: Office) -> None:
    """A due time taken by a scheduler that then slept finds what the ledger says by then."""
    await office.types("mia", GRANT)
    (grant,) = await given(office)
    desk, ledger = office.bench.desk, office.bench.ledger
    early = Change(
        op_id="early",
        events=[Event(name="test")],
        due=[Due(DueKind.GRANT, grant.grant_id, desk.now()), Due(DueKind.GRANT, "gone", desk.now())],
    )
    await ledger.commit(early)
    taken = {due.case_id: due for due, _ in await ledger.take_due()}
    for due in taken.values():
        await expire_grant(desk, due)
    assert len(await given(office)) == 1
    assert await ledger.take_due() == []
    await office.bench.advance(hours=9)
    again = [due for due, _ in await ledger.take_due()]
    assert [due.case_id for due in again] == [grant.grant_id]
    stale = TakenDue(kind=DueKind.GRANT, case_id=grant.grant_id, due_at=again[0].due_at, lease=1)
    await expire_grant(desk, stale)
    assert len(await given(office)) == 1, "a lease that is not ours ends nothing"


async def test_what_was_given_in_slack_is_taken_back_with_everything_that_fits(office: Office) -> None:
    await office.types("mia", GRANT)
    await office.types("mia", "grant @bo View Approvals at brightwater because a look")
    await office.types("mia", "grant @bo View Approvals at marlow because a look")
    said = " ".join((await office.types("lou", "revoke @bo because it is over")).split())
    assert "no longer has Approve for Group at Brightwater" in said
    assert "1 more you may not take back" in said
    assert [each.organization_name for each in await given(office)] == ["Marlow Precision"]
    assert "Lou Petit took back from Bo Lindqvist" in " ".join(office.announced()[-1].split())
    assert "took back what you were given" in " ".join(office.told(office.bench.cast["bo"])[-1].split())
    assert not await may_approve_for_group(office)
    revoked = await office.bench.events("grant_revoked")
    assert [each.event.person_id for each in revoked] == ["lou", "lou"]
    await office.types("mia", "revoke @bo view approvals at marlow because it is over")
    assert await given(office) == ()
    await office.bench.advance(hours=9)
    assert await office.bench.ledger.take_due() == []


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        ("mia", "revoke @bo Approve for Single Computer at brightwater because x y", "grants["),
        ("mia", "revoke @hal because x y", "access file, grants["),
        ("bo", "revoke @hal View Approvals because x y", "Change Permission"),
        ("mia", "revoke @bo Approve for Global because x y", "no such grant"),
        ("mia", "revoke @ray read only because x y", "access file"),
        ("mia", "revoke @bo", "It does not say why"),
        ("mia", "revoke nobody because x y", "Nobody in the access file"),
        ("mia", "revoke @bo View Approvals at nowhere because x y", "no organization nowhere"),
        ("gus", "revoke @bo because x y", "Guests may not"),
    ],
)
async def test_what_cannot_be_taken_back_here_is_told_with_the_reason(
    office: Office, who: str, text: str, says: str
) -> None:
    assert says in " ".join((await office.types(who, text)).split())
    assert office.announced() == []


async def test_a_right_that_the_revoker_may_not_touch_stays(office: Office) -> None:
    await office.types("mia", GRANT)
    said = await office.types("ana", "revoke @bo Approve for Group because I say so")
    assert "Change Permission" in " ".join(said.split())
    assert len(await given(office)) == 1


async def test_a_role_that_is_gone_from_the_file_can_still_be_taken_back(office: Office) -> None:
    office.more.append(
        '[roles."Night Watch"]\norganizations = ["brightwater"]\npermissions = ["Approve for Group"]'
    )
    await office.accept()
    await office.types("mia", "grant @hal Night Watch at brightwater because the night")
    office.more.pop()
    await office.accept()
    assert "Done." in await office.types("mia", "revoke @hal Night Watch because it is over")
    assert await given(office) == ()


async def test_a_role_that_goes_away_between_typing_and_giving_is_not_given(office: Office) -> None:
    """The names were understood under one generation, the grant is judged under the next."""
    desk = office.bench.desk
    command = await command_of(desk, await office.command("mia", "grant"), "grant")
    assert command is not None
    who = Someone(key="hal")
    found = await find(command, who=who, where="brightwater")
    assert found is not None
    order = GrantOrder(who, "Gone", "brightwater", desk.now() + timedelta(hours=1), "why not")
    enacted = _Giving(command, order, found, Meant(role="Gone"), "g1").judged(await desk.access.in_force())
    assert enacted.given is None
    assert "does not exist" in enacted.effects[0].text


async def test_two_grants_at_the_same_moment_both_stand(office: Office) -> None:
    """The version is checked in the same step as the write: who was overtaken judges anew, and overwrites nobody."""
    texts = [f"grant @{who} View Approvals at marlow because a look" for who in ("bo", "hal", "ray", "eve")]
    presses = [await office.command("mia", text) for text in texts]
    await asyncio.gather(*(grant(office.bench.desk, press) for press in presses))
    assert {each.person_id for each in await given(office)} == {"bo", "hal", "ray", "eve"}
    assert len(await office.bench.events("grant_given")) == 4


async def test_a_press_that_is_taken_up_twice_gives_once(office: Office) -> None:
    press = await office.command("mia", GRANT)
    await asyncio.gather(*(grant(office.bench.desk, press) for _ in range(3)))
    assert len(await given(office)) == 1
    assert len(await office.bench.events("grant_given")) == 1


async def test_when_the_portal_does_not_tell_its_organizations_nothing_is_given(office: Office) -> None:
    office.bench.portal.faults.set("server_error", action="OrganizationGetForMoveComputers")
    said = await office.types("mia", GRANT)
    assert "Nothing was changed" in " ".join(said.split())
    assert await given(office) == ()


async def test_who_is_matched_by_e_mail_can_be_given_something(office: Office) -> None:
    new = office.bench.slack.add_person("nia", email="nia@example.com")
    office.more.append('[people.nia]\nname = "Nia Ray"\nemails = ["nia@example.com"]')
    await office.accept()
    text = f"grant <@{new}|nia> View Approvals at brightwater because a look"
    assert "not in Gatehouse's access file" in " ".join((await office.types("mia", text)).split())
    office.top.append("match_people_by_email = true")
    await office.accept()
    assert "Nia Ray has View Approvals" in await office.types("mia", text)
    unknown = "grant <@U0NOBODY9|x> View Approvals at brightwater because a look"
    assert "not in Gatehouse's access file" in " ".join((await office.types("mia", unknown)).split())


def test_a_given_document_finds_its_grants_by_id() -> None:
    assert Given().grant("g1") is None


async def test_when_the_portal_refuses_our_token_that_is_the_reason_given(office: Office) -> None:
    office.bench.portal.faults.set(FaultKind.TOKEN_REVOKED)
    said = " ".join((await office.types("mia", GRANT)).split())
    assert "The portal refuses Gatehouse's token" in said
    assert await given(office) == ()


async def test_a_name_that_two_organizations_bear_is_not_guessed_at(office: Office) -> None:
    world = office.bench.portal.world
    for name in ("brightwater", "marlow"):
        organization_id = office.bench.portal.organization_id(name)
        same = replace(world.organizations[organization_id], display_name="Twin Works")
        world.organizations[organization_id] = same
    said = await office.types("mia", GRANT.replace("at brightwater", "at Twin Works"))
    assert "2 organizations are called Twin Works" in " ".join(said.split())
    assert "Done." in await office.types("mia", GRANT)


async def test_taking_back_at_one_organization_leaves_the_same_right_elsewhere(office: Office) -> None:
    for place in ("brightwater", "marlow"):
        await office.types("mia", GRANT.replace("at brightwater", f"at {place}"))
    await office.types("mia", GRANT.replace("@bo", "@hal"))
    await office.types("mia", "revoke @bo Approve for Group at marlow because it is over")
    assert {(each.person_id, each.organization_name) for each in await given(office)} == {
        ("bo", "Brightwater Logistics"),
        ("hal", "Brightwater Logistics"),
    }


async def test_a_grant_ends_also_while_no_access_file_can_be_read(office: Office) -> None:
    """Whom to tell is not known then; that it is over is still recorded and announced."""
    await office.types("mia", GRANT.replace(" because", " for 1h because"))
    async with office.bench.valkey.client() as client:
        await client.delete("{gatehouse}:access")
    await office.bench.advance(hours=2)
    assert await Dues(office.bench.desk).drain() == 1
    said = await office.bench.say()
    assert len(said) == 1
    assert await given(office) == ()
