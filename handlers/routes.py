"""Every way in from Slack, by name: what the manifest must allow, and which use case answers it.

A press is stored under its route's name; the name of an old card's button stays valid for as long as cards live.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.administration.command import WORDS
from bot.administration.form import submit_form
from bot.cards import answers, ids
from bot.decision.claims import claim, release
from bot.decision.forms import open_approve, open_deny, open_details
from bot.decision.submitting import approve_once, submit_approval, submit_denial
from bot.desk import Desk, answer, event_of, finish
from bot.escalation.calling import escalate
from bot.lookup import blocked, home, why_blocked
from bot.lookup import gatehouse as look_up
from bot.models import Press

Route = Callable[[Desk, Press], Awaitable[None]]

BLOCKED, GATEHOUSE = "/blocked", "/gatehouse"
COMMANDS = frozenset({BLOCKED, GATEHOUSE})
"""Slash commands; the manifest must declare exactly these."""

HOME_OPENED = "app_home_opened"
CHANNEL_EVENTS = frozenset(
    {
        "channel_archive",
        "channel_unarchive",
        "channel_rename",
        "channel_deleted",
        "channel_left",
        "channel_shared",
        "channel_unshared",
        "group_archive",
        "group_unarchive",
        "group_rename",
        "group_deleted",
        "group_left",
    }
)
"""They only tell us to look at a channel again before the next post."""
EVENTS = frozenset({HOME_OPENED}) | CHANNEL_EVENTS
"""Events that the manifest must subscribe to, and no others."""

SILENT = frozenset({ids.OPEN_PORTAL, ids.OPEN_CARD, ids.PORTAL})
"""Links, as buttons or in the overflow menu: the browser does the work."""


async def unknown(desk: Desk, press: Press) -> None:
    """A button that this version does not know, on a card of long ago: it still gets an answer."""
    said = answers.said("This button is from another version of Gatehouse. Use the buttons of a newer card.")
    event = event_of("press_unknown_route", press, facts={"press": press.name})
    await finish(desk, press, [event], [answer(press, said)])


async def gatehouse(desk: Desk, press: Press) -> None:
    """`/gatehouse <word> ...`: administration's words, else a look-up's."""
    word = (press.text.split() or [""])[0].casefold()
    await WORDS.get(word, look_up)(desk, press)


ROUTES: Mapping[str, Route] = {
    ids.APPROVE_COMPUTER: approve_once,
    ids.APPROVE_MODAL: open_approve,
    ids.DENY_MODAL: open_deny,
    ids.APPROVE_VIEW: submit_approval,
    ids.DENY_VIEW: submit_denial,
    ids.GRANT_VIEW: submit_form,
    ids.CLAIM: claim,
    ids.RELEASE: release,
    ids.DETAILS: open_details,
    ids.ESCALATE: escalate,
    ids.WHY: why_blocked,
    ids.LOOKUP_NEWER: blocked,
    ids.LOOKUP_OLDER: blocked,
    ids.HOME_REFRESH: home,
    HOME_OPENED: home,
    BLOCKED: blocked,
    GATEHOUSE: gatehouse,
}


def route_of(press: Press) -> Route:
    """The use case that answers a press."""
    return ROUTES.get(press.name, unknown)
