"""`gatehouse access import` and `drift`: differences to the file are proposed, and nothing is ever written or given."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.checkup.access import print_drift
from bot.cli import main
from bot.installing import CannotInstall, Sources, begin, draft
from bot.installing.people import from_csv, inserted
from permissions import load_access_file, parse_access_document
from rehearsal.portal.records import UserRole
from tests.installing.conftest import Nobody, Outside
from tests.installing.test_init import GIVEN, put, text_of

CONTOSO = "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41c02"
FILE = f"""version = 1
end_mark = true
[organizations]
contoso = "{CONTOSO}"
[people.ana]
name = "Ana Silva"
slack = ["U01ANA"]
portal = ["ana.silva"]
emails = ["ana@contoso.example"]

[end]
"""
HEAD = "name,slack,portal,email,organizations,permissions,roles,until,and_below,comment\n"


@pytest.fixture
def file() -> Path:
    put("access.toml", FILE)
    return Path("access.toml")


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    captured = capsys.readouterr()
    return captured.out, captured.err.splitlines()


def imported(*more: str) -> int:
    return main(["access", "import", "--file", "access.toml", "--csv", "people.csv", *more])


def patched(difference: str) -> str:
    """The file as `patch` makes it of the difference, or as our own proposal is where there is no patch."""
    put("people.patch", difference)
    program = shutil.which("patch")
    if program is None:
        pytest.skip("no patch on this machine")
    subprocess.run([program, "--quiet", "access.toml", "people.patch"], check=True)  # noqa: S603 - a standard tool
    return text_of("access.toml")


@pytest.mark.usefixtures("file")
class TestCsv:
    """From a spreadsheet."""

    def test_people_and_grants_are_proposed_and_nothing_is_written(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        ben = "Ben Okafor,U01BEN,CONTOSO\\ben,ben@contoso.example,contoso,Approve for Group,Read Only"
        put(
            "people.csv",
            f'{HEAD}{ben},2027-06-30T18:00:00Z,yes,nights\n"Chen, Wei",U01CHEN;U02CHEN,,,,,,,,\n',
        )
        assert imported() == 0
        out, err = said(capsys)
        assert text_of("access.toml") == FILE
        assert "Ben Okafor: + person ben-okafor (U01BEN)" in err
        assert (
            "Ben Okafor: + Approve for Group at contoso and everything below until 2027-06-30T18:00:00+00:00"
            in err
        )
        assert err[-1].startswith("Nothing was written.")
        access = parse_access_document(patched(out))
        assert [person.name for person in access.persons] == ["Ana Silva", "Ben Okafor", "Chen, Wei"]
        assert {grant.person_id for grant in access.grants} == {"ben-okafor"}
        assert text_of("access.toml").rstrip().endswith("[end]")

    def test_semicolons_between_columns_are_taken_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        put("people.csv", "\ufeffName;Slack;Portal\nBen Okafor;U01BEN;ben\n\n")
        assert imported() == 0
        assert '+portal = ["ben"]' in said(capsys)[0]

    def test_who_is_in_the_file_is_left_as_they_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        put("people.csv", "name,slack,email\nAna S.,U01ANA,\nAna Two,,ANA@contoso.example\n")
        assert imported() == 0
        out, err = said(capsys)
        assert out == ""
        assert err[0] == "people.csv, row 2: Ana S. is in the file already, and is left as it is."

    def test_two_of_one_name_are_told_at_the_row(self, capsys: pytest.CaptureFixture[str]) -> None:
        put("people.csv", "name,slack\nBen Okafor,U01BEN\nBen Okafor,U02BEN\n")
        assert imported() == 1
        [told] = said(capsys)[1]
        assert told.startswith(
            "people.csv, row 3: people.ben-okafor-2.name: the name 'Ben Okafor' is already ben-okafor's"
        )

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("nickname\nBen\n", "the first row has the column 'nickname'"),
            ("slack\nU01BEN\n", "the first row has no column name"),
            ("", "has no column name"),
            ("name,slack\n,U01BEN\n", "row 2: name is empty"),
            ("name,slack\nBen,U01BEN,more\n", "row 2: it has more cells than there are columns"),
            ("name,and_below\nBen,maybe\n", "row 2: and_below is 'maybe'; write yes or no"),
            ("name,permissions\nBen,Approve for Group\n", "row 2: a grant needs organizations"),
            ("name,organizations\nBen,contoso\n", "row 2: a grant needs organizations, and permissions or roles"),
            ("name,slack\nBen,ben\n", "'ben' is not a Slack user id"),
            ("name,organizations,permissions\nBen,contoso,Aprove for Group\n", "did you mean 'Approve for Group'?"),
            ("name,organizations,permissions\nBen,contozo,Approve for Group\n", "did you mean 'contoso'?"),
            ("name,organizations,roles\nBen,contoso,Nobody\n", "row 2: grants[0].roles"),
            ("name,organizations,roles,until\nBen,contoso,Read Only,tomorrow\n", "row 2: "),
        ],
    )  # fmt: skip
    def test_a_row_that_does_not_fit_is_told_and_nothing_is_proposed(
        self, text: str, told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        put("people.csv", text)
        assert imported() == 1
        out, err = said(capsys)
        assert out == ""
        assert told in " ".join(err)
        assert "Traceback" not in " ".join(err)

    def test_every_bad_row_is_told_at_once(self) -> None:
        put("people.csv", "name,and_below\n,\nBen,maybe\nCho,perhaps\n")
        with pytest.raises(CannotInstall) as told:
            list(from_csv(Path("people.csv")))
        assert len(told.value.problems) == 2

    def test_a_cell_cannot_write_further_tables(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Whoever fills the spreadsheet is not whoever accepts the difference."""
        put("people.csv", 'name,comment,until\n"Ben"""\n[[grants]]","x""\npeople = [""ana""]",\n')
        main(["access", "import", "--file", "access.toml", "--csv", "people.csv"])
        out, _ = said(capsys)
        assert "\n+[[grants]]" not in out

    def test_an_end_is_a_time_and_nothing_else(self, capsys: pytest.CaptureFixture[str]) -> None:
        put(
            "people.csv",
            "name,organizations,roles,until\n"
            'Ben,contoso,Read Only,"2027-06-30T18:00:00Z\n[[grants]]\npeople=[""ana""]"\n',
        )
        assert imported() == 1
        assert "until" in " ".join(said(capsys)[1])

    @pytest.mark.parametrize("content", [None, b"\xff\xfen\x00"])
    def test_a_file_that_cannot_be_read(
        self, content: bytes | None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        if content is not None:
            Path("people.csv").write_bytes(content)
        assert imported() == 1
        assert "people.csv" in " ".join(said(capsys)[1])


def test_without_a_source_or_a_file_that_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["access", "import", "--file", str(file)]) == 1
    assert "Nothing is named to import from" in said(capsys)[1][0]
    put("people.csv", "name\nBen\n")
    assert main(["access", "import", "--file", "nowhere.toml", "--csv", "people.csv"]) == 1
    assert main(["access", "import", "--csv", "people.csv", "--config", "nowhere.toml"]) == 1


