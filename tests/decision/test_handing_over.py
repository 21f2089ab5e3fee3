"""“Hand over…”: a claim moves to somebody who may decide, or the escalation team gets the case before it is late."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import check_view
from bot.cards.kit import ids
from bot.decision.claims import claim, release
from bot.decision.handing.form import open_hand_over
from bot.decision.handing.giving import hand_over_case
from bot.escalation.steps import take_due_steps
from bot.models import Case, DueKind, Effect, EffectKind, Kind, Place, PortalState, Standing, Urgency
from bot.rules import lifecycle
from bot.rules.redaction import redact
from rehearsal.portal.faults import FaultKind
from tests.cards.samples import NOW, attempt
from tests.desk import Bench, text_of

TREE = "OrganizationGetForMoveComputers"
OWN = "ApprovalRequestUpdateForTakeOwnership"
WORDS = "They install it for the whole floor."


async def handed(
    bench: Bench, who: str, case: Case, *, to: str = ids.TO_TEAM, person: str = "", because: str = WORDS
) -> str:
    """Submit the form; what the giver reads."""
    values = {ids.TO_BLOCK: to, ids.REASON_BLOCK: because}
    if person:
        values[ids.PERSON_BLOCK] = bench.cast.user_ids.get(person, person)
    press = await bench.press(who, ids.HAND_OVER_VIEW, case, view_id="V1", message_ts="", values=values)
    return await bench.do(hand_over_case, press)


async def to_person(bench: Bench, who: str, case: Case, person: str) -> str:
    """Hand it over to a person of the cast."""
    return await handed(bench, who, case, to=ids.TO_PERSON, person=person)


async def claimed(bench: Bench, who: str, case: Case) -> Case:
    """Somebody claims it."""
    await bench.do(claim, await bench.press(who, ids.CLAIM, case))
    return await bench.case(case.case_id)


async def form(bench: Bench, who: str, case: Case) -> Effect:
    """The form as it is filled in the end."""
    press = await bench.press(who, ids.HAND_OVER, case)
    await open_hand_over(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    loading, final = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    assert (loading.trigger_id, final.external_id) == (press.trigger_id, press.press_id)
    check_view(final.view)
    return final


def pings(bench: Bench) -> list[Effect]:
    """What was said in the escalation channel."""
    return [one for one in bench.said if one.place is Place.ESCALATION and one.kind is EffectKind.MESSAGE]


def inputs(effect: Effect) -> dict[str, Any]:
    """Inputs of a form by block id."""
    return {one["block_id"]: one["element"] for one in effect.view["blocks"] if one["type"] == "input"}


# --- to a person -------------------------------------------------------------------------------------


async def test_the_owner_hands_the_claim_to_somebody_who_may_decide(bench: Bench) -> None:
    """The claim moves with a fresh time; the receiver reads the sentence in a direct message; the card says it."""
    case = await claimed(bench, "ana", await bench.arrive())
    await bench.advance(minutes=6)
    assert "Handed over to Kim Okafor" in await to_person(bench, "ana", case, "kim")
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert (now.claim.actor.person_id, now.claim.actor.slack_user_id) == ("kim", bench.cast["kim"])
    assert now.claim.until - now.claim.at == bench.desk.rules.decisions.claim_length
    assert case.claim is not None
    assert now.claim.at > case.claim.at
    assert now.claim.handed_over is not None
    assert (now.claim.handed_over.by.name, now.claim.handed_over.because) == ("Ana Moreau", WORDS)
    (told,) = [one for one in bench.said if one.effect_id.startswith("handed:")]
    assert (told.slack_user_id, told.channel_id) == (bench.cast["kim"], "")
    for words in ("Ana Moreau hands this over to you", WORDS, "Go to the card"):
        assert words in text_of(told)
    event = await bench.last("handed_over")
    assert (event.person_id, event.facts["to"], event.private["because"]) == ("ana", "kim", WORDS)


async def test_a_case_that_nobody_claimed_is_claimed_and_handed_over_in_one_step(bench: Bench) -> None:
    case = await bench.arrive()
    await to_person(bench, "ana", case, "kim")
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert now.claim.actor.person_id == "kim"
    names = [one.event.name for one in await bench.events("case_claimed", "handed_over")]
    assert names == ["case_claimed", "handed_over"]
    assert (await bench.last("case_claimed")).person_id == "ana"
    assert bench.portal.calls[OWN] == 1


@pytest.mark.parametrize(
    ("giver", "receiver", "why"),
    [
        ("ana", "hal", "receiver"),  # sees, may not decide
        ("ana", "ray", "receiver"),  # reads only, elsewhere
        ("ana", "eve", "receiver"),  # decides elevation, not software
        ("ana", "req", "receiver"),  # in the file, without a right
        ("ana", "gus", "receiver"),  # a guest
        ("ana", "pat", "receiver"),  # of another workspace
        ("ana", "dee", "receiver"),  # deactivated
        ("ana", "U0NOBODY", "receiver"),  # unknown to Slack
        ("ana", "ana", "receiver"),  # oneself
        ("hal", "kim", "kind"),  # may not claim, so may not give either
        ("ray", "kim", "cannot_see"),
        ("req", "kim", "cannot_see"),
    ],
)
async def test_neither_a_giver_nor_a_receiver_without_the_right(
    bench: Bench, giver: str, receiver: str, why: str
) -> None:
    """P1: both are looked up at the press; nothing moves, and the giver reads why."""
    case = await bench.arrive()
    said = await to_person(bench, giver, case, receiver)
    assert "Not done" in said
    now = await bench.case(case.case_id)
    assert (now.claim, now.handed_over) == (None, None)
    assert (await bench.last("press_refused")).facts["why"] == why
    assert bench.portal.calls[OWN] == 0
    assert not [one for one in bench.said if one.effect_id.startswith("handed:")]


async def test_a_giver_who_sees_the_request_reads_who_could_take_it(bench: Bench) -> None:
    """Never a former colleague, never the giver, never the refused receiver."""
    case = await bench.arrive()
    said = await to_person(bench, "ana", case, "hal")
    could = said.partition("Who could")[2]
    assert "Kim Okafor" in could
    for name in ("Dee Ivers", "Ana Moreau", "Hal Novak"):
        assert name not in could


async def test_nobody_is_given_their_own_request(bench: Bench) -> None:
    """11.1: who asked does not decide, whoever handed it over."""
    case = await bench.arrive(user="kim.okafor")
    facts = case.requests[0].facts.model_copy(update={"requestor": "Kim Okafor", "requestor_email": ""})
    entry = case.requests[0].model_copy(update={"facts": facts})
    case = await bench.write(case.model_copy(update={"requests": (entry,)}))
    await to_person(bench, "ana", case, "kim")
    assert (await bench.case(case.case_id)).claim is None
    assert (await bench.last("press_refused")).facts["why"] == "receiver"


async def test_who_has_not_claimed_it_cannot_give_away_anothers_claim(bench: Bench) -> None:
    case = await claimed(bench, "ana", await bench.arrive())
    said = await to_person(bench, "kim", case, "bo")
    assert "Only the person who claimed this request can hand it over" in said
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert now.claim.actor.person_id == "ana"


async def test_a_claim_that_changed_hands_while_the_form_was_open_stays_where_it_is(bench: Bench) -> None:
    """Judged on the case as it is at the press, and committed only if that still holds."""
    case = await claimed(bench, "ana", await bench.arrive())
    await bench.do(claim, await bench.press("kim", ids.CLAIM, case))
    await to_person(bench, "ana", case, "bo")
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert now.claim.actor.person_id == "kim"


async def test_the_receiver_can_hand_it_on_and_release_it(bench: Bench) -> None:
    case = await claimed(bench, "ana", await bench.arrive())
    await to_person(bench, "ana", case, "kim")
    await to_person(bench, "kim", await bench.case(case.case_id), "ana")
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert now.claim.handed_over is not None
    assert now.claim.handed_over.by.name == "Kim Okafor"
    await bench.do(release, await bench.press("ana", ids.RELEASE, now))
    assert (await bench.case(case.case_id)).claim is None


# --- to the escalation team --------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ana", "hal", "eve", "kim"])
async def test_whoever_sees_a_case_may_hand_it_to_the_escalation_team(bench: Bench, who: str) -> None:
    """9.0: like calling for help; it changes nothing in the portal."""
    case = await bench.arrive()
    assert "Handed over to the escalation team" in await handed(bench, who, case)
    now = await bench.case(case.case_id)
    assert now.handed_over is not None
    assert now.handed_over.because == WORDS
    (ping,) = pings(bench)
    assert ping.urgency is Urgency.ESCALATION
    said = " ".join(text_of(ping).split())
    assert WORDS in said
    assert "It is not late" in said
    assert "Escalated" not in said
    assert f"@{bench.desk.rules.escalation.team_user_group}" in said
    assert now.escalated_at is None
    assert bench.portal.calls[OWN] == 0
    assert '{cause="handed over"} 1.0' in bench.desk.metrics.exposition().decode()


@pytest.mark.parametrize("who", ["ray", "req", "gus", "pat", "dee"])
async def test_who_sees_nothing_calls_nobody(bench: Bench, who: str) -> None:
    case = await bench.arrive()
    await handed(bench, who, case)
    assert (await bench.case(case.case_id)).handed_over is None
    assert pings(bench) == []
    assert await bench.events("press_refused")


async def test_ones_own_request_may_be_handed_to_the_team(bench: Bench) -> None:
    """11.1: nobody decides their own, and everybody may call for help. Here the giver sees it and asked for it."""
    case = await bench.arrive(user="hnovak")
    await handed(bench, "hal", case)
    assert (await bench.case(case.case_id)).handed_over is not None


async def test_the_team_is_called_once(bench: Bench) -> None:
    case = await bench.arrive()
    await handed(bench, "ana", case)
    said = await handed(bench, "hal", await bench.case(case.case_id), because="Me too")
    assert "Ana Moreau has handed it over to the escalation team already" in said
    assert len(pings(bench)) == 1
    assert (await bench.last("press_too_late")).person_id == "hal"


async def test_at_night_those_on_duty_are_called(bench: Bench) -> None:
    await bench.advance(hours=12)
    case = await bench.arrive()
    await handed(bench, "ana", case)
    (ping,) = pings(bench)
    assert f"@{bench.desk.rules.escalation.approvers_user_group}" in text_of(ping)


async def test_the_givers_own_claim_ends_and_anothers_stays_and_is_told(bench: Bench) -> None:
    mine = await claimed(bench, "ana", await bench.arrive())
    await handed(bench, "ana", mine)
    assert (await bench.case(mine.case_id)).claim is None
    theirs = await claimed(bench, "ana", await bench.arrive(product="tideplan"))
    await handed(bench, "hal", theirs)
    now = await bench.case(theirs.case_id)
    assert now.claim is not None
    assert now.claim.actor.person_id == "ana"
    (told,) = [one for one in bench.said if one.effect_id.startswith("handed:claimer:")]
    assert told.slack_user_id == bench.cast["ana"]


async def steps_due(bench: Bench) -> str:
    """Take the steps that are due; everything said of them."""
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    return "\n".join(text_of(one) for one in await bench.say() if one.kind is EffectKind.MESSAGE)


async def test_p6_the_ceiling_calls_all_the_same_and_says_who_has_it_since_when(bench: Bench) -> None:
    """Handed over is not decided: the call comes, without “nobody”."""
    case = await bench.arrive()
    await bench.advance(minutes=4)
    await handed(bench, "ana", case)
    await bench.advance(minutes=12)
    said = await steps_due(bench)
    assert "Escalated" in said
    assert "the escalation team has had it since {10:04}, handed over by Ana Moreau" in " ".join(said.split())
    assert "undecided after 15 minutes" in " ".join(said.split())
    assert "nobody has decided" not in said


async def test_p6_the_ceiling_names_the_person_it_was_handed_to(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=4)
    await to_person(bench, "ana", case, "kim")
    await bench.advance(minutes=12)
    said = " ".join((await steps_due(bench)).split())
    assert "Kim Okafor has had it since {10:04}, handed over by Ana Moreau; undecided after" in said


async def test_reminders_go_to_the_team_that_has_it(bench: Bench) -> None:
    case = await bench.arrive()
    await handed(bench, "ana", case)
    await bench.advance(minutes=10)
    said = await steps_due(bench)
    assert f"@{bench.desk.rules.escalation.team_user_group}" in said
    assert f"@{bench.desk.rules.escalation.approvers_user_group}" not in said


async def test_a_claim_by_the_team_after_it_was_handed_over_pauses_the_repeats_only(bench: Bench) -> None:
    """The team was called by the hand-over; the ceiling itself is never paused."""
    case = await bench.arrive()
    await handed(bench, "ana", case)
    now = await claimed(bench, "kim", await bench.case(case.case_id))
    assert now.claim is not None
    assert now.claim.escalated
    await bench.advance(minutes=16)
    assert "Escalated" in await steps_due(bench)


async def test_what_the_team_passes_on_to_a_person_can_be_given_back(bench: Bench) -> None:
    case = await bench.arrive()
    await handed(bench, "ana", case)
    await to_person(bench, "kim", await bench.case(case.case_id), "ana")
    now = await bench.case(case.case_id)
    assert now.handed_over is None
    await handed(bench, "ana", now, because="After all it is yours.")
    assert len(pings(bench)) == 2


# --- the press -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", [ids.TO_TEAM, ids.TO_PERSON])
async def test_a_case_that_was_decided_meanwhile_is_not_handed_over(bench: Bench, to: str) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    said = await handed(bench, "ana", case, to=to, person="kim")
    assert "no longer waiting" in said
    assert "Ada Lund" in said
    assert pings(bench) == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({ids.TO_BLOCK: ids.TO_TEAM, ids.REASON_BLOCK: "  "}, "no_sentence"),
        ({ids.TO_BLOCK: ids.TO_TEAM}, "no_sentence"),
        ({ids.TO_BLOCK: ids.TO_PERSON, ids.REASON_BLOCK: "yours"}, "nobody_chosen"),
        ({ids.TO_BLOCK: "everybody", ids.REASON_BLOCK: "yours"}, "nobody_chosen"),
        ({}, "no_sentence"),
    ],
)
async def test_a_form_that_names_nobody_or_says_nothing_hands_over_nothing(
    bench: Bench, values: dict[str, str], why: str
) -> None:
    """Also where the front door let it through."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.HAND_OVER_VIEW, case, view_id="V1", values=values)
    assert "nothing was handed over" in await bench.do(hand_over_case, press)
    assert (await bench.last("press_refused")).facts["why"] == why
    assert (await bench.case(case.case_id)).handed_over is None


