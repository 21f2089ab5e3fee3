"""`gatehouse permissions people`: each person with what is known of them; and whom the portal's requests look like."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from bot.checkup.findings import Remark, good, warning
from bot.checkup.trees import AccessSource, CannotAnswer, access_of
from bot.logs import printable
from permissions import Access, KnownBy, Whose, known_by, look_alikes_of, whose

_PART = "people"
_TOLD = 20
"""Look-alikes told one by one (our choice): more of them are the same mistake."""


async def people(source: AccessSource, *, as_json: bool) -> int:
    """Print everybody and what is missing. 1 when the access cannot be had."""
    try:
        access = await access_of(source)
    except CannotAnswer as error:
        sys.stderr.writelines(f"{printable(each, keep=chr(10))}\n" for each in error.problems)
        return 1
    found = known_by(access)
    text = (
        json.dumps({"people": [_row(each) for each in found]}, indent=2, ensure_ascii=False)
        if as_json
        else "\n".join(_lines(found))
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


def _lines(found: Iterable[KnownBy]) -> list[str]:
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


def examine_requestors(requestors: Iterable[str], access: Access) -> list[Remark]:
    """The accounts of the portal's requests, held against the people of the access file."""
    accounts = sorted({each for each in requestors if each.strip()}, key=str.casefold)
    theirs = {
        one.person_id for one in access.persons for each in accounts if whose(each, one, access) is Whose.OWN
    }
    alike = [
        f"The requestor {each} looks like {person.person_id} and is not theirs in the access file: that person may "
        f"approve what it asks for. If it is {person.name}, add it to people.{person.person_id}.portal."
        for each in accounts
        for person in look_alikes_of(each, access)
    ]
    told = f"{len(accounts)} accounts ask in the portal now; {len(theirs)} people of the access file are among them."
    more = (
        [f"{len(alike) - _TOLD} more requestors look like people of the access file."]
        if len(alike) > _TOLD
        else []
    )
    return [good(_PART, told), *(warning(_PART, each) for each in [*alike[:_TOLD], *more])]
