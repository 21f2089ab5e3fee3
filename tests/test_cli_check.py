"""`gatehouse check`: each fault of an installation is its own sentence, against the stand-ins and a real server."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml

from bot.checkup.all import before_start, check, examine
from bot.checkup.findings import Remark, Weight
from bot.checkup.server import in_the_open
from bot.ledger import Ledger
from bot.ledger.address import ledger_address
from bot.models import Actor, Change, DutyChange, Event, Given, GivenWrite
from bot.models.calendars import CalendarCopy
from bot.settings import load
from bot.settings.environment import Environment
from rehearsal.portal import FaultKind, PortalSandbox
from rehearsal.portal.records import ESCALATED
from rehearsal.slack import SlackSandbox
from tests.ical.place import calendar, serving, shift
from tests.pager.places import mail_server, receiving
from tests.valkey import RunningValkey, running_valkey

ROOT = Path(__file__).resolve().parent.parent
ACCESS = """
version = 1
[organizations]
acme = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"
[people.ada]
name = "Ada"
slack = ["U0ADA"]
portal = ["ada"]
[[grants]]
people = ["ada"]
organizations = ["acme"]
permissions = ["Approve for Single Computer"]
"""


def manifest() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "app_manifest.yml").read_text(encoding="utf-8"))
    return parsed


@dataclass
class Installation:
    """A whole installation in a folder, well until a test breaks something."""

    folder: Path
    slack: SlackSandbox
    portal: PortalSandbox
    channels: dict[str, str]
    monkeypatch: pytest.MonkeyPatch
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "gatehouse.toml"

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(name, value)

    def write(self, **changed: str) -> None:
        values = self.settings | self.channels | changed
        extra = values.pop("extra", "") + f"[health]\nport = {values.pop('health', '0')}\n"
        self.config.write_text(
            f'[slack]\nteam_id = "{values["team_id"]}"\n'
            f'[routing.default]\ncard = "{values["card"]}"\nescalation = "{values["escalation"]}"\n'
            f'audit = "{values["audit"]}"\n'
            f'[escalation]\napprovers_user_group = "{values["approvers"]}"\nteam_user_group = "{values["team"]}"\n'
            + extra
        )

    def grant_to_user_groups(self, **slack_ids: str) -> None:
        """Let Slack user groups hold something in the access file; keys to ids."""
        tables = [f'[user_groups.{key}]\nslack = "{slack_id}"' for key, slack_id in slack_ids.items()]
        keys = ", ".join(f'"{key}"' for key in slack_ids)
        tables.append(
            f'[[grants]]\nuser_groups = [{keys}]\norganizations = ["acme"]\npermissions = ["Approve for Group"]'
        )
        text = ACCESS.replace("version = 1", "version = 1\nslack_user_groups = true")
        (self.folder / "access.toml").write_text("\n".join([text, *tables]))

    async def found(self, *, offline: bool = False) -> list[Remark]:
        return await examine(self.config, offline=offline)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lasting_valkey: RunningValkey
) -> AsyncIterator[Installation]:
    slack, portal = SlackSandbox(manifest()), PortalSandbox()
    monkeypatch.setenv("SLACK_API_URL", await slack.start())
    monkeypatch.setenv("PORTAL_URL", await portal.start())
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
    monkeypatch.setenv("PORTAL_TOKEN", portal.token)
    channels = {name: slack.add_channel(name, private=True) for name in ("card", "escalation", "audit")}
    ada = slack.add_person("ada")
    slack.workspace.add_person(replace(slack.workspace.people[ada], id="U0ADA"))
    installed = Installation(tmp_path, slack, portal, channels, monkeypatch)
    installed.settings = {
        "team_id": slack.team_id,
        "approvers": slack.add_user_group("approvers", ["U0ADA"]),
        "team": slack.add_user_group("escalation", ["U0ADA"]),
    }
    (tmp_path / "access.toml").write_text(ACCESS)
    installed.write()
    await lasting_valkey.flush()
    monkeypatch.setenv("REDIS_URL", lasting_valkey.url)
    try:
        yield installed
    finally:
        await slack.close()
        await portal.close()


def faults(findings: list[Remark]) -> list[str]:
    return [f"{one.part}: {one.sentence}" for one in findings if one.weight is Weight.FAULT]


def warned(findings: list[Remark]) -> list[str]:
    return [f"{one.part}: {one.sentence}" for one in findings if one.weight is Weight.WARNING]


async def test_a_well_installation_has_no_fault_and_every_part_speaks(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await check(installation.config) == 0
    said = capsys.readouterr().out
    assert "FAULT" not in said
    assert "Ready to run." in said
    for words in (
        "settings  The settings are complete",
        "access    access.toml: 1 people, 1 grants",
        "ledger    REDIS_URL answers.",
        "slack     The bot token belongs to",
        "slack     All 3 channels can be posted to",
        "slack     The app-level token opens Socket Mode.",
        "portal    The token may read approval requests.",
        "portal    The token may read Unified Audit.",
    ):
        assert words in said
    assert installation.slack.bot_token not in said
    assert installation.portal.token not in said


@pytest.mark.parametrize("offline", [True, False])
async def test_each_calendar_tells_whether_the_team_is_there_and_what_comes(
    installation: Installation, offline: bool
) -> None:
    installation.write(
        extra='[calendars.contoso]\nzone = "Europe/Berlin"\nweekdays = { mon-fri = "08:00-18:00" }\n'
        'holidays = "DE-BY"\norganizations = ["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]\n'
    )
    with time_machine.travel(datetime(2026, 12, 23, 15, tzinfo=UTC), tick=False):
        said = [
            one.sentence for one in await installation.found(offline=offline) if one.weight is Weight.GOOD
        ]
    assert "Calendar default: open until Wed 2026-12-23 18:00 (UTC). It names no public holidays." in said
    assert (
        "Calendar contoso: open until Wed 2026-12-23 18:00 (Europe/Berlin). Next holidays (DE-BY): "
        "Fri 2026-12-25 Christmas Day, Sat 2026-12-26 Second Day of Christmas, Fri 2027-01-01 New Year's Day."
        in said
    )


async def test_a_calendar_of_an_organization_that_the_token_does_not_reach_is_told(
    installation: Installation,
) -> None:
    known = installation.portal.organization_id("brightwater")
    text = '[calendars.{}]\nzone = "UTC"\nweekdays = {{}}\norganizations = ["{}"]\n'
    unknown = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e11"
    installation.write(extra=text.format("known", known) + text.format("wrong", unknown))
    said = [one for one in warned(await installation.found()) if "calendars" in one]
    assert said == [
        f"portal: [calendars.wrong] names the organization {unknown}, which the token does not reach. Check the id."
    ]


async def test_a_check_changes_nothing(installation: Installation) -> None:
    await installation.found()
    assert installation.portal.decisions == []
    assert all(installation.slack.messages(channel) == [] for channel in installation.channels.values())


async def test_the_embedded_server_is_tried_and_its_program_can_be_named(installation: Installation) -> None:
    installation.monkeypatch.delenv("REDIS_URL")
    assert faults(await installation.found()) == []
    installation.set("VALKEY_SERVER", "/nowhere/valkey-server")
    [said] = faults(await installation.found())
    assert said.startswith("ledger: VALKEY_SERVER is /nowhere/valkey-server")


async def test_offline_asks_for_no_secret_and_nobody(installation: Installation) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORTAL_TOKEN", "PORTAL_URL", "REDIS_URL"):
        installation.monkeypatch.delenv(name)
    findings = await installation.found(offline=True)
    assert faults(findings) == []
    assert {one.part for one in findings} == {"settings", "access", "offline"}
    assert installation.slack.api_calls == []
    assert list(installation.portal.traffic) == []


async def test_wrong_settings_end_the_check_with_every_sentence(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.config.write_text('[slack]\nmode = "sockets"\n')
    assert await check(installation.config) == 1
    said = capsys.readouterr().out
    assert said.count("FAULT") == 5
    assert "Mend the faults and check again." in said


async def test_each_fault_of_the_access_file_is_told(installation: Installation) -> None:
    broken = ACCESS.replace("Single Computer", "Single Computre").replace('["ada"]', '["eve"]')
    (installation.folder / "access.toml").write_text(broken)
    said = faults(await installation.found(offline=True))
    assert len(said) == 2
    assert all(sentence.startswith("access: ") and "access.toml, line " in sentence for sentence in said)


async def test_an_access_file_that_grants_nothing_is_a_warning(installation: Installation) -> None:
    (installation.folder / "access.toml").write_text(ACCESS[: ACCESS.index("[[grants]]")])
    said = warned(await installation.found(offline=True))
    assert "access: access.toml grants nobody anything: every press will be refused." in said


async def test_missing_user_groups_of_the_settings_are_warnings(installation: Installation) -> None:
    installation.write(approvers="", team="")
    findings = await installation.found(offline=True)
    assert faults(findings) == []
    assert [sentence.split(":")[1] for sentence in warned(findings)] == [
        " Reminders mention nobody",
        " Escalations mention nobody in the team's hours",
    ]


class TestLedger:
    """Redis and its durability."""

    async def test_a_server_that_is_away(self, installation: Installation) -> None:
        installation.set("REDIS_URL", f"unix://{installation.folder}/nobody.sock")
        [said] = faults(await installation.found())
        assert said.startswith("ledger: REDIS_URL cannot be used: ")

    async def test_a_server_that_may_lose_what_it_acknowledged(self, installation: Installation) -> None:
        async with running_valkey(installation.folder / "weak") as weak:
            installation.set("REDIS_URL", weak.url)
            async with weak.client() as client:
                await client.config_set("appendonly", "no")
                await client.config_set("maxmemory-policy", "allkeys-lru")
            said = faults(await installation.found())
        assert len(said) == 2
        assert all(sentence.startswith("ledger: ") for sentence in said)
        assert any("appendonly yes" in sentence for sentence in said)


class TestSlack:
    """Tokens, scopes, workspace, channels, groups."""

    async def test_a_wrong_bot_token(self, installation: Installation) -> None:
        installation.set("SLACK_BOT_TOKEN", "xoxb-1-2-unknown")
        [said] = faults(await installation.found())
        assert said.startswith("slack: Slack refuses the bot token (invalid_auth)")

    async def test_a_wrong_app_token(self, installation: Installation) -> None:
        installation.set("SLACK_APP_TOKEN", "xapp-1-A-unknown")
        [said] = faults(await installation.found())
        assert said.startswith("slack: Slack refuses the app-level token (invalid_auth)")
        assert "connections:write" in said

    async def test_a_token_of_another_workspace(self, installation: Installation) -> None:
        installation.write(team_id="T0OTHER")
        [said] = faults(await installation.found())
        assert f"belongs to workspace {installation.slack.team_id}" in said
        assert "T0OTHER" in said

    async def test_slack_is_away(self, installation: Installation) -> None:
        await installation.slack.close()
        said = faults(await installation.found())
        assert len(said) == 2
        assert all(sentence.startswith("slack: ") and "Check the network" in sentence for sentence in said)

    async def test_a_channel_that_is_shared_and_one_that_is_not_there(
        self, installation: Installation
    ) -> None:
        shared = installation.slack.add_channel("partners", private=True, shared=True)
        installation.write(card=shared, audit="C0NOBODY")
        said = faults(await installation.found())
        assert len(said) == 2
        assert f"Channel {shared} (#partners) cannot be used" in said[0]
        assert "Channel C0NOBODY" in said[1]

    async def test_a_public_channel_is_a_warning(self, installation: Installation) -> None:
        public = installation.slack.add_channel("everybody")
        installation.write(card=public)
        findings = await installation.found()
        assert faults(findings) == []
        assert any(f"Channel {public} (#everybody) is public" in sentence for sentence in warned(findings))

    async def test_slack_ids_from_which_no_press_counts(self, installation: Installation) -> None:
        """A warning for each: people leave, and everybody else works."""
        guest = installation.slack.add_person("guest", single_channel_guest=True)
        left = installation.slack.add_person("left", deactivated=True)
        ids = f'["U0ADA", "U0NOBODY", "{guest}", "{left}"]'
        (installation.folder / "access.toml").write_text(ACCESS.replace('["U0ADA"]', ids))
        findings = await installation.found()
        assert faults(findings) == []
        said = [one for one in warned(findings) if "people.ada" in one]
        assert [(one.split("Slack id ")[1].split(",")[0]) for one in said] == [
            "U0NOBODY does not exist in the workspace",
            f"{guest} is a guest's",
            f"{left} is deactivated",
        ]

    async def test_a_start_leaves_slacks_minute_to_the_presses(
        self, installation: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of hundreds of people it asks about a few, and first about those who are called by name."""
        monkeypatch.setattr("bot.checkup.slack.AT_A_START", 2)
        more = "".join(
            f'[people.{each}]\nname = "{each}"\nslack = ["U0{each.upper()}"]\n'
            for each in ("x1", "x2", "x3", "zoe")
        )
        (installation.folder / "access.toml").write_text(f"{ACCESS}{more}")
        installation.write(extra='[tiers.first]\npeople = ["zoe"]\n')
        found = await before_start(load(installation.config), installation.config)
        [asked] = [one.sentence for one in found if "Slack id U0" in one.sentence]
        assert "U0ZOE" in asked, "the second one is Ada, of whom there is nothing to say"
        everybody = await installation.found()
        assert sum("Slack id U0" in one.sentence for one in everybody) == 4

    async def test_user_groups_that_reach_nobody(self, installation: Installation) -> None:
        empty = installation.slack.add_user_group("night", [])
        installation.write(approvers=empty, team="S0GONE")
        said = faults(await installation.found())
        assert len(said) == 2
        assert f"The user group {empty} (@night) has no members" in said[0]
        assert "There is no user group S0GONE" in said[1]

    async def test_a_disabled_user_group(self, installation: Installation) -> None:
        group = installation.slack.workspace.user_groups[installation.settings["team"]]
        group.disabled = True
        [said] = faults(await installation.found())
        assert "(@escalation) is disabled" in said

    async def test_user_groups_of_the_access_file_that_are_there(self, installation: Installation) -> None:
        installation.grant_to_user_groups(night=installation.settings["team"])
        findings = await installation.found()
        assert faults(findings) == []
        said = [one.sentence for one in findings if "user_groups.night" in one.sentence]
        there = f"the user group {installation.settings['team']} (@escalation) exists and has members."
        assert said == [f"[user_groups.night] of the access file: {there}"]

    async def test_user_groups_of_the_access_file_that_give_nobody_anything(
        self, installation: Installation
    ) -> None:
        """Missing and disabled ones are faults, each with its key; an empty one may fill."""
        empty = installation.slack.add_user_group("weekend", [])
        off = installation.slack.add_user_group("off", [])
        installation.slack.workspace.user_groups[off].disabled = True
        installation.grant_to_user_groups(night="S0GONE01", day="S0GONE02", weekend=empty, off=off)
        findings = await installation.found()
        assert [sentence.partition(", so")[0] for sentence in faults(findings)] == [
            "slack: [user_groups.night] of the access file: there is no user group S0GONE01 in the workspace",
            "slack: [user_groups.day] of the access file: there is no user group S0GONE02 in the workspace",
            f"slack: [user_groups.off] of the access file: the user group {off} (@off) is disabled",
        ]
        [said] = [sentence for sentence in warned(findings) if "user_groups" in sentence]
        assert f"the user group {empty} (@weekend) has no members, so nobody has what it holds" in said

    async def test_user_groups_of_the_access_file_are_checked_also_when_none_is_mentioned(
        self, installation: Installation
    ) -> None:
        installation.write(approvers="", team="")
        installation.grant_to_user_groups(night="S0GONE01")
        [said] = faults(await installation.found())
        assert "there is no user group S0GONE01" in said

    async def test_user_groups_of_the_access_file_need_a_scope(self, installation: Installation) -> None:
        installation.grant_to_user_groups(night=installation.settings["team"])
        narrow = manifest()
        narrow["oauth_config"]["scopes"]["bot"].remove("usergroups:read")
        slack = SlackSandbox(narrow)
        installation.set("SLACK_API_URL", await slack.start())
        installation.set("SLACK_BOT_TOKEN", slack.bot_token)
        installation.write(team_id=slack.team_id)
        try:
            [said] = [each for each in faults(await installation.found()) if "names user groups" in each]
        finally:
            await slack.close()
        assert "names user groups (night), but the bot token lacks the scope usergroups:read" in said

    async def test_offline_asks_about_no_user_group(self, installation: Installation) -> None:
        installation.grant_to_user_groups(night="S0GONE01")
        assert faults(await installation.found(offline=True)) == []

    async def test_http_mode_says_where_slack_is_expected(self, installation: Installation) -> None:
        installation.write(extra='[log]\nlevel = "info"\n')
        text = installation.config.read_text().replace("[slack]\n", '[slack]\nmode = "http"\nport = 3999\n')
        installation.config.write_text(text)
        installation.set("SLACK_SIGNING_SECRET", installation.slack.signing_secret)
        findings = await installation.found()
        assert faults(findings) == []
        assert any("Slack is expected on 127.0.0.1:3999" in one.sentence for one in findings)


