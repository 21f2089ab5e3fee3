"""Who is on call is changed from Slack: one's own duty by who stands on the rota, others' by who administers them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.administration.arranging import MOST
from bot.administration.duty_ends import drop_pressed, expire_duty
from bot.administration.swapping import agree, decline
from bot.app.beat import Dues
from bot.cards.kit import ids
from bot.desk import muster, whom
from bot.models import Change, Due, DueKind, DutyChange, Event, GivenWrite, SwapOffer
from bot.models.rotas import AwaySection, RotaSection, TierSection
from bot.rules.rotas import on_call
from handlers.commands import gatehouse
from rehearsal.portal.faults import FaultKind
from tests.administration.office import Office

WEEK = {"zone": "UTC", "people": ["ana", "bo", "hal"], "starts": "2026-11-16", "hand_over": "mon 08:00"}
"""The office opens on Wednesday the 18th at ten: it is Ana's week, then Bo's, then Hal's, who may decide nothing."""


def rotas(office: Office, **said: Any) -> None:
    """Tier `leads` with the rota `week`, before it what else is said."""
    tables = {**said, "week": WEEK}
    office.bench.with_rules(
        tiers={"leads": TierSection(rota=tuple(tables), people=("kim",))},
        rotas={name: RotaSection.model_validate(each) for name, each in tables.items()},
        away={},
    )


@pytest.fixture
async def desk(office: Office) -> Office:
    rotas(office)
    return office


async def duty(office: Office) -> tuple[DutyChange, ...]:
    return (await office.bench.ledger.given()).given.duty


async def swaps(office: Office) -> tuple[SwapOffer, ...]:
    return (await office.bench.ledger.given()).given.swaps


async def on_call_now(office: Office, at: datetime | None = None) -> str:
    found = on_call(await office.bench.desk.roster(), "leads", at or office.bench.desk.now())
    return "+".join(found.people)


async def outcome(office: Office) -> str:
    return str((await office.bench.last("administration_not_judged")).facts["outcome"])


async def pressed(office: Office, who: str, name: str, value: str) -> str:
    use_case = {ids.DUTY_DROP: drop_pressed, ids.SWAP_AGREE: agree, ids.SWAP_DECLINE: decline}[name]
    press = await office.bench.press(who, name, values={"more": value}, case_id="", revision=0)
    return await office.bench.do(use_case, press)


