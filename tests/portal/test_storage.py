"""A storage permit is the portal's own form with its choices made; every choice is sent to the stand-in portal."""

import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.models import MaintenanceMode, Reach, RequestFacts, StorageTerms
from bot.portal import (
    AlreadyActioned,
    ComputerGroupItem,
    ElevationChoice,
    Invalid,
    PermissionMissing,
    PortalClient,
    Reply,
    StorageBody,
    StorageDetails,
    Terms,
    Unusable,
    decision_note,
    facts_of,
    names_attempt,
    storage_body,
    storage_speaks_of,
)
from rehearsal.portal import PortalSandbox
from rehearsal.portal.records import StoragePolicy
from rehearsal.portal.rights import APPROVE_COMPUTER, VIEW_APPROVALS
from tests.portal.conftest import MakeClient

UNTIL = datetime(2031, 5, 1, 12, 30, tzinfo=UTC)
NOTE = decision_note("Approved", "Ana Moreau", "01JSTORAGE")
PATHS = {"asked": "E:\\transfer\\*", "narrower": "E:\\transfer\\plans\\*", "every": ""}
EVERYBODY: tuple[str, ...] = ()


@pytest.fixture
def client(sandbox: PortalSandbox, make_client: MakeClient) -> PortalClient:
    """A client with the stand-in's own token."""
    return make_client(sandbox.base_url, token=sandbox.token, write_timeout_s=5)


@dataclass
class Scene:
    """One storage request with its form and the places it can be opened for."""

    sandbox: PortalSandbox
    client: PortalClient
    details: StorageDetails
    groups: tuple[ComputerGroupItem, ...]

    @property
    def request_id(self) -> str:
        return self.details.approval_request.approval_request_id or ""

    @property
    def group(self) -> ComputerGroupItem:
        return next(one for one in self.groups if not one.is_global)

    @property
    def policy(self) -> StoragePolicy:
        """The storage policy that the decision made or changed."""
        held = self.sandbox.request(self.request_id).new_policy_id
        return self.sandbox.world.storage_policies[held or ""]

    def opening(self, **changes: Any) -> StorageTerms:
        """The narrow answer, changed."""
        asked = {"path": self.details.path, "users": self.details.users}
        return StorageTerms(**(asked | changes))

    def body(
        self, terms: Terms | None = None, *, reach: Reach = Reach.COMPUTER, **changes: Any
    ) -> StorageBody:
        return storage_body(
            self.details,
            terms or Terms(NOTE, expires_at=UNTIL),
            opening=self.opening(**changes),
            group=self.group if reach is Reach.COMPUTER_GROUP else None,
            organization_wide=reach is Reach.ORGANIZATION,
        )


async def _scene(sandbox: PortalSandbox, client: PortalClient, kind: str = "write", **choices: Any) -> Scene:
    request = sandbox.request(sandbox.raise_request(kind, organization="brightwater", **choices))
    details = await client.storage_details(request.approval_request_id, request.organization_id)
    groups = await client.computer_groups_for_permit(request.organization_id, 1)
    return Scene(sandbox, client, details, groups)


@pytest.fixture
async def scene(sandbox: PortalSandbox, client: PortalClient) -> Scene:
    """A person wants to write to a stick."""
    return await _scene(sandbox, client)


async def test_the_form_is_read(scene: Scene, sandbox: PortalSandbox) -> None:
    request = sandbox.request(scene.request_id)
    assert scene.details.serial_number == request.file.serial_number
    assert scene.details.path == "E:\\transfer\\*"
    assert scene.details.users == (request.username,)
    assert scene.details.device_name.endswith(request.file.serial_number)
    row = await scene.client.get_request(scene.request_id, request.organization_id)
    assert storage_speaks_of(scene.details, facts_of(row))


