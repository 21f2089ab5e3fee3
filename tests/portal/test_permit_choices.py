"""Every choice of the approval dialogue, sent: what the client makes, the stand-in portal takes under all its rules.

The table is the whole product of application, rule, reach, elevation, mode and expiry. What makes no sense is
refused before anything is sent; everything else is accepted, and does what was chosen and no more. All that
is sent is held against the published contract as well, where that is at hand.
"""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.models import CustomRule, MaintenanceMode, Reach
from bot.portal import (
    Application,
    ComputerGroupItem,
    ElevationChoice,
    ElevationNotice,
    ExistingApplication,
    MatchedApplication,
    MatchingApplication,
    NewApplication,
    PermitBody,
    PermitDetails,
    PortalClient,
    Terms,
    Unusable,
    permit_body,
)
from rehearsal.portal import PortalSandbox
from rehearsal.portal.records import Application as HeldApplication
from rehearsal.portal.records import ApprovalRequest, FileRule, Policy
from tests.portal.conftest import MakeClient

UNTIL = datetime(2031, 5, 1, tzinfo=UTC)
SIGNER = "CN=Example Tools AS"

TWO_PARTS = CustomRule(path="C:\\Tools\\*.exe", signer=SIGNER)
ALL_PARTS = CustomRule(
    path="C:\\Tools\\*.exe", process="*\\explorer.exe", signer=SIGNER, created_by="*\\msi.exe"
)
RULES = {"hash": None, "two parts": TWO_PARTS, "all parts": ALL_PARTS}
ELEVATIONS = {
    "none": None,
    "2 hours": ElevationChoice(hours=2),
    "silent until": ElevationChoice(ElevationNotice.SILENT, hours=None, until=UNTIL),
    "persistent": ElevationChoice(hours=None),
}
MODES = {
    None: 0,
    MaintenanceMode.INSTALLATION: 2,
    MaintenanceMode.LEARNING: 3,
    MaintenanceMode.APPLICATION_MONITOR_ONLY: 1,
    MaintenanceMode.NETWORK_MONITOR_ONLY: 0,
    MaintenanceMode.ELEVATION: 0,
}
"""The modes, with the portal's type number of those that a request can start."""
APPLICATIONS = ("new", "own match", "built-in match", "existing")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    application: str
    rule: str = "hash"
    reach: Reach = Reach.COMPUTER
    elevation: str = "none"
    mode: MaintenanceMode | None = None
    expires_at: datetime | None = None
    kind: str = "execute"

    @property
    def refused(self) -> bool:
        """Whether it makes no sense: said here in other words than in the client."""
        if self.kind == "elevate" and self.elevation == "none":
            return True
        if self.application == "built-in match" and self.reach is not Reach.ORGANIZATION:
            return True
        if self.application in ("own match", "built-in match") and self.rule != "hash":
            return True
        plain = (self.application, self.rule, self.elevation, self.kind)
        narrow = ("new", "hash", "none", "execute")
        return self.mode is not None and (MODES[self.mode] == 0 or plain != narrow)


TABLE = [
    Row(*line)
    for line in itertools.product(
        APPLICATIONS, RULES, Reach, ELEVATIONS, MODES, (None, UNTIL), ("execute", "elevate")
    )
]
REFUSED = [row for row in TABLE if row.refused]
ACCEPTED = [row for row in TABLE if not row.refused]


@pytest.fixture
def client(sandbox: PortalSandbox, make_client: MakeClient) -> PortalClient:
    """A client with the stand-in's own token."""
    return make_client(sandbox.base_url, token=sandbox.token, write_timeout_s=5)


@dataclass
class Scene:
    """A request with everything that a choice can name."""

    sandbox: PortalSandbox
    details: PermitDetails
    applications: dict[str, Application]
    places: dict[Reach, ComputerGroupItem | None]

    @property
    def request(self) -> ApprovalRequest:
        return self.sandbox.request(self.details.approval_request.approval_request_id or "")

    def body(self, row: Row) -> PermitBody:
        return permit_body(
            self.details,
            Terms("Approved", expires_at=row.expires_at, elevation=ELEVATIONS[row.elevation], mode=row.mode),
            application=self.applications[row.application],
            rule=RULES[row.rule],
            group=self.places[row.reach],
            organization_wide=row.reach is Reach.ORGANIZATION,
        )


