"""The manifest decides what is installed; a name that Slack does not know is refused with a remedy."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rehearsal.slack import ManifestError, SlackSandbox, load_manifest, run_slack
from tests.rehearsal.slack.apps import manifest

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"oauth_config": {"scopes": {"bot": ["commands", "chat:wriet"]}}}, "chat:wriet"),
        ({"settings": {"event_subscriptions": {"bot_events": ["app_hom_opened"]}}}, "app_hom_opened"),
        ({"features": {"slash_commands": [{"command": "probe"}]}}, "probe"),
        ({"oauth_config": {"scopes": {"bot": ["chat:write"]}}}, "commands"),
        ({"settings": ["socket_mode_enabled"]}, "settings"),
    ],
)
def test_mistakes_in_the_manifest_are_named(change: Json, named: str) -> None:
    with pytest.raises(ManifestError, match=named):
        SlackSandbox(manifest() | change)


def test_a_manifest_file_is_json_or_yaml(tmp_path: Path) -> None:
    as_json = tmp_path / "manifest.json"
    as_json.write_text(json.dumps(manifest()), encoding="utf-8")
    assert load_manifest(as_json) == manifest()
    wrong = tmp_path / "manifest.yml"
    wrong.write_text("- a\n- b\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"manifest\.yml.*mapping"):
        load_manifest(wrong)
    wrong.write_text("a: *x\n", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"manifest\.yml: line 1"):
        load_manifest(wrong)


def test_the_manifest_of_this_repository_can_be_installed() -> None:
    slack = SlackSandbox(load_manifest(Path(__file__).parents[3] / "app_manifest.yml"))
    assert "chat:write" in slack.manifest.scopes
    assert slack.manifest.commands


async def test_it_runs_alone_with_people_of_every_sort(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest()), encoding="utf-8")
    printed = asyncio.Event()
    running = asyncio.create_task(run_slack(0, path, on_ready=printed.set))
    await printed.wait()
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    headers = {"Authorization": f"Bearer {lines['bot']}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{lines['api']}auth.test") as answer:
            assert (await answer.json())["team_id"] == lines["team"]
        async with session.get(lines["control"]) as answer:
            names = {person["name"] for person in (await answer.json())["people"]}
    assert {"anna", "gina", "gus", "petra", "stan", "dora", "otherbot", "uma"} <= names
    os.kill(os.getpid(), signal.SIGTERM)
    await running
