"""What is typed after `/gatehouse role`: understood whole, or told what is missing. Nothing is guessed."""

from __future__ import annotations

import pytest

from bot.administration.role_orders import (
    NAME_LENGTH,
    RoleFormOrder,
    RoleOrder,
    RoleVerb,
    read_role_order,
    role_name,
)
from bot.rules.typed import Misread

GROUP, VIEW, AUDIT = "Approve for Group", "View Approvals", "View Unified Audit"


def an_order(verb: RoleVerb, *add: str, remove: tuple[str, ...] = (), **more: str) -> RoleOrder:
    """What is expected of an order about Night desk at contoso."""
    named = {"name": "Night desk", "organization": "contoso", "reason": "the night"} | more
    return RoleOrder(verb=verb, add=add, remove=remove, **named)


MAKE, CHANGE, DELETE = RoleVerb.MAKE, RoleVerb.CHANGE, RoleVerb.DELETE


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("create Night desk at contoso with View Approvals because the night", an_order(MAKE, VIEW)),
        (
            "make Night desk at contoso with view approvals, approve for group because the night",
            an_order(MAKE, GROUP, VIEW),
        ),
        (
            'new "Desk at night" at "Works with Wings" with View Approvals because: the night',
            an_order(MAKE, VIEW, name="Desk at night", organization="Works with Wings"),
        ),
        (
            "change Night desk at contoso add View Unified Audit because we look things up",
            an_order(CHANGE, AUDIT, reason="we look things up"),
        ),
        (
            "edit Night desk at contoso add View Unified Audit, Approve for Group remove View Approvals because x y",
            an_order(CHANGE, GROUP, AUDIT, remove=(VIEW,), reason="x y"),
        ),
        (
            "CHANGE Night desk at contoso remove View Approvals because the night",
            an_order(CHANGE, remove=(VIEW,)),
        ),
        ("delete Night desk at contoso because the night", an_order(DELETE)),
        (
            'delete "Night &amp; day" at "R&amp;D" because the night',
            an_order(DELETE, name="Night & day", organization="R&D"),
        ),
    ],
)
def test_a_whole_order_is_understood(text: str, order: RoleOrder) -> None:
    assert read_role_order(text) == order


@pytest.mark.parametrize(
    ("text", "verb", "name", "organization"),
    [
        ("", RoleVerb.MAKE, "", ""),
        ("create", RoleVerb.MAKE, "", ""),
        ("change Night desk at contoso", RoleVerb.CHANGE, "Night desk", "contoso"),
        ('delete "Night desk" at "Contoso Ltd"', RoleVerb.DELETE, "Night desk", "Contoso Ltd"),
    ],
)
def test_what_is_left_out_asks_for_the_form(text: str, verb: RoleVerb, name: str, organization: str) -> None:
    assert read_role_order(text) == RoleFormOrder(verb, name, organization)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rename Night desk at contoso because x y", "say create, change or delete"),
        ("change", "which role"),
        ("delete", "which role"),
        ("delete Night desk because it is over", "where"),
        ("create Night desk with View Approvals because x y", "where"),
        ("create Night desk at contoso because x y", "what the role contains"),
        ("create Night desk at contoso with View Approvals", "why"),
        ("create Night desk at contoso with View Approvals because x", "why"),
        ("create Night desk at contoso with , because x y", "names no permission"),
        ("create Night desk at contoso with Aprove for Grup because x y", "Did you mean Approve for Group?"),
        ("create Night desk at contoso with Zzzz because x y", "the portal's Users page"),
        ("create View Approvals at contoso with View Approvals because x y", "is a permission"),
        ("change Night desk at contoso because x y", "what changes"),
        ("change Night desk at contoso add View Approvals", "why"),
        ("change Night desk at contoso because", "why"),
        (
            "change Night desk at contoso add View Approvals remove view approvals because x y",
            "one of the two",
        ),
        ("change Night desk at contoso add Zzzz because x y", "no permission 'Zzzz'"),
        ("delete Night desk at contoso add View Approvals because x y", "did not understand"),
        (f"delete {'x' * 1000} at contoso because x y", "longer than 1000"),
    ],
)
def test_what_is_missing_is_told(text: str, says: str) -> None:
    order = read_role_order(text)
    assert isinstance(order, Misread), order
    assert says in order.why


@pytest.mark.parametrize(
    ("typed", "name"),
    [("  Night   desk ", "Night desk"), ("Nachtdienst Köln 2", "Nachtdienst Köln 2"), ("R&amp;D", "R&D")],
)
def test_a_plain_name_is_taken_with_its_blanks_made_plain(typed: str, name: str) -> None:
    assert role_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "how the role is called"),
        ("x" * (NAME_LENGTH + 1), "are enough"),
        ("---", "plain letters"),
        ('Night "desk', "quotation marks"),
        ("Night\N{RIGHT-TO-LEFT OVERRIDE}desk", "plain letters"),
        ("Night\N{ZERO WIDTH SPACE}desk", "plain letters"),
        ("approve FOR group", "Approve for Group is a permission"),
        ("Promote To Group", "is a permission"),
        ("Role of honour", "does not begin with the word role"),
    ],
)
def test_a_name_that_could_pass_for_something_else_is_not_taken(typed: str, says: str) -> None:
    told = role_name(typed)
    assert isinstance(told, Misread), told
    assert says in told.why
