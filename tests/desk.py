"""A desk over real parts, with nothing running: the ledger on a real Valkey, the stand-in portal, the stand-in Slack.

What workers and ticks would do, a test does by hand and at its own moment: poll, press, take what is due, say what is
queued. Time is moved for all of them together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.chat import Channels, People, RoutingTable, Sender, SlackClient
from bot.desk import AccessDesk, Amendment, Desk, TreeDesk, amend, note_mode_message, placed
from bot.intake.poll import Polled, poll
from bot.intake.remembering import Agreement
from bot.ledger import Ledger, StoredCase, StoredEvent
from bot.metrics import Metrics
from bot.models import (
    CardAddress,
    Case,
    DueKind,
    Effect,
    EffectKind,
    Event,
    Press,
    PressKind,
    Rules,
    SecondApproval,
    TakenDue,
)
from bot.portal import PortalAddress, PortalClient, Timing
from permissions import parse_access_document
from rehearsal.clock import SandboxClock
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox, load_manifest
from rehearsal.stage import Cast, organizations
from rehearsal.stage.cast import access_document, engage
from tests.cards.reading import read
from tests.house_rules import rules_with
from tests.lookup.house import OneChannel
from tests.valkey import RunningValkey

MANIFEST = load_manifest(Path(__file__).parents[1] / "app_manifest.yml")
WORKING_HOURS = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday morning: the escalation team is there."""
NIGHT = datetime(2026, 11, 18, 22, 0, tzinfo=UTC)
CHANNEL = "C0CARDS"
ONE_PERSON = SecondApproval(reaches=frozenset(), unseen_wider_than_computer=False)
"""No approval needs two people; tests of the second pair of eyes switch it on."""
RULES = Rules(writes_on=True, second=ONE_PERSON)
_LEASE = timedelta(seconds=30)
BENCH_SECRET = b"known to no other client"
PATIENT_S = 30.0
"""How long a call to the ledger may take; tests of a server at fault set their own."""
UseCase = Callable[[Desk, Press], Awaitable[None]]


async def none_known(_: Sequence[int]) -> set[int]:
    """For a look that reads each row of the list."""
    return set()


