"""What the tests of roles made in Slack type, and who types it."""

from __future__ import annotations

from bot.models import Given
from tests.administration.office import Office

HELD = ("Role Administrator", "Approve for Group", "View Approvals", "View Unified Audit")
MAKE = "role create Night desk at brightwater with Approve for Group, View Approvals because the night shift"
GIVE = "grant @hal Night desk at brightwater because Ana is ill"


async def engage(office: Office, key: str, *held: str, where: str = "brightwater", until: str = "") -> str:
    """Somebody new in the access file, with these permissions there; their Slack id."""
    slack_id = office.bench.slack.add_person(key)
    names = ", ".join(f'"{each}"' for each in held)
    office.more += [
        f'[people.{key}]\nname = "{key.title()} Lind"\nslack = ["{slack_id}"]',
        f'[[grants]]\npeople = ["{key}"]\norganizations = ["{where}"]\npermissions = [{names}]\n{until}',
    ]
    await office.accept()
    return slack_id


async def types(office: Office, who: str, text: str) -> str:
    """What somebody reads who typed this, on one line."""
    return " ".join((await office.types(who, text)).split())


async def given(office: Office) -> Given:
    """What stands in the ledger."""
    return (await office.bench.ledger.given()).given
