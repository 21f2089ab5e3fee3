"""`gatehouse demo` plays its whole story, as often as the forms and cards that it plays with change."""

from __future__ import annotations

import asyncio
import sys

import pytest


@pytest.mark.timeout(300)
async def test_the_demo_keeps_everything_that_it_promises() -> None:
    """In a process of its own: it sets up the log for a terminal."""
    code = "import sys; from bot.cli import main; sys.exit(main(['demo']))"
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await demo.communicate()
    assert demo.returncode == 0, said.decode()[-3000:]
    assert "promises kept" in said.decode()