@dataclass
class Bench:
    """Everything a test holds."""

    desk: Desk
    clock: SandboxClock
    portal: PortalSandbox
    slack: SlackSandbox
    client: SlackClient
    valkey: RunningValkey
    cast: Cast
    folder: Path
    agreement: Agreement = field(default_factory=Agreement)
    """What the looks of this process remember."""
    said: list[Effect] = field(default_factory=list)
    """Everything that was queued and taken out, oldest first."""
    _numbers: Any = field(default_factory=count)

    @property
    def ledger(self) -> Ledger:
        """The desk's ledger."""
        return self.desk.ledger

    def with_rules(self, **changed: Any) -> None:
        """Other house rules from now on."""
        rules = rules_with(self.desk.rules, **changed)
        self.desk = replace(self.desk, rules=rules, tree=replace(self.desk.tree, rules=rules))

    def sender(self, routes: RoutingTable) -> Sender:
        """Speaks in the stand-in Slack. That a channel is lost is taken, and told nobody."""

        async def alert(_: object) -> bool:
            return True

        return Sender(self.client, Channels(self.client, routes, alert), self.desk.rules)

    async def advance(self, **span: float) -> None:
        """Let time pass for everybody."""
        self.clock.advance(timedelta(**span))
        await self.valkey.travel(timedelta(**span))
        await self.ledger.tick()

    # Requests and cases

    def ask(self, kind: str = "execute", **choices: Any) -> str:
        """Somebody is blocked and asks; the request's id."""
        if "computer" not in choices:
            choices.setdefault("organization", "brightwater")
        return self.portal.raise_request(kind, **choices)

    async def poll(self) -> Polled:
        """One look at the portal."""
        return await poll(self.desk, self.agreement)

    async def case_of(self, request_id: str) -> Case:
        """The case that holds a request now."""
        held = await self.ledger.case_ids_of_requests([request_id])
        return await self.case(held[request_id])

    async def case(self, case_id: str) -> Case:
        """A case as the ledger has it."""
        stored = await self.ledger.case(case_id)
        assert stored is not None
        return stored.case

    async def arrive(self, kind: str = "execute", **choices: Any) -> Case:
        """A request that got onto a card; its case."""
        request_id = self.ask(kind, **choices)
        await self.poll()
        await self.say()
        return await self.case_of(request_id)

    async def arrive_on(self, *computers: str, **choices: Any) -> Case:
        """The same file asked for on several computers: one case."""
        request_ids = self.portal.raise_everywhere("execute", computers, **choices)
        await self.poll()
        await self.say()
        return await self.case_of(request_ids[0])

    def computers(self, organization: str = "brightwater", os_type: int = 1) -> list[str]:
        """Names of an organization's computers."""
        place = self.portal.organization_id(organization)
        world = self.portal.world
        return [
            one.name
            for one in world.computers.values()
            if one.organization_id == place and one.os_type == os_type and "-SRV-" not in one.name
        ]

    async def write(self, case: Case) -> Case:
        """Put another version of a case into the ledger, past the use cases."""
        event = Event(name="written_by_test", case_id=case.case_id)
        stored = await amend(self.desk, case.case_id, lambda _: Amendment(case, [event]))
        assert stored is not None
        return stored.case

    # Presses

    def unstored(self, who: str, name: str, case: Case | None = None, **more: Any) -> Press:
        """A press of somebody of the cast (or of a bare Slack id), on a case's card as it is now; nobody has it yet."""
        number = next(self._numbers)
        values: dict[str, Any] = {
            "press_id": f"p{number:031x}",
            "kind": PressKind.BUTTON,
            "name": name,
            "slack_user_id": self.cast.user_ids.get(who, who),
            "slack_team_id": self.slack.team_id,
            "received_at": self.desk.now(),
            "channel_id": CHANNEL,
            "message_ts": case.card.ts if case and case.card else "",
            "case_id": case.case_id if case else "c0unknown",
            "revision": case.revision if case else 1,
            "trigger_id": f"trigger-{number}",
            "response_url": "https://hooks.slack.example/actions/1",
        }
        return Press(**(values | more))

    async def press(self, who: str, name: str, case: Case | None = None, **more: Any) -> Press:
        """The same, stored."""
        made = self.unstored(who, name, case, **more)
        assert await self.ledger.store_press(made)
        return made

    async def do(self, use_case: UseCase, press: Press) -> str:
        """Let a use case work on a press until it is answered; what the presser reads."""
        await use_case(self.desk, press)
        return await self.answer(press)

    async def answer(self, press: Press) -> str:
        """What was said to the presser of this press, as it is read on the screen."""
        assert await self.ledger.waiting_presses() == 0, "the press is not answered"
        said = await self.say()
        answers = [one for one in said if one.effect_id == f"answer:{press.press_id}"]
        assert len(answers) == 1, [one.effect_id for one in said]
        assert answers[0].slack_user_id == press.slack_user_id
        return text_of(answers[0])

    async def became(self) -> dict[str, str]:
        """What became of each request of the last decision press, as the record has it."""
        found: dict[str, str] = (await self.last("press_answered")).facts["became"]
        return found

    # What is said

    async def say(self) -> list[Effect]:
        """Take everything out of the send queue, as if Slack had taken it; cards get an address."""
        taken = []
        for claimed in await self.ledger.claim_effects(1000, _LEASE):
            effect = claimed.effect
            card = None
            if effect.kind is EffectKind.CARD and (await self.case(effect.case_id)).card is None:
                ts = f"1700000000.{next(self._numbers):06}"
                card = CardAddress(channel_id=CHANNEL, ts=ts, posted_at=self.desk.now())
            if effect.kind is EffectKind.MODE:
                place = await placed(self.desk, effect)
                ts = place.message_ts or f"1700000000.{next(self._numbers):06}"
                await note_mode_message(self.desk, effect.case_id, CHANNEL, ts)
            await self.ledger.effect_done(claimed, case_card=card)
            taken.append(effect)
        self.said += taken
        return taken

    # Due times

    async def due(self, kind: DueKind) -> list[tuple[TakenDue, StoredCase]]:
        """Take what is due; what is of other kinds is given back."""
        wanted = []
        for taken, stored in await self.ledger.take_due():
            if taken.kind is kind and stored is not None:
                wanted.append((taken, stored))
            else:
                await self.ledger.due_later(taken, taken.due_at)
        return wanted

    async def one_due(self, kind: DueKind) -> tuple[TakenDue, Case]:
        """The one thing of a kind that is due now."""
        ((taken, stored),) = await self.due(kind)
        return taken, stored.case

    # The record

    async def events(self, *names: str) -> list[StoredEvent]:
        """Events of these names (all without any), oldest first."""
        found = await self.ledger.events()
        return [one for one in found if not names or one.event.name in names]

    async def last(self, name: str) -> Event:
        """The newest event of a name."""
        return (await self.events(name))[-1].event