class TestPortal:
    """Address, token, rights."""

    async def test_a_refused_token(self, installation: Installation) -> None:
        installation.set("PORTAL_TOKEN", "0" * 64)
        [said] = faults(await installation.found())
        assert "refuses the token" in said
        assert "PORTAL_TOKEN" in said
        assert "0" * 64 not in said

    async def test_a_token_that_cannot_travel(self, installation: Installation) -> None:
        installation.set("PORTAL_TOKEN", "two words")
        [said] = faults(await installation.found())
        assert (
            said == "portal: the portal token is empty or holds blanks or control characters; copy it anew."
        )

    async def test_a_portal_that_is_away(self, installation: Installation) -> None:
        await installation.portal.close()
        [said] = faults(await asyncio.wait_for(installation.found(), 30))
        assert "does not answer as the portal does" in said

    async def test_an_address_of_something_else(self, installation: Installation) -> None:
        installation.set("PORTAL_URL", f"{installation.slack.origin}/portalapi")
        [said] = faults(await installation.found())
        assert "but it knows no approval requests. Check the address." in said

    async def test_a_grant_in_an_organization_that_the_token_does_not_reach(
        self, installation: Installation
    ) -> None:
        said = warned(await installation.found())
        assert [one for one in said if "grants in acme (7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10)" in one]
        own = ACCESS.replace(
            "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10", installation.portal.world.parent_id.upper()
        )
        (installation.folder / "access.toml").write_text(own)
        assert warned(await installation.found()) == []

    async def test_each_missing_right_is_named(self, installation: Installation) -> None:
        installation.set("PORTAL_TOKEN", installation.portal.issue_token(["View Approvals"]))
        findings = await installation.found()
        assert any("View Organizations" in sentence for sentence in faults(findings))
        assert any(
            "View Unified Audit" in sentence or "View Computers" in sentence for sentence in warned(findings)
        )

    async def test_a_broken_portal(self, installation: Installation) -> None:
        installation.portal.faults.set(FaultKind.SERVER_ERROR)
        [said] = faults(await installation.found())
        assert "does not answer as the portal does" in said


