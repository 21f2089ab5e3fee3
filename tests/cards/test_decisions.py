"""What a card's thread says of a decision: everything that the decided card has no room for, and nobody is called."""

from __future__ import annotations

from collections.abc import Sequence

from inline_snapshot import snapshot

from bot.cards.messages import decisions
from bot.models import Actor, Attempt, Choice, MaintenanceMode, Reach, RequestEntry, Standing, Verb
from tests.cards.reading import read
from tests.cards.samples import attempt, ended, entry

PORTAL = "https://portal.threatlocker.com/approvals"
ADA = Actor(person_id="ada", name="Ada Lund", slack_user_id="U0ADA")


def over(
    number: int = 1,
    by: Attempt | None = None,
    *,
    policy: str = "",
    note: str = "",
    verb: Verb = Verb.APPROVE,
    customer: str = "",
) -> RequestEntry:
    """A request that ended: by our attempt, or in the portal."""
    verb = by.choice.verb if by is not None else verb
    standing = Standing.APPROVED if verb is Verb.APPROVE else Standing.REJECTED
    facts = {"organization_name": customer} if customer else {}
    outcome = ended(standing, standing.value.title(), ours=by)
    told = {"policy_id": policy, "application_id": "app-1" if policy else "", "comments": note}
    outcome = outcome.model_copy(update={"state": outcome.state.model_copy(update=told)})
    return entry(number, standing, outcome=outcome, **facts)


def here(entries: Sequence[RequestEntry], link: str = "") -> str:
    """What the thread reads of a press."""
    return read(decisions.decided_here(entries, link).blocks)


def test_one_press_says_who_how_far_why_and_what_the_portal_made() -> None:
    by = attempt(justification="one_computer_first_approval")
    assert here([over(by=by, policy="policy-1")], PORTAL) == snapshot("""\
Approved: setup.exe on WS-001, by Tom Okafor, {09:00}.
Effect: Approve setup.exe by its hash for WS-001.
Why: one computer, first approval
The portal says: Approved (attempt att-1).
Policy: policy-1, application app-1
Next for the requestor: it takes effect at the computer's next check-in; Rapid Check-in from the
    tray menu makes it sooner.
[Open the portal]\
""")


def test_two_people_a_reason_and_everything_that_was_filled_in() -> None:
    choice = Choice(
        verb=Verb.APPROVE,
        reach=Reach.ORGANIZATION,
        reason="Everybody in planning needs it",
        validated_how="Detonated in the sandbox",
        confirmed_by="Mia Brandt, planning",
        ticket="CHG-77",
        on_phone_with="Dana",
        safe_because="A build server without people",
        mode_because="It installs drivers",
        mode=MaintenanceMode.INSTALLATION,
    )
    by = attempt(choice=choice, first=ADA, remark="Seen it too", justification="written")
    assert here([over(by=by)]) == snapshot("""\
Approved: setup.exe on WS-001, by Tom Okafor, first Ada Lund, {09:00}.
Effect: Approve setup.exe by its hash for WS-001.
Why: Everybody in planning needs it
Why a mode: It installs drivers
Why without an end: A build server without people
Validated: Detonated in the sandbox
Confirmed by: Mia Brandt, planning
The second person: Seen it too
On the phone with: Dana
Ticket: CHG-77
The portal says: Approved (attempt att-1).
The portal does not tell which policy came of it.
Next for the requestor: it takes effect at the computer's next check-in; Rapid Check-in from the
    tray menu makes it sooner.\
""")


def test_many_requests_of_one_press_name_each_policy_once_and_each_customer() -> None:
    entries = [
        over(
            n, attempt(attempt_id=f"att-{n}", effect=f"setup.exe may run on WS-{n:03}."), policy=f"policy-{n}"
        )
        for n in (1, 2, 3)
    ]
    entries.append(over(4, attempt(attempt_id="att-4", effect=""), policy="policy-3", customer="Fabrikam"))
    assert here(entries) == snapshot("""\
Approved: setup.exe on WS-001, WS-002, WS-003, WS-004 at Contoso, Fabrikam, by Tom Okafor, {09:00}.
Effect: setup.exe may run on WS-001.
Effect: setup.exe may run on WS-002.
and likewise 1 more.
The portal says: Approved (attempt att-1, att-2, att-3 and 1 more).
Policy: policy-1, application app-1 (WS-001)
Policy: policy-2, application app-1 (WS-002)
Policy: policy-3, application app-1 (WS-003, WS-004)
Next for the requestor: it takes effect at the computer's next check-in; Rapid Check-in from the
    tray menu makes it sooner.\
""")


def test_a_dozen_policies_are_named_as_far_as_one_message_goes() -> None:
    said = here([over(n, attempt(), policy=f"policy-{n}") for n in range(12)])
    assert "policy-9" in said
    assert "policy-10" not in said
    assert "and 2 more; the details name them all." in said


def test_a_denial_quotes_what_the_requestor_reads_and_needs_no_check_in() -> None:
    assert here([over(by=attempt(Verb.DENY, effect="Deny setup.exe on WS-001."))], PORTAL) == snapshot("""\
Denied: setup.exe on WS-001, by Tom Okafor, {09:00}.
Effect: Deny setup.exe on WS-001.
The requestor reads: Use the managed version
The portal says: Rejected (attempt att-1).\
""")


def test_what_the_portal_ended_is_told_in_its_words_each_ending_once() -> None:
    entries = [
        over(1, note="Known vendor"),
        over(2, note="Known vendor"),
        over(3, verb=Verb.DENY),
    ]
    assert read(decisions.decided_in_portal(entries).blocks) == snapshot("""\
setup.exe on WS-001, WS-002: Approved in the portal, {09:00}.
The portal's note: Known vendor
setup.exe on WS-003: Rejected or ignored in the portal, {09:00}.\
""")


def test_a_dozen_endings_in_the_portal_are_counted() -> None:
    said = decisions.decided_in_portal([over(n, note=f"Note {n}") for n in range(12)]).text
    assert "Note 9" in said
    assert "and 2 more; the details tell them all." in said
