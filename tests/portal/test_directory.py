"""Computers, groups, organizations, applications and policies, as far as decisions rest on them."""

from typing import Any

import pytest
from pydantic import SecretStr

from bot.portal import (
    SEARCH_BY_USER,
    AnswerNotUnderstood,
    NotFound,
    PermitDetails,
    PortalAddress,
    PortalClient,
    Unusable,
)
from tests.portal.conftest import Bench, MakeClient
from tests.portal.samples import (
    APPLICATION,
    COMPUTER,
    GROUP,
    HASH,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    POLICY,
    REQUEST,
    ROOT,
    SHA256,
    TOKEN,
    ZERO,
    application,
    computer,
    computer_group,
    form,
    form_of,
    policy,
    row,
)
from tests.portal.wire_server import Says, WireServer

MATCH = "ApplicationGetMatchingList"
REACHABLE = "OrganizationGetForMoveComputers"
CHILDREN = "OrganizationGetChildOrganizationsByParameters"


async def test_permit_details_keep_the_form_as_received(portal: WireServer, client: PortalClient) -> None:
    portal.on("ApprovalRequestGetPermitApplicationById", form())
    details = await client.permit_details(REQUEST, ORGANIZATION)
    assert details.raw == form()
    assert portal.received[0].query == {"approvalRequestId": REQUEST}


async def test_a_form_of_another_request_is_never_used(portal: WireServer, client: PortalClient) -> None:
    portal.on("ApprovalRequestGetPermitApplicationById", form())
    with pytest.raises(AnswerNotUnderstood, match="asked for request"):
        await client.permit_details(POLICY, ORGANIZATION)


@pytest.mark.parametrize("answer", ["", "null", "{}"])
async def test_a_form_that_is_not_there_is_not_found(
    portal: WireServer, client: PortalClient, answer: str
) -> None:
    portal.on("ApprovalRequestGetPermitApplicationById", Says(answer))
    with pytest.raises(NotFound):
        await client.permit_details(REQUEST)


