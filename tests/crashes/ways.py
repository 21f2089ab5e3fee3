"""The ways through the program, each as what is made ready, what is done, and what must be so afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.cards.kit import ids
from bot.ledger import Ledger
from rehearsal.portal.mode_rules import finish_mode
from tests.crashes import arranging, asking, deciding, passing
from tests.crashes.arranging import ROTA, no_duty, no_role
from tests.crashes.passing import DAYS, PAGED
from tests.crashes.play import COMPUTERS, Act, Play, nothing
from tests.flows.scene import Card, Json

CLOCK = "the clock alone"
"""The way on which nobody does anything: what ticks is struck there, and on no other."""


@dataclass(frozen=True)
class Way:
    """One way through the program."""

    name: str
    act: Act
    """What somebody does, or the clock, to the point where it has come to its end."""
    prepare: Act = nothing
    told: tuple[str, tuple[str, ...]] = ("", ())
    """Who must have been told one of these after the last press was taken; nobody: the card tells."""
    settings: str = ""
    """What its bots have in their file besides."""
    is_of_copy: bool = False
    """It begins with a second copy of a card, which stands until a press on it is taken."""
    after: Act = nothing
    """What is put back, so that the next run begins alike."""


async def _asks(play: Play) -> None:
    await play.carded()


async def _joins(play: Play) -> None:
    first = play.scene.stage.portal.request(play.requests[0]).file
    await play.scene.card(
        play.ask(
            computer=f"BRW-WS-{(play.number + 30) % COMPUTERS + 1:03}",
            path=first.full_path,
            hash=first.hash,
            sha256=first.sha256,
            signer=first.certificates[0].subject,
        )
    )
    await play.card.shows("2 computers")


async def _decided_elsewhere(play: Play) -> None:
    play.scene.stage.portal.decide_in_portal(play.requests[0], approve=True, by="mara.quell")
    await play.card.shows("Approved", "mara.quell")


async def _withdrawn(play: Play) -> None:
    play.scene.stage.portal.close_in_portal(play.requests[0], status_id=6, by="mara.quell")
    await play.scene.event("decided_in_portal", request_id=play.requests[0])


async def _reminded(play: Play) -> None:
    await play.scene.advance(minutes=10)
    await play.scene.seen(play.card.thread)


async def _escalates(play: Play) -> None:
    await play.scene.advance(minutes=15)
    await play.scene.said("escalation", "Escalated", play.computer)


async def _grants(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command(
        "/gatehouse", f"grant @hal Approve for Group at brightwater for 1h because run {play.number}"
    )
    await zoe.hears("Hal Novak has Approve for Group")
    await play.scene.said("audit", "gave Hal Novak", f"run {play.number}")


async def _revokes(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command("/gatehouse", f"revoke @hal because run {play.number}")
    await zoe.hears("Hal Novak")
    await play.scene.said("audit", "took back from Hal Novak", f"run {play.number}")


async def _suspends(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command("/gatehouse", f"suspend @bo because run {play.number}")
    await play.scene.said("audit", "Bo Lindqvist", f"run {play.number}")


async def _lifts(play: Play) -> None:
    await play.hand("zoe").command("/gatehouse", f"lift @bo because lifted {play.number}")
    await play.scene.quiet()


async def _silences(play: Play) -> None:
    await play.hand("kim").command(
        "/gatehouse",
        f"silence odd_hours computer {play.computer} at brightwater for 1d because run {play.number}",
    )
    await play.scene.said("audit", "Kim Okafor", f"run {play.number}")


async def _looks_up(play: Play) -> None:
    await play.hand("hal").command("/blocked", f"{play.computer} 4h")
    await play.hand("hal").hears("Blocked", f"tool{play.number}x")


async def _reads_queue(play: Play) -> None:
    await play.hand("ana").command("/gatehouse", "queue")
    await play.hand("ana").hears("Waiting for a decision", play.computer)


async def _starts_mode(play: Play) -> None:
    zoe = play.hand("zoe")
    await zoe.command("/gatehouse", f"maintenance {play.computer}")
    await _fills_mode(play, await play.scene.seen(lambda: zoe.modal(ids.MODE_VIEW)))


async def _fills_mode(play: Play, view: Json) -> None:
    zoe = play.hand("zoe")
    await zoe.submit(
        view,
        **{
            ids.MODE_BLOCK: "learning",
            ids.SPAN_BLOCK: "60",
            ids.MODE_BECAUSE_BLOCK: "the installer unpacks other files each time",
            ids.USER_MAY_END_BLOCK: "no",
        },
    )
    await zoe.hears("Running.", play.computer)
    await _mode_message(play)


async def _starts_mode_for_burst(play: Play) -> None:
    """“Installation mode…” on the card of many files."""
    zoe = play.hand("zoe")
    await _fills_mode(play, await zoe.form(play.card, ids.BURST_MODE, ids.MODE_VIEW))


async def _mode_message(play: Play) -> Card:
    channel = play.scene.stage.channels["card"]

    def look() -> Card | None:
        for message in play.scene.stage.slack.messages(channel):
            card = Card(play.scene, channel, message["ts"], "")
            if ids.MODE_END in card.actions and play.computer in card.text:
                return card
        return None

    return await play.scene.seen(look)


async def _mode_runs(play: Play) -> None:
    await _starts_mode(play)
    play.kept["mode"] = await _mode_message(play)


async def _extends_mode(play: Play) -> None:
    zoe = play.hand("zoe")
    view = await zoe.form(play.kept["mode"], ids.MODE_EXTEND, ids.MODE_EXTEND_VIEW)
    await zoe.submit(view, **{ids.SPAN_BLOCK: "30", ids.MODE_BECAUSE_BLOCK: "the vendor is still at it"})
    await zoe.hears("Extended.")


async def _ends_mode(play: Play) -> None:
    await play.hand("zoe").press(play.kept["mode"], ids.MODE_END)
    await play.hand("zoe").hears("Over.")
    await play.kept["mode"].shows("Maintenance is over")


async def _mode_runs_out(play: Play) -> None:
    await play.scene.advance(minutes=56)
    await play.scene.seen(play.kept["mode"].thread)
    await play.scene.advance(minutes=5)
    await play.kept["mode"].shows("Maintenance is over")


async def _no_mode(play: Play) -> None:
    """Whatever mode runs on this computer is over in the portal, and so in the end everywhere."""
    world = play.scene.stage.portal.world
    own = next(one.computer_id for one in world.computers.values() if one.name == play.computer)
    for mode in [one for one in world.modes.values() if one.computer_id == own and not one.ended_by]:
        finish_mode(world, mode.maintenance_mode_id, by="mara.quell", at=play.scene.stage.clock.now())
    await play.scene.advance(minutes=5)
    await play.scene.seen(lambda: not _is_running(play))


def _is_running(play: Play) -> bool:
    """By the newest message: who died before noting one posts another; the older is retired once it is touched."""
    told = map(str, play.scene.stage.slack.messages(play.scene.stage.channels["card"])[::-1])
    modes = (
        one for one in told if play.computer in one and (ids.MODE_END in one or "Maintenance is over" in one)
    )
    return ids.MODE_END in next(modes, "")


async def _creates_policy(play: Play) -> None:
    kim, channel = play.hand("kim"), play.scene.stage.channels["escalation"]
    message = next(
        one for one in play.scene.stage.slack.messages(channel)[::-1] if f"tool{play.number}x0" in str(one)
    )
    await (await kim.person.click(channel, message["ts"], ids.POLICY_CREATE)).settled()
    view = await play.scene.seen(lambda: kim.modal(ids.CREATE_POLICY_VIEW))
    await kim.submit(
        view, reach="organization", policy_name=f"Permit {play.number}", reason="Everybody plans."
    )
    await kim.hears(f"A new policy Permit {play.number}")
    await play.card.shows("Policy created", "Kim Okafor")


async def _time_passes(play: Play) -> None:
    """Nobody does anything; long enough for each tick to come."""
    ledger = play.scene.ledger
    for _ in range(11):
        before = await ledger.looks.last()
        await play.scene.until(partial(_is_other, ledger, before))


async def _is_other(ledger: Ledger, before: datetime | None) -> bool:
    return await ledger.looks.last() != before


_LATE = "could not be opened"
_HEARD = ("Approved", "Denied", "went through", "had no effect", "Not done", "press again")
_ALONE = "\n[second_approval]\nreaches = []\nunseen_wider_than_computer = false\n"


def _of_form(key: str, *words: str) -> tuple[str, tuple[str, ...]]:
    """What the answer to a form may say: it is done, it came too late, or it is to be pressed again."""
    return key, (*words, _LATE, "again")


def _of_write(key: str, *words: str) -> tuple[str, tuple[str, ...]]:
    """The same where something is written to the portal."""
    return key, (*words, _LATE, "no effect", "again")


_HEARD_OF_TWO = (*_HEARD, "approved")
_HEARD_OR_LATE_OF_TWO = (*_HEARD_OF_TWO, _LATE)
_HEARD_OR_LATE = (*_HEARD, _LATE)
_ROLE_FORM = _of_form("zoe", "Desk")
_LOOKED = ("Blocked", "cannot look", "again")
WAYS = (
    Way("one press approves", deciding.approves, deciding.one_card, ("ana", _HEARD)),
    Way("a form approves", deciding.approves_by_form, deciding.one_card, ("ana", _HEARD_OR_LATE)),
    Way("deny", deciding.denies, deciding.one_card, ("ana", _HEARD_OR_LATE)),
    Way("storage", deciding.opens_stick, deciding.stick, ("ana", _HEARD_OR_LATE)),
    Way("elevation", deciding.elevates, deciding.elevation, ("kim", _HEARD_OR_LATE)),
    Way("a first yes", deciding.first_yes, deciding.one_card, ("ana", ("Waiting for a second", _LATE, "press again"))),
    Way("a second yes", deciding.second_yes, deciding.waits_for_second, ("kim", _HEARD_OR_LATE)),
    Way("send back", deciding.sends_back, deciding.waits_for_second, ("kim", ("Sent back", _LATE, "press again"))),
    Way("claim", deciding.claims, deciding.one_card),
    Way("release", deciding.releases, deciding.claimed),
    Way("hand over", deciding.hands_over, deciding.one_card, ("ana", ("Handed over", _LATE, "press again"))),
    Way("escalate by hand", deciding.calls, deciding.one_card),
    Way("details", deciding.reads_details, deciding.one_card),
    Way("take back", deciding.takes_back, deciding.approved, _of_write("kim", "is removed")),
    Way("keep as an exception", deciding.keeps, deciding.denied, _of_form("hal", "Kept as an exc")),
    Way("a request comes in", _asks),
    Way("a request joins", _joins, deciding.one_card),
    Way("a decision in the portal", _decided_elsewhere, deciding.one_card),
    Way("closed in the portal", _withdrawn, deciding.one_card),
    Way("a reminder", _reminded, deciding.one_card),
    Way("an escalation", _escalates, deciding.one_card),
    Way("grant", _grants, told=("zoe", ("Hal Novak", "press again", "again"))),
    Way("revoke", _revokes, _grants, ("zoe", ("Hal Novak", "press again", "again"))),
    Way("suspend", _suspends, after=_lifts),
    Way("lift", _lifts, _suspends, ("zoe", ("Bo Lindqvist", "again"))),
    Way("silence", _silences, told=("kim", ("silen", "again"))),
    Way("look up", _looks_up, deciding.one_card, ("hal", _LOOKED)),
    Way("queue", _reads_queue, deciding.one_card, ("ana", ("Waiting for a decision", "again"))),
    Way("home", asking.opens_home, deciding.one_card),
    Way("start a mode", _starts_mode, told=_of_write("zoe", "Running"), after=_no_mode),
    Way("extend a mode", _extends_mode, _mode_runs, _of_write("zoe", "Extended"), after=_no_mode),
    Way("end a mode", _ends_mode, _mode_runs, ("zoe", ("Over.", "no effect", "again")), after=_no_mode),
    Way("a mode runs out", _mode_runs_out, _mode_runs),
    Way("create a policy", _creates_policy, deciding.proposed, _of_write("kim", "A new policy"), _ALONE),
    Way("one press for two customers", arranging.approves_family, arranging.family, ("ana", _HEARD_OF_TWO), _ALONE),
    Way("agree by one press", arranging.agrees, arranging.two_wait_for_second, ("kim", _HEARD_OF_TWO)),
    Way("take up a call", arranging.takes_up_call, arranging.called),
    Way("put a policy off", arranging.puts_off, deciding.proposed, _of_write("kim", "Noted"), _ALONE),
    Way("renew an exception", arranging.renews, arranging.kept, _of_write("kim", "Renewed")),
    Way("close an exception", arranging.closes, arranging.kept, _of_write("kim", "Closed")),
    Way("grant by a form", arranging.grants_by_form, told=_of_form("zoe", "Hal Novak")),
    Way("make a role", arranging.makes_role, told=("zoe", ("Desk", "again")), after=no_role),
    Way("change a role", arranging.changes_role, arranging.makes_role, ("zoe", ("Desk", "again")), after=no_role),
    Way("delete a role", arranging.deletes_role, arranging.makes_role, ("zoe", ("Desk", "again")), after=no_role),
    Way("ask why it was blocked", arranging.asks_why, deciding.one_card, ("ana", ("locked", "again"))),
    Way("claim at home", asking.claims_at_home, asking.at_home),
    Way("take a turn on call", arranging.takes_turn, settings=ROTA, after=no_duty),
    Way("drop a turn on call", arranging.drops, arranging.takes_turn, settings=ROTA, after=no_duty),
    Way("offer a swap", arranging.offered, told=("ana", ("Offered", "again")), settings=ROTA, after=no_duty),
    Way("agree to a swap", arranging.agrees_to_swap, arranging.offered, settings=ROTA, after=no_duty),
    Way("a claim lapses", arranging.claim_lapses, deciding.claimed),
    Way("a grant ends", arranging.grant_ends, _grants),
    Way("approve in steps", deciding.approves_in_steps, deciding.one_card, ("ana", _HEARD_OR_LATE)),
    Way("deny in steps", deciding.denies_in_steps, deciding.one_card, ("ana", _HEARD_OR_LATE)),
    Way("storage in steps", deciding.opens_stick_in_steps, deciding.stick, ("ana", _HEARD_OR_LATE)),
    Way("open a form again", deciding.denies_again, deciding.refused_denial, ("ana", _HEARD_OR_LATE)),
    Way("approve for a listed reason", deciding.approves_because, deciding.approved_twice, ("ana", _HEARD)),
    Way("approve as proposed", deciding.approves_as_proposed, deciding.a_rule_is_proposed, ("ana", _HEARD_OR_LATE)),
    Way("propose a policy", deciding.proposes, deciding.approved_by_rule, settings=_ALONE),
    Way("promote", deciding.promotes, deciding.approved, _of_write("kim", "copied"), _ALONE),
    Way("press on a copy", deciding.claims_on_copy, deciding.copied_card, is_of_copy=True),
    Way("a mode for a burst", _starts_mode_for_burst, arranging.burst, _of_write("zoe", "Running"), after=_no_mode),
    Way("a form for two customers", arranging.family_by_form, arranging.family, ("ana", _HEARD_OR_LATE_OF_TWO), _ALONE),
    Way("a form of one of two", arranging.one_of_family, arranging.family, ("ana", _HEARD_OR_LATE_OF_TWO), _ALONE),
    Way("details of one of two", arranging.details_of_one, arranging.family, settings=_ALONE),
    Way("make a role in form", arranging.makes_in_form, told=_ROLE_FORM, after=no_role),
    Way("change a role in form", arranging.changes_in_form, arranging.makes_role, _ROLE_FORM, after=no_role),
    Way("delete a role in form", arranging.deletes_in_form, arranging.makes_role, _ROLE_FORM, after=no_role),
    Way("ask who is on call", arranging.asks_on_call, settings=ROTA),
    Way("put somebody on call", arranging.overrides, settings=ROTA, after=no_duty),
    Way("go away", arranging.goes_away, settings=ROTA, after=no_duty),
    Way("take a turn by a form", arranging.takes_in_form, arranging.on_call_shown, settings=ROTA, after=no_duty),
    Way("offer a swap by a form", arranging.offers_in_form, arranging.on_call_shown, settings=ROTA, after=no_duty),
    Way("go away by a form", arranging.away_in_form, arranging.on_call_shown, settings=ROTA, after=no_duty),
    Way("drop a turn by a button", arranging.drops_by_button, arranging.turn_taken, settings=ROTA, after=no_duty),
    Way("decline a swap", arranging.declines_swap, arranging.offered, settings=ROTA, after=no_duty),
    Way("turn pages", asking.turns_pages, asking.blocked_shown, ("hal", _LOOKED)),
    Way("permits and history", asking.reads_permits_and_history, asking.blocked_shown, ("hal", (*_LOOKED, "istory"))),
    Way("look around at home", asking.looks_around, asking.much_at_home),
    Way("turn the pages at home", asking.turns_desk, asking.many_wait),
    Way("release at home", asking.releases_at_home, asking.claimed_at_home),
    Way("look up at home", asking.looks_up_at_home, deciding.one_card, _of_form("hal", "Blocked", "cannot look")),
    Way("ask everything", asking.asks_everything, deciding.one_card),
    Way("an approval in doubt", passing.approves_in_doubt, deciding.one_card, ("ana", _HEARD)),
    Way("a taking back in doubt", passing.takes_back_in_doubt, deciding.approved, _of_write("kim", "is removed")),
    Way("a review comes", passing.review_comes, passing.kept_for_a_day, settings=DAYS),
    Way("a case is forgotten", passing.forgets, deciding.denied, settings=DAYS),
    Way("a second way", passing.pages, deciding.one_card, settings=PAGED),
    Way(CLOCK, _time_passes, deciding.one_card),
)  # fmt: skip
