"""`/gatehouse plan`: the time line of a case that the asker may see; `gatehouse plan explain`, of none at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.desk import Amendment, amend, event_of
from bot.rules import lifecycle
from handlers.commands import gatehouse
from rehearsal.portal.faults import FaultKind
from tests.lookup.house import House
from tests.test_settings import LEAST

pytestmark = pytest.mark.made_up

VIEW = "View Approvals"


async def asked(house: House, slack_id: str, text: str) -> str:
    return (await house.ask(gatehouse, slack_id, text, name="/gatehouse")).text


async def test_it_tells_what_happens_when_and_why(house: House) -> None:
    alex = await house.asker(VIEW)
    case = await house.case(computer="BRW-WS-001")
    text = await asked(house, alex, f"plan {case.case_id}")
    assert "the ceiling: whoever is on duty" in text
    assert "Plan usual: no plan of the settings takes it." in text
    assert "BRW-WS-001" not in text, "what happens, not what is asked"
    event = (await house.last_event()).event
    assert (event.name, event.facts["outcome"], event.facts["of_case"]) == (
        "plan_read",
        "shown",
        case.case_id,
    )


async def test_a_case_that_one_may_not_see_is_none(house: House) -> None:
    alex = await house.asker(VIEW, at="marlow")
    case = await house.case(computer="CVL-WS-001")
    hidden = await asked(house, alex, f"plan {case.case_id}")
    assert hidden == await asked(house, alex, "plan c0nothing")
    assert "There is no case of that id that you may see." in hidden


async def test_without_an_id_or_the_portals_organizations_it_says_what_is_missing(house: House) -> None:
    alex = await house.asker(VIEW)
    assert "Name the case by the id" in await asked(house, alex, "plan")
    house.desk.tree._kept = None
    house.portal.faults.set(FaultKind.SERVER_ERROR, action="OrganizationGetForMoveComputers")
    assert "nobody's view can be told" in await asked(house, alex, "plan c1")


async def test_of_a_case_that_is_over_nothing_waits(house: House) -> None:
    alex = await house.asker(VIEW)
    case = await house.case(computer="BRW-WS-001")
    request_id = case.requests[0].facts.request_id
    over = lifecycle.settle(case, request_id, lifecycle.WITHDRAWN, house.desk.now())
    assert await amend(
        house.desk, case.case_id, lambda held: Amendment(over, [event_of("case_withdrawn", None, held)])
    )
    await house.desk.ledger.claim_effects(100, timedelta(seconds=30))
    assert "Nothing of it waits any more." in await asked(house, alex, f"plan {case.case_id}")


# On the command line


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    config = tmp_path / "gatehouse.toml"
    config.write_text(LEAST + '[plans.lift]\nkinds = ["elevation"]\noutside = "hold"\n')
    (tmp_path / "access.toml").write_text(
        'version = 1\n[organizations]\nContoso = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"\n'
    )
    return config


def test_a_request_that_nobody_made_is_explained(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["elevation,", "Saturday", "23:00,", "Contoso"]
    assert main(["plan", "explain", *words, "--config", str(installed)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("elevation, usual, Contoso (times in UTC)\n  Sat ")
    assert "the hours begin, and the clock starts" in told
    assert "- Plan lift: it takes this kind of request" in told


def test_what_is_no_request_and_what_is_no_file_are_told(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "explain", "Fabrikam", "--config", str(installed)]) == 1
    assert "No organization is called “Fabrikam”" in capsys.readouterr().err
    (installed.parent / "access.toml").unlink()
    assert main(["plan", "explain", "Contoso", "--config", str(installed)]) == 1
    assert "It knows none by name" in capsys.readouterr().err
    installed.write_text("[plans.x]\nsteps = []\n")
    assert main(["plan", "explain", "--config", str(installed)]) == 1
    assert "never reaches the ceiling" in capsys.readouterr().err
