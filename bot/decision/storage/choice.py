"""A storage choice: what the inputs mean, and how the record keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.cards.forms.storage_form import STORAGE_DAYS, STORAGE_USUAL_DAYS
from bot.cards.kit import ids
from bot.decision.approve.choice import END_IS_OVER, NotAChoice, end_of_day, justification
from bot.models import Choice, Kind, Reach, RequestFacts, Rules, StorageTerms, Verb
from bot.portal import says_something
from bot.rules.kinds import traits_of
from bot.rules.typed import says, validation_faults

_AGAIN = "Open “Approve…” again."


def inputs_at_first(facts: RequestFacts) -> dict[str, str]:
    """What stands in the modal's choices from the start: the narrow answer, as far as the request has one.

    A request that names no single device (or path, or user) offers only the wider answer, which is then a choice
    on purpose: its reason is asked for and its warning shown.
    """
    is_single = facts.device is not None and bool(facts.device.serial_number)
    return {
        ids.REACH_BLOCK: Reach.COMPUTER.value,
        ids.STORAGE_DEVICE_BLOCK: ids.THIS_DEVICE if is_single else ids.ALL_DEVICES,
        ids.STORAGE_PATH_BLOCK: ids.ASKED_PATH if facts.path else ids.EVERY_PATH,
        ids.STORAGE_USERS_BLOCK: ids.ASKING_USER if facts.requestor else ids.EVERYBODY,
        ids.LASTS_BLOCK: str(STORAGE_USUAL_DAYS),
    }


def storage_choice(
    values: Mapping[str, str], facts: RequestFacts, rules: Rules, pressed_at: datetime
) -> Choice:
    """The choice that a storage modal's inputs make; without any, the narrow answer.

    This device, this computer, the asked path, the asking user, a week. Raises NotAChoice for what the modal
    never offers. Spans count from the press, so that a press which is taken up again means the same.
    """
    reach = _reach(values)
    grouped = reach is Reach.COMPUTER_GROUP
    return Choice(
        verb=Verb.APPROVE,
        reach=reach,
        computer_group_id=values.get(ids.COMPUTER_GROUP_BLOCK, "") if grouped else "",
        computer_group_name=values.get(ids.GROUP_NAME, "") if grouped else "",
        expires_at=_expires_at(values, rules, pressed_at),
        storage=StorageTerms(
            device_name=values.get(ids.STORAGE_NAME_BLOCK, "").strip(),
            all_devices=_all_devices(values),
            path=_path(values, facts),
            users=_users(values, facts),
        ),
        ticket=values.get(ids.TICKET_BLOCK, ""),
        reason=justification(values),
        # What was typed for a wider reach, before it was taken back, is no part of this choice.
        validated_how="" if reach is Reach.COMPUTER else values.get(ids.VALIDATED_BLOCK, ""),
        confirmed_by="" if reach is Reach.COMPUTER else values.get(ids.CONFIRMED_BLOCK, ""),
        note_to_requestor=values.get(ids.NOTE_BLOCK, ""),
        internal_note=values.get(ids.INTERNAL_BLOCK, ""),
        notify_requestor=values.get(ids.NOTIFY_BLOCK, ids.NOTIFY_YES) == ids.NOTIFY_YES,
    )


def _reach(values: Mapping[str, str]) -> Reach:
    try:
        return Reach(values.get(ids.REACH_BLOCK) or Reach.COMPUTER)
    except ValueError as error:
        raise NotAChoice(f"“How far” holds something that is not offered. {_AGAIN}") from error


def _all_devices(values: Mapping[str, str]) -> bool:
    """All of them only on purpose; a request without a single device never opens them by silence."""
    chosen = values.get(ids.STORAGE_DEVICE_BLOCK) or ids.THIS_DEVICE
    if chosen not in (ids.THIS_DEVICE, ids.ALL_DEVICES):
        raise NotAChoice(f"“Device” holds something that is not offered. {_AGAIN}")
    return chosen == ids.ALL_DEVICES


def _path(values: Mapping[str, str], facts: RequestFacts) -> str:
    """The path; empty is every path, and only ever chosen as such."""
    chosen = values.get(ids.STORAGE_PATH_BLOCK) or ids.ASKED_PATH
    if chosen == ids.EVERY_PATH:
        return ""
    path = facts.path if chosen == ids.ASKED_PATH else values.get(ids.STORAGE_OWN_PATH_BLOCK, "").strip()
    if chosen not in (ids.ASKED_PATH, ids.OWN_PATH) or not path:
        raise NotAChoice(f"“Path” says nothing. Choose the path, or every path on purpose. {_AGAIN}")
    return path


def _users(values: Mapping[str, str], facts: RequestFacts) -> tuple[str, ...]:
    """Who may; nobody is everybody, and only ever chosen as such."""
    chosen = values.get(ids.STORAGE_USERS_BLOCK) or ids.ASKING_USER
    if chosen == ids.EVERYBODY:
        return ()
    if chosen != ids.ASKING_USER or not facts.requestor:
        raise NotAChoice(f"“Who may” says nothing. {_AGAIN}")
    return (facts.requestor,)


def _expires_at(values: Mapping[str, str], rules: Rules, pressed_at: datetime) -> datetime | None:
    """The end: a week where nothing is chosen, none only on purpose, a day in the house's own time zone."""
    lasts = values.get(ids.LASTS_BLOCK) or str(STORAGE_USUAL_DAYS)
    if lasts == ids.FOR_GOOD:
        return None
    if lasts == ids.UNTIL_DATE:
        return end_of_day(values, ids.EXPIRES_BLOCK, rules)
    if lasts not in map(str, STORAGE_DAYS):
        raise NotAChoice(f"“It stays open for” holds something that is not offered. {_AGAIN}")
    return (pressed_at + timedelta(days=int(lasts))).replace(microsecond=0)


