"""What the portal sends is read as it is meant, and what it does not say stays unsaid."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from bot.models import Kind
from bot.portal import ModeRow, facts_of, kind_of
from bot.portal.lenient import put, read_base64_text, read_id, read_time, value_in
from bot.portal.wire import Action, ApprovalRequestRow, BlockedRow, OrganizationRow, read_row
from bot.portal.wire_permit import PermitDetails
from tests.portal.samples import HASH, ORGANIZATION, REQUEST, ZERO, blocked, form, row

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2026-03-02T08:00:00Z", EIGHT),
        ("2026-03-02T08:00:00", EIGHT),
        ("2026-03-02T10:00:00+02:00", EIGHT),
        ("2026-03-02T08:00:00.5", EIGHT + timedelta(milliseconds=500)),
        ("2026-03-02T08:00:00.1234567Z", EIGHT + timedelta(microseconds=123456)),
        (datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=2))), EIGHT),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
        ("tomorrow", None),
    ],
)
def test_a_date_without_a_zone_is_utc_and_an_unset_one_is_none(sent: object, meant: datetime | None) -> None:
    assert read_time(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("U2V0dXAgZm9yIHRoZSBsYWJlbCBwcmludGVy", "Setup for the label printer"),
        ("VMO8ciB6dQ==", "Tür zu"),
        ("", ""),
        ("Setup for the printer", "Setup for the printer"),
        ("Need", "Need"),  # looks like Base64, is not UTF-8
        ("/w==", "/w=="),
        ("AAAA", "AAAA"),  # would decode to NUL characters
        (
            "TmVlZGVkIGZvciAHIHRoZSBhdWRpdA==",
            "Needed for \x07 the audit",
        ),  # typed so, and no way to hide a reason
        ("U2V0dXA", "U2V0dXA"),  # cut off: no valid Base64
        (17, 17),
    ],
)
def test_a_reason_that_is_not_base64_of_text_is_taken_as_it_stands(sent: object, meant: object) -> None:
    assert read_base64_text(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [(REQUEST.upper(), REQUEST), (ZERO, None), ("", None), (None, None), (f" {REQUEST} ", REQUEST)],
)
def test_ids_are_compared_in_lower_case_and_zero_is_none(sent: object, meant: str | None) -> None:
    assert read_id(sent) == meant


def test_keys_are_read_in_any_case() -> None:
    shouted = {key.upper(): value for key, value in row().items()}
    assert ApprovalRequestRow.read(shouted).model_dump() == ApprovalRequestRow.read(row()).model_dump()


@pytest.mark.parametrize("key", ["fullpath", "fullPath", "FullPath", "path"])
def test_the_path_of_an_action_is_read_in_every_known_spelling(key: str) -> None:
    assert Action.read({key: "C:\\a.exe"}).full_path == "C:\\a.exe"


def test_the_object_is_kept_as_received_and_stays_out_of_logs() -> None:
    received = row(somethingNew={"a": [1, None]})
    read = ApprovalRequestRow.read(received)
    assert read.raw == received
    assert "somethingNew" not in repr(read)
    assert "FullPath" not in repr(read)
    assert read.json_text is not None
    assert read.json_text not in repr(read)


def test_missing_and_null_members_are_the_same() -> None:
    thin = ApprovalRequestRow.read(
        {"approvalRequestId": REQUEST, "organizationId": ORGANIZATION, "hash": None, "path": None}
    )
    assert (thin.hash, thin.path, thin.date_time, thin.status_id) == ("", "", None, None)
    assert thin.action == Action()


@pytest.mark.parametrize(
    "value", [..., "", ZERO, "7\r\nX: y", "a b", "x" * 65, True, {"id": REQUEST}, [REQUEST]]
)
def test_a_request_without_any_id_is_not_read(value: object) -> None:
    with pytest.raises(ValidationError):
        read_row(row(approvalRequestId=value))


@pytest.mark.parametrize(("value", "meant"), [(12345, "12345"), ("not-an-id", "not-an-id")])
def test_a_request_by_an_id_that_is_no_guid_is_told_and_decided_in_the_portal(
    value: object, meant: str
) -> None:
    read = read_row(row(approvalRequestId=value))
    assert (read.approval_request_id, read.organization_id) == (meant, ORGANIZATION)
    assert (read.unreadable, kind_of(read)) == ("approval_request_id", Kind.OTHER)


@pytest.mark.parametrize("value", [..., None, "", ZERO, "not-an-id", "7\r\nX: y", 4711, True, {"id": 1}])
def test_a_request_whose_organization_is_not_known_tells_its_id_and_nothing_else(value: object) -> None:
    """Whoever reads the default channel need not be who may see that organization's facts."""
    read = read_row(row(organizationId=value))
    assert (read.approval_request_id, read.organization_id, read.status_id) == (REQUEST, "", 1)
    assert (read.unreadable, kind_of(read)) == ("organization_id", Kind.OTHER)
    facts = facts_of(read)
    assert (facts.path, facts.hash, facts.requestor, facts.computer_name, facts.organization_name) == (
        "",
    ) * 5


