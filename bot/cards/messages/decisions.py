"""What a card's thread says, once, of a decision and of policies: made, changed since, proposed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.case.naming import name_of, signer_name, subject_name
from bot.cards.case.offers import BY_RULE, DOING, by_rule_button, place_runs, why_not_by_rule, work_line
from bot.cards.case.standing import denial_lines, standing_sentence
from bot.cards.kit import blocks, ids, words
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, moment, raw, say, strong, user_group
from bot.models import (
    Attempt,
    Case,
    CustomRule,
    Outcome,
    PolicyWork,
    Proposal,
    ProposedCase,
    RequestEntry,
    RulePattern,
    Verb,
)
from bot.models.proposals import names_product
from bot.rules.kinds import traits_of
from bot.rules.rule_risks import TOO_EARLY, risks_of


def portal_button(portal_link: str) -> list[Block]:
    """The way into the portal, where its web address is configured."""
    button = blocks.link_button(ids.OPEN_PORTAL, "Open the portal", portal_link)
    return [blocks.actions([button], ids.POLICY_PORTAL_BLOCK)] if button else []


def work_done(case: Case, work: PolicyWork, portal_link: str, *, deployed: str) -> Rendered:
    """In the thread, and to the presser: the portal shows the change. `deployed` says what became of the deployment."""
    head: Line = [*work_line(work, case)]
    return message(
        [head, [raw(work.effect, 600)], *_why(work), [raw(deployed, 300)]], portal_button(portal_link)
    )


def _why(work: PolicyWork) -> list[Line]:
    lines: list[Line] = []
    if work.reason:
        lines.append([strong("Why: "), raw(work.reason, 300)])
    if work.validated_how:
        confirmed = [say("; confirmed by "), raw(work.confirmed_by, 120)]
        lines.append([strong("Validated: "), raw(work.validated_how, 300), *confirmed])
    return lines


def work_without_effect(case: Case, work: PolicyWork, portal_link: str) -> Rendered:
    """To the presser, later: the portal does not show the change."""
    head: Line = [strong(f"{DOING[work.act]} had no effect: "), raw(subject_name(case), 120)]
    accepted = "The portal had accepted it, but does" if work.answered else "The portal does"
    told: Line = [
        say(f"{accepted} not show it. Nothing is sent again; only a new press makes a new attempt.")
    ]
    return message([head, told, [raw(work.effect, 600)]], portal_button(portal_link))


def prepared(work: PolicyWork, lines: Sequence[str], why: str, portal_link: str) -> Rendered:
    """To the presser: what to do in the portal, ready to be copied, because this is not sent from here."""
    head: Line = [strong(f"{DOING[work.act]}: nothing was sent. "), raw(why, 400)]
    ask: Line = [say("Do this in the portal:")]
    steps: list[Line] = [[raw(line, 600, code=True)] for line in lines if line]
    return message([head, ask, *steps], portal_button(portal_link))


def rule_runs(rule: RulePattern) -> Line:
    """How the software would be recognized."""
    if rule.why_not:
        return [strong("No policy can be proposed: "), say(rule.why_not)]
    path = [say("path "), raw(rule.path, 300, code=True)]
    if not rule.signer:
        return [strong("Recognized by: "), *path, say("; it is not signed")]
    verdict = {True: "valid", False: "NOT VALID", None: "not told"}[rule.signer_valid]
    signer: list[Run] = [say("signer "), raw(rule.signer, 200), say(f" (signature {verdict}) and ")]
    return [strong("Recognized by: "), *signer, *path]


def warnings_of(proposal: Proposal) -> tuple[str, ...]:
    """What is risky about the rule of a proposal."""
    rule = proposal.rule
    if rule.why_not:
        return ()
    risks = risks_of(CustomRule(path=rule.path, signer=rule.signer))
    if rule.signer and rule.path and not names_product(rule.path):
        return (*risks, "Its name tells of no product: whatever this signer signs under such a name may run.")
    return risks


def proposal_lines(case: Case, proposal: Proposal) -> list[Line]:
    """The proposal in full: which policy, how far, on what evidence, until when, and what it would have saved."""
    lines: list[Line] = [
        [strong("Policy: "), raw(proposal.name, 120), say(" at "), raw(case.organization_name, 80)],
        rule_runs(proposal.rule),
        *[[strong("Mind: "), say(warning)] for warning in warnings_of(proposal)],
        _reach_line(proposal),
        [strong("Until: "), moment(proposal.ends_at), say(", then somebody looks at it again.")],
    ]
    lines += [*_elevations_line(case), *_evidence_line(proposal, [])]
    lines += [_case_line(one) for one in proposal.cases]
    left = proposal.approvals - len(proposal.cases)
    return [*lines, [say(f"and {left} more approval{'' if left == 1 else 's'}")]] if left > 0 else lines


def _elevations_line(case: Case) -> list[Line]:
    if not traits_of(case.kind).elevates:
        return []
    return [[strong("Mind: "), say("these were elevations; the policy would permit, without admin rights.")]]


def _evidence_line(proposal: Proposal, whose: list[Run]) -> list[Line]:
    """How often it was approved by hand, and what that cost; nothing where it never was."""
    if not proposal.approvals:
        return []
    times = "once" if proposal.approvals == 1 else f"{proposal.approvals} times"
    saved = "1 press" if proposal.saved == 1 else f"{proposal.saved} presses"
    how_often = say(f"approved by hand {times} in {proposal.within_days} days")
    return [[strong("Evidence: "), how_often, *whose, say(f"; it would have saved {saved}.")]]


def _reach_line(proposal: Proposal) -> Line:
    if proposal.reach is None:
        return [strong("How far: "), say("not known, because "), raw(proposal.reach_why, 200), say(".")]
    runs: list[Run] = [strong("How far: ")]
    for number, place in enumerate(proposal.places):
        runs += [say(" and "), *place_runs(place)] if number else place_runs(place)
    return [*runs, say(", because "), raw(proposal.reach_why, 200), say(".")]


def _case_line(one: ProposedCase) -> Line:
    """One approval that it rests on."""
    runs: list[Run] = [say("· "), moment(one.at), say(", on "), raw(one.computer_name, 80)]
    if one.computer_group is not None:
        runs += [say(" ("), raw(one.computer_group.name, 80), say(")")]
    return [*runs, say(", by "), raw(one.by, 80)]


def proposed(case: Case, proposal: Proposal, user_group_id: str, permalink: str) -> Rendered:
    """In the escalation channel: a policy is due, or somebody proposes one; who may can make it from here."""
    called: list[Run] = [user_group(user_group_id), say(" ")] if user_group_id else []
    if proposal.proposed_by is None:
        head: Line = [*called, strong("A policy is due. "), *_subject(case)]
    else:
        head = [
            *called,
            strong("A policy is proposed "),
            say("by "),
            raw(proposal.proposed_by.name),
            say(". "),
            *_subject(case),
        ]
    lines = [head, *_in_short(case, proposal), *_way_on(case, proposal)]
    card = (
        blocks.link_button(ids.OPEN_CARD, "Open", permalink) if words.permalink(permalink, "Open") else None
    )
    if card is None:
        lines.append([say("The card is in the channel of this organization.")])
    return message(lines, [_proposal_actions(case, [card] if card else [])])


def _in_short(case: Case, proposal: Proposal) -> list[Line]:
    """What tells whether it is worth opening: the rule, its risks, how far, and on whose approvals it rests.

    The form has the rest: the policy's name, its end, each single approval, and what follows from each risk.
    """
    lines: list[Line] = [
        _rule_in_short(proposal.rule),
        *[[strong("Mind: "), say(_without_consequence(warning))] for warning in warnings_of(proposal)],
        _reach_line(proposal),
        *_elevations_line(case),
    ]
    by = dict.fromkeys(one.by for one in proposal.cases)
    return [*lines, *_evidence_line(proposal, [say(" by "), *listed(by, limit=3)] if by else [])]


def _rule_in_short(rule: RulePattern) -> Line:
    """By its signer's name alone; a signature that is not known to hold is said."""
    if rule.why_not or not rule.signer:
        return rule_runs(rule)
    verdict = {True: "", False: " (signature NOT VALID)", None: " (signature not told)"}[rule.signer_valid]
    signer: list[Run] = [say("signer "), raw(signer_name(rule.signer), 120), say(f"{verdict} and path ")]
    return [strong("Recognized by: "), *signer, raw(rule.path, 300, code=True)]


