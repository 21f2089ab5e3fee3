"""`/gatehouse role` as modals: they offer what one may do, and a submission is about the revision that was shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.administration.roles import submit_role_form
from bot.cards import check_view
from bot.cards.kit import ids
from bot.cards.kit.carried import Carried, carried
from bot.models import Effect, EffectKind, Given, Press, PressKind, SlackRole
from handlers.commands import gatehouse
from handlers.payloads import modal_press
from tests.administration.office import Office
from tests.administration.role_desk import GIVE, MAKE, engage, given, types
from tests.administration.test_form import options
from tests.desk import text_of


async def opened(office: Office, who: str, text: str) -> list[Effect]:
    """Type `/gatehouse role …`; the modals that were queued, checked against Slack's limits."""
    press = await office.command(who, text)
    await gatehouse(office.bench.desk, press)
    said = [each for each in await office.bench.say() if each.kind is EffectKind.MODAL]
    for each in said:
        check_view(each.view)
    return said


async def made(office: Office, who: str) -> SlackRole:
    """A role that stands."""
    await types(office, who, MAKE)
    (role,) = (await given(office)).roles
    return role


async def sent(office: Office, who: str, view: str, role: SlackRole | None = None, **values: str) -> Press:
    """A stored submission."""
    return await office.bench.press(
        who,
        view,
        kind=PressKind.MODAL,
        values={ids.REASON_BLOCK: "the night shift"} | values,
        case_id=role.role_id if role else "",
        revision=role.revision if role else 0,
    )


async def submits(office: Office, press: Press) -> str:
    """What the submitter reads."""
    return " ".join((await office.bench.do(submit_role_form, press)).split())


def ticked(view: dict[str, Any]) -> list[str]:
    """What is ticked when the form opens."""
    element = next(
        each["element"] for each in view["blocks"] if each.get("block_id") == ids.PERMISSIONS_BLOCK
    )
    return [each["value"] for each in element["initial_options"]]


async def test_a_new_role_is_offered_with_what_one_has_without_an_end_where_one_may(
    office: Office, rae: str
) -> None:
    loading, form = await opened(office, rae, "role")
    assert loading.trigger_id
    assert loading.external_id == form.external_id
    assert form.view["callback_id"] == ids.ROLE_MAKE_VIEW
    assert options(form.view, ids.PERMISSIONS_BLOCK) == [
        "Approve for Group",
        "View Approvals",
        "Role Administrator",
        "View Unified Audit",
    ]
    assert options(form.view, ids.ORGANIZATION_BLOCK) == [office.bench.portal.organization_id("brightwater")]


async def test_who_may_make_none_reads_that_instead_of_a_form(office: Office) -> None:
    for text in ("role", "role create"):
        _, form = await opened(office, "mia", text)
        assert "Role Administrator" in text_of(form)
    assert await opened(office, "gus", "role") == []


async def test_who_has_everything_for_a_time_only_reads_why_nothing_is_offered(office: Office) -> None:
    ned = await engage(office, "ned", "Role Administrator", until="until = 2027-06-30T18:00:00Z")
    _, form = await opened(office, ned, "role")
    assert "nothing there without an end" in " ".join(text_of(form).split())


async def test_when_the_portal_is_silent_the_form_says_so(office: Office, rae: str) -> None:
    office.bench.portal.faults.set("server_error", action="OrganizationGetForMoveComputers")
    _, form = await opened(office, rae, "role")
    assert "Nothing was changed" in " ".join(text_of(form).split())


async def test_a_submitted_new_role_is_made_like_a_typed_one(office: Office, rae: str) -> None:
    press = await sent(
        office,
        rae,
        ids.ROLE_MAKE_VIEW,
        role_name="Night desk",
        organization=office.bench.portal.organization_id("brightwater"),
        permissions="View Approvals,Approve for Group",
    )
    assert "Done. Role Night desk" in await submits(office, press)
    (role,) = (await given(office)).roles
    assert role.permissions == ("Approve for Group", "View Approvals")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({ids.REASON_BLOCK: ""}, "It does not say why"),
        ({ids.ROLE_NAME_BLOCK: "Read Only"}, "name of a built-in role"),
        ({ids.ROLE_NAME_BLOCK: ""}, "how the role is called"),
        ({ids.PERMISSIONS_BLOCK: ""}, "names no permission"),
        ({ids.PERMISSIONS_BLOCK: "View Reports"}, "you do not have View Reports"),
        ({ids.ORGANIZATION_BLOCK: "elsewhere"}, "no organization elsewhere"),
    ],
)
async def test_a_submission_is_judged_anew(
    office: Office, rae: str, values: dict[str, str], says: str
) -> None:
    whole = {
        ids.ROLE_NAME_BLOCK: "Night desk",
        ids.ORGANIZATION_BLOCK: office.bench.portal.organization_id("brightwater"),
        ids.PERMISSIONS_BLOCK: "View Approvals",
    }
    press = await sent(office, rae, ids.ROLE_MAKE_VIEW, None, **(whole | values))
    assert says in await submits(office, press)
    assert await given(office) == Given()


async def test_the_form_of_a_change_shows_what_stands_and_takes_the_new_list(
    office: Office, rae: str
) -> None:
    role = await made(office, rae)
    await types(office, "mia", GIVE)
    first, form = await opened(office, rae, "role change Night desk at brightwater")
    assert first.channel_id, "what is submitted is answered where the command was typed"
    assert carried(form.view["private_metadata"]) == Carried(f"{role.role_id}.1", first.channel_id)
    assert ticked(form.view) == ["Approve for Group", "View Approvals"]
    assert "Held by" not in text_of(form), "a Role Administrator alone may not ask about others"
    change = {ids.PERMISSIONS_BLOCK: "View Approvals,View Unified Audit"}
    press = await sent(office, rae, ids.ROLE_CHANGE_VIEW, role, **change)
    assert "+ View Unified Audit, − Approve for Group" in await submits(office, press)


