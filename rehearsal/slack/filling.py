"""The ids that Slack makes up for blocks and elements that the app sent without one."""

import copy

from rehearsal.slack.errors import Json
from rehearsal.slack.identifiers import random_word
from rehearsal.slack.input_state import elements_of


def fill_in_ids(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks in which every block has a `block_id` and every element an `action_id`."""
    filled = copy.deepcopy(blocks)
    for block in _all_blocks(filled):
        block.setdefault("block_id", random_word(5))
    for _block, element in elements_of(filled):
        element.setdefault("action_id", random_word(5))
    return filled


def _all_blocks(blocks: list[Json]) -> list[Json]:
    found = []
    for block in blocks:
        found.append(block)
        inner = (
            block["elements"]
            if block["type"] == "carousel"
            else block.get("child_blocks") or block.get("tasks")
        )
        found += _all_blocks(inner or [])
    return found