async def test_a_childless_super_admin_child_is_named(installation: Installation) -> None:
    """2.3: legal, since children may come; the file alone cannot tell, the portal's organizations do."""
    alone = installation.portal.organization_id("brightwater-cold")
    text = ACCESS.replace("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10", alone).replace(
        "Approve for Single Computer", "Super Admin - Child"
    )
    (installation.folder / "access.toml").write_text(text)
    told = [each for each in warned(await installation.found()) if "gives nothing today" in each]
    assert len(told) == 1
    assert "Ada: Super Admin - Child" in told[0]


async def test_built_in_roles_in_older_organizations_are_said(installation: Installation) -> None:
    text = ACCESS.replace('permissions = ["Approve for Single Computer"]', 'roles = ["Read Only"]')
    (installation.folder / "access.toml").write_text(text)
    assert any("2024-01-15" in each for each in warned(await installation.found(offline=True)))


async def test_who_may_decide_and_has_no_portal_name_is_a_fault(installation: Installation) -> None:
    (installation.folder / "access.toml").write_text(ACCESS.replace('portal = ["ada"]\n', ""))
    [told] = faults(await installation.found(offline=True))
    assert "people.ada.portal: Ada may decide and has no portal name" in told
    assert "portal = [" in told


async def test_an_account_that_looks_like_somebody_is_named(installation: Installation) -> None:
    """The portal's open requests are held against the people of the file."""
    file = installation.folder / "access.toml"
    file.write_text(ACCESS.replace('name = "Ada"', 'name = "Ada Lund"').replace('["ada"]\n[[', '["alu"]\n[['))
    for user in ("ada.lund", "alund", "alu", "mlind"):
        installation.portal.raise_request("execute", user=user)
    told = [each for each in warned(await installation.found()) if each.startswith("people")]
    assert len(told) == 2
    assert "ada.lund looks like ada and is not theirs in the access file" in told[1]
    assert "add it to people.ada.portal" in told[0]
    findings = await installation.found()
    assert any("1 people of the access file are among them" in one.sentence for one in findings)


