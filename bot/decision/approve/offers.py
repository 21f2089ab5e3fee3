"""What “Approve…” offers to one presser, and the reason for each thing that is closed: the rules asked, nothing else.

An offer is a comfort; the submission is judged anew on the grants and facts of its own moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.cards.forms.approve_form import MODE_WORDS, ApplicationOffer, GroupOffer, ModeOffer, ReachOffer
from bot.cards.kit import ids
from bot.decision.approve.choice import BUILT_IN_ONLY_WIDE
from bot.decision.verdict import Judged, weigh, without_guess
from bot.desk import Desk, Presser, approving_lets_in_own
from bot.models import Case, Reach
from bot.portal import ComputerGroupItem, MatchingApplication, PermitDetails
from bot.portal.permit_form import Part, is_unread
from bot.rules.kinds import traits_of
from permissions import Action, Allowed, Ask, Door, Maintenance, OrganizationTree, judge

GROUPS_OFFERED = 200
"""Computer groups in the modal: what a view of 250 KB holds in the worst case (measured); the portal has the rest."""
APPLICATIONS_OFFERED = 100
"""Slack's limit for one titled group of options."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the rules for one presser about one case, as the organizations and the portal's facts are now."""

    desk: Desk
    presser: Presser
    case: Case
    tree: OrganizationTree
    already_approved: bool | None = True
    """Of an elevation's software. True until the portal was asked: the press itself does not take it on trust."""

    def ask(self, reach: Reach = Reach.COMPUTER, *, computers: int = 1) -> Ask:
        """The plain approval at a reach."""
        return Ask(
            person_id=self.presser.person.person_id,
            action=Action.APPROVE,
            organization_id=self.case.organization_id,
            kind=self.case.kind,
            reach=reach,
            computers=computers,
            elevates=traits_of(self.case.kind).elevates,
            already_approved=self.already_approved,
            own_request=approving_lets_in_own(self.presser, self.case, reach),
            computer_group_organization_id=self.case.organization_id
            if reach is Reach.COMPUTER_GROUP
            else None,
        )

    def why_not(self, ask: Ask) -> str:
        """The refusal's sentence; empty for a yes."""
        verdict = judge(ask, self.presser.access, self.tree, self.desk.now())
        return "" if isinstance(verdict, Allowed) else verdict.sentence

    def narrowest(self) -> Judged:
        """Why not even this computer, and who could. To be asked where no reach is open."""
        return without_guess(weigh(self.desk, self.ask(), self.presser, self.case, self.tree))

    def one_only(self, computers: int) -> bool:
        """Whether the presser's right covers one computer at a time (5.6)."""
        return computers > 1 and bool(self.why_not(self.ask(computers=computers)))


def narrow_reaches(asker: Asker) -> list[ReachOffer]:
    """The reaches that the rules alone decide: all but the global one."""
    return [
        ReachOffer(reach, asker.why_not(asker.ask(reach))) for reach in Reach if reach is not Reach.GLOBAL
    ]


def told_by_portal(
    offers: Sequence[ReachOffer],
    asker: Asker,
    details: PermitDetails,
    groups: Sequence[ComputerGroupItem],
) -> list[ReachOffer]:
    """The reaches with what the portal itself closes, and the global one."""
    found = []
    for offer in offers:
        closed = offer.closed_because
        if offer.reach is Reach.ORGANIZATION and not closed and not details.offers_organization:
            closed = "The portal does not offer the entire organization for this request."
        if offer.reach is Reach.COMPUTER_GROUP and not closed:
            closed = _why_no_group(asker, details, groups)
        found.append(ReachOffer(offer.reach, closed))
    return [*found, ReachOffer(Reach.GLOBAL, _why_no_global(asker, groups))]


def _why_no_group(asker: Asker, details: PermitDetails, groups: Sequence[ComputerGroupItem]) -> str:
    """A computer whose own group is not known closes this reach alone (1.8), and so does an empty list."""
    if is_unread(details, Part.SYSTEM):
        return "What the portal says of the operating system cannot be read."
    if details.computer_group_id is None:
        return asker.why_not(replace(asker.ask(Reach.COMPUTER_GROUP), computer_group_known=False))
    if own_groups(asker.case, details, groups):
        return ""
    return "The portal lists no computer group of this organization for this operating system."


