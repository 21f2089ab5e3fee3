"""One odd thing stops nothing but what rests on it: every list, every member, every shape that it may take.

The rows are not written by hand: each member of each row's model is set to each oddity, so that a member which is
added later is tried as well.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.models import CustomRule, Kind
from bot.portal import (
    AnswerNotUnderstood,
    BlockedQuery,
    Coverage,
    NewApplication,
    PermitDetails,
    PortalClient,
    Terms,
    Unusable,
    already_approved,
    kind_of,
    permit_body,
    standing_permits,
)
from bot.portal.lenient import Wire
from bot.portal.listing import Rows
from bot.portal.modes import ModeRow
from bot.portal.organizations import tree_of
from bot.portal.permit_form import Part, is_unread, unread_parts, why_no_one_press
from bot.portal.permit_terms import ElevationChoice, ExistingApplication
from bot.portal.wire import (
    ApprovalRequestRow,
    BlockedRow,
    ComputerGroupItem,
    ComputerRow,
    MatchingApplication,
    OrganizationRow,
    PolicyRow,
    read_row,
)
from tests.portal import samples
from tests.portal.all_open import all_open
from tests.portal.wire_server import Says, WireServer

ODD: dict[str, object] = {
    "an object": {"new": "shape"},
    "a list": [{"new": "shape"}],
    "a text": "perhaps",
    "a number": 4711,
    "a huge number": 2**80,
    "no number": float("nan"),
    "yes": True,
    "null": None,
    "empty": "",
    "zeros": samples.ZERO,
    "nothing in a list": [None],
    "two texts": ["a", None, 7],
    "half a character": "\ud800",
}
NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
OTHER = "77777777-7777-4777-8777-777777777777"
MODE = {
    "maintenanceModeId": OTHER,
    "maintenanceTypeId": 3,
    "displayName": "Learning",
    "startDateTime": "2026-03-02T08:00:00Z",
    "endDateTime": "2026-03-02T09:00:00Z",
    "addedBy": "kim",
    "endedBy": "",
    "notes": "",
}
ORGANIZATION = {
    "organizationId": samples.ORGANIZATION,
    "name": "fjord",
    "displayName": "Fjord",
    "parentId": OTHER,
}

ROWS: dict[type[Wire], dict[str, Any]] = {
    ApprovalRequestRow: samples.row(),
    BlockedRow: samples.blocked(),
    ComputerGroupItem: samples.computer_group(),
    ComputerRow: samples.computer(),
    MatchingApplication: samples.application(),
    ModeRow: MODE,
    OrganizationRow: ORGANIZATION,
    PolicyRow: samples.policy(),
}
Ask = Callable[[PortalClient], Awaitable[Any]]
LISTS: dict[str, tuple[type[Wire], Ask]] = {
    "ApprovalRequestGetByParameters": (ApprovalRequestRow, lambda c: all_open(c, statuses=(1,))),
    "ActionLogGetAllForFileHistoryV2": (BlockedRow, lambda c: c.file_history("C:\\a.exe", hostname="A")),
    "ComputerGroupGetForPermitApplication": (
        ComputerGroupItem,
        lambda c: c.computer_groups_for_permit(samples.ORGANIZATION, 1),
    ),
    "ComputerGetByAllParameters": (ComputerRow, lambda c: c.computers(samples.ORGANIZATION)),
    "ApplicationGetForApplicationOptions": (
        MatchingApplication,
        lambda c: c.application_options(samples.ORGANIZATION, 1),
    ),
    "MaintenanceModeGetByComputerIdV2": (ModeRow, lambda c: c.modes_of_computer(OTHER)),
    "OrganizationGetForMoveComputers": (OrganizationRow, lambda c: c.reachable_organizations()),
    "OrganizationGetChildOrganizationsByParameters": (OrganizationRow, lambda c: c.child_organizations()),
    "PolicyGetForViewPoliciesByApplicationId": (
        PolicyRow,
        lambda c: c.policies_of_application(OTHER, samples.ORGANIZATION),
    ),
}


def spoiled(model: type[Wire]) -> Iterator[dict[str, Any]]:
    """The model's sample with each of its members set to each oddity, and each without that member."""
    for name in ROWS[model]:
        yield {key: value for key, value in ROWS[model].items() if key != name}
        for odd in ODD.values():
            yield ROWS[model] | {name: odd}


