"""P4, P9, P10: whatever comes from outside is read, or refused in words. Nothing that parses lets an exception out.

Each strategy mixes three things: what is right, what is right with something bent, and what is nothing at all.
"""

from __future__ import annotations

import functools
import json
import string
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from slack_sdk.signature import SignatureVerifier

from bot.administration import duty_orders, orders, role_orders, silencing
from bot.app.slackside import _could_be_signed
from bot.audit import (
    About,
    KeyFault,
    PartFound,
    counted,
    fitting,
    kept_seals,
    ocsf_rows,
    part_rows,
    read_about,
    read_key,
    read_public_keys,
    table_rows,
    verify_export,
)
from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.lookup.question import parse_question
from bot.maintenance import orders as maintenance_orders
from bot.models import Press, Rules
from bot.portal.errors import Answer, PortalError, error_of, retry_after_s
from bot.portal.facts import facts_of, state_of
from bot.portal.lenient import Wire
from bot.portal.listing import object_of, page_of, row_in
from bot.portal.looking import digest_of_row
from bot.portal.wire import ApprovalRequestRow
from bot.rules.timeline import NotARequest, explained
from bot.settings import SettingsError, load
from handlers import payloads
from handlers.payloads import NotUnderstood
from permissions import AccessFileError, parse_access_document
from rehearsal.stage.cast import ROLES, Cast, access_document
from tests.audit.build import record
from tests.cards.samples import NOW
from tests.handlers.bolt import click, command, submission

DEEP = "[" * 5000
ODD_TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "\x00",
            "\ud800",
            "\u202e",
            "\ufeff",
            "null",
            "true",
            "0",
            "-1",
            "1e999",
            "NaN",
            "[]",
            "{}",
            DEEP,
        ),
        *(
            '{"a":' * 3000,
            "9" * 5000,
            "0000-00-00T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "<!channel>",
            "\u0661",
        ),
    ]
)
TEXTS = st.text(max_size=40) | ODD_TEXTS
ODD = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=12
)
EXAMPLES = settings(max_examples=120)


def bent(text: str) -> st.SearchStrategy[str]:
    """A text with a piece cut out, doubled, or replaced by something odd."""

    def bend(at: int, length: int, instead: str) -> str:
        return text[:at] + instead + text[at + length :]

    places = st.integers(0, len(text))
    return st.builds(bend, places, st.integers(0, 30), TEXTS) | places.map(lambda at: text[:at]) | TEXTS


def refused(error: type[Exception], read: Callable[[], object]) -> Exception | None:
    """The refusal that it was met with, which says something; None where it was read."""
    try:
        read()
    except error as told:
        if not str(told):
            raise AssertionError("refused without a word") from told
        return told
    return None


# The portal's answers


def _models(base: type[Wire] = Wire) -> list[type[Wire]]:
    return [each for one in base.__subclasses__() for each in (one, *_models(one))]


def _member(model: type[Wire]) -> st.SearchStrategy[str]:
    camel = [string.capwords(name, "_").replace("_", "") for name in model.model_fields]
    return st.sampled_from([each[0].lower() + each[1:] for each in camel])


@pytest.mark.unmeasured
@pytest.mark.parametrize("model", _models(), ids=lambda one: one.__name__)
def test_any_object_of_the_portal_is_read_or_is_a_misfit(model: type[Wire]) -> None:
    @settings(max_examples=25)
    @given(st.dictionaries(_member(model) | TEXTS, JSON, max_size=6))
    def reads(received: dict[str, Any]) -> None:
        try:
            read = model.read(received)
        except ValidationError:
            return
        assert read.raw == received or received != received  # noqa: PLR0124 - a NaN is not itself

    reads()


_ROW = {"approvalRequestId": "0d9c2b5e-0000-4000-8000-000000000001", "statusId": 1, "actionType": "execute"}


@pytest.mark.unmeasured
@EXAMPLES
@given(st.dictionaries(_member(ApprovalRequestRow), JSON, max_size=8))
def test_a_request_that_can_be_read_has_facts_and_a_state(bends: dict[str, Any]) -> None:
    try:
        row = ApprovalRequestRow.read({**_ROW, **bends})
    except ValidationError:
        return
    try:
        facts_of(row)
    except PortalError:
        assume(False)
    state_of(row)


