"""Whom a call names (P6): of the tier's turn those who can decide this very case now, else the next tier, at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.chat.identity import Known, UserGroups
from bot.decision.claims import called_before
from bot.desk import muster, whom
from bot.escalation.calling import escalate
from bot.models import Case, Effect, Kind
from bot.models.plans import PlanSection
from bot.models.rotas import RotaSection, TierSection
from bot.rules.tiers import Muster, can_decide, tier_by_hand, tier_called
from rehearsal.portal.faults import FaultKind
from tests.cards.samples import case as sample
from tests.desk import Bench, accept, text_of
from tests.escalation.test_steps import tick

PLAN = {"steps": ["15m call first", "+15m call leads"]}
TREE = "OrganizationGetForMoveComputers"


def engaged(bench: Bench, plan: dict[str, Any] | None = None, **tiers: Any) -> None:
    """Tiers of the cast's people (or with more keys), a plan that calls them, and Slack telling who is in a group."""
    made = {}
    for name, told in tiers.items():
        keys = told if isinstance(told, dict) else {"members": told}
        members = keys.pop("members", None)
        if members is not None:
            keys["user_group"] = bench.slack.add_user_group(name, [bench.cast[each] for each in members])
        made[name] = TierSection(**keys)
    bench.with_rules(tiers=made, plans={"all": PlanSection.model_validate(plan or PLAN)})
    bench.desk.access.user_groups = UserGroups(bench.client)


async def late_call(bench: Bench, case: Case | None = None, minutes: int = 15) -> Effect:
    if case is None:
        await bench.arrive()
    await bench.advance(minutes=minutes)
    (call,) = await tick(bench)
    return call


def mentions(bench: Bench, call: Effect) -> set[str]:
    """Who of the cast, and which tiers' user groups, are mentioned."""
    found = {key for key, slack_id in bench.cast.user_ids.items() if slack_id in str(call.blocks)}
    groups = {name: each.user_group for name, each in bench.desk.rules.tiers.items() if each.user_group}
    return found | {f"@{name}" for name, group in groups.items() if group in str(call.blocks)}


async def test_a_tier_of_which_everybody_can_decide_is_called_by_its_user_group(bench: Bench) -> None:
    engaged(bench, first=["ana", "bo"], leads=["lee"])
    assert mentions(bench, await late_call(bench)) == {"@first"}
    event = await bench.last("step_taken")
    assert (event.facts["tier"], event.facts["passed"]) == ("first", [])


async def test_of_a_tier_of_which_some_cannot_decide_the_others_are_named(bench: Bench) -> None:
    engaged(bench, first=["ana", "hal", "ray"], leads=["lee"])
    assert mentions(bench, await late_call(bench)) == {"ana"}


async def test_where_nobody_of_a_tier_can_decide_the_next_one_is_called_at_once_and_that_is_said(
    bench: Bench,
) -> None:
    engaged(bench, first=["hal"], leads=["ana"])
    call = await late_call(bench)
    assert mentions(bench, call) == {"@leads"}
    assert "Nobody of first can decide this now, so leads is called at once." in text_of(call)
    event = await bench.last("step_taken")
    assert (event.facts["tier"], event.facts["passed"]) == ("leads", ["first"])
    await bench.advance(minutes=15)
    (again,) = await tick(bench)
    assert mentions(bench, again) == {"@leads"}, "its own turn comes all the same"


async def test_where_nobody_of_the_plan_can_decide_those_on_duty_are_called_and_then_the_others(
    bench: Bench,
) -> None:
    engaged(bench, first=["hal"], leads=["ray"])
    call = await late_call(bench)
    assert bench.desk.rules.escalation.team_user_group in str(call.blocks)
    assert "Nobody of first, leads can decide this now, so team is called at once." in text_of(call)


async def test_where_nobody_at_all_can_decide_it_the_channel_reads_that(bench: Bench) -> None:
    engaged(bench, first=["hal"], leads=["hal"])
    bench.with_rules(
        escalation={
            "approvers_user_group": bench.slack.add_user_group("readers", [bench.cast["ray"]]),
            "team_user_group": bench.slack.add_user_group("nobody", []),
        }
    )
    call = await late_call(bench)
    assert mentions(bench, call) == set()
    assert "Nobody can decide this now of first, leads, team, approvers" in text_of(call)


