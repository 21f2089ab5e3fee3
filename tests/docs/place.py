"""Where the commands of a page are run: a shell with an empty home, both stand-ins, and an installation."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bot.audit import new_key
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox, load_manifest
from rehearsal.slack.run import populate
from tests.audit.build import record
from tests.docs.snippets import ROOT
from tests.ledger.servers import free_port

LIMIT_S: Final = 150.0
"""For one command; the slowest takes some three seconds on an idle machine."""
_DONE: Final = "--- done: "
EMAIL: Final = "eli.roth@northwind-msp.example"
ACCESS: Final = """\
version = 1
end_mark = true

[organizations]
contoso = "{contoso}"

[people.ana]
name = "Ana Silva"
slack = ["{ana}"]
portal = ["CONTOSO\\\\ana.silva"]

[people.eli]
name = "Eli Roth"
slack = ["{eli}"]
portal = ["CONTOSO\\\\eli.roth"]

[[grants]]
people = ["ana"]
organizations = ["contoso"]
permissions = ["Approve for Group"]

[[grants]]
people = ["eli"]
organizations = ["contoso"]
roles = ["Administrator"]

[end]
"""
CSV: Final = (
    "name,slack,portal,organizations,permissions\nMax Berg,{max},CONTOSO\\max.berg,contoso,View Approvals\n"
)
KEY: Final = new_key()
EXPORT: Final = record(["asked", "refused", "approved", "asked", "ended", "ended"], sign=KEY.sign)
"""What an auditor is given."""
# What the tools of others do that are not run here: they take what the page says, and nothing else.
STAND_INS: Final = {
    "pipx": '[ "$*" = "install ." ] && grep -q \'^gatehouse = \' pyproject.toml',
    "docker": '[ "$1 $2 $4" = "build -t ." ] && [ "${3#gatehouse:}" != "$3" ] && [ -f Dockerfile ]',
}


@dataclass
class Shell:
    """One shell to which lines are typed, one after the other; what it begins in the background lives on."""

    process: asyncio.subprocess.Process

    async def types(self, line: str) -> tuple[int, str]:
        """The exit status, and what was printed until then."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\nprintf '\\n{_DONE}%s\\n' $?\n".encode())
        said: list[str] = []
        async with asyncio.timeout(LIMIT_S):
            while not (told := await self._line()).startswith(_DONE):
                said.append(told)
        return int(told.removeprefix(_DONE)), "".join(said)

    async def _line(self) -> str:
        assert self.process.stdout is not None
        told = (await self.process.stdout.readline()).decode()
        if not told:
            raise AssertionError("the shell has ended")
        return told


