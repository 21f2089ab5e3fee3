"""Whether the access file still fits the people, as a table; and the other text of the file that is proposed."""

from __future__ import annotations

import pytest

from bot.rules.drift import Account, Difference, Drift, Outside, compared, difference, proposed
from permissions import parse_access_document

ORGANIZATION = "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41c02"
DOCUMENT = f"""version = 1
slack_user_groups = true
[organizations]
contoso = "{ORGANIZATION}"
[people.ana]
name = "Ana Silva (Contoso)"
slack = ["U01ANA", "U02ANA"]
portal = ["ana.silva@contoso.example"]
emails = ["ana@contoso.example"]
[people.ben]
name = "Ben Okafor"
slack = ["U01BEN"]
[user_groups.night]
slack = "S01NIGHT"
[roles."Help Desk"]
organizations = ["contoso"]
permissions = ["View Approvals", "View Unified Audit"]
[[grants]]
user_groups = ["night"]
organizations = ["contoso"]
roles = ["Help Desk"]
"""
ACCESS = parse_access_document(DOCUMENT)
ANA = Account("U01ANA", name="Ana Silva", email="ana@contoso.example")
ANA_TOO = Account("U02ANA", name="ana (admin)", email="ana.admin@contoso.example")
BEN = Account("U01BEN", name="Ben Okafor")


def found(*accounts: Account, **other: object) -> list[tuple[Drift, str]]:
    outside = Outside(accounts={each.slack_id: each for each in accounts}, **other)  # type: ignore[arg-type]
    return [(each.drift, each.person_id) for each in compared(ACCESS, outside)]


def test_who_is_as_the_file_says_is_not_told() -> None:
    assert found(ANA, ANA_TOO, BEN) == []


def test_what_was_not_asked_is_no_difference() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (Account("U01BEN", gone=Drift.GONE, why="is deactivated"), (Drift.GONE, "ben")),
        (Account("U01BEN", gone=Drift.GUEST, why="is a guest's"), (Drift.GUEST, "ben")),
        (Account("U01BEN", name="Benedikt Oka"), (Drift.RENAMED, "ben")),
        (Account("U01ANA", name="Ana Silva", email="ana.silva@new.example"), (Drift.OTHER_MAIL, "ana")),
    ],
)
def test_what_slack_says_otherwise(account: Account, told: tuple[Drift, str]) -> None:
    assert found(account) == [told]


@pytest.mark.parametrize("name", ["ANA SILVA", "Ana  Silva", "Ana Silva (Contoso) [on leave]", ""])
def test_a_name_that_contains_the_other_is_the_same(name: str) -> None:
    assert found(Account("U01ANA", name=name, email="ana@contoso.example")) == []


def test_one_account_with_the_known_name_is_enough() -> None:
    assert found(ANA, Account("U02ANA", name="Somebody Else", email="x@contoso.example")) == []


def test_a_member_of_a_user_group_whom_the_file_does_not_name() -> None:
    members = {"S01NIGHT": frozenset({"U01BEN", "U09EVE"})}
    assert found(members=members) == [(Drift.NOT_IN_FILE, "")]


def test_who_acts_in_the_portal_and_is_not_in_the_file() -> None:
    logged_on = frozenset({"ana.silva@contoso.example", "ana@contoso.example", "eve@contoso.example"})
    assert found(logged_on=logged_on) == [(Drift.NOT_IN_FILE, "")]


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ({"View Approvals", "View Unified Audit"}, None),
        ({"View Approvals", "View Unified Audit", "Approve for Group"}, "has Approve for Group besides"),
        ({"View Approvals"}, "lacks View Unified Audit"),
        ({"view approvals", "View Unified Audit", "Some New Right"}, None),
    ],
)
def test_a_role_of_the_portal_with_other_permissions(theirs: set[str], words: str | None) -> None:
    """By the portal's names, however they are written; what the catalogue does not know is not compared."""
    outside = Outside(roles={(ORGANIZATION, "help desk"): frozenset(theirs)})
    told = [each.sentence for each in compared(ACCESS, outside)]
    assert (words is None) == (told == [])
    assert words is None or words in told[0]


def test_a_role_that_the_portal_does_not_have_is_not_told() -> None:
    assert compared(ACCESS, Outside(roles={})) == ()


class TestProposed:
    """Another text of the file, where a line says just what differs."""

    def text(self, *differences: Difference) -> str:
        return difference(DOCUMENT, proposed(DOCUMENT, differences), "access.toml")

    def test_an_id_that_is_gone_is_taken_out_of_its_list(self) -> None:
        first = self.text(Difference(Drift.GONE, "ana", "", slack_id="U01ANA"))
        assert '-slack = ["U01ANA", "U02ANA"]\n+slack = ["U02ANA"]\n' in first
        last = self.text(Difference(Drift.GUEST, "ana", "", slack_id="U02ANA"))
        assert '+slack = ["U01ANA"]\n' in last
        assert "+slack = []\n" in self.text(Difference(Drift.NOT_A_MEMBER, "ben", "", slack_id="U01BEN"))

    def test_a_name_is_written_as_it_is_now(self) -> None:
        told = self.text(Difference(Drift.RENAMED, "ben", "", name="Benedikt Oka"))
        assert '-name = "Ben Okafor"\n+name = "Benedikt Oka"\n' in told
        assert "access.toml (proposed)" in told

    @pytest.mark.parametrize("name", ['Ben "B" Okafor', "Ben\nOkafor", "Ben\\x", "Ben\u202eOkafor"])
    def test_a_name_that_could_write_something_else_is_left_to_people(self, name: str) -> None:
        assert self.text(Difference(Drift.RENAMED, "ben", "", name=name)) == ""

    def test_what_stands_on_several_lines_is_left_to_people(self) -> None:
        document = DOCUMENT.replace('slack = ["U01BEN"]', 'slack = [\n  "U01BEN",\n]').replace(
            '"Ben Okafor"', "'Ben Okafor'"
        )
        gone = Difference(Drift.GONE, "ben", "", slack_id="U01BEN")
        renamed = Difference(Drift.RENAMED, "ben", "", name="Benedikt Oka")
        assert proposed(document, [gone, renamed]) == document

    def test_what_the_file_does_not_hold_changes_nothing(self) -> None:
        assert (
            self.text(
                Difference(Drift.GONE, "eve", "", slack_id="U09EVE"), Difference(Drift.NOT_IN_FILE, "", "")
            )
            == ""
        )

    def test_the_proposal_is_an_access_file_that_gives_nobody_more(self) -> None:
        gone = Difference(Drift.GONE, "ana", "", slack_id="U02ANA")
        after = parse_access_document(proposed(DOCUMENT, [gone]))
        assert after.grants == ACCESS.grants
        assert after.user_group_grants == ACCESS.user_group_grants
