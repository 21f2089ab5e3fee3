"""What the approval dialogue reads out of the portal's form: ringfencing, choices, links, and sameness."""

from typing import Any

import pytest

from bot.models import CustomRule, RequestFacts
from bot.portal import (
    PermitDetails,
    PortalClient,
    Unusable,
    facts_of,
    hash_rule_name,
    ringfencing_suggested,
    speaks_of,
    unfitting_parts,
)
from bot.portal.wire import ApprovalRequestRow
from tests.portal.samples import (
    APPLICATION,
    COMPUTER,
    GROUP,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    ZERO,
    action,
    application,
    form,
    form_of,
    row,
)
from tests.portal.wire_server import Says, WireServer

OPTIONS = "ApplicationGetForApplicationOptions"
OFF = dict.fromkeys(
    ("restrictApplication", "restrictApplicationSpawning", "restrictFileAccess", "restrictNetworkAccess"),
    False,
)


def _suggested(options: dict[str, Any] | None = None, **changes: Any) -> tuple[str, ...]:
    base = {"ringfenceActionId": 0, "ringfencingOptions": {**OFF, **(options or {})}}
    return ringfencing_suggested(PermitDetails.read(form(**(base | changes))))


def test_a_form_without_a_restriction_suggests_none() -> None:
    assert _suggested() == ()
    assert _suggested(ringfencingOptions=None, networkExclusions=None, fileExclusions=None) == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"restrictApplicationSpawning": True}, "It may not start other applications."),
        ({"restrictApplication": True}, "It may not interact with other applications."),
        (
            {
                "restrictApplication": True,
                "rfAssociatedApplicationPolicy": [{"name": "Shell"}, {"name": None}],
            },
            "It may not interact with other applications: Shell, unnamed.",
        ),
        (
            {"RestrictRegistryAccess": True, "rfRegistryPolicy": None},
            "Its access to the registry is restricted.",
        ),
        (
            {
                "restrictNetworkAccess": True,
                "rfNetworkPolicy": [
                    {"server": "tides.example", "port": 443, "action": 1},
                    {"server": "ads.example", "action": 2},
                ],
            },
            "Its access to the network is restricted: except tides.example port 443; denied: ads.example.",
        ),
        (
            {
                "restrictFileAccess": True,
                "rfFilePolicy": [{"path": f"C:\\{n}", "action": 1, "permission": 2} for n in "abcde"],
            },
            "Its access to files is restricted: except C:\\a (write), C:\\b (write), C:\\c (write) and 2 more.",
        ),
    ],
)
def test_each_suggested_restriction_is_said(options: dict[str, Any], said: str) -> None:
    assert _suggested(options) == (said,)


def test_exclusions_are_said_and_a_mark_without_a_restriction_too() -> None:
    assert _suggested(
        networkExclusions=[{"tagPrefixTypeId": 1, "value": "tides.example"}], fileExclusions=["?"]
    ) == ("Network addresses left out of it: tides.example.",)
    (said,) = _suggested(ringfenceActionId=3)
    assert "goes back as it came" in said
    assert _suggested(isRingfenced=True) == (said,)


def test_the_choices_that_a_rule_may_name_come_from_the_form_then_from_the_file() -> None:
    conditions = {"certSubjects": ["CN=A", None, "CN=A", "CN=B"], "createdByProcesses": []}
    details = PermitDetails.read(form(policyConditions=conditions))
    assert details.signers_offered == ("CN=A", "CN=B")
    assert details.creators_offered == ("C:\\Browser\\browser.exe",)
    bare = PermitDetails.read(form(policyConditions=None))
    assert bare.signers_offered == ("CN=Fjord Tools AS",)


def test_only_what_the_portal_lets_us_see_is_linked() -> None:
    links = {"virusTotalUrl": "https://r.example/f", "systemLookupUrl": "https://l.example/f"}
    both = {"canViewVirusTotal": True, "canViewOnSystemLookup": True}
    assert PermitDetails.read(form(**links, **both)).lookup_links == (
        ("VirusTotal", "https://r.example/f"),
        ("System lookup", "https://l.example/f"),
    )
    closed = {"canViewVirusTotal": False, "canViewOnSystemLookup": None}
    assert PermitDetails.read(form(**links, **closed)).lookup_links == ()
    assert PermitDetails.read(form(canViewVirusTotal=True, virusTotalUrl=None)).lookup_links == ()


@pytest.mark.parametrize(("told", "offered"), [(True, True), (False, False), (None, True)])
def test_the_organization_reach_is_closed_only_where_the_portal_says_so(
    told: bool | None, offered: bool
) -> None:
    level = {"canUseEntireOrganization": told}
    assert PermitDetails.read(form(policyLevel=level)).offers_organization is offered


def _facts(request: dict[str, Any]) -> RequestFacts:
    return facts_of(ApprovalRequestRow.read(request))


NO_HASH = row(hash="", json='{"actionType":"execute"}', threatLockerActionDto=action(hash=None))


