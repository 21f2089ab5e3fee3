"""What is said about grants given in Slack, suspensions, user groups and the access file.

Announcements go to the audit channel, answers to the one who asked, notices to the one it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.home import GrantLine, grant_lines
from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, moment, raw, say, strong
from bot.models import SlackGrant, Suspension
from permissions import PERMISSIONS, Access, Grant, Source
from permissions.roles import super_admin_words


def grant_lines_of(
    access: Access, person_id: str, name_of: Callable[[str], str], now: datetime
) -> list[GrantLine]:
    """A line per role and per single permission, those with the widest effect first, ended ones last."""
    lines = [line for grant in access.grants_of(person_id) for line in _lines(grant, name_of, now)]
    return sorted(lines, key=lambda line: (line.note.startswith("Ended"), not line.note))


def in_words(grant: Grant) -> str:
    """What a grant gives, without where and until when."""
    return f"role {grant.role}" if grant.role else ", ".join(sorted(grant.permissions))


def _lines(grant: Grant, name_of: Callable[[str], str], now: datetime) -> list[GrantLine]:
    place = name_of(grant.organization_id)
    where = f"{place} and everything below" if grant.and_below else place
    if grant.role is not None:
        note = _note(grant, grant.permissions, place, now)
        return [GrantLine(what=f"role {grant.role}", where=where, until=grant.until, note=note)]
    return [
        GrantLine(what=name, where=where, until=grant.until, note=_note(grant, frozenset({name}), place, now))
        for name in sorted(grant.permissions)
    ]


def _note(grant: Grant, permissions: frozenset[str], place: str, now: datetime) -> str:
    if not grant.is_alive(now):
        return "Ended: it counts for nothing any more."
    return " ".join(part for part in (_amounts_to(permissions, place), _came_from(grant)) if part)


def _amounts_to(permissions: frozenset[str], place: str) -> str:
    """Super Admin in words, or what is deprecated; empty for all else."""
    words = super_admin_words(permissions, place)
    if words:
        return f"It means: {words}."
    old = sorted(name for name in permissions if PERMISSIONS[name].deprecated)
    return f"Deprecated: {', '.join(old)}." if old else ""


def _came_from(grant: Grant) -> str:
    """Where it was given, unless that is the access file's own list of people."""
    match grant.origin.source:
        case Source.SLACK:
            return f"Given in Slack ({grant.origin.detail}): {grant.comment}"
        case Source.USER_GROUP:
            return f"Through the Slack user group {grant.origin.detail}."
        case _:
            return ""


REASON_LENGTH = 500
"""Characters of a reason (our choice)."""
LINES_SHOWN = 25
"""Lines of one list in a message (our choice); the rest is counted."""
_NOT_COMPARED = 5
"""Things that could not be compared, named in one message (our choice): the same fault stands behind the others."""
_GIFTS_NAMED = 20
"""Grants named in one message about what falls (our choice)."""
PEOPLE_SHOWN = 20
"""Names in one answer (our choice); the rest is counted."""


def _what(grant: SlackGrant) -> list[Run]:
    """“Approve for Group at Brightwater”."""
    return [raw(grant.what, 120), say(" at "), raw(grant.organization_name, 80)]


def _because(reason: str) -> Line:
    return [say("Because: "), raw(reason, REASON_LENGTH)]


# --- grants ---------------------------------------------------------------------------------------


def granted(grant: SlackGrant, amounts_to: str = "") -> Rendered:
    """Announced: somebody was given something. `amounts_to` says what a Super Admin in it means."""
    head: Line = [
        raw(grant.given_by.name, 80),
        say(" gave "),
        raw(grant.person_name, 80),
        say(": "),
        *_what(grant),
        say(", until "),
        moment(grant.until),
        say("."),
    ]
    meaning: list[Line] = [[strong("It means: "), raw(amounts_to, 300), say(".")]] if amounts_to else []
    return message([head, *meaning, _because(grant.reason)])


def granted_to_you(grant: SlackGrant) -> Rendered:
    """To the one who got it."""
    head: Line = [raw(grant.given_by.name, 80), say(" gave you "), *_what(grant), say(", until ")]
    return message([[*head, moment(grant.until), say(".")], _because(grant.reason)])


def revoked(grants: Sequence[SlackGrant], by: str, reason: str) -> Rendered:
    """Announced: something that was given in Slack was taken back."""
    lines = [_taken(raw(by, 80), grant) for grant in grants[:LINES_SHOWN]]
    return message([*lines, *_left(len(grants)), _because(reason)])


def _taken(by: Run, grant: SlackGrant) -> Line:
    return [by, say(" took back from "), raw(grant.person_name, 80), say(": "), *_what(grant), say(".")]


def revoked_from_you(grants: Sequence[SlackGrant], by: str, reason: str) -> Rendered:
    """To the one who had it."""
    lines: list[Line] = [
        [raw(by, 80), say(" took back what you were given in Slack: "), *_what(grant), say(".")]
        for grant in grants[:LINES_SHOWN]
    ]
    return message([*lines, *_left(len(grants)), _because(reason)])


