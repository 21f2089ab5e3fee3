"""P8: what was shown is what is decided. Several computers, joiners, changed facts, repeated software, other kinds."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.kit import ids
from tests.flows.scene import Card, Scene

THREE = ("BRW-WS-001", "BRW-WS-002", "BRW-WS-003")


async def _three(scene: Scene) -> tuple[list[str], Card]:
    """Three computers that ask for the same file, on one card."""
    wanted = scene.stage.portal.raise_everywhere("execute", THREE, product="tideplan", version="4.1")
    card = await scene.card(wanted[-1])
    await scene.seen(lambda: "and 2 more" in card.text and ids.APPROVE_COMPUTER in card.actions)
    await scene.case_where(card.case_id, lambda case: len(case.pending) == 3)
    await scene.quiet()
    return wanted, card


async def test_p8_one_press_decides_each_of_the_requests_that_the_card_showed(one_person: Scene) -> None:
    """Each on its own: three writes, three attempts, one answer."""
    scene = one_person
    wanted, card = await _three(scene)
    row = next(block for block in card.message["blocks"] if block["type"] == "actions")
    labels = [element["text"]["text"] for element in row["elements"] if "text" in element]
    assert "Approve on these 3 computers" in labels
    await scene.hand("ana").approve(card)
    said = await scene.hand("ana").hears("3 approved")
    assert all(name in said for name in THREE)
    assert sorted(write.request_ids for write in scene.writes) == sorted((one,) for one in wanted)
    assert len({w.body["computerId"] for w in scene.writes}) == 3


async def test_p1_several_computers_in_one_press_are_refused_to_who_may_approve_one_at_a_time(
    scene: Scene,
) -> None:
    """With the way on: pick one in “Approve…”; the others stay pending."""
    wanted, card = await _three(scene)
    bo = scene.hand("bo")
    await bo.approve(card)
    await bo.hears("one computer at a time", "Pick one of them in Approve…")
    assert scene.writes == []
    view = await bo.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await bo.submit(view, requests=wanted[1])
    await bo.hears("Approved", THREE[1])
    assert [write.request_ids for write in scene.writes] == [(wanted[1],)]
    await card.shows("and 1 more", "Before: approved here")


async def test_p1_denying_several_computers_needs_no_wider_right(scene: Scene) -> None:
    """A denial narrows nothing."""
    wanted, card = await _three(scene)
    await scene.hand("bo").deny(card, "Not today.")
    await scene.hand("bo").hears("Denied", *THREE)
    assert len(scene.writes) == len(wanted)
    await card.shows("Denied by Bo Lindqvist")


async def test_p8_a_request_that_joined_after_the_pressed_revision_stays_pending(scene: Scene) -> None:
    """Ana pressed a card with one computer; a second one had joined a moment before."""
    first, card = await scene.carded(computer="BRW-WS-001", product="tideplan", version="4.1")
    old = card.message["blocks"]
    second = scene.ask(computer="BRW-WS-002", product="tideplan", version="4.1")
    await card.shows("and 1 more")
    value = _value_of(old, ids.APPROVE_COMPUTER)
    await _press_old(scene, card, value)
    await scene.hand("ana").hears("Approved", "BRW-WS-001 only")
    assert [write.request_ids for write in scene.writes] == [(first,)]
    assert scene.stage.portal.request(second).is_open
    await card.shows("BRW-WS-002", "· claimed", "Before: approved here")


def _value_of(blocks: list[dict[str, object]], action_id: str) -> str:
    elements = [e for block in blocks for e in block.get("elements", ())]  # type: ignore[attr-defined]  # Slack's JSON
    return str(next(e["value"] for e in elements if e.get("action_id") == action_id))


async def _press_old(scene: Scene, card: Card, value: str) -> None:
    """A press on a button as an earlier drawing of the card carried it."""
    ana = scene.hand("ana")
    await ana.press(card, ids.CLAIM)
    payload = scene.stage.slack.deliveries[-1].payload
    action = payload["actions"][0] | {"action_id": ids.APPROVE_COMPUTER, "value": value}
    forged = payload | {"actions": [action], "trigger_id": f"9{payload['trigger_id']}"}
    await scene.stage.slack.forge("interactive", forged).settled()


async def test_p8_a_changed_fact_voids_the_press_and_the_presser_is_told(scene: Scene) -> None:
    """The portal shows another path at the press than the card did."""
    request_id, card = await scene.carded(computer="BRW-WS-001", product="tideplan")
    _change_reason(scene, request_id)
    scene.stage.portal.faults.set("server_error", action="ApprovalRequestGetByParameters")
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Not done", "other facts")
    assert scene.writes == []
    await card.shows("A different reason")
    assert card.message["metadata"]["event_payload"]["revision"] == 2
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Approved", "BRW-WS-001 only")
    assert len(scene.writes) == 1


def _change_reason(scene: Scene, request_id: str) -> None:
    world = scene.stage.portal.world
    world.requests[request_id] = replace(world.requests[request_id], reason="A different reason")


async def test_p8_a_request_whose_file_changes_leaves_for_a_card_of_its_own(scene: Scene) -> None:
    """A posted case never splits: the new card says that it follows."""
    first, card = await scene.carded(computer="BRW-WS-001", product="tideplan", version="4.1")
    second = scene.ask(computer="BRW-WS-002", product="tideplan", version="4.1")
    await card.shows("and 1 more")
    world = scene.stage.portal.world
    held = world.requests[second]
    other = replace(held.file, hash="F" * 32)
    json = held.json.replace(held.file.hash, "F" * 32)
    world.requests[second] = replace(held, file=other, json=json)
    await scene.event("request_left", request_id=second)
    await scene.case_where(card.case_id, lambda case: len(case.open_requests) == 1)

    async def moved() -> bool:
        held_by = await scene.ledger.case_ids_of_requests([second])
        return held_by.get(second) not in (None, card.case_id)

    await scene.until(moved)
    new = await scene.card(second)
    await new.shows("left another card")
    assert new.case_id != card.case_id
    assert scene.stage.portal.request(first).is_open


async def test_p3_a_human_assignee_in_the_portal_is_shown(scene: Scene) -> None:
    """Within one poll, and no press is void because of it."""
    request_id, card = await scene.carded()
    scene.stage.portal.assign_in_portal(request_id, by="Pia Portal")
    await card.shows("Assigned in the portal to Pia Portal")
    assert card.message["metadata"]["event_payload"]["revision"] == 1


async def test_p8_the_third_approval_of_the_same_software_by_hand_wants_its_reason(scene: Scene) -> None:
    """Versions and computers differ, the software does not; the modal asks for a justification."""
    for number, version in ((1, "4.1"), (2, "4.2")):
        _, card = await scene.carded(
            computer=f"BRW-WS-00{number}", product="tideplan", version=version, user="athorne"
        )
        await scene.hand("ana").approve(card)
        await card.shows("Approved by Ana Moreau")
    path = "C:\\Users\\athorne\\Downloads\\tideplan-6.2-setup.exe"
    _, card = await scene.carded(computer="BRW-WS-004", product="tideplan", path=path, hash="A" * 32)
    await scene.seen(lambda: ids.APPROVE_COMPUTER not in card.actions)
    await card.shows("policy")
    ana = scene.hand("ana")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    labels = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    assert "Justification" in labels
    await ana.submit(view, reason="The vendor ships weekly; a policy is on its way.")
    await ana.hears("Approved", "BRW-WS-004 only")
    assert len(scene.writes) == 3


async def test_p3_kinds_without_evidence_are_decided_in_the_portal(scene: Scene) -> None:
    """Web control and anything unknown: shown, never guessed, and they follow the portal."""
    for kind in ("web", "network"):
        request_id, card = await scene.carded(kind, computer="BRW-WS-001")
        assert not {ids.APPROVE_COMPUTER, ids.APPROVE_MODAL, ids.DENY_MODAL} & set(card.actions)
        scene.stage.portal.decide_in_portal(request_id, approve=False, by="Pia Portal")
        await card.shows("in the portal by Pia Portal")
    assert scene.writes == []


async def test_p5_escalated_requests_of_the_vendors_team_are_carded_and_decided_too(scene: Scene) -> None:
    """Status 13 waits for the customer as well."""
    request_id = scene.ask(computer="BRW-WS-001", is_escalated=True)
    card = await scene.card(request_id)
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    assert len(scene.writes) == 1


async def test_p8_an_old_cards_button_always_gets_an_answer(scene: Scene) -> None:
    """Decided long ago, or never ours at all."""
    _, card = await scene.carded()
    ana = scene.hand("ana")
    await ana.press(card, ids.CLAIM)
    await ana.hears("You are on it")
    template = scene.stage.slack.deliveries[-1].payload
    for number, (action_id, value, words) in enumerate(
        (
            (ids.APPROVE_COMPUTER, "c0000000000000000.1", "from before the records"),
            ("case.approve_everything.v9", "c0000000000000000.1", "another version of Gatehouse"),
            (ids.DENY_MODAL, "c0000000000000000.3", "from before the records"),
            (ids.CLAIM, "not a reference", "from before the records"),
        )
    ):
        action = template["actions"][0] | {"action_id": action_id, "value": value}
        forged = template | {"actions": [action], "trigger_id": f"{number}.{template['trigger_id']}"}
        before = len(ana.told())
        await scene.stage.slack.forge("interactive", forged).settled()
        await scene.seen(lambda n=before: len(ana.told()) > n)  # type: ignore[misc]  # a lambda with a default
        assert words in ana.told()[-1]
    assert scene.writes == []
