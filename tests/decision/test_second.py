"""Two people, one approval: who may be the second, what voids the first one's yes, and that nothing goes out before."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.models import Actor, Case, Change, Event, Given, GivenWrite, Standing, Suspension, Verb
from bot.rules import lifecycle
from permissions import Reach
from tests.decision.pairs import (
    TWO,
    agree,
    choose,
    file_with,
    first_yes,
    flat,
    in_thread,
    look,
    send_back,
    told,
    waiting,
    wide,
)
from tests.desk import Bench

PERMIT = "ApprovalRequestPermitApplication"


@pytest.fixture
def pair(bench: Bench) -> Bench:
    """A bench on which two people have to agree from a computer group on."""
    bench.with_rules(second=TWO)
    return bench


# The first yes


async def test_a_wide_approval_waits_for_a_second_person_and_nothing_is_sent(pair: Bench) -> None:
    """P2, P7: judged, recorded with everything that was seen and written, and said who could agree."""
    case = await pair.arrive()
    said = await choose(pair, "ana", case, wide(pair, case))
    assert said.startswith("Waiting for a second person. It reaches a computer group.")
    assert "Who could: Kim Okafor, Lee Sandoval, Zoe Adler." in said
    assert "the computer group" in said
    assert pair.portal.decisions == []
    case = await pair.case(case.case_id)
    (held,) = case.requests
    assert held.standing is Standing.PENDING
    awaited = waiting(case)
    assert (awaited.first.person_id, awaited.reaches) == ("ana", Reach.COMPUTER_GROUP)
    assert awaited.choice.confirmed_by == "Mia Brandt, logistics"
    assert awaited.facts_digest == held.facts.digest
    event = await pair.last("second_awaited")
    assert event.person_id == "ana"
    assert event.facts["awaited_id"] == awaited.awaited_id
    assert event.facts["rests_on"] == list(awaited.rests_on)
    assert event.private["validated_how"] == "Detonated in the sandbox"
    assert not await pair.events("decision_attempted")


async def test_the_thread_calls_who_can_second_it_by_name_once_for_all_requests_of_the_press(
    pair: Bench,
) -> None:
    """Not the whole group: most of it may not, and the first person would be called for their own press."""
    case = await pair.arrive_on(*pair.computers()[:3])
    await first_yes(pair, case=case)
    (line,) = in_thread(pair)
    assert "A second person is wanted: Ana Moreau would approve" in line
    called = [key for key, slack_id in pair.cast.user_ids.items() if f"@{slack_id}" in line]
    assert called == ["kim", "lee"], "two are enough"
    assert pair.desk.rules.escalation.approvers_user_group not in line


async def test_who_is_quiet_may_second_it_and_is_not_called(pair: Bench) -> None:
    """They are named last, so that whoever else could is asked first."""
    case = await pair.arrive()
    await file_with(pair, ("[people.kim]", "[people.kim]\nquiet = true"))
    said = await choose(pair, "ana", case, wide(pair, case))
    (line,) = in_thread(pair)
    assert f"@{pair.cast['kim']}" not in line
    assert f"@{pair.cast['lee']}" in line
    assert "Kim Okafor" in said
    assert said.index("Lee Sandoval") < said.index("Kim Okafor")


async def test_where_nobody_else_could_the_thread_mentions_nobody(pair: Bench) -> None:
    case = await pair.arrive()
    no_width = ('"Approve for Entire Organization", ', "")
    no_administrator = ('roles = ["Administrator"]', 'roles = ["Read Only"]')
    await file_with(pair, no_width, ('"Approve for Global", ', ""), no_administrator)
    await choose(pair, "ana", case, wide(pair, case))
    (line,) = in_thread(pair)
    assert line.startswith("A second person is wanted")


async def test_where_nobody_else_could_the_first_one_reads_that(pair: Bench) -> None:
    case = await pair.arrive()
    no_width = ('"Approve for Entire Organization", ', "")
    no_administrator = ('roles = ["Administrator"]', 'roles = ["Read Only"]')
    await file_with(pair, no_width, ('"Approve for Global", ', ""), no_administrator)
    said = await choose(pair, "ana", case, wide(pair, case))
    assert "Nobody else could at this moment" in said


async def test_with_writes_off_it_is_said_that_it_would_wait(pair: Bench) -> None:
    pair.with_rules(writes_on=False)
    case = await pair.arrive()
    said = await choose(pair, "ana", case, wide(pair, case))
    assert "It would wait for a second person first, because it reaches a computer group." in said
    assert waiting_nowhere(await pair.case(case.case_id))


def waiting_nowhere(case: Case) -> bool:
    """Nothing waits on any request of the case."""
    return all(entry.awaited is None for entry in case.requests)


async def test_a_narrow_approval_needs_one(pair: Bench) -> None:
    case = await pair.arrive()
    said = await choose(pair, "ana", case, wide(pair, case, reach=Reach.COMPUTER, computer_group_id=""))
    assert said.startswith("Approved.")


async def test_a_denial_never_needs_two(pair: Bench) -> None:
    case = await pair.arrive()
    said = await choose(pair, "ana", case, wide(pair, case, verb=Verb.DENY))
    assert said.startswith("Denied.")


async def test_who_may_not_approve_so_wide_leaves_nothing_waiting(pair: Bench) -> None:
    """The first press is judged in full: a junior's wide approval does not even wait."""
    case = await pair.arrive()
    said = await choose(pair, "bo", case, wide(pair, case))
    assert "Approve for Group" in said
    assert waiting_nowhere(await pair.case(case.case_id))


