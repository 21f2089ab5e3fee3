"""The names that Slack hands back to us: actions, modals, inputs, and the opaque reference in a button.

They carry a version: a card that was posted last month keeps the names it was posted with, so a name
is never given a new meaning; a changed meaning gets a new version beside the old one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# Buttons of a card.
APPROVE_COMPUTER = "case.approve_computer.v1"
APPROVE_BECAUSE = "case.approve_because.v1"
"""The same with a reason from the list: a menu, each of whose options names its reason and the case."""
"""One press: this computer (or these), a single hash rule; for elevation with notice, for the set hours."""
APPROVE_MODAL = "case.approve_modal.v1"
DENY_MODAL = "case.deny_modal.v1"
CLAIM = "case.claim.v1"
RELEASE = "case.release.v1"
MORE = "case.more.v1"
"""The overflow menu; its options say which of `MORE_WORDS` was meant, and for which case."""
OPEN_PORTAL = "case.open_portal.v1"
"""A link button. Slack reports the press although the browser does the work: acknowledge and do nothing."""
BURST_MODE = "case.burst_mode.v1"
"""“Installation mode…” on the card of a burst: the form of the computer's maintenance modes."""
AGREE = "case.agree.v1"
"""The second person's yes to the narrow approval, in one press: its value names what waits."""
SECOND_MODAL = "case.second_modal.v1"
"""“Second…”: what waits for a second person is shown, to be agreed to or sent back."""

DETAILS, ESCALATE, WHY, PORTAL = "details", "escalate", "why", "portal"
HAND_OVER = "hand_over"
MORE_WORDS = (DETAILS, APPROVE_MODAL, ESCALATE, HAND_OVER, WHY, PORTAL)

# Look-up, App Home.
LOOKUP_NEWER = "lookup.newer.v1"
LOOKUP_OLDER = "lookup.older.v1"
LOOKUP_PERMITS = "lookup.permits.v1"
"""Paging buttons. Their value is the `more` token that the look-up gave to the page, and nothing else."""
LOOKUP_HISTORY = "lookup.history.v1"
"""Its value names a file on a computer; whoever presses is judged anew."""
HOME_REFRESH = "home.refresh.v1"
REOPEN = "form.reopen.v1"
"""“Open the form again”, under an answer to a submission that changed nothing. Its value is that press's id."""
REOPEN_BLOCK = "reopen_actions"
HOME_WHICH = "home.which.v1"
HOME_ORGANIZATION = "home.organization.v1"
HOME_KIND = "home.kind.v1"
HOME_BACK = "home.back.v1"
HOME_ON = "home.on.v1"
"""What the desk lists, and its pages. Each value is the whole view that it leads to."""
HOME_CLAIM = "home.claim.v1"
HOME_RELEASE = "home.release.v1"
"""As on a card; the desk is drawn anew afterwards."""
HOME_LOOK_UP = "home.look_up.v1"
DUTY_DROP = "duty.drop.v1"
"""“Take back”: its value is the id of a change of duty, or of an offered swap."""
SWAP_AGREE = "duty.swap_agree.v1"
SWAP_DECLINE = "duty.swap_decline.v1"
"""Under an offered swap, for the one who is asked. Their value is its id."""
DUTY_ACTIONS_BLOCK = "duty_actions"
DUTY_TAKE = "duty.take.v1"
DUTY_SWAP = "duty.swap.v1"
DUTY_AWAY = "duty.away.v1"
"""“Take over…”, “Swap…” and “Out of office…”, under who is on call, for whoever stands on a rota."""
DUTY_FORMS_BLOCK = "duty_forms"
MODE_END = "mode.end.v1"
MODE_EXTEND = "mode.extend.v1"
"""Buttons under a maintenance mode that runs. Their reference names the mode where a card's names its case."""
MODE_ACTIONS_BLOCK = "mode_actions"
POLICY_TAKE_BACK = "policy.take_back.v1"
POLICY_PROMOTE = "policy.promote.v1"
POLICY_PROPOSE = "policy.propose.v1"
"""Buttons in the details of a case: what applies to the policies that its approvals made."""
POLICY_CREATE = "policy.create.v1"
POLICY_NOT_NOW = "policy.not_now.v1"
"""Buttons under a proposed policy."""
BY_RULE_MODAL = "policy.by_rule.v1"
"""“Approve with the proposed rule…”: on a card, in its details, and under a proposed policy while a request waits."""
POLICY_ACTIONS_BLOCK = "policy_actions"
POLICY_PORTAL_BLOCK = "policy_portal"
CALL_CLAIM = "call.claim.v1"
"""“Claim” under a call to people: the same as on the card, which this message is no copy of."""
CALL_BLOCK = "call_actions"
EXCEPTION_MODAL = "exception.keep.v1"
"""“Keep as an exception…”, in the details of a case."""
EXCEPTION_RENEW = "exception.renew.v1"
EXCEPTION_CLOSE = "exception.close.v1"
"""Buttons under an exception. Their reference names the exception and its revision where a card's names its case."""
EXCEPTION_ACTIONS_BLOCK = "exception_actions"
OPEN_CARD = "case.open_card.v1"
"""A link button to a card: acknowledge and do nothing."""
DENY_PREVIEW = "case.deny_preview.v1"
"""“Show how it reads”, inside the deny modal."""
STORAGE_PREVIEW = "case.storage_preview.v1"
"""“Preview”, inside the storage modal."""

