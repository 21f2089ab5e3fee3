"""“Approve with the proposed rule…”: the waiting request is permitted by the rule that would have spared it.

It is an approval like every other one (judged, attempted once, read back, recorded, seconded); only its form is filled
from the proposal, and its rule is the proposal's and nobody's typing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.cards.case import modals
from bot.cards.case.offers import proposed_rule, why_not_by_rule
from bot.cards.forms.approve_form import ReachOffer
from bot.cards.forms.by_rule_form import TITLE, ByRuleForm, by_rule_modal
from bot.cards.forms.case_form import request_options
from bot.cards.kit import ids
from bot.cards.kit.blocks import refilled
from bot.cards.kit.limits import Block
from bot.decision.approve import offers
from bot.decision.approve.choice import NotAChoice, approval_choice
from bot.decision.approve.draw import evidence_words
from bot.decision.approve.offers import Asker, narrow_reaches
from bot.decision.approve.plan import planned, stands_for
from bot.decision.effect import computers_named, effect_of, spread_with_history
from bot.decision.press import decide_on
from bot.decision.shown import seen_shown
from bot.decision.turning_down import ended_modal, form_refused, turn_down
from bot.decision.verdict import Question, ask_of
from bot.desk import (
    Desk,
    Filled,
    Opener,
    Refusal,
    nothing_decided,
    open_form,
    pressed_stored,
    redraw_form,
    redrawn,
)
from bot.models import (
    Action,
    AlsoShown,
    Case,
    Choice,
    CustomRule,
    Effect,
    Event,
    Press,
    Proposal,
    Reach,
    RequestFacts,
    Rules,
    digest_of,
)
from bot.portal import PermitDetails, PortalError, Unusable, fits_pattern, is_extension, unfitting_parts
from bot.rules.file_places import is_protected_folder
from bot.rules.second import computer_of, second_needed
from bot.rules.typed import says
from permissions import effective_reach

NO_SECOND_PART = (
    "It is not signed, and the portal names no program in a closed folder that made it: its path alone would be the "
    "whole rule, and a rule needs two parts. Approve it by its hash."
)
EXTENSION = (
    "Nothing published shows what recognizes a browser extension besides its hash: decide it in the portal."
)
OTHER_RULE = "What is proposed has changed since the form was opened. Open it again; nothing was decided."
OTHER_CASE = "The rule of what you chose was not shown yet. Open the form again; nothing was decided."
NEEDS_REASON = "A policy needs its justification here, in words."
UNSAFE = (
    "It has no valid signature, and its folder is not known to be closed to users: a rule by its path would let in "
    "whatever is put there."
)
MISSES = "The proposed rule does not fit the file that was asked for, as the portal describes it now."
_NAME = 100
"""Characters of a new application's name (our choice; the portal shows names in narrow columns)."""
_CREATORS = 20
"""Programs that are offered as a second part (our choice)."""
_MATCHES = 5
"""Applications that cover the file already and are offered beside a new one (our choice)."""


async def open_by_rule(desk: Desk, press: Press) -> None:
    """The form; whoever may not approve even for this computer is told so instead."""
    await open_form(desk, press, TITLE, _filled, form="approve_by_rule")


async def redraw_by_rule(desk: Desk, press: Press) -> None:
    """Another reach was chosen in the form, which brings what that needs and keeps what was typed; or another case of
    a shared card: then its own form comes in that one's place."""
    case_id = press.values.get(ids.ONE_CASE_BLOCK, "")
    shown = {press.case_id: press.revision} | {one.case_id: one.revision for one in press.others}
    if case_id in shown and case_id != press.case_id:
        others = tuple(AlsoShown(case_id=one, revision=shown[one]) for one in shown if one != case_id)
        update = {"case_id": case_id, "revision": shown[case_id], "others": others, "values": {}}
        press = press.model_copy(update=update)
    await redraw_form(desk, press, _refilled, _not_redrawn)


async def _refilled(opener: Opener) -> Filled:
    view, event = await _filled(opener)
    return Filled(refilled(view, opener.press.values), event)


