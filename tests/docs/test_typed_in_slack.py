"""What the pages say to type in Slack is typed: each line must be understood, whatever it then finds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.lookup.question import BlockQuestion, parse_question
from bot.models.rotas import RotaSection, TierSection
from tests.administration.office import Office, open_office
from tests.desk import Bench
from tests.docs.snippets import fenced

TYPED = [
    line for snippet in fenced() if not snippet.kind for line in snippet.text.splitlines() if line[:1] == "/"
]
ON_CALL = [line.removeprefix("/gatehouse ") for line in TYPED if line.startswith("/gatehouse oncall ")]
BLOCKED = [line.removeprefix("/blocked ") for line in TYPED if line.startswith("/blocked ")]
ROTAS = {
    name: {"zone": "UTC", "people": people, "starts": "2026-11-16", "hand_over": "mon 08:00"}
    for name, people in (("week", ["ana", "bo", "cai"]), ("turn", ["bo", "ana"]))
}


def test_every_line_is_typed_below() -> None:
    assert len(TYPED) == len(ON_CALL) + len(BLOCKED)
    assert ON_CALL
    assert BLOCKED


@pytest.fixture
async def office(bench: Bench) -> Office:
    """Ana is on call for the leads, as on the page."""
    made = await open_office(bench)
    made.bench.with_rules(
        tiers={"leads": TierSection(rota=tuple(ROTAS), people=("kim",))},
        rotas={name: RotaSection.model_validate(table) for name, table in ROTAS.items()},
        away={},
    )
    return made


@pytest.mark.parametrize("line", ON_CALL)
async def test_a_line_about_who_is_on_call_is_understood(line: str, office: Office) -> None:
    said = await office.types("ana", line)
    told = [one.event for one in await office.bench.ledger.events() if "not_judged" in one.event.name]
    assert "not_understood" not in {str(one.facts.get("outcome")) for one in told}, said


async def test_a_line_that_is_not_understood_would_be_seen(office: Office) -> None:
    await office.types("ana", "oncall take leads until someday")
    assert (await office.bench.last("administration_not_judged")).facts["outcome"] == "not_understood"


@pytest.mark.parametrize("line", BLOCKED)
def test_a_look_up_is_understood(line: str) -> None:
    assert isinstance(parse_question(line, datetime(2026, 11, 18, 10, tzinfo=UTC), "UTC"), BlockQuestion)
