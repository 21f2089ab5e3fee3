"""The record's witnesses at work: seals are made and signed, a ledger is held against what was seen of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
import structlog

from bot.administration.ending import accept_older_ledger
from bot.app.refusing import StartRefused
from bot.audit import Seal, SealKey
from bot.cards.messages import record as messages
from bot.checkup.record import OLDER
from bot.desk import Desk, audit_message
from bot.ledger import Ledger, LedgerUnavailable
from bot.logs import Lasting
from bot.models import Event, SeenHead, Urgency
from bot.rules.older_ledger import why_older
from bot.settings import Settings
from bot.witness import FolderFault, NoFolder, NotDelivered, SecondPlace, SyslogPlace, WitnessFolder

log = structlog.get_logger()

_AT_ONCE = 100
"""Seals in one delivery (our choice)."""
_LEAD = timedelta(seconds=30)
"""How long one replica delivers for all; two that do it at once only deliver twice."""
_WAITS_S = (5.0, 15.0, 60.0, 300.0)
"""Between two tries of a second place that does not answer; the last one for ever (our choice)."""
_ALERT_AFTER = 3
"""Failures in a row that are worth an alert (our choice)."""


@dataclass(slots=True, kw_only=True)
class Sealing:
    """What is done for the record again and again, and what is known between two rounds."""

    desk: Desk
    key: SealKey | None = None
    """None: seals are not signed; `gatehouse check` says so."""
    place: SecondPlace | SyslogPlace | None = None
    folder: WitnessFolder | None = None
    fallen: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the ledger falls behind what was seen of it: the process must end."""
    seen: SeenHead | None = None
    _head_hour: str = ""
    _deliver_due: float = 0.0
    _failures: int = 0
    _failing_since: datetime | None = None
    _is_unwritten: bool = field(default=False)
    _unsealed: Lasting = field(default_factory=lambda: Lasting("record_not_sealed"))
    _unnoted: Lasting = field(default_factory=lambda: Lasting("head_not_noted"))
    _undelivered: Lasting = field(default_factory=lambda: Lasting("seals_not_delivered"))

    async def seal(self) -> None:
        """Seal the record; its head goes to the audit channel once an hour."""
        try:
            seal = await self.desk.ledger.chain.seal(self.key.sign if self.key else None)
            if seal is not None:
                await self._post(seal)
        except LedgerUnavailable as error:
            self._unsealed.met(str(error))
        else:
            self._unsealed.over()

    async def _post(self, seal: Seal) -> None:
        hour = f"{self.desk.now():%Y-%m-%dT%H}"
        if hour == self._head_hour:
            return
        said = messages.audit_head(seal.last, seal.digest, self.desk.now(), key=seal.key)
        head = audit_message(f"audit_head:{hour}", said, Urgency.REDRAW)
        facts = {"last": seal.last, "key": seal.key}
        await self.desk.announce([Event(name="audit_head_posted", facts=facts)], [head])
        self._head_hour = hour

    async def deliver(self) -> None:
        """Hand the seals that wait to the second place, oldest first; without a receipt they wait on."""
        if self.place is None or time.monotonic() < self._deliver_due:
            return
        ledger = self.desk.ledger
        try:
            if not await ledger.lead("second_place", _LEAD):
                return
            while seals := await ledger.chain.undelivered(_AT_ONCE):
                await self.place.deliver(seals, self.desk.now())
                await ledger.chain.delivered(seals[-1].last)
                await self._answers()
        except NotDelivered as error:
            await self._silent(str(error))
        except LedgerUnavailable as error:
            self._undelivered.met(str(error))
        else:
            self._undelivered.over()

    async def _answers(self) -> None:
        since, failures = self._failing_since, self._failures
        self._failures, self._failing_since = 0, None
        if since is not None and failures >= _ALERT_AFTER:
            said = messages.second_place_answers()
            alert = audit_message(f"second_place_answers:{since:%Y-%m-%dT%H:%M}", said)
            await self.desk.announce([Event(name="second_place_answers")], [alert])

    async def _silent(self, why: str) -> None:
        """One alert for one silence; the seals wait in the ledger."""
        self._failing_since = self._failing_since or self.desk.now()
        self._failures += 1
        self._deliver_due = time.monotonic() + _WAITS_S[min(self._failures, len(_WAITS_S)) - 1]
        log.warning("seals_not_delivered", why=why, failures=self._failures)
        if self._failures != _ALERT_AFTER:
            return
        since = self._failing_since
        alert = audit_message(
            f"second_place_silent:{since:%Y-%m-%dT%H:%M}", messages.second_place_silent(since, why)
        )
        try:
            await self.desk.announce(
                [Event(name="second_place_silent", facts={"since": since.isoformat()})], [alert]
            )
        except LedgerUnavailable as error:
            log.warning("alert_not_queued", alert="second_place_silent", why=str(error))

    async def watch(self) -> None:
        """Note how far the record is; end the process where it is behind what was seen of it."""
        if self.folder is None:
            return
        try:
            await self._watch(self.folder)
        except LedgerUnavailable as error:
            self._unnoted.met(str(error))
        except OSError as error:
            if not self._is_unwritten:
                log.error("head_not_noted", folder=str(self.folder.path), why=error.strerror or str(error))
            self._is_unwritten = True
        else:
            self._unnoted.over()

    async def _watch(self, folder: WitnessFolder) -> None:
        ledger, seen = self.desk.ledger, self.seen
        # The head first: what was suspended after it is then noted with a later head, and never missed.
        head = await ledger.chain.head()
        if seen is not None and head.number == seen.number and head.link == seen.link:
            return
        there = await ledger.chain.link_of_event(seen.number) if seen is not None and seen.number else ""
        if why := why_older(seen, head.number, there):
            log.error("ledger_is_older", why=why, remedy="the process ends; its next start tells what to do")
            self.fallen.set()
            return
        given = (await ledger.given()).given
        fresh = SeenHead(
            number=head.number,
            link=head.link,
            at=self.desk.now(),
            suspensions=given.suspensions,
            key_id=self.key.key_id if self.key else "",
        )
        await asyncio.to_thread(folder.note, fresh)
        self.seen, self._is_unwritten = fresh, False


