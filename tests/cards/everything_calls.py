"""Calls to people, lists of what waits or is silenced: one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import Rendered
from bot.cards.messages import administration, answers, duty, maintenance, unusual
from bot.models import Actor, Case, SlackGrant
from bot.models.rotas import Called
from bot.models.unusual import Silence, SilenceOf, UnusualRule
from bot.rules.figures import UnusualOutcome
from tests.cards.everything_maintenance import running_mode
from tests.cards.samples import NOW, RULES

LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"


def call_messages(text: str, one: Case, count: int) -> Iterator[tuple[str, Rendered]]:
    """Calls and lists."""
    called = Called(user_group_id="S0TEAM")
    yield "call now", duty.call_now(one, RULES, NOW, called=called, permalink=LINK)
    yield "call not heard", duty.call_not_heard("C0DEFAULT", "S0TEAM")
    yield "asked again", duty.asked_again(one)
    yield "asked again, another file", duty.asked_again(one, is_same_file=False)
    yield "burst began", duty.burst_began([one] * count)
    yield "digest", duty.digest([(one, LINK)] * count, count, NOW, "S0TEAM")
    yield "digest over", duty.digest_over()
    yield "digest followed", duty.digest_over(is_followed=True)
    yield "form not opened in time", answers.not_opened_in_time()
    yield "mode not sent", maintenance.not_sent(running_mode(text), "It took too long to get there.")
    yield "gifts moved", administration.gifts_moved([(_given(text), [text] * count)] * count)
    yield from _silences(text, count)


def _given(text: str) -> SlackGrant:
    return SlackGrant(
        grant_id="g1",
        person_id="bo",
        person_name=text,
        permission="Approve for Group",
        organization_id="o1",
        organization_name=text,
        until=NOW,
        given_by=Actor(person_id="kim", name=text or "x", slack_user_id="U1"),
        given_at=NOW,
        reason=text,
    )


def _silences(text: str, count: int) -> Iterator[tuple[str, Rendered]]:
    silence = Silence(
        silence_id="s1",
        # Its own underscore would pass for markup of somebody else.
        rule=next(rule for rule in UnusualRule if "_" not in rule),
        of=SilenceOf.SOFTWARE,
        subject=text,
        subject_name=text,
        organization_id="o1",
        organization_name=text,
        until=NOW,
        by=Actor(person_id="kim", name=text or "x", slack_user_id="U1"),
        at=NOW,
        reason=text,
    )
    yield "silenced", unusual.silenced(silence)
    yield "silence ended", unusual.silence_ended(silence, text, text)
    yield "silence over", unusual.silence_over(silence)
    counts = {(str(rule), outcome.value): 3 for rule in UnusualRule for outcome in UnusualOutcome}
    off = frozenset({next(iter(UnusualRule))})
    yield "silences", unusual.listing(counts, [silence] * (count + 20), off, NOW)
    yield "no silences", unusual.listing({}, [], off, NOW)
