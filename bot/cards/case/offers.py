"""What may be done with a case: the card's buttons, its policies, and the reason for each one that is not offered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, is_link, moment, raw, say, short, strong
from bot.models import (
    Attempt,
    Case,
    CustomRule,
    Finding,
    PolicyAct,
    PolicyPlace,
    PolicyWork,
    PortalState,
    RequestEntry,
    Rules,
    Standing,
    Verb,
    WorkStanding,
)
from bot.rules.kinds import traits_of
from bot.rules.lifecycle import allows_one_press
from bot.rules.second import agreed_in_one_press
from permissions import Reach

WORKS_SHOWN = 9
"""Changes of policies that a card spells out, the newest (our choice)."""
DONE = {
    PolicyAct.TAKE_BACK: "Taken back",
    PolicyAct.PROMOTE: "Promoted",
    PolicyAct.CREATE: "Policy created",
}
DOING = {
    PolicyAct.TAKE_BACK: "Taking back",
    PolicyAct.PROMOTE: "Promotion",
    PolicyAct.CREATE: "Creating a policy",
}
_REACH = {
    Reach.COMPUTER: "computer",
    Reach.COMPUTER_GROUP: "computer group",
    Reach.ORGANIZATION: "entire organization",
    Reach.GLOBAL: "global group",
}


def policy_line(entry: RequestEntry) -> list[Line]:
    """In the details: the policy and application that came of a request."""
    state = entry.outcome.state if entry.outcome is not None else None
    if state is None or not state.policy_id:
        return []
    runs: list[Run] = [strong("Policy: "), raw(state.policy_id, 80, code=True)]
    if state.application_id:
        runs += [say(", application "), raw(state.application_id, 80, code=True)]
    return [runs]


def work_lines(case: Case) -> list[Line]:
    """On the card and in its details: what was done to policies since, newest last; what failed is in the record."""
    told = [one for one in case.policy_works if one.standing is not WorkStanding.WITHOUT_EFFECT]
    lines = [work_line(work, case) for work in told[-WORKS_SHOWN:]]
    left = len(told) - WORKS_SHOWN
    return [[say(f"and {left} earlier changes of policies")], *lines] if left > 0 else lines


def work_line(work: PolicyWork, case: Case) -> Line:
    """One change: what, where, by whom, and whether the portal shows it."""
    where = _of_request(work, case)
    if work.standing is not WorkStanding.DONE:
        by = [say(" by "), raw(work.actor.name, 80)]
        return [strong(DOING[work.act]), *where, *by, say(": outcome unknown, checking.")]
    by = [say(" by "), raw(work.actor.name, 80), *or_elsewhere(work), say(" ")]
    runs = [strong(DONE[work.act]), *where, *_to(work), *by, moment(work.ended_at or work.recorded_at)]
    if work.made_policy_id:
        runs += [say(", policy "), raw(work.made_policy_id, 80, code=True)]
    return [*runs, say(".")]


def or_elsewhere(work: PolicyWork) -> list[Run]:
    """What follows the presser's name where the portal gave their press no yes."""
    return [say(words)] if (words := _or_elsewhere(work)) else []


def _or_elsewhere(work: PolicyWork) -> str:
    return "" if work.ours else " or somebody in the portal"


def _of_request(work: PolicyWork, case: Case) -> list[Run]:
    """Which computer's approval it was, where the case has several."""
    entry = case.entry(work.request_id) if work.request_id else None
    several = len({one.facts.computer_id for one in case.requests}) > 1
    return [say(" on "), raw(entry.facts.computer_name, 80)] if entry is not None and several else []


def _to(work: PolicyWork) -> list[Run]:
    return [say(" for the "), *place_runs(work.place)] if work.place is not None else []


def place_runs(place: PolicyPlace) -> list[Run]:
    """A place in words: “computer group Workstations”."""
    return [say(f"{_REACH[place.reach]} "), raw(place.name or place.applies_to_id, 80)]


