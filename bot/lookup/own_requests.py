"""Whether somebody is one of those who asked: persons are compared, not Slack ids."""

from __future__ import annotations

from bot.desk import Presser
from bot.models import Case, RequestFacts


def is_own(presser: Presser, case: Case) -> bool:
    """Whether one of the case's open requests is the presser's own, by any portal name or e-mail address."""
    return any(_asked_by(presser, entry.facts) for entry in case.open_requests)


def _asked_by(presser: Presser, facts: RequestFacts) -> bool:
    names = {name.casefold() for name in presser.person.portal_names}
    emails = {email.casefold() for email in (*presser.person.emails, presser.user.email) if email}
    requestor = facts.requestor.casefold()
    asked = {requestor, requestor.rpartition("\\")[2]} - {""}
    return bool(asked & names) or facts.requestor_email.casefold() in emails
