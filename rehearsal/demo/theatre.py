"""What the scenes need: people who act over the sockets, and conditions that are waited for, never slept for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from bot.app import Running
from bot.cards.kit import ids
from rehearsal.demo.drawing import drawn, named, plain
from rehearsal.demo.narrator import Narrator, WentWrong
from rehearsal.slack import Person
from rehearsal.stage import ROLES, Stage

Message = Mapping[str, Any]
Found = TypeVar("Found")

_PATIENCE_S = 15.0
"""How long the story waits for something before it calls it broken (our choice)."""


@dataclass(slots=True)
class Theatre:
    """The stage, the bot and the narrator."""

    stage: Stage
    running: Running
    narrator: Narrator
    _cases: dict[str, str] = field(default_factory=dict)
    """Case ids by request id, as far as the story has met them."""

    def person(self, key: str) -> Person:
        """Somebody of the cast."""
        return self.stage.slack.as_person(self.stage.cast[key])

    def names(self) -> dict[str, str]:
        """Slack ids and what a client shows for them."""
        people = {self.stage.cast[role.key]: role.name for role in ROLES}
        groups = {group_id: handle for handle, group_id in self.stage.user_groups.items()}
        return people | groups

    def show(self, label: str, message: Message) -> None:
        """A message in a frame, as its reader sees it."""
        self.narrator.show(label, named(drawn(message), self.names()))

    async def wait(self, what: str, predicate: Callable[[], Found | None]) -> Found:
        """Wait until something is there; it failing to come is the story's failure."""
        try:
            return await self.stage.slack.wait_for(predicate, _PATIENCE_S)
        except TimeoutError:
            raise WentWrong(what) from None

    def channel(self, place: str) -> str:
        """A channel's id by its place."""
        return self.stage.channels[place]

    async def card_for(self, request_id: str) -> Message:
        """The card that shows a request, once it is posted."""

        def posted() -> Message | None:
            return self._card(request_id)

        await self._case_id(request_id)
        return await self.wait("a card is posted for the request", posted)

    async def _case_id(self, request_id: str) -> str:
        """The ledger's case of a request; it comes with the next poll."""
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                held = await self.running.desk.ledger.case_ids_of_requests([request_id])
                if request_id in held:
                    self._cases[request_id] = held[request_id]
                    return held[request_id]
                await self.running.desk.ledger.tick()

    def _card(self, request_id: str) -> Message | None:
        case_id = self._cases.get(request_id, "")
        cards = [m for m in self.stage.slack.messages(self.channel("card")) if _case_of(m) == case_id]
        return cards[0] if cards else None

    async def card_saying(self, request_id: str, words: str) -> Message:
        """The card, once it says something."""
        await self._case_id(request_id)

        def said() -> Message | None:
            card = self._card(request_id)
            return card if card is not None and words.lower() in " ".join(drawn(card)).lower() else None

        return await self.wait(f"the card says “{words}”", said)

    async def answered(self, key: str, before: int) -> Message:
        """The next private answer to a person, after the ones they had before."""

        def there() -> Message | None:
            answers = self.answers(key)
            return answers[before] if len(answers) > before else None

        return await self.wait(f"{key} is answered", there)

    def answers(self, key: str) -> list[Message]:
        """Everything said to one person alone, in the card channel and by direct message."""
        person = self.person(key)
        whispers = [m for m in person.sees(self.channel("card")) if m.get("ephemeral")]
        return sorted([*whispers, *person.dms()], key=lambda message: float(message["ts"]))

    async def press(self, key: str, request_id: str, action_id: str) -> str:
        """Press a button of a request's card and read the answer, as text."""
        card, before = await self.card_for(request_id), len(self.answers(key))
        await self.person(key).click(self.channel("card"), card["ts"], action_id)
        answer = await self.answered(key, before)
        self.show(f"only {self.names()[self.stage.cast[key]]} sees", answer)
        return " ".join(drawn(answer))

    async def open_modal(self, key: str, request_id: str, action_id: str, callback_id: str) -> Message:
        """Press a button that opens a modal, and wait until it is filled."""
        card = await self.card_for(request_id)
        person = self.person(key)
        await person.click(self.channel("card"), card["ts"], action_id)

        def filled() -> Message | None:
            views = person.views()
            return views[-1] if views and views[-1]["callback_id"] == callback_id else None

        return await self.wait(f"the modal {callback_id} opens", filled)

    async def submit(self, key: str, view: Message, values: Mapping[str, object]) -> str:
        """Fill in and submit a modal, and read the answer, as text."""
        before = len(self.answers(key))
        view = await self._stepped(key, view, values)
        filled = {block: {ids.INPUT: value} for block, value in values.items()}
        await self.person(key).submit(view["id"], filled)
        answer = await self.answered(key, before)
        self.show(f"only {self.names()[self.stage.cast[key]]} sees", answer)
        return " ".join(drawn(answer))

    async def _stepped(self, key: str, view: Message, values: Mapping[str, object]) -> Message:
        """Choose first what brings the fields that are to be filled in, as any client has to."""
        held = view["state"]["values"]
        steps = [block["block_id"] for block in view["blocks"] if block.get("dispatch_action")]
        step = next((one for one in steps if one in values and values.keys() - held.keys()), None)
        if step is None:
            return view
        await self.person(key).choose_in(view["id"], ids.INPUT, values[step], step)

        def redrawn() -> Message | None:
            views = self.person(key).views()
            return views[-1] if views and views[-1]["hash"] != view["hash"] else None

        return await self.wait("the form shows the fields of that choice", redrawn)

    async def command(self, key: str, name: str, text: str) -> str:
        """Type a slash command and read the answer, as text."""
        before = len(self.answers(key))
        await self.person(key).command(self.channel("card"), name, text)
        answer = await self.answered(key, before)
        self.show(f"only {self.names()[self.stage.cast[key]]} sees, after {name} {text}", answer)
        return " ".join(drawn(answer))

    async def message_saying(self, place: str, words: str, *, after: int = 0) -> Message:
        """A message of a channel, thread replies included, once there is one with these words."""

        def there() -> Message | None:
            found = self.stage.slack.messages(self.channel(place))[after:]
            return next((m for m in found if words.lower() in plain(str(m["text"])).lower()), None)

        return await self.wait(f"#{place} hears “{words}”", there)

    async def pass_time(self, minutes: float) -> None:
        """Let time pass for everybody."""
        await self.stage.advance(timedelta(minutes=minutes))


def _case_of(message: Message) -> str:
    metadata = message.get("metadata") or {}
    return str((metadata.get("event_payload") or {}).get("case_id", ""))
