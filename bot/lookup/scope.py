"""Who asks, and where they may look, see and decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.chat import Known
from bot.desk import Desk, InForce, NoAccess, Presser, person_of, suspended_sentence
from bot.models import Case, Finding, Kind, Press
from bot.rules.kinds import traits_of
from bot.rules.rows import Pile
from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Door,
    Maintenance,
    MaintenanceMode,
    OrganizationTree,
    Person,
    Refused,
    judge,
    organizations_called,
    organizations_in_view,
    same_id,
    told_apart,
    who_could,
)

NOT_IN_FILE = (
    "You are not in Gatehouse's access file, so you may do nothing here. Its administrator can add you."
)
NO_FILE = "No access file is in force, so nobody may do anything."


@dataclass(frozen=True, slots=True)
class Recognised:
    """A member of the workspace, with what the access file says of them."""

    presser: Presser
    trouble: str = ""
    """Why they may do nothing; empty for people of the access file."""


@dataclass(frozen=True, slots=True)
class NotRecognised:
    """Nobody who may be answered with facts."""

    why: str
    sentence: str


async def recognise(desk: Desk, press: Press) -> Recognised | NotRecognised:
    """Never raises for Slack's sake; LedgerUnavailable passes through."""
    found = await desk.people.who(press.slack_user_id, press.slack_team_id, desk.now())
    if not isinstance(found, Known):
        return NotRecognised(found.reason.value, found.sentence)
    nobody = Person(person_id="", name=found.name)
    try:
        in_force = await desk.access.in_force()
    except NoAccess:
        return Recognised(Presser(nobody, found, Access(), 0), NO_FILE)
    person = person_of(found, in_force.access)
    if person is None:
        return Recognised(Presser(nobody, found, in_force.access, in_force.given_version), NOT_IN_FILE)
    suspension = in_force.suspension_of(person.person_id)
    trouble = suspended_sentence(suspension) if suspension else _silence(in_force)
    return Recognised(Presser(person, found, in_force.access, in_force.given_version), trouble)


