"""What a modal's submission still lacks, told in the acknowledgement itself: field by field, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.administration.orders import fault_in_reason
from bot.cards.kit import ids
from bot.decision.approve.by_rule import NEEDS_REASON
from bot.decision.approve.choice import NotAChoice, approval_choice, choice_faults, end_faults
from bot.decision.storage.choice import storage_end_faults, storage_faults
from bot.exceptions.handing import missing as missing_of_exception
from bot.models import Kind, Rules
from bot.policies.planning import POLICY_ENDS_LATER, end_of_policy
from bot.rules.typed import SENTENCE_LETTERS, says, validation_faults
from permissions import Reach

_MODE_VIEWS = (ids.MODE_VIEW, ids.MODE_EXTEND_VIEW)
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_NO_REASON = "Choose a reason or say why in your own words; the requestor reads exactly this."


def missing_inputs(
    callback_id: str, values: Mapping[str, str], rules: Rules | None = None, now: datetime | None = None
) -> dict[str, str]:
    """Block id and sentence for each field that has to be mended before the submission can be stored.

    `rules` name the time zone of a chosen day (UTC without them); without `now` no end is held against the clock.
    """
    lacking = _missing(callback_id, values)
    return lacking | _ends_over(callback_id, values, rules or Rules(), now) if now else lacking


def _ends_over(callback_id: str, values: Mapping[str, str], rules: Rules, now: datetime) -> dict[str, str]:
    """Every form with a day in it: one that is over is told there, before the rest of the form is gone."""
    if callback_id == ids.STORAGE_VIEW:
        return storage_end_faults(values, rules, now)
    if callback_id == ids.CREATE_POLICY_VIEW:
        ends_at = end_of_policy(values.get(ids.POLICY_ENDS_BLOCK, ""))
        return {ids.POLICY_ENDS_BLOCK: POLICY_ENDS_LATER} if ends_at is not None and ends_at <= now else {}
    if callback_id in ids.EXCEPTION_VIEWS:
        return missing_of_exception(callback_id, values, rules, now)
    if callback_id == ids.BY_RULE_VIEW:
        values = {**values, ids.LASTS_BLOCK: ids.UNTIL_DATE}
    elif callback_id != ids.APPROVE_VIEW:
        return {}
    try:
        return end_faults(approval_choice(Kind.APPLICATION, values, rules, now), now)
    except NotAChoice:
        return {}  # told as lacking already


def _missing(callback_id: str, values: Mapping[str, str]) -> dict[str, str]:
    if callback_id == ids.DENY_VIEW:
        return _missing_reason(values)
    if callback_id == ids.HAND_OVER_VIEW:
        return _missing_receiver(values)
    if callback_id == ids.SEND_BACK_VIEW and not says(values.get(ids.REASON_BLOCK, ""), SENTENCE_LETTERS):
        return {ids.REASON_BLOCK: "Say what should be looked at again; the first person reads it."}
    if callback_id in _MODE_VIEWS and not says(values.get(ids.MODE_BECAUSE_BLOCK, "")):
        return {ids.MODE_BECAUSE_BLOCK: "Say why no scoped policy serves; it stays in the record."}
    if callback_id == ids.STORAGE_VIEW:
        return storage_faults(values)
    if callback_id == ids.GRANT_VIEW:
        fault = fault_in_reason(values.get(ids.REASON_BLOCK, "").strip())
        return {ids.REASON_BLOCK: fault} if fault else {}
    if callback_id in ids.POLICY_VIEWS:
        return _missing_of_policy(callback_id, values)
    if callback_id in ids.EXCEPTION_VIEWS:
        return missing_of_exception(callback_id, values, Rules())
    if callback_id == ids.BY_RULE_VIEW:
        why = {} if says(values.get(ids.REASON_BLOCK, "")) else {ids.REASON_BLOCK: NEEDS_REASON}
        return why | _missing_of_approval({**values, ids.LASTS_BLOCK: ids.UNTIL_DATE})
    return _missing_of_approval(values) if callback_id == ids.APPROVE_VIEW else {}


def _missing_of_approval(values: Mapping[str, str]) -> dict[str, str]:
    """What the inputs alone show to be lacking; kind and rules are asked at the press and change none of it."""
    try:
        return choice_faults(approval_choice(Kind.APPLICATION, values, Rules(), _ANY_TIME))
    except NotAChoice as error:
        return {error.block_id: str(error)}


def _missing_reason(values: Mapping[str, str]) -> dict[str, str]:
    """A denial needs a reason: one of the list, words of one's own, or both."""
    given = values.get(ids.DENY_REASON_BLOCK) or says(values.get(ids.REASON_BLOCK, ""), SENTENCE_LETTERS)
    return {} if given else {ids.REASON_BLOCK: _NO_REASON}


def _missing_receiver(values: Mapping[str, str]) -> dict[str, str]:
    """Handing over needs a sentence, and to a person that person."""
    missing = {}
    if values.get(ids.TO_BLOCK) == ids.TO_PERSON and not values.get(ids.PERSON_BLOCK):
        missing[ids.PERSON_BLOCK] = "Choose the person."
    if not says(values.get(ids.REASON_BLOCK, ""), SENTENCE_LETTERS):
        missing[ids.REASON_BLOCK] = "Say in a sentence what the receiver has to know."
    return missing


_NEEDED_OF_POLICY = {
    ids.TAKE_BACK_VIEW: {ids.REASON_BLOCK: "Say why it is taken back."},
    ids.PROMOTE_VIEW: {},
    ids.CREATE_POLICY_VIEW: {
        ids.POLICY_NAME_BLOCK: "The policy needs a name.",
        ids.REASON_BLOCK: "Say why the policy is right.",
    },
    ids.NOT_NOW_VIEW: {ids.REASON_BLOCK: "Say why not now."},
}


def _missing_of_policy(callback_id: str, values: Mapping[str, str]) -> dict[str, str]:
    """What a form for policies needs, and a computer group where that reach was chosen."""
    wanted = dict(_NEEDED_OF_POLICY[callback_id])
    if values.get(ids.REACH_BLOCK) == Reach.COMPUTER_GROUP.value:
        wanted[ids.COMPUTER_GROUP_BLOCK] = "Choose the computer group."
    missing = {block: sentence for block, sentence in wanted.items() if not _is_filled(block, values)}
    if callback_id == ids.PROMOTE_VIEW:
        how, who = validation_faults(values.get(ids.VALIDATED_BLOCK, ""), values.get(ids.CONFIRMED_BLOCK, ""))
        found = {ids.VALIDATED_BLOCK: how, ids.CONFIRMED_BLOCK: who}
        missing |= {block: sentence for block, sentence in found.items() if sentence}
    return missing


def unsaid(view: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """An approval's justification where the form needs one, typed so that it says nothing: Slack asks for a letter."""
    block = _block(view, ids.REASON_BLOCK) if view.get("callback_id") == ids.APPROVE_VIEW else None
    if block is None or block.get("optional") is not False or says(values.get(ids.REASON_BLOCK, "")):
        return {}
    return {ids.REASON_BLOCK: "Say why in words: it stands in the record."}


def _block(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any] | None:
    held = view.get("blocks")
    found = [block for block in held if isinstance(block, Mapping)] if isinstance(held, list) else []
    return next((block for block in found if block.get("block_id") == block_id), None)


def _is_filled(block_id: str, values: Mapping[str, str]) -> bool:
    """Whether a field holds what is asked for; a reason has to say something."""
    typed = values.get(block_id, "")
    return says(typed) if block_id == ids.REASON_BLOCK else bool(typed.strip())
