"""An access file with administrators in it, and what a test types at them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.chat import UserGroups
from bot.models import Effect, Kind, Place, Press, PressKind
from handlers.commands import gatehouse
from permissions import Action, Ask, Verdict, judge
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.desk import Bench, accept, text_of

ADMINISTRATION = (
    "Change Permission",
    "View Administrators",
    "Edit Administrators",
    "Assign Roles",
    "View Approvals",
    "Approve for Group",
    "Approve for Single Computer",
    "Elevation Administrator",
)
"""What Mia, the administrator, holds at the parent and everything below."""


@dataclass
class Office:
    """A bench with administrators, and its access file to be changed."""

    bench: Bench
    mia: str
    """Slack id of the administrator of everything."""
    mia_too: str
    """A second Slack id of the same person."""
    lou: str
    """Slack id of an administrator of Brightwater alone."""
    top: list[str] = field(default_factory=list)
    """Lines at the top of the access file."""
    more: list[str] = field(default_factory=list)
    """Lines at its end."""

    async def accept(self) -> int:
        """Put the access file in force as it is now."""
        held = ", ".join(f'"{name}"' for name in ADMINISTRATION)
        document = access_document(self.bench.cast, organizations(self.bench.portal))
        document = document.replace("version = 1", "\n".join(["version = 1", *self.top]))
        lines = [
            f'[people.mia]\nname = "Mia Brandt"\nslack = ["{self.mia}", "{self.mia_too}"]',
            f'[people.lou]\nname = "Lou Petit"\nslack = ["{self.lou}"]',
            f'[[grants]]\npeople = ["mia"]\norganizations = ["rowanbridge"]\nand_below = true\npermissions = [{held}]',
            f'[[grants]]\npeople = ["lou"]\norganizations = ["brightwater"]\npermissions = [{held}]',
            *self.more,
        ]
        return await accept(self.bench, document + "\n".join(lines) + "\n")

    async def types(self, who: str, text: str) -> str:
        """Type `/gatehouse <text>`; what the presser reads."""
        press = await self.command(who, text)
        return await self.bench.do(gatehouse, press)

    async def command(self, who: str, text: str) -> Press:
        """A stored command."""
        made = self.unstored(who, text)
        assert await self.bench.ledger.store_press(made)
        return made

    def unstored(self, who: str, text: str) -> Press:
        """A command that nobody has yet; `@name` of the cast becomes a mention as Slack escapes it."""
        for key, slack_id in {**self.bench.cast.user_ids, "mia": self.mia, "lou": self.lou}.items():
            text = text.replace(f"@{key} ", f"<@{slack_id}|{key}> ")
            if text.endswith(f"@{key}"):
                text = f"{text.removesuffix(f'@{key}')}<@{slack_id}|{key}>"
        return self.bench.unstored(
            self._id(who), "/gatehouse", kind=PressKind.COMMAND, text=text, case_id="", revision=0
        )

    def _id(self, who: str) -> str:
        return {"mia": self.mia, "lou": self.lou}.get(who, who)

    def announced(self) -> list[str]:
        """What went to the audit channel, oldest first."""
        return [text_of(each) for each in self.bench.said if each.place is Place.AUDIT]

    def told(self, slack_id: str) -> list[str]:
        """What went to one person as a notice of its own."""
        return [
            text_of(each)
            for each in self.bench.said
            if self._is_notice(each) and each.slack_user_id == slack_id
        ]

    @staticmethod
    def _is_notice(effect: Effect) -> bool:
        return "-notice:" in effect.effect_id

    async def verdict(self, person_id: str, action: Action, organization: str = "brightwater") -> Verdict:
        """What a press of this person would be judged as now."""

        desk = self.bench.desk
        ask = Ask(
            person_id=person_id,
            action=action,
            organization_id=self.bench.portal.organization_id(organization),
            kind=Kind.APPLICATION,
        )
        return judge(ask, await desk.access.current(), await desk.tree.current(), desk.now())


async def open_office(bench: Bench) -> Office:
    """Engage the administrators and put their access file in force."""
    bench.desk.access.user_groups = UserGroups(bench.client)
    mia, mia_too, lou = (bench.slack.add_person(name) for name in ("mia", "mia-two", "lou"))
    office = Office(bench, mia, mia_too, lou)
    await office.accept()
    return office
