"""Storage modals for tests: one with plain facts, and every one with one string wherever outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards.forms.approve_form import GroupOffer, ReachOffer
from bot.cards.forms.storage_form import StorageForm
from bot.cards.forms.storage_modal import storage_modal
from bot.cards.kit import ids
from bot.models import Case, Choice, Device, Kind, Reach, Standing, StorageTerms, Verb
from tests.cards.samples import NOW, RULES, case, entry

STICK = Device(type="USB", serial_number="EX-0042", manufacturer="Fabrikam")
WEEK = NOW.replace(day=9)


def storage_case(standing: Standing = Standing.PENDING, **changed: Any) -> Case:
    """Dana wants to write to a stick."""
    given = {"kind": Kind.STORAGE, "path": "E:\\survey\\*", "hash": "", "signers": (), "device": STICK}
    return case(entry(1, standing, **(given | changed)))


def storage_choice_of(**changed: Any) -> Choice:
    """The narrow answer, changed; what belongs to the device goes there."""
    own = {name: changed.pop(name) for name in list(changed) if name in StorageTerms.model_fields}
    terms = {"device_name": "Survey stick", "path": "E:\\survey\\*", "users": ("CONTOSO\\dana",)}
    values = {"verb": Verb.APPROVE, "expires_at": WEEK, "storage": StorageTerms(**(terms | own))}
    return Choice(**(values | changed))


def storage_form(one: Case | None = None, **changed: Any) -> StorageForm:
    """The form over Dana's request; the group is open, the organization is not."""
    values: dict[str, Any] = {
        "case": one or storage_case(),
        "reaches": [
            ReachOffer(Reach.COMPUTER),
            ReachOffer(Reach.COMPUTER_GROUP),
            ReachOffer(Reach.ORGANIZATION, "You need Approve for Entire Organization at Contoso."),
            ReachOffer(Reach.GLOBAL, "Decide it in the portal."),
        ],
        "choice": storage_choice_of(),
        "groups": [GroupOffer("g-1", "Servers"), GroupOffer("g-2", "Laptops", is_own=True)],
        "device_name": "Survey stick",
        "writes_on": True,
        "portal_link": RULES.portal_link,
    }
    return StorageForm(**(values | changed))


def storage_views(text: str, one: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The modal open, incomplete, only prepared, closed, too late; the case holds that string everywhere, too."""
    typed = (
        ids.STORAGE_OWN_PATH_BLOCK,
        ids.STORAGE_NAME_BLOCK,
        ids.REASON_BLOCK,
        ids.VALIDATED_BLOCK,
        ids.CONFIRMED_BLOCK,
        ids.TICKET_BLOCK,
        ids.NOTE_BLOCK,
        ids.INTERNAL_BLOCK,
    )
    hostile: dict[str, Any] = {
        "choice": storage_choice_of(
            reach=Reach.COMPUTER_GROUP,
            computer_group_name=text,
            ticket=text,
            device_name=text,
            path=text,
            users=(text,),
        ),
        "groups": [GroupOffer(f"group-{number}", text, number == 3) for number in range(100)],
        "groups_left": 20,
        "device_name": text,
        "existing_policy": text,
        "two_people": text,
        "writes_on": False,
        "justifications": [f"{n} {text[:60]}" for n in range(20)],
        "values": dict.fromkeys(typed, text)
        | {
            ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value,
            ids.STORAGE_PATH_BLOCK: ids.OWN_PATH,
            ids.LASTS_BLOCK: ids.UNTIL_DATE,
        },
    }
    closed = [ReachOffer(Reach.COMPUTER, text or "No."), ReachOffer(Reach.ORGANIZATION, text or "No.")]
    yield "storage", storage_modal(storage_form(one, **hostile))
    yield "storage incomplete", storage_modal(storage_form(one, **hostile, trouble=text))
    yield "storage prepared", storage_modal(storage_form(one, **hostile, unverified=text or "Off."))
    yield "storage closed", storage_modal(storage_form(one, **(hostile | {"reaches": closed})))
    yield "storage too late", storage_modal(storage_form(storage_case(Standing.CLOSED), **hostile))
