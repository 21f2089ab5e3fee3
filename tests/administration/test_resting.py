"""The access file takes the name of a role that was made in Slack: the file wins, nothing is widened, all is said."""

from __future__ import annotations

import asyncio

import pytest

from bot.administration.ending import watch_roles
from bot.models import Given
from permissions import Action, Allowed, Refused
from tests.administration.office import Office
from tests.administration.role_desk import GIVE, MAKE, given, types

WIDER = (
    '[roles."night desk"]\norganizations = ["brightwater"]\n'
    'permissions = ["Approve for Entire Organization", "View Reports"]'
)


async def held(office: Office, rae: str) -> None:
    """Hal has the role that Rae made."""
    await types(office, rae, MAKE)
    await types(office, "mia", GIVE)
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)


async def test_the_file_wins_and_who_was_given_the_other_role_gets_nothing_of_it(
    office: Office, rae: str
) -> None:
    """The wider list was given to nobody: a name does not turn a small role into a large one."""
    await held(office, rae)
    office.more.append(WIDER)
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    assert isinstance(await office.verdict("hal", Action.REPORT), Refused)


async def test_it_is_announced_once_however_many_replicas_notice_and_again_when_it_is_over(
    office: Office, rae: str
) -> None:
    await held(office, rae)
    desk = office.bench.desk
    assert not await watch_roles(desk)
    office.more.append(WIDER)
    await office.accept()
    assert sorted(await asyncio.gather(*(watch_roles(desk) for _ in range(3)))) == [False, False, True]
    await office.bench.say()
    said = " ".join(office.announced()[-1].split())
    assert "The access file now has a role Night desk for Brightwater Logistics" in said
    assert 'roles."night desk", line' in said
    assert "the one grant of it give nothing" in said
    assert "The access file now has a role" in " ".join(office.told(office.bench.cast["hal"])[-1].split())
    event = await office.bench.last("role_rests")
    assert event.facts["role"]["name"] == "Night desk"
    office.more.pop()
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed), "before anybody has noticed"
    assert await watch_roles(desk)
    assert not await watch_roles(desk)
    await office.bench.say()
    assert "counts again" in " ".join(office.announced()[-1].split())
    assert (await office.bench.last("role_counts_again")).facts["access_generation"] > 0


@pytest.mark.parametrize(
    "where",
    ['["brightwater"]', '"everywhere"', '["rowanbridge"]\nand_below = true', '["marlow"]\nand_below = true'],
)
async def test_every_way_of_the_file_to_name_the_place_takes_the_name(
    office: Office, rae: str, where: str
) -> None:
    """Where "below" ends is not known without the portal, so a role "and below" takes its name everywhere."""
    await held(office, rae)
    office.more.append(f'[roles."Night desk"]\norganizations = {where}\npermissions = ["View Approvals"]')
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)


async def test_a_role_of_the_file_elsewhere_takes_nothing(office: Office, rae: str) -> None:
    await held(office, rae)
    office.more.append('[roles."Night desk"]\norganizations = ["marlow"]\npermissions = ["View Approvals"]')
    await office.accept()
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)
    assert not await watch_roles(office.bench.desk)


async def test_while_it_rests_it_is_not_changed_and_the_name_means_the_files_role(
    office: Office, rae: str
) -> None:
    await held(office, rae)
    own = 'people = ["mia"]\norganizations = ["brightwater"]'
    office.more += [
        WIDER,
        f'[[grants]]\n{own}\npermissions = ["Approve for Entire Organization", "View Reports"]',
    ]
    await office.accept()
    said = await types(
        office, rae, "role change Night desk at brightwater add View Unified Audit because x y"
    )
    assert 'stands in access file, roles."night desk"' in said
    assert "has role night desk" in await types(office, "mia", GIVE.replace("@hal", "@bo"))
    grant = (await given(office)).grants[-1]
    assert (grant.person_id, grant.role_id) == ("bo", "")
    listed = await types(office, "mia", "roles brightwater")
    assert "it rests, since the access file has a role of this name" in listed
    assert "Hal Novak (without effect)" in listed


async def test_what_rests_can_be_taken_back_and_then_deleted(office: Office, rae: str) -> None:
    await held(office, rae)
    office.more.append(WIDER)
    await office.accept()
    assert await watch_roles(office.bench.desk)
    delete = "role delete Night desk at brightwater because the file has it now"
    assert "Somebody still has" in await types(office, rae, delete)
    assert "Done." in await types(office, "mia", "revoke @hal Night desk because the file has it now")
    assert "Done." in await types(office, rae, delete)
    assert await given(office) == Given()
    assert not await watch_roles(office.bench.desk)


async def test_without_an_access_file_nothing_is_compared(office: Office, rae: str) -> None:
    await held(office, rae)
    async with office.bench.valkey.client() as client:
        await client.delete("{gatehouse}:access")
    assert not await watch_roles(office.bench.desk)
