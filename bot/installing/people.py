"""`gatehouse access import`: drafts people and grants, as a difference to the access file. Nothing is written."""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import aiohttp

from bot.chat import ChatError, SlackClient, check_workspace
from bot.installing.answers import CannotInstall, Unfit
from bot.installing.slack import Looking
from bot.portal import PortalAddress, PortalClient, PortalError, PortalRole, roles_of
from bot.rules.drift import difference
from bot.settings import Settings, SettingsError, load
from bot.settings.sentences import toml_value
from bot.terminal import printable
from permissions import (
    Access,
    AccessFileError,
    describe_difference,
    load_access_file,
    parse_access_document,
)
from permissions.access_document import ends_with_mark
from permissions.plain_text import NotUtf8, text_of

COLUMNS = (
    "name",
    "slack",
    "portal",
    "email",
    "organizations",
    "permissions",
    "roles",
    "until",
    "and_below",
    "comment",
)
"""What a CSV may have; `name` it must. Several values of a cell stand with a semicolon between them."""
_LISTS = ("slack", "portal", "email", "organizations", "permissions", "roles")
_YES, _NO = frozenset({"true", "yes", "1", "x"}), frozenset({"", "false", "no", "0"})
_BREAKS = re.compile(r"[^a-z0-9]+")
_END = re.compile(r"^\s*\[\s*end\s*\]", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One person to add, with what they are to hold; nothing where `organizations` is empty."""

    where: str
    """Where it comes from, for a fault: `people.csv, row 4`."""
    name: str
    slack: tuple[str, ...] = ()
    portal: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    until: str = ""
    and_below: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where people come from, as it stands on the command line."""

    config: Path | None = None
    file: Path | None = None
    csv: Path | None = None
    user_groups: tuple[str, ...] = ()
    portal: bool = False


@dataclass(slots=True)
class _Proposal:
    """The access file as it would be."""

    document: str
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def access(self) -> Access:
        """What it would say."""
        return parse_access_document(self.document)


async def draft(sources: Sources) -> int:
    """Print the difference to standard output and what it means to standard error. Raises CannotInstall."""
    settings = _settings(sources)
    file = sources.file or (settings.access.file if settings else Path("access.toml"))
    before = _loaded(file)
    made = _Proposal(before.document)
    if sources.csv is None and not sources.user_groups and not sources.portal:
        raise CannotInstall(
            "Nothing is named to import from. Give --csv FILE, --user-group GROUP or --portal."
        )
    if sources.csv is not None:
        _add(made, list(from_csv(sources.csv)))
    if sources.user_groups and settings is not None:
        _add(made, await _from_user_groups(settings, sources.user_groups, before))
    if sources.portal and settings is not None:
        _add_roles(made, await _from_portal(settings, before))
    if made.problems:
        raise CannotInstall(*made.problems)
    sys.stdout.write(difference(before.document, made.document, file.name))
    told = [*made.notes, *describe_difference(before, made.access())]
    told.append(
        "Nothing was written. Look at it, then apply it: patch access.toml people.patch"
        if told
        else "Nothing is new."
    )
    sys.stderr.writelines(f"{printable(each)}\n" for each in told)
    return 0


def _settings(sources: Sources) -> Settings | None:
    """The settings; None where a CSV alone is read into a file that was named."""
    needs_others = bool(sources.user_groups or sources.portal)
    if sources.file is not None and not needs_others:
        return None
    try:
        return load(sources.config, files_only=not needs_others)
    except SettingsError as error:
        raise CannotInstall(*error.problems) from None


def _loaded(file: Path) -> Access:
    try:
        return load_access_file(file)
    except AccessFileError as error:
        raise CannotInstall(*(str(each) for each in error.problems)) from None


def from_csv(file: Path) -> Iterator[Draft]:
    """Its rows. Raises CannotInstall with every row that cannot be read."""
    try:
        text = text_of(file.read_bytes())
    except OSError as error:
        raise CannotInstall(f"{file}: cannot be read ({error.strerror}). Name a CSV file.") from None
    except NotUtf8 as error:
        raise CannotInstall(f"{file}: the file {error}.") from None
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ","
    )
    names = [(each or "").strip().casefold() for each in rows.fieldnames or ()]
    rows.fieldnames = names
    strange = [each for each in names if each not in COLUMNS]
    if strange or "name" not in names:
        said = f"has the column {strange[0]!r}" if strange else "has no column name"
        raise CannotInstall(f"{file}: the first row {said}. It names the columns: {', '.join(COLUMNS)}.")
    problems: list[str] = []
    found: list[Draft] = []
    for row in rows:
        where = f"{file}, row {rows.line_num}"
        if not any((value or "").strip() for key, value in row.items() if key):
            continue
        try:
            found.append(_row(where, row))
        except ValueError as error:
            problems.append(f"{where}: {error}.")
    if problems:
        raise CannotInstall(*problems)
    yield from found


