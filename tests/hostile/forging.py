"""Forged presses: drawn at random from the whole vocabulary of routes and values, by every sort of person.

The vocabulary is learnt from what Gatehouse itself draws: every button, option, reference and input that a card, a
form or an answer showed to anybody. A forger has all of it, and mixes it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards.kit import ids
from bot.models import Effect
from handlers.commands import ROWS
from handlers.routes import HOME_OPENED, ROUTES

Json = dict[str, Any]
_KEPT = 400
"""Of each kind; what is older is forgotten, so that the forger works with what is on the cards now."""
WORDS = (
    *(
        "",
        "y",
        "x" * 3000,
        "Checked the vendor's signature against the site",
        "Lee, head of sales",
        "2026-12-01",
    ),
    *(
        "C:\\Program Files\\Fjordlight\\tideplan.exe",
        "<!channel> \u202e",
        "-1",
        "0",
        "null",
        "\ud800",
        "computer",
    ),
    *("30", "1h", "2026-11-18T12:00", "brightwater", "=1+1"),
)
_TYPED: Mapping[str, tuple[str, ...]] = {
    "grant": (
        "<@{id}> Approve for Global at brightwater for 4h because the nights are short",
        "<@{id}> Administrator at {place} for 4h because the nights are short",
        "",
    ),
    "revoke": ("<@{id}> because it is over now", "<@{id}> Approve for Global at {place} because it is over"),
    "suspend": ("<@{id}> because they have left the company", "{person} because they have left"),
    "lift": ("<@{id}> because they are back from leave", "{person} because they are back"),
    "role": (
        'create "Night" at {place} with View Approvals, Approve for Global because of the nights',
        'change "Night" at {place} add Approve for Group because of the nights',
        'delete "Night" at {place} because the nights are over',
    ),
    "maintenance": ("BRW-WS-007 at brightwater", "BRW-WS-007", ""),
    "silence": ("unseen setup.exe at {place} for 4h because it is the vendor's own", ""),
    "can": ("<@{id}> approve at {place}", "<@{id}> Approve for Group at {place}"),
    "oncall": ("take approvers", "away <@{id}> today because of an illness", "week", "drop", ""),
}
"""What is typed after a command's word; anything else is drawn of the vocabulary."""
_DECIDERS = ("ana", "bo", "eve", "kim", "lee", "zoe", "hal")
"""Drawn as often as all the others together: a refusal at the first look tries little."""


@dataclass
class Vocabulary:
    """Everything that was ever shown."""

    clicks: list[tuple[str, str]] = field(default_factory=list)
    """Actions with the value that they had."""
    views: list[Json] = field(default_factory=list)
    texts: list[str] = field(default_factory=lambda: list(WORDS))
    """Values of options, references of forms."""

    def learn(self, effect: Effect) -> None:
        """What this effect shows."""
        if effect.view.get("type") == "modal":
            _remember(self.views, effect.view)
            _remember(self.texts, str(effect.view.get("private_metadata", "")))
        for node in _nodes([effect.blocks, effect.view]):
            if "action_id" in node and node.get("type") == "button":
                _remember(self.clicks, (str(node["action_id"]), str(node.get("value", ""))))
            if "action_id" in node:
                for option in node.get("options", ()):
                    _remember(self.clicks, (str(node["action_id"]), str(option.get("value", ""))))
            if "value" in node:
                _remember(self.texts, str(node["value"]))


def _remember(kept: list[Any], new: Any) -> None:
    if new and new not in kept:
        kept.append(new)
        if len(kept) > _KEPT:
            del kept[0]


