"""P3 and P7: somebody in the portal was faster, and a portal that takes a second decision carries ours out as well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app.looking_back import LookingBack
from bot.cards.kit import ids
from bot.decision.attempt import carry_out
from bot.decision.forms import approve_once
from bot.decision.reconcile import look_back
from bot.decision.telling import Became
from bot.desk import Amendment, amend, event_of, standing_approvals
from bot.models import Attempt, Case, DueKind, RequestEntry, Standing
from bot.portal import OutcomeUnknown, PortalError
from bot.rules.remembering import history_keys
from rehearsal.portal.faults import FaultKind
from tests.decision.test_attempt_and_reconcile import GET, look_again, prepared
from tests.desk import Bench, text_of


async def held_in(bench: Bench, case: Case) -> RequestEntry:
    (held,) = (await bench.case(case.case_id)).requests
    return held


def takes_effect(bench: Bench, case: Case, made: Attempt | None) -> None:
    """The later decision stands in the portal, with our attempt's mark where it is ours."""
    request_id = case.requests[0].facts.request_id
    shown = bench.portal.request(request_id)
    comments = f"{shown.comments} [attempt {made.attempt_id}]" if made else shown.comments
    bench.portal.world.requests[request_id] = replace(shown, status_id=4, comments=comments)


async def overtaken(
    bench: Bench, *, lands: bool = False, fails: PortalError | None = None
) -> tuple[Case, Attempt, Became]:
    """An approval on its way while somebody denies in the portal, which the poll finds first."""
    case = await bench.arrive()
    await bench.say()
    request_id = case.requests[0].facts.request_id
    sent: list[Attempt] = []

    async def send(made: Attempt) -> None:
        sent.append(made)
        bench.portal.decide_in_portal(request_id, approve=False, by="Ada")
        await bench.poll()
        assert (await held_in(bench, case)).standing is Standing.REJECTED
        if lands:
            takes_effect(bench, case, made)
        if fails is not None:
            raise fails

    result = await carry_out(bench.desk, replace(await prepared(bench, case), send=send))
    return case, sent[0], result.became


async def ends_told(bench: Bench) -> list[tuple[str, object]]:
    """The ends that the record tells, and whether they were ours."""
    names = ("decided_in_portal", "decision_settled")
    return [(one.event.name, one.event.facts["ours"]) for name in names for one in await bench.events(name)]


@pytest.mark.parametrize("fails", [None, OutcomeUnknown("silence")])
async def test_what_its_own_look_shows_corrects_the_closed_card_and_is_settled(
    bench: Bench, fails: PortalError | None
) -> None:
    case, made, became = await overtaken(bench, lands=True, fails=fails)
    held = await held_in(bench, case)
    assert became is Became.APPROVED
    assert held.standing is Standing.APPROVED
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert held.outcome.attempt.attempt_id == made.attempt_id
    assert held.overtaken is None
    assert await ends_told(bench) == [("decided_in_portal", False), ("decision_settled", True)]


async def test_what_takes_effect_after_everybody_looked_is_found_by_the_clock(bench: Bench) -> None:
    """The portal carried it out when the one who had sent it had long given up (seed 390 of the simulation)."""
    case, made, became = await overtaken(bench, fails=OutcomeUnknown("silence"))
    assert became is Became.DECIDED_BEFORE
    takes_effect(bench, case, made)
    await look_again(bench, 81)
    held = await held_in(bench, case)
    assert (held.standing, held.overtaken) == (Standing.APPROVED, None)
    assert await ends_told(bench) == [("decided_in_portal", False), ("decision_settled", True)]
    first = await bench.say()
    await bench.advance(seconds=2)  # Two posts in one thread, at Slack's pace.
    said = {one.effect_id: text_of(one) for one in [*first, *await bench.say()]}
    assert "went through" in said[f"after_all:{made.attempt_id}"]
    assert any(name.startswith(f"decided:{made.press_id}:") for name in said)
    await bench.advance(minutes=10)
    assert not await bench.due(DueKind.RECONCILE)


async def test_what_had_no_effect_is_asked_about_once_and_forgotten(bench: Bench) -> None:
    case, made, _ = await overtaken(bench, fails=OutcomeUnknown("silence"))
    await look_again(bench, 81)
    held = await held_in(bench, case)
    assert (held.standing, held.overtaken) == (Standing.REJECTED, None)
    assert (await bench.last("decision_overtaken")).facts["attempt_id"] == made.attempt_id
    assert await ends_told(bench) == [("decided_in_portal", False)]
    await bench.advance(minutes=10)
    assert not await bench.due(DueKind.RECONCILE)


async def test_somebody_elses_second_decision_is_shown_in_the_portals_words(bench: Bench) -> None:
    case, _, _ = await overtaken(bench, fails=OutcomeUnknown("silence"))
    takes_effect(bench, case, None)
    await look_again(bench, 81)
    held = await held_in(bench, case)
    assert held.standing is Standing.APPROVED
    assert held.outcome is not None
    assert held.outcome.attempt is None
    assert await ends_told(bench) == [("decided_in_portal", False)] * 2
    await look_again(bench, 6)
    assert (await held_in(bench, case)).overtaken is None


async def test_a_portal_that_does_not_answer_is_asked_again(bench: Bench) -> None:
    case, made, _ = await overtaken(bench, fails=OutcomeUnknown("silence"))
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    await look_again(bench, 81)
    assert (await held_in(bench, case)).overtaken is not None
    bench.portal.faults.clear()
    takes_effect(bench, case, made)
    await look_again(bench, 6)
    assert (await held_in(bench, case)).standing is Standing.APPROVED