def _row(where: str, row: Mapping[str, str | None]) -> Draft:
    if None in row:
        raise ValueError(
            "it has more cells than there are columns; put quotation marks around a cell with a comma"
        )
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not cells["name"]:
        raise ValueError("name is empty")
    below = cells["and_below"].casefold()
    if below not in _YES | _NO:
        raise ValueError(f"and_below is {cells['and_below']!r}; write yes or no")
    lists = {name: tuple(each.strip() for each in cells[name].split(";") if each.strip()) for name in _LISTS}
    if bool(lists["organizations"]) != bool(lists["permissions"] or lists["roles"]):
        raise ValueError(
            "a grant needs organizations, and permissions or roles; a person alone needs none of them"
        )
    return Draft(
        where=where,
        name=cells["name"],
        emails=lists.pop("email"),
        until=_moment(cells["until"]),
        and_below=below in _YES,
        comment=cells["comment"],
        **lists,
    )


def _moment(text: str) -> str:
    """A time as TOML has it, read and written anew: it stands in the file without quotation marks."""
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError(f"until is {text!r}; write a time with its zone, such as 2027-01-31T18:00:00Z")
    return at.isoformat()


async def _from_user_groups(settings: Settings, handles: Sequence[str], known: Access) -> list[Draft]:
    """Members of Slack user groups whom the file does not name yet, without any grant."""
    client = SlackClient.connect(settings.slack.bot_token.get_secret_value(), settings.slack.api_url)
    try:
        workspace, faults = await check_workspace(client, team_id=settings.slack.team_id)
        if workspace is None:
            raise CannotInstall(*(each.sentence for each in faults))
        looking = Looking(client, workspace)
        found: dict[str, Draft] = {}
        for handle in handles:
            for each in await _members(client, looking, handle):
                if known.person_of_slack(each) is None and each not in found:
                    found |= await _drafted(looking, each, handle)
        return list(found.values())
    finally:
        await client.close()


async def _members(client: SlackClient, looking: Looking, handle: str) -> list[str]:
    try:
        group = await looking.user_group(handle)
        if group is None:
            raise CannotInstall("--user-group is empty. Name a user group of the workspace by its handle.")
        reply = await client.call("usergroups.users.list", usergroup=group.slack_id)
    except Unfit as unfit:
        raise CannotInstall(f"--user-group: {unfit}") from None
    except ChatError as error:
        raise CannotInstall(
            f"The members of {handle} cannot be read: {error}. Try again in a minute."
        ) from None
    listed = reply.body.get("users")
    return [str(each) for each in listed] if isinstance(listed, list) else []


async def _drafted(looking: Looking, slack_id: str, handle: str) -> dict[str, Draft]:
    """Nobody for an account that may do nothing: a guest, a bot, somebody who left."""
    try:
        member = await looking.member(slack_id)
    except Unfit as unfit:
        sys.stderr.write(f"{printable(f'Left out: {unfit}')}\n")
        return {}
    if member is None:
        return {}
    emails = (member.email,) if member.email else ()
    comment = f"from the Slack user group {handle.removeprefix('@')}"
    where = f"{handle}, {slack_id}"
    return {slack_id: Draft(where=where, name=member.name, slack=(slack_id,), emails=emails, comment=comment)}


