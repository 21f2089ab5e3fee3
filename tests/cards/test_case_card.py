"""The card of every state and its details, as a person reads them, and the promises that its buttons keep."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import CaseRef, one_press_closed, parse_more, parse_ref, render_case
from bot.cards.case.lines import open_lines
from bot.cards.kit import ids
from bot.cards.kit.fitting import LINE, OPEN_LINES, read_as
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    Device,
    Finding,
    Kind,
    Outcome,
    PortalState,
    Rules,
    Seen,
    Signer,
    Standing,
    Step,
    StepKind,
    Verb,
)
from bot.models.unusual import Spoke, UnusualRule
from bot.rules.unusual import rule_traits
from tests.cards.reading import details, read
from tests.cards.samples import (
    NOW,
    RULES,
    TOM,
    attempt,
    awaited,
    case,
    claim,
    decided,
    earlier,
    ended,
    entry,
    evidence,
)
from tests.cards.test_policies import proposal
from tests.house_rules import rules_with


def shown(one: Case, rules: Rules = RULES, now: Any = NOW) -> str:
    """The card as a person reads it."""
    return read(render_case(one, rules, now).blocks)


def buttons(one: Case, rules: Rules = RULES) -> list[str]:
    """The action ids of the card, in order."""
    rows = [block for block in render_case(one, rules, NOW).blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def test_a_new_application_request_shows_everything_that_is_asked() -> None:
    assert shown(case()) == snapshot("""\
# ● Application: setup.exe · waiting
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
From Downloads · checks still running · signed by Fabrikam Inc
Due {09:13}
[Approve on this computer] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why
    blocked? | Open in the portal]\
""")


def test_evidence_is_filled_in_later() -> None:
    found = evidence(
        seen=Seen.NEW_VERSION,
        seen_note="version 4.1 was approved",
        earlier=(earlier(), earlier(verb=Verb.DENY, same_file=True, reach="", by="")),
        failed=("the portal's research did not answer",),
    )
    assert shown(case(evidence=found)) == snapshot("""\
# ● Application: setup.exe · waiting
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
New version, unseen here · from Downloads · could not check the portal's research…
Due {09:13}
[Approve on this computer] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why
    blocked? | Open in the portal]\
""")


def test_several_computers_are_named_and_counted() -> None:
    one = case(
        entry(1),
        entry(2, path=r"D:\setup.exe", reason="For the audit", requestor="Eve", joined_revision=3),
        entry(3, reason=""),
        claim=claim(),
        unusual=("script host", "remote tool"),
        escalated_at=NOW,
        escalated_by="Dana",
    )
    assert shown(one) == snapshot("""\
# ▲ Application: setup.exe · claimed, unusual
WS-001 and 2 more · Contoso · Dana 1 and 2 more
“Needed for the quarterly report” and 1 more
Unusual: script host · remote tool · from Downloads · checks still running
Due {09:13} · Claimed by Tom Okafor until {09:15} · Escalated at the request of Dana
[Approve on these 3 computers] [Approve…] [Deny…] [Release] [Details | Escalate | Hand over… | Why
    blocked? | Open in the portal]\
""")


def test_an_elevation_of_approved_software_names_the_faster_path() -> None:
    found = evidence(seen=Seen.BEFORE, already_approved=Finding.YES, already_approved_by="Office tools")
    assert shown(case(entry(1, kind=Kind.ELEVATION), evidence=found)) == snapshot("""\
# ● Elevation: setup.exe · waiting
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
From Downloads · already approved here by policy Office tools · signed by Fabrikam Inc
Due {09:13}
(Faster: approved credentials at the prompt, or a managed elevation policy.)
[Elevate on this computer for 1 hour] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… |
    Why blocked? | Open in the portal]\
""")


def test_an_approved_application_names_the_check_in() -> None:
    found = evidence(already_approved=Finding.YES)
    assert "If it is still blocked, Rapid Check-in fetches the policy." in shown(case(evidence=found))
    assert "Rapid Check-in from the tray menu fetches the policy" in details(case(evidence=found))


def test_storage_has_a_form_and_no_one_press_approval() -> None:
    device = Device(type="USB", serial_number="S/N 12", manufacturer="Fabrikam")
    one = case(entry(1, kind=Kind.STORAGE, path="", hash="", signers=(), device=device))
    assert shown(one) == snapshot("""\
