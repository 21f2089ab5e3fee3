"""The sentences that explain a verdict: what is missing, where, and the nearest way on.

Names come in raw; whoever shows a sentence escapes it. The organization is named only to those who may see
its requests.
"""

from typing import NamedTuple

from permissions import names
from permissions.ask import Ask, RefusalReason
from permissions.catalogue import approving, mask
from permissions.terms import Action, Door, Kind, MaintenanceMode, Reach

KIND_WORDS = {
    Kind.APPLICATION: "application requests",
    Kind.ELEVATION: "elevation requests",
    Kind.STORAGE: "storage requests",
    Kind.WEB_CONTROL: "web control requests",
    Kind.OTHER: "requests of this kind",
}
REACH_WORDS = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "the computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "the global group",
}
MODE_WORDS = {
    MaintenanceMode.INSTALLATION: "Installation mode",
    MaintenanceMode.LEARNING: "Learning mode",
    MaintenanceMode.APPLICATION_MONITOR_ONLY: "Application Control Monitor Only mode",
    MaintenanceMode.NETWORK_MONITOR_ONLY: "Network Control Monitor Only mode",
    MaintenanceMode.STORAGE_MONITOR_ONLY: "Storage Control Monitor Only mode",
    MaintenanceMode.TAMPER_PROTECTION: "pausing Tamper Protection",
    MaintenanceMode.ELEVATION: "Elevation mode",
}
DOING_WORDS = {
    Action.VIEW: "seeing this request",
    Action.APPROVE: "approving this request",
    Action.DENY: "denying this request",
    Action.CLAIM: "claiming this request",
    Action.TAKE_OVER: "taking this request over",
    Action.RELEASE: "releasing this request",
    Action.HAND_OVER: "handing this request over",
    Action.ESCALATE: "escalating this request",
    Action.PROPOSE_POLICY: "proposing a policy",
    Action.LOOK_UP: "looking up why something was blocked",
    Action.CHECK_IN_HISTORY: "reading a computer's check-in history",
    Action.QUEUE: "seeing the queue",
    Action.REPORT: "reading reports",
    Action.READ_RECORD: "reading Gatehouse's record",
    Action.WHOAMI: "reading your own grants",
    Action.ASK_ABOUT_OTHERS: "asking what other people may do",
    Action.MAINTAIN: "using this maintenance mode",
    Action.PROMOTE: "promoting this policy",
    Action.CREATE_POLICY: "creating a policy",
    Action.CHANGE_PERMISSIONS: "giving or taking single permissions",
    Action.ASSIGN_ROLES: "giving or taking roles",
    Action.ADMINISTER_ROLES: "making or changing roles",
    Action.SUSPEND: "suspending a person",
}

# Both halves of what a technician is told who is refused on new software (permission semantics 12.3).
REVIEW = (
    "Being a local administrator on the computer does not replace the review: "
    "the cybersecurity team reviews new software around the clock."
)
FASTER = (
    "This file is already approved, so the faster way is approved credentials at the Windows prompt, "
    "or a managed elevation policy."
)
ON_SITE = (
    "On site, the tray menu's maintenance mode and its QR code are quicker; the scanner needs Edit Computers."
)
ASK_FOR_IT = "Ask somebody who has it, or an administrator of Gatehouse to give it to you."
TRY_AGAIN = "Press again in a minute; if it stays, tell an administrator of Gatehouse."


_ELEVATION_ADMINISTRATOR = mask((names.ELEVATION_ADMINISTRATOR,))
_APPLICATIONS = mask(approving(Kind.APPLICATION, Reach.COMPUTER))


class Telling(NamedTuple):
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
        if self.ask.action in _ABOUT_A_COMPUTER and not _from_request(self.ask):
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
        return KIND_WORDS[self.ask.kind or Kind.OTHER]


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


def _from_request(ask: Ask) -> bool:
    return ask.maintenance is not None and ask.maintenance.door is Door.REQUEST


