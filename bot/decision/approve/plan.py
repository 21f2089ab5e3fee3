"""A choice held against the portal at the press: read anew, then written as the portal's permit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from bot.cards.kit import limits
from bot.cards.kit.words import units
from bot.cards.messages.answers import APPROVAL_SUBJECT, approval_reply
from bot.desk import Desk
from bot.models import ApplicationUse, Attempt, Choice, CustomRule, Reach, RequestFacts, Verb
from bot.portal import (
    Application,
    ComputerGroupItem,
    ElevationChoice,
    ElevationNotice,
    ExistingApplication,
    MatchedApplication,
    MatchingApplication,
    NewApplication,
    PermitBody,
    PermitDetails,
    Reply,
    Terms,
    Unusable,
    decision_note,
    hash_rule_name,
    permit_body,
    ringfencing_suggested,
    standing_permits,
)
from bot.portal.notes import note_text
from bot.rules.kinds import traits_of
from permissions import Extension

_STANDS = "sha256:"
"""How the value of an option begins that stands for outside text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A choice with everything that the portal says of it."""

    choice: Choice
    """As chosen, with the names and the signer as the portal has them now."""
    details: PermitDetails
    application: Application
    group: ComputerGroupItem | None = None
    extension: Extension | None = None
    ringfencing: tuple[str, ...] = ()

    @property
    def is_built_in_match(self) -> bool:
        """It takes a match of the vendor's: the entire organization."""
        return isinstance(self.application, MatchedApplication) and self.application.row.is_built_in

    @property
    def global_owner_id(self) -> str | None:
        """The organization that owns the chosen global group; None for anything else."""
        return self.group.organization_id if self.group is not None and self.group.is_global else None


async def planned(
    desk: Desk, choice: Choice, facts: RequestFacts, details: PermitDetails | None
) -> Plan | None:
    """The plan of an approval that the portal's permit form carries; None for every other decision.

    Raises PortalError, `Unusable` among them for what is not offered any more.
    """
    if choice.verb is not Verb.APPROVE or not traits_of(facts.kind).has_permit_form or details is None:
        return None
    application = await _application(desk, choice, facts, details)
    group = await _group(desk, choice, facts)
    return Plan(
        choice=_as_told(choice, details, application, group),
        details=details,
        application=application,
        group=group,
        extension=await _extension(desk, facts, application),
        ringfencing=ringfencing_suggested(details) if choice.mode is None else (),
    )


def signer_value(subject: str) -> str:
    """What stands for a signer in the modal: itself, or its digest where an option has no room for it."""
    return subject if units(subject) <= limits.OPTION_VALUE else stands_for(subject)


def stands_for(text: str) -> str:
    """An option's value for outside text that is too long for one, or must not act in it."""
    return f"{_STANDS}{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def _as_told(
    choice: Choice, details: PermitDetails, application: Application, group: ComputerGroupItem | None
) -> Choice:
    """The choice with the portal's names in it, so that the record says what was sent."""
    update: dict[str, object] = {}
    if group is not None:
        update["computer_group_name"] = group.name
    if not isinstance(application, NewApplication):
        row = application.row
        named = {"name": row.application_name or row.name, "is_built_in": row.is_built_in}
        update["application"] = choice.application.model_copy(update=named)
    if choice.rule is not None:
        update["rule"] = _rule_as_told(choice.rule, details)
    return choice.model_copy(update=update)


def _rule_as_told(rule: CustomRule, details: PermitDetails) -> CustomRule:
    """The rule with what its options stand for."""
    told: dict[str, object] = {"signer": _signer(rule.signer, details)} if rule.signer else {}
    if rule.created_by.startswith(_STANDS):
        told["created_by"] = _creator(rule.created_by, details)
    return rule.model_copy(update=told)


def _signer(chosen: str, details: PermitDetails) -> str:
    for subject in details.signers_offered:
        if chosen in (subject, signer_value(subject)):
            return subject
    raise Unusable("the portal does not name the chosen signer for this file any more")


def _creator(chosen: str, details: PermitDetails) -> str:
    for path in details.creators_offered:
        if chosen == stands_for(path):
            return path
    raise Unusable("the portal does not name the chosen program as this file's maker any more")


