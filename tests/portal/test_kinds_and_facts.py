"""Kinds and statuses are never guessed, and the same request gives the same facts however it was read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.models import Kind, Standing
from bot.portal import (
    RequestStatus,
    Unusable,
    facts_of,
    kind_of,
    sighting_of,
    standing_of,
    state_of,
    status_label,
    status_of,
)
from bot.portal.wire import ApprovalRequestRow, read_row
from bot.portal.wire_permit import PermitDetails
from tests.portal.samples import COMPUTER, HASH, ODD_JSON, SHA256, action, form, form_of, row


def _read(**changes: Any) -> ApprovalRequestRow:
    return read_row(row(**changes))


def _only_top_level(word: str) -> dict[str, Any]:
    return {"threatLockerActionDto": None, "json": None, "actionType": word}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("execute", Kind.APPLICATION),
        ("Install", Kind.APPLICATION),
        (" ELEVATE ", Kind.ELEVATION),
        ("read", Kind.STORAGE),
        ("write", Kind.STORAGE),
        ("move", Kind.STORAGE),
        ("delete", Kind.STORAGE),
        ("web", Kind.WEB_CONTROL),
        ("network", Kind.OTHER),
        ("registry", Kind.OTHER),
        ("powershell", Kind.OTHER),
        ("dns", Kind.OTHER),
        ("something new", Kind.OTHER),
        ("5", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_the_kind_follows_the_action_type_and_nothing_else(word: str, kind: Kind) -> None:
    assert kind_of(_read(**_only_top_level(word))) is kind


@pytest.mark.parametrize(
    "place",
    [
        {"threatLockerActionDto": action(actionType="elevate"), "json": None},
        {"threatLockerActionDto": None, "json": None, "actionType": "elevate"},
        {"threatLockerActionDto": None, "json": '{"ActionType":"elevate"}'},
    ],
)
def test_the_action_type_is_found_wherever_the_portal_puts_it(place: dict[str, Any]) -> None:
    assert kind_of(_read(**place)) is Kind.ELEVATION


def test_the_details_name_the_kind_where_the_row_does_not() -> None:
    bare = row(**_only_top_level(""))
    assert kind_of(read_row(bare), PermitDetails.read(form_of(bare))) is Kind.APPLICATION


@pytest.mark.parametrize(
    "changes",
    [
        {"threatLockerActionDto": action(actionType="elevate")},  # the json says execute
        {"path": {"unreadable": True}},
    ],
)
def test_a_request_that_contradicts_itself_or_is_unreadable_is_decided_in_the_portal(
    changes: dict[str, Any],
) -> None:
    assert kind_of(_read(**changes)) is Kind.OTHER


@pytest.mark.parametrize(
    "flags", [{"isElevationRequest": True}, {"actionType": "elevate"}, {"actionType": "network"}]
)
def test_details_that_contradict_the_row_make_the_kind_unknown(flags: dict[str, Any]) -> None:
    assert kind_of(_read(), PermitDetails.read(form(**flags))) is Kind.OTHER


def test_a_browser_extension_is_an_application() -> None:
    assert kind_of(_read(isExtensionRequest=True, **_only_top_level(""))) is Kind.APPLICATION
    assert kind_of(_read(isExtensionRequest=True, **_only_top_level("elevate"))) is Kind.OTHER
    assert kind_of(_read(), PermitDetails.read(form(isExtensionRequest=True))) is Kind.APPLICATION


@pytest.mark.parametrize(
    ("status_id", "label", "standing"),
    [
        (1, "Pending", Standing.PENDING),
        (4, "Approved", Standing.APPROVED),
        (6, "Not learned", Standing.CLOSED),
        (10, "Rejected or ignored", Standing.REJECTED),
        (12, "Added to an application", Standing.CLOSED),
        (13, "Escalated by Cyber Heroes", Standing.PENDING),
        (16, "Self-approved", Standing.APPROVED),
        (17, "Unknown status 17", Standing.CLOSED),
        (2, "Unknown status 2", Standing.CLOSED),
        (0, "Unknown status 0", Standing.CLOSED),
        (None, "Status not given", Standing.CLOSED),
    ],
)
def test_an_unknown_status_is_never_pending(status_id: int | None, label: str, standing: Standing) -> None:
    assert status_label(status_id) == label
    assert standing_of(status_id) is standing
    assert (status_of(status_id) is None) == (status_id not in set(RequestStatus))


def test_facts_hold_what_the_request_says() -> None:
    facts = facts_of(_read())
    assert facts.kind is Kind.APPLICATION
    assert (facts.computer_id, facts.computer_name, facts.os_type) == (COMPUTER, "FJ-LT-007", 1)
    assert (facts.path, facts.hash, facts.sha256) == ("C:\\Tools\\setup.exe", HASH, SHA256)
    assert [(one.subject, one.valid) for one in facts.signers] == [("CN=Fjord Tools AS", True)]
    assert facts.reason == "Setup for the label printer"
    assert facts.requestor == "FJORD\\kari"
    assert facts.requested_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert facts.device is None


def test_a_thin_row_and_a_full_one_give_the_same_facts_with_the_same_details() -> None:
    """A press compares digests: reading the list and reading the request alone must not differ."""
    full = row(json=ODD_JSON.replace("C:\\\\Tools\\\\gr\\u00FCn\\/setup.exe", "C:\\\\Tools\\\\setup.exe"))
    thin = row(threatLockerActionDto=None, json=None, requestorReason=None)
    details = PermitDetails.read(form_of(full))
    assert facts_of(read_row(full), details).digest == facts_of(read_row(thin), details).digest


def test_the_request_time_falls_back_to_the_actions_and_then_to_none() -> None:
    unset = {"dateTime": "0001-01-01T00:00:00"}
    assert facts_of(_read(**unset)).requested_at == datetime(2026, 3, 2, 7, 59, 58, tzinfo=UTC)
    assert facts_of(_read(threatLockerActionDto=action(datetime=None), **unset)).requested_at is None


@pytest.mark.parametrize(
    ("certs", "told"),
    [
        ([{"subject": "CN=A", "sha": "1", "validCert": None}], [("CN=A", False)]),
        ([{"subject": "CN=A", "sha": "1", "validCert": False}], [("CN=A", False)]),
        ([{"subject": "", "sha": "", "validCert": True}], []),
        ([], [("CN=Details", True)]),
    ],
)
def test_a_signer_whose_validity_is_not_said_is_not_valid(
    certs: list[dict[str, Any]], told: list[tuple[str, bool]]
) -> None:
    file = {"certificates": [{"subject": "CN=Details", "sha": "2", "validCert": True}]}
    request = row(threatLockerActionDto=action(certs=certs))
    facts = facts_of(read_row(request), PermitDetails.read(form_of(request, fileDetails=file)))
    assert [(one.subject, one.valid) for one in facts.signers] == told


def test_a_storage_request_names_its_device() -> None:
    storage = action(actionType="write", deviceType="USB", serialNumber="", manufacturer="Fjord Media")
    facts = facts_of(_read(threatLockerActionDto=storage, json=None, serialNumber="FM-9"))
    assert facts.kind is Kind.STORAGE
    assert facts.device is not None
    assert (facts.device.type, facts.device.serial_number, facts.device.manufacturer) == (
        "USB",
        "FM-9",
        "Fjord Media",
    )


def test_details_of_another_request_are_refused() -> None:
    other = row(approvalRequestId="aaaaaaaa-6f92-4c18-85be-4a1d9c70f2e3")
    with pytest.raises(Unusable, match="speak of request aaaaaaaa"):
        facts_of(_read(), PermitDetails.read(form_of(other)))


def test_the_state_tells_the_portals_decider_and_assignee() -> None:
    state = state_of(
        _read(
            statusId=4,
            approvedBy="Ola Nordmann",
            actionDate="2026-03-02T08:20:00",
            assigneeFirstName="Ola",
            assigneeLastname="Nordmann",
            comments="done",
        )
    )
    assert (state.standing, state.decided_by, state.assignee) == (
        Standing.APPROVED,
        "Ola Nordmann",
        "Ola Nordmann",
    )
    assert state.decided_at == datetime(2026, 3, 2, 8, 20, tzinfo=UTC)
    assert state.comments == "done"


def test_a_sighting_of_an_unreadable_row_is_shown_and_not_decided() -> None:
    sighting = sighting_of(_read(path=[1]))
    assert sighting.facts.kind is Kind.OTHER
    assert sighting.state.standing is Standing.PENDING
    assert sighting.facts.organization_id


ASKED, ACTIONED = "2026-03-02T08:11:00", "2026-03-02T08:20:00"


def timed(**timer: object) -> ApprovalRequestRow:
    return _read(approvalRequestTimerDto=timer, actionDate=None, dateTime=None)


def test_the_portals_own_timer_tells_what_the_row_leaves_out() -> None:
    filled = timed(requestDate=ASKED, actionedDate=ACTIONED, totalTimeInSeconds=540)
    assert state_of(filled).timer_s == 540
    assert state_of(filled).decided_at == datetime(2026, 3, 2, 8, 20, tzinfo=UTC)


def test_a_timer_that_still_runs_or_is_not_there_tells_nothing() -> None:
    """It would change at every look, and the request with it."""
    runs = timed(requestDate=ASKED, actionedDate="0001-01-01T00:00:00", totalTimeInSeconds=77)
    none = _read(approvalRequestTimerDto=None, actionDate=None)
    for each in (runs, none):
        assert (state_of(each).timer_s, state_of(each).decided_at) == (0, None)


@pytest.mark.parametrize("odd", ["soon", [], {"actionedDate": "yesterday"}, {"totalTimeInSeconds": "many"}])
def test_an_odd_timer_closes_nothing(odd: object) -> None:
    read = _read(approvalRequestTimerDto=odd)
    assert read.unreadable == ""
