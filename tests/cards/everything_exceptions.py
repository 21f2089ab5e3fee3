"""What is said of exceptions, and their forms, with one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.cards import Rendered
from bot.cards.forms import exception_forms
from bot.cards.kit import blocks
from bot.cards.messages import exceptions as messages
from bot.models import Actor, Case, ExceptionStanding, KeptException, Kind, Renewal
from tests.cards.samples import NOW

CARD = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"


def person(text: str, person_id: str = "kim") -> Actor:
    """Somebody of that name."""
    return Actor(person_id=person_id, name=text or "x", slack_user_id="U0CLAIM")


def exception(text: str = "setup.exe", **changed: Any) -> KeptException:
    """An exception with that string everywhere."""
    by = person(text)
    renewal = Renewal(
        by=by,
        at=NOW,
        reason=text,
        review_at=NOW + timedelta(days=30),
        ends_at=NOW + timedelta(days=90),
    )
    values: dict[str, Any] = {
        "exception_id": "x1",
        "organization_id": "org-contoso",
        "organization_name": text,
        "case_id": "c1",
        "kind": Kind.APPLICATION,
        "subject": text,
        "owner": by,
        "asked_by": by,
        "reason": text,
        "opened_at": NOW,
        "review_at": NOW + timedelta(days=30),
        "ends_at": NOW + timedelta(days=90),
        "renewals": (renewal,),
    }
    return KeptException(**(values | changed))


def exception_messages(text: str) -> Iterator[tuple[str, Rendered]]:
    """Every message about exceptions, by name."""
    one = exception(text)
    over = exception(
        text, standing=ExceptionStanding.CLOSED, closed_by=person(text), closed_because=text, closed_at=NOW
    )
    yield "exception begun", messages.begun(one, CARD)
    yield "exception begun, odd link", messages.begun(one, text)
    yield "exception in the thread", messages.in_thread(one)
    yield "exception kept", messages.handed(one)
    yield "exception, its owner", messages.yours(one)
    yield "exception, review due", messages.review_due(one, to_owner=False)
    yield "exception, my review due", messages.review_due(one, to_owner=True)
    yield "exception renewed", messages.renewed(one)
    yield "exception closed", messages.closed(over)
    yield "exception ended", messages.ended(one)
    many = [exception(text, exception_id=f"x{n}", review_at=NOW - timedelta(days=n % 2)) for n in range(60)]
    yield "exceptions listed", messages.listed(many, text, NOW)
    yield "no exceptions listed", messages.listed([], text, NOW)


def exception_views(text: str, one: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every form of an exception, and its section of App Home, by name."""
    kept, day = exception(text), NOW.date()
    yield (
        "keep as exception",
        exception_forms.keep_modal(one, [(f"p{n}", text) for n in range(200)], day, day),
    )
    yield "renew exception", exception_forms.renew_modal(kept, day, day)
    yield "close exception", exception_forms.close_modal(kept)
    yield "exception loading", exception_forms.loading_modal(exception_forms.RENEW, kept)
    many = [exception(text, exception_id=f"x{n}") for n in range(60)]
    yield "exceptions at home", blocks.home(messages.home_blocks(many, "kim", NOW))
