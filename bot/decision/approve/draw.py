"""“Approve…” drawn: what is offered, what was typed, and what the choices come to so far."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.cards.case.judgement import judgement_line
from bot.cards.forms.approve_form import (
    ApplicationOffer,
    ApproveForm,
    GroupOffer,
    More,
    ReachOffer,
    SignerOffer,
    out_of_view,
)
from bot.cards.forms.approve_modal import approve_modal
from bot.cards.kit import ids
from bot.cards.kit.carried import hiding
from bot.cards.kit.fitting import WORDS, read_as
from bot.cards.messages.answers import approval_reply
from bot.decision.approve import offers
from bot.decision.approve.choice import NotAChoice, approval_choice, choice_faults, end_faults
from bot.decision.approve.offers import Asker
from bot.decision.approve.plan import Plan, planned, signer_value
from bot.decision.effect import computers_named, effect_of, spread_with_history
from bot.decision.parts import not_confirmed
from bot.decision.verdict import Question, ask_of, is_already_approved
from bot.decision.writes import unverified
from bot.models import Case, CheckFinding, Choice, Finding, Reach, RequestFacts, Verb
from bot.portal import (
    ComputerGroupItem,
    MatchingApplication,
    PermitDetails,
    PortalError,
    is_extension,
    ringfencing_suggested,
    unfitting_parts,
)
from bot.portal.permit_form import unread_parts
from bot.rules.kinds import traits_of
from bot.rules.rule_risks import risks_of
from bot.rules.second import Spread, computer_of, second_needed
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
    spread = await spread_with_history(desk, facts, computers_named(_chosen(asker.case, values)))
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


log = structlog.get_logger()

FACTS_CHANGED = (
    "Facts of this case changed after this form was opened. Close it, read the card again and open it anew:"
    " submitting it would decide nothing about what changed."
)
FASTER = (
    "It may run already; only administrator rights are missing. Approved credentials at the prompt need no approval.",
    "For what keeps coming back, a managed elevation policy: ask the escalation team for one.",
)
_LIBRARY_IN_BUILT_IN = (
    "This is a shared library in a built-in application. Many programs carry the same library, so it need not belong"
    " to that application: prefer a new one."
)
_LIBRARY = re.compile(r"(?i)\.(dll|ocx|sys|drv|cpl|so(\.\d+)*|dylib)$")


@dataclass(frozen=True, slots=True)
class Told:
    """What the portal told for one drawing."""

    details: PermitDetails
    groups: tuple[ComputerGroupItem, ...]
    matches: tuple[MatchingApplication, ...]
    trouble: str
    """Why the matches are not known; empty if they are."""
    already_approved: bool | None


async def draw(
    asker: Asker,
    narrow: list[ReachOffer],
    values: Mapping[str, str],
    *,
    more: bool,
    preview: bool = False,
) -> dict[str, object]:
    """The modal, filled from the portal. Raises PortalError where its permit form cannot be had."""
    facts = _looked_at(asker.case, values)
    told = await _told(asker, facts)
    asker = _with_told(asker, told)
    if traits_of(asker.case.kind).elevates:
        narrow = offers.narrow_reaches(asker)
    groups = offers.own_groups(asker.case, told.details, told.groups)
    form = ApproveForm(
        case=asker.case,
        reaches=offers.told_by_portal(narrow, asker, told.details, told.groups),
        groups=groups[: offers.GROUPS_OFFERED],
        groups_left=max(len(groups) - offers.GROUPS_OFFERED, 0),
        global_groups=offers.global_groups(asker, told.groups)[: offers.GROUPS_OFFERED],
        global_note=_global_note(asker, facts),
        one_computer_only=asker.one_only(len({computer_of(entry.facts) for entry in asker.case.pending})),
        writes_on=asker.desk.rules.writes_on,
        values=values,
        notices=(*_notices(asker.case), *_unread(told.details)),
        effect=_effect(asker, facts, values, groups),
        justifications=asker.desk.rules.decisions.approve_reasons,
        elevation_hours=asker.desk.rules.decisions.elevation_hours,
        evidence=evidence_words(asker.case),
        faster=_faster(asker.case, told),
        portal_link=asker.desk.rules.portal_link,
        more=await _more(asker, facts, told, values, preview=preview) if more else None,
    )
    view = approve_modal(form)
    return hiding(view, out_of_view(view, values))


def is_whole(values: Mapping[str, str]) -> bool:
    """Whether everything is in view already: a field of every page behind “More…” was told."""
    return ids.LASTS_BLOCK in values


def _looked_at(case: Case, values: Mapping[str, str]) -> RequestFacts:
    """The request that the portal is asked about: the first of those that were picked."""
    picked = values.get(ids.REQUESTS_BLOCK, "").split(",")
    pending = [entry.facts for entry in case.pending]
    return next((facts for facts in pending if facts.request_id in picked), pending[0])


async def _told(asker: Asker, facts: RequestFacts) -> Told:
    portal = asker.desk.portal
    details = await portal.permit_details(facts.request_id, facts.organization_id)
    (matches, trouble), groups, already = await asyncio.gather(
        _matches(asker, details),
        portal.computer_groups_for_permit(facts.organization_id, asker.case.os_type),
        is_already_approved(asker.desk, facts, details),
    )
    return Told(details, groups, matches, trouble, already)


async def _matches(asker: Asker, details: PermitDetails) -> tuple[tuple[MatchingApplication, ...], str]:
    """Without them everything but a match can still be chosen."""
    try:
        return await asker.desk.portal.matching_applications(details), ""
    except PortalError as error:
        log.warning("matches_not_read", why=str(error))
        return (), str(error)


def _with_told(asker: Asker, told: Told) -> Asker:
    if not traits_of(asker.case.kind).elevates:
        return asker
    return Asker(asker.desk, asker.presser, asker.case, asker.tree, told.already_approved)


def _global_note(asker: Asker, facts: RequestFacts) -> str:
    choice = Choice(verb=Verb.APPROVE, reach=Reach.GLOBAL)
    closed = unverified(facts, choice, asker.desk.rules)
    return f"{closed} Submitting it gives you the exact text for that." if closed else ""


def _notices(case: Case) -> tuple[str, ...]:
    changed = any(entry.facts_revision > case.revision for entry in case.pending)
    return (FACTS_CHANGED,) if changed else ()


def _unread(details: PermitDetails) -> tuple[str, ...]:
    """What of the portal's form could not be read."""
    parts = unread_parts(details)
    said = f"The portal's form holds something that cannot be read ({', '.join(parts)}): what rests on it is closed."
    return (said,) if parts else ()