def expired(grant: SlackGrant) -> Rendered:
    """Announced, and told to the one who had it: its time is over."""
    head: Line = [say("Ended on time: "), *_what(grant), say(", which "), raw(grant.given_by.name, 80)]
    return message([[*head, say(" gave "), raw(grant.person_name, 80), say(" in Slack.")]])


def done(lines: Sequence[str]) -> Rendered:
    """To the one who changed something: what was done, in our own words around outside names."""
    return message([[strong("Done. "), raw(lines[0], 600)], *([raw(each, 600)] for each in lines[1:])])


def not_understood(why: str, usage: str) -> Rendered:
    """The command lacks something; how it is written."""
    return message(
        [
            [strong("Not understood: "), raw(why, 500)],
            [say("Write it like this: "), raw(usage, 300, code=True)],
        ]
    )


# --- suspensions ----------------------------------------------------------------------------------


def suspended(suspension: Suspension) -> Rendered:
    """Announced: everything of one person has stopped."""
    head: Line = [raw(suspension.by.name, 80), say(" suspended "), raw(suspension.person_name, 80), say(". ")]
    rest = say("Nothing that they hold counts, whatever the access file says, until somebody else lifts it.")
    return message([[*head, rest], _because(suspension.reason)])


def lifted(suspension: Suspension, by: str, reason: str) -> Rendered:
    """Announced: it is over."""
    head: Line = [raw(by, 80), say(" lifted the suspension of "), raw(suspension.person_name, 80)]
    since: list[Run] = [
        say(" (by "),
        raw(suspension.by.name, 80),
        say(" since "),
        moment(suspension.at),
        say(")."),
    ]
    return message([[*head, *since, say(" What they hold counts again.")], _because(reason)])


# --- what falls with its giver --------------------------------------------------------------------


def gifts_moved(moved: Sequence[tuple[SlackGrant, Sequence[str]]]) -> Rendered:
    """Announced: grants of which something does not count any more, since their giver could not give it, or again."""
    lines = [_gift_line(grant, fallen) for grant, fallen in moved[:_GIFTS_NAMED]]
    if len(moved) > _GIFTS_NAMED:
        lines.append([say(f"And {len(moved) - _GIFTS_NAMED} more; the record names each.")])
    return message([[strong("What was given in Slack counts only while its giver could give it.")], *lines])


def _gift_line(grant: SlackGrant, fallen: Sequence[str]) -> Line:
    what = f"{grant.what}" if not grant.role or not fallen else f"{', '.join(fallen)} in role {grant.role}"
    head: Line = [
        raw(grant.person_name, 80),
        say(": "),
        raw(what, 300),
        say(" at "),
        raw(grant.organization_name, 80),
    ]
    by: Line = [say(", given by "), raw(grant.given_by.name, 80)]
    return [*head, *by, say(" does not count any more." if fallen else " counts again.")]


# --- user groups and the access file --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroupChange:
    """What changed in one Slack user group that holds grants. Names of people, ids of those the file does not know."""

    key: str
    user_group_id: str
    joined: Sequence[str] = ()
    left: Sequence[str] = ()
    strangers: Sequence[str] = ()
    """Slack ids among those who joined that belong to nobody of the access file: they get nothing."""
    holds: Sequence[str] = ()
    """What the user group holds, in words."""
    is_first: bool = False


def user_group_changed(change: UserGroupChange) -> Rendered:
    """Announced: membership of a user group, edited in Slack, gave or took permissions."""
    head: Line = [
        strong("Slack user group "),
        raw(change.key, 80),
        say(" ("),
        raw(change.user_group_id, 40),
        say(")"),
    ]
    lines: list[Line] = [
        [*head, say(" is counted from now on." if change.is_first else " was edited in Slack.")]
    ]
    if change.joined:
        lines.append([say("In: "), *listed(change.joined, limit=PEOPLE_SHOWN)])
    if change.left:
        lines.append([say("Out: "), *listed(change.left, limit=PEOPLE_SHOWN)])
    if change.strangers:
        ids_shown = listed(change.strangers, limit=PEOPLE_SHOWN)
        lines.append([say("In, but not in the access file, so without anything: "), *ids_shown])
    lines.append([say("It holds: "), *listed(change.holds, limit=10, each=160), say(".")])
    return message(lines)


def drift_found(sentences: Sequence[str], not_compared: Sequence[str]) -> Rendered:
    """Told weekly: what of the access file is otherwise in Slack and the portal. Nobody gains or loses by it."""
    head: Line = [strong("The access file and the people differ."), say(" Nothing was changed by that.")]
    lines: list[Line] = [head, *([raw(each, 300)] for each in sentences[:LINES_SHOWN])]
    lines += _left(len(sentences))
    lines += [[say("Not compared: "), raw(each, 300)] for each in not_compared[:_NOT_COMPARED]]
    how = [
        say("To mend the file: "),
        raw("gatehouse access drift", code=True),
        say(" on the host proposes how."),
    ]
    return message([*lines, how])


