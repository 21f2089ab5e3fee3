"""The sentences that explain a verdict: what is missing, where, and the nearest way on.

Names come in raw; whoever shows a sentence escapes it.
"""

from typing import NamedTuple

from permissions import names
from permissions.ask import Ask, RefusalReason, rights_of
from permissions.catalogue import approving, mask
from permissions.terms import Action, Door, Kind, Reach
from permissions.words import (
    ASK_FOR_IT,
    DOING_WORDS,
    FASTER,
    MODE_WORDS,
    ON_SITE,
    REACH_WORDS,
    REVIEW,
    TRY_AGAIN,
    capital,
    listed,
)


class Facts(NamedTuple):
    """What a sentence may use. `organization` is the name to show; None when the person may not see it."""

    ask: Ask
    why: RefusalReason
    missing: tuple[str, ...] = ()
    organization: str | None = None
    owner: str | None = None
    # Those of the missing that are needed where the global group is owned.
    at_owner: tuple[str, ...] = ()
    # How far the person may approve this request today; None when not at all.
    widest: Reach | None = None
    reach: Reach = Reach.COMPUTER
    # What the person has there, as bits of the catalogue.
    holds: int = 0

    @property
    def where(self) -> str:
        """The place, in words that give nothing away."""
        if self.organization is not None:
            return f"at {self.organization}"
        if self.ask.action in _ABOUT_A_COMPUTER and not from_request(self.ask):
            return "in the computer's organization"
        return (
            "in that organization"
            if self.ask.action in _ABOUT_NO_REQUEST
            else "in the request's organization"
        )

    @property
    def needs(self) -> str:
        """The missing permissions and where: at the organization, or at the owner of the global group."""
        if not self.at_owner:
            return f"{listed(self.missing)} {self.where}"
        there = f"{listed(self.at_owner)} {self.at_the_owner}"
        here = tuple(name for name in self.missing if name not in self.at_owner)
        return f"{listed(here)} {self.where} and {there}" if here else there

    @property
    def at_the_owner(self) -> str:
        """The place of the global group, in words that give nothing away."""
        return f"at {self.owner}" if self.owner else "in the organization that owns that group"

    @property
    def doing(self) -> str:
        """What was asked for, as the beginning or middle of a sentence."""
        if self.ask.action is Action.MAINTAIN and self.ask.maintenance is not None:
            return MODE_WORDS[self.ask.maintenance.mode]
        return DOING_WORDS[self.ask.action]

    @property
    def requests(self) -> str:
        """The requests of this kind, in the plural."""
        return rights_of(self.ask.kind).requests


_ABOUT_A_COMPUTER = frozenset({Action.LOOK_UP, Action.CHECK_IN_HISTORY, Action.MAINTAIN})
_ABOUT_NO_REQUEST = frozenset(
    {
        Action.QUEUE,
        Action.REPORT,
        Action.READ_RECORD,
        Action.WHOAMI,
        Action.ASK_ABOUT_OTHERS,
        Action.PROMOTE,
        Action.CREATE_POLICY,
        Action.CHANGE_PERMISSIONS,
        Action.ASSIGN_ROLES,
        Action.ADMINISTER_ROLES,
        Action.SUSPEND,
    }
)


def from_request(ask: Ask) -> bool:
    """Whether it is about a maintenance mode from a request."""
    return ask.maintenance is not None and ask.maintenance.door is Door.REQUEST


_ELEVATION_ADMINISTRATOR = mask((names.ELEVATION_ADMINISTRATOR,))
_APPLICATIONS = mask(approving(Kind.APPLICATION, Reach.COMPUTER))


def refusal_sentence(facts: Facts) -> str:
    """The sentence, or two, that the person reads."""
    parts = [_MAIN[facts.why](facts), *_more(facts)]
    return " ".join(parts)


def _more(facts: Facts) -> list[str]:
    ask, why, kind = facts.ask, facts.why, rights_of(facts.ask.kind)
    if why in (*_ABOUT_RIGHTS, RefusalReason.NO_PERMISSION) and ask.action is Action.MAINTAIN:
        return [ON_SITE]
    if why in _ABOUT_RIGHTS and ask.action is Action.APPROVE:
        if ask.already_approved and kind.elevates:
            return [FASTER]
        is_extra = why is RefusalReason.COMBINATION and not kind.elevates
        if not ask.already_approved and not is_extra and kind.is_software:
            return [REVIEW]
    return []


