"""A replayed shift in figures, and whether every card said the truth at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from bot.cards.kit import ids
from rehearsal.portal.records import APPROVED
from tests.shift.people import Done, People, Work
from tests.shift.recorded import recorded
from tests.shift.replay import SETTINGS, Replay, replaying
from tests.shift.tally import THREADS, Tally, text_of

_WORDS_A_MINUTE = 240
"""How fast an adult reads silently (about 238: Brysbaert 2019, doi 10.1016/j.jml.2019.104047)."""
_WAYS = {
    ids.APPROVE_COMPUTER: "one press",
    ids.APPROVE_BECAUSE: "one press, with a reason from the list",
    ids.APPROVE_MODAL: "a form",
    ids.BY_RULE_MODAL: "the form of the proposed rule",
    ids.DENY_MODAL: "the form that denies",
    ids.AGREE: "the second person's one press",
    ids.SECOND_MODAL: "the second person's form",
}
_NEVER_ONE_PRESS = {
    "elevation": "elevations",
    "storage": "devices",
    "script": "scripts that another program started",
    "msi+children": "bursts",
    "noisy computer": "bursts",
}
_OPEN_ACTIONS = (ids.APPROVE_MODAL, ids.SECOND_MODAL, ids.DENY_MODAL)


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift, counted."""

    requests: int
    work: Work
    tally: Tally
    untrue: tuple[str, ...]
    """Requests of which no card says what the portal says, each in a sentence."""

    @property
    def mentions(self) -> int:
        """Times that a group of people was called."""
        return self.tally.group_mentions.total()

    @property
    def seconds_of_reading(self) -> float:
        """A request: every card that was decided, with its answer, and everything that stood in a channel besides."""
        words = sum(self.work.read_words) + sum(
            count for place, count in self.tally.words.items() if place != THREADS
        )
        return words / _WORDS_A_MINUTE * 60 / self.requests

    def rows(self) -> Iterator[tuple[str, str]]:
        """What, how much."""
        work, tally = self.work, self.tally
        groups = ", ".join(f"{name} {count}" for name, count in sorted(tally.group_mentions.items()))
        yield "requests", str(self.requests)
        yield "cards", str(tally.cards)
        yield "presses", f"{work.presses} ({self._each(work.presses)} a request)"
        yield "requests decided by one press", f"{len(work.by_one_press) / self.requests:.0%}"
        yield "fields typed into", str(work.typed)
        yield "mentions of a group", f"{self.mentions} ({groups})"
        yield "mentions of a person", str(tally.person_mentions)
        for place, name in (
            ("card", "in the card channel"),
            (THREADS, "in the cards' threads alone"),
            ("escalation", "in the escalation channel"),
        ):
            count = tally.messages[place]
            yield f"messages {name}", f"{count} ({self._each(count)} a request)"
        most = quantiles(work.read_words, n=10)[-1]
        yield (
            "words of a card with its answer",
            f"median {median(work.read_words):.0f}, 90 % up to {most:.0f}",
        )
        yield "words of the forms that were opened", f"{work.form_words:,}"
        yield "reading", f"{self.seconds_of_reading:.1f} s a request"
        true = self.requests - len(self.untrue)
        yield "requests whose card says what the portal says", f"{true} of {self.requests}"

    def ways(self) -> Iterator[tuple[str, ...]]:
        """What was pressed, on what; on how many cards, in how many presses, how many requests that decided, and the
        seconds of reading a request of the shift that it took."""
        ways: dict[tuple[str, str], list[Done]] = {}
        for one in self.work.done:
            way = _WAYS[one.action_id] + ("" if one.decided else ", then somebody else has to agree")
            ways.setdefault((way, _story(one)), []).append(one)
        for (way, story), done in sorted(ways.items()):
            seconds = sum(one.words for one in done) / _WORDS_A_MINUTE * 60 / self.requests
            counts = (len(done), sum(one.presses for one in done), sum(one.decided for one in done))
            yield (way, story, *map(str, counts), f"{seconds:.1f}")

    def _each(self, count: int) -> str:
        return f"{count / self.requests:.2f}"


def _story(one: Done) -> str:
    return next(
        (_NEVER_ONE_PRESS[each] for each in one.stories if each in _NEVER_ONE_PRESS), "other software"
    )


async def shift(until: timedelta, *words: str) -> Shift:
    """Play the recorded shift up to a moment, and count it; with the settings of these words (`SETTINGS`)."""
    with TemporaryDirectory(prefix="gatehouse-shift-") as name:
        settings = {key: value for word in words for key, value in SETTINGS[word].items()}
        async with replaying(Path(name), settings) as replay:
            people, tally = People(replay), Tally(replay.stage)

            async def work() -> None:
                await people.look()
                tally.look()

            await replay.run(recorded(), until, work)
            tally.look()
            untrue = [
                sentence for request_id in replay.asked if (sentence := await _untrue(replay, request_id))
            ]
            return Shift(len(replay.asked), people.work, tally, tuple(untrue))


async def _untrue(replay: Replay, request_id: str) -> str:
    """Why the card of a request is not true; empty where it says what the portal says."""
    ledger = replay.running.desk.ledger
    case_id = (await ledger.case_ids_of_requests([request_id])).get(request_id, "")
    stored = await ledger.case(case_id) if case_id else None
    if stored is None or stored.case.card is None:
        return f"{request_id} is on no card"
    card = stored.case.card
    message = replay.stage.slack.message(card.channel_id, card.ts)
    request = replay.stage.portal.request(request_id)
    if request.is_open:
        is_so = any(action in str(message["blocks"]) for action in _OPEN_ACTIONS)
        return "" if is_so else f"{request_id} waits, and its card cannot decide it: {text_of(message)}"
    wanted = "approved" if request.status_id == APPROVED else "denied"
    return "" if wanted in text_of(message).casefold() else f"{request_id} is {wanted}: {text_of(message)}"