def place_words(place: PolicyPlace) -> str:
    """The same as plain text, with the outside name unescaped."""
    return f"{_REACH[place.reach]} {place.name or place.applies_to_id}"


NOTHING_PROPOSED = "Nothing is proposed for this case any more."
BY_RULE = "Approve with the proposed rule…"


@dataclass(frozen=True, slots=True)
class Approved:
    """A request that an approval of ours settled, with the policy that the portal names for it."""

    entry: RequestEntry
    state: PortalState
    attempt: Attempt

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.entry.facts.request_id

    @property
    def place(self) -> PolicyPlace:
        """Where the policy must apply if it is the one that was approved."""
        facts, choice = self.entry.facts, self.attempt.choice
        if choice.reach is Reach.ORGANIZATION:
            return PolicyPlace(
                reach=choice.reach, applies_to_id=facts.organization_id, name=facts.organization_name
            )
        if choice.reach is Reach.COMPUTER:
            return PolicyPlace(reach=choice.reach, applies_to_id=facts.computer_id, name=facts.computer_name)
        return PolicyPlace(
            reach=choice.reach, applies_to_id=choice.computer_group_id, name=choice.computer_group_name
        )


def approved_here(case: Case) -> Iterator[Approved]:
    """Every request that an approval of ours settled."""
    for entry in case.held:
        outcome = entry.outcome
        if outcome is None or outcome.attempt is None or entry.standing is not Standing.APPROVED:
            continue
        if outcome.attempt.choice.verb is Verb.APPROVE:
            yield Approved(entry, outcome.state, outcome.attempt)


def why_not(case: Case, approved: Approved, act: PolicyAct) -> str:
    """Why the policy of this approval cannot be changed from here, as far as our own record says; empty if it can."""
    choice = approved.attempt.choice
    if case.redacted_at is not None:
        return "its names were removed when the retention time was over"
    if not approved.state.policy_id:
        return "the portal does not tell which policy came of it"
    if not traits_of(case.kind).has_permit_form or choice.storage is not None or choice.mode is not None:
        return "it was no policy of application control that was approved"
    if choice.reach is Reach.GLOBAL:
        return "it was approved for a global group, which serves other organizations as well"
    return _done_before(case, approved, act) or (_not_widened(approved) if act is PolicyAct.PROMOTE else "")


def _done_before(case: Case, approved: Approved, act: PolicyAct) -> str:
    """What was done to this approval's policy since, if it is in the way."""
    for work in case.policy_works:
        if work.request_id != approved.request_id or work.standing is WorkStanding.WITHOUT_EFFECT:
            continue
        if work.standing.is_open:
            return f"{work.actor.name}'s change of it is already on its way"
        if work.act is PolicyAct.TAKE_BACK:
            return f"{work.actor.name}{_or_elsewhere(work)} has taken it back already"
        widest = work.place is not None and work.place.reach is Reach.ORGANIZATION
        if act is PolicyAct.PROMOTE and work.act is act and widest:
            return f"{work.actor.name} has promoted it to the entire organization already"
    return ""


def _not_widened(approved: Approved) -> str:
    """What is never promoted from here: promotion widens a plain approval of one computer."""
    choice = approved.attempt.choice
    if choice.reach is not Reach.COMPUTER:
        return "it was approved for more than one computer already"
    return "it grants administrator rights, which are not widened from here" if choice.elevate else ""


def can_any(case: Case, act: PolicyAct) -> bool:
    """Whether some approval's policy may be changed so, as far as our own record says."""
    return any(not why_not(case, approved, act) for approved in approved_here(case))


def policy_actions(case: Case) -> list[Block]:
    """In the details: the buttons for what applies to the case's policies now; none where nothing does."""
    ref = str(CaseRef(case.case_id, case.revision))
    buttons = by_rule_button(case)
    if can_any(case, PolicyAct.TAKE_BACK):
        buttons.append(blocks.button(ids.POLICY_TAKE_BACK, "Take back…", ref, style="danger"))
    if can_any(case, PolicyAct.PROMOTE):
        buttons.append(blocks.button(ids.POLICY_PROMOTE, "Promote…", ref))
    if traits_of(case.kind).has_permit_form and case.proposal is None and case.redacted_at is None:
        buttons.append(blocks.button(ids.POLICY_PROPOSE, "Propose a policy", ref))
    return [blocks.actions(buttons, ids.POLICY_ACTIONS_BLOCK)] if buttons else []


