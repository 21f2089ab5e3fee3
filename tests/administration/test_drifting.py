"""The access file compared with Slack and the portal: told on Mondays, once, and nobody gains or loses anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.administration.drifting import LOOK_BACK, Sides, outside_of, tell_drift
from bot.desk import AccessDesk
from bot.rules.drift import Drift, compared
from permissions import Action
from rehearsal.portal import FaultKind
from rehearsal.portal.records import SystemAuditRow, UserRole
from rehearsal.portal.rights import ALL_RIGHTS, SUPER_ADMIN, VIEW_SYSTEM_AUDIT
from tests.administration.office import Office

MONDAY = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


async def to_monday(office: Office) -> None:
    await office.bench.advance(seconds=(MONDAY - office.bench.desk.now()).total_seconds())


def sides(office: Office, **other: object) -> Sides:
    desk = office.bench.desk
    asked = {"people": desk.people, "groups": desk.access.user_groups, "portal": desk.portal} | other
    return Sides(**asked)  # type: ignore[arg-type]


async def differences(office: Office, **other: object) -> tuple[list[tuple[Drift, str]], tuple[str, ...]]:
    desk = office.bench.desk
    access = await desk.access.file()
    outside = await outside_of(access, sides(office, **other), desk.now())
    return [(each.drift, each.person_id) for each in compared(access, outside)], outside.not_compared


async def test_who_left_is_told_and_keeps_what_the_file_says(office: Office) -> None:
    """Dee is deactivated in the story. A right that nobody can use is not taken by that."""
    found, _ = await differences(office)
    assert (Drift.GONE, "dee") in found
    access = await office.bench.desk.access.file()
    assert access.grants_of("dee")


@pytest.mark.parametrize(
    ("flags", "drift"),
    [
        ({"deactivated": True}, Drift.GONE),
        ({"guest": "single_channel"}, Drift.GUEST),
        ({"bot": True}, Drift.NOT_A_MEMBER),
        ({"email_confirmed": False}, Drift.NOT_A_MEMBER),
        ({"real_name": "Somebody Else"}, Drift.RENAMED),
    ],
)
async def test_each_change_in_slack_is_found(office: Office, flags: dict[str, object], drift: Drift) -> None:
    people = office.bench.slack.workspace.people
    hal = office.bench.cast["hal"]
    people[hal] = replace(people[hal], **flags)  # type: ignore[arg-type]
    found, _ = await differences(office)
    assert (drift, "hal") in found


async def test_an_account_that_is_no_more(office: Office) -> None:
    del office.bench.slack.workspace.people[office.bench.cast["hal"]]
    found, _ = await differences(office)
    assert (Drift.GONE, "hal") in found


async def test_what_slack_does_not_tell_is_said_and_is_no_difference(office: Office) -> None:
    office.bench.slack.revoke_token()
    found, missing = await differences(office)
    assert found == []
    assert missing[0].endswith("then Slack did not tell.")


async def test_members_whom_the_file_does_not_name(office: Office) -> None:
    slack = office.bench.slack
    group = slack.add_user_group("night", [slack.add_person("new"), office.bench.cast["hal"]])
    office.top.append("slack_user_groups = true")
    office.more.append(f'[user_groups.night]\nslack = "{group}"')
    await office.accept()
    found, _ = await differences(office)
    assert (Drift.NOT_IN_FILE, "") in found
    _, missing = await differences(office, groups=None)
    assert "The members of the user group night could not be read." in missing


async def test_who_acts_in_the_portal_and_is_not_in_the_file(office: Office) -> None:
    portal, now = office.bench.portal, office.bench.desk.now()
    row = SystemAuditRow(
        "a1", portal.world.parent_id, "stranger@example.com", "Logon", "", "", "", now - timedelta(days=1)
    )
    old = replace(row, system_audit_id="a2", email="old@example.com", at=now - LOOK_BACK - timedelta(days=1))
    portal.world.system_audit += [row, old]
    access = await office.bench.desk.access.file()
    outside = await outside_of(access, sides(office), now)
    assert outside.logged_on == frozenset({"stranger@example.com"})
    assert any(
        "stranger@example.com logs on to the portal" in each.sentence for each in compared(access, outside)
    )


async def test_without_the_right_or_the_portal_that_is_said(office: Office) -> None:
    portal = office.bench.portal
    portal.state.tokens[portal.token] = replace(
        portal.state.tokens[portal.token], permissions=ALL_RIGHTS - {SUPER_ADMIN, VIEW_SYSTEM_AUDIT}
    )
    _, missing = await differences(office)
    assert any("the token lacks View System Audit" in each for each in missing)
    portal.faults.set(FaultKind.DOWN)
    _, missing = await differences(office)
    assert any("Who logs on to the portal was not compared: " in each for each in missing)
    outside = await outside_of(
        await office.bench.desk.access.file(), sides(office, portal=None), office.bench.desk.now()
    )
    assert outside.logged_on is None


async def test_roles_are_compared_where_that_is_switched_on(office: Office) -> None:
    portal = office.bench.portal
    brightwater = portal.organization_id("brightwater")
    office.more.append(
        '[roles."Help Desk"]\norganizations = ["brightwater"]\npermissions = ["View Approvals"]'
    )
    await office.accept()
    portal.world.user_roles.append(
        UserRole("r1", brightwater, "Help Desk", ("View Approvals", "View Computers"))
    )
    found, missing = await differences(office)
    assert Drift.ROLE_DIFFERS not in [drift for drift, _ in found]
    assert "The portal's roles were not compared ([access] portal_roles is off)." in missing
    found, _ = await differences(office, with_roles=True)
    assert (Drift.ROLE_DIFFERS, "") in found
    portal.faults.set(FaultKind.DOWN)
    _, missing = await differences(office, with_roles=True)
    assert any("The portal's roles were not compared: " in each for each in missing)


class TestWeekly:
    """In the audit channel, on Mondays between seven and eight."""

    async def test_it_is_told_once_however_many_come_by(self, office: Office) -> None:
        await to_monday(office)
        desk, bench = office.bench.desk, office.bench
        assert await tell_drift(desk)
        before = len(bench.slack.api_calls)
        assert await tell_drift(desk), "the ledger knows it already"
        assert len(bench.slack.api_calls) == before, "and nobody is asked for it again"
        await bench.say()
        [said] = [each for each in office.announced() if "The access file and the people differ" in each]
        assert "is deactivated" in said
        assert "gatehouse access drift" in said
        [event] = [one.event for one in await desk.ledger.events() if one.event.name == "access_compared"]
        assert event.facts["differences"] == {"gone": 2, "guest": 1}
        assert await office.verdict("dee", Action.APPROVE)

    @pytest.mark.parametrize("off_by", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=1)])
    async def test_at_any_other_time_nobody_is_asked(self, office: Office, off_by: timedelta) -> None:
        await to_monday(office)
        await office.bench.advance(seconds=off_by.total_seconds() + 24 * 3600 * 7 * (off_by < timedelta(0)))
        before = len(office.bench.slack.api_calls)
        assert not await tell_drift(office.bench.desk)
        assert len(office.bench.slack.api_calls) == before

    async def test_while_another_replica_is_at_it_nobody_is_asked(self, office: Office) -> None:
        await to_monday(office)
        desk, bench = office.bench.desk, office.bench
        held = await bench.ledger._door.call("lead", "access_drift", "another", 60_000)
        assert held == [1]
        before = len(bench.slack.api_calls)
        assert not await tell_drift(desk)
        assert len(bench.slack.api_calls) == before

    async def test_it_can_be_switched_off(self, office: Office) -> None:
        await to_monday(office)
        desk = office.bench.desk
        access = desk.rules.access.model_copy(update={"weekly_drift": False})
        off = replace(desk, rules=desk.rules.model_copy(update={"access": access}))
        assert not await tell_drift(off)

    async def test_where_nothing_differs_nothing_is_said(self, office: Office) -> None:
        slack, cast = office.bench.slack, office.bench.cast
        well = {"deactivated": False, "guest": None, "team_id": slack.team_id}
        for each in (cast["dee"], cast["gus"], cast["pat"]):
            slack.workspace.people[each] = replace(slack.workspace.people[each], **well)  # type: ignore[arg-type]
        await to_monday(office)
        assert not await tell_drift(office.bench.desk)
        [event] = [
            one.event
            for one in await office.bench.desk.ledger.events()
            if one.event.name == "access_compared"
        ]
        assert event.facts["differences"] == {}

    async def test_without_an_accepted_file_nothing_is_compared(self, office: Office) -> None:
        await to_monday(office)
        desk = office.bench.desk
        await desk.ledger._door.read("DEL", "{gatehouse}:access")
        assert not await tell_drift(replace(desk, access=AccessDesk(desk.ledger)))
