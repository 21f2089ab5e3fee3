"""P2 and P3: one outstanding attempt, sent once, and a doubt that resolves itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import seams
from bot.cards.kit import ids
from bot.decision.attempt import SPENT, Prepared, carry_out
from bot.decision.forms import approve_once
from bot.decision.reconcile import find_outstanding, reconcile
from bot.decision.telling import Became
from bot.desk import Presser, identify
from bot.desk.recording import refusal_sentence
from bot.models import Attempt, Case, Choice, DueKind, RequestEntry, Standing, Verb
from bot.portal import (
    AlreadyActioned,
    Invalid,
    NotSent,
    OutcomeUnknown,
    PermissionMissing,
    PortalError,
    TokenRefused,
)
from bot.rules import lifecycle, remembering
from permissions import Action, Allowed, Ask, judge
from rehearsal.portal.faults import FaultKind
from tests.cards.samples import TOM, attempt
from tests.desk import Bench, text_of

GET = "ApprovalRequestGetById"


async def prepared(
    bench: Bench, case: Case, *, fails: PortalError | None = None, decides: str = ""
) -> Prepared:
    """A judged approval whose write does what the test says."""
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case)
    presser = await identify(bench.desk, press)
    assert isinstance(presser, Presser)
    facts = case.requests[0].facts

    async def send(made: Attempt) -> None:
        if decides:
            bench.portal.decide_in_portal(facts.request_id, approve=True, by=decides)
            _sign(bench, facts.request_id, made if decides == "us" else None)
        if fails is not None:
            raise fails

    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.APPROVE,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    verdict = judge(ask, presser.access, await bench.desk.tree.current(), bench.desk.now())
    assert isinstance(verdict, Allowed)
    return Prepared(
        press=press,
        presser=presser,
        case_id=case.case_id,
        facts=facts,
        choice=Choice(verb=Verb.APPROVE),
        verdict=verdict,
        judged_at=bench.desk.now(),
        send=send,
    )


def _sign(bench: Bench, request_id: str, made: Attempt | None) -> None:
    note = f"Approved by Ana Moreau [attempt {made.attempt_id}]" if made else "by hand [attempt a0ther]"
    request = bench.portal.request(request_id)
    bench.portal.world.requests[request_id] = replace(request, comments=note)


async def entry_now(bench: Bench, case: Case) -> tuple[Standing, Attempt | None]:
    """Where the one request stands, and its outstanding attempt."""
    (held,) = (await bench.case(case.case_id)).requests
    return held.standing, held.attempt


# Sending


@pytest.mark.parametrize(
    ("fails", "decides", "became", "standing"),
    [
        (None, "us", Became.APPROVED, Standing.APPROVED),
        (None, "Ada", Became.DECIDED_BEFORE, Standing.APPROVED),
        (None, "", Became.CHECKING, Standing.CHECKING),
        (OutcomeUnknown("silence"), "us", Became.APPROVED, Standing.APPROVED),
        (OutcomeUnknown("silence"), "", Became.CHECKING, Standing.CHECKING),
        (AlreadyActioned("too late", by="Ada"), "Ada", Became.DECIDED_BEFORE, Standing.APPROVED),
        (Invalid("no name"), "", Became.NOT_DECIDED, Standing.PENDING),
        (NotSent("no connection"), "", Became.NOT_DECIDED, Standing.PENDING),
        (PermissionMissing("no", permission="Approve for Group"), "", Became.NOT_DECIDED, Standing.PENDING),
        (TokenRefused("no"), "", Became.NOT_DECIDED, Standing.PENDING),
    ],
)
async def test_a_write_is_settled_by_what_the_portal_says_and_not_by_its_answer(
    bench: Bench, fails: PortalError | None, decides: str, became: Became, standing: Standing
) -> None:
    case = await bench.arrive()
    result = await carry_out(bench.desk, await prepared(bench, case, fails=fails, decides=decides))
    assert result.became is became
    now = await entry_now(bench, case)
    assert now[0] is standing
    assert (now[1] is not None) is (standing is Standing.CHECKING)


async def test_an_attempt_that_is_too_old_to_be_sent_is_not_sent(bench: Bench) -> None:
    """A process that was stopped between record and send sends nothing when it comes back."""
    bench.with_rules(decisions={"send_within": timedelta(0)})
    case = await bench.arrive()
    result = await carry_out(bench.desk, await prepared(bench, case, decides="us"))
    assert result.became is Became.NOT_DECIDED
    assert bench.portal.decisions == []
    assert bench.portal.request(case.requests[0].facts.request_id).is_open
    assert await entry_now(bench, case) == (Standing.PENDING, None)


async def test_an_attempt_whose_time_ran_out_between_record_and_send_is_not_sent_and_reopens_later(
    bench: Bench,
) -> None:
    """A process that was stopped there and comes back finds its time over."""
    case = await bench.arrive()
    made = await prepared(bench, case, decides="us")
    moved: list[seams.Seam] = []

    class Clock:
        """The ledger, whose clock jumps once the attempt is recorded: as for a process that was stopped there."""

        def __getattr__(self, name: str) -> Any:
            return getattr(bench.ledger, name)

        def now(self) -> datetime:
            stopped = seams.Seam.ATTEMPT_RECORDED in moved
            return bench.ledger.now() + (timedelta(seconds=21) if stopped else timedelta(0))

    seams.arm(moved.append)
    try:
        desk = replace(bench.desk, ledger=Clock())  # type: ignore[arg-type]  # it is the ledger but for the clock
        result = await carry_out(desk, made)
    finally:
        seams._armed.remove(moved.append)
    assert result.became is Became.CHECKING
    assert bench.portal.request(case.requests[0].facts.request_id).is_open
    assert "so nothing was sent" in result.sentence
    assert "not sent" in (await bench.last("decision_in_doubt")).private["told"]


@pytest.mark.parametrize(
    ("what", "became"),
    [
        ("taken", Became.BUSY),
        ("changed", Became.CHANGED),
        ("spent", Became.NOT_DECIDED),
        ("gone", Became.CHANGED),
    ],
)
async def test_no_attempt_is_recorded_on_what_is_not_free_for_it(
    bench: Bench, what: str, became: Became
) -> None:
    case = await bench.arrive()
    made = await prepared(bench, case, decides="us")
    held = case.requests[0]
    if what == "taken":
        await bench.write(lifecycle.begin_attempt(case, held.facts.request_id, attempt()))
    elif what == "changed":
        other = held.model_copy(update={"facts": held.facts.model_copy(update={"reason": "other"})})
        await bench.write(case.model_copy(update={"requests": (other,)}))
    elif what == "spent":
        spent = held.model_copy(update={"spent_presses": (made.press.press_id,)})
        await bench.write(case.model_copy(update={"requests": (spent,)}))
    else:
        made = replace(made, facts=made.facts.model_copy(update={"request_id": "another"}))
    result = await carry_out(bench.desk, made)
    assert result.became is became
    assert not await bench.events("decision_attempted")
    assert bench.portal.request(held.facts.request_id).is_open


async def test_a_decision_that_was_settled_while_we_read_back_is_settled_once(bench: Bench) -> None:
    """The poll of another replica was faster; both tell the same story."""
    case = await bench.arrive()
    made = await prepared(bench, case, decides="us")
    inner = made.send

    async def send_and_poll(one: Attempt) -> None:
        await inner(one)
        await bench.poll()

    result = await carry_out(bench.desk, replace(made, send=send_and_poll))
    assert result.became is Became.APPROVED
    assert len(await bench.events("decision_settled")) == 1


@pytest.mark.parametrize("fails", [OutcomeUnknown("silence"), Invalid("no")])
async def test_what_became_of_an_attempt_that_is_not_ours_any_more_is_left_alone(
    bench: Bench, fails: PortalError
) -> None:
    case = await bench.arrive()
    made = await prepared(bench, case)

    async def send_and_lose(_one: Attempt) -> None:
        current = await bench.case(case.case_id)
        (held,) = current.requests
        other = held.model_copy(update={"attempt": attempt(attempt_id="a-other")})
        await bench.write(current.model_copy(update={"requests": (other,)}))
        raise fails

    await carry_out(bench.desk, replace(made, send=send_and_lose))
    standing, left = await entry_now(bench, case)
    assert standing is Standing.DECIDING
    assert left is not None
    assert left.attempt_id == "a-other"


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (PermissionMissing("no", permission="Approve for Group"), "“Approve for Group”"),
        (PermissionMissing("not this", permission=None), "not this"),
        (TokenRefused("no"), "Writes are paused"),
        (Invalid("Must enter a name"), "Must enter a name"),
    ],
)
def test_the_portals_own_no_is_told_with_its_remedy(refusal: PortalError, words: str) -> None:
    assert words in refusal_sentence(refusal)


class Killed(Exception):
    """The process dies here."""


@contextmanager
def killed_at(seam: seams.Seam) -> Iterator[None]:
    """The process dies at a seam."""

    def die(reached: seams.Seam) -> None:
        if reached is seam:
            raise Killed

    seams.arm(die)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        seams._armed.remove(die)


@pytest.mark.parametrize("finds_out", ["poll", "reconcile", "press"])
async def test_p3_a_crash_after_the_portals_yes_does_not_forget_that_it_was_ours(
    bench: Bench, finds_out: str
) -> None:
    """The portal shows the decision without our mark: only the noted yes tells whose it is, whoever looks first."""
    case = await bench.arrive()
    made = await prepared(bench, case)
    request_id = case.requests[0].facts.request_id

    async def send(_: Attempt) -> None:
        bench.portal.decide_in_portal(request_id, approve=True, by="api")
        request = bench.portal.request(request_id)
        bench.portal.world.requests[request_id] = replace(request, comments="")

    with killed_at(seams.Seam.YES_NOTED):
        await carry_out(bench.desk, replace(made, send=send))
    if finds_out == "poll":
        await bench.poll()
    elif finds_out == "reconcile":
        await look_again(bench, 21)
    else:
        await bench.do(approve_once, made.press)
        await bench.poll()
    (held,) = (await bench.case(case.case_id)).requests
    assert held.standing is Standing.APPROVED
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert held.outcome.attempt.press_id == made.press.press_id
    assert [one.event.facts["ours"] for one in await bench.events("decision_settled")] == [True]


async def test_p3_a_yes_that_is_noted_is_not_shown_until_the_portal_shows_it(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.say()
    with killed_at(seams.Seam.YES_NOTED):
        await carry_out(bench.desk, await prepared(bench, case))
    standing, left = await entry_now(bench, case)
    assert standing is Standing.DECIDING
    assert left is not None
    assert left.answered
    assert (await bench.last("decision_write_answered")).facts["attempt_id"] == left.attempt_id
    await look_again(bench, 21)
    await look_again(bench, 60)
    (told,) = [one for one in await bench.say() if one.effect_id == f"doubt:{left.attempt_id}"]
    assert "The portal had accepted it, but still calls it pending" in text_of(told)


async def test_p3_what_was_given_up_and_is_shown_after_all_is_known_as_ours(bench: Bench) -> None:
    """The process stood still between its write and its look for so long that the clock opened the request again."""
    case = await bench.arrive()
    made = await prepared(bench, case, decides="us")
    inner = made.send

    async def slowly(one: Attempt) -> None:
        await look_again(bench, 21)
        await look_again(bench, 60)
        assert await entry_now(bench, case) == (Standing.PENDING, None)
        await inner(one)

    result = await carry_out(bench.desk, replace(made, send=slowly))
    assert result.became is Became.APPROVED
    told = {one.effect_id.partition(":")[0]: text_of(one) for one in await bench.say()}
    assert "had no effect" in told["doubt"]
    assert "went through" in told["after_all"]
    (held,) = (await bench.case(case.case_id)).requests
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert (await bench.last("decision_settled")).facts["ours"] is True


async def test_p3_a_late_process_says_how_it_stands_and_not_what_it_missed(bench: Bench) -> None:
    """The clock has opened the request again meanwhile; its write went nowhere and its look fails."""
    case = await bench.arrive()
    made = await prepared(bench, case)

    async def lost(_: Attempt) -> None:
        await look_again(bench, 21)
        await look_again(bench, 60)
        bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
        raise OutcomeUnknown("silence")

    result = await carry_out(bench.desk, replace(made, send=lost))
    assert (result.became, result.sentence) == (Became.NOT_DECIDED, SPENT)


@pytest.mark.parametrize(
    ("fails", "decides", "told"),
    [(None, "us", "Your approval went through"), (Invalid("no"), "", "Your approval had no effect")],
)
async def test_p3_whoever_was_told_on_its_way_by_a_second_process_hears_how_it_ended(
    bench: Bench, fails: PortalError | None, decides: str, told: str
) -> None:
    """The press was taken up again while its write was still on its way: only one of the two can answer it."""
    case = await bench.arrive()
    made = await prepared(bench, case, fails=fails, decides=decides)
    inner = made.send

    async def slowly(one: Attempt) -> None:
        assert "Outcome unknown, checking." in await bench.do(approve_once, made.press)
        assert (await entry_now(bench, case))[0] is Standing.CHECKING
        await inner(one)

    await carry_out(bench.desk, replace(made, send=slowly))
    said = [one for one in await bench.say() if one.effect_id.startswith("doubt:")]
    assert [told in text_of(one) for one in said] == [True]
    assert said[0].slack_user_id == bench.cast["ana"]
    assert len(await bench.events("decision_in_doubt")) == 1


async def test_p3_a_press_that_finds_its_attempt_ended_between_two_looks_says_so(bench: Bench) -> None:
    case = await bench.arrive()
    made = await prepared(bench, case, decides="us")
    held: list[RequestEntry] = []
    inner = made.send

    async def remember(one: Attempt) -> None:
        held.extend((await bench.case(case.case_id)).requests)
        await inner(one)

    await carry_out(bench.desk, replace(made, send=remember))
    found = await find_outstanding(bench.desk, made.press, case.case_id, held[0])
    assert found.became is Became.APPROVED
    assert not await bench.events("decision_in_doubt")


# Finding out


async def in_doubt(bench: Bench, verb: Verb = Verb.APPROVE) -> tuple[Case, Attempt]:
    """A case with an attempt whose answer is missing."""
    case = await bench.arrive()
    now = bench.desk.now()
    made = attempt(
        verb,
        attempt_id="a-doubt",
        recorded_at=now,
        not_after=now + bench.desk.rules.decisions.send_within,
        actor=TOM.model_copy(update={"slack_user_id": bench.cast["ana"]}),
    )
    begun = await bench.write(lifecycle.begin_attempt(case, case.requests[0].facts.request_id, made))
    await bench.say()
    return begun, made


async def look_again(bench: Bench, seconds: float) -> None:
    """Let time pass, then let the reconcile tick act on what is due."""
    await bench.advance(seconds=seconds)
    await reconcile(bench.desk, *(await bench.one_due(DueKind.RECONCILE)))


async def test_a_doubt_resolves_itself_when_the_portal_shows_our_decision(bench: Bench) -> None:
    case, made = await in_doubt(bench)
    request_id = case.requests[0].facts.request_id
    bench.portal.decide_in_portal(request_id, approve=True, by="api")
    _sign(bench, request_id, made)
    await look_again(bench, 21)
    assert (await entry_now(bench, case))[0] is Standing.APPROVED
    event = await bench.last("decision_settled")
    assert (event.facts["ours"], event.press_id) == (True, made.press_id)
    (told,) = [one for one in await bench.say() if one.effect_id == "doubt:a-doubt"]
    assert told.slack_user_id == bench.cast["ana"]
    assert "went through" in text_of(told)
    key = remembering.history_keys(case.requests[0].facts)[0]
    assert await bench.ledger.history.earlier(key, bench.desk.now() - timedelta(days=1))


async def test_a_doubt_that_ends_with_somebody_elses_decision_says_so(bench: Bench) -> None:
    case, _ = await in_doubt(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Ada")
    await look_again(bench, 21)
    assert (await entry_now(bench, case))[0] is Standing.REJECTED
    (told,) = [one for one in await bench.say() if one.effect_id == "doubt:a-doubt"]
    assert "after another decision" in text_of(told)


async def test_a_request_opens_again_only_well_after_the_attempt_could_have_taken_effect(
    bench: Bench,
) -> None:
    """P2: and only a new press makes a new attempt."""
    case, _ = await in_doubt(bench)
    await look_again(bench, 21)
    assert (await entry_now(bench, case))[0] is Standing.CHECKING
    await look_again(bench, 50)
    assert (await entry_now(bench, case))[0] is Standing.CHECKING
    await look_again(bench, 10)
    assert await entry_now(bench, case) == (Standing.PENDING, None)
    assert bench.portal.decisions == []
    assert await bench.events("decision_reopened")
    (told,) = [one for one in await bench.say() if one.effect_id == "doubt:a-doubt"]
    assert "no effect" in text_of(told)


async def test_while_the_portal_cannot_be_asked_the_doubt_stays_and_is_asked_again(bench: Bench) -> None:
    """P9: however long, nothing opens again on our word alone."""
    case, _ = await in_doubt(bench)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    await look_again(bench, 21)
    await look_again(bench, 600)
    assert (await entry_now(bench, case))[0] is Standing.CHECKING
    bench.portal.faults.clear()
    await look_again(bench, 6)
    assert (await entry_now(bench, case))[0] is Standing.PENDING


async def test_an_attempt_that_may_still_be_sent_is_not_doubted(bench: Bench) -> None:
    case, _ = await in_doubt(bench)
    await bench.advance(seconds=21)
    taken, current = await bench.one_due(DueKind.RECONCILE)
    later = attempt(attempt_id="a-doubt", not_after=bench.desk.now() + timedelta(seconds=60))
    entry = current.requests[0].model_copy(update={"attempt": later})
    fresh = case.model_copy(update={"requests": (entry,)})
    stored = await bench.ledger.case(case.case_id)
    assert stored is not None
    await reconcile(bench.desk, taken, fresh)
    assert (await entry_now(bench, case))[0] in (Standing.CHECKING, Standing.DECIDING)


async def test_of_several_requests_each_doubt_is_settled_on_its_own(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:3])
    now = bench.desk.now()
    decided, doubted, _ = (held.facts.request_id for held in case.requests)
    for number, request_id in enumerate((decided, doubted)):
        one = attempt(attempt_id=f"a-{number}", recorded_at=now, not_after=now + timedelta(seconds=20))
        case = await bench.write(lifecycle.begin_attempt(case, request_id, one))
    bench.portal.decide_in_portal(decided, approve=True, by="api")
    await look_again(bench, 21)
    standings = [held.standing for held in (await bench.case(case.case_id)).requests]
    assert standings == [Standing.APPROVED, Standing.CHECKING, Standing.PENDING]
