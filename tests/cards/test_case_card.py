"""The card of every state, as a person reads it, and the promises that its buttons keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import CaseRef, one_press_closed, parse_more, parse_ref, render_case
from bot.cards.kit import ids
from bot.models import Case, Device, Finding, Kind, Rules, Seen, Signer, Standing, Verb
from tests.cards.reading import read
from tests.cards.samples import NOW, RULES, attempt, case, claim, decided, earlier, entry, evidence
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
# Application request: setup.exe
Waiting for a decision.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: execute
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
[Approve on this computer] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why
    blocked? | Open in the portal]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review. Case c1f00d, revision 3)\
""")


def test_evidence_is_filled_in_later() -> None:
    found = evidence(
        seen=Seen.NEW_VERSION,
        seen_note="version 4.1 was approved",
        earlier=(earlier(), earlier(verb=Verb.DENY, same_file=True, reach="", by="")),
        failed=("the portal's research did not answer",),
    )
    assert shown(case(evidence=found)) == snapshot("""\
# Application request: setup.exe
Waiting for a decision.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: execute
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Seen: known software, but this version never: treat it as never seen. Product: Fabrikam Reader.
    Note: version 4.1 was approved
Approved before: another version, {09:00}, for this computer, by Ada Lund
Denied before: this very file, {09:00}
Not checked: the portal's research did not answer
[Approve on this computer] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why
    blocked? | Open in the portal]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review. Case c1f00d, revision 3)\
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
# Application request: setup.exe
Waiting for a decision.
Claimed by Tom Okafor, until {09:15}.
Unusual: script host, remote tool
Escalated {09:00} at the request of Dana.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: execute
Computers (3): WS-001, WS-002, WS-003 (Windows)
Organization: Contoso
Requested by: Dana 1, Eve, Dana 3
Reason: Dana 1 writes: Needed for the quarterly report
Reason: Eve writes: For the audit
Path: C:\\Users\\dana\\Downloads\\setup.exe
Path: D:\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
[Approve on these 3 computers] [Approve…] [Deny…] [Release] [Details | Escalate | Hand over… | Why
    blocked? | Open in the portal]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review. Case c1f00d, revision 3)\
""")


def test_an_elevation_of_approved_software_names_the_faster_path() -> None:
    found = evidence(seen=Seen.BEFORE, already_approved=Finding.YES, already_approved_by="Office tools")
    assert shown(case(entry(1, kind=Kind.ELEVATION), evidence=found)) == snapshot("""\
# Elevation request: setup.exe
Waiting for a decision.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: elevate
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Seen: before in this organization. Product: Fabrikam Reader
Already approved here by Office tools; only elevation is missing. Faster: approved credentials at
    the prompt, or a managed elevation policy.
[Elevate on this computer for 1 hour] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… |
    Why blocked? | Open in the portal]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review. Case c1f00d, revision 3)\
""")


def test_an_approved_application_names_the_check_in() -> None:
    found = evidence(already_approved=Finding.YES)
    assert "Rapid Check-in from the tray menu fetches the policy" in shown(case(evidence=found))


def test_storage_has_a_form_and_no_one_press_approval() -> None:
    device = Device(type="USB", serial_number="S/N 12", manufacturer="Fabrikam")
    one = case(entry(1, kind=Kind.STORAGE, path="", hash="", signers=(), device=device))
    assert shown(one) == snapshot("""\
# Storage request: S/N 12
Waiting for a decision.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: write
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Parent process: C:\\Windows\\explorer.exe
Device: USB, Fabrikam, S/N 12
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
Storage is approved in “Approve…”, where device, path, users and end are chosen.
[Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why blocked? | Open in the portal]
(Case c1f00d, revision 3)\
""")


def test_other_kinds_are_decided_in_the_portal() -> None:
    one = case(entry(1, kind=Kind.OTHER, path="", hash="", signers=(), action_type="registry"))
    assert shown(one) == snapshot("""\
# Request: registry
Waiting for a decision.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: registry
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
This kind of request is decided in the portal.
[Decide in the portal] [Details | Escalate | Hand over… | Why blocked? | Open in the portal]
(Case c1f00d, revision 3)\
""")
    assert buttons(one, RULES.model_copy(update={"portal_link": ""})) == [ids.MORE]