def listed(items: tuple[str, ...]) -> str:
    """ "A", "A and B", "A, B and C"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter and nothing else changed."""
    return sentence[:1].upper() + sentence[1:]


def refusal_sentence(telling: Telling) -> str:
    """The sentence, or two, that the person reads."""
    parts = [_MAIN[telling.why](telling), *_more(telling)]
    return " ".join(parts)


def _more(telling: Telling) -> list[str]:
    ask, why = telling.ask, telling.why
    if why in (*_ABOUT_RIGHTS, RefusalReason.NO_PERMISSION) and ask.action is Action.MAINTAIN:
        return [ON_SITE]
    if why in _ABOUT_RIGHTS and ask.action is Action.APPROVE:
        if ask.already_approved and ask.kind is Kind.ELEVATION:
            return [FASTER]
        is_extra = why is RefusalReason.COMBINATION and ask.kind is not Kind.ELEVATION
        if not ask.already_approved and not is_extra and ask.kind in (Kind.APPLICATION, Kind.ELEVATION):
            return [REVIEW]
    return []


_ABOUT_RIGHTS = frozenset({RefusalReason.CANNOT_SEE, RefusalReason.KIND, RefusalReason.COMBINATION})


def _unknown_person(_: Telling) -> str:
    return (
        "You are not in Gatehouse's access file, so nothing can be done in your name here. "
        "Ask an administrator of Gatehouse to add you; the cybersecurity team can decide meanwhile."
    )


def _unplaceable(_: Telling) -> str:
    return (
        "The portal does not say where this organization stands among the others, so nobody can act on it "
        f"from Slack. Decide it in the portal if it is urgent. {TRY_AGAIN}"
    )


def _other_organization(_: Telling) -> str:
    return (
        "The request and its computer belong to different organizations, so nobody can act on it from Slack. "
        "Decide it in the portal."
    )


def _cannot_see(telling: Telling) -> str:
    if telling.holds & _ELEVATION_ADMINISTRATOR:
        return (
            "Elevation Administrator alone does not open requests; it needs another approval permission in "
            "the same organization, and View Approvals is enough. Ask the cybersecurity team meanwhile."
        )
    what = "requests there" if telling.ask.action is Action.QUEUE else "this request"
    return (
        f"You have no permission that shows {what}. Ask the cybersecurity team, "
        "or an administrator of Gatehouse for the right."
    )


def _no_permission(telling: Telling) -> str:
    return f"{capital(telling.doing)} needs {telling.needs}, which you do not have. {ASK_FOR_IT}"


def _decide_in_portal(telling: Telling) -> str:
    if telling.ask.action is Action.PROMOTE:
        return (
            f"Gatehouse promotes a policy to a computer group or to the entire organization, not to "
            f"{REACH_WORDS[telling.reach]}; do that in the portal."
        )
    if telling.ask.kind in (Kind.STORAGE, Kind.WEB_CONTROL):
        return (
            f"{capital(telling.requests)} are not approved for a global group from Slack; "
            "decide this one in the portal, or choose a narrower reach."
        )
    return f"{capital(telling.requests)} are not decided in Slack; decide this one in the portal."


def _kind(telling: Telling) -> str:
    if telling.ask.kind is Kind.STORAGE and telling.holds & _APPLICATIONS:
        return (
            f"Your approval right {telling.where} is for application requests only; "
            f"{telling.doing} needs {telling.needs}."
        )
    return (
        f"You may see this request {telling.where} but not decide it; {telling.doing} needs {telling.needs}."
    )


def _no_mode_here(telling: Telling) -> str:
    if telling.ask.maintenance is None:
        return "No maintenance mode was chosen; choose one and try again."
    return (
        f"{capital(telling.doing)} cannot be used from this request; "
        "open the computer in Gatehouse or in the portal for it."
    )


