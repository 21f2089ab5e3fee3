"""What the portal answers between the form and the press: something else than was shown decides nothing."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.decision.approve.by_rule import why_unsafe
from bot.decision.storage.write import _group, storage_sender
from bot.desk import Desk
from bot.lookup.open_cases import _decided_at
from bot.maintenance.orders import computer_now, may_see
from bot.models import Choice, CustomRule, Reach, RequestFacts
from bot.portal import StorageDetails, Unusable
from tests.cards.samples import NOW, entry
from tests.cards.storage_samples import storage_case, storage_choice_of


class _Portal:
    """Answers with what a test gives it."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    async def storage_details(self, *_: str) -> Any:
        return self.answers["details"]

    async def computer_groups_for_permit(self, *_: Any) -> Any:
        return self.answers["groups"]

    async def computers(self, *_: str, **__: str) -> Any:
        return self.answers["computers"]


def _desk(**answers: Any) -> Desk:
    return cast("Desk", SimpleNamespace(portal=_Portal(**answers), now=lambda: NOW))


def _facts() -> RequestFacts:
    return storage_case().requests[0].facts


async def test_a_storage_choice_without_its_terms_is_not_sent() -> None:
    with pytest.raises(Unusable):
        await storage_sender(_desk(), Choice(verb=storage_choice_of().verb), _facts())


async def test_a_storage_form_of_something_else_is_not_sent() -> None:
    details = StorageDetails.model_validate({"approvalRequest": {"path": "Z:\\elsewhere\\*"}})
    with pytest.raises(Unusable, match="another device"):
        await storage_sender(_desk(details=details), storage_choice_of(), _facts())


@pytest.mark.parametrize(
    ("path", "signer", "is_safe"),
    [
        (r"C:\Users\*\x.exe", "", False),
        (r"C:\Users\*\x.exe", "CN=Fabrikam", True),
        (r"C:\Windows\x.exe", "", True),
    ],
)
def test_a_rule_without_a_signer_needs_a_closed_folder(path: str, signer: str, is_safe: bool) -> None:
    assert (why_unsafe(CustomRule(path=path, signer=signer)) == "") is is_safe


def test_an_end_without_an_outcome_is_told_from_when_it_was_first_seen() -> None:
    found: datetime = _decided_at(entry(1))
    assert found == entry(1).first_seen_at


async def test_a_computer_that_another_organization_has_now_is_not_there() -> None:
    elsewhere = SimpleNamespace(organization_id="org-b", computer_id="c-1")
    nowhere = SimpleNamespace(organization_id=None, computer_id="c-1")
    assert await computer_now(_desk(computers=[elsewhere, nowhere]), "c-1", "org-a") is None


def test_nobody_sees_an_organization_that_the_portal_does_not_name() -> None:
    tree = SimpleNamespace(place=lambda _: None)
    presser = SimpleNamespace(person=SimpleNamespace(person_id="ana"))
    assert may_see(_desk(), cast("Any", presser), cast("Any", tree), "org-x") is False


@pytest.mark.parametrize("is_global", [True, None])
async def test_a_storage_group_of_somebody_else_is_no_group_of_this_request(is_global: bool | None) -> None:
    other = SimpleNamespace(organization_id="org-b", is_global=is_global, computer_group_id="g-1")
    choice = storage_choice_of(
        reach=Reach.COMPUTER_GROUP, computer_group_id="g-1", computer_group_name="Servers"
    )
    with pytest.raises(Unusable, match="no longer lists the computer group Servers"):
        await _group(_desk(groups=[other]), choice, _facts())
    with pytest.raises(Unusable, match="global group"):
        await _group(_desk(), choice.model_copy(update={"reach": Reach.GLOBAL}), _facts())