# ● Storage: S/N 12 · waiting
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
Write to USB Fabrikam · checks still running
“Approve…” asks for device, path, users and end.
Due {09:13}
[Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why blocked? | Open in the portal]\
""")


def test_other_kinds_are_decided_in_the_portal() -> None:
    one = case(entry(1, kind=Kind.OTHER, path="", hash="", signers=(), action_type="registry"))
    assert shown(one) == snapshot("""\
# ● Registry request · waiting
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
Checks still running
Decide in the portal
Due {09:13}
[Decide in the portal] [Details | Escalate | Hand over… | Why blocked? | Open in the portal]\
""")
    assert buttons(one, RULES.model_copy(update={"portal_link": ""})) == [ids.MORE]


def test_web_control_is_decided_in_the_portal_by_who_may_there_and_claimed_here() -> None:
    one = case(entry(1, kind=Kind.WEB_CONTROL, path="", hash="", signers=(), action_type="web"))
    text = shown(one)
    assert "Decide in the portal; it takes Edit Web Control Policies there" in text
    assert (
        "[Decide in the portal] [Claim] [Details | Escalate | Hand over… | Why blocked? | Open in the portal]"
        in text
    )
    assert buttons(one, RULES.model_copy(update={"portal_link": ""})) == [ids.CLAIM, ids.MORE]
    claimed = one.model_copy(update={"claim": claim()})
    assert buttons(claimed) == [ids.OPEN_PORTAL, ids.RELEASE, ids.MORE]


def test_writes_off_is_said_where_it_would_surprise() -> None:
    assert "Rehearsal: writes are off, a press sends nothing." in shown(case(), Rules())
    assert "Rehearsal" not in shown(case(), RULES)


def test_a_late_case_says_so() -> None:
    late = shown(case(), now=NOW + timedelta(minutes=20))
    assert "setup.exe · waiting, LATE" in late
    assert "Was due {09:13}" in late
    whole = details(case(), NOW + timedelta(minutes=20))
    assert "Late: it should have been decided by {09:13}." in whole


def test_a_case_without_a_plan_shows_no_deadline() -> None:
    assert "Due" not in shown(case(entry(1, steps=())))


def test_a_clock_that_is_a_substitute_is_said() -> None:
    one = case(entry(1, clock_note="The portal gives no time; counted from first seen."))
    assert "clock from first seen" in shown(one)
    assert "Clock: The portal gives no time; counted from first seen." in details(one, NOW)


def test_a_policy_that_is_due_wants_a_reason_and_says_no_more_than_that() -> None:
    """The menu of reasons is one press: beside it the card does not call one press closed."""
    one = case(policy_due=True, evidence=evidence(hand_approvals=3))
    assert ids.APPROVE_COMPUTER not in buttons(one)
    assert ids.APPROVE_BECAUSE in buttons(one)
    for text in (" ".join(shown(one).split()), details(one)):
        assert "One press wants a reason: a policy is due" in text
        assert "One press is closed" not in text
    assert "approved by hand 3 times lately" in details(one)


def test_where_more_than_a_reason_is_lacking_one_press_is_closed() -> None:
    one = case(policy_due=True, evidence=evidence(known_bad=Finding.YES))
    assert "One press is closed" in shown(one)
    assert "One press wants" not in shown(one) + details(one)


def test_known_bad_closes_one_press_and_is_said_first() -> None:
    one = case(evidence=evidence(known_bad=Finding.YES, known_bad_note=""))
    assert ids.APPROVE_COMPUTER not in buttons(one)
    assert shown(one).startswith("# ▲ Known bad · Application: setup.exe · waiting")
    assert "Known bad: the file's reputation is bad" in details(one)


def test_what_closes_one_press_is_not_said_twice_in_the_same_words() -> None:
    """The line of judgement, or the title of what is known to be bad, has said it; any other reason stands there."""
    says = rule_traits(UnusualRule.REMOTE_TOOL).says
    tool = case(entry(1, path=r"C:\Tools\AnyDesk.exe"), evidence=evidence(), unusual=(says,))
    assert f"Unusual: {says}" in shown(tool)
    assert "One press is closed.\n" in shown(tool)
    bad = case(evidence=evidence(known_bad=Finding.YES, known_bad_note="rated 5 of 5"))
    assert "One press is closed.\n" in shown(bad)
    unheard = tool.model_copy(update={"unusual": ()})
    assert f"One press is closed: {says}" in shown(unheard)
    assert "One press is closed: the request carries no file hash" in shown(case(entry(1, hash="")))


def test_what_the_line_of_judgement_found_is_not_said_again_as_the_cause() -> None:
    """“Never seen here” is why an elevation is unusual, “started by powershell” why a check speaks against a file."""
    lift = case(entry(1, kind=Kind.ELEVATION), evidence=evidence(seen=Seen.NEVER))
    heard = Spoke(rule=UnusualRule.ELEVATION_UNSEEN, request_id="req-1")
    told = (rule_traits(UnusualRule.ELEVATION_UNSEEN).says,)
    lift = lift.model_copy(update={"unusual": told, "spoke": (heard,)})
    assert "Never seen here" in shown(lift)
    assert "One press is closed.\n" in shown(lift)
    began = Check(
        name=CheckName.PARENT,
        finding=CheckFinding.BAD,
        note="started by powershell, which runs whatever script it is given",
        source=CheckSource.REQUEST,
        checked_at=NOW,
    )
    script = case(
        entry(1, parent_process=r"C:\Windows\System32\powershell.exe"), evidence=evidence(checks=(began,))
    )
    assert "Started by powershell" in shown(script)
    assert "One press is closed.\n" in shown(script)
    two = began.model_copy(update={"name": CheckName.ON_FILE, "note": "denied last"})
    several = case(entry(1), evidence=evidence(checks=(began, two)))
    assert "One press is closed: checks speak against it (parent process, " in shown(several)


def test_what_single_people_approved_for_single_computers_is_called_new_as_the_press_calls_it() -> None:
    """The rule of the second person calls it new for one computer more; the card never said another thing."""
    one = case(evidence=evidence(seen=Seen.BEFORE, one_at_a_time=True))
    assert "New here but for single computers" in shown(one)
    assert "seen here before" not in shown(one)
    assert "for single computers only: new here for one more" in details(one)
    beside = case(decided(1, Standing.APPROVED, ours=attempt()), entry(2), evidence=one.evidence)
    assert "New here · " in shown(beside)
    assert "Before: approved here" in shown(beside)


@pytest.mark.parametrize(
    ("changed", "closed"),
    [
        ({}, False),
        ({"signers": ()}, True),
        ({"signers": (), "path": r"C:\Program Files\Tool\tool.exe"}, False),
        ({"signers": (Signer(subject="CN=Fabrikam", valid=False),)}, True),
        ({"hash": ""}, True),
        ({"kind": Kind.ELEVATION}, False),
        ({"kind": Kind.STORAGE}, True),
        ({"kind": Kind.WEB_CONTROL}, True),
        ({"kind": Kind.OTHER}, True),
    ],
)
def test_the_one_press_button_and_its_reason_exclude_each_other(
    changed: dict[str, Any], closed: bool
) -> None:
    one = case(entry(1, **changed))
    assert bool(one_press_closed(one)) is closed
    assert (ids.APPROVE_COMPUTER in buttons(one)) is not closed


def test_differing_signers_close_one_press_and_are_each_shown() -> None:
    signers = [(), (Signer(subject="CN=A", valid=True),), (Signer(subject="CN=B", valid=False),)]
    one = case(*(entry(n, signers=signers[n % 3]) for n in range(1, 4)))
    text = shown(one)
    assert ids.APPROVE_COMPUTER not in buttons(one)
    assert "Different signers · signature NOT VALID, claims B" in text
    whole = details(one)
    assert "The requests name different signers:" in whole
    assert "Signer: unsigned" in whole
    assert "Signer: valid signature of CN=A" in whole
    assert "Signer: signature NOT VALID, claims to be CN=B" in whole


def test_more_signers_than_fit_are_counted() -> None:
    entries = [entry(n, signers=(Signer(subject=f"CN={n}", valid=True),)) for n in range(1, 7)]
    assert "and 3 more" in details(case(*entries))


def test_an_attempt_on_its_way_has_no_buttons_but_the_menu() -> None:
    one = case(entry(1, Standing.DECIDING, attempt=attempt()))
    assert shown(one) == snapshot("""\
