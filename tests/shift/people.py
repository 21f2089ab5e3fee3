"""Who works the shift: one person on software, another on elevation and storage, a third who seconds.

They look every two minutes, let a card wait for one to eight minutes, decide three at a look at most, and are away for
lunch, for a meeting, and at the end. Where a card offers one press they take it; else they fill in the form, one
sentence for whatever it wants typed. What must not be approved is denied.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.cards.kit import ids
from rehearsal.slack import Person
from rehearsal.slack.deliveries import Delivery
from tests.shift.replay import Replay
from tests.shift.tally import is_card, text_of, words_of

Json = dict[str, Any]
_LOOKS_EVERY = timedelta(minutes=2)
_WAITS_MINUTES = (1.0, 8.0)
_AT_A_LOOK = 3
_AWAY = (
    (timedelta(minutes=300), timedelta(minutes=340)),
    (timedelta(minutes=480), timedelta(minutes=506)),
    (timedelta(minutes=700), timedelta(hours=24)),
)
_SENTENCE = "Checked with the requestor; it is needed for the work"
_SENTENCES = {
    ids.VALIDATED_BLOCK: "Signature and hash compared with the vendor's own page",
    ids.CONFIRMED_BLOCK: "Mia Brandt, who runs operations there",
}
"""What is typed into these; the same words in both would be told at their field. Else the sentence."""
_ALONE = frozenset({ids.APPROVE_COMPUTER, ids.APPROVE_BECAUSE})
_ONE_PRESS = _ALONE | {ids.AGREE}
_PREFERRED = (
    ids.AGREE,
    ids.SECOND_MODAL,
    ids.APPROVE_COMPUTER,
    ids.BY_RULE_MODAL,
    ids.APPROVE_BECAUSE,
    ids.APPROVE_MODAL,
    ids.DENY_MODAL,
)
"""What decides. A second person is wanted before anything else, and a rule where one is proposed; else the least work
first.
"""
_THE_OTHERS = ("Elevation", "Storage")
"""What stands in the titles of cards that are the second person's."""
_AGREED_ALONE = re.compile(r"(?i)somebody\s+else\s+has\s+to\s+agree")
"""On cards whose next approval is for another person than whoever approved the file before."""
_KNOWN = frozenset({ids.DENY_REASON_BLOCK})
"""What everybody knows to be wanted although it may be left empty: a denial's reason, chosen or typed."""
_TRIES = 3
"""Of one form; then the person leaves it."""


@dataclass(frozen=True, slots=True)
class Done:
    """One card that somebody took up: what they pressed, and what came of it."""

    action_id: str
    presses: int
    stories: tuple[str, ...]
    """Of each request that waited on it, what of the recording it belongs to."""
    decided: int
    """Requests that were decided by it; none where somebody else has to agree."""
    words: int
    """That were read for it: the card as it stood, and the answer."""


@dataclass
class Work:
    """What was done by hand, and what was read for it."""

    presses: int = 0
    """Buttons and submissions."""
    typed: int = 0
    """Fields of a form that had to be typed into."""
    form_words: int = 0
    """Of the forms that were opened, folded lists among them; nobody reads a form from top to bottom."""
    by_one_press: set[str] = field(default_factory=set)
    """Requests that were decided by one press."""
    done: list[Done] = field(default_factory=list)
    """Each card that was taken up, in order."""

    @property
    def read_words(self) -> list[int]:
        """Of each card as it stood when it was decided, with what the presser was answered."""
        return [one.words for one in self.done]


