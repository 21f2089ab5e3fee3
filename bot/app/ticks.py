"""Everything that happens by the clock. APScheduler only wakes us (bot/app/beat.py); what is due is data in the ledger.

All jobs live in memory and are made anew at each start; a persistent job store would be shared, pickled and
blocking, and is never used.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.administration.drifting import tell_drift
from bot.administration.ending import watch_given, watch_givers, watch_roles
from bot.administration.user_groups import watch_user_groups
from bot.app import beat
from bot.app.accessing import AccessWatch
from bot.app.beat import Beat
from bot.app.health import Pulse, measure
from bot.app.paging import Paging
from bot.app.rostering import Rostering
from bot.app.shipping import Shipping
from bot.app.witnessing import Sealing
from bot.cards.messages import record as messages
from bot.desk import Desk, StillContended, audit_message
from bot.intake.poll import poll
from bot.intake.remembering import Agreement
from bot.ledger import LedgerUnavailable
from bot.logs import Lasting
from bot.lookup.reports import post_weekly
from bot.models import Effect, Event, WeeklySection, digest_of
from bot.portal import AnswerNotUnderstood, PortalError, TokenRefused
from bot.turns import ended

log = structlog.get_logger()

TICK_S = 0.25
"""How often due times are looked for; the next one is also armed to the millisecond."""
_SEAL_S = 30.0
_DELIVER_S = 5.0
_WEEKLY_S = 60.0
_MEASURE_S = 5.0
"""How old a gauge may be that has to be asked for (our choice): Prometheus asks every 15 to 60 seconds."""
_WITNESS_S = 1.0
"""What happens within it before a crash is not noticed when an older ledger leaves it out (our choice)."""
_ACCESS_S = 5.0
_USER_GROUPS_S = 15.0
"""Slack is asked when its answer is three quarters of a minute old, so a change is announced within a minute."""
_QUIET_S = 300.0
"""A clock that was right for so long is right again (our choice)."""
_SHIP_S = 2.0
"""How late an event may go to its collector (our choice)."""
_SECOND_WAY_S = 2.0
"""How late a call may go out by its second way (our choice)."""
_ROTAS_S = 15.0
"""How late a look at a rota's calendar, and a notice, may be (our choice)."""
_DAY_S = 24 * 3600.0
_DRIFT_S = 600.0
"""Several times in the one hour of the week that it looks for (our choice)."""
_POLL_TICK_S = 1.0
_LEAD_S = 3.0
"""How long a replica that looks keeps the others from doing the same work beside it (our choice). Renewed each second
while it looks: a process that stands still or dies loses it soon. Nothing is safe because of it."""
_STOP_S = 5.0
"""How long a stop waits for jobs at work (our choice); a poll that hangs on the portal is not worth more."""


