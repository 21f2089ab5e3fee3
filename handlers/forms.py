"""What a modal's submission still lacks, told in the acknowledgement itself: field by field, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import ids
from permissions import Reach


def missing_inputs(callback_id: str, values: Mapping[str, str]) -> dict[str, str]:
    """Block id and sentence for each field that has to be filled before the submission can be stored."""
    if callback_id == ids.DENY_VIEW:
        return (
            {}
            if values.get(ids.REASON_BLOCK)
            else {ids.REASON_BLOCK: "Say why; the requestor reads exactly this."}
        )
    if callback_id != ids.APPROVE_VIEW:
        return {}
    reach = values.get(ids.REACH_BLOCK, Reach.COMPUTER.value)
    if reach == Reach.COMPUTER.value:
        return {}
    wanted = {
        ids.VALIDATED_BLOCK: "Needed for anything wider than the computer: how was it validated?",
        ids.CONFIRMED_BLOCK: "Needed for anything wider than the computer: who in the business confirmed?",
    }
    if reach == Reach.COMPUTER_GROUP.value:
        wanted[ids.COMPUTER_GROUP_BLOCK] = "Choose the computer group."
    return {block: sentence for block, sentence in wanted.items() if not values.get(block)}
