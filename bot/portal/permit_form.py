"""The prefilled permit form: what it says, what it suggests, what it may still be used for when it is odd."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from bot.models import CustomRule, Kind, RequestFacts
from bot.models.base import digest_told
from bot.portal.errors import Unusable
from bot.portal.facts import kind_of
from bot.portal.lenient import object_in, value_in
from bot.portal.wire_permit import PermitDetails
from bot.rules.kinds import traits_of
from bot.rules.rule_risks import NEEDED_PARTS, telling_parts


class Part(StrEnum):
    """What an approval may rest on, in words that complete “the permit form's …”."""

    SUBJECT = "request, computer, organization or kind"
    HASH = "file hash"
    SIGNER = "certificates"
    PATH = "path"
    PROCESS = "process"
    CREATED_BY = "creating processes"
    SYSTEM = "operating system"
    WIDTH = "word on the entire organization"
    ELEVATION = "word on Elevation"


_REQUEST: Final = "approval_request"
_ACTION: Final = f"{_REQUEST}.action_object"
_ODD_MEMBERS: Final = {
    Part.SUBJECT: (
        "computer_id",
        "organization_id",
        "action_type",
        "is_elevation_request",
        "is_extension_request",
        f"{_REQUEST}.approval_request_id",
        f"{_REQUEST}.organization_id",
        f"{_REQUEST}.computer_id",
        f"{_REQUEST}.json_text",
        f"{_REQUEST}.action_type",
        f"{_REQUEST}.is_extension_request",
        f"{_ACTION}.action_type",
    ),
    Part.HASH: ("file_details.hash", f"{_REQUEST}.hash", f"{_ACTION}.hash"),
    Part.SIGNER: ("file_details.certificates", "policy_conditions.cert_subjects", f"{_ACTION}.certs"),
    Part.PATH: ("file_details.full_path", f"{_REQUEST}.path", f"{_ACTION}.full_path"),
    Part.PROCESS: ("file_details.process_path", f"{_ACTION}.process_name"),
    Part.CREATED_BY: (
        "file_details.created_by_processes",
        "policy_conditions.created_by_processes",
        f"{_ACTION}.installed_by",
    ),
    Part.SYSTEM: ("os_type", f"{_ACTION}.os_type"),
    Part.WIDTH: ("policy_level.can_use_entire_organization",),
    Part.ELEVATION: ("has_elevation", "organization_has_elevation"),
}
_PLAIN_CASE: Final = (Part.HASH, Part.SIGNER, Part.PATH, Part.PROCESS, Part.CREATED_BY)
"""What the card shows as evidence, so that one press may rest on it."""


def is_unread(details: PermitDetails, part: Part) -> bool:
    """Whether a member of this part, or an object that holds one, could not be read."""
    return any(
        member == odd or member.startswith(f"{odd}.") for member in _ODD_MEMBERS[part] for odd in details.odd
    )


def needs(details: PermitDetails, *parts: Part) -> None:
    """`Unusable` where one of the parts could not be read."""
    for part in parts:
        if is_unread(details, part):
            raise Unusable(f"the permit form's {part.value} cannot be read: decide it in the portal")


def unread_parts(details: PermitDetails) -> tuple[str, ...]:
    """The parts that could not be read, in words; what depends on them is closed."""
    return tuple(part.value for part in Part if is_unread(details, part))


def why_no_one_press(details: PermitDetails) -> str:
    """Why one press may not rest on this form, as a clause; empty if it may."""
    unread = [part.value for part in _PLAIN_CASE if is_unread(details, part)]
    return f"the permit form's {' and '.join(unread)} cannot be read" if unread else ""


_RESTRICTIONS: Final = (
    ("restrictApplication", "It may not interact with other applications", "rfAssociatedApplicationPolicy"),
    ("restrictApplicationSpawning", "It may not start other applications", ""),
    ("restrictFileAccess", "Its access to files is restricted", "rfFilePolicy"),
    ("restrictNetworkAccess", "Its access to the network is restricted", "rfNetworkPolicy"),
    ("restrictRegistryAccess", "Its access to the registry is restricted", "rfRegistryPolicy"),
)
_NAMED: Final = 3
"""Entries of a list that are spelled out; the portal shows the rest (our choice)."""
_PERMIT: Final = 1
_DENY: Final = 2
_ACCESS: Final = {1: "read", 2: "write"}


