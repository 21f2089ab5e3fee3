"""Calls people outside of Slack, by whichever second ways are set.

WayError
├── WayAway      no answer, or it asks to wait: the same again later
└── WayRefused   it says no: somebody has to mend the settings, or the other side
"""

from bot.pager.mail import Mail
from bot.pager.ways import Opsgenie, PagerDuty, Way, WayAway, WayError, WayRefused, Webhook

__all__ = ["Mail", "Opsgenie", "PagerDuty", "Way", "WayAway", "WayError", "WayRefused", "Webhook"]
