"""How far an application reaches already: the widest enabled permit counts, and a doubt closes."""

from typing import Any

import pytest
from aiohttp import web

from bot.models import Reach
from bot.portal import PortalClient, standing_permits
from tests.portal.conftest import NOW, MakeClient
from tests.portal.samples import (
    APPLICATION,
    COMPUTER,
    GROUP,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    POLICY,
    ROOT,
    computer,
    computer_group,
    policy,
)
from tests.portal.wire_server import Says, WireServer

GLOBAL_GROUP = "9d0c7b31-52ae-4f68-8c14-73e2b0a9d5f6"
OTHER_COMPUTER = "40a7c2e8-1f93-4d5b-b6e0-8c29d7f3a154"
STRANGE = "e2b81f47-90d6-4a3c-8f75-1c64a0b9d382"

POLICIES = "PolicyGetForViewPoliciesByApplicationId"
GROUPS = "ComputerGroupGetForPermitApplication"
COMPUTERS = "ComputerGetByAllParameters"


def _at(place: str | None, number: int = 0, **changes: Any) -> dict[str, Any]:
    policy_id = f"{number:08x}{POLICY[8:]}"
    return policy(policyId=policy_id, computerGroupId=place, **changes)


def _portal(portal: WireServer, policies: list[dict[str, Any]], above: Any = ()) -> None:
    async def rows(call: web.Request) -> web.StreamResponse:
        own = (await call.json())["organizationId"] == ORGANIZATION
        return Says(policies if own else list(above)).response()

    async def computers(call: web.Request) -> web.StreamResponse:
        known = {
            COMPUTER: computer(),
            OTHER_COMPUTER: computer(computerId=OTHER_COMPUTER),
            STRANGE: computer(computerId=STRANGE, organizationId=OTHER_ORGANIZATION),
        }
        found = known.get((await call.json())["computerId"])
        return Says([found] if found else []).response()

    portal.on(POLICIES, rows)
    portal.on(COMPUTERS, computers)
    portal.on(
        GROUPS,
        [
            computer_group(),
            computer_group(computerGroupId=GLOBAL_GROUP, organizationId=ROOT, isGlobal=True, name="All"),
        ],
    )


async def _width(client: PortalClient, computer_id: str | None = None) -> Reach | None:
    found = await standing_permits(client, APPLICATION, ORGANIZATION, now=NOW, computer_id=computer_id)
    return found.widest


@pytest.mark.parametrize(
    ("policies", "width"),
    [
        ([], Reach.COMPUTER),
        ([_at(COMPUTER)], Reach.COMPUTER),
        ([_at(GROUP)], Reach.COMPUTER_GROUP),
        ([_at(ORGANIZATION)], Reach.ORGANIZATION),
        ([_at(GLOBAL_GROUP)], Reach.GLOBAL),
        ([_at(COMPUTER), _at(GROUP, 1)], Reach.COMPUTER_GROUP),
        ([_at(GROUP), _at(ORGANIZATION, 1), _at(COMPUTER, 2)], Reach.ORGANIZATION),
        ([_at(COMPUTER), _at(OTHER_COMPUTER, 1)], Reach.COMPUTER_GROUP),
        ([_at(ORGANIZATION), _at(COMPUTER, 1), _at(OTHER_COMPUTER, 2)], Reach.ORGANIZATION),
        # Ringfenced permits count; denials, ended and disabled ones do not.
        ([_at(ORGANIZATION, policyActionId=6)], Reach.ORGANIZATION),
        ([_at(ORGANIZATION, policyActionId=2)], Reach.COMPUTER),
        ([_at(ORGANIZATION, policyActionId=3), _at(GROUP, 1)], Reach.COMPUTER_GROUP),
        ([_at(ORGANIZATION, isEnabled=False), _at(GROUP, 1)], Reach.COMPUTER_GROUP),
        ([_at(ORGANIZATION, endDate="2026-03-02T08:29:59Z")], Reach.COMPUTER),
        ([_at(ORGANIZATION, endDate="2026-03-02T08:30:01Z")], Reach.ORGANIZATION),
        # What is left unsaid counts as permitted: the wider answer is the safe one.
        ([_at(ORGANIZATION, isEnabled=None)], Reach.ORGANIZATION),
        ([_at(ORGANIZATION, policyActionId=None)], Reach.ORGANIZATION),
        ([_at(ORGANIZATION, allUserGroups=False)], Reach.ORGANIZATION),
        # A place that is nobody's closes, but nothing is wider than global.
        ([_at(STRANGE)], None),
        ([_at(ROOT)], None),
        ([_at(OTHER_ORGANIZATION), _at(ORGANIZATION, 1)], None),
        ([_at(None)], None),
        ([_at(STRANGE), _at(GLOBAL_GROUP, 1)], Reach.GLOBAL),
        ([_at(STRANGE, isEnabled=False), _at(GROUP, 1)], Reach.COMPUTER_GROUP),
        ([_at(f"{number:08x}{COMPUTER[8:]}", number) for number in range(21)], None),
    ],
)
async def test_the_widest_enabled_permit_counts(
    portal: WireServer, client: PortalClient, policies: list[dict[str, Any]], width: Reach | None
) -> None:
    _portal(portal, policies)
    assert await _width(client) is width


