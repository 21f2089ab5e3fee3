"""What becomes of each command of the pages: it is run, it is run elsewhere, or it says why it is run nowhere.

A command that stands on a page and not here fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.docs.place import EXPORT


@dataclass(frozen=True)
class Run:
    """It is typed as it stands."""

    says: str = ""
    """What its output holds, as a regular expression."""
    status: int = 0
    instead: dict[str, str] = field(default_factory=dict)
    """What a reader puts in the place of words of the page."""
    first: str = ""
    """What is typed before, since the page's sentences say so."""
    has_run: bool = False
    """Gatehouse has run here before: there is a record."""
    then: str = ""
    """What is typed after, to see what became of it."""
    brings_a_card: bool = False
    """The first card stands in the stand-in's channel soon."""


@dataclass(frozen=True)
class Serves:
    """It is typed in the background, and told to stop as soon as it has said this."""

    says: str
    instead: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asks:
    """It is typed at a terminal, and asked these answers."""

    answers: tuple[str, ...]
    first: str = ""
    then: str = ""


@dataclass(frozen=True)
class Dry:
    """`make` itself says what it would do, and does nothing."""


@dataclass(frozen=True)
class Helps:
    """The sentence is about the command, with whatever arguments: its help answers."""


@dataclass(frozen=True)
class Elsewhere:
    """A test that takes longer does it, or one that has more at hand: its file, and a word of that file."""

    file: str
    words: str


@dataclass(frozen=True)
class NotHere:
    """It cannot be done here, or would harm."""

    why: str


How = Run | Serves | Asks | Dry | Helps | Elsewhere | NotHere
_SIGNED = Elsewhere(
    "tests/docs/test_releasing.py", "test_the_pages_words_sign_a_tag_that_verifies_and_is_pushed"
)
_BY_HAND = Elsewhere("tests/audit/test_by_hand.py", "test_the_commands_of_the_page_check_a_signature")
_LOCKED = Elsewhere("tests/deploy/test_packages.py", "test_its_steps_make_a_gatehouse_that_works_alone")
_OLD_COPY = "mv data lost"
_ANSWERS = ("approvals", "escalations", "gatehouse-audit", "approvers", "approvers", "anna@example.com",
            "NORTHWIND\\anna")  # fmt: skip
_EXPORTED = "test -f record.jsonl || gatehouse audit export record.jsonl"
_SEALS = (
    'python3 -c \'import json; [print(one["last"], one["digest"], sep="=") '
    'for one in map(json.loads, open("record.jsonl")) if one["type"] == "seal"]\' > seals.txt'
)
_FREE = "printf '\\n[health]\\nport = 0\\n' >> gatehouse.toml"
"""Other tests run beside this one, and the page's own port is one for all."""

