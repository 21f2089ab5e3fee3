"""What is said of policies, as a person reads it, and the forms for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import render_case
from bot.cards.case import modals
from bot.cards.case.offers import approved_here, policy_actions, why_not
from bot.cards.forms import policy_forms
from bot.cards.forms.approve_form import GroupOffer, ReachOffer
from bot.cards.kit import ids
from bot.cards.messages import decisions
from bot.models import (
    Actor,
    Case,
    Choice,
    Kind,
    MaintenanceMode,
    PolicyAct,
    PolicyPlace,
    PolicyWork,
    Proposal,
    ProposedCase,
    Reach,
    RulePattern,
    Standing,
    StorageTerms,
    Verb,
    WorkStanding,
)
from tests.cards.reading import read
from tests.cards.samples import NOW, RULES, attempt, case, ended, entry

KIM = Actor(person_id="kim", name="Kim Okafor", slack_user_id="U0KIM")
WORKSTATIONS = PolicyPlace(reach=Reach.COMPUTER_GROUP, applies_to_id="g-1", name="Workstations")
WS_001 = PolicyPlace(reach=Reach.COMPUTER, applies_to_id="comp-1", name="WS-001")
PORTAL = "https://portal.threatlocker.com/approvals"
CARD = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"


def approved(count: int = 1, choice: Choice | None = None, **changed: object) -> Case:
    """A case that Tom approved on its computers."""
    made = attempt(choice=choice or Choice(verb=Verb.APPROVE))
    entries = []
    for number in range(1, count + 1):
        outcome = ended(Standing.APPROVED, "Approved", ours=made)
        state = outcome.state.model_copy(update={"policy_id": f"policy-{number}", "application_id": "app-1"})
        entries.append(entry(number, Standing.APPROVED, outcome=outcome.model_copy(update={"state": state})))
    return case(*entries, **({"closed_at": NOW} | changed))


def work(act: PolicyAct, standing: WorkStanding = WorkStanding.DONE, **changed: object) -> PolicyWork:
    """A change that Kim made of the first request's policy."""
    values: dict[str, object] = {
        "work_id": "w1",
        "press_id": "p1",
        "act": act,
        "actor": KIM,
        "request_id": "req-1",
        "policy_id": "policy-1",
        "policy_name": "Permit setup.exe",
        "application_id": "app-1",
        "source": WS_001,
        "place": None if act is PolicyAct.TAKE_BACK else WORKSTATIONS,
        "reason": "It phones home.",
        "effect": "The policy Permit setup.exe is removed from the computer WS-001.",
        "access_generation": 1,
        "recorded_at": NOW,
        "not_after": NOW + timedelta(seconds=20),
        "standing": standing,
        "ended_at": NOW,
        "made_policy_id": "" if act is PolicyAct.TAKE_BACK else "policy-9",
    }
    return PolicyWork.model_validate(values | changed)


def proposal(**changed: object) -> Proposal:
    """Three approvals on two computers of one group."""
    told = ProposedCase(
        case_id="c1",
        at=NOW,
        by="Ada Lund",
        computer_id="comp-1",
        computer_name="WS-001",
        computer_group=WORKSTATIONS,
    )
    values: dict[str, object] = {
        "name": "Permit Fabrikam Reader",
        "rule": RulePattern(
            path=r"C:\Users\*\Downloads\setup-*.exe", signer="CN=Fabrikam Inc", signer_valid=True
        ),
        "reach": Reach.COMPUTER_GROUP,
        "places": (WORKSTATIONS,),
        "reach_why": "every computer is in the same computer group",
        "cases": (told, told),
        "approvals": 3,
        "saved": 2,
        "within_days": 30,
        "ends_at": NOW + timedelta(days=180),
        "proposed_at": NOW,
    }
    return Proposal.model_validate(values | changed)


def form(one: Case, **changed: object) -> policy_forms.PolicyForm:
    """A form with two policies, one of them closed, and a group to choose."""
    values: dict[str, object] = {
        "case": one,
        "policies": [
            policy_forms.PolicyOffer("req-1", "WS-001", "policy-1", "Permit setup.exe"),
            policy_forms.PolicyOffer(
                "req-2", "WS-002", "policy-2", "Permit setup.exe", "it is switched off already"
            ),
        ],
        "reaches": [
            ReachOffer(Reach.COMPUTER_GROUP),
            ReachOffer(Reach.ORGANIZATION, "You need Promote to Entire Organization at Contoso."),
            ReachOffer(Reach.GLOBAL, "no permission promotes to a global group: decide it in the portal"),
        ],
        "groups": [GroupOffer("g-2", "Servers"), GroupOffer("g-1", "Workstations", is_own=True)],
        "writes_on": True,
        "portal_link": PORTAL,
    }
    return policy_forms.PolicyForm(**(values | changed))  # type: ignore[arg-type]  # a test's own defaults