def _effect(
    asker: Asker, facts: RequestFacts, values: Mapping[str, str], groups: Sequence[GroupOffer]
) -> str:
    """What submitting the form as it is would do; empty while its choices are not whole."""
    rules, case = asker.desk.rules, asker.case
    try:
        choice = approval_choice(case.kind, values, rules, asker.desk.now())
    except NotAChoice:
        return ""
    if choice.rule is not None and not choice.rule.parts:
        return ""  # its fields come into view with this very drawing
    if choice.reach in (Reach.COMPUTER_GROUP, Reach.GLOBAL) and not choice.computer_group_name:
        # Its field comes into view with this very drawing, and its own group is chosen in it.
        own = next((group.name for group in groups if group.is_own), "")
        named = own if choice.reach is Reach.COMPUTER_GROUP and own else "chosen above"
        choice = choice.model_copy(update={"computer_group_name": named})
    each = "For each request, as for this one: " if len(case.pending) > 1 else ""
    return f"{each}{effect_of(choice, facts)}"


def evidence_words(case: Case) -> str:
    """What was found, the worst first, as the card says it; and how many checks are good."""
    evidence = case.evidence
    if evidence is None:
        return "still being gathered."
    ok = len(evidence.found(CheckFinding.OK))
    counted = f"{ok} of {len(evidence.checks)} checks are good" if evidence.checks else "no checks are kept"
    found = read_as(judgement_line(case, WORDS))
    return f"{found}. {counted[:1].upper()}{counted[1:]}." if found else f"{counted}."


