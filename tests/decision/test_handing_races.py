"""Handing over while the case changes, and by somebody who may not: nothing is said that its giver may not know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.decision.handing import giving as handing
from bot.decision.handing.giving import Receiver, receiver_of
from bot.desk import Desk, Presser
from bot.models import Case
from bot.rules import lifecycle
from tests.decision.test_handing_over import claimed, to_person
from tests.desk import Bench


@pytest.mark.parametrize("giver", ["req", "ray"])
@pytest.mark.parametrize("person", ["gus", "dee", "U0NOBODY"])
async def test_who_sees_nothing_is_told_nothing_about_other_people(
    bench: Bench, giver: str, person: str
) -> None:
    """Whether somebody is a guest, has left or is in the access file is not for everybody who can press."""
    case = await bench.arrive()
    said = await to_person(bench, giver, case, person)
    for word in ("guest", "deactivated", "not known to Slack", "access file"):
        assert word not in said, said
    assert (await bench.last("press_refused")).facts["why"] == "cannot_see"


def between(monkeypatch: pytest.MonkeyPatch, changed: Callable[[], Awaitable[None]]) -> None:
    """Let something happen after the verdict on a hand over and before its record."""
    real = receiver_of

    async def slowly(desk: Desk, presser: Presser, slack_user_id: str) -> Receiver | str:
        found = await real(desk, presser, slack_user_id)
        await changed()
        return found

    monkeypatch.setattr(handing, "receiver_of", slowly)


async def with_request_of(bench: Bench, case: Case, name: str, *, alone: bool = True) -> None:
    """One more request joins the case: somebody's own, and `alone` the only one that is left."""
    current = await bench.case(case.case_id)
    entry, revision = current.requests[0], current.revision + 1
    facts = entry.facts.model_copy(update={"request_id": "r-own", "requestor": name, "requestor_email": ""})
    joined = entry.model_copy(
        update={"facts": facts, "joined_revision": revision, "facts_revision": revision}
    )
    requests = (joined,) if alone else (*current.requests, joined)
    update = {"requests": requests, "revision": revision}
    await bench.write(current.model_copy(update=update))


async def test_a_request_of_the_receiver_that_joins_meanwhile_keeps_it_from_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """11.1: nobody gets the claim of a case in which every open request is their own."""
    case = await claimed(bench, "ana", await bench.arrive())
    between(monkeypatch, lambda: with_request_of(bench, case, "Kim Okafor"))
    said = await to_person(bench, "ana", case, "kim")
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert now.claim.actor.person_id == "ana"
    assert "one more request came" in " ".join(said.split())
    assert not [one for one in bench.said if one.effect_id.startswith("handed:")]


async def test_one_own_request_keeps_nobody_from_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await claimed(bench, "ana", await bench.arrive())
    between(monkeypatch, lambda: with_request_of(bench, case, "kokafor", alone=False))
    await to_person(bench, "ana", case, "kim")
    now = await bench.case(case.case_id)
    assert now.claim is not None
    assert now.claim.actor.person_id == "kim"


async def test_a_claim_that_ended_meanwhile_is_not_called_a_decision(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not claim it any more gives nothing, and does not read that it is no longer waiting."""
    case = await claimed(bench, "kim", await bench.arrive())
    await with_request_of(bench, case, "Kim Okafor")

    async def lapses() -> None:
        await bench.write(lifecycle.drop_claim(await bench.case(case.case_id)))

    between(monkeypatch, lapses)
    said = " ".join((await to_person(bench, "kim", case, "ana")).split())
    assert "a claim ended" in said, said
    assert (await bench.case(case.case_id)).claim is None
