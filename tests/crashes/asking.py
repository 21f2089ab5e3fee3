"""What people ask and look at: the Unified Audit, their App Home, who may what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.cards.app_home import CASES_A_PAGE
from bot.cards.kit import ids
from rehearsal.portal.arrivals import account_of, add_audit_row
from rehearsal.portal.records import DENY, FileFacts
from tests.crashes import deciding
from tests.crashes.play import Play
from tests.flows.scene import Json
from tests.flows.test_duty import pressed

_MORE_THAN_A_PAGE = 12


async def much_blocked(play: Play) -> None:
    """More on this computer than one answer shows."""
    world, clock = play.scene.stage.portal.world, play.scene.stage.clock
    computer = next(one for one in world.computers.values() if one.name == play.computer)
    policy = next(one for one in world.policies.values() if one.applies_to_id == computer.computer_group_id)
    await deciding.one_card(play)
    for number in range(_MORE_THAN_A_PAGE):
        add_audit_row(
            world,
            computer,
            account_of(world, computer, computer.user),
            FileFacts(rf"C:\apps\{play.number}\part{number}.exe", r"C:\Windows\explorer.exe"),
            action_type="execute",
            action_id=DENY,
            at=clock.now() - timedelta(minutes=1 + number),
            policy=policy,
        )


async def blocked_shown(play: Play) -> None:
    await much_blocked(play)
    await _looks_up(play)
    await play.scene.quiet()


async def _looks_up(play: Play) -> None:
    await play.hand("hal").command("/blocked", f"{play.computer} 4h")
    await play.hand("hal").hears("Blocked", play.computer, "1 to 10 of")


async def turns_pages(play: Play) -> None:
    hal = play.hand("hal")
    await pressed(hal, ids.LOOKUP_OLDER)
    await hal.hears(play.computer, "11 to")
    await pressed(hal, ids.LOOKUP_NEWER)
    await play.scene.until(lambda: _times(play, "1 to 10 of", 2))


async def reads_permits_and_history(play: Play) -> None:
    hal = play.hand("hal")
    for action_id, block_id in ((ids.LOOKUP_HISTORY, "history_1"), (ids.LOOKUP_PERMITS, "")):
        await pressed(hal, action_id, block_id)
        await play.scene.quiet()


async def _times(play: Play, words: str, count: int) -> bool:
    """Whether Hal was told this so often of this computer."""
    told = [said for said in play.hand("hal").told() if words in said and play.computer in said]
    return len(told) >= count


async def opens_home(play: Play) -> None:
    delivery = await play.hand("ana").person.open_home()
    if delivery is not None:
        await delivery.settled()
    await play.scene.seen(lambda: play.computer in str(play.hand("ana").person.home()))


async def at_home(play: Play) -> None:
    await deciding.one_card(play)
    await opens_home(play)


async def much_at_home(play: Play) -> None:
    """Of two customers, and of two kinds."""
    play.ask("elevate", computer="MRL-WS-009")
    await at_home(play)
    await play.scene.card(play.requests[0])
    await opens_home(play)
    await play.scene.seen(lambda: _home_with(play, ids.HOME_KIND) and _home_with(play, ids.HOME_ORGANIZATION))


async def looks_around(play: Play) -> None:
    """What the desk lists: whose, of which organization, of which kind; and all of it anew."""
    for action_id in (ids.HOME_WHICH, ids.HOME_ORGANIZATION, ids.HOME_KIND):
        home = await _home(play)
        value = _element(home, action_id)["options"][-1]["value"]
        await play.hand("ana").person.choose_in(home["id"], action_id, value)
        await play.scene.seen(lambda before=home["hash"]: _home_after(play, before))  # type: ignore[misc] # default
    home = await _home(play)
    await (await play.hand("ana").person.click_in(home["id"], ids.HOME_REFRESH)).settled()
    await play.scene.quiet()


async def many_wait(play: Play) -> None:
    """More than one page of the desk."""
    for _ in range(CASES_A_PAGE + 1):
        play.ask("read")
    for request_id in play.requests:
        await play.scene.card(request_id)
    await opens_home(play)


async def turns_desk(play: Play) -> None:
    for action_id in (ids.HOME_ON, ids.HOME_BACK):
        home = await play.scene.seen(lambda wanted=action_id: _home_with(play, wanted))  # type: ignore[misc] # default
        await play.hand("ana").person.click_in(home["id"], action_id)
    await play.scene.seen(lambda: _home_with(play, ids.HOME_ON))


async def claimed_at_home(play: Play) -> None:
    await at_home(play)
    await claims_at_home(play)
    await play.scene.seen(lambda: _home_with(play, ids.HOME_RELEASE))
    await play.scene.quiet()


async def claims_at_home(play: Play) -> None:
    home = await _home(play)
    await play.hand("ana").person.click_in(home["id"], ids.HOME_CLAIM)
    await play.card.shows("Claimed by Ana Moreau")


async def releases_at_home(play: Play) -> None:
    home = await _home(play)
    await play.hand("ana").person.click_in(home["id"], ids.HOME_RELEASE)
    await play.scene.case_where(play.card.case_id, lambda case: case.claim is None)


async def looks_up_at_home(play: Play) -> None:
    hal = play.hand("hal")
    await hal.person.open_home()
    home = await play.scene.seen(hal.person.home)
    await hal.person.click_in(home["id"], ids.HOME_LOOK_UP)
    view = await play.scene.seen(lambda: hal.modal(ids.LOOK_UP_VIEW))
    await hal.submit(view, about="computer", name=play.computer, span="24h")
    await hal.hears("Blocked", play.computer)


async def _home(play: Play) -> Json:
    return await play.scene.seen(play.hand("ana").person.home)


def _home_with(play: Play, action_id: str) -> Json | None:
    home = play.hand("ana").person.home()
    return home if home and f"'{action_id}'" in str(home["blocks"]) else None


def _home_after(play: Play, before: str) -> Json | None:
    home = play.hand("ana").person.home()
    return home if home and home["hash"] != before else None


def _element(view: Json, action_id: str) -> Json:
    elements: Iterator[Any] = (each for block in view["blocks"] for each in block.get("elements", ()))
    found: Json = next(each for each in elements if each.get("action_id") == action_id)
    return found


_QUESTIONS = (
    ("ana", "find {computer}", ("Open cases of", "{computer}")),
    ("ana", "plan {case}", ("{computer}",)),
    ("ana", "exceptions", ("xception",)),
    ("zoe", "maintenance", ("aintenance",)),
    ("zoe", "can @ana approve at brightwater", ("Ana Moreau",)),
    ("zoe", "who approve at brightwater", ("Ana Moreau",)),
    ("zoe", "grants @ana", ("Ana Moreau",)),
    ("zoe", "roles brightwater", ("Roles at Brightwater",)),
    ("kim", "sla today", ("waited",)),
    ("kim", "unusual", ("unusual",)),
    ("hal", "whoami", ("You are Hal Novak",)),
    ("hal", "help", ("/gatehouse queue",)),
)
"""Who asks what, and what the answer holds."""


async def asks_everything(play: Play) -> None:
    """Each question that only reads, one after the other."""
    fills = {"computer": play.computer, "case": play.card.case_id}
    for key, question, words in _QUESTIONS:
        await play.hand(key).command("/gatehouse", question.format(**fills))
        await play.hand(key).hears(*(word.format(**fills) for word in words))
