"""Maintenance modes as the portal writes them: type numbers, a computer's history, and the bodies of three writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from bot.models import MaintenanceMode
from bot.portal.lenient import ZERO_ID, Wire, WireTime, read_guid
from bot.portal.notes import decision_note, names_attempt, note_text
from bot.portal.wire import ComputerRow

TYPE_IDS: Final = {
    MaintenanceMode.APPLICATION_MONITOR_ONLY: 1,
    MaintenanceMode.INSTALLATION: 2,
    MaintenanceMode.LEARNING: 3,
    MaintenanceMode.ELEVATION: 4,
    MaintenanceMode.TAMPER_PROTECTION: 6,
    MaintenanceMode.NETWORK_MONITOR_ONLY: 17,
    MaintenanceMode.STORAGE_MONITOR_ONLY: 18,
}
"""The portal's maintenance types (its published schema and documentation agree on these)."""
_MODES: Final = {type_id: mode for mode, type_id in TYPE_IDS.items()}
_TYPE_NAMES: Final = {5: "Learning, by hash only", 14: "Isolation", 15: "Lockdown", 16: "Alerts off"}
"""Types that Gatehouse never starts but may find on a computer."""
_FOR_THIS_COMPUTER: Final = 1
"""`automaticApplicationType`: 0 none, 1 computer, 2 group, 3 system (the portal's documentation)."""
_WITH_APPLICATION: Final = frozenset({MaintenanceMode.INSTALLATION, MaintenanceMode.LEARNING})
_REASON_LIMIT: Final = 300
"""Our choice; the portal names no limit for notes."""


class ModeRow(Wire):
    """One line of a computer's history of maintenance modes. `ended_by` is empty where it ran out or still runs.

    Without an id (empty) it is told and counts as running, but cannot be ended from here.
    """

    maintenance_mode_id: Annotated[str, BeforeValidator(read_guid)] = ""
    maintenance_type_id: int = 0
    display_name: str = ""
    start_date_time: WireTime = None
    end_date_time: WireTime = None
    added_by: str = ""
    ended_by: str = ""
    notes: str = ""

    @property
    def mode(self) -> MaintenanceMode | None:
        """Which of our modes it is; None for a type that Gatehouse never starts."""
        return _MODES.get(self.maintenance_type_id)

    def is_running(self, at: datetime) -> bool:
        """Whether it is on at a time; one without an end is."""
        has_begun = self.start_date_time is None or self.start_date_time <= at
        return has_begun and not self.ended_by and (self.end_date_time is None or self.end_date_time > at)

    def carries(self, attempt_id: str) -> bool:
        """Whether its notes name this attempt of ours."""
        return names_attempt(self.notes, attempt_id)


def mode_named(type_id: int) -> MaintenanceMode | None:
    """Our mode of a type number; None for none (0) and for types that Gatehouse never starts."""
    return _MODES.get(type_id)


def type_name(type_id: int) -> str:
    """A type that is none of ours, in words."""
    return _TYPE_NAMES.get(type_id, f"type {type_id}")


def insert_body(
    computer: ComputerRow,
    mode: MaintenanceMode,
    *,
    start: datetime,
    end: datetime,
    note: str,
    user_may_end: bool,
    ticket: str = "",
) -> dict[str, Any]:
    """What starts a mode for everybody on one computer.

    Installation and Learning put what they learn into this computer's own automatic application.
    """
    is_automatic = mode in _WITH_APPLICATION
    return {
        "computerId": computer.computer_id,
        "maintenanceTypeId": TYPE_IDS[mode],
        "startDateTime": _time(start),
        "endDateTime": _time(end),
        "computerDateTime": _time(start),
        "allUsers": True,
        "usersList": [],
        "permitEnd": user_may_end,
        "automaticApplication": is_automatic,
        "automaticApplicationType": _FOR_THIS_COMPUTER if is_automatic else 0,
        "useExistingApplication": False,
        "existingApplication": {"applicationId": ZERO_ID, "name": ""},
        "createNewApplication": False,
        "newApplication": {
            "applicationId": ZERO_ID,
            "applicationName": "",
            "createApplicationOnly": False,
            "appliesToId": ZERO_ID,
        },
        "maintenanceModeConditions": [],
        "ticketNumber": ticket,
        "notes": note,
    }


def end_body(row: ModeRow, computer_id: str) -> dict[str, Any]:
    """What ends a running mode now."""
    body: dict[str, Any] = {
        "maintenanceModeId": row.maintenance_mode_id,
        "maintenanceTypeId": row.maintenance_type_id,
        "computerId": computer_id,
        "appliesToType": 0,
        "computerInstallDate": None,
    }
    times = (("startDateTime", row.start_date_time), ("endDateTime", row.end_date_time))
    return body | {name: _time(at) for name, at in times if at is not None}


def move_body(computer: ComputerRow, mode: MaintenanceMode, end: datetime) -> dict[str, Any]:
    """What moves the end of a computer's running mode."""
    return {
        "computerId": computer.computer_id,
        "computerName": computer.computer_name or computer.hostname,
        "organizationId": computer.organization_id or ZERO_ID,
        "osType": computer.os_type,
        "maintenanceTypeId": TYPE_IDS[mode],
        "maintenanceEndDate": _time(end),
    }


def mode_note(person: str, attempt_id: str, because: str) -> str:
    """`Started by Ana Moreau via Gatehouse [attempt a1…]: the reason`. No name and no reason can fake a mark."""
    return f"{decision_note('Started', person, attempt_id)}: {note_text(because, _REASON_LIMIT)}"


def _time(at: datetime) -> str:
    """UTC to the second, as the portal writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
