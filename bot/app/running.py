"""A bot process from its settings to its end: built, started, drained."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import aiohttp
import structlog

from bot.app.accessing import AccessWatch
from bot.app.beat import Worker
from bot.app.health import Health
from bot.app.ledger_watch import LOOKS_EVERY_S, LedgerWatch
from bot.app.looking_back import EVERY_S, LookingBack
from bot.app.paging import Paging
from bot.app.refusing import StartRefused, refuse_faults
from bot.app.rostering import Rostering
from bot.app.shipping import FORMATS, Shipping
from bot.app.slackside import Side, bolt_app, side_of
from bot.app.ticks import Ticks
from bot.app.witnessing import Sealing, sealing_of
from bot.app.workers import PressWork, SendWork
from bot.chat import (
    Channels,
    People,
    Sender,
    SlackClient,
    UserGroups,
    Workspace,
    check_channels,
    check_workspace,
)
from bot.checkup import calendars, fallback, host, server
from bot.desk import AccessDesk, Desk, TreeDesk
from bot.escalation.calling import tell_of_channel
from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.portal import PortalAddress, PortalClient, Traffic
from bot.settings import HealthSection, Settings, SlackSection
from bot.turns import ended
from bot.witness import Collector, HttpCollector, SyslogCollector
from handlers.door import FrontDoor
from permissions import AccessFileError

log = structlog.get_logger()

DRAIN_S = 20.0
"""How long a stop waits for presses in hand; what is left is taken up by the next process (our choice)."""


@dataclass(slots=True, kw_only=True)
class Running:
    """The parts of one process that have to be started and stopped."""

    desk: Desk
    door: FrontDoor
    side: Side
    ticks: Ticks
    health: Health
    presses: PressWork
    saying: SendWork
    workers: tuple[Worker, Worker]
    sealing: Sealing
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Workers and clock first, so that what is stored already moves; Slack last."""
        self._tasks = [asyncio.create_task(worker.run()) for worker in self.workers]
        self.ticks.start()
        await self.side.start()
        log.info("running", writes="on" if self.desk.rules.writes_on else "off")

    async def drain(self) -> None:
        """Stop taking, finish what is in hand, say what is queued. No stored press is lost: the ledger holds it."""
        self.health.draining = True
        # Until the door is shut a press is stored all the same: a process beside this one, or the next, carries it out.
        await self.side.close()
        self.door.closing = True
        await self.door.drain()
        await self.ticks.stop()
        if self.sealing.fallen.is_set():
            # What an older ledger still wants done was done already, and by rights that may be gone.
            await self._drop()
            return
        press_worker, send_worker = self.workers
        press_worker.stop()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._tasks[0]
                await self.presses.drain()
                send_worker.stop()
                await self._tasks[1]
        except TimeoutError:
            log.warning("drain_cut_short", after_s=DRAIN_S)
            await self._drop()
        # The last events of this process count for the next start too.
        await self.sealing.watch()
        log.info("drained")

    async def _drop(self) -> None:
        """What is in hand is leased, and taken up by the next process: none of it works on beside a closed ledger."""
        await ended((*self._tasks, *self.presses.in_hand, *self.saying.in_hand))


@asynccontextmanager
async def started(
    settings: Settings, *, replica_id: str = "", accept_older: bool = False
) -> AsyncIterator[Running]:
    """A running bot; drained and closed at the end. StartRefused with every reason it must not run.

    `accept_older`: a ledger behind what was seen of it is used, without anything that was given in Slack.
    """
    async with AsyncExitStack() as stack:
        running = await _build(
            settings, stack, replica_id or f"r{secrets.token_hex(6)}", accept_older=accept_older
        )
        # Before anything moves: whoever cannot be asked how he is must not begin to work.
        await _listening("health", settings.health, running.health.start)
        stack.push_async_callback(running.health.close)
        # A start that ends half way, by a signal too, is drained like a whole one.
        stack.push_async_callback(running.drain)
        await _listening("slack", settings.slack, lambda _host, _port: running.start())
        yield running


async def _listening(
    section: str, place: HealthSection | SlackSection, listen: Callable[[str, int], Awaitable[None]]
) -> None:
    try:
        await listen(place.host, place.port)
    except OSError as error:
        raise StartRefused([host.cannot_listen(section, place.host, place.port, error)]) from None


