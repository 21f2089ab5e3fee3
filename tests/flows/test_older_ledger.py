"""A back-up of the data is put back: what was revoked and lifted since does not come back silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import StartRefused, started
from tests.flows.scene import set_scene
from tests.flows.test_administration import administrator
from tests.older import copied, put_back


async def test_an_older_copy_of_the_data_starts_only_with_the_word(tmp_path: Path) -> None:
    async with set_scene(tmp_path, bots=0) as scene:
        async with started(scene.stage.settings) as running:
            scene.bots = [running]
            mia, hal = await administrator(scene), scene.hand("hal")
            await mia.command(
                "/gatehouse", "grant @hal Approve for Single Computer at brightwater for 1h because ill"
            )
            await mia.hears("Hal Novak has Approve for Single Computer")
            copy = await copied(scene.stage.ledger_url)
            await mia.command("/gatehouse", "suspend @hal because his laptop was stolen")
            await mia.hears("Hal Novak is suspended")
            await scene.quiet()
        await put_back(scene.stage.ledger_url, copy)
        assert (await scene.ledger.given()).given.suspensions == ()
        with pytest.raises(StartRefused, match="older than what was seen"):
            async with started(scene.stage.settings):
                pytest.fail("it started on an older ledger")
        async with started(scene.stage.settings, accept_older=True) as running:
            scene.bots = [running]
            said = await scene.said("audit", "An older ledger is in use, on purpose", "Hal Novak")
            assert "Approve for Single Computer" in said
            _, card = await scene.carded(computer="BRW-WS-007")
            await hal.approve(card)
            await hal.hears("Not done", "was stopped by Mia Brandt")
            assert scene.writes == []
        async with started(scene.stage.settings):
            assert (await scene.ledger.given()).given.grants == ()
