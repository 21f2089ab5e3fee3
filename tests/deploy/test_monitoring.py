"""The board and the alert rules: they name metrics that there are, and each alert has its paragraph."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client import Metric

from bot.app.health import AGES, OLDEST
from bot.metrics import Metrics
from tests.flows.scene import set_scene
from tests.ledger.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "gatehouse.rules.yml"
SCENES = Path(__file__).with_name("alerts.test.yml")
BOARD = ROOT / "deploy" / "grafana" / "gatehouse.json"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
_NAME = re.compile(r"gatehouse_\w+")
_SELECTOR = re.compile(r"(gatehouse_\w+)(?:\{([^}]*)\})?")
_BY = re.compile(r"\bby \(([^)]*)\)")


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


def exported() -> dict[str, set[str]]:
    """Every series that the process exports, with its labels."""
    metrics = Metrics()
    # Nothing public tells the labels of a metric without children.
    made: list[Any] = list(metrics.registry._collector_to_names)
    labels = {each._name: set(each._labelnames) for each in made}
    families: list[Metric] = list(metrics.registry.collect())
    return {
        family.name + suffix: labels[family.name] | ({"le"} if suffix == "_bucket" else set())
        for family in families
        for suffix in _SUFFIXES[family.type]
    }


def test_every_metric_and_label_that_is_asked_for_is_exported() -> None:
    known = exported()
    for text in expressions():
        names = _NAME.findall(text)
        assert names, text
        for name, selector in _SELECTOR.findall(text):
            assert name in known, text
            asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
            assert asked <= known[name], text
        grouped = {label.strip() for labels in _BY.findall(text) for label in labels.split(",")}
        assert grouped <= set.union(*(known[name] for name in names)), text


def test_the_promised_times_are_bounds_of_the_buckets() -> None:
    bounds = {float(one) for text in expressions() for one in re.findall(r'le="([\d.]+)"', text)}
    histogram = Metrics().decision_seconds._histogram
    assert bounds <= set(histogram._kwargs["buckets"])


def test_every_alert_has_its_paragraph_and_its_words() -> None:
    for rule in rules():
        assert f"**{rule['alert']}**" in OPERATIONS
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
    told = set(re.findall(r"\*\*(Gatehouse\w+)\*\*", OPERATIONS))
    assert told == {rule["alert"] for rule in rules()}, "the page tells of an alert that there is not"


def test_every_panel_says_what_it_shows_and_overlaps_none() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    assert max(x for x, _ in taken) < 24


def test_the_ages_past_the_ceiling_are_asked_for_as_they_are_counted() -> None:
    """All of them: `30+` as a pattern is a three and noughts, so that the oldest cases raised no alert."""
    asked = [one for text in expressions() for one in re.findall(r'minutes=~"([^"]*)"', text)]
    assert len(asked) == 2
    past = {"15-30", OLDEST}
    assert past < {*AGES, OLDEST}
    for pattern in asked:
        assert {age for age in (*AGES, OLDEST) if re.fullmatch(pattern, age)} == past


@pytest.mark.parametrize("act", [("check", RULES), ("test", SCENES)], ids=lambda act: act[0])
def test_prometheus_itself_takes_the_rules_and_raises_each_alert(act: tuple[str, Path]) -> None:
    """Where its tool is installed, as CI does; elsewhere its absence is said."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed")
    command = [tool, act[0], "rules", str(act[1])]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert found.returncode == 0, found.stderr


def test_every_alert_is_raised_in_a_scene() -> None:
    scenes = yaml.safe_load(SCENES.read_text(encoding="utf-8"))["tests"]
    raised = {one["alertname"] for scene in scenes for one in scene["alert_rule_test"] if "exp_alerts" in one}
    well = {one["alertname"] for one in scenes[0]["alert_rule_test"]}
    assert raised == well == {rule["alert"] for rule in rules()}


@asynccontextmanager
async def prometheus(folder: Path, scraped: str) -> AsyncIterator[str]:
    """Prometheus itself with our rules, which asks one bot each second; its address."""
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "gatehouse", "static_configs": [{"targets": [scraped]}]}],
    }
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(yaml.safe_dump(config), "utf-8")
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *("prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}"),
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        process.terminate()
        await process.wait()


async def _answered(session: aiohttp.ClientSession, url: str, **asked: str) -> Any:
    async with session.get(url, params=asked) as answer:
        told = await answer.json()
    assert told["status"] == "success", told
    return told["data"]


async def _scraped_and_judged(session: aiohttp.ClientSession, api: str) -> tuple[Any, Any]:
    """Once every rule was evaluated, on a bot that was asked."""
    async with asyncio.timeout(60):
        while True:
            try:
                [target] = (await _answered(session, f"{api}/targets"))["activeTargets"]
                [group] = (await _answered(session, f"{api}/rules"))["groups"]
            except (aiohttp.ClientConnectionError, ValueError):
                await asyncio.sleep(0.1)  # It is not there yet; nothing tells when it is.
                continue
            if target["health"] != "unknown" and all(rule["health"] != "unknown" for rule in group["rules"]):
                return target, group
            await asyncio.sleep(0.1)


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
async def test_prometheus_itself_scrapes_a_bot_and_answers_every_rule_and_panel(tmp_path: Path) -> None:
    (tmp_path / "scene").mkdir()
    async with (
        set_scene(tmp_path / "scene") as scene,
        prometheus(tmp_path, f"127.0.0.1:{scene.bot.health.bound_port}") as api,
        aiohttp.ClientSession() as session,
    ):
        await scene.carded()
        target, group = await _scraped_and_judged(session, api)
        assert (target["health"], target["lastError"]) == ("up", "")
        assert {rule["name"]: rule.get("lastError", "") for rule in group["rules"]} == {
            rule["alert"]: "" for rule in rules()
        }
        for text in expressions():
            await _answered(session, f"{api}/query", query=text.replace("$__rate_interval", "1m"))
        names = set(await _answered(session, f"{api}/label/__name__/values"))
    # What counts events is there with the first one; the rest is asked for above, and found in it.
    assert {"gatehouse_open_cases", "gatehouse_open_cases_by_age", "gatehouse_late_steps"} <= names