async def test_of_a_tier_with_a_rota_whoever_has_the_turn_is_called_and_in_a_hole_the_next_tier(
    bench: Bench,
) -> None:
    """`hal` may decide nothing: a turn of theirs is a hole for this case."""
    today = bench.desk.now().date()
    rota = RotaSection.model_validate(
        {
            "zone": "UTC",
            "people": ["ana", "hal"],
            "starts": today - timedelta(days=6),
            "hand_over": "mon-sun 00:00",
            "overrides": {f"{today - timedelta(days=1)} - {today + timedelta(days=1)}": "ana"},
        }
    )
    engaged(bench, first={"rota": "days", "people": ["bo"], "channel": "C0TIER"}, leads=["lee"])
    bench.with_rules(rotas={"days": rota})
    call = await late_call(bench)
    assert (mentions(bench, call), call.channel_id) == ({"ana"}, "C0TIER")
    (late,) = [each.case for each in await bench.ledger.open_cases()]
    answers = {key: await called_before(bench.desk, late, bench.cast[key]) for key in ("ana", "bo", "ray")}
    assert answers == {"ana": True, "bo": False, "ray": False}, "of the tier only who had the turn"
    bench.with_rules(rotas={"days": rota.model_copy(update={"overrides": {}, "people": ("hal",)})})
    case = await bench.arrive()
    called = whom(bench.desk, await muster(bench.desk, [case]), case, "first")
    assert called.passed == ("first",)
    assert called.tier not in ("", "first")


async def test_people_of_a_tier_are_named_unless_they_left_or_asked_themselves(bench: Bench) -> None:
    people = ["ana", "dee", "hal", "stranger", "kim"]
    engaged(bench, first={"people": people, "channel": "C0TIER"}, leads=["lee"])
    case = await bench.arrive(user="kokafor")
    call = await late_call(bench, case)
    assert mentions(bench, call) == {"ana"}
    assert call.channel_id == "C0TIER"


async def test_a_tier_that_is_a_channel_alone_calls_whoever_reads_it(bench: Bench) -> None:
    engaged(bench, first={"channel": "C0PIT"}, leads=["lee"])
    call = await late_call(bench)
    assert (mentions(bench, call), call.channel_id) == (set(), "C0PIT")
    assert "Nobody" not in text_of(call).replace("Nobody has claimed it", "")


async def test_a_group_whose_members_slack_does_not_tell_is_called_whole(bench: Bench) -> None:
    """A call to one too many is better than silence."""
    engaged(bench, first=["hal"], leads=["ana"])
    bench.desk.access.user_groups = None
    assert mentions(bench, await late_call(bench)) == {"@first"}


async def test_without_the_portals_organizations_nobody_is_left_out(bench: Bench) -> None:
    engaged(bench, first=["hal"], leads=["ana"])
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    assert mentions(bench, await late_call(bench, case)) == {"@first"}


async def test_before_an_access_file_is_in_force_nobody_is_left_out(bench: Bench) -> None:
    engaged(bench, first=["hal"], leads=["ana"])
    case = await bench.arrive()
    there = await muster(bench.desk, [case])
    assert not can_decide(there, case, bench.cast["hal"])
    assert can_decide(Muster(at=there.at, roster=there.roster), case, bench.cast["hal"])
    assert Muster(at=there.at).person(bench.cast["ana"]) is None
    called = whom(bench.desk, Muster(at=there.at, roster=there.roster), case, "first")
    assert called.user_group_id == bench.desk.rules.tiers["first"].user_group is not None or called.is_nobody


async def test_while_no_access_file_can_be_read_nobody_is_left_out(bench: Bench) -> None:
    engaged(bench, first=["hal"], leads=["ana"])
    case = await bench.arrive()
    async with bench.valkey.client() as client:
        await client.delete("{gatehouse}:access")
    bench.desk.access._file = None
    assert mentions(bench, await late_call(bench, case)) == {"@first"}


