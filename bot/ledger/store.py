"""The ledger: everything Gatehouse remembers, behind one object."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime, timedelta

from bot.ledger import access, cases, committing, due, queue, record
from bot.ledger.address import ledger_address
from bot.ledger.calendars import Calendars
from bot.ledger.cases import History, Modes
from bot.ledger.connection import CALL_LIMIT_S, Connection, client_of
from bot.ledger.door import LedgerDoor, Marks
from bot.ledger.due import Looks
from bot.ledger.durability import ServerFinding, examine
from bot.ledger.embedded import EmbeddedServer, keep
from bot.ledger.errors import LedgerUnavailable
from bot.ledger.exceptions import Exceptions
from bot.ledger.index import OpenIndex
from bot.ledger.queue import Calls
from bot.ledger.record import Chain
from bot.ledger.together import Together
from bot.ledger.values import (
    AcceptedAccess,
    AccessVersions,
    ClaimedEffect,
    Claims,
    Committed,
    Conflict,
    Kept,
    PaceOf,
    StoredCase,
    StoredEvent,
    StoredGiven,
    TickResult,
    boot_ms,
    unpaced,
)
from bot.models import CardAddress, Case, Change, Effect, Event, LimitsSection, Press, TakenDue, Urgency


class Ledger:
    """What Gatehouse remembers.

    Every method raises `LedgerUnavailable` within 2 s if the server does not answer; losing a race is a `Conflict`.
    """

    def __init__(self, door: LedgerDoor, server: EmbeddedServer | None = None) -> None:
        """Use `connect`."""
        self._door = door
        self._server = server
        self.calendars = Calendars(door)
        self.exceptions = Exceptions(door)
        self.index = OpenIndex(door)
        self.history = History(door)
        self.calls = Calls(door)
        self.chain = Chain(door)
        self.modes = Modes(door)
        self.looks = Looks(door)
        self._together = Together(door)
        self.stopwatch = door.clock.stopwatch

    @classmethod
    async def connect(
        cls,
        where: str | EmbeddedServer,
        *,
        replica_id: str,
        copies: int | None = None,
        limit_s: float = CALL_LIMIT_S,
        boot: Callable[[], int] = boot_ms,
        host: str | None = None,
        secret: bytes = b"",
    ) -> Ledger:
        """Open the ledger at an address (`client_of`), or on an embedded server, which is started or adopted.

        `copies`: how many replicas of the server must hold a change before it is answered. None: 1 with Sentinel, in
        whatever form its address is written, so that a failover loses nothing that was promised; else 0.

        `boot`, `host`: the clock that counts here, and what names those who share it (None: `boot_id`).

        `secret`: marks what gives rights or acts in somebody's name (bot/ledger/door.py); all replicas share it.
        Empty: nothing is marked, and nothing is asked for a mark.

        Raises `NewerRecord` on data of a newer program, `NoServer` if no embedded server can run here.
        """
        server = where if isinstance(where, EmbeddedServer) else None

        async def opened() -> Ledger:
            url = await server.start() if server else str(where)
            connection = Connection(client_of(url), limit_s=limit_s)
            held = int(ledger_address(url).is_group) if copies is None else copies
            door = LedgerDoor(connection, replica_id, held, boot, Marks(secret), host=host)
            return await cls._open(door, server)

        try:
            return await opened()
        except LedgerUnavailable:
            if server is None:
                raise
            # The process that used the embedded server last has just shut it down: start our own.
            return await opened()

    @classmethod
    async def _open(cls, door: LedgerDoor, server: EmbeddedServer | None) -> Ledger:
        ledger = cls(door, server)
        try:
            await door.call("open")
        except BaseException:
            await ledger.close()
            raise
        return ledger

    async def close(self) -> None:
        """Close the connections; stop the embedded server if nobody else uses it."""
        await self._door.connection.close()
        if self._server:
            await self._server.stop()

    @property
    def server_trouble(self) -> str:
        """Why an embedded server does not stay, in a sentence; empty while it does, and for a server of others."""
        return self._server.trouble if self._server else ""

    async def keep_server(self) -> None:
        """Start an embedded server again whenever it ends, until this is cancelled. A server of others: nothing."""
        if self._server:
            await keep(self._server)

    def now(self) -> datetime:
        """Logical time, aware UTC; the same for every replica, whatever the clocks do."""
        return self._door.clock.now()

    async def tick(self) -> TickResult:
        """Guard against clock steps, synchronise `now()`, and tell when something is next. Four times a second."""
        return await due.tick(self._door)

    # Cases

    async def case(self, case_id: str) -> StoredCase | None:
        """One case, open or closed."""
        return await cases.read(self._door, case_id)

    async def cases(self, case_ids: Collection[str]) -> dict[str, StoredCase]:
        """Several cases by id; those that do not exist are left out."""
        return await cases.read_many(self._door, case_ids)

    async def open_case_ids(self) -> list[str]:
        """Ids of every open case, oldest first."""
        return await cases.open_ids(self._door)

    async def open_cases(self) -> list[StoredCase]:
        """Every open case, oldest first."""
        found = await self.cases(await self.open_case_ids())
        return [stored for stored in found.values() if stored.case.is_open]

    async def versions(self, case_ids: Sequence[str]) -> dict[str, int]:
        """The version of each case: what has moved since, without reading any of them."""
        return await cases.versions(self._door, case_ids)

    def open_versions(self) -> AsyncIterator[dict[str, int]]:
        """The same of every open case, oldest first, a thousand at a time."""
        return cases.open_versions(self._door)

    async def case_ids_of_organization(self, organization_id: str) -> list[str]:
        """Ids of the organization's open cases, oldest first."""
        return await cases.open_ids(self._door, f"organization:{organization_id}")

    async def case_ids_of_computer(self, computer_id: str) -> list[str]:
        """Ids of open cases with an open request of this computer, oldest first."""
        return await cases.open_ids(self._door, f"computer:{computer_id}")

    async def case_ids_of_requests(self, request_ids: Collection[str]) -> dict[str, str]:
        """Which case each request belongs to, open or closed."""
        return await cases.ids_of_requests(self._door, request_ids)

    async def open_case_id_of_subject(self, subject_key: str) -> str | None:
        """The one open case of a subject."""
        return await cases.one_id(self._door, "subject", subject_key)

    async def open_case_ids_of_subjects(self, subject_keys: Collection[str]) -> dict[str, str]:
        """The same of several; subjects without an open case are left out."""
        return await cases.ids_of_subjects(self._door, subject_keys)

    async def bundle_of_key(self, bundle_key: str) -> str:
        """The bundle that later cases of this key may join; empty where there is none."""
        return await cases.bundle_of_key(self._door, bundle_key)

    async def bundle(self, bundle_id: str) -> list[StoredCase]:
        """The cases that share a card, open or closed, oldest first; none for a case with a card of its own."""
        return await cases.read_bundle(self._door, bundle_id) if bundle_id else []

    async def bundles(self, bundle_ids: Collection[str]) -> dict[str, list[Case]]:
        """The same of several bundles at once, without those of a single case."""
        return await cases.read_bundles(self._door, bundle_ids)

    async def commit(self, change: Change) -> Committed | Conflict:
        """Apply one change as a whole or not at all. The same change again (within the hour) gets the first answer."""
        [answer] = await self.commit_all([change])
        return answer

    async def commit_all(self, changes: Sequence[Change]) -> list[Committed | Conflict]:
        """Apply several changes, each atomic by itself, in one round trip."""
        return await committing.commit_all(self._door, changes)

    # Presses

    async def store_press(self, press: Press, limits: LimitsSection | None = None) -> Kept:
        """Keep a press until it is answered; a replay within 24 hours, and one beyond a limit, is not stored."""
        return await queue.store_press(self._door, self._together, press, limits)

    async def take_presses(self, limit: int, lease: timedelta) -> list[Press]:
        """Lease waiting presses, oldest first. A change that names the press in `finishes_press` ends it.

        One that somebody else wrote into the ledger has `is_genuine` False; it must be carried out for nobody.
        """
        return await queue.take_presses(self._door, limit, lease)

    async def extend_press(self, press_id: str, lease: timedelta) -> bool:
        """Hold a press longer; False if it is answered or another process has it."""
        return await queue.extend_press(self._door, press_id, lease)

    async def hand_on_press(self, press_id: str) -> bool:
        """Leave a press that is held here to replicas of a newer version alone; False if it is not ours any more."""
        return await queue.hand_on_press(self._door, press_id)

    async def keep_form(self, press: Press) -> None:
        """Keep a submission that changed nothing for an hour, so that its form can be opened again as it was typed."""
        await queue.keep_form(self._door, press)

    async def kept_form(self, press_id: str) -> Press | None:
        """A submission that was kept; None where it is not any more."""
        return await queue.kept_form(self._door, press_id)

    async def waiting_presses(self) -> int:
        """How many presses are not answered yet."""
        return await queue.presses_waiting(self._door)

    # Due times

    async def take_due(
        self, limit: int = 200, lease: timedelta = timedelta(seconds=10)
    ) -> list[tuple[TakenDue, StoredCase | None]]:
        """Lease what is due, oldest first, with the cases as they are now. A change with `taken` ends it."""
        return await due.take(self._door, limit, lease)

    async def due_later(self, taken: TakenDue, at: datetime) -> bool:
        """Give a taken due time back, to come again at a time. False if it is not ours any more."""
        return await due.move(self._door, taken, at)

    async def due_done(self, taken: TakenDue) -> bool:
        """A taken due time has nothing left to do (its case is gone). False if it is not ours any more."""
        return await due.move(self._door, taken, None)

    async def late_steps(self, by: timedelta) -> int:
        """How many SLA steps have come longer ago, and nobody has taken them."""
        return await due.late_steps(self._door, by)

    async def first_looks(self, case_id: str, request_ids: Sequence[str]) -> list[str]:
        """Note that a person has these requests before them; those of which it was not known. For figures only."""
        return await cases.first_looks(self._door, case_id, request_ids)

    async def lead(self, role: str, for_: timedelta) -> bool:
        """Whether this process has a role (comparing user groups) for the coming span. Economy, never safety."""
        return await due.lead(self._door, role, for_)

    # Send queue

    async def claim_effects(
        self, limit: int, lease: timedelta, pace_of: PaceOf = unpaced, *, patient: int | None = None
    ) -> Claims:
        """Lease what may be sent now, escalations first; `pace_of` names the limits an effect falls under.

        `patient`: at most so many of what can wait. None: as many as there is room for.
        """
        return await queue.claim(self._door, limit, lease, pace_of, limit if patient is None else patient)

    async def effect_done(
        self,
        claimed: ClaimedEffect,
        *,
        case_card: CardAddress | None = None,
        knew: Sequence[str] = (),
        call_at: str = "",
        is_end: bool = False,
        events: Sequence[Event] = (),
    ) -> Committed | Conflict:
        """The effect was sent. `case_card`: the case gets it and a new version; `knew`: where it stood when drawn.

        `call_at`: where a call stands now, `channel|ts`, so that it can say how the case ended. `is_end`: it has said
        that, and nothing of it is kept once it need not be drawn again.

        Conflict LEASE: it is not ours any more. Conflict TWIN: the case has got another card since; retire this one.
        """
        return await queue.finish(
            self._door, claimed, card=case_card, knew=knew, call_at=call_at, is_end=is_end, events=events
        )

    async def once(self, name: str, events: Sequence[Event], effects: Sequence[Effect]) -> bool:
        """Record and say something, unless it was under this name within the last week; whether it is now."""
        return await queue.once(self._door, name, events, effects)

    async def was_done(self, names: Sequence[str]) -> list[bool]:
        """Which of these happened once within the last week."""
        return await queue.was_done(self._door, names)

    async def was_queued(self, effect_id: str) -> bool:
        """Whether it waits to be said, or was said within the last week."""
        return await queue.was_queued(self._door, effect_id)

    async def effect_later(
        self,
        claimed: ClaimedEffect,
        *,
        until: datetime | None = None,
        after: timedelta | None = None,
        maybe_done: bool = False,
        anew: Sequence[Effect] = (),
    ) -> bool:
        """Send it again at a time or after a span. False if it is not ours any more.

        `maybe_done`: it changes a message, and a call for it was given up; Slack may carry that out after the next one.
        Once drawn it is drawn once more, a minute after that; from `anew` where somebody else is through with it.
        """
        return await queue.later(
            self._door, claimed, until=until, after=after, maybe_done=maybe_done, anew=anew
        )

    async def effect_dropped(
        self, claimed: ClaimedEffect, why: str, instead: Sequence[Effect] = ()
    ) -> Committed | Conflict:
        """Give it up; recorded as `effect_dropped`, and what is said instead is queued with it."""
        return await queue.drop(self._door, claimed, why, instead)

    async def pace(self, key: str, *, until: datetime | None = None, after: timedelta | None = None) -> None:
        """Slack said "not before" for this pace key; every replica obeys."""
        await queue.pace(self._door, key, until=until, after=after)

    async def waiting_effects(self) -> dict[Urgency, int]:
        """How many effects wait in each lane."""
        return await queue.effects_waiting(self._door)

    # Access and history

    async def accept_access(
        self, document: str, digest: str, events: Sequence[Event], effects: Sequence[Effect] = ()
    ) -> int:
        """Put an access file in force; its generation. The fact "@generation" in an event becomes that number.

        The one in force again: nothing is recorded and nothing is said.
        """
        return await access.accept(self._door, document, digest, events, effects)

    async def access_was_replaced(self, digest: str) -> bool:
        """Whether an access file was in force once and another one took its place."""
        return await access.was_replaced(self._door, digest)

    async def access(self) -> AcceptedAccess | None:
        """The access file in force."""
        return await access.read(self._door)

    async def access_generation(self) -> int:
        """The number of the access file in force; 0 before the first."""
        return await access.generation(self._door)

    async def access_versions(self) -> AccessVersions:
        """The generation in force and the version of what was given in Slack, in one round trip."""
        return await access.versions(self._door)

    async def given(self) -> StoredGiven:
        """What was given and stopped in Slack."""
        return await access.read_given(self._door)

    # Record

    async def record(self, events: Sequence[Event]) -> Committed:
        """Write events that tell of no other change: refusals, look-ups."""
        return await record.append(self._door, events)

    async def events(self, after: int = 0, limit: int = 1000) -> list[StoredEvent]:
        """Events in order, from `after + 1` on."""
        return [record.event_of(entry) for entry in await self.chain.entries(after, limit)]

    # Marks

    def mark(self, *parts: str) -> str:
        """That these words are ours, for what stands inside of a record (bot/ledger/door.py)."""
        return self._door.marks.mark(*parts)

    def is_ours(self, mark: str, *parts: str) -> bool:
        """Whether words carry our mark; of everything, where no secret is known."""
        return self._door.marks.fits(mark, *parts)

    # Health

    async def durability(self) -> list[ServerFinding]:
        """Whether the server may lose what it acknowledged, in sentences."""
        return await examine(self._door)