def exception_actions(case: Case) -> list[Block]:
    """In the details: any case that still has its names may be kept as an exception."""
    if case.redacted_at is not None:
        return []
    ref = str(CaseRef(case.case_id, case.revision))
    keep = blocks.button(ids.EXCEPTION_MODAL, "Keep as an exception…", ref)
    return [blocks.actions([keep], ids.EXCEPTION_ACTIONS_BLOCK)]


def why_not_by_rule(case: Case) -> str:
    """Why what waits here is not approved with the proposed rule, as a sentence; empty if it may be."""
    proposal, kind = case.proposal, traits_of(case.kind)
    if proposal is None:
        return NOTHING_PROPOSED
    if proposal.declined_by is not None:
        return (
            f"{proposal.declined_by.name} has decided against a policy for now: {proposal.declined_because}"
        )
    if kind.elevates:
        return (
            "An elevation is granted with administrator rights, which a rule would give to everything that it matches: "
            "approve this one by itself."
        )
    if not kind.has_permit_form:
        return "No policy of application control can be proposed for this; look at it in the portal."
    if case.evidence is not None and case.evidence.known_bad is Finding.YES:
        return "The file is known to be bad: no rule is made that would let in what follows it."
    return proposal.rule.why_not


def proposed_rule(case: Case) -> CustomRule:
    """What the proposal recognizes the software by; a signature that does not hold is no part of it."""
    if case.proposal is None:
        raise ValueError(f"case {case.case_id} has no proposal")
    rule = case.proposal.rule
    return CustomRule(path=rule.path, signer=rule.signer if rule.signer_valid else "")


def by_rule_button(case: Case, *, is_second: bool = False) -> list[Block]:
    """“Approve with the proposed rule…”, while something waits that it may approve. `is_second`: beside one press."""
    if not case.pending or why_not_by_rule(case):
        return []
    label, style = ("With the proposed rule…", "") if is_second else (BY_RULE, "primary")
    return [blocks.button(ids.BY_RULE_MODAL, label, str(CaseRef(case.case_id, case.revision)), style=style)]


def one_press_closed(case: Case, rules: Rules | None = None, now: datetime | None = None) -> str:
    """Why the narrow approval is not one press, as a sentence; empty if it is.

    Without `now` the age of the checks is left out; the press itself always judges it.
    """
    if closed := traits_of(case.kind).closes_one_press:
        return closed
    allowed, why = allows_one_press(case, rules, now)
    return "" if allowed else f"{CLOSED}: {why}. Use “Approve…”."


def lacks_a_reason(case: Case, rules: Rules, now: datetime | None = None) -> bool:
    """Whether its reason is all that keeps the narrow approval from being one press."""
    plain = case.model_copy(update={"policy_due": False})
    return case.policy_due and bool(case.pending) and not one_press_closed(plain, rules, now)


CLOSED = "One press is closed"
ONE_PRESS_WANTS = "One press wants a reason: a policy is due"


def takes_a_reason(case: Case, rules: Rules, now: datetime | None = None) -> bool:
    """Whether its card has the menu of reasons as its one press: nothing closes that, and no rule is proposed."""
    return not (awaits_second(case) or by_rule_button(case)) and lacks_a_reason(case, rules, now)


def because_menu(label: str, reasons: Sequence[str], ref: CaseRef) -> list[Block]:
    """The narrow approval with a reason from the list: one press, and never an empty field.

    None where the reference of a card that many cases share is longer than an option may carry.
    """
    options = [blocks.option(reason, ids.because_value(reason, ref)) for reason in reasons]
    if any(len(option["value"]) > limits.OPTION_VALUE for option in options):
        return []
    # A closed menu is narrower than a button: what is said of one computer has to fit.
    short_label = label.replace(" on this computer", " here")
    return [blocks.menu(ids.APPROVE_BECAUSE, options, placeholder=f"{short_label}, because…")]


