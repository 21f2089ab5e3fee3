"""Every renderer of the second pair of eyes, called with one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards import Rendered, render_case
from bot.cards.forms import second
from bot.cards.messages import answers
from bot.models import Actor, Attempt, Case, Choice, Evidence, Reach, RequestEntry, Standing, Verb
from tests.cards.samples import NOW, RULES, attempt, awaited, case, ended, entry
from tests.house_rules import rules_with


def waiting_case(text: str, one: Case) -> Case:
    """Every request waits for a second person, with that string in everything that the first one wrote."""
    actor = Actor(person_id="p", name=text or "x", slack_user_id="U0X")
    written = {name: text for name, field in Choice.model_fields.items() if field.annotation is str}
    choice = Choice.model_validate({"verb": Verb.APPROVE, "reach": Reach.ORGANIZATION, **written})
    held = [
        e.model_copy(
            update={"awaited": awaited(first=actor, choice=choice, effect=f"{text}{n}", because=text)}
        )
        for n, e in enumerate(one.requests)
    ]
    return one.model_copy(update={"requests": tuple(held)})


def second_messages(text: str, one: Case, given: dict[str, Any]) -> Iterator[tuple[str, Rendered]]:
    """The card, the calls in its thread, and what the first person hears. `given`: hostile facts of a request."""
    waiting = waiting_case(text, one)
    held = waiting.requests[0].awaited or awaited()
    yield "card waiting for a second", render_case(waiting, RULES, NOW)
    ours = attempt(actor=held.first, first=held.first, effect=text)
    both = entry(1, Standing.APPROVED, outcome=ended(Standing.APPROVED, text, ours=ours), **given)
    yield "card of two people", render_case(case(both), RULES, NOW)
    yield "second called", second.called(waiting, held, RULES)
    nobody = rules_with(RULES, escalation={"approvers_user_group": ""})
    yield "second called, nobody", second.called(waiting, held, nobody)
    yield "second sent back", second.sent_back(waiting, text, text)
    for before, after in news(text, ours, given):
        for told in answers.told_to_first(case(before), case(after, entry(2))):
            if told.said is not None:
                yield f"first told {told.why}", told.said


def news(text: str, ours: Attempt, given: dict[str, Any]) -> Iterator[tuple[RequestEntry, RequestEntry]]:
    """Before and after: everything that can become of what waits, and of what was agreed to."""
    waits = entry(1, awaited=awaited(effect=text), **given)
    other = Actor(person_id="q", name=text or "x", slack_user_id="U0Y")
    replaced = awaited(awaited_id="w-2", press_id="p2", first=other, effect=text)
    yield waits, entry(1, awaited=replaced, **given)
    yield waits, entry(1, Standing.DECIDING, attempt=attempt(Verb.DENY, actor=other), **given)
    yield waits, entry(1, Standing.DECIDING, attempt=attempt(actor=other), **given)
    yield waits, entry(1, Standing.REJECTED, outcome=ended(Standing.REJECTED, text, by=text), **given)
    yield waits, entry(1, **given | {"path": f"{text}2"})
    sent = entry(1, Standing.CHECKING, attempt=ours, **given)
    yield sent, entry(1, Standing.APPROVED, outcome=ended(Standing.APPROVED, text, ours=ours), **given)
    yield sent, entry(1, Standing.REJECTED, outcome=ended(Standing.REJECTED, text, by=text), **given)
    yield sent, entry(1, **given)


def second_views(text: str, one: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The modal of the second person, and the form to send it back with."""
    waiting = waiting_case(text, one)
    for writes_on in (True, False):
        form = second.SecondForm(case=waiting, waiting=waiting.requests, others=3, writes_on=writes_on)
        yield f"second, writes {writes_on}", second.second_modal(form)
        yield f"send back, writes {writes_on}", second.send_back_modal(form)
    many = [
        waiting.model_copy(update={"case_id": f"c{n}", "evidence": _of(waiting.evidence, text, n)})
        for n in range(60)
    ]
    family = second.SecondForm(case=waiting, waiting=waiting.requests * 20, writes_on=True, concerned=many)
    yield "second, family", second.second_modal(family)


def _of(evidence: Evidence | None, text: str, number: int) -> Evidence | None:
    """Something else is known at each customer."""
    return evidence.model_copy(update={"failed": (f"{text} {number}",)}) if evidence is not None else None