async def test_the_clock_runs_on_while_it_waits(pair: Bench) -> None:
    """P6: what waits for a second person is still undecided."""
    before = await pair.arrive()
    case = await first_yes(pair, case=before)
    assert case.due_at == before.due_at
    assert case.requests[0].steps == before.requests[0].steps
    assert case.revision == before.revision


# The second yes


async def test_the_second_person_s_yes_is_sent_once_and_names_both(pair: Bench) -> None:
    """P1, P2, P7: in the portal's note, in the record and on the card."""
    case = await first_yes(pair)
    said = await agree(pair, "kim", case, values={ids.REASON_BLOCK: "Checked the sandbox run"})
    assert said.startswith("Approved.")
    (write,) = pair.portal.decisions
    assert write.action == PERMIT
    assert write.body["policyLevel"]["toComputerGroup"] is True
    request = pair.portal.request(case.requests[0].facts.request_id)
    assert "Approved by Kim Okafor (first Ana Moreau) via Gatehouse" in request.comments
    (held,) = (await pair.case(case.case_id)).requests
    assert held.awaited is None
    assert held.outcome is not None
    attempt = held.outcome.attempt
    assert attempt is not None
    assert attempt.first is not None
    assert (attempt.actor.person_id, attempt.first.person_id) == ("kim", "ana")
    assert attempt.reaches is Reach.COMPUTER_GROUP
    for name in ("decision_attempted", "decision_settled"):
        event = await pair.last(name)
        assert event.person_id == "kim"
        assert event.facts["first_person_id"] == "ana"
        assert event.facts["first_rests_on"]
        assert event.private["second_remark"] == "Checked the sandbox run"
    (heard,) = told(pair, "ana")
    what = f"{held.facts.file_name} at {held.facts.organization_name}"
    assert heard == f"Agreed. Kim Okafor agreed to your approval of {what}. The portal says: Approved."
    assert not await pair.events("second_voided")


async def test_the_modal_shows_what_the_first_one_saw_and_wrote(pair: Bench) -> None:
    case = await first_yes(pair)
    view, shown = await look(pair, "kim", case)
    assert view["callback_id"] == ids.SECOND_VIEW
    for words in (
        "Ana Moreau",
        "the computer group",
        "New planning tool of the yard",
        "Detonated in the sandbox",
        "Mia Brandt, logistics",
        case.requests[0].facts.path,
        "Evidence",
    ):
        assert flat(words) in shown, words
    ref = ids.parse_ref(carried(view["private_metadata"]).ref)
    assert ref == ids.CaseRef(case.case_id, case.revision, waiting(case).awaited_id)
    assert pair.portal.decisions == []


async def test_many_requests_in_one_press_are_agreed_to_together_and_told_one_by_one(pair: Bench) -> None:
    case = await first_yes(pair, case=await pair.arrive_on(*pair.computers()[:3]))
    assert len({entry.awaited.press_id for entry in case.requests if entry.awaited}) == 1
    said = await agree(pair, "kim", case)
    assert said.count("Approved. ") == 3
    assert len(pair.portal.decisions) == 3
    assert set((await pair.became()).values()) == {"approved"}
    assert len(told(pair, "ana")) == 1