# ○ Application: setup.exe · being decided
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
From Downloads · checks still running · signed by Fabrikam Inc
Being decided (approval by Tom Okafor); the portal has not answered yet
[Details | Escalate | Hand over… | Why blocked? | Open in the portal]\
""")


def test_p3_an_unknown_outcome_is_a_state() -> None:
    one = case(entry(1, Standing.CHECKING, attempt=attempt(Verb.DENY)))
    assert shown(one) == snapshot("""\
# ? Application: setup.exe · checking
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
From Downloads · checks still running · signed by Fabrikam Inc
Outcome unknown, checking (denial by Tom Okafor); nothing is sent again
[Details | Escalate | Hand over… | Why blocked? | Open in the portal]\
""")


def test_p3_approved_names_who_and_what_comes_next() -> None:
    one = case(decided(1, Standing.APPROVED, ours=attempt()), evidence=evidence(), closed_at=NOW)
    assert shown(one) == snapshot("""\
# ✓ Application: setup.exe · approved
Approved by Tom Okafor in Gatehouse, {09:00} · Contoso
WS-001, by its hash · takes effect at the next check-in; Rapid Check-in is faster
[Details | Why blocked? | Open in the portal]\
""")


def test_denied_by_us_gives_the_reason() -> None:
    ours = attempt(Verb.DENY, effect="")
    text = shown(case(decided(1, Standing.REJECTED, ours=ours), closed_at=NOW))
    assert "Denied by Tom Okafor in Gatehouse, {09:00} · Contoso" in text
    assert "WS-001 · the requestor reads: “Use the managed version”" in text


def test_p3_decided_in_the_portal_keeps_its_decider() -> None:
    approved = case(decided(1, Standing.APPROVED, by="ada@contoso.example"), closed_at=NOW)
    assert "Approved in the portal by ada@contoso.example, {09:00} · Contoso" in shown(approved)
    rejected = case(decided(1, Standing.REJECTED, at=None), closed_at=NOW)
    assert "Rejected or ignored in the portal · Contoso" in shown(rejected)


def over(standing: Standing, by: str = "", note: str = "", **facts: Any) -> Case:
    """A closed case that was decided in the portal."""
    state = PortalState(
        status_id=4, status_label="", standing=standing, decided_by=by, comments=note, decided_at=NOW
    )
    return case(entry(1, standing, outcome=Outcome(state=state, seen_at=NOW), **facts), closed_at=NOW)


def test_whose_it_was_is_told_in_full_where_either_line_has_room() -> None:
    """Behind who decided; else before how far it goes; and cut only where neither line holds it."""
    pat, named = "pat.rowan@rowanbridge.example", {"organization_name": "Brightwater Survey"}
    text = shown(over(Standing.REJECTED, pat, **named))
    assert f"Rejected or ignored in the portal by {pat}, {{09:00}}\n" in text
    assert "\nBrightwater Survey · WS-001 · nothing is left to do here\n" in text
    text = shown(over(Standing.REJECTED, pat, "Call Maja at the front desk before " * 4, **named))
    assert "\nBrightwater Survey · WS-001 · the portal's note: “Call Maja at the front" in text
    assert f"{pat}, {{09:00}} · Contoso\n" in shown(over(Standing.APPROVED, pat))
    ours = attempt(first=TOM.model_copy(update={"name": "Ada Lundquist"}))
    both = entry(1, Standing.APPROVED, outcome=ended(Standing.APPROVED, ours=ours), **named)
    text = shown(case(both, closed_at=NOW))
    assert "first Ada Lundquist in Gatehouse, {09:00}\n" in text
    assert "\nBrightwater Survey · WS-001, by its hash · from the next check-in on\n" in text
    crowded = both.model_copy(update={"facts": both.facts.model_copy(update={"computer_name": "W" * 40})})
    choice = ours.choice.model_copy(update={"on_phone_with": "Dana Quist of the survey"})
    told = ended(Standing.APPROVED, ours=ours.model_copy(update={"choice": choice}))
    text = shown(case(crowded.model_copy(update={"outcome": told}), closed_at=NOW))
    assert re.search(r"\{09:00\} · Brightw\w*…\n", text), text


def test_a_customer_of_four_words_is_named_whole_where_there_is_room() -> None:
    named: dict[str, Any] = {"organization_name": "Calder & Voss Legal"}
    assert "WS-001 · Calder & Voss Legal · Dana 1" in shown(case(entry(1, **named)))
    assert "{09:00} · Calder & Voss Legal\n" in shown(over(Standing.APPROVED, "Ada", **named))


def test_the_whole_name_of_what_waits_stands_in_its_title() -> None:
    """Two rows rather than a cut name; what is over has one row."""
    path = r"C:\Users\dana\Downloads\tideplan-pro-4.2-setup.exe"
    waiting = case(entry(1, path=path, awaited=awaited()))
    assert "tideplan-pro-4.2-setup.exe · waiting for a second person" in " ".join(shown(waiting).split())
    assert "tideplan-pro….2-setup.exe · rejected or ignored" in shown(over(Standing.REJECTED, path=path))


def test_p10_a_number_is_not_drawn_before_a_name_that_is_read_from_the_right() -> None:
    """The bidirectional algorithm takes a number to the name's side of the title; a word of ours keeps it behind."""
    path = "C:\\Temp\\\u05d3\u05d5\u05d7.exe"
    sent = entry(1, Standing.DECIDING, path="C:\\Temp\\\u05d3", attempt=attempt())
    assert "· now 1 of 2 waiting" in shown(case(sent, entry(2, path=path)))
    assert "now" not in shown(case(entry(1, path=path)))
    assert "· 1 of 2 waiting" in shown(case(entry(1, Standing.DECIDING, attempt=attempt()), entry(2)))