async def test_of_many_open_requests_the_newest_are_looked_at_and_that_is_said(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start waits for it: of ten thousand it must not read every one."""
    monkeypatch.setattr("bot.checkup.portal._NEWEST", 3)
    users = [f"somebody{number}" for number in range(7)]
    for minutes, user in enumerate(users):
        at = installation.portal.clock.now() - timedelta(minutes=60 - minutes)
        installation.portal.raise_request("execute", user=user, requested_at=at)
    settings = load(installation.config)
    told = [each.sentence for each in await before_start(settings, installation.config)]
    assert installation.portal.calls["ApprovalRequestGetByParameters"] == 2
    [accounts] = [each for each in told if "ask in the portal now" in each]
    shown = min(3, sum(one.status_id == ESCALATED for one in installation.portal.open_requests())) + 3
    assert f"(of the open requests the newest {shown} were compared)" in accounts
    everything = [
        each.sentence for each in await installation.found() if "ask in the portal now" in each.sentence
    ]
    assert everything == [accounts]
    monkeypatch.setattr("bot.checkup.portal._NEWEST", 200)
    assert not any("newest" in each.sentence for each in await installation.found())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://:pw@ledger.example", "in the clear"),
        ("redis+sentinel://:pw@a,b/main", "in the clear"),
        ("rediss://ledger.example", "asks for no password"),
        ("rediss+sentinel://a,b/main?sentinel_password=s", "asks for no password"),
        ("rediss://:pw@ledger.example", ""),
        ("rediss://ledger.example?ssl_certfile=/c.pem&ssl_keyfile=/k.pem", ""),
        ("redis://localhost", ""),
        ("unix:///run/v.sock", ""),
    ],
)
def test_half_a_protection_of_the_ledgers_address_is_told(url: str, words: str) -> None:
    found = in_the_open(ledger_address(url))
    assert [one.weight for one in found] == ([Weight.WARNING] if words else [])
    assert all(words in one.sentence for one in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-..."),
        ("SLACK_BOT_TOKEN", "xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-your-token"),
        ("SLACK_APP_TOKEN", "xapp-\u2026"),
        ("SLACK_APP_TOKEN", "xapp-xxxxxxxx"),
        ("SLACK_APP_TOKEN", "xapp-1-XXXX-1234-0123456789abcdef"),
        ("PORTAL_TOKEN", "<token>"),
        ("PORTAL_TOKEN", "changeme"),
        ("PORTAL_TOKEN", "token"),
    ],
)
async def test_a_placeholder_is_no_secret(installation: Installation, name: str, value: str) -> None:
    installation.set(name, value)
    said = faults(await installation.found(offline=True))
    assert said == [f"settings: {name} is a placeholder, not a secret. Copy the real one."]


@pytest.mark.parametrize("value", ["xapp-1-A01-23-4fxxxx19", "xapp-1-A01-23-exchangemember"])
async def test_letters_of_a_placeholder_within_a_secret_are_none(
    installation: Installation, value: str
) -> None:
    installation.set("SLACK_APP_TOKEN", value)
    assert faults(await installation.found(offline=True)) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("team_id", "T0123ABCD"), ("card", "C0123CARDS"), ("audit", "C0123AUDIT"), ("approvers", "S0123APPR")],
)
async def test_an_id_of_the_example_file_is_a_fault(installation: Installation, key: str, value: str) -> None:
    installation.write(**{key: value})
    [said] = faults(await installation.found(offline=True))
    assert f"is still the example's ({value})" in said


@pytest.mark.parametrize("wrong", ["acme", "12345", "7d9d1b6a-0c3e-4b7e-9d55", "org-id"])
async def test_an_organization_id_that_is_no_guid_is_a_fault(installation: Installation, wrong: str) -> None:
    text = ACCESS.replace("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10", wrong)
    (installation.folder / "access.toml").write_text(text)
    [said] = faults(await installation.found(offline=True))
    assert f"organizations.acme is {wrong!r}, which is no organization id" in said


async def test_who_asked_nobody_does_not_say_that_it_is_ready(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await check(installation.config, offline=True) == 0
    said = capsys.readouterr().out
    assert "Ready to run" not in said
    assert "Not everything was asked" in said


class TestFiles:
    """Who else may write or read what decides."""

    @pytest.mark.parametrize("name", ["gatehouse.toml", "access.toml", ".env", "token"])
    @pytest.mark.parametrize("mode", [0o666, 0o602, 0o777])
    async def test_what_everybody_may_write_is_a_fault(
        self, installation: Installation, name: str, mode: int
    ) -> None:
        self._secrets(installation)
        (installation.folder / name).chmod(mode)
        [said] = faults(await installation.found(offline=True))
        assert f"{name} can be written by everybody ({mode:04o})" in said

    @pytest.mark.parametrize(("name", "is_told"), [(".env", True), ("token", True), ("access.toml", False)])
    async def test_what_everybody_may_read_is_a_warning_where_it_is_secret(
        self, installation: Installation, name: str, *, is_told: bool
    ) -> None:
        self._secrets(installation)
        (installation.folder / name).chmod(0o644)
        findings = await installation.found(offline=True)
        assert faults(findings) == []
        told = [one for one in warned(findings) if "can be read by everybody" in one]
        assert len(told) == is_told

    async def test_a_secrets_folder_is_looked_at_file_by_file(self, installation: Installation) -> None:
        folder = installation.folder / "secrets"
        folder.mkdir(mode=0o700)
        (folder / "portal_token").write_text("f" * 64)
        (folder / "portal_token").chmod(0o606)
        installation.monkeypatch.delenv("PORTAL_TOKEN")
        installation.set("GATEHOUSE_SECRETS_DIR", str(folder))
        [said] = faults(await installation.found(offline=True))
        assert "portal_token can be written by everybody" in said

    async def test_a_folder_that_everybody_may_write_into_is_a_fault(
        self, installation: Installation
    ) -> None:
        (installation.folder / "open").mkdir()
        (installation.folder / "open").chmod(0o777)
        (installation.folder / "access.toml").rename(installation.folder / "open" / "access.toml")
        installation.write(extra='[access]\nfile = "open/access.toml"\n')
        [said] = faults(await installation.found(offline=True))
        assert "access.toml can be replaced by everybody" in said

    async def test_a_data_folder_that_is_open_is_told_and_closed(self, installation: Installation) -> None:
        installation.monkeypatch.delenv("REDIS_URL")
        data = installation.folder / "data"
        data.mkdir()
        data.chmod(0o755)
        [said] = [one for one in warned(await installation.found()) if "data folder" in one]
        assert "is open to others (0755)" in said
        assert not data.stat().st_mode & 0o077

    def _secrets(self, installation: Installation) -> None:
        """A `.env` and a secret's file, both closed."""
        for name, text in ((".env", "PORTAL_URL=\n"), ("token", "f" * 64)):
            (installation.folder / name).write_text(text)
            (installation.folder / name).chmod(0o600)
        installation.monkeypatch.delenv("PORTAL_TOKEN")
        installation.set("PORTAL_TOKEN_FILE", str(installation.folder / "token"))


async def test_a_test_of_the_second_ways_calls_by_each_of_them(installation: Installation) -> None:
    """On demand only; one that does not take it is a fault with its name."""
    installation.set("FALLBACK_WEBHOOK_SECRET", "both sides know it")
    async with receiving() as receiver, mail_server() as server:
        mail = (
            f'smtp_host = "127.0.0.1"\nsmtp_port = {server.port}\nsmtp_security = "none"\n'
            'mail_from = "gatehouse@example.com"\nmail_to = ["oncall@example.com"]\n'
        )
        installation.write(extra=f'[fallback]\nwebhook_url = "{receiver.url}"\n{mail}')
        told = [one for one in await installation.found() if one.part == "fallback"]
        assert [one.sentence for one in told] == [
            "Escalations that Slack does not take for 120 s go out by webhook and e-mail."
        ]
        assert receiver.calls == []
        receiver.status = 404
        found = await examine(installation.config, offline=False, send_test=True)
        (wrong,) = faults(found)
        assert "The test by webhook was not taken: it answers 404" in wrong
        assert any("The test by e-mail was taken" in one.sentence for one in found)
        assert len(server.mails) == 2
        receiver.status = 200
        assert faults(await examine(installation.config, offline=False, send_test=True)) == []
        assert [one.body["action"] for one in receiver.calls] == ["trigger", "trigger", "resolve"]


async def test_without_a_second_way_there_is_none_to_test(installation: Installation) -> None:
    (wrong,) = faults(await examine(installation.config, offline=False, send_test=True))
    assert "no second way to test" in wrong


async def test_the_channel_of_the_weekly_post_is_looked_at_and_stops_nothing(
    installation: Installation,
) -> None:
    weekly = installation.slack.add_channel("figures", private=True)
    installation.write(extra=f'[weekly]\nchannel = "{weekly}"\n')
    assert faults(await installation.found()) == []
    installation.slack.changes.archive(weekly)
    told = [one for one in await installation.found() if weekly in one.sentence]
    assert [one.weight for one in told] == [Weight.WARNING]
    installation.write(extra='[weekly]\nchannel = "C0NOWHERE"\n')
    assert any("C0NOWHERE" in one.sentence for one in await installation.found())


# Tiers and plans


async def test_somebody_in_a_tier_without_the_right_to_decide_is_a_fault(installation: Installation) -> None:
    people = '[people.vic]\nname = "Vic"\nslack = ["U0VIC"]\nportal = ["vic"]\n[people.una]\nname = "Una"\n'
    grants = (
        '[[grants]]\npeople = ["vic"]\norganizations = ["acme"]\npermissions = ["View Approvals"]\n'
        '[[grants]]\npeople = ["una"]\norganizations = ["acme"]\npermissions = ["Approve for Group"]\n'
    )
    (installation.folder / "access.toml").write_text(ACCESS + people + grants)
    installation.write(extra='[tiers.first]\npeople = ["ada", "vic", "una", "bob"]\n')
    assert [one for one in faults(await installation.found(offline=True)) if one.startswith("tiers")] == [
        (
            "tiers: [tiers.first] people names vic, who may decide nothing anywhere. Give them the right in the access "
            "file, or take them out there."
        ),
        "tiers: [tiers.first] people names una, who has no Slack id in the access file. Add it there.",
        "tiers: [tiers.first] people names bob, who is not in the access file. Mend the key.",
    ]
    installation.write(extra='[tiers.first]\npeople = ["ada"]\n')
    found = await installation.found(offline=True)
    assert "Whoever a tier names may decide something (first)." in [one.sentence for one in found]
    (installation.folder / "access.toml").write_text("version = 9")
    assert not [one for one in faults(await installation.found(offline=True)) if one.startswith("tiers")]


async def test_holes_of_a_rota_are_named_and_who_on_it_may_decide_nothing_is_a_fault(
    installation: Installation,
) -> None:
    people = '[people.vic]\nname = "Vic"\nslack = ["U0VIC"]\nportal = ["vic"]\n'
    (installation.folder / "access.toml").write_text(ACCESS + people)
    today = datetime.now(UTC).date()
    away = f"{today + timedelta(days=3)}"
    rota = f'zone = "UTC"\npeople = ["ada", "ada"]\nstarts = {today - timedelta(days=7)}\nhand_over = "mon-sun 00:00"\n'
    tier = '[tiers.first]\nrota = "days"\n[rotas.days]\n'
    installation.write(extra=f"{tier}{rota}[away.ada]\ntimes = [{away}]\n")
    (said,) = [one for one in warned(await installation.found(offline=True)) if one.startswith("tiers")]
    (begins, ends) = (f"{today + timedelta(days=each):%a %Y-%m-%d} 00:00" for each in (3, 4))
    assert (
        f"on call for the tier first in the coming 28 days (UTC): {begins} until {ends}. The next tier"
        in said
    )
    overrides = f'overrides = {{ {away} = "vic", {today + timedelta(days=9)} = "una" }}\n'
    installation.write(extra=f"{tier}{rota}{overrides}[away.bob]\ntimes = [{away}]\n")
    assert [one for one in faults(await installation.found(offline=True)) if one.startswith("tiers")] == [
        (
            "tiers: [rotas.days] overrides names vic, who may decide nothing anywhere. Give them the right in the "
            "access file, or take them out there."
        ),
        "tiers: [rotas.days] overrides names una, who is not in the access file. Mend the key.",
        "tiers: [away.bob] is nobody's: bob is not in the access file. Mend the key.",
    ]
    hours = 'hours = { mon-sun = "08:00-20:00" }\n'
    installation.write(extra=f"{tier}{rota}{hours}")
    (said,) = [one for one in warned(await installation.found(offline=True)) if one.startswith("tiers")]
    assert ", and 1" in said
    assert " more. The next tier is called then." in said
    # Whoever is called in the holes fills them.
    filled = tier.replace("rota =", 'people = ["ada"]\nrota =')
    installation.write(extra=f"{filled}{rota}{hours}")
    assert not [one for one in warned(await installation.found(offline=True)) if one.startswith("tiers")]


async def test_somebody_quiet_on_a_rota_is_a_fault(installation: Installation) -> None:
    """No call would ever name them."""
    named = ACCESS.replace("[people.ada]\n", "[people.ada]\nquiet = true\n")
    assert named != ACCESS
    (installation.folder / "access.toml").write_text(named)
    rota = '[tiers.first]\nrota = "week"\n[rotas.week]\nzone = "UTC"\npeople = ["ada"]\nstarts = 2026-11-02\n'
    installation.write(extra=rota)
    (said,) = [one for one in faults(await installation.found(offline=True)) if one.startswith("tiers")]
    assert "[rotas.week] people names ada, whom the access file has as quiet" in said


async def test_what_was_arranged_in_slack_fills_holes_and_is_held_against_the_access_file(
    installation: Installation,
) -> None:
    people = '[people.vic]\nname = "Vic"\nslack = ["U0VIC"]\nportal = ["vic"]\n'
    (installation.folder / "access.toml").write_text(ACCESS + people)
    now = datetime.now(UTC).replace(microsecond=0)
    begins = now.date() + timedelta(days=3)
    rota = f'[rotas.week]\nzone = "UTC"\npeople = ["ada"]\nstarts = {begins}\n'
    installation.write(extra=f'[tiers.first]\nrota = "week"\n{rota}')
    assert [one for one in warned(await installation.found()) if "on call for the tier first" in one]
    change = DutyChange(
        duty_id="y1",
        person_id="vic",
        person_name="Vic",
        rota="week",
        starts=now - timedelta(days=1),
        ends=now + timedelta(days=40),
        by=Actor(person_id="ada", name="Ada", slack_user_id="U0ADA"),
        at=now,
    )
    elsewhere = change.model_copy(update={"rota": "gone", "person_id": "una"})
    secret = load(installation.config).ledger_secret()
    ledger = await Ledger.connect(os.environ["REDIS_URL"], replica_id="other", secret=secret)
    given = GivenWrite(Given(duty=(change, elsewhere)), 0)
    await ledger.commit(Change(op_id="duty", events=[Event(name="help_read")], given=given))
    await ledger.close()
    found = await installation.found()
    assert not [one for one in warned(found) if "on call for the tier first" in one]
    (said,) = [one for one in faults(found) if one.startswith("tiers")]
    assert "arranged in Slack for [rotas.week] names vic, who may decide nothing anywhere." in said
    assert [one for one in warned(await installation.found(offline=True)) if "on call for the tier" in one]
    installation.set("REDIS_URL", "redis://127.0.0.1:1/0")
    assert not [one for one in faults(await installation.found()) if one.startswith("tiers")]


async def test_a_rotas_calendar_is_asked_and_held_against_the_access_file(installation: Installation) -> None:
    people = '[people.vic]\nname = "Vic"\nslack = ["U0VIC"]\nportal = ["vic"]\n'
    (installation.folder / "access.toml").write_text(ACCESS + people)
    now = datetime.now(UTC)
    days = [f"{now + timedelta(days=each):%Y%m%dT000000Z}" for each in range(-1, 35)]
    async with serving() as server:
        rota = f'[tiers.first]\nrota = "week"\n[rotas.week]\nzone = "UTC"\nical_url = "{server.url}/x.ics"\n'
        installation.write(extra=rota)
        server.status = 500
        found = await installation.found()
        (away,) = [one for one in found if "cannot be read" in one.sentence]
        assert (away.weight, away.passes) == (Weight.FAULT, True), "it stops no start"
        assert "(127.0.0.1) cannot be read: it answers 500. There is no earlier copy" in away.sentence
        ledger = await Ledger.connect(os.environ["REDIS_URL"], replica_id="other")
        copy = CalendarCopy(read_at=datetime(2026, 11, 1, 8, tzinfo=UTC), until=now)
        await ledger.calendars.keep("week", copy, [])
        await ledger.close()
        (away,) = [one for one in await installation.found() if "cannot be read" in one.sentence]
        assert (
            "it answers 500. The copy of 2026-11-01 08:00 UTC is used. Look at its address." in away.sentence
        )
        server.status = 200
        server.body = calendar(
            shift("1", days[0], days[8], "SUMMARY:ada"),
            shift("2", days[9], days[35], "SUMMARY:vic"),
            *(shift(f"odd{each}", days[8], days[9], f"SUMMARY:nobody {each}") for each in range(12)),
        )
        found = await installation.found()
        told = [f"{one.weight} {one.sentence}" for one in found if one.part in ("rotas", "tiers")]
        assert any("ok The calendar of [rotas.week] is read: 2 turns until " in one for one in told), told
        assert sum("names nobody of the access file" in one for one in told) == 10
        assert "warning [rotas.week] calendar: 2 more odd events." in told
        assert any(
            "FAULT [rotas.week] calendar names vic, who may decide nothing anywhere" in one for one in told
        )
        assert sum("Nobody is on call for the tier first" in one for one in told) == 1
        (installation.folder / "access.toml").write_text("version = 9")
        assert not [one for one in await installation.found() if "turns until" in one.sentence]
        offline = await installation.found(offline=True)
        assert not [one for one in offline if "on call for the tier" in one.sentence]


async def test_somebody_on_a_rota_who_left_the_workspace_is_a_fault_that_stops_no_start(
    installation: Installation,
) -> None:
    """Of anybody else it is a warning: people leave, and the rest works."""
    left = installation.slack.add_person("left", deactivated=True)
    (installation.folder / "access.toml").write_text(ACCESS.replace("U0ADA", left))
    rota = '[tiers.first]\nrota = "week"\n[rotas.week]\nzone = "UTC"\npeople = ["ada"]\nstarts = 2026-11-02\n'
    installation.write(extra=rota)
    (found,) = [one for one in await installation.found() if "is deactivated" in one.sentence]
    assert (found.weight, found.passes) == (Weight.FAULT, True)
    assert f"{left} is deactivated, so [rotas.week] people calls nobody there." in found.sentence
    installation.write()
    (found,) = [one for one in await installation.found() if "is deactivated" in one.sentence]
    assert found.weight is Weight.WARNING


async def test_members_of_a_tiers_user_group_without_the_right_are_told(installation: Installation) -> None:
    """Calls leave them out; so the group is not mentioned as a whole."""
    others = [installation.slack.add_person(f"other{each}") for each in range(7)]
    mixed = installation.slack.add_user_group("mixed", ["U0ADA", others[0]])
    none = installation.slack.add_user_group("none", others)
    nobody = installation.slack.add_user_group("nobody", [])
    installation.write(
        extra=f'[tiers.mixed]\nuser_group = "{mixed}"\n[tiers.none]\nuser_group = "{none}"\n'
        f'[tiers.nobody]\nuser_group = "{nobody}"\n'
    )
    said = [one for one in warned(await installation.found()) if one.startswith("tiers")]
    assert [one.partition(": ")[2].partition(". ")[0] for one in said] == [
        f"The user group of the tier mixed holds people who may decide nothing (1 of 2): {others[0]}",
        (
            "The user group of the tier none holds people who may decide nothing (all of them, so it is passed over): "
            f"{', '.join(sorted(others)[:5])} and 2 more"
        ),
    ]


async def test_a_plan_that_waits_for_hours_that_never_begin_is_told(installation: Installation) -> None:
    never = '[calendars.default]\nzone = "UTC"\nweekdays = {}\n'
    installation.write(extra=never + '[plans.lift]\noutside = "hold"\n')
    [said] = [one for one in warned(await installation.found(offline=True)) if one.startswith("tiers")]
    assert "[plans.lift] counts open hours, and the calendar default has none for a year and more" in said
    installation.write(extra=never + "[plans.lift]\ntarget_minutes = 4\n")
    assert not [one for one in warned(await installation.found(offline=True)) if one.startswith("tiers")]


async def test_a_tiers_user_group_and_channel_are_looked_at_as_the_others_are(
    installation: Installation,
) -> None:
    installation.write(extra='[tiers.x]\nuser_group = "S0GONE"\nchannel = "C0GONE"\n')
    said = faults(await installation.found())
    assert (
        "slack: There is no user group S0GONE in the workspace; mend [tiers.x] user_group or the group."
        in said
    )
    assert any(one.startswith("slack: Channel C0GONE cannot be used: Slack does not find it") for one in said)
