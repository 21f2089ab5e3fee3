"""The evidence on the card in every state: what speaks against it first, the rest folded, all of it in the details."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import check_payload, check_view, render_case
from bot.cards.case.evidence import check_lines, evidence_lines
from bot.cards.case.modals import details_modal
from bot.cards.kit import blocks, ids
from bot.cards.kit.words import Line, as_text
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    Evidence,
    Finding,
    Kind,
    Seen,
    Standing,
    Verb,
)
from tests.cards.reading import read
from tests.cards.samples import NOW, RULES, case, decided, earlier, entry, evidence
from tests.cards.second_opinion import check_message_twice, check_view_twice
from tests.cards.test_hostile_text import HOSTILE, assert_inert_payload, assert_inert_text

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
EARLIER = NOW - timedelta(hours=2)
_SOURCE = {
    CheckName.SIGNER: CheckSource.REQUEST,
    CheckName.PATH: CheckSource.REQUEST,
    CheckName.PARENT: CheckSource.REQUEST,
    CheckName.RESEARCH: CheckSource.RESEARCH,
    CheckName.REPUTATION: CheckSource.REPUTATION,
    CheckName.MODE: CheckSource.COMPUTERS,
    CheckName.ALREADY: CheckSource.POLICIES,
}


def check(name: CheckName, finding: CheckFinding = OK, note: str = "", **changed: Any) -> Check:
    """A check of now."""
    values = {
        "name": name,
        "finding": finding,
        "note": note,
        "source": _SOURCE.get(name, CheckSource.RECORD),
        "checked_at": NOW,
    }
    return Check(**(values | changed))


def plain() -> tuple[Check, ...]:
    """The checks of a signed installer that nobody here has seen."""
    return (
        check(CheckName.SIGNER, OK, "valid signature of CN=Fabrikam Inc"),
        check(CheckName.PATH, UNKNOWN, "a temporary or download folder"),
        check(CheckName.PARENT, OK, "started by explorer"),
        check(CheckName.SEEN, UNKNOWN, "never before in this organization"),
        check(CheckName.VERSION, UNKNOWN, "no version of it was approved here"),
        check(
            CheckName.FIRST_SEEN,
            UNKNOWN,
            "with this request",
            since=NOW - timedelta(minutes=2),
            found_nothing=True,
        ),
        check(CheckName.ELSEWHERE, OK, "approved in 3 other organizations"),
        check(CheckName.ALREADY, OK, "not yet"),
        check(CheckName.RESEARCH, UNKNOWN, "no page about it", found_nothing=True),
        check(CheckName.REPUTATION, UNKNOWN, "no rating; the portal offers VirusTotal", found_nothing=True),
        check(CheckName.ON_FILE, OK, "no decision before"),
        check(CheckName.ON_SIGNER, OK, "4 approved; the last", since=NOW - timedelta(days=9)),
        check(CheckName.ON_SOFTWARE, OK, "no decision before"),
        check(CheckName.OPEN_CASES, OK, "no other open case"),
        check(CheckName.MODE, OK, "secured"),
    )


def changed(*ones: Check) -> tuple[Check, ...]:
    """The plain checks with these in their places."""
    other = {one.name: one for one in ones}
    return tuple(other.get(one.name, one) for one in plain())


def shown(found: Evidence | None, **of_case: Any) -> str:
    """The evidence of a card as a person reads it."""
    lines = evidence_lines(case(evidence=found, **of_case))
    return drawn(lines)


def drawn(lines: Sequence[Line]) -> str:
    """Lines as a person reads them."""
    return read([blocks.rich(lines)])


def test_what_was_found_is_never_called_unknown() -> None:
    unsigned = check(CheckName.SIGNER, UNKNOWN, "unsigned")
    away = check(CheckName.RESEARCH, UNKNOWN, "it could not be asked", is_made=False)
    found = evidence(checks=changed(unsigned, away))
    text = shown(found)
    assert "path: a temporary or download folder" in text
    assert "Unknown: first seen, research, reputation, checked" in text, (
        "nothing was found, or it was not asked"
    )
    assert "signer:" not in text, "the card's facts say it"
    one = case(entry(signers=(), path=r"C:\\Tools\\setup.exe"), evidence=found)
    card = read(render_case(one, RULES, NOW).blocks)
    assert "unsigned" in card
    assert "nknown" not in card
    details = drawn(check_lines(case(evidence=found)))
    assert "noted: signer: unsigned" in details
    assert "unknown: research: it could not be asked" in details


def test_before_anything_is_known() -> None:
    assert shown(None) == snapshot("Evidence: still being gathered; the card is filled in by itself.")


def test_a_closed_case_waits_for_no_evidence() -> None:
    assert evidence_lines(case(decided(1, Standing.CLOSED), closed_at=NOW)) == []


def test_nothing_speaks_against_it() -> None:
    assert shown(evidence(checks=plain())) == snapshot("""\
