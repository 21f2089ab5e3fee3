"""`gatehouse init` against the stand-ins, over real sockets: what it writes, what it refuses and says."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkup.all import check, examine
from bot.installing import Answers, CannotInstall, begin
from bot.installing.files import ADMINISTRATOR
from bot.installing.portal import address_of
from bot.settings import load
from permissions import BUILT_IN_ROLES, load_access_file
from rehearsal.portal import FaultKind
from rehearsal.portal.rights import VIEW_APPROVALS
from tests.installing.conftest import Nobody, Outside, Somebody

ROOT = Path(__file__).resolve().parents[2]
GIVEN = Answers(
    cards="approvals",
    escalations="#escalations",
    audit="gatehouse-audit",
    approvers="@approvers",
    team="",
    administrator="anna@example.com",
    account="NORTHWIND\\anna",
)


def there() -> list[str]:
    return sorted(each.name for each in Path().iterdir())


def text_of(name: str) -> str:
    return Path(name).read_text("utf-8")


def put(name: str, text: str) -> None:
    Path(name).write_text(text, "utf-8")


def mode_of(name: str) -> int:
    return stat.S_IMODE(Path(name).stat().st_mode)


async def refused(answers: Answers) -> str:
    with pytest.raises(CannotInstall) as told:
        await begin(answers, Nobody().talk())
    assert not {*there()} & {"gatehouse.toml", "access.toml", ".env"}
    return str(told.value)


async def test_flags_and_environment_make_an_installation_that_checks_well(
    outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    """And with nothing else in the environment than what it wrote itself."""
    await begin(GIVEN, Nobody().talk())
    outside.forget("SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORTAL_URL", "PORTAL_TOKEN")
    put("gatehouse.toml", text_of("gatehouse.toml") + "[health]\nport = 0\n")
    assert await check() == 0
    said = capsys.readouterr().out
    assert "FAULT" not in said
    assert "Ready to run." in said
    settings = load()
    assert settings.writes == "off"
    assert settings.slack.team_id == outside.slack.team_id
    assert settings.ledger.key.get_secret_value()
    assert settings.escalation.zone == "Europe/Vienna"


async def test_nothing_is_left_as_a_placeholder(outside: Outside) -> None:
    await begin(GIVEN, Nobody().talk())
    findings = await examine(None, offline=True)
    assert [
        one.sentence for one in findings if "example" in one.sentence or "placeholder" in one.sentence
    ] == []
    channels = {one.name: one.id for one in outside.slack.workspace.channels.values()}
    written = tomllib.loads(text_of("gatehouse.toml"))
    assert written["routing"]["default"] == {
        "card": channels["approvals"],
        "escalation": channels["escalations"],
        "audit": channels["gatehouse-audit"],
    }


async def test_the_access_file_names_the_organizations_and_one_administrator(outside: Outside) -> None:
    await begin(GIVEN, Nobody().talk())
    access = load_access_file("access.toml")
    assert set(access.organization_ids.values()) == {
        one.organization_id for one in outside.portal.world.organizations.values()
    } - {outside.portal.world.master_id}
    [person] = access.persons
    assert (person.name, person.portal_names) == ("Anna", ("NORTHWIND\\anna",))
    [grant] = access.grants
    assert (grant.role, grant.organization_id, grant.and_below) == (
        ADMINISTRATOR,
        outside.portal.world.parent_id,
        True,
    )
    assert ADMINISTRATOR in BUILT_IN_ROLES


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
async def test_the_secrets_are_readable_by_nobody_else(outside: Outside) -> None:
    old = os.umask(0)
    try:
        await begin(GIVEN, Nobody().talk())
    finally:
        os.umask(old)
    assert mode_of(".env") == 0o600
    assert mode_of("gatehouse.toml") == 0o644
    for file in ("gatehouse.toml", "access.toml"):
        text = text_of(file)
        assert outside.slack.bot_token not in text
        assert outside.portal.token not in text


class TestThatIsThere:
    """Nothing is overwritten without being told."""

    @pytest.mark.parametrize("name", ["gatehouse.toml", "access.toml", ".env"])
    async def test_a_file_that_is_there_is_left_alone(self, outside: Outside, name: str) -> None:
        put(name, "# mine\n")
        with pytest.raises(CannotInstall, match="there already, and nothing was written"):
            await begin(GIVEN, Nobody().talk())
        assert there() == [name]
        assert text_of(name) == "# mine\n"
        assert outside.slack.api_calls == []

    @pytest.mark.usefixtures("outside")
    async def test_a_link_that_leads_nowhere_counts_as_there(self, tmp_path: Path) -> None:
        (tmp_path / "access.toml").symlink_to("nowhere")
        with pytest.raises(CannotInstall, match="is there already"):
            await begin(GIVEN, Nobody().talk())

    async def test_with_leave_the_old_one_is_kept_and_its_secrets_go_on(self, outside: Outside) -> None:
        """The ledger's key above all: with another one, what was given in Slack would rest."""
        await begin(GIVEN, Nobody().talk())
        before = load().ledger.key
        outside.forget("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORTAL_TOKEN")
        await begin(replace(GIVEN, replace=True, audit="approvals"), Nobody().talk())
        assert "gatehouse.toml.before" in there()
        assert mode_of(".env.before") == 0o600
        assert load().ledger.key == before

    async def test_a_ledger_that_had_no_key_gets_none(self, outside: Outside) -> None:
        """Its marks were made with the bot token."""
        put(".env", f"PORTAL_TOKEN={outside.portal.token}\n")
        await begin(replace(GIVEN, replace=True), Nobody().talk())
        assert "LEDGER_KEY" not in text_of(".env")

    @pytest.mark.usefixtures("outside")
    async def test_a_folder_that_is_none(self) -> None:
        assert "there is no such folder" in await refused(replace(GIVEN, folder=Path("nowhere")))

    @pytest.mark.usefixtures("outside")
    async def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        """The three files are written whole before the first one is put in its place."""
        (tmp_path / "..env.new").mkdir()
        assert "the files cannot be written" in await refused(GIVEN)
        assert there() == ["..env.new"]


