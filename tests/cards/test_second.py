"""The second pair of eyes, as people read it: the card that waits, the modal, the form to send back, what is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import CaseRef, parse_ref, render_case, render_cases
from bot.cards.forms import second
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.models import (
    Actor,
    Awaited,
    Case,
    Choice,
    EarlierDecision,
    Finding,
    Kind,
    Reach,
    RequestEntry,
    SecondApproval,
    Seen,
    Standing,
    Verb,
)
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
    facts,
)

BO = Actor(person_id="bo", name="Bo Lindqvist", slack_user_id="U0BO")


def waiting(*entries: RequestEntry, **changed: Any) -> second.SecondForm:
    """The form over these waiting requests."""
    held = entries or (entry(awaited=awaited()),)
    values: dict[str, Any] = {"case": case(*held), "waiting": held, "writes_on": True}
    return second.SecondForm(**(values | changed))


def buttons(blocks: list[dict[str, Any]]) -> list[str]:
    """The action ids of a card's row."""
    return [
        element["action_id"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_the_card_says_who_would_approve_what_and_why_one_is_not_enough() -> None:
    """Nothing on it says approved."""
    shown = read(render_case(case(entry(awaited=awaited())), RULES, NOW).blocks)
    assert "Approved" not in shown
    assert shown == snapshot("""\
# ◑ Application: setup.exe · waiting for a second person
WS-001 · Contoso · Dana 1
“Needed for the quarterly report”
From Downloads · checks still running · signed by Fabrikam Inc
Tom Okafor would approve for the entire organization
Due {09:13}
[Second…] [Approve…] [Deny…] [Claim] [Details | Escalate | Hand over… | Why blocked? | Open in the
    portal]\
""")
    whole = details(case(entry(awaited=awaited())))
    assert "Effect: setup.exe may run on the entire organization Contoso, recognized by its hash." in whole
    assert "Two people have to agree, because it reaches the entire organization." in whole
    assert "“Second…” shows another person what was seen and written" in whole


def test_second_takes_the_place_of_the_one_press_and_a_row_holds_five() -> None:
    plain = buttons(render_case(case(claim=claim()), RULES, NOW).blocks)
    held = buttons(render_case(case(entry(awaited=awaited()), claim=claim()), RULES, NOW).blocks)
    assert plain[0] == ids.APPROVE_COMPUTER
    assert held == [ids.SECOND_MODAL, *plain[1:]]
    assert len(held) <= 5


def plain(reason: str = "", **changed: Any) -> Awaited:
    """What one press of Tom's would approve, waiting."""
    values = {"choice": Choice(verb=Verb.APPROVE, reason=reason), "reaches": Reach.COMPUTER}
    return awaited(**(values | changed))


def test_what_one_press_would_approve_is_agreed_to_in_one_press_and_the_row_holds_five() -> None:
    drawn = render_case(case(entry(awaited=plain()), claim=claim(), evidence=evidence()), RULES, NOW)
    row = [e for block in drawn.blocks if block["type"] == "actions" for e in block["elements"]]
    assert [e["action_id"] for e in row][:2] == [ids.AGREE, ids.SECOND_MODAL]
    assert len(row) == 5
    assert row[0]["text"]["text"] == "Agree on WS-001"
    named = parse_ref(row[0]["value"])
    assert named is not None
    assert named.awaited_id == "w-1"


@pytest.mark.parametrize(
    "held",
    [
        plain("The owner rang"),
        plain(choice=Choice(verb=Verb.APPROVE, expires_at=NOW)),
        plain(choice=Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=1)),
        plain(reaches=Reach.ORGANIZATION),
    ],
    ids=["words of one's own", "an end", "administrator rights", "further"],
)
def test_what_says_more_than_one_press_is_read_in_the_form(held: Awaited) -> None:
    drawn = render_case(case(entry(awaited=held), evidence=evidence()), RULES, NOW)
    assert ids.AGREE not in buttons(drawn.blocks)
    assert ids.SECOND_MODAL in buttons(drawn.blocks)


def test_what_is_unusual_is_read_in_the_form() -> None:
    unsigned = facts(signers=(), path="C:\\Users\\x\\Downloads\\setup.exe")
    drawn = render_case(case(entry(awaited=plain()).model_copy(update={"facts": unsigned})), RULES, NOW)
    assert ids.AGREE not in buttons(drawn.blocks)


def test_a_shared_card_is_agreed_to_for_all_that_waits_in_one_press() -> None:
    cases = [
        case(
            entry(number, awaited=plain()),
            case_id=f"c{number:024x}",
            organization_id=f"org-{number}",
            evidence=evidence(),
        )
        for number in (1, 2)
    ]
    drawn = render_cases(cases, RULES, NOW)
    row = [e for block in drawn.blocks if block["type"] == "actions" for e in block["elements"]]
    assert row[0]["text"]["text"] == "Agree on these 2 computers"
    named = parse_ref(row[0]["value"])
    assert named is not None
    assert len(named.others) == 1


EARLIER = RULES.model_copy(update={"second": SecondApproval(earlier_yes=True)})


def by_tom(**changed: Any) -> EarlierDecision:
    """Tom's approval of the same file for another computer of the organization."""
    return earlier(
        **({"by": "Tom Okafor", "by_us": True, "same_file": True, "at": NOW, "seen": Seen.NEVER} | changed)
    )


def test_who_agreed_before_is_named_where_somebody_else_decides_in_one_press() -> None:
    one = case(evidence=evidence(earlier=(by_tom(),)))
    assert "Tom Okafor approved it; somebody else has to agree" in read(render_case(one, EARLIER, NOW).blocks)
    assert "somebody else" not in read(render_case(one, RULES, NOW).blocks), "where the setting is off"


@pytest.mark.parametrize(
    "before",
    [
        (by_tom(same_file=False),),
        (by_tom(taken_back=True),),
        (by_tom(by_us=False),),
        (by_tom(at=NOW - RULES.access.shift - timedelta(minutes=1)),),
        (by_tom(), by_tom(by="Ada Lund", computer_id="another")),
        (by_tom(two_people=True),),
    ],
    ids=["another file", "taken back", "in the portal", "too old", "two already", "two agreed"],
)
def test_where_anybodys_press_is_as_good_nobody_is_named(before: tuple[EarlierDecision, ...]) -> None:
    one = case(evidence=evidence(earlier=before))
    assert "somebody else" not in read(render_case(one, EARLIER, NOW).blocks)


def test_a_shared_card_names_who_agreed_at_another_customer() -> None:
    held = decided(1, Standing.APPROVED, ours=attempt(recorded_at=NOW))
    first = case(held, case_id=f"c{1:024x}", organization_id="org-1", closed_at=NOW)
    second_one = case(
        entry(2), case_id=f"c{2:024x}", organization_id="org-2", evidence=evidence(seen=Seen.NEVER)
    )
    shown = read(render_cases([first, second_one], EARLIER, NOW).blocks)
    assert "Tom Okafor approved it; somebody else has to agree" in " ".join(shown.split())
    assert "somebody else" not in read(render_cases([first, second_one], RULES, NOW).blocks)


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.PENDING])
def test_what_waits_no_more_has_no_such_button(standing: Standing) -> None:
    outcome = None if standing.is_open else ended(standing)
    held = entry(standing=standing, attempt=attempt() if standing.is_open else None, outcome=outcome)
    assert ids.SECOND_MODAL not in buttons(render_case(case(held), RULES, NOW).blocks)


