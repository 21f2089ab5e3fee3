"""Where a command of `gatehouse permissions` takes its access and its organizations from.

What asks the ledger, the portal or the settings is imported when it is to be asked: files need nothing of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from permissions import Access, AccessFileError, Organization, OrganizationTree, load_access_file, same_id
from permissions.plain_text import NotUtf8, text_of


class CannotAnswer(Exception):
    """The question cannot be answered: the file, the settings, the portal or a name in it. Mend and ask again."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSource:
    """What the command line names. Without `file` the settings name it; without the others the portal is asked."""

    config: Path | None = None
    file: Path | None = None
    tree: Path | None = None
    offline: bool = False
    in_force: bool = False
    """Ask the ledger instead of a file: the accepted one, and what was given, made and stopped in Slack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The access and the organizations, and where the organizations come from: portal, file or offline."""

    access: Access
    tree: OrganizationTree
    tree_from: str
    in_force: bool = False
    """The access is the ledger's."""

    @property
    def access_note(self) -> str:
        """What a reader must know of where the grants come from."""
        if self.in_force:
            return (
                f"in force: the access file's (generation {self.access.generation}) and what was given in Slack; "
                "user groups are not asked"
            )
        return "the access file's to people; user groups and what was given in Slack are not asked"

    @property
    def note(self) -> str:
        """What a reader must know of where the organizations come from."""
        if self.tree_from == "offline":
            return (
                "offline: each organization of the access file stands alone, so nothing comes from above or "
                "reaches below; leave out --offline, or give --tree FILE, for the real answer"
            )
        if self.tree_from == "file":
            return "from the tree file, which may be older than the portal"
        return "from the portal, just now"


async def known(source: AccessSource) -> Known:
    """The access and the tree to answer from. Raises CannotAnswer."""
    now = datetime.now(UTC)
    tree_from = "offline" if source.offline else "portal" if source.tree is None else "file"
    read: OrganizationTree | None = None
    if not source.in_force:
        await access_of(source)  # a fault of the file is told before the portal is asked for anything
    if source.tree is not None:
        read = _from_file(source.tree, now)
    elif not source.offline:
        from bot.checkup.sources import organizations_now

        read = await organizations_now(source)
    access = await access_of(source, read)
    return Known(
        access=access, tree=read or alone(access, now), tree_from=tree_from, in_force=source.in_force
    )


async def access_of(source: AccessSource, tree: OrganizationTree | None = None) -> Access:
    """The access alone, from the file or from the ledger. Raises CannotAnswer.

    `tree`: where the ledger's givers are judged; None lets each organization stand alone.
    """
    if source.in_force:
        from bot.checkup.sources import access_in_force

        return await access_in_force(source, tree)
    try:
        return load_access_file(source.file or _named_by_settings(source))
    except AccessFileError as error:
        raise CannotAnswer(*(str(problem) for problem in error.problems)) from error


def _named_by_settings(source: AccessSource) -> Path:
    from bot.settings import SettingsError, load

    try:
        return load(source.config, files_only=True).access.file
    except SettingsError as error:
        remedy = "Or name the access file itself with --file."
        raise CannotAnswer(*error.problems, remedy) from error


def alone(access: Access, now: datetime) -> OrganizationTree:
    """Each organization that the file knows, as a top of its own."""
    ids = {*access.organization_ids.values(), *(same_id(each.organization_id) for each in access.grants)}
    return OrganizationTree(
        tuple(
            Organization(organization_id=each, name=access.organization_alias(each) or each)
            for each in sorted(ids)
        ),
        fetched_at=now,
    )


class _Row(BaseModel):
    """One organization of a tree file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    name: str
    parent: str | None = None


_ROWS = TypeAdapter(list[_Row])
_TREE_FORMAT = 'a list such as [{"id": "…", "name": "Northwind", "parent": null}, {"id": "…", …}]'


def _from_file(file: Path, now: datetime) -> OrganizationTree:
    try:
        rows = _ROWS.validate_python(json.loads(text_of(file.read_bytes())))
    except OSError as error:
        raise CannotAnswer(f"{file}: cannot be read ({error.strerror}). Check the path.") from error
    except NotUtf8 as error:
        raise CannotAnswer(f"{file}: {error}.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise CannotAnswer(f"{file}: is not JSON ({error}). Give {_TREE_FORMAT}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise CannotAnswer(f"{file}: {where}: {first['msg']}. Give {_TREE_FORMAT}.") from error
    organizations = (
        Organization(organization_id=row.id, name=row.name, parent_id=row.parent) for row in rows
    )
    return OrganizationTree(tuple(organizations), fetched_at=now)