async def _from_portal(settings: Settings, known: Access) -> list[PortalRole]:
    """The custom roles of each organization that the file names."""
    if not settings.access.portal_roles:
        raise CannotInstall(
            "The portal's roles are not read: the call (UserRolesGetByParameters) is known from the portal's knowledge "
            "base alone, and what it answers from nowhere. Set [access] portal_roles = true, and look at what comes. "
            "A call that lists the portal's users is documented nowhere."
        )
    address = PortalAddress(settings.portal.url, settings.portal.token, settings.portal.organization or None)
    found: list[PortalRole] = []
    async with aiohttp.ClientSession() as session:
        client = PortalClient(address, session)
        for name, organization_id in known.organization_ids.items():
            try:
                found += await roles_of(client, organization_id)
            except PortalError as error:
                raise CannotInstall(f"The portal's roles at {name} cannot be read: {error}.") from None
    return found


def _add(made: _Proposal, drafts: Iterable[Draft]) -> None:
    """Each person by itself, so that a fault is told at its row; people whom the file has already are left out."""
    for each in drafts:
        access = made.access()
        if any(access.person_of_slack(one) for one in each.slack) or _has(access, each):
            made.notes.append(f"{each.where}: {each.name} is in the file already, and is left as it is.")
            continue
        document = inserted(made.document, _person(each, access))
        try:
            parse_access_document(document, source=each.where)
        except AccessFileError as error:
            made.problems += [
                f"{each.where}: {problem.key}: {problem.message}." for problem in error.problems
            ]
        else:
            made.document = document


def _has(access: Access, each: Draft) -> bool:
    mails = {one.casefold() for one in each.emails}
    return any(mails & {one.casefold() for one in person.emails} for person in access.persons)


def _add_roles(made: _Proposal, roles: Iterable[PortalRole]) -> None:
    access = made.access()
    known = {role.name.casefold() for role in access.roles}
    for role in roles:
        if role.name.casefold() in known:
            continue
        known.add(role.name.casefold())
        if not role.permissions:
            made.notes.append(
                f"The portal's role {role.name} says nothing that is read as permissions; it is left out."
            )
            continue
        where = access.organization_alias(role.organization_id) or role.organization_id
        document = inserted(made.document, _role(role, where))
        try:
            parse_access_document(document)
        except AccessFileError as error:
            made.notes += [
                f"The portal's role {role.name} is left out: {each.message}." for each in error.problems
            ]
        else:
            made.document = document


def inserted(document: str, tables: str) -> str:
    """The document with further tables at its end, before the end mark if there is one."""
    if ends_with_mark(document):
        place = list(_END.finditer(document))[-1].start()
        return f"{document[:place].rstrip()}\n\n{tables}\n{document[place:]}"
    return f"{document.rstrip()}\n\n{tables}"


def _person(each: Draft, access: Access) -> str:
    key = _key(each.name, {person.person_id for person in access.persons})
    lists = (("slack", each.slack), ("portal", each.portal), ("emails", each.emails))
    lines = [f"[people.{key}]", f"name = {toml_value(each.name)}"]
    lines += [f"{name} = {toml_value(values)}" for name, values in lists if values]
    lines += [f"comment = {toml_value(each.comment)}"] if each.comment else []
    if each.organizations:
        lines += [
            "",
            "[[grants]]",
            f"people = {toml_value([key])}",
            f"organizations = {toml_value(each.organizations)}",
        ]
        lines += ["and_below = true"] if each.and_below else []
        lines += [f"permissions = {toml_value(each.permissions)}"] if each.permissions else []
        lines += [f"roles = {toml_value(each.roles)}"] if each.roles else []
        lines += [f"until = {each.until}"] if each.until else []
    return "\n".join(lines) + "\n"


def _role(role: PortalRole, where: str) -> str:
    return (
        f"[roles.{toml_value(role.name)}]\norganizations = {toml_value([where])}\n"
        f'permissions = {toml_value(role.permissions)}\ncomment = "from the portal"\n'
    )


def _key(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    wanted = _BREAKS.sub("-", plain).strip("-") or "person"
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)
