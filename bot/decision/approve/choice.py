"""What the inputs of “Approve…” mean, as a choice. Pure: the portal is asked about names and widths at the press."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.cards.forms.approve_more import USUAL_DAYS
from bot.cards.kit import ids
from bot.decision.effect import one_press_choice
from bot.models import ApplicationChoice, ApplicationUse, Choice, CustomRule, Kind, Rules
from permissions import MaintenanceMode, Reach

_USES = {
    ids.MATCH: ApplicationUse.MATCHING,
    ids.BUILT_IN_MATCH: ApplicationUse.MATCHING,
    ids.EXISTING: ApplicationUse.EXISTING,
}
_MOST_DAYS, _MOST_HOURS = 365, 24
"""More than any option of ours offers: a larger number is not from our modal."""
Word = TypeVar("Word", bound=StrEnum)


class NotAChoice(ValueError):
    """An input lacks what its choice needs, or holds what no option of ours put there; the sentence says which."""

    def __init__(self, sentence: str, block_id: str = ids.REASON_BLOCK) -> None:
        super().__init__(sentence)
        self.block_id = block_id
        """The input that it is told at."""


def approval_choice(kind: Kind, values: Mapping[str, str], rules: Rules, pressed_at: datetime) -> Choice:
    """The choice that an approve modal's inputs make. Raises NotAChoice for what the modal never offers.

    Spans count from the press, so that a press which is taken up again after a crash means the same.
    """
    base = one_press_choice(kind, rules.decisions.elevation_hours)
    reach = _one_of(Reach, values.get(ids.REACH_BLOCK) or Reach.COMPUTER, "How far")
    mode = _mode(values)
    update: dict[str, object] = {
        "reach": reach,
        **_group(reach, values),
        "reason": values.get(ids.REASON_BLOCK, ""),
        "validated_how": values.get(ids.VALIDATED_BLOCK, ""),
        "confirmed_by": values.get(ids.CONFIRMED_BLOCK, ""),
        "application": application_choice(values),
        "rule": rule_choice(values),
        # On one computer a mode's policy has no end to choose; what goes further ends like every wide approval.
        "expires_at": None
        if mode and reach is Reach.COMPUTER
        else _expires_at(reach, values, rules, pressed_at),
        **_elevation(values, rules),
        "mode": mode,
        "mode_because": values.get(ids.MODE_BECAUSE_BLOCK, "") if mode else "",
        "ticket": values.get(ids.TICKET_BLOCK, ""),
        "note_to_requestor": values.get(ids.NOTE_BLOCK, ""),
        "internal_note": values.get(ids.INTERNAL_BLOCK, ""),
        "on_phone_with": values.get(ids.PHONE_BLOCK, ""),
        "notify_requestor": values.get(ids.NOTIFY_BLOCK, ids.NOTIFY_YES) == ids.NOTIFY_YES,
    }
    return base.model_copy(update=update)


def _one_of(words: type[Word], value: str, label: str) -> Word:
    try:
        return words(value)
    except ValueError as error:
        raise NotAChoice(f"“{label}” holds something that is not offered. Open “Approve…” again.") from error


def _group(reach: Reach, values: Mapping[str, str]) -> dict[str, object]:
    """The computer group or the global one; its name comes from the portal at the press."""
    if reach is Reach.COMPUTER_GROUP:
        named = values.get(ids.GROUP_NAME, "")
        return {"computer_group_id": values.get(ids.COMPUTER_GROUP_BLOCK, ""), "computer_group_name": named}
    group_id = values.get(ids.GLOBAL_GROUP_BLOCK, "") if reach is Reach.GLOBAL else ""
    return {"computer_group_id": group_id, "computer_group_name": ""}


def application_choice(values: Mapping[str, str]) -> ApplicationChoice:
    """Which application; a built-in one is told from the organization's own at the press, by the portal."""
    use, _, application_id = values.get(ids.APPLICATION_BLOCK, "").partition(":")
    if use in ("", ids.NEW_APPLICATION):
        return ApplicationChoice(name=values.get(ids.APPLICATION_NAME_BLOCK, ""))
    if use not in _USES or not application_id:
        raise NotAChoice("“Put the file into” holds something that is not offered. Open “Approve…” again.")
    return ApplicationChoice(
        use=_USES[use], application_id=application_id, is_built_in=use == ids.BUILT_IN_MATCH
    )


