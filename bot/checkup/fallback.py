"""The second ways of an escalation: made of the settings, and tried on demand (`gatehouse check --send-test`)."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp

from bot.cards.case.standing import ways_in_words
from bot.cards.messages.pages import sample_page
from bot.checkup.findings import Remark, fault, good
from bot.checkup.host import examine_authority
from bot.pager import Mail, Opsgenie, PagerDuty, Way, WayError, Webhook
from bot.settings.sections import FallbackSection

PART = "fallback"


def ways_of(fallback: FallbackSection, session: aiohttp.ClientSession) -> dict[str, Way]:
    """The ways that the settings name."""
    every: dict[str, Way] = {
        "webhook": Webhook(fallback.webhook_url, fallback.webhook_secret, session),
        "mail": Mail(
            host=fallback.smtp_host,
            port=fallback.smtp_port,
            security=fallback.smtp_security,
            user=fallback.smtp_user,
            password=fallback.smtp_password,
            sender=fallback.mail_from,
            receivers=fallback.mail_to,
            ca_file=fallback.smtp_ca,
        ),
        "pagerduty": PagerDuty(fallback.pagerduty_url, fallback.pagerduty_key, session),
        "opsgenie": Opsgenie(fallback.opsgenie_url, fallback.opsgenie_key, session),
    }
    return {name: every[name] for name in fallback.ways}


def looked_at(fallback: FallbackSection) -> list[Remark]:
    """Which ways there are, without asking any."""
    if not fallback.ways:
        return []
    after = f"{fallback.after.total_seconds():g} s"
    told = f"Escalations that Slack does not take for {after} go out by {ways_in_words(fallback.ways)}."
    found = [good(PART, told)]
    if fallback.smtp_ca is not None:
        found += examine_authority(PART, "[fallback] smtp_ca", fallback.smtp_ca)
    return found


async def send_test(fallback: FallbackSection) -> list[Remark]:
    """Call by each way, and end the call at once; whether each of them took it."""
    if not fallback.ways:
        return [fault(PART, "There is no second way to test. Set one in [fallback] (docs/configuration.md).")]
    async with aiohttp.ClientSession() as session:
        return [await _tested(name, way) for name, way in ways_of(fallback, session).items()]


async def _tested(name: str, way: Way) -> Remark:
    words = ways_in_words([name])
    try:
        for page in (sample_page(), sample_page(is_over=True)):
            await way.tell(page, datetime.now(UTC))
    except WayError as error:
        return fault(PART, f"The test by {words} was not taken: {error}. Mend it in [fallback], or there.")
    return good(PART, f"The test by {words} was taken; look whether it came where people see it.")
