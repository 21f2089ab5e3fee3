"""`/gatehouse roles`: what there is, what it contains, who made it, and who has it for those who may ask."""

from __future__ import annotations

import pytest

from tests.administration.office import Office
from tests.administration.role_desk import GIVE, MAKE, engage, types

HOUSE_RULES = '[roles."House Rules"]\norganizations = ["brightwater"]\npermissions = ["View Reports"]'


async def test_one_organization_is_told_with_content_origin_and_holders(office: Office, rae: str) -> None:
    office.more += [
        HOUSE_RULES,
        '[[grants]]\npeople = ["bo"]\norganizations = ["brightwater"]\nroles = ["House Rules"]',
    ]
    await office.accept()
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    said = await types(office, "mia", "roles brightwater")
    assert "Roles at Brightwater Logistics" in said
    assert "• Read Only (built in): View Approvals, View Administrators" in said
    assert "It means: whoever has it is Super Admin of Brightwater Logistics and everything below" in said
    assert '• House Rules (access file, roles."House Rules", line' in said
    assert "View Reports Held by: Bo Lindqvist" in said
    assert (
        "• Night desk (made in Slack by Rae Lind): Approve for Group, View Approvals Held by: Hal Novak"
        in said
    )
    asked = await office.bench.last("permissions_asked")
    assert asked.facts["question"] == "roles"


async def test_who_makes_roles_sees_them_and_not_who_has_them(office: Office, rae: str) -> None:
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    said = await types(office, rae, "roles brightwater")
    assert "• Night desk (made in Slack by Rae Lind)" in said
    assert "Hal Novak" not in said
    assert "Held by" not in said


async def test_a_suspended_holder_is_marked(office: Office, rae: str) -> None:
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    await types(office, "mia", "suspend @hal because his laptop was stolen")
    assert "Held by: Hal Novak (suspended)" in await types(office, "mia", "roles brightwater")


async def test_who_holds_a_role_from_above_holds_it_here(office: Office) -> None:
    """Ray has Read Only at the parent alone, Kim everywhere below it."""
    office.more.append(
        '[[grants]]\npeople = ["kim"]\norganizations = ["rowanbridge"]\nand_below = true\nroles = ["Read Only"]'
    )
    await office.accept()
    said = await types(office, "mia", "roles brightwater")
    assert "View All ThreatLocker Detect Threats Held by: Kim Okafor" in said
    assert "Held by: Kim Okafor, Ray Quist" in await types(office, "mia", "roles rowanbridge")


async def test_without_an_organization_the_custom_roles_of_all_that_one_may_see_are_told(
    office: Office, rae: str
) -> None:
    ned = await engage(office, "ned", "Role Administrator", "View Approvals", where="marlow")
    office.more.append(HOUSE_RULES)
    await office.accept()
    await types(office, rae, MAKE)
    await types(office, ned, "role create Day desk at marlow with View Approvals because the day")
    said = await types(office, "mia", "roles")
    assert "• House Rules at Brightwater Logistics (access file" in said
    assert "• Night desk at Brightwater Logistics (made in Slack by Rae Lind): 2 permissions" in said
    assert "• Day desk at Marlow Precision (made in Slack by Ned Lind): 1 permission" in said
    assert "Read Only" not in said
    seen = await types(office, ned, "roles")
    assert "Day desk" in seen
    assert "Brightwater" not in seen


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        ("bo", "roles brightwater", "View Administrators"),
        ("bo", "roles", "There is none that you may see"),
        ("bo", "roles marlow", "no organization marlow"),
        ("gus", "roles", "Guests may not"),
    ],
)
async def test_who_may_not_ask_is_told_nothing_of_any_role(
    office: Office, rae: str, who: str, text: str, says: str
) -> None:
    await types(office, rae, MAKE)
    said = await types(office, who, text)
    assert says in said
    assert "Night desk" not in said
