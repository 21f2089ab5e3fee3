"""`python -m tests.fuzz TARGET SECONDS`: Atheris draws bytes, guided by which lines they reach; the parsers read them.

A target lets out nothing but the refusal that it promises. What is found is printed with its bytes and written to
`crash-…`; it then gets a case of its own in `tests/hostile`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

try:
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore] # optional
except ImportError:
    sys.exit("Atheris is not installed: pip install atheris (Linux, Python 3.11 to 3.13). Then again.")

with atheris.instrument_imports(include=["bot", "handlers", "permissions", "tomllib", "json", "csv"]):
    from pydantic import ValidationError

    from bot.administration import duty_orders, orders, role_orders, silencing
    from bot.audit import (
        About,
        KeyFault,
        PartFound,
        fitting,
        kept_seals,
        ocsf_rows,
        part_rows,
        read_public_keys,
        table_rows,
        verify_export,
    )
    from bot.cards.kit import ids
    from bot.cards.kit.carried import carried
    from bot.lookup.question import parse_question
    from bot.maintenance import orders as maintenance_orders
    from bot.models import Rules
    from bot.portal.errors import Answer, PortalError, error_of
    from bot.portal.facts import facts_of, state_of
    from bot.portal.listing import object_of, page_of, row_in
    from bot.portal.looking import digest_of_row
    from bot.portal.wire import ApprovalRequestRow
    from bot.rules.timeline import NotARequest, explained
    from handlers import payloads
    from handlers.payloads import NotUnderstood
    from permissions import AccessFileError, parse_access_document

from rehearsal.stage.cast import ROLES, Cast, access_document
from tests.audit.build import record
from tests.cards.samples import NOW
from tests.handlers.bolt import click, submission

ZONE = "Europe/Berlin"


def _portal(text: str) -> None:
    answer = Answer("X", 200, text, text[:200])
    with suppress(PortalError):
        object_of(answer)
    with suppress(PortalError):
        for piece in page_of(answer).rows:
            digest_of_row(piece)
            with suppress(ValueError, RecursionError):
                row_in(piece)
    error_of(answer, NOW)
    with suppress(ValueError, RecursionError, ValidationError, PortalError):
        row = ApprovalRequestRow.read(json.loads(text))
        facts_of(row)
        state_of(row)


def _slack(text: str) -> None:
    with suppress(ValueError, RecursionError):
        bends = json.loads(text)
        if isinstance(bends, dict):
            for make, body in ((payloads.button_press, click()), (payloads.modal_press, submission())):
                with suppress(NotUnderstood):
                    make({**body, **bends}, NOW).model_dump_json()
    view = submission()["view"] | {"private_metadata": text}
    with suppress(NotUnderstood):
        payloads.modal_press({**submission(), "view": view}, NOW).model_dump_json()
    held = carried(text)
    assert carried(str(held)) == held
    for parse in (ids.parse_ref, ids.parse_more, ids.parse_because):
        parse(text)


def _typed(text: str) -> None:
    parse_question(text, NOW, ZONE)
    orders.read_grant(text, orders.Terms(NOW, ZONE, timedelta(hours=12), timedelta(days=7)))
    for read in (
        *(orders.read_revoke, orders.read_person_order, role_orders.read_role_order),
        *(duty_orders.read_take, duty_orders.read_swap, duty_orders.read_override, duty_orders.read_away),
        maintenance_orders.read_computer,
    ):
        read(text)
    silencing.read_order(text, NOW, ZONE, timedelta(days=30))
    with suppress(NotARequest):
        explained(text, Rules(), {"contoso": "org-contoso"}, NOW)


def _access(text: str) -> None:
    with suppress(AccessFileError):
        parse_access_document(text)


EXPORT = list(record(["case_opened", "looked_up", "case_opened"]).lines)


def _audit(text: str) -> None:
    lines = text.splitlines(keepends=True)
    verify_export(lines)
    verify_export([*EXPORT[:3], *lines, *EXPORT[3:]])
    for rows in (part_rows, lambda each, _: table_rows(each), lambda each, _: ocsf_rows(each)):
        about = About()
        with suppress(ValueError):
            list(fitting(rows(lines, about), about, PartFound()))
    with suppress(ValueError):
        kept_seals(lines)
    with suppress(KeyFault):
        read_public_keys([text])


TARGETS: dict[str, Callable[[str], None]] = {
    "portal": _portal,
    "slack": _slack,
    "typed": _typed,
    "access": _access,
    "audit": _audit,
}


_PEOPLE = Cast({role.key: f"U0{role.key.upper()}" for role in ROLES})
_ROW = {"approvalRequestId": "0d9c2b5e-0000-4000-8000-000000000001", "statusId": 1, "actionType": "execute"}
SEEDS: dict[str, Sequence[str]] = {
    "portal": (json.dumps([_ROW]), json.dumps(_ROW), '{"data":[null]}'),
    "slack": (
        'c0123456789abcdef.12+c2.3:a5@C0123|{"reason":"x"}',
        json.dumps(click()),
        json.dumps(submission()),
    ),
    "typed": (
        '"C:\\x y.exe" 24h in Brightwater',
        "grant <@U0BO> Approve for Group at brightwater for 4h because of the nights",
        "elevation, Saturday 23:00, Contoso",
    ),
    "access": (access_document(_PEOPLE, {"rowanbridge": "a", "brightwater": "b"}),),
    "audit": ("\n".join(EXPORT), "41=" + "b" * 64),
}


def main(target: str, seconds: str) -> None:
    """Fuzz one target for so long, beginning with what is right."""
    read = TARGETS[target]

    def one(data: bytes) -> None:
        # Half of a character comes from JSON that names it; otherwise what arrives is text.
        read(data.decode("utf-8", "surrogateescape"))

    with tempfile.TemporaryDirectory() as corpus:
        for number, text in enumerate(SEEDS[target]):
            (Path(corpus) / str(number)).write_text(text, "utf-8")
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={seconds}", "-max_len=8192"], one)
        atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in TARGETS or not sys.argv[2].isdigit():
        sys.exit(f"usage: python -m tests.fuzz {'|'.join(TARGETS)} SECONDS")
    main(sys.argv[1], sys.argv[2])