def test_every_row_of_a_list_is_read_or_told() -> None:
    """No member of any row, whatever stands in it, raises anything but “this row is nobody's”."""
    for model in ROWS:
        read = read_row if model is ApprovalRequestRow else model.read
        for received in spoiled(model):
            try:
                row: Any = read(received)
            except ValueError:
                continue
            assert row.raw == received


@pytest.mark.parametrize("action", LISTS)
async def test_one_odd_row_hides_no_other_in_any_list(
    portal: WireServer, client: PortalClient, action: str
) -> None:
    """A good row stands before and after every odd one, and both are there, once, in the first walk."""
    model, ask = LISTS[action]
    first, last = ROWS[model], copy.deepcopy(ROWS[model])
    key = next(name for name in first if name.lower() == _key_of(model))
    last[key] = "99999999-9999-4999-8999-999999999999"
    others: list[Any] = [None, 7, "text", [], {}, *spoiled(model)]
    rows = [first, *others, last]
    totals = {"totalPages": 1, "totalItems": len(rows)}
    portal.on(action, Says(rows, headers={"Pagination": json.dumps(totals)}))
    found: Rows[Any] = await ask(client)
    ids = [getattr(row, _field_of(model)) for row in found]
    assert first[key] in ids
    assert last[key] in ids
    assert len(found.odd) >= 4, "what is no object names nobody"
    assert not any("shape" in text or "perhaps" in text for text in found.odd), "no value is quoted"


async def test_a_byte_that_is_no_text_spoils_its_own_row_alone(
    portal: WireServer, client: PortalClient
) -> None:
    """A form or a single request has to be whole: parts of it are sent back as they came."""
    good, odd = samples.row(), samples.row(approvalRequestId=OTHER, hostname="caf@")
    body = json.dumps([good, odd]).encode().replace(b"caf@", b"caf\xe9")
    portal.on("ApprovalRequestGetByParameters", Says(body))
    first, second = await all_open(client, statuses=(1,))
    assert (first.unreadable, kind_of(first)) == ("", Kind.APPLICATION)
    assert (second.approval_request_id, second.unreadable) == (OTHER, "hostname")
    portal.on("ApprovalRequestGetById", Says(json.dumps(odd).encode().replace(b"caf@", b"caf\xe9")))
    with pytest.raises(AnswerNotUnderstood, match="not UTF-8"):
        await client.get_request(OTHER)


