"""A flow's stage and its people: what a test asks, presses, reads and waits for.

Everything goes over the sockets of the stand-ins, as it would in a workspace. Time is moved, never waited for; what a
test waits for is a condition, asked again at every change in the workspace.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot.app import Running, started
from bot.cards.kit import ids
from bot.ledger import Ledger, LedgerUnavailable, StoredEvent
from bot.models import Case
from rehearsal.slack import Person
from rehearsal.slack.deliveries import Delivery
from rehearsal.stage import Stage, staged
from tests.audit.shapes import shape_faults
from tests.cards.reading import read

Json = dict[str, Any]
Found = TypeVar("Found")

WORKING_HOURS = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday morning: the escalation team is there."""
NIGHT = datetime(2026, 11, 18, 22, 0, tzinfo=UTC)
PATIENCE_S = 40.0
"""Real seconds until a wait is given up; two busy cores need some."""
_LOOK_AGAIN_S = 0.05
"""The ledger and other processes tell the feed nothing: conditions on them are asked this often."""
_LOOK_SELDOM_S, _REST = 0.4, 8
"""So many times as long as a look took, none is taken; this at most."""


def text_of(message: Mapping[str, Any]) -> str:
    """A message as it is read on the screen."""
    return read(message.get("blocks") or []) or str(message.get("text", ""))


@dataclass(frozen=True)
class Card:
    """A posted card, read anew at each look."""

    scene: Scene
    channel: str
    ts: str
    case_id: str
    others: str = ""
    """The other cases on it, where it is shared."""

    @property
    def case_ids(self) -> list[str]:
        """Every case that it shows."""
        return [self.case_id, *filter(None, self.others.split(","))]

    @property
    def message(self) -> Json:
        """The message as it stands in Slack now."""
        return self.scene.stage.slack.message(self.channel, self.ts)

    @property
    def text(self) -> str:
        """What is on the card now."""
        return text_of(self.message)

    @property
    def actions(self) -> list[str]:
        """The action ids of its buttons and menus."""
        elements = [e for block in self.message["blocks"] for e in block.get("elements", ())]
        return [element["action_id"] for element in elements if "action_id" in element]

    async def shows(self, *words: str) -> str:
        """Wait until all of these words stand on the card; its text then."""
        return await self.scene.seen(lambda: self.text if all(w in self.text for w in words) else None)

    def thread(self) -> list[Json]:
        """The replies under the card."""
        found = self.scene.stage.slack.messages(self.channel)
        return [
            message for message in found if message.get("thread_ts") == self.ts and message["ts"] != self.ts
        ]


