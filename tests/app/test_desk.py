"""What all use cases share: one way to change a case, one tree, one question of who is on duty."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.desk import Amendment, StillContended, amend, answer, event_of, finish, look
from bot.ledger import Conflict
from bot.models import CalendarSection, Case, Kind
from bot.models.calendars import WEEKDAYS
from bot.portal import PortalError
from rehearsal.portal.faults import FaultKind
from tests.desk import NIGHT, WORKING_HOURS, Bench

TREE = "OrganizationGetForMoveComputers"


async def test_a_case_that_keeps_changing_under_every_try_is_given_up_and_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await bench.arrive()
    tries: list[int] = []

    async def lost(*_: Any) -> Conflict:
        tries.append(1)
        return Conflict("somebody was faster")

    monkeypatch.setattr(type(bench.ledger), "commit", lost)
    with pytest.raises(StillContended, match=case.case_id):
        await amend(bench.desk, case.case_id, lambda held: Amendment(held, [event_of("x", None, held)]))
    assert len(tries) > 10


async def test_two_who_change_a_case_at_once_both_go_in(bench: Bench) -> None:
    case = await bench.arrive()
    looks: list[Case] = []

    def make(held: Case) -> Amendment:
        looks.append(held)
        marked = held.model_copy(update={"unusual": (*held.unusual, f"look {len(looks)}")})
        return Amendment(marked, [event_of("x", None, held)])

    first = await bench.ledger.case(case.case_id)
    assert first is not None
    await amend(bench.desk, case.case_id, make)
    await amend(bench.desk, case.case_id, make)
    assert (await bench.case(case.case_id)).unusual[-2:] == ("look 1", "look 2")


async def test_what_is_at_hand_spares_a_reading_and_an_older_one_overwrites_nothing(bench: Bench) -> None:
    """The commit is refused on any version but the one at hand; then the case is read."""
    case = await bench.arrive()
    seen: list[Case] = []

    def make(held: Case) -> Amendment:
        seen.append(held)
        marked = held.model_copy(update={"unusual": (*held.unusual, f"look {len(seen)}")})
        return Amendment(marked, [event_of("x", None, held)])

    at_hand = await bench.ledger.case(case.case_id)
    assert at_hand is not None
    first = await amend(bench.desk, case.case_id, make, known=at_hand)
    assert (first is not None, seen) == (True, [at_hand.case])
    await amend(bench.desk, case.case_id, make, known=at_hand)
    assert (await bench.case(case.case_id)).unusual[-2:] == ("look 1", "look 3")


async def test_nothing_to_do_is_said_of_a_fresh_reading_only(bench: Bench) -> None:
    """No commit would catch it: what is at hand may have been overtaken by what makes it something to do."""
    case = await bench.arrive()
    old = await bench.ledger.case(case.case_id)
    await bench.write(case.model_copy(update={"unusual": ("now there is",)}))

    def make(held: Case) -> Amendment | None:
        return Amendment(held, [event_of("x", None, held)]) if held.unusual else None

    assert await amend(bench.desk, case.case_id, make, known=old) is not None


async def test_a_press_that_is_answered_already_is_answered_once(bench: Bench) -> None:
    """P4: two replicas that held the same press leave one answer."""
    press = await bench.press("ana", ids.CLAIM, await bench.arrive())
    for words in ("first", "second"):
        said = answer(press, answers.said(words))
        await finish(bench.desk, press, [event_of("press_answered", press)], [said])
    assert "first" in await bench.answer(press)


async def test_the_tree_is_read_again_when_it_is_old_or_lacks_the_place(bench: Bench) -> None:
    await bench.desk.tree.current()
    await bench.desk.tree.current()
    assert bench.portal.calls[TREE] == 1
    await bench.desk.tree.current(holding="an organization of this minute")
    assert bench.portal.calls[TREE] == 2
    await bench.advance(minutes=6)
    await bench.desk.tree.current()
    assert bench.portal.calls[TREE] == 3
    assert bench.desk.tree.latest() is not None


async def test_a_tree_that_is_too_old_and_cannot_be_read_is_no_tree(bench: Bench) -> None:
    """P1, P9."""
    await bench.desk.tree.current()
    await bench.advance(minutes=6)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    with pytest.raises(PortalError):
        await bench.desk.tree.current()


async def test_on_duty_is_the_team_in_its_hours_else_the_approvers(bench: Bench) -> None:
    rules = bench.desk.rules
    assert bench.desk.on_duty(at=WORKING_HOURS) == rules.escalation.team_user_group
    assert bench.desk.on_duty(at=NIGHT) == rules.escalation.approvers_user_group
    bench.with_rules(escalation={"approvers_user_group": ""})
    assert bench.desk.on_duty(at=NIGHT) == rules.escalation.team_user_group


def hours(bench: Bench, name: str, **weekdays: str) -> CalendarSection:
    """A calendar of one organization."""
    organization_id = bench.portal.organization_id(name)
    return CalendarSection.model_validate(
        {"zone": "UTC", "weekdays": weekdays, "organizations": [organization_id]}
    )


async def test_who_is_on_duty_goes_by_the_organization_and_those_below_it(bench: Bench) -> None:
    """The nearest calendar counts; whom none names has the default, and so has a question about nobody."""
    brightwater, cold, other = map(
        bench.portal.organization_id, ("brightwater", "brightwater-cold", "juniper-hill")
    )
    desk = bench.desk
    team, approvers = desk.rules.escalation.team_user_group, desk.rules.escalation.approvers_user_group
    bench.with_rules(calendars={"never": hours(bench, "brightwater")})
    await bench.desk.tree.current()
    on_duty = bench.desk.on_duty
    assert [on_duty(each, at=WORKING_HOURS) for each in (brightwater, cold)] == [approvers, approvers]
    assert [on_duty(other, at=WORKING_HOURS), on_duty(at=WORKING_HOURS)] == [team, team]
    assert on_duty(brightwater, other, at=WORKING_HOURS) == team
    assert on_duty(brightwater, cold, at=WORKING_HOURS) == approvers
    always = hours(bench, "brightwater-cold", **dict.fromkeys(WEEKDAYS, "00:00-24:00"))
    bench.with_rules(calendars={"never": hours(bench, "brightwater"), "always": always})
    assert bench.desk.on_duty(brightwater.upper(), at=NIGHT) == approvers
    assert bench.desk.on_duty(cold.upper(), at=NIGHT) == team


async def test_whoever_is_called_by_the_organizations_hours_was_called(bench: Bench) -> None:
    bench.with_rules(calendars={"never": hours(bench, "brightwater")})
    brightwater = bench.portal.organization_id("brightwater")
    assert not await bench.desk.was_called(bench.cast["kim"], WORKING_HOURS, brightwater)
    assert await bench.desk.was_called(bench.cast["ana"], WORKING_HOURS, brightwater)


async def test_a_card_that_is_not_posted_or_a_workspace_without_address_has_no_link(bench: Bench) -> None:
    case = await bench.arrive()
    assert bench.desk.permalink(case).startswith("https://rehearsal.slack.com/archives/C0CARDS/p")
    assert bench.desk.permalink(case.model_copy(update={"card": None})) == ""
    assert replace(bench.desk, workspace_url="").permalink(case) == ""


async def test_a_look_at_a_request_of_any_kind_answers_what_the_portal_has(bench: Bench) -> None:
    for kind, expected in (("web", Kind.WEB_CONTROL), ("dns", Kind.OTHER), ("elevate", Kind.ELEVATION)):
        case = await bench.arrive(kind)
        _, seen = await look(bench.desk, case.requests[0].facts)
        assert seen.facts.kind is expected


@pytest.mark.parametrize(
    ("who", "at", "called"), [("kim", WORKING_HOURS, True), ("hal", WORKING_HOURS, False)]
)
async def test_who_was_escalated_to_is_known_by_the_user_group(
    bench: Bench, who: str, at: Any, called: bool
) -> None:
    assert await bench.desk.was_called(bench.cast[who], at) is called


async def test_without_a_user_group_everybody_was_called_and_without_slack_nobody(bench: Bench) -> None:
    bench.slack.revoke_token()
    assert not await bench.desk.was_called(bench.cast["kim"], WORKING_HOURS + timedelta(minutes=1))
    bench.with_rules(escalation={"approvers_user_group": "", "team_user_group": ""})
    assert await bench.desk.was_called(bench.cast["hal"], WORKING_HOURS)
