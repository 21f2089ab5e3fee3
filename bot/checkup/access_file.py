"""`gatehouse permissions check`: what an access file says by itself, and what is wrong with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from permissions import Access, AccessFileError, load_access_file, nameless, same_id, warnings
from permissions.access_document import ends_with_mark

_NO_END_MARK = (
    "{name} has grants that end and no end mark: a first save that is cut off before an until would give without end. "
    "Write end_mark = true at its top and [end] as its last line."
)


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Sentences by weight. A fault of the file itself: it would not be accepted, the access in force would stay."""

    good: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    access: Access | None = None
    """What the file says; None where it would not be accepted."""
    organizations: Mapping[str, str] = field(default_factory=dict)
    """Ids of the organizations that anything is granted in, with the file's own names for them."""
    user_groups: Mapping[str, str] = field(default_factory=dict)
    """The file's keys of Slack user groups, with their ids in Slack."""


def access_file_report(file: Path, at: datetime | None = None) -> AccessReport:
    """What this access file says and what is wrong with it. `at` tells ended grants; now, if None."""
    try:
        access = load_access_file(file)
    except AccessFileError as error:
        return AccessReport(faults=tuple(str(problem) for problem in error.problems))
    told = (
        f"{file.name}: {len(access.persons)} people, {len(access.grants)} grants, {len(access.roles)} roles."
    )
    cautions = warnings(access, None, at or datetime.now(UTC))
    if any(grant.until is not None for grant in access.grants) and not ends_with_mark(access.document):
        cautions = (*cautions, _NO_END_MARK.format(name=file.name))
    if not access.grants:
        cautions = (f"{file.name} grants nobody anything: every press will be refused.", *cautions)
    granted = {same_id(grant.organization_id) for grant in access.grants}
    named = {one: access.organization_alias(one) or one for one in sorted(granted)}
    return AccessReport(
        (told,),
        cautions,
        tuple(f"{file}: {sentence}" for sentence in (*_no_ids(access), *nameless(access))),
        access,
        organizations=named,
        user_groups=dict(access.user_groups),
    )


def _no_ids(access: Access) -> list[str]:
    """Organizations whose id the portal cannot know."""
    named = {f"organizations.{alias}": one for alias, one in access.organization_ids.items()}
    return [
        f"{where} is {one!r}, which is no organization id: the portal shows it as a GUID, under Organizations"
        for where, one in named.items()
        if not _is_guid(one)
    ]


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
