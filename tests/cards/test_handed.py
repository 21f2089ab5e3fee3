"""A case that was handed over: on its card, in the calls about it, in the form; and who asked on the phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inline_snapshot import snapshot

from bot.cards import home, parse_ref, render_case
from bot.cards.case.standing import CALLER_LENGTH, phone_input
from bot.cards.forms import hand_over
from bot.cards.forms.hand_over import HandOverForm, hand_over_modal
from bot.cards.kit import ids
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import duty as messages
from bot.models import Actor, Case, HandedOver, Kind, Standing, StepKind
from bot.models.rotas import Called
from tests.cards.reading import details, read
from tests.cards.samples import NOW, RULES, TOM, attempt, case, claim, decided, entry

ANA = Actor(person_id="ana", name="Ana Moreau", slack_user_id="U0ANA")
LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"
TEAM = HandedOver(by=ANA, at=NOW, because="It wants a policy.", user_group_id="S0ESCALATE")


def to_tom() -> Case:
    """Ana gave it to Tom."""
    given = HandedOver(by=ANA, at=NOW, because="You know this vendor.")
    return case(claim=claim().model_copy(update={"handed_over": given}))


def clock_of(one: Case) -> str:
    """The card's line of who is on it until when."""
    lines = read(render_case(one, RULES, NOW).blocks).split("\n")
    return next(line for line in lines if line.startswith("Due"))


def test_the_card_says_who_handed_it_to_whom_and_its_details_why() -> None:
    assert clock_of(to_tom()) == "Due {09:13} · Claimed by Tom Okafor, handed over by Ana Moreau"
    whole = details(to_tom())
    assert "Claimed by Tom Okafor, until {09:15}." in whole
    assert "Handed over to Tom Okafor by Ana Moreau, {09:00}: You know this vendor." in whole


def test_the_card_says_that_the_team_has_it_and_not_that_it_is_late() -> None:
    held = case(handed_over=TEAM)
    assert clock_of(held) == "Due {09:13} · Handed over to the escalation team by Ana Moreau"
    assert "Handed over to the escalation team by Ana Moreau, {09:00}: It wants a policy." in details(held)
    claimed = case(handed_over=TEAM, claim=claim())
    shown = "Due {09:13} · Claimed by Tom Okafor until {09:15}"
    assert clock_of(claimed) == shown
    assert "Claimed by Tom Okafor, until {09:15}." in details(claimed)


def test_a_closed_card_says_nothing_of_it_and_a_redacted_one_keeps_nothing() -> None:
    done = case(decided(1, Standing.APPROVED), handed_over=TEAM, closed_at=NOW)
    assert "wants a policy" not in read(render_case(done, RULES, NOW).blocks)


def step(kind: StepKind, held: Case, *, later: timedelta = timedelta()) -> Rendered:
    return messages.step_message(
        kind, held, RULES, NOW + later, called=Called(user_group_id="S0ESCALATE"), permalink=LINK
    )


def test_the_ceiling_says_who_has_it_since_when() -> None:
    assert read(step(StepKind.ESCALATE, case(handed_over=TEAM)).blocks) == snapshot("""\
@S0ESCALATE Escalated: the escalation team has had it since {09:00}, handed over by Ana Moreau;
    undecided after 15 minutes.
Application -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100: setup.exe on WS-001
    at Contoso
[Claim] [Open]\
""")
    assert read(step(StepKind.ESCALATE, to_tom()).blocks) == snapshot("""\
@S0ESCALATE Escalated: Tom Okafor has had it since {09:00}, handed over by Ana Moreau; undecided
    after 15 minutes.
Application -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100: setup.exe on WS-001
    at Contoso
Claimed by Tom Okafor, until {09:15}.
[Open]\
""")
    claimed = case(handed_over=TEAM, claim=claim())
    assert read(step(StepKind.ESCALATE_AGAIN, claimed, later=timedelta(minutes=28)).blocks) == snapshot("""\
@S0ESCALATE Still undecided: Tom Okafor has had it since {09:00}, handed over by Ana Moreau; 15
    minutes late. Claim or decide it to stop these calls.
Application -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100: setup.exe on WS-001
    at Contoso
Claimed by Tom Okafor, until {09:15}.
[Open]\
""")


def test_a_claim_that_nobody_handed_over_changes_no_call() -> None:
    said = step(StepKind.ESCALATE, case(claim=claim())).text
    assert "undecided after 15 minutes" in said
    assert "has had it" not in said


def test_the_team_is_called_with_the_sentence() -> None:
    assert read(hand_over.handed_to_team(case(handed_over=TEAM), TEAM, LINK).blocks) == snapshot("""\
@S0ESCALATE Handed over: Ana Moreau gives this to the escalation team: It wants a policy.
Application -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100: setup.exe on WS-001
    at Contoso
It is not late. Due {09:13}.
[Claim] [Open]\
""")


def test_what_is_late_already_is_not_called_early() -> None:
    late = TEAM.model_copy(update={"at": NOW + timedelta(hours=1)})
    assert "Its time is over already" in hand_over.handed_to_team(case(handed_over=late), late, LINK).text


