"""Who may give and take rights from Slack, make roles, suspend a person: the portal's gates and our own limits.

The gates are those of the portal's Users page (permission semantics 10.4); the limits are ours (10.5, 8.1):
never to oneself, never more or longer than one has oneself there, nothing deprecated, and taking back only
what was given in Slack. All are pure; whoever acts on a yes records and announces it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from permissions import names
from permissions.access import Access, Lasting
from permissions.ask import Ask, RefusalReason, Refused, Verdict
from permissions.catalogue import (
    BIT,
    GLOBAL_WHILE_CHILDLESS,
    PERMISSIONS,
    folded,
    in_catalogue_order,
    mask,
)
from permissions.check import judge
from permissions.grants import Grant, OrganizationTree, Place, Source, same_id
from permissions.questions import organizations_in_view
from permissions.roles import BUILT_IN_ROLES, Role, built_in, exact_names
from permissions.terms import Action
from permissions.words import listed

_FAMILY = mask(names.FAMILY)


def judge_grant(giver_id: str, grant: Grant, access: Access, tree: OrganizationTree, at: datetime) -> Verdict:
    """Whether this person may give exactly this grant from Slack now: single permissions, or one role.

    What is given is compared permission by permission with what the giver has in the same place for at least
    as long; a grant "and below" also needs the giver's right to give in everything below.
    """
    gate = judge(gate_of(giver_id, grant), access, tree, at)
    place = tree.place(grant.organization_id)
    if isinstance(gate, Refused) or place is None:
        return gate
    return (
        _person_limit(grant, access, place)
        or _role_limit(grant, access, place)
        or _deprecated_limit(grant.permissions, place)
        or _own_limit(giver_id, grant, access, place, at, fresh=tree.is_fresh(at))
        or _oneself(giver_id, grant.person_id, place)
        or gate
    )


def judge_revoke(
    revoker_id: str, grant: Grant, access: Access, tree: OrganizationTree, at: datetime
) -> Verdict:
    """Whether this person may take this grant back from Slack: what was given in Slack, through the same gate.

    Taking is not giving, so one may take back more than one has, and also one's own.
    """
    gate = judge(gate_of(revoker_id, grant), access, tree, at)
    if isinstance(gate, Refused) or grant.origin.source is Source.SLACK:
        return gate
    return Refused(
        RefusalReason.GIVEN_ELSEWHERE,
        (),
        same_id(grant.organization_id),
        _told(f"That was not given in Slack: it stands in {grant.origin}. Take it back there."),
    )


def judge_role_change(
    changer_id: str,
    organization_id: str,
    access: Access,
    tree: OrganizationTree,
    at: datetime,
    *,
    before: Role | None,
    after: Role | None,
) -> Verdict:
    """Whether this person may make, change or delete this custom role of one organization from Slack.

    `before` None makes it, `after` None deletes it. Only what is added is compared with what the changer has.
    What was not made in Slack is refused with the place where it stands. Raises ValueError for both None, and
    for a role of Slack that is not of exactly this organization: callers' faults.
    """
    role = _one_role(organization_id, before, after)
    ask = Ask(person_id=changer_id, action=Action.ADMINISTER_ROLES, organization_id=organization_id)
    gate = judge(ask, access, tree, at)
    place = tree.place(organization_id)
    if isinstance(gate, Refused) or place is None:
        return gate
    fresh = tree.is_fresh(at)
    added = (after.permissions if after else frozenset()) - (before.permissions if before else frozenset())
    given = Grant(person_id="", permissions=added, organization_id=organization_id, role=role.name)
    return (
        _made_elsewhere(before, place)
        or _built_in_limit(after, place)
        or _name_taken(role, access, place, is_new=before is None)
        or _deprecated_limit(added, place)
        or _own_limit(changer_id, given, access, place, at, fresh=fresh)
        or _own_role(changer_id, role, access, place, at)
        or gate
    )


def judge_suspension(
    by_id: str, person_id: str, access: Access, tree: OrganizationTree, at: datetime
) -> Verdict:
    """Whether one person may stop everything of another (or of themselves) at once.

    Needs Edit Administrators in every organization that the person's living grants name, so that nobody stops
    more than they administer; in any organization at all when there are no such grants.
    """
    places = {same_id(each.organization_id) for each in access.grants_of(person_id) if each.is_alive(at)}
    known = sorted(each for each in places if tree.place(each) is not None)
    if not known:
        in_view = organizations_in_view(by_id, access, tree, at, Action.SUSPEND)
        # Where nothing has a place, the refusal is that of any organization without one.
        known = sorted(in_view)[:1] or sorted(tree.placed) or [""]
    verdicts = [
        judge(Ask(person_id=by_id, action=Action.SUSPEND, organization_id=each), access, tree, at)
        for each in known
    ]
    return next((each for each in verdicts if isinstance(each, Refused)), verdicts[0])


def judge_lifting(
    by_id: str, person_id: str, access: Access, tree: OrganizationTree, at: datetime
) -> Verdict:
    """Whether this person may lift a suspension: the same right, and somebody else than who is suspended."""
    if by_id == person_id:
        told = _told("Your own suspension is for somebody else to lift; ask an administrator of Gatehouse.")
        return Refused(RefusalReason.ONESELF, (), "", told)
    return judge_suspension(by_id, person_id, access, tree, at)


def role_at(name: str, organization_id: str, access: Access, tree: OrganizationTree) -> Role | None:
    """The role of this name, in any spelling, that can be applied at this organization; None when there is none."""
    own = built_in(name)
    if own is not None:
        return Role(name=own, permissions=exact_names(BUILT_IN_ROLES[own]), everywhere=True)
    place = tree.place(organization_id)
    if place is None:
        return None
    return next(
        (each for each in access.roles if folded(each.name) == folded(name) and _exists(each, place)), None
    )


# --- the limits -----------------------------------------------------------------------------------


def gate_of(person_id: str, grant: Grant) -> Ask:
    """The question of the portal's gate: single permissions, or one role."""
    action = Action.CHANGE_PERMISSIONS if grant.role is None else Action.ASSIGN_ROLES
    return Ask(person_id=person_id, action=action, organization_id=grant.organization_id)