def test_the_card_and_its_details_say_what_was_taken_back() -> None:
    one = approved(policy_works=(work(PolicyAct.TAKE_BACK),))
    assert "Taken back by Kim Okafor" in read(render_case(one, RULES, NOW).blocks)
    assert read(modals.details_modal(one)["blocks"][:3]) == snapshot("""\
# Application: setup.exe
Approved by Tom Okafor in Gatehouse, {09:00}. Effect: Approve setup.exe by its hash for WS-001. It
    takes effect at the computer's next check-in; Rapid Check-in from the tray menu makes it sooner.
Taken back by Kim Okafor {09:00}.
[Propose a policy]\
""")


def test_the_card_says_what_is_still_being_checked_and_nothing_of_what_failed() -> None:
    checking = work(PolicyAct.PROMOTE, WorkStanding.CHECKING, ended_at=None, made_policy_id="")
    failed = work(PolicyAct.TAKE_BACK, WorkStanding.WITHOUT_EFFECT, work_id="w2")
    said = read(render_case(approved(policy_works=(checking, failed)), RULES, NOW).blocks)
    assert "Promotion by Kim Okafor: outcome unknown, checking" in said
    assert "Taken back" not in said


def test_a_change_that_the_portal_shows() -> None:
    said = decisions.work_done(approved(), work(PolicyAct.TAKE_BACK), PORTAL, deployed="Deployed.")
    assert read(said.blocks) == snapshot("""\
Taken back by Kim Okafor {09:00}.
The policy Permit setup.exe is removed from the computer WS-001.
Why: It phones home.
Deployed.
[Open the portal]\
""")


def test_a_promotion_that_the_portal_shows() -> None:
    made = work(PolicyAct.PROMOTE, validated_how="Detonated", confirmed_by="Mia Brandt", reason="")
    assert read(decisions.work_done(approved(2), made, "", deployed="Deployed.").blocks) == snapshot("""\
Promoted on WS-001 for the computer group Workstations by Kim Okafor {09:00}, policy policy-9.
The policy Permit setup.exe is removed from the computer WS-001.
Validated: Detonated; confirmed by Mia Brandt
Deployed.\
""")


def test_a_change_without_effect() -> None:
    assert read(decisions.work_without_effect(approved(), work(PolicyAct.TAKE_BACK), "").blocks) == snapshot("""\
Taking back had no effect: setup.exe
The portal does not show it. Nothing is sent again; only a new press makes a new attempt.
The policy Permit setup.exe is removed from the computer WS-001.\
""")


def test_a_prepared_text() -> None:
    lines = ("Organization Contoso: remove the policy Permit setup.exe", "Then deploy the policies")
    said = decisions.prepared(work(PolicyAct.TAKE_BACK), lines, "Not verified.", PORTAL)
    assert read(said.blocks) == snapshot("""\
Taking back: nothing was sent. Not verified.
Do this in the portal:
Organization Contoso: remove the policy Permit setup.exe
Then deploy the policies
[Open the portal]\
""")


def test_a_policy_that_is_due() -> None:
    assert read(decisions.proposed(approved(), proposal(), "S0TEAM", CARD).blocks) == snapshot("""\
@S0TEAM A policy is due. setup.exe at Contoso.
Recognized by: signer Fabrikam Inc and path C:\\Users\\*\\Downloads\\setup-*.exe
Mind: Its path lies in a folder that users may write to.
Mind: Its name tells of no product: whatever this signer signs under such a name may run.
How far: computer group Workstations, because every computer is in the same computer group.
Evidence: approved by hand 3 times in 30 days by Ada Lund; it would have saved 2 presses.
Next: its next request offers “Approve with the proposed rule…”.
[Not now…] [Open]\
""")


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            {"signer": "CN=Fabrikam Inc, O=Fabrikam, C=US", "signer_valid": True},
            "signer Fabrikam Inc and path ",
        ),
        (
            {"signer": "CN=Fabrikam Inc", "signer_valid": False},
            "signer Fabrikam Inc (signature NOT VALID) and path ",
        ),
        ({"signer": "CN=Fabrikam Inc"}, "signer Fabrikam Inc (signature not told) and path "),
        ({}, r"path C:\Fabrikam\reader.exe; it is not signed"),
        ({"why_not": "Its path says nothing."}, "No policy can be proposed: Its path says nothing."),
    ],
)
def test_a_due_policy_names_the_signer_in_its_own_words_and_a_signature_that_does_not_hold(
    rule: dict[str, Any], told: str
) -> None:
    due = proposal(rule=RulePattern(path=r"C:\Fabrikam\reader.exe", **rule))
    assert told in " ".join(read(decisions.proposed(approved(), due, "S0TEAM", CARD).blocks).split())