def _combination(telling: Telling) -> str:
    ask = telling.ask
    if ask.kind is Kind.ELEVATION and ask.action is Action.APPROVE:
        return (
            "This software is not known to be approved yet, so granting its elevation would let it run; "
            f"that also needs {telling.needs}."
        )
    if telling.missing == (names.ELEVATION_ADMINISTRATOR,) and ask.action is Action.APPROVE:
        return f"Approving this with elevation needs {telling.needs}; without elevation you may approve it."
    doing = telling.doing
    if ask.maintenance is not None:
        door = "from a request" if ask.maintenance.door is Door.REQUEST else "from a computer"
        doing = f"{MODE_WORDS[ask.maintenance.mode]} {door}"
    return f"{capital(doing)} also needs {telling.needs}. {ASK_FOR_IT}"


def _outdated(_: Telling) -> str:
    return (
        "Your right comes from an organization above this one, and the list of organizations is older than "
        f"5 minutes, so it cannot be relied on. {TRY_AGAIN}"
    )


def _foreign_application(telling: Telling) -> str:
    return (
        f"Only applications of the request's own organization can be extended {telling.where}; "
        "choose one of those, or approve it as a new application."
    )


def _unknown_reach(_: Telling) -> str:
    return (
        "How far this approval would reach cannot be told from the portal right now, so it is closed; "
        "approve it as a new application for one computer, or decide it in the portal."
    )


def _unknown_computer_group(_: Telling) -> str:
    return (
        "The computer group of this computer is not known right now, so the group cannot be chosen; "
        "the other reaches stay open."
    )


def _foreign_computer_group(telling: Telling) -> str:
    return (
        f"That computer group belongs to another organization; choose a computer group {telling.where}, "
        "or approve for one computer."
    )


def _no_global_group(telling: Telling) -> str:
    return f"The portal offers no global group {telling.where}; choose the entire organization or less."


def _global_group(telling: Telling) -> str:
    nearest = f"{capital(_may(telling))}; the" if telling.widest else "The"
    return f"{nearest} global group reaches further and needs {telling.needs}."


def _may(telling: Telling) -> str:
    far = REACH_WORDS[telling.widest or Reach.COMPUTER]
    return f"you may approve for {far} {telling.where}"


def _reach(telling: Telling) -> str:
    if telling.widest is None:
        return f"Approving this for {REACH_WORDS[telling.reach]} needs {telling.needs}."
    nearest, far = capital(_may(telling)), REACH_WORDS[telling.reach]
    if telling.reach is not telling.ask.reach:
        return f"{nearest}; this choice reaches {far}, which needs {telling.needs}."
    return f"{nearest}; {far} needs {telling.needs}."


def _several(telling: Telling) -> str:
    return (
        f"You may approve for one computer at a time {telling.where}; "
        f"{telling.ask.computers} computers in one press need {telling.needs}. "
        "Pick one of them in Approve…; the others stay pending."
    )


def _not_claimer(_: Telling) -> str:
    return "Only the person who claimed this request can hand it over; you can take it over instead."


def _receiver(telling: Telling) -> str:
    return (
        "The person you chose cannot decide this request, so it stays with you; "
        f"choose somebody who may decide {telling.requests} {telling.where}."
    )


def _own_request(telling: Telling) -> str:
    return (
        f"One of the open requests here is your own, so {telling.doing} is for somebody else; "
        "you may still escalate it."
    )


def _same_person(_: Telling) -> str:
    return "The second pair of eyes must be another person, under whichever Slack account; ask a colleague."


_MAIN = {
    RefusalReason.UNKNOWN_PERSON: _unknown_person,
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
    RefusalReason.SAME_PERSON: _same_person,
}


def allowed_sentence(permissions: tuple[str, ...], organization: str) -> str:
    """What a yes rests on, in a sentence."""
    if not permissions:
        return "You may do this whatever your permissions are."
    return f"You may do this with {listed(permissions)} at {organization}."


def people_sentence(people: tuple[str, ...]) -> str:
    """Who could do it, by name, to follow a refusal; the team when there is nobody to name."""
    if not people:
        return "Ask the cybersecurity team."
    *others, last = people
    return f"{', '.join(others)} or {last} could." if others else f"{last} could."