# Modals.
APPROVE_VIEW = "case.approve.v1"
APPROVE_MORE = "case.approve_more.v1"
"""“More…”, inside the approve modal: the same modal with everything else that can be chosen."""
APPROVE_PREVIEW = "case.approve_preview.v1"
"""“Preview”, inside the approve modal: what the choices come to, nothing sent."""
STORAGE_VIEW = "case.storage.v1"
"""“Approve…” of a storage request."""
DENY_VIEW = "case.deny.v1"
SHARED_APPROVE_VIEW = "case.shared_approve.v1"
"""“Approve…” on a card that several cases share."""
ONE_DETAILS = "case.one_details.v1"
"""In the details of such a card: those of one of its cases. The button names the case."""
HAND_OVER_VIEW = "case.hand_over.v1"
SECOND_VIEW = "case.second.v1"
"""“Agree and approve”."""
SEND_BACK_MODAL = "case.send_back_modal.v1"
"""“Send back…”, inside the modal of the second person; its form takes that modal's place."""
SEND_BACK_VIEW = "case.send_back.v1"
GRANT_VIEW = "administration.grant.v1"
"""It belongs to no case: its `private_metadata` is empty."""
ROLE_MAKE_VIEW = "administration.role_make.v1"
ROLE_CHANGE_VIEW = "administration.role_change.v1"
ROLE_DELETE_VIEW = "administration.role_delete.v1"
"""They carry the role and the revision that was shown, where the modals of a case carry the case."""
MODE_VIEW = "mode.start.v1"
"""Its `private_metadata` names a computer and its organization where a case's modal names the case."""
MODE_EXTEND_VIEW = "mode.extend_form.v1"
"""Its `private_metadata` names the maintenance mode."""
TAKE_BACK_VIEW = "policy.take_back_form.v1"
PROMOTE_VIEW = "policy.promote_form.v1"
CREATE_POLICY_VIEW = "policy.create_form.v1"
NOT_NOW_VIEW = "policy.not_now_form.v1"
BY_RULE_VIEW = "policy.by_rule_form.v1"
POLICY_VIEWS = (TAKE_BACK_VIEW, PROMOTE_VIEW, CREATE_POLICY_VIEW, NOT_NOW_VIEW)
EXCEPTION_VIEW = "exception.keep_form.v1"
EXCEPTION_RENEW_VIEW = "exception.renew_form.v1"
EXCEPTION_CLOSE_VIEW = "exception.close_form.v1"
EXCEPTION_VIEWS = (EXCEPTION_VIEW, EXCEPTION_RENEW_VIEW, EXCEPTION_CLOSE_VIEW)
LOOK_UP_VIEW = "lookup.form.v1"
TAKE_VIEW = "duty.take_form.v1"
SWAP_VIEW = "duty.swap_form.v1"
AWAY_VIEW = "duty.away_form.v1"
DUTY_VIEWS = (TAKE_VIEW, SWAP_VIEW, AWAY_VIEW)
"""They belong to no case: their `private_metadata` is empty."""
REOPENED = frozenset(
    {
        APPROVE_VIEW,
        STORAGE_VIEW,
        BY_RULE_VIEW,
        DENY_VIEW,
        SHARED_APPROVE_VIEW,
        HAND_OVER_VIEW,
        SECOND_VIEW,
        SEND_BACK_VIEW,
        *POLICY_VIEWS,
        *EXCEPTION_VIEWS,
        MODE_VIEW,
        MODE_EXTEND_VIEW,
        GRANT_VIEW,
        ROLE_MAKE_VIEW,
        ROLE_CHANGE_VIEW,
        ROLE_DELETE_VIEW,
        LOOK_UP_VIEW,
        *DUTY_VIEWS,
    }
)
"""Every form that is submitted: what was typed into one that changed nothing can be had again."""
VIEWS_WITHOUT_CASE = frozenset({GRANT_VIEW, ROLE_MAKE_VIEW, LOOK_UP_VIEW, *DUTY_VIEWS})
LOADING_VIEW = "case.loading.v1"
DETAILS_VIEW = "case.details.v1"
SAID_VIEW = "case.said.v1"
"""A modal that only says something: too late, closed, an error."""

