"""Every refusal as the person reads it. Would a help-desk technician know what to do next?"""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Extension,
    Kind,
    MaintenanceMode,
    Organization,
    OrganizationTree,
    Reach,
    RefusalReason,
    Refused,
    judge,
    judge_second,
)
from permissions.ask import rights_of
from permissions.refusals import Facts, refusal_sentence
from permissions.words import DOING_WORDS, MODE_WORDS, REACH_WORDS, listed

from .world import LEFT, NOW, TOP, TREE, access, from_computer, from_request, grant, verdict

V, C, G = "View Approvals", "Approve for Single Computer", "Approve for Group"
O, GL = "Approve for Entire Organization", "Approve for Global"  # noqa: E741 - the table reads better narrow
ONLY, E = "Approve for Single Computer (Application Only)", "Elevation Administrator"
L = MaintenanceMode.LEARNING


class Case(NamedTuple):
    """What Ana has at Contoso, what she asks, and what she reads."""

    title: str
    has: Access | list[str]
    action: Action
    kind: Kind | None
    more: dict[str, Any]
    why: RefusalReason
    sentence: str


CASES = [
    Case(
        "a stranger",
        Access(),
        Action.APPROVE,
        Kind.APPLICATION,
        {},
        RefusalReason.UNKNOWN_PERSON,
        (
            "You are not in Gatehouse's access file, so nothing can be done in your name here. Ask an "
            "administrator of Gatehouse to add you; the cybersecurity team can decide meanwhile."
        ),
    ),
    Case(
        "somebody suspended",
        access(grant("Super Admin", at=TOP)).with_suspended(["ana"]),
        Action.APPROVE,
        Kind.APPLICATION,
        {},
        RefusalReason.SUSPENDED,
        (
            "Your rights in Gatehouse are suspended, whatever the access file says, so nothing can be done "
            "in your name here until somebody else lifts that. Ask an administrator of Gatehouse."
        ),
    ),
    Case(
        "an unplaceable organization",
        [O],
        Action.APPROVE,
        Kind.APPLICATION,
        {"at": "id-x"},
        RefusalReason.UNPLACEABLE_ORGANIZATION,
        (
            "The portal does not say where this organization stands among the others, so nobody can act on "
            "it from Slack. Decide it in the portal if it is urgent. Press again in a minute; if it stays, "
            "tell an administrator of Gatehouse."
        ),
    ),
    Case(
        "a computer of another organization",
        [O],
        Action.APPROVE,
        Kind.APPLICATION,
        {"computer_organization_id": TOP},
        RefusalReason.OTHER_ORGANIZATION,
        (
            "The request and its computer belong to different organizations, so nobody can act on it from "
            "Slack. Decide it in the portal."
        ),
    ),
    Case(
        "new software, no right to see it",
        [],
        Action.APPROVE,
        Kind.APPLICATION,
        {},
        RefusalReason.CANNOT_SEE,
        (
            "You have no permission that shows this request. Ask the cybersecurity team, or an administrator "
            "of Gatehouse for the right. Being a local administrator on the computer does not replace the "
            "review: the cybersecurity team reviews new software around the clock."
        ),
    ),
    Case(
        "elevation administrator alone",
        [E],
        Action.APPROVE,
        Kind.ELEVATION,
        {"already_approved": True},
        RefusalReason.CANNOT_SEE,
        (
            "Elevation Administrator alone does not open requests; it needs another approval permission in "
            "the same organization, and View Approvals is enough. Ask the cybersecurity team meanwhile. This "
            "file is already approved, so the faster way is approved credentials at the Windows prompt, or a "
            "managed elevation policy."
        ),
    ),
    Case(
        "a viewer approves",
        [V],
        Action.APPROVE,
        Kind.APPLICATION,
        {},
        RefusalReason.KIND,
        (
            "You may see this request at Contoso but not decide it; approving this request needs Approve for "
            "Single Computer at Contoso. Being a local administrator on the computer does not replace the "
            "review: the cybersecurity team reviews new software around the clock."
        ),
    ),
    Case(
        "a viewer denies",
        [V],
        Action.DENY,
        Kind.APPLICATION,
        {},
        RefusalReason.KIND,
        (
            "You may see this request at Contoso but not decide it; denying this request needs Approve for "
            "Single Computer at Contoso."
        ),
    ),
    Case(
        "a viewer claims",
        [V],
        Action.CLAIM,
        Kind.APPLICATION,
        {},
        RefusalReason.KIND,
        (
            "You may see this request at Contoso but not decide it; claiming this request needs Approve for "
            "Single Computer at Contoso."
        ),
    ),
    Case(
        "application only on storage",
        [ONLY],
        Action.DENY,
        Kind.STORAGE,
        {},
        RefusalReason.KIND,
        (
            "Your approval right at Contoso is for application requests only; denying this request needs "
            "Approve for Single Computer at Contoso."
        ),
    ),
    Case(
        "elevation without the right",
        [C],
        Action.APPROVE,
        Kind.ELEVATION,
        {"already_approved": True},
        RefusalReason.KIND,
        (
            "You may see this request at Contoso but not decide it; approving this request needs Elevation "
            "Administrator at Contoso. This file is already approved, so the faster way is approved "
            "credentials at the Windows prompt, or a managed elevation policy."
        ),
    ),
    Case(
        "elevation of new software",
        [E, V],
        Action.APPROVE,
        Kind.ELEVATION,
        {},
        RefusalReason.COMBINATION,
        (
            "This software is not known to be approved yet, so granting its elevation would let it run; that "
            "also needs Approve for Single Computer at Contoso. Being a local administrator on the computer "
            "does not replace the review: the cybersecurity team reviews new software around the clock."
        ),
    ),
    Case(
        "elevation as an extra",
        [O],
        Action.APPROVE,
        Kind.APPLICATION,
        {"elevates": True},
        RefusalReason.COMBINATION,
        (
            "Approving this with elevation needs Elevation Administrator at Contoso; without elevation you "
            "may approve it."
        ),
    ),
    Case(
        "another kind",
        [O],
        Action.APPROVE,
        Kind.OTHER,
        {},
        RefusalReason.DECIDE_IN_PORTAL,
        ("Requests of this kind are not decided in Slack; decide this one in the portal."),
    ),
    Case(
        "web control without the right",
        [O],
        Action.APPROVE,
        Kind.WEB_CONTROL,
        {},
        RefusalReason.KIND,
        (
            "You may see this request at Contoso but not decide it; approving this request needs Edit Web "
            "Control Policies at Contoso."
        ),
    ),
    Case(
        "web control, global",
        ["Edit Web Control Policies"],
        Action.APPROVE,
        Kind.WEB_CONTROL,
        {"reach": Reach.GLOBAL},
        RefusalReason.DECIDE_IN_PORTAL,
        (
            "Web control requests are not approved for a global group from Slack; decide this one in the "
            "portal, or choose a narrower reach."
        ),
    ),
    Case(
        "storage, global",
        [GL],
        Action.APPROVE,
        Kind.STORAGE,
        {"reach": Reach.GLOBAL, "global_owner_id": LEFT},
        RefusalReason.DECIDE_IN_PORTAL,
        (
            "Storage requests are not approved for a global group from Slack; decide this one in the portal, "
            "or choose a narrower reach."
        ),
    ),
    Case(
        "the group with a computer's right",
        [C],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.COMPUTER_GROUP},
        RefusalReason.REACH,
        (
            "You may approve for one computer at Contoso; the computer group needs Approve for Group at "
            "Contoso."
        ),
    ),
    Case(
        "the organization with a group's right",
        [G],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.ORGANIZATION},
        RefusalReason.REACH,
        (
            "You may approve for the computer group at Contoso; the entire organization needs Approve for "
            "Entire Organization at Contoso."
        ),
    ),
    Case(
        "a built-in match with a group's right",
        [G],
        Action.APPROVE,
        Kind.APPLICATION,
        {"built_in_match": True},
        RefusalReason.REACH,
        (
            "You may approve for the computer group at Contoso; this choice reaches the entire organization, "
            "which needs Approve for Entire Organization at Contoso."
        ),
    ),
    Case(
        "elevation for the group, viewer",
        [E, V],
        Action.APPROVE,
        Kind.ELEVATION,
        {"already_approved": True, "reach": Reach.COMPUTER_GROUP},
        RefusalReason.REACH,
        (
            "You may approve for one computer at Contoso; the computer group needs Approve for Group at "
            "Contoso."
        ),
    ),
    Case(
        "the global group, owner hidden",
        [GL],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.GLOBAL, "global_owner_id": TOP},
        RefusalReason.GLOBAL_GROUP,
        (
            "You may approve for the entire organization at Contoso; the global group reaches further and "
            "needs Approve for Global in the organization that owns that group."
        ),
    ),
    Case(
        "the global group, owner seen",
        access(grant(C), grant(V, at=TOP)),
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.GLOBAL, "global_owner_id": TOP},
        RefusalReason.GLOBAL_GROUP,
        (
            "You may approve for one computer at Contoso; the global group reaches further and needs Approve "
            "for Global at Northwind."
        ),
    ),
    Case(
        "the global group, two halves missing",
        [V],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.GLOBAL, "global_owner_id": TOP},
        RefusalReason.KIND,
        (
            "You may see this request at Contoso but not decide it; approving this request needs Approve for "
            "Single Computer at Contoso and Approve for Global in the organization that owns that group. "
            "Being a local administrator on the computer does not replace the review: the cybersecurity team "
            "reviews new software around the clock."
        ),
    ),
    Case(
        "no global group",
        [GL],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.GLOBAL},
        RefusalReason.NO_GLOBAL_GROUP,
        ("The portal offers no global group at Contoso; choose the entire organization or less."),
    ),
    Case(
        "three computers",
        [C],
        Action.APPROVE,
        Kind.APPLICATION,
        {"computers": 3},
        RefusalReason.SEVERAL_COMPUTERS,
        (
            "You may approve for one computer at a time at Contoso; 3 computers in one press need Approve "
            "for Group at Contoso. Pick one of them in Approve…; the others stay pending."
        ),
    ),
    Case(
        "a foreign application",
        [O],
        Action.APPROVE,
        Kind.APPLICATION,
        {"extension": Extension(TOP, Reach.COMPUTER)},
        RefusalReason.FOREIGN_APPLICATION,
        (
            "Only applications of the request's own organization can be extended at Contoso; choose one of "
            "those, or approve it as a new application."
        ),
    ),
    Case(
        "an extension of unknown width",
        [O],
        Action.APPROVE,
        Kind.APPLICATION,
        {"extension": Extension(LEFT, None)},
        RefusalReason.UNKNOWN_REACH,
        (
            "How far this approval would reach cannot be told from the portal right now, so it is closed; "
            "approve it as a new application for one computer, or decide it in the portal."
        ),
    ),
    Case(
        "an extension that reaches further",
        [C],
        Action.APPROVE,
        Kind.APPLICATION,
        {"extension": Extension(LEFT, Reach.ORGANIZATION)},
        RefusalReason.REACH,
        (
            "You may approve for one computer at Contoso; this choice reaches the entire organization, which "
            "needs Approve for Entire Organization at Contoso."
        ),
    ),
    Case(
        "an unknown computer group",
        [G],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.COMPUTER_GROUP, "computer_group_known": False},
        RefusalReason.UNKNOWN_COMPUTER_GROUP,
        (
            "The computer group of this computer is not known right now, so the group cannot be chosen; the "
            "other reaches stay open."
        ),
    ),
    Case(
        "a foreign computer group",
        [G],
        Action.APPROVE,
        Kind.APPLICATION,
        {"reach": Reach.COMPUTER_GROUP, "computer_group_organization_id": TOP},
        RefusalReason.FOREIGN_COMPUTER_GROUP,
        (
            "That computer group belongs to another organization; choose a computer group at Contoso, or "
            "approve for one computer."
        ),
    ),
    Case(
        "an outdated tree",
        access(grant("Super Admin", at=TOP)),
        Action.APPROVE,
        Kind.APPLICATION,
        {"now": NOW + timedelta(hours=1)},
        RefusalReason.OUTDATED_ORGANIZATIONS,
        (
            "Your right comes from an organization above this one, and the list of organizations is older "
            "than 5 minutes, so it cannot be relied on. Press again in a minute; if it stays, tell an "
            "administrator of Gatehouse."
        ),
    ),
    Case(
        "one's own request",
        [C],
        Action.APPROVE,
        Kind.APPLICATION,
        {"own_request": True},
        RefusalReason.OWN_REQUEST,
        (
            "This request is your own, so approving this request is for somebody else; you may still deny or "
            "escalate it."
        ),
    ),
    Case(
        "one's own request, let in by a wide approval",
        [G],
        Action.APPROVE,
        Kind.APPLICATION,
        {"own_request": True, "reach": Reach.COMPUTER_GROUP},
        RefusalReason.OWN_REQUEST,
        (
            "An approval for the computer group would let in a request of your own, so it is for somebody else; you "
            "may still deny or escalate what is yours."
        ),
    ),
    Case(
        "what cannot be told apart from one's own",
        [C],
        Action.APPROVE,
        Kind.APPLICATION,
        {"own_request": None},
        RefusalReason.NOT_TOLD_APART,
        (
            "Gatehouse cannot tell this request from one of your own, so approving this request is for somebody "
            "else: your portal name in the access file is missing, or says nothing of such an account. Ask an "
            "administrator of Gatehouse to add it there as portal; you may still deny or escalate the request."
        ),
    ),
    Case(
        "a mode from a request",
        [C],
        Action.MAINTAIN,
        Kind.APPLICATION,
        {"maintenance": from_request(L)},
        RefusalReason.COMBINATION,
        (
            "Learning mode from a request also needs Manage Application Control Learning Mode at Contoso. "
            "Ask somebody who has it, or an administrator of Gatehouse to give it to you. On site, the tray "
            "menu's maintenance mode and its QR code are quicker; the scanner needs Edit Computers."
        ),
    ),
    Case(
        "a mode from a computer",
        ["Edit Computers"],
        Action.MAINTAIN,
        None,
        {"maintenance": from_computer(L)},
        RefusalReason.NO_PERMISSION,
        (
            "Learning mode needs Manage Application Control Learning Mode in the computer's organization, "
            "which you do not have. Ask somebody who has it, or an administrator of Gatehouse to give it to "
            "you. On site, the tray menu's maintenance mode and its QR code are quicker; the scanner needs "
            "Edit Computers."
        ),
    ),
    Case(
        "a mode from a computer without Edit Computers",
        ["Manage Tamper Protection", V],
        Action.MAINTAIN,
        None,
        {"maintenance": from_computer(MaintenanceMode.TAMPER_PROTECTION)},
        RefusalReason.COMBINATION,
        (
            "Pausing Tamper Protection from a computer also needs Edit Computers at Contoso. Ask somebody "
            "who has it, or an administrator of Gatehouse to give it to you. On site, the tray menu's "
            "maintenance mode and its QR code are quicker; the scanner needs Edit Computers."
        ),
    ),
    Case(
        "Manage All alone lacks its own other half, and not the single permission",
        ["Manage All Maintenance Modes", "Edit Computers"],
        Action.MAINTAIN,
        None,
        {"maintenance": from_computer(L)},
        RefusalReason.COMBINATION,
        (
            "Learning mode from a computer also needs Edit Application Control Applications in the computer's "
            "organization. Ask somebody who has it, or an administrator of Gatehouse to give it to you. On site, the "
            "tray menu's maintenance mode and its QR code are quicker; the scanner needs Edit Computers."
        ),
    ),
    Case(
        "Manage All from a request",
        ["Manage All Maintenance Modes", C],
        Action.MAINTAIN,
        Kind.APPLICATION,
        {"maintenance": from_request(L)},
        RefusalReason.COMBINATION,
        (
            "Learning mode from a request also needs Edit Application Control Applications at Contoso. Ask somebody "
            "who has it, or an administrator of Gatehouse to give it to you. On site, the tray menu's maintenance "
            "mode and its QR code are quicker; the scanner needs Edit Computers."
        ),
    ),
    Case(
        "a mode that answers no request",
        [O],
        Action.MAINTAIN,
        Kind.APPLICATION,
        {"maintenance": from_request(MaintenanceMode.NETWORK_MONITOR_ONLY)},
        RefusalReason.NO_MODE_HERE,
        (
            "Network Control Monitor Only mode cannot be used from this request; open the computer in "
            "Gatehouse or in the portal for it."
        ),
    ),
    Case(
        "a mode from a storage request",
        [O],
        Action.MAINTAIN,
        Kind.STORAGE,
        {"maintenance": from_request(L)},
        RefusalReason.NO_MODE_HERE,
        (
            "Learning mode cannot be used from this request; open the computer in Gatehouse or in the portal "
            "for it."
        ),
    ),
    Case(
        "no mode",
        [O],
        Action.MAINTAIN,
        Kind.APPLICATION,
        {},
        RefusalReason.NO_MODE_HERE,
        ("No maintenance mode was chosen; choose one and try again."),
    ),
    Case(
        "a look-up, organization hidden",
        [],
        Action.LOOK_UP,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Looking up why something was blocked needs View Unified Audit in the computer's organization, "
            "which you do not have. Ask somebody who has it, or an administrator of Gatehouse to give it to "
            "you."
        ),
    ),
    Case(
        "a look-up, organization seen",
        [V],
        Action.LOOK_UP,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Looking up why something was blocked needs View Unified Audit at Contoso, which you do not "
            "have. Ask somebody who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "escalating unseen",
        [],
        Action.ESCALATE,
        Kind.APPLICATION,
        {"from_look_up": True},
        RefusalReason.CANNOT_SEE,
        (
            "You have no permission that shows this request. Ask the cybersecurity team, or an administrator "
            "of Gatehouse for the right."
        ),
    ),
    Case(
        "check-in history",
        ["Allow View Check-in History", V],
        Action.CHECK_IN_HISTORY,
        None,
        {},
        RefusalReason.COMBINATION,
        (
            "Reading a computer's check-in history also needs View Computers at Contoso. Ask somebody who "
            "has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "the queue",
        [],
        Action.QUEUE,
        None,
        {},
        RefusalReason.CANNOT_SEE,
        (
            "You have no permission that shows requests there. Ask the cybersecurity team, or an "
            "administrator of Gatehouse for the right."
        ),
    ),
    Case(
        "reports",
        [V],
        Action.REPORT,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Reading reports needs View Reports at Contoso, which you do not have. Ask somebody who has it, "
            "or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "the record",
        [V],
        Action.READ_RECORD,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Reading Gatehouse's record needs View System Audit at Contoso, which you do not have. Ask "
            "somebody who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "asking about others",
        [V],
        Action.ASK_ABOUT_OTHERS,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Asking what other people may do needs View Administrators at Contoso, which you do not have. "
            "Ask somebody who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "promoting to the organization",
        ["Promote to Group", V],
        Action.PROMOTE,
        None,
        {"reach": Reach.ORGANIZATION},
        RefusalReason.NO_PERMISSION,
        (
            "Promoting this policy needs Promote to Entire Organization at Contoso, which you do not have. "
            "Ask somebody who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "promoting to global",
        ["Promote to Group", V],
        Action.PROMOTE,
        None,
        {"reach": Reach.GLOBAL},
        RefusalReason.DECIDE_IN_PORTAL,
        (
            "Gatehouse promotes a policy to a computer group or to the entire organization, not to the "
            "global group; do that in the portal."
        ),
    ),
    Case(
        "creating a policy",
        [V],
        Action.CREATE_POLICY,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Creating a policy needs Edit Application Control Policies at Contoso, which you do not have. "
            "Ask somebody who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "giving permissions",
        ["Change Permission", V],
        Action.CHANGE_PERMISSIONS,
        None,
        {},
        RefusalReason.COMBINATION,
        (
            "Giving or taking single permissions also needs View Administrators at Contoso. Ask somebody who "
            "has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "giving roles",
        [V],
        Action.ASSIGN_ROLES,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Giving or taking roles needs Assign Roles at Contoso, which you do not have. Ask somebody who "
            "has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "changing roles",
        [V],
        Action.ADMINISTER_ROLES,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Making or changing roles needs Role Administrator at Contoso, which you do not have. Ask "
            "somebody who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "suspending",
        [V],
        Action.SUSPEND,
        None,
        {},
        RefusalReason.NO_PERMISSION,
        (
            "Suspending a person needs Edit Administrators at Contoso, which you do not have. Ask somebody "
            "who has it, or an administrator of Gatehouse to give it to you."
        ),
    ),
    Case(
        "handing over what one does not hold",
        [C],
        Action.HAND_OVER,
        Kind.APPLICATION,
        {"receiver_id": "ben"},
        RefusalReason.NOT_CLAIMER,
        ("Only the person who claimed this request can hand it over; you can take it over instead."),
    ),
    Case(
        "handing over to somebody who may not",
        [C],
        Action.HAND_OVER,
        Kind.APPLICATION,
        {"receiver_id": "ben", "is_claimer": True},
        RefusalReason.RECEIVER,
        (
            "The person you chose cannot decide this request, so it stays with you; choose somebody who may "
            "decide application requests at Contoso."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_refusal(case: Case) -> None:
    answer = verdict(case.has, case.action, case.kind, **case.more)
    assert isinstance(answer, Refused)
    assert (answer.why, answer.sentence) == (case.why, case.sentence)


def test_reach_for_somebody_who_may_approve_at_no_reach() -> None:
    """The sentence names the reach and what it needs."""
    told = Facts(
        ask=Ask(person_id="ana", action=Action.APPROVE, organization_id=LEFT),
        why=RefusalReason.REACH,
        missing=(G,),
        organization="Contoso",
        reach=Reach.COMPUTER_GROUP,
    )
    assert (
        refusal_sentence(told) == "Approving this for the computer group needs Approve for Group at Contoso."
    )


# The second pair of eyes has its own test below; giving and taking rights has test_granting.py.
ELSEWHERE = frozenset(
    {
        RefusalReason.SAME_PERSON,
        RefusalReason.UNKNOWN_ROLE,
        RefusalReason.BUILT_IN_ROLE,
        RefusalReason.ROLE_EXISTS,
        RefusalReason.ROLE_HELD,
        RefusalReason.DEPRECATED,
        RefusalReason.MORE_THAN_OWN,
        RefusalReason.LONGER_THAN_OWN,
        RefusalReason.GIVEN_ELSEWHERE,
        RefusalReason.ONESELF,
        RefusalReason.OWN_ROLE,
    }
)


def test_every_reason_has_its_sentence_here() -> None:
    assert {case.why for case in CASES} == set(RefusalReason) - ELSEWHERE


def test_the_second_pair_of_eyes_must_be_another_person() -> None:
    ask = Ask(person_id="ana", action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION)
    answer = judge_second(ask, "ana", access(grant(C)), TREE, NOW)
    assert answer.sentence == (
        "The second pair of eyes must be another person, under whichever Slack account; ask a colleague."
    )


def test_every_word_has_a_sentence_form() -> None:
    assert len({rights_of(kind).requests for kind in Kind}) == len(Kind)
    assert REACH_WORDS.keys() == set(Reach)
    assert MODE_WORDS.keys() == set(MaintenanceMode)
    assert DOING_WORDS.keys() == set(Action)


def test_names_from_outside_stay_raw_and_break_nothing() -> None:
    """Escaping is for whoever shows the sentence; nothing here interprets a name."""
    hostile = "<!channel> {0} %s \N{RIGHT-TO-LEFT OVERRIDE}\x07\ud800 & `x`"
    tree = OrganizationTree((Organization(organization_id="h", name=hostile),), NOW)
    ask = Ask(person_id="ana", action=Action.APPROVE, organization_id="h", kind=Kind.APPLICATION)
    answer = judge(ask, access(grant(V, at="h")), tree, NOW)
    assert isinstance(answer, Refused)
    assert answer.sentence.count(hostile) == 2


def test_an_allowed_verdict_names_its_permissions_and_grants() -> None:
    answer = verdict([C, G, V], Action.APPROVE, reach=Reach.COMPUTER_GROUP)
    assert isinstance(answer, Allowed)
    assert answer.sentence == "You may do this with Approve for Group at Contoso."
    assert [str(each) for each in answer.rests_on] == ["Approve for Group at id-left (access file, test)"]
    role = verdict(access(grant(G, role="Approver", at=TOP, and_below=True)), Action.APPROVE)
    assert isinstance(role, Allowed)
    assert [str(each) for each in role.rests_on] == [
        "Approve for Group in role Approver at id-top and below (access file, test)"
    ]
    assert verdict([], Action.WHOAMI).sentence == "You may do this whatever your permissions are."


def test_a_list_reads_as_a_sentence() -> None:
    assert listed(()) == ""
    assert listed(("a", "b", "c")) == "a, b and c"


def test_a_time_without_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        verdict([], Action.VIEW, now=NOW.replace(tzinfo=None))
