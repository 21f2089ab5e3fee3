"""A desk and the world around it, with the few things that the tests of the look-ups do to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from bot.cards import check_payload, check_view
from bot.desk import Amendment, Desk, case_change, event_of
from bot.ledger import Committed, StoredEvent
from bot.models import Actor, CardAddress, Case, Effect, Event, Place, Press, PressKind
from bot.portal import sighting_of
from bot.rules import lifecycle
from rehearsal.portal.arrivals import account_of, add_audit_row
from rehearsal.portal.records import DENY, AuditRow, Computer, FileFacts
from rehearsal.portal.sandbox import PortalSandbox
from rehearsal.slack import SlackSandbox

UseCase = Callable[[Desk, Press], Awaitable[None]]


@dataclass(frozen=True)
class OneChannel:
    """A routing table with one channel for everything."""

    channel_id: str

    def channel_for(self, organization_id: str, kind: str, place: Place) -> str:  # noqa: ARG002 - the protocol's names
        """Always the same."""
        return self.channel_id

    def default_for(self, place: Place) -> str:  # noqa: ARG002 - the protocol's name
        """Always the same."""
        return self.channel_id

    def channels(self) -> tuple[str, ...]:
        """The one."""
        return (self.channel_id,)


@dataclass
class House:
    """What a test holds."""

    desk: Desk
    portal: PortalSandbox
    slack: SlackSandbox
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: list[dict[str, Any]] = field(default_factory=list)
    organizations: dict[str, str] = field(default_factory=dict)
    """The access file's own names for organizations."""
    _numbers: Any = field(default_factory=count)

    # People and grants

    def member(self, name: str, *, listed: bool = True, **flags: Any) -> str:
        """A member of the workspace, by default also in the access file; their Slack id."""
        slack_id = self.slack.add_person(name, **flags)
        if listed:
            self.people[name] = {
                "name": name.title(),
                "slack": [slack_id],
                "portal": [f"BRIGHTWATER\\{name}"],
            }
        return slack_id

    def grant(self, name: str, *permissions: str, at: str = "brightwater", **more: Any) -> None:
        """Give permissions at an organization of the stand-in portal."""
        place = self.portal.organization_id(at)
        given = {"permissions": list(permissions)} if permissions else {}
        self.grants.append({"people": [name], "organizations": [place], **given, **more})

    async def accept(self) -> None:
        """Put people and grants in force."""
        document = {
            "version": 1,
            "organizations": self.organizations,
            "people": self.people,
            "grants": self.grants,
        }
        text = json.dumps(document)
        digest = hashlib.sha256(text.encode()).hexdigest()
        await self.desk.ledger.accept_access(text, digest, [Event(name="access_accepted")])

    async def asker(self, *permissions: str, at: str = "brightwater", **more: Any) -> str:
        """Alex, with these permissions at one organization."""
        slack_id = self.member("alex")
        if permissions:
            self.grant("alex", *permissions, at=at, **more)
        await self.accept()
        return slack_id

    # The portal's world

    def computer(self, name: str) -> Computer:
        """A computer of the stand-in by its name."""
        return next(each for each in self.portal.world.computers.values() if each.name == name)

    def block(
        self, computer_name: str, path: str, *, ago: timedelta = timedelta(minutes=5), **more: Any
    ) -> AuditRow:
        """A blocked item on a computer; `hash`, `user`, `simulated`, `action` may be said."""
        world, computer = self.portal.world, self.computer(computer_name)
        policy = next(p for p in world.policies.values() if p.applies_to_id == computer.computer_group_id)
        return add_audit_row(
            world,
            computer,
            account_of(world, computer, more.get("user", computer.user)),
            FileFacts(
                path, "C:\\Windows\\explorer.exe", hash=more.get("hash", ""), sha256=more.get("sha256", "")
            ),
            action_type=more.get("action", "execute"),
            action_id=more.get("action_id", DENY),
            at=self.portal.clock.now() - ago,
            policy=policy,
            is_monitor_mode=more.get("simulated", False),
        )

    async def case(
        self,
        kind: str = "execute",
        *,
        claimed_by: str = "",
        posted: bool = True,
        bundle_id: str = "",
        **choices: Any,
    ) -> Case:
        """An open case around one request that the stand-in portal raises. `bundle_id`: it shares that card."""
        request_id = self.portal.raise_request(kind, **choices)
        organization_id = self.portal.request(request_id).organization_id
        sighting = sighting_of(await self.desk.portal.get_request(request_id, organization_id))
        now = self.desk.now()
        case = lifecycle.open_case(f"case-{next(self._numbers)}", sighting, now, self.desk.rules)
        case = case.model_copy(update={"bundle_id": bundle_id})
        if claimed_by:
            actor = Actor(person_id=claimed_by, name=claimed_by.title(), slack_user_id="U0CLAIM")
            case = lifecycle.take_claim(case, actor, now, self.desk.rules, escalated=False)
        change = case_change(self.desk, None, Amendment(case, (event_of("written_by_test", None, case),)))
        assert isinstance(await self.desk.ledger.commit(change), Committed)
        standing = next((each.card for each in await self.desk.beside(case) if each.card), None)
        for claimed in await self.desk.ledger.claim_effects(100, timedelta(seconds=30)):
            ts = f"1700000000.{next(self._numbers):06}"
            card = standing or CardAddress(channel_id="C0CARDS", ts=ts, posted_at=now)
            await self.desk.ledger.effect_done(claimed, case_card=card if posted else None)
        stored = await self.desk.ledger.case(case.case_id)
        assert stored is not None
        return stored.case

    # Asking

    def press(self, slack_id: str, text: str = "", **more: Any) -> Press:
        """A press as the front door stores it."""
        values: dict[str, Any] = {
            "press_id": f"press-{next(self._numbers)}",
            "kind": PressKind.COMMAND,
            "name": "/blocked",
            "slack_user_id": slack_id,
            "slack_team_id": self.slack.team_id,
            "received_at": self.desk.now(),
            "channel_id": "C0CARDS",
            "response_url": "https://hooks.slack.example/commands/1",
            "text": text,
        }
        return Press(**(values | more))

    async def ask(self, use_case: UseCase, slack_id: str, text: str = "", **more: Any) -> Effect:
        """Press, let the use case work, and take the one thing that it says."""
        press = self.press(slack_id, text, **more)
        assert await self.desk.ledger.store_press(press)
        await use_case(self.desk, press)
        assert await self.desk.ledger.waiting_presses() == 0
        (claimed,) = await self.desk.ledger.claim_effects(100, timedelta(seconds=30))
        await self.desk.ledger.effect_done(claimed)
        effect = claimed.effect
        assert effect.slack_user_id == slack_id
        if effect.view:
            check_view(effect.view)
        else:
            check_payload("message", effect.blocks)
            assert len(effect.text) <= 4000
        return effect

    async def last_event(self) -> StoredEvent:
        """The newest event of the record."""
        return (await self.desk.ledger.events())[-1]


def button(effect: Effect, action_id: str) -> str | None:
    """The value of a button in an answer; None where it is not offered."""
    elements = [each for block in effect.blocks for each in block.get("elements", ())]
    return next((each["value"] for each in elements if each.get("action_id") == action_id), None)
