"""“Deny…”: what the form shows is what is sent, what the requestor reads, what the record keeps and the card says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import check_view
from bot.cards.forms.deny_modal import denial_text
from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.decision.forms import preview_denial, submit_denial
from bot.models import DENY_REASONS, Case, DenyReason, Effect, EffectKind, Press, Standing
from permissions import Kind
from rehearsal.portal.faults import FaultKind
from tests.cards.samples import RULES
from tests.desk import Bench, text_of

TREE, REJECT = "OrganizationGetForMoveComputers", "ApprovalRequestUpdateForReject"
PORTAL = DENY_REASONS[0]


def filled(**values: str) -> dict[str, str]:
    """What stands in the form's inputs, as a press carries it: told by default."""
    return {ids.NOTIFY_BLOCK: ids.NOTIFY_YES} | values


async def denied(bench: Bench, who: str, case: Case, **values: str) -> str:
    """The form was submitted; what the presser reads."""
    press = await bench.press(who, ids.DENY_VIEW, case, view_id="V1", message_ts="", values=filled(**values))
    return await bench.do(submit_denial, press)


async def preview(bench: Bench, who: str, case: Case, **more: Any) -> Effect:
    """Something was chosen in the open form, or the button was pressed; the form as it is drawn again."""
    values = filled(**more.pop("values", {}))
    press = await bench.press(who, ids.DENY_PREVIEW, case, view_id="V1", values=values, **more)
    return await drawn(bench, press)


