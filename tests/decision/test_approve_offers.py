"""What “Approve…” closes by the portal's own facts of the form, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.cards.forms.approve_form import ReachOffer
from bot.cards.kit import ids
from bot.decision.approve.offers import Asker, matches, modes, told_by_portal, why_no_elevation
from bot.desk import recognize
from bot.desk.identifying import Presser
from bot.models import Reach
from bot.portal import MatchingApplication, PermitDetails
from permissions import names
from tests.decision.dialogue import hire, new_file
from tests.desk import Bench


@dataclass
class Form:
    """One presser before one request, with what the portal's form says of it."""

    asker: Asker
    details: PermitDetails

    def closed(self, reach: Reach, **changed: object) -> str:
        """Why a reach is closed where the form says something else."""
        details = self.details.model_copy(update=changed)
        offers = told_by_portal(_OPEN, self.asker, details, ())
        return next(one.closed_because for one in offers if one.reach is reach)


_OPEN = [ReachOffer(reach, "") for reach in Reach if reach is not Reach.GLOBAL]


def narrow(details: PermitDetails) -> dict[str, object]:
    """The portal offers no more than the computer and its group."""
    level = details.policy_level.model_copy(update={"can_use_entire_organization": False})
    return {"policy_level": level}


@pytest.fixture
async def form(bench: Bench) -> Form:
    """Somebody who may everything at Brightwater, before a request of software that nobody has seen."""
    who = await hire(bench, names.APPROVE_ORGANIZATION, names.ELEVATION_ADMINISTRATOR, names.MANAGE_LEARNING)
    case = await new_file(bench)
    presser = await recognize(bench.desk, await bench.press(who, ids.APPROVE_MODAL, case))
    assert isinstance(presser, Presser)
    tree = await bench.desk.tree.current()
    facts = case.requests[0].facts
    details = await bench.desk.portal.permit_details(facts.request_id, facts.organization_id)
    return Form(Asker(bench.desk, presser, case, tree), details)


async def test_a_reach_that_the_portal_does_not_offer_is_closed_in_its_words(form: Form) -> None:
    closed = form.closed(Reach.ORGANIZATION, **narrow(form.details))
    assert closed == "The portal does not offer the entire organization for this request."


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"computer_group_id": None}, "computer group"),
        ({"odd": ("os_type",)}, "operating system cannot be read"),
        ({}, "lists no computer group of this organization"),
    ],
)
async def test_a_group_that_cannot_be_named_is_closed(
    form: Form, changed: dict[str, object], says: str
) -> None:
    assert says in form.closed(Reach.COMPUTER_GROUP, **changed)


async def test_an_organization_without_elevation_is_told(form: Form) -> None:
    assert why_no_elevation(form.asker, form.details) == ""
    without = form.details.model_copy(update={"organization_has_elevation": False})
    assert "does not have Elevation" in why_no_elevation(form.asker, without)
    odd = form.details.model_copy(update={"odd": ("has_elevation",)})
    assert "cannot be read" in why_no_elevation(form.asker, odd)


async def test_a_built_in_match_takes_the_whole_organization_or_is_closed(form: Form) -> None:
    own = MatchingApplication.model_validate(
        {
            "applicationId": form.asker.case.organization_id,
            "name": "Own",
            "organizationId": form.asker.case.organization_id,
        }
    )
    assert [one.name for one in matches(form.asker, form.details, [own])] == ["Own"]
    limited = form.details.model_copy(update=narrow(form.details))
    built_in = own.model_copy(update={"organization_name": "Master", "name": "Built in"})
    [offer] = matches(form.asker, limited, [built_in])
    assert "does not offer the entire organization" in offer.closed_because


async def test_every_mode_is_offered_or_closed_with_its_reason(form: Form) -> None:
    for offer in modes(form.asker):
        assert bool(offer.closed_because) is (offer.mode.value != "learning")