_ABOUT_RIGHTS = frozenset({RefusalReason.CANNOT_SEE, RefusalReason.KIND, RefusalReason.COMBINATION})


def _unknown_person(_: Facts) -> str:
    return (
        "You are not in Gatehouse's access file, so nothing can be done in your name here. "
        "Ask an administrator of Gatehouse to add you; the cybersecurity team can decide meanwhile."
    )


def _suspended(_: Facts) -> str:
    return (
        "Your rights in Gatehouse are suspended, whatever the access file says, so nothing can be done in your "
        "name here until somebody else lifts that. Ask an administrator of Gatehouse."
    )


def _unplaceable(_: Facts) -> str:
    return (
        "The portal does not say where this organization stands among the others, so nobody can act on it "
        f"from Slack. Decide it in the portal if it is urgent. {TRY_AGAIN}"
    )


def _other_organization(_: Facts) -> str:
    return (
        "The request and its computer belong to different organizations, so nobody can act on it from Slack. "
        "Decide it in the portal."
    )


def _cannot_see(facts: Facts) -> str:
    if facts.holds & _ELEVATION_ADMINISTRATOR:
        return (
            "Elevation Administrator alone does not open requests; it needs another approval permission in "
            "the same organization, and View Approvals is enough. Ask the cybersecurity team meanwhile."
        )
    what = "requests there" if facts.ask.action is Action.QUEUE else "this request"
    return (
        f"You have no permission that shows {what}. Ask the cybersecurity team, "
        "or an administrator of Gatehouse for the right."
    )


def _no_permission(facts: Facts) -> str:
    return f"{capital(facts.doing)} needs {facts.needs}, which you do not have. {ASK_FOR_IT}"


def _decide_in_portal(facts: Facts) -> str:
    if facts.ask.action is Action.PROMOTE:
        return (
            f"Gatehouse promotes a policy to a computer group or to the entire organization, not to "
            f"{REACH_WORDS[facts.reach]}; do that in the portal."
        )
    if rights_of(facts.ask.kind).global_only_in_portal:
        return (
            f"{capital(facts.requests)} are not approved for a global group from Slack; "
            "decide this one in the portal, or choose a narrower reach."
        )
    return f"{capital(facts.requests)} are not decided in Slack; decide this one in the portal."


def _kind(facts: Facts) -> str:
    has_own_width = facts.ask.kind is not None and rights_of(facts.ask.kind).widened_as is facts.ask.kind
    if has_own_width and facts.holds & _APPLICATIONS:
        return (
            f"Your approval right {facts.where} is for application requests only; "
            f"{facts.doing} needs {facts.needs}."
        )
    return f"You may see this request {facts.where} but not decide it; {facts.doing} needs {facts.needs}."


def _no_mode_here(facts: Facts) -> str:
    if facts.ask.maintenance is None:
        return "No maintenance mode was chosen; choose one and try again."
    return (
        f"{capital(facts.doing)} cannot be used from this request; "
        "open the computer in Gatehouse or in the portal for it."
    )


def _combination(facts: Facts) -> str:
    ask = facts.ask
    if rights_of(ask.kind).elevates and ask.action is Action.APPROVE:
        return (
            "This software is not known to be approved yet, so granting its elevation would let it run; "
            f"that also needs {facts.needs}."
        )
    if facts.missing == (names.ELEVATION_ADMINISTRATOR,) and ask.action is Action.APPROVE:
        return f"Approving this with elevation needs {facts.needs}; without elevation you may approve it."
    doing = facts.doing
    if ask.maintenance is not None:
        door = "from a request" if ask.maintenance.door is Door.REQUEST else "from a computer"
        doing = f"{MODE_WORDS[ask.maintenance.mode]} {door}"
    return f"{capital(doing)} also needs {facts.needs}. {ASK_FOR_IT}"


def _outdated(_: Facts) -> str:
    return (
        "Your right comes from an organization above this one, and the list of organizations is older than "
        f"5 minutes, so it cannot be relied on. {TRY_AGAIN}"
    )


def _foreign_application(facts: Facts) -> str:
    return (
        f"Only applications of the request's own organization can be extended {facts.where}; "
        "choose one of those, or approve it as a new application."
    )


def _unknown_reach(_: Facts) -> str:
    return (
        "How far this approval would reach cannot be told from the portal right now, so it is closed; "
        "approve it as a new application for one computer, or decide it in the portal."
    )


def _unknown_computer_group(_: Facts) -> str:
    return (
        "The computer group of this computer is not known right now, so the group cannot be chosen; "
        "the other reaches stay open."
    )


