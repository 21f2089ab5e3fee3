"""P2, P5: whatever breaks between the two presses heals, and nothing is sent before the second person's verdict."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import seams
from bot.cards.kit import ids
from bot.decision.press import decide
from bot.decision.second.form import submit_second
from bot.desk import Desk
from bot.ledger import StoredEvent
from bot.models import Case, Press, Reach, Rules, SecondApproval, Standing, Verb
from bot.seams import Seam
from rehearsal.portal.faults import FaultKind
from tests.decision.pairs import TWO, agree, choose, first_yes, flat, pressed, send_back, told, waiting, wide
from tests.desk import Bench

PERMIT = "ApprovalRequestPermitApplication"


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def pair(bench: Bench) -> Bench:
    """A bench on which two people have to agree from a computer group on."""
    bench.with_rules(second=TWO)
    return bench


@contextmanager
def killed_at(seam: Seam) -> Iterator[None]:
    """The process dies at this seam, the first time that it comes there."""

    def hook(reached: Seam) -> None:
        if reached is seam:
            raise Killed

    seams.arm(hook)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        seams._armed.remove(hook)


async def taken_up_again(bench: Bench, press: Press, case: Case) -> str:
    """The next process takes the stored press of the first person up; what they read."""

    async def use(desk: Desk, made: Press) -> None:
        await decide(desk, made, wide(bench, case))

    return flat(await bench.do(use, press))


async def test_p5_killed_after_the_first_yes_the_press_is_answered_and_waits_once(pair: Bench) -> None:
    """The same answer, one record, one call in the thread."""
    case = await pair.arrive()
    press = await pressed(pair, "ana", case)
    with killed_at(Seam.SECOND_AWAITED):
        await decide(pair.desk, press, wide(pair, case))
    said = await taken_up_again(pair, press, case)
    assert "Waiting for a second person." in said
    assert "Who could: Kim Okafor, Lee Sandoval, Zoe Adler." in said
    assert len(await pair.events("second_awaited")) == 1
    assert pair.portal.decisions == []
    assert (await agree(pair, "kim", await pair.case(case.case_id))).startswith("Approved.")


@pytest.mark.parametrize("how", ["sent back", "replaced", "denied without effect"])
async def test_p2_a_first_press_that_comes_again_asks_for_no_second_anew(pair: Bench, how: str) -> None:
    """What was taken off between the crash and the next process stays off."""
    case = await pair.arrive()
    press = await pressed(pair, "ana", case)
    with killed_at(Seam.SECOND_AWAITED):
        await decide(pair.desk, press, wide(pair, case))
    # The dead process still holds its press; the others' presses are answered meanwhile.
    case = await pair.case(case.case_id)
    old = waiting(case).awaited_id
    others = {
        "sent back": lambda: _past(pair, send_back(pair, "kim", case, "Why so wide?")),
        "replaced": lambda: _past(pair, choose(pair, "kim", case, wide(pair, case, reason="Otherwise"))),
        "denied without effect": lambda: _denied_without_effect(pair, case),
    }
    await others[how]()
    said = await taken_up_again(pair, press, case)
    assert "Press again to decide it" in said
    held = (await pair.case(case.case_id)).requests[0].awaited
    assert held is None or held.awaited_id != old


async def _past(bench: Bench, doing: object) -> None:
    """Let somebody's press be worked on while another one is still stored."""
    with pytest.raises(AssertionError, match="not answered"):
        await doing  # type: ignore[misc]  # any of the coroutines above
    await bench.say()


async def _denied_without_effect(bench: Bench, case: Case) -> None:
    bench.portal.faults.set(FaultKind.TOO_MANY_REQUESTS, action="ApprovalRequestUpdateForReject")
    await _past(bench, choose(bench, "bo", case, wide(bench, case, verb=Verb.DENY)))
    bench.portal.faults.clear()