def test_where_the_title_counts_a_line_says_that_a_second_person_is_wanted() -> None:
    sent = entry(2, Standing.DECIDING, attempt=attempt())
    shown = read(render_case(case(entry(1, awaited=awaited()), sent), RULES, NOW).blocks)
    assert "1 of 2 waiting" in shown
    assert "Second person wanted: Tom Okafor would approve for the entire organization" in shown


def test_one_of_several_requests_that_waits_is_named_by_its_computer() -> None:
    one = case(entry(1, awaited=awaited()), entry(2))
    assert "waiting for a second person" in read(render_case(one, RULES, NOW).blocks)
    assert "1 waiting for a second person, 1 waiting" in details(one)
    assert "WS-001: Waiting for a second person: Tom Okafor" in details(one)


def test_an_approval_of_two_people_names_both() -> None:
    ours = attempt(actor=BO, first=TOM)
    held = entry(standing=Standing.APPROVED, outcome=ended(Standing.APPROVED, ours=ours))
    for one in (case(held), case(held, closed_at=NOW)):
        assert "Approved by Bo Lindqvist, first Tom Okafor in Gatehouse" in details(one)
    closed = read(render_case(case(held, closed_at=NOW), RULES, NOW).blocks)
    assert "Approved by Bo Lindqvist, first Tom Okafor in Gatehouse" in closed


