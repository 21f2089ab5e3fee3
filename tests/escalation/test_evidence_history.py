"""What was seen and decided before: each check as a table over the record, the portal's applications and its audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.desk import standing_approvals
from bot.escalation.evidence import history
from bot.escalation.evidence.asking import AUDIT, DETAILS, MATCHES, RESEARCH, Answers, OnComputer
from bot.escalation.evidence.history import Past
from bot.models import (
    CheckFinding,
    CheckSource,
    Choice,
    EarlierDecision,
    Kind,
    Reach,
    Rules,
    Seen,
    Verb,
)
from bot.portal import BlockedRow, MatchingApplication
from bot.rules.second import Spread, second_needed
from tests.cards.samples import HASH, NOW, case, earlier, entry, evidence, facts

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
DAY = timedelta(days=1)
APPLICATION_ID = "2c8e6f04-b39d-4a71-8f52-e60d17a9c3b5"


def approved(days_ago: float = 7, **changed: Any) -> EarlierDecision:
    """An approval of ours, of a while ago."""
    return earlier(at=NOW - days_ago * DAY, by_us=True, **changed)


def denied(days_ago: float = 7, **changed: Any) -> EarlierDecision:
    """A denial of ours."""
    return approved(days_ago, verb=Verb.DENY, **changed)


def match(name: str = "Tool", organization: str = "Contoso") -> MatchingApplication:
    """An application of the portal that covers the file."""
    return MatchingApplication(
        application_id=APPLICATION_ID, name=name, application_name=name, organization_name=organization
    )


def row(**changed: Any) -> BlockedRow:
    """A row of the Unified Audit about the case's file."""
    values: dict[str, Any] = {
        "hash": HASH,
        "action_id": 1,
        "effective_action": "Permit",
        "is_monitor_mode": False,
        "date_time": NOW - 3 * DAY,
    }
    return BlockedRow(**(values | changed))


def answers(*rows: BlockedRow, **changed: Any) -> Answers:
    """What the portal told, with these rows of the file's history."""
    on = OnComputer(facts=facts(), history=rows)
    values: dict[str, Any] = {"on": (on,), "computers": 1, "matches": ()}
    return Answers(**(values | changed))


SEEN = [
    (Past(), answers(), Seen.NEVER, True),
    (Past(on_file=[approved()]), answers(), Seen.BEFORE, True),
    (Past(on_file=[denied()]), answers(), Seen.NEVER, True),
    (Past(on_software=[approved()]), answers(), Seen.NEW_VERSION, True),
    (Past(on_software=[denied()]), answers(), Seen.NEVER, True),
    (Past(on_signer=[approved()]), answers(), Seen.NEVER, True),
    (Past(), answers(matches=(match(),)), Seen.BEFORE, True),
    (Past(), answers(matches=(match(organization="master"),)), Seen.NEVER, True),
    (Past(), answers(row()), Seen.BEFORE, True),
    (Past(), answers(row(action_id=6)), Seen.BEFORE, True),
    (Past(), answers(row(hash="", sha256=HASH)), Seen.BEFORE, True),
    (Past(), answers(row(action_id=2)), Seen.NEVER, True),
    (Past(), answers(row(action_id=3)), Seen.NEVER, True),
    (Past(), answers(row(is_monitor_mode=True)), Seen.NEVER, True),
    (Past(), answers(row(hash="ABCD")), Seen.NEVER, True),
    (Past(), answers(row(hash="", sha256="")), Seen.NEVER, True),
    (Past(), answers(matches=None, failed=(MATCHES,)), Seen.UNKNOWN, False),
    (Past(), answers(matches=None, failed=(DETAILS,)), Seen.UNKNOWN, False),
    (Past(), answers(failed=(RESEARCH,)), Seen.NEVER, True),
    (Past(), answers(failed=(AUDIT,)), Seen.NEVER, True),
    (Past(on_file=[approved()]), answers(matches=None, failed=(DETAILS,)), Seen.BEFORE, True),
    (Past(elsewhere={"o2": frozenset({Verb.APPROVE})}), answers(), Seen.NEVER, True),
]


@pytest.mark.parametrize(("past", "told", "seen", "is_made"), SEEN)
def test_only_this_organizations_own_past_makes_a_file_seen(
    past: Past, told: Answers, seen: Seen, is_made: bool
) -> None:
    found = history.seeing(case(), past, told)
    assert (found.seen, found.is_made) == (seen, is_made)
    check = history.seen_check(found, NOW)
    assert check.finding is (OK if seen is Seen.BEFORE else UNKNOWN)
    assert check.is_made is is_made
    assert check.note


