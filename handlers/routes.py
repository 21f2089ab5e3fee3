"""Every way in from Slack, by name: what the manifest must allow, and which use case answers it.

A press is stored under its route's name; the name of an old card's button stays valid for as long as cards live.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.administration.duty_ends import drop_pressed
from bot.administration.duty_forms import (
    open_away,
    open_swap,
    open_take,
    submit_away,
    submit_swap,
    submit_take,
)
from bot.administration.giving import open_form, submit_form
from bot.administration.roles import open_changing, open_deleting, open_making, submit_role_form
from bot.administration.swapping import agree, decline
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.decision.approve.by_rule import open_by_rule, redraw_by_rule, submit_by_rule
from bot.decision.claims import claim, release
from bot.decision.forms import (
    approve_because,
    approve_once,
    open_approve,
    open_deny,
    open_details,
    open_one_details,
    open_one_form,
    preview_denial,
    redraw_approval,
    submit_approval,
    submit_denial,
)
from bot.decision.handing.form import open_hand_over
from bot.decision.handing.giving import hand_over_case
from bot.decision.second.form import (
    agree_once,
    open_second,
    open_send_back,
    reopen_send_back,
    submit_second,
    submit_send_back,
)
from bot.decision.shared_forms import submit_shared_approval
from bot.decision.storage.form import preview_storage, submit_storage
from bot.desk import Desk, answer, event_of, finish, reopen
from bot.escalation.calling import escalate
from bot.exceptions.handing import open_keep, submit_keep
from bot.exceptions.keeping import open_close, open_renew, submit_close, submit_renew
from bot.lookup import blocked, file_history, home, home_again, open_look_up, submit_look_up, why_blocked
from bot.maintenance.changing import end_now, open_extension, submit_extension
from bot.maintenance.command import open_again, open_for_burst
from bot.maintenance.starting import submit_start
from bot.models import Press
from bot.policies.forms import open_create, open_not_now, open_promote, open_take_back
from bot.policies.records import propose, submit_not_now
from bot.policies.submitting import submit_creation, submit_promotion, submit_take_back
from handlers.commands import SLASHES

Route = Callable[[Desk, Press], Awaitable[None]]

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


OPENERS: Mapping[str, Route] = {
    ids.APPROVE_VIEW: open_approve,
    ids.STORAGE_VIEW: open_approve,
    ids.BY_RULE_VIEW: open_by_rule,
    ids.DENY_VIEW: open_deny,
    ids.HAND_OVER_VIEW: open_hand_over,
    ids.SECOND_VIEW: open_second,
    ids.TAKE_BACK_VIEW: open_take_back,
    ids.PROMOTE_VIEW: open_promote,
    ids.CREATE_POLICY_VIEW: open_create,
    ids.NOT_NOW_VIEW: open_not_now,
    ids.MODE_EXTEND_VIEW: open_extension,
    ids.SHARED_APPROVE_VIEW: open_approve,
    ids.SEND_BACK_VIEW: reopen_send_back,
    ids.EXCEPTION_VIEW: open_keep,
    ids.EXCEPTION_RENEW_VIEW: open_renew,
    ids.EXCEPTION_CLOSE_VIEW: open_close,
    ids.MODE_VIEW: open_again,
    ids.GRANT_VIEW: open_form,
    ids.ROLE_MAKE_VIEW: open_making,
    ids.ROLE_CHANGE_VIEW: open_changing,
    ids.ROLE_DELETE_VIEW: open_deleting,
    ids.LOOK_UP_VIEW: open_look_up,
    ids.TAKE_VIEW: open_take,
    ids.SWAP_VIEW: open_swap,
    ids.AWAY_VIEW: open_away,
}
"""What opens each form of `ids.REOPENED`: a submission that changed nothing can be had again."""


async def reopen_form(desk: Desk, press: Press) -> None:
    """“Open the form again”, under the answer to a submission that changed nothing."""
    await reopen(desk, press, OPENERS)


def _then_home(use_case: Route) -> Route:
    """A press on App Home that changes what stands there: the desk is drawn anew once it is answered."""

    async def both(desk: Desk, press: Press) -> None:
        await use_case(desk, press)
        await home_again(desk, press)

    return both


ROUTES: Mapping[str, Route] = {
    ids.APPROVE_COMPUTER: approve_once,
    ids.APPROVE_BECAUSE: approve_because,
    ids.APPROVE_MODAL: open_approve,
    ids.AGREE: agree_once,
    ids.SECOND_MODAL: open_second,
    ids.SECOND_VIEW: submit_second,
    ids.SEND_BACK_MODAL: open_send_back,
    ids.SEND_BACK_VIEW: submit_send_back,
    ids.DENY_MODAL: open_deny,
    ids.APPROVE_VIEW: submit_approval,
    ids.APPROVE_MORE: redraw_approval,
    ids.APPROVE_PREVIEW: redraw_approval,
    ids.changed(ids.APPROVE_VIEW): redraw_approval,
    ids.STORAGE_VIEW: submit_storage,
    ids.STORAGE_PREVIEW: preview_storage,
    ids.changed(ids.STORAGE_VIEW): preview_storage,
    ids.DENY_VIEW: submit_denial,
    ids.DENY_PREVIEW: preview_denial,
    ids.changed(ids.DENY_VIEW): preview_denial,
    ids.GRANT_VIEW: submit_form,
    ids.ROLE_MAKE_VIEW: submit_role_form,
    ids.ROLE_CHANGE_VIEW: submit_role_form,
    ids.ROLE_DELETE_VIEW: submit_role_form,
    ids.CLAIM: claim,
    ids.CALL_CLAIM: claim,
    ids.RELEASE: release,
    ids.DETAILS: open_details,
    ids.ONE_DETAILS: open_one_details,
    ids.SHARED_APPROVE_VIEW: submit_shared_approval,
    ids.changed(ids.SHARED_APPROVE_VIEW): open_one_form,
    ids.changed(ids.BY_RULE_VIEW): redraw_by_rule,
    ids.BURST_MODE: open_for_burst,
    ids.HAND_OVER: open_hand_over,
    ids.HAND_OVER_VIEW: hand_over_case,
    ids.MODE_VIEW: submit_start,
    ids.MODE_END: end_now,
    ids.MODE_EXTEND: open_extension,
    ids.MODE_EXTEND_VIEW: submit_extension,
    ids.POLICY_TAKE_BACK: open_take_back,
    ids.POLICY_PROMOTE: open_promote,
    ids.POLICY_PROPOSE: propose,
    ids.BY_RULE_MODAL: open_by_rule,
    ids.BY_RULE_VIEW: submit_by_rule,
    ids.POLICY_CREATE: open_create,
    ids.POLICY_NOT_NOW: open_not_now,
    ids.TAKE_BACK_VIEW: submit_take_back,
    ids.PROMOTE_VIEW: submit_promotion,
    ids.CREATE_POLICY_VIEW: submit_creation,
    ids.NOT_NOW_VIEW: submit_not_now,
    ids.EXCEPTION_MODAL: open_keep,
    ids.EXCEPTION_VIEW: submit_keep,
    ids.EXCEPTION_RENEW: open_renew,
    ids.EXCEPTION_RENEW_VIEW: submit_renew,
    ids.EXCEPTION_CLOSE: open_close,
    ids.EXCEPTION_CLOSE_VIEW: submit_close,
    ids.ESCALATE: escalate,
    ids.WHY: why_blocked,
    ids.LOOKUP_NEWER: blocked,
    ids.LOOKUP_OLDER: blocked,
    ids.LOOKUP_PERMITS: blocked,
    ids.LOOKUP_HISTORY: file_history,
    ids.HOME_REFRESH: home,
    ids.REOPEN: reopen_form,
    ids.HOME_WHICH: home,
    ids.HOME_ORGANIZATION: home,
    ids.HOME_KIND: home,
    ids.HOME_BACK: home,
    ids.HOME_ON: home,
    ids.HOME_CLAIM: _then_home(claim),
    ids.HOME_RELEASE: _then_home(release),
    ids.HOME_LOOK_UP: open_look_up,
    ids.DUTY_TAKE: open_take,
    ids.DUTY_SWAP: open_swap,
    ids.DUTY_AWAY: open_away,
    ids.TAKE_VIEW: submit_take,
    ids.SWAP_VIEW: submit_swap,
    ids.AWAY_VIEW: submit_away,
    ids.DUTY_DROP: drop_pressed,
    ids.SWAP_AGREE: agree,
    ids.SWAP_DECLINE: decline,
    ids.LOOK_UP_VIEW: submit_look_up,
    HOME_OPENED: home,
    **SLASHES,
}


def route_of(press: Press) -> Route:
    """The use case that answers a press."""
    return ROUTES.get(press.name, unknown)
