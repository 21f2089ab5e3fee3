"""`python -m tests.released`: records a data folder of this program into `tests/released`."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.ledger.door import SCHEMA
from tests.flows.scene import Scene, set_scene
from tests.released import ABOUT, HERE

_KEPT = ("appendonlydir/*", "dump.rdb")


async def _record(folder: Path) -> dict[str, object]:
    """What the bot of a rehearsal leaves behind; the server is stopped at the end."""
    async with set_scene(folder) as scene:
        about = await _play(scene)
        await scene.quiet()
        about["events"] = len(await scene.events())
        about["grants"] = len((await scene.ledger.given()).given.grants)
        about["secret"] = scene.stage.settings.ledger_secret().hex()
    return about


async def _play(scene: Scene) -> dict[str, object]:
    _, approved = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await scene.hand("ana").approve(approved)
    await approved.shows("Approved")
    _, denied = await scene.carded(computer="BRW-WS-001", product="draftwright")
    await scene.hand("ana").deny(denied, "Not business software")
    await denied.shows("Denied")
    waiting = [
        (await scene.carded("elevate", computer="BRW-WS-003", product="labelpress"))[0],
        (await scene.carded(computer="BRW-WS-002", product="quickfix"))[0],
    ]
    words = "grant @hal Approve for Single Computer at brightwater for 8h because Ana is ill"
    await scene.hand("zoe").command("/gatehouse", words)
    await scene.event("grant_given")
    return {"open_requests": waiting}


def _packed(data: Path, about: dict[str, object], file: Path) -> None:
    with tarfile.open(file, "w:gz") as packed:
        for each in sorted(found for pattern in _KEPT for found in data.glob(pattern)):
            packed.add(each, each.relative_to(data).as_posix())
        text = json.dumps(about, indent=1).encode()
        entry = tarfile.TarInfo(ABOUT)
        entry.size = len(text)
        packed.addfile(entry, io.BytesIO(text))


def main() -> None:
    """Record it."""
    with TemporaryDirectory(prefix="gh") as name:
        about = asyncio.run(_record(Path(name)))
        file = HERE / f"schema{SCHEMA}.tar.gz"
        _packed(Path(name) / "data", about, file)
    sys.stdout.write(f"{file}: {file.stat().st_size} bytes, {about['events']} events.\n")


if __name__ == "__main__":
    main()