@pytest.mark.parametrize("encoded", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
async def test_a_mark_before_the_answer_is_forgiven_and_another_encoding_is_named(
    portal: WireServer, client: PortalClient, encoded: str
) -> None:
    portal.on("ApprovalRequestGetByParameters", Says(json.dumps([samples.row()]).encode(encoded)))
    if encoded == "utf-8-sig":
        assert len(await all_open(client, statuses=(1,))) == 1
        return
    with pytest.raises(AnswerNotUnderstood, match=r"is UTF-(16|32) text"):
        await all_open(client)


def _field_of(model: type[Wire]) -> str:
    fields = {
        ApprovalRequestRow: "approval_request_id",
        BlockedRow: "e_action_log_id",
        ComputerGroupItem: "computer_group_id",
        ComputerRow: "computer_id",
        MatchingApplication: "application_id",
        ModeRow: "maintenance_mode_id",
        OrganizationRow: "organization_id",
        PolicyRow: "policy_id",
    }
    return fields[model]


def _key_of(model: type[Wire]) -> str:
    return _field_of(model).replace("_", "")


def test_a_request_with_an_odd_member_is_decided_in_the_portal_and_its_id_is_kept() -> None:
    """Whatever about it is odd: nobody decides here what cannot be read whole."""
    for name in samples.row():
        if name.lower() in {"approvalrequestid", "datetime", "actiondate"}:
            continue
        row = read_row(samples.row(**{name: [{"new": "shape"}]}))
        assert row.approval_request_id == samples.REQUEST
        fields = {field.replace("_", "") for field in ApprovalRequestRow.model_fields}
        if name.lower() in fields or name == "threatLockerActionDto":
            assert (row.unreadable != "", kind_of(row)) == (True, Kind.OTHER), name


# Forms: what is odd closes what rests on it


PLACES = {
    "fileDetails.certificates": Part.SIGNER,
    "fileDetails.hash": Part.HASH,
    "fileDetails.fullPath": Part.PATH,
    "fileDetails.processPath": Part.PROCESS,
    "fileDetails.createdByProcesses": Part.CREATED_BY,
    "policyConditions.certSubjects": Part.SIGNER,
    "policyLevel.canUseEntireOrganization": Part.WIDTH,
    "osType": Part.SYSTEM,
    "organizationHasElevation": Part.ELEVATION,
    "approvalRequest.json": Part.SUBJECT,
    "computerId": Part.SUBJECT,
}


def odd_form(place: str, odd: object) -> PermitDetails:
    """The sample form with one member set to something odd."""
    form = copy.deepcopy(samples.form())
    *above, name = place.split(".")
    inner = form
    for one in above:
        inner = inner[one]
    inner[name] = odd
    return PermitDetails.read(form)


@pytest.mark.parametrize("place", PLACES)
def test_an_odd_member_of_a_permit_form_is_known_by_what_rests_on_it(place: str) -> None:
    details = odd_form(place, {"new": "shape"})
    assert [part for part in Part if is_unread(details, part)] == [PLACES[place]]
    assert unread_parts(details) == (PLACES[place].value,)


@pytest.mark.parametrize(
    "certificates", [[None], ["CN=X"], [{"subject": {}}], [{"validCert": "perhaps"}], {"a": 1}]
)
def test_one_odd_certificate_closes_one_press_and_leaves_the_hash(certificates: object) -> None:
    good = samples.form()["fileDetails"]["certificates"]
    both = [*good, *certificates] if isinstance(certificates, list) else certificates
    details = odd_form("fileDetails.certificates", both)
    assert why_no_one_press(details) == "the permit form's certificates cannot be read"
    body = permit_body(details, Terms(note="n"), application=NewApplication("App"))
    assert body.payload["policyConditions"]["manualOptions"][0]["hash"] == samples.HASH
    assert body.payload["fileDetails"]["certificates"] == both, "the form goes back as it came"
    if isinstance(certificates, list):
        assert good[0]["subject"] in details.signers_offered, "the others can still be named"


@pytest.mark.parametrize("member", ["size", "date", "policyName", "requestorReason", "originalHostname"])
@pytest.mark.parametrize("odd", [{"new": "shape"}, [1], "12 KB"])
def test_an_odd_size_closes_nothing(member: str, odd: object) -> None:
    details = odd_form(f"fileDetails.{member}", odd)
    assert why_no_one_press(details) == ""
    assert permit_body(details, Terms(note="n"), application=NewApplication("App")).payload


@pytest.mark.parametrize("conditions", ["text", [None], [{"hash": {}}], [7]])
def test_an_odd_condition_closes_nothing_but_itself(conditions: object) -> None:
    details = odd_form("policyConditions.manualOptions", conditions)
    assert permit_body(details, Terms(note="n"), application=NewApplication("App")).payload


def test_each_odd_part_closes_what_rests_on_it() -> None:
    new, terms = NewApplication("App"), Terms(note="n")
    existing = ExistingApplication(MatchingApplication.read(samples.application()))
    rule = CustomRule(path="C:\\Program Files\\App\\*", process="C:\\Windows\\explorer.exe")
    elevated = Terms(note="n", elevation=ElevationChoice())
    group = ComputerGroupItem.read(samples.computer_group())
    closed: list[tuple[str, dict[str, Any]]] = [
        ("fileDetails.hash", {"application": new}),
        ("fileDetails.fullPath", {"application": new, "rule": rule}),
        ("fileDetails.processPath", {"application": new, "rule": rule}),
        ("osType", {"application": new, "group": group}),
        ("osType", {"application": existing}),
        ("organizationHasElevation", {"application": new, "terms": elevated}),
        ("approvalRequest.json", {"application": new}),
        ("computerId", {"application": new}),
    ]
    for place, choice in closed:
        with pytest.raises(Unusable, match="cannot be read"):
            permit_body(odd_form(place, {"new": "shape"}), **{"terms": terms} | choice)
    wide = odd_form("policyLevel.canUseEntireOrganization", "perhaps")
    with pytest.raises(ValueError, match="does not offer the entire organization"):
        permit_body(wide, terms, application=new, organization_wide=True)
    assert permit_body(wide, terms, application=new).payload


def test_whatever_stands_in_a_permit_form_it_can_be_read() -> None:
    form = samples.form()
    for name, value in form.items():
        for odd in ODD.values():
            assert PermitDetails.read(form | {name: odd}).raw == form | {name: odd}
            for inner in value if isinstance(value, dict) else ():
                spoiled_form = form | {name: value | {inner: odd}}
                assert PermitDetails.read(spoiled_form).raw == spoiled_form


# What takes absence for a fact looks at what was odd


async def test_a_policy_that_cannot_be_read_leaves_the_width_unknown(
    portal: WireServer, client: PortalClient
) -> None:
    """It may be the widest of them."""
    portal.on("ComputerGroupGetForPermitApplication", [samples.computer_group()])
    for odd in (None, {}, samples.policy(policyId=OTHER, computerGroupId={"new": "shape"})):
        portal.on("PolicyGetForViewPoliciesByApplicationId", [samples.policy(), odd])
        found = await standing_permits(client, OTHER, samples.ORGANIZATION, now=NOW)
        assert found.widest is None


async def test_a_policy_that_cannot_be_read_may_be_the_one_that_denies(
    portal: WireServer, client: PortalClient
) -> None:
    application = samples.application()
    portal.on("ApplicationGetMatchingList", {"hasMatching": True, "matchingApplications": [application]})
    portal.on("ComputerGetByAllParameters", [samples.computer()])
    details = PermitDetails.read(samples.form())
    for odd in (None, samples.policy(policyActionId={"new": "shape"}), samples.policy(endDate="some day")):
        portal.on("PolicyGetForViewPoliciesByApplicationId", [samples.policy(), odd])
        told = await already_approved(client, details, now=NOW)
        assert told.coverage is Coverage.UNKNOWN


async def test_a_blocked_row_that_cannot_be_read_is_counted_so_that_nothing_is_no_all_clear(
    portal: WireServer, client: PortalClient
) -> None:
    query = BlockedQuery(samples.ORGANIZATION, NOW - timedelta(hours=1), NOW, username="dana")
    odd = [None, samples.blocked(organizationId=samples.ZERO), samples.blocked(username={"new": "shape"})]
    portal.on("ActionLogGetByParametersV2", [samples.blocked(username="somebody"), *odd])
    page = await client.blocked_items(query)
    assert (page.rows, page.scanned, page.unreadable) == ((), 4, 3)


# Organizations


ROOT, LEFT, RIGHT = (f"{n}{samples.ORGANIZATION[1:]}" for n in "123")


def _listed(*ids: object) -> list[dict[str, Any]]:
    return [{"label": f"org {one}", "value": one} for one in ids]


def _child(one: object, parent: object = ROOT) -> dict[str, Any]:
    return {"organizationId": one, "displayName": f"org {one}", "parentId": parent}


async def _places(
    portal: WireServer, client: PortalClient, listed: list[Any], children: list[Any]
) -> set[str]:
    portal.on("OrganizationGetForMoveComputers", listed)
    portal.on("OrganizationGetChildOrganizationsByParameters", children)
    rows = await client.organizations()
    tree = tree_of(rows, NOW)
    return {one for one in (ROOT, LEFT, RIGHT) if tree.place(one) is not None}


@pytest.mark.parametrize("value", [None, "", samples.ZERO, 7, {"new": "shape"}])
async def test_an_organization_without_an_id_takes_no_other_with_it(
    portal: WireServer, client: PortalClient, value: object
) -> None:
    """The contract lets `value` be null. The row may be anybody's: a child, or the root that all others hang on."""
    whole = [_child(LEFT), _child(RIGHT)]
    assert await _places(portal, client, _listed(ROOT, LEFT, RIGHT, value), whole) == {ROOT, LEFT, RIGHT}
    assert await _places(portal, client, _listed(value, LEFT, RIGHT), whole) == {ROOT, LEFT, RIGHT}
    assert await _places(portal, client, [None, *_listed(ROOT, LEFT, RIGHT)], whole) == {ROOT, LEFT, RIGHT}
    lost = await _places(portal, client, _listed(ROOT, LEFT, RIGHT), [_child(value), _child(RIGHT)])
    assert lost == {ROOT, RIGHT}, "the child whose row is odd has no known place, and is no root"


@pytest.mark.parametrize("parent", [None, samples.ZERO, 7, "nobody", {"new": "shape"}])
async def test_a_child_without_a_known_parent_is_alone_without_a_place(
    portal: WireServer, client: PortalClient, parent: object
) -> None:
    found = await _places(portal, client, _listed(ROOT, LEFT, RIGHT), [_child(LEFT, parent), _child(RIGHT)])
    assert found == {ROOT, RIGHT}
