"""What is said about custom roles that are made, changed and deleted from Slack, their list, and their forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, raw, say, strong
from bot.cards.messages.administration import PEOPLE_SHOWN, REASON_LENGTH
from bot.models import SlackRole

NAME_FIELD = 60
"""Characters that the form takes for a name; what is more is refused in words."""
ROLES_SHOWN = 14
"""Roles in one list (our choice, so that the longest names stay within a message); the rest is counted."""
HOLDERS_SHOWN = 10
"""Names under one role of a list (our choice); the rest is counted."""
_CONTENT = 700
"""Characters of what one custom role contains, in a list of many (our choice; the rest is counted)."""
_BUILT_IN_CONTENT = 1500
"""The longest built-in list has 49 names; it fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """What somebody did to a role: made it (nothing before), changed it, or deleted it (nothing after)."""

    verb: str
    """“made”, “changed” or “deleted”."""
    role: SlackRole
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    by: str
    reason: str
    amounts_to: str = ""
    """What a Super Admin in it means, in words; empty for none."""

    @property
    def difference(self) -> str:
        """“role Night desk at Contoso: + View Unified Audit, − View Reports”."""
        parts = [*(f"+ {each}" for each in self.added), *(f"− {each}" for each in self.removed)]
        return f"role {self.role.name} at {self.role.organization_name}: {', '.join(parts)}"


def role_changed(change: RoleChange) -> Rendered:
    """Announced: a role was made, changed or deleted in Slack, with its difference in words."""
    head: Line = [raw(change.by, 80), say(f" {change.verb} a role in Slack. "), *_difference(change)]
    meaning: list[Line] = []
    if change.amounts_to:
        meaning = [[strong("It means: "), say("whoever has it is "), raw(change.amounts_to, 300), say(".")]]
    return message([head, *meaning, _because(change.reason)])


def role_of_yours_changed(change: RoleChange) -> Rendered:
    """To somebody who holds it: what they may do is another thing now."""
    head: Line = [raw(change.by, 80), say(" changed a role that you hold: "), *_difference(change)]
    return message([head, _because(change.reason)])


def _difference(change: RoleChange) -> list[Run]:
    """The difference in one element, as it is compared and searched for."""
    return [raw(change.difference, 2500), say(".")]


def _because(reason: str) -> Line:
    return [say("Because: "), raw(reason, REASON_LENGTH)]


def role_rests(role: SlackRole, stands_in: str, holders: int) -> Rendered:
    """Announced: the access file has taken the name of a role that was made in Slack."""
    head: Line = [
        strong("The access file now has a role "),
        raw(role.name, 80),
        strong(" for "),
        raw(role.organization_name, 80),
    ]
    rest: Line = [
        say(" ("),
        raw(stands_in, 120),
        say("). The file's role counts; the one of that name that was made in Slack rests"),
        say(_giving_nothing(holders)),
    ]
    way: Line = [say("Give the file's role to those who need it, or take another name in the file.")]
    return message([[*head, *rest], way])


def _giving_nothing(holders: int) -> str:
    if holders == 0:
        return "; nobody holds it."
    grants = "the one grant" if holders == 1 else f"the {holders} grants"
    return f", and {grants} of it give nothing until the file lets go of the name."


def role_counts_again(role: SlackRole, holders: int) -> Rendered:
    """Announced: the access file has let go of the name."""
    head: Line = [strong("The role "), raw(role.name, 80), strong(" at "), raw(role.organization_name, 80)]
    rest = " that was made in Slack counts again, since the access file has no role of that name there any more. "
    return message([[*head, say(rest), say(f"Grants of it that have not ended: {holders}.")]])


# --- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine:
    """One role of one organization in the list."""

    name: str
    where: str = ""
    """The organization; empty where the whole list is about one."""
    permissions: Sequence[str]
    made: str
    """“built in”, “access file, …” or “made in Slack by …”."""
    amounts_to: str = ""
    holders: Sequence[str] | None = None
    """Names of those who have it there; None: the asker may not ask about others."""
    in_full: bool = False
    """What it contains is spelled out."""
    is_built_in: bool = False


def roles_answer(where: str, roles: Sequence[RoleLine]) -> Rendered:
    """`/gatehouse roles`: of one organization what each contains and who has it; of all, the custom ones in short."""
    head: Line = (
        [strong("Roles at "), raw(where, 80)] if where else [strong("Custom roles, where you may ask")]
    )
    lines = [line for each in roles[:ROLES_SHOWN] for line in _role_lines(each)]
    if not roles:
        lines = [[say("There is none that you may see.")]]
    left = len(roles) - ROLES_SHOWN
    more: list[Line] = [[say(f"and {left} more")]] if left > 0 else []
    hint: list[Line] = [] if where else [[say("/gatehouse roles <organization> tells what each contains.")]]
    return message([head, *lines, *more, *hint])