def storage_end_faults(values: Mapping[str, str], rules: Rules, now: datetime) -> dict[str, str]:
    """The sentence at the day that was chosen, where it is over or none; the rest of the inputs is not asked about."""
    if values.get(ids.LASTS_BLOCK) != ids.UNTIL_DATE:
        return {}
    try:
        ends_at = end_of_day(values, ids.EXPIRES_BLOCK, rules)
    except NotAChoice as error:
        return {error.block_id: str(error)}
    return {ids.EXPIRES_BLOCK: END_IS_OVER} if ends_at <= now else {}


def storage_faults(values: Mapping[str, str]) -> dict[str, str]:
    """Block id and sentence for each input that has to be filled before it can be approved."""
    found: dict[str, str] = {}
    reach = values.get(ids.REACH_BLOCK) or Reach.COMPUTER.value
    if reach != Reach.COMPUTER.value:
        found |= _wide_faults(values, reach)
    own_path = values.get(ids.STORAGE_OWN_PATH_BLOCK, "")
    if values.get(ids.STORAGE_PATH_BLOCK) == ids.OWN_PATH and not says_something(own_path):
        found[ids.STORAGE_OWN_PATH_BLOCK] = (
            "Say which path; * alone is every path, which is a choice of its own."
        )
    if values.get(ids.LASTS_BLOCK) == ids.UNTIL_DATE and not values.get(ids.EXPIRES_BLOCK):
        found[ids.EXPIRES_BLOCK] = "Choose the day."
    why = _needs_reason(values)
    if why and not says(justification(values)):
        found[ids.REASON_BLOCK] = f"{why} needs a reason here."
    return found


def _wide_faults(values: Mapping[str, str], reach: str) -> dict[str, str]:
    how, who = validation_faults(values.get(ids.VALIDATED_BLOCK, ""), values.get(ids.CONFIRMED_BLOCK, ""))
    found = {ids.VALIDATED_BLOCK: how, ids.CONFIRMED_BLOCK: who}
    if reach == Reach.COMPUTER_GROUP.value and not values.get(ids.COMPUTER_GROUP_BLOCK, "").strip():
        found[ids.COMPUTER_GROUP_BLOCK] = "Choose the computer group."
    return {block: sentence for block, sentence in found.items() if sentence}


def _needs_reason(values: Mapping[str, str]) -> str:
    """What is chosen that is never the ordinary answer; empty where nothing is."""
    if values.get(ids.STORAGE_DEVICE_BLOCK) == ids.ALL_DEVICES:
        return "Opening all devices"
    return "Opening it without an end" if values.get(ids.LASTS_BLOCK) == ids.FOR_GOOD else ""


def lacks(choice: Choice, now: datetime) -> str:
    """What a storage approval lacks whoever presses, as a sentence; empty if nothing.

    The same as the modal asks for, on the choice itself: a second person's press has no inputs to read.
    """
    terms = choice.storage
    if terms is None:
        return "A storage request is approved in “Approve…”, where its device, path and users are chosen."
    if choice.reach not in traits_of(Kind.STORAGE).reaches:
        return "Storage for a global group is decided in the portal."
    if terms.existing_policy_id:
        return (
            "The portal does not say how far that storage policy reaches: add the device to it in the portal."
        )
    if choice.expires_at is not None and choice.expires_at <= now:
        return "The day it should stay open until is over. Choose a later one."
    if (terms.all_devices or choice.expires_at is None) and not says(choice.reason):
        return "All devices, or no end, needs a reason."
    return ""


def storage_facts(choice: Choice) -> dict[str, object]:
    """How far a device is opened, without a name, a path or an account; empty for every other choice."""
    terms = choice.storage
    if terms is None:
        return {}
    width = {
        "devices": "all" if terms.all_devices else "one",
        "paths": "one" if terms.path else "every",
        "users": "named" if terms.users else "everybody",
    }
    return {"storage": width}


def storage_words(choice: Choice) -> dict[str, object]:
    """What was typed or names somebody: kept apart, and removed when the retention time is over."""
    terms = choice.storage
    if terms is None:
        return {}
    words: dict[str, object] = {
        "device_name": terms.device_name,
        "storage_path": terms.path,
        "storage_users": list(terms.users),
    }
    return {name: word for name, word in words.items() if word}


def recorded(facts: dict[str, object], choice: Choice) -> dict[str, object]:
    """An approval's facts with those of a storage approval, which recognizes a device and no file by its hash."""
    if choice.storage is None:
        return facts
    kept = {name: value for name, value in facts.items() if name not in ("recognized_by", "application")}
    return kept | storage_facts(choice)
