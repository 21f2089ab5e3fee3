"""The one list of many cases, where Slack does not take it or has it no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.chat import Dropped, Later, Sent
from bot.decision.approve.by_rule import NO_SECOND_PART, UNSAFE, _why_no_new
from bot.decision.effect import _mode
from bot.desk import Desk
from bot.escalation import digest
from bot.ledger import StoredCase
from bot.lookup.history import history_token
from bot.models import CustomRule, Effect, EffectKind, Urgency
from bot.rules.rows import Reminded
from tests.cards.samples import NOW, RULES, case, entry
from tests.cards.storage_samples import storage_choice_of


class _Ledger:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.calls = SimpleNamespace(told=self._note)

    async def cases(self, case_ids: list[str]) -> dict[str, StoredCase]:
        return {each: StoredCase(case(entry(1)), 1) for each in case_ids}

    async def _note(self, case_id: str) -> None:
        self.told.append(case_id)


def _desk(ledger: _Ledger) -> Desk:
    return cast("Desk", SimpleNamespace(ledger=ledger, rules=RULES, now=lambda: NOW, permalink=lambda _: ""))


def _effect(*, is_call: bool) -> Effect:
    return Effect(
        effect_id="digest:C1",
        kind=EffectKind.DIGEST,
        urgency=Urgency.ANSWER,
        case_id="C1",
        channel_id="C1",
        is_call=is_call,
    )


async def _refusing(_: Effect) -> Sent | Later | Dropped:
    return Dropped("no")


async def test_a_list_that_slack_does_not_take_stands_as_it_was() -> None:
    ledger = _Ledger()
    standing = [("C1", "1.0")]
    assert isinstance(
        await digest._change(_desk(ledger), _refusing, _effect(is_call=True), standing, []), Dropped
    )
    assert isinstance(await digest._follow(_refusing, _effect(is_call=True), standing), Dropped)
    assert ledger.told == []


async def test_a_list_that_somebody_deleted_is_posted_again_while_cases_wait() -> None:
    ledger, sent = _Ledger(), []

    async def send(effect: Effect) -> Sent | Later | Dropped:
        sent.append(effect)
        return Sent()

    waiting = [Reminded(0, "c1", "c1")]
    await digest._change(_desk(ledger), send, _effect(is_call=True), [("C1", "1.0")], waiting)
    assert len(sent) == 2
    assert ledger.told == ["C1"]
    await digest._change(_desk(ledger), send, _effect(is_call=False), [("C1", "1.0")], waiting)
    assert len(sent) == 3


def test_a_rule_says_why_it_makes_no_new_application() -> None:
    details: Any = None
    assert _why_no_new(CustomRule(path=r"C:\Users\*\x.exe"), details, ()) == UNSAFE
    assert _why_no_new(CustomRule(path=r"C:\Windows\x.exe"), details, ()) == NO_SECOND_PART


def test_a_choice_without_a_mode_has_no_effect_of_one() -> None:
    with pytest.raises(ValueError, match="starts no mode"):
        _mode(storage_choice_of(), entry(1).facts)


def test_rows_without_a_path_have_no_history() -> None:
    group: Any = SimpleNamespace(computers=(), path="", computer_id="")
    assert history_token(group) == ""