def test_what_the_customer_says_to_approvers_has_two_rows_where_the_card_has_them() -> None:
    told = "Call Maja at the front desk before anything is approved for the laboratory, and write down the ticket"
    plain = case(entry(1, instructions=told), evidence=evidence())
    assert f"Instructions: “{told}”" in " ".join(shown(plain).split())
    full = plain.model_copy(
        update={
            "follows_case_id": "c0",
            "policy_due": True,
            "unusual": ("a remote tool",),
            "escalated_at": NOW,
        }
    )
    lines = open_lines(full, RULES, NOW)
    assert sum(-(-len(read_as(line)) // LINE) for line in lines) <= OPEN_LINES - 1
    assert "Instructions: “Call Maja" in shown(full)


def test_closed_says_what_the_portal_says() -> None:
    one = case(decided(1, Standing.CLOSED, label="Expired", at=None), closed_at=NOW)
    assert "Closed in the portal (the portal says: Expired) · Contoso" in shown(one)


def test_a_final_state_without_an_outcome_is_said_as_it_is() -> None:
    assert "\nApproved · Contoso\n" in shown(case(entry(1, Standing.APPROVED), closed_at=NOW))


def test_what_has_ended_is_told_in_one_line_and_the_title_says_how_the_rest_stands() -> None:
    """“1 of 3 waiting” above “Before: 2 approved here” would count the same twice."""
    done = [decided(number, Standing.APPROVED, ours=attempt()) for number in (1, 2)]
    assert "setup.exe · waiting\n" in shown(case(*done, entry(3)))
    assert "Before: 2 approved here\n" in shown(case(*done, entry(3)))
    assert "# ◐ Application: setup.exe · claimed\n" in shown(case(*done, entry(3), claim=claim()))
    crowded = case(
        *done,
        entry(3, instructions="Call Maja at the front desk before anything is approved, and write it down"),
        evidence=evidence(),
        follows_case_id="c0",
        policy_due=True,
        unusual=("a remote tool",),
        escalated_at=NOW,
    )
    assert "Before" not in shown(crowded)
    assert "setup.exe · 1 of 3 waiting, unusual\n" in shown(crowded)


@pytest.mark.parametrize(("counted", "is_told"), [("1 approved", False), ("2 approved", True)])
def test_approvals_of_its_signer_are_counted_where_the_line_beside_has_not_told_them(
    counted: str, is_told: bool
) -> None:
    check = Check(
        name=CheckName.ON_SIGNER,
        finding=CheckFinding.OK,
        note=counted,
        source=CheckSource.RECORD,
        checked_at=NOW,
    )
    known = evidence(checks=(check,))
    assert "before)" in shown(case(entry(1), evidence=known))
    done = decided(1, Standing.APPROVED, ours=attempt())
    assert ("before)" in shown(case(done, entry(2), evidence=known))) is is_told


def test_an_escalation_at_the_deadline_tells_its_time_once() -> None:
    one = case(entry(1), escalated_at=NOW + timedelta(minutes=13))
    assert one.due_at == one.escalated_at
    assert "{09:13} · Escalated\n" in shown(one)
    late = one.model_copy(update={"escalated_at": NOW + timedelta(minutes=20)})
    assert "{09:13} · Escalated {09:20}\n" in shown(late)


def test_mixed_outcomes_are_counted_and_named() -> None:
    one = case(
        decided(1, Standing.APPROVED, ours=attempt(effect="")),
        decided(2, Standing.APPROVED, ours=attempt(effect="")),
        decided(3, Standing.REJECTED, by="Ada"),
        decided(4, Standing.REJECTED, ours=attempt(Verb.DENY)),
        entry(5, Standing.CHECKING, attempt=attempt()),
        entry(6),
        claim=claim(),
    )
    assert shown(one) == snapshot("""\
# ● Application: setup.exe · 1 of 2 waiting
WS-006 · Contoso · Dana 6
“Needed for the quarterly report”
From Downloads · checks still running · signed by Fabrikam Inc
Before: 2 approved, 1 denied, 1 rejected or ignored here · decided by Ada and 1 more
Due {09:13} · Claimed by Tom Okafor until {09:15}
[Approve on WS-006] [Approve…] [Deny…] [Release] [Details | Escalate | Hand over… | Why blocked? |
    Open in the portal]\
""")


def test_after_retention_no_person_path_or_reason_is_shown() -> None:
    one = case(decided(1, Standing.APPROVED, ours=attempt()), closed_at=NOW, redacted_at=NOW)
    rendered = render_case(one, RULES, NOW)
    assert read(rendered.blocks) == snapshot("""\
# ✓ Application request · approved
Contoso · 1 request · 8F14E45FCEEA167A5A36DEDD4BEA2543
Names, paths and reasons are removed (retention). The record stays verifiable.\
""")
    assert rendered.text == snapshot("Application request at Contoso: 1 approved.")
    for secret in ("Dana", "WS-001", "setup.exe", "quarterly", "Tom"):
        assert secret not in read(rendered.blocks) + rendered.text


def test_a_redacted_case_without_a_hash_shows_none() -> None:
    one = case(entry(1, Standing.REJECTED, hash=""), closed_at=NOW, redacted_at=NOW)
    assert "Hash" not in shown(one)


def test_the_fallback_text_is_complete_on_its_own() -> None:
    assert render_case(case(), RULES, NOW).text == snapshot(
        "Application request from Dana 1 on WS-001 at Contoso: setup.exe (1 waiting)"
    )


def test_a_followed_case_is_cross_linked() -> None:
    assert "It left another card" in shown(case(follows_case_id="c0"))


def test_the_portals_assignee_is_shown() -> None:
    one = case(entry(1, assignee="Ada"), entry(2, assignee="Bo"))
    assert "Assigned in the portal to Ada" in shown(one)
    assert "Assigned in the portal to Ada, Bo" in details(one)


def test_macos_paths_hashes_and_creators() -> None:
    one = case(
        entry(
            1, os_type=2, path="/Applications/Tool.app/tool", sha256="AB" * 32, created_by=("/usr/bin/curl",)
        ),
        entry(2, os_type=9, path="/a"),
        entry(3, path="/b"),
        entry(4, path="/c"),
    )
    card, text = shown(one), details(one)
    assert "# ● Application: tool · waiting" in card
    assert "WS-001 and 3 more (macOS) · " in card
    assert "# Application: tool" in text
    assert f"SHA-256 {'AB' * 32}" in text
    assert "Created by /usr/bin/curl" in text
    assert all(f"Path {path} " in text for path in ("/a", "/b"))
    assert "Path: /c Asked" in text
    assert "(macOS)" in text


def test_a_request_without_anything_still_draws() -> None:
    bare: dict[str, Any] = {
        "path": "", "hash": "", "requestor": "", "requestor_email": "", "reason": "", "computer_name": "",
        "organization_name": "", "signers": (), "parent_process": "", "policy_name": "", "os_type": 9,
    }  # fmt: skip
    card, text = shown(case(entry(1, **bare))), details(case(entry(1, **bare)))
    assert card.startswith(
        "# ● Application request · waiting\n(unnamed) · (not given) · no requestor named\nUnsigned"
    )
    assert "Requested by: (not given)" in text
    assert "Computer: (unnamed)" in text
    assert "Reason: none given" in text


def test_more_reasons_than_fit_are_counted() -> None:
    one = case(*(entry(n, reason=f"reason {n}") for n in range(1, 7)))
    assert "“reason 1” and 5 more" in shown(one)
    text = details(one)
    assert "Reason: Dana 3 writes: reason 3" in text
    assert "and 3 more reasons" in text


@pytest.mark.parametrize(
    ("count", "label"), [(1, "Approve on this computer"), (3, "Approve on these 3 computers")]
)
def test_the_button_names_what_it_covers(count: int, label: str) -> None:
    assert f"[{label}]" in shown(case(*(entry(n) for n in range(1, count + 1))))


def test_elevation_hours_are_on_the_button() -> None:
    one = case(entry(1, kind=Kind.ELEVATION))
    assert "[Elevate on this computer for 1 hour]" in shown(one)
    assert "[Elevate on this computer for 2 hours]" in shown(
        one, rules_with(RULES, decisions={"elevation_hours": 2})
    )


def test_only_pending_computers_are_on_the_button() -> None:
    one = case(entry(1), entry(2), decided(3, Standing.APPROVED))
    assert "[Approve on these 2 computers]" in shown(one)


def test_the_last_of_several_computers_is_named_on_the_button() -> None:
    one = case(entry(1), decided(2, Standing.APPROVED))
    assert "[Approve on WS-001]" in shown(one)
    assert "this computer" not in shown(one)


def test_p8_buttons_carry_the_case_and_the_revision_and_nothing_else() -> None:
    rendered = render_case(case(), RULES, NOW)
    row = next(block for block in rendered.blocks if block["type"] == "actions")
    assert len(row["elements"]) == 5
    for element in row["elements"]:
        if element["type"] == "button":
            assert parse_ref(element["value"]) == CaseRef("c1f00d", 3)
        else:
            words = [parse_more(option["value"]) for option in element["options"]]
            told = [word for word in ids.MORE_WORDS if word != ids.APPROVE_MODAL]
            assert words == [(word, CaseRef("c1f00d", 3)) for word in told], "“Approve…” is a button here"
    assert rendered.metadata == {
        "event_type": "gatehouse_case",
        "event_payload": {"case_id": "c1f00d", "revision": 3},
    }


@pytest.mark.parametrize(
    "value",
    [
        "",
        "c1",
        "c1.",
        ".3",
        "c1.x",
        "c1.0",
        "c1.-1",
        "c1.1e3",
        "c 1.3",
        "c1.\u0663",
        "<!here>.1",
        "x" * 101 + ".1",
        "c1.9999999999",
    ],
)
def test_a_foreign_button_value_is_no_reference(value: str) -> None:
    assert parse_ref(value) is None
    assert parse_more(f"details:{value}") is None


def test_a_foreign_menu_word_is_no_choice() -> None:
    assert parse_more("approve:c1.3") is None
    assert parse_more("c1.3") is None


def test_the_card_is_a_pure_function() -> None:
    one = case(evidence=evidence())
    before = one.model_dump_json()
    assert render_case(one, RULES, NOW) == render_case(one, RULES, NOW)
    assert one.model_dump_json() == before


def because_of(one: Case) -> list[str]:
    """The reasons that the card offers with the narrow approval."""
    row = [
        e
        for block in render_case(one, RULES, NOW).blocks
        if block["type"] == "actions"
        for e in block["elements"]
    ]
    menu = next((e for e in row if e["action_id"] == ids.APPROVE_BECAUSE), None)
    assert len(row) <= 5
    return [option["text"]["text"] for option in menu["options"]] if menu else []


def test_where_a_policy_is_due_the_narrow_approval_takes_its_reason_from_the_list() -> None:
    assert because_of(case(policy_due=True, evidence=evidence())) == list(RULES.decisions.approve_reasons)
    assert because_of(case(evidence=evidence())) == [], "nothing is wanted yet"
    assert because_of(case(policy_due=True, evidence=evidence(known_bad=Finding.YES))) == []
    assert because_of(case(entry(signers=(Signer(subject="CN=X", valid=False),)), policy_due=True)) == []


def of_new_version(**changed: Any) -> Case:
    """A version that was never seen of software that was approved here twice."""
    known = evidence(seen=Seen.NEW_VERSION, hand_approvals=2, earlier=(earlier(), earlier(by="Lee Sandoval")))
    return case(evidence=known.model_copy(update=changed))


def test_a_new_version_of_approved_software_has_a_line_for_the_others() -> None:
    text = shown(of_new_version())
    assert "New version, unseen here · from Downloads · signed by Fabrikam Inc\n" in text
    assert "Versions: others approved here 2 times, last by Ada Lund, {09:00}" in text
    assert "others approved here once, by Ada Lund" in shown(of_new_version(hand_approvals=1))
    assert "Versions: others approved here 2 times\n" in shown(of_new_version(earlier=()))
    gone = (earlier(taken_back=True), earlier(verb=Verb.DENY))
    assert "Versions: others approved here 2 times\n" in shown(of_new_version(earlier=gone))
    assert "Versions" not in shown(of_new_version(hand_approvals=0, earlier=()))
    assert "Versions" not in shown(of_new_version(seen=Seen.BEFORE))


def test_a_new_version_offers_this_computer_and_the_proposed_rule() -> None:
    """Both that fit; “Approve…” with everything else stands in the menu then."""
    one = of_new_version()
    assert ids.BY_RULE_MODAL not in buttons(one)
    both = one.model_copy(update={"proposal": proposal()})
    row = next(block for block in render_case(both, RULES, NOW).blocks if block["type"] == "actions")
    *pressed, menu = row["elements"]
    assert [each["action_id"] for each in pressed] == [
        ids.APPROVE_COMPUTER,
        ids.BY_RULE_MODAL,
        ids.DENY_MODAL,
        ids.CLAIM,
    ]
    assert [each.get("style", "") for each in pressed] == ["primary", "", "danger", ""]
    words = [ids.parse_more(option["value"]) for option in menu["options"]]
    assert [word for word, _ in filter(None, words)] == [
        ids.DETAILS,
        ids.APPROVE_MODAL,
        ids.ESCALATE,
        ids.HAND_OVER,
        ids.WHY,
    ]


def test_a_deadline_that_is_near_is_told_by_the_hour_alone() -> None:
    def told(due: timedelta) -> str:
        one = case(entry(steps=(Step(kind=StepKind.ESCALATE, due_at=NOW + due),)))
        [line] = [line for line in open_lines(one, RULES, NOW) if "9:13" in read_as(line)]
        return read_as(line)

    assert told(timedelta(hours=11)) == "Due 9:13 AM"
    assert told(timedelta(hours=13)) == "Due today at 9:13 AM"
    assert told(timedelta(minutes=-1)) == "Was due today at 9:13 AM"
