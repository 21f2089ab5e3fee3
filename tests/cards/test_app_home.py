"""The desk as it is drawn: within Slack's hundred blocks, every view carried whole, and the help desk's way first."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import app_home, home, lookup
from bot.cards.app_home import (
    CASES_A_PAGE,
    CLAIMS_WITH_BUTTONS,
    Counts,
    DeskView,
    HomePage,
    Which,
    desk_view,
)
from bot.cards.kit import ids
from bot.models import Kind
from tests.cards.reading import read
from tests.cards.samples import NOW, case

LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"
GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def page(**changed: Any) -> HomePage:
    """A desk with a full page of cases and everything that can be offered."""
    line = home.CaseLine(case(), LINK, may_approve=True, may_deny=True, may_claim=True, now=NOW)
    values: dict[str, Any] = {
        "name": "Tom",
        "claims": [line] * 30,
        "queue": [line] * CASES_A_PAGE,
        "grants": [home.GrantLine(what="Approve for Group", where="Contoso")] * 40,
        "now": NOW,
        "trouble": "x" * 400,
        "writes_on": False,
        "counts": Counts(decide=10_000, late=12, unclaimed=9_000, mine=30, others=5),
        "total": 10_000,
        "organizations": [(f"Organization {number}", f"{number:036}") for number in range(400)],
        "kinds": list(Kind),
        "may_look_up": True,
    }
    return HomePage(**(values | changed))


def buttons(view: dict[str, Any], action_id: str) -> list[dict[str, Any]]:
    """Every element of this name."""
    elements = [each for block in view["blocks"] for each in block.get("elements", ())]
    return [each for each in elements if each.get("action_id") == action_id]


EXCEPTIONS_AND_ON_CALL = 12 + 3
"""Blocks of the two sections that this page lacks: a header, five exceptions of two each, and how many more; who is on
call, with the forms of whoever stands on a rota."""


def test_the_fullest_desk_loses_nothing_to_slacks_hundred_blocks() -> None:
    view = app_home.render_home(page(view=DeskView(page=2)))
    assert len(view["blocks"]) + EXCEPTIONS_AND_ON_CALL < 100
    assert len(buttons(view, ids.DENY_MODAL)) == CASES_A_PAGE + CLAIMS_WITH_BUTTONS
    assert len(buttons(view, ids.HOME_REFRESH)) == 1, "the end is there"
    assert "21 to 40 of 10,000" in read(view["blocks"])


@pytest.mark.parametrize(
    "view",
    [
        DeskView(),
        DeskView(which=Which.LATE),
        DeskView(kind=Kind.STORAGE, organization_id=GUID, page=500),
        DeskView(which=Which.ALL, kind=Kind.WEB_CONTROL, organization_id=GUID, page=100_000),
    ],
)
def test_a_view_survives_its_way_through_slack(view: DeskView) -> None:
    assert desk_view(str(view)) == view
    assert len(str(view)) <= 150, "Slack's limit for an option's value"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "home",
        "h1",
        "h0;;;;1",
        "h1;often;;;1",
        "h1;;software;;1",
        "h1;;;;1;2",
        "case-1.2",
        ";;;;",
        "h1;;;;-1",
    ],
)
def test_what_is_no_view_of_ours_is_the_view_that_fits(text: str) -> None:
    assert desk_view(text) == DeskView()


@pytest.mark.parametrize(("number", "is_page"), [("0", 1), ("٣", 1), ("9999999", 1), ("x", 1), ("7", 7)])
def test_a_page_that_is_none_is_the_first(number: str, is_page: int) -> None:
    assert desk_view(f"h1;;;;{number}").page == is_page


def test_menus_lead_to_the_first_page_of_the_same_view_and_show_what_is_chosen() -> None:
    chosen = DeskView(which=Which.LATE, kind=Kind.STORAGE, organization_id=f"{3:036}", page=4)
    view = app_home.render_home(page(view=chosen))
    assert view["private_metadata"] == str(chosen)
    for action_id, keeps in (
        (ids.HOME_WHICH, {"kind": Kind.STORAGE, "organization_id": f"{3:036}"}),
        (ids.HOME_KIND, {"which": Which.LATE, "organization_id": f"{3:036}"}),
        (ids.HOME_ORGANIZATION, {"which": Which.LATE, "kind": Kind.STORAGE}),
    ):
        (menu,) = buttons(view, action_id)
        assert len(menu["options"]) <= 100
        assert menu["initial_option"] in menu["options"]
        for option in menu["options"]:
            led = desk_view(option["value"])
            assert led.page == 1
            assert {name: getattr(led, name) for name in keeps} == keeps
    assert [desk_view(each["value"]).page for each in buttons(view, ids.HOME_BACK)] == [3]
    assert [desk_view(each["value"]).page for each in buttons(view, ids.HOME_ON)] == [5]


def test_the_last_page_leads_only_back() -> None:
    line = home.CaseLine(case(), LINK)
    view = app_home.render_home(page(queue=[line] * 5, total=25, view=DeskView(page=2)))
    assert buttons(view, ids.HOME_ON) == []
    assert "21 to 25 of 25" in read(view["blocks"])


def test_the_help_desk_begins_with_the_look_up_and_a_decider_with_the_desk() -> None:
    for decides in (True, False):
        shown = read(app_home.render_home(page(decides=decides, trouble=""))["blocks"])
        look, waits = shown.index("# Look something up"), shown.index("for others" if decides else "5 open")
        assert (look < waits) is not decides
    assert "Look something up" not in read(app_home.render_home(page(may_look_up=False))["blocks"])


def test_a_filter_that_nothing_fits_is_not_told_as_nothing_waits() -> None:
    view = DeskView(kind=Kind.STORAGE)
    assert "Nothing fits what is chosen" in read(
        app_home.render_home(page(queue=(), total=0, view=view))["blocks"]
    )
    empty = page(queue=(), total=0, counts=Counts(), view=view)
    assert "Nothing waits for you." in read(app_home.render_home(empty)["blocks"])


def test_a_case_has_the_buttons_that_lead_somewhere() -> None:
    mine = home.CaseLine(case(), LINK, may_deny=True, may_claim=True, is_mine=True)
    seen = home.CaseLine(case(), LINK)
    view = app_home.render_home(page(claims=[], queue=[mine, seen]))
    assert [len(buttons(view, name)) for name in (ids.HOME_RELEASE, ids.HOME_CLAIM, ids.DENY_MODAL)] == [
        1,
        0,
        1,
    ]
    assert buttons(view, ids.APPROVE_MODAL) == []


def test_the_look_up_form_asks_for_user_computer_file_or_caller() -> None:
    form = lookup.look_up_form()
    about = next(block for block in form["blocks"] if block["block_id"] == ids.LOOK_ABOUT_BLOCK)
    values = [option["value"] for option in about["element"]["options"]]
    assert values == [ids.LOOK_COMPUTER, ids.LOOK_USER, ids.LOOK_FILE, ids.LOOK_CALLER]