@pytest.mark.parametrize(
    ("member", "value"),
    [("dateTime", "tomorrow"), ("actionDate", {}), ("threatLockerActionDto", {"size": "big", "hash": HASH})],
)
def test_what_nothing_rests_on_may_be_odd(member: str, value: Any) -> None:
    assert read_row(row(**{member: value})).unreadable == ""


@pytest.mark.parametrize("value", [True, 2**70, float("nan"), "1.5", [1], {}])
def test_what_is_no_number_is_no_status(value: object) -> None:
    """A truth value would be read as 1, which is pending."""
    assert read_row(row(statusId=value)).status_id is None


def test_numbers_may_come_as_text() -> None:
    assert read_row(row(statusId="13")).status_id == 13
    assert read_row(row(statusId="")).unreadable == ""


def test_the_portal_cannot_say_that_a_row_was_read_or_not() -> None:
    assert read_row(row(unreadable="all", odd=["path"])).unreadable == ""


@pytest.mark.parametrize(
    ("member", "value"),
    [("path", {"a": 1}), ("threatLockerActionDto", "text"), ("isAssigned", "perhaps"), ("hash", ["x"])],
)
def test_a_row_of_an_odd_shape_keeps_its_ids_and_says_what_is_unreadable(member: str, value: Any) -> None:
    read = read_row(row(**{member: value}))
    assert (read.approval_request_id, read.organization_id, read.status_id) == (REQUEST, ORGANIZATION, 1)
    assert read.unreadable
    assert read.raw[member] == value


def test_an_unreadable_status_is_no_status() -> None:
    assert read_row(row(statusId="pending?")).status_id is None


@pytest.mark.parametrize("text", [None, "", "[]", "not json", "[" * 100_000, '{"certs": 7, "size": "big"}'])
def test_an_inner_json_that_cannot_be_read_is_no_action(text: str | None) -> None:
    read = ApprovalRequestRow.read(row(json=text, threatLockerActionDto=None))
    assert read.inner_json is None
    assert read.action == Action()


def test_the_inner_json_stands_in_for_a_missing_action_object() -> None:
    read = ApprovalRequestRow.read(row(json='{"FullPath":"x","HASH":"' + HASH + '","Certs":null}'))
    bare = ApprovalRequestRow.read(row(json=read.json_text, threatLockerActionDto=None))
    assert (bare.action.full_path, bare.action.hash, bare.action.certs) == ("x", HASH, ())


def test_lists_lose_their_nulls_and_a_bare_value_is_a_list_of_one() -> None:
    assert BlockedRow.read(blocked()).cert_subjects == ("CN=Fjord Tools AS",)
    assert BlockedRow.read(blocked(certs="CN=A")).cert_subjects == ("CN=A",)


def test_organizations_are_read_in_both_row_shapes() -> None:
    dropdown = OrganizationRow.read({"label": "Fjord", "value": ORGANIZATION.upper(), "disabled": False})
    tree = OrganizationRow.read({"organizationId": ORGANIZATION, "displayName": "Fjord"})
    assert (dropdown.organization_id, dropdown.title) == (tree.organization_id, tree.title)
    assert OrganizationRow.read({"value": ORGANIZATION}).title == ORGANIZATION


def test_permit_details_without_parts_read_as_empty_ones() -> None:
    details = PermitDetails.read({"computerId": ZERO, "fileDetails": None})
    assert details.computer_id is None
    assert details.file_details.hash == ""
    assert details.approval_request.approval_request_id is None
    assert PermitDetails.read(form()).policy_level.can_use_entire_organization is True


def test_setting_a_member_keeps_the_portals_spelling() -> None:
    target = {"UserInstance": "k"}
    put(target, "userinstance", "q")
    put(target, "comments", "new")
    assert target == {"UserInstance": "q", "comments": "new"}
    assert value_in(target, "USERINSTANCE") == "q"
    assert value_in(target, "absent") is None


def test_something_that_is_no_object_is_not_read() -> None:
    with pytest.raises(ValidationError):
        ApprovalRequestRow.model_validate("text")


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000", " \r\n"])
def test_blanks_alone_say_nothing(blank: str) -> None:
    """A mode that “ ” has ended runs, and nobody of that name has decided."""
    row = ModeRow.read({"endedBy": blank, "endDateTime": "2027-01-01T00:00:00Z"})
    assert row.is_running(datetime(2026, 1, 1, tzinfo=UTC))
    action = Action.read({"username": blank, "fullPath": f"C:\\{blank}a.exe"})
    assert (action.username, action.full_path) == ("", f"C:\\{blank}a.exe")
    assert not action.odd
