"""Many cases wait at once: their channel is reminded of all of them in one message, which is drawn anew.

    a reminder is due ──┬─ few wait in its channel ──> a reminder of its own, in the card's thread and the channel
                        └─ more than the rules say ──> the list: posted where none stands, else changed there
    a call after the ceiling is due at night ────────> the list too, where the plan says so (`night_digest`)
    a listed case is claimed or ends ────────────────> the list is changed, where one stands

A list is posted once an hour at most; in between it is changed, which notifies nobody. Each ceiling calls by itself, in
the place of escalation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bot.cards.kit.blocks import Rendered
from bot.cards.messages import duty
from bot.chat import Dropped, Later, Sent
from bot.desk import Desk
from bot.models import Case, Effect, Kind, Place
from bot.rules.bundles import merged
from bot.rules.rows import Reminded

_NEWEST = timedelta(hours=1)
"""A list that stands longer has scrolled away: what is late by then is told in a new one (our choice)."""
Send = Callable[[Effect], Awaitable[Sent | Later | Dropped]]


async def channels_with_many(desk: Desk, reminded: Iterable[Case]) -> frozenset[str]:
    """Of the channels that are to be reminded of these cases now: those in which more cards wait than the rules say."""
    wanted, most = {_channel(desk, case) for case in reminded}, desk.rules.backlog.digest_above
    cards = {channel_id: {one.card for one in await _waiting(desk, channel_id)} for channel_id in wanted}
    return frozenset(channel_id for channel_id, waiting in cards.items() if len(waiting) > most)


async def draw_digest(desk: Desk, send: Send, effect: Effect) -> Sent | Later | Dropped:
    """Make the list of a channel say what waits there now. An effect that is no call only changes one that stands.

    A crash between Slack's yes and our note of where it stands leaves a list that says how it was; the next one is
    posted beside it.
    """
    standing = sorted(await desk.ledger.calls.about(effect.case_id), key=lambda place: float(place[1]))
    if not standing and not effect.is_call:
        return Sent()
    is_old = bool(standing) and desk.now() - _posted_at(standing[-1][1]) >= _NEWEST
    stays = [] if is_old and effect.is_call else standing[-1:]
    # More than one: it was said twice, as when a failover loses a claim. Only the newest is kept up to date.
    outcome = await _follow(send, effect, standing[: len(standing) - len(stays)])
    if not isinstance(outcome, Sent):
        return outcome
    waiting = await _waiting(desk, effect.channel_id)
    if stays:
        return await _change(desk, send, effect, stays, waiting)
    await desk.ledger.calls.told(effect.case_id)
    return await send(_with(effect, await _said(desk, waiting))) if waiting else outcome


async def _change(
    desk: Desk, send: Send, effect: Effect, standing: Sequence[tuple[str, str]], waiting: Sequence[Reminded]
) -> Sent | Later | Dropped:
    said = await _said(desk, waiting) if waiting else duty.digest_over()
    outcome = await send(_with(effect, said, standing[-1][1]))
    if not isinstance(outcome, Sent):
        return outcome
    is_gone = not outcome.ts
    if is_gone:
        await desk.ledger.calls.told(effect.case_id)
    if is_gone and waiting and effect.is_call:
        return await send(_with(effect, said))
    # Where it stands is known already: no time stamp, which would be noted once more.
    return Sent(is_end=not waiting)


async def _follow(send: Send, effect: Effect, standing: Sequence[tuple[str, str]]) -> Sent | Later | Dropped:
    """An old list leads people nowhere; it says that there is a newer one."""
    for _, ts in standing:
        outcome = await send(_with(effect, duty.digest_over(is_followed=True), ts))
        if not isinstance(outcome, Sent):
            return outcome
    return Sent()


def _with(effect: Effect, said: Rendered, ts: str = "") -> Effect:
    return effect.model_copy(update={"text": said.text, "blocks": list(said.blocks), "message_ts": ts})


async def _said(desk: Desk, waiting: Sequence[Reminded]) -> Rendered:
    """A line for each card, whatever it holds; only the cases of those that are shown are read."""
    by_card: dict[str, list[str]] = {}
    for one in waiting:
        by_card.setdefault(one.card, []).append(one.case_id)
    shown = [by_card[card] for card in list(by_card)[: duty.DIGEST_SHOWN]]
    stored = await desk.ledger.cases([case_id for ids in shown for case_id in ids])
    together = [[stored[case_id].case for case_id in ids if case_id in stored] for ids in shown]
    cards = [
        (merged(cases) if len(cases) > 1 else cases[0], desk.permalink(cases[0]))
        for cases in together
        if cases
    ]
    return duty.digest(cards, len(by_card), desk.now(), desk.rules.escalation.approvers_user_group)


async def _waiting(desk: Desk, channel_id: str) -> list[Reminded]:
    """Every case of a channel that waits past its reminder and is claimed by nobody, who waits longest first."""
    now = desk.now()
    places = {(one.pile.organization_id, one.pile.kind) for one in await desk.ledger.index.piles(now)}
    of = {place for place in places if _channel_of(desk, *place) == channel_id}
    return await desk.ledger.index.reminded(of, now)


def _channel(desk: Desk, case: Case) -> str:
    return _channel_of(desk, case.organization_id, case.kind)


def _channel_of(desk: Desk, organization_id: str, kind: Kind) -> str:
    return desk.routes.channel_for(organization_id, kind.value, Place.CARD)


def _posted_at(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
