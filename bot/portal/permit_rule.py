"""What recognizes the file: one option by hash alone, or one that combines path, process, signer and creator."""

import fnmatch
import re
from typing import Any, Final

from bot.models import CustomRule
from bot.portal.errors import Unusable
from bot.portal.odd_form import Part, needs
from bot.portal.permit_form import hash_for_rule, is_extension
from bot.portal.wire_permit import PermitDetails
from bot.rules.rule_risks import NEEDED_PARTS, telling_parts

_MEMBERS: Final = {"path": "fullPath", "process": "processPath", "signer": "cert", "created_by": "createdBy"}


# A signer or a creator is chosen among those that the form names, so these need nothing more.
_RESTS_ON: Final = {"path": Part.PATH, "process": Part.PROCESS}


def hash_option(details: PermitDetails) -> dict[str, Any]:
    """One rule by the file's hash alone. `Unusable` where the form gives none to rely on."""
    nothing = dict.fromkeys(_MEMBERS.values())
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
    sent = {wire: getattr(rule, name).strip() or None for name, wire in _MEMBERS.items()}
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
