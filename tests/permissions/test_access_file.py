"""The access file: read whole, every fault told with its place and remedy, nothing accepted by halves."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from permissions import (
    Access,
    AccessFileError,
    Action,
    Origin,
    Person,
    Source,
    access_schema,
    load_access_file,
    parse_access_document,
)
from permissions.access_document import line_of, lines_by_path
from permissions.access_file import MAX_BYTES

from .world import may

ROOT = Path(__file__).parents[2]
BASE = """version = 1
[organizations]
contoso = "ID-LEFT"
fabrikam = "id-right"
[people.ana]
name = "Ana"
slack = ["U0ANA", "U0ANA2"]
[people.ben]
name = "Ben"
slack = ["U0BEN"]
"""


def parsed(more: str, base: str = BASE) -> Access:
    return parse_access_document(base + more, source="access.toml")


def faults(more: str, base: str = BASE) -> list[str]:
    with pytest.raises(AccessFileError) as caught:
        parsed(more, base)
    assert str(caught.value) == "\n".join(str(each) for each in caught.value.problems)
    return [str(each) for each in caught.value.problems]


def grant(**more: str) -> str:
    keys = {
        "people": '["ana"]',
        "organizations": '["contoso"]',
        "permissions": '["Approve for Group"]',
        **more,
    }
    return "[[grants]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def examples_of(page: str) -> list[str]:
    """The TOML examples of a page of the documentation, in its order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


class TestWhatItSays:
    def test_a_role_says_where_it_stands(self) -> None:
        text = '[roles."Help Desk"]\norganizations = ["contoso"]\npermissions = ["View Approvals"]\n'
        (role,) = parsed(text).roles
        assert role.origin == Origin(Source.FILE, 'roles."Help Desk", line 11')
        same = {
            "version": 1,
            "roles": {"R": {"organizations": "everywhere", "permissions": ["View Approvals"]}},
        }
        assert parse_access_document(same).roles[0].origin == Origin(Source.FILE, "roles.R")

    def test_a_grant(self) -> None:
        access = parsed(grant(until="2027-06-30T20:00:00+02:00", comment='"why"'))
        assert len(access.grants) == 1
        found = access.grants[0]
        assert (found.person_id, found.organization_id) == ("ana", "id-left")
        assert found.permissions == {"Approve for Group"}
        assert found.until == datetime(2027, 6, 30, 18, tzinfo=UTC)
        assert found.origin == Origin(Source.FILE, "grants[0], line 11")
        assert (found.role, found.and_below, found.comment) == (None, False, "why")
        assert access.grants_of("ana") == (found,)
        assert access.grants_of("ben") == ()

    def test_people_times_organizations_times_permissions_and_roles(self) -> None:
        access = parsed(
            grant(
                people='["ana", "ben", "ana"]', organizations='["contoso", "fabrikam"]', roles='["read only"]'
            )
        )
        found = {(each.person_id, each.organization_id, each.role) for each in access.grants}
        assert len(access.grants) == len(found) == 8
        assert {role for _, _, role in found} == {None, "Read Only"}

    def test_it_decides(self) -> None:
        access = parsed(grant())
        assert may(access, Action.APPROVE, at="id-left")
        assert not may(access, Action.APPROVE, at="id-right")

    def test_people(self) -> None:
        access = parsed("")
        assert access.person_of_slack("U0ANA2") == access.person("ana")
        assert access.person_of_slack("U0NOBODY") is None
        assert access.persons[1] == Person(person_id="ben", name="Ben", slack_ids=("U0BEN",))

    def test_an_organization_by_its_id(self) -> None:
        own = "5B1F0C52-7a64-4c1e-9d3b-2f60a8e41c02"
        assert parsed(grant(organizations=f'["{own}"]')).grants[0].organization_id == own.lower()

    def test_the_files_own_names_for_organizations(self) -> None:
        access = parsed("")
        assert access.organization_alias("Id-Left") == "contoso"
        assert access.organization_alias("id-other") is None

    def test_spellings_that_the_portal_varies_are_understood(self) -> None:
        access = parsed(grant(permissions='["Promote To Group", "Super Admin –Parent Only"]'))
        assert access.grants[0].permissions == {
            "Promote to Group",
            "Super Admin – Logged-In Organization Only",
        }

    def test_8_1_deprecated_permissions_are_honoured(self) -> None:
        access = parsed(grant(permissions='["Approve for Group (Learning Mode Only)"]'))
        assert may(access, Action.APPROVE, at="id-left")

    def test_email_matching_is_off_unless_switched_on(self) -> None:
        people = '[people.eve]\nname = "Eve"\nemails = ["Eve@Example.org"]\n'
        assert parsed(people).person_of_email("eve@example.org") is None
        switched_on = BASE.replace("version = 1", "version = 1\nmatch_people_by_email = true")
        access = parsed(people, switched_on)
        assert access.person_of_email(" EVE@example.org ") == access.person("eve")
        assert access.person_of_email("ana@example.org") is None
        twice = people + '[people.eva]\nname = "Eva"\nemails = ["eve@example.org"]\n'
        assert "is already eve's" in faults(twice, switched_on)[0], "one address is one person"