def text_of(effect: Effect) -> str:
    """An effect as it is read on the screen."""
    if effect.view:
        return read(effect.view["blocks"])
    return read(effect.blocks) or effect.text


@contextmanager
def shared_server(folder: Path, *, writes_out: bool = False) -> Iterator[RunningValkey]:
    """One server for many tests; each empties it before, and hardly one needs it on the disk."""
    server = RunningValkey(folder, writes_out=writes_out)
    asyncio.run(server.start())
    try:
        yield server
    finally:
        asyncio.run(server.stop())


@asynccontextmanager
async def open_bench(
    valkey: RunningValkey, folder: Path, *, start: datetime = WORKING_HOURS, limit_s: float = PATIENT_S
) -> AsyncIterator[Bench]:
    """A desk with the whole cast and its access file in force, at a moment of the week. `limit_s`: of its ledger's
    calls."""
    await valkey.flush()
    clock = SandboxClock(start)
    portal, slack = PortalSandbox(7, clock), SlackSandbox(MANIFEST, clock, ids="BENCH")
    await portal.start()
    await slack.start()
    ledger = await Ledger.connect(valkey.url, replica_id="bench", secret=BENCH_SECRET, limit_s=limit_s)
    client = SlackClient.connect(slack.bot_token, slack.base_url)
    try:
        async with aiohttp.ClientSession() as session:
            await ledger.tick()
            await valkey.travel(clock.now() - ledger.now())
            await ledger.tick()
            desk = _desk(ledger, portal, slack, client, session)
            bench = Bench(desk, clock, portal, slack, client, valkey, engage(slack), folder)
            cast = bench.cast
            bench.with_rules(
                escalation={
                    "approvers_user_group": slack.add_user_group("approvers", [cast["ana"], cast["bo"]]),
                    "team_user_group": slack.add_user_group("escalation", [cast["kim"]]),
                }
            )
            await accept(bench)
            yield bench
    finally:
        await client.close()
        await ledger.close()
        await slack.close()
        await portal.close()


def _desk(
    ledger: Ledger,
    portal: PortalSandbox,
    slack: SlackSandbox,
    client: SlackClient,
    session: aiohttp.ClientSession,
) -> Desk:
    address = PortalAddress(
        portal.base_url, SecretStr(portal.token), max_retries=0, read_timeout_s=2.0, write_timeout_s=2.0
    )
    reads = PortalClient(address, session, timing=Timing())
    tree = TreeDesk(reads, ledger, RULES)
    return Desk(
        rules=RULES,
        ledger=ledger,
        portal=reads,
        people=People(client, slack.team_id),
        access=AccessDesk(ledger, tree=tree),
        tree=tree,
        routes=OneChannel(CHANNEL),
        metrics=Metrics(),
        workspace_url="https://rehearsal.slack.com/",
    )


async def accept(bench: Bench, document: str = "") -> int:
    """Put the cast's access file (or another document) in force."""
    text = document or access_document(bench.cast, organizations(bench.portal))
    (bench.folder / "access.toml").write_text(text, "utf-8")
    access = parse_access_document(text)
    return await bench.ledger.accept_access(access.document, access.digest, [Event(name="access_accepted")])
