"""P2, P3, P9: what the portal says is the truth, whatever happens on the way to it and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cards.kit import ids
from tests.flows.scene import Scene, set_scene

PERMIT, LIST, ONE = (
    "ApprovalRequestPermitApplication",
    "ApprovalRequestGetByParameters",
    "ApprovalRequestGetById",
)
DETAILS = "ApprovalRequestGetPermitApplicationById"
QUICK = {"portal": {"write_timeout_s": 1, "read_timeout_s": 1}}


async def test_p2_p3_a_write_without_an_answer_that_took_effect_is_found_by_asking(tmp_path: Path) -> None:
    """The connection broke after the portal had done it: read back at once, one write."""
    async with set_scene(tmp_path, overrides=QUICK) as scene:
        _, card = await scene.carded()
        scene.stage.portal.faults.set("timeout_after", times=1, seconds=5, action=PERMIT)
        await scene.hand("ana").approve(card)
        await scene.hand("ana").hears("Approved. ")
        await card.shows("Approved by Ana Moreau in Gatehouse")
        assert len(scene.writes) == 1


async def test_p2_p3_a_write_that_got_lost_reads_checking_then_opens_again_for_a_new_press(
    tmp_path: Path,
) -> None:
    """Nothing took effect: nothing is repeated, the presser hears it, and a new press makes a new attempt."""
    async with set_scene(tmp_path, overrides=QUICK) as scene:
        _, card = await scene.carded()
        scene.stage.portal.faults.set("timeout_before", times=1, seconds=5, action=PERMIT)
        ana = scene.hand("ana")
        await ana.approve(card)
        await ana.hears("Outcome unknown, checking", "Nothing is sent again")
        await card.shows("Outcome unknown, checking", "approval by Ana Moreau")
        assert ids.APPROVE_COMPUTER not in card.actions
        await scene.advance(seconds=60)
        await scene.polled()
        assert "Outcome unknown" in card.text
        await scene.advance(seconds=25)
        await ana.hears("Your approval had no effect", "Only a new press")
        await card.shows("· waiting")
        assert not any(write.took_effect for write in scene.writes)
        sent = len(scene.writes)
        await scene.advance(minutes=2)
        await scene.polled()
        assert len(scene.writes) == sent
        await ana.approve(card)
        await ana.hears("Approved. ")
        attempts = await scene.events("decision_attempted")
        assert len({one.event.facts["attempt_id"] for one in attempts}) == 2


async def test_p3_an_unknown_outcome_resolves_itself_when_the_portal_answers_again(tmp_path: Path) -> None:
    """The write took effect, and then the portal was silent for a while."""
    async with set_scene(tmp_path, overrides=QUICK) as scene:
        _, card = await scene.carded()
        faults = scene.stage.portal.faults
        ana = scene.hand("ana")
        await scene.event("evidence_gathered")
        faults.set("timeout_after", times=1, seconds=5, action=PERMIT)
        faults.set("server_error", action=LIST)
        await ana.approve(card)
        await scene.seen(lambda: scene.writes)
        faults.set("server_error", action=ONE)
        await card.shows("Outcome unknown, checking")
        await ana.hears("Outcome unknown, checking")
        faults.clear()
        # No time passes: it is the next look at the list that finds out, before any reconciliation is due.
        await ana.hears("Your approval went through")
        await card.shows("Approved by Ana Moreau in Gatehouse")
        assert len(scene.writes) == 1


@pytest.mark.parametrize("fault", ["server_error", "too_many_requests"])
async def test_p9_a_portal_that_refuses_reads_for_a_moment_is_asked_again(scene: Scene, fault: str) -> None:
    """Reads are repeated with back-off, and the decision goes through."""
    _, card = await scene.carded()
    scene.stage.portal.faults.set(fault, times=1, action=ONE)
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Approved. ")
    assert len(scene.writes) == 1


@pytest.mark.parametrize("fault", ["server_error", "too_many_requests"])
async def test_p2_p9_a_write_that_the_portal_answers_with_an_error_is_never_repeated(
    scene: Scene, fault: str
) -> None:
    """500 and 429 leave a write open or undone; either way it is asked about, not sent again."""
    _, card = await scene.carded()
    scene.stage.portal.faults.set(fault, times=1, action=PERMIT)
    ana = scene.hand("ana")
    await ana.approve(card)
    await scene.seen(lambda: any("Not done" in said or "Outcome unknown" in said for said in ana.told()))
    await scene.polled()
    assert scene.stage.portal.calls[PERMIT] == 1
    assert not any(write.took_effect for write in scene.writes)


async def test_p9_a_portal_that_is_down_is_told_and_everything_resumes_by_itself(tmp_path: Path) -> None:
    """No decision by accident, no card closed by absence."""
    async with set_scene(tmp_path, overrides=QUICK) as scene:
        _, card = await scene.carded()
        await scene.stage.portal.go_down()
        ana = scene.hand("ana")
        await ana.approve(card)
        await ana.hears("Not done", "portal")
        assert "· waiting" in card.text
        await scene.stage.portal.come_up()
        _, second = await scene.carded(computer="MRL-WS-001")
        await ana.approve(card)
        await ana.approve(second)
        await card.shows("Approved by Ana Moreau")
        await second.shows("Approved by Ana Moreau")


async def test_p4_a_slow_portal_does_not_hold_up_the_acknowledgement(scene: Scene) -> None:
    """The press is stored and acknowledged; the answer comes when the portal has spoken."""
    _, card = await scene.carded()
    scene.stage.portal.faults.set("slow", seconds=1.5, times=3)
    delivery = await scene.hand("ana").approve(card)
    assert delivery.acked_after_s is not None
    assert delivery.acked_after_s < 1.5
    await scene.hand("ana").hears("Approved. ")


@pytest.mark.parametrize("status", [440, 403])
async def test_p9_a_refused_token_pauses_writes_with_one_alert_and_resumes(scene: Scene, status: int) -> None:
    """Presses are answered with the reason meanwhile."""
    _, card = await scene.carded()
    portal, ana = scene.stage.portal, scene.hand("ana")
    portal.rules.set("revoked_status", status)
    portal.faults.set("token_revoked")
    await scene.said("audit", "The portal refuses our token")
    await ana.approve(card)
    await ana.hears("does not accept Gatehouse's token")
    await scene.polled()
    assert sum("refuses our token" in said for said in scene.said_in("audit")) == 1
    assert scene.writes == []
    portal.faults.clear()
    await scene.said("audit", "accepts our token again")
    await ana.approve(card)
    await ana.hears("Approved. ")
    assert len(scene.writes) == 1


async def test_p2_a_missing_right_of_our_token_is_named(scene: Scene) -> None:
    """The presser may, Gatehouse may not: said in these words, and the request stays open."""
    request_id, card = await scene.carded()
    tokens = scene.stage.portal.state.tokens
    held = tokens[scene.stage.portal.token]
    object.__setattr__(
        held, "permissions", frozenset({"View Approvals", "View Computers", "View Organizations"})
    )
    ana = scene.hand("ana")
    await ana.approve(card)
    said = await ana.hears("Not done")
    assert "Approve for" in said
    assert scene.stage.portal.request(request_id).is_open
    await card.shows("· waiting")


async def test_p2_with_double_decisions_let_through_two_presses_still_make_one_write(scene: Scene) -> None:
    """The portal's own refusal is not what keeps the promise."""
    _, card = await scene.carded()
    scene.stage.portal.rules.set("refuse_double_decisions", value=False)
    scene.stage.portal.faults.set("slow", seconds=0.5, action=PERMIT)
    people = [scene.hand("ana"), scene.hand("bo"), scene.hand("kim")]
    for person in people:
        await person.approve(card)
    for person in people:
        await scene.seen(lambda p=person: p.told())  # type: ignore[misc]  # a lambda with a default
    await card.shows("Approved by")
    assert len(scene.writes) == 1