def test_web_control_is_decided_in_the_portal_by_who_may_there_and_claimed_here() -> None:
    one = case(entry(1, kind=Kind.WEB_CONTROL, path="", hash="", signers=(), action_type="web"))
    text = shown(one)
    assert "This kind of request is decided in the portal. It takes Edit Web Control Policies there." in text
    assert (
        "[Decide in the portal] [Claim] [Details | Escalate | Hand over… | Why blocked? | Open in the portal]"
        in text
    )
    assert buttons(one, RULES.model_copy(update={"portal_link": ""})) == [ids.CLAIM, ids.MORE]
    claimed = one.model_copy(update={"claim": claim()})
    assert buttons(claimed) == [ids.OPEN_PORTAL, ids.RELEASE, ids.MORE]


def test_writes_off_is_said_where_it_would_surprise() -> None:
    assert "Rehearsal: writes are off." in shown(case(), Rules())
    assert "Rehearsal" not in shown(case(), RULES)


def test_a_late_case_says_so() -> None:
    late = shown(case(), now=NOW + timedelta(minutes=20))
    assert "Late: it should have been decided by {09:13}." in late
    assert "(Was due <!date^" in late


def test_a_case_without_a_plan_shows_no_deadline() -> None:
    assert "Decide by" not in shown(case(entry(1, steps=())))


def test_a_clock_that_is_a_substitute_is_said() -> None:
    one = case(entry(1, clock_note="The portal gives no time; counted from first seen."))
    assert "Clock: The portal gives no time; counted from first seen." in shown(one)


def test_a_policy_that_is_due_closes_one_press() -> None:
    one = case(policy_due=True, evidence=evidence(hand_approvals=3))
    assert ids.APPROVE_COMPUTER not in buttons(one)
    text = shown(one)
    assert "One-press approval is closed" in text
    assert "approved by hand 3 times lately" in text


def test_known_bad_closes_one_press_and_is_said_first() -> None:
    one = case(evidence=evidence(known_bad=Finding.YES, known_bad_note=""))
    assert ids.APPROVE_COMPUTER not in buttons(one)
    assert "Known bad: the file's reputation is bad" in shown(one)


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
    assert "The requests name different signers:" in text
    assert "Signer: unsigned" in text
    assert "Signer: valid signature of CN=A" in text
    assert "Signer: signature NOT VALID, claims to be CN=B" in text


def test_more_signers_than_fit_are_counted() -> None:
    entries = [entry(n, signers=(Signer(subject=f"CN={n}", valid=True),)) for n in range(1, 7)]
    assert "and 3 more" in shown(case(*entries))


def test_an_attempt_on_its_way_has_no_buttons_but_the_menu() -> None:
    one = case(entry(1, Standing.DECIDING, attempt=attempt()))
    assert shown(one) == snapshot("""\
# Application request: setup.exe
Being decided (approval by Tom Okafor); the portal has not answered yet.
Asks to: execute
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
[Details | Escalate | Hand over… | Why blocked? | Open in the portal]
(Case c1f00d, revision 3)\
""")


def test_p3_an_unknown_outcome_is_a_state() -> None:
    one = case(entry(1, Standing.CHECKING, attempt=attempt(Verb.DENY)))
    assert shown(one) == snapshot("""\
# Application request: setup.exe
Outcome unknown, checking (denial by Tom Okafor); the portal has not confirmed it. Nothing is sent
    again. This card corrects itself as soon as the portal says how it ended.
Asks to: execute
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
[Details | Escalate | Hand over… | Why blocked? | Open in the portal]
(Case c1f00d, revision 3)\
""")


def test_p3_approved_names_who_and_what_comes_next() -> None:
    one = case(decided(1, Standing.APPROVED, ours=attempt()), evidence=evidence(), closed_at=NOW)
    assert shown(one) == snapshot("""\
# Application request: setup.exe
Approved by Tom Okafor in Gatehouse, {09:00}. Effect: Approve setup.exe by its hash for WS-001. It
    takes effect at the computer's next check-in; Rapid Check-in from the tray menu makes it sooner.
Asks to: execute
Computer: WS-001 (Windows)
Organization: Contoso
Requested by: Dana 1
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Seen: never before in this organization. Product: Fabrikam Reader
[Details | Why blocked? | Open in the portal]
(Case c1f00d, revision 3)\
""")


def test_denied_by_us_gives_the_reason() -> None:
    ours = attempt(Verb.DENY, effect="")
    text = shown(case(decided(1, Standing.REJECTED, ours=ours), closed_at=NOW))
    assert "Denied by Tom Okafor in Gatehouse, {09:00}.\nThe requestor reads: Use the managed version" in text


def test_p3_decided_in_the_portal_keeps_its_decider() -> None:
    approved = case(decided(1, Standing.APPROVED, by="ada@contoso.example"), closed_at=NOW)
    assert "Approved in the portal by ada@contoso.example, {09:00}." in shown(approved)
    rejected = case(decided(1, Standing.REJECTED, at=None), closed_at=NOW)
    assert "Rejected or ignored in the portal." in shown(rejected)


