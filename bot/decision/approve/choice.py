"""What the inputs of “Approve…” mean, what they lack field by field, and how the record keeps them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.cards.forms.approve_more import USUAL_DAYS
from bot.cards.kit import ids
from bot.decision.effect import one_press_choice
from bot.models import ApplicationChoice, ApplicationUse, Choice, CustomRule, Kind, Rules, Verb
from bot.rules.rule_risks import NEEDED_PARTS, risks_of, telling_parts
from bot.rules.typed import says, validation_faults
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
    mode, application = _mode(values), application_choice(values)
    # What was typed for a wider reach, before it was taken back, is no part of this choice.
    is_confirmed = reach is not Reach.COMPUTER or application.use is ApplicationUse.EXISTING
    update: dict[str, object] = {
        "reach": reach,
        **_group(reach, values),
        "reason": justification(values),
        "validated_how": values.get(ids.VALIDATED_BLOCK, "") if is_confirmed else "",
        "confirmed_by": values.get(ids.CONFIRMED_BLOCK, "") if is_confirmed else "",
        "application": application,
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


def justification(values: Mapping[str, str]) -> str:
    """Why it is right: what was chosen from the list, what was typed, or both."""
    listed, typed = values.get(ids.JUSTIFICATION_BLOCK, ""), values.get(ids.REASON_BLOCK, "")
    return "; ".join(part for part in (listed, typed) if part)


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
    if not chosen and not values.get(ids.ELEVATION_FOR_BLOCK):
        return {}
    # The first page of an elevation request asks for the span alone; how it is announced stands behind “More…”.
    chosen = chosen or ids.WITH_NOTICE
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


_BLOCKS = {
    "path": ids.RULE_PATH_BLOCK,
    "signer": ids.RULE_SIGNER_BLOCK,
    "process": ids.RULE_PROCESS_BLOCK,
    "created_by": ids.RULE_CREATED_BLOCK,
}
LONGEST_RIGHTS = timedelta(days=366)
"""An end later than this is no end that anybody waits for (our choice: a year)."""
END_IS_OVER = "The end that was chosen has passed already: choose a later day."
BUILT_IN_ONLY_WIDE = (
    "A built-in match only takes the entire organization: choose that reach, the organization's own match,"
    " or a new application."
)


def choice_faults(choice: Choice) -> dict[str, str]:
    """Block id and sentence for each field that has to be mended first; empty where nothing is lacking.

    Of several faults of one field the first is told.
    """
    found = [
        *_reach_faults(choice),
        *_application_faults(choice),
        *(_rule_faults(choice, choice.rule) if choice.rule else ()),
        *_elevation_faults(choice),
        *_mode_faults(choice),
    ]
    faults: dict[str, str] = {}
    for block_id, sentence in found:
        faults.setdefault(block_id, sentence)
    return faults


def _reach_faults(choice: Choice) -> list[tuple[str, str]]:
    if choice.reach is Reach.COMPUTER:
        return []
    how, who = validation_faults(choice.validated_how, choice.confirmed_by)
    found = [(block, why) for block, why in ((ids.VALIDATED_BLOCK, how), (ids.CONFIRMED_BLOCK, who)) if why]
    if choice.reach is Reach.COMPUTER_GROUP and not choice.computer_group_id:
        found.append((ids.COMPUTER_GROUP_BLOCK, "Choose the computer group."))
    if choice.reach is Reach.GLOBAL and not choice.computer_group_id:
        found.append((ids.GLOBAL_GROUP_BLOCK, "Choose the global group."))
    return found


def _application_faults(choice: Choice) -> list[tuple[str, str]]:
    application = choice.application
    if application.use is not ApplicationUse.MATCHING:
        return []
    found = []
    if application.is_built_in and choice.reach is not Reach.ORGANIZATION:
        found.append((ids.REACH_BLOCK, BUILT_IN_ONLY_WIDE))
    if choice.rule is not None:
        why = "A match covers the file by its own rules: choose the hash here, or another application."
        found.append((ids.RECOGNIZED_BLOCK, why))
    return found


def _rule_faults(choice: Choice, rule: CustomRule) -> list[tuple[str, str]]:
    """Parts that hold nothing back, fewer than two parts, and a risk without a justification."""
    told = telling_parts(rule)
    found = [
        (_BLOCKS[name], "This part matches everything: say more, or leave it out.")
        for name in rule.parts
        if name not in told
    ]
    if len(told) < NEEDED_PARTS:
        why = f"A rule needs at least {NEEDED_PARTS} parts: fill in this one or another."
        found += [(block, why) for name, block in _BLOCKS.items() if name not in told]
        return found
    risks = risks_of(rule)
    if risks and not says(choice.reason):
        found.append((ids.REASON_BLOCK, f"This rule needs a justification here. {risks[0]}"))
    return found


def _elevation_faults(choice: Choice) -> list[tuple[str, str]]:
    if not choice.elevates_for_good:
        return []
    found = []
    if not says(choice.reason):
        found.append((ids.REASON_BLOCK, "Administrator rights without an end need a reason here."))
    if not says(choice.safe_because) or choice.safe_because.strip() == choice.reason.strip():
        found.append((ids.SAFE_BLOCK, "Administrator rights without an end: say why that is safe."))
    return found


def end_faults(choice: Choice, now: datetime) -> dict[str, str]:
    """Block id and sentence for each end that lies in the past, or too far ahead: what the clock alone tells."""
    found: dict[str, str] = {}
    if choice.expires_at is not None and choice.expires_at <= now:
        found[ids.EXPIRES_BLOCK] = END_IS_OVER
    if choice.elevate and choice.elevate_until is not None and choice.elevate_until <= now:
        found[ids.ELEVATION_UNTIL_BLOCK] = END_IS_OVER
    if too_long := rights_too_long(choice, now):
        found[ids.ELEVATION_UNTIL_BLOCK] = too_long
    return found


def rights_too_long(choice: Choice, now: datetime) -> str:
    """Why an end of the administrator rights is as good as none; empty where it is near enough."""
    until = choice.elevate_until
    if not choice.elevate or until is None or until - now <= LONGEST_RIGHTS:
        return ""
    return (
        f"Administrator rights end within {LONGEST_RIGHTS.days} days. For longer choose “Without an end”, with the"
        " reason and why it is safe."
    )


def _mode_faults(choice: Choice) -> list[tuple[str, str]]:
    """A mode takes the place of every rule. How far the approval goes is free: the mode itself runs on one computer."""
    if choice.mode is None:
        return []
    found = []
    if not says(choice.mode_because):
        found.append(
            (ids.MODE_BECAUSE_BLOCK, "A maintenance mode needs the reason why no scoped policy serves.")
        )
    if choice.rule is not None:
        found.append((ids.RECOGNIZED_BLOCK, "A maintenance mode takes no rule: choose the hash here."))
    if choice.application.use is not ApplicationUse.NEW:
        found.append((ids.APPLICATION_BLOCK, "A maintenance mode takes a new application only."))
    if choice.elevate:
        found.append((ids.ELEVATION_BLOCK, "A maintenance mode gives no administrator rights: choose none."))
    return found


def chosen_facts(choice: Choice) -> dict[str, object]:
    """The choice without any text of people or from outside."""
    facts: dict[str, object] = {"reach": choice.reach.value}
    if choice.verb is not Verb.APPROVE:
        return facts
    facts |= {
        "computer_group_id": choice.computer_group_id,
        "application": choice.application.use.value,
        "application_id": choice.application.application_id,
        "built_in": choice.application.is_built_in,
        "recognized_by": list(choice.rule.parts) if choice.rule else ["hash"],
        "expires_at": choice.expires_at.isoformat() if choice.expires_at else "",
        "mode": choice.mode.value if choice.mode else "",
        "notify_requestor": choice.notify_requestor,
        **_recorded_elevation(choice),
    }
    return {name: value for name, value in facts.items() if value not in ("", False)}


def _recorded_elevation(choice: Choice) -> dict[str, object]:
    if not choice.elevate:
        return {"elevation": "none"}
    end = f"{choice.elevate_hours} h" if choice.elevate_hours else "none"
    return {
        "elevation": "silent" if choice.elevate_silently else "with notice",
        "elevation_ends": choice.elevate_until.isoformat() if choice.elevate_until else end,
    }


def chosen_words(choice: Choice) -> dict[str, object]:
    """What was typed or named: kept apart, and removed when the retention time is over."""
    rule = choice.rule.model_dump() if choice.rule else {}
    words = {
        "computer_group_name": choice.computer_group_name,
        "application_name": choice.application.name,
        **{f"rule_{name}": text for name, text in rule.items()},
        "safe_because": choice.safe_because,
        "mode_because": choice.mode_because,
        "ticket": choice.ticket,
        "note_to_requestor": choice.note_to_requestor,
        "internal_note": choice.internal_note,
        "on_phone_with": choice.on_phone_with,
    }
    return {name: text for name, text in words.items() if text}