def test_a_policy_that_somebody_proposes_with_an_unknown_reach() -> None:
    unknown = proposal(
        proposed_by=KIM,
        reach=None,
        places=(),
        reach_why="the portal does not tell",
        approvals=0,
        saved=0,
        cases=(),
    )
    assert read(decisions.proposed(approved(), unknown, "", "").blocks) == snapshot("""\
A policy is proposed by Kim Okafor. setup.exe at Contoso.
Recognized by: signer Fabrikam Inc and path C:\\Users\\*\\Downloads\\setup-*.exe
Mind: Its path lies in a folder that users may write to.
Mind: Its name tells of no product: whatever this signer signs under such a name may run.
How far: not known, because the portal does not tell.
Next: its next request offers “Approve with the proposed rule…”.
The card is in the channel of this organization.
[Not now…]\
""")


def test_a_proposal_put_off() -> None:
    put_off = proposal(declined_by=KIM, declined_at=NOW, declined_because="The vendor brings an installer.")
    assert read(decisions.declined(approved(), put_off).blocks) == snapshot("""\
Not now: Permit Fabrikam Reader, says Kim Okafor.
Why: The vendor brings an installer.
It is not asked again for 30 days.
setup.exe at Contoso.\
""")


def test_the_form_that_takes_back() -> None:
    assert read(policy_forms.take_back_modal(form(approved(2)))["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
[Open the portal]
Which policy (needed): [WS-001: Permit setup.exe]
Closed for you: WS-002, because it is switched off already.
Why is it taken back? (needed): [____]
  For the record and the card's thread.
(The software is blocked again there, unless another policy permits it.)
(Afterwards the organization's policies are deployed, once. What others have changed there and not
    yet deployed goes out with it.)\
""")


def test_the_form_that_only_prepares_the_text() -> None:
    view = policy_forms.take_back_modal(form(approved(2), not_sent_because="Not verified."))
    assert view["submit"]["text"] == "Prepare the text"
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
Nothing is sent: Not verified. Submitting prepares the exact text for the portal.
[Open the portal]
Which policy (needed): [WS-001: Permit setup.exe]
Closed for you: WS-002, because it is switched off already.
Why is it taken back? (needed): [____]
  For the record and the card's thread.
(The software is blocked again there, unless another policy permits it.)\
""")


def test_the_form_that_promotes() -> None:
    assert read(policy_forms.promote_modal(form(approved(2), writes_on=False))["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
[Open the portal]
Which policy (needed): [WS-001: Permit setup.exe]
Closed for you: WS-002, because it is switched off already.
How far (needed): [A computer group]
Computer group (optional): [Workstations (its own) | Servers]
  Only for “A computer group”.
Closed for you: the entire organization, because you need Promote to Entire Organization at Contoso;
    a global group, because no permission promotes to a global group: decide it in the portal.
How was it validated? (needed): [____]
Who in the business confirmed? (needed): [____]
(The policy of the one computer stays; a copy is made for the wider place.)
(Afterwards the organization's policies are deployed, once. What others have changed there and not
    yet deployed goes out with it.)
Rehearsal: writes are off. A press shows the verdict and the exact effect, and sends nothing.\
""")


def test_the_form_that_creates() -> None:
    view = policy_forms.create_modal(form(approved(2)), proposal())
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
[Open the portal]
Policy: Permit Fabrikam Reader at Contoso
Recognized by: signer CN=Fabrikam Inc (signature valid) and path C:\\Users\\*\\Downloads\\setup-*.exe
Mind: Its path lies in a folder that users may write to, so a user could put another program of the
    same signer there.
Mind: Its name tells of no product: whatever this signer signs under such a name may run.
How far: computer group Workstations, because every computer is in the same computer group.
Until: {09:00}, then somebody looks at it again.
Evidence: approved by hand 3 times in 30 days; it would have saved 2 presses.
· {09:00}, on WS-001 (Workstations), by Ada Lund
· {09:00}, on WS-001 (Workstations), by Ada Lund
and 1 more approval
Name of the policy (needed): [Permit Fabrikam Reader]
How far (needed): [A computer group]
Computer group (optional): [Workstations (its own) | Servers]
  Only for “A computer group”.
Closed for you: the entire organization, because you need Promote to Entire Organization at Contoso;
    a global group, because no permission promotes to a global group: decide it in the portal.
Until (optional): [2026-08-29]
  Empty: without an end.
(Made without ringfencing: what it permits may reach files, network and other programs. Where that
    is too much, add ringfencing to the policy in the portal.)
Justification (needed): [____]
(Afterwards the organization's policies are deployed, once. What others have changed there and not
    yet deployed goes out with it.)\
""")


def test_the_form_that_puts_off() -> None:
    assert read(policy_forms.not_now_modal(approved(), proposal())["blocks"]) == snapshot("""\
Policy: Permit Fabrikam Reader at Contoso
Recognized by: signer CN=Fabrikam Inc (signature valid) and path C:\\Users\\*\\Downloads\\setup-*.exe
Mind: Its path lies in a folder that users may write to, so a user could put another program of the
    same signer there.
Mind: Its name tells of no product: whatever this signer signs under such a name may run.
How far: computer group Workstations, because every computer is in the same computer group.
Until: {09:00}, then somebody looks at it again.
Evidence: approved by hand 3 times in 30 days; it would have saved 2 presses.
· {09:00}, on WS-001 (Workstations), by Ada Lund
· {09:00}, on WS-001 (Workstations), by Ada Lund
and 1 more approval
Why not now? (needed): [____]
  It is not asked again for 30 days.\
""")


@pytest.mark.parametrize(
    ("one", "offered"),
    [
        (case(), [ids.POLICY_PROPOSE]),
        (approved(), [ids.POLICY_TAKE_BACK, ids.POLICY_PROMOTE, ids.POLICY_PROPOSE]),
        (approved(proposal=proposal()), [ids.POLICY_TAKE_BACK, ids.POLICY_PROMOTE]),
        (
            approved(choice=Choice(verb=Verb.APPROVE, reach=Reach.ORGANIZATION)),
            [ids.POLICY_TAKE_BACK, ids.POLICY_PROPOSE],
        ),
        (approved(choice=Choice(verb=Verb.APPROVE, reach=Reach.GLOBAL)), [ids.POLICY_PROPOSE]),
        (approved(choice=Choice(verb=Verb.APPROVE, mode=MaintenanceMode.LEARNING)), [ids.POLICY_PROPOSE]),
        (approved(choice=Choice(verb=Verb.APPROVE, storage=StorageTerms())), [ids.POLICY_PROPOSE]),
        (
            approved(choice=Choice(verb=Verb.APPROVE, elevate=True)),
            [ids.POLICY_TAKE_BACK, ids.POLICY_PROPOSE],
        ),
        (approved(policy_works=(work(PolicyAct.TAKE_BACK),)), [ids.POLICY_PROPOSE]),
        (approved(policy_works=(work(PolicyAct.PROMOTE, WorkStanding.CHECKING),)), [ids.POLICY_PROPOSE]),
        (
            approved(policy_works=(work(PolicyAct.TAKE_BACK, WorkStanding.WITHOUT_EFFECT),)),
            [ids.POLICY_TAKE_BACK, ids.POLICY_PROMOTE, ids.POLICY_PROPOSE],
        ),
        (approved(redacted_at=NOW), []),
        (case(entry(kind=Kind.STORAGE), kind=Kind.STORAGE), []),
    ],
)
def test_only_what_applies_now_is_offered(one: Case, offered: list[str]) -> None:
    assert [e["action_id"] for block in policy_actions(one) for e in block["elements"]] == offered


def test_a_promotion_to_the_organization_is_the_widest() -> None:
    widest = PolicyPlace(reach=Reach.ORGANIZATION, applies_to_id="org-contoso", name="Contoso")
    one = approved(policy_works=(work(PolicyAct.PROMOTE, place=widest),))
    [only] = approved_here(one)
    assert "already" in why_not(one, only, PolicyAct.PROMOTE)
    assert why_not(one, only, PolicyAct.TAKE_BACK) == ""