async def test_the_narrow_answer_opens_this_device_here_for_the_one_who_asked(scene: Scene) -> None:
    body = scene.body()
    assert (body.reach, len(body.digest)) == (Reach.COMPUTER, 64)
    await scene.client.permit_storage(body)
    request = scene.sandbox.request(scene.request_id)
    assert request.status_id == 4
    made = scene.policy
    assert (made.serial_numbers, made.path) == ((request.file.serial_number,), "E:\\transfer\\*")
    assert (made.applies_to_id, made.users) == (request.computer_id, (request.username,))
    assert (made.end_at, made.action_type) == (UNTIL, "write")
    row = await scene.client.get_request(scene.request_id, request.organization_id)
    assert names_attempt(row.comments, "01JSTORAGE")


async def test_all_that_is_not_a_choice_goes_back_as_it_came(scene: Scene) -> None:
    received = {
        **scene.details.raw,
        "somethingNew": {"deep": [None]},
        "processesList": ["x.exe"],
        "policyType": "?",
    }
    body = storage_body(StorageDetails.read(received), Terms(NOTE), opening=scene.opening())
    chosen = {"approvalRequest", "allUserGroups", "usersList", "expirationDate"}
    assert {name: value for name, value in body.payload.items() if name not in chosen} == {
        name: value for name, value in received.items() if name not in chosen
    }
    before, after = received["approvalRequest"], body.payload["approvalRequest"]
    assert {name for name in after if after[name] != before.get(name)} == {"comments"}
    assert body.payload["json"] == after["json"] == received["json"]


@pytest.mark.parametrize("kind", ["read", "write", "move", "delete"])
async def test_every_choice_is_taken_and_does_what_was_chosen(
    sandbox: PortalSandbox, client: PortalClient, kind: str
) -> None:
    for all_devices, path, narrow_users, reach, expires_at in itertools.product(
        (False, True),
        PATHS.values(),
        (True, False),
        (Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION),
        (None, UNTIL),
    ):
        scene = await _scene(sandbox, client, kind)
        users = scene.details.users if narrow_users else EVERYBODY
        body = scene.body(
            Terms(NOTE, expires_at=expires_at), reach=reach, all_devices=all_devices, path=path, users=users
        )
        assert body.reach is reach
        await client.permit_storage(body)
        request, made = sandbox.request(scene.request_id), scene.policy
        places = {
            Reach.COMPUTER: request.computer_id,
            Reach.COMPUTER_GROUP: scene.group.computer_group_id,
            Reach.ORGANIZATION: request.organization_id,
        }
        assert made.serial_numbers == (("*",) if all_devices else (request.file.serial_number,))
        assert (made.path, made.users) == (path or "*", users or ("*",))
        assert (made.applies_to_id, made.end_at, made.action_type) == (places[reach], expires_at, kind)


async def test_a_wider_policy_is_not_named_after_the_computer(scene: Scene) -> None:
    computer = scene.details.approval_request.hostname
    assert computer in scene.body().policy
    for reach in (Reach.COMPUTER_GROUP, Reach.ORGANIZATION):
        assert computer not in scene.body(reach=reach).policy
    nameless = StorageDetails.read({**scene.details.raw, "policyName": "  "})
    body = storage_body(nameless, Terms(NOTE), opening=scene.opening())
    assert computer in body.policy
    assert "write" in body.policy


async def test_a_given_name_is_the_devices_name_wherever_the_form_holds_one(scene: Scene) -> None:
    sent = scene.body(device_name="  Survey stick 42 ").payload
    assert (sent["addDeviceName"], sent["newStorageDevice"]["name"]) == ("Survey stick 42", "Survey stick 42")
    assert sent["newStorageDevice"]["serialNumber"] == scene.details.serial_number
    assert scene.body().payload["addDeviceName"] == scene.details.raw["addDeviceName"]