def ringfencing_suggested(details: PermitDetails) -> tuple[str, ...]:
    """A sentence for each restriction that the form suggests; empty where it suggests none.

    The sentences hold outside words as they came.
    """
    options = object_in(details.raw, "ringfencingOptions")
    said = [
        f"{words}{_entries(value_in(options, entries) if entries else None)}."
        for flag, words, entries in _RESTRICTIONS
        if value_in(options, flag) is True
    ]
    said += _exclusions(details.raw, "networkExclusions", "value", "Network addresses")
    said += _exclusions(details.raw, "fileExclusions", "path", "Files")
    if not said and (details.is_ringfenced or details.ringfence_action_id):
        said.append(
            "The portal marks it for Ringfencing and names no restriction; that goes back as it came."
        )
    return tuple(said)


def _entries(rows: Any) -> str:
    """What a restriction names: permitted, denied, or neither."""
    found = _rows(rows)
    parts = [
        f"{word} {_names(_entry(row) for row in chosen)}"
        for word, action in (("except", _PERMIT), ("denied:", _DENY))
        if (chosen := [row for row in found if value_in(row, "action") == action])
    ]
    rest = [row for row in found if value_in(row, "action") not in (_PERMIT, _DENY)]
    if rest:
        parts.append(_names(_entry(row) for row in rest))
    return f": {'; '.join(parts)}" if parts else ""


def _entry(row: Mapping[str, Any]) -> str:
    name = next(
        (str(value) for key in ("path", "server", "name") if (value := value_in(row, key))), "unnamed"
    )
    permission = value_in(row, "permission")
    port, access = (
        value_in(row, "port"),
        _ACCESS.get(permission, "") if isinstance(permission, int) else "",
    )
    return f"{name}{f' port {port}' if port else ''}{f' ({access})' if access else ''}"


def _names(named: Iterable[str]) -> str:
    every = list(named)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more


def _exclusions(raw: Mapping[str, Any], member: str, key: str, what: str) -> list[str]:
    told = [str(value_in(row, key) or "unnamed") for row in _rows(value_in(raw, member))]
    return [f"{what} left out of it: {_names(told)}."] if told else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


# Our choice: long enough for a file, a computer and a hash; the portal shows names in narrow columns.
_NAME_LIMIT: Final = 120


def hash_rule_name(details: PermitDetails, *, wide: bool = False) -> str:
    """The name of the application that an approval makes: the same for the same file and computer, always.

    `wide`: it reaches further than the computer, so the computer is no part of the name. A form without a
    hash gives a name without one.
    """
    file = details.file_details
    path = file.filename or file.full_path.replace("/", "\\").rsplit("\\", 1)[-1] or "file"
    computer = file.hostname or details.approval_request.hostname or details.computer_id or "computer"
    told = hash_told(details)
    tail = f"{'' if wide else f' on {computer}'}{f' ({told[:8].upper()})' if told else ''}"
    plain = " ".join("".join(c if c.isprintable() else " " for c in path).split())
    return plain[: _NAME_LIMIT - len(tail)] + tail


def speaks_of(details: PermitDetails, facts: RequestFacts) -> bool:
    """Whether the form would permit what the facts show: the same file, for the same computer and organization.

    Without a hash on either side the path alone must tell them the same. `Unusable` where the form names
    two hashes.
    """
    path, told = details.file_details.full_path, hash_told(details)
    same_path = path == facts.path if path else bool(told)
    return (
        same_path
        and told.casefold() == digest_told(facts.hash).casefold()
        and details.computer_id == facts.computer_id
        and details.organization_id == facts.organization_id
    )


def check_form(details: PermitDetails) -> Kind:
    """The kind of the form; `Unusable` where it does not say surely what would be permitted, and where."""
    needs(details, Part.SUBJECT)
    request = details.approval_request
    if not request.json_text:
        raise Unusable("the permit details hold no `json`; the portal rebuilds the file from it")
    for what, ids in {
        "request": (request.approval_request_id,),
        "computer": (details.computer_id, request.computer_id),
        "organization": (details.organization_id, request.organization_id),
    }.items():
        if ids[0] is None:
            raise Unusable(f"the permit details name no {what}")
        if len({one for one in ids if one}) > 1:
            raise Unusable(f"the permit details name two {what}s: {ids[0]} and {ids[1]}")
    kind = kind_of(request, details)
    if not traits_of(kind).has_permit_form:
        raise Unusable(f"a permit of kind {kind.value!r} is decided in the portal")
    return kind


