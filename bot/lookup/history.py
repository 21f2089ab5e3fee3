"""“History” under a blocked item: everything that the Unified Audit holds of one file on one computer."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.cards import lookup
from bot.cards.lookup import FileEvent, FileHistory
from bot.desk import Desk, Presser, Refusal, identify
from bot.lookup.reading import RowGroup, is_simulated, why_not
from bot.lookup.saying import MOST_CHARACTERS, Answered, settle
from bot.lookup.scope import Scope
from bot.models import Press
from bot.portal import BlockedRow, PortalError, is_permit
from permissions import Action, Refused, same_id

ROWS_MOST = 100
"""Rows that are asked for (our choice); what was before that is in the portal."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_OLD = "This button belongs to an older answer. Ask the question again."


@dataclass(frozen=True, slots=True)
class FileOnComputer:
    """A file on one computer of one organization; the computer by the portal's id, or by name where it told none."""

    organization_id: str
    computer_id: str
    computer: str
    path: str


def history_token(group: RowGroup) -> str:
    """What “History” of a group carries; empty where the portal could not be asked, or Slack would not carry it."""
    computer = group.computers[0] if group.computers else ""
    if not group.path or not (group.computer_id or computer):
        return ""
    packed = [group.organization_id, group.computer_id, computer, group.path]
    token = urlsafe_b64encode(json.dumps(packed, ensure_ascii=False).encode()).decode().rstrip("=")
    return token if len(token) <= MOST_CHARACTERS else ""


def file_of(token: str) -> FileOnComputer | None:
    """What a token says; None for one that is not ours."""
    if not 0 < len(token) <= MOST_CHARACTERS:
        return None
    try:
        packed = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (NotBase64, ValueError, RecursionError):
        return None
    is_ours = isinstance(packed, list) and len(packed) == 4 and all(isinstance(each, str) for each in packed)
    if not is_ours or not packed[3] or not (packed[1] or packed[2]):
        return None
    return FileOnComputer(*packed)


async def file_history(desk: Desk, press: Press) -> None:
    """Answer the button, judged as a look-up of its own. LedgerUnavailable passes through."""
    presser = await identify(desk, press)
    if presser is None:
        return
    file = file_of(press.values.get("more", ""))
    if file is None:
        answered = Answered(
            said=lookup.not_understood("(the history of a file)", _OLD), outcome="not_understood"
        )
    else:
        answered = await _look(desk, presser, file)
    await settle(desk, press, presser, answered, event="looked_up")


async def _look(desk: Desk, presser: Presser, file: FileOnComputer) -> Answered:
    try:
        scope = Scope(presser, await desk.tree.current(holding=file.organization_id), desk.now())
    except PortalError as error:
        return Answered(said=lookup.cannot_look(why_not(error)), outcome="cannot_look")
    verdict = scope.judge(Action.LOOK_UP, file.organization_id)
    if isinstance(verdict, Refused):
        desk.metrics.refused(verdict.why.value)
        said = lookup.not_allowed(verdict.sentence, scope.could(Action.LOOK_UP, file.organization_id))
        return Answered(said=said, outcome="not_allowed", refusal=Refusal.of(verdict))
    private = {"question": f"history of {file.path} on {file.computer}"}
    try:
        found = await desk.portal.file_history(
            file.path,
            file.organization_id,
            computer_id=file.computer_id or None,
            hostname=None if file.computer_id else file.computer,
            limit=ROWS_MOST,
        )
    except PortalError as error:
        return Answered(said=lookup.cannot_look(why_not(error)), outcome="cannot_look", private=private)
    return _answered(desk, scope, file, list(found), odd=len(found.odd), private=private)


def _answered(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, scope: Scope, file: FileOnComputer, rows: list[BlockedRow], odd: int, private: dict[str, str]
) -> Answered:
    place = same_id(file.organization_id)
    mine = [row for row in rows if row.organization_id == place]
    newest_first = sorted(mine, key=lambda row: row.date_time or _LONG_AGO, reverse=True)
    history = FileHistory(
        path=file.path,
        computer=file.computer,
        organization=scope.name(place),
        events=[_event(row) for row in newest_first],
        is_cut=len(rows) + odd >= ROWS_MOST,
        unreadable=odd,
        as_of=desk.now(),
        portal_link=desk.rules.portal_link,
    )
    facts = {
        "organizations": [place],
        "rows": len(mine),
        "rests_on": scope.rests_on(Action.LOOK_UP, [place]),
        "history": True,
    }
    outcome = "found" if mine else "nothing_known"
    return Answered(
        said=lookup.file_history(history),
        outcome=outcome,
        facts=facts,
        private=private,
        organization_id=place,
    )


def _event(row: BlockedRow) -> FileEvent:
    what = (
        "permitted"
        if is_permit(row)
        else "would have been blocked, and ran"
        if is_simulated(row)
        else "blocked"
    )
    return FileEvent(
        at=row.date_time, what=what, action=row.action_type, policy=row.policy_name, user=row.username
    )