def _without_consequence(warning: str) -> str:
    """A risk without how it comes about, and what follows from it: “…, so a user could put another program there.”"""
    said, follows, _ = warning.partition(", so a user ")
    return f"{said.replace(f'{TOO_EARLY} ', '')}." if follows else warning


def _subject(case: Case) -> list[Run]:
    return [raw(subject_name(case), 120), say(" at "), raw(case.organization_name, 80), say(".")]


def _proposal_actions(case: Case, to_card: Sequence[Block]) -> Block:
    """What makes the policy: the waiting request, else an application that is there; what cannot be one is put off."""
    ref = str(CaseRef(case.case_id, case.revision))
    makes = by_rule_button(case)
    if case.proposal is not None and case.proposal.application_id and not case.proposal.rule.why_not:
        style = "" if makes else "primary"
        makes.append(blocks.button(ids.POLICY_CREATE, "Create policy…", ref, style=style))
    not_now = blocks.button(ids.POLICY_NOT_NOW, "Not now…", ref)
    return blocks.actions([*makes, not_now, *to_card], ids.POLICY_ACTIONS_BLOCK)


def _way_on(case: Case, proposal: Proposal) -> list[Line]:
    """What has to happen before there is a policy, where no button makes one now."""
    if proposal.rule.why_not or proposal.application_id or by_rule_button(case):
        return []
    if why := traits_of(case.kind).elevates and why_not_by_rule(case):
        return [[strong("Next: "), say(why)]]
    return [[strong("Next: "), say(f"its next request offers “{BY_RULE}”.")]]