async def test_the_device_joins_the_policy_that_the_portal_offers_and_no_other(scene: Scene) -> None:
    world = scene.sandbox.world
    organization_id = scene.sandbox.request(scene.request_id).organization_id
    held = next(one for one in world.storage_policies.values() if one.organization_id == organization_id)
    offered = {"storagePolicyId": held.storage_policy_id, "name": held.name, "processesList": []}
    details = StorageDetails.read({**scene.details.raw, "existingStoragePolicy": offered})
    opening = scene.opening(existing_policy_id=held.storage_policy_id.upper())
    body = storage_body(details, Terms(NOTE), opening=opening)
    assert (body.payload["addDeviceToExisting"], body.payload["existingStoragePolicy"]) == (True, offered)
    assert (body.payload["policyName"], body.policy) == ("", held.name)
    await scene.client.permit_storage(body)
    assert scene.policy.serial_numbers == (*held.serial_numbers, scene.details.serial_number)
    with pytest.raises(ValueError, match="does not offer that storage policy"):
        scene.body(existing_policy_id=held.storage_policy_id)
    with pytest.raises(ValueError, match="not all devices"):
        storage_body(
            details,
            Terms(NOTE),
            opening=scene.opening(existing_policy_id=held.storage_policy_id, all_devices=True),
        )
    unchosen = storage_body(details, Terms(NOTE), opening=scene.opening())
    assert (unchosen.payload["addDeviceToExisting"], unchosen.payload["existingStoragePolicy"]) == (
        False,
        None,
    )


async def test_ticket_note_and_reply_are_sent(scene: Scene) -> None:
    reply = Reply("Your request was approved", "The stick works until May.", notify=True)
    stored = {**scene.details.raw["approvalRequest"], "comments": "Seen by Ola"}
    details = StorageDetails.read({**scene.details.raw, "approvalRequest": stored})
    sent = storage_body(details, Terms(NOTE, ticket="T-7", reply=reply), opening=scene.opening()).payload
    assert (sent["approvalRequest"]["comments"], sent["approvalRequest"]["ticketId"]) == (
        f"Seen by Ola\n{NOTE}",
        "T-7",
    )
    assert (sent["responseSubject"], sent["responseReason"], sent["notifyOnResponse"]) == (
        reply.subject,
        reply.text,
        True,
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"path": "*"}, "the path matches everything"),
        ({"path": " \\* "}, "the path matches everything"),
        ({"users": ("HARBOUR\\x", " ")}, "has no name"),
        ({"existing_policy_id": "d94f7a20-6b13-4ec8-85d1-0c7e2b9f36a4"}, "does not offer"),
    ],
)
async def test_a_choice_that_makes_no_sense_is_refused(
    scene: Scene, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        scene.body(**changes)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(NOTE, elevation=ElevationChoice()),
        Terms(NOTE, mode=MaintenanceMode.LEARNING),
    ],
)
async def test_storage_has_no_elevation_and_no_mode(scene: Scene, terms: Terms) -> None:
    with pytest.raises(ValueError, match="no elevation and no maintenance mode"):
        scene.body(terms)


