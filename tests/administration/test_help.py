"""Who sees which commands in the help: the look-ups everybody, the administrators' words who can use them."""

from __future__ import annotations

from handlers.commands import ROWS
from rehearsal.portal.faults import FaultKind
from tests.administration.office import Office

OF_ADMINISTRATORS = [row for row in ROWS if not row.needs.seen_by_all]
OF_ALL = [row for row in ROWS if row.needs.seen_by_all]


async def helped(office: Office, who: str) -> str:
    """The help as this person reads it, in one line."""
    return " ".join((await office.types(who, "help")).split())


async def test_an_administrator_of_rights_sees_every_command_and_where(office: Office) -> None:
    office.more.append(
        '[[grants]]\npeople = ["mia"]\norganizations = ["brightwater"]\npermissions = ["Role Administrator"]'
    )
    await office.accept()
    said = await helped(office, "mia")
    assert all(row.meaning in said for row in ROWS)
    assert "You can use grant and revoke for Brightwater" in said
    assert "You can use role for" in said


async def test_who_decides_requests_does_not_read_of_what_only_administrators_can(office: Office) -> None:
    said = await helped(office, "hal")
    assert all(row.meaning in said for row in OF_ALL)
    assert not [row.word for row in OF_ADMINISTRATORS if row.meaning in said]
    assert "Administrators" not in said
    assert "You can use whoami and help, as everybody can." in said


async def test_a_right_that_makes_roles_shows_their_words_alone(office: Office) -> None:
    office.more.append(
        '[[grants]]\npeople = ["hal"]\norganizations = ["brightwater"]\npermissions = ["Role Administrator"]'
    )
    await office.accept()
    said = await helped(office, "hal")
    assert [row.word for row in OF_ADMINISTRATORS if row.meaning in said] == ["role", "roles"]
    assert "You can use role for Brightwater" in said


async def test_while_the_portal_is_away_nothing_is_hidden(office: Office) -> None:
    """Who may use what cannot be told; each command is judged anyway."""
    office.bench.portal.faults.set(FaultKind.SERVER_ERROR)
    said = await helped(office, "hal")
    assert all(row.meaning in said for row in ROWS)