def test_closed_says_what_the_portal_says() -> None:
    one = case(decided(1, Standing.CLOSED, label="Expired", at=None), closed_at=NOW)
    assert "Closed in the portal (the portal says: Expired)." in shown(one)


def test_a_final_state_without_an_outcome_is_said_as_it_is() -> None:
    assert "Approved." in shown(case(entry(1, Standing.APPROVED), closed_at=NOW))


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
# Application request: setup.exe
2 approved, 1 denied, 1 rejected or ignored, 1 outcome unknown, checking, 1 waiting
WS-001, WS-002: Approved by Tom Okafor in Gatehouse, {09:00}. It takes effect at the computer's next
    check-in; Rapid Check-in from the tray menu makes it sooner.
WS-003: Rejected or ignored in the portal by Ada, {09:00}.
WS-004: Denied by Tom Okafor in Gatehouse, {09:00}. Effect: Approve setup.exe by its hash for
    WS-001.
WS-005: Outcome unknown, checking (approval by Tom Okafor); the portal has not confirmed it. Nothing
    is sent again. This card corrects itself as soon as the portal says how it ended.
WS-006: Waiting for a decision.
The requestor reads: Use the managed version
Claimed by Tom Okafor, until {09:15}.
(Decide by <!date^1772442780^{date_short_pretty} at {time}|2026-03-02 09:13 UTC>)
Asks to: execute
Computers (6): WS-001, WS-002, WS-003, WS-004, WS-005, WS-006 (Windows)
Organization: Contoso
Requested by: Dana 1, Dana 2, Dana 3, Dana 4, Dana 5 and 1 more
Reason: Needed for the quarterly report
Path: C:\\Users\\dana\\Downloads\\setup.exe
Signer: valid signature of CN=Fabrikam Inc
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
Parent process: C:\\Windows\\explorer.exe
Blocked by policy: Default Deny
Evidence: still being gathered; the card is filled in by itself.
[Approve on WS-006] [Approve…] [Deny…] [Release] [Details | Escalate | Hand over… | Why blocked? |
    Open in the portal]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review. Case c1f00d, revision 3)\
""")


def test_after_retention_no_person_path_or_reason_is_shown() -> None:
    one = case(decided(1, Standing.APPROVED, ours=attempt()), closed_at=NOW, redacted_at=NOW)
    rendered = render_case(one, RULES, NOW)
    assert read(rendered.blocks) == snapshot("""\
# Application request
Ended: 1 approved.
Organization: Contoso
Requests: 1
Hash: 8F14E45FCEEA167A5A36DEDD4BEA2543
(Names, paths and reasons were removed when the retention time was over. The record stays
    verifiable. Case c1f00d)\
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
    assert "This request left another card" in shown(case(follows_case_id="c0"))


def test_the_portals_assignee_is_shown() -> None:
    assert "Assigned in the portal to Ada, Bo" in shown(
        case(entry(1, assignee="Ada"), entry(2, assignee="Bo"))
    )


def test_macos_paths_hashes_and_creators() -> None:
    one = case(
        entry(
            1, os_type=2, path="/Applications/Tool.app/tool", sha256="AB" * 32, created_by=("/usr/bin/curl",)
        ),
        entry(2, os_type=9, path="/a"),
        entry(3, path="/b"),
        entry(4, path="/c"),
    )
    text = shown(one)
    assert "# Application request: tool" in text
    assert f"SHA-256: {'AB' * 32}" in text
    assert "Created by: /usr/bin/curl" in text
    assert "and 1 more paths" in text
    assert "(macOS)" in text


def test_a_request_without_anything_still_draws() -> None:
    bare: dict[str, Any] = {
        "path": "", "hash": "", "requestor": "", "requestor_email": "", "reason": "", "computer_name": "",
        "organization_name": "", "signers": (), "parent_process": "", "policy_name": "", "os_type": 9,
    }  # fmt: skip
    text = shown(case(entry(1, **bare)))
    assert "Requested by: (not given)" in text
    assert "Computer: (unnamed)" in text
    assert "Reason: none given" in text
    assert "# Application request: execute" in text


def test_more_reasons_than_fit_are_counted() -> None:
    one = case(*(entry(n, reason=f"reason {n}") for n in range(1, 7)))
    text = shown(one)
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
            assert words == [(word, CaseRef("c1f00d", 3)) for word in ids.MORE_WORDS]
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