def november(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


class TestTakingOver:
    async def test_a_member_takes_the_turn_over_until_it_would_end_and_the_one_who_had_it_is_told(
        self, desk: Office
    ) -> None:
        said = await desk.types("bo", "oncall take leads because Ana is at the dentist")
        assert "Bo Lindqvist has the turn of week" in said
        assert "Before: Ana Moreau" in said
        assert "Ana is at the dentist" in said
        [change] = await duty(desk)
        assert (change.person_id, change.ends) == ("bo", november(23))
        assert await on_call_now(desk) == "bo"
        assert "Bo Lindqvist has the turn" in desk.told(desk.bench.cast["ana"])[-1]
        assert desk.told(desk.bench.cast["bo"]) == []
        assert "Bo Lindqvist has the turn" in desk.announced()[-1]
        event = await desk.bench.last("duty_changed")
        assert (event.facts["rests_on"], event.private["reason"]) == ([], "Ana is at the dentist")
        assert event.facts["duty"]["justification"] == "written"

    async def test_a_call_names_who_took_over_and_after_the_drop_who_had_it(self, desk: Office) -> None:
        bench = desk.bench
        case = await bench.arrive()

        async def called() -> set[str]:
            found = whom(bench.desk, await muster(bench.desk, [case]), case, "leads")
            names = {slack_id: key for key, slack_id in bench.cast.user_ids.items()}
            return {names[each] for each in found.slack_user_ids}

        assert await called() == {"ana"}
        await desk.types("bo", "oncall take week for 4h")
        assert await called() == {"bo"}
        assert "took back: Bo Lindqvist has the turn of week" in await desk.types("bo", "oncall drop")
        assert await called() == {"ana"}

    async def test_who_may_decide_nothing_is_told_so_and_is_not_called(self, desk: Office) -> None:
        said = await desk.types("hal", "oncall take leads until 18:00")
        assert "You may decide nothing anywhere" in said
        assert "gives nobody a right" in said
        bench = desk.bench
        case = await bench.arrive()
        found = whom(bench.desk, await muster(bench.desk, [case]), case, "leads")
        assert found.passed == ("leads",)

    async def test_who_may_decide_less_than_who_had_the_turn_is_told_so(self, desk: Office) -> None:
        """Bo decides at Brightwater alone, and no organization is named to him."""
        said = await desk.types("bo", "oncall take leads for 2h")
        assert "You may not decide everywhere that Ana Moreau may" in said
        assert "other calls pass to the next tier" in said
        rotas(desk, front=WEEK | {"people": ["bo", "ana"]})
        assert "may not decide" not in await desk.types("ana", "oncall take leads for 2h")

    async def test_it_is_over_by_itself_and_leaves_nothing_behind(self, desk: Office) -> None:
        await desk.types("bo", "oncall take leads for 2h")
        [change] = await duty(desk)
        await desk.bench.advance(hours=2)
        assert await on_call_now(desk) == "ana", "from its very second on"
        await desk.bench.advance(seconds=1)
        while await Dues(desk.bench.desk).drain():
            pass
        assert await duty(desk) == ()
        assert (await desk.bench.last("duty_expired")).facts["duty"]["duty_id"] == change.duty_id

    async def test_of_a_tier_the_rota_in_front_is_meant(self, desk: Office) -> None:
        now = {"zone": "UTC", "people": ["bo", "ana"], "starts": "2026-11-18", "hand_over": "wed 00:00"}
        rotas(desk, front=now)
        await desk.types("ana", "oncall take leads")
        [change] = await duty(desk)
        assert (change.rota, await on_call_now(desk)) == ("front", "ana")
        # The rota behind it is taken in vain.
        assert "another rota comes before week then (rota front)" in await desk.types(
            "bo", "oncall take week"
        )

    async def test_in_a_hole_the_first_rota_on_which_one_stands_is_taken_until_a_time(
        self, desk: Office
    ) -> None:
        rotas(desk, gone={"zone": "UTC", "people": ["kim"], "starts": "2027-01-01"})
        until_eleven = AwaySection.model_validate({"times": "2026-11-18 00:00 - 11:00"})
        desk.bench.with_rules(away=dict.fromkeys(("ana", "bo", "hal"), until_eleven))
        assert "say until when" in await desk.types("bo", "oncall take leads")
        assert "has the turn of week" in await desk.types("bo", "oncall take leads until 18:00")

    @pytest.mark.parametrize(
        ("who", "text", "said", "why"),
        [
            ("ana", "take leads", "has the turn of week then already", "nothing_to_do"),
            ("bo", "take nowhere", "It is one of leads, week", "unknown_name"),
            ("bo", "take team", "no tier with one called team", "unknown_name"),
            ("bo", "take leads until someday", "do not know the time", "not_understood"),
            ("bo", "take leads because x", "does not say why", "not_understood"),
            ("bo", "take", "which tier or rota", "not_understood"),
        ],
    )
    async def test_what_cannot_be_taken_changes_nothing(
        self, desk: Office, who: str, text: str, said: str, why: str
    ) -> None:
        assert said in await desk.types(who, f"oncall {text}")
        assert await duty(desk) == ()
        assert await outcome(desk) == why

    async def test_without_rotas_there_is_nothing_to_take(self, office: Office) -> None:
        office.bench.with_rules(tiers={}, rotas={})
        assert "The settings have no rotas" in await office.types("bo", "oncall take leads")

    async def test_who_stands_on_no_rota_may_not_take_over(self, desk: Office) -> None:
        said = await desk.types("eve", "oncall take leads")
        assert "takes the right to administer them" in said
        assert "Edit Administrators" in said
        assert await duty(desk) == ()
        assert (await desk.bench.last("administration_refused")).facts["of"] == "eve"

    async def test_who_administers_everybody_concerned_may_and_says_why(self, desk: Office) -> None:
        assert "It does not say why" in await desk.types("mia", "oncall take leads")
        assert "Mia Brandt has the turn" in await desk.types(
            "mia", "oncall take leads because nobody else is left"
        )
        assert (await desk.bench.last("duty_changed")).facts["rests_on"]

    async def test_out_of_hours_and_out_of_office_nobody_is_put_on_call(self, desk: Office) -> None:
        desk.bench.with_rules(
            rotas={"week": RotaSection.model_validate(WEEK | {"hours": {"mon-fri": "08:00-20:00"}})},
            away={"hal": AwaySection.model_validate({"times": "2026-11-16 - 2026-11-20"})},
        )
        assert "has no hours then" in await desk.types("bo", "oncall override week 20:30 - 22:00 bo")
        assert "Hal Novak is out of office then" in await desk.types("hal", "oncall take week")
        assert await duty(desk) == ()

    async def test_while_the_portal_is_away_ones_own_duty_can_be_changed_and_nobody_elses(
        self, desk: Office
    ) -> None:
        desk.bench.with_rules(decisions={"tree_max_age": timedelta(0)})
        desk.bench.portal.faults.set(FaultKind.DOWN)
        assert "does not tell its organizations" in await desk.types(
            "mia", "oncall take leads because of need"
        )
        assert "has the turn" in await desk.types("bo", "oncall take leads")
        assert [each.person_id for each in await duty(desk)] == ["bo"]

    async def test_a_second_delivery_of_the_press_changes_nothing_more(self, desk: Office) -> None:
        press = await desk.command("bo", "oncall take leads")
        bench = desk.bench
        await bench.do(gatehouse, press)
        assert not await bench.ledger.store_press(press)
        await gatehouse(bench.desk, press)
        assert len(await duty(desk)) == 1
        assert len(await bench.events("duty_changed")) == 1

    async def test_there_is_an_end_to_how_many_there_are(self, desk: Office) -> None:
        ledger = desk.bench.ledger
        await desk.types("bo", "oncall take leads for 2h")
        stored = await ledger.given()
        [one] = stored.given.duty
        many = tuple(one.model_copy(update={"duty_id": f"y{number}"}) for number in range(MOST))
        given = stored.given.model_copy(update={"duty": many})
        await ledger.commit(
            Change(op_id="many", events=[Event(name="help_read")], given=GivenWrite(given, stored.version))
        )
        assert "already; write lasting ones" in await desk.types("hal", "oncall take leads")


class TestOverriding:
    async def test_an_administrator_of_both_puts_somebody_on_call_for_a_day(self, desk: Office) -> None:
        said = await desk.types("mia", "oncall override week friday @bo because Ana travels")
        assert "Bo Lindqvist has the turn of week" in said
        assert "By Mia Brandt" in said
        assert [
            await on_call_now(desk, november(day, hour)) for day, hour in ((20, 7), (20, 8), (21, 7), (21, 8))
        ] == [
            *("ana", "bo", "bo", "ana"),
        ]
        for key in ("ana", "bo"):
            assert "By Mia Brandt" in desk.told(desk.bench.cast[key])[-1]

    async def test_it_stands_over_an_override_of_the_file(self, desk: Office) -> None:
        file = WEEK | {"overrides": {"2026-11-20": "hal"}}
        desk.bench.with_rules(rotas={"week": RotaSection.model_validate(file)})
        assert await on_call_now(desk, november(20, 9)) == "hal"
        await desk.types("mia", "oncall override week friday bo because Hal travels")
        assert await on_call_now(desk, november(20, 9)) == "bo"
        [change] = await duty(desk)
        await desk.types("mia", f"oncall drop {change.duty_id} because Hal is back")
        assert await on_call_now(desk, november(20, 9)) == "hal"

    async def test_a_member_puts_themselves_on_call_without_any_right_over_others(self, desk: Office) -> None:
        assert "has the turn" in await desk.types("bo", "oncall override week friday @bo")

    @pytest.mark.parametrize(
        ("who", "text", "said"),
        [
            ("bo", "override week friday @hal because I say so", "takes the right to administer them"),
            # An administrator of Brightwater alone, of people who hold rights elsewhere as well.
            ("lou", "override week friday @bo because I say so", "takes the right to administer them"),
            ("mia", "override week friday @bo", "It does not say why"),
            ("mia", "override nowhere friday @bo because of need", "There is no rota nowhere"),
            ("mia", "override week someday @bo because of need", "do not know the time"),
            ("mia", "override week friday", "which rota, when, and who"),
            ("mia", "override week friday nobody because of need", "has the key nobody"),
            ("bo", "override week friday @mia because of need", "holds nothing where you may ask"),
        ],
    )
    async def test_what_is_refused_changes_nothing(
        self, desk: Office, who: str, text: str, said: str
    ) -> None:
        assert said in await desk.types(who, f"oncall {text}")
        assert await duty(desk) == ()

    async def test_who_has_no_slack_id_is_not_put_on_call(self, desk: Office) -> None:
        desk.more.append('[people.nia]\nname = "Nia Roth"\nslack = []')
        await desk.accept()
        said = await desk.types("mia", "oncall override week friday nia because Ana travels")
        assert "Nia Roth has no Slack id" in said

    async def test_who_is_quiet_is_not_put_on_call(self, desk: Office) -> None:
        desk.more.append(
            f'[people.nia]\nname = "Nia Roth"\nslack = ["{desk.bench.slack.add_person("nia")}"]\nquiet = true'
        )
        await desk.accept()
        said = await desk.types("mia", "oncall override week friday nia because Ana travels")
        assert "Nia Roth is quiet in the access file" in said
        assert await duty(desk) == ()

    async def test_of_somebody_who_may_decide_nothing_the_one_who_orders_it_reads_so(
        self, desk: Office
    ) -> None:
        said = await desk.types("mia", "oncall override week friday @hal because Ana travels")
        assert "Hal Novak may decide nothing anywhere" in said


class TestOutOfOffice:
    async def test_ones_own_days_go_to_the_next_one_of_the_rota(self, desk: Office) -> None:
        said = await desk.types("ana", "oncall away friday")
        assert "Ana Moreau is out of office" in said
        assert [
            await on_call_now(desk, november(day, hour))
            for day, hour in ((19, 23), (20, 0), (20, 23), (21, 0))
        ] == [
            *("ana", "bo", "bo", "ana"),
        ]

    async def test_a_hole_that_comes_of_it_is_told(self, desk: Office) -> None:
        desk.bench.with_rules(
            tiers={"leads": TierSection(rota=("week",))},
            rotas={"week": RotaSection.model_validate(WEEK | {"people": ["ana"]})},
        )
        assert "nobody is on call for leads any more" in await desk.types("ana", "oncall away friday")

    async def test_of_somebody_else_it_takes_the_right_to_administer_them(self, desk: Office) -> None:
        for who in ("bo", "lou"):
            said = await desk.types(who, "oncall away @ana friday because she told me")
            assert "takes the right to administer them" in said or "holds nothing where you may ask" in said
        assert "It does not say why" in await desk.types("mia", "oncall away @ana friday")
        assert await duty(desk) == ()
        assert "By Mia Brandt" in await desk.types("mia", "oncall away @ana friday because she is ill")
        assert "out of office" in desk.told(desk.bench.cast["ana"])[-1]

    @pytest.mark.parametrize(
        ("who", "text", "said"),
        [
            ("ana", "away", "does not say when"),
            ("ana", "away someday", "do not know the time"),
            ("eve", "away friday", "stands on no rota"),
            ("bo", "away @nobody friday because of need", "has the key nobody"),
        ],
    )
    async def test_what_is_refused_changes_nothing(
        self, desk: Office, who: str, text: str, said: str
    ) -> None:
        told = await desk.types(who, f"oncall {text}")
        assert said in told or "holds nothing where you may ask" in told
        assert await duty(desk) == ()

    async def test_twice_is_once(self, desk: Office) -> None:
        await desk.types("ana", "oncall away fri - sun")
        assert "out of office then already" in await desk.types("ana", "oncall away saturday")
        assert len(await duty(desk)) == 1


class TestSwapping:
    async def offered(self, desk: Office, text: str = "swap friday with @bo") -> SwapOffer:
        assert "is asked" in await desk.types("ana", f"oncall {text}")
        [offer] = await swaps(desk)
        return offer

    async def test_nothing_changes_before_the_other_one_agrees(self, desk: Office) -> None:
        offer = await self.offered(desk, "swap friday with @bo because of a wedding")
        assert (offer.starts, offer.ends) == (november(20), november(21))
        assert (offer.their_starts, offer.their_ends) == (november(23), november(24))
        assert await duty(desk) == ()
        assert await on_call_now(desk, november(20, 9)) == "ana"
        asked = [each for each in desk.bench.said if each.effect_id == f"swap-notice:{offer.swap_id}"]
        assert [each.slack_user_id for each in asked] == [desk.bench.cast["bo"]]
        assert "Nothing changes unless you agree" in desk.told(desk.bench.cast["bo"])[-1]
        said = await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)
        assert "Swapped: Bo Lindqvist has the turn of week" in said
        assert await swaps(desk) == ()
        assert [
            await on_call_now(desk, each) for each in (november(20, 9), november(23, 9), november(24, 9))
        ] == [
            *("bo", "ana", "bo"),
        ]
        assert "Swapped" in desk.told(desk.bench.cast["ana"])[-1]
        assert "Swapped" in desk.announced()[-1]
        assert len(await desk.bench.events("duty_changed")) == 2
        assert "answered, taken back or over" in await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)

    async def test_a_named_day_and_whole_turns_are_exchanged(self, desk: Office) -> None:
        offer = await self.offered(desk, "swap friday with @bo for 2026-11-26 on week")
        assert offer.their_starts == november(26)
        assert "put an end to the offered swap" in await desk.types("ana", f"oncall drop {offer.swap_id}")
        assert (await desk.bench.last("swap_ended")).facts["why"] == "withdrawn"
        turns = await self.offered(desk, "swap turn with @bo")
        assert (turns.ends, turns.their_starts, turns.their_ends) == (
            november(23),
            november(23),
            november(30),
        )

    async def test_the_other_one_may_say_no_and_nobody_else_may_answer(self, desk: Office) -> None:
        offer = await self.offered(desk)
        for name in (ids.SWAP_AGREE, ids.SWAP_DECLINE):
            assert "for Bo Lindqvist to answer" in await pressed(desk, "hal", name, offer.swap_id)
        assert "no change of duty of this id" in await desk.types("hal", f"oncall drop {offer.swap_id}")
        assert "put an end to the offered swap" in await pressed(desk, "bo", ids.SWAP_DECLINE, offer.swap_id)
        assert (await swaps(desk), await duty(desk)) == ((), ())
        assert (await desk.bench.last("swap_ended")).facts["why"] == "declined"
        assert "put an end" in desk.told(desk.bench.cast["ana"])[-1]

    async def test_what_is_not_theirs_any_more_is_not_exchanged(self, desk: Office) -> None:
        offer = await self.offered(desk)
        await desk.types("hal", "oncall override week friday @hal")
        assert "not theirs any more" in await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)
        assert (await desk.bench.last("swap_ended")).facts["why"] == "void"
        assert (await swaps(desk), len(await duty(desk))) == ((), 1)

    async def test_who_was_taken_off_the_rota_meanwhile_is_not_swapped_in(self, desk: Office) -> None:
        offer = await self.offered(desk)
        desk.bench.with_rules(rotas={"week": RotaSection.model_validate(WEEK | {"people": ["ana", "hal"]})})
        assert "not theirs any more" in await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)

    async def test_an_offer_that_nobody_answers_is_over_and_its_maker_hears_so(self, desk: Office) -> None:
        offer = await self.offered(desk)
        await desk.bench.advance(days=3)
        assert "answered, taken back or over" in await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)
        while await Dues(desk.bench.desk).drain():
            pass
        assert await swaps(desk) == ()
        assert (await desk.bench.last("swap_ended")).facts["why"] == "unanswered"
        await desk.bench.say()
        assert any("did not answer" in each for each in desk.told(desk.bench.cast["ana"]))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("swap friday with @ana", "between two people"),
            ("swap friday", "with whom"),
            ("swap friday with @eve", "holds nothing where you may ask"),
            ("swap friday with @bo on nowhere", "no rota nowhere"),
            ("swap friday with @bo on front", "do not both stand on the rota front"),
            ("swap 2026-11-27 with @bo", "Ana Moreau does not have the turn of week for all"),
            ("swap someday with @bo", "do not know the time"),
            ("swap friday with @bo for saturday", "Bo Lindqvist does not have the turn of week"),
            ("swap friday with @bo for someday", "do not know the time"),
            ("swap friday with @bo because x", "does not say why"),
        ],
    )
    async def test_what_is_no_swap_is_not_offered(self, desk: Office, text: str, said: str) -> None:
        rotas(desk, front={"zone": "UTC", "people": ["kim"], "starts": "2027-01-01"})
        assert said in await desk.types("ana", f"oncall {text}")
        assert await swaps(desk) == ()

    async def test_without_a_rota_in_common_nothing_is_offered(self, desk: Office) -> None:
        rotas(desk, front={"zone": "UTC", "people": ["ana", "kim"], "starts": "2027-06-01"})
        desk.bench.with_rules(
            rotas={
                **desk.bench.desk.rules.rotas,
                "week": RotaSection.model_validate(WEEK | {"people": ["ana", "bo"]}),
            }
        )
        assert "has no turn of front" in await desk.types("ana", "oncall swap turn with @kim")
        rotas(desk)
        desk.bench.with_rules(rotas={"week": RotaSection.model_validate(WEEK | {"people": ["ana", "hal"]})})
        told = await desk.types("ana", "oncall swap turn with @bo")
        assert "do not both stand on one rota" in told or "holds nothing where you may ask" in told

    async def test_who_has_no_slack_id_cannot_be_asked(self, desk: Office) -> None:
        desk.more.append('[people.nia]\nname = "Nia Roth"\nslack = []')
        await desk.accept()
        with_nia = RotaSection.model_validate(WEEK | {"people": ["ana", "nia"]})
        desk.bench.with_rules(rotas={"week": with_nia})
        assert "Nia Roth has no Slack id" in await desk.types("ana", "oncall swap friday with nia")
        assert await swaps(desk) == ()

    async def test_one_out_of_office_takes_nothing_in_return(self, desk: Office) -> None:
        away = {"bo": AwaySection.model_validate({"times": "2026-11-20"})}
        desk.bench.with_rules(away=away)
        assert "Bo Lindqvist is out of office then" in await desk.types("ana", "oncall swap friday with @bo")
        # Nobody has such a time in return.
        desk.bench.with_rules(away={"bo": AwaySection.model_validate({"times": "2026-11-21 - 2027-06-01"})})
        assert "has no such time of week" in await desk.types("ana", "oncall swap friday with @bo")
        assert await swaps(desk) == ()

    async def test_a_time_that_the_other_one_has_already_is_no_time_of_ones_own(self, desk: Office) -> None:
        swapped = WEEK | {"overrides": {"2026-11-20": "bo"}}
        desk.bench.with_rules(rotas={"week": RotaSection.model_validate(swapped)})
        told = await desk.types("ana", "oncall swap thu - sat with @bo for friday")
        assert "Ana Moreau does not have the turn of week for all" in told

    async def test_both_halves_are_dropped_together_until_one_has_begun(self, desk: Office) -> None:
        offer = await self.offered(desk)
        await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)
        first, _ = await duty(desk)
        told = await desk.types("hal", f"oncall drop {first.duty_id}")
        assert "takes the right to administer them" in told
        assert len(await duty(desk)) == 2
        assert "took back" in await desk.types("ana", f"oncall drop {first.duty_id}")
        assert await duty(desk) == ()
        assert "took back" in desk.told(desk.bench.cast["bo"])[-1]
        offer = await self.offered(desk)
        await pressed(desk, "bo", ids.SWAP_AGREE, offer.swap_id)
        await desk.bench.advance(days=2)
        half, _ = await duty(desk)
        assert "has begun" in await desk.types("bo", f"oncall drop {half.duty_id}")
        assert len(await duty(desk)) == 2
        assert "took back" in await desk.types("mia", f"oncall drop {half.duty_id} because both asked me")
        assert await duty(desk) == ()