@dataclass
class People:
    """All of them at their screens."""

    replay: Replay
    work: Work = field(default_factory=Work)
    _looked_at: timedelta = timedelta(0)
    _ready_at: dict[str, timedelta] = field(default_factory=dict)
    _unmoved: dict[str, set[str]] = field(default_factory=dict)
    """Of cards on which one press decided nothing, what waited there: for that their form is taken."""
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def look(self) -> None:
        """Look at the channel, if it is time, and decide what has waited long enough."""
        now = self.replay.elapsed
        if now - self._looked_at < _LOOKS_EVERY or any(begin <= now < end for begin, end in _AWAY):
            return
        self._looked_at = now
        ready = [message for message in self._open_cards() if self._is_ready(message["ts"], now)]
        for message in ready[:_AT_A_LOOK]:
            await self._decide(message)

    def _open_cards(self) -> list[Json]:
        """Cards on which something can still be decided, oldest first."""
        found = self.replay.stage.slack.messages(self.replay.stage.channels["card"])
        return [each for each in found if is_card(each) and set(_PREFERRED) & set(_actions(each["blocks"]))]

    def _is_ready(self, ts: str, now: timedelta) -> bool:
        if ts not in self._ready_at:
            posted = self.replay.elapsed_at(float(ts))
            self._ready_at[ts] = posted + timedelta(minutes=self._chance.uniform(*_WAITS_MINUTES))
        return self._ready_at[ts] <= now

    async def _decide(self, message: Json) -> None:
        """Press what the card offers, to the end of its form; and count it."""
        person, channel = self._person(message), self.replay.stage.channels["card"]
        actions, on_card = _actions(message["blocks"]), await self._waiting_on(message["ts"])
        skipped = _ALONE if on_card & self._unmoved.get(message["ts"], set()) else frozenset()
        name = next(name for name in _PREFERRED if name in actions and name not in skipped)
        if self._is_unusual(message):
            name = ids.DENY_MODAL
        heard, waiting, before = _told(person, channel), self._waiting(), self.work.presses
        reason = _first_option(message["blocks"], name)
        await self._pressed(
            await person.choose(channel, message["ts"], name, reason)
            if reason
            else await person.click(channel, message["ts"], name)
        )
        if name not in _ONE_PRESS:
            await self._fill_in(person)
        answers = [said for ts, said in _told(person, channel).items() if ts not in heard]
        decided = waiting - self._waiting()
        stories = tuple(self.replay.asked[one].what for one in sorted(on_card))
        words = words_of(message) + sum(map(words_of, answers))
        self.work.done.append(Done(name, self.work.presses - before, stories, len(decided), words))
        if name in _ONE_PRESS:
            self.work.by_one_press |= decided
            self._unmoved[message["ts"]] = on_card - decided

    async def _pressed(self, delivery: Delivery) -> None:
        self.work.presses += 1
        await delivery.settled()
        await self.replay.settle()

    async def _fill_in(self, person: Person) -> None:
        """The modal that has just opened; what it marks is filled in as well."""
        marked: set[str] = set()
        for attempt in range(_TRIES):
            view = next(iter(person.views()[-1:]), {})
            if not view.get("submit"):
                return
            if attempt == 0:
                self.work.form_words += words_of(view)
            values = _values(view, marked)
            typed = {_SENTENCE, *_SENTENCES.values()}
            self.work.typed += sum(not typed.isdisjoint(entered.values()) for entered in values.values())
            await self._pressed(await person.submit(view["id"], values))
            marked = set(next((each["errors"] for each in person.views()[-1:]), {}))
            if not marked:
                return

    def _person(self, message: Json) -> Person:
        title = next((each["text"]["text"] for each in message["blocks"] if each["type"] == "header"), "")
        words = text_of(message)
        who = "kim" if any(each in (title or message["text"]) for each in _THE_OTHERS) else "ana"
        if ids.SECOND_MODAL in _actions(message["blocks"]) or _AGREED_ALONE.search(words):
            who = "lee"
        return self.replay.stage.slack.as_person(self.replay.stage.cast[who])

    def _is_unusual(self, message: Json) -> bool:
        """Whether it is for one of the two programs that must not be approved."""
        names = {asked.choices.product for asked in self.replay.asked.values() if asked.is_unusual}
        return any(str(name) in str(message["blocks"]).casefold() for name in names)

    async def _waiting_on(self, ts: str) -> set[str]:
        """Requests on this card that wait, by what the record says."""
        ledger, waiting = self.replay.running.desk.ledger, self._waiting()
        case_ids = await ledger.case_ids_of_requests(list(waiting))
        held = await ledger.cases(set(case_ids.values()))
        at = {case_id: one.case.card.ts for case_id, one in held.items() if one.case.card is not None}
        return {request_id for request_id, case_id in case_ids.items() if at.get(case_id) == ts}

    def _waiting(self) -> set[str]:
        return {each.approval_request_id for each in self.replay.stage.portal.open_requests()}


def _actions(blocks: list[Json]) -> list[str]:
    return [each["action_id"] for block in blocks for each in _elements(block) if "action_id" in each]


def _first_option(blocks: list[Json], action_id: str) -> str:
    """What the first entry of a menu hands back; empty for a button."""
    elements = (each for block in blocks for each in _elements(block) if each.get("action_id") == action_id)
    options = next(elements, {}).get("options") or [{"value": ""}]
    return str(options[0]["value"])


def _elements(block: Json) -> Iterator[Json]:
    yield from block.get("elements") or ()
    if "accessory" in block:
        yield block["accessory"]


def _told(person: Person, channel: str) -> dict[str, Json]:
    """Everything that was said to this person alone, by its timestamp."""
    whispers = [message for message in person.sees(channel) if message.get("ephemeral")]
    return {message["ts"]: message for message in [*whispers, *person.dms()]}


def _values(view: Json, marked: set[str]) -> dict[str, dict[str, Any]]:
    """What has to be filled in: whatever is wanted and empty, and whatever was marked after a try."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    return {
        block["block_id"]: {block["element"]["action_id"]: _value(block)}
        for block in inputs
        if _is_empty(view, block) and (block["block_id"] in {*marked, *_KNOWN} or not block.get("optional"))
    }


def _is_empty(view: Json, block: Json) -> bool:
    state = view["state"]["values"].get(block["block_id"], {}).get(block["element"]["action_id"], {})
    return not any(value for key, value in state.items() if key != "type")


def _value(block: Json) -> str:
    """The first of what is offered; where nothing is, the sentence."""
    element = block["element"]
    grouped = [option for group in element.get("option_groups", ()) for option in group["options"]]
    options = element.get("options") or grouped
    return str(options[0]["value"]) if options else _SENTENCES.get(block["block_id"], _SENTENCE)