# Who may not be the second


async def test_the_same_person_under_another_slack_account_is_no_second(pair: Bench) -> None:
    """Persons are compared, not Slack ids."""
    other = pair.slack.add_person("ana2", real_name="Ana Moreau")
    await file_with(pair, (f'slack = ["{pair.cast["ana"]}"]', f'slack = ["{pair.cast["ana"]}", "{other}"]'))
    case = await first_yes(pair)
    for account in ("ana", other):
        _, shown = await look(pair, account, case)
        assert "must be another person, under whichever Slack account" in shown
        said = await agree(pair, account, case)
        assert "must be another person" in said
    assert (await pair.last("decision_refused")).facts["why"] == "same_person"
    assert pair.portal.decisions == []
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"


@pytest.mark.parametrize("who", ["bo", "hal", "eve", "ray", "gus", "pat", "dee", "U0NOBODY"])
async def test_who_could_not_approve_it_alone_cannot_agree_to_it(pair: Bench, who: str) -> None:
    """The full right for the same kind and reach; the refusal takes nothing off."""
    case = await first_yes(pair)
    await agree(pair, who, case)
    assert pair.portal.decisions == []
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"


async def test_the_modal_tells_who_could_instead_of_a_form(pair: Bench) -> None:
    case = await first_yes(pair, "kim")
    view, shown = await look(pair, "bo", case)
    assert view["callback_id"] == ids.SAID_VIEW
    assert "Approve for Group" in shown
    assert "Who could: Ana Moreau" in shown
    assert (await pair.last("press_refused")).facts["why"] == "reach"


async def test_nobody_is_the_second_for_their_own_request(pair: Bench) -> None:
    case = await pair.arrive()
    await file_with(pair, ('portal = ["kokafor"]', f"portal = ['{case.requests[0].facts.requestor}']"))
    case = await first_yes(pair, case=case)
    said = await agree(pair, "kim", case)
    assert "own" in said
    assert (await pair.last("decision_refused")).facts["why"] == "own_request"
    assert pair.portal.decisions == []


# The first one's yes is worth nothing any more


async def test_a_first_person_who_was_stopped_meanwhile_agrees_no_more(pair: Bench) -> None:
    """P1: both are judged at the second press; what waited is taken off, and it is said why."""
    case = await first_yes(pair)
    await suspend(pair, "ana")
    said = await agree(pair, "kim", case)
    assert "Ana Moreau, who approved it first, may not any more" in said
    assert pair.portal.decisions == []
    assert waiting_nowhere(await pair.case(case.case_id))
    event = await pair.last("second_voided")
    assert event.facts == {
        "awaited_id": waiting(case).awaited_id,
        "why": "suspended",
        "first_person_id": "ana",
    }
    assert len(told(pair, "ana")) == 1


async def suspend(bench: Bench, who: str) -> None:
    """Stop everything that a person may do."""
    by = Actor(person_id="kim", name="Kim Okafor", slack_user_id=bench.cast["kim"])
    stopped = Suspension(person_id=who, person_name=who, by=by, at=bench.desk.now(), reason="stolen laptop")
    stored = await bench.ledger.given()
    write = GivenWrite(Given(suspensions=(stopped,)), stored.version)
    event = Event(name="person_suspended")
    await bench.ledger.commit(Change(op_id="suspend", events=[event], given=write))


async def test_p1_a_first_yes_that_another_client_wrote_is_none(pair: Bench) -> None:
    """Whoever reaches the ledger could name anybody as the first person; one press of another one would be enough."""
    case = await first_yes(pair)
    forged = waiting(case).model_copy(
        update={"first": waiting(case).first.model_copy(update={"person_id": "lee"})}
    )
    request_id = case.requests[0].facts.request_id
    await pair.write(lifecycle.await_second(lifecycle.drop_awaited(case, request_id), request_id, forged))
    case = await pair.case(case.case_id)
    said = await agree(pair, "kim", case)
    assert "stands in the ledger without Gatehouse's mark" in flat(said)
    assert pair.portal.decisions == []
    assert waiting_nowhere(await pair.case(case.case_id))
    assert (await pair.last("second_voided")).facts["why"] == "not_ours"


