"""The narrow permit that most tests of the client send."""

from bot.portal import NewApplication, PermitBody, PermitDetails, Terms, permit_body


def permit_on_computer(details: PermitDetails, terms: Terms, *, application_name: str) -> PermitBody:
    """A new application, a single hash rule, the requesting computer alone."""
    return permit_body(details, terms, application=NewApplication(application_name))
