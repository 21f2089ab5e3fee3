"""Slack user groups in the access file: off by default, told whole, and nothing until somebody is a member (10.6)."""

from __future__ import annotations

import pytest

from permissions import AccessFileError, Source, describe_difference, parse_access_document, warnings

FILE = """version = 1
slack_user_groups = true
[organizations]
contoso = "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41c02"
[people.ana]
name = "Ana"
slack = ["U01ANA", "U02ANA"]
[people.bo]
name = "Bo"
slack = ["U01BO"]
[user_groups.night]
slack = "S01NIGHT"
comment = "who is awake"
[[grants]]
user_groups = ["night"]
organizations = ["contoso"]
permissions = ["Approve for Group"]
"""


def test_a_user_groups_grant_counts_for_members_of_the_file_and_for_nobody_else() -> None:
    access = parse_access_document(FILE)
    assert access.grants == ()
    assert access.user_groups == {"night": "S01NIGHT"}
    with_members = access.with_members({"S01NIGHT": ["U01ANA", "U02ANA", "U0STRANGER"]})
    (grant,) = with_members.grants
    assert grant.person_id == "ana"
    assert grant.origin.source is Source.USER_GROUP
    assert "night (S01NIGHT)" in str(grant.origin)
    assert access.with_members({}).grants == ()
    assert access.with_members({"S01OTHER": ["U01ANA"]}).grants == ()


def test_people_and_user_groups_may_stand_in_one_grant() -> None:
    access = parse_access_document(
        FILE.replace('user_groups = ["night"]', 'user_groups = ["night"]\npeople = ["bo"]')
    )
    assert [grant.person_id for grant in access.grants] == ["bo"]
    assert [grant.person_id for grant in access.user_group_grants] == ["S01NIGHT"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("slack_user_groups = true\n", ""), "user_groups.night: Slack user groups are off"),
        (('["night"]', '["nigth"]'), "there is no [user_groups.nigth]; did you mean 'night'?"),
        (('["night"]', '["x"]'), "there is no [user_groups.x]; add it with the id from Slack"),
        (('user_groups = ["night"]\n', ""), "names nobody; add people (or user_groups)"),
        (('"S01NIGHT"', '"@night"'), "is not a Slack user group id; those begin with S"),
        (('comment = "who is awake"', 'handle = "x"'), "user_groups.night.handle: is not a key"),
        (
            ("[user_groups.night]", '[user_groups.again]\nslack = "S01NIGHT"\n[user_groups.night]'),
            "is already again; keep one name for it",
        ),
    ],
)
def test_a_fault_is_told_with_its_remedy(change: tuple[str, str], says: str) -> None:
    with pytest.raises(AccessFileError) as caught:
        parse_access_document(FILE.replace(*change))
    assert says in str(caught.value)


def test_what_changes_for_a_user_group_is_said_in_words() -> None:
    access = parse_access_document(FILE)
    assert describe_difference(None, access)[0] == "Slack user group night: + S01NIGHT"
    assert "Slack user group night: + Approve for Group at contoso" in describe_difference(None, access)
    other = parse_access_document(FILE.replace("S01NIGHT", "S02NIGHT"))
    told = describe_difference(access, other)
    assert "Slack user group night: − S01NIGHT" in told
    assert "Slack user group night: + S02NIGHT" in told


def test_a_super_admin_or_a_deprecated_permission_in_a_user_group_is_warned_of() -> None:
    risky = FILE.replace(
        'permissions = ["Approve for Group"]',
        'permissions = ["Super Admin", "Approve for Group (Learning Mode Only)"]',
    )
    told = " ".join(warnings(parse_access_document(risky), None))
    assert "Slack user group night: the grant at contoso contains Super Admin" in told
    assert "deprecated" in told
