"""The storage modal as data: what may be chosen, what is closed and why, and in words what a choice does. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.forms.approve_form import HOW_FAR, GroupOffer, ReachOffer
from bot.cards.kit import ids
from bot.models import Case, Choice, Reach, RequestFacts, StorageTerms

_VERBS = {"read": "read from", "write": "write to", "move": "move files on", "delete": "delete files on"}
_WHERE = {
    Reach.COMPUTER: "{computer} only",
    Reach.COMPUTER_GROUP: "every computer in the computer group {group} of {organization}",
    Reach.ORGANIZATION: "every computer of the entire organization {organization}",
    Reach.GLOBAL: "every computer in the global group {group}",
}


def storage_effect(choice: Choice, facts: RequestFacts) -> str:
    """What the write will do, in one sentence, with outside words unescaped."""
    terms = choice.storage or StorageTerms()
    who = ", ".join(terms.users) or "Everybody"
    verb = _VERBS.get(facts.action_type.casefold(), f"{facts.action_type or 'use'} on")
    path = f"at {terms.path}" if terms.path else "at every path"
    where = where_words(choice, facts)
    return f"{who} may {verb} {device_words(terms, facts)} on {where}, {path}, {end_words(choice)}."


def device_words(terms: StorageTerms, facts: RequestFacts) -> str:
    """The device by name and serial number, or that it is any device."""
    if terms.all_devices:
        return "any storage device"
    if terms.existing_policy_name:
        return f"{device_name(terms, facts)}, added to the storage policy “{terms.existing_policy_name}”,"
    return device_name(terms, facts)


def device_name(terms: StorageTerms, facts: RequestFacts) -> str:
    """What the device is called, with the serial number that tells it from others."""
    device = facts.device
    serial = device.serial_number if device else ""
    name = terms.device_name or (f"{device.manufacturer} {device.type}".strip() if device else "")
    if not name:
        return f"the device {serial}".strip()
    return f"{name} ({serial})" if serial and serial not in name else name


def where_words(choice: Choice, facts: RequestFacts) -> str:
    """The computers that the policy applies to."""
    return _WHERE[choice.reach].format(
        computer=facts.computer_name,
        group=choice.computer_group_name or "that is chosen",
        organization=facts.organization_name,
    )


def end_words(choice: Choice) -> str:
    """Until when it holds, as a clause."""
    return f"until {_moment(choice.expires_at)}" if choice.expires_at else "until the policy is removed"


def storage_text(choice: Choice, facts: RequestFacts) -> tuple[tuple[str, str], ...]:
    """Label and value of everything that has to be entered in the portal by hand, in the order of its form."""
    terms = choice.storage or StorageTerms()
    told = (
        ("Request", facts.request_id),
        ("Access asked for", facts.action_type),
        ("Device", "all storage devices" if terms.all_devices else device_name(terms, facts)),
        ("Applies to", where_words(choice, facts)),
        ("Path", terms.path or "every path"),
        ("Users", ", ".join(terms.users) or "everybody"),
        ("Ends", _moment(choice.expires_at) if choice.expires_at else "never"),
        ("Ticket", choice.ticket),
    )
    return tuple((label, value) for label, value in told if value)


def storage_warnings(choice: Choice) -> tuple[str, ...]:
    """What makes this approval wider than the one device, path and person that asked."""
    terms = choice.storage or StorageTerms()
    told = (
        (terms.all_devices, "All devices: it is not tied to one device. Whatever is plugged in is open too."),
        (not terms.path, "Every path: programs and files anywhere on the device are open."),
        (not terms.users, "Everybody who uses these computers may, not only the one who asked."),
        (choice.expires_at is None, "No end: it stays open until somebody removes the policy."),
    )
    return tuple(words for holds, words in told if holds)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


STORAGE_DAYS = (1, 7, 30, 90)
"""Spans that are offered for an open device (our choice)."""
STORAGE_USUAL_DAYS = 7
"""How long it stays open where nothing else is chosen (our choice: a week, well over one errand)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageForm:
    """The storage modal."""

    case: Case
    reaches: Sequence[ReachOffer]
    choice: Choice
    """What the inputs come to as they stand now."""
    trouble: str = ""
    """Why they come to nothing yet; then `choice` is the narrow answer and not shown."""
    justifications: Sequence[str] = ()
    """Reasons to choose from."""
    groups: Sequence[GroupOffer] = ()
    groups_left: int = 0
    """Computer groups that the modal has no room for."""
    device_name: str = ""
    """What the portal would call the device."""
    existing_policy: str = ""
    """A storage policy that the portal would add the device to; empty: it offers none."""
    unverified: str = ""
    """Why this kind of write is off here; then the modal has no submit button and only prepares the text."""
    two_people: str = ""
    """Why a second person has to agree, as a clause; empty where one is enough."""
    writes_on: bool
    portal_link: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """What was chosen and typed so far, by block."""

    @property
    def facts(self) -> RequestFacts:
        """What is asked; a storage request is always a case of its own."""
        return self.case.pending[0].facts

    @property
    def serial_number(self) -> str:
        """What tells the device from others; empty: the request names no single device."""
        return self.facts.device.serial_number if self.facts.device else ""

    @property
    def asks(self) -> tuple[str, ...]:
        """The fields that the chosen reach needs; the narrowest open one's where none is chosen."""
        opened = [offer for offer in self.reaches if offer.is_open]
        chosen = next((one for one in opened if one.value == self.value(ids.REACH_BLOCK)), opened[0])
        return HOW_FAR[chosen.reach].asks

    def value(self, block_id: str, default: str = "") -> str:
        """What stands in a block now."""
        return self.values.get(block_id) or default