# Inputs of the modals: the block's id; its element's id is always INPUT.
INPUT = "value"
REACH_BLOCK = "reach"
COMPUTER_GROUP_BLOCK = "computer_group"
REQUESTS_BLOCK = "requests"
CASES_BLOCK = "cases"
"""Which of the cases that share a card."""
ONE_CASE_BLOCK = "one_case"
"""The one of them whose own form is to be opened in this one's place."""
REASON_BLOCK = "reason"
LOOK_ABOUT_BLOCK, LOOK_NAME_BLOCK, LOOK_SPAN_BLOCK, LOOK_PLACE_BLOCK = "about", "name", "span", "place"
LOOK_COMPUTER, LOOK_USER, LOOK_FILE, LOOK_CALLER = "computer", "user", "file", "caller"
JUSTIFICATION_BLOCK = "justification"
"""Its values are the very words of the list, so that a list that changes meanwhile changes nothing."""
VALIDATED_BLOCK = "validated_how"
CONFIRMED_BLOCK = "confirmed_by"
GROUP_NAME = "computer_group_name"
"""The chosen computer group's name, kept beside its id when a modal is read."""
GLOBAL_GROUP_BLOCK = "global_group"
RECOGNIZED_BLOCK = "recognized_by"
BY_HASH, BY_RULE = "hash", "rule"
RULE_PATH_BLOCK = "rule_path"
RULE_PROCESS_BLOCK = "rule_process"
RULE_SIGNER_BLOCK = "rule_signer"
RULE_CREATED_BLOCK = "rule_created_by"
APPLICATION_BLOCK = "application"
"""Its values are `NEW_APPLICATION`, or `MATCH`, `BUILT_IN_MATCH` or `EXISTING`, a colon, and the portal's id."""
NEW_APPLICATION = "new"
MATCH, BUILT_IN_MATCH, EXISTING = "match", "built_in", "existing"
APPLICATION_NAME_BLOCK = "application_name"
APPLICATION_SEARCH_BLOCK = "application_search"
LASTS_BLOCK = "lasts"
"""Its values are `AS_USUAL`, `FOR_GOOD`, `UNTIL_DATE`, or a number of days."""
AS_USUAL, FOR_GOOD, UNTIL_DATE = "usual", "for_good", "date"
EXPIRES_BLOCK = "expires_on"
ELEVATION_BLOCK = "elevation"
NO_ELEVATION, WITH_NOTICE, SILENTLY = "none", "notice", "silent"
ELEVATION_FOR_BLOCK = "elevation_for"
"""Its values are a number of hours, `UNTIL_DATE` or `FOR_GOOD`."""
ELEVATION_UNTIL_BLOCK = "elevation_until"
SAFE_BLOCK = "safe_because"
TICKET_BLOCK = "ticket"
NOTE_BLOCK = "note_to_requestor"
INTERNAL_BLOCK = "internal_note"
INSTEAD_BLOCK = "mode_instead"
NO_MODE = "none"
NOT_IN_RULE = "none"
"""The signer is no part of the rule."""
APPROVE_ACTIONS_BLOCK = "approve_actions"
DENY_REASON_BLOCK = "deny_reason"
PREVIEW_BLOCK = "preview"
NOTIFY_BLOCK = "notify"
NOTIFY_YES = "notify"
"""The value of the ticked box: the requestor is told."""

STORAGE_DEVICE_BLOCK = "storage_device"
THIS_DEVICE, ALL_DEVICES = "this", "all"
STORAGE_NAME_BLOCK = "storage_device_name"
STORAGE_PATH_BLOCK = "storage_path"
ASKED_PATH, OWN_PATH, EVERY_PATH = "asked", "own", "every"
STORAGE_OWN_PATH_BLOCK = "storage_own_path"
STORAGE_USERS_BLOCK = "storage_users"
ASKING_USER, EVERYBODY = "asking", "everybody"
STORAGE_ACTIONS_BLOCK = "storage_actions"

