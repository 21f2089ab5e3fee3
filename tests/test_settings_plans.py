"""What `gatehouse.toml` may say of tiers and plans, and what it is told where it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.models.rotas import TierSection
from bot.rules.rotas import tiers_of
from bot.settings import Settings, load
from tests.test_settings import LEAST, problems_of, written


def of(tmp_path: Path, text: str) -> Settings:
    return load(written(tmp_path, LEAST + text), files_only=True)


def test_a_tier_is_a_user_group_people_and_a_channel(tmp_path: Path) -> None:
    """Those of [escalation] are there without a table, and a table may stand in their place."""
    text = """[escalation]
team_user_group = "S1"
approvers_user_group = "S2"
[tiers.leads]
user_group = "S3"
people = ["ana"]
channel = "C7"
[tiers.team]
people = ["bo"]
"""
    tiers = tiers_of(of(tmp_path, text).rules())
    assert {name: (each.user_group, each.people, each.channel) for name, each in tiers.items()} == {
        "team": ("", ("bo",), ""),
        "approvers": ("S2", (), ""),
        "leads": ("S3", ("ana",), "C7"),
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[tiers.x]\n", ["[tiers.x]", "calls nobody", "user_group, people or channel"]),
        ('[tiers.x]\nuser_group = "C1"\n', ["[tiers.x] user_group", "no user group id"]),
        ('[tiers.x]\nchannel = "S1"\n', ["[tiers.x] channel", "no channel id"]),
        ('[tiers.x]\npeople = [""]\n', ["[tiers.x] people"]),
        ('[tiers.x]\npeoples = ["ana"]\n', ["[tiers.x] peoples is no setting", "[tiers.x] people"]),
        ('[tiers.on_duty]\nuser_group = "S1"\n', ["[tiers]", "on_duty is the team or the approvers"]),
        ('[tiers]\npeople = ["ana"]\n', ['"people" stands in none', "[tiers.NAME]"]),
        ("tiers = 5\n" + LEAST, ["[tiers]", "write a table"]),
    ],
)
def test_a_fault_in_a_tier_is_told(tmp_path: Path, text: str, names: list[str]) -> None:
    whole = text if text.startswith("tiers =") else LEAST + text
    [sentence] = problems_of(tmp_path, whole)
    assert all(name in sentence for name in names), sentence


def test_a_tier_of_nobody_is_not_made_by_code_either() -> None:
    with pytest.raises(ValueError, match="calls nobody"):
        TierSection()