class TestTokens:
    """A wrong token is said in a sentence."""

    async def test_a_wrong_bot_token(self, outside: Outside) -> None:
        outside.know(SLACK_BOT_TOKEN="xoxb-1-2-three")
        assert "SLACK_BOT_TOKEN: Slack refuses the bot token (invalid_auth)" in await refused(GIVEN)

    async def test_a_token_with_a_blank(self, outside: Outside) -> None:
        outside.know(SLACK_BOT_TOKEN="xoxb-1 2")
        assert "holds a blank or a letter that no token has" in await refused(GIVEN)

    async def test_a_wrong_app_token(self, outside: Outside) -> None:
        outside.know(SLACK_APP_TOKEN=outside.slack.bot_token)
        assert "SLACK_APP_TOKEN: Slack refuses the app-level token" in await refused(GIVEN)

    async def test_a_wrong_portal_token(self, outside: Outside) -> None:
        outside.know(PORTAL_TOKEN="0" * 64)
        assert "refuses the token" in await refused(GIVEN)

    async def test_a_portal_token_that_no_header_takes(self, outside: Outside) -> None:
        outside.know(PORTAL_TOKEN="caf\u00e9")
        assert (await refused(GIVEN)).startswith("PORTAL_TOKEN: ")

    async def test_a_portal_token_that_may_not_read_organizations(self, outside: Outside) -> None:
        outside.know(PORTAL_TOKEN=outside.portal.issue_token([VIEW_APPROVALS]))
        assert "The organizations cannot be read" in await refused(GIVEN)

    async def test_a_portal_that_is_away(self, outside: Outside) -> None:
        outside.portal.faults.set(FaultKind.DOWN)
        assert "does not answer as the portal does" in await refused(GIVEN)

    async def test_slack_is_away(self, outside: Outside) -> None:
        await outside.slack.close()
        assert "Check the network" in await refused(GIVEN)

    async def test_missing_scopes(self, outside: Outside) -> None:
        await outside.lose_scope("users:read")
        assert "lacks the scope users:read" in await refused(GIVEN)

    async def test_one_from_a_file_of_its_own_stays_there(self, outside: Outside, tmp_path: Path) -> None:
        secret = tmp_path / "portal-token"
        secret.write_text(outside.portal.token)
        outside.forget("PORTAL_TOKEN")
        outside.monkeypatch.setenv("PORTAL_TOKEN_FILE", str(secret))
        await begin(GIVEN, Nobody().talk())
        assert "PORTAL_TOKEN" not in text_of(".env")
        assert load().portal.token.get_secret_value() == outside.portal.token

    async def test_one_that_is_set_twice(self, outside: Outside, tmp_path: Path) -> None:
        outside.monkeypatch.setenv("PORTAL_TOKEN_FILE", str(tmp_path / "elsewhere"))
        assert "are both set" in await refused(GIVEN)

    async def test_in_http_mode_the_signing_secret_takes_the_place_of_the_app_token(
        self, outside: Outside
    ) -> None:
        outside.forget("SLACK_APP_TOKEN")
        answers = replace(GIVEN, mode="http")
        assert "SLACK_SIGNING_SECRET is not given" in await refused(answers)
        outside.monkeypatch.setenv("SLACK_SIGNING_SECRET", outside.slack.signing_secret)
        await begin(answers, Nobody().talk())
        assert load().slack.mode == "http"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(GIVEN, cards=None), "--cards is not given, and nobody is there to be asked"),
        (replace(GIVEN, cards=""), "--cards: A channel is needed. There are: #"),
        (replace(GIVEN, cards="nowhere"), "The bot is in no channel #nowhere. Invite it there"),
        (replace(GIVEN, cards="no-bot"), "The bot is in no channel #no-bot"),
        (replace(GIVEN, cards="old-times"), "The bot is in no channel #old-times"),
        (replace(GIVEN, cards="partners"), "it is shared with another organization"),
        (replace(GIVEN, approvers="nobodies"), "There is no user group @nobodies in the workspace. There are: @"),
        (replace(GIVEN, administrator="who@example.com"), "Slack knows nobody by 'who@example.com'"),
        (replace(GIVEN, administrator="U0NOBODY"), "Slack knows nobody by 'U0NOBODY'"),
        (replace(GIVEN, administrator="gina@example.com"), "is a guest's, so it may do nothing"),
        (replace(GIVEN, administrator="otherbot@example.com"), "Slack knows nobody"),
        (replace(GIVEN, account=None), "--account is not given"),
        (replace(GIVEN, account="SYSTEM"), "'SYSTEM' is no person's account"),
        (replace(GIVEN, zone="Mars/Olympus"), "--zone: 'Mars/Olympus' is no time zone"),
        (replace(GIVEN, portal="ninety"), "'ninety' is no portal"),
        (replace(GIVEN, portal="http://portal.example/portalapi"), "is no portal"),
    ],
)  # fmt: skip
async def test_an_answer_that_does_not_fit_is_told_and_nothing_is_written(
    outside: Outside, wrong: Answers, said: str
) -> None:
    assert said in await refused(wrong)