class TestRoles:
    ROLE = '[roles."Night Shift"]\npermissions = ["Approve for Group"]\norganizations = ["contoso"]\n'

    def test_10_2_one_text_makes_one_role_in_each_of_its_organizations(self) -> None:
        both = self.ROLE.replace('["contoso"]', '["contoso", "fabrikam"]')
        access = parsed(both + grant(permissions="", organizations='["fabrikam"]', roles='["night shift"]'))
        assert access.grants[0].role == "Night Shift"
        assert access.grants[0].permissions == {"Approve for Group"}

    def test_10_2_it_can_be_applied_only_there(self) -> None:
        told = faults(
            self.ROLE + grant(permissions="", organizations='["fabrikam"]', roles='["Night Shift"]')
        )
        assert told == [
            (
                "access.toml, line 17: grants[0].roles: the role 'Night Shift' does not exist at fabrikam; a custom "
                "role can only be applied in its own organizations: add fabrikam to the role's organizations"
            )
        ]

    def test_10_2_and_below_needs_the_role_below_too(self) -> None:
        below = grant(permissions="", roles='["Night Shift"]', and_below="true")
        assert "give the role and_below = true" in faults(self.ROLE + below)[0]
        assert parsed(self.ROLE + "and_below = true\n" + below).grants[0].and_below
        everywhere = self.ROLE.replace('["contoso"]', '"everywhere"')
        assert parsed(everywhere + below).roles[0].everywhere

    def test_10_1_a_built_ins_name_only_with_its_identical_list(self) -> None:
        text = '[roles."billing"]\norganizations = "everywhere"\npermissions = ["View Billing", "Edit Billing"]\n'
        assert parsed(text).roles[0].permissions == {"View Billing", "Edit Billing"}
        told = faults(text.replace(', "Edit Billing"', ""))
        assert "built-in role Billing but not its list" in told[0]

    def test_a_role_twice_but_for_case(self) -> None:
        told = faults(self.ROLE + self.ROLE.replace("Night Shift", "night shift"))
        assert "defined twice but for case or dashes" in told[0]

    def test_an_unknown_role(self) -> None:
        told = faults(grant(permissions="", roles='["Administrater"]'))
        assert told == [
            (
                "access.toml, line 14: grants[0].roles: there is no role 'Administrater'; "
                "did you mean 'Administrator'?"
            )
        ]


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                grant(permissions='["Aprove for Grup"]'),
                "line 14: grants[0].permissions: there is no permission",
            ),
            (grant(permissions='["Aprove for Grup"]'), "did you mean 'Approve for Group'?"),
            (grant(permissions='["Xyzzy"]'), "there is no permission 'Xyzzy'"),
            (grant(permissions="[]"), "gives nothing; add permissions or roles"),
            (grant(people='["anna"]'), "there is no [people.anna]; did you mean 'ana'?"),
            (grant(people='["zachary"]'), "there is no [people.zachary]; add that person"),
            (grant(people="[]"), "grants[0]: names nobody; add people"),
            (grant(people='"ana"'), "grants[0].people: give a list in brackets"),
            (
                grant(organizations='["contosa"]'),
                "neither a name in [organizations] nor an id; did you mean 'contoso'?",
            ),
            (grant(organizations='["zzz"]'), "add it to [organizations] with its id from the portal"),
            (grant(organizations=""), "grants[0].organizations: is missing; add it"),
            (
                grant(until="2027-06-30T18:00:00"),
                "line 15: grants[0].until: 2027-06-30 18:00:00 has no time zone",
            ),
            (grant(until="2027-06-30"), "give a date and time with its zone"),
            (grant(until='"soon"'), "give a date and time with its zone"),
            (grant(until="1830000000"), "give a date and time with its zone"),
            (grant(until="9999-12-31T23:59:59-12:00"), "grants[0].until: lies before or after every year"),
            (grant(until="0001-01-01T00:00:00+14:00"), "grants[0].until: lies before or after every year"),
            (grant(and_below='"yes"'), "give true or false, without quotes"),
            (grant(untill="2027-06-30T18:00:00Z"), "is not a key of this table; did you mean 'until'?"),
            ("[people.eve]\n", "people.eve.name: is missing; add it"),
            ('[people.eve]\nname = " "\n', "people.eve.name: is blank"),
            ('[people.eve]\nname = ""\n', "people.eve.name: is empty"),
            ("[people.eve]\nname = 5\n", "people.eve.name: give text in quotes (given: 5)"),
            ('[people.eve]\nname = "Eve"\nslack = ["eve"]\n', "'eve' is not a Slack user id"),
            ('[people.eve]\nname = "Eve"\nslack = ["U0BEN"]\n', "the Slack id U0BEN is already ben's"),
            (
                '[roles."R"]\npermissions = ["View Approvals"]\norganizations = 5\n',
                'or "everywhere" (given: 5)',
            ),
            ('[roles."R"]\npermissions = ["View Approvals"]\norganizations = ["x"]\n', "neither a name"),
            (
                '[roles."R"]\npermissions = []\norganizations = "everywhere"\n',
                "roles.R.permissions: is empty",
            ),
            ("[[people]]\n", "cannot be parsed"),
            ("[groups]\n", "groups: is not a key of this table; did you mean 'user_groups'?"),
            ("[grant]\n", "grant: is not a key of this table; did you mean 'grants'?"),
            ("[people.eve\n", "cannot be parsed: "),
        ],
    )
    def test_each_is_told_with_place_and_remedy(self, text: str, said: str) -> None:
        assert any(said in each for each in faults(text)), faults(text)

    @pytest.mark.parametrize(
        ("base", "said"),
        [
            ("", "version: is missing"),
            ("version = 2\n", "line 1: version: 2 is not a version this Gatehouse reads"),
            ("version = 1\npeople = 3\n", "line 2: people: give a table"),
            ('version = 1\n[organizations]\na = "x"\nb = "X"\n', "names the same organization as 'a'"),
            ('version = 1\n[organizations]\na = "x y"\n', "organizations.a: is blank or has blanks"),
            (
                'version = 1\n[organizations]\na = "x"\nA = "y"\n',
                "organizations.A: differs from 'a' in its case",
            ),
            ('version = 1\n[organizations]\n"a\\u200bb" = "x"\n', "has a character that nobody sees"),
            (
                f'version = 1\n[organizations]\n"{"2" * 32}" = "{"1" * 32}"\n',
                "is an organization's id, and stands for another one",
            ),
            ("{", "cannot be parsed"),
            ("[]", "cannot be parsed"),
            ('{"version": 1, "people": []}', "people: give a table"),
            # Python 3.13 reads JSON of ten thousand levels, 3.14 of fifty thousand.
            ('{"a":' * 1_000_000, "is nested too deeply"),
            # Python reads no more than 4,300 of them.
            (f"version = {'9' * 5000}\n", "a number of thousands of digits"),
            (f'{{"version": {"9" * 5000}}}', "a number of thousands of digits"),
        ],
    )
    def test_whole_documents(self, base: str, said: str) -> None:
        assert any(said in each for each in faults("", base)), faults("", base)

    def test_all_faults_at_once(self) -> None:
        told = faults(grant(people='["anna"]', permissions='["Xyzzy"]', roles='["Boss"]'))
        assert len(told) == 3

    def test_control_and_bidirectional_characters_break_nothing(self) -> None:
        text = '[people."\\u202Eeve\\u0007"]\nname = "\N{RIGHT-TO-LEFT OVERRIDE}\\u0000Eve"\nslack = []\n'
        access = parsed(text)
        assert access.persons[2].name == "\N{RIGHT-TO-LEFT OVERRIDE}\x00Eve"
        raw = faults('[people.eve]\nname = "\x07"\n')
        assert "cannot be parsed" in raw[0]

    def test_two_persons_with_one_slack_id_cannot_be_built_in_code_either(self) -> None:
        twins = (
            Person(person_id="a", name="A", slack_ids=("U1",)),
            Person(person_id="b", name="B", slack_ids=("U1",)),
        )
        with pytest.raises(ValueError, match="one Slack id is one person"):
            Access(persons=twins)


