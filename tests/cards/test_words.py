"""What people read: modals, messages, answers, look-ups and App Home, and what must be in each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import app_home, home, lookup, parse_ref, render_case
from bot.cards.forms.approve_form import ApproveForm, GroupOffer, ReachOffer
from bot.cards.forms.approve_modal import approve_modal
from bot.cards.kit import ids, words
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.words import as_text
from bot.cards.messages import answers
from bot.cards.messages import duty as messages
from bot.models import CardAddress, Case, Kind, Reach, Rules, Standing, Step, StepKind
from bot.models.rotas import Called
from tests.cards.everything import LINK, approve_form, group, page
from tests.cards.reading import read
from tests.cards.samples import NOW, RULES, TOM, attempt, case, claim, decided, entry


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a modal by block id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


IN_A_GROUP = {ids.REACH_BLOCK: "computer_group"}


def test_the_approve_modal_offers_the_open_reaches_and_explains_the_closed_one() -> None:
    form = approve_form(case(), "", groups=[GroupOffer("g-1", "Servers"), GroupOffer("g-2", "Desks", True)])
    assert inputs(approve_modal(form))[ids.REACH_BLOCK]["element"]["initial_option"]["value"] == "computer"
    view = approve_modal(replace(form, values=IN_A_GROUP))
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
How far (needed): [This computer | A computer group | The entire organization]
Closed for you: a global group, because closed.
Computer group (needed): [Desks (its own) | Servers]
  Another group than its own does not unblock this computer.
How was it validated? (needed): [____]
  Say what was done and seen.
Who in the business confirmed? (needed): [____]
  A name, and what that person is.
Reason, for the record (optional): [____]
[More…]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review.)\
""")
    assert (view["callback_id"], view["submit"]["text"]) == (ids.APPROVE_VIEW, "Approve")
    assert parse_ref(view["private_metadata"]) == ids.CaseRef("c1f00d", 3)
    reach = inputs(view)[ids.REACH_BLOCK]["element"]
    assert [option["value"] for option in reach["options"]] == ["computer", "computer_group", "organization"]
    assert reach["initial_option"]["value"] == "computer_group"
    assert inputs(view)[ids.COMPUTER_GROUP_BLOCK]["element"]["initial_option"]["value"] == "g-2"


def test_only_the_computer_asks_for_no_validation() -> None:
    offers = [ReachOffer(Reach.COMPUTER), ReachOffer(Reach.ORGANIZATION, "Needs more.")]
    view = approve_modal(ApproveForm(case=case(), reaches=offers, writes_on=True))
    assert set(inputs(view)) == {ids.REACH_BLOCK, ids.REASON_BLOCK}
    assert inputs(view)[ids.REASON_BLOCK]["optional"]


def test_a_policy_that_is_due_needs_a_justification() -> None:
    view = approve_modal(approve_form(case(policy_due=True), ""))
    reason = inputs(view)[ids.REASON_BLOCK]
    assert (reason["optional"], reason["label"]["text"]) == (False, "Justification")


def test_groups_without_an_own_one_preselect_none_and_no_groups_ask_for_none() -> None:
    servers = [GroupOffer("g-1", "Servers")]
    none_own = approve_modal(approve_form(case(), "", groups=servers, values=IN_A_GROUP))
    assert "initial_option" not in inputs(none_own)[ids.COMPUTER_GROUP_BLOCK]["element"]
    no_groups = approve_modal(approve_form(case(), "", groups=[]))
    assert ids.COMPUTER_GROUP_BLOCK not in inputs(no_groups)


def test_one_computer_at_a_time_must_be_picked_and_is_not_preselected() -> None:
    one = case(entry(1), entry(2))
    picked = inputs(approve_modal(approve_form(one, "", one_computer_only=True)))[ids.REQUESTS_BLOCK]
    assert (picked["element"]["type"], picked["optional"]) == ("static_select", False)
    assert "initial_option" not in picked["element"]
    some = inputs(approve_modal(approve_form(one, "")))[ids.REQUESTS_BLOCK]
    assert (some["element"]["type"], some["hint"]["text"]) == (
        "multi_static_select",
        "Leave empty for all 2.",
    )


def test_a_modal_that_comes_too_late_says_how_it_ended() -> None:
    done = case(decided(1, Standing.APPROVED, ours=attempt(effect="")), closed_at=NOW)
    view = approve_modal(approve_form(done, ""))
    assert "submit" not in view
    assert read(view["blocks"]).startswith(
        "This case is no longer waiting. Nothing was changed.\nApproved by Tom"
    )


def step(kind: StepKind, held: Case, rules: Rules = RULES) -> Rendered:
    return messages.step_message(
        kind, held, rules, NOW, called=Called(user_group_id="S0ESCALATE"), permalink=LINK
    )