@pytest.mark.parametrize(
    "document",
    [
        "version = 1\n",
        "version = 1\nend_mark = true\n[end]",
        "version = 1\nend_mark = true\n\n[end] # here\n",
    ],
)
def test_tables_come_before_the_end_mark(document: str) -> None:
    access = parse_access_document(inserted(document, '[people.x]\nname = "X"\n'))
    assert [person.name for person in access.persons] == ["X"]


class TestInstalled:
    """Of an installation that `init` made: from Slack, from the portal, and what has drifted."""

    @pytest.fixture
    async def installed(self, outside: Outside) -> Outside:
        await begin(GIVEN, Nobody().talk())
        return outside

    async def test_members_of_a_user_group_come_without_grants(
        self, installed: Outside, capsys: pytest.CaptureFixture[str]
    ) -> None:
        slack = installed.slack
        group = slack.workspace.user_groups[slack.add_user_group("all", [])]
        group.members[:] = [
            each.id
            for each in slack.workspace.people.values()
            if each.name in {"anna", "ben", "gina", "dora"}
        ]
        assert await draft(Sources(user_groups=("@all",))) == 0
        out, err = said(capsys)
        access = parse_access_document(patched(out))
        assert [person.name for person in access.persons] == ["Anna", "Ben"]
        assert {grant.person_id for grant in access.grants} == {"administrator"}
        assert any(each.startswith("Left out: ") and "is a guest's" in each for each in err)
        assert any(each.startswith("Left out: ") and "is deactivated" in each for each in err)

    @pytest.mark.parametrize(
        ("handle", "told"), [("", "--user-group is empty"), ("none", "There is no user group @none")]
    )
    @pytest.mark.usefixtures("installed")
    async def test_a_user_group_that_there_is_not(self, handle: str, told: str) -> None:
        with pytest.raises(CannotInstall, match=told):
            await draft(Sources(user_groups=(handle,)))

    async def test_a_token_that_is_refused(self, installed: Outside) -> None:
        installed.slack.revoke_token()
        with pytest.raises(CannotInstall, match="refuses the bot token"):
            await draft(Sources(user_groups=("approvers",)))

    @pytest.mark.usefixtures("installed")
    async def test_the_portals_roles_are_off_until_they_are_switched_on(self) -> None:
        with pytest.raises(CannotInstall, match="portal_roles = true"):
            await draft(Sources(portal=True))

    async def test_the_portals_roles_are_drafted(
        self, installed: Outside, capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(
            "gatehouse.toml",
            text_of("gatehouse.toml").replace(
                'file = "access.toml"', 'file = "access.toml"\nportal_roles = true'
            ),
        )
        world = installed.portal.world
        top = world.parent_id
        world.user_roles += [
            UserRole("r1", top, "Help Desk", ("View Approvals", "View Unified Audit")),
            UserRole("r2", top, "Unknown", ("Fly",)),
            UserRole("r3", top, "Empty"),
        ]
        assert await draft(Sources(portal=True)) == 0
        out, err = said(capsys)
        access = parse_access_document(patched(out))
        [role] = access.roles
        assert (role.name, set(role.permissions)) == ("Help Desk", {"View Approvals", "View Unified Audit"})
        assert any("The portal's role Unknown is left out" in each for each in err)
        assert any("The portal's role Empty says nothing" in each for each in err)

    async def test_what_drifted_is_told_with_a_proposal(
        self, installed: Outside, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = text_of("access.toml")
        people = installed.slack.workspace.people
        [anna] = [each for each in people.values() if each.name == "anna"]
        people[anna.id] = replace(anna, real_name="Anna Berg", email="anna.berg@example.com")
        assert await print_drift(None, None) == 0
        people[anna.id] = replace(anna, real_name="Clara Berg", email="clara.berg@example.com")
        assert await print_drift(None, None) == 0
        out, err = said(capsys)
        assert any("is called Clara Berg in Slack" in each for each in err)
        assert any("has the address clara.berg@example.com in Slack" in each for each in err)
        assert '+name = "Clara Berg"' in out
        assert text_of("access.toml") == before
        assert load_access_file("access.toml").grants

    @pytest.mark.usefixtures("installed")
    async def test_where_nothing_drifted_that_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert await print_drift(None, None) == 0
        out, err = said(capsys)
        assert out == ""
        assert err[0] == "The file fits everything that was compared."

    async def test_what_cannot_be_compared_ends_with_1(
        self, installed: Outside, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert await print_drift(None, Path("nowhere.toml")) == 1
        assert await print_drift(Path("nowhere.toml"), None) == 1
        installed.slack.revoke_token()
        assert await print_drift(None, None) == 1
        assert "refuses the bot token" in said(capsys)[1][-1]
