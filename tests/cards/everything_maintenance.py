"""Every message and modal about maintenance modes, called with one string wherever outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.cards import Rendered
from bot.cards.forms import maintenance_form
from bot.cards.forms.maintenance_form import HistoryLine, ModeForm, ModeOffer
from bot.cards.messages import maintenance
from bot.cards.messages.maintenance import MODE_NAMES
from bot.models import Actor, MaintenanceMode, ModeAttempt, ModeDoing, ModeStanding, RunningMode
from permissions import Door
from tests.cards.samples import NOW

_SPANS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480))


def running_mode(text: str = "", **changed: Any) -> RunningMode:
    """A mode that runs, with that string as every free text."""
    values: dict[str, Any] = {
        "mode_id": "m1",
        "organization_id": "org-contoso",
        "organization_name": text or "Contoso",
        "computer_id": "d2508b7a-9e36-4c1f-8a47-5e0c61b3f942",
        "computer_name": text or "FIN-WS-1",
        "mode": MaintenanceMode.LEARNING,
        "door": Door.COMPUTER,
        "started_by": Actor(person_id="mel", name=text or "Mel Ortiz", slack_user_id="U0CLAIM"),
        "because": text or "an installer that unpacks as it goes",
        "ticket": text or "FIN-7",
        "user_may_end": True,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=1),
        "standing": ModeStanding.RUNNING,
        "portal_mode_id": "57d9c0e4-a1f2-4b36-8e7d-3c60b9f1d285",
    }
    return RunningMode(**(values | changed))


def mode_attempt(text: str = "", does: ModeDoing = ModeDoing.END) -> ModeAttempt:
    """A write that is on its way."""
    return ModeAttempt(
        attempt_id="a1",
        press_id="p1",
        does=does,
        actor=Actor(person_id="bo", name=text or "Bo Lindqvist", slack_user_id="U0CLAIM"),
        rests_on=(),
        access_generation=1,
        recorded_at=NOW,
        not_after=NOW + timedelta(seconds=20),
    )


def mode_states(text: str = "") -> dict[str, RunningMode]:
    """A mode in every state that its message can show, by name."""
    over = {"standing": ModeStanding.ENDED, "ended_at": NOW + timedelta(minutes=40)}
    return {
        "running": running_mode(text),
        "from a request": running_mode(text, door=Door.REQUEST, case_id="c1", ticket="", user_may_end=False),
        "not found yet": running_mode(text, standing=ModeStanding.STARTING, door=Door.REQUEST, case_id="c1"),
        "ending": running_mode(text, attempt=mode_attempt(text)),
        "extending": running_mode(text, attempt=mode_attempt(text, ModeDoing.EXTEND)),
        "overdue": running_mode(text, overdue_since=NOW + timedelta(hours=1)),
        "silent": running_mode(text, note=text or "Its time is over, but the portal cannot be asked."),
        "ended": running_mode(text, **over),
        "ended by somebody": running_mode(text, **over, ended_by=text or "Bo Lindqvist"),
        "runs again": running_mode(text, note=text or "It had been ended in the portal."),
        "not started": running_mode(
            text, standing=ModeStanding.NOT_STARTED, note=text or "No trace.", ended_at=NOW
        ),
        "given up": running_mode(text, standing=ModeStanding.ENDED, note=text or "Nobody could be asked."),
        "redacted": running_mode(text, **over, because="", ended_by=text or "Bo", redacted_at=NOW),
    }


def mode_messages(text: str) -> Iterator[tuple[str, Rendered]]:
    """Every message and answer, by name."""
    for name, mode in mode_states(text).items():
        yield f"mode {name}", maintenance.mode_message(mode)
        yield f"mode over, {name}", maintenance.over(mode)
        yield f"mode ended now, {name}", maintenance.ended_now(mode)
    one = running_mode(text)
    yield "mode reminder", maintenance.reminder(one)
    yield "mode silent end", maintenance.end_not_known(one)
    for group in ("S0TEAM", "", text):
        yield "mode still on", maintenance.still_on(one, group)
    yield "mode moved", maintenance.moved_elsewhere(one)
    yield "mode runs again", maintenance.runs_again(one)
    yield "mode started", maintenance.started(one)
    yield "mode rehearsed", maintenance.rehearsed(text)
    yield "mode checking", maintenance.checking(one)
    yield "mode extended", maintenance.extended(one)
    for does in ModeDoing:
        yield f"mode {does} came to nothing", maintenance.came_to_nothing(one, does, text)
    for count in (0, 1, 30):
        yield "mode usage", maintenance.usage([one] * count, NOW)


def mode_form(text: str = "", **changed: Any) -> ModeForm:
    """A form with that string as every outside text, three modes open and the rest closed."""
    line = HistoryLine(text or "Elevation Mode", NOW, NOW, text or "Tom", text, text, is_running=not text)
    open_ones = list(MODE_NAMES)[:3]
    values: dict[str, Any] = {
        "computer_id": "d2508b7a-9e36-4c1f-8a47-5e0c61b3f942",
        "computer_name": text or "FIN-WS-1",
        "computer_group_name": text or "Workstations",
        "organization_id": "3f6b8c1e-52d7-4a90-8e14-6b2d97c0a511",
        "organization_name": text or "Contoso",
        "current": text,
        "current_until": NOW,
        "offers": [ModeOffer(mode, "" if mode in open_ones else text or "closed") for mode in MODE_NAMES],
        "history": [line] * 30,
        "spans": _SPANS,
        "writes_on": False,
    }
    return ModeForm(**(values | changed))


def mode_views(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every modal, by name."""
    yield "mode loading", maintenance_form.loading_modal()
    yield "mode form", maintenance_form.mode_modal(mode_form(text))
    every = [ModeOffer(mode) for mode in MODE_NAMES]
    yield "mode form, all open", maintenance_form.mode_modal(mode_form(text, offers=every, history=[]))
    none = [ModeOffer(mode, text or "closed") for mode in MODE_NAMES]
    yield "mode form, none open", maintenance_form.mode_modal(mode_form(text, offers=none))
    bare = HistoryLine(text, None, None, text, "", "", is_running=False)
    yield "mode form, thin history", maintenance_form.mode_modal(mode_form(text, history=[bare]))
    yield "mode form, no history", maintenance_form.mode_modal(mode_form(text, history_trouble=text or "x"))
    for writes_on in (True, False):
        yield (
            "mode extension",
            maintenance_form.extend_modal(running_mode(text), _SPANS, NOW, writes_on=writes_on),
        )