def _faster(case: Case, told: Told) -> tuple[str, ...]:
    """The ways that need no approval, where the software may run already."""
    if traits_of(case.kind).elevates:
        return FASTER if told.already_approved else ()
    known = case.evidence is not None and case.evidence.already_approved is Finding.YES
    return (
        ("It is approved here already: Rapid Check-in from the tray menu fetches the policy.",)
        if known
        else ()
    )


# More


async def _more(
    asker: Asker, facts: RequestFacts, told: Told, values: Mapping[str, str], *, preview: bool
) -> More:
    details = told.details
    matched = offers.matches(asker, details, told.matches)
    listed, left, trouble = await _existing(asker, facts, told, values)
    found_by = values.get(ids.APPLICATION_SEARCH_BLOCK, "").strip()
    is_found = any(found_by.casefold() in one.name.casefold() for one in (*matched, *listed))
    lines, warnings = await previewed(asker, facts, details, values) if preview else ((), ())
    return More(
        applications=[*matched, *listed],
        applications_left=left,
        applications_trouble=told.trouble or trouble,
        searched_in_vain="" if trouble or is_found else found_by,
        signers=[SignerOffer(signer_value(one), one) for one in details.signers_offered],
        path=facts.path,
        process=details.file_details.process_path or facts.parent_process,
        created_by=details.creators_offered,
        rule_closed=_why_no_rule(details),
        elevation_closed=offers.why_no_elevation(asker, details),
        ringfencing=ringfencing_suggested(details),
        modes=offers.modes(asker, _reach_drawn(values)),
        reply=approval_reply(facts.file_name, values.get(ids.NOTE_BLOCK, "")),
        preview=lines,
        warnings=[*warnings, *_library_warning(facts, told)],
    )


async def _existing(
    asker: Asker, facts: RequestFacts, told: Told, values: Mapping[str, str]
) -> tuple[list[ApplicationOffer], int, str]:
    """The organization's own applications by what is searched, and why they are not known."""
    search = values.get(ids.APPLICATION_SEARCH_BLOCK, "").strip()
    os_type = told.details.os_type or facts.os_type
    chosen = values.get(ids.APPLICATION_BLOCK, "")
    try:
        rows: tuple[MatchingApplication, ...] = await asker.desk.portal.application_options(
            facts.organization_id, os_type, search_text="" if chosen.startswith(ids.EXISTING) else search
        )
    except PortalError as error:
        log.warning("applications_not_read", why=str(error))
        return [], 0, str(error)
    if search:
        rows = tuple(
            row
            for row in rows
            if search.casefold() in (row.application_name or row.name).casefold()
            or f"{ids.EXISTING}:{row.application_id}" == chosen
        )
    covered = [row.application_id for row in told.matches]
    listed, left = offers.existing(rows, covered=covered, like=facts.file_name, chosen=chosen)
    return listed, left, ""


def _reach_drawn(values: Mapping[str, str]) -> Reach:
    """The reach that the form stands at; what it never offers is turned down at the press."""
    return next((reach for reach in Reach if reach == values.get(ids.REACH_BLOCK)), Reach.COMPUTER)


def _why_no_rule(details: PermitDetails) -> str:
    if not is_extension(details):
        return ""
    return "Nothing published shows what recognizes a browser extension besides its hash: decide it in the portal."


def _library_warning(facts: RequestFacts, told: Told) -> list[str]:
    """A shared library in a built-in application says little about who loads it."""
    if not _LIBRARY.search(facts.path) or not any(row.is_built_in for row in told.matches):
        return []
    return [_LIBRARY_IN_BUILT_IN]