def test_the_receiver_reads_what_they_have_now() -> None:
    said = hand_over.handed_to_you(to_tom(), ANA.name, "You know this vendor.", LINK)
    assert read(said.blocks) == snapshot("""\
Ana Moreau hands this over to you: You know this vendor.
Application: setup.exe on WS-001 at Contoso
It is claimed for you until {09:15}. Release it on the card if you cannot take it.
Due {09:13}.
Go to the card -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100\
""")


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a modal by block id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def test_the_form_with_both_ways_open() -> None:
    view = hand_over_modal(HandOverForm(case=case(kind=Kind.ELEVATION), claims_first=True))
    assert read(view["blocks"]) == snapshot("""\
Elevation: setup.exe
Organization: Contoso
To whom (needed): [A person | The escalation team]
Which person (optional): []
  Somebody who may decide this request; it is claimed for them, with a fresh time.
In a sentence (needed): [____]
  What the receiver has to know. It stands on the card and in the record.
(Nobody has claimed it. Handing it to a person claims it for you first, in the same step.)
(The team on duty is called once, at once: handed over early is not late.)
(In its hours the escalation team takes end users' elevation requests anyway.)
(The time limit stays as it is.)\
""")
    assert view["callback_id"] == ids.HAND_OVER_VIEW
    assert parse_ref(view["private_metadata"]) == ids.CaseRef("c1f00d", 3)
    held = inputs(view)
    assert held[ids.TO_BLOCK]["element"]["initial_option"]["value"] == ids.TO_PERSON
    assert (held[ids.PERSON_BLOCK]["optional"], held[ids.REASON_BLOCK]["optional"]) == (True, False)


def test_the_form_with_one_way_closed_says_why() -> None:
    person = hand_over_modal(HandOverForm(case=case(), team_closed="The team has it already."))
    assert inputs(person)[ids.PERSON_BLOCK]["optional"] is False
    assert "Closed for you: to the escalation team, because the team has it already." in read(
        person["blocks"]
    )
    team = hand_over_modal(HandOverForm(case=case(), person_closed="Tom Okafor has claimed it."))
    assert ids.PERSON_BLOCK not in inputs(team)
    assert inputs(team)[ids.TO_BLOCK]["element"]["initial_option"]["value"] == ids.TO_TEAM


def test_a_form_with_every_way_closed_cannot_be_submitted() -> None:
    view = hand_over_modal(HandOverForm(case=case(), team_closed="a", person_closed="b"))
    assert "submit" not in view
    assert view["callback_id"] == ids.SAID_VIEW


# --- on the phone ----------------------------------------------------------------------------------------


def test_who_asked_on_the_phone_stands_on_the_settled_card() -> None:
    ours = attempt(effect="")
    ours = ours.model_copy(
        update={"choice": ours.choice.model_copy(update={"on_phone_with": "Dana <!channel>"})}
    )
    shown = read(
        render_case(case(decided(1, Standing.APPROVED, ours=ours), closed_at=NOW), RULES, NOW).blocks
    )
    assert "WS-001, by its hash, asked for by Dana <!channel> on the phone" in " ".join(shown.split())


def test_the_field_is_optional_and_short() -> None:
    field = phone_input("Dana")
    assert (field["optional"], field["element"]["max_length"]) == (True, CALLER_LENGTH)
    assert field["element"]["initial_value"] == "Dana"
    assert "initial_value" not in phone_input()["element"]


def test_find_puts_a_button_beside_what_its_reader_may_approve() -> None:
    """The value is the case's own reference, so the form opens at once from the answer."""
    mine, other = case(kind=Kind.ELEVATION), case(case_id="c2")
    lines = [home.CaseLine(mine, LINK, may_approve=True), home.CaseLine(other, LINK)]
    answer = home.find_answer("dana", lines, as_of=NOW, days=7)
    (row,) = [block for block in answer.blocks if block["type"] == "actions"]
    (button,) = row["elements"]
    assert (button["action_id"], button["value"]) == (ids.APPROVE_MODAL, "c1f00d.3")
    assert button["text"]["text"] == "Approve… setup.exe on WS-001"


def test_find_offers_a_few_buttons_and_counts_computers_instead_of_naming_many() -> None:
    several = case(entry(1), entry(2))
    lines = [home.CaseLine(several, LINK, may_approve=True)] * 25
    rows = [
        block
        for block in home.find_answer("dana", lines, as_of=NOW, days=7).blocks
        if block["type"] == "actions"
    ]
    assert len(rows) == home.BUTTONS_SHOWN
    assert len({row["block_id"] for row in rows}) == home.BUTTONS_SHOWN
    assert rows[0]["elements"][0]["text"]["text"] == "Approve… setup.exe on 2 computers"
    assert TOM.name not in rows[0]["elements"][0]["text"]["text"]


def test_a_list_says_that_the_team_has_it() -> None:
    line = home.CaseLine(case(handed_over=TEAM), LINK)
    assert "with the escalation team" in home.find_answer("dana", [line], as_of=NOW, days=7).text
    claimed = home.CaseLine(case(handed_over=TEAM, claim=claim()), LINK)
    said = home.find_answer("dana", [claimed], as_of=NOW, days=7).text
    assert "claimed by Tom Okafor" in said
    assert "with the escalation team" not in said