class TestDropping:
    async def test_the_only_one_of_ones_own_needs_no_id_and_of_several_they_are_listed(
        self, desk: Office
    ) -> None:
        assert "nothing of your own duty" in await desk.types("bo", "oncall drop")
        await desk.types("bo", "oncall take leads for 2h")
        await desk.types("bo", "oncall override week friday @bo")
        said = await desk.types("bo", "oncall drop")
        assert "Which one?" in said
        [one, other] = await duty(desk)
        assert all(each.duty_id in said for each in (one, other))
        assert "took back" in await pressed(desk, "bo", ids.DUTY_DROP, one.duty_id)
        assert await duty(desk) == (other,)
        assert "took back" in await desk.types("bo", "oncall drop")
        assert (await desk.bench.last("duty_dropped")).facts["rests_on"] == []

    async def test_who_is_back_earlier_takes_their_absence_back(self, desk: Office) -> None:
        await desk.types("ana", "oncall away today")
        assert await on_call_now(desk) == "bo"
        assert "took back: Ana Moreau is out of office" in await desk.types("ana", "oncall drop")
        assert await on_call_now(desk) == "ana"

    async def test_what_somebody_else_arranged_is_not_ones_own_to_drop(self, desk: Office) -> None:
        await desk.types("mia", "oncall override week friday @bo because Ana travels")
        [change] = await duty(desk)
        assert "[Take back]" not in await desk.types("bo", "oncall leads")
        for who in ("bo", "hal"):
            said = await desk.types(who, f"oncall drop {change.duty_id}")
            assert "takes the right to administer them" in said
        assert await duty(desk) == (change,)
        assert (await desk.bench.last("administration_refused")).facts["of"] == "bo"
        assert "took back" in await desk.types("mia", f"oncall drop {change.duty_id} because Ana is back")
        assert (await desk.bench.last("duty_dropped")).facts["rests_on"]
        assert (await desk.bench.last("duty_dropped")).private["reason"] == "Ana is back"

    @pytest.mark.parametrize(
        ("text", "said"), [("drop ynone", "no change of duty of this id"), ("drop a b", "did not understand")]
    )
    async def test_what_is_not_there_is_not_dropped(self, desk: Office, text: str, said: str) -> None:
        assert said in await desk.types("bo", f"oncall {text}")

    async def test_an_end_that_is_due_early_is_armed_anew_and_one_without_a_change_is_done(
        self, desk: Office
    ) -> None:
        await desk.types("bo", "oncall take leads")
        await desk.types("bo", "oncall swap 2026-11-24 with @ana for 2026-11-21")
        [change] = await duty(desk)
        ledger, now = desk.bench.ledger, desk.bench.desk.now()
        due = [
            Due(DueKind.GRANT, each, now)
            for each in (change.duty_id, "ygone", *(one.swap_id for one in await swaps(desk)))
        ]
        await ledger.commit(Change(op_id="early", events=[Event(name="help_read")], due=due))
        for taken, _ in await ledger.take_due(10, timedelta(seconds=30)):
            await expire_duty(desk.bench.desk, taken)
        assert await duty(desk) == (change,)
        assert await ledger.take_due(10, timedelta(seconds=30)) == []


