"""“Second…” and “Send back…”: who gets the form, who reads why not, and what a portal that is away does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.decision.press import decide
from bot.decision.second.form import open_second, open_send_back, submit_second, submit_send_back
from bot.desk import Desk
from bot.models import Case, EffectKind, Press, Reach, SecondApproval, Verb
from rehearsal.portal.faults import FaultKind
from tests.cards.reading import read
from tests.cards.samples import evidence
from tests.decision.dialogue import drawn
from tests.decision.pairs import (
    TWO,
    agree,
    choose,
    file_with,
    first_yes,
    flat,
    look,
    pressed,
    send_back,
    waiting,
    wide,
)
from tests.desk import Bench, text_of


@pytest.fixture
def pair(bench: Bench) -> Bench:
    """A bench on which two people have to agree from a computer group on."""
    bench.with_rules(second=TWO)
    return bench


async def ask_back(bench: Bench, who: str, case: Case, awaited_id: str = "") -> tuple[dict[str, Any], str]:
    """“Send back…” inside the modal; the view that takes its place, and how it reads."""
    values = {ids.AWAITED: awaited_id or waiting(case).awaited_id}
    press = await bench.press(who, ids.SEND_BACK_MODAL, case, view_id="V7", message_ts="", values=values)
    await open_send_back(bench.desk, press)
    (shown,) = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    assert (shown.view_id, shown.trigger_id, shown.external_id) == ("V7", "", "")
    return shown.view, flat(text_of(shown))


async def test_where_nothing_waits_the_modal_says_so(pair: Bench) -> None:
    """An old card's button, or a colleague was faster."""
    view, shown = await look(pair, "kim", await pair.arrive())
    assert view["callback_id"] == ids.SAID_VIEW
    assert "Nothing on this card waits for a second person any more" in shown


@pytest.mark.parametrize("use", [open_second, submit_second, open_send_back, submit_send_back])
async def test_a_card_of_before_the_records_is_answered(pair: Bench, use: Any) -> None:
    """P4."""
    press = await pair.press("kim", ids.SECOND_VIEW, None, values={ids.AWAITED: "w-1"})
    assert "before the records that are kept" in flat(await pair.do(use, press))


@pytest.mark.parametrize("use", [open_second, submit_second, open_send_back, submit_send_back])
async def test_a_stranger_is_told_why_not(pair: Bench, use: Any) -> None:
    case = await first_yes(pair)
    press = await pair.press("gus", ids.SECOND_VIEW, case, values={ids.AWAITED: waiting(case).awaited_id})
    assert "Guests may not" in flat(await pair.do(use, press))


async def test_a_modal_without_the_mark_of_what_waits_agrees_to_nothing(pair: Bench) -> None:
    case = await first_yes(pair)
    press = await pair.press("kim", ids.SECOND_VIEW, case, view_id="V2", values={})
    assert "does not wait any more" in flat(await pair.do(submit_second, press))
    assert pair.portal.decisions == []


async def test_a_portal_that_is_away_is_said_in_the_modal_and_takes_nothing_off(pair: Bench) -> None:
    """P9."""
    case = await first_yes(pair)
    pair.portal.faults.set(FaultKind.DOWN)
    view, shown = await look(pair, "kim", case)
    pair.portal.faults.clear()
    assert view["callback_id"] == ids.SAID_VIEW
    assert "The portal could not be asked" in shown
    assert "Nothing was decided" in shown
    assert waiting(await pair.case(case.case_id))


async def test_a_token_that_the_portal_refuses_is_said_too(pair: Bench) -> None:
    case = await first_yes(pair)
    pair.portal.faults.set(FaultKind.TOKEN_REVOKED)
    _, shown = await look(pair, "kim", case)
    pair.portal.faults.clear()
    assert "does not accept Gatehouse's token" in shown


async def test_a_group_that_is_gone_is_said_and_goes_on_waiting(pair: Bench) -> None:
    case = await first_yes(pair)
    del pair.portal.world.computer_groups[waiting(case).choice.computer_group_id]
    _, shown = await look(pair, "kim", case)
    assert "cannot be sent as it is any more" in shown
    said = await agree(pair, "kim", case)
    assert "no longer lists the computer group" in said
    assert pair.portal.decisions == []
    assert waiting(await pair.case(case.case_id))


async def test_what_would_do_something_else_now_is_void(pair: Bench) -> None:
    """The group has another name: the first person was told of another effect."""
    case = await first_yes(pair)
    groups, group_id = pair.portal.world.computer_groups, waiting(case).choice.computer_group_id
    groups[group_id] = replace(groups[group_id], name="Machines of the yard")
    said = await agree(pair, "kim", case)
    assert "something else now than the first person was told" in said
    assert "Machines of the yard" in said
    assert (await pair.last("second_voided")).facts["why"] == "effect_changed"
    assert (await pair.case(case.case_id)).requests[0].awaited is None
    assert pair.portal.decisions == []


async def test_what_would_reach_another_way_now_is_void(pair: Bench) -> None:
    case = await first_yes(pair)
    (held,) = case.requests
    narrower = waiting(case).model_copy(update={"reaches": Reach.ORGANIZATION})
    mark = pair.ledger.mark("first yes", held.facts.request_id, narrower.told())
    narrower = narrower.model_copy(update={"mark": mark})
    case = await pair.write(
        case.model_copy(update={"requests": (held.model_copy(update={"awaited": narrower}),)})
    )
    said = await agree(pair, "kim", case)
    assert "further now than the first person was told" in said
    assert (await pair.last("second_voided")).facts["why"] == "reach_changed"