@pytest.mark.parametrize(
    ("request_row", "changes", "same"),
    [
        (row(), {}, True),
        (row(), {"computerId": GROUP}, False),
        (row(), {"organizationId": OTHER_ORGANIZATION}, False),
        (row(), {"fileDetails": {**form()["fileDetails"], "fullPath": "C:\\Other\\setup.exe"}}, False),
        (row(), {"fileDetails": {**form()["fileDetails"], "fullPath": ""}}, True),
        (NO_HASH, {"approvalRequest": NO_HASH, "fileDetails": {"fullPath": "C:\\Tools\\setup.exe"}}, True),
        (NO_HASH, {"approvalRequest": NO_HASH, "fileDetails": {"fullPath": "C:\\Tools\\other.exe"}}, False),
        (NO_HASH, {"approvalRequest": NO_HASH, "fileDetails": {"fullPath": ""}}, False),
        (NO_HASH, {}, False),
        (row(), {"approvalRequest": NO_HASH, "fileDetails": {"fullPath": "C:\\Tools\\setup.exe"}}, False),
    ],
)
def test_the_form_must_speak_of_what_the_card_showed(
    request_row: dict[str, Any], changes: dict[str, Any], same: bool
) -> None:
    assert speaks_of(PermitDetails.read(form(**changes)), _facts(request_row)) is same


def test_a_form_with_two_hashes_is_said_to_be_one() -> None:
    details = PermitDetails.read(form(fileDetails={"hash": "00" * 16}))
    with pytest.raises(Unusable, match="different file hashes"):
        speaks_of(details, _facts(row()))


def test_a_name_without_a_hash_names_file_and_computer() -> None:
    details = PermitDetails.read(
        form_of(NO_HASH, fileDetails={"fullPath": "C:\\Tools\\setup.exe", "hash": None})
    )
    assert hash_rule_name(details) == "setup.exe on FJ-LT-007"
    assert hash_rule_name(details, wide=True) == "setup.exe"


@pytest.mark.parametrize("wrapped", [False, True])
async def test_applications_to_choose_from_are_the_organizations_own(
    portal: WireServer, client: PortalClient, wrapped: bool
) -> None:
    foreign = application(applicationId=COMPUTER, organizationId=OTHER_ORGANIZATION)
    built_in = application(applicationId=GROUP, organizationId=OTHER_ORGANIZATION, organizationName="master")
    rows = [application(), foreign, built_in]
    portal.on(OPTIONS, Says({"data": rows} if wrapped else rows))
    own = await client.application_options(ORGANIZATION, 1, search_text="label", host_name="FJ-LT-007")
    assert [one.application_id for one in own] == [APPLICATION]
    both = await client.application_options(ORGANIZATION, 1, applies_to_id=GROUP, include_built_in=True)
    assert [one.application_id for one in both] == [APPLICATION, GROUP]
    first, second = portal.calls(OPTIONS)
    assert first.body == {
        "organizationId": ORGANIZATION,
        "osType": 1,
        "includeBuiltIn": False,
        "searchText": "label",
        "hostName": "FJ-LT-007",
        "appliesToId": ZERO,
        "onlyPermitted": False,
    }
    assert first.headers["managedorganizationid"] == ORGANIZATION
    assert (second.body["appliesToId"], second.body["includeBuiltIn"]) == (GROUP, True)


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ({"path": "C:\\Tools\\*.exe", "signer": "CN=Fjord Tools AS"}, ()),
        ({"path": "c:\\tools\\SETUP.EXE", "process": "*\\explorer.exe"}, ()),
        ({"path": "C:\\Tools\\s?tup.exe", "created_by": "*\\browser.exe"}, ()),
        ({"path": "C:\\Tools\\s?tup.exe", "created_by": "*\\other.exe"}, ("created_by",)),
        ({"path": "C:\\Program Files\\*", "signer": "CN=Fjord Tools AS"}, ("path",)),
        ({"path": "C:\\Tools\\*", "process": "*\\cmd.exe", "signer": "CN=Else"}, ("process", "signer")),
        ({"path": "C:\\Tools\\setup.ex", "signer": "CN=Fjord"}, ("path", "signer")),
        ({"path": "[C]:\\Tools\\setup.exe"}, ("path",)),
        ({}, ()),
    ],
)
def test_a_rule_that_misses_the_file_is_told(rule: dict[str, str], parts: tuple[str, ...]) -> None:
    assert unfitting_parts(PermitDetails.read(form()), CustomRule(**rule)) == parts


def test_what_the_form_does_not_tell_is_taken_to_fit() -> None:
    bare = {
        "fullPath": "C:\\Tools\\setup.exe",
        "processPath": "",
        "certificates": [],
        "createdByProcesses": [],
    }
    details = PermitDetails.read(form(fileDetails=bare, policyConditions=None))
    rule = CustomRule(path="C:\\Tools\\*", process="x.exe", signer="CN=Else", created_by="y.exe")
    assert unfitting_parts(details, rule) == ()