def access_changed(differences: Sequence[str], digest: str, *, is_first: bool = False) -> Rendered:
    """Announced: a changed access file is in force, with its difference in words."""
    head = "The first access file is in force." if is_first else "The access file changed and is in force."
    lines: list[Line] = [[strong(head), say(f" SHA-256 {digest[:16]}…")]]
    lines += [[raw(each, 300)] for each in differences[:LINES_SHOWN]]
    if not differences:
        lines.append([say("Only comments or the order of things changed: nobody gained or lost anything.")])
    return message([*lines, *_left(len(differences))])


def access_refused(problems: Sequence[str]) -> Rendered:
    """One alert: the file cannot be used; the good one stays in force."""
    head = "The access file cannot be used as it is. The one that was accepted before stays in force."
    lines: list[Line] = [[strong(head)], *([raw(each, 300)] for each in problems[:LINES_SHOWN])]
    return message([*lines, *_left(len(problems)), [say("Mend the file; it is read again by itself.")]])


def _left(count: int) -> list[Line]:
    return [[say(f"and {count - LINES_SHOWN} more")]] if count > LINES_SHOWN else []


# --- questions ------------------------------------------------------------------------------------


def given_answer(grants: Sequence[GrantLine]) -> Rendered:
    """`/gatehouse grants`: what was given in Slack."""
    nothing: list[Line] = [[say("Nothing that you may see was given in Slack and is alive.")]]
    return message([[strong("Given in Slack")], *(grant_lines(grants) if grants else nothing)])


def held_answer(name: str, grants: Sequence[GrantLine], *, is_suspended: bool) -> Rendered:
    """`/gatehouse grants @person`: what one person holds, wherever it comes from."""
    head: Line = [raw(name, 80), strong(" holds, where you may ask:")]
    if is_suspended:
        head = [raw(name, 80), strong(" is suspended: nothing of this counts.")]
    return message([head, *(grant_lines(grants) if grants else [[say("Nothing that you may see.")]])])


def can_answer(
    name: str, question: str, sentence: str, rests_on: Sequence[str], *, is_allowed: bool
) -> Rendered:
    """`/gatehouse can`: the verdict on somebody, as they would read it, and what it rests on."""
    head: Line = [strong("Yes: " if is_allowed else "No: "), raw(name, 80)]
    head = [*head, say(" may " if is_allowed else " may not "), raw(question, 200)]
    lines: list[Line] = [head, [say("They would read: “"), raw(sentence, 600), say("”")]]
    lines += [[say("Rests on: "), raw(each, 200)] for each in rests_on[:LINES_SHOWN]]
    note = "What lies in a request itself, such as whose it is, is judged at the press."
    return message([*lines, [say(note)]])


def who_answer(question: str, names: Sequence[str]) -> Rendered:
    """`/gatehouse who`: everybody for whom the verdict is yes."""
    if not names:
        return message([[strong("Nobody "), raw(question, 200)]])
    return message(
        [[strong(f"{len(names)} "), raw(question, 200), say(": "), *listed(names, limit=PEOPLE_SHOWN)]]
    )


# --- the modal ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantForm:
    """What the modal offers; nothing is decided by it, the submission is judged anew."""

    what: Sequence[tuple[str, str]]
    """Label and value of each permission and role."""
    organizations: Sequence[tuple[str, str]]
    spans: Sequence[tuple[str, str]]
    """The first is preselected."""


def grant_loading() -> Block:
    """Opened at once, because Slack's trigger lives 3 seconds; filled by an update."""
    line: Line = [say("Looking what you may give. Nothing is given yet.")]
    return blocks.modal("Grant", [blocks.rich([line])], callback_id=ids.LOADING_VIEW)


def grant_modal(form: GrantForm) -> Block:
    """Who, what, where, how long and why."""
    spans = [blocks.option(label, value) for label, value in form.spans]
    hint = (
        "You can give what you have yourself there; never to yourself. It is announced in the audit channel."
    )
    body = [
        blocks.person_select(ids.PERSON_BLOCK, "Who"),
        blocks.select(
            ids.WHAT_BLOCK, "Permission or role", [blocks.option(*each) for each in form.what], hint=hint
        ),
        blocks.select(
            ids.ORGANIZATION_BLOCK, "Organization", [blocks.option(*each) for each in form.organizations]
        ),
        blocks.select(ids.UNTIL_BLOCK, "How long", spans, initial=spans[:1]),
        blocks.text_input(ids.REASON_BLOCK, "Why, for everybody to read", max_length=REASON_LENGTH),
    ]
    return blocks.modal("Grant", body, callback_id=ids.GRANT_VIEW, submit="Grant")
