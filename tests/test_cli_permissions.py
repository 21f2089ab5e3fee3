"""`gatehouse permissions list | who | explain | schema`: answers, reasons, and what a wrong question is told."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.checkup.access import confirm
from bot.checkup.permissions import Wanted, tell_why, who
from bot.checkup.trees import AccessSource
from bot.cli import main
from bot.ledger import Ledger
from bot.models import Actor, Change, Event, Given, GivenWrite, SlackGrant, SlackRole
from bot.settings.environment import Environment
from permissions import PERMISSIONS, Action, Ask, Kind, Reach, parse_access_document
from rehearsal.portal import PortalSandbox
from tests.valkey import running_valkey

ROOT = Path(__file__).resolve().parent.parent
CONTOSO, LABS = "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41c02", "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41c09"
ACCESS = f"""
version = 1
[organizations]
contoso = "{CONTOSO}"
[people.ana]
name = "Ana"
slack = ["U0ANA"]
portal = ["CONTOSO\\\\ana.silva", "ana.silva@contoso.example"]
[people.ben]
name = "Ben"
[people.ben2]
name = "Ben the Younger"
portal = ["CONTOSO\\\\ben2"]
emails = ["ben2@contoso.example"]
[[grants]]
people = ["ana"]
organizations = ["contoso"]
and_below = true
permissions = ["Approve for Group"]
[[grants]]
people = ["ben"]
organizations = ["contoso"]
permissions = ["Super Admin"]
"""
TREE = [{"id": CONTOSO, "name": "Contoso"}, {"id": LABS, "name": "Contoso Labs", "parent": CONTOSO}]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "access.toml").write_text(ACCESS)
    (tmp_path / "tree.json").write_text(json.dumps(TREE))


def asked(*arguments: str, tree: bool = True) -> int:
    """One command on the two files of this test."""
    source = ("--tree", "tree.json") if tree else ("--offline",)
    return main(["permissions", *arguments, "--file", "access.toml", *source])


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, tree: bool = True) -> dict[str, Any]:
    """The JSON of one command."""
    assert asked(*arguments, "--json", tree=tree) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


class TestList:
    def test_every_permission_with_stable_keys(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "list", "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert [row["name"] for row in rows] == list(PERMISSIONS)
        keys = (
            "name category also_in deprecated replaced_by aliases meaning combined_with includes "
            "in_super_admin in_super_admin_child surfaces"
        )
        assert all(list(row) == keys.split() for row in rows)
        by_name = {row["name"]: row for row in rows}
        assert by_name["Change Permission"]["combined_with"] == [
            {"purpose": "open the Users page", "any_of": ["View Administrators", "Edit Administrators"]}
        ]
        assert by_name["Allow View Check-in History"]["aliases"] == ["Allow View Checkin History"]
        assert by_name["Edit Billing"]["surfaces"] == ["has no surface in Gatehouse"]
        old = by_name["Approve for Group (Learning Mode Only)"]
        assert (old["deprecated"], old["category"], old["in_super_admin"]) == (True, "Deprecated", False)

    def test_for_people(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "list"]) == 0
        said = capsys.readouterr().out
        assert "Approval: View Approvals\n    Opens the Approval Center" in said
        assert "Approve for Group (Learning Mode Only) (deprecated)" in said


def test_the_schema_is_the_one_in_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    """`make docs` writes it anew. It is a schema, and the example of this test fits it."""
    assert main(["permissions", "schema"]) == 0
    text = capsys.readouterr().out
    assert (ROOT / "docs" / "access.schema.json").read_text(encoding="utf-8") == text
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"version": 1, "people": {"ana": {"name": "Ana"}}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 1, "peple": {}}, schema)


class TestExplain:
    def test_a_yes_names_the_grant_it_rests_on(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = answer(capsys, "explain", "ana", "approve", "application", "computer-group", "Contoso Labs")
        assert (found["allowed"], found["why"], found["missing"]) == (True, None, [])
        assert (found["organization"], found["above"], found["tree"]) == ("Contoso Labs", ["Contoso"], "file")
        [basis] = found["rests_on"]
        assert basis == {
            "permission": "Approve for Group",
            "through": None,
            "role": None,
            "organization_id": CONTOSO,
            "and_below": True,
            "until": None,
            "origin": "access file, grants[0], line 15",
        }
        assert all(condition["met"] for condition in found["ways"][0])

    @pytest.mark.parametrize("named", ["contoso", "CONTOSO", "Contoso", CONTOSO, CONTOSO.upper()])
    def test_an_organization_is_named_as_everywhere(
        self, capsys: pytest.CaptureFixture[str], named: str
    ) -> None:
        answer(capsys, "explain", "ana", "approve", "application", "computer", named)

    def test_a_part_of_a_name_names_no_organization(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asked("explain", "ana", "approve", "application", "computer", "Conto") == 1
        assert "There is no organization 'Conto'" in capsys.readouterr().err

    def test_a_no_names_what_is_missing_and_who_could(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = answer(capsys, "explain", "U0ANA", "approve", "application", "organization", "contoso")
        assert (found["allowed"], found["why"]) == (False, "reach")
        assert found["missing"] == ["Approve for Entire Organization"]
        assert found["who_could"] == [{"person_id": "ben", "name": "Ben"}]
        unmet = [each for each in found["ways"][0] if not each["met"]]
        assert [each["any_of"][0] for each in unmet] == ["Approve for Entire Organization"]
        assert unmet[0]["met_by"] is None

    def test_as_a_short_tree(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asked("explain", "ana", "approve", "application", "organization", "Contoso Labs") == 0
        assert capsys.readouterr().out.splitlines() == [
            (
                "no: You may approve for the computer group at Contoso Labs; the entire organization needs Approve for "
                "Entire Organization at Contoso Labs."
            ),
            "├─ person: Ana (ana)",
            f"├─ organization: Contoso Labs ({LABS}), below Contoso",
            "├─ organizations: from the tree file, which may be older than the portal",
            "├─ grants: the access file's to people; user groups and what was given in Slack are not asked",
            "├─ needs",
            "│  ├─ ✓ Approve for Group at Contoso Labs: granted with everything below, access file, grants[0], line 15",
            (
                "│  └─ ✗ Approve for Entire Organization, or Approve for Global, or Approve for Entire Organization "
                "(Learning Mode Only), or 1 more at Contoso Labs"
            ),
            "├─ reason: reach",
            "├─ missing: Approve for Entire Organization",
            "└─ others who may: Ben",
        ]

    def test_of_several_ways_the_nearest_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asked("explain", "ben", "maintain", "-", "computer", "contoso", "--mode", "learning",
                     "--door", "computer") == 0  # fmt: skip
        said = capsys.readouterr().out
        assert "├─ needs (the nearest of 2 ways)" in said
        assert (
            "✓ Manage Application Control Learning Mode at Contoso: through Super Admin, access file" in said
        )

    def test_the_facts_of_the_request_count(self, capsys: pytest.CaptureFixture[str]) -> None:
        ask = ("explain", "ben", "approve", "application", "global", "contoso")
        assert answer(capsys, *ask)["why"] == "no_global_group"
        assert answer(capsys, *ask, "--global-owner", "contoso")["allowed"]
        assert answer(capsys, *ask, "--global-owner", "contoso", "--own-request")["why"] == "own_request"
        ask = ("explain", "ana", "approve", "application", "computer", "contoso")
        assert answer(capsys, *ask, "--computers", "3")["allowed"]
        assert answer(capsys, *ask, "--elevates")["missing"] == ["Elevation Administrator"]
        assert answer(capsys, *ask, "--built-in-match")["why"] == "reach"
        handing = ("explain", "ana", "hand_over", "application", "computer", "contoso", "--receiver", "ben")
        assert answer(capsys, *handing)["why"] == "not_claimer"
        assert answer(capsys, *handing, "--claimer")["allowed"]

    def test_a_condition_that_nobody_meets(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asked("explain", "ben", "approve", "other", "computer", "contoso") == 0
        assert "✗ open to nobody (decide_in_portal)" in capsys.readouterr().out

    def test_offline_says_that_nothing_comes_from_above(self, capsys: pytest.CaptureFixture[str]) -> None:
        ask = ("explain", "ben", "view", "-", "computer", "contoso")
        found = answer(capsys, *ask, tree=False)
        assert (found["allowed"], found["tree"], found["organization"]) == (True, "offline", "contoso")
        assert asked(*ask, tree=False) == 0
        assert "offline: each organization of the access file stands alone" in capsys.readouterr().out

    def test_an_organization_that_the_portal_does_not_know(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "tree.json").write_text("[]")
        ask = ("explain", "ana", "view", "-", "computer", "contoso")
        found = answer(capsys, *ask)
        assert (found["why"], found["organization"], found["ways"]) == ("unplaceable_organization", None, [])
        assert asked(*ask) == 0
        assert f"{CONTOSO} has no known place among the others" in capsys.readouterr().out

    def test_people_and_organizations_by_name_or_id(self, capsys: pytest.CaptureFixture[str]) -> None:
        for person, place in (("Ana", LABS.upper()), ("ana", "contoso labs"), ("U0ANA", LABS)):
            found = answer(capsys, "explain", person, "view", "-", "computer", place)
            assert (found["person_id"], found["organization_id"]) == ("ana", LABS)

    def test_two_organizations_of_one_name(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "tree.json").write_text('[{"id": "a", "name": "Acme"}, {"id": "b", "name": "acme"}]')
        assert asked("who", "view", "-", "computer", "ACME") == 1
        assert "Several organizations are called 'ACME'; give one of the ids a, b." in capsys.readouterr().err

    def test_whoami_needs_no_permission(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asked("explain", "ben2", "whoami", "-", "computer", "contoso") == 0
        assert "└─ no permission" in capsys.readouterr().out


class TestWho:
    def test_everybody_who_may(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = answer(capsys, "who", "approve", "application", "computer", "Contoso Labs")
        assert [each["person_id"] for each in found["people"]] == ["ana", "ben"]
        assert found["people"][1]["rests_on"][0]["through"] == "Super Admin"
        assert asked("who", "approve", "application", "organization", "Contoso Labs") == 0
        said = capsys.readouterr().out
        assert "Ben (ben): Approve for Entire Organization through Super Admin" in said
        assert "Ana" not in said

    def test_nobody(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asked("who", "approve", "other", "computer", "contoso") == 0
        assert "Nobody may do this." in capsys.readouterr().out


class TestWrongQuestions:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("explain", "anna", "view", "-", "computer", "contoso"), "no person 'anna' in the access file; did you"),
            (("explain", "ana", "view", "-", "computer", "contosa"), "no organization 'contosa'; did you mean"),
            (("who", "view", "-", "computer", "zzz"), "There is no organization 'zzz'"),
        ],
    )  # fmt: skip
    def test_a_name_that_nothing_has(
        self, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asked(*arguments) == 1
        assert said in capsys.readouterr().err

    @pytest.mark.parametrize(
        "arguments",
        [
            ("explain", "ana", "aprove", "application", "computer", "contoso"),
            ("explain", "ana", "approve", "app", "computer", "contoso"),
            ("explain", "ana", "approve", "application", "world", "contoso"),
            ("who", "approve", "application", "computer"),
        ],
    )
    def test_a_word_that_is_none(
        self, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as left:
            asked(*arguments)
        assert left.value.code == 2
        assert "usage: gatehouse permissions" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("tree", "said"),
        [
            ("{", "tree.json: is not JSON"),
            ("{}", "tree.json: the whole file: Input should be a valid list"),
            ('[{"id": "a"}]', "tree.json: 0.name: Field required"),
            ('[{"id": "a", "name": "A", "above": "b"}]', "tree.json: 0.above: Extra inputs"),
        ],
    )
    def test_a_bad_tree_file(
        self, tree: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "tree.json").write_text(tree)
        assert asked("who", "view", "-", "computer", "contoso") == 1
        error = capsys.readouterr().err
        assert said in error
        assert "Give a list such as" in error

    def test_a_missing_tree_and_a_bad_access_file(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "tree.json").unlink()
        assert asked("who", "view", "-", "computer", "contoso") == 1
        assert "tree.json: cannot be read" in capsys.readouterr().err
        (tmp_path / "access.toml").write_text("version = 2")
        assert asked("who", "view", "-", "computer", "contoso") == 1
        assert "version: 2 is not a version" in capsys.readouterr().err

    def test_without_settings_the_way_on_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "who", "view", "-", "computer", "contoso", "--offline"]) == 1
        assert "Or name the access file itself with --file." in capsys.readouterr().err
        assert main(["permissions", "who", "view", "-", "computer", "contoso", "--file", "access.toml"]) == 1
        assert "Or give the organizations with --tree FILE" in capsys.readouterr().err


class TestThePortalsOrganizations:
    """The real client against the stand-in portal, over its socket."""

    @pytest.fixture
    def settings(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """A configuration file that names the access file beside it."""
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-2-3")
        monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-2-3")
        config = tmp_path / "gatehouse.toml"
        config.write_text(
            '[slack]\nteam_id = "T0123ABCD"\n[routing.default]\ncard = "C0CARDS"\nescalation = "C0LATE"\n'
            'audit = "C0AUDIT"\n'
        )
        return config

    async def test_who_is_answered_from_the_portals_tree(
        self,
        settings: Path,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        portal = PortalSandbox()
        monkeypatch.setenv("PORTAL_URL", await portal.start())
        monkeypatch.setenv("PORTAL_TOKEN", portal.token)
        child = next(each for each in portal.world.organizations.values() if each.parent_id)
        (tmp_path / "access.toml").write_text(
            f'version = 1\n[organizations]\ntop = "{child.parent_id}"\n[people.ana]\nname = "Ana"\n'
            '[[grants]]\npeople = ["ana"]\norganizations = ["top"]\nand_below = true\n'
            'permissions = ["View Approvals"]\n'
        )
        ask = Ask(
            person_id="", action=Action.VIEW, organization_id="", kind=Kind.APPLICATION, reach=Reach.COMPUTER
        )
        wanted = Wanted(person="ana", organization=child.display_name, ask=ask)
        try:
            assert await who(AccessSource(config=settings), wanted, as_json=True) == 0
            found = json.loads(capsys.readouterr().out)
            assert ([each["person_id"] for each in found["people"]], found["tree"]) == (["ana"], "portal")
            assert await tell_why(AccessSource(config=settings), wanted, as_json=False) == 0
            assert "from the portal, just now" in capsys.readouterr().out
        finally:
            await portal.close()

    def test_a_portal_that_does_not_answer(
        self, settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async def closed() -> str:
            portal = PortalSandbox()
            url = await portal.start()
            await portal.close()
            return url

        monkeypatch.setenv("PORTAL_URL", asyncio.run(closed()))
        monkeypatch.setenv("PORTAL_TOKEN", "some-token")
        assert (
            main(["permissions", "who", "view", "-", "computer", "contoso", "--config", str(settings)]) == 1
        )
        error = capsys.readouterr().err
        assert "was not read" in error
        assert "--offline" in error


class TestInForce:
    """`--in-force`: the ledger's grants and roles, from a real server."""

    @pytest.fixture
    def config(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """A configuration with every secret that it needs; the server's address is the test's."""
        for name, value in (
            ("SLACK_BOT_TOKEN", "xoxb-1-2-3"),
            ("SLACK_APP_TOKEN", "xapp-1-2-3"),
            ("PORTAL_URL", "https://portal.example/portalapi"),
            ("PORTAL_TOKEN", "some-token"),
        ):
            monkeypatch.setenv(name, value)
        file = tmp_path / "gatehouse.toml"
        file.write_text(
            '[slack]\nteam_id = "T0123ABCD"\n[routing.default]\ncard = "C0CARDS"\nescalation = "C0LATE"\n'
            'audit = "C0AUDIT"\n'
        )
        return file

    async def test_a_role_made_in_slack_is_shown_with_where_it_comes_from(
        self,
        config: Path,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        ask = Ask(
            person_id="",
            action=Action.LOOK_UP,
            organization_id="",
            kind=Kind.APPLICATION,
            reach=Reach.COMPUTER,
        )
        wanted = Wanted(person="ana", organization="contoso", ask=ask)
        source = AccessSource(config=config, tree=tmp_path / "tree.json", in_force=True)
        async with running_valkey(tmp_path / "valkey") as server:
            monkeypatch.setenv("REDIS_URL", server.url)
            assert await who(source, wanted, as_json=True) == 1
            assert "no access file has been accepted yet" in capsys.readouterr().err
            await put_in_force(server.url)
            assert await who(source, wanted, as_json=False) == 0
            said = capsys.readouterr().out
            assert await tell_why(source, wanted, as_json=True) == 0
            found = json.loads(capsys.readouterr().out)
            assert await tell_why(replace(source, in_force=False), wanted, as_json=True) == 0
            of_the_file = json.loads(capsys.readouterr().out)
        assert "Ana (ana): View Unified Audit in role Night desk at" in said
        assert "role made in Slack by Rae" in said
        assert "grants: in force: the access file's (generation 1) and what was given in Slack" in said
        [basis] = found["rests_on"]
        assert (basis["role"], basis["origin"]) == (
            "Night desk",
            "Slack, g1 by Mia; role made in Slack by Rae",
        )
        assert not of_the_file["allowed"]

    async def test_what_another_client_put_in_force_is_not(
        self,
        config: Path,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        ask = Ask(person_id="", action=Action.VIEW, organization_id="", reach=Reach.COMPUTER)
        source = AccessSource(config=config, in_force=True, offline=True)
        async with running_valkey(tmp_path / "valkey") as server:
            monkeypatch.setenv("REDIS_URL", server.url)
            await put_in_force(server.url, secret=b"")
            assert (
                await who(source, Wanted(person="ana", organization="contoso", ask=ask), as_json=False) == 1
            )
        assert "was not put there by Gatehouse" in capsys.readouterr().err

    async def test_what_rests_is_listed_and_confirmed_or_put_away(
        self,
        config: Path,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        async with running_valkey(tmp_path / "valkey") as server:
            monkeypatch.setenv("REDIS_URL", server.url)
            assert await confirm(config, "look") == 0
            assert "Nothing rests" in capsys.readouterr().out
            await put_in_force(server.url, secret=b"another")
            assert await confirm(config, "look") == 0
            said = capsys.readouterr().out
            assert "role Night desk at Contoso, made by Rae: View Unified Audit" in said
            assert "Ana: role Night desk at Contoso until" in said
            assert "Confirm all of it with --yes" in said
            assert await confirm(config, "confirm") == 0
            assert "Confirmed." in capsys.readouterr().out
            assert await confirm(config, "look") == 0
            assert "Nothing rests" in capsys.readouterr().out
            monkeypatch.setenv("LEDGER_KEY", "0123456789abcdef0123456789abcdef")
            assert await confirm(config, "drop") == 0
            assert "Put away." in capsys.readouterr().out
        assert await confirm(config, "look") == 1
        assert "The ledger cannot be used" in capsys.readouterr().err

    async def test_a_ledger_that_is_away_is_told_with_the_other_way(
        self, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        ask = Ask(person_id="", action=Action.VIEW, organization_id="", reach=Reach.COMPUTER)
        wanted = Wanted(person="ana", organization="contoso", ask=ask)
        assert await who(AccessSource(config=config, in_force=True, offline=True), wanted, as_json=False) == 1
        error = capsys.readouterr().err
        assert "The ledger cannot be read" in error
        assert "without --in-force" in error

    def test_a_file_and_the_ledger_are_not_asked_both(self) -> None:
        with pytest.raises(SystemExit, match="2"):
            asked("who", "view", "-", "computer", "contoso", "--in-force")


async def put_in_force(url: str, secret: bytes = b"xoxb-1-2-3") -> None:
    """The access file of these tests, and a role of Slack that Ana has for an hour."""
    access = parse_access_document(ACCESS)
    ledger = await Ledger.connect(url, replica_id="test", secret=secret)
    await ledger.tick()
    rae, mia = (Actor(person_id="ben", name=name, slack_user_id="U0X") for name in ("Rae", "Mia"))
    now = datetime.now(UTC)
    where = {"organization_id": CONTOSO, "organization_name": "Contoso"}
    role = SlackRole(
        role_id="r1",
        name="Night desk",
        permissions=("View Unified Audit",),
        made_by=rae,
        made_at=now,
        changed_by=rae,
        changed_at=now,
        reason="the night",
        **where,
    )
    given = SlackGrant(
        grant_id="g1",
        person_id="ana",
        person_name="Ana",
        role="Night desk",
        role_id="r1",
        until=now + timedelta(hours=1),
        given_by=mia,
        given_at=now,
        reason="Ben is ill",
        **where,
    )
    try:
        await ledger.accept_access(access.document, access.digest, [Event(name="access_accepted")])
        write = GivenWrite(Given(grants=(given,), roles=(role,)), 0)
        await ledger.commit(Change(op_id="o1", events=[Event(name="test")], given=write))
    finally:
        await ledger.close()


class TestPeople:
    def test_everybody_with_what_is_known_and_missing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "people", "--file", "access.toml"]) == 0
        said = capsys.readouterr().out
        assert (
            "Ana (ana), may decide\n    Slack: U0ANA\n    portal: CONTOSO\\ana.silva, ana.silva@contoso"
            in said
        )
        assert "Ben (ben), may decide\n    Slack: none\n    portal: none\n" in said
        assert "missing: Slack id: nothing can be done in their name" in said
        assert "missing: portal name: their approvals are refused" in said
        assert "mail: ben2@contoso.example" in said

    def test_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "people", "--file", "access.toml", "--json"]) == 0
        rows = {row["person_id"]: row for row in json.loads(capsys.readouterr().out)["people"]}
        assert list(rows["ana"]) == [
            "person_id",
            "name",
            "slack",
            "portal",
            "emails",
            "may_decide",
            "missing",
        ]
        assert rows["ana"]["missing"] == []
        assert rows["ana"]["may_decide"]
        assert not rows["ben2"]["may_decide"]
        assert len(rows["ben"]["missing"]) == 2

    def test_a_file_that_cannot_be_used(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "people", "--file", "nowhere.toml"]) == 1
        assert "cannot be read" in capsys.readouterr().err

    def test_who_may_decide_without_a_portal_name_is_a_fault(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["permissions", "check", "access.toml"]) == 1
        told = capsys.readouterr()
        assert "people.ben.portal: Ben may decide and has no portal name" in told.err
        assert "people.ben2" not in told.err
        assert "people.ana" not in told.err