async def test_an_instance_is_its_letter() -> None:
    assert await address_of("B") == "https://portalapi.b.threatlocker.com/portalapi"


async def test_without_the_scope_user_groups_are_left_out(outside: Outside) -> None:
    await outside.lose_scope("usergroups:read")
    assert "lacks the scope usergroups:read" in await refused(GIVEN)
    await begin(replace(GIVEN, approvers=""), Nobody().talk())
    assert load().escalation.approvers_user_group == ""


async def test_nobody_need_administer_and_that_is_said(outside: Outside) -> None:
    nobody = Nobody()
    await begin(replace(GIVEN, administrator=None, account=None, approvers=None), nobody.talk())
    assert load_access_file("access.toml").persons == ()
    assert "Nobody may do anything yet" in nobody.said[-1]


async def test_a_public_channel_is_noted(outside: Outside) -> None:
    nobody = Nobody()
    await begin(replace(GIVEN, cards="general"), nobody.talk())
    assert any("is public" in sentence for sentence in nobody.said)


class TestAsking:
    """Somebody sits there: each wrong answer is told and asked for again."""

    async def test_from_an_empty_environment(self, outside: Outside) -> None:
        slack, portal = outside.slack, outside.portal
        outside.forget("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORTAL_URL", "PORTAL_TOKEN")
        somebody = Somebody(
            [
                "xoxb-1-2-wrong", f" {slack.bot_token} ", "xapp-wrong", slack.app_token, "?", portal.base_url,
                "0" * 64, portal.token, "nowhere", "approvals", "escalations", "gatehouse-audit", "nobodies",
                "approvers", "", "gina@example.com", "anna@example.com", "", "NORTHWIND\\anna",
            ]
        )  # fmt: skip
        await begin(Answers(), somebody.talk())
        assert load().slack.bot_token.get_secret_value() == slack.bot_token
        assert [question.split()[0] for question in somebody.secretly] == ["Bot"] * 2 + ["App-level"] * 2 + [
            "Portal"
        ] * 2
        refusals = [one for one in somebody.said if "refuses" in one]
        assert len(refusals) == 3

    async def test_a_hostile_name_cannot_drive_the_terminal(self, outside: Outside) -> None:
        outside.slack.workspace.name = "North\x1b[31mwind\u202e"
        await begin(GIVEN, Nobody().talk())
        text = text_of("gatehouse.toml")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert load().slack.team_id == outside.slack.team_id


async def test_organizations_of_one_name_get_keys_of_their_own(outside: Outside) -> None:
    world = outside.portal.world
    below = [one for one in world.organizations.values() if one.parent_id == world.parent_id]
    for each in below[:3]:
        world.organizations[each.organization_id] = replace(each, display_name="Käse & Co")
    await begin(GIVEN, Nobody().talk())
    assert {"kase-co", "kase-co-2", "kase-co-3"} <= set(load_access_file("access.toml").organization_ids)


async def test_the_command_ends_with_1_and_the_sentence(outside: Outside) -> None:
    """As a process of its own: standard input is no terminal there."""
    code = "import sys; from bot.cli import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "init", "--cards", "nowhere",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 1
    assert b"The bot is in no channel #nowhere" in err
    assert b"The bot token belongs to" in out
