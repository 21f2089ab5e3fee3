"""Custom roles made in Slack: the gate, our limits, what changes for those who hold one, races, and the record."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.administration.giving import grant
from bot.administration.role_changes import MOST_ROLES
from bot.administration.roles import role
from bot.app.beat import Dues
from bot.desk import as_grant
from bot.models import Actor, Change, Event, Given, GivenWrite, SlackRole
from permissions import Action, Allowed, Refused
from tests.administration.office import Office
from tests.administration.role_desk import GIVE, HELD, MAKE, engage, given, types

# --- making and giving ----------------------------------------------------------------------------


async def test_a_role_is_made_announced_recorded_and_gives_nothing_by_itself(
    office: Office, rae: str
) -> None:
    said = await types(office, rae, MAKE)
    assert "Done. Role Night desk at Brightwater Logistics: + Approve for Group, + View Approvals." in said
    assert "Nobody has it yet" in said
    (announced,) = office.announced()
    assert "Rae Lind made a role in Slack. role Night desk at Brightwater Logistics: + Approve for Group" in (
        " ".join(announced.split())
    )
    assert "the night shift" in announced
    event = await office.bench.last("role_made")
    (made,) = (await given(office)).roles
    assert event.facts["role"]["permissions"] == ["Approve for Group", "View Approvals"]
    assert event.facts["role"]["role_id"] == made.role_id
    assert event.facts["rests_on"] == [
        f"Role Administrator at {made.organization_id} (access file, {_grant_line(event.facts['rests_on'])})"
    ]
    assert (event.person_id, event.private["reason"]) == ("rae", "the night shift")
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)


def _grant_line(rests_on: list[str]) -> str:
    return rests_on[0].partition("access file, ")[2].removesuffix(")")


async def test_it_is_given_by_who_may_assign_roles_and_counts_at_once_until_its_end(
    office: Office, rae: str
) -> None:
    await types(office, rae, MAKE)
    assert "Assign Roles" in await types(office, rae, GIVE), "making roles is not giving them"
    assert "Hal Novak has role Night desk" in await types(office, "mia", GIVE)
    verdict = await office.verdict("hal", Action.APPROVE)
    assert isinstance(verdict, Allowed)
    assert "role made in Slack by Rae Lind" in str(verdict.rests_on[0])
    assert isinstance(await office.verdict("hal", Action.APPROVE, "marlow"), Refused)
    await office.bench.advance(hours=8, seconds=1)
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    assert await Dues(office.bench.desk).drain() == 1
    await office.bench.say()
    assert "Ended on time: role Night desk" in " ".join(office.announced()[-1].split())


async def test_it_can_be_given_only_where_it_was_made(office: Office, rae: str) -> None:
    """10.2."""
    await types(office, rae, MAKE)
    said = await types(office, "mia", GIVE.replace("brightwater", "marlow"))
    assert "There is no permission and no role Night desk" in said
    assert (await given(office)).grants == ()


async def test_nobody_gives_a_role_with_more_than_they_have(office: Office, rae: str) -> None:
    await types(office, rae, MAKE.replace("View Approvals", "View Unified Audit"))
    assert "you do not have View Unified Audit" in await types(office, "mia", GIVE)


async def test_two_organizations_may_have_a_role_of_one_name_each_with_its_own_list(
    office: Office, rae: str
) -> None:
    ned = await engage(office, "ned", *HELD, where="marlow")
    await types(office, rae, MAKE)
    await types(office, ned, "role create night DESK at marlow with View Approvals because the night shift")
    for place in ("brightwater", "marlow"):
        await types(office, "mia", GIVE.replace("@hal", "@bo").replace("brightwater", place))
    assert isinstance(await office.verdict("bo", Action.VIEW, "marlow"), Allowed)
    assert isinstance(await office.verdict("bo", Action.APPROVE, "marlow"), Refused)


# --- who may not, and what may not be -------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        ("mia", MAKE, "Role Administrator"),
        ("bo", MAKE, "Role Administrator"),
        ("gus", MAKE, "Guests may not"),
        ("rae", MAKE.replace("brightwater", "marlow"), "no organization marlow"),
        ("rae", MAKE.replace("brightwater", "nowhere"), "no organization nowhere"),
        ("rae", MAKE.replace("View Approvals", "View Reports"), "you do not have View Reports"),
        ("rae", MAKE.replace("View Approvals", "Super Admin"), "you do not have Super Admin"),
        ("rae", MAKE.replace("View Approvals", "Approve for Group (Learning Mode Only)"), "deprecated"),
        ("rae", MAKE.replace("Night desk", "Read Only"), "name of a built-in role"),
        (
            "rae",
            MAKE.replace("Night desk", "House rules"),
            "There is a role House Rules already (access file",
        ),
        ("rae", MAKE.replace("Night desk", "Below"), "There is a role Below already (access file"),
        ("rae", "role create Night desk", "It does not say where"),
    ],
)
async def test_who_may_not_makes_nothing_and_reads_why(
    office: Office, rae: str, who: str, text: str, says: str
) -> None:
    office.more += [
        '[roles."House Rules"]\norganizations = ["brightwater"]\npermissions = ["View Approvals"]',
        '[roles.Below]\norganizations = ["marlow"]\nand_below = true\npermissions = ["View Approvals"]',
    ]
    await office.accept()
    assert says in await types(office, rae if who == "rae" else who, text)
    assert (await given(office)).roles == ()
    assert office.announced() == []


async def test_a_built_ins_name_is_taken_with_exactly_its_list_and_then_means_the_built_in_one(
    office: Office,
) -> None:
    """10.1."""
    ned = await engage(office, "ned", "Role Administrator", "View Billing", "Edit Billing")
    text = "role create Billing at brightwater with View Billing, Edit Billing because the portal lacks it"
    assert "Done." in await types(office, ned, text)
    said = await types(office, ned, "role change Billing at brightwater remove Edit Billing because x y")
    assert "Billing is the name of a built-in role" in said
    lou = office.lou
    office.more.append(
        '[[grants]]\npeople = ["lou"]\norganizations = ["brightwater"]\npermissions = ["View Billing", "Edit Billing"]'
    )
    await office.accept()
    await types(office, lou, "grant @hal Billing at brightwater because month end")
    (grant,) = (await given(office)).grants
    assert grant.role_id == "", "the built-in role was given, which nobody can change"


@pytest.mark.parametrize("who", ["ned", "rae"])
async def test_what_one_has_with_an_end_does_not_get_into_a_role(office: Office, rae: str, who: str) -> None:
    """A role has no end, so a right of one shift would outlive itself in it."""
    end = (office.bench.desk.now() + timedelta(days=300)).isoformat()
    ned = await engage(
        office, "ned", "Role Administrator", "View Approvals", "Approve for Group", until=f"until = {end}"
    )
    said = await types(office, ned if who == "ned" else rae, MAKE)
    assert ("has no end" in said) is (who == "ned")


async def test_no_more_roles_than_can_be_read_at_every_press(office: Office, rae: str) -> None:
    by = Actor(person_id="rae", name="Rae", slack_user_id=rae)
    now = office.bench.desk.now()
    many = tuple(
        SlackRole(
            role_id=f"r{number}",
            name=f"Role {number}",
            permissions=("View Approvals",),
            organization_id="o",
            organization_name="O",
            made_by=by,
            made_at=now,
            changed_by=by,
            changed_at=now,
            reason="many",
        )
        for number in range(MOST_ROLES)
    )
    await office.bench.ledger.commit(
        Change(op_id="many", events=[Event(name="test")], given=GivenWrite(Given(roles=many), 0))
    )
    assert "which is the most" in await types(office, rae, MAKE)
    assert len((await given(office)).roles) == MOST_ROLES


# --- changing -------------------------------------------------------------------------------------


async def test_a_change_counts_at_once_for_everybody_who_holds_it_and_is_told_in_words(
    office: Office, rae: str
) -> None:
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    text = "role change night desk at brightwater add View Unified Audit remove Approve for Group because too much"
    difference = "ole Night desk at Brightwater Logistics: + View Unified Audit, − Approve for Group."
    assert difference in await types(office, rae, text)
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    assert isinstance(await office.verdict("hal", Action.LOOK_UP), Allowed)
    assert difference in " ".join(office.announced()[-1].split())
    told = " ".join(office.told(office.bench.cast["hal"])[-1].split())
    assert "Rae Lind changed a role that you hold: r" + difference in told
    event = await office.bench.last("role_changed")
    assert (event.facts["added"], event.facts["removed"]) == (["View Unified Audit"], ["Approve for Group"])
    assert event.facts["role"]["revision"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("add View Reports", "you do not have View Reports"),
        ("add Approve for Group (Learning Mode Only)", "deprecated"),
        ("add View Approvals", "is like that already"),
        ("remove View Reports", "is like that already"),
        ("remove Approve for Group, View Approvals", "delete it instead"),
    ],
)
async def test_what_may_not_be_changed_stays_as_it_is(office: Office, rae: str, text: str, says: str) -> None:
    await types(office, rae, MAKE)
    before = (await given(office)).roles
    assert says in await types(office, rae, f"role change Night desk at brightwater {text} because x y")
    assert (await given(office)).roles == before
    assert len(office.announced()) == 1


async def test_nobody_changes_a_role_that_they_hold_under_any_of_their_slack_accounts(
    office: Office, rae: str
) -> None:
    """10.5: it would be giving to oneself."""
    second = office.bench.slack.add_person("rae-two")
    office.more[-2] = office.more[-2].replace(f'["{rae}"]', f'["{rae}", "{second}"]')
    await office.accept()
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE.replace("@hal", f"<@{second}|rae>"))
    for account in (rae, second):
        for text in ("add View Unified Audit because x y", "remove View Approvals because x y"):
            said = await types(office, account, f"role change Night desk at brightwater {text}")
            assert "You hold the role Night desk" in said
    (made,) = (await given(office)).roles
    assert made.revision == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("House Rules", 'stands in access file, roles."House Rules", line'),
        ("Read Only", "nobody changes or deletes it"),
        ("Nobody's", "There is no role Nobody's there"),
    ],
)
@pytest.mark.parametrize("what", ["change {} at brightwater add View Approvals", "delete {} at brightwater"])
async def test_what_was_not_made_in_slack_is_named_with_its_place_and_stays(
    office: Office, rae: str, name: str, says: str, what: str
) -> None:
    office.more.append(
        '[roles."House Rules"]\norganizations = ["brightwater"]\npermissions = ["View Unified Audit"]'
    )
    await office.accept()
    assert says in await types(office, rae, f"role {what.format(name)} because x y")
    assert await given(office) == Given()


async def test_who_has_no_gate_does_not_learn_which_roles_there_are(office: Office, rae: str) -> None:
    await types(office, rae, MAKE)
    for name in ("Night desk", "Nobody's"):
        said = await types(office, "bo", f"role delete {name} at brightwater because x y")
        assert "Role Administrator" in said
        assert "no role" not in said


# --- deleting -------------------------------------------------------------------------------------


async def test_a_role_that_is_held_is_not_deleted_and_whoever_may_ask_reads_who_holds_it(
    office: Office, rae: str
) -> None:
    """Taking a role from somebody needs Assign Roles, which a Role Administrator may lack."""
    both = await engage(office, "ned", *HELD, "View Administrators")
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    text = "role delete Night desk at brightwater because nobody needs it"
    said = await types(office, rae, text)
    assert "Somebody still has the role Night desk" in said
    assert "Hal Novak" not in said
    assert "Hal Novak still has the role Night desk" in await types(office, both, text)
    await types(office, "mia", GIVE.replace("@hal", "@ray"))
    assert "2 people still have" in await types(office, rae, text)
    refused = await office.bench.last("administration_refused")
    assert refused.facts["why"] == "role_held"
    for name in ("hal", "ray"):
        await types(office, "mia", f"revoke @{name} role Night desk because over")
    assert "− Approve for Group, − View Approvals" in await types(office, rae, text)
    assert await given(office) == Given()
    assert "deleted a role in Slack" in " ".join(office.announced()[-1].split())


async def test_an_ended_grant_holds_nothing_back_even_before_its_end_is_noticed(
    office: Office, rae: str
) -> None:
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE.replace(" because", " for 1h because"))
    await office.bench.advance(hours=1)
    assert "Done." in await types(office, rae, "role delete Night desk at brightwater because over")
    assert await Dues(office.bench.desk).drain() == 1
    assert await given(office) == Given()


async def test_a_role_made_anew_under_the_same_name_is_another_role(office: Office, rae: str) -> None:
    """What stands of the old one gives nothing of the new."""
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    stored = await office.bench.ledger.given()
    gone = stored.given.model_copy(update={"roles": ()})
    await office.bench.ledger.commit(
        Change(op_id="gone", events=[Event(name="test")], given=GivenWrite(gone, stored.version))
    )
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    assert "Done." in await types(office, rae, MAKE)
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    file = await office.bench.desk.access.file()
    now = await given(office)
    assert as_grant(now.grants[0], file, now) is None


# --- races, persons, trouble ----------------------------------------------------------------------


async def test_two_typed_changes_at_the_same_moment_both_stand(office: Office, rae: str) -> None:
    """Who was overtaken is judged anew on what stands then, and overwrites nobody."""
    ned = await engage(office, "ned", *HELD, "View Reports")
    await types(office, rae, MAKE)
    texts = {rae: "add View Unified Audit", ned: "add View Reports"}
    presses = [
        await office.command(who, f"role change Night desk at brightwater {text} because x y")
        for who, text in texts.items()
    ]
    await asyncio.gather(*(role(office.bench.desk, press) for press in presses))
    (made,) = (await given(office)).roles
    assert made.revision == 3
    assert {"View Unified Audit", "View Reports"} < set(made.permissions)
    events = await office.bench.events("role_changed")
    assert [each.event.facts["role"]["revision"] for each in events] == [2, 3]


async def test_two_who_make_the_same_role_at_the_same_moment_make_one(office: Office, rae: str) -> None:
    ned = await engage(office, "ned", *HELD)
    presses = [await office.command(who, MAKE) for who in (rae, ned)]
    await asyncio.gather(*(role(office.bench.desk, press) for press in presses))
    assert len((await given(office)).roles) == 1
    refused = await office.bench.last("administration_refused")
    assert refused.facts["why"] == "role_exists"


async def test_giving_and_deleting_at_the_same_moment_never_leave_a_grant_of_nothing(
    office: Office, rae: str
) -> None:
    await types(office, rae, MAKE)
    press_give = await office.command("mia", GIVE)
    press_delete = await office.command(rae, "role delete Night desk at brightwater because over")
    desk = office.bench.desk
    await asyncio.gather(grant(desk, press_give), role(desk, press_delete))
    now = await given(office)
    assert bool(now.grants) is bool(now.roles), "either both stand, or neither"


async def test_a_press_that_is_taken_up_twice_makes_one_role(office: Office, rae: str) -> None:
    press = await office.command(rae, MAKE)
    await asyncio.gather(*(role(office.bench.desk, press) for _ in range(3)))
    assert len((await given(office)).roles) == 1
    assert len(await office.bench.events("role_made")) == 1


async def test_a_suspended_administrator_makes_nothing_and_a_suspended_holder_holds_nothing(
    office: Office, rae: str
) -> None:
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    await types(office, "mia", "suspend @hal because his laptop was stolen")
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    text = "role delete Night desk at brightwater because over"
    assert "Somebody still has" in await types(office, rae, text), "what is stopped may be lifted again"
    await types(office, "mia", f"suspend <@{rae}|rae> because her laptop was stolen")
    assert "stopped by Mia Brandt" in await types(office, rae, text)
    assert len((await given(office)).roles) == 1


async def test_when_the_portal_does_not_tell_its_organizations_nothing_is_made(
    office: Office, rae: str
) -> None:
    office.bench.portal.faults.set("server_error", action="OrganizationGetForMoveComputers")
    assert "Nothing was changed" in await types(office, rae, MAKE)
    assert await given(office) == Given()


async def test_a_role_with_super_admin_says_what_that_means(office: Office) -> None:
    ned = await engage(office, "ned", "Super Admin", "Role Administrator")
    said = await types(office, ned, MAKE.replace("View Approvals", "Super Admin"))
    assert "Whoever has it is Super Admin of Brightwater Logistics and everything below" in said
    assert "It means: whoever has it is Super Admin of Brightwater" in " ".join(office.announced()[0].split())


async def test_the_role_shows_where_it_comes_from_to_its_holder_and_to_who_may_ask(
    office: Office, rae: str
) -> None:
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    held = await types(office, "mia", "grants @hal")
    assert "role Night desk at Brightwater Logistics" in held
    assert "role made in Slack by Rae Lind" in held
    can = await types(office, "mia", "can @hal approve for the group at brightwater")
    assert "Yes:" in can
    assert "in role Night desk" in can
    assert "role made in Slack by Rae Lind" in can


def test_what_the_release_before_stored_still_opens() -> None:
    """Its grants of roles are by name alone, and there were no roles of Slack."""
    old = (
        '{"grants":[{"grant_id":"g1","person_id":"hal","person_name":"Hal","permission":"","role":"Watch",'
        '"organization_id":"o","organization_name":"O","until":"2026-11-18T10:00:00Z","given_by":{"person_id":"m",'
        '"name":"M","slack_user_id":"U1"},"given_at":"2026-11-18T09:00:00Z","reason":"r"}],"suspensions":[],'
        '"user_groups":{"S1":["U1"]}}'
    )
    opened = Given.model_validate_json(old)
    assert opened.grants[0].role_id == ""
    assert (opened.roles, opened.resting_roles) == ((), ())