@dataclass
class Scene:
    """What the commands of a page find."""

    folder: Path
    slack: SlackSandbox
    portal: PortalSandbox
    ids: dict[str, str]
    ports: dict[str, str] = field(default_factory=lambda: {one: str(free_port()) for one in ("8201", "8202")})

    @property
    def words(self) -> dict[str, str]:
        """What a reader puts in the place of a page's words; here also free ports, and folders of this test."""
        return self.ports | {
            "<this repository>": str(ROOT),
            "/opt/gatehouse": f"{self.folder}/opt",
            "/backups/": f"{self.folder}/backups/",
            "--portal b": f"--portal {self.portal.base_url}",
            "SLACK_BOT_TOKEN=...": f"SLACK_BOT_TOKEN={self.slack.bot_token}",
            "SLACK_APP_TOKEN=...": f"SLACK_APP_TOKEN={self.slack.app_token}",
            "PORTAL_TOKEN=...": f"PORTAL_TOKEN={self.portal.token}",
            "--approvers approvers --administrator": "--approvers approvers --team approvers --administrator",
        }

    def room(self, name: str, *, installed: bool) -> Path:
        """A folder to work in: with the people of the pages, what an auditor was given, and an installation or none."""
        room = self.folder / name
        room.mkdir()
        (room / "people.csv").write_text(CSV.format(**self.ids))
        if installed:
            self._install(room)
        return room

    def _install(self, room: Path) -> None:
        channels = {one.name: one.id for one in self.slack.workspace.channels.values()}
        group = self.ids["approvers"]
        (room / "gatehouse.toml").write_text(
            f'[slack]\nteam_id = "{self.slack.team_id}"\n[health]\nport = 0\n'
            f'[routing.default]\ncard = "{channels["approvals"]}"\nescalation = "{channels["escalations"]}"\n'
            f'audit = "{channels["gatehouse-audit"]}"\n[access]\nfile = "access.toml"\nportal_roles = true\n'
            f'[escalation]\napprovers_user_group = "{group}"\nteam_user_group = "{group}"\n'
        )
        (room / ".env").write_text("".join(f"{name}={value}\n" for name, value in self.secrets.items()))
        (room / ".env").chmod(0o600)
        (room / "access.toml").write_text((self.folder / "given" / "access.toml").read_text())

    @property
    def secrets(self) -> dict[str, str]:
        """As they stand in `.env`."""
        return {
            "SLACK_API_URL": self.slack.base_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "PORTAL_URL": self.portal.base_url,
            "PORTAL_TOKEN": self.portal.token,
        }


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """Both stand-ins, with the people of the pages and an organization that is called Contoso."""
    slack, portal = SlackSandbox(load_manifest(ROOT / "app_manifest.yml")), PortalSandbox()
    await slack.start()
    populate(slack)
    await portal.start()
    contoso = portal.organization_id("brightwater")
    held = portal.world.organizations[contoso]
    portal.world.organizations[contoso] = replace(held, name="contoso", display_name="Contoso")
    ids = {name: slack.add_person(name) for name in ("ana", "max")}
    ids["eli"] = slack.add_person("eli", email=EMAIL)
    ids["helpdesk"] = slack.add_user_group("helpdesk", [ids["max"]])
    groups = {one.handle: one.id for one in slack.workspace.user_groups.values()}
    for one in ("home", "bin", "backups"):
        (folder / one).mkdir()
    ids |= {"contoso": contoso, "approvers": groups["approvers"]}
    (folder / "given").mkdir()
    (folder / "given" / "access.toml").write_text(ACCESS.format(**ids))
    (folder / "given" / "record.jsonl").write_text("\n".join(EXPORT.lines))
    (folder / "given" / "public.pem").write_text(KEY.public_text())
    (folder / "given" / "seals.txt").write_text(f"{EXPORT.typed(0)}\n{EXPORT.typed(1)}\n")
    try:
        yield Scene(folder, slack, portal, ids)
    finally:
        await slack.close()
        await portal.close()


@asynccontextmanager
async def shell(folder: Path, room: Path, **more: str) -> AsyncIterator[Shell]:
    """A shell that knows our command, Python, what every machine has, and stand-ins for what is not run here."""
    ours = Path(sys.executable).parent
    _program(folder / "bin" / "gatehouse", f'exec {shlex.quote(str(ours / "gatehouse"))} "$@"')
    for name in ("python3", "python"):
        _program(folder / "bin" / name, f'exec {shlex.quote(sys.executable)} "$@"')
    _program(folder / "bin" / "uv", f'exec {shlex.quote(str(ours / "uv"))} "$@"')
    for name, takes in STAND_INS.items():
        _program(folder / "bin" / name, takes)
    environment = {
        "HOME": str(folder / "home"),
        "PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        # Another owner's checkout may be cloned.
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        "/bin/bash", "--norc", cwd=room, env=environment | more, start_new_session=True,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    typed = Shell(process)
    try:
        yield typed
        # What a page has left in the background: a bot that is killed would leave its server.
        await typed.types("kill $(jobs -p) 2> /dev/null; wait")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


def _program(path: Path, does: str) -> None:
    path.write_text(f"#!/bin/bash\n{does}\n", "utf-8")
    path.chmod(0o755)
