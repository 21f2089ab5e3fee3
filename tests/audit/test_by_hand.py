"""`docs/record.md`: what the auditor is told to do by hand, done as it stands there."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.audit import new_key, signed_text
from tests.audit.build import record

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text("utf-8")
KEY = new_key()
SIGNED = record(["asked", "refused", "approved", "asked", "ended", "ended"], sign=KEY.sign)


def test_the_programs_of_the_page_prints_every_seal(tmp_path: Path) -> None:
    (tmp_path / "record.jsonl").write_text("\n".join(SIGNED.lines), "utf-8")
    program = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert program is not None
    ran = subprocess.run(  # noqa: S603 - the page's own program
        [sys.executable, "-c", program[1]], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == [SIGNED.typed(0), SIGNED.typed(1)]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
@pytest.mark.parametrize("digest", [SIGNED.seals[0].digest, "f" * 64])
def test_the_commands_of_the_page_check_a_signature(tmp_path: Path, digest: str) -> None:
    seal = SIGNED.seals[0]
    commands = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert commands is not None
    said = {"NUMBER": str(seal.number), "LAST": str(seal.last), "DIGEST": digest, "SIGNATURE": seal.signature}
    script = re.sub("|".join(said), lambda found: said[found[0]], commands[1])
    (tmp_path / "public.pem").write_text(KEY.public_text())
    ran = subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert (ran.returncode == 0) is (digest == seal.digest), ran.stderr


def test_what_is_signed_is_what_the_page_says() -> None:
    seal = SIGNED.seals[0]
    assert signed_text(seal) == f"gatehouse seal\n{seal.number}\n{seal.last}\n{seal.digest}\n".encode()
    assert len(base64.b64decode(seal.signature)) == 64