MODE_BLOCK = "maintenance_mode"
SPAN_BLOCK = "span"
MODE_BECAUSE_BLOCK = "mode_because"
MODE_TICKET_BLOCK = "mode_ticket"
USER_MAY_END_BLOCK = "user_may_end"
USER_MAY_END_YES, USER_MAY_END_NO = "yes", "no"

TO_BLOCK = "to"
TO_PERSON, TO_TEAM = "person", "team"
"""Whom a case is handed over to."""
PHONE_BLOCK = "on_phone_with"
AWAITED = "awaited"
"""Beside a modal's inputs: what waited for a second person when the modal was drawn."""

POLICY_NAME_BLOCK = "policy_name"
POLICY_ENDS_BLOCK = "policy_ends"

OWNER_BLOCK = "owner"
REVIEW_BLOCK = "review_on"
ENDS_BLOCK = "ends_on"

PERSON_BLOCK = "person"
WHAT_BLOCK = "what"
ROLE_NAME_BLOCK = "role_name"
PERMISSIONS_BLOCK = "permissions"
ORGANIZATION_BLOCK = "organization"
UNTIL_BLOCK = "until"
ROTA_BLOCK, WHEN_BLOCK, THEIRS_BLOCK = "rota", "when", "theirs"

ACTIONS_BLOCK = "case_actions"
LOOKUP_BLOCK = "lookup_actions"
CARD_EVENT = "gatehouse_case"
"""`event_type` of a card's message metadata."""


def changed(callback_id: str) -> str:
    """The route of a choice in an input of this modal that tells its changes before it is submitted."""
    return f"{callback_id}:changed"


CARD_CASES_MOST = 60
"""Cases that a button can name, each with its revision, in the 2,000 characters that Slack gives it."""

_REVISION = re.compile(r"[1-9][0-9]{0,8}")
_AWAITED_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_REASON_KEY = re.compile(r"[0-9a-f]{8}")
_CASE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,50})*")


@dataclass(frozen=True, slots=True)
class CaseRef:
    """Which case, the card revision that the presser saw, and in a second person's modal what waited there.

    `others`: the other cases of a card that several share, each with the revision that was seen of it.
    """

    case_id: str
    revision: int
    awaited_id: str = ""
    others: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        shown = "+".join(
            f"{case_id}.{revision}" for case_id, revision in ((self.case_id, self.revision), *self.others)
        )
        return f"{shown}{f':{self.awaited_id}' if self.awaited_id else ''}"


def parse_ref(value: str) -> CaseRef | None:
    """The reference in a button's value, or None if it is not one of ours."""
    shown, colon, awaited_id = value.partition(":")
    named = [_parse_shown(one) for one in shown.split("+", CARD_CASES_MOST)]
    first, *others = named
    if first is None or None in others or (colon and not _AWAITED_ID.fullmatch(awaited_id)):
        return None
    return CaseRef(*first, awaited_id, tuple(other for other in others if other is not None))


def _parse_shown(value: str) -> tuple[str, int] | None:
    """A case and a revision of it."""
    case_id, _, revision = value.rpartition(".")
    if not _CASE_ID.fullmatch(case_id) or not _REVISION.fullmatch(revision):
        return None
    return case_id, int(revision)


def more_value(word: str, ref: CaseRef) -> str:
    """The value of one option of the overflow menu: the word, then the reference."""
    return f"{word}:{ref}"


def because_value(reason: str, ref: CaseRef) -> str:
    """The value of one reason for the narrow approval: what stands for the reason, then the reference."""
    return f"{reason_key(reason)}:{ref}"


def reason_key(reason: str) -> str:
    """What stands for a listed reason in an option's value; with other words it is another reason."""
    return hashlib.sha256(reason.encode()).hexdigest()[:8]


def parse_because(value: str) -> tuple[str, CaseRef] | None:
    """What stands for the chosen reason, and the reference; None if it is not one of ours."""
    key, _, rest = value.partition(":")
    ref = parse_ref(rest)
    return (key, ref) if _REASON_KEY.fullmatch(key) and ref else None


def parse_more(value: str) -> tuple[str, CaseRef] | None:
    """The word and the reference of a chosen overflow option, or None if it is not one of ours."""
    word, _, rest = value.partition(":")
    ref = parse_ref(rest)
    return (word, ref) if word in MORE_WORDS and ref else None