@dataclass(slots=True, kw_only=True)
class Ticks:
    """The scheduler and its jobs."""

    desk: Desk
    access_watch: AccessWatch
    press_bell: Callable[[], None]
    send_bell: Callable[[], None]
    poll_busy_s: float
    poll_idle_s: float
    keep_loose: timedelta
    weekly: WeeklySection = field(default_factory=WeeklySection)
    sealing: Sealing | None = None
    """None: unsigned and unwitnessed, for a bench."""
    paging: Paging | None = None
    """None: no second way is set."""
    rostering: Rostering | None = None
    """None: no rota is there."""
    shipping: Shipping | None = None
    """None: no collector is set."""
    more: Sequence[tuple[str, float, Callable[[], Awaitable[None]]]] = ()
    """Further jobs: name, seconds, work. None of them, for a bench."""
    pulse: Pulse = field(default_factory=Pulse)
    _beat: Beat = field(default_factory=Beat)
    _wake: asyncio.TimerHandle | None = None
    _look_due: float = 0.0
    _agreement: Agreement = field(default_factory=Agreement)
    _dues: beat.Dues = field(init=False)
    _sealing: Sealing = field(init=False)
    _odd_told: dict[str, str] = field(default_factory=dict)
    _ledger_away: Lasting = field(default_factory=lambda: Lasting("tick_without_ledger"))
    _own_clock: Lasting = field(default_factory=lambda: Lasting("own_clock_is_wrong", quiet_s=_QUIET_S))
    _weekly_away: Lasting = field(default_factory=lambda: Lasting("weekly_post_waits"))
    _measure_away: Lasting = field(default_factory=lambda: Lasting("not_measured"))
    _poll_away: Lasting = field(default_factory=lambda: Lasting("poll_without_ledger"))
    _lead_away: Lasting = field(default_factory=lambda: Lasting("lead_not_renewed"))
    _portal_away: Lasting = field(default_factory=lambda: Lasting("portal_poll_failed"))
    _tree_away: Lasting = field(default_factory=lambda: Lasting("organizations_not_read"))
    _access_away: Lasting = field(default_factory=lambda: Lasting("access_file_not_accepted"))
    _roles_away: Lasting = field(default_factory=lambda: Lasting("roles_not_compared"))
    _drift_away: Lasting = field(default_factory=lambda: Lasting("access_not_compared"))
    _user_groups_away: Lasting = field(default_factory=lambda: Lasting("user_groups_not_compared"))

    def __post_init__(self) -> None:
        self._dues = beat.Dues(self.desk)
        self._sealing = self.sealing or Sealing(desk=self.desk)

    def start(self) -> None:
        """Begin to tick."""
        for name, seconds, work in (
            ("tick", TICK_S, self._tick),
            ("poll", _POLL_TICK_S, self._poll),
            ("seal", _SEAL_S, self._seal),
            ("deliver", _DELIVER_S, self._deliver),
            ("witness", _WITNESS_S, self._witness),
            ("measure", _MEASURE_S, self._measure),
            ("weekly", _WEEKLY_S, self._weekly),
            ("access", _ACCESS_S, self._access),
            ("user_groups", _USER_GROUPS_S, self._user_groups),
            ("retain", _DAY_S, self._retain),
            ("drift", _DRIFT_S, self._drift),
            *self.more,
        ):
            self._beat.add(name, seconds, work)
        if self.paging is not None:
            self._beat.add("second_way", _SECOND_WAY_S, self.paging.look)
        if self.rostering is not None:
            self._beat.add("rota_calendars", _ROTAS_S, self.rostering.look)
            self._beat.add("rota_notices", 2 * _ROTAS_S, self.rostering.tell)
        if self.shipping is not None:
            self._beat.add("ship", _SHIP_S, self.shipping.ship)
        self._beat.start()

    async def stop(self) -> None:
        """No new job; running ones may end. Those that take too long are cancelled, their work is leased."""
        await self._beat.stop(_STOP_S)
        await self._dues.stop(_STOP_S)
        if self._wake is not None:
            self._wake.cancel()

    async def _tick(self) -> None:
        ledger = self.desk.ledger
        try:
            result = await ledger.tick()
            if result.next_due_at is not None and result.next_due_at <= result.at:
                self.pulse.lag_s = (result.at - result.next_due_at).total_seconds()
                await self._dues.drain(self._drained)
            else:
                self.pulse.lag_s = 0.0
                self._arm(result.next_due_at, result.at)
        except LedgerUnavailable as error:
            why = ledger.server_trouble or str(error)
            self._ledger_away.met(why)
            self.pulse.ledger_fault = why
            return
        except Exception:
            log.exception("tick_failed")
            self.press_bell()
            self.send_bell()
            return
        self._ledger_away.over()
        self.pulse.ledger_fault = ""
        self.pulse.next_due_at = result.next_due_at
        if result.lost:
            self._own_clock.met(f"it lost {result.lost.total_seconds():.0f} s that other replicas counted")
        else:
            self._own_clock.over()
        if result.next_press_at is not None and result.next_press_at <= result.at:
            self.press_bell()
        if result.next_send_at is not None and result.next_send_at <= result.at:
            self.send_bell()
        self.pulse.ticked_at = time.monotonic()

    def _drained(self) -> None:
        """A batch of due times is worked off: what it says can be sent, and more of them are no standstill."""
        self.send_bell()
        self.pulse.ticked_at = time.monotonic()

    def _arm(self, next_due_at: datetime | None, now: datetime) -> None:
        """The next due time may come before the next tick."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if next_due_at is not None and (wait := (next_due_at - now).total_seconds()) < TICK_S:
            self._wake = asyncio.get_running_loop().call_later(wait, self._beat.now, "tick")

    async def _poll(self) -> None:
        """Look at the portal when it is time, or to learn whether our token is accepted again."""
        if time.monotonic() < self._look_due:
            return
        began, age_s = time.monotonic(), 0.0
        try:
            age_s = await self._look()
        except LedgerUnavailable as error:
            self._poll_away.met(str(error))
        except TokenRefused as error:
            await self._token_refused(error)
        except PortalError as error:
            self._portal_away.met(str(error))
            if isinstance(error, AnswerNotUnderstood):
                await self._tell_odd("approval requests", error.odd)
        else:
            self._poll_away.over()
            self._portal_away.over()
        # The job comes once a second, and a look takes time: counted from its end, or from the moment at which another
        # replica's look was found, the next one would come late.
        self._look_due = began - age_s + self._interval() - _POLL_TICK_S

    def _interval(self) -> float:
        """Seconds between two looks: short while something is open, or while the portal refuses us."""
        busy = self.pulse.open_cases > 0 or self.pulse.polled_at is None or not self.desk.gate.is_open
        return self.poll_busy_s if busy else self.poll_idle_s

    async def _look(self) -> float:
        """Look, unless another replica did just now; how old the newest look is, in seconds."""
        ledger, age_s = self.desk.ledger, 0.0
        looked = await ledger.looks.last()
        since_s = (self.desk.now() - looked).total_seconds() if looked is not None else float("inf")
        if self.desk.gate.is_open and 0 <= since_s < self._interval() - 2 * _POLL_TICK_S:
            # It is economy only: who finds no recent look, looks.
            age_s = since_s
            self.pulse.polled_at = time.monotonic() - age_s
        elif self.desk.gate.is_open and not await self._lead():
            # Side by side the replicas would only race each other through the same list: asked again in a second.
            return self._interval()
        else:
            await self._poll_leading()
        # After an upgrade: what a former release wrote gets its place in the lists before somebody waits for one.
        await ledger.index.make_whole()
        self.pulse.open_cases = await ledger.index.count()
        self.pulse.exceptions = await self.desk.ledger.exceptions.counted()
        self.pulse.waiting_effects = sum((await self.desk.ledger.waiting_effects()).values())
        await self._token_accepted()
        await self._tree()
        return age_s

    async def _lead(self) -> bool:
        return await self.desk.ledger.lead("poll", timedelta(seconds=_LEAD_S))

    async def _poll_leading(self) -> None:
        """One whole look, for all replicas."""
        keeper = asyncio.create_task(self._keep_leading())
        try:
            found = await poll(self.desk, self._agreement, self.poll_busy_s)
        finally:
            await ended([keeper])
        if not found.left:
            # Else the others may look as well, should this process die: what is left has no case yet.
            await self.desk.ledger.looks.done()
        self.send_bell()
        self.pulse.polled_at = time.monotonic()
        await self._tell_odd("approval requests", found.odd)
        log.debug(
            "portal_polled",
            listed=found.listed,
            arrived=found.arrived,
            missing=found.missing,
            left=found.left,
        )

    async def _keep_leading(self) -> None:
        while True:
            await asyncio.sleep(_LEAD_S / 3)
            try:
                await self._lead()
            except LedgerUnavailable as error:
                self._lead_away.met(str(error))
            else:
                self._lead_away.over()

    async def _tree(self) -> None:
        """Keep the organizations fresh: who presses finds them read, and the health page knows when they are not."""
        try:
            await self.desk.tree.current()
        except PortalError as error:
            self._tree_away.met(str(error))
            if isinstance(error, AnswerNotUnderstood):
                await self._tell_odd("organizations", error.odd)
        else:
            self._tree_away.over()
            await self._tell_odd("organizations", self.desk.tree.odd)

    async def _tell_odd(self, of_what: str, odd: tuple[str, ...]) -> None:
        """Rows that nothing can be made of: one alert while they stay the same, however many replicas meet them."""
        told = digest_of([of_what, *sorted(set(odd))]) if odd else ""
        if self._odd_told.get(of_what, "") == told:
            return
        self._odd_told[of_what] = told
        if not odd:
            return
        alert = audit_message(
            f"odd_rows:{told[:32]}:{self.desk.now():%Y-%m-%d}", messages.odd_rows(of_what, odd)
        )
        facts: dict[str, object] = {"list": of_what, "rows": len(odd), "why": sorted(set(odd))}
        await self._announce("portal_rows_not_understood", alert, facts)

    async def _token_refused(self, error: TokenRefused) -> None:
        """Writes pause; one alert however many replicas notice."""
        self.desk.gate.refuse(self.desk.now())
        since = self.desk.gate.refused_since or self.desk.now()
        log.error("portal_token_refused", why=str(error))
        alert = audit_message(
            f"portal_token_refused:{since:%Y-%m-%dT%H}", messages.portal_token_refused(since)
        )
        await self._announce("portal_token_refused", alert)

    async def _token_accepted(self) -> None:
        since = self.desk.gate.refused_since
        if since is None:
            return
        self.desk.gate.refused_since = None
        log.info("portal_token_accepted")
        alert = audit_message(f"portal_token_accepted:{since:%Y-%m-%dT%H}", messages.portal_token_accepted())
        await self._announce("portal_token_accepted", alert)

    async def _announce(self, name: str, alert: Effect, facts: dict[str, object] | None = None) -> None:
        try:
            await self.desk.announce([Event(name=name, facts=facts or {})], [alert])
        except LedgerUnavailable as error:
            log.warning("alert_not_queued", alert=name, why=str(error))

    async def _weekly(self) -> None:
        try:
            await post_weekly(self.desk, self.weekly)
        except (LedgerUnavailable, PortalError) as error:
            self._weekly_away.met(str(error))
        else:
            self._weekly_away.over()

    async def _measure(self) -> None:
        try:
            await measure(self.desk, self.pulse)
        except LedgerUnavailable as error:
            self._measure_away.met(str(error))
        else:
            self._measure_away.over()

    async def _seal(self) -> None:
        await self._sealing.seal()

    async def _deliver(self) -> None:
        await self._sealing.deliver()

    async def _witness(self) -> None:
        await self._sealing.watch()

    async def _access(self) -> None:
        try:
            await self.access_watch.look()
        except LedgerUnavailable as error:
            self._access_away.met(str(error))
            return
        self._access_away.over()
        try:
            await watch_given(self.desk)
            await watch_roles(self.desk)
            await watch_givers(self.desk)
        except (LedgerUnavailable, StillContended) as error:
            self._roles_away.met(str(error))
        else:
            self._roles_away.over()

    async def _drift(self) -> None:
        """Every replica comes by in the hour; the ledger lets one tell."""
        try:
            await tell_drift(self.desk)
        except LedgerUnavailable as error:
            self._drift_away.met(str(error))
        else:
            self._drift_away.over()

    async def _user_groups(self) -> None:
        """Every replica looks, because its presses rest on its own look; the ledger lets one announce."""
        try:
            await watch_user_groups(self.desk)
        except (LedgerUnavailable, StillContended) as error:
            self._user_groups_away.met(str(error))
        else:
            self._user_groups_away.over()

    async def _retain(self) -> None:
        try:
            await self.desk.ledger.chain.redact_loose(self.desk.now() - self.keep_loose)
            await self.desk.ledger.history.end_notes(self.desk.rules.remembered_for)
        except LedgerUnavailable as error:
            log.warning("loose_events_not_redacted", why=str(error))
