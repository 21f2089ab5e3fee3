"""P6: whoever took a turn over is called, on whichever replica the ceiling comes, and after the drop who had it."""

from __future__ import annotations

from pathlib import Path

from bot.cards.kit import ids
from tests.flows.scene import Hand, Scene, set_scene

OVERRIDES = {
    "tiers": {"leads": {"rota": "week"}},
    "rotas": {
        "week": {"zone": "UTC", "people": ("ana", "lee"), "starts": "2026-11-16", "hand_over": "mon 08:00"}
    },
    "plans": {"software": {"kinds": ("application",), "steps": ["15m call leads"]}},
}


async def called(scene: Scene, *, before: int) -> str:
    """Who is named by the call after so many: the ceiling of a request that is made now."""
    _, card = await scene.carded(
        computer="BRW-WS-003", product=("quickfix", "tideplan", "labelpress")[before]
    )
    await scene.advance(minutes=15)
    said = await scene.seen(lambda: next(iter(scene.said_in("escalation")[before:]), None))
    await scene.hand("kim").deny(card, "Not needed here.")
    await scene.case_where(card.case_id, lambda case: not case.is_open)
    named = [key for key in ("ana", "lee") if f"@{scene.stage.cast[key]}" in said]
    return "+".join(named)


async def pressed(hand: Hand, action_id: str, block_id: str = "") -> None:
    """Press the newest button of this name among what was said to this person, in the channel or directly.

    `block_id`: in this block, where there are several.
    """

    def there() -> tuple[str, str] | None:
        channels = hand.scene.stage.slack.workspace.channels.values()
        places = [each.id for each in channels if hand.id in each.members]
        found = [
            (place, each["ts"])
            for place in places
            for each in hand.person.sees(place)
            if action_id in str(each["blocks"])
        ]
        return found[-1] if found else None

    await (await hand.person.click(*await hand.scene.seen(there), action_id, block_id or None)).settled()


async def test_p6_the_ceiling_names_who_took_over_and_after_the_drop_who_had_it(tmp_path: Path) -> None:
    async with set_scene(tmp_path, bots=2, overrides=OVERRIDES) as scene:
        ana, lee = scene.hand("ana"), scene.hand("lee")
        assert await called(scene, before=0) == "ana"
        await lee.command("/gatehouse", "oncall")
        await pressed(lee, ids.DUTY_TAKE)
        form = await scene.seen(lambda: lee.modal(ids.TAKE_VIEW))
        await lee.submit(form, until="for 8h", reason="Ana is at the dentist")
        await ana.hears("Lee Sandoval has the turn of week", "Ana is at the dentist")
        assert await called(scene, before=1) == "lee"
        await lee.command("/gatehouse", "oncall drop")
        await ana.hears("took back")
        await ana.command("/gatehouse", "oncall swap 2026-11-20 with @lee")
        await lee.hears("Ana Moreau offers you a swap")
        assert await called(scene, before=2) == "ana"
        await pressed(lee, ids.SWAP_AGREE)
        await ana.hears("Swapped: Lee Sandoval has the turn of week")
        found = (await scene.ledger.given()).given
        assert ([each.person_id for each in found.duty], found.swaps) == (["lee", "ana"], ())