async def drawn(bench: Bench, press: Press) -> Effect:
    """The one modal that answers a press inside the form."""
    await preview_denial(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    (view,) = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    assert (view.view_id, view.trigger_id) == ("V1", "")
    check_view(view.view)
    return view


@pytest.mark.parametrize(
    ("reason", "typed", "sent"),
    [
        (PORTAL, "", PORTAL.text),
        (None, "Ask Tom in IT.", "Ask Tom in IT."),
        (PORTAL, "It is called “Reader”.", f"{PORTAL.text}\n\nIt is called “Reader”."),
    ],
)
async def test_p8_the_words_of_the_preview_are_sent_recorded_and_shown(
    bench: Bench, reason: DenyReason | None, typed: str, sent: str
) -> None:
    """The very same text in the form, in both fields of the portal, in the record and on the card."""
    case = await bench.arrive()
    values = {ids.REASON_BLOCK: typed, ids.DENY_REASON_BLOCK: reason.reason_id if reason else ""}
    shown = " ".join(text_of(await preview(bench, "ana", case, values=values)).split())
    assert " ".join(sent.split()) in shown
    assert sent == denial_text(reason, typed)
    await denied(bench, "ana", case, **values)
    (write,) = bench.portal.decisions
    assert write.action == REJECT
    assert (write.body["rejectReason"], write.body["responseReason"]) == (sent, sent)
    assert write.body["notifyOnResponse"] is True
    assert (await bench.last("decision_attempted")).private["reason"] == sent
    (held,) = (await bench.case(case.case_id)).requests
    assert held.standing is Standing.REJECTED
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert held.outcome.attempt.choice.reason == sent


async def test_who_is_not_to_be_told_is_not_told(bench: Bench) -> None:
    case = await bench.arrive()
    await denied(bench, "ana", case, **{ids.REASON_BLOCK: "Out of scope", ids.NOTIFY_BLOCK: ""})
    (write,) = bench.portal.decisions
    assert write.body["notifyOnResponse"] is False


async def test_an_own_list_of_reasons_is_offered_and_sent(bench: Bench) -> None:
    own = DenyReason(label="Later", text="Ask again next week.")
    bench.with_rules(decisions={"deny_reasons": (own,)})
    case = await bench.arrive()
    await denied(bench, "ana", case, **{ids.DENY_REASON_BLOCK: own.reason_id})
    assert bench.portal.decisions[0].body["rejectReason"] == "Ask again next week."


async def test_a_reason_that_left_the_list_denies_nothing(bench: Bench) -> None:
    """A form that stayed open over a restart with another list: its presser saw other words than would be sent."""
    case = await bench.arrive()
    bench.with_rules(decisions={"deny_reasons": (DenyReason(label="Later"),)})
    said = await denied(
        bench, "ana", case, **{ids.DENY_REASON_BLOCK: PORTAL.reason_id, ids.REASON_BLOCK: "Also this"}
    )
    assert "not in the list any more" in said
    assert bench.portal.decisions == []
    assert (await bench.last("press_refused")).facts["why"] == "reason_gone"


@pytest.mark.parametrize("typed", ["", "   ", "\n"])
async def test_a_denial_without_a_word_is_refused_behind_the_form_too(bench: Bench, typed: str) -> None:
    case = await bench.arrive()
    said = await denied(bench, "ana", case, **{ids.REASON_BLOCK: typed})
    assert "needs a reason" in said
    assert bench.portal.decisions == []


@pytest.mark.parametrize("who", ["hal", "ray", "eve", "req", "gus"])
async def test_who_may_not_deny_denies_nothing_with_a_prepared_reason_either(bench: Bench, who: str) -> None:
    """P1."""
    case = await bench.arrive()
    await denied(bench, who, case, **{ids.DENY_REASON_BLOCK: PORTAL.reason_id})
    assert bench.portal.decisions == []
    assert (await bench.case(case.case_id)).pending


@pytest.mark.parametrize("kind", [Kind.STORAGE, Kind.ELEVATION])
async def test_other_kinds_are_denied_with_the_same_words(bench: Bench, kind: Kind) -> None:
    case = await bench.arrive({Kind.STORAGE: "write", Kind.ELEVATION: "elevate"}[kind])
    await denied(bench, "kim", case, **{ids.DENY_REASON_BLOCK: PORTAL.reason_id})
    assert bench.portal.decisions[0].body["rejectReason"] == PORTAL.text


# --- the form drawn anew -------------------------------------------------------------------------------


async def test_drawing_anew_keeps_what_was_filled_in_and_the_revision_that_was_shown(bench: Bench) -> None:
    """P8: a request that joined meanwhile is neither offered nor denied by a form that did not show it."""
    first, second, third = bench.computers()[:3]
    case = await bench.arrive_on(first, second)
    file = bench.portal.request(case.requests[0].facts.request_id).file
    named = {"path": file.full_path, "hash": file.hash, "sha256": file.sha256}
    signers = [one.subject for one in file.certificates[:1]]
    bench.ask(computer=third, signer=signers[0] if signers else "", **named)
    await bench.poll()
    joined = await bench.case(case.case_id)
    assert len(joined.pending) == 3
    picked = case.requests[1].facts.request_id
    values = {ids.REASON_BLOCK: "No", ids.REQUESTS_BLOCK: picked, ids.DENY_REASON_BLOCK: PORTAL.reason_id}
    form = await preview(bench, "ana", case, values=values)
    assert carried(form.view["private_metadata"]).ref == f"{case.case_id}.{case.revision}"
    held = {one["block_id"]: one["element"] for one in form.view["blocks"] if one["type"] == "input"}
    assert [o["value"] for o in held[ids.REQUESTS_BLOCK]["initial_options"]] == [picked]
    assert len(held[ids.REQUESTS_BLOCK]["options"]) == 2
    assert held[ids.REASON_BLOCK]["initial_value"] == "No"
    await denied(bench, "ana", case, **{ids.REASON_BLOCK: "No"})
    assert [e.facts.computer_name for e in (await bench.case(case.case_id)).pending] == [third]


@pytest.mark.parametrize("who", ["hal", "eve"])
async def test_who_lost_the_right_meanwhile_reads_why(bench: Bench, who: str) -> None:
    form = await preview(bench, who, await bench.arrive(), values={ids.REASON_BLOCK: "No"})
    assert form.view["callback_id"] == ids.SAID_VIEW
    assert (await bench.last("press_refused")).facts["press"] == "deny"


async def test_a_preview_of_a_decided_case_says_how_it_ended(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    assert "Ada Lund" in text_of(await preview(bench, "ana", case, values={ids.REASON_BLOCK: "No"}))


async def test_a_preview_without_the_portal_loses_nothing(bench: Bench) -> None:
    """P9: what is typed stays; the submission is judged when it comes."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    form = await preview(bench, "ana", case, values={ids.REASON_BLOCK: "Ask Tom"})
    assert form.view["callback_id"] == ids.DENY_VIEW
    assert "Ask Tom" in text_of(form)


async def test_a_preview_is_recorded_and_decides_nothing(bench: Bench) -> None:
    """P7."""
    case = await bench.arrive()
    await preview(bench, "ana", case, values={ids.REASON_BLOCK: "No"})
    assert (await bench.last("form_drawn_anew")).person_id == "ana"
    assert bench.portal.decisions == []
    assert RULES.decisions.deny_reasons == bench.desk.rules.decisions.deny_reasons


async def test_a_form_of_a_card_without_a_record_is_answered(bench: Bench) -> None:
    press = await bench.press("ana", ids.DENY_PREVIEW, view_id="V1")
    assert "c0unknown" in await bench.do(preview_denial, press)