async def sealing_of(
    settings: Settings, desk: Desk, session: aiohttp.ClientSession, *, accept_older: bool = False
) -> Sealing:
    """The witnesses of this process, its ledger compared with what they saw. Raises StartRefused."""
    folder = _folder(settings)
    seen, key = None, None
    if folder is not None:
        try:
            key = await asyncio.to_thread(folder.key)
            seen = await _compared(desk, folder, accept_older=accept_older)
        except NoFolder as fault:
            if settings.record.folder is not None:
                raise StartRefused([str(fault)]) from None
            # The default beside the data folder cannot be written in every container; `check` says it too.
            log.error("record_not_witnessed", why=str(fault))
            folder = None
        except FolderFault as fault:
            raise StartRefused([str(fault)]) from None
    if key is not None:
        await _tell_of_key(desk, key, seen)
    return Sealing(
        desk=desk,
        key=key,
        folder=folder,
        seen=seen,
        place=_second_place(settings, session),
    )


def _folder(settings: Settings) -> WitnessFolder | None:
    path = settings.record_folder()
    if path is None:
        log.error(
            "record_not_witnessed",
            why="no [record] folder is named, and the data folder's place is not known",
        )
        return None
    return WitnessFolder(path)


def _second_place(settings: Settings, session: aiohttp.ClientSession) -> SecondPlace | SyslogPlace | None:
    record = settings.record
    if record.syslog:
        return SyslogPlace(record.syslog, record.syslog_ca)
    return SecondPlace(record.webhook_url, record.webhook_secret, session) if record.webhook_url else None


async def _compared(desk: Desk, folder: WitnessFolder, *, accept_older: bool) -> SeenHead | None:
    """What the ledger is to be compared with from now on."""
    try:
        seen = await asyncio.to_thread(folder.seen)
    except FolderFault:
        if not accept_older:
            raise
        # Damaged: how far it was is not known, so everything is treated as if it were older.
        seen = SeenHead(number=0, link="", at=desk.now())
        await accept_older_ledger(desk, seen)
        return None
    why = await older_by(desk.ledger, seen)
    if not why or seen is None:
        return seen
    if not accept_older:
        raise StartRefused([OLDER.format(why=why)])
    log.warning("older_ledger_accepted", why=why)
    await accept_older_ledger(desk, seen)
    return None


async def older_by(ledger: Ledger, seen: SeenHead | None) -> str:
    """Why this ledger is behind what was seen; empty if it is not."""
    head = await ledger.chain.head()
    there = await ledger.chain.link_of_event(seen.number) if seen is not None and seen.number else ""
    return why_older(seen, head.number, there)


async def _tell_of_key(desk: Desk, key: SealKey, seen: SeenHead | None) -> None:
    """A new key is announced: the auditor needs its public half, and a key that nobody took is an alarm."""
    before = seen.key_id if seen is not None else ""
    if key.key_id == before:
        return
    event = Event(name="seal_key_taken", facts={"key": key.key_id, "before": before})
    said = messages.key_taken(key.key_id, before)
    await desk.announce([event], [audit_message(f"seal_key:{key.key_id}", said)])
