"""What the choices in “Approve…” come to so far: the exact effect, what is lacking, what speaks against the rule."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.kit import ids
from bot.decision.approve.choice import NotAChoice, approval_choice
from bot.decision.approve.faults import choice_faults, end_faults
from bot.decision.approve.offers import Asker
from bot.decision.approve.plan import Plan, planned
from bot.decision.effect import effect_of
from bot.decision.lacking import not_confirmed
from bot.decision.spreading import named, with_history
from bot.decision.verdict import Question, ask_of
from bot.models import Case, Choice, Reach, RequestFacts
from bot.portal import PermitDetails, PortalError, unfitting_parts
from bot.rules.rule_risks import risks_of
from bot.rules.second import Spread, second_needed
from permissions import Extension, effective_reach

Words = tuple[tuple[str, ...], tuple[str, ...]]
"""Lines, and warnings."""


async def previewed(
    asker: Asker, facts: RequestFacts, details: PermitDetails, values: Mapping[str, str]
) -> Words:
    """The lines and the warnings. Nothing is sent and nothing decided; the submission is judged anew."""
    desk = asker.desk
    try:
        choice = approval_choice(asker.case.kind, values, desk.rules, desk.now())
    except NotAChoice as error:
        return (str(error),), ()
    over = end_faults(choice, desk.now()).values()
    if choice.reach in (Reach.COMPUTER_GROUP, Reach.GLOBAL) and not choice.computer_group_id:
        return (*_lacking(choice), *over), _risks(choice)
    try:
        plan = await planned(desk, choice, facts, details)
    except PortalError as error:
        return (f"{error.message[:1].upper()}{error.message[1:]}.", *_lacking(choice), *over), _risks(choice)
    if plan is None:
        return (), ()
    question = Question(
        asker.presser, asker.case, facts, plan.choice, 1, details, asker.already_approved, plan
    )
    ask = ask_of(question)
    reaches = effective_reach(ask)
    effect = effect_of(plan.choice, facts, reaches=reaches, ringfencing=plan.ringfencing)
    lacking = (*_lacking(plan.choice), *over)
    spread = await with_history(desk, facts, named(_chosen(asker.case, values)))
    lines = [effect, *_width(plan), *lacking, *_second(asker, facts, plan.choice, reaches, spread)]
    why_not = asker.why_not(ask)
    lines.append(f"You may not do this: {why_not}" if why_not else not_confirmed(question))
    return tuple(line for line in dict.fromkeys(lines) if line), (*_misses(plan), *_risks(plan.choice))


def _chosen(case: Case, values: Mapping[str, str]) -> list[RequestFacts]:
    """The requests that are picked so far; all that can be decided where none is."""
    picked = values.get(ids.REQUESTS_BLOCK, "").split(",")
    waiting = [entry.facts for entry in case.pending]
    return [facts for facts in waiting if facts.request_id in picked] or waiting


def _second(
    asker: Asker, facts: RequestFacts, choice: Choice, reaches: Reach, spread: Spread
) -> tuple[str, ...]:
    """That it would wait for a second person, and why."""
    entry, desk = asker.case.entry(facts.request_id), asker.desk
    if entry is None:
        return ()
    because = second_needed(desk.rules, asker.case, entry, choice, reaches, now=desk.now(), spread=spread)
    return (f"It waits for a second person before anything is sent, because {because}.",) if because else ()


def _width(plan: Plan) -> tuple[str, ...]:
    """Where an existing application takes effect already."""
    extension: Extension | None = plan.extension
    if extension is None or extension.widest is not None:
        return ()
    return (
        "How far the existing application takes effect could not be learnt, so it cannot be extended here.",
    )


def _misses(plan: Plan) -> tuple[str, ...]:
    """That a rule would not cover the very file which was asked for."""
    parts = unfitting_parts(plan.details, plan.choice.rule) if plan.choice.rule is not None else ()
    words = " and ".join(part.replace("_", " ") for part in parts)
    return (f"This rule does not fit the file that was asked for: look at its {words}.",) if parts else ()


def _lacking(choice: Choice) -> tuple[str, ...]:
    return tuple(dict.fromkeys(choice_faults(choice).values()))


def _risks(choice: Choice) -> tuple[str, ...]:
    return risks_of(choice.rule) if choice.rule is not None else ()
