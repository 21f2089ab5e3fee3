"""Who is whom: one person under a directory name, a UPN, a mail address, a local account; who is not told apart."""

from __future__ import annotations

import pytest

from permissions import (
    Access,
    AccessFileError,
    AccountIndex,
    Person,
    Whose,
    account,
    is_nobodys,
    nameless,
    parse_access_document,
    warnings,
    whose,
)

ANA = Person(person_id="ana", name="Ana Silva", portal_names=("ana.silva@northwind.example",))
BEN = Person(person_id="ben", name="Ben Okafor")
KNOWN = Access(persons=(ANA, BEN))

HERS = [
    "NORTHWIND\\ana.silva",
    "northwind\\ANA.SILVA",
    "ana.silva",
    "ana.silva@northwind.example",
    "Ana.Silva@another.example",
    "NORTHWIND\\ana.silva@northwind.example",
    "NORTHWIND/ana.silva",
    "FAB-WS-03\\ana.silva",
    ".\\ana.silva",
    " ana.silva ",
    "MicrosoftAccount\\ana.silva@outlook.example",
    "ana.silva_northwind.example#EXT#@contoso.onmicrosoft.example",
    "\N{FULLWIDTH LATIN SMALL LETTER A}na.silva",
    "an\N{COMBINING ACUTE ACCENT}a.silva",
    "ana\N{ZERO WIDTH SPACE}.silva",
    "ana.s\N{RIGHT-TO-LEFT OVERRIDE}ilva",
    "FAB-WS-03\\Ana Silva",
    "AzureAD\\AnaSilva",
    '"NORTHWIND\\ana.silva"',
    "i:0#.f|membership|ana.silva@northwind.example",
    "upn:ana.silva@northwind.example",
    "NORTHWIND\\ana.silva\N{HANGUL FILLER}",
    "ana\N{BRAILLE PATTERN BLANK}.silva",
]


@pytest.mark.parametrize("asked_by", HERS)
def test_every_form_of_ones_own_account_is_ones_own(asked_by: str) -> None:
    assert whose(asked_by, ANA, KNOWN) is Whose.OWN


@pytest.mark.parametrize(
    "portal_name", [each for each in HERS if "Silva" not in each.replace("Ana.Silva", "")]
)
def test_whichever_form_the_file_has(portal_name: str) -> None:
    person = Person(person_id="ana", name="A. Silva", portal_names=(portal_name,))
    assert whose("NORTHWIND\\ana.silva", person, Access(persons=(person,))) is Whose.OWN
    assert whose("NORTHWIND\\dora.lind", person, Access(persons=(person,))) is Whose.ANOTHERS


@pytest.mark.parametrize(
    "asked_by", ["NORTHWIND\\ana.silvas", "silva", "NORTHWIND\\ana", "", "SYSTEM", "NW\\WS-01$"]
)
def test_another_account_is_another_persons(asked_by: str) -> None:
    assert whose(asked_by, ANA, KNOWN) is Whose.ANOTHERS


@pytest.mark.parametrize(
    "asked_by", ["NORTHWIND\\bokafor", "", "NT AUTHORITY\\SYSTEM", "NW\\WS-01$", "x@y.example"]
)
def test_without_a_portal_name_nothing_is_told_apart(asked_by: str) -> None:
    assert whose(asked_by, BEN, KNOWN) is Whose.UNTOLD


def test_but_what_is_somebody_elses_is_not_ones_own() -> None:
    assert whose("NORTHWIND\\ana.silva", BEN, KNOWN) is Whose.ANOTHERS


@pytest.mark.parametrize(
    "asked_by", [*HERS, "NORTHWIND\\bokafor", "silva", "", "SYSTEM", "NW\\WS-01$", "ben okafor"]
)
def test_the_index_of_accounts_says_whose_they_are(asked_by: str) -> None:
    owners = [each for each in KNOWN.persons if whose(asked_by, each, KNOWN) is Whose.OWN]
    assert list(AccountIndex.of(KNOWN).owners_of(asked_by)) == owners


def test_an_account_looks_like_those_of_that_name_whose_it_is_not() -> None:
    twin = Person(
        person_id="bea", name="Bea Okafor", portal_names=("bea",), emails=("bokafor@northwind.example",)
    )
    index = AccountIndex.of(Access(persons=(ANA, BEN, twin)))
    assert index.look_alikes_of("NORTHWIND\\asilva7") == (ANA,)
    assert index.look_alikes_of("NORTHWIND\\bokafor") == (BEN,), "it is in the table of the other"
    for other in ("ana.silva", "NORTHWIND\\mlind", "SYSTEM", "bo", ""):
        assert index.look_alikes_of(other) == ()


def test_a_mail_address_is_enough_to_be_refused_and_not_to_decide() -> None:
    by_mail = Person(person_id="cy", name="Cy Ito", emails=("cyito@northwind.example",))
    access = Access(persons=(by_mail,))
    assert whose("NORTHWIND\\cyito", by_mail, access) is Whose.OWN
    assert whose("NORTHWIND\\other", by_mail, access) is Whose.UNTOLD
    assert whose("NORTHWIND\\ben.okafor", BEN, KNOWN, ["ben.okafor@northwind.example"]) is Whose.OWN


SID = "S-1-5-21-3623811015-3361044348-30300820-1013"


