"""The one way in which an exception changes: read, make the next one, commit both with what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.cards.kit.blocks import Rendered
from bot.desk.changing import Proposed, StandpointMoved, made_of, until_committed
from bot.desk.desk import Desk, new_id
from bot.desk.identifying import Presser
from bot.desk.saying import event_of
from bot.ledger import Conflict, ConflictKind, StoredException
from bot.models import (
    Change,
    Due,
    DueKind,
    Effect,
    EffectKind,
    Event,
    ExceptionWrite,
    KeptException,
    Place,
    Press,
    Standpoint,
    TakenDue,
    Urgency,
)
from bot.models.exceptions import next_look
from permissions import Action, Kind, OrganizationTree, organizations_in_view, same_id


@dataclass(frozen=True, slots=True)
class ExceptionAmendment:
    """What a use case makes of the exception it read."""

    kept: KeptException
    events: Sequence[Event]
    effects: Sequence[Effect] = ()


def exception_event(name: str, kept: KeptException, press: Press | None = None, **fields: object) -> Event:
    """An event about an exception. Its own id stands where others name a case, for retention's sake."""
    known: dict[str, object] = {"case_id": kept.exception_id, "organization_id": kept.organization_id}
    facts: dict[str, object] = {
        "of_case": kept.case_id,
        "owner_id": kept.owner.person_id,
        "review_at": kept.review_at.isoformat(),
        "ends_at": kept.ends_at.isoformat(),
        "revision": kept.revision,
    }
    more, private = fields.pop("facts", {}), fields.pop("private", {})
    facts |= dict(more) if isinstance(more, dict) else {}
    words = {"subject": kept.subject} if kept.subject else {}
    words |= dict(private) if isinstance(private, dict) else {}
    return event_of(name, press, None, **(known | fields | {"facts": facts, "private": words}))


def _change(
    desk: Desk,
    amendment: ExceptionAmendment,
    version: int,
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
) -> Change:
    """The change from one exception to the next; its due time follows from the record by itself."""
    kept = amendment.kept
    due = Due(DueKind.EXCEPTION, kept.exception_id, next_look(kept, desk.rules.retention.closed_cases))
    return Change(
        op_id=new_id("o"),
        events=amendment.events,
        exceptions=(ExceptionWrite(kept, version),),
        due=(due,),
        taken=taken,
        effects=amendment.effects,
        finishes_press=press.press_id if press else "",
        judged_on=judged_on,
    )


async def amend_exception(
    desk: Desk,
    exception_id: str,
    make: Callable[[KeptException], ExceptionAmendment | None],
    *,
    press: Press | None = None,
    taken: TakenDue | None = None,
    judged_on: Standpoint | None = None,
) -> StoredException | None:
    """The same loop as for a case. `make` answers None when there is nothing to do any more.

    Then None is returned and a taken due time goes where the record wants it. Raises StillContended, and
    StandpointMoved when what a verdict rested on is not so any more.
    """

    def made(stored: StoredException) -> ExceptionAmendment | None:
        return make(stored.kept)

    async def propose() -> Proposed[StoredException] | None:
        stored, amendment = await made_of([], partial(desk.ledger.exceptions.read, exception_id), made)
        if stored is None or amendment is None:
            await _give_back(desk, taken, stored)
            return None
        change = _change(desk, amendment, stored.version, press=press, taken=taken, judged_on=judged_on)
        return Proposed(change, StoredException(amendment.kept, stored.version + 1))

    return await until_committed(desk, propose, of=f"exception {exception_id}")


async def begin_exception(
    desk: Desk, amendment: ExceptionAmendment, press: Press, judged_on: Standpoint
) -> Conflict | None:
    """Put a new one into the ledger, with the end of its press; why not, else None. Raises StandpointMoved."""
    result = await desk.ledger.commit(_change(desk, amendment, 0, press=press, judged_on=judged_on))
    if not isinstance(result, Conflict) or result.kind is ConflictKind.PRESS:
        return None
    if result.kind is ConflictKind.STANDPOINT:
        raise StandpointMoved(result.why)
    return result


async def _give_back(desk: Desk, taken: TakenDue | None, stored: StoredException | None) -> None:
    """A due time that turned out to be none: put it where the record wants it, or remove it."""
    if taken is None:
        return
    at = next_look(stored.kept, desk.rules.retention.closed_cases) if stored else None
    if at is None:
        await desk.ledger.due_done(taken)
    else:
        await desk.ledger.due_later(taken, at)


def exception_message(kept: KeptException, effect_id: str, said: Rendered) -> Effect:
    """Into the place of escalation of its organization: words about a customer go nowhere else."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=Urgency.CARD,
        case_id=kept.case_id,
        organization_id=kept.organization_id,
        request_kind=kept.kind.value,
        place=Place.ESCALATION,
        text=said.text,
        blocks=list(said.blocks),
    )


def owner_told(kept: KeptException, effect_id: str, said: Rendered) -> Effect:
    """To its owner alone, by direct message: a whisper in a channel is lost on whoever is not looking at it now."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.ANSWER,
        urgency=Urgency.ANSWER,
        case_id=kept.case_id,
        slack_user_id=kept.owner.slack_user_id,
        text=said.text,
        blocks=list(said.blocks),
    )


async def exceptions_seen(
    desk: Desk, presser: Presser, tree: OrganizationTree
) -> tuple[frozenset[str], list[KeptException]]:
    """Where somebody may see requests, and the open exceptions that they may see, the earliest review first."""
    ask = partial(
        organizations_in_view, presser.person.person_id, presser.access, tree, desk.now(), Action.VIEW
    )
    by_kind = {kind: ask(kind) for kind in Kind}
    where = frozenset().union(*by_kind.values())
    stored = await desk.ledger.exceptions.open_in(where) if where else []
    seen = [one.kept for one in stored if same_id(one.kept.organization_id) in by_kind[one.kept.kind]]
    return where, seen