async def test_p2_p5_killed_after_the_second_person_s_attempt_is_recorded_nothing_is_sent_twice(
    pair: Bench,
) -> None:
    """The press that comes again says that it is on its way; the first person hears how it ended."""
    case = await first_yes(pair)
    values = {ids.AWAITED: waiting(case).awaited_id}
    press = await pair.press("kim", ids.SECOND_VIEW, case, view_id="V2", message_ts="", values=values)
    with killed_at(Seam.WRITE_ANSWERED):
        await submit_second(pair.desk, press)
    said = flat(await pair.do(submit_second, press))
    assert "Your decision is on its way" in said
    assert [one.action for one in pair.portal.decisions] == [PERMIT]
    await pair.poll()
    await pair.say()
    (held,) = (await pair.case(case.case_id)).requests
    assert held.standing is Standing.APPROVED
    assert any("Kim Okafor agreed to your approval" in heard for heard in told(pair, "ana"))


async def test_p2_killed_before_the_answer_the_second_press_says_what_it_decided(pair: Bench) -> None:
    case = await first_yes(pair)
    values = {ids.AWAITED: waiting(case).awaited_id}
    press = await pair.press("kim", ids.SECOND_VIEW, case, view_id="V2", message_ts="", values=values)
    with killed_at(Seam.DECISION_RECORDED):
        await submit_second(pair.desk, press)
    assert flat(await pair.do(submit_second, press)).startswith("Approved.")
    assert len(pair.portal.decisions) == 1


async def test_p2_a_write_without_effect_needs_both_people_anew(pair: Bench) -> None:
    """The portal refuses it: nothing waits any more, and the first person hears that it had no effect."""
    case = await first_yes(pair)
    pair.portal.faults.set(FaultKind.TOO_MANY_REQUESTS, action=PERMIT)
    said = await agree(pair, "kim", case)
    pair.portal.faults.clear()
    assert "did not take it" in said
    (held,) = (await pair.case(case.case_id)).requests
    assert (held.standing, held.awaited) == (Standing.PENDING, None)
    (heard,) = told(pair, "ana")
    assert heard.startswith("No effect. Kim Okafor agreed")
    await first_yes(pair, "kim", await pair.case(case.case_id))


PEOPLE = st.sampled_from(["ana", "kim", "bo", "hal"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("approve"), PEOPLE, st.sampled_from(["one", "two"])),
        st.tuples(st.just("agree"), PEOPLE, st.just("")),
        st.tuples(st.just("send back"), PEOPLE, st.just("")),
    ),
    min_size=1,
    max_size=6,
)


async def attempts(bench: Bench) -> list[StoredEvent]:
    """Every attempt in the whole record."""
    found: list[StoredEvent] = []
    while part := await bench.ledger.events(after=found[-1].number if found else 0):
        found += part
    return [one for one in found if one.event.name == "decision_attempted"]


@settings(max_examples=12, suppress_health_check=[*HealthCheck])
@given(steps=STEPS)
async def test_no_attempt_of_that_reach_is_ever_made_by_one_person(
    pair: Bench, steps: list[tuple[str, str, str]]
) -> None:
    """Property: whoever presses what in whatever order, an approval that needs two has two different people."""
    case = await pair.arrive()
    for step, who, reason in steps:
        now = await pair.case(case.case_id)
        held = now.requests[0].awaited
        if step == "approve":
            await choose(pair, who, now, wide(pair, now, reason=reason))
        elif step == "agree":
            await agree(pair, who, now, held.awaited_id if held else "w-none")
        else:
            await send_back(pair, who, now, "No", held.awaited_id if held else "w-none")
        for event in await attempts(pair):
            assert event.event.facts["reaches"] == "computer_group"
            assert event.event.facts["first_person_id"] not in ("", event.event.person_id)
    assert len(pair.portal.decisions) == len(await attempts(pair))


async def test_by_default_unseen_software_for_more_than_one_computer_needs_two(bench: Bench) -> None:
    bench.with_rules(second=Rules().second)
    assert Rules().second == SecondApproval(reaches=frozenset({Reach.GLOBAL}))
    case = await first_yes(bench)
    assert "it is not known whether it is new here" in waiting(case).because
