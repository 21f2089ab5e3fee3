"""Plans and tiers: what waits for the morning says so, and a late call names whoever can decide it."""

from __future__ import annotations

from pathlib import Path

from tests.flows.scene import NIGHT, set_scene

OVERRIDES = {
    "tiers": {"first": {"people": ("hal",)}, "leads": {"people": ("ana", "dee")}},
    "plans": {
        "lift": {"kinds": ("elevation",), "outside": "hold"},
        "software": {"kinds": ("application",), "steps": ["15m call first", "+15m call leads"]},
    },
}


async def test_p6_at_night_elevation_waits_for_the_morning_and_software_is_called_for_tier_by_tier(
    tmp_path: Path,
) -> None:
    async with set_scene(tmp_path, start=NIGHT, overrides=OVERRIDES) as scene:
        rita, ana = scene.hand("req"), scene.hand("ana")
        _, lift = await scene.carded("elevate", product="draftwright", email=rita.person.record.email)
        await rita.hears("Your request came outside working hours. It is held until")
        await lift.shows("Held until")
        await ana.command("/gatehouse", f"plan {lift.case_id}")
        await ana.hears("the hours begin, and the clock starts", "Plan lift")
        _, software = await scene.carded(computer="BRW-WS-003")
        assert "the ceiling: first is called" in await ana.details(software)
        await scene.advance(minutes=15)
        call = await scene.said(
            "escalation", "Nobody of first can decide this now, so leads is called at once."
        )
        assert f"@{ana.id}" in call
        assert not any(f"@{scene.stage.cast[each]}" in call for each in ("hal", "dee"))
        await ana.deny(software, "Not needed here.")
        await scene.case_where(software.case_id, lambda case: not case.is_open)
        # Half past seven in the morning: nobody was called for what is held.
        await scene.advance(hours=9, minutes=15)
        await scene.quiet()
        assert len(scene.said_in("escalation")) == 1
        await scene.advance(minutes=45)
        event = await scene.event("step_taken", acts="escalate", tier="team")
        assert event.event.case_id == lift.case_id