def declined(case: Case, proposal: Proposal) -> Rendered:
    """In the escalation channel: somebody has decided against it for now."""
    by = proposal.declined_by.name if proposal.declined_by else ""
    head: Line = [strong("Not now: "), raw(proposal.name, 120), say(", says "), raw(by, 80), say(".")]
    again: Line = [say(f"It is not asked again for {proposal.within_days} days.")]
    return message([head, [strong("Why: "), raw(proposal.declined_because, 300)], again, _subject(case)])


NEXT_STEP = (
    "Next for the requestor: it takes effect at the computer's next check-in; "
    "Rapid Check-in from the tray menu makes it sooner."
)
LISTED = 10
"""Policies, or endings in the portal, that one message spells out (our choice); the details name them all."""
EFFECTS_SHOWN = 2
"""Different effects that are spelled out: those of one press mostly differ by the computer alone (our choice)."""
SENTENCE = 600
"""Characters of an effect, or of what somebody wrote (our choice); the record has all of it."""

Decided = tuple[RequestEntry, Outcome, Attempt]


def decided_here(entries: Sequence[RequestEntry], portal_link: str) -> Rendered:
    """What one press decided: who, when and how far, why, what the portal answered, and the requestor's next step.

    The entries are those that this press has ended, one at the least.
    """
    told = [
        (entry, entry.outcome, entry.outcome.attempt)
        for entry in entries
        if entry.outcome is not None and entry.outcome.attempt is not None
    ]
    attempt = told[0][2]
    lines: list[Line] = [_head(told), *_effects(told), *_because(attempt)]
    if attempt.choice.verb is Verb.DENY:
        return message([*lines, *denial_lines(entries), _answered(told)])
    lines += [_answered(told), *_policies(told), [say(NEXT_STEP)]]
    return message(lines, portal_button(portal_link))


def decided_in_portal(entries: Sequence[RequestEntry]) -> Rendered:
    """What ended without Gatehouse: in the portal's words, each ending once, with the note that it keeps."""
    endings: dict[str, tuple[Line, list[RequestEntry]]] = {}
    for entry in entries:
        sentence: Line = standing_sentence(entry)
        endings.setdefault(_as_read(sentence) + _note(entry), (sentence, []))[1].append(entry)
    lines: list[Line] = []
    for sentence, members in list(endings.values())[:LISTED]:
        line: Line = [*_what(members), say(": "), *sentence]
        note = _note(members[0])
        lines += [line, [strong("The portal's note: "), raw(note, SENTENCE)]] if note else [line]
    left = len(endings) - LISTED
    return message([*lines, *([[say(f"and {left} more; the details tell them all.")]] if left > 0 else [])])