async def test_what_somebody_else_put_in_can_stay_in_and_cannot_be_put_in_anew(
    office: Office, rae: str
) -> None:
    """Only what is added must be one's own."""
    ned = await engage(office, "ned", "Role Administrator", "View Reports", "View Administrators")
    role = await made(office, rae)
    _, form = await opened(office, ned, "role change Night desk at brightwater")
    assert "Approve for Group" in options(form.view, ids.PERMISSIONS_BLOCK)
    assert "Held by: nobody" in text_of(form)
    kept = {ids.PERMISSIONS_BLOCK: "Approve for Group,View Reports"}
    press = await sent(office, ned, ids.ROLE_CHANGE_VIEW, role, **kept)
    assert "+ View Reports, − View Approvals" in await submits(office, press)
    (now,) = (await given(office)).roles
    back = {ids.PERMISSIONS_BLOCK: "Approve for Group,View Approvals"}
    press = await sent(office, ned, ids.ROLE_CHANGE_VIEW, now, **back)
    assert "you do not have View Approvals" in await submits(office, press)


async def test_two_forms_on_one_revision_change_it_once_and_the_other_is_told_by_whom(
    office: Office, rae: str
) -> None:
    """P8: what was shown is what is decided."""
    ned = await engage(office, "ned", "Role Administrator", "View Reports", "View Unified Audit")
    role = await made(office, rae)
    lists = {rae: "View Approvals,View Unified Audit", ned: "View Reports"}
    presses = [
        await sent(office, who, ids.ROLE_CHANGE_VIEW, role, permissions=listed)
        for who, listed in lists.items()
    ]
    await asyncio.gather(*(submit_role_form(office.bench.desk, press) for press in presses))
    (now,) = (await given(office)).roles
    assert now.revision == 2
    said = [" ".join(text_of(each).split()) for each in await office.bench.say()]
    loser = next(each for each in said if "changed meanwhile by" in each)
    assert now.changed_by.name in loser
    assert "Nothing was changed; look at it again" in loser
    assert len(await office.bench.events("role_changed")) == 1
    overtaken = await office.bench.last("administration_not_judged")
    assert overtaken.facts["outcome"] == "changed_meanwhile"


async def test_a_form_about_a_role_that_is_gone_changes_nothing(office: Office, rae: str) -> None:
    role = await made(office, rae)
    await types(office, rae, "role delete Night desk at brightwater because over")
    await types(office, rae, MAKE)
    for view in (ids.ROLE_CHANGE_VIEW, ids.ROLE_DELETE_VIEW):
        press = await sent(office, rae, view, role, permissions="View Unified Audit")
        assert "was deleted meanwhile" in await submits(office, press)
    (now,) = (await given(office)).roles
    assert now.revision == 1


async def test_the_form_of_a_deletion_shows_what_goes_and_deletes_what_it_showed(
    office: Office, rae: str
) -> None:
    role = await made(office, rae)
    _, form = await opened(office, rae, "role delete Night desk at brightwater")
    assert "It contains: Approve for Group, View Approvals" in text_of(form)
    await types(office, rae, "role change Night desk at brightwater add View Unified Audit because x y")
    press = await sent(office, rae, ids.ROLE_DELETE_VIEW, role)
    assert "changed meanwhile" in await submits(office, press)
    (now,) = (await given(office)).roles
    assert "Done." in await submits(office, await sent(office, rae, ids.ROLE_DELETE_VIEW, now))
    assert await given(office) == Given()


@pytest.mark.parametrize(
    ("who", "text", "says"),
    [
        ("rae", "role change Read Only at brightwater", "nobody changes or deletes it"),
        ("rae", "role change House Rules at brightwater", "stands in access file"),
        ("rae", "role delete Nobody's at brightwater", "There is no role Nobody's"),
        ("rae", "role delete Night desk at nowhere", "no organization nowhere"),
        ("bo", "role delete Night desk at brightwater", "Role Administrator"),
    ],
)
async def test_what_cannot_be_changed_here_is_said_in_the_place_of_a_form(
    office: Office, rae: str, who: str, text: str, says: str
) -> None:
    office.more.append(
        '[roles."House Rules"]\norganizations = ["brightwater"]\npermissions = ["View Approvals"]'
    )
    await office.accept()
    _, form = await opened(office, rae if who == "rae" else who, text)
    assert says in " ".join(text_of(form).split())
    assert "submit" not in form.view


async def test_a_guest_submits_nothing(office: Office) -> None:
    press = await sent(office, office.bench.cast["gus"], ids.ROLE_MAKE_VIEW, role_name="Night desk")
    assert "Guests may not" in await submits(office, press)


def test_a_submission_carries_the_role_and_the_revision_that_was_shown(office: Office) -> None:
    chosen = {"type": "multi_static_select", "selected_options": [{"value": "A"}, {"value": "B"}]}
    body = {
        "user": {"id": "U0RAE", "team_id": "T1"},
        "view": {
            "id": "V1",
            "hash": "h",
            "callback_id": ids.ROLE_CHANGE_VIEW,
            "private_metadata": "r1f.7",
            "state": {"values": {ids.PERMISSIONS_BLOCK: {ids.INPUT: chosen}}},
        },
    }
    press = modal_press(body, office.bench.desk.now())
    assert (press.case_id, press.revision) == ("r1f", 7)
    assert press.values == {ids.PERMISSIONS_BLOCK: "A,B"}
