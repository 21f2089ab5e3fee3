"""The common jobs, done by people at the real forms and counted: `python -m tests.flows.presses` writes the page."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.cards.kit import ids
from bot.models import Case
from tests.flows.scene import Card, Hand, Json, Scene, set_scene
from tests.flows.test_duty import OVERRIDES as DUTY
from tests.flows.test_duty import pressed
from tests.flows.test_maintenance import grant
from tests.flows.test_policies import asked_again, proposed

ALONE = {"second_approval": {"reaches": (), "unseen_wider_than_computer": False}}
PAGE = Path(__file__).parents[2] / "docs" / "presses.md"
VERIFIED = {"verified_writes": ["permit_storage"]}
FILES = {
    "execute": {"product": "tideplan", "path": r"C:\Program Files\Fjordlight\tideplan.exe"},
    "elevate": {"product": "draftwright"},
}
HOW, WHO = "Called the vendor", "Lee, head of sales"


class Counts(NamedTuple):
    """What one job took."""

    buttons: int
    """Pressed; the card's “…” menu counts twice, since it has to be opened."""
    choices: int
    """In lists, radio buttons and calendars."""
    fields: int
    """Typed into."""


@dataclass
class Worker:
    """A person whose every move is counted. Whatever is not in view cannot be filled in."""

    hand: Hand
    card: Card
    counts: Counts = field(default=Counts(0, 0, 0))

    @property
    def scene(self) -> Scene:
        """Where they work."""
        return self.hand.scene

    async def press(self, action_id: str) -> None:
        """A button of the card."""
        await self.hand.press(self.card, action_id)
        self._count(buttons=1)

    async def picks(self, action_id: str) -> None:
        """The first entry of a menu on the card."""
        await self.scene.seen(lambda: action_id in self.card.actions, lambda: self.card.text)
        elements = [e for block in self.card.message["blocks"] for e in block.get("elements", ())]
        menu = next(element for element in elements if element.get("action_id") == action_id)
        value, card = menu["options"][0]["value"], self.card
        await (await self.hand.person.choose(card.channel, card.ts, action_id, value)).settled()
        self._count(choices=1)

    async def types(self, text: str) -> None:
        """A command, with everything in it."""
        await self.hand.command("/gatehouse", text)
        self._count(fields=1)

    async def answers(self, action_id: str, *, by: str = "") -> None:
        """The newest button of this name that was said to them, or to somebody else whose press it takes too."""
        await pressed(self.scene.hand(by) if by else self.hand, action_id)
        self._count(buttons=1)

    async def menu(self, word: str) -> None:
        """The card's “…”, and a line of it."""
        await self.hand.more(self.card, word)
        self._count(buttons=2)

    async def form(self, callback_id: str) -> Json:
        """The form that has been asked for, once it is filled."""
        return await self.scene.seen(lambda: self.hand.modal(callback_id))

    async def click(self, view: Json, action_id: str, block_id: str) -> Json:
        """A button inside a form; the form with the block that this brings."""
        await (await self.hand.person.click_in(view["id"], action_id)).settled()
        self._count(buttons=1)
        return await self.scene.seen(lambda: self._with(block_id))

    async def enters(self, view: Json, **values: Any) -> Json:
        """One input after the other, in this order; the form as it stands then."""
        for block_id, value in values.items():
            block = next((one for one in view["blocks"] if one.get("block_id") == block_id), None)
            assert block is not None, f"{block_id} is not in view"
            is_text = block["element"]["type"] == "plain_text_input"
            self._count(fields=int(is_text), choices=int(not is_text))
            if block.get("dispatch_action"):
                view = await self.hand.stepped(view, {block_id: value})
            else:
                await self.hand.person.fill(view["id"], {block_id: {ids.INPUT: value}})
        return self.hand.person.views()[-1]

    async def submits(self, view: Json) -> None:
        """The form's own button."""
        delivery = await (await self.hand.person.submit(view["id"])).settled()
        assert delivery.outcome == "closed", self.hand.person.views()[-1]["errors"]
        self._count(buttons=1)

    async def told(self, *words: str) -> None:
        """It is done, and they read so."""

        def look() -> str | None:
            said = [" ".join(one.split()) for one in self.hand.told()]
            return next((one for one in said if all(word in one for word in words)), None)

        await self.scene.seen(look, lambda: f"told: {self.hand.told()}")

    async def becomes(self, holds: Callable[[Case], object]) -> None:
        """The record of the case says so."""
        await self.scene.case_where(self.card.case_id, holds)

    def _with(self, block_id: str) -> Json | None:
        views = self.hand.person.views()
        held = views[-1]["blocks"] if views else []
        return views[-1] if any(one.get("block_id") == block_id for one in held) else None

    def _count(self, **more: int) -> None:
        self.counts = Counts(*(getattr(self.counts, name) + more.get(name, 0) for name in Counts._fields))