def test_a_reminder_calls_the_claimer_else_the_approvers() -> None:
    kind, says = StepKind.REMIND_CHANNEL, "Still undecided;"
    assert step(kind, case(claim=claim())).text.startswith(f"<@{TOM.slack_user_id}> {says}")
    assert step(kind, case()).text.startswith(f"<!subteam^S0APPROVE> {says}")
    assert step(kind, case(), Rules()).text.startswith(f"Approvers: {says}")


def test_after_five_minutes_the_card_says_that_nobody_has_claimed_it() -> None:
    """It takes the place of a reminder, so it must not be cut."""
    reminder = Step(kind=StepKind.REMIND, due_at=NOW, taken_at=NOW)
    waits = case(entry(1, steps=(reminder,)))
    assert "unclaimed" in read(render_case(waits, RULES, NOW).blocks)
    claimed = waits.model_copy(update={"claim": claim()})
    assert "unclaimed" not in read(render_case(claimed, RULES, NOW).blocks)
    coming = case(entry(1, steps=(reminder.model_copy(update={"taken_at": None}),)))
    assert "unclaimed" not in read(render_case(coming, RULES, NOW).blocks)


def test_what_the_claimer_alone_hears_mentions_nobody() -> None:
    said = step(StepKind.REMIND, case(claim=claim()))
    assert said.text.startswith("You have claimed a request that still waits for a decision. Due")
    assert "user" not in {run["type"] for run in said.blocks[0]["elements"][0]["elements"]}
    assert LINK in said.text


def test_a_reminder_without_a_deadline_names_none() -> None:
    assert "Due" not in step(StepKind.REMIND, case(entry(1, steps=()))).text


def test_an_escalation_says_why_what_who_and_where() -> None:
    said = step(StepKind.ESCALATE, case(claim=claim()))
    assert read(said.blocks) == snapshot("""\
@S0ESCALATE Escalated: undecided after 15 minutes.
Application -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100: setup.exe on WS-001
    at Contoso
Claimed by Tom Okafor, until {09:15}.
[Open]\
""")
    assert said.text == snapshot("""\
<!subteam^S0ESCALATE> Escalated: undecided after 15 minutes.
<https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100|Application>: setup.exe on WS-001 at Contoso
Claimed by Tom Okafor, until <!date^1772442900^{date_short_pretty} at {time}|2026-03-02 09:15 UTC>.\
""")


def test_an_escalation_without_a_link_says_where_to_look() -> None:
    said = messages.step_message(
        StepKind.ESCALATE,
        case(card=CardAddress(channel_id="C1", ts="1", posted_at=NOW)),
        RULES,
        NOW,
        called=Called(),
        permalink="https://evil.example/archives/C1/p1",
    )
    assert "The card is in the channel of this organization." in said.text
    assert "The card is in the channel of this organization." in read(said.blocks)
    assert "evil" not in str(said.blocks)


def test_a_call_whose_card_is_not_there_yet_does_not_say_where_it_is() -> None:
    said = messages.step_message(StepKind.ESCALATE, case(), RULES, NOW, called=Called(), permalink="")
    assert "The card is in" not in said.text


def test_a_widespread_file_is_one_ping() -> None:
    said = messages.widespread_ping(
        case(*(entry(n) for n in range(1, 41))), Called(user_group_id="S0ESCALATE"), LINK
    )
    assert "asked for on 40 computers" in said.text


def test_p4_a_refusal_names_at_most_three_who_could() -> None:
    said = answers.refused("Elevation needs Elevation Administrator at Contoso.", ["Ada", "Bo", "Cy", "Di"])
    assert "Who could: Ada, Bo, Cy and 1 more" in said.text
    team = answers.refused("No.", (), "the cybersecurity team", technician=True)
    assert read(team.blocks) == snapshot("""\
Not done: No.
Ask the cybersecurity team.
Local admin rights do not replace review; the cybersecurity team reviews around the clock.\
""")


def test_p4_a_press_that_was_not_stored_says_press_again() -> None:
    assert answers.not_recorded().text.startswith("Not recorded, press again.")


def test_the_five_outcomes_of_a_lookup_are_never_mistaken_for_each_other() -> None:
    said = {
        "found": lookup.found(page("WS-1", [group("C:\\a.exe")], total_groups=1)).text,
        "nothing": lookup.nothing_blocked(page("WS-1", [])).text,
        "not allowed": lookup.not_allowed("It needs View Unified Audit at Contoso.", ["Ada"]).text,
        "cannot": lookup.cannot_look("The portal does not answer.").text,
        "question": lookup.not_understood("WS-1 soon", "“soon” is no span").text,
    }
    assert [name for name, text in said.items() if "Nothing was blocked" in text] == ["nothing"]
    assert [name for name, text in said.items() if "does not mean that nothing was blocked" in text] == [
        "not allowed",
        "cannot",
    ]
    assert len({text.split(":")[0] for text in said.values()}) == 5