def agree_button(cases: Sequence[Case], rules: Rules, now: datetime | None = None) -> list[Block]:
    """“Agree on this computer”, where what waits is what one press could have approved; the form has the rest."""
    waiting = [case for case in cases if awaits_second(case)]
    ids_found = {agreed_in_one_press(case, rules) for case in waiting}
    plain = [case.model_copy(update={"policy_due": False}) for case in waiting]
    if len(ids_found) != 1 or "" in ids_found or any(one_press_closed(case, rules, now) for case in plain):
        return []
    first, *others = waiting
    shown = tuple((other.case_id, other.revision) for other in others)
    ref = str(CaseRef(first.case_id, first.revision, ids_found.pop(), shown))
    computers = {
        entry.facts.computer_id or entry.facts.request_id: entry.facts.computer_name
        for case in waiting
        for entry in case.pending
        if entry.awaited is not None
    }
    where = (
        f"these {len(computers)} computers"
        if len(computers) > 1
        else short(next(iter(computers.values())), 40)
    )
    return [blocks.button(ids.AGREE, f"Agree on {where}", ref, style="primary")]


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
    both = {ids.APPROVE_COMPUTER, ids.BY_RULE_MODAL} <= {element["action_id"] for element in elements}
    return [*elements, more_menu(case, rules, approves=both)]


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
        elements += second_buttons([case], rules, ref, now)
    elif not one_press_closed(case, rules, now):
        label = one_press_label(case, rules)
        elements.append(blocks.button(ids.APPROVE_COMPUTER, label, ref, style="primary"))
        elements += by_rule_button(case, is_second=True)
    elif by_rule := by_rule_button(case):
        elements += by_rule
    elif lacks_a_reason(case, rules, now):
        label, reasons = one_press_label(case, rules), rules.decisions.approve_reasons
        elements += because_menu(label, reasons, CaseRef(case.case_id, case.revision))
    if len(elements) < 2:
        # Beside the two ways of a second person there is no room; whoever wants it otherwise sends it back. Beside
        # one press and the proposed rule it stands in the “…” menu.
        elements.append(blocks.button(ids.APPROVE_MODAL, "Approve…", ref))
    elements.append(blocks.button(ids.DENY_MODAL, "Deny…", ref, style="danger"))
    return [*elements, *claim]


def second_buttons(cases: Sequence[Case], rules: Rules, ref: str, now: datetime | None = None) -> list[Block]:
    """The second person's: one press for the narrow yes, and the form to read, or to send it back."""
    agree = agree_button(cases, rules, now)
    return [*agree, blocks.button(ids.SECOND_MODAL, "Second…", ref, style="" if agree else "primary")]


def more_menu(case: Case, rules: Rules, *, approves: bool = False) -> Block:
    """The overflow menu, which Slack gives five lines. It names one case; of a card that several share, its forms and
    answers find the others. `approves`: “Approve…” stands here and not among the buttons."""
    ref = CaseRef(case.case_id, case.revision)
    options = [blocks.option("Details", ids.more_value(ids.DETAILS, ref))]
    if approves:
        options.append(blocks.option("Approve…", ids.more_value(ids.APPROVE_MODAL, ref)))
    if case.is_open:
        options.append(blocks.option("Escalate", ids.more_value(ids.ESCALATE, ref)))
        options.append(blocks.option("Hand over…", ids.more_value(ids.HAND_OVER, ref)))
    options.append(blocks.option("Why blocked?", ids.more_value(ids.WHY, ref)))
    if is_link(rules.portal_link) and not approves:
        value = ids.more_value(ids.PORTAL, ref)
        options.append(blocks.option("Open in the portal", value, url=rules.portal_link))
    return blocks.overflow(ids.MORE, options)