def _foreign_computer_group(facts: Facts) -> str:
    return (
        f"That computer group belongs to another organization; choose a computer group {facts.where}, "
        "or approve for one computer."
    )


def _no_global_group(facts: Facts) -> str:
    return f"The portal offers no global group {facts.where}; choose the entire organization or less."


def _global_group(facts: Facts) -> str:
    nearest = f"{capital(_may(facts))}; the" if facts.widest else "The"
    return f"{nearest} global group reaches further and needs {facts.needs}."


def _may(facts: Facts) -> str:
    far = REACH_WORDS[facts.widest or Reach.COMPUTER]
    return f"you may approve for {far} {facts.where}"


def _reach(facts: Facts) -> str:
    if facts.widest is None:
        return f"Approving this for {REACH_WORDS[facts.reach]} needs {facts.needs}."
    nearest, far = capital(_may(facts)), REACH_WORDS[facts.reach]
    if facts.reach is not facts.ask.reach:
        return f"{nearest}; this choice reaches {far}, which needs {facts.needs}."
    return f"{nearest}; {far} needs {facts.needs}."


def _several(facts: Facts) -> str:
    return (
        f"You may approve for one computer at a time {facts.where}; "
        f"{facts.ask.computers} computers in one press need {facts.needs}. "
        "Pick one of them in Approve…; the others stay pending."
    )


def _not_claimer(_: Facts) -> str:
    return "Only the person who claimed this request can hand it over; you can take it over instead."


def _receiver(facts: Facts) -> str:
    return (
        "The person you chose cannot decide this request, so it stays with you; "
        f"choose somebody who may decide {facts.requests} {facts.where}."
    )


def _own_request(facts: Facts) -> str:
    if facts.ask.action is Action.APPROVE and facts.reach is not Reach.COMPUTER:
        return (
            f"An approval for {REACH_WORDS[facts.reach]} would let in a request of your own, so it is for somebody "
            "else; you may still deny or escalate what is yours."
        )
    return (
        f"This request is your own, so {facts.doing} is for somebody else; you may still deny or escalate it."
    )


def _not_told_apart(facts: Facts) -> str:
    return (
        f"Gatehouse cannot tell this request from one of your own, so {facts.doing} is for somebody else: your portal "
        "name in the access file is missing, or says nothing of such an account. Ask an administrator of Gatehouse to "
        "add it there as portal; you may still deny or escalate the request."
    )


def _same_person(_: Facts) -> str:
    return "The second pair of eyes must be another person, under whichever Slack account; ask a colleague."


_MAIN = {
    RefusalReason.UNKNOWN_PERSON: _unknown_person,
    RefusalReason.SUSPENDED: _suspended,
    RefusalReason.UNPLACEABLE_ORGANIZATION: _unplaceable,
    RefusalReason.OTHER_ORGANIZATION: _other_organization,
    RefusalReason.CANNOT_SEE: _cannot_see,
    RefusalReason.NO_PERMISSION: _no_permission,
    RefusalReason.DECIDE_IN_PORTAL: _decide_in_portal,
    RefusalReason.KIND: _kind,
    RefusalReason.NO_MODE_HERE: _no_mode_here,
    RefusalReason.COMBINATION: _combination,
    RefusalReason.OUTDATED_ORGANIZATIONS: _outdated,
    RefusalReason.FOREIGN_APPLICATION: _foreign_application,
    RefusalReason.UNKNOWN_REACH: _unknown_reach,
    RefusalReason.UNKNOWN_COMPUTER_GROUP: _unknown_computer_group,
    RefusalReason.FOREIGN_COMPUTER_GROUP: _foreign_computer_group,
    RefusalReason.NO_GLOBAL_GROUP: _no_global_group,
    RefusalReason.GLOBAL_GROUP: _global_group,
    RefusalReason.REACH: _reach,
    RefusalReason.SEVERAL_COMPUTERS: _several,
    RefusalReason.NOT_CLAIMER: _not_claimer,
    RefusalReason.RECEIVER: _receiver,
    RefusalReason.OWN_REQUEST: _own_request,
    RefusalReason.NOT_TOLD_APART: _not_told_apart,
    RefusalReason.SAME_PERSON: _same_person,
}


def allowed_sentence(permissions: tuple[str, ...], organization: str) -> str:
    """What a yes rests on, in a sentence."""
    if not permissions:
        return "You may do this whatever your permissions are."
    return f"You may do this with {listed(permissions)} at {organization}."