def _refused(why: RefusalReason, place: Place, sentence: str, missing: Iterable[str] = ()) -> Refused:
    return Refused(why, tuple(missing), place.organization_id, _told(sentence))


def _told(sentence: str) -> Callable[[], str]:
    return lambda: sentence


def _person_limit(grant: Grant, access: Access, place: Place) -> Refused | None:
    if access.person(grant.person_id) is not None:
        return None
    return _refused(
        RefusalReason.UNKNOWN_PERSON,
        place,
        "Rights can be given only to people in Gatehouse's access file; add that person there first.",
    )


def _exists(role: Role, place: Place) -> bool:
    """Whether the role is one of this organization's: named for it, or for one above and all below."""
    if role.everywhere or place.organization_id in role.organization_ids:
        return True
    return role.and_below and any(each in role.organization_ids for each in place.above)


def _role_limit(grant: Grant, access: Access, place: Place) -> Refused | None:
    """10.2: a custom role can be applied only where it exists, with the list that it has there."""
    if grant.role is None:
        return None
    own = built_in(grant.role)
    if own is not None:
        lists = [exact_names(BUILT_IN_ROLES[own])]
    else:
        lists = [
            each.permissions
            for each in access.roles
            if folded(each.name) == folded(grant.role)
            and _exists(each, place)
            and (not grant.and_below or each.everywhere or each.and_below)
        ]
    if grant.permissions in lists:
        return None
    below = " and everything below" if grant.and_below else ""
    return _refused(
        RefusalReason.UNKNOWN_ROLE,
        place,
        f"There is no role {grant.role} with this list at {place.name}{below}; a custom role can only be "
        "applied where it exists, and this one may have been changed meanwhile. Choose it again.",
    )


def _built_in_limit(after: Role | None, place: Place) -> Refused | None:
    """10.1: a custom role may bear a built-in's name only with its identical list."""
    own = built_in(after.name) if after else None
    if after is None or own is None or after.permissions == exact_names(BUILT_IN_ROLES[own]):
        return None
    return _refused(
        RefusalReason.BUILT_IN_ROLE,
        place,
        f"{own} is the name of a built-in role; take another name, or exactly its list.",
    )


def _made_elsewhere(before: Role | None, place: Place) -> Refused | None:
    """10.5 for roles: what was not made in Slack is not changed or deleted from there."""
    if before is None or before.origin.source is Source.SLACK:
        return None
    if built_in(before.name):
        return _refused(
            RefusalReason.BUILT_IN_ROLE,
            place,
            f"{before.name} is a built-in role: the portal has it in every organization with the same list, and "
            "nobody changes or deletes it. Make a role of another name.",
        )
    return _refused(
        RefusalReason.GIVEN_ELSEWHERE,
        place,
        f"The role {before.name} was not made in Slack: it stands in {before.origin}. Change it there.",
    )


def _name_taken(role: Role, access: Access, place: Place, *, is_new: bool) -> Refused | None:
    """10.2: one name is one role in an organization, whoever made it.

    A role "and everything below" takes its name everywhere: where "below" ends changes with the organizations.
    """
    if not is_new:
        return None
    for each in access.roles:
        if folded(each.name) == folded(role.name) and (each.and_below or _exists(each, place)):
            return _refused(
                RefusalReason.ROLE_EXISTS,
                place,
                f"There is a role {each.name} already ({each.origin}). Change that one, or take another name.",
            )
    return None


