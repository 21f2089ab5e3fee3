"""Which card a new case gets: one that other cases stand on already, or one of its own (bot/rules/bundles.py)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.cards.messages.duty import ON_BURST_CARD, asked_again, burst_began
from bot.desk import Amendment, Desk, amend, case_message, event_of, new_id, retire
from bot.ledger import StoredCase
from bot.models import CardAddress, Case, CaseWrite, Change, Effect, Event, Place, Urgency
from bot.rules import bundles


@dataclass(frozen=True, slots=True)
class Placing:
    """A new case with its place, and what that does to others."""

    case: Case
    before: str | None = None
    """The bundle that stood under its key; None: it has no key."""
    beside: tuple[Case, ...] = ()
    """Who stands on that card already."""
    taken: tuple[StoredCase, ...] = ()
    """Cases whose own cards end: with the new one they make a burst."""


async def placed_on_card(desk: Desk, case: Case) -> Placing:
    """The new case on the card that fits it, as the ledger stands now; what comes between refuses its commit."""
    channel_id = desk.routes.channel_for(case.organization_id, case.kind.value, Place.CARD)
    family, burst = bundles.family_key(case, channel_id), bundles.burst_key(case, channel_id)
    standing = await desk.ledger.bundle_of_key(family) if family else ""
    members = tuple(each.case for each in await desk.ledger.bundle(standing))
    if family and bundles.takes_family(members, case, channel_id, desk.rules, desk.now()):
        return _joined(case, members, family, standing)
    if burst and (found := await _in_burst(desk, case, burst, channel_id)):
        return found
    if family and desk.rules.families.together:
        own = case.model_copy(update={"bundle_id": case.case_id, "bundle_key": family})
        return Placing(own, standing)
    return Placing(case)


def _joined(case: Case, members: tuple[Case, ...], key: str, bundle_id: str) -> Placing:
    card = _card_of(members)
    case = case.model_copy(update={"bundle_id": bundle_id, "bundle_key": key, "card": card})
    return Placing(case, bundle_id, members)


async def _in_burst(desk: Desk, case: Case, key: str, channel_id: str) -> Placing | None:
    """On the card of a burst that goes on, or of one that begins with this file."""
    standing = await desk.ledger.bundle_of_key(key)
    members = tuple(each.case for each in await desk.ledger.bundle(standing))
    if bundles.takes_burst(members, channel_id, desk.rules, desk.now()):
        return _joined(case, members, key, standing)
    alone = await _alone_on(desk, case)
    near = bundles.makes_burst([each.case for each in alone], case, desk.rules, desk.now())
    if not near:
        return None
    taken = tuple(each for each in alone if each.case in near)
    case = case.model_copy(
        update={"bundle_id": new_id("b"), "bundle_key": key, "card": _card_of(near, channel_id)}
    )
    return Placing(case, standing, taken=taken)


async def _alone_on(desk: Desk, case: Case) -> list[StoredCase]:
    """Open cases of the same computer that share their card with no other case, oldest first."""
    ids = await desk.ledger.case_ids_of_computer(case.computers[0])
    if len(ids) + 1 < desk.rules.bursts.files:
        return []
    found = await desk.ledger.cases(ids)
    return [each for each in found.values() if not await desk.beside(each.case)]


def _card_of(cases: tuple[Case, ...], channel_id: str = "") -> CardAddress | None:
    """The oldest posted card, in this channel if one is named."""
    cards = (case.card for case in cases if case.card is not None)
    return next((card for card in cards if channel_id in ("", card.channel_id)), None)


def with_its_card(change: Change, placing: Placing, *, quiet: bool) -> Change:
    """The change that opens the case, with what its place does to others, all in the same step."""
    case = placing.case
    moved = [replace_card(each, case.bundle_id, case.card) for each in placing.taken]
    events = [_shares(one, case.bundle_id) for one in (*(write.case for write in moved), *_sharing(placing))]
    return replace(
        change,
        cases=(CaseWrite(case, 0, placing.before), *moved),
        events=(*change.events, *events),
        effects=(*change.effects, *_retired(placing), *([] if quiet else _said(placing))),
    )


def replace_card(stored: StoredCase, bundle_id: str, card: CardAddress | None) -> CaseWrite:
    """A case as it is drawn on another card from now on; nothing else of it changes."""
    update = {"bundle_id": bundle_id, "bundle_key": "", "card": card}
    return CaseWrite(stored.case.model_copy(update=update), stored.version)


def _sharing(placing: Placing) -> tuple[Case, ...]:
    return (placing.case,) if placing.beside or placing.taken else ()


def _shares(case: Case, bundle_id: str) -> Event:
    return event_of("card_shared", None, case, facts={"bundle_id": bundle_id})


def _retired(placing: Placing) -> list[Effect]:
    """The cards that were posted for single files of a burst lead to the one that holds them all."""
    posted = [(each.case.case_id, each.case.card) for each in placing.taken]
    return [
        retire(case_id, card.channel_id, card.ts, because=ON_BURST_CARD)
        for case_id, card in posted
        if card is not None and card != placing.case.card
    ]


def _said(placing: Placing) -> list[Effect]:
    """A card that is drawn anew rings for nobody: what begins on one that people have read is said below it as well."""
    case = placing.case
    if case.card is None:
        return []
    if placing.taken:
        said = burst_began([*(each.case for each in placing.taken), case])
    elif any(other.pending for other in placing.beside):
        return []
    else:
        said = asked_again(case, is_same_file=bundles.is_family((*placing.beside, case)))
    return [
        case_message(
            case,
            f"shared:{case.case_id}",
            said,
            Place.CARD,
            Urgency.CARD,
            in_thread=True,
            also_in_channel=True,
        )
    ]


async def leave_card(desk: Desk, case: Case) -> None:
    """A case whose organization is not configured for the card's channel (any more) gets a card of its own.

    One that is over leaves too, and nothing is posted for it: its record stays, and the other card names it no more.
    """

    def make(current: Case) -> Amendment | None:
        if current.bundle_id != case.bundle_id:
            return None
        alone = current.model_copy(update={"bundle_id": new_id("b"), "bundle_key": "", "card": None})
        event = event_of("card_left", None, current, facts={"bundle_id": current.bundle_id})
        return Amendment(alone, [event], is_shown=current.is_open)

    await amend(desk, case.case_id, make)