def _not_redrawn(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    view = modals.said_modal(TITLE, nothing_decided(error))
    return opener.not_opened("approve_by_rule", error), redrawn(opener.desk, opener.press, view, opener.case)


async def submit_by_rule(desk: Desk, press: Press) -> None:
    """The form was submitted: the choice that it makes is decided like that of “Approve…”."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, stored = found
    case = stored.case
    try:
        choice = _choice(case, press, desk.rules)
    except NotAChoice as error:
        refusal = Refusal(why="not_offered", told=str(error))
        await turn_down(desk, press, presser, case, refusal, Action.APPROVE)
        return
    picked = press.values.get(ids.REQUESTS_BLOCK, "").split(",")
    covered = _covered([entry.facts for entry in case.shown_at(press.revision)], choice.rule)
    named_here = [one for one in covered if one in picked] if any(picked) else covered
    if not named_here:
        refusal = Refusal(why="not_offered", told=MISSES)
        await turn_down(desk, press, presser, case, refusal, Action.APPROVE)
        return
    await decide_on(desk, press, found, choice, named_here)


def _covered(shown: Sequence[RequestFacts], rule: CustomRule | None) -> list[str]:
    """The requests whose file the rule recognizes where it lies; an application of rules of its own is asked itself."""
    return [one.request_id for one in shown if rule is None or fits_pattern(rule.path, one.path)]


def rule_shown(case: Case) -> str:
    """What stands for a case's proposed rule in the form that shows it."""
    return digest_of(proposed_rule(case).model_dump(mode="json"))[:16]


def _choice(case: Case, press: Press, rules: Rules) -> Choice:
    """What was submitted, with the proposal's rule in it. Raises NotAChoice."""
    if press.values.get(ids.ONE_CASE_BLOCK, case.case_id) != case.case_id:
        raise NotAChoice(OTHER_CASE)
    if case.pending and (why := _not_offered(case, press.values)):
        raise NotAChoice(why)
    return approval_choice(case.kind, _values(case, press.values), rules, press.received_at)


def _not_offered(case: Case, values: Mapping[str, str]) -> str:
    """Why a submission asks for what the form does not offer, or not any more; empty where it does."""
    if why := why_not_by_rule(case):
        return why
    rule = proposed_rule(case)
    if values.get(ids.AWAITED) != rule_shown(case):
        return OTHER_RULE
    if not says(values.get(ids.REASON_BLOCK, "")):
        return NEEDS_REASON
    return why_unsafe(rule) if _is_new(values) else ""


def _is_new(values: Mapping[str, str]) -> bool:
    return values.get(ids.APPLICATION_BLOCK, "") in ("", ids.NEW_APPLICATION)


def _values(case: Case, values: Mapping[str, str]) -> dict[str, str]:
    """The inputs of “Approve…” that the proposal fills in; nothing typed takes their place."""
    rule = proposed_rule(case) if case.proposal is not None else None
    filled = {
        ids.LASTS_BLOCK: ids.UNTIL_DATE,
        ids.RECOGNIZED_BLOCK: ids.BY_RULE if _is_new(values) else ids.BY_HASH,
        ids.RULE_PATH_BLOCK: rule.path if rule else "",
        ids.RULE_SIGNER_BLOCK: rule.signer if rule else "",
        ids.RULE_PROCESS_BLOCK: "",
    }
    name = values.get(ids.APPLICATION_NAME_BLOCK, "").strip() or name_of(case)
    return {**values, ids.APPLICATION_NAME_BLOCK: name, **filled}


def name_of(case: Case) -> str:
    """What a new application with the rule is called where nobody calls it something else: a hash is no part of it."""
    name = case.proposal.name.removeprefix("Permit ") if case.proposal is not None else ""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:_NAME]


async def _filled(opener: Opener) -> Filled:
    """The form of the pressed case; of several on one card that of the first whose rule this person may see."""
    if not opener.press.others:
        return await _of_case(opener, ())
    seen = [case for case in await seen_shown(opener) if case.pending and not why_not_by_rule(case)]
    if not seen:
        return await _of_case(opener, ())
    case = next((one for one in seen if one.case_id == opener.case.case_id), seen[0])
    return await _of_case(replace(opener, case=case), seen)


async def _of_case(opener: Opener, beside: Sequence[Case]) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    opened = opener.event("form_opened", {"form": "approve_by_rule", "revision": case.revision})
    if not case.pending:
        return Filled(ended_modal(desk, presser, case, tree, TITLE), opened)
    asker = Asker(desk, presser, case, tree)
    reaches = narrow_reaches(asker)
    if not any(offer.is_open for offer in reaches):
        return await form_refused(opener, TITLE, asker.narrowest(), Action.APPROVE)
    why, proposal = why_not_by_rule(case), case.proposal
    if why or proposal is None:
        return Filled(modals.said_modal(TITLE, [why]), opened)
    chosen = next((one for one in Reach if one == opener.press.values.get(ids.REACH_BLOCK)), None)
    return Filled(await _drawn(asker, proposal, reaches, beside, chosen), opened)