def _deprecated_limit(permissions: frozenset[str], place: Place) -> Refused | None:
    """8.1: deprecated permissions stay where they are applied, and are given to nobody from Slack."""
    old = in_catalogue_order(each for each in permissions if PERMISSIONS[each].deprecated)
    if not old:
        return None
    instead = dict.fromkeys(each for name in old for each in PERMISSIONS[name].replaced_by)
    verb = "is" if len(old) == 1 else "are"
    return _refused(
        RefusalReason.DEPRECATED,
        place,
        f"{listed(old)} {verb} deprecated and not given from Slack; give {listed(tuple(instead))} instead.",
    )


def _own_limit(
    giver_id: str, grant: Grant, access: Access, place: Place, at: datetime, *, fresh: bool
) -> Refused | None:
    """Never more than one has oneself there, and never for longer. A grant to nobody is what a role gains."""
    now = access.lasting(giver_id, place, at=at, until=at, fresh=fresh)
    if lacking := beyond(grant, now):
        below = " and everything below" if grant.and_below else ""
        return _refused(
            RefusalReason.MORE_THAN_OWN,
            place,
            f"Nobody gives more than they have themselves, and at {place.name}{below} you do not have "
            f"{listed(lacking)}. Ask somebody who has it.",
            lacking,
        )
    then = access.lasting(giver_id, place, at=at, until=grant.until, fresh=fresh)
    lacking = beyond(grant, then)
    if lacking and not grant.person_id:
        return _refused(
            RefusalReason.LONGER_THAN_OWN,
            place,
            f"What a role contains has no end, and your own {listed(lacking)} at {place.name} has one. Ask somebody "
            "whose right lasts.",
            lacking,
        )
    if lacking:
        return _refused(
            RefusalReason.LONGER_THAN_OWN,
            place,
            f"Nobody gives for longer than they have themselves, and your own {listed(lacking)} at {place.name} "
            "ends sooner than that. Choose an earlier end, or ask somebody whose right lasts.",
            lacking,
        )
    return None


def beyond(grant: Grant, own: Lasting) -> tuple[str, ...]:
    """The permissions of the grant that reach beyond these bits, here or below; the right to give included."""
    found = [name for name in grant.permissions if not _within(_alone(name, grant), own)]
    if grant.and_below:
        found += _gate_below(grant, own.below)
    return in_catalogue_order(found)


def _alone(name: str, grant: Grant) -> Lasting:
    """What this one permission of the grant gives, here and below."""
    one = Grant(
        person_id=grant.person_id,
        permissions=frozenset({name}),
        organization_id=grant.organization_id,
        and_below=grant.and_below,
    )
    return Lasting(one.held_at_own() & ~_FAMILY, one.held_below() & ~_FAMILY)


def _within(given: Lasting, own: Lasting) -> bool:
    return not (given.here & ~_stretched(own.here) or given.below & ~_stretched(own.below))


def _stretched(bits: int) -> int:
    """Approve for Global covers "global while nothing is below", and never the other way round."""
    return bits | GLOBAL_WHILE_CHILDLESS if bits & BIT[names.APPROVE_GLOBAL] else bits


def _gate_below(grant: Grant, below: int) -> list[str]:
    """What the giver lacks below to give there: the gate, in every organization below."""
    if grant.role is not None:
        return [] if below & BIT[names.ASSIGN_ROLES] else [names.ASSIGN_ROLES]
    lacks = [] if below & BIT[names.CHANGE_PERMISSION] else [names.CHANGE_PERMISSION]
    users_page = mask((names.VIEW_ADMINISTRATORS, names.EDIT_ADMINISTRATORS))
    return lacks if below & users_page else [*lacks, names.VIEW_ADMINISTRATORS]


def _oneself(giver_id: str, person_id: str, place: Place) -> Refused | None:
    """Persons are compared, not Slack ids: a second account is still oneself."""
    if giver_id != person_id:
        return None
    return _refused(
        RefusalReason.ONESELF,
        place,
        "Nobody gives rights to themselves, under whichever Slack account; ask another administrator.",
    )


def _own_role(changer_id: str, role: Role, access: Access, place: Place, at: datetime) -> Refused | None:
    """Changing a role that one holds would be giving to oneself."""
    where = frozenset(place.above)
    for grant in access.grants_of(changer_id):
        there = same_id(grant.organization_id)
        reaches = there == place.organization_id or (grant.and_below and there in where)
        if grant.role and folded(grant.role) == folded(role.name) and reaches and grant.is_alive(at):
            return _refused(
                RefusalReason.OWN_ROLE,
                place,
                f"You hold the role {role.name} at {place.name} yourself, so changing it is for somebody else.",
            )
    return None


def _one_role(organization_id: str, before: Role | None, after: Role | None) -> Role:
    role = after or before
    if role is None:
        raise ValueError("judge_role_change needs the role before or after the change, or both")
    for each in (before, after):
        if each is None or (each is before and each.origin.source is not Source.SLACK):
            continue
        if each.everywhere or each.and_below or each.organization_ids != {same_id(organization_id)}:
            raise ValueError(
                f"the role {each.name} is not one of {organization_id} alone; from Slack a custom role belongs "
                "to exactly one organization: give organization_ids with that one id"
            )
    return role
