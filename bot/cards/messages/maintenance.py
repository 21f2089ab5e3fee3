"""A maintenance mode in Slack: its message while it runs and after, what is said under it, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, moment, raw, say, strong, user, user_group
from bot.models import MaintenanceMode, ModeDoing, ModeStanding, RunningMode

MODE_NAMES = {
    MaintenanceMode.INSTALLATION: "Application Control Installation Mode",
    MaintenanceMode.LEARNING: "Application Control Learning Mode",
    MaintenanceMode.APPLICATION_MONITOR_ONLY: "Application Control Monitor Only",
    MaintenanceMode.ELEVATION: "Elevation Mode",
    MaintenanceMode.NETWORK_MONITOR_ONLY: "Network Control Monitor Only",
    MaintenanceMode.STORAGE_MONITOR_ONLY: "Storage Control Monitor Only",
    MaintenanceMode.TAMPER_PROTECTION: "Tamper Protection Disabled",
}
"""The modes as the portal's Devices page calls them, in the order in which they are offered."""
NO_SHORTCUT = "A maintenance mode is no shortcut: where a scoped policy serves, make the policy instead."
ON_SITE = (
    "Standing at the computer? The tray menu's maintenance mode and its QR code are quicker; "
    "the scanner needs Edit Computers."
)
BECAUSE_LENGTH = 500
"""Characters of “why does no scoped policy serve” (our choice)."""


# --- the message of one mode ----------------------------------------------------------------------


def mode_message(mode: RunningMode) -> Rendered:
    """The message in the organization's card channel, as the record stands."""
    if mode.is_open:
        return message([*_running(mode), *_why(mode)], [_buttons(mode)])
    return message([*_over(mode), *_why(mode)])


def _running(mode: RunningMode) -> list[Line]:
    is_shown = mode.standing is ModeStanding.RUNNING
    head: Line = [strong("In maintenance: " if is_shown else "Maintenance mode asked for: "), *_what(mode)]
    lines: list[Line] = [head, [strong("Ends "), moment(mode.ends_at), say(", by itself.")]]
    if not is_shown:
        lines[1] = [strong("The portal's history does not show it yet; Gatehouse keeps asking.")]
    if mode.overdue_since is not None:
        lines[1] = [
            strong("Its time was over at "),
            moment(mode.ends_at),
            say(", but the portal still shows it."),
        ]
    if mode.attempt is not None and mode.attempt.does is not ModeDoing.START:
        doing = "Ending" if mode.attempt.does is ModeDoing.END else "Extending"
        lines.append(
            [strong(f"{doing} it: "), raw(mode.attempt.actor.name, 80), say(", outcome not known yet.")]
        )
    return [*lines, *_note(mode)]


def _over(mode: RunningMode) -> list[Line]:
    if mode.standing is ModeStanding.NOT_STARTED:
        return [[strong("Not started: "), *_what(mode)], *_note(mode)]
    if mode.ended_at is None:
        head: Line = [strong("Maintenance should be over: "), *_what(mode)]
        return [head, [strong("Its time was over at "), moment(mode.ends_at), say(".")], *_note(mode)]
    ended: list[Run] = [strong("Ended at "), moment(mode.ended_at)]
    by: list[Run] = [say(" by "), raw(mode.ended_by, 80)] if mode.ended_by else [say(", by itself")]
    return [[strong("Maintenance is over: "), *_what(mode)], [*ended, *by, say(".")], *_note(mode)]


def _what(mode: RunningMode) -> list[Run]:
    """“Learning Mode on FIN-WS-1 at Brightwater”."""
    return [say(f"{MODE_NAMES[mode.mode]} on "), *_where(mode)]


def _where(mode: RunningMode) -> list[Run]:
    return [raw(mode.computer_name, 80), say(" at "), raw(mode.organization_name, 80)]


def _why(mode: RunningMode) -> list[Line]:
    door = " from a request" if mode.case_id else ""
    did = "Asked for" if mode.standing is ModeStanding.NOT_STARTED else "Started"
    head: Line = [say(f"{did}{door} by "), raw(mode.started_by.name, 80), say(", "), moment(mode.starts_at)]
    if mode.redacted_at is not None:
        return [[*head, say(". The reason was removed when its time was over.")]]
    lines: list[Line] = [[*head, say(". Why no scoped policy: "), raw(mode.because, BECAUSE_LENGTH)]]
    if mode.ticket:
        lines.append([say("Ticket: "), raw(mode.ticket, 80)])
    if mode.user_may_end and mode.is_open:
        lines.append([say("Whoever sits at the computer may end it early.")])
    return lines


def _note(mode: RunningMode) -> list[Line]:
    return [[raw(mode.note, 400)]] if mode.note else []


def _buttons(mode: RunningMode) -> Block:
    ref = str(CaseRef(mode.mode_id, 1))
    return blocks.actions(
        [
            blocks.button(ids.MODE_END, "End now", ref, style="danger"),
            blocks.button(ids.MODE_EXTEND, "Extend…", ref),
        ],
        ids.MODE_ACTIONS_BLOCK,
    )


# --- what is said under it ------------------------------------------------------------------------


def reminder(mode: RunningMode) -> Rendered:
    """Shortly before the end, to the starter."""
    head: Line = [user(mode.started_by.slack_user_id), say(" "), *_what(mode), say(" ends ")]
    rest = "Finish, or press “Extend…” above with the reason."
    if mode.standing is ModeStanding.STARTING:
        rest = "The portal does not tell whether it runs: look at the Devices page."
    return message([[*head, moment(mode.ends_at), say(". "), say(rest)]])