async def _application(
    desk: Desk, choice: Choice, facts: RequestFacts, details: PermitDetails
) -> Application:
    """The application that the choice names, as the portal lists it now."""
    chosen = choice.application
    if chosen.use is ApplicationUse.NEW:
        wide = choice.reach is not Reach.COMPUTER
        return NewApplication(chosen.name.strip() or hash_rule_name(details, wide=wide))
    if chosen.use is ApplicationUse.MATCHING:
        row = _row(await desk.portal.matching_applications(details), chosen.application_id)
        if row is None:
            raise Unusable("the chosen application does not cover the file any more")
        return MatchedApplication(row)
    offered = await desk.portal.application_options(facts.organization_id, details.os_type or facts.os_type)
    row = _row(offered, chosen.application_id)
    if row is None:
        raise Unusable("the organization has no such application any more")
    return ExistingApplication(row)


def _row(rows: tuple[MatchingApplication, ...], application_id: str) -> MatchingApplication | None:
    return next((row for row in rows if row.application_id == application_id.lower()), None)


async def _group(desk: Desk, choice: Choice, facts: RequestFacts) -> ComputerGroupItem | None:
    """The group as the portal lists it now: the organization's own for a computer group (5.1), a global one else."""
    if choice.reach not in (Reach.COMPUTER_GROUP, Reach.GLOBAL):
        return None
    groups = await desk.portal.computer_groups_for_permit(facts.organization_id, facts.os_type)
    wants_global = choice.reach is Reach.GLOBAL
    for group in groups:
        is_chosen = group.computer_group_id == choice.computer_group_id and group.is_global is wants_global
        if is_chosen and (wants_global or group.organization_id == facts.organization_id):
            return group
    what = "global group" if wants_global else "computer group"
    named = f" {choice.computer_group_name}" if choice.computer_group_name else ""
    raise Unusable(f"the portal no longer lists the {what}{named} for this request")


async def _extension(desk: Desk, facts: RequestFacts, application: Application) -> Extension | None:
    """How far an existing application takes effect already (semantics 5.5), learnt at this press.

    `Unusable` where a policy of it gives administrator rights: the added rule would get them unasked (6.4).
    """
    if not isinstance(application, ExistingApplication):
        return None
    row = application.row
    standing = await standing_permits(
        desk.portal,
        row.application_id,
        facts.organization_id,
        now=desk.now(),
        computer_id=facts.computer_id,
    )
    if standing.elevates:
        raise Unusable(
            "a policy gives the existing application administrator rights, which the file would get, too:"
            " choose a new application, or decide it in the portal"
        )
    return Extension(organization_id=row.organization_id, widest=standing.widest)


_NOTE_LIMIT = 500
"""Characters of an internal note in the portal (as the modal allows)."""


def permit_maker(plan: Plan, facts: RequestFacts) -> Callable[[str], PermitBody]:
    """What makes the permit's body around a note. It is tried once, before anything is recorded.

    Raises `Unusable` where the portal's form does not allow the choice.
    """

    def make(note: str) -> PermitBody:
        return permit_body(
            plan.details,
            _terms(plan.choice, facts, note),
            application=plan.application,
            rule=plan.choice.rule,
            group=plan.group,
            organization_wide=plan.choice.reach is Reach.ORGANIZATION,
        )

    try:
        make("tried before anything is recorded")
    except ValueError as error:
        raise Unusable(f"the portal's form does not allow this choice: {error}") from error
    return make


def approval_note(attempt: Attempt) -> str:
    """The line for the portal's notes: who approved it, both where two did, and their internal note behind it."""
    choice = attempt.choice
    first = attempt.first.name if attempt.first else ""
    line = decision_note("Approved", attempt.actor.name, attempt.attempt_id, first=first)
    told = [
        ("why no scoped policy serves", choice.mode_because),
        ("why it is safe without an end", choice.safe_because),
        ("asked for on the phone by", choice.on_phone_with),
        ("note", choice.internal_note),
    ]
    more = [f"{label}: {note_text(text, _NOTE_LIMIT)}" for label, text in told if text.strip()]
    return "; ".join([line, *more])


def _terms(choice: Choice, facts: RequestFacts, note: str) -> Terms:
    reply = None
    if choice.notify_requestor:
        text = approval_reply(facts.file_name, choice.note_to_requestor, mode=choice.mode)
        reply = Reply(subject=APPROVAL_SUBJECT, text=text, notify=True)
    return Terms(
        note=note,
        ticket=choice.ticket.strip() or None,
        expires_at=choice.expires_at,
        elevation=_elevation(choice),
        reply=reply,
        mode=choice.mode,
    )


def _elevation(choice: Choice) -> ElevationChoice | None:
    if not choice.elevate:
        return None
    notice = ElevationNotice.SILENT if choice.elevate_silently else ElevationNotice.WITH_NOTICE
    return ElevationChoice(notice=notice, hours=choice.elevate_hours or None, until=choice.elevate_until)