def test_a_sid_is_told_apart_only_by_a_listed_sid() -> None:
    assert whose(SID, ANA, KNOWN) is Whose.UNTOLD
    named = Person(person_id="ana", name="Ana Silva", portal_names=("ana.silva", SID.lower()))
    assert whose(SID, named, Access(persons=(named,))) is Whose.OWN
    assert whose(SID[:-1] + "4", named, Access(persons=(named,))) is Whose.ANOTHERS
    assert (
        whose(SID, ANA, Access(persons=(ANA, Person(person_id="x", name="X", portal_names=(SID,)))))
        is Whose.ANOTHERS
    )
    assert whose("CN=Ana Silva,OU=Staff,DC=northwind", ANA, KNOWN) is Whose.UNTOLD


GUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
NAME = "NORTHWIND\\ana.silva"
DISTINGUISHED = "CN=Ana Silva,OU=Staff,DC=northwind"


@pytest.mark.parametrize("listed", [NAME, SID, GUID, DISTINGUISHED])
@pytest.mark.parametrize("asked_by", [NAME, SID, GUID, DISTINGUISHED])
def test_an_account_is_told_apart_only_in_a_form_that_is_listed(listed: str, asked_by: str) -> None:
    person = Person(person_id="ana", name="Dr. A.", portal_names=(listed,))
    found = whose(asked_by, person, Access(persons=(person,)))
    assert found is (Whose.OWN if asked_by == listed else Whose.UNTOLD)


@pytest.mark.parametrize("other", ["NORTHWIND\\ben.okafor", SID[:-1] + "9", GUID[:-1] + "9", "CN=Ben"])
def test_in_a_listed_form_another_is_another(other: str) -> None:
    person = Person(person_id="ana", name="Dr. A.", portal_names=(NAME, SID, GUID, DISTINGUISHED))
    assert whose(other, person, Access(persons=(person,))) is Whose.ANOTHERS


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "SYSTEM",
        "NT AUTHORITY\\SYSTEM",
        "NT AUTHORITY\\NETWORK SERVICE",
        "root",
        "NW\\WS-01$",
        "S-1-5-18",
    ],
)
def test_accounts_that_nobody_signs_in_with(name: str) -> None:
    assert is_nobodys(name)
    assert not is_nobodys("NORTHWIND\\ana.silva")


def test_an_account_keeps_its_domain_for_the_file_check_alone() -> None:
    assert account("NORTHWIND\\Ana.Silva") == ("ana.silva", "northwind", "\\")
    assert account("ana.silva@Northwind.example") == ("ana.silva", "northwind.example", "@")
    assert account("@handle").name == "@handle"


def people(*tables: str) -> str:
    return "version = 1\n" + "".join(
        f"[people.{key}]\n{rest}\n" for key, rest in (t.split(":", 1) for t in tables)
    )


def faults(*tables: str) -> list[str]:
    with pytest.raises(AccessFileError) as raised:
        parse_access_document(people(*tables), source="a.toml")
    return [str(each) for each in raised.value.problems]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ('name = "Ana Silva"', 'name = "ANA  silva"', "the name 'ANA  silva' is already ana's"),
        (
            'name = "A"\nportal = ["x.y"]',
            'name = "B"\nportal = ["NW\\\\X.Y"]',
            "is already ana's ('x.y')",
        ),
        (
            'name = "A"\nportal = ["NW\\\\x.y"]',
            'name = "B"\nportal = ["x.y@nw.example"]',
            "'x.y@nw.example' is already ana's",
        ),
        (
            'name = "A"\nemails = ["x@a.example"]',
            'name = "B"\nemails = ["X@a.example"]',
            "is already ana's",
        ),
        (
            'name = "A"\nportal = ["x"]',
            'name = "B"\nemails = ["x@a.example"]',
            "is already ana's ('x')",
        ),
        (
            'name = "A"\nslack = ["U01"]',
            'name = "B"\nslack = ["U01"]',
            "the Slack id U01 is already ana's",
        ),
    ],
)
def test_one_person_is_not_two_pairs_of_eyes(one: str, other: str, told: str) -> None:
    [fault] = faults(f"ana:{one}", f"eve:{other}")
    assert told in fault
    assert "people.eve" in fault
    assert "a.toml, line" in fault


def test_a_key_that_differs_in_case_alone_is_a_fault() -> None:
    assert any(
        "the key 'Ana', but for case, is already ana's" in each
        for each in faults('ana:name = "A"', 'Ana:name = "B"')
    )


def test_the_account_of_a_machine_is_nobodys_portal_name() -> None:
    [fault] = faults('ana:name = "A"\nportal = ["NT AUTHORITY\\\\SYSTEM"]')
    assert "is no person's account" in fault


def test_one_account_name_in_two_domains_is_legal_and_said() -> None:
    tables = (
        'ana:name = "A"\nportal = ["NW\\\\j.smith", "j.smith@nw.example"]',
        'eve:name = "E"\nportal = ["FAB\\\\j.smith"]\nemails = ["j.smith@fab.example"]',
    )
    access = parse_access_document(people(*tables))
    assert any("differ in the domain alone" in each for each in warnings(access, None))
    ana, eve = access.persons
    assert whose("FAB\\j.smith", ana, access) is Whose.OWN
    assert whose("FAB\\j.smith", eve, access) is Whose.OWN


def test_a_person_with_a_sid_alone_is_named_by_the_file_check() -> None:
    tables = f'ana:name = "Ana Silva"\nslack = ["U01"]\nportal = ["{SID}"]'
    grant = (
        '[[grants]]\npeople = ["ana"]\npermissions = ["Approve for Single Computer"]\norganizations = ["c"]\n'
    )
    organizations = '[organizations]\nc = "11111111-1111-1111-1111-111111111111"\n'
    access = parse_access_document(people(tables) + organizations + grant)
    [fault] = nameless(access)
    assert "Ana Silva may decide and has only a SID or the like as portal name" in fault
