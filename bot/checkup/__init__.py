"""`gatehouse check`: looks at every part of an installation and says each fault with its remedy."""

from bot.checkup.access import AccessReport, access_file_report
from bot.checkup.all import before_start, check
from bot.checkup.findings import Remark, Weight
from bot.checkup.portal import is_broken
from bot.checkup.slack import WHY_NOT, why_no_socket

__all__ = [
    "WHY_NOT",
    "AccessReport",
    "Remark",
    "Weight",
    "access_file_report",
    "before_start",
    "check",
    "is_broken",
    "why_no_socket",
]