def own_groups(case: Case, details: PermitDetails, groups: Sequence[ComputerGroupItem]) -> list[GroupOffer]:
    """The organization's own computer groups, the computer's own first."""
    offers = [
        GroupOffer(group.computer_group_id, group.name, group.computer_group_id == details.computer_group_id)
        for group in groups
        if group.organization_id == case.organization_id and group.is_global is False
    ]
    return sorted(offers, key=lambda group: not group.is_own)


def global_groups(asker: Asker, groups: Sequence[ComputerGroupItem]) -> list[GroupOffer]:
    """The global groups that the presser may take: the right is needed where the group is owned (5.3)."""
    return [
        GroupOffer(group.computer_group_id, group.name)
        for group in groups
        if group.is_global and not asker.why_not(_global_ask(asker, group.organization_id))
    ]


def _why_no_global(asker: Asker, groups: Sequence[ComputerGroupItem]) -> str:
    if global_groups(asker, groups):
        return ""
    owners = [group.organization_id for group in groups if group.is_global]
    return asker.why_not(_global_ask(asker, owners[0] if owners else None))


def _global_ask(asker: Asker, owner_id: str | None) -> Ask:
    return replace(asker.ask(Reach.GLOBAL), global_owner_id=owner_id)


def why_no_elevation(asker: Asker, details: PermitDetails) -> str:
    """Why administrator rights cannot be added to an application request; empty where they can (6.4)."""
    if traits_of(asker.case.kind).elevates:
        return ""
    if is_unread(details, Part.ELEVATION):
        return "What the portal says of Elevation cannot be read."
    if details.organization_has_elevation is False:
        return "The portal says that this organization does not have Elevation."
    return asker.why_not(replace(asker.ask(), elevates=True))


def modes(asker: Asker, reach: Reach = Reach.COMPUTER) -> list[ModeOffer]:
    """The modes that a request can start with an approval of this reach, with the reason for each closed one.

    None for other kinds (7.3). A global group asks of the mode what the computer does: whose it is, the press judges.
    """
    if not traits_of(asker.case.kind).starts_modes:
        return []
    ask = asker.ask(Reach.COMPUTER if reach is Reach.GLOBAL else reach)
    return [
        ModeOffer(mode, asker.why_not(replace(ask, maintenance=Maintenance(mode, Door.REQUEST))))
        for mode in MODE_WORDS
    ]


def matches(
    asker: Asker, details: PermitDetails, rows: Iterable[MatchingApplication]
) -> list[ApplicationOffer]:
    """What covers the file already: the organization's own before the vendor's, which take the whole organization."""
    own, built_in = [], []
    for row in rows:
        name = row.application_name or row.name
        if row.is_built_in:
            why = _why_no_built_in(asker, details)
            built_in.append(ApplicationOffer(ids.BUILT_IN_MATCH, row.application_id, name, why))
        elif row.organization_id == asker.case.organization_id:
            own.append(ApplicationOffer(ids.MATCH, row.application_id, name))
    return [*own, *built_in]


def _why_no_built_in(asker: Asker, details: PermitDetails) -> str:
    if not details.offers_organization:
        return f"{BUILT_IN_ONLY_WIDE} The portal does not offer the entire organization for this request."
    why = asker.why_not(replace(asker.ask(Reach.ORGANIZATION), built_in_match=True))
    return f"{BUILT_IN_ONLY_WIDE} {why}" if why else ""


def existing(
    rows: Iterable[MatchingApplication], *, covered: Iterable[str], like: str, chosen: str
) -> tuple[list[ApplicationOffer], int]:
    """Applications that could get a further rule, those with a word of the file's name first, and how many are left.

    `covered` are left out: they cover the file already. What is `chosen` is never left out.
    """
    words = {word for word in re.split(r"[^a-z0-9]+", like.casefold()) if len(word) > 2}
    without = set(covered)
    offers = [
        ApplicationOffer(ids.EXISTING, row.application_id, row.application_name or row.name)
        for row in rows
        if row.application_id not in without and not row.is_built_in
    ]
    offers.sort(key=lambda one: (one.value != chosen, not _shares(one.name, words), one.name.casefold()))
    return offers[:APPLICATIONS_OFFERED], max(len(offers) - APPLICATIONS_OFFERED, 0)


def _shares(name: str, words: set[str]) -> bool:
    folded = name.casefold()
    return any(word in folded for word in words)
