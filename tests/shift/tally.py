"""Counts what a shift says, when it is said: a message that is redrawn later has called people all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards.kit import ids
from rehearsal.stage import Stage
from tests.cards.reading import read

Json = Mapping[str, Any]
THREADS = "threads"
_PLACES = ("card", "escalation")


def is_card(message: Json) -> bool:
    """Whether a message is the card of a case."""
    return bool((message.get("metadata") or {}).get("event_type") == ids.CARD_EVENT)


def text_of(shown: Json) -> str:
    """A message as it is read on the screen, where a menu is closed and shows none of its entries; a form with all."""
    blocks = shown.get("blocks") or []
    return read(blocks if shown.get("type") == "modal" else _closed(blocks)) or str(shown.get("text", ""))


def _closed(part: Any) -> Any:
    """Blocks with each menu as the button that it is until it is opened."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, Mapping):
        return part
    if part.get("type") == "overflow":
        return {"type": "button", "text": {"text": "…"}}
    if part.get("type") == "static_select" and "action_id" in part and "placeholder" in part:
        chosen = (part.get("initial_option") or {}).get("text") or part["placeholder"]
        return {"type": "button", "text": chosen}
    return {name: _closed(value) for name, value in part.items()}


def words_of(shown: Json) -> int:
    """How many words that is; a symbol, a separator and the address behind a link are none."""
    return sum(any(map(str.isalnum, each)) and "://" not in each for each in text_of(shown).split())


@dataclass
class Tally:
    """Everything that was posted into the channels of cards and of escalations."""

    stage: Stage
    cards: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    """By place, cards included; `threads`: replies that only a card's thread shows."""
    words: Counter[str] = field(default_factory=Counter)
    """The same without cards, in words."""
    group_mentions: Counter[str] = field(default_factory=Counter)
    person_mentions: int = 0
    said: list[str] = field(default_factory=list)
    """Each message that is no card, with its place before it."""
    _seen: int = 0

    def look(self) -> None:
        """Count what was posted since the last look."""
        for entry in self.stage.slack.feed.after(self._seen):
            self._seen = entry.seq
            if entry.kind == "message":
                self._posted(entry.facts["channel"], entry.facts["message"])

    def _posted(self, channel: str, message: Json) -> None:
        place = next((each for each in _PLACES if self.stage.channels[each] == channel), "")
        if not place:
            return
        if message.get("thread_ts") and message.get("subtype") != "thread_broadcast":
            place = THREADS
        self.messages[place] += 1
        for kind, mentioned in _mentions(message.get("blocks") or []):
            if kind == "usergroup":
                self.group_mentions[self._group(mentioned)] += 1
            else:
                self.person_mentions += 1
        if is_card(self.stage.slack.message(channel, message["ts"])):
            self.cards += 1
        else:
            self.words[place] += words_of(message)
            self.said.append(f"{place}: {text_of(message)}")

    def _group(self, group_id: str) -> str:
        return next((name for name, each in self.stage.user_groups.items() if each == group_id), group_id)


def _mentions(part: Any) -> Iterator[tuple[str, str]]:
    """Every mention at any depth: `usergroup` or `user`, and the id."""
    if isinstance(part, Mapping):
        if part.get("type") in ("usergroup", "user"):
            yield str(part["type"]), str(part.get("usergroup_id") or part.get("user_id"))
        for each in part.values():
            yield from _mentions(each)
    elif isinstance(part, list):
        for each in part:
            yield from _mentions(each)