def test_the_modal_shows_what_the_first_one_saw_and_wrote() -> None:
    form = waiting(entry(awaited=awaited()))
    known = form.case.model_copy(update={"evidence": evidence(seen=Seen.NEVER)})
    view = second.second_modal(second.SecondForm(case=known, waiting=form.waiting, writes_on=True))
    assert view["submit"]["text"] == "Agree and approve"
    assert parse_ref(view["private_metadata"]) == CaseRef("c1f00d", 3, "w-1")
    before, _, after = read(view["blocks"]).partition("Asks to:")
    assert before == snapshot("""\
Application: setup.exe
Organization: Contoso
Effect: setup.exe may run on the entire organization Contoso, recognized by its hash.
First: Tom Okafor, {09:00}
Reaches: the entire organization.
Two people have to agree, because it reaches the entire organization.
Reason of the approval: Everybody in planning needs it
Validated: Detonated in the sandbox
Confirmed in the business by: Mia Brandt, planning
""")
    facts, mark, answers = after.partition("Your own remark")
    assert "Path: C:" in facts
    assert "Seen: never before in this organization" in facts
    assert mark + answers == snapshot("""\
Your own remark, for the record (optional): [____]
[Send back…]
(You are judged like anybody who approves this, and the first person is judged once more.)\
""")


def test_everything_that_was_written_is_shown_and_what_was_not_is_left_out() -> None:
    names = {
        "reason": "Why",
        "validated_how": "How",
        "confirmed_by": "Who",
        "safe_because": "Safe",
        "mode_because": "Mode",
        "ticket": "T-1",
        "on_phone_with": "Rita",
        "note_to_requestor": "Enjoy",
        "internal_note": "Psst",
    }
    lines = [
        "".join(run["text"] for run in line)
        for line in second.written_lines(Choice(verb=Verb.APPROVE, **names))
    ]
    assert lines == snapshot(
        [
            "Reason of the approval: Why",
            "Validated: How",
            "Confirmed in the business by: Who",
            "Why elevation without an end is safe: Safe",
            "Why no policy serves: Mode",
            "Ticket: T-1",
            "On the phone with: Rita",
            "The requestor will read: Enjoy",
            "Internal note: Psst",
        ]
    )
    assert len(second.written_lines(Choice(verb=Verb.APPROVE))) == 1


def test_many_computers_of_one_effect_are_one_line_and_the_others_own_ones() -> None:
    effects = [awaited(effect="As one"), awaited(effect="As one"), awaited(effect="Otherwise")]
    view = second.second_modal(waiting(*[entry(n, awaited=held) for n, held in enumerate(effects, 1)]))
    shown = read(view["blocks"])
    assert "Effect: WS-001, WS-002: As one" in shown
    assert "Effect: WS-003: Otherwise" in shown


def test_the_facts_are_those_of_the_requests_that_wait() -> None:
    held = entry(1, awaited=awaited())
    one = case(held, entry(2, path=r"D:\other.exe"))
    shown = read(
        second.second_modal(second.SecondForm(case=one, waiting=(held,), others=1, writes_on=False))["blocks"]
    )
    assert "other.exe" not in shown
    assert "1 more requests of this card wait on another person" in shown
    assert "writes are off" in shown


