"""Both stand-ins with a workspace as an installer finds it: channels, user groups, people of every sort."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.installing import Talk
from bot.settings.environment import Environment
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox, load_manifest
from rehearsal.slack.run import populate
from rehearsal.stage.stage import MANIFEST


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@dataclass
class Outside:
    """What an installer finds."""

    slack: SlackSandbox
    portal: PortalSandbox
    monkeypatch: pytest.MonkeyPatch

    def know(self, **secrets: str) -> None:
        """What stands in the environment: the stand-ins' addresses and tokens, but for what is given here."""
        known = {
            "SLACK_API_URL": self.slack.base_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "PORTAL_URL": self.portal.base_url,
            "PORTAL_TOKEN": self.portal.token,
        }
        for name, value in (known | secrets).items():
            self.monkeypatch.setenv(name, value)

    def forget(self, *names: str) -> None:
        for name in names:
            self.monkeypatch.delenv(name, raising=False)

    async def lose_scope(self, scope: str) -> None:
        """The app was installed without this scope: in another workspace, since scopes come with the installation."""
        narrow = load_manifest(MANIFEST)
        narrow["oauth_config"]["scopes"]["bot"].remove(scope)
        await self.slack.close()
        self.slack = SlackSandbox(narrow)
        await self.slack.start()
        populate(self.slack)
        self.know()


@pytest.fixture
async def outside(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outside]:
    slack, portal = SlackSandbox(load_manifest(MANIFEST)), PortalSandbox()
    await slack.start()
    await portal.start()
    populate(slack)
    found = Outside(slack, portal, monkeypatch)
    found.know()
    try:
        yield found
    finally:
        await found.slack.close()
        await portal.close()


@dataclass
class Somebody:
    """Whoever sits at the terminal: answers one question after the other."""

    answers: Sequence[str]
    asked: list[str] = field(default_factory=list)
    secretly: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def talk(self) -> Talk:
        left: Iterator[str] = iter(self.answers)

        def ask(question: str) -> str:
            self.asked.append(question)
            return next(left)

        def ask_secretly(question: str) -> str:
            self.secretly.append(question)
            return ask(question)

        return Talk(ask, ask_secretly, self.said.append, is_there=True)


@dataclass
class Nobody:
    """Nobody sits there: everything has to be given."""

    said: list[str] = field(default_factory=list)

    def talk(self) -> Talk:
        def refuse(question: str) -> str:
            raise AssertionError(question)

        return Talk(refuse, refuse, self.said.append, is_there=False)
