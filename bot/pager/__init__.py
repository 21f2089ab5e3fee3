"""Calls people outside of Slack, by whichever second ways are set.

WayError
├── WayAway      no answer, or it asks to wait: the same again later
├── WayRefused   it says no: somebody has to mend the settings, or the other side
└── WayLeft      nothing was sent: it was to be done on a lease, and that is over
"""

from bot.pager.mail import Mail
from bot.pager.ways import (
    IsOver,
    Opsgenie,
    PagerDuty,
    Way,
    WayAway,
    WayError,
    WayLeft,
    WayRefused,
    Webhook,
    unleased,
)

__all__ = [
    "IsOver",
    "Mail",
    "Opsgenie",
    "PagerDuty",
    "Way",
    "WayAway",
    "WayError",
    "WayLeft",
    "WayRefused",
    "Webhook",
    "unleased",
]
