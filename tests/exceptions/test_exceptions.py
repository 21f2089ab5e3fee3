"""An exception: asked for by whoever sees the case, answered for by who may decide it, justified, and with an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.cards.kit.ids import CaseRef
from bot.decision.forms import submit_denial
from bot.exceptions.handing import open_keep, submit_keep
from bot.exceptions.keeping import open_close, open_renew, submit_close, submit_renew
from bot.exceptions.listing import exceptions
from bot.exceptions.watching import watch_exception
from bot.lookup import home
from bot.models import Case, DueKind, ExceptionStanding, KeptException, Press, PressKind
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of

WHY = "The vendor signs it next quarter; the scanner cannot work without it."
FILLED = {"owner": "kim", "reason": WHY, "review_on": "2026-12-18", "ends_on": "2027-02-16"}
DAY = timedelta(days=1)


async def denied(bench: Bench, **choices: Any) -> Case:
    """A case that was denied."""
    case = await bench.arrive(**choices)
    values = {"reason": "Unsigned, and nobody knows its maker."}
    press = await bench.press("ana", ids.DENY_VIEW, case, view_id="V1", values=values, response_url="")
    await bench.do(submit_denial, press)
    return await bench.case(case.case_id)


async def submission(bench: Bench, case: Case, who: str = "hal", **values: str) -> Press:
    """The form submitted."""
    filled = FILLED | values
    return await bench.press(who, ids.EXCEPTION_VIEW, case, view_id="V1", response_url="", values=filled)


async def kept(bench: Bench, who: str = "hal", case: Case | None = None, **values: str) -> KeptException:
    """A case that is kept as an exception."""
    case = case or await denied(bench)
    said = await bench.do(submit_keep, await submission(bench, case, who, **values))
    assert "Kept as an exception" in said, said
    return await the_one(bench, case)


async def the_one(bench: Bench, case: Case) -> KeptException:
    """The open exception of a case."""
    stored = await bench.ledger.exceptions.open_in([case.organization_id])
    [found] = [one.kept for one in stored if one.kept.case_id == case.case_id]
    return found


async def now(bench: Bench, one: KeptException) -> KeptException:
    """It as the ledger has it."""
    stored = await bench.ledger.exceptions.read(one.exception_id)
    assert stored is not None
    return stored.kept


async def press_on(bench: Bench, one: KeptException, who: str, name: str, **more: Any) -> Press:
    """A press under an exception, or of its form."""
    return await bench.press(who, name, case_id=one.exception_id, revision=one.revision, **more)


async def renew(bench: Bench, one: KeptException, who: str = "kim", **values: str) -> str:
    """The form for renewing, submitted."""
    filled = {"reason": "It is not signed yet.", "review_on": "2027-01-18", "ends_on": "2027-03-18"} | values
    press = await press_on(
        bench, one, who, ids.EXCEPTION_RENEW_VIEW, view_id="V1", response_url="", values=filled
    )
    return await bench.do(submit_renew, press)


async def close(
    bench: Bench, one: KeptException, who: str = "kim", reason: str = "A policy covers it."
) -> str:
    """The form for closing, submitted."""
    values = {"reason": reason}
    press = await press_on(
        bench, one, who, ids.EXCEPTION_CLOSE_VIEW, view_id="V1", response_url="", values=values
    )
    return await bench.do(submit_close, press)


async def tick(bench: Bench) -> int:
    """What is due of exceptions; how many."""
    count = 0
    for taken, _ in await bench.ledger.take_due():
        if taken.kind is DueKind.EXCEPTION:
            await watch_exception(bench.desk, taken)
            count += 1
        else:
            await bench.ledger.due_later(taken, taken.due_at + 400 * DAY)
    await bench.say()
    return count


def said_of(bench: Bench, start: str) -> list[str]:
    """What was said under effect ids that begin so, oldest first."""
    return [" ".join(text_of(one).split()) for one in bench.said if one.effect_id.startswith(start)]


async def form_of(bench: Bench, route: Any, press: Press) -> str:
    """The form that a press opens, as it is read."""
    await route(bench.desk, press)
    await bench.say()
    [shown] = [one for one in bench.said if one.effect_id == f"modal:{press.press_id}"]
    return " ".join(text_of(shown).split())


async def listed(bench: Bench, who: str, text: str = "exceptions") -> str:
    """`/gatehouse exceptions …`."""
    press = await bench.press(who, "/gatehouse", text=text, kind=PressKind.COMMAND, case_id="", revision=0)
    return " ".join((await bench.do(exceptions, press)).split())


# Handing over


async def test_p7_a_denied_case_is_kept_with_owner_justification_review_and_end(bench: Bench) -> None:
    case = await denied(bench)
    one = await kept(bench, case=case)
    assert (one.owner.person_id, one.asked_by.person_id, one.reason) == ("kim", "hal", WHY)
    assert (f"{one.review_at:%Y-%m-%d}", f"{one.ends_at:%Y-%m-%d}") == ("2026-12-18", "2027-02-16")
    assert one.case_id == case.case_id
    event = await bench.last("exception_opened")
    assert (event.person_id, event.facts["owner_id"], event.facts["of_case"]) == ("hal", "kim", case.case_id)
    assert event.facts["rests_on"]
    assert event.private["reason"] == WHY
    assert WHY not in str(event.facts)
    assert (event.facts["spoke"], event.facts["came_to"]) == (case.rules_about(), "exception")
    [team] = said_of(bench, f"exception:{one.exception_id}")
    for words in (
        "Kept as an exception",
        one.subject,
        "Owner: Kim Okafor",
        WHY,
        "asked by Hal Novak",
        "[Renew…]",
    ):
        assert words in team, words
    [owner] = said_of(bench, "exception-owner:")
    assert "You answer for an exception" in owner
    [thread] = said_of(bench, "exception-thread:")
    assert "changes nothing in the portal" in thread
    assert len(bench.portal.decisions) == 1, "only the denial"


@pytest.mark.parametrize("who", ["ana", "bo", "kim", "hal", "eve"])
async def test_whoever_sees_the_case_may_hand_it_over(bench: Bench, who: str) -> None:
    assert (await kept(bench, who)).asked_by.person_id == who


@pytest.mark.parametrize("who", ["ray", "req", "gus", "pat", "dee", "U0STRANGER"])
async def test_p1_who_does_not_see_it_keeps_nothing(bench: Bench, who: str) -> None:
    case = await denied(bench)
    said = await bench.do(submit_keep, await submission(bench, case, who))
    assert "Not done" in said
    assert WHY not in said
    assert await bench.ledger.exceptions.open_in([case.organization_id]) == []
    assert await bench.events("exception_opened") == []


@pytest.mark.parametrize("owner", ["hal", "ray", "gus", "req", "nobody", ""])
async def test_p1_only_who_may_decide_such_requests_answers_for_it(bench: Bench, owner: str) -> None:
    case = await denied(bench)
    said = await bench.do(submit_keep, await submission(bench, case, owner=owner))
    assert "nothing was kept" in said or "Choose who answers" in said
    assert await bench.ledger.exceptions.open_in([case.organization_id]) == []


async def test_who_asked_for_it_does_not_answer_for_it(bench: Bench) -> None:
    """Kim asked: somebody else has to answer for it, and to renew it."""
    person = next(
        one for one in (await bench.desk.access.in_force()).access.persons if one.person_id == "kim"
    )
    account = str(next(iter(person.portal_names)))
    case = await denied(bench, user=account)
    form = await form_of(bench, open_keep, await bench.press("hal", ids.EXCEPTION_MODAL, case, view_id="V0"))
    assert "Kim Okafor" not in form
    assert "Ana Moreau" in form
    said = await bench.do(submit_keep, await submission(bench, case, owner="kim"))
    assert "nothing was kept" in said
    one = await kept(bench, case=case, owner="ana")
    assert "your own" in await renew(bench, one, "kim")
    assert (await now(bench, one)).renewals == ()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"reason": ""}, "Say in a sentence why"),
        ({"reason": "."}, "Say in a sentence why"),
        ({"reason": "x y"}, "Say in a sentence why"),
        ({"review_on": ""}, "Choose the day"),
        ({"ends_on": "soon"}, "Choose the day"),
        ({"ends_on": "2026-01-01", "review_on": "2026-01-01"}, "in the future"),
        ({"ends_on": "2099-01-01"}, "within 366 days"),
        ({"review_on": "2027-02-17"}, "before its end"),
    ],
)
async def test_nothing_recurs_without_its_justification_and_its_end(
    bench: Bench, values: dict[str, str], why: str
) -> None:
    case = await denied(bench)
    said = " ".join((await bench.do(submit_keep, await submission(bench, case, **values))).split())
    assert why in said
    assert await bench.ledger.exceptions.open_in([case.organization_id]) == []


async def test_one_case_is_one_exception_whoever_was_faster(bench: Bench) -> None:
    case = await denied(bench)
    await kept(bench, case=case)
    assert "already" in await bench.do(submit_keep, await submission(bench, case, "ana"))
    form = await form_of(bench, open_keep, await bench.press("ana", ids.EXCEPTION_MODAL, case, view_id="V0"))
    assert "already" in form
    assert len(await bench.ledger.exceptions.open_in([case.organization_id])) == 1


async def test_p9_a_portal_that_is_away_keeps_nothing_and_says_so(bench: Bench) -> None:
    case = await denied(bench)
    await bench.advance(minutes=6)
    bench.portal.faults.set(FaultKind.DOWN)
    assert "Nothing was kept" in await bench.do(submit_keep, await submission(bench, case))
    assert await bench.ledger.exceptions.open_in([case.organization_id]) == []


# Renewing and closing


async def test_it_is_renewed_with_a_justification_of_its_own(bench: Bench) -> None:
    one = await kept(bench)
    form = await form_of(bench, open_renew, await press_on(bench, one, "kim", ids.EXCEPTION_RENEW))
    assert WHY in form
    assert "Renewed" in await renew(bench, one)
    after = await now(bench, one)
    assert (f"{after.review_at:%Y-%m-%d}", after.revision, after.pinged_at) == ("2027-01-18", 2, None)
    assert [(r.by.person_id, r.reason) for r in after.renewals] == [("kim", "It is not signed yet.")]
    assert (await bench.last("exception_renewed")).private["reason"] == "It is not signed yet."
    assert "Say in a sentence" in await renew(bench, after, reason=" ")
    assert "before its end" in " ".join((await renew(bench, after, review_on="2027-03-19")).split())


@pytest.mark.parametrize(
    ("who", "may"), [("kim", True), ("ana", True), ("hal", False), ("ray", False), ("gus", False)]
)
async def test_p1_renewing_and_closing_take_the_right_to_decide_such_requests(
    bench: Bench, who: str, may: bool
) -> None:
    one = await kept(bench)
    assert ("Renewed" in await renew(bench, one, who)) is may
    one = await now(bench, one)
    assert ("Closed" in await close(bench, one, who)) is may
    assert (await now(bench, one)).is_open is not may


async def test_it_is_closed_with_a_reason_and_stays_closed(bench: Bench) -> None:
    one = await kept(bench)
    assert "Closed" in await close(bench, one)
    after = await now(bench, one)
    assert (after.standing, after.closed_because) == (ExceptionStanding.CLOSED, "A policy covers it.")
    assert after.closed_by is not None
    assert await bench.ledger.exceptions.open_in([one.organization_id]) == []
    for said in (await close(bench, after), await renew(bench, after)):
        assert "was closed by Kim Okafor" in said
    press = await press_on(bench, one, "kim", ids.EXCEPTION_CLOSE)
    assert "was closed" in await form_of(bench, open_close, press)
    assert (await kept(bench, case=await bench.case(one.case_id))).exception_id != one.exception_id


async def test_p8_a_form_of_another_revision_changes_nothing(bench: Bench) -> None:
    one = await kept(bench)
    await renew(bench, one)
    assert "has changed since" in await close(bench, one)
    assert (await now(bench, one)).is_open


async def test_an_unknown_exception_is_answered(bench: Bench) -> None:
    one = await kept(bench)
    gone = one.model_copy(update={"exception_id": "x0gone"})
    assert "before the records" in await renew(bench, gone)


# The clock


async def test_p6_a_due_review_is_asked_for_once_and_again_only_after_a_renewal(bench: Bench) -> None:
    one = await kept(bench)
    await bench.advance(days=31)
    assert await tick(bench) == 1
    owner, team = (
        [one for one in bench.said if one.effect_id.endswith(f":1{tail}") and "review" in one.effect_id]
        for tail in (":owner", "")
    )
    assert [one.slack_user_id for one in owner] == [bench.cast["kim"]]
    assert len(team) == 1
    assert "Review due: your exception" in " ".join(text_of(owner[0]).split())
    assert (await bench.last("exception_review_due")).facts["owner_id"] == "kim"
    assert await tick(bench) == 0
    await bench.advance(days=5)
    assert await tick(bench) == 0, "once, and no more"
    await renew(bench, await now(bench, one))
    await bench.advance(days=31)
    assert await tick(bench) == 1
    assert len(said_of(bench, "exception-review:")) == 4


async def test_p6_its_end_is_told_when_it_comes(bench: Bench) -> None:
    one = await kept(bench)
    await bench.advance(days=31)
    await tick(bench)
    await bench.advance(days=70)
    assert await tick(bench) == 1
    after = await now(bench, one)
    assert (after.standing, after.closed_by) == (ExceptionStanding.ENDED, None)
    assert len(said_of(bench, f"exception-ended:{one.exception_id}")) == 2
    assert await bench.ledger.exceptions.open_in([one.organization_id]) == []
    assert "has ended" in await renew(bench, one, review_on="2027-06-01", ends_on="2027-07-01")
    assert await bench.ledger.exceptions.counted() == (0, 0)


async def test_after_downtime_only_the_end_is_told(bench: Bench) -> None:
    one = await kept(bench)
    await bench.advance(days=120)
    assert await tick(bench) == 1
    assert said_of(bench, "exception-review:") == []
    assert (await now(bench, one)).standing is ExceptionStanding.ENDED


async def test_retention_takes_the_words_and_leaves_who_answered_and_when(bench: Bench) -> None:
    one = await kept(bench)
    await renew(bench, one)
    one = await now(bench, one)
    await close(bench, one)
    await bench.advance(seconds=bench.desk.rules.retention.closed_cases.total_seconds() + 60)
    assert await tick(bench) == 1
    after = await now(bench, one)
    assert (after.subject, after.reason, after.closed_because) == ("", "", "")
    assert [renewal.reason for renewal in after.renewals] == [""]
    assert (after.owner.person_id, after.redacted_at is not None) == ("kim", True)
    events = await bench.events("exception_opened", "exception_renewed", "exception_closed")
    assert len(events) == 3
    assert all(not found.event.private for found in events)
    assert await tick(bench) == 0
    assert (await bench.last("exception_redacted")).facts["private_parts"] >= 3


async def test_an_open_exception_keeps_its_words_longer_than_its_case(bench: Bench) -> None:
    """Somebody answers for it still: they have to know for what."""
    one = await kept(bench, ends_on="2027-11-01", review_on="2027-10-01")
    span = bench.desk.rules.retention.closed_cases + DAY
    await bench.advance(seconds=min(span, 300 * DAY).total_seconds())
    await tick(bench)
    assert (await now(bench, one)).reason == WHY


# Lists and tenancy


async def test_p7_the_list_is_cut_to_what_the_asker_may_see_and_recorded(bench: Bench) -> None:
    one = await kept(bench)
    said = await listed(bench, "hal")
    for words in (one.subject, "owner Kim Okafor", WHY[:30], "[Renew…]", "[Close…]"):
        assert words in said, words
    assert (await bench.last("exceptions_listed")).facts["found"] == [one.exception_id]
    assert one.subject in await listed(bench, "hal", f"exceptions {one.organization_name}")
    await bench.advance(days=31)
    assert "review was due" in await listed(bench, "kim")


@pytest.mark.parametrize("who", ["ray", "gus", "req", "pat"])
async def test_another_customers_people_hear_nothing_of_it(bench: Bench, who: str) -> None:
    one = await kept(bench)
    for text in ("exceptions", f"exceptions {one.organization_name}", "exceptions Nowhere Ltd"):
        said = await listed(bench, who, text)
        assert one.subject not in said
        assert "Kim Okafor" not in said
    if who != "gus":
        named = await listed(bench, who, f"exceptions {one.organization_name}")
        assert named == await listed(bench, who, "exceptions Nowhere Ltd"), "not told apart from none"


async def test_words_about_a_customer_go_to_its_own_place(bench: Bench) -> None:
    one = await kept(bench)
    [team] = [said for said in bench.said if said.effect_id == f"exception:{one.exception_id}"]
    assert (team.organization_id, team.place.value, team.channel_id) == (
        one.organization_id,
        "escalation",
        "",
    )


async def test_app_home_lists_ones_own_and_what_waits_for_review(bench: Bench) -> None:
    one = await kept(bench)

    async def shown(who: str) -> str:
        press = await bench.press(who, "app_home_opened", kind=PressKind.HOME, case_id="", revision=0)
        await home(bench.desk, press)
        await bench.say()
        page = [said for said in bench.said if said.effect_id == f"home:{press.slack_user_id}"][-1]
        return " ".join(text_of(page).split())

    assert one.subject in await shown("kim")
    assert "Exceptions" not in await shown("ana")
    await bench.advance(days=31)
    assert "review was due" in await shown("ana")
    assert "Exceptions" not in await shown("ray")


def test_the_reference_names_the_exception_where_a_cards_names_its_case() -> None:
    assert str(CaseRef("x1", 3)) == "x1.3"


@pytest.mark.parametrize("named", ["brightwater", "BRIGHTWATER", "Logistics", "marlow"])
async def test_the_list_is_narrowed_to_the_organizations_of_a_name(bench: Bench, named: str) -> None:
    """The access file's name, or a part of one."""
    one = await kept(bench)
    assert one.organization_name == "Brightwater Logistics"
    said = await listed(bench, "hal", f"exceptions {named}")
    assert (one.subject in said) is (named != "marlow"), said
