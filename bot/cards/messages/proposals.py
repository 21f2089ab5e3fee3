"""A proposed policy, in full and as a message to the escalation team."""

from __future__ import annotations

from bot.cards.case.card import subject_name
from bot.cards.case.policy_lines import place_runs
from bot.cards.case.policy_offers import BY_RULE, by_rule_button, why_not_by_rule
from bot.cards.kit import blocks, ids, words
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.rendered import Rendered, message
from bot.cards.kit.words import Line, Run, moment, raw, say, strong, user_group
from bot.models import Case, CustomRule, Proposal, ProposedCase, RulePattern
from bot.models.proposals import names_product
from bot.rules.kinds import traits_of
from bot.rules.rule_risks import risks_of


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
    if traits_of(case.kind).elevates:
        lines.append(
            [strong("Mind: "), say("these were elevations; the policy would permit, without admin rights.")]
        )
    if proposal.approvals:
        times = "once" if proposal.approvals == 1 else f"{proposal.approvals} times"
        text = f"approved by hand {times} in {proposal.within_days} days; "
        saved = "1 press" if proposal.saved == 1 else f"{proposal.saved} presses"
        lines.append([strong("Evidence: "), say(f"{text}it would have saved {saved}.")])
    lines += [_case_line(one) for one in proposal.cases]
    left = proposal.approvals - len(proposal.cases)
    return [*lines, [say(f"and {left} more approval{'' if left == 1 else 's'}")]] if left > 0 else lines


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
    lines = [head, *proposal_lines(case, proposal), *_way_on(case, proposal), _to_card(permalink)]
    return message(lines, [_proposal_actions(case)])


def _subject(case: Case) -> list[Run]:
    return [raw(subject_name(case), 120), say(" at "), raw(case.organization_name, 80), say(".")]


def _to_card(permalink: str) -> Line:
    found = words.permalink(permalink, "Go to the card")
    return [found] if found else [say("The card is in the channel of this organization.")]


def _proposal_actions(case: Case) -> Block:
    """What makes the policy: the waiting request, else an application that is there; what cannot be one is put off."""
    ref = str(CaseRef(case.case_id, case.revision))
    makes = by_rule_button(case)
    if case.proposal is not None and case.proposal.application_id and not case.proposal.rule.why_not:
        style = "" if makes else "primary"
        makes.append(blocks.button(ids.POLICY_CREATE, "Create policy…", ref, style=style))
    not_now = blocks.button(ids.POLICY_NOT_NOW, "Not now…", ref)
    return blocks.actions([*makes, not_now], ids.POLICY_ACTIONS_BLOCK)


def _way_on(case: Case, proposal: Proposal) -> list[Line]:
    """What has to happen before there is a policy, where no button makes one now."""
    if proposal.rule.why_not or proposal.application_id or by_rule_button(case):
        return []
    if why := traits_of(case.kind).elevates and why_not_by_rule(case):
        return [[strong("Next: "), say(why)]]
    return [[strong("Next: "), say(f"the next request of it offers “{BY_RULE}”, which makes the policy.")]]


def declined(case: Case, proposal: Proposal) -> Rendered:
    """In the escalation channel: somebody has decided against it for now."""
    by = proposal.declined_by.name if proposal.declined_by else ""
    head: Line = [strong("Not now: "), raw(proposal.name, 120), say(", says "), raw(by, 80), say(".")]
    again: Line = [say(f"It is not asked again for {proposal.within_days} days.")]
    return message([head, [strong("Why: "), raw(proposal.declined_because, 300)], again, _subject(case)])
