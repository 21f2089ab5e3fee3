"""The people of a story: what each presses, types and submits, by chance, in Slack's own client."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bot.cards.kit import ids
from handlers import payloads
from rehearsal.slack import Person, SlackSandbox
from rehearsal.slack.deliveries import Attempt, Delivery, Retry
from rehearsal.slack.errors import InputError, PersonError
from tests.simulation.network import Trace
from tests.simulation.replica import Replica
from tests.simulation.story import Happening
from tests.simulation.virtual import START

Json = dict[str, Any]
_LIKED = (ids.APPROVE_COMPUTER, ids.APPROVE_BECAUSE, ids.DENY_MODAL, ids.APPROVE_MODAL, ids.AGREE, ids.CLAIM)
_DECIDING = (ids.APPROVE_COMPUTER, ids.APPROVE_BECAUSE, ids.APPROVE_MODAL, ids.DENY_MODAL, ids.AGREE)
_WORDS = "Checked with the owner of the business application, ticket 4711."
_ACK_S = 3.0
_NEVER = ("hal", "ray", "req", "gus", "pat", "dee")
_ELEVATE = ("eve", "kim", "lee", "zoe")


@dataclass(eq=False)
class Pressed:
    """One thing that somebody did, as the world knows of it."""

    who: str
    at_s: float
    press_id: str
    name: str
    response_path: str
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def is_acked(self) -> bool:
        """Whether Slack was told that it has arrived."""
        return any(one.acked for one in self.deliveries)


@dataclass
class Post:
    """Brings what people do to one of the replicas, as Slack does; `Dispatcher.transport` of the stand-in."""

    replicas: list[Replica]
    chance: random.Random
    trace: Trace

    async def attempt(self, delivery: Delivery, _retry: Retry | None) -> Attempt:
        """Hand it to a replica that seems to be there; wait three seconds for its yes."""
        await asyncio.sleep(self.chance.uniform(0.01, 0.5))
        up = [one for one in self.replicas if one.is_up]
        if not up:
            return Attempt("none", "", acked=False, after_s=0.0, reason="connection_failed")
        replica = self.chance.choice(up)
        self.trace.note("slack", "delivers", delivery.kind, "to", replica.name)
        work = asyncio.ensure_future(replica.take(delivery.payload))
        done, _ = await asyncio.wait([work], timeout=_ACK_S)
        if not done:
            self.trace.note("slack", "heard nothing of", replica.name)
            return Attempt("socket", replica.name, acked=False, after_s=_ACK_S, reason="http_timeout")
        answer = work.result()
        body: Any = answer.body
        response = json.loads(body) if isinstance(body, str) and body.startswith("{") else None
        # Any other status is shown to its person as a failure: over HTTP by itself, over a socket as silence.
        return Attempt("socket", replica.name, acked=answer.status == 200, after_s=0.1, response=response)


@dataclass
class People:
    """Everybody, and a list of what they did."""

    slack: SlackSandbox
    user_ids: dict[str, str]
    channel: str
    trace: Trace
    met: Counter[str]
    pressed: list[Pressed] = field(default_factory=list)
    looked: list[tuple[str, Delivery]] = field(default_factory=list)
    """Who opened the Home."""
    _seen: list[tuple[str, list[Json]]] = field(default_factory=list)
    """Cards as they once stood, by their time stamps."""

    def look(self) -> None:
        """Remember how the cards stand now: somebody's screen may still show it in a minute."""
        for message in self._cards():
            # Not copied: a redraw brings other blocks, and those that stood before stay as they are.
            self._seen.append((message["ts"], message["blocks"]))

    async def press(self, happening: Happening) -> None:
        """One press, and the form that it may open."""
        chance, (who, how) = random.Random(happening.seed), happening.how
        person = self.slack.as_person(self.user_ids[str(who)], signed_in=True)
        cards = self._cards()
        if how == "keen":
            cards = [one for one in cards if any(a in str(one["blocks"]) for a in _DECIDING)]
        if not cards:
            return
        card = chance.choice(cards)
        blocks = card["blocks"]
        if how == "stale" and self._seen:
            ts, blocks = chance.choice(self._seen)
            self.met["pressed on a card as it stood before"] += blocks != card["blocks"]
            card = next((one for one in cards if one["ts"] == ts), card)
        try:
            pressed = await self._act(chance, person, str(who), card["ts"], blocks, how=str(how))
        except (PersonError, InputError) as error:
            self.trace.note(who, "could not:", type(error).__name__)
            return
        if pressed is None:
            return
        await asyncio.gather(
            self._again(chance, pressed, str(how)), self._form(chance, person, str(who), str(how))
        )

    async def ask(self, happening: Happening) -> None:
        """One slash command."""
        who, name, text = map(str, happening.how)
        person = self.slack.as_person(self.user_ids[who], signed_in=True)
        try:
            self._noted(who, await person.command(self.channel, name, text), name)
        except PersonError as error:
            self.trace.note(who, "could not ask:", type(error).__name__)

    async def open_home(self, who: str) -> None:
        """A look at the app's Home."""
        try:
            delivery = await self.slack.as_person(self.user_ids[who], signed_in=True).open_home()
        except PersonError as error:
            self.trace.note(who, "could not look:", type(error).__name__)
        else:
            if delivery is not None:
                self.looked.append((who, delivery))

    async def _again(self, chance: random.Random, pressed: Pressed, how: str) -> None:
        """Slack, or a network in between, brings the very same press a second time."""
        if how != "twice":
            return
        self.met["delivered twice"] += 1
        await asyncio.sleep(chance.choice((0.0, 0.3, 5.0, 40.0)))
        pressed.deliveries.append(self.slack.forge("interactive", pressed.deliveries[0].payload))

    async def _act(
        self, chance: random.Random, person: Person, who: str, ts: str, blocks: list[Json], *, how: str
    ) -> Pressed | None:
        found = [e for block in blocks for e in block.get("elements", ()) if e.get("action_id")]
        found = [e for e in found if e["type"] in ("button", "overflow", "static_select") and "url" not in e]
        liked = [e for e in found if e["action_id"] in (_DECIDING if how == "keen" else _LIKED)]
        if not found:
            return None
        element = chance.choice(liked if liked and (how == "keen" or chance.random() < 0.85) else found)
        message = self.slack.workspace.channel(self.channel).messages[ts]
        now, message.blocks = message.blocks, blocks
        try:
            delivery = await self._touched(chance, person, ts, element)
        finally:
            message.blocks = now
        return self._noted(who, delivery, element["action_id"])

    async def _touched(self, chance: random.Random, person: Person, ts: str, element: Json) -> Delivery:
        if element["type"] == "button":
            return await person.click(self.channel, ts, element["action_id"])
        options = [*element.get("options", ())]
        options += [o for group in element.get("option_groups", ()) for o in group["options"]]
        value = chance.choice(options)["value"]
        return await person.choose(self.channel, ts, element["action_id"], value)

    async def _form(self, chance: random.Random, person: Person, who: str, how: str) -> None:
        """Whatever form has opened within a few seconds is filled in and submitted, or closed."""
        before = {view["id"] for view in person.views()}
        for _ in range(8):
            await asyncio.sleep(0.5)
            views = [view for view in person.views() if view["id"] not in before]
            if views:
                break
        else:
            return
        await asyncio.sleep(chance.uniform(0.5, 12))
        views = person.views()
        if not views:
            return
        view = views[-1]
        try:
            if not view.get("submit") or (how != "keen" and chance.random() < 0.1):
                await person.close_view(view["id"])
                return
            self._noted(who, await person.submit(view["id"], _filled(chance, view)), view["callback_id"])
        except (PersonError, InputError) as error:
            self.trace.note(who, "could not submit:", type(error).__name__)

    def _noted(self, who: str, delivery: Delivery, name: str) -> Pressed:
        body = delivery.payload
        make = _MAKERS.get(str(body.get("type", "")), payloads.button_press)
        make = payloads.command_press if "command" in body else make
        press = make(body, START)
        path = "/" + body["response_url"].split("/", 3)[-1] if body.get("response_url") else ""
        at_s = self.slack.clock.time() - START.timestamp()
        made = Pressed(who, at_s, press.press_id, name, path, [delivery])
        self.pressed.append(made)
        self.trace.note(who, "presses", name, press.press_id)
        return made

    def _cards(self) -> list[Json]:
        found = self.slack.messages(self.channel)
        return [one for one in found if (one.get("metadata") or {}).get("event_type") == ids.CARD_EVENT]


_MAKERS = {"view_submission": payloads.modal_press}


def _filled(chance: random.Random, view: Json) -> dict[str, dict[str, Any]]:
    """Something for each input that stands empty."""
    values: dict[str, dict[str, Any]] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        if element["type"] == "plain_text_input":
            values[block["block_id"]] = {element["action_id"]: _WORDS}
        elif "options" in element and not element.get("initial_option") and not block.get("optional"):
            options = element["options"]
            chosen = chance.choice(options)["value"]
            several = element["type"].startswith(("checkboxes", "multi"))
            values[block["block_id"]] = {element["action_id"]: [chosen] if several else chosen}
    return values


def may(who: str, verb: str, action_type: str, organization: str) -> bool:
    """By the story's own table of people, told by hand: whether this person could ever do that."""
    if who in _NEVER or (who == "bo" and organization != "brightwater"):
        return False
    if action_type == "elevate":
        return who in _ELEVATE or verb == "deny"
    return who != "eve"