async def test_what_others_wait_for_comes_first_and_the_rest_is_counted(pair: Bench) -> None:
    """Kim's own waits longer; she is shown what she can agree to."""
    case = await pair.arrive_on(*pair.computers()[:3])
    first, *others = [entry.facts.request_id for entry in case.requests]
    await choose(pair, "kim", case, wide(pair, case), first)
    await pair.advance(seconds=5)
    await choose(pair, "ana", case, wide(pair, case, reason="For the others"), *others)
    view, shown = await look(pair, "kim", await pair.case(case.case_id))
    assert view["callback_id"] == ids.SECOND_VIEW
    assert "For the others" in shown
    assert "1 more requests of this card wait on another person's approval" in shown
    ref = ids.parse_ref(carried(view["private_metadata"]).ref)
    assert ref is not None
    await agree(pair, "kim", await pair.case(case.case_id), ref.awaited_id)
    assert {one for one, became in (await pair.became()).items() if became == "approved"} == set(others)


async def test_the_form_to_send_it_back_takes_the_modals_place(pair: Bench) -> None:
    case = await first_yes(pair)
    view, shown = await ask_back(pair, "kim", case)
    assert view["callback_id"] == ids.SEND_BACK_VIEW
    assert "Ana Moreau reads this" in shown


async def test_whoever_may_not_deny_reads_why_instead(pair: Bench) -> None:
    case = await first_yes(pair)
    view, shown = await ask_back(pair, "hal", case)
    assert view["callback_id"] == ids.SAID_VIEW
    assert "Approve for" in shown
    assert (await pair.last("press_refused")).facts["press"] == ids.SEND_BACK_MODAL


async def test_what_does_not_wait_any_more_is_not_sent_back(pair: Bench) -> None:
    case = await first_yes(pair)
    view, shown = await ask_back(pair, "kim", case, "w-other")
    assert view["callback_id"] == ids.SAID_VIEW
    assert "does not wait any more" in shown


async def test_an_organization_tree_that_cannot_be_read_sends_nothing_back(pair: Bench) -> None:
    """P9: rights cannot be judged without it."""
    case = await first_yes(pair)
    await pair.advance(minutes=6)
    pair.portal.faults.set(FaultKind.DOWN)
    _, shown = await ask_back(pair, "kim", case)
    assert "The portal could not be asked" in shown
    said = await send_back(pair, "kim", case, "Why?")
    pair.portal.faults.clear()
    assert "did not take it" in said or "could not be asked" in said
    assert waiting(await pair.case(case.case_id))


async def test_a_first_person_whose_account_belongs_to_somebody_else_now_agrees_no_more(pair: Bench) -> None:
    """The access file was changed between the two presses."""
    case = await first_yes(pair)
    ana, bo = pair.cast["ana"], pair.cast["bo"]
    await file_with(
        pair,
        (f'slack = ["{ana}"]', 'slack = ["U0GONE"]'),
        (f'slack = ["{bo}"]', f'slack = ["{bo}", "{ana}"]'),
    )
    said = await agree(pair, "kim", case)
    assert "belongs to somebody else by now" in said
    assert (await pair.last("second_voided")).facts["why"] == "another_person"


async def test_p1_a_check_that_arrives_between_verdict_and_record_keeps_one_person_from_sending(
    pair: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last door: what two have to agree to by now is not recorded as one person's attempt."""
    pair.with_rules(second=SecondApproval(reaches=frozenset()))
    case = await pair.arrive()
    seen = case.model_copy(update={"evidence": evidence(seen="before", checked_at=pair.desk.now())})
    case = await pair.write(seen)
    permit_details = pair.desk.portal.permit_details

    async def and_then_found_out(*arguments: Any) -> Any:
        told = await permit_details(*arguments)
        current = await pair.case(case.case_id)
        await pair.write(current.model_copy(update={"evidence": evidence(seen="never")}))
        return told

    monkeypatch.setattr(pair.desk.portal, "permit_details", and_then_found_out)
    said = await choose(pair, "ana", case, wide(pair, case))
    assert "By what is known of it by now, two people have to agree" in said
    assert pair.portal.decisions == []
    assert not await pair.events("decision_attempted")
    monkeypatch.undo()
    assert "Waiting for a second person." in await choose(pair, "ana", case, wide(pair, case))


async def test_a_stored_press_that_waited_too_long_does_not_even_wait(pair: Bench) -> None:
    """P1: a first press that was stored before an outage decides nothing, and asks for nobody."""
    case = await pair.arrive()
    press = await pressed(pair, "ana", case)
    await pair.advance(seconds=timedelta(minutes=11).total_seconds())

    async def use(desk: Desk, made: Press) -> None:
        await decide(desk, made, wide(pair, case))

    assert "pressed a while ago" in flat(await pair.do(use, press))
    assert (await pair.case(case.case_id)).requests[0].awaited is None


async def test_a_denial_while_it_waits_needs_no_second(pair: Bench) -> None:
    case = await first_yes(pair)
    said = await choose(pair, "ana", case, wide(pair, case, verb=Verb.DENY))
    assert said.startswith("Denied.")


async def test_the_preview_of_the_approve_modal_says_that_it_would_wait(pair: Bench) -> None:
    """Nobody is surprised by the second person after the press."""
    case = await pair.arrive()
    group = wide(pair, case).computer_group_id
    values = {ids.REACH_BLOCK: "computer_group", ids.COMPUTER_GROUP_BLOCK: group}
    view = await drawn(pair, "kim", case, ids.APPROVE_PREVIEW, **values)
    assert "waits for a second person before anything is sent" in flat(read(view["blocks"]))
    narrow = await drawn(pair, "kim", case, ids.APPROVE_PREVIEW, **{ids.REACH_BLOCK: "computer"})
    assert "second person" not in flat(read(narrow["blocks"]))
