"""A form that comes too late: how it ended, for those who may see the request; the others read that it is over."""

from __future__ import annotations

from bot.cards.case import modals
from bot.cards.kit.limits import Block
from bot.decision.verdict import may_see
from bot.desk import Desk, Presser
from bot.models import Case
from permissions import OrganizationTree

_OVER = "This request is no longer waiting. Nothing was changed."


def ended_modal(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree | None, title: str) -> Block:
    """Drawn for one person. Without the organizations nobody's view can be told, so nobody reads more than the fact."""
    if tree is not None and may_see(
        presser.person.person_id, case.organization_id, presser.access, tree, desk, case.kind
    ):
        return modals.too_late_modal(case)
    return modals.said_modal(title, [_OVER])