async def test_people_that_the_file_knows_by_their_address_are_named(bench: Bench) -> None:
    engaged(bench, first=["ana"], leads=["lee"])
    document = (bench.folder / "access.toml").read_text("utf-8")
    ana = await bench.desk.people.here(bench.cast["ana"], bench.desk.now())
    assert isinstance(ana, Known)
    document = document.replace(f'slack = ["{bench.cast["ana"]}"]', f'emails = ["{ana.email}"]', 1)
    await accept(bench, document.replace("version = 1\n", "version = 1\nmatch_people_by_email = true\n", 1))
    assert mentions(bench, await late_call(bench)) == {"@first"}


async def test_what_the_portal_alone_decides_calls_who_can_be_on_it(bench: Bench) -> None:
    engaged(bench, first=["ana", "hal"], leads=["lee"])
    case = await bench.arrive("web")
    there = await muster(bench.desk, [case])
    assert not can_decide(there, case, bench.cast["hal"])
    assert can_decide(there, sample(kind=Kind.OTHER), bench.cast["hal"]), "nobody's right is known"


# By hand


async def by_hand(bench: Bench, case: Case) -> Effect:
    bench.said.clear()
    await bench.do(escalate, await bench.press("hal", ids.ESCALATE, await bench.case(case.case_id)))
    (call,) = [one for one in bench.said if one.effect_id.startswith("help:")]
    return call


async def test_help_is_asked_of_the_tier_whose_turn_it_is_and_climbs_with_the_clock(bench: Bench) -> None:
    engaged(bench, first=["ana"], leads={"members": ["lee"], "channel": "C0LEADS"})
    case = await bench.arrive()
    assert mentions(bench, await by_hand(bench, case)) == {"@first"}
    await late_call(bench, case)
    second = await by_hand(bench, case)
    assert (mentions(bench, second), second.channel_id) == ({"@leads"}, "C0LEADS")
    event = await bench.last("escalated_by_hand")
    assert event.facts == {"tier": "leads", "passed": []}


async def test_help_that_nobody_of_a_tier_can_give_is_asked_of_the_next_one(bench: Bench) -> None:
    engaged(bench, first=["ray"], leads=["ana"])
    case = await bench.arrive()
    call = await by_hand(bench, case)
    assert mentions(bench, call) == {"@leads"}
    assert "Nobody of first can decide this now" in text_of(call)


async def test_whoever_was_called_is_known_by_their_tier(bench: Bench) -> None:
    """Their claim pauses what comes after the ceiling."""
    engaged(bench, first={"people": ["ana"]}, leads=["lee"])
    case = await bench.arrive()
    await late_call(bench, case)
    late = await bench.case(case.case_id)
    assert tier_called(late) == "first"
    assert tier_by_hand(late) == "leads"
    assert [await called_before(bench.desk, late, bench.cast[each]) for each in ("ana", "bo", "kim")] == [
        True, False, True,
    ]  # fmt: skip
    assert tier_by_hand(sample(requests=())) == ""


async def test_a_call_that_stands_names_whom_it_called(bench: Bench) -> None:
    engaged(bench, first=["ana", "hal"], leads=["lee"])
    case = await bench.arrive()
    await late_call(bench, case)
    late = await bench.case(case.case_id)
    called = whom(bench.desk, await muster(bench.desk, [late]), late, tier_called(late))
    assert called.slack_user_ids == (bench.cast["ana"],)


@pytest.mark.parametrize("kind", ["elevate", "execute"])
async def test_a_call_on_arrival_names_who_can_decide(bench: Bench, kind: str) -> None:
    bench.with_rules(
        escalation={
            "team_user_group": bench.slack.add_user_group("mixed", [bench.cast["kim"], bench.cast["hal"]])
        }
    )
    bench.desk.access.user_groups = UserGroups(bench.client)
    bench.said.clear()
    await bench.arrive(kind)
    calls = [one for one in bench.said if one.is_call]
    assert [bench.cast["kim"] in str(one.blocks) for one in calls] == ([True] if kind == "elevate" else [])
    assert not any(bench.cast["hal"] in str(one.blocks) for one in calls)
