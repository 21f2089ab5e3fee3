"""What an approval's choice lacks, field by field. Pure: the same is asked at the submission and at the press."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.kit import ids
from bot.models import ApplicationUse, Choice, CustomRule, Reach
from bot.rules.rule_risks import NEEDED_PARTS, risks_of, telling_parts
from bot.rules.said import says, validation_faults

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
    "A built-in match only takes the entire organization. Choose that reach, the organization's own match,"
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
