"""The prefilled permit form as it came: whether it says surely what would be permitted, and where.

Everything here raises `Unusable` where the form is too thin for a safe body or contradicts itself.
"""

from typing import Final

from bot.models import Kind, RequestFacts
from bot.models.digests import digest_told
from bot.portal.errors import Unusable
from bot.portal.kinds import kind_of
from bot.portal.odd_form import Part, needs
from bot.portal.wire_permit import PermitDetails
from bot.rules.kinds import traits_of

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
