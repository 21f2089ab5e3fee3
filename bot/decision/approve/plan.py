"""A choice held against the portal at the press: each application, group and signer is read anew, none on trust.

What the portal does not offer any more is `Unusable`; what it does not tell of a width closes the extension.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bot.cards.kit import limits
from bot.cards.kit.safe_text import units
from bot.desk import Desk
from bot.models import ApplicationUse, Choice, CustomRule, Reach, RequestFacts, Verb
from bot.portal import (
    Application,
    ComputerGroupItem,
    ExistingApplication,
    MatchedApplication,
    MatchingApplication,
    NewApplication,
    PermitDetails,
    Unusable,
    hash_rule_name,
    ringfencing_suggested,
    standing_permits,
)
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
