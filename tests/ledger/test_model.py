"""Random work against a simple model: whatever is done in whatever order, the ledger and the model agree."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.audit import verify_export
from bot.ledger import Committed, Ledger
from bot.models import Due, DueKind, TakenDue
from tests.ledger.build import LEASE, case, change, entry
from tests.valkey import RunningValkey

NAMES = [f"case-{letter}" for letter in "abcde"]
SUBJECTS = ["", "S", "T"]


@dataclass
class Model:
    """What the ledger should hold."""

    versions: dict[str, int] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    """Of each case; a case keeps its subject."""
    opened: set[str] = field(default_factory=set)
    due: set[str] = field(default_factory=set)
    taken: dict[str, TakenDue] = field(default_factory=dict)
    events: int = 0

    def holder(self, subject: str) -> str | None:
        """The open case of a subject."""
        return next((name for name in self.opened if subject and self.subjects[name] == subject), None)

    def allows(self, name: str, subject: str, version: int, stays_open: bool, taken: TakenDue | None) -> bool:
        """Whether a change must go through."""
        if taken is not None and self.taken.get(name) != taken:
            return False
        if self.versions.get(name, 0) != version:
            return False
        return not stays_open or self.holder(subject) in (None, name)


class Driver:
    """Does one random thing after the other, in the ledger and in the model."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self.ledger = ledger
        self.model = Model()
        self.dice = random.Random(seed)

    async def step(self) -> None:
        """One random thing."""
        await self.dice.choice([self._change, self._change, self._change, self._take, self._give_back])()

    async def _change(self) -> None:
        dice, model = self.dice, self.model
        name = dice.choice(NAMES)
        subject = model.subjects.get(name, dice.choice(SUBJECTS))
        version = max(0, model.versions.get(name, 0) + dice.choice([0, 0, 0, 0, 1, -1]))
        closed = dice.random() < 0.4
        taken = model.taken.get(name) if dice.random() < 0.3 else None
        arms = dice.choice([True, False, None])
        due = [] if arms is None else [Due(DueKind.STEP, name, self.ledger.now() if arms else None)]
        one = case(name, entry(f"request-of-{name}"), subject=subject, closed=closed)
        allowed = model.allows(name, subject, version, not closed, taken)
        answer = await self.ledger.commit(change((one, version), taken=taken, due=due))
        assert isinstance(answer, Committed) is allowed, (answer, name, version, model)
        if isinstance(answer, Committed):
            model.events += 1
            assert answer.number == model.events
            self._note(name, subject, closed, taken is not None, arms)

    def _note(self, name: str, subject: str, closed: bool, was_taken: bool, arms: bool | None) -> None:
        model = self.model
        model.versions[name] = model.versions.get(name, 0) + 1
        model.subjects[name] = subject
        (model.opened.discard if closed else model.opened.add)(name)
        if was_taken or arms is not None:
            model.taken.pop(name, None)
            model.due.discard(name)
        if arms:
            model.due.add(name)

    async def _take(self) -> None:
        found = await self.ledger.take_due(self.dice.randint(1, 3), timedelta(hours=1))
        for taken, _ in found:
            assert taken.case_id in self.model.due, "only what is due is taken"
            self.model.due.discard(taken.case_id)
            self.model.taken[taken.case_id] = taken

    async def _give_back(self) -> None:
        if self.model.taken:
            name = self.dice.choice(sorted(self.model.taken))
            assert await self.ledger.due_later(self.model.taken.pop(name), self.ledger.now())
            self.model.due.add(name)

    async def check(self) -> None:
        """Everything that can be asked agrees with the model."""
        model, ledger = self.model, self.ledger
        assert set(await ledger.open_case_ids()) == model.opened
        assert set(await ledger.case_ids_of_organization("org-1")) == model.opened
        assert set(await ledger.case_ids_of_computer("computer-1")) == model.opened
        stored = await ledger.cases(NAMES)
        assert {name: one.version for name, one in stored.items()} == model.versions
        for subject in SUBJECTS[1:]:
            assert await ledger.open_case_id_of_subject(subject) == model.holder(subject)


@pytest.mark.parametrize("seed", range(8))
async def test_the_ledger_agrees_with_a_model_of_it(ledger: Ledger, valkey: RunningValkey, seed: int) -> None:
    driver = Driver(ledger, seed)
    for _ in range(6):
        for _ in range(25):
            await driver.step()
        await driver.check()
    await valkey.travel(timedelta(hours=1) + LEASE)
    left = {taken.case_id for taken, _ in await ledger.take_due()}
    assert left == driver.model.due | set(driver.model.taken)
    found = verify_export([line async for line in ledger.chain.export()])
    assert found.is_good, found.problems
    assert found.events == driver.model.events