async def _drawn(
    asker: Asker, proposal: Proposal, narrow: list[ReachOffer], beside: Sequence[Case], chosen: Reach | None
) -> dict[str, object]:
    """The form, filled from the portal; or why this very request cannot be a policy. Raises PortalError.

    `chosen`: how far, where that was chosen in the form.
    """
    case, portal, rule = asker.case, asker.desk.portal, proposed_rule(asker.case)
    covered = [entry.facts for entry in case.pending if fits_pattern(rule.path, entry.facts.path)]
    facts = covered[0] if covered else case.pending[0].facts
    details = await portal.permit_details(facts.request_id, facts.organization_id)
    rows, groups = await asyncio.gather(
        portal.matching_applications(details),
        portal.computer_groups_for_permit(facts.organization_id, case.os_type),
    )
    known = [one for one in offers.matches(asker, details, rows) if one.use == ids.MATCH]
    known.sort(key=lambda one: one.application_id != proposal.application_id)
    creators = () if rule.signer else _creators(details)
    why_no_new = _why_no_new(rule, details, creators)
    if is_extension(details) or (why_no_new and not known):
        return modals.said_modal(TITLE, [why_no_new or EXTENSION])
    reaches = offers.told_by_portal(narrow, asker, details, groups)
    form = ByRuleForm(
        case=case,
        beside=beside,
        proposal=proposal,
        shown=rule_shown(case),
        requests=_options(case, covered),
        one_computer_only=asker.one_only(len({computer_of(one) for one in covered})),
        reaches=[one for one in reaches if one.reach is not Reach.GLOBAL],
        groups=offers.own_groups(case, details, groups)[: offers.GROUPS_OFFERED],
        applications=known[:_MATCHES],
        application_name=name_of(case),
        new_closed=why_no_new,
        creators=creators,
        evidence=evidence_words(case),
        chosen=chosen,
        writes_on=asker.desk.rules.writes_on,
    )
    try:
        return by_rule_modal(replace(form, effect=await _effect(asker, facts, details, form)))
    except Unusable as error:
        return modals.said_modal(TITLE, [f"{error.message[:1].upper()}{error.message[1:]}."])


def _options(case: Case, covered: Sequence[RequestFacts]) -> list[Block]:
    """The waiting requests that the rule covers; the others stay pending."""
    request_ids = {one.request_id for one in covered}
    return [one for one in request_options(case) if one["value"] in request_ids]


def _creators(details: PermitDetails) -> tuple[tuple[str, str], ...]:
    """Programs in closed folders that made the file: one of them is an unsigned rule's second part."""
    fit = [one for one in details.creators_offered if is_protected_folder(one)]
    return tuple((stands_for(one), one) for one in fit[:_CREATORS])


def _why_no_new(rule: CustomRule, details: PermitDetails, creators: Sequence[tuple[str, str]]) -> str:
    """Why the rule makes no new application for this request; empty where it may."""
    if why := why_unsafe(rule):
        return why
    if not rule.signer and not creators:
        return NO_SECOND_PART
    return MISSES if unfitting_parts(details, rule) else ""


def why_unsafe(rule: CustomRule) -> str:
    """Why a rule recognizes too much, whatever it was proposed for; empty where it does not."""
    return "" if rule.signer or is_protected_folder(rule.path) else UNSAFE


async def _effect(
    asker: Asker, facts: RequestFacts, details: PermitDetails, form: ByRuleForm
) -> tuple[str, ...]:
    """What submitting the form as it comes would do. Raises PortalError, `Unusable` among them."""
    case, desk = asker.case, asker.desk
    reach, application = form.first_reach, form.first_application
    values = {
        ids.REACH_BLOCK: reach.value,
        ids.COMPUTER_GROUP_BLOCK: form.groups[0].computer_group_id if form.groups else "",
        ids.APPLICATION_BLOCK: application,
        ids.APPLICATION_NAME_BLOCK: form.application_name,
        ids.RULE_CREATED_BLOCK: form.creators[0][0] if form.creators else "",
        ids.EXPIRES_BLOCK: f"{form.proposal.ends_at:%Y-%m-%d}",
    }
    choice = approval_choice(case.kind, _values(case, values), desk.rules, desk.now())
    plan = await planned(desk, choice, facts, details)
    if plan is None:
        return ()
    question = Question(asker.presser, case, facts, plan.choice, 1, details, asker.already_approved, plan)
    reaches = effective_reach(ask_of(question))
    lines = [effect_of(plan.choice, facts, reaches=reaches, ringfencing=plan.ringfencing)]
    entry, spread = (
        case.entry(facts.request_id),
        await spread_with_history(desk, facts, computers_named([facts])),
    )
    if entry is not None:
        because = second_needed(desk.rules, case, entry, plan.choice, reaches, now=desk.now(), spread=spread)
        lines += (
            [f"It waits for a second person before anything is sent, because {because}."] if because else []
        )
    return tuple(lines)