async def test_what_somebody_else_wrote_puts_nobody_on_call(desk: Office) -> None:
    await desk.types("bo", "oncall take leads")
    given = (await desk.bench.ledger.given()).given
    assert given.duty
    assert (given.resting().duty, given.resting().swaps) == ((), ())


async def test_a_stranger_changes_nothing(desk: Office) -> None:
    stranger = desk.bench.slack.add_person("stranger")
    for order in ("take leads", "swap friday with @bo", "override week friday @bo", "away friday", "drop"):
        press = await desk.command(stranger, f"oncall {order}")
        assert "not in Gatehouse's access file" in await desk.bench.do(gatehouse, press)
    for name in (ids.DUTY_DROP, ids.SWAP_AGREE, ids.SWAP_DECLINE):
        assert "not in Gatehouse's access file" in await pressed(desk, stranger, name, "y1")
    assert await duty(desk) == ()


class TestTheLookUp:
    async def test_what_was_arranged_is_listed_with_the_way_back_for_whose_it_is(self, desk: Office) -> None:
        assert "Arranged in Slack" not in await desk.types("ana", "oncall leads")
        await desk.types("bo", "oncall take leads for 2h")
        await desk.types("ana", "oncall away friday")
        said = await desk.types("bo", "oncall leads")
        assert said.startswith("leads: Bo Lindqvist, until")
        turn, gone = await duty(desk)
        assert all(f"({each.duty_id})" in said for each in (turn, gone))
        assert "[Take back]" in said
        assert "[Take back]" not in await desk.types("hal", "oncall leads")
        await desk.types("bo", "oncall override week friday @bo")
        assert f"{turn.duty_id}: week" in await desk.types("bo", "oncall leads")
        assert "Arranged in Slack" not in await desk.types("bo", "oncall team")

    async def test_the_week_is_a_table_with_a_row_for_each_change_and_its_holes(self, desk: Office) -> None:
        desk.bench.with_rules(
            tiers={
                "leads": TierSection(rota=("week",)),
                "all": TierSection(rota=("week",), people=("kim", "lee")),
            },
            rotas={"week": RotaSection.model_validate(WEEK | {"hours": {"mon-fri": "08:00-20:00"}})},
        )
        await desk.types("bo", "oncall override week friday @bo")
        said = (await desk.types("ana", "oncall leads week")).splitlines()
        assert said[0].startswith("leads: Ana Moreau, until")
        assert said[1:16] == [
            "leads | From (UTC) | On call",
            "Wed 18 Nov (today) | 00:00 | nobody",
            "Wed 18 Nov (today) | 08:00 | Ana Moreau",
            "Wed 18 Nov (today) | 20:00 | nobody",
            "Thu 19 Nov | 00:00 | nobody",
            "Thu 19 Nov | 08:00 | Ana Moreau",
            "Thu 19 Nov | 20:00 | nobody",
            "Fri 20 Nov | 00:00 | nobody",
            "Fri 20 Nov | 08:00 | Bo Lindqvist",
            "Fri 20 Nov | 20:00 | nobody",
            "Sat 21 Nov | all day | nobody",
            "Sun 22 Nov | all day | nobody",
            "Mon 23 Nov | 00:00 | nobody",
            "Mon 23 Nov | 08:00 | Bo Lindqvist",
            "Mon 23 Nov | 20:00 | nobody",
        ]
        answer = desk.bench.said[-1]
        assert [each["type"] for each in answer.blocks].count("table") == 1
        for line in (
            "leads, by the clock of UTC",
            "Fri 20 Nov, 08:00: Bo Lindqvist",
            "Sat 21 Nov, all day: nobody",
        ):
            assert line in answer.text.splitlines()
        both = await desk.types("ana", "oncall week")
        heads = [line for line in both.splitlines() if line.endswith(" | From (UTC) | On call")]
        assert [line.partition(" | ")[0] for line in heads] == ["leads", "all"]
        assert "Sat 21 Nov | all day | the whole tier" in both
        assert "has no rota" in await desk.types("ana", "oncall team week")
        assert "There is no tier of that name" in await desk.types("ana", "oncall nowhere week")

    async def test_a_tier_that_is_called_week_can_be_asked_for(self, desk: Office) -> None:
        desk.bench.with_rules(tiers={"week": TierSection(rota=("week",))})
        assert (await desk.types("ana", "oncall week")).startswith("week: Ana Moreau, until")
        assert "week | From (UTC) | On call" in await desk.types("ana", "oncall week week")

    async def test_a_week_of_more_changes_than_a_table_holds_counts_the_others(self, desk: Office) -> None:
        hourly = {"hand_over": [f"mon-sun {hour:02}:00" for hour in range(24)]}
        desk.bench.with_rules(
            tiers={"few": TierSection(rota=("week",)), "many": TierSection(rota=("hours",))},
            rotas={
                "week": RotaSection.model_validate(WEEK),
                "hours": RotaSection.model_validate(WEEK | hourly),
            },
        )
        said = (await desk.types("ana", "oncall week")).splitlines()
        (few,) = [number for number, line in enumerate(said) if line.startswith("few | ")]
        (many,) = [number for number, line in enumerate(said) if line.startswith("many | ")]
        last = few + 99
        # All of the first tier, and what it left of a hundred rows.
        assert many == few + 10
        assert said[last] == f"… {8 * 24 - (last - many - 1)} more changes | /gatehouse oncall | many"
