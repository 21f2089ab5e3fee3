"""P6: a calendar of others says who is called, and whoever comes and goes hears of it once, whichever replica tells."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from tests.flows.scene import WORKING_HOURS, Scene, set_scene
from tests.ical.place import CalendarServer, calendar, serving, shift

HOUR = timedelta(hours=1)


def at(when: datetime) -> str:
    return f"{when:%Y%m%dT%H%M%SZ}"


def filled(server: CalendarServer) -> None:
    """Ana has the turn until eleven, then Lee; and an event that means nobody."""
    eleven = WORKING_HOURS + HOUR
    server.body = calendar(
        shift("1", at(eleven - 24 * HOUR), at(eleven), "SUMMARY:On call: Ana Moreau"),
        shift(
            "2", at(eleven), at(eleven + 24 * HOUR), "SUMMARY:On call: lee", "ATTENDEE:mailto:lee@x.example"
        ),
        shift("3", at(eleven + 90 * HOUR), at(eleven + 91 * HOUR), "SUMMARY:Summer party"),
    )


async def told(scene: Scene) -> None:
    """Both replicas look at what is to be told, at once."""
    rostering = [each.ticks.rostering for each in scene.bots]
    await asyncio.gather(*(each.tell() for each in rostering if each is not None))


async def test_p6_the_calendar_says_who_is_called_and_the_hand_over_is_told_once(tmp_path: Path) -> None:
    async with serving() as server:
        filled(server)
        rota = {"zone": "UTC", "ical_url": f"{server.url}/rota.ics", "ical_names": {"On call: lee": "lee"}}
        overrides = {
            "tiers": {"leads": {"rota": "week"}},
            "rotas": {"week": rota},
            "plans": {"software": {"kinds": ("application",), "steps": ["15m call leads"]}},
        }
        async with set_scene(tmp_path, bots=2, overrides=overrides) as scene:
            ana, lee = scene.hand("ana"), scene.hand("lee")
            await scene.said("audit", "The calendar of the rota week says something odd.", "Summer party")
            await scene.carded(computer="BRW-WS-003")
            await scene.advance(minutes=15)
            call = await scene.said("escalation", "Escalated")
            assert f"@{ana.id}" in call
            assert f"@{lee.id}" not in call
            await scene.advance(minutes=50)
            await told(scene)
            await lee.hears(
                "Your turn: the rota week is yours from", "before you it was Ana Moreau's", "1 case waits"
            )
            await ana.hears("Your turn of the rota week is over since", "then it is Lee Sandoval's")
            await told(scene)
            await scene.quiet()
            assert sum("Your turn" in each for each in (*ana.told(), *lee.told())) == 2
            assert len(server.asked) <= 4, "one replica looks for both"
