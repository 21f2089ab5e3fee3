"""Which buttons a card carries, and the reason for each one that it does not carry.

A button that is not offered is no protection: every press is judged anew. This only keeps people from
pressing what cannot succeed, and says so.
"""

from __future__ import annotations

from datetime import datetime

from bot.cards.case.policy_offers import by_rule_button
from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.names import short
from bot.cards.kit.words import is_link
from bot.models import Case, Rules
from bot.rules.kinds import traits_of
from bot.rules.lifecycle import allows_one_press


def one_press_closed(case: Case, rules: Rules | None = None, now: datetime | None = None) -> str:
    """Why the narrow approval is not one press, as a sentence; empty if it is.

    Without `now` the age of the checks is left out; the press itself always judges it.
    """
    if closed := traits_of(case.kind).closes_one_press:
        return closed
    allowed, why = allows_one_press(case, rules, now)
    return "" if allowed else f"One-press approval is closed: {why}. Use “Approve…”."


def awaits_second(case: Case) -> bool:
    """Whether an approval of one of its requests waits for a second person."""
    return any(entry.awaited is not None for entry in case.pending)


def one_press_label(case: Case, rules: Rules) -> str:
    """The words on the one-press button. In a case of several computers none is an unnamed “this computer”."""
    where = _where(case)
    if not traits_of(case.kind).elevates:
        return f"Approve on {where}"
    hours = rules.decisions.elevation_hours
    return f"Elevate on {where} for {hours} hour{'' if hours == 1 else 's'}"


def _where(case: Case) -> str:
    """The computers whose requests can be decided now: this one, the one by name, or their number."""
    pending = {entry.facts.computer_id: entry.facts.computer_name for entry in case.pending}
    if len(pending) > 1:
        return f"these {len(pending)} computers"
    alone = len({entry.facts.computer_id for entry in case.requests}) == 1
    return "this computer" if alone else short(next(iter(pending.values()), ""), 40)


def card_actions(case: Case, rules: Rules, now: datetime | None = None) -> list[Block]:
    """At most five elements: approve here, Approve…, Deny…, Claim or Release, and the overflow menu."""
    ref = CaseRef(case.case_id, case.revision)
    elements = _deciding(case, rules, str(ref), now) if case.pending else []
    return [*elements, _more(case, rules, ref)]


def _deciding(case: Case, rules: Rules, ref: str, now: datetime | None) -> list[Block]:
    """The buttons that decide or claim; for kinds decided elsewhere the way there, and a claim where anybody may."""
    kind = traits_of(case.kind)
    name, words = (ids.CLAIM, "Claim") if case.claim is None else (ids.RELEASE, "Release")
    claim = [blocks.button(name, words, ref)] if kind.has_deciders else []
    if not kind.is_decided_here:
        portal = blocks.link_button(ids.OPEN_PORTAL, "Decide in the portal", rules.portal_link)
        return [*([portal] if portal else []), *claim]
    elements = []
    if awaits_second(case):
        elements.append(blocks.button(ids.SECOND_MODAL, "Second…", ref, style="primary"))
    elif not one_press_closed(case, rules, now):
        label = one_press_label(case, rules)
        elements.append(blocks.button(ids.APPROVE_COMPUTER, label, ref, style="primary"))
    elif by_rule := by_rule_button(case):
        elements += by_rule
    elements.append(blocks.button(ids.APPROVE_MODAL, "Approve…", ref))
    elements.append(blocks.button(ids.DENY_MODAL, "Deny…", ref, style="danger"))
    return [*elements, *claim]


def _more(case: Case, rules: Rules, ref: CaseRef) -> Block:
    """The overflow menu."""
    options = [blocks.option("Details", ids.more_value(ids.DETAILS, ref))]
    if case.is_open:
        options.append(blocks.option("Escalate", ids.more_value(ids.ESCALATE, ref)))
        options.append(blocks.option("Hand over…", ids.more_value(ids.HAND_OVER, ref)))
    options.append(blocks.option("Why blocked?", ids.more_value(ids.WHY, ref)))
    if is_link(rules.portal_link):
        value = ids.more_value(ids.PORTAL, ref)
        options.append(blocks.option("Open in the portal", value, url=rules.portal_link))
    return blocks.overflow(ids.MORE, options)
