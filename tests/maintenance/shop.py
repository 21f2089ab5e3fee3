"""A bench with people who may use maintenance modes, and what a test types, presses and reads there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.app.beat import Dues
from bot.cards import check_view
from bot.cards.kit import ids
from bot.desk import Desk
from bot.maintenance.changing import end_now, open_extension, submit_extension
from bot.maintenance.command import maintenance
from bot.maintenance.starting import mode_id_of, submit_start
from bot.models import Effect, EffectKind, Place, Press, PressKind, RunningMode
from rehearsal.portal.records import Computer, MaintenanceMode
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.desk import Bench, accept, text_of

EVERY = ("Manage All Maintenance Modes", "Edit Computers", "Edit Application Control Applications")
"""What Mel, a technician, holds at Brightwater."""
_PATIENCE_S = 30.0


@dataclass
class Shop:
    """A bench, its access file to be changed, and one computer to work on."""

    bench: Bench
    mel: str
    """Slack id of the technician."""
    more: list[str] = field(default_factory=list)
    """Lines at the end of the access file."""

    @property
    def desk(self) -> Desk:
        """The bench's desk, as it is now."""
        return self.bench.desk

    # People

    async def give(self, who: str, *permissions: str, at: str = "brightwater") -> None:
        """Put one more grant into the access file, and that into force."""
        held = ", ".join(f'"{name}"' for name in permissions)
        self.more.append(
            f'[[grants]]\npeople = ["{who}"]\norganizations = ["{at}"]\npermissions = [{held}]\n'
        )
        await self.accept()

    async def take_all(self) -> None:
        """Nobody has anything beyond the cast's own grants any more."""
        self.more.clear()
        await self.accept()

    async def accept(self) -> None:
        """Put the access file in force as it is now."""
        document = access_document(self.bench.cast, organizations(self.bench.portal))
        person = f'[people.mel]\nname = "Mel Ortiz"\nslack = ["{self.mel}"]\nportal = ["mortiz"]'
        await accept(self.bench, "\n".join([document, person, *self.more]) + "\n")

    def slack_id(self, who: str) -> str:
        """A person's Slack id."""
        return self.mel if who == "mel" else self.bench.cast[who]

    # The computer

    def computer(self, name: str = "BRW-WS-001") -> Computer:
        """A computer as the portal has it."""
        return next(one for one in self.bench.portal.world.computers.values() if one.name == name)

    def history(self, name: str = "BRW-WS-001") -> list[MaintenanceMode]:
        """The portal's own history of a computer."""
        own = self.computer(name).computer_id
        return [mode for mode in self.bench.portal.world.modes.values() if mode.computer_id == own]

    def writes(self) -> list[str]:
        """Every write about modes that reached the portal, by its name, oldest first."""
        exchanges = self.bench.portal.traffic
        return [
            each.path.rsplit("/", 1)[-1]
            for each in exchanges
            if each.path.startswith("MaintenanceMode/") and each.method != "GET"
        ]

    # Presses

    async def types(self, who: str, text: str) -> list[Effect]:
        """Type `/gatehouse <text>`; what was said, its modals checked."""
        press = await self.bench.press(
            self.slack_id(who), "/gatehouse", kind=PressKind.COMMAND, text=text, case_id="", revision=0
        )
        await maintenance(self.desk, press)
        assert await self.bench.ledger.waiting_presses() == 0
        said = await self.bench.say()
        for each in said:
            if each.kind is EffectKind.MODAL:
                check_view(each.view)
        return said

    async def form(self, who: str, text: str) -> dict[str, Any]:
        """The modal that a command ends in."""
        modals = [each for each in await self.types(who, text) if each.kind is EffectKind.MODAL]
        assert [bool(each.trigger_id) for each in modals] == [True, False]
        assert modals[0].external_id == modals[1].external_id
        return modals[1].view

    async def submission(self, who: str, computer: str = "BRW-WS-001", **values: str) -> Press:
        """The stored press of a submitted form."""
        one = self.computer(computer)
        filled = {
            ids.MODE_BLOCK: "learning",
            ids.SPAN_BLOCK: "60",
            ids.MODE_BECAUSE_BLOCK: "the installer unpacks other files each time",
            ids.MODE_TICKET_BLOCK: "BRW-77",
            ids.USER_MAY_END_BLOCK: "no",
        }
        return await self.bench.press(
            self.slack_id(who),
            ids.MODE_VIEW,
            kind=PressKind.MODAL,
            case_id=f"{one.computer_id}.{one.organization_id}",
            values=filled | values,
        )

    async def starts(self, who: str, computer: str = "BRW-WS-001", **values: str) -> str:
        """Submit the form; what the presser reads."""
        press = await self.submission(who, computer, **values)
        return _flat(await self.bench.do(submit_start, press))

    async def started(self, who: str = "mel", computer: str = "BRW-WS-001", **values: str) -> RunningMode:
        """A mode that runs, its message posted."""
        press = await self.submission(who, computer, **values)
        said = await self.bench.do(submit_start, press)
        assert "Running." in said, said
        return await self.mode(mode_id_of(press))

    async def press_on(self, who: str, name: str, mode: RunningMode, **values: str) -> Press:
        """A stored press on a mode's message, or on its form."""
        kind = PressKind.MODAL if values else PressKind.BUTTON
        revision = mode.shown_end if values else 1
        return await self.bench.press(
            self.slack_id(who), name, kind=kind, case_id=mode.mode_id, revision=revision, values=values
        )

    async def ends(self, who: str, mode: RunningMode) -> str:
        """Press “End now”; what the presser reads."""
        return _flat(await self.bench.do(end_now, await self.press_on(who, ids.MODE_END, mode)))

    async def extends(self, who: str, mode: RunningMode, minutes: int = 60) -> str:
        """Submit “Extend”, in a form that was opened just now; what the presser reads."""
        mode = await self.mode(mode.mode_id)
        values = {ids.SPAN_BLOCK: str(minutes), ids.MODE_BECAUSE_BLOCK: "the vendor is still at it"}
        press = await self.press_on(who, ids.MODE_EXTEND_VIEW, mode, **values)
        return _flat(await self.bench.do(submit_extension, press))

    async def extension_form(self, who: str, mode: RunningMode) -> dict[str, Any]:
        """The modal behind “Extend…”."""
        press = await self.press_on(who, ids.MODE_EXTEND, mode)
        await open_extension(self.desk, press)
        modals = [each for each in await self.bench.say() if each.kind is EffectKind.MODAL]
        check_view(modals[-1].view)
        return modals[-1].view

    # Time and what is said

    async def mode(self, mode_id: str) -> RunningMode:
        """The record of a mode now."""
        stored = await self.bench.ledger.modes.read(mode_id)
        assert stored is not None
        return stored.mode

    async def tick(self) -> list[Effect]:
        """Act on everything that is due; what was said."""
        dues = Dues(self.desk)
        await dues.drain()
        await dues.stop(_PATIENCE_S)
        return await self.bench.say()

    async def until(self, at: datetime, **later: float) -> list[Effect]:
        """Let time pass up to a moment (and a span after it); what was said then."""
        span = at - self.desk.now() + timedelta(**later)
        await self.bench.advance(seconds=span.total_seconds())
        return await self.tick()

    async def shown(self) -> str:
        """The newest text of the mode's message."""
        drawn = [each for each in self.bench.said if each.kind is EffectKind.MODE]
        return _flat(text_of(drawn[-1])) if drawn else ""

    def replies(self) -> list[str]:
        """What was said under the message, oldest first."""
        return [_flat(text_of(each)) for each in self.bench.said if each.in_thread and each.message_ts]

    def called(self) -> list[str]:
        """What went to the escalation channel."""
        return [_flat(text_of(each)) for each in self.bench.said if each.place is Place.ESCALATION]

    def told(self, who: str) -> list[str]:
        """What went to one person besides the answers to presses."""
        return [
            _flat(text_of(each))
            for each in self.bench.said
            if each.slack_user_id == self.slack_id(who) and each.effect_id.startswith("mode-doubt:")
        ]


def _flat(text: str) -> str:
    return " ".join(text.split())


async def open_shop(bench: Bench) -> Shop:
    """Engage the technician and put the access file in force."""
    shop = Shop(bench, bench.slack.add_person("mel", real_name="Mel Ortiz"))
    await shop.give("mel", *EVERY)
    return shop