async def _scene(sandbox: PortalSandbox, client: PortalClient, kind: str = "execute") -> Scene:
    request = sandbox.request(
        sandbox.raise_request(kind, product="ledgerleaf", version="11.0", organization="brightwater")
    )
    own = _own_application(sandbox, request)
    details = await client.permit_details(request.approval_request_id, request.organization_id)
    matches = await client.matching_applications(details)
    options = await client.application_options(request.organization_id, details.os_type, search_text="ledger")
    groups = await client.computer_groups_for_permit(request.organization_id, details.os_type)
    return Scene(
        sandbox,
        details,
        {
            "new": NewApplication("Ledgerleaf by hand"),
            "own match": MatchedApplication(next(one for one in matches if not one.is_built_in)),
            "built-in match": MatchedApplication(next(one for one in matches if one.is_built_in)),
            "existing": ExistingApplication(next(one for one in options if one.application_id == own)),
        },
        {
            Reach.COMPUTER: None,
            Reach.COMPUTER_GROUP: next(one for one in groups if not one.is_global),
            Reach.ORGANIZATION: None,
            Reach.GLOBAL: next(one for one in groups if one.is_global),
        },
    )


def _own_application(sandbox: PortalSandbox, request: ApprovalRequest) -> str:
    """The organization's own application for the file; the same one each time."""
    os_type = sandbox.world.computers[request.computer_id].os_type
    held = HeldApplication(
        "7f1f0f52-6b6e-4c33-9f53-6f0c3a2b1d00",
        "Ledgerleaf, ours",
        request.organization_id,
        os_type,
        (FileRule(hash=request.file.hash),),
    )
    return sandbox.world.applications.setdefault(held.application_id, held).application_id


@pytest.fixture
async def scene(sandbox: PortalSandbox, client: PortalClient) -> Scene:
    """One application request."""
    return await _scene(sandbox, client)


def _policy(scene: Scene) -> Policy:
    """The policy that the decision made."""
    return scene.sandbox.world.policies[scene.request.new_policy_id or ""]


def _place(scene: Scene, reach: Reach) -> str:
    group = scene.places[reach]
    if group is not None:
        return group.computer_group_id
    return scene.request.computer_id if reach is Reach.COMPUTER else scene.request.organization_id


def test_the_table_is_the_whole_product_and_refuses_more_than_it_allows() -> None:
    assert len(TABLE) == 4 * 3 * 4 * 4 * 6 * 2 * 2
    assert len(REFUSED) > len(ACCEPTED) > 300
    for name in ("application", "rule", "reach", "elevation", "expires_at", "kind"):
        told = {getattr(row, name) for row in TABLE}
        assert {getattr(row, name) for row in ACCEPTED} == told, name
    assert {row.mode for row in ACCEPTED if row.mode} == {mode for mode, type_id in MODES.items() if type_id}


async def test_what_makes_no_sense_makes_no_body(sandbox: PortalSandbox, client: PortalClient) -> None:
    scenes = {kind: await _scene(sandbox, client, kind) for kind in ("execute", "elevate")}
    for row in REFUSED:
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            scenes[row.kind].body(row)
    assert sandbox.decisions == []


@pytest.mark.parametrize("application", APPLICATIONS)
async def test_every_choice_is_taken_and_does_what_was_chosen(
    sandbox: PortalSandbox, client: PortalClient, application: str
) -> None:
    first = {kind: await _scene(sandbox, client, kind) for kind in ("execute", "elevate")}
    for row in (row for row in ACCEPTED if row.application == application):
        kind_scene = first[row.kind]
        request_id = sandbox.raise_request(
            row.kind, product="ledgerleaf", version="11.0", computer=kind_scene.request.computer_id
        )
        details = await client.permit_details(request_id, kind_scene.request.organization_id)
        scene = replace(kind_scene, details=details)
        before = set(sandbox.world.policies)
        body = scene.body(row)
        assert body.reach is row.reach
        await client.permit(body)
        policy = _policy(scene)
        assert scene.request.status_id == 4
        assert set(sandbox.world.policies) - before == {policy.policy_id}
        assert (policy.applies_to_id, policy.end_at) == (_place(scene, row.reach), row.expires_at)
        _check_elevation(row, policy, sandbox)
        _check_rules(row, scene)
        _check_mode(row, scene)