class TestFiles:
    def test_digest_and_document_are_of_the_text(self, tmp_path: Path) -> None:
        file = tmp_path / "access.toml"
        text = (BASE + grant()).replace("\n", "\r\n")
        file.write_bytes(text.encode())
        access = load_access_file(file)
        assert access.digest == hashlib.sha256(file.read_bytes()).hexdigest()
        assert access.document == text
        again = parse_access_document(access.document)
        assert again == access
        assert access.with_generation(7).generation == 7
        assert access.with_generation(7).grants == access.grants

    def test_a_byte_order_mark_is_forgiven(self, tmp_path: Path) -> None:
        file = tmp_path / "access.toml"
        file.write_text(BASE, encoding="utf-8-sig")
        access = load_access_file(file)
        assert access.digest == hashlib.sha256(file.read_bytes()).hexdigest()
        assert len(access.persons) == 2

    def test_tables_and_their_text_are_the_same_access(self) -> None:
        tables: dict[str, Any] = {
            "version": 1,
            "organizations": {"contoso": "id-left"},
            "people": {"ana": {"name": "Ana"}},
            "grants": [
                {
                    "people": ["ana"],
                    "organizations": ["contoso"],
                    "permissions": ["View Approvals"],
                    "until": datetime(2027, 1, 1, tzinfo=UTC),
                }
            ],
        }
        access = parse_access_document(tables)
        assert parse_access_document(access.document) == access
        assert access.grants[0].origin.detail == "grants[0]"
        with pytest.raises(TypeError, match="cannot hold a object"):
            parse_access_document({"version": object()})

    def test_a_file_that_cannot_be_used(self, tmp_path: Path) -> None:
        missing = tmp_path / "none.toml"
        binary = tmp_path / "binary.toml"
        binary.write_bytes(b"version = 1\n\xff\xfe")
        large = tmp_path / "large.toml"
        large.write_bytes(b"#" * (MAX_BYTES + 1))
        for file, said in (
            (missing, "cannot be read"),
            (binary, "not UTF-8 text (byte 12)"),
            (large, "right file?"),
        ):
            with pytest.raises(AccessFileError, match=re.escape(said)) as caught:
                load_access_file(file)
            assert str(caught.value).startswith(str(file))

    def test_the_example_file_is_accepted(self) -> None:
        access = load_access_file(ROOT / "examples" / "access.toml")
        assert {each.person_id for each in access.persons} == {"ana", "ben", "chen", "dora", "eli", "fay"}
        assert len(access.grants) == 9

    def test_every_whole_file_in_the_documentation_is_accepted(self) -> None:
        whole = [each for each in examples_of("access-file.md") if "version" in each]
        groups, small = (parse_access_document(each) for each in whole)
        assert (len(small.grants), len(small.user_group_grants)) == (2, 0)
        assert (len(groups.grants), groups.user_groups) == (1, {"night": "S01NIGHT001"})
        held = [each for each in groups.user_group_grants if each.person_id == "S01NIGHT001"]
        assert [each.role for each in held] == [None, "Read Only"]
        there = groups.with_members({"S01NIGHT001": ["U01ANA00001", "U0STRANGER1"]})
        assert {each.person_id for each in there.grants if each.origin.source is Source.USER_GROUP} == {"ana"}

    @pytest.mark.parametrize("page", ["access-file.md", "administration.md"])
    def test_every_part_of_a_file_in_the_documentation_fits_into_a_whole_one(self, page: str) -> None:
        """A fragment is put where it belongs: its keys at the top, its tables after the people and organizations."""
        parts = [each for each in examples_of(page) if "version" not in each and not each.startswith("#:")]
        assert parts
        for part in parts:
            top, table, rest = part.partition("[")
            known = "" if "[organizations]" in part else '[organizations]\ncontoso = "id-left"\n\n'
            access = parse_access_document(f"version = 1\n{top}{known}{table}{rest}")
            assert access.organization_ids
            assert len(access.user_group_grants) == part.count("user_groups = [")

    def test_the_schema_accepts_what_we_accept_and_refuses_a_wrong_key(self) -> None:
        schema = access_schema()
        good = {
            "version": 1,
            "people": {"a": {"name": "A"}},
            "grants": [{"people": ["a"], "organizations": ["x"]}],
        }
        jsonschema.validate(good, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**good, "people": {"a": {"nome": "A"}}}, schema)


