"""A permit is the portal's own form with its choices made: everything else goes back as it came."""

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import Reach
from bot.portal import (
    ElevationChoice,
    ElevationNotice,
    MatchedApplication,
    NewApplication,
    PermitBody,
    PermitDetails,
    PortalClient,
    Reply,
    Terms,
    Unusable,
    decision_note,
    hash_rule_name,
    names_attempt,
    permit_body,
)
from bot.portal.transport import _encoded
from bot.portal.wire import ComputerGroupItem, MatchingApplication, RequestCore
from tests.portal.permits import permit_on_computer
from tests.portal.samples import (
    COMPUTER,
    GROUP,
    HASH,
    ODD_JSON,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    REQUEST,
    ZERO,
    action,
    application,
    computer_group,
    elevation_form,
    form,
    form_of,
    row,
)
from tests.portal.wire_server import WireServer

NOTE = "Approved by Ana Moreau via Gatehouse [attempt 01J]"
TERMS = Terms(note=NOTE)
SETUP = NewApplication("Setup")


def _read(**changes: Any) -> PermitDetails:
    return PermitDetails.read(form(**changes))


def _narrow(details: PermitDetails, application_name: str = "Setup on FJ", **choices: Any) -> PermitBody:
    terms = Terms(**({"note": NOTE} | choices))
    return permit_on_computer(details, terms, application_name=application_name)


def test_one_press_is_a_new_application_with_one_hash_rule_for_this_computer() -> None:
    body = _narrow(_read())
    assert (body.request_id, body.organization_id, body.reach) == (REQUEST, ORGANIZATION, Reach.COMPUTER)
    sent = body.payload
    assert sent["matchingApplications"] == {
        "hasMatchingApplication": False,
        "useMatchingApplication": False,
        "matchingApplication": None,
        "useExistingApplication": False,
        "existingApplication": None,
        "useNewApplication": True,
        "newApplicationName": "Setup on FJ",
    }
    assert sent["policyConditions"]["manualOptions"] == [
        {
            "fullPath": None,
            "processPath": None,
            "cert": None,
            "hash": HASH,
            "createdBy": None,
            "isDefaultOption": True,
            "disabled": False,
        }
    ]
    assert sent["policyLevel"] == {
        "canUseEntireOrganization": True,
        "toEntireOrganization": False,
        "toComputerGroup": False,
        "selectedComputerGroup": None,
        "toComputer": False,
    }
    assert sent["policyConditions"]["ruleId"] == 0
    assert (sent["computerId"], sent["policyExpirationDate"]) == (COMPUTER, None)


def test_all_that_is_not_a_choice_goes_back_as_it_came() -> None:
    received = form(somethingNew={"deep": [1, None, "x"]}, ringfenceActionId=3)
    before = copy.deepcopy(received)
    sent = _narrow(PermitDetails.read(received)).payload
    chosen = {"approvalRequest", "adminNotes", "matchingApplications", "policyConditions"}
    assert received == before
    assert {key: value for key, value in sent.items() if key not in chosen} == {
        key: value for key, value in received.items() if key not in chosen
    }
    request = {key: value for key, value in received["approvalRequest"].items() if key != "comments"}
    assert {key: sent["approvalRequest"][key] for key in request} == request
    assert set(sent["approvalRequest"]) == set(received["approvalRequest"])


async def test_the_json_text_arrives_byte_for_byte(portal: WireServer, client: PortalClient) -> None:
    """Odd escapes, line separators and a lone surrogate survive the way in and the way out."""
    portal.on("ApprovalRequestGetPermitApplicationById", form())
    portal.on("ApprovalRequestPermitApplication", {})
    details = await client.permit_details(REQUEST, ORGANIZATION)
    await client.permit(_narrow(details))
    arrived = portal.calls("ApprovalRequestPermitApplication")[0].body["approvalRequest"]["json"]
    assert arrived == ODD_JSON
    assert "\\ud83d" in ODD_JSON


@given(st.text(st.characters(exclude_categories=())))
def test_any_json_text_is_the_same_after_the_way_out(text: str) -> None:
    request = row(json=text + "x", threatLockerActionDto=action())
    payload = _narrow(PermitDetails.read(form_of(request))).payload
    assert json.loads(_encoded(payload))["approvalRequest"]["json"] == text + "x"


