"""`gatehouse permissions people`: each person of the access, what is known of them and what is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from bot.checkup.trees import AccessSource, CannotAnswer, access_of
from bot.terminal import complain, printable
from permissions import KnownBy, known_by


async def people(source: AccessSource, *, as_json: bool) -> int:
    """Print everybody and what is missing. 1 when the access cannot be had."""
    try:
        access = await access_of(source)
    except CannotAnswer as error:
        return complain(error.problems, keep="\n")
    found = known_by(access)
    text = (
        json.dumps({"people": [_row(each) for each in found]}, indent=2, ensure_ascii=False)
        if as_json
        else "\n".join(_people_lines(found))
    )
    sys.stdout.write(printable(text, keep="\n") + "\n")
    return 0


def _row(each: KnownBy) -> dict[str, Any]:
    person = each.person
    return {
        "person_id": person.person_id,
        "name": person.name,
        "slack": list(person.slack_ids),
        "portal": list(person.portal_names),
        "emails": list(person.emails),
        "may_decide": each.may_decide,
        "missing": list(each.missing),
    }


def _people_lines(found: Iterable[KnownBy]) -> list[str]:
    lines = []
    for each in found:
        person = each.person
        lines += [
            f"{person.name} ({person.person_id}){', may decide' if each.may_decide else ''}",
            f"    Slack: {_listed(person.slack_ids)}",
            f"    portal: {_listed(person.portal_names)}",
            *([f"    mail: {_listed(person.emails)}"] if person.emails else []),
            *(f"    missing: {what}" for what in each.missing),
        ]
    return lines or ["The access file names nobody."]


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "none"