@EXAMPLES
@given(JSON.map(json.dumps) | TEXTS, TEXTS, st.integers(100, 599), TEXTS, st.booleans())
@example(DEEP, DEEP, 200, "", True)
@example("[]", DEEP, 200, "", True)
def test_any_answer_is_a_page_an_object_or_an_error_of_the_portal(
    body: str, pagination: str, status: int, retry: str, whole: bool
) -> None:
    answer = Answer("X", status, body, pagination, retry, is_whole=whole)
    for read in (page_of, object_of):
        try:
            read(answer)
        except PortalError:
            continue
    assert isinstance(error_of(answer, NOW), PortalError)
    retry_after_s(retry, NOW)


@EXAMPLES
@given(
    st.lists(JSON, max_size=4) | st.fixed_dictionaries({"data": st.lists(JSON, max_size=4)}),
    st.sampled_from((None, 1)),
)
@example([{"path": "\ud800"}, {"size": float("nan")}, None], None)
def test_the_rows_of_a_page_are_those_of_the_whole_answer(told: Any, indent: int | None) -> None:
    """Each is found in the text and read for itself, or all of it is read at once: it is the same row."""
    answer = Answer("X", 200, json.dumps(told, indent=indent))
    rows = told if isinstance(told, list) else told["data"]
    try:
        page = page_of(answer)
    except PortalError:
        assert rows
        assert not any(isinstance(one, dict | None) for one in rows)
    else:
        assert json.dumps([row_in(piece) for piece in page.rows]) == json.dumps(rows)
        is_row = [digest_of_row(piece) is not None for piece in page.rows]
        assert is_row == [isinstance(one, dict) for one in rows]


# What comes from Slack


_SHAPED = {"click": click(), "submission": submission(), "command": command()}
_MAKERS: dict[str, Callable[[Any, datetime], Press]] = {
    "click": payloads.button_press,
    "submission": payloads.modal_press,
    "command": payloads.command_press,
}


def _paths(tree: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(path for key, value in inner for path in _paths(value, (*at, key)))]


def _put(tree: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = _put(copy[path[0]], path[1:], value)
    return copy


@pytest.mark.unmeasured
@EXAMPLES
@given(st.data())
def test_any_member_of_a_payload_may_be_anything(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(_SHAPED)))
    body: Any = _SHAPED[kind]
    for path in data.draw(st.lists(st.sampled_from(_paths(body)[1:]), max_size=3)):
        if path in _paths(body):
            body = _put(body, path, data.draw(JSON))
    payloads.route_named(body)
    payloads.modal_values(body["view"]) if isinstance(body.get("view"), dict) else None
    try:
        press = _MAKERS[kind](body, NOW)
    except NotUnderstood:
        return
    press.model_dump_json()  # It can be stored.
    assert press.slack_user_id
    assert press.slack_team_id


@EXAMPLES
@given(bent("c0123456789abcdef0123456789abcdef.12+c2.3:a5@C0123|" + '{"reason":"x"}'))
@example("|" + DEEP)
@example("|" + '{"a":' * 3000)
@example('c1.2@C1|{"a":1e999}')
def test_any_metadata_is_read(metadata: str) -> None:
    held = carried(metadata)
    assert all(isinstance(text, str) for text in (held.ref, held.channel_id, *held.hidden.values()))
    assert carried(str(held)) == held
    for parse in (ids.parse_ref, ids.parse_more, ids.parse_because):
        parse(metadata)
    payloads.modal_press({**submission(), "view": submission()["view"] | {"private_metadata": "c1.2"}}, NOW)


# What people type


_TERMS = orders.Terms(NOW, "Europe/Berlin", timedelta(hours=12), timedelta(days=7))
_ORDERS = (
    lambda text: orders.read_grant(text, _TERMS),
    orders.read_revoke,
    orders.read_person_order,
    orders.split_person,
    orders.split_reason,
    orders.words_of,
    lambda text: orders.moment_of(text, NOW, "Europe/Berlin"),
    lambda text: orders.end_of(text, NOW),
    role_orders.read_role_order,
    duty_orders.read_take,
    duty_orders.read_swap,
    duty_orders.read_override,
    duty_orders.read_away,
    duty_orders.read_drop,
    maintenance_orders.read_computer,
    lambda text: maintenance_orders.read_start(
        {"mode": text, "span": text, "until": text}, timedelta(hours=4)
    ),
    lambda text: silencing.read_order(text, NOW, "Europe/Berlin", timedelta(days=30)),
)


@EXAMPLES
@given(
    bent("computer:BRW-WS-007 last 3h in Brightwater") | bent('"C:\\x y.exe" 24h'),
    st.sampled_from(["UTC", "Europe/Berlin"]),
)
def test_any_question_is_one_or_is_asked_back(text: str, zone: str) -> None:
    parse_question(text, NOW, zone)