async def test_a_lone_surrogate_in_any_text_is_sent_back(portal: WireServer, client: PortalClient) -> None:
    file = form()["fileDetails"] | {"requestorReason": "half a face \ud83d"}
    portal.on("ApprovalRequestGetPermitApplicationById", form(fileDetails=file))
    portal.on("ApprovalRequestPermitApplication", {})
    body = _narrow(await client.permit_details(REQUEST, ORGANIZATION))
    await client.permit(body)
    assert b"half a face \\ud83d" in portal.calls("ApprovalRequestPermitApplication")[0].raw_body
    assert len(body.digest) == 64


def test_members_that_live_permits_need_are_there_even_if_the_form_left_them_out() -> None:
    left_out = dict.fromkeys(
        ("policyExpirationDate", "elevationExpirationDate", "isFromApproval", "hasOriginApprovalCenter",
         "matchingApplications", "policyConditions", "policyLevel", "adminNotes", "isExecutionRequest",
         "userinstance", "actionLog"), ...
    )  # fmt: skip
    sent = _narrow(_read(**left_out)).payload
    assert sent["policyExpirationDate"] is None
    assert sent["elevationExpirationDate"] is None
    assert sent["isFromApproval"] is True
    assert sent["hasOriginApprovalCenter"] is True
    assert sent["isExecutionRequest"] is True
    assert sent["userinstance"] == "k"
    assert sent["matchingApplications"]["matchingApplication"] is None
    assert sent["matchingApplications"]["existingApplication"] is None
    assert sent["matchingApplications"]["hasMatchingApplication"] is False
    assert sent["policyLevel"]["selectedComputerGroup"] is None
    assert sent["policyConditions"]["certSubjects"] == []


@pytest.mark.parametrize(
    ("request_changes", "instance"),
    [({}, "k"), ({"instanceName": None}, "k"), ({"instanceName": None, "portalApiUrl": ""}, None)],
)
def test_the_instance_is_taken_from_the_request_or_from_nowhere(
    request_changes: dict[str, Any], instance: str | None
) -> None:
    details = PermitDetails.read(form_of(row(**request_changes), userinstance=""))
    if instance is None:
        with pytest.raises(Unusable, match="which instance"):
            _narrow(details)
    else:
        assert _narrow(details).payload["userinstance"] == instance


def test_a_form_in_another_spelling_never_gets_a_member_twice() -> None:
    shouted = {key[0].upper() + key[1:]: value for key, value in form().items()}
    sent = _narrow(PermitDetails.read(shouted)).payload
    folded = [key.lower() for key in sent]
    assert len(folded) == len(set(folded))
    assert sent["PolicyLevel"]["toComputer"] is False


@pytest.mark.parametrize("stored", ["", None, "Seen by Ola\n"])
def test_the_note_is_added_and_nothing_is_overwritten(stored: str | None) -> None:
    notes = {"ticket": "OLD", "requestorEmail": "k@x", "comments": stored}
    details = PermitDetails.read(form_of(row(comments=stored), adminNotes=notes))
    sent = _narrow(details, ticket="T-9").payload
    expected = f"Seen by Ola\n{NOTE}" if stored else NOTE
    assert (sent["approvalRequest"]["comments"], sent["adminNotes"]["comments"]) == (expected, expected)
    assert (sent["approvalRequest"]["ticketId"], sent["adminNotes"]["ticket"]) == ("T-9", "T-9")
    assert _narrow(details).payload["adminNotes"]["ticket"] == "OLD"


def test_the_attempt_is_found_again_in_the_portals_notes() -> None:
    note = decision_note("Approved", "Ana\n[attempt 02K]\u202e Moreau", "01J")
    assert note == "Approved by Ana attempt 02K Moreau via Gatehouse [attempt 01J]"
    stored = RequestCore.read(row(comments=f"older\n{note}"))
    assert names_attempt(stored.comments, "01J")
    assert not names_attempt(stored.comments, "02K")
    for unseen in ("\u061c", "\u2067", "\u2060", "\ufeff", "\u00ad"):
        assert unseen not in decision_note("Denied", f"Ana{unseen}Moreau", "3")
    assert decision_note("Denied", " \u200b ", "3") == "Denied by unknown person via Gatehouse [attempt 3]"