@dataclass(frozen=True)
class Hand:
    """A person of the story at work in Slack."""

    scene: Scene
    person: Person

    @property
    def id(self) -> str:
        """The Slack id."""
        return self.person.id

    async def press(self, card: Card, action_id: str) -> Delivery:
        """Press a button of a card as soon as it is there; acknowledged when this returns."""
        await self.scene.seen(
            lambda: action_id in card.actions, lambda: f"{action_id} is not on the card: {card.text}"
        )
        return await (await self.person.click(card.channel, card.ts, action_id)).settled()

    async def approve(self, card: Card) -> Delivery:
        """“Approve on this computer”."""
        return await self.press(card, ids.APPROVE_COMPUTER)

    async def more(self, card: Card, word: str) -> Delivery:
        """Choose in the card's overflow menu."""
        elements = [e for block in card.message["blocks"] for e in block.get("elements", ())]
        menu = next(element for element in elements if element.get("action_id") == ids.MORE)
        value = next(o["value"] for o in menu["options"] if o["value"].startswith(f"{word}:"))
        return await (await self.person.choose(card.channel, card.ts, ids.MORE, value)).settled()

    async def details(self, card: Card) -> str:
        """“Details” of a card, read on one line."""
        await self.more(card, ids.DETAILS)
        view = await self.scene.seen(lambda: self.modal(ids.DETAILS_VIEW))
        return " ".join(read(view["blocks"]).split())

    async def form(self, card: Card, action_id: str, callback_id: str) -> Json:
        """Press a button that opens a modal; the modal when it is filled."""
        await self.press(card, action_id)
        return await self.scene.seen(lambda: self.modal(callback_id))

    def modal(self, callback_id: str) -> Json | None:
        """The visible modal, if it is of this kind."""
        views = self.person.views()
        return views[-1] if views and views[-1]["callback_id"] == callback_id else None

    async def submit(self, view: Json, **values: Any) -> Delivery:
        """Fill in and submit a modal; keyword names are block ids."""
        view = await self.stepped(view, values)
        filled = {block: {ids.INPUT: value} for block, value in values.items()}
        return await (await self.person.submit(view["id"], filled)).settled()

    async def stepped(self, view: Json, values: Mapping[str, Any]) -> Json:
        """Choose first what tells its choice at once, as any client does; the form with the fields that this brings."""
        while True:
            telling = [block for block in view["blocks"] if block.get("dispatch_action")]
            step = next((one for one in telling if _is_other(view, one, values)), None)
            if step is None:
                return view
            await self.choose(view, step["block_id"], values[step["block_id"]])
            view = await self.scene.seen(partial(self._redrawn, view))

    async def choose(self, view: Json, block_id: str, value: Any) -> None:
        """Choose in an input that tells its choice at once."""
        await (await self.person.choose_in(view["id"], ids.INPUT, value, block_id)).settled()

    def _redrawn(self, before: Json) -> Json | None:
        views = self.person.views()
        return views[-1] if views and views[-1]["hash"] != before["hash"] else None

    async def deny(self, card: Card, reason: str, **values: Any) -> Delivery:
        """“Deny…”, the whole way."""
        view = await self.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
        return await self.submit(view, reason=reason, **values)

    async def command(self, name: str, text: str = "") -> Delivery:
        """Type a slash command in the card channel."""
        return await (await self.person.command(self.scene.stage.channels["card"], name, text)).settled()

    def told(self) -> list[str]:
        """Everything that was said to this person alone, whispers first, then direct messages."""
        workspace = self.scene.stage.slack.workspace
        channels = [*self.scene.stage.channels.values(), *self.scene.more_channels]
        visible = [channel for channel in channels if self.id in workspace.channel(channel).members]
        seen = [message for channel in visible for message in self.person.sees(channel)]
        whispers = [message for message in seen if message.get("ephemeral")]
        return [text_of(message) for message in [*whispers, *self.person.dms()]]

    async def hears(self, *words: str) -> str:
        """Wait until this person alone was told something with all of these words, wherever its lines end."""
        return await self.scene.seen(
            lambda: next(
                (said for said in self.told() if all(word in " ".join(said.split()) for word in words)), None
            ),
            lambda: f"{self.person.record.name} was told: {self.told()}",
        )