async def test_without_the_portals_organizations_nobody_may(bench: Bench) -> None:
    """P1, P9."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    assert "could not be read" in await handed(bench, "ana", case)
    assert (await bench.case(case.case_id)).handed_over is None


async def test_an_unknown_card_is_answered(bench: Bench) -> None:
    press = await bench.press("ana", ids.HAND_OVER_VIEW, view_id="V1", values={ids.REASON_BLOCK: "x"})
    assert "c0unknown" in await bench.do(hand_over_case, press)


# --- the form ------------------------------------------------------------------------------------------


async def test_the_form_offers_both_ways_and_says_that_it_claims_first(bench: Bench) -> None:
    opened = await form(bench, "ana", await bench.arrive())
    held = inputs(opened)
    assert [o["value"] for o in held[ids.TO_BLOCK]["options"]] == [ids.TO_PERSON, ids.TO_TEAM]
    assert held[ids.PERSON_BLOCK]["type"] == "users_select"
    assert "claims it for you first" in text_of(opened)
    assert (await bench.last("form_opened")).facts["form"] == "hand_over"


async def test_who_may_not_claim_is_offered_the_team_and_reads_why(bench: Bench) -> None:
    opened = await form(bench, "hal", await bench.arrive())
    assert [o["value"] for o in inputs(opened)[ids.TO_BLOCK]["options"]] == [ids.TO_TEAM]
    assert ids.PERSON_BLOCK not in inputs(opened)
    assert "Closed for you: to a person, because" in text_of(opened)


async def test_anothers_claim_closes_the_way_to_a_person(bench: Bench) -> None:
    case = await claimed(bench, "ana", await bench.arrive())
    opened = await form(bench, "kim", case)
    assert "Ana Moreau has claimed it, so Ana Moreau hands it over" in " ".join(text_of(opened).split())


async def test_what_the_team_has_is_not_offered_to_it_again(bench: Bench) -> None:
    case = await bench.arrive()
    await handed(bench, "ana", case)
    opened = await form(bench, "hal", await bench.case(case.case_id))
    assert opened.view["callback_id"] == ids.SAID_VIEW
    assert "Ana Moreau has handed it over to the team already" in " ".join(text_of(opened).split())


async def test_an_elevation_form_says_that_the_team_takes_these_anyway(bench: Bench) -> None:
    case = await bench.arrive("elevate")
    assert case.kind is Kind.ELEVATION
    assert "elevation requests anyway" in text_of(await form(bench, "hal", case))


async def test_who_sees_nothing_gets_no_form(bench: Bench) -> None:
    opened = await form(bench, "ray", await bench.arrive())
    assert opened.view["callback_id"] == ids.SAID_VIEW
    assert (await bench.last("press_refused")).facts["press"] == "hand_over"


async def test_a_form_without_the_portal_says_so(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    assert "could not be asked" in text_of(await form(bench, "ana", case))


async def test_a_refused_token_is_said_in_the_form_as_in_every_other(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=10)
    bench.portal.faults.set(FaultKind.TOKEN_REVOKED)
    said = " ".join(text_of(await form(bench, "ana", case)).split())
    assert "The portal does not accept Gatehouse's token." in said
    assert "Nothing was handed over." in said
    assert (await bench.last("form_not_opened")).facts == {"why": "TokenRefused", "form": "Hand over"}


async def test_a_decided_case_opens_no_form(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    assert "Nothing was changed" in text_of(await form(bench, "ana", case))


# --- retention -----------------------------------------------------------------------------------------


async def test_retention_takes_the_givers_words_and_the_callers_name(bench: Bench) -> None:
    case = await bench.arrive()
    await handed(bench, "ana", case)
    given = attempt()
    choice = given.choice.model_copy(update={"on_phone_with": "Dana Zell"})
    state = PortalState(status_id=4, status_label="Approved", standing=Standing.APPROVED, decided_at=NOW)
    current = await bench.case(case.case_id)
    request_id = current.requests[0].facts.request_id
    begun = lifecycle.begin_attempt(current, request_id, given.model_copy(update={"choice": choice}))
    answered = lifecycle.note_yes(begun, request_id)
    closed = lifecycle.settle(answered, request_id, state, bench.desk.now())
    assert "Dana Zell" in closed.model_dump_json()
    assert WORDS in closed.model_dump_json()
    kept = redact(closed, bench.desk.now()).model_dump_json()
    assert "Dana Zell" not in kept
    assert WORDS not in kept