def _check_elevation(row: Row, policy: Policy, sandbox: PortalSandbox) -> None:
    chosen = ELEVATIONS[row.elevation]
    assert policy.elevation_status == (int(chosen.notice) if chosen else 0)
    if chosen is None or chosen.hours is None:
        assert policy.elevation_end_at == (chosen.until if chosen else None)
    else:
        assert policy.elevation_end_at is not None
        left = policy.elevation_end_at - sandbox.clock.now()
        assert timedelta(hours=chosen.hours - 1) < left <= timedelta(hours=chosen.hours)


def _check_rules(row: Row, scene: Scene) -> None:
    held = scene.sandbox.world.applications[scene.request.new_application_id or ""]
    chosen = RULES[row.rule]
    if row.application in ("own match", "built-in match"):
        row_of = scene.applications[row.application]
        assert isinstance(row_of, MatchedApplication)
        assert held.application_id == row_of.row.application_id
        return
    rule = FileRule(hash=scene.request.file.hash)
    if chosen is not None:
        rule = FileRule(None, chosen.path, chosen.process or None, chosen.signer, chosen.created_by or None)
    if row.mode is None:
        assert rule in held.rules
    if row.application == "new":
        assert held.rules == (() if row.mode else (rule,))


def _check_mode(row: Row, scene: Scene) -> None:
    started = [
        mode for mode in scene.sandbox.world.modes.values() if mode.computer_id == scene.request.computer_id
    ]
    if row.mode is None:
        return
    assert started[-1].maintenance_type_id == MODES[row.mode]
    assert started[-1].end_at - started[-1].start_at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (CustomRule(path="C:\\Tools\\*.exe"), "at least two"),
        (CustomRule(signer=SIGNER), "at least two"),
        (CustomRule(process="*\\explorer.exe"), "at least two"),
        (CustomRule(created_by="*\\msi.exe"), "at least two"),
        (CustomRule(), "at least two"),
        (CustomRule(path="*", signer=SIGNER), "the path of the rule matches everything"),
        (CustomRule(path="*\\*", process="*.*", signer=SIGNER), "the path of the rule matches everything"),
        (CustomRule(path="C:\\Tools\\*.exe", created_by=" * "), "the created by of the rule matches"),
    ],
)
async def test_a_rule_that_says_too_little_is_refused(scene: Scene, rule: CustomRule, why: str) -> None:
    for application in (scene.applications["new"], scene.applications["existing"]):
        with pytest.raises(ValueError, match=why):
            permit_body(scene.details, Terms("n"), application=application, rule=rule)


async def test_a_custom_rule_is_one_manual_option_and_nothing_else(scene: Scene) -> None:
    body = permit_body(scene.details, Terms("n"), application=scene.applications["new"], rule=TWO_PARTS)
    conditions = body.payload["policyConditions"]
    assert conditions["createManualPolicy"] is True
    assert conditions["manualOptions"] == [
        {
            "fullPath": "C:\\Tools\\*.exe",
            "processPath": None,
            "cert": SIGNER,
            "hash": None,
            "createdBy": None,
            "isDefaultOption": False,
            "disabled": False,
        }
    ]
    by_hash = permit_body(scene.details, Terms("n"), application=scene.applications["new"])
    assert by_hash.payload["policyConditions"]["createManualPolicy"] is False


async def test_a_built_in_application_is_never_extended(scene: Scene) -> None:
    match = scene.applications["built-in match"]
    assert isinstance(match, MatchedApplication)
    for wide in (False, True):
        with pytest.raises(ValueError, match="takes no rule of ours"):
            permit_body(
                scene.details, Terms("n"), application=ExistingApplication(match.row), organization_wide=wide
            )