@dataclass
class Scene:
    """A running rehearsal as a test holds it."""

    stage: Stage
    ledger: Ledger
    """The test's own eyes into the ledger."""
    bots: list[Running] = field(default_factory=list)
    more_channels: list[str] = field(default_factory=list)
    patience_s: float = PATIENCE_S

    @property
    def bot(self) -> Running:
        """The one bot."""
        return self.bots[0]

    def hand(self, key: str) -> Hand:
        """A person of the cast by short name, or anybody by Slack id. Signed in, whatever their account."""
        slack_id = self.stage.cast.user_ids.get(key, key)
        return Hand(self, self.stage.slack.as_person(slack_id, signed_in=True))

    def ask(self, kind: str = "execute", **choices: Any) -> str:
        """Somebody is blocked and asks; the request's id."""
        choices.setdefault("organization", "brightwater")
        if "computer" in choices:
            del choices["organization"]
        return self.stage.portal.raise_request(kind, **choices)

    async def advance(self, **span: float) -> None:
        """Let time pass for everybody. A leap no real clock makes: each bot is told, before anybody acts in it."""
        await self.stage.advance(timedelta(**span))
        for bot in self.bots:
            with suppress(LedgerUnavailable):
                await bot.desk.ledger.tick()

    async def seen(self, look: Callable[[], Found | None], trouble: Callable[[], str] | None = None) -> Found:
        """Wait until a look at Slack or the portal finds something."""

        async def ask() -> Found | None:
            return look()

        return await self.until(ask, trouble)

    async def until(
        self,
        look: Callable[[], Awaitable[Found | None]],
        trouble: Callable[[], str] | None = None,
        patience_s: float = 0,
    ) -> Found:
        """Wait until something is found, asked again at each change of the workspace and now and then.

        So is a ledger that did not answer in time: on a busy machine that happens to the test's own looks too.
        """
        feed = self.stage.slack.feed
        clock = _Patience(patience_s or self.patience_s)
        while True:
            seq, found, began = feed.seq, None, time.monotonic()
            with suppress(LedgerUnavailable):
                found = await look()
            if found:
                return found
            if clock.is_over:
                tail = [f"{entry.kind} {entry.facts}"[:300] for entry in feed.after(feed.seq - 6)]
                raise TimeoutError(trouble() if trouble else f"Not found. Last in the feed: {tail}")
            # A busy machine is not kept busy by asking.
            rest_s = min(_LOOK_SELDOM_S, (time.monotonic() - began) * _REST)
            await feed.changed_after(seq, max(_LOOK_AGAIN_S, rest_s))

    def cards(self, channel: str = "") -> list[Card]:
        """Every card that stands in a channel, oldest first."""
        channel = channel or self.stage.channels["card"]
        found = []
        for message in self.stage.slack.messages(channel):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == ids.CARD_EVENT:
                payload = metadata["event_payload"]
                found.append(
                    Card(self, channel, message["ts"], payload["case_id"], payload.get("others", ""))
                )
        return found

    async def card(self, request_id: str, channel: str = "") -> Card:
        """Wait for the card that shows a request."""

        async def look() -> Card | None:
            case_id = (await self.ledger.case_ids_of_requests([request_id])).get(request_id)
            return next((card for card in self.cards(channel) if case_id in card.case_ids), None)

        return await self.until(look)

    async def carded(self, kind: str = "execute", **choices: Any) -> tuple[str, Card]:
        """A new request and its card."""
        request_id = self.ask(kind, **choices)
        return request_id, await self.card(request_id)

    async def case(self, case_id: str) -> Case:
        """A case as the ledger holds it."""
        stored = await self.ledger.case(case_id)
        assert stored is not None, f"there is no case {case_id}"
        return stored.case

    async def case_where(self, case_id: str, holds: Callable[[Case], object]) -> Case:
        """Wait until the ledger's record of a case fulfils a condition."""

        async def look() -> Case | None:
            case = await self.case(case_id)
            return case if holds(case) else None

        return await self.until(look)

    async def events(self, *names: str) -> list[StoredEvent]:
        """The record so far, or those of its events that are named."""
        found: list[StoredEvent] = []
        while part := await self.ledger.events(after=found[-1].number if found else 0):
            found += part
        faults = [fault for one in found for fault in shape_faults(one.event)]
        assert not faults, faults
        return [one for one in found if not names or one.event.name in names]

    async def event(self, name: str, **facts: Any) -> StoredEvent:
        """Wait for an event of this name with these facts or fields."""

        async def look() -> StoredEvent | None:
            found = await self.events(name)
            return next((one for one in found if _has(one, facts)), None)

        return await self.until(look, lambda: f"no event {name} with {facts}")

    def said_in(self, place: str) -> list[str]:
        """What stands in one of the three channels, oldest first."""
        return [text_of(message) for message in self.stage.slack.messages(self.stage.channels[place])]

    async def said(self, place: str, *words: str) -> str:
        """Wait for a message with all of these words in one of the three channels."""
        return await self.seen(
            lambda: next((s for s in self.said_in(place) if all(word in s for word in words)), None),
            lambda: f"in {place}: {self.said_in(place)}",
        )

    @property
    def writes(self) -> list[Any]:
        """Every decision write that the portal received."""
        return self.stage.portal.decisions

    async def polled(self) -> None:
        """Wait until the portal has been looked at completely, from now on."""
        before = self.stage.portal.calls["ApprovalRequestGetByParameters"]
        action = "ApprovalRequestGetByParameters"
        await self.seen(lambda: self.stage.portal.calls[action] >= before + 4)

    async def quiet(self) -> None:
        """Wait until every press is answered and everything queued is said."""

        async def look() -> bool:
            waiting = await self.ledger.waiting_effects()
            return not sum(waiting.values()) and not await self.ledger.waiting_presses()

        await self.until(look)


def _is_other(view: Json, block: Json, values: Mapping[str, Any]) -> bool:
    """Whether something else is to be chosen in this input than what stands there."""
    if block["block_id"] not in values:
        return False
    held = view["state"]["values"][block["block_id"]][ids.INPUT]
    chosen = (held.get("selected_option") or {}).get("value")
    return "selected_option" in held and chosen != values[block["block_id"]]


def _has(one: StoredEvent, wanted: Mapping[str, Any]) -> bool:
    held = one.event.model_dump() | one.event.facts
    return all(held.get(name) == value for name, value in wanted.items())


class _Patience:
    """Real time that a wait may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether to give up."""
        return time.monotonic() > self._end


@asynccontextmanager
async def set_scene(
    folder: Path, *, bots: int = 1, start: datetime | None = WORKING_HOURS, **how: Any
) -> AsyncIterator[Scene]:
    """A stage with this many bots in this process, and the test's own look into the ledger."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(staged(folder, start=start, **how))
        ledger = await Ledger.connect(stage.ledger_url, replica_id="test")
        stack.push_async_callback(ledger.close)
        scene = Scene(stage, ledger)
        for number in range(bots):
            running = started(stage.settings, replica_id=f"bot-{number + 1}")
            scene.bots.append(await stack.enter_async_context(running))
        yield scene