async def test_a_request_that_is_gone_from_the_portal_is_asked_about_no_more(bench: Bench) -> None:
    case, made, _ = await overtaken(bench, fails=OutcomeUnknown("silence"))
    del bench.portal.world.requests[case.requests[0].facts.request_id]
    await look_again(bench, 81)
    assert (await held_in(bench, case)).overtaken is None
    assert (await bench.last("decision_overtaken")).facts["attempt_id"] == made.attempt_id


async def closed(bench: Bench, *, approve: bool | None = None) -> Case:
    """A case that somebody in the portal has decided (or, without a word of it, Ana here), its card drawn."""
    bench.portal.rules.set("refuse_double_decisions", value=False)
    case = await bench.arrive()
    if approve is None:
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    else:
        bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=approve, by="Ada")
        await bench.poll()
    await bench.say()
    await bench.advance(seconds=30)
    return await bench.case(case.case_id)


async def test_p3_a_second_decision_in_the_portal_corrects_a_closed_card(bench: Bench) -> None:
    """Nothing of ours was on its way, and no list of open requests shows it."""
    case = await closed(bench, approve=True)
    request_id = case.requests[0].facts.request_id
    assert await look_back(bench.desk) == 0
    bench.portal.decide_in_portal(request_id, approve=False, by="Tom")
    assert await look_back(bench.desk) == 1
    held = await held_in(bench, case)
    assert held.standing is Standing.REJECTED
    assert held.outcome is not None
    assert (held.outcome.state.decided_by, held.outcome.attempt) == ("Tom", None)
    assert await ends_told(bench) == [("decided_in_portal", False)] * 2
    [told] = [one for one in await bench.say() if one.effect_id.startswith("decided_again:")]
    assert told.in_thread
    assert "Decided once more, in the portal" in text_of(told)
    assert "Tom" in text_of(told)
    assert await look_back(bench.desk) == 0


async def test_p3_whoever_decided_here_hears_that_somebody_decided_otherwise(bench: Bench) -> None:
    case = await closed(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Tom", reason="No.")
    assert await look_back(bench.desk) == 1
    told = {one.effect_id.rpartition(":")[2]: one for one in await bench.say() if "again:" in one.effect_id}
    assert told["told"].slack_user_id == bench.cast["ana"]
    assert (await held_in(bench, case)).standing is Standing.REJECTED


@pytest.mark.parametrize("why", ["old", "late list", "silent", "redacted", "the same"])
async def test_what_is_no_second_decision_changes_nothing(bench: Bench, why: str) -> None:
    case = await closed(bench, approve=True)
    request_id = case.requests[0].facts.request_id
    first = bench.portal.request(request_id)
    bench.portal.decide_in_portal(request_id, approve=why == "the same", by="Tom")
    second = bench.portal.request(request_id)
    if why == "old":
        await bench.advance(minutes=16)
    elif why == "late list":
        assert first.decided_at is not None
        stale = replace(second, decided_at=first.decided_at - timedelta(seconds=9))
        bench.portal.world.requests[request_id] = stale
    elif why == "silent":
        bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    elif why == "redacted":
        await amend(bench.desk, case.case_id, lambda one: redacted(one, bench))
    assert await look_back(bench.desk) == 0
    assert (await held_in(bench, case)).standing is Standing.APPROVED


def redacted(case: Case, bench: Bench) -> Amendment:
    gone = case.model_copy(update={"redacted_at": bench.desk.now()})
    return Amendment(gone, [event_of("case_redacted", None, case, facts={"private_parts": 0})])


async def test_somebody_elses_second_decision_while_ours_may_still_come_is_told_in_the_thread(
    bench: Bench,
) -> None:
    case, _, _ = await overtaken(bench, fails=OutcomeUnknown("silence"))
    takes_effect(bench, case, None)
    await look_again(bench, 81)
    await bench.say()
    await bench.advance(seconds=2)  # Two posts in one thread, at Slack's pace.
    await bench.say()
    assert any(one.effect_id.startswith("decided_again:") for one in bench.said)


async def test_one_replica_looks_back_once_a_minute_and_says_its_troubles(bench: Bench) -> None:
    case = await closed(bench, approve=True)
    job = LookingBack(bench.desk)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Tom")
    bench.desk.gate.refuse(bench.desk.now())
    await job.look()
    assert (await held_in(bench, case)).standing is Standing.APPROVED
    bench.desk.gate.refused_since = None
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="ApprovalRequestGetByParameters")
    await job.look()
    assert (await held_in(bench, case)).standing is Standing.APPROVED
    bench.portal.faults.clear()
    await bench.advance(seconds=60)
    await job.look()
    assert (await held_in(bench, case)).standing is Standing.REJECTED


async def test_an_approval_that_was_overruled_counts_as_none_for_what_comes_next(bench: Bench) -> None:
    """Neither as approved before, nor towards a policy; a denial that was overruled is an approval."""
    case = await closed(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Tom")
    key = history_keys(case.requests[0].facts)[0]
    since = bench.desk.now() - timedelta(days=1)
    assert len(standing_approvals(await bench.ledger.history.earlier(key, since))) == 1
    await look_back(bench.desk)
    assert standing_approvals(await bench.ledger.history.earlier(key, since)) == []
    await bench.advance(seconds=1)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada")
    await look_back(bench.desk)
    [stands] = standing_approvals(await bench.ledger.history.earlier(key, since))
    assert stands.by == "Ada"