@pytest.mark.parametrize("how", [MatchedApplication, ExistingApplication])
async def test_an_application_of_elsewhere_is_refused(
    scene: Scene, how: type[MatchedApplication] | type[ExistingApplication]
) -> None:
    own = scene.applications["existing"]
    assert isinstance(own, ExistingApplication)
    other = MatchingApplication.read({**own.row.raw, "organizationId": scene.sandbox.world.parent_id})
    system = MatchingApplication.read({**own.row.raw, "osType": 2})
    for row, why in ((other, "another organization"), (system, "another operating system")):
        with pytest.raises(ValueError, match=why):
            permit_body(scene.details, Terms("n"), application=how(row), organization_wide=True)


async def test_the_form_has_a_place_for_a_mode_beside_every_reach(scene: Scene) -> None:
    for reach in Reach:
        payload = scene.body(Row("new", reach=reach, mode=MaintenanceMode.LEARNING)).payload
        level = payload["policyLevel"]
        assert payload["policyConditions"]["ruleId"] == 2
        assert level["toEntireOrganization"] is (reach is Reach.ORGANIZATION)
        assert level["toComputerGroup"] is (reach in {Reach.COMPUTER_GROUP, Reach.GLOBAL})


async def test_elevation_is_not_added_where_the_portal_says_there_is_none(scene: Scene) -> None:
    details = PermitDetails.read({**scene.details.raw, "organizationHasElevation": False})
    with pytest.raises(ValueError, match="does not have elevation"):
        permit_body(details, Terms("n", elevation=ElevationChoice()), application=scene.applications["new"])


async def test_the_suggested_ringfencing_goes_back_as_it_came(scene: Scene, client: PortalClient) -> None:
    suggested = {
        "ringfenceActionId": 2,
        "isRingfenced": True,
        "ringfencingOptions": {
            **scene.details.raw["ringfencingOptions"],
            "restrictNetworkAccess": True,
            "rfNetworkPolicy": [
                {
                    "networkPolicyId": None,
                    "server": "tides.example",
                    "port": 443,
                    "action": 1,
                    "serverDisplayName": "",
                }
            ],
        },
        "networkExclusions": [
            {
                "policyId": "00000000-0000-0000-0000-000000000000",
                "tagPrefixTypeId": 1,
                "value": "tides.example",
            }
        ],
        "fileExclusions": [],
    }
    details = PermitDetails.read({**scene.details.raw, **suggested})
    body = permit_body(details, Terms("n"), application=scene.applications["new"])
    assert {name: body.payload[name] for name in suggested} == suggested
    await client.permit(body)
    assert _policy(scene).policy_action_id == 6


async def test_a_browser_extension_is_permitted_by_the_hash_that_the_portal_suggests_alone(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    request = sandbox.request(sandbox.raise_request("extension"))
    details = await client.permit_details(request.approval_request_id, request.organization_id)
    new = NewApplication("Tab Tidy")
    silent = PermitDetails.read(
        {**details.raw, "policyConditions": {**details.raw["policyConditions"], "manualOptions": []}}
    )
    with pytest.raises(Unusable, match="suggests no hash for this browser extension"):
        permit_body(silent, Terms("n"), application=new)
    with pytest.raises(Unusable, match="decide it in the portal"):
        permit_body(details, Terms("n"), application=new, rule=TWO_PARTS)
    await client.permit(permit_body(details, Terms("n"), application=new))
    assert sandbox.request(request.approval_request_id).status_id == 4


async def test_without_a_hash_only_a_custom_rule_or_a_match_can_be_permitted(
    sandbox: PortalSandbox, client: PortalClient, scene: Scene
) -> None:
    request = sandbox.request(sandbox.raise_request("execute", hash="", organization="brightwater"))
    details = await client.permit_details(request.approval_request_id, request.organization_id)
    with pytest.raises(Unusable, match="no file hash"):
        permit_body(details, Terms("n"), application=scene.applications["new"])
    match = permit_body(details, Terms("n"), application=scene.applications["own match"])
    assert match.payload["policyConditions"]["manualOptions"] == []
    await client.permit(
        permit_body(details, Terms("n"), application=scene.applications["new"], rule=TWO_PARTS)
    )
    assert sandbox.request(request.approval_request_id).status_id == 4