async def test_matches_are_asked_for_with_all_that_is_known_of_the_file(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(MATCH, {"hasMatching": True, "matchingApplications": [application()]})
    found = await client.matching_applications(PermitDetails.read(form()))
    assert [(one.application_id, one.is_built_in) for one in found] == [(APPLICATION, False)]
    assert portal.received[0].body == {
        "hash": HASH,
        "sha256": SHA256,
        "path": "C:\\Tools\\setup.exe",
        "processPath": "C:\\Windows\\explorer.exe",
        "certs": [{"sha": "AB12", "subject": "CN=Fjord Tools AS", "validCert": True}],
        "createdBys": ["C:\\Browser\\browser.exe"],
        "organizationIds": None,
        "osType": 1,
        "filename": "setup.exe",
        "approvalRequestId": REQUEST,
    }


async def test_the_form_stands_in_for_a_missing_action_object(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(MATCH, {"hasMatching": False})
    bare = form_of(row(threatLockerActionDto=None, json=None), osType=2)
    del bare["fileDetails"]["filename"]
    assert await client.matching_applications(PermitDetails.read(bare)) == ()
    sent = portal.received[0].body
    assert (sent["hash"], sent["filename"], sent["osType"]) == (HASH, "setup.exe", 2)


@pytest.mark.parametrize(
    "answer",
    [
        {"hasMatching": False, "matchingApplications": [application()]},
        {"hasMatching": True, "matchingApplications": None},
        {"matchingApplications": [application()]},
        "",
        "null",
    ],
)
async def test_only_a_said_match_is_a_match(portal: WireServer, client: PortalClient, answer: Any) -> None:
    portal.on(MATCH, Says(answer))
    assert await client.matching_applications(PermitDetails.read(form())) == ()


@pytest.mark.parametrize("rows", ["text", [1], [{"name": "no id"}]])
async def test_matches_of_an_odd_shape_are_not_read_as_none(
    portal: WireServer, client: PortalClient, rows: Any
) -> None:
    portal.on(MATCH, {"hasMatching": True, "matchingApplications": rows})
    with pytest.raises(AnswerNotUnderstood):
        await client.matching_applications(PermitDetails.read(form()))


async def test_matches_of_an_unnamed_request_are_not_asked_for(client: PortalClient) -> None:
    with pytest.raises(Unusable, match="name no request"):
        await client.matching_applications(PermitDetails.read({}))


async def test_policies_of_an_application_come_page_by_page(
    portal: WireServer, make_client: MakeClient
) -> None:
    second = "7b5f28d3-e170-4d9b-b84c-0f3c7e9a2d15"
    portal.on("PolicyGetForViewPoliciesByApplicationId", [policy()], [policy(policyId=second)], Says(""))
    rows = await make_client(portal.base_url, page_size=1).policies_of_application(APPLICATION, ORGANIZATION)
    assert [one.policy_id for one in rows] == [POLICY, second]
    assert portal.received[0].body == {
        "applicationId": APPLICATION,
        "organizationId": ORGANIZATION,
        "includeDenies": False,
        "pageNumber": 1,
        "pageSize": 1,
    }


async def test_research_says_something_or_nothing(portal: WireServer, client: PortalClient) -> None:
    portal.on(
        "ApplicationGetResearchDetailsById",
        {
            "productName": "Label",
            "concernRating": 3,
            "categories": ["Print"],
            "countriesWhereCodeCompiled": None,
        },
        Says(""),
    )
    first = await client.research_details(APPLICATION)
    assert first is not None
    assert (first.product_name, first.concern_rating, first.categories) == ("Label", "3", ("Print",))
    assert await client.research_details(APPLICATION) is None


async def test_computer_groups_say_whether_they_are_global(portal: WireServer, client: PortalClient) -> None:
    unsaid = computer_group(computerGroupId=COMPUTER, isGlobal=...)
    portal.on("ComputerGroupGetForPermitApplication", [computer_group(), unsaid])
    groups = await client.computer_groups_for_permit(ORGANIZATION, 2)
    assert [(one.name, one.is_global) for one in groups] == [("Laptops", False), ("Laptops", None)]
    assert groups[0].raw == computer_group()
    assert portal.received[0].query == {"osType": "2"}


async def test_computers_are_found_by_text_or_by_id(portal: WireServer, client: PortalClient) -> None:
    portal.on("ComputerGetByAllParameters", [computer()])
    found = await client.computers(ORGANIZATION, search_text="kari", search_by=SEARCH_BY_USER)
    assert (found[0].computer_group_id, found[0].computer_group_name) == (GROUP, "Laptops")
    assert found[0].organization_name == "Fjord Logistics"
    await client.computers(ORGANIZATION, computer_id=COMPUTER, with_children=True)
    first, second = (one.body for one in portal.received)
    assert (first["searchText"], first["searchBy"], first["computerId"]) == ("kari", 2, ZERO)
    assert (second["computerId"], second["childOrganizations"]) == (COMPUTER, True)


async def test_organizations_are_one_tree_of_two_answers(portal: WireServer, client: PortalClient) -> None:
    portal.on(
        REACHABLE,
        [{"label": "Harbour Group", "value": ROOT}, {"label": "Fjord", "value": ORGANIZATION}],
    )
    portal.on(
        CHILDREN,
        [
            {"organizationId": ORGANIZATION, "name": "fjord", "parentId": ROOT, "computerCount": 12},
            {"organizationId": OTHER_ORGANIZATION, "displayName": "Orphan", "parentId": ZERO},
        ],
    )
    rows = {one.organization_id: one for one in await client.organizations()}
    assert (rows[ROOT].parent_id, rows[ROOT].listed_as_child) == (None, False)
    assert (rows[ORGANIZATION].parent_id, rows[ORGANIZATION].title) == (ROOT, "Fjord")
    assert rows[ORGANIZATION].computer_count == 12
    orphan = rows[OTHER_ORGANIZATION]
    assert (orphan.parent_id, orphan.listed_as_child, orphan.title) == (None, True, "Orphan")
    body = portal.calls(CHILDREN)[0].body
    assert (body["childOrganizations"], body["includeAllChildren"]) == (True, True)


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("http://127.0.0.1:1", "/portalapi/C/A"),
        ("http://127.0.0.1:1/", "/portalapi/C/A"),
        ("http://127.0.0.1:1/portalApi", "/portalApi/C/A"),
        ("http://127.0.0.1:1/portalapi/", "/portalapi/C/A"),
        ("https://gate.example/behind/proxy?x=1#y", "/behind/proxy/portalapi/C/A"),
    ],
)
def test_the_address_may_end_in_portalapi_or_not(base_url: str, path: str) -> None:
    url = PortalAddress(base_url, _secret(TOKEN)).url_of("C", "A")
    assert (url.path, url.query_string, url.fragment) == (path, "", "")


@pytest.mark.parametrize(
    ("base_url", "token", "why"),
    [
        ("portalapi.k.threatlocker.com", TOKEN, "no web address"),
        ("ftp://portal.example", TOKEN, "no web address"),
        ("https://", TOKEN, "no web address"),
        ("http://portal.example/portalapi", TOKEN, "in the clear"),
        ("http://192.0.2.7", TOKEN, "in the clear"),
        ("https://portal.example", "", "token is empty"),
        ("https://portal.example", "Bearer abc", "blanks"),
        ("https://portal.example", "abc\r\nX: y", "blanks"),
        ("https://portal.example", "tökén", "blanks"),
    ],
)
def test_an_address_or_token_that_cannot_work_is_refused_with_a_remedy(
    base_url: str, token: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why) as raised:
        PortalAddress(base_url, _secret(token))
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize("base_url", ["http://localhost:8080", "http://[::1]:8080", "https://portal.example"])
def test_this_machine_and_encrypted_addresses_are_fine(base_url: str) -> None:
    assert PortalAddress(base_url, _secret(TOKEN)).organization_id is None


def _secret(token: str) -> SecretStr:
    return SecretStr(token)


async def test_traffic_tells_what_was_called_and_hides_what_was_said(
    portal: WireServer, client: PortalClient, bench: Bench
) -> None:
    portal.on(MATCH, {"hasMatching": False})
    await client.matching_applications(PermitDetails.read(form()))
    told = bench.traffic[0]
    assert (told.method, told.operation, told.status) == ("POST", MATCH, 200)
    assert told.elapsed_s > 0
    assert "setup.exe" not in repr(told)