USER_GROUPS = """
version = 1
slack_user_groups = true
[organizations]
contoso = "id-left"
[people.ana]
name = "Ana"
slack = ["U0ANA"]
[user_groups.night]
slack = "S0NIGHT"
[[grants]]
people = ["ana"]
user_groups = ["night"]
organizations = ["contoso"]
permissions = ["View Approvals"]
"""


class TestUserGroups:
    def test_10_6_off_unless_switched_on(self) -> None:
        text = USER_GROUPS.replace("slack_user_groups = true\n", "")
        with pytest.raises(AccessFileError, match="write slack_user_groups = true at the top"):
            parse_access_document(text)

    def test_10_6_it_counts_for_those_of_its_members_who_are_people_of_the_file(self) -> None:
        known = parse_access_document(USER_GROUPS)
        assert [each.origin.source for each in known.grants] == [Source.FILE]
        told = known.with_members({"S0NIGHT": ["U0ANA", "U0STRANGER"], "S0OTHER": ["U0ANA"]})
        [added] = told.grants[1:]
        assert (added.person_id, added.origin.source) == ("ana", Source.USER_GROUP)
        assert str(added.origin).startswith("Slack user group, night (S0NIGHT), grants[0]")

    @pytest.mark.parametrize("members", [{}, {"S0NIGHT": []}, {"S0NIGHT": ["U0STRANGER"]}])
    def test_10_6_no_answer_means_no(self, members: dict[str, list[str]]) -> None:
        known = parse_access_document(USER_GROUPS)
        assert known.with_members(members) == known

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('user_groups = ["night"]', 'user_groups = ["nigth"]', "did you mean 'night'?"),
            ('user_groups = ["night"]', 'user_groups = ["zzz"]', "add it with the id from Slack"),
            ('"S0NIGHT"', '"night"', "user_groups.night.slack"),
            ("[[grants]]", '[user_groups.day]\nslack = "S0NIGHT"\n[[grants]]', "is already night"),
            ('slack = "S0NIGHT"', 'slak = "S0NIGHT"', "did you mean 'slack'?"),
        ],
    )
    def test_faults(self, old: str, new: str, said: str) -> None:
        with pytest.raises(AccessFileError) as caught:
            parse_access_document(USER_GROUPS.replace(old, new))
        assert said in str(caught.value)


class TestLines:
    def test_headers_keys_and_repeated_tables(self) -> None:
        text = (
            'version = 1\n[people."a b"] # c\nname = 1\n[[grants]]\nuntil = 1\n[[grants]]\nuntil = 2\nx.y = 3'
        )
        lines = lines_by_path(text)
        assert lines["version",] == 1
        assert lines["people", "a b"] == 2
        assert lines["people", "a b", "name"] == 3
        assert (lines["grants", 0, "until"], lines["grants", 1, "until"]) == (5, 7)
        assert lines["grants", 1, "x", "y"] == 8

    def test_the_nearest_thing_around_it(self) -> None:
        lines = lines_by_path("[[grants]]\npeople = []\n")
        assert line_of(("grants", 0, "people", 3), lines) == 2
        assert line_of(("grants", 0, "until"), lines) == 1
        assert line_of(("roles", "x"), lines) is None

    def test_what_only_looks_like_a_header_is_no_header(self) -> None:
        assert lines_by_path("[a b]\nx = 1\n") == {(): 1, ("x",): 2}
