"""Every event that the record may hold, in OCSF: held against a schema that is derived from the published one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.audit import GENESIS, Entry, link_of, ocsf_line, ocsf_of, ocsf_rows, written
from bot.audit.ocsf import _ACTIVITIES, _HIGH, _IN_DOUBT, _RIGHTS
from bot.audit.shapes import OF_ITSELF, REFUSALS, SHAPES
from bot.models import Event

SCHEMA = json.loads((Path(__file__).parent / "ocsf-1.7.0.schema.json").read_text("utf-8"))
CHECKED = jsonschema.Draft202012Validator(SCHEMA)
GRANT = {"grant_id": "g1", "person_id": "bo", "what": "Approve for Group", "organization_id": "o1"}
BARE = Event(name="x")
FULL = Event(
    name="x",
    case_id="case-1",
    request_id="r1",
    organization_id="o1",
    press_id="p1",
    person_id="ana",
    slack_user_id="U1",
    facts={
        "why": "organization",
        "grant": GRANT,
        "role": {"role_id": "ro1"},
        "of": "bo",
        "outcome": "refused",
    },
    private={"name": "Ana", "path": "C:\\x"},
)
ODD = FULL.model_copy(update={"facts": {"grant": "g1", "role": [1], "of": 7, "why": 3, "outcome": None}})


def entry(event: Event, name: str) -> Entry:
    """The event as it is stored, under this name."""
    body, private = written(event.model_copy(update={"name": name}), "salt")
    return Entry(7, 1_700_000_000_123, link_of(GENESIS, 7, 1_700_000_000_123, body), body, private)


@pytest.mark.parametrize("event", [BARE, FULL, ODD], ids=["bare", "full", "odd"])
def test_every_event_is_what_the_schema_wants(event: Event) -> None:
    for name in (*SHAPES, "an_event_of_a_later_release"):
        told = ocsf_of(entry(event, name), GENESIS)
        CHECKED.validate(told)
        assert told["type_uid"] == told["class_uid"] * 100 + told["activity_id"]
        assert "Ana" not in json.dumps(told)


def test_each_activity_is_of_an_event_that_there_is() -> None:
    assert set(_ACTIVITIES) | set(_RIGHTS) | _HIGH | _IN_DOUBT <= set(SHAPES)


@pytest.mark.parametrize(
    ("name", "classed"),
    [
        ("decision_settled", (3004, 3, 1)),
        ("case_opened", (3004, 1, 1)),
        ("decision_refused", (3004, 99, 2)),
        ("decision_in_doubt", (3004, 99, 0)),
        ("mode_not_started", (3004, 99, 2)),
        ("looked_up", (3004, 2, 2)),
        ("person_suspended", (3004, 12, 1)),
        ("grant_given", (3005, 1, 1)),
        ("grant_expired", (3005, 2, 1)),
        ("audit_head_posted", (0, 99, 1)),
    ],
)
def test_the_class_the_activity_and_how_it_went(name: str, classed: tuple[int, int, int]) -> None:
    event = FULL if name == "looked_up" else FULL.model_copy(update={"facts": {"grant": GRANT}})
    told = ocsf_of(entry(event, name), GENESIS)
    assert (told["class_uid"], told["activity_id"], told["status_id"]) == classed


def test_what_a_siem_asks_for_is_there() -> None:
    told = ocsf_of(entry(FULL, "decision_refused"), GENESIS)
    assert told["actor"] == {"user": {"uid": "ana", "uid_alt": "U1", "type_id": 1}}
    assert told["entity"] == {"uid": "r1", "type": "Approval request", "type_id": 99, "org": {"uid": "o1"}}
    assert told["metadata"]["uid"] == entry(FULL, "decision_refused").link
    assert (told["metadata"]["sequence"], told["metadata"]["correlation_uid"]) == (7, "case-1")
    assert told["status_code"] == "organization"
    given = ocsf_of(entry(FULL, "grant_given"), GENESIS)
    assert (given["user"], given["privileges"]) == ({"uid": "bo"}, ["Approve for Group"])
    slack_only = BARE.model_copy(update={"slack_user_id": "U9"})
    assert ocsf_of(entry(slack_only, "looked_up"), GENESIS)["actor"] == {"user": {"uid": "U9", "type_id": 1}}
    assert ocsf_of(entry(BARE, "looked_up"), GENESIS)["actor"] == {"app_name": "Gatehouse"}


def test_refusals_and_what_is_urgent_stand_out() -> None:
    severities = {name: ocsf_of(entry(BARE, name), GENESIS)["severity_id"] for name in SHAPES}
    assert {severities[name] for name in REFUSALS} == {2}
    assert severities["older_ledger_accepted"] == severities["press_not_ours"] == 4
    assert set(severities) >= OF_ITSELF


def _altered(**changed: Any) -> str:
    told = ocsf_of(entry(FULL, "decision_refused"), GENESIS)
    return json.dumps({**told, **changed})


@pytest.mark.parametrize("changed", [{"status_id": 1}, {"time": 5}, {"message": "nothing"}, {"more": 1}])
def test_a_line_that_says_what_its_event_does_not_is_found(changed: dict[str, Any]) -> None:
    (row,) = ocsf_rows([_altered(**changed), "\n"])
    assert "does not say" in row.fault or row.entry.at_ms == 5


def test_its_own_lines_are_read_back() -> None:
    one = entry(FULL, "decision_refused")
    (row,) = ocsf_rows([ocsf_line(one, GENESIS)])
    assert (row.entry.body, row.entry.link, row.before, row.fault) == (one.body, one.link, GENESIS, "")


@pytest.mark.parametrize("line", ["7", "{", "[]", '{"metadata": 1}', _altered(raw_data="[]"), "[" * 100_000])
def test_what_is_no_line_is_refused_in_words(line: str) -> None:
    with pytest.raises(ValueError, match="line 1: is not an event of an export"):
        list(ocsf_rows([line]))