def _as_read(sentence: Line) -> str:
    """What two sentences are told apart by: a reader sees the minutes of their times."""
    return str(
        [{**run, "timestamp": run["timestamp"] // 60} if "timestamp" in run else run for run in sentence]
    )


def decided_again(entry: RequestEntry) -> Rendered:
    """What somebody in the portal decided once more, after another decision had ended the request."""
    head: Line = [strong("Decided once more, in the portal: "), *_what([entry]), say(": ")]
    note = _note(entry)
    return message(
        [
            [*head, *standing_sentence(entry)],
            *([[strong("The portal's note: "), raw(note, SENTENCE)]] if note else []),
        ]
    )


def _note(entry: RequestEntry) -> str:
    return entry.outcome.state.comments.strip() if entry.outcome is not None else ""


def _what(entries: Sequence[RequestEntry]) -> list[Run]:
    """Which files on which computers."""
    files = dict.fromkeys(name_of(entry.facts) for entry in entries)
    computers = dict.fromkeys(entry.facts.computer_name for entry in entries)
    return [*listed(files, limit=3, each=120), say(" on "), *listed(computers, limit=5)]


def _head(told: Sequence[Decided]) -> Line:
    """“Approved: setup.exe on WS-001, by Tom Okafor, first Ada Lund, today at 9:00.”; of several customers, whose."""
    entries, (_, outcome, attempt) = [entry for entry, _, _ in told], told[-1]
    customers = dict.fromkeys(entry.facts.organization_name for entry in entries)
    runs = [strong("Approved: " if attempt.choice.verb is Verb.APPROVE else "Denied: "), *_what(entries)]
    runs += [say(" at "), *listed(customers, limit=5)] if len(customers) > 1 else []
    runs += [say(", by "), raw(attempt.actor.name, 80)]
    runs += [say(", first "), raw(attempt.first.name, 80)] if attempt.first is not None else []
    return [*runs, say(", "), moment(outcome.state.decided_at or outcome.seen_at), say(".")]


def _effects(told: Sequence[Decided]) -> list[Line]:
    """How far, in the words that the presser was shown; of many the first ones stand for all."""
    effects = list(dict.fromkeys(attempt.effect for _, _, attempt in told if attempt.effect))
    lines: list[Line] = [[strong("Effect: "), raw(effect, SENTENCE)] for effect in effects[:EFFECTS_SHOWN]]
    left = len(effects) - EFFECTS_SHOWN
    return [*lines, [say(f"and likewise {left} more.")]] if left > 0 else lines


def _because(attempt: Attempt) -> list[Line]:
    """Why, as far as somebody wrote it; of a denial its reason is quoted as the requestor reads it."""
    choice = attempt.choice
    is_approval = choice.verb is Verb.APPROVE
    told = (
        ("Why: ", attempt.because if is_approval else ""),
        ("Why a mode: ", choice.mode_because),
        ("Why without an end: ", choice.safe_because),
        ("Validated: ", choice.validated_how),
        ("Confirmed by: ", choice.confirmed_by),
        ("The second person: ", attempt.remark),
        ("On the phone with: ", choice.on_phone_with),
        ("Ticket: ", choice.ticket),
    )
    return [[strong(name), raw(text, SENTENCE)] for name, text in told if text.strip()]


def _answered(told: Sequence[Decided]) -> Line:
    """The portal's own word for each ending, and the attempts that its notes name."""
    labels = dict.fromkeys(outcome.state.status_label for _, outcome, _ in told)
    attempts = dict.fromkeys(attempt.attempt_id for _, _, attempt in told)
    runs = [strong("The portal says: "), *listed(labels, limit=3), say(" (attempt ")]
    return [*runs, *listed(attempts, limit=3), say(").")]


def _policies(told: Sequence[Decided]) -> list[Line]:
    """Each policy once, with its computers where there are several; the portal may tell none."""
    made: dict[tuple[str, str], list[str]] = {}
    for entry, outcome, _ in told:
        state = outcome.state
        if state.policy_id:
            made.setdefault((state.policy_id, state.application_id), []).append(entry.facts.computer_name)
    if not made:
        return [[say("The portal does not tell which policy came of it.")]]
    lines: list[Line] = []
    for (policy_id, application_id), computers in list(made.items())[:LISTED]:
        where = [say(" ("), *listed(computers, limit=5), say(")")] if len(made) > 1 else []
        of = [say(", application "), raw(application_id, 80, code=True)] if application_id else []
        lines.append([strong("Policy: "), raw(policy_id, 80, code=True), *of, *where])
    left = len(made) - LISTED
    return [*lines, [say(f"and {left} more; the details name them all.")]] if left > 0 else lines