@pytest.mark.parametrize(
    "taken",
    [
        [approved(1, request_id="r1", taken_back=True), approved(7, request_id="r1")],
        [approved(1, request_id="r1", taken_back=True)],
    ],
)
def test_an_approval_that_was_taken_back_makes_nothing_seen_and_counts_for_nothing(
    taken: list[EarlierDecision],
) -> None:
    past = Past(on_file=taken, on_software=taken)
    assert standing_approvals(taken) == []
    assert history.seeing(case(), past, answers()).seen is Seen.NEVER
    check = history.file_check(past, NOW)
    assert (check.finding, check.note) == (UNKNOWN, "its approval was taken back; the last")
    assert "1 taken back" in history.software_check(past, NOW).note


def test_another_approval_than_the_one_taken_back_still_stands() -> None:
    held = [approved(1, request_id="r1", taken_back=True), approved(2, request_id="r2"), approved(3)]
    assert [one.request_id for one in standing_approvals(held)] == ["r2", ""]


VERSIONS = [
    (Past(), Seen.NEVER, UNKNOWN, "no version of it"),
    (Past(on_software=[approved(2)]), Seen.NEW_VERSION, UNKNOWN, "a new version of approved software"),
    (Past(on_file=[approved(2)], on_software=[approved(2)]), Seen.BEFORE, OK, "this version itself"),
    (Past(), Seen.BEFORE, OK, "known here"),
    (Past(on_software=[denied(2)]), Seen.NEVER, UNKNOWN, "no version of it"),
]


@pytest.mark.parametrize(("past", "seen", "finding", "said"), VERSIONS)
def test_a_new_version_of_approved_software_is_never_the_approved_one(
    past: Past, seen: Seen, finding: CheckFinding, said: str
) -> None:
    check = history.version_check(history.Seeing(seen, "", CheckSource.RECORD), past, NOW)
    assert check.finding is finding
    assert said in check.note
    assert check.since == (NOW - 2 * DAY if "last approval" in check.note else None)


FIRST = [
    (Past(), answers(), UNKNOWN, NOW - timedelta(minutes=2), (CheckSource.REQUEST, True)),
    (Past(on_file=[denied(40)]), answers(), OK, NOW - 40 * DAY, (CheckSource.RECORD, True)),
    (Past(on_file=[approved(29)]), answers(), UNKNOWN, NOW - 29 * DAY, (CheckSource.RECORD, True)),
    (Past(on_file=[approved(2)]), answers(row()), UNKNOWN, NOW - 3 * DAY, (CheckSource.AUDIT, True)),
    (Past(), answers(row(date_time=NOW - 30 * DAY)), OK, NOW - 30 * DAY, (CheckSource.AUDIT, True)),
    (Past(), answers(row(date_time=None)), UNKNOWN, NOW - timedelta(minutes=2), (CheckSource.REQUEST, True)),
    (Past(), answers(row(hash="AB")), UNKNOWN, NOW - timedelta(minutes=2), (CheckSource.REQUEST, True)),
    (Past(), answers(failed=(AUDIT,)), UNKNOWN, NOW - timedelta(minutes=2), (CheckSource.REQUEST, False)),
    (Past(on_file=[approved(31)]), answers(failed=(AUDIT,)), OK, NOW - 31 * DAY, (CheckSource.RECORD, True)),
]


@pytest.mark.parametrize(("past", "told", "finding", "since", "more"), FIRST)
def test_first_seen_is_the_earliest_that_anybody_knows(
    past: Past, told: Answers, finding: CheckFinding, since: Any, more: tuple[CheckSource, bool]
) -> None:
    check = history.first_seen_check(case(), past, told, NOW)
    assert (check.finding, check.since, (check.source, check.is_made)) == (finding, since, more)


ON_FILE = [
    ([], OK, "no decision before"),
    ([approved()], OK, "1 approved; the last"),
    ([approved(1), denied(9)], OK, "1 approved, 1 denied; the last"),
    ([denied(1), approved(9)], BAD, "denied last; the last"),
    ([denied(1)], BAD, "denied last; the last"),
    ([earlier(verb=Verb.DENY, by_us=False)], UNKNOWN, "rejected or ignored in the portal last; the last"),
]


@pytest.mark.parametrize(("decisions", "finding", "note"), ON_FILE)
def test_a_file_that_was_denied_here_last_speaks_against_it(
    decisions: list[EarlierDecision], finding: CheckFinding, note: str
) -> None:
    """The portal's status 10 means rejected or ignored: only our own denial is surely one."""
    check = history.file_check(Past(on_file=decisions), NOW)
    assert (check.finding, check.note) == (finding, note)
    assert check.since == (decisions[0].at if decisions else None)