Work = Callable[[Worker], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """One job: what it is called, what it took before the form went in steps, and how it is done."""

    name: str
    before: Counts | None
    """None: there was no such job."""
    work: Work
    who: str = "kim"
    asked: str = "execute"
    overrides: dict[str, Any] = field(default_factory=lambda: dict(ALONE))
    file: dict[str, str] = field(default_factory=dict)
    costs_more: str = ""
    """Why it takes more than before, where it does so on purpose."""

    async def counted(self, scene: Scene) -> Counts:
        """Do it."""
        file = self.file or FILES.get(self.asked, {})
        _, card = await scene.carded(self.asked, computer="BRW-WS-007", **file)
        if self.asked in FILES:
            await scene.case_where(card.case_id, lambda case: case.evidence and case.evidence.checks)
        worker = Worker(scene.hand(self.who), card)
        await self.work(worker)
        return worker.counts


async def one_computer(worker: Worker) -> None:
    await worker.press(ids.APPROVE_COMPUTER)
    await worker.told("Approved", "BRW-WS-007 only")


async def approves(worker: Worker, **values: Any) -> None:
    """“Approve…”, these inputs, “Approve”."""
    await worker.press(ids.APPROVE_MODAL)
    await worker.submits(await worker.enters(await worker.form(ids.APPROVE_VIEW), **values))
    await worker.told("Approved")


async def approves_by_more(worker: Worker, **values: Any) -> None:
    """The same below “More…”."""
    await worker.press(ids.APPROVE_MODAL)
    view = await worker.click(await worker.form(ids.APPROVE_VIEW), ids.APPROVE_MORE, ids.LASTS_BLOCK)
    await worker.submits(await worker.enters(view, **values))
    await worker.told("Approved")


def at(reach: str) -> Work:
    """Approve as far as that, confirmed."""

    async def work(worker: Worker) -> None:
        await approves(worker, reach=reach, validated_how=HOW, confirmed_by=WHO)

    return work


async def from_the_list(worker: Worker) -> None:
    await approves(worker, justification="Vendor update of approved software")


async def until_a_day(worker: Worker) -> None:
    await approves_by_more(worker, lasts=ids.UNTIL_DATE, expires_on=_day(worker))


async def by_a_rule(worker: Worker) -> None:
    await approves_by_more(worker, recognized_by=ids.BY_RULE)


async def by_the_proposed_rule(worker: Worker) -> None:
    worker.card, _ = await proposed(worker.scene)
    await worker.press(ids.BY_RULE_MODAL)
    view = await worker.form(ids.BY_RULE_VIEW)
    await worker.submits(await worker.enters(view, reason="Three times in a day, and every version after it"))
    await worker.told("Approved")


async def with_added_rights(worker: Worker) -> None:
    await approves_by_more(worker, elevation=ids.WITH_NOTICE)


async def elevates(worker: Worker) -> None:
    await worker.press(ids.APPROVE_COMPUTER)
    await worker.told("Approved", "with notice")


async def elevates_the_unseen(worker: Worker) -> None:
    await approves(worker)


async def elevates_on_the_phone(worker: Worker) -> None:
    await approves(worker, elevation_for="6", on_phone_with="Dana Brightwater")


async def elevates_until_a_day(worker: Worker) -> None:
    await approves(worker, elevation_for=ids.UNTIL_DATE, elevation_until=_day(worker))


async def elevates_for_good(worker: Worker) -> None:
    await approves(worker, elevation_for=ids.FOR_GOOD, safe_because="Nobody logs on there", reason="A kiosk")


async def starts_a_mode(worker: Worker) -> None:
    grant(worker.scene, "kim", "Manage Application Control Installation Mode")
    await worker.scene.said("audit", "The access file changed and is in force", "Kim Okafor")
    await approves_by_more(
        worker, mode_instead="installation", mode_because="It unpacks other names each time"
    )


async def denies_from_the_list(worker: Worker) -> None:
    await worker.press(ids.DENY_MODAL)
    view = await worker.form(ids.DENY_VIEW)
    reason = next(one for one in view["blocks"] if one.get("block_id") == ids.DENY_REASON_BLOCK)
    value = reason["element"]["options"][0]["value"]
    await worker.submits(await worker.enters(view, deny_reason=value))
    await worker.told("Denied")


async def denies_in_own_words(worker: Worker) -> None:
    await worker.press(ids.DENY_MODAL)
    await worker.submits(await worker.enters(await worker.form(ids.DENY_VIEW), reason="Use the web version"))
    await worker.told("Denied")


async def claims(worker: Worker) -> None:
    await worker.press(ids.CLAIM)
    await worker.becomes(lambda case: case.claim is not None)


async def hands_over(worker: Worker) -> None:
    await worker.menu(ids.HAND_OVER)
    view = await worker.form(ids.HAND_OVER_VIEW)
    receiver = worker.scene.hand("ana").id
    await worker.submits(await worker.enters(view, person=receiver, reason="The caller rings you"))
    await worker.told("Handed over to Ana Moreau")


async def hands_to_the_team(worker: Worker) -> None:
    await worker.menu(ids.HAND_OVER)
    view = await worker.form(ids.HAND_OVER_VIEW)
    await worker.submits(await worker.enters(view, to=ids.TO_TEAM, reason="It asks for a driver"))
    await worker.told("Handed over to the escalation team")


def _waits(case: Case) -> bool:
    """For a second person."""
    return any(entry.awaited is not None for entry in case.pending)


async def _first_yes(worker: Worker) -> None:
    """Somebody else's approval for the group, which waits."""
    ana = worker.scene.hand("ana")
    view = await ana.form(worker.card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await ana.submit(view, reach="computer_group", validated_how=HOW, confirmed_by=WHO)
    await worker.becomes(_waits)


async def seconds(worker: Worker) -> None:
    await _first_yes(worker)
    await worker.press(ids.SECOND_MODAL)
    await worker.submits(await worker.form(ids.SECOND_VIEW))
    await worker.told("Approved")


async def agrees(worker: Worker) -> None:
    """To what one press of somebody else's would have let run on two computers."""
    worker.scene.ask(computer="BRW-WS-008", **FILES["execute"])
    await worker.becomes(lambda case: len(case.pending) == 2)
    await worker.scene.quiet()
    await worker.scene.hand("ana").approve(worker.card)
    await worker.becomes(_waits)
    await worker.press(ids.AGREE)
    await worker.told("2 approved")


async def approves_with_a_listed_reason(worker: Worker) -> None:
    """The third of its software by hand: one press takes its reason."""
    for number in (11, 12):
        card = await asked_again(worker.scene, number)
        await worker.scene.hand("ana").approve(card)
        await card.shows("Approved by Ana Moreau")
    worker.card = await asked_again(worker.scene, 13)
    await worker.picks(ids.APPROVE_BECAUSE)
    await worker.told("Approved")


async def sends_back(worker: Worker) -> None:
    await _first_yes(worker)
    await worker.press(ids.SECOND_MODAL)
    view = await worker.form(ids.SECOND_VIEW)
    await worker.click(view, ids.SEND_BACK_MODAL, ids.REASON_BLOCK)
    view = await worker.form(ids.SEND_BACK_VIEW)
    await worker.submits(await worker.enters(view, reason="One computer will do for now"))
    await worker.becomes(lambda case: not _waits(case))


async def opens_a_stick_for_a_day(worker: Worker) -> None:
    await worker.press(ids.APPROVE_MODAL)
    await worker.submits(await worker.enters(await worker.form(ids.STORAGE_VIEW), lasts="1"))
    await worker.told("Approved", "may read from")


async def takes_over(worker: Worker) -> None:
    await worker.types("oncall take leads")
    await worker.told("Lee Sandoval has the turn of week")


async def takes_over_by_form(worker: Worker) -> None:
    await worker.types("oncall")
    await worker.answers(ids.DUTY_TAKE)
    await worker.submits(await worker.form(ids.TAKE_VIEW))
    await worker.told("Lee Sandoval has the turn of week")


async def takes_back(worker: Worker) -> None:
    await worker.hand.command("/gatehouse", "oncall take leads")
    await worker.answers(ids.DUTY_DROP)
    await worker.told("took back")


async def swaps(worker: Worker) -> None:
    await worker.types("oncall swap turn with @ana")
    await worker.answers(ids.SWAP_AGREE, by="ana")
    await worker.told("Swapped")


async def swaps_by_form(worker: Worker) -> None:
    await worker.types("oncall")
    await worker.answers(ids.DUTY_SWAP)
    view = await worker.form(ids.SWAP_VIEW)
    await worker.submits(await worker.enters(view, when="turn", person="ana"))
    await worker.answers(ids.SWAP_AGREE, by="ana")
    await worker.told("Swapped")


async def puts_on_call(worker: Worker) -> None:
    await worker.types("oncall override week 2026-11-20 @lee because Ana has a flight")
    await worker.told("Lee Sandoval has the turn of week")


async def goes_away(worker: Worker) -> None:
    await worker.types("oncall away 2026-11-20")
    await worker.told("Lee Sandoval is out of office")


async def goes_away_by_form(worker: Worker) -> None:
    await worker.types("oncall")
    await worker.answers(ids.DUTY_AWAY)
    await worker.submits(await worker.enters(await worker.form(ids.AWAY_VIEW), when="2026-11-20"))
    await worker.told("Lee Sandoval is out of office")


def _duty(name: str, work: Work, who: str = "lee") -> Job:
    return Job(name, None, work, who, overrides=DUTY)


def _day(worker: Worker) -> str:
    return (worker.scene.bot.desk.now() + timedelta(days=2)).date().isoformat()


STORAGE = ALONE | VERIFIED
TWO: dict[str, Any] = {}
JOBS = (
    Job("approve for one computer", Counts(1, 0, 0), one_computer),
    Job("approve for one computer, justification from the list", Counts(2, 0, 1), from_the_list),
    Job(
        "approve for one computer where a policy is due, the card's menu of reasons",
        Counts(2, 0, 1),
        approves_with_a_listed_reason,
    ),
    Job("approve for the computer's own group", Counts(2, 1, 2), at("computer_group")),
    Job("approve for all computers of the organization", Counts(2, 1, 2), at("organization")),
    Job("approve for one computer until a day", Counts(3, 2, 0), until_a_day),
    Job("approve by path and signer, as the file has them", Counts(3, 1, 0), by_a_rule),
    Job("approve with the proposed rule, its reach and its end", Counts(3, 3, 1), by_the_proposed_rule),
    Job("approve, and administrator rights for an hour with it", Counts(3, 1, 0), with_added_rights),
    Job("a maintenance mode for an hour", Counts(3, 1, 1), starts_a_mode),
    Job("elevate for the set hours", Counts(1, 0, 0), elevates, asked="elevate"),
    Job(
        "elevate for the set hours what was never seen here",
        Counts(1, 0, 0),
        elevates_the_unseen,
        asked="elevate",
        file={"product": "labelpress", "version": "9.9"},
        costs_more="it would be permitted and elevated at once, and what is unusual is never one press",
    ),
    Job(
        "elevate for six hours, a caller on the phone",
        Counts(3, 1, 1),
        elevates_on_the_phone,
        asked="elevate",
    ),
    Job("elevate until a day", Counts(3, 2, 0), elevates_until_a_day, asked="elevate"),
    Job("elevate without an end", Counts(3, 1, 2), elevates_for_good, asked="elevate"),
    Job("deny with a reason from the list", Counts(2, 1, 0), denies_from_the_list),
    Job("deny in your own words", Counts(2, 0, 1), denies_in_own_words),
    Job("claim", Counts(1, 0, 0), claims),
    Job("hand over to a colleague", Counts(3, 1, 1), hands_over),
    Job("hand over to the escalation team", Counts(3, 1, 1), hands_to_the_team),
    Job("second yes", Counts(2, 0, 0), seconds, overrides=TWO),
    Job("second yes to what one press would have approved", Counts(2, 0, 0), agrees, overrides=TWO),
    Job("send back", Counts(3, 0, 1), sends_back, overrides=TWO),
    Job(
        "read a stick until tomorrow",
        Counts(2, 1, 0),
        opens_a_stick_for_a_day,
        asked="read",
        overrides=STORAGE,
    ),
    _duty("take a turn over, typed", takes_over),
    _duty("take a turn over, by the form", takes_over_by_form),
    _duty("take that back", takes_back),
    _duty("swap a turn, typed, and their yes", swaps),
    _duty("swap a turn, by the form, and their yes", swaps_by_form),
    _duty("put somebody else on call for a day, typed", puts_on_call, "zoe"),
    _duty("out of office for a day, typed", goes_away),
    _duty("out of office for a day, by the form", goes_away_by_form),
)
_HEAD = """\
# Presses for each common job

Buttons pressed (the card's “…” menu counts twice, since it has to be opened), choices made in lists, radio buttons and
calendars, and fields typed into, from the card to the answer; the menu of reasons on a card is a list. A command is a
field, and a job about duty begins with one. “Before” is the same job before the forms went in steps; for the proposed
rule, of which there was none, the same rule and end chosen below “More…”; “–” where nobody could do it.

`tests/flows/test_presses.py` does each job at the real forms over real sockets and holds this page to what it counts;
`python -m tests.flows.presses` writes it anew.

| job | buttons | choices | fields | before: buttons | choices | fields |
|---|---|---|---|---|---|---|"""


def page(counted: Sequence[tuple[Job, Counts]]) -> str:
    """The page."""
    rows = [row(job, counts) for job, counts in counted]
    notes = [f"More than before on purpose, {job.name}: {job.costs_more}." for job in JOBS if job.costs_more]
    return "\n".join([_HEAD, *rows, "", *notes]) + "\n"


def row(job: Job, counts: Counts) -> str:
    """A job's line."""
    cells: Iterator[object] = iter((job.name, *counts, *(job.before or "–––")))
    return f"| {' | '.join(map(str, cells))} |"


async def _all() -> list[tuple[Job, Counts]]:
    counted = []
    for job in JOBS:
        with tempfile.TemporaryDirectory(prefix="gh-") as name:
            async with set_scene(Path(name), overrides=job.overrides) as scene:
                counted.append((job, await job.counted(scene)))
    return counted


if __name__ == "__main__":
    PAGE.write_text(page(asyncio.run(_all())), "utf-8")
