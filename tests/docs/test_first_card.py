"""A newcomer's path: from an empty home folder to the first card, by the README's words alone, timed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
AT_MOST_S: Final = 300.0
"""Ten minutes are promised for an installation; half of them are for reading and for slower networks."""
PORT: Final = "8201"
"""As the page has it."""
_PASSED_ON: Final = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "NO_PROXY",
)
_LOCAL: Final = shutil.ignore_patterns(
    ".git", ".venv*", ".image", ".*cache", ".hypothesis", "node_modules", "__pycache__"
)
"""What a clone has not."""


def words() -> str:
    """The README's own block."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"### To the first card.*?```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.skipif("CI" not in os.environ, reason="fetches all packages anew: in CI only")
@pytest.mark.timeout(400)
def test_the_readmes_words_lead_to_the_first_card(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """In a copy of the checkout, as a clone is one."""
    tools, home, checkout = tmp_path / "tools", tmp_path / "home", tmp_path / "gatehouse"
    tools.mkdir()
    home.mkdir()
    shutil.copytree(ROOT, checkout, ignore=_LOCAL)
    # What pipx does, by pip itself: it finds packages where `make test` has found them.
    app = f"{home}/app/bin"
    installed = f"{app}/pip install -qq --disable-pip-version-check . && ln -s {app}/gatehouse {tools}/"
    script = words().replace("pipx install . ", f"{sys.executable} -m venv {home}/app && {installed} ")
    environment = {
        "HOME": str(home),
        "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    environment |= {
        name: said for name, said in os.environ.items() if name in _PASSED_ON or name.startswith("PIP_")
    }
    begun = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - the page's own words
        ["/bin/bash", "-e", "-c", f"{script}\nwait"], cwd=checkout, env=environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as shell:  # fmt: skip
        try:
            card = first_card(begun + AT_MOST_S, lambda: shell.poll() is None)
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
            said, _ = shell.communicate(timeout=60)
    took = time.monotonic() - begun
    assert card, said + "".join(one.read_text("utf-8") for one in checkout.glob("first-card/*.log"))
    assert "Ready to run." in said
    assert took < AT_MOST_S
    record_property("seconds", round(took))
    print(f"From an empty home folder to the first card: {took:.0f} s.")


def first_card(until: float, goes_on: Callable[[], bool], port: str = PORT) -> dict[str, Any] | None:
    """The first message with buttons in #approvals; None when it goes on no longer or the time is over before."""
    while time.monotonic() < until and goes_on():
        try:
            state = asked("state", port)
            channel = next(one["id"] for one in state["channels"] if one["name"] == "approvals")
            person = next(one["id"] for one in state["people"] if one["name"] == "anna")
            seen = asked(f"people/{person}/sees?channel={channel}", port)
        except (urllib.error.URLError, ConnectionError, StopIteration):
            seen = []
        for message in seen:
            if any(block["type"] == "actions" for block in message.get("blocks", [])):
                return dict(message)
        time.sleep(0.2)  # another process's work, over HTTP: there is no event to wait for
    return None


def asked(what: str, port: str) -> Any:
    address = f"http://127.0.0.1:{port}/_sandbox/{what}"
    with urllib.request.urlopen(address, timeout=5) as answer:
        return json.load(answer)