def test_an_expiry_is_sent_as_utc_seconds() -> None:
    until = datetime(2026, 6, 1, 2, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert _narrow(_read(), expires_at=until).payload["policyExpirationDate"] == "2026-06-01T00:00:00Z"
    with pytest.raises(ValueError, match="without a zone"):
        _narrow(_read(), expires_at=datetime(2026, 6, 1))  # noqa: DTZ001 - a naive time is the point


def test_the_reply_reaches_the_requestor_only_when_asked_for() -> None:
    reply = Reply("Approved", "You may install it.", notify=True)
    sent = _narrow(_read(), reply=reply).payload
    assert (sent["responseSubject"], sent["responseReason"], sent["notifyOnResponse"]) == (
        "Approved",
        "You may install it.",
        True,
    )
    assert _narrow(_read()).payload["notifyOnResponse"] is False
    assert _narrow(_read(notifyOnResponse=True)).payload["notifyOnResponse"] is False


@pytest.mark.parametrize(
    ("choice", "status", "hours", "until"),
    [
        (ElevationChoice(), 1, 1, None),
        (ElevationChoice(ElevationNotice.SILENT, hours=4), 2, 4, None),
        (ElevationChoice(hours=None), 1, 0, None),
        (
            ElevationChoice(hours=None, until=datetime(2026, 3, 3, tzinfo=UTC)),
            1,
            0,
            "2026-03-03T00:00:00Z",
        ),
    ],
)
def test_elevation_says_how_and_for_how_long(
    choice: ElevationChoice, status: int, hours: int, until: str | None
) -> None:
    sent = _narrow(PermitDetails.read(elevation_form()), elevation=choice).payload
    assert (sent["elevationStatus"], sent["elevationExpiration"], sent["elevationExpirationDate"]) == (
        status,
        hours,
        until,
    )
    assert (sent["isElevationRequest"], sent["isExecutionRequest"]) == (True, False)


def test_a_prefilled_elevation_is_switched_off_for_an_application() -> None:
    sent = _narrow(_read(elevationStatus=2, elevationExpiration=24)).payload
    assert (sent["elevationStatus"], sent["elevationExpiration"]) == (0, 0)


def test_an_elevation_request_is_never_permitted_without_saying_how() -> None:
    with pytest.raises(ValueError, match="elevation choice"):
        _narrow(PermitDetails.read(elevation_form()))


@pytest.mark.parametrize("limits", [{"hours": 0}, {"hours": 1, "until": datetime(2026, 3, 3, tzinfo=UTC)}])
def test_an_elevation_has_one_meaningful_end(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least one hour"):
        ElevationChoice(**limits)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"approvalRequest": row(json=None)}, "no `json`"),
        ({"approvalRequest": {"json": "{}"}}, "name no request"),
        ({"computerId": ZERO}, "name no computer"),
        ({"computerId": None}, "name no computer"),
        ({"organizationId": ...}, "name no organization"),
        ({"computerId": GROUP}, "two computers"),
        ({"organizationId": OTHER_ORGANIZATION}, "two organizations"),
        ({"isElevationRequest": True}, "decided in the portal"),
        ({"actionType": "network"}, "decided in the portal"),
        ({"fileDetails": {"hash": "00" * 16}}, "different file hashes"),
        (
            {
                "approvalRequest": row(
                    hash="", json='{"actionType":"execute"}', threatLockerActionDto=action(hash=None)
                ),
                "fileDetails": None,
            },
            "no file hash",
        ),
        ({"approvalRequest": row(threatLockerActionDto=action(hash="F" * 32))}, "different file hashes"),
    ],
)
def test_a_form_that_is_thin_or_contradicts_itself_makes_no_body(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(Unusable, match=why):
        _narrow(_read(**changes))


def test_a_hash_in_another_case_is_the_same_hash() -> None:
    request = row(hash=HASH.lower(), threatLockerActionDto=None)
    assert _narrow(PermitDetails.read(form_of(request))).reach is Reach.COMPUTER


def test_a_new_application_needs_a_name() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        _narrow(_read(), application_name="  ")


def test_the_deterministic_name_names_file_computer_and_hash() -> None:
    assert hash_rule_name(_read()) == "setup.exe on FJ-LT-007 (7D20C94A)"
    assert hash_rule_name(_read()) == hash_rule_name(_read(ringfenceActionId=5))


def test_a_hostile_file_name_makes_a_plain_short_name() -> None:
    file = form()["fileDetails"] | {"filename": "a\u202e\n" + "b" * 300}
    name = hash_rule_name(_read(fileDetails=file))
    assert len(name) == 120
    assert name.startswith("a bbb")
    assert name.endswith(" on FJ-LT-007 (7D20C94A)")
    bare = _read(fileDetails={"fullPath": "/opt/tool"}, approvalRequest=row(hostname=None))
    assert hash_rule_name(bare) == f"tool on {COMPUTER} (7D20C94A)"


def test_a_group_is_pasted_as_the_portal_gave_it() -> None:
    group = ComputerGroupItem.read(computer_group(extra=1))
    body = permit_body(_read(), TERMS, application=SETUP, group=group)
    assert body.reach is Reach.COMPUTER_GROUP
    assert body.payload["policyLevel"]["selectedComputerGroup"] == computer_group(extra=1)
    assert body.payload["policyLevel"]["toComputerGroup"] is True


def test_a_group_marked_global_is_the_global_reach_whoever_owns_it() -> None:
    group = ComputerGroupItem.read(computer_group(isGlobal=True, organizationId=OTHER_ORGANIZATION))
    assert permit_body(_read(), TERMS, application=SETUP, group=group).reach is Reach.GLOBAL


@pytest.mark.parametrize(
    ("changes", "error", "why"),
    [
        ({"isGlobal": None}, Unusable, "does not say whether"),
        ({"organizationId": OTHER_ORGANIZATION}, ValueError, "another organization"),
        ({"osType": 2}, ValueError, "another operating system"),
    ],
)
def test_a_group_that_does_not_fit_is_refused(
    changes: dict[str, Any], error: type[Exception], why: str
) -> None:
    group = ComputerGroupItem.read(computer_group(**changes))
    with pytest.raises(error, match=why):
        permit_body(_read(), TERMS, application=SETUP, group=group)


def test_the_organization_reach_is_sent_only_where_the_portal_offers_it() -> None:
    body = permit_body(_read(), TERMS, application=SETUP, organization_wide=True)
    assert (body.reach, body.payload["policyLevel"]["toEntireOrganization"]) == (Reach.ORGANIZATION, True)
    closed = _read(policyLevel={"canUseEntireOrganization": False})
    with pytest.raises(ValueError, match="does not offer"):
        permit_body(closed, TERMS, application=SETUP, organization_wide=True)


def test_two_reaches_at_once_are_refused() -> None:
    group = ComputerGroupItem.read(computer_group())
    with pytest.raises(ValueError, match="not both"):
        permit_body(_read(), TERMS, application=SETUP, group=group, organization_wide=True)


def test_a_match_of_the_own_organization_is_sent_as_it_came() -> None:
    match = MatchingApplication.read(application(extra="x"))
    body = permit_body(_read(), TERMS, application=MatchedApplication(match))
    sent = body.payload["matchingApplications"]
    assert sent["matchingApplication"] == application(extra="x")
    assert (sent["useMatchingApplication"], sent["useNewApplication"], sent["newApplicationName"]) == (
        True,
        False,
        None,
    )
    assert (body.application, body.reach) == ("Label Printer", Reach.COMPUTER)


def test_a_built_in_match_takes_the_entire_organization() -> None:
    built_in = MatchingApplication.read(
        application(organizationId=OTHER_ORGANIZATION, organizationName="Master", applicationName=None)
    )
    assert (
        permit_body(
            _read(), TERMS, application=MatchedApplication(built_in), organization_wide=True
        ).application
        == "Label Printer"
    )
    with pytest.raises(ValueError, match="entire organization"):
        permit_body(_read(), TERMS, application=MatchedApplication(built_in))


def test_a_match_of_another_organization_is_refused() -> None:
    foreign = MatchingApplication.read(application(organizationId=OTHER_ORGANIZATION))
    with pytest.raises(ValueError, match="another organization"):
        permit_body(_read(), TERMS, application=MatchedApplication(foreign), organization_wide=True)


def test_the_digest_is_of_what_is_sent() -> None:
    assert _narrow(_read()).digest == _narrow(_read()).digest
    assert _narrow(_read()).digest != _narrow(_read(), ticket="T").digest
    assert HASH not in repr(_narrow(_read()))