def _nodes(tree: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for each in tree.values():
            yield from _nodes(each)
    elif isinstance(tree, (list, tuple)):
        for each in tree:
            yield from _nodes(each)


@dataclass
class Forger:
    """Draws payloads as Slack would send them. The same seed draws the same, of the same vocabulary."""

    dice: random.Random
    people: Mapping[str, str]
    """Slack ids by name; some of them nobody's."""
    team_id: str
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    _number: int = 0

    def forged(self) -> tuple[str, Json]:
        """One payload, and what it is: `button`, `modal`, `command` or `home`."""
        self._number += 1
        kinds = ["button", "modal", "command", "home"]
        [kind] = self.dice.choices(kinds, [50, 35, 12, 3])
        if kind == "modal" and not self.vocabulary.views:
            kind = "button"
        return kind, getattr(self, f"_{kind}")()

    def _who(self) -> Json:
        some = [self.people[key] for key in _DECIDERS]
        user_id = self.dice.choice(some if self.dice.random() < 0.5 else list(self.people.values()))
        return {
            "user": {"id": user_id, "team_id": self.team_id},
            "team": {"id": self.team_id},
            "trigger_id": f"forged-{self._number}",
            "response_url": "https://hooks.slack.com/actions/1",
            "container": {"type": "message", "message_ts": "1.2", "channel_id": "C0CARDS"},
            "channel": {"id": "C0CARDS"},
        }

    def _button(self) -> Json:
        clicks = self.vocabulary.clicks
        actions = sorted({action for action, _ in clicks})
        deciding = [action for action in actions if action.startswith(("case.", "policy.", "call."))]
        named = self.dice.choice(deciding if deciding and self.dice.random() < 0.7 else actions)
        action, value = self.dice.choice([one for one in clicks if one[0] == named][-8:])
        if self.dice.random() < 0.12:
            action = self.dice.choice(list(ROUTES))
        if self.dice.random() < 0.12:
            value = self.dice.choice(self.vocabulary.texts)
        pressed: Json = {
            "action_id": action,
            "action_ts": f"{self._number}",
            "type": "button",
            "value": value,
        }
        if action in (ids.MORE, ids.APPROVE_BECAUSE):
            pressed = {**pressed, "type": "overflow", "selected_option": {"value": value}}
        body = {**self._who(), "type": "block_actions", "actions": [pressed]}
        if self.vocabulary.views and self.dice.random() < 0.15:
            body["view"] = self._filled()
        return body

    def _modal(self) -> Json:
        return {**self._who(), "type": "view_submission", "view": self._filled()}

    def _filled(self) -> Json:
        """A form as somebody may have it, filled in anyhow."""
        names = sorted({str(one["callback_id"]) for one in self.vocabulary.views})
        named = self.dice.choice(names)
        view = dict(
            self.dice.choice([one for one in self.vocabulary.views if one["callback_id"] == named][-4:])
        )
        view |= {"id": f"V{self._number}", "hash": f"h{self._number}", "type": "modal"}
        if self.dice.random() < 0.1:
            view["callback_id"] = self.dice.choice(names)
        if self.dice.random() < 0.15:
            view["private_metadata"] = self.dice.choice(self.vocabulary.texts)
        values = {
            str(block["block_id"]): {ids.INPUT: self._typed(block.get("element", {}))}
            for block in view.get("blocks", ())
            if block.get("type") == "input" and self.dice.random() < 0.95
        }
        if self.dice.random() < 0.1:
            foreign = self.dice.choice([name for name in vars(ids) if name.endswith("_BLOCK")])
            value = {"selected_option": {"value": self.dice.choice(self.vocabulary.texts)}}
            values[getattr(ids, foreign)] = {ids.INPUT: value}
        view["state"] = {"values": values}
        return view

    def _typed(self, element: Mapping[str, Any]) -> Json:
        options = [str(one["value"]) for one in element.get("options", ())]
        value = self.dice.choice(options) if options else self.dice.choice(WORDS[3:5])
        if self.dice.random() < 0.1:
            value = self.dice.choice(self.vocabulary.texts)
        match element.get("type"):
            case "checkboxes" | "multi_static_select":
                return {"selected_options": [{"value": value}]}
            case "users_select":
                return {"selected_user": self.dice.choice(list(self.people.values()))}
            case "datepicker":
                return {"selected_date": "2026-12-01"}
            case "plain_text_input":
                return {"value": value}
            case _:
                return {"selected_option": {"value": value, "text": {"text": "x"}}}

    def _command(self) -> Json:
        who = self._who()
        row = self.dice.choice(ROWS)
        name, user_id = self.dice.choice(list(self.people.items()))
        place = self.dice.choice(["brightwater", "marlow", "juniper-hill", "rowanbridge"])
        texts = _TYPED.get(row.word, (self.dice.choice(self.vocabulary.texts), "BRW-WS-007 4h", ""))
        text = (
            self.dice.choice(texts)
            .replace("{id}", user_id)
            .replace("{person}", name)
            .replace("{place}", place)
        )
        slash, words = (row.slash, text) if row.slash else ("/gatehouse", f"{row.word} {text}")
        return {
            "command": slash,
            "text": words,
            "user_id": who["user"]["id"],
            "team_id": self.team_id,
            "trigger_id": who["trigger_id"],
            "response_url": who["response_url"],
            "channel_id": "C0CARDS",
        }

    def _home(self) -> Json:
        event = {"type": HOME_OPENED, "user": self._who()["user"]["id"], "tab": "home"}
        return {"event": event, "event_id": f"E{self._number}", "team_id": self.team_id}