_TYPED = (
    "@bo Approve for Global at brightwater until 2026-12-01T12:00 because nights are short",
    '<@U0BO> "Night shift" at Juniper Hill for 4h because nights',
    'change "Night shift" at brightwater +View Approvals -Approve for Group because of nights',
    "approvers Saturday 18:00 to Sunday 06:00 @bo because of the wedding",
    "maintenance BRW-WS-007 at brightwater",
    "unseen_file setup.exe at brightwater for 4h because it is the vendor's",
)


@EXAMPLES
@given(st.sampled_from(_TYPED).flatmap(bent))
def test_any_order_is_one_or_is_asked_back(text: str) -> None:
    for read in _ORDERS:
        read(text)


@EXAMPLES
@given(bent("elevation, Saturday 23:00, Contoso, unusual, by rvance"))
def test_any_request_that_nobody_made_is_explained_or_refused(text: str) -> None:
    refused(NotARequest, lambda: explained(text, Rules(), {"contoso": "org-contoso"}, NOW))


# Files


def _document() -> str:
    places = {
        name: f"0d9c2b5e-0000-4000-8000-00000000000{n}"
        for n, name in enumerate(("rowanbridge", "brightwater"))
    }
    return access_document(Cast({role.key: f"U0{role.key.upper()}" for role in ROLES}), places)


DOCUMENT = _document()


@pytest.mark.unmeasured
@EXAMPLES
@given(bent(DOCUMENT))
@example(DEEP)
@example("a = " + DEEP)
@example("{" * 5000)
@example("a." * 5000 + "b = 1")
def test_any_access_file_is_accepted_or_each_problem_is_named(text: str) -> None:
    no = refused(AccessFileError, lambda: parse_access_document(text))
    if no is None:
        access = parse_access_document(text)
        assert parse_access_document(access.document).digest == access.digest
    else:
        assert isinstance(no, AccessFileError)
        assert all(str(each) for each in no.problems)


SETTINGS = (Path(__file__).parents[2] / "gatehouse.example.toml").read_text("utf-8")


@pytest.mark.unmeasured
@settings(max_examples=60)
@given(bent(SETTINGS.replace("# ", "")) | bent(SETTINGS))
@example("a = " + DEEP)
@example("[slack]\nteam_id = " + DEEP)
@example("a." * 5000 + "b = 1")
def test_any_settings_are_loaded_or_each_problem_is_named(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("settings") / "gatehouse.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    refused(SettingsError, lambda: load(file, env_file=None, files_only=True))


EXPORT = record(["case_opened", "decision_refused", "looked_up", "case_opened"]).lines
LINE = EXPORT[1]


@pytest.mark.unmeasured
@EXAMPLES
@given(st.lists(st.sampled_from(EXPORT).flatmap(bent) | JSON.map(json.dumps), max_size=4))
def test_any_export_is_verified_or_each_fault_is_named(lines: list[str]) -> None:
    assert verify_export([*EXPORT[:2], *lines, *EXPORT[2:]]).problems or not "".join(lines).strip()
    for rows in (part_rows, lambda lines, _: table_rows(lines), lambda lines, _: ocsf_rows(lines)):
        about, found = About(), PartFound()
        read = fitting(rows(lines, about), about, found)
        refused(ValueError, functools.partial(list, read))
        list(counted(about, found))


@EXAMPLES
@given(bent("41=" + "b" * 64) | bent('{"seals":[{"number":1,"last":3}]}') | JSON.map(json.dumps))
def test_any_file_of_seals_or_keys_is_read_or_refused_in_words(text: str) -> None:
    refused(ValueError, lambda: kept_seals(text.splitlines()))
    refused(KeyFault, lambda: read_key(text))
    refused(KeyFault, lambda: read_public_keys([text]))
    refused(ValueError, lambda: read_about(text))


@EXAMPLES
@given(TEXTS | st.integers().map(str), bent("v0=" + "a" * 64), TEXTS)
def test_any_time_and_signature_are_held_against_the_secret_or_refused(
    stamp: str, signed: str, body: str
) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed}
    verifier = SignatureVerifier("8f742231b10e8888abcd99yyyzzz85a5")
    heard = body.encode("utf-8", "replace").decode()
    assert not (_could_be_signed(headers) and verifier.is_valid(heard, stamp, signed))
