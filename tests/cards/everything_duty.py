"""Every message about who is on call and about changes of it, made of a text from outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.cards.forms import duty_forms
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.limits import Block
from bot.cards.messages import oncall as cards
from bot.models import Actor, DutyChange, SwapOffer
from bot.models.rotas import OnCall
from bot.rules.rotas import Day, Spell
from tests.cards.samples import NOW

UTC = ZoneInfo("UTC")


def duty_messages(text: str, count: int) -> Iterator[tuple[str, Rendered]]:
    """By name."""
    yield "oncall", _on_call(text, count)
    yield "oncall week", _week(text, count)
    by = Actor(person_id="p1", name=text, slack_user_id="U0BY")
    span = {"starts": NOW, "ends": NOW + timedelta(hours=8)}
    turn = DutyChange(
        duty_id="y1", person_id="p2", person_name=text, rota="week", by=by, at=NOW, reason=text, **span
    )
    own = turn.model_copy(update={"by": by.model_copy(update={"person_id": "p2"}), "reason": ""})
    gone = turn.model_copy(update={"rota": "", "duty_id": "y2"})
    offer = SwapOffer(
        swap_id="y3", rota="week", by=by, with_id="p2", with_name=text, at=NOW, until=NOW, reason=text,
        their_starts=NOW, their_ends=NOW, **span,
    )  # fmt: skip
    many = [turn.model_copy(update={"duty_id": f"y{n}"}) for n in range(count + 24)]
    yield "duty changed", cards.duty_changed(turn, [text] * (count + 12))
    yield "own duty changed", cards.duty_changed(own)
    yield "out of office", cards.duty_changed(gone)
    yield "duty answer", cards.duty_answer(turn, [text], ["A note."])
    yield "duty dropped", cards.duty_dropped([turn, gone], text, text)
    yield "nothing to drop", cards.which_to_drop([])
    yield "several to drop", cards.which_to_drop(many)
    yield "duty listed", cards.changes_listed(many, "p2")
    yield "duty listed to others", cards.changes_listed([gone], "p9")
    yield "swap asked", cards.swap_asked(offer)
    yield "swap offered", cards.swap_offered(offer)
    yield "swap agreed", cards.swap_agreed(offer)
    yield "swap ended", cards.swap_ended(offer, text)
    yield "swap void", cards.swap_void(offer)
    yield "swap over", cards.swap_over(offer)


def duty_views(text: str, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """By name."""
    rotas = [f"rota{number}" for number in range(count)]
    yield "take over", duty_forms.take_form(rotas)
    yield "swap", duty_forms.swap_form(rotas, [(text, f"p{number}") for number in range(count)])
    yield "out of office form", duty_forms.away_form()
    yield "no duty", duty_forms.no_duty_form("A sentence.")


def home_on_call(text: str) -> list[Block]:
    """App Home's section, with more tiers than it holds."""
    spells = [Spell(NOW, NOW + timedelta(hours=1), OnCall(people=(text,)))]
    return cards.home_section([("leads", spells)] * 12, lambda each: each, with_forms=True)


def _on_call(text: str, count: int) -> Rendered:
    """A tier by its user group and people, one by its channel, and one whose rota has many changes and a hole."""
    people = OnCall(people=(text,))
    week = [
        Spell(NOW + n * timedelta(hours=1), NOW + (n + 1) * timedelta(hours=1), people if n % 2 else OnCall())
        for n in range(count + 24)
    ]
    whole = Spell(NOW, NOW + timedelta(days=35), OnCall("S0TEAM", tuple(text for _ in range(count + 12))))
    channel = Spell(NOW, NOW + timedelta(days=35), OnCall(is_channel_alone=True))
    return cards.on_call_answer([("leads", [whole]), ("pit", [channel]), ("days", week)], lambda each: each)


def _week(text: str, count: int) -> Rendered:
    """More tables than an answer holds; days of one name, of several, of nobody and of a whole tier."""
    whole = OnCall("S0TEAM", (text,))
    people = (OnCall(people=(text,)), OnCall(), whole)
    spells = [
        Spell(NOW + n * timedelta(hours=2), NOW + (n + 1) * timedelta(hours=2), people[n % 3])
        for n in range(6)
    ]
    days = [
        Day(NOW.date(), tuple(spells)),
        *(Day(NOW.date() + timedelta(days=n + 1), (one,)) for n, one in enumerate(spells)),
    ]
    weeks = [cards.Week(f"tier{n}", UTC, NOW.date(), days) for n in range(count + 11)]
    now = cards.now_lines([("leads", spells)], lambda each: each)
    return cards.week_answer(weeks, lambda each: each, now)