async def _build(
    settings: Settings, stack: AsyncExitStack, replica_id: str, *, accept_older: bool = False
) -> Running:
    slack = SlackClient.connect(settings.slack.bot_token.get_secret_value(), settings.slack.api_url)
    stack.push_async_callback(slack.close)
    workspace, url = await _workspace(settings, slack)
    metrics = Metrics()
    session = await stack.enter_async_context(aiohttp.ClientSession())
    portal = PortalClient(_portal_address(settings), session, on_traffic=_counted(metrics))
    ledger = await _ledger(settings, stack, replica_id)
    await ledger.tick()
    desk = _desk(settings, slack, (workspace, url), portal, ledger, metrics=metrics)
    sealing = await sealing_of(settings, desk, session, accept_older=accept_older)
    watch = AccessWatch(desk, settings.access.file)
    await _accepted(watch)
    outward = Outward(
        sealing=sealing,
        paging=_paging(settings, desk, session),
        rostering=_rostering(settings, desk, session),
        shipping=_shipping(settings, desk, session),
    )
    return _wire(settings, slack, workspace, watch, outward)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """What reaches beyond Slack and the portal; None where it is not set up."""

    sealing: Sealing
    paging: Paging | None = None
    rostering: Rostering | None = None
    shipping: Shipping | None = None


def _desk(
    settings: Settings,
    slack: SlackClient,
    of: tuple[Workspace, str],
    portal: PortalClient,
    ledger: Ledger,
    *,
    metrics: Metrics,
) -> Desk:
    """The live parts, over adapters that are connected. `of`: the workspace and its web address."""
    workspace, url = of
    rules = settings.rules()
    tree = TreeDesk(portal, ledger, rules)
    return Desk(
        rules=rules,
        ledger=ledger,
        portal=portal,
        people=People(
            slack,
            workspace.team_id,
            enterprise_id=workspace.enterprise_id,
            max_age=rules.decisions.identity_max_age,
        ),
        access=AccessDesk(ledger, UserGroups(slack, max_age=rules.decisions.identity_max_age), tree),
        tree=tree,
        routes=settings.routing,
        metrics=metrics,
        workspace_url=url,
    )


def _rostering(settings: Settings, desk: Desk, session: aiohttp.ClientSession) -> Rostering | None:
    if not settings.rotas:
        return None
    addresses = calendars.addresses_of(settings, session)
    return Rostering(
        desk=desk, addresses=addresses, every=settings.ical.every, stale_after=settings.ical.stale_after
    )


def _paging(settings: Settings, desk: Desk, session: aiohttp.ClientSession) -> Paging | None:
    ways = fallback.ways_of(settings.fallback, session)
    return Paging(desk, settings.fallback.after, ways) if ways else None


def _shipping(settings: Settings, desk: Desk, session: aiohttp.ClientSession) -> Shipping | None:
    record = settings.record
    if not record.ship_to:
        return None
    collector: Collector = SyslogCollector(record.ship_to, record.ship_ca)
    if record.ship_to.startswith("http"):
        collector = HttpCollector(
            record.ship_to, record.ship_auth, record.ship_secret, session, record.ship_ca
        )
    return Shipping(desk=desk, collector=collector, line=FORMATS[record.ship_format])


def _wire(
    settings: Settings, slack: SlackClient, workspace: Workspace, watch: AccessWatch, outward: Outward
) -> Running:
    desk = watch.desk
    channels = Channels(slack, settings.routing, lambda alert: tell_of_channel(desk, alert))
    sender = Sender(slack, channels, desk.rules, _twins(workspace))
    saying = SendWork(desk, sender, settings.routing, outward.paging)
    sending = Worker("sending", saying.batch, empties=True, bell=saying.bell)
    presses = PressWork(desk, said=sending.bell.ring)
    workers = (Worker("presses", presses.batch), sending)
    door = _door(settings, desk, channels, workers[0])
    side = side_of(bolt_app(slack, workspace, settings.slack, door), settings.slack, desk.now)
    ticks = _ticks(settings, watch, workers, outward)
    ticks.more = (
        ("ledger_watch", LOOKS_EVERY_S, LedgerWatch(ticks.pulse, sender, desk.now).look),
        ("look_back", EVERY_S, LookingBack(desk).look),
    )
    _watch_gauges(desk, ticks)
    return Running(
        desk=desk,
        door=door,
        side=side,
        ticks=ticks,
        health=_health(settings, desk, ticks, side),
        presses=presses,
        saying=saying,
        workers=workers,
        sealing=outward.sealing,
    )


def _ticks(settings: Settings, watch: AccessWatch, workers: tuple[Worker, Worker], outward: Outward) -> Ticks:
    presses, sending = workers
    return Ticks(
        desk=watch.desk,
        access_watch=watch,
        press_bell=presses.bell.ring,
        send_bell=sending.bell.ring,
        poll_busy_s=settings.portal.poll_busy_s,
        poll_idle_s=settings.portal.poll_idle_s,
        keep_loose=settings.retention.loose_events,
        weekly=settings.weekly,
        sealing=outward.sealing,
        paging=outward.paging,
        rostering=outward.rostering,
        shipping=outward.shipping,
    )