@pytest.mark.parametrize(
    ("places", "width"),
    [
        ([COMPUTER], Reach.COMPUTER),
        ([OTHER_COMPUTER], Reach.COMPUTER_GROUP),
        ([COMPUTER, OTHER_COMPUTER], Reach.COMPUTER_GROUP),
    ],
)
async def test_whoever_may_decide_for_one_computer_touches_no_second_one(
    portal: WireServer, client: PortalClient, places: list[str], width: Reach
) -> None:
    _portal(portal, [_at(place, number) for number, place in enumerate(places)])
    assert await _width(client, COMPUTER) is width


@pytest.mark.parametrize(
    ("changes", "width"),
    [
        ({}, Reach.COMPUTER_GROUP),
        ({"isGlobal": None}, None),
        ({"organizationId": OTHER_ORGANIZATION}, None),
        ({"isGlobal": True}, Reach.GLOBAL),
    ],
)
async def test_a_group_counts_as_the_portal_marks_it(
    portal: WireServer, client: PortalClient, changes: dict[str, Any], width: Reach | None
) -> None:
    _portal(portal, [_at(GROUP)])
    portal.on(GROUPS, [computer_group(**changes)])
    assert await _width(client) is width


async def test_policies_of_the_parent_count_where_they_can_be_seen(
    portal: WireServer, client: PortalClient
) -> None:
    _portal(portal, [_at(COMPUTER)], above=[_at(GLOBAL_GROUP, 1, organizationId=ROOT)])
    assert await _width(client) is Reach.GLOBAL
    _portal(portal, [_at(COMPUTER)], above=[_at(ROOT, 1, organizationId=ROOT)])
    assert await _width(client) is None


async def test_a_parent_that_our_token_may_not_look_into_hides_nothing_of_the_own_policies(
    portal: WireServer, client: PortalClient
) -> None:
    _portal(portal, [_at(GROUP)])

    async def rows(call: web.Request) -> web.StreamResponse:
        if (await call.json())["organizationId"] == ORGANIZATION:
            return Says([_at(GROUP)]).response()
        refusal = {"Message": "Missing the 'View Application Control Policies' permission"}
        return Says(refusal, status=401).response()

    portal.on(POLICIES, rows)
    assert await _width(client) is Reach.COMPUTER_GROUP


async def test_a_portal_that_does_not_answer_closes(portal: WireServer, make_client: MakeClient) -> None:
    away = make_client("http://127.0.0.1:9/portalapi/")
    assert await _width(away) is None


@pytest.mark.parametrize(
    ("changes", "elevates"),
    [
        ({}, False),
        ({"elevationStatus": 0}, False),
        ({"elevationStatus": 3}, False),
        ({"elevationStatus": 1}, True),
        ({"elevationStatus": 2, "elevationEndDate": None}, True),
        ({"elevationStatus": 2, "elevationEndDate": "2026-03-02T08:30:01Z"}, True),
        ({"elevationStatus": 2, "elevationEndDate": "2026-03-02T08:29:59Z"}, False),
        ({"elevationStatus": 2, "isEnabled": False}, False),
        ({"elevationStatus": 2, "policyActionId": 2}, False),
    ],
)
async def test_a_permit_that_gives_administrator_rights_is_told(
    portal: WireServer, client: PortalClient, changes: dict[str, Any], elevates: bool
) -> None:
    """Whatever joins its application gets them, too."""
    _portal(portal, [_at(COMPUTER), _at(GROUP, 1, **changes)])
    found = await standing_permits(client, APPLICATION, ORGANIZATION, now=NOW)
    assert found.elevates is elevates
