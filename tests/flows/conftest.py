"""One rehearsed scene for each flow: its own stand-ins, its own Valkey, its own folder; nothing is shared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.scene import Scene, set_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """A running bot on a stage, on a working morning, writes on."""
    async with set_scene(tmp_path) as playing:
        yield playing


@pytest.fixture
async def one_person(tmp_path: Path) -> AsyncIterator[Scene]:
    """The same where no approval needs two people."""
    alone = {"second_approval": {"reaches": (), "unseen_wider_than_computer": False}}
    async with set_scene(tmp_path, overrides=alone) as playing:
        yield playing


@pytest.fixture
async def two_bots(tmp_path: Path) -> AsyncIterator[Scene]:
    """Two replicas on one ledger."""
    async with set_scene(tmp_path, bots=2) as playing:
        yield playing


@pytest.fixture
async def rehearsal(tmp_path: Path) -> AsyncIterator[Scene]:
    """The same with writes off, as after installing."""
    async with set_scene(tmp_path, writes="off") as playing:
        yield playing