def test_the_form_to_send_it_back_asks_for_a_sentence_to_the_first_one() -> None:
    view = second.send_back_modal(waiting())
    assert view["callback_id"] == ids.SEND_BACK_VIEW
    assert parse_ref(view["private_metadata"]) == CaseRef("c1f00d", 3, "w-1")
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
Effect: setup.exe may run on the entire organization Contoso, recognized by its hash.
What should be looked at again? (needed): [____]
  Tom Okafor reads this. The request stays open.\
""")


def test_the_thread_is_told_whom_it_is_about_and_where_to_press() -> None:
    said = second.called(case(entry(awaited=awaited())), awaited(), RULES)
    assert read(said.blocks) == snapshot("""\
@S0APPROVE A second person is wanted: Tom Okafor would approve setup.exe at Contoso. Nothing is sent
    before another person agrees.
Effect: setup.exe may run on the entire organization Contoso, recognized by its hash.
Two people have to agree, because it reaches the entire organization. Agree, or send it back, on the
    card.\
""")
    sent_back = second.sent_back(case(), "Bo Lindqvist", "Which version?\nAnd why so wide?")
    assert read(sent_back.blocks) == snapshot("""\
Sent back: setup.exe. The request stays open.
Bo Lindqvist writes: Which version?
And why so wide?\
""")


WAITS = entry(awaited=awaited())
SENT = entry(standing=Standing.CHECKING, attempt=attempt(actor=BO, first=TOM))
OURS = attempt(actor=BO, first=TOM)
TELLS = {
    "replaced": (WAITS, entry(awaited=awaited(awaited_id="w-2", first=BO, effect="For the group only."))),
    "overtaken by a denial": (WAITS, entry(standing=Standing.DECIDING, attempt=attempt(Verb.DENY, actor=BO))),
    "overtaken by an approval": (WAITS, entry(standing=Standing.DECIDING, attempt=attempt(actor=BO))),
    "decided": (
        WAITS,
        entry(standing=Standing.REJECTED, outcome=ended(Standing.REJECTED, "Rejected", by="Pia")),
    ),
    "facts": (WAITS, entry(path=r"D:\new.exe")),
    "left": (WAITS, entry(standing=Standing.CLOSED, left=True, outcome=ended(Standing.CLOSED, "Moved"))),
    "went through": (SENT, entry(standing=Standing.APPROVED, outcome=ended(Standing.APPROVED, ours=OURS))),
    "too late": (
        SENT,
        entry(standing=Standing.REJECTED, outcome=ended(Standing.REJECTED, "Rejected", by="Pia")),
    ),
    "no effect": (SENT, entry()),
}


def test_the_first_one_hears_what_becomes_of_it() -> None:
    heard = []
    for name, (before, after) in TELLS.items():
        (told,) = answers.told_to_first(case(before), case(after))
        assert told.first == TOM
        assert told.said is not None
        heard.append(f"{name}:\n{read(told.said.blocks)}")
    assert "\n".join(heard) == snapshot("""\
replaced:
Your approval waits for a second person no more: setup.exe at Contoso
Bo Lindqvist would approve it otherwise: For the group only.
overtaken by a denial:
Your approval waits for a second person no more: setup.exe at Contoso
Bo Lindqvist denies it.
overtaken by an approval:
Your approval waits for a second person no more: setup.exe at Contoso
Bo Lindqvist approves it otherwise.
decided:
Your approval waits for a second person no more: setup.exe on WS-001 at Contoso
Decided by Pia: Rejected.
facts:
Your approval waits for a second person no more: new.exe on WS-001 at Contoso
The request's facts have changed. Look at it again.
left:
Your approval waits for a second person no more: setup.exe on WS-001 at Contoso
The request's facts have changed. Look at it again.
went through:
Agreed. Bo Lindqvist agreed to your approval of setup.exe at Contoso. The portal says: approved.
too late:
Too late. Bo Lindqvist agreed to your approval of setup.exe at Contoso on WS-001, but it came after
    another decision. The portal says: Rejected.
