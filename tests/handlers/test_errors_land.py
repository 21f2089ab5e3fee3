"""P4: an error of a submission names an input that the modal holds; Slack drops an answer that names another one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.kit import ids
from bot.models import Reach
from tests.handlers.bolt import Entrance, said, submission


def held(callback_id: str, blocks: list[str], **values: str) -> dict[str, Any]:
    """A submitted modal with these inputs; what was chosen stands in its state."""
    state = {
        block: {ids.INPUT: {"type": "radio_buttons", "selected_option": {"value": value}}}
        for block, value in values.items()
    }
    return submission(
        {
            "callback_id": callback_id,
            "state": {"values": state},
            "blocks": [{"type": "input", "block_id": block, "element": {}} for block in blocks],
        }
    )


@pytest.mark.parametrize(
    ("callback_id", "blocks", "values"),
    [
        # The portal lists no computer group, so there is none to choose.
        (
            ids.STORAGE_VIEW,
            [ids.REACH_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK],
            {ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value},
        ),
        # A reach that was never offered: nothing asks how it was validated.
        (ids.STORAGE_VIEW, [ids.REACH_BLOCK], {ids.REACH_BLOCK: Reach.ORGANIZATION.value}),
        (ids.HAND_OVER_VIEW, [ids.TO_BLOCK, ids.REASON_BLOCK], {ids.TO_BLOCK: ids.TO_PERSON}),
    ],
)
async def test_what_is_missing_is_told_at_an_input_that_is_there(
    callback_id: str, blocks: list[str], values: dict[str, str]
) -> None:
    entrance = Entrance()
    answer = said(await entrance.deliver(held(callback_id, blocks, **values)))
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) <= set(blocks)
    assert answer["errors"]
    assert entrance.outcomes == []


async def test_sentences_that_share_an_input_are_all_told() -> None:
    body = held(ids.STORAGE_VIEW, [ids.REACH_BLOCK], **{ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value})
    (told,) = said(await Entrance().deliver(body))["errors"].values()
    assert "how was it validated" in told
    assert "Choose the computer group" in told
