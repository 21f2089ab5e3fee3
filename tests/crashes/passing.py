"""What comes by the clock, and what was left in doubt: days that pass, answers that were lost."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.kit import ids
from rehearsal.portal.faults import FaultKind
from tests.crashes import deciding
from tests.crashes.play import Play
from tests.flows.test_policies import from_details

DAYS = "# Days pass on this stage.\n[retention]\nclosed_cases_days = 1\n"
PAGER_URL = "PAGER_URL"
PAGED = f'[fallback]\nafter_s = 10\nwebhook_url = "{PAGER_URL}"\n'


async def approves_in_doubt(play: Play) -> None:
    """The portal carries the approval out and says nothing, then or when it is asked: the clock asks again."""
    portal = play.scene.stage.portal
    _answers_nothing(play, "ApprovalRequestPermitApplication")
    await play.hand("ana").approve(play.card)
    await play.scene.seen(lambda: not portal.request(play.requests[0]).is_open)
    await _comes_to_itself(play, "Approved by Ana Moreau")


async def takes_back_in_doubt(play: Play) -> None:
    portal, kim = play.scene.stage.portal, play.hand("kim")
    view = await from_details(kim, play.card, ids.POLICY_TAKE_BACK, ids.TAKE_BACK_VIEW)
    policy_id = portal.request(play.requests[0]).new_policy_id
    _answers_nothing(play, "PolicyUpdateForDeleteByIds")
    await kim.submit(view, reason="It phones home.")
    await play.scene.seen(lambda: policy_id not in portal.world.policies)
    await _comes_to_itself(play, "Taken back", "Kim Okafor")


def _answers_nothing(play: Play, action: str) -> None:
    play.scene.stage.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=action, times=1, seconds=1)


async def _comes_to_itself(play: Play, *words: str) -> None:
    """Every look fails, until the bot has given up to know at once; then the clock asks before a list tells it."""
    faults = play.scene.stage.portal.faults
    faults.set(FaultKind.SERVER_ERROR)
    await play.scene.quiet()
    faults.clear()
    faults.set(FaultKind.SERVER_ERROR, action="ApprovalRequestGetByParameters")
    await play.scene.advance(seconds=20)
    await play.card.shows(*words)
    faults.clear()


async def kept_for_a_day(play: Play) -> None:
    """An exception whose review is tomorrow."""
    await deciding.denied(play)
    hal, today = play.hand("hal"), play.scene.stage.clock.now().date()
    view = await from_details(hal, play.card, ids.EXCEPTION_MODAL, ids.EXCEPTION_VIEW)
    await hal.submit(
        view,
        owner="kim",
        reason=deciding.WORDS,
        review_on=(today + timedelta(days=1)).isoformat(),
        ends_on=(today + timedelta(days=60)).isoformat(),
    )
    await hal.hears("Kept as an exception")
    await play.scene.said("escalation", "Kept as an exception", f"tool{play.number}x0")
    await play.scene.quiet()


async def review_comes(play: Play) -> None:
    await play.scene.advance(days=2)
    await play.scene.said("escalation", "Review due", f"tool{play.number}x0")


async def forgets(play: Play) -> None:
    """The retention time of a closed case is over."""
    await play.scene.advance(days=2)
    await play.scene.seen(lambda: f"tool{play.number}x0" not in play.card.text)


async def pages(play: Play) -> None:
    """Slack takes no call to people: they are called by the second way."""
    faults = play.scene.stage.slack.faults
    faults.arm("server_error", method="chat.postMessage", times=-1)
    await play.scene.advance(minutes=15)
    await play.scene.advance(seconds=11)
    await play.scene.seen(lambda: len(play.pages) > 0)
    faults.clear()
    await play.scene.said("escalation", "Escalated", play.computer)