no effect:
No effect. Bo Lindqvist agreed to your approval of setup.exe at Contoso on WS-001, but it had no
    effect: the portal still calls it pending. Approve it anew, and ask for a second again.\
""")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (WAITS, WAITS),
        (
            WAITS,
            entry(standing=Standing.DECIDING, attempt=attempt(actor=BO, first=TOM, choice=awaited().choice)),
        ),
        (WAITS, entry()),
        (entry(), WAITS),
        (entry(), entry()),
        (SENT, SENT),
        (entry(standing=Standing.CHECKING, attempt=attempt()), entry()),
    ],
)
def test_the_first_one_hears_nothing_where_nothing_ended(before: RequestEntry, after: RequestEntry) -> None:
    """Agreed to, taken off with a sentence of its own, or nobody's second approval at all."""
    assert list(answers.told_to_first(case(before), case(after))) == []


def test_who_replaces_their_own_is_not_told_but_it_is_recorded() -> None:
    again = entry(awaited=awaited(awaited_id="w-2", effect="Better"))
    (told,) = answers.told_to_first(case(WAITS), case(again))
    assert (told.said, told.why, told.awaited_id) == (None, "replaced", "w-1")


def test_what_one_press_ends_for_many_requests_is_said_once() -> None:
    many = [entry(n, awaited=awaited()) for n in range(1, 4)]
    denied = [entry(n, Standing.DECIDING, attempt=attempt(Verb.DENY, actor=BO)) for n in range(1, 4)]
    told = list(answers.told_to_first(case(*many), case(*denied)))
    assert len(told) == 3
    assert len({one.key for one in told}) == 1
    assert "The card shows which requests still wait." in read(told[0].said.blocks if told[0].said else [])


@pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.ELEVATION])
def test_every_reach_is_said_in_words(kind: Kind) -> None:
    for reach, words in {
        Reach.COMPUTER: "one computer",
        Reach.COMPUTER_GROUP: "a computer group",
        Reach.ORGANIZATION: "the entire organization",
        Reach.GLOBAL: "a global group",
    }.items():
        view = second.second_modal(waiting(entry(kind=kind, awaited=awaited(reaches=reach))))
        assert f"Reaches: {words}." in read(view["blocks"])


def known_at(name: str, number: int = 1, **found: Any) -> Case:
    """The case of one customer, with what is known there."""
    held = None if found.pop("running", False) else evidence(**found)
    return case(entry(number, organization_name=name, awaited=awaited()), evidence=held)


def evidence_of(*concerned: Case) -> str:
    """What a family's form says of what was found out."""
    said = read(second.second_modal(waiting(concerned=concerned))["blocks"])
    return " ".join(said[said.index("Known at") :].partition("Your own remark")[0].split())


def test_a_family_shows_what_is_known_at_each_customer_and_the_same_once() -> None:
    later = NOW + timedelta(minutes=3)
    said = evidence_of(
        known_at("Contoso"),
        known_at("Fabrikam", seen=Seen.BEFORE),
        known_at("Northwind", checked_at=later),
        known_at("Adatum", running=True),
    )
    assert "Known at Contoso, Northwind:" in said, "another moment of the same checks makes no difference"
    assert "Known at Fabrikam:" in said
    assert "Known at Adatum: Evidence: still being gathered" in said
    assert said.count("Known at") == 3


def test_what_speaks_most_against_it_comes_first() -> None:
    said = evidence_of(known_at("Contoso"), known_at("Fabrikam", known_bad=Finding.YES))
    assert said.startswith("Known at Fabrikam:")


def test_a_large_family_is_told_as_far_as_a_modal_holds() -> None:
    concerned = [known_at(f"Customer {n}", product=f"Reader {n}", seen=Seen.NEW_VERSION) for n in range(60)]
    said = read(second.second_modal(waiting(concerned=concerned))["blocks"])
    assert said.count("Known at") == second.EVIDENCE_SHOWN
    left = 60 - second.EVIDENCE_SHOWN
    assert f"and what is known at {left} more; the card's details have it" in " ".join(said.split())