HOW: Final[dict[str, How]] = {
    # README, and what others repeat of it
    "git clone <this repository> gatehouse && cd gatehouse": Run(then="test -f Makefile"),
    "pipx install .": Run(first="test -f pyproject.toml || cp {repository}/pyproject.toml ."),
    "mkdir first-card && cd first-card": Run(),
    "gatehouse sandbox slack --port 8201 --env slack.env > slack.log &": Run(),
    "gatehouse sandbox portal --port 8202 --env portal.env > portal.log &": Run(),
    "until [ -s slack.env ] && [ -s portal.env ]; do sleep 0.2; done": Run(),
    "set -a && . ./slack.env && . ./portal.env && set +a": Run(),
    "gatehouse init --cards approvals --escalations escalations --audit gatehouse-audit --approvers approvers "
    "--team approvers --administrator anna@example.com --account 'NORTHWIND\\anna'": Run(
        "access.toml", then=_FREE
    ),
    "gatehouse check": Run("Ready to run"),
    "gatehouse run 2> gatehouse.log &": Run(brings_a_card=True),
    "gatehouse init": Asks(
        _ANSWERS, first="test ! -e gatehouse.toml || { mkdir real && cd real; }", then=_FREE
    ),
    "gatehouse run": Serves('"event": ?"running"|running'),
    "python3 -m venv /opt/gatehouse": Run(then="test -x /opt/gatehouse/bin/pip"),
    "/opt/gatehouse/bin/pip install --require-hashes -r requirements.lock": _LOCKED,
    "/opt/gatehouse/bin/pip install --no-deps .": _LOCKED,
    "gatehouse init --help": Run("--administrator"),
    "gatehouse example gatehouse.toml": Run(r"\[slack\]"),
    "gatehouse manifest": Run("oauth_config"),
    "gatehouse docs": Run("operations"),
    "gatehouse backup FILE": Run("verified|recomputed", instead={"FILE": "copy"}, has_run=True),
    "gatehouse sandbox portal": Serves("portal +http"),
    "gatehouse sandbox slack": Serves("api +http"),
    "gatehouse --version": Run(r"gatehouse \d+\.\d+"),
    "gatehouse demo": Elsewhere("tests/rehearsal/test_demo.py", "main(['demo'])"),
    "gatehouse rehearse": Serves("http://127"),
    "uv build --wheel": Elsewhere("tests/deploy/test_wheel.py", '"hatchling", "build", "-t", "wheel"'),
    # Who may do what
    "gatehouse permissions check access.toml": Run("access.toml: "),
    "gatehouse permissions people": Run("Ana Silva", first="cp ../given/access.toml ."),
    "gatehouse permissions who approve application computer contoso": Run("ana"),
    "gatehouse permissions explain ana approve application computer contoso": Run("Approve for Group"),
    "gatehouse permissions explain ana approve application computer_group contoso": Run("Approve for Group"),
    "gatehouse permissions who deny elevation computer contoso --json": Run(r'"contoso"|\['),
    "gatehouse permissions list --json": Run("Approve for Group"),
    "gatehouse permissions schema": Run(r'"\$schema"'),
    "gatehouse permissions confirm": Run(has_run=True),
    "gatehouse example access.toml": Run("end_mark"),
    "gatehouse access import --csv people.csv": Run("Max Berg"),
    "gatehouse access import --csv people.csv > people.patch": Run(then="patch -p0 --dry-run < people.patch"),
    "gatehouse access import --user-group approvers --user-group helpdesk > people.patch": Run(
        then="patch -p0 --dry-run < people.patch"
    ),
    "gatehouse access import --portal > roles.patch": Run(),
    "gatehouse access import --portal": Run(),
    "gatehouse access drift": Run(),
    "gatehouse access drift > access.patch": Run(),
    "export SLACK_BOT_TOKEN=... SLACK_APP_TOKEN=... PORTAL_TOKEN=...": Run(
        first="mkdir -p flags && cd flags"
    ),
    "gatehouse init --portal b --cards approvals --escalations escalations --audit gatehouse-audit --approvers "
    "approvers --administrator eli.roth@northwind-msp.example --account 'NORTHWIND\\eli.roth'": Run(
        "access.toml",
        then="cd ..",
    ),
    # Keeping it
    "gatehouse check --offline": Run("were not asked"),
    "gatehouse check --send-test": Run("There is no second way to test", status=1),
    "gatehouse run --accept-older-ledger": Serves("running"),
    "gatehouse backup /backups/gatehouse-2026-11-29": Run("recomputed|verified", has_run=True),
    "gatehouse restore /backups/gatehouse-2026-11-29": Run("recomputed", first=_OLD_COPY),
    "gatehouse audit key": Run("BEGIN PUBLIC KEY", has_run=True),
    "gatehouse audit key --new": Run(has_run=True),
    "openssl rand -hex 32": Run("^[0-9a-f]{64}"),
    "uv tool install": NotHere("names a way, not a command: it wants a package"),
    "uv tool install --compile-bytecode": NotHere("names a way, not a command: it wants a package"),
    "pipx install": NotHere("names a way, not a command: it wants a package"),
    "systemd-analyze verify": Elsewhere("tests/deploy/test_packages.py", 'analyze, "verify", unit'),
    "helm template": Elsewhere("tests/deploy/test_chart.py", ".render(values"),
    "kubectl apply": NotHere("there is no cluster; tests/deploy/test_chart.py holds what it would be given"),
    "docker build": Elsewhere("tests/deploy/test_image.py", '_buildah("'),
    # The record
    "gatehouse audit verify record.jsonl": Run("verified", first="cp ../given/record.jsonl ."),
    "gatehouse audit verify record.jsonl --public-key public.pem --seal 1200=0f3a5c0e9b1c7a34d28860c2e57f91ab43d60e8c"
    "7f25b91d3a64f0785ec2194b": Run(
        "proven|verified",
        first="cp ../given/* .",
        instead={"1200=0f3a5c0e9b1c7a34d28860c2e57f91ab43d60e8c7f25b91d3a64f0785ec2194b": EXPORT.typed(1)},
    ),
    "gatehouse audit verify record.jsonl --public-key public.pem --seals seals.txt": Run("proven|verified"),
    "gatehouse report record.jsonl --since 2026-11-01": Run(),
    "gatehouse audit export record.jsonl": Run(
        r"record\.jsonl: \d+ events", has_run=True, first="rm -f record.jsonl"
    ),
    "gatehouse audit export FILE": Run("events", instead={"FILE": "another.jsonl"}, has_run=True),
    "gatehouse audit key > public.pem": Run(has_run=True, then="grep -q PUBLIC public.pem"),
    "gatehouse audit verify record.jsonl --public-key public.pem --seal N=DIGEST --seals seals.txt": Run(
        "verified", first=f"{_EXPORTED}; {_SEALS}", instead={"N=DIGEST": "$(head -n 1 seals.txt)"}
    ),
    "printf 'gatehouse seal\\n%s\\n%s\\n%s\\n' NUMBER LAST DIGEST > seal.txt": _BY_HAND,
    "printf '%s' SIGNATURE | base64 -d > seal.sig": _BY_HAND,
    "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in seal.txt -sigfile seal.sig": _BY_HAND,
    # Trying, developing, releasing
    "gatehouse rehearse --port 8080": Serves("http://127", instead={"8080": "0"}),
    "gatehouse sandbox slack --manifest FILE": Serves(
        "api +http", instead={"FILE": "{repository}/app_manifest.yml"}
    ),
    "export CI=true": Run(),
    "make help": Run("make demo", instead={"make": "make -C {repository}"}),
    "python3 -m tests.docs.notes 0.2.0 > notes.txt": _SIGNED,
    "git tag --sign v0.2.0 --file notes.txt": _SIGNED,
    "git tag --verify v0.2.0": _SIGNED,
    "git push origin v0.2.0": _SIGNED,
    "git config user.signingkey KEYID": _SIGNED,
    "git config gpg.format ssh": _SIGNED,
    "docker build -t gatehouse:0.2.0 .": Run(first="cd {repository}"),
    "python -m tests.flows.presses": Elsewhere("tests/flows/test_presses.py", "PAGE"),
    "python -m tests.browser.measure": Elsewhere("tests/browser/measure.py", "python -m"),
    "python -m tests.released": Elsewhere("tests/ledger/test_upgrade.py", "sample("),
    "python -m tests.simulation SEED": Elsewhere("tests/simulation/test_replay.py", "kept:"),
    "python -m tests.shift earlier_yes": Elsewhere("tests/shift/replay.py", '"earlier_yes"'),
    "python -m tests.shift plans": Elsewhere("tests/shift/replay.py", "plans"),
    "apt-get install chromium": NotHere("changes the machine; .ci/run does it where it is missing"),
    "kill -9": NotHere("names what is done to a process; tests/crashes does it"),
}
HELPS: Final = frozenset(
    {
        "audit export",
        "audit verify",
        "access import",
        "permissions who",
        "permissions check",
        "permissions explain",
        "report",
        "plan explain",
    }
)
"""What sentences are about without arguments, or with a placeholder for all of them."""


def how(command: str) -> How | None:
    """What becomes of it; None: nobody has thought of it."""
    if command in HOW:
        return HOW[command]
    if command.split(maxsplit=1)[0] == "make":
        return Dry()
    named = command.removeprefix("gatehouse ").split(" …")[0].removesuffix(" EXPORT")
    return Helps() if named in HELPS else None
