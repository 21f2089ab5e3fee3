"""One computer that floods is one card, which names the files and opens no short cut."""

from __future__ import annotations

from bot.cards.kit import ids
from tests.flows.scene import Card, Scene, text_of

COMPUTER = "BRW-WS-001"
FOLDER = "C:\\Program Files\\Estimator\\"


def _ask(scene: Scene, number: int) -> str:
    return scene.ask(
        computer=COMPUTER,
        path=f"{FOLDER}part{number}.exe",
        hash=f"{number:X}" * 32,
        signer="CN=Estimator Software Ltd",
        user="athorne",
    )


async def _flood(scene: Scene, files: int = 5) -> tuple[list[str], Card]:
    """So many different files of one computer, one after the other; the card that holds them."""
    wanted = []
    for number in range(1, files + 1):
        wanted.append(_ask(scene, number))
        await scene.card(wanted[-1])
    card = await scene.card(wanted[0])
    await card.shows(f"Burst of {files} files: {COMPUTER}")
    await scene.quiet()
    return wanted, await scene.card(wanted[-1])


async def test_the_fifth_file_makes_one_card_and_the_others_lead_to_it(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _flood(scene)
    text = await card.shows("5 waiting")
    assert all(f"part{number}.exe" in text for number in range(1, 5))
    assert "and 1 more" in text
    details = await scene.hand("ana").details(card)
    assert all(f"part{number}.exe" in details for number in range(1, 6)), details
    assert ids.APPROVE_COMPUTER not in card.actions
    assert len(scene.cards()) == 1
    pointers = [said for said in scene.said_in("card") if "one card holds them all now" in said]
    assert len(pointers) == 3
    await scene.seen(lambda: any("Many files on one computer" in text_of(reply) for reply in card.thread()))
    assert (await scene.ledger.case_ids_of_requests(wanted)).keys() == set(wanted)


async def test_a_further_file_joins_and_all_are_approved_together_with_a_reason(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _flood(scene)
    wanted.append(_ask(scene, 6))
    await card.shows("Burst of 6 files")
    kim = scene.hand("kim")
    view = await kim.form(card, ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW)
    await kim.submit(view, reason="The estimator's installer, ordered by the finance team.")
    await kim.hears("6 approved")
    assert sorted(write.request_ids for write in scene.writes) == sorted((one,) for one in wanted)
    await card.shows("6 approved")


async def test_single_files_are_chosen_and_the_others_wait(one_person: Scene) -> None:
    scene = one_person
    wanted, card = await _flood(scene)
    held = await scene.ledger.case_ids_of_requests(wanted)
    kim = scene.hand("kim")
    view = await kim.form(card, ids.APPROVE_MODAL, ids.SHARED_APPROVE_VIEW)
    await kim.submit(view, cases=[held[wanted[0]], held[wanted[3]]], reason="Known parts of the estimator.")
    await kim.hears("2 approved")
    assert sorted(write.request_ids for write in scene.writes) == sorted([(wanted[0],), (wanted[3],)])
    await card.shows("2 approved, 3 waiting")


async def test_installation_mode_is_the_computers_own_form_and_says_what_is_missing(
    one_person: Scene,
) -> None:
    """A burst makes no mode easier to have: who may start none reads why."""
    scene = one_person
    _, card = await _flood(scene)
    ana = scene.hand("ana")
    await ana.press(card, ids.BURST_MODE)
    view = await scene.seen(
        lambda: next((v for v in ana.person.views() if COMPUTER in str(v["blocks"])), None)
    )
    assert "Installation" in str(view)
    assert "Edit Computers" in str(view)


async def test_a_second_computer_floods_on_a_card_of_its_own(one_person: Scene) -> None:
    scene = one_person
    _, card = await _flood(scene)
    other = scene.ask(computer="BRW-WS-002", product="tideplan", version="4.1")
    assert (await scene.card(other)).ts != card.ts
