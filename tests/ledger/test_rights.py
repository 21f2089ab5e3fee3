"""The least rights that a server's user needs (docs/ledger.md): enough, and one less is named."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from bot.checkup.findings import Weight
from bot.checkup.server import examine
from bot.ledger import Ledger
from bot.ledger.connection import client_of, execute
from bot.ledger.durability import ASKED, IN_SCRIPTS, OF_A_GROUP
from bot.settings import LedgerSection
from tests.ledger.build import LEASE, case, change, committed, press
from tests.ledger.servers import free_port, kinds_of_server, server

ROOT: Final = Path(__file__).resolve().parents[2]
LEDGER: Final = ROOT / "bot" / "ledger"
KEPT: Final = ("appendonly yes", "appendfsync always")


def the_rule() -> list[str]:
    """The words of the rule in docs/ledger.md, from the keys on."""
    text = (ROOT / "docs" / "ledger.md").read_text("utf-8")
    found = re.search(r"^user gatehouse on >PASSWORD ([^`]*)^```", text, re.MULTILINE)
    assert found is not None
    return found[1].split()


RULE: Final = the_rule()
COMMANDS: Final = [word.removeprefix("+") for word in RULE if word.startswith("+")]


@pytest.fixture(params=kinds_of_server())
def program(request: pytest.FixtureRequest) -> Path | None:
    """Each kind of server that the machine has."""
    found: Path | None = request.param
    return found


@asynccontextmanager
async def serving(folder: Path, program: Path | None, words: list[str]) -> AsyncIterator[str]:
    """A server with this one user; its address as that user."""
    port = free_port()
    users = ("user default on >keeper ~* &* +@all", f"user gatehouse on >secret {' '.join(words)}")
    async with server(folder, port, *KEPT, *users, program=program, password="keeper"):
        yield f"redis://gatehouse:secret@127.0.0.1:{port}"


async def told(url: str) -> list[tuple[Weight, str]]:
    """What `check` finds that is not well."""
    found = await examine(LedgerSection(redis_url=SecretStr(url)))
    return [(one.weight, one.sentence) for one in found if one.weight is not Weight.GOOD]


async def test_the_rule_is_enough(tmp_path: Path, program: Path | None) -> None:
    async with serving(tmp_path / "one", program, RULE) as url:
        assert await told(url) == []
        ledger = await Ledger.connect(url, replica_id="replica-1")
        await committed(ledger, change((case(), 0)))
        assert await ledger.store_press(press())
        assert len(await ledger.take_presses(10, LEASE)) == 1
        await ledger.tick()
        assert await ledger.chain.seal() is not None
        await ledger.chain.redact("case-1")
        assert [line async for line in ledger.chain.export()]
        await ledger.index.make_whole()
        assert await ledger.index.count() == 1
        await ledger.close()


async def test_one_right_less_is_named_at_the_start(tmp_path: Path, program: Path | None) -> None:
    """Also a right that only a press would need."""
    async with serving(tmp_path / "one", program, RULE) as url:
        keeper = client_of(url.replace("gatehouse:secret", "default:keeper"))
        for missing in COMMANDS:
            if missing in ("wait", "config|get"):
                continue
            await execute(keeper, "ACL", "SETUSER", "gatehouse", f"-{missing}")
            [(weight, sentence)] = await told(url)
            assert weight is Weight.FAULT
            assert re.search(rf"\b{re.escape(missing)}\b", sentence, re.IGNORECASE), sentence
            assert "the rights that docs/ledger.md lists" in sentence
            await execute(keeper, "ACL", "SETUSER", "gatehouse", f"+{missing}")
        assert await told(url) == []
        await keeper.aclose()


async def test_without_its_settings_to_read_it_is_said_what_is_not_known(tmp_path: Path) -> None:
    async with serving(tmp_path / "one", None, [word for word in RULE if word != "+config|get"]) as url:
        [(weight, sentence)] = await told(url)
    assert weight is Weight.WARNING
    assert "CONFIG GET" in sentence


@pytest.mark.parametrize("keys", ["~other*", "%R~{gatehouse}* ~other*", ""])
async def test_too_few_keys_are_named(tmp_path: Path, keys: str) -> None:
    async with serving(tmp_path / "one", None, [keys, *RULE[1:]]) as url:
        [(weight, sentence)] = await told(url)
    assert weight is Weight.FAULT
    assert "key" in sentence
    assert "the rights that docs/ledger.md lists" in sentence


async def test_a_server_that_renames_commands_is_told(tmp_path: Path) -> None:
    port = free_port()
    async with server(tmp_path / "one", port, *KEPT, "rename-command XADD append-to"):
        [(weight, sentence)] = await told(f"redis://127.0.0.1:{port}")
    assert weight is Weight.FAULT
    assert "does not know XADD" in sentence


class TestTheList:
    """The rule is what the code asks for, and nothing else."""

    def test_of_the_rule_and_of_the_check(self) -> None:
        told = {*IN_SCRIPTS, *ASKED, *OF_A_GROUP}
        assert {one.upper() for one in COMMANDS} == told | {"EVALSHA", "SCRIPT|LOAD", "CONFIG|GET"}
        assert RULE[0] == "~{gatehouse}*"
        assert RULE[1] == "-@all"

    def test_of_the_scripts(self) -> None:
        text = "\n".join(file.read_text("utf-8") for file in (LEDGER / "scripts").glob("*.lua"))
        called = re.findall(r"redis\.p?call\(([^),]*)", text)
        assert all(re.fullmatch(r"'[A-Z]+'", one) for one in called), (
            "a name that is worked out is not seen here"
        )
        assert {one.strip("'") for one in called} == set(IN_SCRIPTS)

    def test_of_what_is_asked_beside_the_scripts(self) -> None:
        """Of our own server, which needs no rights, more is asked."""
        ours = {"embedded.py", "backup.py"}
        text = "\n".join(file.read_text("utf-8") for file in LEDGER.glob("*.py") if file.name not in ours)
        asked = set(re.findall(r'\(\s*"([A-Z]+(?: [A-Z]+)?)",', text)) - {"WRONGTYPE", "DECR"}
        known = {*IN_SCRIPTS, *ASKED, *OF_A_GROUP, "EVALSHA", "SCRIPT LOAD", "CONFIG GET"}
        assert asked <= known, "name it in bot/ledger/durability.py, and in the rule of docs/ledger.md"
        assert set(ASKED) <= asked