async def test_a_first_person_whose_right_has_ended_agrees_no_more(pair: Bench) -> None:
    case = await first_yes(pair)
    await file_with(pair, ('"Approve for Group", "View Unified Audit"', '"Approve for Single Computer"'))
    view, shown = await look(pair, "kim", case)
    assert view["callback_id"] == ids.SAID_VIEW
    assert "Ana Moreau, who approved it first, may not any more" in shown
    assert "Approve for Group" in shown
    assert waiting_nowhere(await pair.case(case.case_id))
    assert (await pair.last("second_voided")).facts["why"] == "reach"


async def test_a_first_person_whose_grant_has_ended_agrees_no_more(pair: Bench) -> None:
    """A grant that ends at T is absent at T, also for whoever pressed before T."""
    rights = 'permissions = ["Approve for Group", "View Unified Audit"]'
    await file_with(pair, (rights, f"{rights}\nuntil = 2026-11-18T11:00:00Z"))
    case = await first_yes(pair)
    await pair.advance(minutes=59)
    await look(pair, "kim", case)
    assert waiting(await pair.case(case.case_id))
    await pair.advance(minutes=2)
    said = await agree(pair, "kim", case)
    assert "Ana Moreau, who approved it first, may not any more" in said
    assert waiting_nowhere(await pair.case(case.case_id))
    assert pair.portal.decisions == []


async def test_a_first_person_who_has_left_the_workspace_agrees_no_more(pair: Bench) -> None:
    case = await first_yes(pair)
    pair.slack.changes.set_person(pair.cast["ana"], deactivated=True)
    await pair.advance(minutes=2)
    said = await agree(pair, "kim", case)
    assert "Ana Moreau, who approved it first, may not any more" in said
    assert (await pair.last("second_voided")).facts["why"] == "deactivated"


async def test_a_first_person_who_cannot_be_looked_up_is_refused_and_still_waits(pair: Bench) -> None:
    """P9: a look-up that fails decides nothing and takes nothing off."""
    case = await first_yes(pair)
    await look(pair, "kim", case)
    await pair.advance(seconds=61)
    await pair.desk.people.who(pair.cast["kim"], pair.slack.team_id, pair.desk.now())
    pair.slack.faults.arm("server_error", method="users.info", times=-1)
    said = await agree(pair, "kim", case)
    assert "Slack could not tell us who you are" not in said
    assert "Ana Moreau cannot be looked up" in said
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"
    assert pair.portal.decisions == []


async def test_what_is_older_than_a_shift_is_void_at_the_second_press(pair: Bench) -> None:
    case = await first_yes(pair)
    await pair.advance(hours=8, seconds=1)
    said = await agree(pair, "kim", case)
    assert "more than 8 hours ago" in said
    assert waiting_nowhere(await pair.case(case.case_id))
    assert (await pair.last("second_voided")).facts["why"] == "too_old"
    assert pair.portal.decisions == []


async def test_at_the_end_of_a_shift_it_still_counts(pair: Bench) -> None:
    case = await first_yes(pair)
    await pair.advance(hours=7, minutes=59)
    assert (await agree(pair, "kim", case)).startswith("Approved.")


# Somebody else does something else meanwhile


async def test_a_denial_by_anybody_ends_the_waiting_and_the_first_one_is_told(pair: Bench) -> None:
    case = await first_yes(pair)
    await choose(pair, "bo", case, wide(pair, case, verb=Verb.DENY))
    (said,) = told(pair, "ana")
    assert said.startswith("Your approval waits for a second person no more")
    assert "Bo Lindqvist denies it." in said
    assert (await pair.last("second_voided")).facts["why"] == "overtaken"
    said = await agree(pair, "kim", case)
    assert "does not wait any more" in said
    assert [one.action for one in pair.portal.decisions] == ["ApprovalRequestUpdateForReject"]


async def test_a_narrower_approval_by_anybody_ends_the_waiting(pair: Bench) -> None:
    case = await first_yes(pair)
    said = await choose(pair, "bo", case, wide(pair, case, reach=Reach.COMPUTER, computer_group_id=""))
    assert said.startswith("Approved.")
    (heard,) = told(pair, "ana")
    assert "Bo Lindqvist approves it otherwise." in heard


async def test_another_wide_approval_of_somebody_else_takes_its_place(pair: Bench) -> None:
    case = await first_yes(pair)
    old = waiting(case).awaited_id
    case = await first_yes(pair, "kim", case, reason="Another reason")
    assert waiting(case).first.person_id == "kim"
    (heard,) = told(pair, "ana")
    assert "Kim Okafor would approve it otherwise" in heard
    said = await agree(pair, "ana", case, old)
    assert "does not wait any more" in said
    assert pair.portal.decisions == []
    assert (await agree(pair, "ana", case)).startswith("Approved.")