def hash_told(details: PermitDetails) -> str:
    """The portal's hash of the file, empty without a digest; `Unusable` where its places disagree."""
    request, inner = details.approval_request, details.approval_request.inner_json
    told = [
        details.file_details.hash,
        request.hash,
        request.action_object.hash if request.action_object else "",
        inner.hash if inner else "",
    ]
    named = [one for one in told if one]
    if len({one.lower() for one in named}) > 1:
        raise Unusable("the permit details name different file hashes")
    return named[0] if named and digest_told(named[0]) else ""


def hash_for_rule(details: PermitDetails) -> str:
    """The hash that a hash rule may name.

    `Unusable` without one. A browser extension is known to go through this form, and nobody has shown what
    recognizes it there: only a hash that the portal itself suggests as the rule is taken.
    """
    needs(details, Part.HASH)
    told = hash_told(details)
    if not told:
        raise Unusable(
            "the permit details hold no file hash; a hash rule cannot be made, decide it in the portal"
        )
    suggested = {option.hash.lower() for option in details.policy_conditions.manual_options if option.hash}
    if is_extension(details) and told.lower() not in suggested:
        raise Unusable(
            "the portal suggests no hash for this browser extension, and nothing published shows what "
            "recognizes one: decide it in the portal"
        )
    return told


def is_extension(details: PermitDetails) -> bool:
    """Whether the request is for a browser extension."""
    return details.is_extension_request or details.approval_request.is_extension_request


_RULE_MEMBERS: Final = {
    "path": "fullPath",
    "process": "processPath",
    "signer": "cert",
    "created_by": "createdBy",
}


# A signer or a creator is chosen among those that the form names, so these need nothing more.
_RESTS_ON: Final = {"path": Part.PATH, "process": Part.PROCESS}


def hash_option(details: PermitDetails) -> dict[str, Any]:
    """One rule by the file's hash alone. `Unusable` where the form gives none to rely on."""
    nothing = dict.fromkeys(_RULE_MEMBERS.values())
    return {**nothing, "hash": hash_for_rule(details), "isDefaultOption": True, "disabled": False}


def custom_option(details: PermitDetails, rule: CustomRule) -> dict[str, Any]:
    """One rule of at least two conditions, all of which must hold; ValueError with fewer."""
    if is_extension(details):
        raise Unusable(
            "nothing published shows what recognizes a browser extension besides its hash: "
            "decide it in the portal"
        )
    needs(details, *(part for name, part in _RESTS_ON.items() if getattr(rule, name).strip()))
    told = telling_parts(rule)
    empty = [name for name in rule.parts if name not in told]
    if empty:
        raise ValueError(
            f"the {empty[0].replace('_', ' ')} of the rule matches everything; say more, or leave it out"
        )
    if len(told) < NEEDED_PARTS:
        raise ValueError("a custom rule needs at least two of path, process, signer and created by")
    sent = {wire: getattr(rule, name).strip() or None for name, wire in _RULE_MEMBERS.items()}
    return {**sent, "hash": None, "isDefaultOption": False, "disabled": False}


def says_something(part: str) -> bool:
    """Whether a path or a part of a rule holds back anything at all: wildcards and separators alone do not."""
    return bool(telling_parts(CustomRule(path=part)))


def unfitting_parts(details: PermitDetails, rule: CustomRule) -> tuple[str, ...]:
    """The parts of a rule that the very file which was asked for does not fit, as far as the form tells.

    Such a rule would be approved and unblock nothing. `*` and `?` are read as the portal's documentation has
    them, whatever the case; what the form does not tell is taken to fit.
    """
    file = details.file_details
    offered = {
        "path": (file.full_path,),
        "process": (file.process_path,),
        "signer": details.signers_offered,
        "created_by": details.creators_offered,
    }
    known = {name: tuple(filter(None, offered[name])) for name in rule.parts}
    return tuple(
        name
        for name, texts in known.items()
        if texts and not any(fits_pattern(getattr(rule, name), text) for text in texts)
    )


def fits_pattern(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern in which only `*` and `?` are special.

    The translation never goes back behind a star, so that many stars and a long path do not hold up the process.
    """
    expression = fnmatch.translate(pattern.strip().casefold().replace("[", "[[]"))
    return re.match(expression, text.casefold()) is not None