def test_blocked_groups_say_count_time_policy_simulated_and_the_open_case() -> None:
    groups = [
        group("C:\\a.exe", computers=("WS-1",), users=("dana",), policy="Default Deny", action="execute"),
        group(
            "C:\\b.exe", count=1, simulated=True, card_link="", has_open_request=True, computers=(), users=()
        ),
    ]
    shown = lookup.found(
        page("WS-1", groups, organizations=["A", "B"], first=11, total_groups=12, newer="n", older="")
    )
    assert read(shown.blocks) == snapshot("""\
Blocked: WS-1, the last 24 hours, in 2 organizations that you may look into
11 to 12 of 12 subjects.

11. C:\\a.exe
12 times, last {09:00}; really blocked
Policy: Default Deny; action: execute
On WS-1; user dana
An approval request is open: go to the card ->
    https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100

12. C:\\b.exe
once, last {09:00}; simulated: it ran, and would have been blocked
Policy: C:\\b.exe; action: C:\\b.exe
An approval request is open.
[Newer]\
""")
    buttons = [
        element for block in shown.blocks if block["type"] == "actions" for element in block["elements"]
    ]
    assert [(button["action_id"], button["value"]) for button in buttons] == [(ids.LOOKUP_NEWER, "n")]


def test_the_home_shows_claims_queue_and_grants() -> None:
    one = case(claim=claim())
    shown = app_home.HomePage(
        name="Tom",
        claims=[home.CaseLine(one, LINK)],
        queue=[home.CaseLine(case(entry(1, kind=Kind.ELEVATION, steps=())), may_deny=True, may_claim=True)],
        grants=[
            home.GrantLine(what="Approve for Group", where="Contoso", until=NOW + timedelta(days=1)),
            home.GrantLine(what="Super Admin", where="Contoso", note="acts on everything below"),
        ],
        now=NOW,
        writes_on=True,
    )
    assert read(app_home.render_home(shown)["blocks"]) == snapshot("""\
# Gatehouse
# My claims
Application: setup.exe on WS-001 at Contoso (1 waiting), due {09:13}, claimed by Tom Okafor Go to
    the card -> https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100
# Waiting for a decision that I may make
Elevation: setup.exe on WS-001 at Contoso (1 waiting)
[Deny…] [Claim]
# What I may do
Approve for Group at Contoso, until {09:00}
Super Admin at Contoso. acts on everything below
[Refresh]
(As of <!date^1772442000^{date_short_pretty} at {time}|2026-03-02 09:00 UTC>)\
""")


def test_help_says_how_each_command_is_typed_and_what_it_does() -> None:
    lines = [home.HelpLine("/gatehouse queue", "what waits"), home.HelpLine("/blocked <path>", "why")]
    assert read(home.help_answer(lines).blocks) == snapshot("""\
What you can do
/gatehouse queue what waits
/blocked <path> why
Decide on the cards in the channels of your organizations, or on App Home.\
""")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://portal.threatlocker.com/a?b=c", True),
        ("http://portal.threatlocker.com", False),
        ("https://", False),
        ("https://evil.example/|https://good.example", False),
        ("https://a b", False),
        ("https://a\u202e", False),
        ("javascript:alert(1)", False),
        ("https://a/" + "x" * 3000, False),
        ("", False),
    ],
)
def test_only_plain_https_addresses_become_links(url: str, good: bool) -> None:
    assert words.is_link(url) is good
    assert words.link(url, "x")["type"] == ("link" if good else "text")


@pytest.mark.parametrize(
    ("url", "good"),
    [
        (LINK, True),
        ("https://x.slack-gov.com/archives/C1/p1", True),
        ("https://slack.com.evil.example/archives/C1", False),
        ("https://evilslack.com/archives/C1", False),
        ("https://x.slack.com@evil.example/", False),
    ],
)
def test_a_permalink_leads_to_slack(url: str, good: bool) -> None:
    assert (words.permalink(url, "x") is not None) is good


def test_the_fallback_text_keeps_links_and_channels_as_tokens() -> None:
    line = [words.link("https://a.example/?x=1&y=2", "the <page>"), words.say(" & "), words.channel("C0X1")]
    assert as_text([line]) == "<https://a.example/?x=1&amp;y=2|the &lt;page&gt;> &amp; <#C0X1>"


def test_a_time_is_told_in_utc_whatever_zone_it_is_held_in() -> None:
    """The end of a grant stands in the access file in any zone."""
    there = datetime(2027, 1, 31, 18, tzinfo=timezone(timedelta(hours=5)))
    assert words.moment(there)["fallback"] == "2027-01-31 13:00 UTC"
    assert words.moment_token(there).endswith("|2027-01-31 13:00 UTC>")
