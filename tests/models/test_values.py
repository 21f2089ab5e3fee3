"""The values that are stored and compared: frozen, strict, in UTC, with digests that do not depend on spelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.models import (
    LINUX,
    MACOS,
    Actor,
    Claim,
    Kind,
    Press,
    PressKind,
    RequestFacts,
    Rules,
    Standing,
    Step,
    StepKind,
    Urgency,
    canonical,
    digest_of,
    subject_of,
)
from tests.cards.samples import NOW, attempt, entry, facts


def test_a_time_without_a_zone_is_refused_and_says_why() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValidationError, match="has no time zone"):
        Step(kind=StepKind.REMIND, due_at=naive)


def test_a_time_of_another_zone_becomes_the_same_moment_in_utc() -> None:
    local = datetime(2026, 3, 2, 11, 0, tzinfo=timezone(timedelta(hours=2)))
    step = Step(kind=StepKind.REMIND, due_at=local)
    assert step.due_at == NOW
    assert step.due_at.tzinfo is UTC


def test_a_field_of_a_newer_program_is_refused_and_not_dropped() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Actor.model_validate({"person_id": "a", "name": "A", "slack_user_id": "U", "rank": 3})


def test_a_record_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Rules().writes_on = True  # type: ignore[misc]  # that this is refused is the test


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_a_digest_does_not_depend_on_the_order_of_keys(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical(turned) == canonical(value)
    assert canonical(value).isascii()
    assert len(digest_of(value)) == 64


@given(st.sampled_from(sorted(set(RequestFacts.model_fields) - {"signers", "created_by", "device", "kind"})))
def test_any_changed_fact_changes_the_digest(name: str) -> None:
    """P8: a press is void when the digest is another one."""
    plain = facts(1)
    values: dict[type, object] = {str: "other", int: 77, bool: True, datetime: NOW + timedelta(days=1)}
    changed = plain.model_copy(update={name: values[type(getattr(plain, name))]})
    assert changed.digest != plain.digest


def test_a_digest_written_before_a_fact_was_kept_stays_true() -> None:
    """An approval that waited for a second person while Gatehouse was renewed is not void for it."""
    before = facts(1).model_dump(mode="json", exclude={"instructions", "is_extension"})
    assert facts(1).digest == digest_of(before)


@pytest.mark.parametrize(
    ("path", "os_type", "name"),
    [
        (r"C:\Users\dana\setup.exe", 1, "setup.exe"),
        ("C:/Users/dana/setup.exe", 1, "setup.exe"),
        ("/Applications/Sketch.app", MACOS, "Sketch.app"),
        (r"/opt/odd\name", LINUX, r"odd\name"),
        ("", 1, ""),
        ("C:\\", 1, "C:\\"),
    ],
)
def test_a_file_is_named_in_the_way_of_its_operating_system(path: str, os_type: int, name: str) -> None:
    assert facts(1, path=path, os_type=os_type).file_name == name


@pytest.mark.parametrize(
    ("kind", "joins"),
    [
        (Kind.APPLICATION, True),
        (Kind.ELEVATION, True),
        (Kind.STORAGE, False),
        (Kind.WEB_CONTROL, False),
        (Kind.OTHER, False),
    ],
)
def test_only_files_with_a_hash_share_a_case(kind: Kind, joins: bool) -> None:
    assert (subject_of(facts(1, kind=kind)) is not None) is joins
    assert subject_of(facts(1, kind=kind, hash="")) is None


def test_the_spelling_of_hash_and_organization_makes_no_other_subject() -> None:
    plain, odd = (
        subject_of(facts(1)),
        subject_of(facts(2, hash=facts(1).hash.lower(), organization_id="ORG-CONTOSO")),
    )
    assert plain is not None
    assert odd is not None
    assert plain.key == odd.key


@pytest.mark.parametrize(
    ("standing", "is_open"), [(s, s in ("pending", "deciding", "checking")) for s in Standing]
)
def test_only_what_still_awaits_something_is_open(standing: Standing, is_open: bool) -> None:
    assert standing.is_open is is_open


def test_the_deadline_of_a_request_is_its_first_escalation() -> None:
    again = Step(kind=StepKind.ESCALATE_AGAIN, due_at=NOW)
    ceiling = Step(kind=StepKind.ESCALATE, due_at=NOW + timedelta(minutes=1), taken_at=NOW)
    assert entry(1, steps=(again, ceiling)).due_at == ceiling.due_at
    assert entry(1, steps=(again,)).due_at is None
    assert (ceiling.is_open, again.is_open) == (False, True)


def test_escalations_overtake_answers_cards_and_redraws() -> None:
    """P6."""
    assert sorted(Urgency) == [Urgency.ESCALATION, Urgency.ANSWER, Urgency.CARD, Urgency.REDRAW]


def test_writes_are_off_until_somebody_switches_them_on() -> None:
    assert Rules().writes_on is False
    assert Rules().verified_writes == frozenset()


def test_what_is_stored_is_read_back_unchanged() -> None:
    press = Press(
        press_id="p1", kind=PressKind.MODAL, name="x", slack_user_id="U", slack_team_id="T", received_at=NOW
    )
    held = Claim(actor=attempt().actor, at=NOW, until=NOW)
    for value in (press, held, attempt(), entry(1)):
        assert type(value).model_validate_json(value.model_dump_json()) == value