def over(mode: RunningMode) -> Rendered:
    """At the end, to the starter: how it ended, by the portal's word."""
    by: list[Run] = [say(" was ended by "), raw(mode.ended_by, 80)] if mode.ended_by else [say(" has ended")]
    head: Line = [user(mode.started_by.slack_user_id), say(" "), *_what(mode), *by]
    return message([[*head, say(", "), moment(mode.ended_at or mode.ends_at), say(". ")], *_note(mode)])


def end_not_known(mode: RunningMode) -> Rendered:
    """At the end, while the portal cannot be asked."""
    head: Line = [user(mode.started_by.slack_user_id), say(" the time of "), *_what(mode), say(" is over, ")]
    return message(
        [[*head, say("but the portal cannot be asked whether it has ended. Gatehouse keeps asking.")]]
    )


def still_on(mode: RunningMode, user_group_id: str) -> Rendered:
    """To the escalation team, once: the computer stays in the mode after its end."""
    called: list[Run] = [user_group(user_group_id), say(" ")] if user_group_id else []
    lines: list[Line] = [
        [*called, strong("Still in maintenance after its end: "), *_what(mode), say(".")],
        [
            say("It should have ended "),
            moment(mode.ends_at),
            say("; the portal still shows the computer in it."),
        ],
        [say("Started by "), raw(mode.started_by.name, 80), say(": "), raw(mode.because, BECAUSE_LENGTH)],
        [say("End it in the portal's Devices page, or find out whether the computer is offline.")],
    ]
    return message(lines)


def moved_elsewhere(mode: RunningMode) -> Rendered:
    """Under it: somebody moved its end in the portal."""
    return message([[say("Its end was moved in the portal, to "), moment(mode.ends_at), say(".")]])


def runs_again(mode: RunningMode) -> Rendered:
    """Under it: an extension of ours that came after somebody had ended it in the portal."""
    head: Line = [user(mode.started_by.slack_user_id), say(" "), *_what(mode), strong(" runs again")]
    return message([[*head, say(", until "), moment(mode.ends_at), say(".")], *_note(mode)])


# --- answers --------------------------------------------------------------------------------------


def started(mode: RunningMode) -> Rendered:
    """To the presser: the portal shows it."""
    head: Line = [strong("Running. "), *_what(mode), say(", until "), moment(mode.ends_at), say(".")]
    rest = "It takes effect at the computer's next check-in. Its message in the channel has “End now” and “Extend…”."
    return message([head, [say(rest)]])


def rehearsed(effect: str) -> Rendered:
    """To the presser, with writes off: what would have been sent."""
    lines: list[Line] = [
        [strong("Writes are off, so nothing was sent; with writes on: "), raw(effect, 900)],
        [say("An administrator switches writes on in gatehouse.toml.")],
    ]
    return message(lines)


def checking(mode: RunningMode) -> Rendered:
    """To the presser: nobody knows yet whether it took effect."""
    text = "Nothing is sent again. You will hear from Gatehouse as soon as the portal says how it ended."
    return message([[strong("Outcome unknown, checking: "), *_what(mode)], [say(text)]])


def not_sent(mode: RunningMode, why: str) -> Rendered:
    """To the presser: recorded, and its time was over before it was sent."""
    return message([[strong("Not sent: "), *_what(mode), say(".")], [say(why)]])


def ended_now(mode: RunningMode) -> Rendered:
    """To the presser: it is over."""
    ended: list[Run] = [say(", "), moment(mode.ended_at or mode.ends_at), say(".")]
    by: list[Run] = [say(" was ended by "), raw(mode.ended_by, 80)] if mode.ended_by else [say(" has ended")]
    return message([[strong("Over. "), *_what(mode), *by, *ended]])


def extended(mode: RunningMode) -> Rendered:
    """To the presser: the portal shows the later end."""
    return message([[strong("Extended. "), *_what(mode), say(" ends "), moment(mode.ends_at), say(".")]])


def came_to_nothing(mode: RunningMode, does: ModeDoing, why: str) -> Rendered:
    """To the presser: the portal shows no trace of what was sent, or refused it."""
    what = {
        ModeDoing.START: "Not started: ",
        ModeDoing.END: "Not ended: ",
        ModeDoing.EXTEND: "Not extended: ",
    }
    return message([[strong(what[does]), *_what(mode), say(".")], [raw(why, 600)]])


USAGE = "/gatehouse maintenance [<computer> [at <organization>]]"


def usage(running: Sequence[RunningMode], now: datetime) -> Rendered:
    """`/gatehouse maintenance` alone: how it is written, and what runs where the asker may see it."""
    lines: list[Line] = [
        [strong("Write: "), raw(USAGE, 120, code=True)],
        [say(NO_SHORTCUT)],
        [say(ON_SITE)],
    ]
    if not running:
        return message(
            [*lines, [say("No maintenance mode that was started here runs where you may see it.")]]
        )
    lines.append([strong(f"Running now ({len(running)}):")])
    lines += [_listed(mode, now) for mode in running[:LISTED]]
    left = len(running) - LISTED
    return message([*lines, [say(f"and {left} more.")]] if left > 0 else lines)


LISTED = 20
"""Modes spelled out in one answer (our choice); the rest is counted."""


def _listed(mode: RunningMode, now: datetime) -> Line:
    until: list[Run] = [
        say(", until "),
        moment(mode.ends_at),
        say(f" ({span_words(mode.ends_at - now)} left)"),
    ]
    return [*_what(mode), *until, say(", started by "), raw(mode.started_by.name, 80)]


def span_words(span: timedelta) -> str:
    """“1 h 30 min”; what is over reads “0 min”."""
    minutes = max(0, round(span.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