@pytest.mark.parametrize("check", [history.software_check, history.signer_decisions_check])
@pytest.mark.parametrize(
    ("decisions", "finding", "note"),
    [
        ([], OK, "no decision before"),
        ([approved(), approved(8)], OK, "2 approved; the last"),
        ([denied(), approved(8)], UNKNOWN, "1 approved, 1 denied; the last"),
        ([approved(1, taken_back=True)], UNKNOWN, "1 taken back; the last"),
    ],
)
def test_decisions_on_software_and_signer_are_counted_and_close_nothing(
    check: Any, decisions: list[EarlierDecision], finding: CheckFinding, note: str
) -> None:
    found = check(Past(on_software=decisions, on_signer=decisions), NOW)
    assert (found.finding, found.note) == (finding, note)


A, D = Verb.APPROVE, Verb.DENY


@pytest.mark.parametrize(
    ("elsewhere", "finding", "note"),
    [
        ({}, UNKNOWN, "not decided in any other organization"),
        ({"org-fabrikam": {A}}, OK, "approved in 1 other organization"),
        ({"org-fabrikam": {A}, "org-nwind": {A}}, OK, "approved in 2 other organizations"),
        ({"org-fabrikam": {D}}, UNKNOWN, "denied in 1 other organization"),
        (
            {"org-fabrikam": {A, D}, "org-nwind": {A}},
            UNKNOWN,
            "approved in 2 other organizations, denied in 1 other organization",
        ),
        ({f"org-{n}": {A} for n in range(100)}, OK, "approved in at least 100 other organizations"),
    ],
)
def test_p10_other_organizations_are_a_count_and_never_a_name(
    elsewhere: dict[str, set[Verb]], finding: CheckFinding, note: str
) -> None:
    held = {name: frozenset(verbs) for name, verbs in elsewhere.items()}
    check = history.elsewhere_check(Past(elsewhere=held), NOW)
    assert check is not None
    assert (check.finding, check.note) == (finding, note)
    assert not any(name in check.model_dump_json() for name in elsewhere)


def test_without_a_hash_nobody_is_asked_about_elsewhere() -> None:
    assert history.elsewhere_check(Past(), NOW) is None


@pytest.mark.parametrize(
    ("count", "cut", "finding", "note"),
    [
        (0, False, OK, "no other open case"),
        (1, False, OK, "1 other open case"),
        (4, False, OK, "4 other open cases"),
        (5, False, UNKNOWN, "5 other open cases"),
        (0, True, UNKNOWN, "no other open case among those looked through"),
    ],
)
def test_a_person_who_waits_for_much_is_said_and_closes_nothing(
    count: int, cut: bool, finding: CheckFinding, note: str
) -> None:
    check = history.open_cases_check(Past(open_cases=count, open_cases_cut=cut), NOW)
    assert (check.finding, check.note) == (finding, note)


def test_the_people_of_a_case_are_known_by_their_accounts_and_by_nothing_that_they_type() -> None:
    one = case(
        entry(1, requestor=" CONTOSO\\Dana ", requestor_email=""), entry(2, requestor_email="D@X.example")
    )
    assert history.people_of(one) == {"dana", "dana 2"}
    assert history.people_of(case(entry(1, requestor="", requestor_email="d@x.example"))) == frozenset()


def test_storage_is_no_software_and_is_not_seen_or_unseen() -> None:
    one = case(entry(1, kind=Kind.STORAGE))
    assert history.seeing(one, Past(), answers()).seen is Seen.UNKNOWN


def by_hand(days: int, **more: Any) -> EarlierDecision:
    """An approval of this very file for one computer, of what had never been seen."""
    return approved(days, reach="computer", seen=Seen.NEVER, **more)


@pytest.mark.parametrize(
    ("on_file", "alone"),
    [
        ([by_hand(1)], True),
        ([by_hand(1), by_hand(2)], True),
        # Two people, a wider reach, or what was known before it: it was looked at.
        ([by_hand(1), by_hand(2, two_people=True)], False),
        ([by_hand(1), approved(2, reach="organization", seen=Seen.NEVER)], False),
        ([by_hand(1), approved(2, reach="computer", seen=Seen.BEFORE)], False),
        ([], False),
    ],
)
def test_what_the_rule_of_the_second_person_calls_new_is_not_called_seen(
    on_file: list[EarlierDecision], alone: bool
) -> None:
    """One rule for card, details and press: what single people approved for single computers is new for one more."""
    past = Past(on_file=on_file)
    told = history.seeing(case(), past, answers())
    assert told.one_at_a_time is alone
    assert ("for single computers only" in told.note) is alone
    judged = case().model_copy(update={"evidence": evidence(seen=told.seen)})
    spread = Spread(frozenset({"C1"}), tuple(on_file) or (by_hand(1),))
    why = second_needed(
        Rules(), judged, judged.requests[0], Choice(verb=Verb.APPROVE), Reach.COMPUTER, now=NOW, spread=spread
    )
    assert ("it is new here" in why) is (alone or not on_file)