async def test_without_a_single_device_only_all_devices_can_be_opened(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    scene = await _scene(sandbox, client, is_all_devices=True)
    with pytest.raises(ValueError, match="only all devices"):
        scene.body()
    await client.permit_storage(scene.body(all_devices=True))
    assert scene.policy.serial_numbers == ("*",)


@pytest.mark.parametrize(
    ("changes", "error", "why"),
    [
        ({"isGlobal": True}, Unusable, "decided in the portal"),
        ({"isGlobal": None}, Unusable, "decided in the portal"),
        ({"organizationId": "f4a86b15-90c3-4e7d-b2d8-15a7c3e94f06"}, ValueError, "another organization"),
        ({"osType": 2}, ValueError, "another operating system"),
    ],
)
async def test_a_group_that_does_not_fit_is_refused(
    scene: Scene, changes: dict[str, Any], error: type[Exception], why: str
) -> None:
    group = ComputerGroupItem.read({**scene.group.raw, **changes})
    with pytest.raises(error, match=why):
        storage_body(scene.details, Terms(NOTE), opening=scene.opening(), group=group)
    with pytest.raises(ValueError, match="not both"):
        storage_body(scene.details, Terms(NOTE), opening=scene.opening(), group=group, organization_wide=True)


@pytest.mark.parametrize(
    ("top", "inner", "why"),
    [
        ({"json": None}, {}, "lacks its `json`"),
        ({}, {"json": ""}, "lacks its `json`"),
        ({"json": "{}"}, {}, "two different `json`"),
        ({}, {"approvalRequestId": None}, "names no request"),
        ({}, {"organizationId": None}, "names no organization"),
        ({}, {"computerId": None}, "names no computer"),
        ({"appliesToId": "f4a86b15-90c3-4e7d-b2d8-15a7c3e94f06"}, {}, "names two computers"),
        ({}, {"threatLockerActionDto": {"actionType": "execute"}}, "not for storage"),
    ],
)
async def test_a_form_that_is_thin_or_contradicts_itself_makes_no_body(
    scene: Scene, top: dict[str, Any], inner: dict[str, Any], why: str
) -> None:
    request = {**scene.details.raw["approvalRequest"], **inner}
    details = StorageDetails.read({**scene.details.raw, "approvalRequest": request, **top})
    with pytest.raises(Unusable, match=why):
        storage_body(details, Terms(NOTE), opening=StorageTerms(path="E:\\*", users=("a",)))


@pytest.mark.parametrize(
    "changes",
    [
        {"request_id": "another"},
        {"computer_id": "another"},
        {"organization_id": "another"},
        {"path": "E:\\other\\*"},
        {"device": None},
    ],
)
async def test_a_form_of_something_else_is_noticed(scene: Scene, changes: dict[str, Any]) -> None:
    organization_id = scene.sandbox.request(scene.request_id).organization_id
    facts = facts_of(await scene.client.get_request(scene.request_id, organization_id))
    assert not storage_speaks_of(scene.details, facts.model_copy(update=changes))


async def test_another_kind_has_no_storage_form(sandbox: PortalSandbox, client: PortalClient) -> None:
    request = sandbox.request(sandbox.raise_request("execute"))
    with pytest.raises(Invalid, match="not a storage request"):
        await client.storage_details(request.approval_request_id, request.organization_id)


async def test_the_second_decider_and_the_token_without_the_right_are_told(
    scene: Scene, sandbox: PortalSandbox, make_client: MakeClient
) -> None:
    viewer = make_client(sandbox.base_url, token=sandbox.issue_token([VIEW_APPROVALS]))
    with pytest.raises(PermissionMissing) as raised:
        await viewer.permit_storage(scene.body())
    assert raised.value.permission == APPROVE_COMPUTER
    narrow = make_client(sandbox.base_url, token=sandbox.issue_token([APPROVE_COMPUTER]))
    with pytest.raises(PermissionMissing):
        await narrow.permit_storage(scene.body(reach=Reach.ORGANIZATION))
    sandbox.decide_in_portal(scene.request_id, approve=False, by="Ola Nordmann")
    with pytest.raises(AlreadyActioned) as actioned:
        await scene.client.permit_storage(scene.body())
    assert actioned.value.by == "Ola Nordmann"


async def _shown(scene: Scene) -> RequestFacts:
    """The facts as the card has them."""
    organization_id = scene.sandbox.request(scene.request_id).organization_id
    return facts_of(await scene.client.get_request(scene.request_id, organization_id))


async def test_p8_a_form_for_other_access_than_the_card_showed_is_noticed(scene: Scene) -> None:
    facts = await _shown(scene)
    assert facts.action_type == "write"
    assert not storage_speaks_of(scene.details, facts.model_copy(update={"action_type": "read"}))


@pytest.mark.parametrize("place", ["row", "json"])
async def test_p8_a_form_that_says_two_accesses_is_not_believed(scene: Scene, place: str) -> None:
    """The portal rebuilds the device from its own text; a card that says “write” must not open deleting."""
    request = dict(scene.details.raw["approvalRequest"])
    if place == "row":
        request["actionType"] = "delete"
    else:
        told = json.loads(request["json"])
        request["json"] = json.dumps(told | {"actionType": "delete"})
    details = StorageDetails.read({**scene.details.raw, "approvalRequest": request})
    assert not storage_speaks_of(details, await _shown(scene))