async def test_p3_a_decision_in_the_portal_during_our_own_attempt_wins_the_card(scene: Scene) -> None:
    """The portal refuses ours as already actioned; the card names who was faster."""
    request_id, card = await scene.carded()
    portal = scene.stage.portal
    await scene.event("evidence_gathered")
    portal.faults.set("slow", seconds=0.7, times=1, action=DETAILS)
    await scene.hand("ana").approve(card)
    await scene.seen(lambda: not portal.faults.active)
    portal.decide_in_portal(request_id, approve=False, by="Pia Portal", reason="No.")
    await scene.hand("ana").hears("Pia Portal")
    await card.shows("Rejected or ignored in the portal by Pia Portal")
    assert not any(write.took_effect for write in scene.writes)


async def test_p3_absence_from_the_list_closes_nothing_while_the_request_cannot_be_asked(
    scene: Scene,
) -> None:
    """The list does not show it, and the question about it is not answered: the card stays as it is."""
    request_id, card = await scene.carded()
    await scene.event("evidence_gathered")
    calls = scene.stage.portal.calls
    scene.stage.portal.faults.set("server_error", action=ONE)
    scene.stage.portal.withdraw(request_id)
    before = calls[ONE]
    await scene.seen(lambda: calls[ONE] > before + 1)
    assert "· waiting" in card.text
    assert (await scene.case(card.case_id)).is_open
    scene.stage.portal.faults.clear()
    await card.shows("Withdrawn")
