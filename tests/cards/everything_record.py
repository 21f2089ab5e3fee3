"""What is said of the record and its witnesses, with one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import Rendered
from bot.cards.messages import record as messages
from bot.models import Actor, DutyChange, Given, SeenHead, SlackGrant, SlackRole, Suspension
from tests.cards.samples import NOW


def record_messages(text: str, count: int = 1) -> Iterator[tuple[str, Rendered]]:
    """Every message about the record."""
    yield "record key", messages.key_taken(text, "")
    yield "record key anew", messages.key_taken(text, text)
    yield "record access not ours", messages.access_not_ours()
    yield "record given not ours", messages.given_not_ours([text] * count, [text] * count, [text] * count)
    yield "record given confirmed", messages.given_confirmed(3, 1)
    yield "record presses not ours", messages.presses_not_ours()
    yield "record second place silent", messages.second_place_silent(NOW, text)
    yield "record second place answers", messages.second_place_answers()
    yield "record collector silent", messages.collector_silent(NOW, text, 10**6)
    yield "record collector answers", messages.collector_answers()
    yield "record one set aside", messages.events_set_aside([7], text)
    yield "record many set aside", messages.events_set_aside(range(10**6, 10**6 + 20), text)
    seen = SeenHead(number=9, link="f" * 40, at=NOW)
    yield "record older ledger", messages.older_ledger(seen, 3, _given(text, count), _given(text, count), 2)
    yield "record damaged note", messages.older_ledger(seen, 30, Given(), Given(), 0)


def _given(text: str, count: int) -> Given:
    by = Actor(person_id="kim", name=text, slack_user_id="U1")
    grant = SlackGrant(
        grant_id="g1",
        person_id="bo",
        person_name=text,
        permission=text,
        organization_id="o1",
        organization_name=text,
        until=NOW,
        given_by=by,
        given_at=NOW,
        reason=text,
    )
    role = SlackRole(
        role_id="r1",
        name=text,
        permissions=("View Approvals",),
        organization_id="o1",
        organization_name=text,
        made_by=by,
        made_at=NOW,
        changed_by=by,
        changed_at=NOW,
        reason=text,
    )
    stopped = Suspension(person_id="hal", person_name=text, by=by, at=NOW, reason=text)
    turn = DutyChange(
        duty_id="y1", person_id="hal", person_name=text, rota="week", starts=NOW, ends=NOW, by=by, at=NOW
    )
    return Given(
        grants=(grant,) * count, roles=(role,) * count, suspensions=(stopped,) * count, duty=(turn,) * count
    )
