"""Faults planted into the bot, so that it is seen which promises the simulation really holds it to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import permissions
from bot.app import beat
from bot.app.workers import PressWork
from bot.cards.messages.answers import not_recorded
from bot.chat import Sender, Sent
from bot.decision import forms, verdict
from bot.decision.turning_down import form_refused
from bot.desk import attempting
from bot.models import EffectKind
from bot.portal import PortalError
from bot.portal.transport import Transport
from bot.rules import lifecycle
from handlers import door
from permissions import Allowed, Refused

Async = Callable[..., Awaitable[Any]]


def put(place: object, name: str, fault: object) -> None:
    """In the place of what is there."""
    setattr(place, name, fault)


def send_twice() -> None:
    """Each decision goes out two times."""
    once: Async = Transport.write

    async def twice(self: Transport, call: Any) -> None:
        await once(self, call)
        await once(self, call)

    put(Transport, "write", twice)


def repeat_when_silent() -> None:
    """A write that was not answered is sent again, as any client library would do."""
    once: Async = Transport.write

    async def again(self: Transport, call: Any) -> None:
        try:
            await once(self, call)
        except Exception:  # noqa: BLE001 - that is the fault
            await once(self, call)

    put(Transport, "write", again)


def skip_the_permission_check() -> None:
    """Whoever is known may do everything."""
    judge = permissions.judge

    def all_may(ask: Any, access: Any, tree: Any, now: Any) -> Any:
        found = judge(ask, access, tree, now)
        return Allowed((), "", lambda: "everybody may") if isinstance(found, Refused) else found

    async def no_form(opener: Any, title: str, judged: Any, action: Any) -> Any:
        """What the form offers is worked out elsewhere, so that it is empty for whoever may nothing."""
        if isinstance(judged.verdict, Refused):
            return await form_refused(opener, title, judged, action)
        raise PortalError("a form without an offer")

    put(verdict, "judge", all_may)
    put(forms, "form_refused", no_form)


def draw_a_stale_card() -> None:
    """What a decided case looks like is not drawn any more."""
    say: Async = Sender.send

    async def seldom(self: Sender, effect: Any, case: Any, now: Any, **named: Any) -> Any:
        is_over = effect.kind is EffectKind.CARD and case is not None and not case.is_open
        return Sent() if is_over else await say(self, effect, case, now, **named)

    put(Sender, "send", seldom)


def say_nothing_was_done() -> None:
    """A press that may have been stored is answered as one that was not."""
    put(door.Taken, "said", property(lambda _: not_recorded()))
    put(door, "_NOT_TAKEN", dict.fromkeys(door.Taken, door._NOT_TAKEN[door.Taken.NO]))


def acknowledge_unstored() -> None:
    """The acknowledgement does not wait for the record."""
    take: Async = door.FrontDoor.take

    async def always(self: door.FrontDoor, make: Any, body: Any) -> door.Taken:
        await take(self, make, body)
        return door.Taken.YES

    put(door.FrontDoor, "take", always)


def forget_the_not_after() -> None:
    """However late it is, a recorded attempt is sent."""
    put(attempting, "may_be_sent", lambda _not_after, _now: True)


def lose_presses() -> None:
    """A press whose work breaks is dropped, instead of being left for later."""
    answer: Async = PressWork._answer
    seen = set[str]()

    async def once(self: PressWork, press: Any) -> None:
        if press.press_id not in seen:
            seen.add(press.press_id)
            await answer(self, press)

    put(PressWork, "_answer", once)


def never_escalate() -> None:
    """The clock's steps are passed over."""
    put(beat, "take_due_steps", _nothing)


def answer_nobody() -> None:
    """Answers are taken from the queue and not said."""
    say: Async = Sender.send

    async def silent(self: Sender, effect: Any, case: Any, now: Any, **named: Any) -> Any:
        is_answer = effect.kind is EffectKind.ANSWER
        return Sent() if is_answer else await say(self, effect, case, now, **named)

    put(Sender, "send", silent)


def take_every_decision_for_ours() -> None:
    """A decision of somebody in the portal is recorded as that of the press which met it."""
    put(lifecycle, "is_ours", lambda *_: True)


async def _nothing(*_: Any) -> None:
    """What was to be done is not."""


PLANTED: Mapping[str, Callable[[], None]] = {
    plant.__name__: plant
    for plant in (
        send_twice,
        repeat_when_silent,
        skip_the_permission_check,
        draw_a_stale_card,
        say_nothing_was_done,
        acknowledge_unstored,
        forget_the_not_after,
        lose_presses,
        never_escalate,
        answer_nobody,
        take_every_decision_for_ours,
    )
}