Seen: never before in this organization. Elsewhere: approved in 3 other organizations. Product:
    Fabrikam Reader
Noted: path: a temporary or download folder, checked {09:00}
Unknown: first seen, research, reputation, checked {09:00}
Checked 9, ok: signer, parent process, other organizations, already approved, decisions on the file,
    decisions on the signer, decisions on the software, the person's open cases, the computer's
    mode, checked {09:00}\
""")


def test_something_speaks_against_it() -> None:
    found = evidence(
        known_bad=Finding.YES,
        known_bad_note="the portal's research rates Tool 5 of 5 for concern",
        checks=changed(
            check(CheckName.PARENT, BAD, "started by winword, a document or mail program"),
            check(CheckName.RESEARCH, BAD, "the portal's research rates Tool 5 of 5 for concern"),
            check(CheckName.MODE, BAD, "WS-001: Learning Mode; until", since=NOW + timedelta(hours=1)),
        ),
    )
    assert shown(found) == snapshot("""\
Bad, parent process: started by winword, a document or mail program (the request)
Known bad: the portal's research rates Tool 5 of 5 for concern (the portal's research)
Bad, the computer's mode: WS-001: Learning Mode; until {10:00} (the portal's computer list), checked
    {09:00}
Seen: never before in this organization. Elsewhere: approved in 3 other organizations. Product:
    Fabrikam Reader
Noted: path: a temporary or download folder, checked {09:00}
Unknown: first seen, reputation, checked {09:00}
Checked 7, ok: signer, other organizations, already approved, decisions on the file, decisions on
    the signer, decisions on the software, the person's open cases, checked {09:00}\
""")


def test_some_checks_could_not_be_made_now_and_are_older() -> None:
    found = evidence(
        seen=Seen.UNKNOWN,
        failed=("matching applications", "the portal's research"),
        checks=changed(
            check(CheckName.RESEARCH, OK, "1 of 5", checked_at=EARLIER),
            check(CheckName.SEEN, UNKNOWN, "it could not be asked", is_made=False),
        ),
    )
    assert shown(found) == snapshot("""\
Seen: unknown. Elsewhere: approved in 3 other organizations. Product: Fabrikam Reader
Noted: path: a temporary or download folder, checked {09:00}
Unknown: first seen, reputation, checked {09:00}
Checked 10, ok: signer, parent process, other organizations, already approved, research, decisions
    on the file, decisions on the signer, decisions on the software, the person's open cases, the
    computer's mode, checked {07:00}
Not checked: matching applications
Not checked: the portal's research\
""")


def test_decisions_of_before_and_a_policy_that_is_due() -> None:
    found = evidence(
        seen=Seen.NEW_VERSION,
        hand_approvals=4,
        checks=plain(),
        earlier=(
            earlier(),
            earlier(taken_back=True),
            earlier(verb=Verb.DENY, by="", reach=""),
            earlier(),
            earlier(),
        ),
    )
    assert shown(found, policy_due=True) == snapshot("""\
Seen: known software, but this version never: treat it as never seen. Elsewhere: approved in 3 other
    organizations. Product: Fabrikam Reader
Approved before: another version, {09:00}, for this computer, by Ada Lund
Taken back: another version, {09:00}, for this computer, by Ada Lund
Denied before: another version, {09:00}
and 2 earlier decisions more
Policy due: the same software was approved by hand 4 times lately. Ask the escalation team for a
    policy; an approval now needs a justification.
Noted: path: a temporary or download folder, checked {09:00}
Unknown: first seen, research, reputation, checked {09:00}
Checked 9, ok: signer, parent process, other organizations, already approved, decisions on the file,
    decisions on the signer, decisions on the software, the person's open cases, the computer's
    mode, checked {09:00}\
""")


def test_a_record_of_the_former_release_reads_as_before() -> None:
    assert shown(evidence(known_bad=Finding.YES, known_bad_note="rated 5 of 5")) == snapshot("""\
Known bad: rated 5 of 5
Seen: never before in this organization. Product: Fabrikam Reader\
""")


