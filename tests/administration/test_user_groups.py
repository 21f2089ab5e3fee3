"""Slack user groups that hold grants: off unless switched on, at most a minute old, silence is no, changes are told."""

from __future__ import annotations

import pytest

from bot.administration.user_groups import watch_user_groups
from bot.lookup import whoami
from bot.models import PressKind
from permissions import AccessFileError, Action, Allowed, Refused
from tests.administration.office import Office

CALL = "usergroups.users.list"


async def night_watch(office: Office, *members: str) -> str:
    """A user group that may approve for the group at Brightwater; its Slack id."""
    slack = office.bench.slack
    group = slack.add_user_group("night-watch", [office.bench.cast[each] for each in members])
    office.top.append("slack_user_groups = true")
    office.more += [
        f'[user_groups.night]\nslack = "{group}"',
        '[[grants]]\nuser_groups = ["night"]\norganizations = ["brightwater"]\npermissions = ["Approve for Group"]',
    ]
    await office.accept()
    return group


async def test_members_hold_what_the_user_group_holds_until_they_leave_it(office: Office) -> None:
    group = await night_watch(office, "hal")
    verdict = await office.verdict("hal", Action.APPROVE)
    assert isinstance(verdict, Allowed)
    assert "Slack user group, night" in str(verdict.rests_on[0])
    assert isinstance(await office.verdict("req", Action.APPROVE), Refused)
    office.bench.slack.workspace.user_groups[group].members[:] = [office.bench.cast["req"]]
    await office.bench.advance(seconds=61)
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    assert isinstance(await office.verdict("req", Action.APPROVE), Allowed)


async def test_within_a_minute_slack_is_asked_once(office: Office) -> None:
    await night_watch(office, "hal")
    for _ in range(5):
        await office.verdict("hal", Action.APPROVE)
    assert sum(call.method == CALL for call in office.bench.slack.api_calls) == 1


async def test_when_slack_does_not_tell_nobody_is_in_it_and_the_asker_reads_why(office: Office) -> None:
    await night_watch(office, "hal")
    office.bench.slack.revoke_token()
    desk = office.bench.desk
    assert isinstance(await office.verdict("hal", Action.APPROVE), Refused)
    assert (await desk.access.in_force()).silent_user_groups
    office.bench.slack.revoke_token(revoked=False)
    await office.bench.advance(seconds=6)
    assert isinstance(await office.verdict("hal", Action.APPROVE), Allowed)


async def test_whoami_says_which_user_group_is_silent(office: Office) -> None:
    await night_watch(office, "hal")
    office.bench.desk.access.user_groups = None
    bench = office.bench
    press = await bench.press("hal", "/gatehouse", kind=PressKind.COMMAND, text="whoami", case_id="")
    assert "Slack does not tell just now who is in night" in " ".join((await bench.do(whoami, press)).split())
    assert not await watch_user_groups(bench.desk), "whom nobody can ask about, nothing is announced of"


async def test_joining_and_leaving_is_announced_once_with_what_it_gives(office: Office) -> None:
    group = await night_watch(office, "hal")
    desk, bench = office.bench.desk, office.bench
    assert await watch_user_groups(desk)
    assert not await watch_user_groups(desk)
    stranger = bench.slack.add_person("new")
    bench.slack.workspace.user_groups[group].members[:] = [bench.cast["req"], stranger]
    await bench.advance(seconds=46)
    assert await watch_user_groups(desk)
    assert not await watch_user_groups(desk)
    await bench.say()
    first, second = [" ".join(each.split()) for each in office.announced()]
    assert "Slack user group night" in first
    assert "is counted from now on" in first
    assert "In: Hal Novak" in first
    assert "was edited in Slack" in second
    assert "In: Rita Vance" in second
    assert "Out: Hal Novak" in second
    assert stranger in second
    assert "It holds: Approve for Group at brightwater" in second
    changed = await bench.last("user_group_changed")
    assert changed.facts["left"] == [bench.cast["hal"]]


async def test_a_user_group_that_holds_nothing_any_more_is_forgotten(office: Office) -> None:
    await night_watch(office, "hal")
    await watch_user_groups(office.bench.desk)
    office.more.pop()
    await office.accept()
    assert await watch_user_groups(office.bench.desk)
    assert (await office.bench.ledger.given()).given.user_groups == {}
    await office.bench.last("user_group_forgotten")


async def test_a_user_group_of_which_slack_does_not_tell_changes_nothing_that_was_announced(
    office: Office,
) -> None:
    await night_watch(office, "hal")
    await watch_user_groups(office.bench.desk)
    office.bench.slack.revoke_token()
    await office.bench.advance(seconds=61)
    assert not await watch_user_groups(office.bench.desk)


async def test_user_groups_are_off_unless_switched_on(office: Office) -> None:
    with pytest.raises(AccessFileError, match="slack_user_groups = true"):
        await night_watch_without_switch(office)


async def night_watch_without_switch(office: Office) -> None:
    """The same table without the switch at the top."""
    office.more.append('[user_groups.night]\nslack = "S0NIGHT"')
    await office.accept()


async def test_without_an_accepted_file_nothing_is_compared(office: Office) -> None:
    await office.bench.valkey.flush()
    assert not await watch_user_groups(office.bench.desk)
