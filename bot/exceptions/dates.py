"""The days of an exception's form: when it is looked at again, and when it ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.cards.kit import ids
from bot.models import Rules
from bot.models.exceptions import LONGEST
from bot.rules.typed import VALIDATED_LETTERS, says

NEEDS_WORDS = "Say in a sentence why; an exception without its justification is none."
_CHOOSE = "Choose the day."


@dataclass(frozen=True, slots=True)
class Dates:
    """Both days, each to its last second."""

    review_at: datetime
    ends_at: datetime


def dates_of(values: Mapping[str, str], rules: Rules, now: datetime) -> Dates | dict[str, str]:
    """The days that were chosen, in the house's own time zone; or block id and sentence of what has to be mended."""
    review, end = (_end_of(values.get(one, ""), rules) for one in (ids.REVIEW_BLOCK, ids.ENDS_BLOCK))
    faults = {
        block: _CHOOSE for block, at in ((ids.REVIEW_BLOCK, review), (ids.ENDS_BLOCK, end)) if at is None
    }
    if review is None or end is None:
        return faults
    if end <= now:
        faults[ids.ENDS_BLOCK] = "Its end has to be in the future."
    elif end - now > LONGEST:
        faults[ids.ENDS_BLOCK] = f"It ends within {LONGEST.days} days; it can be justified anew before."
    if review <= now:
        faults[ids.REVIEW_BLOCK] = "Its review has to be in the future."
    elif review > end:
        faults[ids.REVIEW_BLOCK] = "Its review has to come before its end."
    return faults or Dates(review, end)


def missing(
    callback_id: str, values: Mapping[str, str], rules: Rules, now: datetime | None = None
) -> dict[str, str]:
    """What a form of an exception lacks, field by field; without `now` no day is held against the clock."""
    found = (
        {} if says(values.get(ids.REASON_BLOCK, ""), VALIDATED_LETTERS) else {ids.REASON_BLOCK: NEEDS_WORDS}
    )
    if callback_id == ids.EXCEPTION_VIEW and not values.get(ids.OWNER_BLOCK):
        found[ids.OWNER_BLOCK] = "Choose who answers for it."
    if callback_id == ids.EXCEPTION_CLOSE_VIEW:
        return found
    days = dates_of(values, rules, now) if now else {}
    return found | (days if isinstance(days, dict) else {})


def _end_of(text: str, rules: Rules) -> datetime | None:
    try:
        chosen = date.fromisoformat(text)
        return datetime.combine(chosen, time(23, 59, 59), ZoneInfo(rules.escalation.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