def _silence(in_force: InForce) -> str:
    """Said where something that may be missing comes from a user group that Slack does not tell."""
    names = {slack: key for key, slack in in_force.file.user_groups.items()}
    silent = ", ".join(names.get(each, each) for each in in_force.silent_user_groups)
    return (
        f"Slack does not tell just now who is in {silent}; what it holds counts for nobody." if silent else ""
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """One person's reach at one moment: every question here is answered by the one verdict."""

    presser: Presser
    tree: OrganizationTree
    now: datetime
    _known: dict[Ask, bool] = field(default_factory=dict, compare=False, repr=False)
    _where: dict[tuple[Action, Kind | None], frozenset[str]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Verdicts of this moment: thousands of cases ask the same few questions."""

    def organizations(self, action: Action, kind: Kind | None = None) -> frozenset[str]:
        """Ids of the organizations in which the person may do this."""
        if (found := self._where.get((action, kind))) is None:
            access, person_id = self.presser.access, self._person_id
            found = organizations_in_view(person_id, access, self.tree, self.now, action, kind)
            self._where[action, kind] = found
        return found

    def deciding(self) -> frozenset[str]:
        """Ids of the organizations in which the person may decide requests of some kind."""
        verbs = (Action.APPROVE, Action.DENY)
        return frozenset[str]().union(*(self.organizations(verb, kind) for verb in verbs for kind in Kind))

    def maintainable(self) -> frozenset[str]:
        """Ids of the organizations in which the person may start some maintenance mode from a computer."""
        named = self.presser.access.organizations_of(self._person_id)
        near = named.union(*(self.tree.descendants(each) for each in named))
        modes = [Maintenance(mode, Door.COMPUTER) for mode in MaintenanceMode]
        return frozenset(
            each
            for each in near
            if any(
                self._allows(replace(self._ask(Action.MAINTAIN, each), maintenance=mode)) for mode in modes
            )
        )

    def rests_on(self, action: Action, organization_ids: Iterable[str]) -> list[str]:
        """The permissions and grants by which the person may, for the record; each once."""
        verdicts = (self.judge(action, each) for each in sorted(organization_ids))
        bases = (basis for verdict in verdicts if isinstance(verdict, Allowed) for basis in verdict.rests_on)
        return list(dict.fromkeys(map(str, bases)))

    def judge(self, action: Action, organization_id: str) -> Allowed | Refused:
        """The verdict on something that is about no single request."""
        return judge(self._ask(action, organization_id), self.presser.access, self.tree, self.now)

    def could(self, action: Action, organization_id: str) -> tuple[str, ...]:
        """Names of up to three people who could; none for those who may not see the organization's requests."""
        found = who_could(self._ask(action, organization_id), self.presser.access, self.tree, self.now)
        return tuple(person.name for person in found)

    def may_see(self, about: Case | Pile) -> bool:
        """Whether the person has a viewing permission for such requests in the case's organization."""
        return same_id(about.organization_id) in self.organizations(Action.VIEW, about.kind)

    def decides(self, pile: Pile) -> bool:
        """Whether cases of this pile wait for the person, as long as they are not about their own requests.

        Who may approve such a request at all may deny it (permission semantics 4.1), so that one question is enough.
        """
        place = same_id(pile.organization_id)
        return pile.is_pending and place in self.organizations(Action.DENY, pile.kind)

    def may_decide(self, case: Case, *, own: bool | None) -> bool:
        """Whether it waits for this person: not their own, and one press could deny it or approve it narrowly."""
        return own is not True and self.decides(Pile.of(case))

    def may_deny(self, case: Case) -> bool:
        """Whether “Deny…” and “Claim”, which need the same right, lead somewhere for this person."""
        return self.decides(Pile.of(case))

    def may_approve(self, case: Case, *, own: bool | None) -> bool:
        """Whether “Approve…” leads somewhere for this person, by what is known before the portal is asked.

        Whether an elevation's software is approved already is learnt at the press; only a known no closes the way.
        """
        if not case.pending or not traits_of(case.kind).has_permit_form:
            return False
        evidence = case.evidence
        ask = replace(
            self._about(case),
            action=Action.APPROVE,
            already_approved=evidence is None or evidence.already_approved is not Finding.NO,
            elevates=traits_of(case.kind).elevates,
            own_request=own,
        )
        return self._allows(ask)

    def name(self, organization_id: str) -> str:
        """An organization in words: the portal's name, else the access file's, else its id."""
        alias = self.presser.access.organization_alias(organization_id)
        return self.tree.name(organization_id) or alias or organization_id

    def names(self, organization_ids: Iterable[str]) -> tuple[str, ...]:
        """Several organizations in words, sorted; those of the same name by what tells them apart."""
        return told_apart(organization_ids, self.presser.access, self.tree)

    def tops(self, organization_ids: frozenset[str]) -> tuple[str, ...]:
        """Those that have none of the others above them: asking these with what is below them asks all."""
        return tuple(sorted(each for each in organization_ids if not self._above(each) & organization_ids))

    def at_or_below(self, top: str, organization_ids: frozenset[str]) -> frozenset[str]:
        """Those of the organizations that a question to `top` and everything below it covers."""
        return frozenset(each for each in organization_ids if each == top or top in self._above(each))

    @property
    def _person_id(self) -> str:
        return self.presser.person.person_id

    def _above(self, organization_id: str) -> frozenset[str]:
        place = self.tree.place(organization_id)
        return frozenset(place.above) if place else frozenset()

    def _ask(self, action: Action, organization_id: str) -> Ask:
        return Ask(person_id=self._person_id, action=action, organization_id=organization_id)

    def _about(self, case: Case) -> Ask:
        return replace(self._ask(Action.VIEW, case.organization_id), kind=case.kind)

    def _allows(self, ask: Ask) -> bool:
        if ask not in self._known:
            verdict = judge(ask, self.presser.access, self.tree, self.now)
            self._known[ask] = isinstance(verdict, Allowed)
        return self._known[ask]


def chosen_organizations(scope: Scope, named: str, among: frozenset[str]) -> tuple[str, ...]:
    """The organizations of `among` that a typed name means."""
    return organizations_called(named, among, scope.presser.access, scope.tree)
