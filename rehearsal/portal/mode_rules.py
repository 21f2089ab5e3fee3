"""Who may change which maintenance mode in the stand-in portal, what an insert must hold, and how modes run out."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from rehearsal.portal.answers import broken, invalid, missing_permission
from rehearsal.portal.call import Call
from rehearsal.portal.records import MaintenanceMode
from rehearsal.portal.rights import (
    EDIT_APPLICATIONS,
    EDIT_COMPUTERS,
    ELEVATION_ADMINISTRATOR,
    MAINTENANCE_RIGHTS,
    MANAGE_ALL_MODES,
    OPENS_DEVICES,
)
from rehearsal.portal.world import World

REQUIRED: Final = frozenset(
    {
        "allUsers",
        "automaticApplication",
        "automaticApplicationType",
        "computerDateTime",
        "computerId",
        "createNewApplication",
        "endDateTime",
        "maintenanceTypeId",
        "permitEnd",
        "startDateTime",
        "useExistingApplication",
    }
)
"""What the vendor's article requires of an insert; a missing one is a server error, as elsewhere."""
WITH_APPLICATION: Final = frozenset({2, 3, 5})
"""Types that learn, and so need to be told into which application."""
_APPLICATION_WAYS: Final = ("automaticApplication", "useExistingApplication", "createNewApplication")
_AUTOMATIC_TYPES: Final = frozenset({1, 2, 3})
"""Into an application of the computer, of its group, or of the system."""


def require_mode(call: Call, type_id: int) -> None:
    """Refuses unless the token carries both halves of what this type needs."""
    right = MAINTENANCE_RIGHTS.get(type_id)
    if right is None:
        raise invalid("Invalid maintenance mode type")
    if right == ELEVATION_ADMINISTRATOR:
        if call.may([ELEVATION_ADMINISTRATOR]) and call.may(OPENS_DEVICES):
            return
        if call.may([MANAGE_ALL_MODES]) and call.may([EDIT_COMPUTERS]):
            return
        raise missing_permission(OPENS_DEVICES[0] if call.may([right]) else right)
    if not call.may([right]):
        call.require([MANAGE_ALL_MODES] if call.may([MANAGE_ALL_MODES]) else [right])
        if type_id in WITH_APPLICATION:
            call.require([EDIT_APPLICATIONS])
    call.require([EDIT_COMPUTERS])


def require_insert(body: dict[str, Any]) -> None:
    """Refuses an insert that leaves something out, or does not say where what is learnt goes."""
    if REQUIRED - set(body):
        raise broken()
    if body["maintenanceTypeId"] not in WITH_APPLICATION:
        return
    if sum(bool(body[way]) for way in _APPLICATION_WAYS) != 1:
        raise invalid("Must choose an automatic, an existing or a new application")
    if body["automaticApplication"] and body["automaticApplicationType"] not in _AUTOMATIC_TYPES:
        raise invalid("Invalid automatic application type")


def is_running(mode: MaintenanceMode, at: datetime) -> bool:
    """Whether a mode is on at a time."""
    return not mode.ended_by and mode.start_at <= at < mode.end_at


def run_modes(world: World, at: datetime) -> None:
    """Puts every computer into what its modes say at this moment: those that ran out are secured again.

    A computer whose mode has no end on its own row stays as it is: it has not checked in since.
    """
    for computer in list(world.computers.values()):
        if computer.maintenance_end_at is not None and computer.maintenance_end_at <= at:
            secured = replace(computer, maintenance_type_id=0, maintenance_end_at=None)
            world.computers[computer.computer_id] = secured
    for mode in world.modes.values():
        held = world.computers.get(mode.computer_id)
        if held is not None and held.maintenance_type_id == 0 and is_running(mode, at):
            world.computers[mode.computer_id] = replace(
                held, maintenance_type_id=mode.maintenance_type_id, maintenance_end_at=mode.end_at
            )


def finish_mode(world: World, mode_id: str, *, by: str, at: datetime) -> MaintenanceMode:
    """Ends a mode now, whoever does it, by a call or in the portal's own pages."""
    mode = replace(world.modes[mode_id], end_at=at, ended_by=by)
    world.modes[mode_id] = mode
    computer = world.computers[mode.computer_id]
    if computer.maintenance_type_id == mode.maintenance_type_id:
        world.computers[mode.computer_id] = replace(computer, maintenance_type_id=0, maintenance_end_at=None)
    return mode


def move_mode(world: World, mode_id: str, end_at: datetime) -> MaintenanceMode:
    """Moves the end of a mode, whoever does it."""
    mode = replace(world.modes[mode_id], end_at=end_at)
    world.modes[mode_id] = mode
    computer = world.computers[mode.computer_id]
    if computer.maintenance_type_id == mode.maintenance_type_id:
        world.computers[mode.computer_id] = replace(computer, maintenance_end_at=end_at)
    return mode