def _health(settings: Settings, desk: Desk, ticks: Ticks, side: Side) -> Health:
    return Health(
        pulse=ticks.pulse,
        ledger=desk.ledger,
        metrics=desk.metrics,
        tree=desk.tree,
        is_connected=side.is_connected,
        poll_limit_s=3 * settings.portal.poll_idle_s,
        shipping=ticks.shipping,
        hosts=settings.health.hosts,
    )


def _door(settings: Settings, desk: Desk, channels: Channels, presses: Worker) -> FrontDoor:
    return FrontDoor(
        store=desk.ledger,
        ring=presses.bell.ring,
        look_again=channels.forget,
        counted=desk.metrics.delivered,
        limits=settings.limits,
        rules=desk.rules,
    )


async def _workspace(settings: Settings, slack: SlackClient) -> tuple[Workspace, str]:
    """The workspace behind the token, checked; a fault that stops is a refused start, others are warned of."""
    workspace, faults = await check_workspace(slack, team_id=settings.slack.team_id)
    if workspace is not None:
        tiers = [tier.channel for tier in settings.tiers.values()]
        weekly = settings.weekly.channel
        faults = [*faults, *await check_channels(slack, settings.routing, weekly=weekly, tiers=tiers)]
    for fault in faults:
        log.warning("slack_check", fault=fault.sentence, stops=fault.stops)
    stopping = [fault.sentence for fault in faults if fault.stops]
    if workspace is None or stopping:
        raise StartRefused(stopping or ["Slack does not tell whose token it is."])
    url = workspace.url
    return workspace, url if url.endswith("/") else f"{url}/"


def _portal_address(settings: Settings) -> PortalAddress:
    return PortalAddress(
        base_url=settings.portal.url,
        token=settings.portal.token,
        organization_id=settings.portal.organization or None,
        read_timeout_s=settings.portal.read_timeout_s,
        write_timeout_s=settings.portal.write_timeout_s,
    )


async def _ledger(settings: Settings, stack: AsyncExitStack, replica_id: str) -> Ledger:
    """The ledger, on a server that `check` has no fault of. StartRefused with the same sentences else."""
    where, what = server.place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id=replica_id, secret=settings.ledger_secret())
    except server.UNUSABLE as error:
        raise StartRefused(await server.refused(where, what, error)) from None
    stack.push_async_callback(ledger.close)
    stack.push_async_callback(_ended, asyncio.create_task(ledger.keep_server()))
    refuse_faults(await server.asked(ledger, what))
    return ledger


async def _ended(task: asyncio.Task[None]) -> None:
    await ended([task])
    if not task.cancelled():
        task.result()


async def _accepted(watch: AccessWatch) -> None:
    try:
        await watch.start()
    except AccessFileError as error:
        raise StartRefused([str(problem) for problem in error.problems]) from None
    except OSError as error:
        raise StartRefused(
            [f"{watch.path} cannot be read ({error.strerror}). Mend its permissions or its path."]
        ) from None


def _twins(workspace: Workspace) -> str:
    """Our bot id, where a history scope lets us find a card whose address was lost."""
    return workspace.bot_id if {"channels:history", "groups:history"} & workspace.scopes else ""


def _counted(metrics: Metrics) -> Callable[[Traffic], None]:
    def count(traffic: Traffic) -> None:
        metrics.portal_called(traffic.operation, traffic.error or "ok", traffic.elapsed_s)

    return count


def _watch_gauges(desk: Desk, ticks: Ticks) -> None:
    metrics, pulse = desk.metrics, ticks.pulse
    metrics.watch(metrics.timer_lag, lambda: max(pulse.lag_s, pulse.tick_age_s()))
    metrics.watch(metrics.poll_age, pulse.poll_age_s)
    metrics.watch(metrics.open_cases, lambda: pulse.open_cases)
    metrics.watch(metrics.open_exceptions, lambda: pulse.exceptions[0])
    metrics.watch(metrics.reviews_due, lambda: pulse.exceptions[1])
    metrics.watch(metrics.send_queue, lambda: pulse.waiting_effects)
    metrics.watch(metrics.late_steps, lambda: pulse.late_steps)
    metrics.watch(metrics.call_wait, lambda: pulse.call_wait_s)
    if (shipping := ticks.shipping) is not None:
        metrics.watch(metrics.unshipped, lambda: float(shipping.waiting))
        metrics.watch(metrics.ship_lag, lambda: shipping.lag_s)
    metrics.watch(metrics.next_due, lambda: _until(pulse.next_due_at, desk))
    if ticks.rostering is not None:
        metrics.watch(metrics.calendar_age, partial(getattr, ticks.rostering, "age_s"))
    metrics.watch(metrics.writes_on, lambda: float(desk.rules.writes_on))
    metrics.watch(metrics.writes_paused, lambda: float(not desk.gate.is_open))


def _until(at: datetime | None, desk: Desk) -> float:
    """Seconds until then; no number where nothing is to come."""
    return (at - desk.now()).total_seconds() if at is not None else math.nan
