"""Everything about denying, handing over and the phone, with one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards import Rendered, home, render_case
from bot.cards.forms import hand_over
from bot.cards.forms.deny_modal import DenyForm, deny_modal
from bot.cards.forms.hand_over import HandOverForm, hand_over_modal
from bot.cards.messages import duty as messages
from bot.models import Actor, Case, DenyReason, HandedOver, Kind, Standing, StepKind, Verb
from bot.models.rotas import Called
from tests.cards.samples import NOW, RULES, attempt, case, ended, entry
from tests.house_rules import rules_with

LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"


def handed(text: str, user_group_id: str = "S0TEAM") -> HandedOver:
    """Somebody of that name gave it to a team, in those words."""
    by = Actor(person_id="p", name=text or "x", slack_user_id="U0X")
    return HandedOver(by=by, at=NOW, because=text, user_group_id=user_group_id)


def handed_case(text: str, one: Case) -> Case:
    """A case that went to the team and, claimed, from one person to another."""
    claim = one.claim.model_copy(update={"handed_over": handed(text, "")}) if one.claim else None
    return one.model_copy(update={"claim": claim, "handed_over": handed(text)})


def handed_messages(text: str, one: Case) -> Iterator[tuple[str, Rendered]]:
    """Cards, calls and answers."""
    whole = handed_case(text, one)
    team = whole.model_copy(update={"claim": None})
    for held in (whole, team, whole.model_copy(update={"handed_over": None})):
        yield "card handed over", render_case(held, RULES, NOW)
        for kind in StepKind:
            said = messages.step_message(
                kind, held, RULES, NOW, called=Called(user_group_id="S0TEAM"), permalink=LINK
            )
            yield f"step {kind.value} handed over", said
    yield "handed to you", hand_over.handed_to_you(whole, text, text, LINK)
    yield "handed to you, no claim", hand_over.handed_to_you(team, text, text, text)
    yield "handed", hand_over.handed(whole)
    for group in ("S0TEAM", ""):
        yield "handed to team", hand_over.handed_to_team(team, handed(text, group), LINK)
    yield "handed to team, done", hand_over.handed_to_team_done()
    yield "handed to the claimer's team", hand_over.claim_handed_on(whole, text)
    yield "nothing handed", hand_over.nothing_handed(whole)
    yield "card denied and on the phone", render_case(_decided(text), RULES, NOW)
    lines = [home.CaseLine(one, LINK, may_approve=True)] * 25
    yield "find with buttons", home.find_answer(text, lines, as_of=NOW, days=7)


def _decided(text: str) -> Case:
    """Four denials in different words, told and not told, and an approval asked for on the phone."""
    entries = []
    for number in range(1, 5):
        denial = attempt(Verb.DENY, effect=text)
        choice = denial.choice.model_copy(
            update={"reason": f"{number}{text}"[:1600], "notify_requestor": number > 1}
        )
        denial = denial.model_copy(update={"choice": choice})
        entries.append(entry(number, Standing.REJECTED, outcome=ended(Standing.REJECTED, text, ours=denial)))
    yes = attempt(effect=text)
    yes = yes.model_copy(update={"choice": yes.choice.model_copy(update={"on_phone_with": text})})
    entries.append(entry(5, Standing.APPROVED, outcome=ended(Standing.APPROVED, text, ours=yes)))
    return case(*entries, closed_at=NOW)


def handed_views(text: str, one: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The forms, open and closed."""
    for closed in ("", text):
        for first in (True, False):
            form = HandOverForm(case=one, person_closed=closed, claims_first=first)
            yield "hand over", hand_over_modal(form)
        yield "hand over, team closed", hand_over_modal(HandOverForm(case=one, team_closed=closed))
    yield (
        "hand over, both closed",
        hand_over_modal(HandOverForm(case=one, person_closed=text or "closed", team_closed=text or "closed")),
    )
    elevation = one.model_copy(update={"kind": Kind.ELEVATION})
    yield "hand over elevation", hand_over_modal(HandOverForm(case=elevation, claims_first=True))
    for writes_on in (True, False):
        yield from _denials(text, one, writes_on=writes_on)


def _denials(text: str, one: Case, *, writes_on: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The deny form, empty and filled in, told and not told, with a reason that the list has no more."""
    # Wider than the settings let in: what is drawn is inert whatever it was given.
    reasons = tuple(DenyReason.model_construct(label=f"{n} {text}"[:75], text=text) for n in range(3))
    rules = rules_with(RULES, writes_on=writes_on, decisions={"deny_reasons": reasons})
    first = reasons[0].reason_id
    forms = {
        "empty": DenyForm(case=one, rules=rules),
        "chosen": DenyForm(case=one, rules=rules, reason_id=first),
        "both": DenyForm(case=one, rules=rules, reason_id=first, typed=text[:1000]),
        "not told": DenyForm(case=one, rules=rules, typed=text[:1000], notify=False),
        "gone": DenyForm(case=one, rules=rules, reason_id="gone", typed=text[:1000]),
    }
    for name, form in forms.items():
        yield f"deny {name}, writes {writes_on}", deny_modal(form)