def _role_lines(role: RoleLine) -> list[Line]:
    where: list[Run] = [say(" at "), raw(role.where, 80)] if role.where else []
    line: list[Run] = [strong("• "), raw(role.name, 80), *where, say(" ("), raw(role.made, 120), say("): ")]
    if role.in_full:
        limit = _BUILT_IN_CONTENT if role.is_built_in else _CONTENT
        line.append(raw(", ".join(role.permissions), limit))
    else:
        line.append(say(f"{len(role.permissions)} permissions"))
    lines: list[Line] = [line]
    if role.amounts_to:
        lines.append([say("   It means: whoever has it is "), raw(role.amounts_to, 160), say(".")])
    if role.holders is not None:
        held: list[Run] = [say("   Held by: ")]
        names = listed(role.holders, limit=HOLDERS_SHOWN, each=40) if role.holders else [say("nobody")]
        lines.append([*held, *names])
    return lines


# --- the forms ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleForm:
    """What a form about a role offers; nothing is decided by it, the submission is judged anew."""

    permissions: Sequence[tuple[str, str]] = ()
    """Label and value of each permission that may be ticked."""
    organizations: Sequence[tuple[str, str]] = ()
    role: SlackRole | None = None
    """The role that is changed or deleted; None for a new one."""
    holders: Sequence[str] | None = None
    """Names, or None: the asker may not ask about others."""


def role_loading(title: str) -> Block:
    """Opened at once, because Slack's trigger lives 3 seconds; filled by an update."""
    line: Line = [say("Looking what you may put into a role. Nothing is changed yet.")]
    return blocks.modal(title, [blocks.rich([line])], callback_id=ids.LOADING_VIEW)


def role_make_modal(form: RoleForm) -> Block:
    """Name, where, what, why."""
    hint = "You can put in what you have yourself there without an end. It is announced in the audit channel."
    body = [
        blocks.text_input(ids.ROLE_NAME_BLOCK, "Name", multiline=False, max_length=NAME_FIELD),
        blocks.select(
            ids.ORGANIZATION_BLOCK, "Organization", [blocks.option(*each) for each in form.organizations]
        ),
        blocks.select(ids.PERMISSIONS_BLOCK, "Permissions", _options(form), many=True, hint=hint),
        _why(),
    ]
    return blocks.modal("New role", body, callback_id=ids.ROLE_MAKE_VIEW, submit="Make")


def role_change_modal(form: RoleForm, role: SlackRole) -> Block:
    """What the role shall contain from now on, with what it contains ticked."""
    offered, ticked = _options(form), frozenset(role.permissions)
    initial = [each for each in offered if each["value"] in ticked]
    body = [
        blocks.rich([_named(role), *_held(form)]),
        blocks.select(ids.PERMISSIONS_BLOCK, "Permissions", offered, many=True, initial=initial),
        _why(),
    ]
    ref = str(CaseRef(role.role_id, role.revision))
    return blocks.modal(
        "Change role", body, callback_id=ids.ROLE_CHANGE_VIEW, private_metadata=ref, submit="Change"
    )


def role_delete_modal(form: RoleForm, role: SlackRole) -> Block:
    """What goes away, and why."""
    content: Line = [say("It contains: "), raw(", ".join(role.permissions), 2000)]
    note: Line = [say("A role that somebody holds is not deleted: take it back from them first.")]
    body = [blocks.rich([_named(role), content, *_held(form), note]), _why()]
    ref = str(CaseRef(role.role_id, role.revision))
    return blocks.modal(
        "Delete role", body, callback_id=ids.ROLE_DELETE_VIEW, private_metadata=ref, submit="Delete"
    )


def _options(form: RoleForm) -> list[Block]:
    return [blocks.option(*each) for each in form.permissions]


def _named(role: SlackRole) -> Line:
    by: list[Run] = [say(", made in Slack by "), raw(role.made_by.name, 80), say(".")]
    return [strong("Role "), raw(role.name, 80), say(" at "), raw(role.organization_name, 80), *by]


def _held(form: RoleForm) -> list[Line]:
    if form.holders is None:
        return []
    names = listed(form.holders, limit=PEOPLE_SHOWN) if form.holders else [say("nobody")]
    return [[say("Held by: "), *names]]


def _why() -> Block:
    return blocks.text_input(ids.REASON_BLOCK, "Why, for everybody to read", max_length=REASON_LENGTH)
