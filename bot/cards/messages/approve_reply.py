"""What the requestor of an approved request reads, in the portal's own mail."""

from __future__ import annotations

from permissions import MaintenanceMode

APPROVAL_SUBJECT = "Your request was approved"


def approval_reply(file_name: str, note: str, *, mode: MaintenanceMode | None = None) -> str:
    """The whole text, as it will read; plain text with outside words as they are."""
    if mode is None:
        what = f"{file_name} is approved. It takes effect at the computer's next check-in; "
    else:
        what = f"{file_name} may run for one hour, from the computer's next check-in on; "
    told = f"{what}“Rapid Check-in” in the ThreatLocker tray menu makes it sooner."
    return f"{told}\n\n{note.strip()}" if note.strip() else told
