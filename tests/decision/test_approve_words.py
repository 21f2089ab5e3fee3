"""The exact effect of every choice in one sentence, the record of a choice, and what the requestor reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cards.messages.answers import approval_reply
from bot.decision.approve.choice import NotAChoice, approval_choice, choice_faults, chosen_facts, chosen_words
from bot.decision.approve.draw import evidence_words
from bot.decision.approve.plan import signer_value
from bot.decision.effect import effect_of, one_press_choice
from bot.decision.writes import unverified
from bot.models import (
    ApplicationChoice,
    ApplicationUse,
    Check,
    CheckFinding,
    CheckName,
    Choice,
    CustomRule,
    EscalationSection,
    Kind,
    Reach,
    Rules,
    Seen,
    UnprovenWrite,
    Verb,
)
from bot.models.evidence import CheckSource
from permissions import MaintenanceMode
from tests.cards.samples import NOW, case, entry, evidence, facts
from tests.house_rules import rules_with

DAY = datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)
RULE = CustomRule(path=r"C:\Program Files\F\*", signer="CN=Fabrikam")


def approval(**changed: Any) -> Choice:
    """An approval with these choices."""
    return Choice(verb=Verb.APPROVE, **changed)


def application(use: ApplicationUse, **changed: Any) -> ApplicationChoice:
    """A named application."""
    return ApplicationChoice(use=use, application_id="a", name="Tools", **changed)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (approval(rule=RULE), [r"recognized by a rule (path C:\Program Files\F\* and signer CN=Fabrikam)"]),
        (
            approval(rule=CustomRule(process="p", created_by="c")),
            ["recognized by a rule (started by p and created by c)"],
        ),
        (approval(application=ApplicationChoice(name="Pilot")), ["as the new application “Pilot”"]),
        (
            approval(application=application(ApplicationUse.MATCHING)),
            ["recognized by the application's own rules", "in the matching application “Tools”"],
        ),
        (
            approval(application=application(ApplicationUse.MATCHING, is_built_in=True)),
            ["in the built-in application “Tools”"],
        ),
        (
            approval(application=application(ApplicationUse.EXISTING), expires_at=DAY),
            [
                "in the existing application “Tools”, wherever that may run already",
                "until 2026-12-24 23:59 UTC (the added rule itself stays)",
            ],
        ),
        (
            approval(elevate=True, elevate_silently=True, elevate_until=DAY),
            ["with administrator rights, silently, until 2026-12-24 23:59 UTC"],
        ),
        (approval(elevate=True), ["with administrator rights, with notice, without an end"]),
        (
            approval(application=application(ApplicationUse.MATCHING), elevate=True, elevate_hours=1),
            ["with administrator rights for everything in that application, with notice, for 1 hour"],
        ),
        (
            approval(application=application(ApplicationUse.EXISTING), elevate=True, elevate_silently=True),
            ["with administrator rights for everything in that application, silently, without an end"],
        ),
        (
            approval(mode=MaintenanceMode.LEARNING),
            ["Learning Mode runs on WS-001 only, for one hour", "no rule of its own"],
        ),
    ],
)
def test_the_effect_says_everything_that_the_write_does(choice: Choice, words: list[str]) -> None:
    said = effect_of(choice, facts(1))
    assert said.endswith(".")
    assert "\n" not in said
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("reaches", "words"),
    [
        (Reach.COMPUTER, "as far as that computer"),
        (Reach.COMPUTER_GROUP, "as far as a computer group"),
        (Reach.ORGANIZATION, "as far as the entire organization"),
        (Reach.GLOBAL, "as far as a global group"),
    ],
)
def test_the_effect_of_an_extension_names_the_reach_that_counts(reaches: Reach, words: str) -> None:
    """Semantics 5.5."""
    choice = approval(application=application(ApplicationUse.EXISTING))
    assert words in effect_of(choice, facts(1), reaches=reaches)


def test_suggested_ringfencing_is_echoed_in_the_effect() -> None:
    assert "Ringfencing that the portal suggests" in effect_of(approval(), facts(1), ringfencing=("x",))
    assert "Ringfencing" not in effect_of(approval(), facts(1))


# The record


def test_the_record_keeps_words_of_people_apart_from_what_stays_for_ever() -> None:
    """P7, and retention: nothing typed, and no outside name, among the facts."""
    texts = (
        "reason",
        "validated_how",
        "confirmed_by",
        "safe_because",
        "mode_because",
        "ticket",
        "note_to_requestor",
        "internal_note",
        "computer_group_name",
        "on_phone_with",
    )
    choice = approval(
        **{name: f"typed {name}" for name in texts},
        rule=CustomRule(path="typed path", signer="typed signer", process="typed p", created_by="typed c"),
        application=ApplicationChoice(use=ApplicationUse.EXISTING, application_id="a-1", name="typed name"),
        elevate=True,
        expires_at=DAY,
    )
    kept = chosen_facts(choice)
    assert "typed" not in str(kept)
    assert kept == {
        "reach": "computer",
        "application": "existing",
        "application_id": "a-1",
        "recognized_by": ["path", "process", "signer", "created_by"],
        "expires_at": DAY.isoformat(),
        "notify_requestor": True,
        "elevation": "with notice",
        "elevation_ends": "none",
    }
    words = chosen_words(choice)
    assert words["rule_path"] == "typed path"
    assert words["application_name"] == "typed name"
    assert {"ticket", "internal_note", "note_to_requestor", "safe_because", "mode_because"} <= words.keys()


def test_a_denial_is_recorded_without_an_approvals_facts() -> None:
    assert chosen_facts(Choice(verb=Verb.DENY)) == {"reach": "computer"}


# From inputs to a choice


@pytest.mark.parametrize("kind", list(Kind))
def test_without_a_word_the_form_means_what_one_press_means(kind: Kind) -> None:
    """The first page as it comes is the narrow safe answer."""
    assert approval_choice(
        kind, {}, rules_with(Rules(), decisions={"elevation_hours": 3}), NOW
    ) == one_press_choice(kind, 3)


def test_a_day_ends_where_the_house_is() -> None:
    rules = Rules(escalation=EscalationSection(zone="America/New_York"))
    values = {"lasts": "date", "expires_on": "2026-07-01"}
    choice = approval_choice(Kind.APPLICATION, values, rules, NOW)
    assert choice.expires_at == datetime(2026, 7, 2, 3, 59, 59, tzinfo=UTC)
    assert choice.expires_at.tzinfo is UTC


def test_a_choice_survives_being_stored() -> None:
    """What was chosen and what the ledger gives back are equal, so that a second person agrees to the same."""
    values = {"lasts": "date", "expires_on": "2026-07-01", "recognized_by": "rule", "rule_path": "p"}
    choice = approval_choice(
        Kind.APPLICATION, values, Rules(escalation=EscalationSection(zone="Europe/Oslo")), NOW
    )
    assert Choice.model_validate_json(choice.model_dump_json()) == choice


@pytest.mark.parametrize("hours", ["0", "25", "-1", "1.5", "one", "9" * 40, "²"])
def test_hours_that_no_option_offers_are_no_choice(hours: str) -> None:
    values = {"elevation": "notice", "elevation_for": hours}
    with pytest.raises(NotAChoice):
        approval_choice(Kind.ELEVATION, values, Rules(), NOW)


def test_the_hours_of_the_settings_are_offered_however_many_they_are() -> None:
    values = {"elevation": "notice", "elevation_for": "48"}
    choice = approval_choice(
        Kind.ELEVATION, values, rules_with(Rules(), decisions={"elevation_hours": 48}), NOW
    )
    assert choice.elevate_hours == 48


def test_one_press_lacks_nothing() -> None:
    for kind in Kind:
        assert choice_faults(one_press_choice(kind, 1)) == {}


# Signers, evidence, replies, unproven writes


def test_a_signer_stands_for_itself_where_it_fits() -> None:
    assert signer_value("CN=F") == "CN=F"
    long = "CN=" + "Å" * 200
    assert signer_value(long).startswith("sha256:")
    assert len(signer_value(long)) < 150
    assert signer_value(long) != signer_value(long + "x")


def check(name: CheckName, finding: CheckFinding) -> Check:
    """A check that was made."""
    return Check(name=name, finding=finding, source=CheckSource.REQUEST, checked_at=NOW)


def test_the_evidence_in_short_says_what_was_found_the_worst_first_as_the_card_does() -> None:
    checks = (
        check(CheckName.SIGNER, CheckFinding.OK),
        check(CheckName.PATH, CheckFinding.BAD),
        check(CheckName.RESEARCH, CheckFinding.UNKNOWN),
    )
    said = evidence_words(case(evidence=evidence(checks=checks)))
    seen = "never seen here · from Downloads · signed by Fabrikam Inc"
    assert said == f"path speaks against it · {seen}. 1 of 3 checks are good."
    assert evidence_words(case(evidence=None)) == "still being gathered."
    kept = evidence_words(case(evidence=evidence(checks=())))
    assert kept == f"{seen[0].upper()}{seen[1:]}. No checks are kept."
    bare = entry(1, kind=Kind.WEB_CONTROL)
    assert (
        evidence_words(case(bare, evidence=evidence(seen=Seen.UNKNOWN, checks=()))) == "no checks are kept."
    )


def test_the_requestor_reads_what_happens_next_and_the_note() -> None:
    plain = approval_reply("a.exe", "")
    assert plain.startswith("a.exe is approved. It takes effect at the computer's next check-in")
    assert plain.endswith("sooner.")
    assert approval_reply("a.exe", " Restart it. ").endswith("\n\nRestart it.")
    assert "for one hour" in approval_reply("a.exe", "", mode=MaintenanceMode.LEARNING)


@pytest.mark.parametrize("reaches", [None, Reach.COMPUTER, Reach.ORGANIZATION])
def test_a_reach_that_turns_out_global_waits_for_its_evidence_too(reaches: Reach | None) -> None:
    held = facts(1)
    assert unverified(held, approval(), Rules(), reaches) == ""
    assert "decide it in the portal" in unverified(held, approval(), Rules(), Reach.GLOBAL)
    proven = Rules(verified_writes=frozenset({UnprovenWrite.PERMIT_GLOBAL}))
    assert unverified(held, approval(), proven, Reach.GLOBAL) == ""
