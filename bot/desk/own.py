"""Whether somebody is one of those who asked. Persons are compared, not Slack ids; in doubt it is the same person."""

from __future__ import annotations

from bot.desk.identifying import Presser
from bot.models import Case, RequestFacts
from permissions import Person


def is_own(presser: Presser, case: Case) -> bool:
    """Whether one of the case's open requests is the presser's own."""
    return any(asked_by(presser.person, entry.facts, presser.user.email) for entry in case.open_requests)


def asked_by(person: Person, facts: RequestFacts, slack_email: str = "") -> bool:
    """Whether a person asked, by any portal name or e-mail address, with or without a Windows domain before it."""
    theirs = {form for name in (*person.portal_names, *person.emails, slack_email) for form in _forms(name)}
    asked = {*_forms(facts.requestor), *_forms(facts.requestor_email)}
    local = {form.partition("@")[0] for form in asked}
    return bool((asked | local) & theirs)


def _forms(name: str) -> frozenset[str]:
    r"""A name as written and without its domain: `CONTOSO\ana` and `ana`."""
    folded = name.strip().casefold()
    return frozenset({folded, folded.rpartition("\\")[2]} - {""})