async def test_exactly_the_same_approval_is_sent_to_the_second_button(pair: Bench) -> None:
    """Whoever writes the same is asked to look at what the first one saw, not to start over."""
    case = await first_yes(pair)
    said = await choose(pair, "kim", case, wide(pair, case))
    assert "Ana Moreau approves exactly this already. Agree to it on the card." in said
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"


async def test_the_same_person_pressing_again_replaces_their_own_and_hears_nothing_of_it(pair: Bench) -> None:
    case = await first_yes(pair)
    again = await first_yes(pair, "ana", case, reason="Better words")
    assert waiting(again).choice.reason == "Better words"
    assert waiting(again).awaited_id != waiting(case).awaited_id
    assert told(pair, "ana") == []
    assert (await pair.last("second_voided")).facts["why"] == "replaced"


async def test_changed_facts_void_what_waits_and_the_first_one_is_told(pair: Bench) -> None:
    """P8: the second would agree to something that the first never saw."""
    case = await first_yes(pair)
    request = pair.portal.request(case.requests[0].facts.request_id)
    object.__setattr__(request, "reason", "Something else entirely")
    await pair.poll()
    await pair.say()
    assert waiting_nowhere(await pair.case(case.case_id))
    (heard,) = told(pair, "ana")
    assert "facts have changed" in heard
    said = await agree(pair, "kim", case)
    assert "does not wait any more" in said
    assert pair.portal.decisions == []


async def test_facts_that_change_just_before_the_second_press_void_it_too(pair: Bench) -> None:
    """The press asks the portal before anything is judged; the poll has not come yet."""
    case = await first_yes(pair)
    request = pair.portal.request(case.requests[0].facts.request_id)
    object.__setattr__(request, "reason", "Something else entirely")
    said = await agree(pair, "kim", case)
    assert "other facts than the card did" in said
    assert waiting_nowhere(await pair.case(case.case_id))
    assert len(told(pair, "ana")) == 1
    assert pair.portal.decisions == []


async def test_a_decision_in_the_portal_ends_the_waiting(pair: Bench) -> None:
    case = await first_yes(pair)
    pair.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Pia Portal")
    await pair.poll()
    await pair.say()
    (heard,) = told(pair, "ana")
    assert "Decided by Pia Portal" in heard
    said = await agree(pair, "kim", case)
    assert "does not wait any more" in said


# Sent back


async def test_it_is_sent_back_with_a_sentence_that_the_first_one_reads(pair: Bench) -> None:
    case = await first_yes(pair)
    said = await send_back(pair, "kim", case, "Which version is it? <!channel>")
    assert "Sent back to Ana Moreau" in said
    assert waiting_nowhere(await pair.case(case.case_id))
    (heard,) = told(pair, "ana")
    assert "Kim Okafor sends it back: Which version is it?" in heard
    assert "Which version is it?" in in_thread(pair)[-1]
    event = await pair.last("second_sent_back")
    assert event.person_id == "kim"
    assert event.facts["first_person_id"] == "ana"
    assert "Which version" in event.private["told"]
    assert "does not wait any more" in await agree(pair, "ana", case, waiting(case).awaited_id)
    assert pair.portal.decisions == []


async def test_sending_back_needs_the_right_to_deny(pair: Bench) -> None:
    case = await first_yes(pair)
    for who in ("hal", "eve", "gus"):
        await send_back(pair, who, case, "No")
    assert waiting(await pair.case(case.case_id)).first.person_id == "ana"


async def test_sending_back_needs_a_sentence(pair: Bench) -> None:
    case = await first_yes(pair)
    assert "Say what should be looked at" in await send_back(pair, "kim", case, "   ")
    assert waiting(await pair.case(case.case_id))


async def test_what_was_replaced_meanwhile_is_not_sent_back(pair: Bench) -> None:
    case = await first_yes(pair)
    again = await first_yes(pair, "ana", case, reason="Better words")
    said = await send_back(pair, "kim", again, "No", waiting(case).awaited_id)
    assert "does not wait any more" in said
    assert waiting(await pair.case(case.case_id)).choice.reason == "Better words"