def rule_choice(values: Mapping[str, str]) -> CustomRule | None:
    """The custom rule; None where the hash alone was chosen. The signer is what its option stands for."""
    if values.get(ids.RECOGNIZED_BLOCK) != ids.BY_RULE:
        return None
    signer = values.get(ids.RULE_SIGNER_BLOCK, "")
    return CustomRule(
        path=values.get(ids.RULE_PATH_BLOCK, ""),
        process=values.get(ids.RULE_PROCESS_BLOCK, ""),
        signer="" if signer == ids.NOT_IN_RULE else signer,
        created_by=values.get(ids.RULE_CREATED_BLOCK, ""),
    )


def _mode(values: Mapping[str, str]) -> MaintenanceMode | None:
    chosen = values.get(ids.INSTEAD_BLOCK, "")
    return None if chosen in ("", ids.NO_MODE) else _one_of(MaintenanceMode, chosen, "Mode")


def _expires_at(
    reach: Reach, values: Mapping[str, str], rules: Rules, pressed_at: datetime
) -> datetime | None:
    """The end: by default none on one computer, and a date for anything wider."""
    lasts = values.get(ids.LASTS_BLOCK) or ids.AS_USUAL
    if lasts == ids.FOR_GOOD:
        return None
    if lasts == ids.AS_USUAL:
        return None if reach is Reach.COMPUTER else _whole(pressed_at + timedelta(days=USUAL_DAYS))
    if lasts == ids.UNTIL_DATE:
        return end_of_day(values, ids.EXPIRES_BLOCK, rules)
    return _whole(pressed_at + timedelta(days=_number(lasts, _MOST_DAYS, "The approval lasts")))


def _elevation(values: Mapping[str, str], rules: Rules) -> dict[str, object]:
    """Administrator rights as chosen; nothing where the inputs were not shown, so that the default holds."""
    chosen = values.get(ids.ELEVATION_BLOCK)
    if not chosen:
        return {}
    if chosen == ids.NO_ELEVATION:
        return {"elevate": False, "elevate_hours": 0}
    if chosen not in (ids.WITH_NOTICE, ids.SILENTLY):
        raise NotAChoice("“Administrator rights” holds something that is not offered. Open “Approve…” again.")
    span = values.get(ids.ELEVATION_FOR_BLOCK) or str(rules.decisions.elevation_hours)
    given: dict[str, object] = {
        "elevate": True,
        "elevate_silently": chosen == ids.SILENTLY,
        "elevate_hours": 0,
        "elevate_until": None,
    }
    if span == ids.FOR_GOOD:
        return given | {"safe_because": values.get(ids.SAFE_BLOCK, "")}
    if span == ids.UNTIL_DATE:
        until = end_of_day(values, ids.ELEVATION_UNTIL_BLOCK, rules)
        return given | {"elevate_until": until}
    most = max(_MOST_HOURS, rules.decisions.elevation_hours)
    return given | {"elevate_hours": _number(span, most, "The rights last")}


def _number(value: str, most: int, label: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(most))
    if not is_number or not 1 <= int(value) <= most:
        raise NotAChoice(f"“{label}” holds something that is not offered. Open “Approve…” again.")
    return int(value)


def end_of_day(values: Mapping[str, str], block_id: str, rules: Rules) -> datetime:
    """The last second of the chosen day in the house's own time zone, which the settings name."""
    try:
        chosen = date.fromisoformat(values.get(block_id, ""))
    except ValueError as error:
        raise NotAChoice("Choose the day here, or another span above.", block_id) from error
    try:
        return datetime.combine(chosen, time(23, 59, 59), ZoneInfo(rules.escalation.zone)).astimezone(UTC)
    except OverflowError as error:
        raise NotAChoice("No calendar reaches as far as that day: choose another one.", block_id) from error


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