def test_overdue_checks_close_the_button_and_say_so() -> None:
    one = case(evidence=evidence(checks=plain()), opened_at=NOW - timedelta(days=2))
    for hours, closed in ((23, False), (25, True)):
        card = render_case(one, RULES, NOW + timedelta(hours=hours))
        text = read(card.blocks)
        assert ("One press is closed: the checks are older than 24 hours" in text) is closed
        assert (ids.APPROVE_COMPUTER in json.dumps(card.blocks)) is not closed
        assert ids.APPROVE_MODAL in json.dumps(card.blocks), "the way on stays open"


def test_the_details_list_every_check_with_source_and_time() -> None:
    one = case(evidence=evidence(checks=changed(check(CheckName.MODE, BAD, "WS-001: Learning Mode"))))
    assert drawn(check_lines(one)) == snapshot("""\
Checks
bad: the computer's mode: WS-001: Learning Mode (the portal's computer list, {09:00})
noted: path: a temporary or download folder (the request, {09:00})
noted: seen here: never before in this organization (Gatehouse's record, {09:00})
noted: new version: no version of it was approved here (Gatehouse's record, {09:00})
unknown: first seen: with this request {08:58} (Gatehouse's record, {09:00})
unknown: research: no page about it (the portal's research, {09:00})
unknown: reputation: no rating; the portal offers VirusTotal (the portal's reputation fields,
    {09:00})
ok: signer: valid signature of CN=Fabrikam Inc (the request, {09:00})
ok: parent process: started by explorer (the request, {09:00})
ok: other organizations: approved in 3 other organizations (Gatehouse's record, {09:00})
ok: already approved: not yet (the portal's policies, {09:00})
ok: decisions on the file: no decision before (Gatehouse's record, {09:00})
ok: decisions on the signer: 4 approved; the last {09:00} (Gatehouse's record, {09:00})
ok: decisions on the software: no decision before (Gatehouse's record, {09:00})
ok: the person's open cases: no other open case (Gatehouse's record, {09:00})\
""")


def test_the_details_of_a_record_without_checks_list_none() -> None:
    assert check_lines(case(evidence=evidence())) == []
    assert check_lines(case()) == []


@pytest.mark.parametrize("kind", Kind)
def test_the_time_stands_once_for_a_group_and_not_in_each_line(kind: Kind) -> None:
    bad = [check(name, BAD, "x") for name in (CheckName.PARENT, CheckName.RESEARCH, CheckName.SIGNER)]
    one = case(entry(1, kind=kind), evidence=evidence(checks=changed(*bad)))
    lines = evidence_lines(one)
    dates = [sum(run["type"] == "date" for run in line) for line in lines]
    assert sum(dates) == 4, (
        "one for what is bad, one for what is noted, one for what is unknown, one for what is ok"
    )
    assert max(dates) == 1


def worst(text: str) -> Case:
    """Every check bad, with that string as its note, and everything else full as well."""
    checks = tuple(check(name, BAD, text, since=NOW) for name in CheckName)
    found = evidence(
        checks=checks,
        failed=(text,) * 50,
        earlier=tuple(earlier(by=text, reach=text) for _ in range(50)),
        seen_note=text,
        product=text,
    )
    return case(*(entry(n, computer_name=text) for n in range(1, 201)), evidence=found)


@pytest.mark.parametrize("which", HOSTILE)
def test_p10_hostile_notes_are_inert_on_card_and_details(which: str) -> None:
    for finding in CheckFinding:
        checks = tuple(check(name, finding, HOSTILE[which]) for name in CheckName)
        one = case(evidence=evidence(checks=checks))
        card = render_case(one, RULES, NOW)
        assert_inert_payload("card", card.blocks)
        assert_inert_payload("details", details_modal(one))
        assert_inert_text("lines", as_text([*evidence_lines(one), *check_lines(one)]))


@pytest.mark.parametrize("text", ["", "x" * 5000, "&" * 5000, "😀" * 3000])
def test_card_and_details_stay_within_slacks_limits_at_the_edges(text: str) -> None:
    one = worst(text)
    card = render_case(one, RULES, NOW)
    check_payload("message", card.blocks)
    check_message_twice(card.blocks, card.text)
    view = details_modal(one)
    check_view(view)
    check_view_twice(view)


def test_more_than_five_that_speak_against_it_are_counted() -> None:
    text = "\n".join("".join(str(run.get("text", "")) for run in line) for line in evidence_lines(worst("x")))
    assert "and 10 more checks speak against it; the details list them" in text
    assert "Unknown: " not in text
