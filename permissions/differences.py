"""Says in words what changed between two accesses, for the announcement and the record."""

from collections.abc import Iterable
from datetime import datetime

from permissions.access import Access
from permissions.grants import Grant
from permissions.roles import BUILT_IN_ROLES, Role, super_admin_words

# What is given (a permission, or a role), and where. Ends are compared apart, so that a new end reads as one.
_Item = tuple[str, bool, str, bool]


def describe_difference(old: Access | None, new: Access) -> tuple[str, ...]:
    """One sentence per change, such as "Ana: + Approve for Group at Contoso"; empty when nothing changed.

    Organizations are named as the file names them, else by id. `old` None means that nothing was.
    """
    before = old or Access()
    return (
        *_setting_changes(before, new),
        *_person_changes(before, new),
        *_role_changes(before, new),
        *_grant_changes(before, new),
    )


def _setting_changes(old: Access, new: Access) -> list[str]:
    lines = []
    if old.match_people_by_email != new.match_people_by_email:
        lines.append(f"People are matched by e-mail: {'on' if new.match_people_by_email else 'off'}")
    was, now = old.user_groups, new.user_groups
    lines += [f"Slack user group {key}: − {was[key]}" for key in sorted(was) if now.get(key) != was[key]]
    lines += [f"Slack user group {key}: + {now[key]}" for key in sorted(now) if was.get(key) != now[key]]
    return lines


def _person_changes(old: Access, new: Access) -> list[str]:
    lines = []
    before = {each.person_id: each for each in old.persons}
    after = {each.person_id: each for each in new.persons}
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            lines.append(f"{now.name}: + person {key} ({_ids(now.slack_ids)})")
        elif was is not None and now is None:
            lines.append(f"{was.name}: − person {key} ({_ids(was.slack_ids)})")
        elif was is not None and now is not None and was != now:
            lines += _changed_fields(
                now.name,
                {
                    "name": ((was.name,), (now.name,)),
                    "Slack id": (was.slack_ids, now.slack_ids),
                    "portal name": (was.portal_names, now.portal_names),
                    "e-mail": (was.emails, now.emails),
                },
            )
    return lines


def _ids(slack_ids: Iterable[str]) -> str:
    return ", ".join(slack_ids) or "no Slack id"


def _changed_fields(name: str, fields: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> list[str]:
    lines = []
    for label, (was, now) in fields.items():
        lines += [f"{name}: − {label} {each}" for each in was if each not in now]
        lines += [f"{name}: + {label} {each}" for each in now if each not in was]
    return lines


def _role_changes(old: Access, new: Access) -> list[str]:
    lines = []
    before = {each.name: each for each in old.roles}
    after = {each.name: each for each in new.roles}
    for name in sorted(before.keys() | after.keys()):
        was = before[name].permissions if name in before else frozenset()
        now = after[name].permissions if name in after else frozenset()
        lines += [f"Role {name}: − {each}" for each in sorted(was - now)]
        lines += [f"Role {name}: + {each}" for each in sorted(now - was)]
        places, there = _role_places(before.get(name), old), _role_places(after.get(name), new)
        lines += [f"Role {name}: − {each}" for each in sorted(places - there)]
        lines += [f"Role {name}: + {each}" for each in sorted(there - places)]
    return lines


def _role_places(role: Role | None, access: Access) -> frozenset[str]:
    """Where a role exists, in words."""
    if role is None:
        return frozenset()
    if role.everywhere:
        return frozenset({"in every organization"})
    below = " and everything below" if role.and_below else ""
    return frozenset(f"at {_where(each, access)}{below}" for each in role.organization_ids)


def _where(organization_id: str, access: Access) -> str:
    return access.organization_alias(organization_id) or organization_id


def _grant_changes(old: Access, new: Access) -> list[str]:
    names = {each.person_id: each.name for each in (*old.persons, *new.persons)}
    names |= {
        slack: f"Slack user group {key}" for each in (old, new) for key, slack in each.user_groups.items()
    }
    before, after = _given(_all_grants(old)), _given(_all_grants(new))
    lines = []
    for person_id in sorted(before.keys() | after.keys(), key=lambda each: (names.get(each, each), each)):
        was, now = before.get(person_id, {}), after.get(person_id, {})
        name = names.get(person_id, person_id)
        lines += [f"{name}: − {_words(item, old)}" for item in sorted(was.keys() - now.keys())]
        for item in sorted(now):
            if item not in was:
                lines.append(f"{name}: + {_words(item, new)}{_ending(now[item])}")
            elif was[item] != now[item]:
                lines.append(f"{name}: {_words(item, new)} now{_ending(now[item]) or ' without end'}")
    return lines


def _all_grants(access: Access) -> tuple[Grant, ...]:
    """What people hold, and what user groups hold."""
    return (*access.grants, *access.user_group_grants)


def _given(grants: Iterable[Grant]) -> dict[str, dict[_Item, datetime | None]]:
    """Per person what is given where, with the latest end; None is without end."""
    found: dict[str, dict[_Item, datetime | None]] = {}
    for grant in grants:
        items = [grant.role] if grant.role else sorted(grant.permissions)
        of_person = found.setdefault(grant.person_id, {})
        for each in items:
            item = (each, grant.role is not None, grant.organization_id, grant.and_below)
            ends = [of_person[item], grant.until] if item in of_person else [grant.until]
            known = [end for end in ends if end is not None]
            of_person[item] = max(known) if len(known) == len(ends) else None
    return found


def _words(item: _Item, access: Access) -> str:
    name, is_role, organization_id, and_below = item
    where = _where(organization_id, access)
    text = f"role {name}" if is_role else name
    text += f" at {where}{' and everything below' if and_below else ''}"
    if is_role and name in BUILT_IN_ROLES:
        contains = super_admin_words(frozenset(BUILT_IN_ROLES[name]), where)
        text += f" (it contains {contains})" if contains else ""
    return text


def _ending(until: datetime | None) -> str:
    return f" until {until.isoformat()}" if until else ""
