"""Whoever writes into the ledger as somebody else: refused, recorded, announced, and nothing reaches the portal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.administration.ending import confirm_given, watch_given
from bot.app.accessing import AccessWatch
from bot.app.workers import PressWork
from bot.cards.kit import ids
from bot.desk import NoAccess
from bot.ledger import Ledger
from bot.models import Actor, Change, Event, Given, GivenWrite, Place, SlackGrant, Suspension
from tests.desk import Bench, text_of

MIA = Actor(person_id="mia", name="Mia", slack_user_id="U0MIA")


async def _as_another_client(bench: Bench) -> Ledger:
    return await Ledger.connect(bench.valkey.url, replica_id="foreign")


async def _answered(bench: Bench) -> None:
    """Every stored press is taken up and answered."""
    work = PressWork(bench.desk, lambda: None)
    await work.batch()
    await work.drain()


async def test_p1_a_press_that_another_client_wrote_is_nobodys(bench: Bench) -> None:
    case = await bench.arrive()
    before = await bench.case(case.case_id)
    pressed = bench.unstored("ana", ids.APPROVE_COMPUTER, case)
    foreign = await _as_another_client(bench)
    await foreign.store_press(pressed)
    await foreign.close()
    await _answered(bench)
    assert bench.portal.decisions == []
    assert await bench.case(case.case_id) == before
    assert await bench.ledger.waiting_presses() == 0
    recorded = await bench.last("press_not_ours")
    assert recorded.facts["named"] == bench.cast["ana"]
    assert recorded.slack_user_id == ""
    said = await bench.say()
    (told,) = (one for one in said if one.place is not Place.AUDIT)
    (alert,) = (one for one in said if one.place is Place.AUDIT)
    assert (told.slack_user_id, told.response_url, told.channel_id) == (bench.cast["ana"], "", "")
    assert "Not recorded, press again" in text_of(told)
    assert "carried out for nobody" in text_of(alert)


async def test_many_of_them_are_one_alert_and_each_is_on_record(bench: Bench) -> None:
    case = await bench.arrive()
    foreign = await _as_another_client(bench)
    for _ in range(5):
        await foreign.store_press(bench.unstored("ana", ids.CLAIM, case))
    await foreign.close()
    await _answered(bench)
    assert len(await bench.events("press_not_ours")) == 5
    assert len([one for one in await bench.say() if one.place is Place.AUDIT]) == 1


def _given(bench: Bench, until: timedelta = timedelta(days=1)) -> Given:
    grant = SlackGrant(
        grant_id="g1",
        person_id="bo",
        person_name="Bo",
        permission="View Approvals",
        organization_id=bench.portal.organization_id("brightwater"),
        organization_name="Brightwater",
        until=bench.ledger.now() + until,
        given_by=MIA,
        given_at=bench.ledger.now(),
        reason="a look",
    )
    suspension = Suspension(
        person_id="kim", person_name="Kim", by=MIA, at=bench.ledger.now(), reason="a doubt"
    )
    return Given(grants=(grant,), suspensions=(suspension,))


async def _given_by_another_client(bench: Bench) -> Given:
    given = _given(bench)
    foreign = await _as_another_client(bench)
    write = GivenWrite(given, (await bench.ledger.given()).version)
    await foreign.commit(Change(op_id="op-forged", events=[Event(name="grant_given")], given=write))
    await foreign.close()
    return given


async def test_p1_what_another_client_gave_gives_nothing_and_is_announced_once(bench: Bench) -> None:
    given = await _given_by_another_client(bench)
    in_force = await bench.desk.access.in_force()
    assert in_force.given.grants == ()
    assert in_force.suspension_of("kim") is not None, "who is stopped stays stopped"
    assert await watch_given(bench.desk)
    assert not await watch_given(bench.desk)
    (told,) = await bench.say()
    for words in (
        "without Gatehouse's mark",
        "Bo: View Approvals at Brightwater",
        "Kim",
        "permissions confirm",
    ):
        assert words in text_of(told)
    recorded = await bench.last("given_not_ours")
    assert recorded.facts["grants"] == ["g1"]
    assert (await bench.ledger.given()).given.unproven_grants == given.grants


async def test_what_rests_counts_again_when_it_is_confirmed(bench: Bench) -> None:
    given = await _given_by_another_client(bench)
    await watch_given(bench.desk)
    await bench.say()
    assert await confirm_given(bench.ledger, drop=False) is not None
    assert (await bench.desk.access.in_force()).given.grants == given.grants
    assert (await bench.last("given_confirmed")).facts["grants"] == ["g1"]
    (told,) = await bench.say()
    assert "counts again: 1 grants and roles" in text_of(told)
    await bench.advance(days=2)
    assert [one.kind for one, _ in await bench.ledger.take_due() if one.case_id == "g1"], (
        "its end is due again"
    )


async def test_what_rests_can_be_put_away(bench: Bench) -> None:
    await _given_by_another_client(bench)
    assert await confirm_given(bench.ledger, drop=True) is not None
    stored = await bench.ledger.given()
    assert stored.is_genuine
    assert (stored.given.grants, stored.given.unproven_grants) == ((), ())
    assert (await bench.last("given_confirmed")).facts["all_dropped"] is True


async def test_p1_an_access_file_that_another_client_put_in_force_lets_nobody_do_anything(
    bench: Bench,
) -> None:
    watch = AccessWatch(bench.desk, bench.folder / "access.toml")
    await watch.start()
    await watch.look()
    ours = await bench.desk.access.current()
    accepted = await bench.ledger.access()
    assert accepted is not None
    foreign = await _as_another_client(bench)
    await foreign.accept_access(
        accepted.document.replace("Approve for Single Computer", "Approve for Entire Organization"),
        "forged",
        [Event(name="access_accepted")],
    )
    await foreign.close()
    with pytest.raises(NoAccess, match="not put there by Gatehouse"):
        await bench.desk.access.current()
    await watch.look()
    again = await bench.desk.access.current()
    assert again.grants == ours.grants
    alert, back = await bench.say()
    assert "was not put there by Gatehouse" in text_of(alert)
    assert "is in force" in text_of(back)
    assert (await bench.last("access_not_ours")).facts["digest"] == "forged"


async def test_an_access_file_of_another_client_that_cannot_be_read_is_replaced_too(bench: Bench) -> None:
    watch = AccessWatch(bench.desk, bench.folder / "access.toml")
    await watch.start()
    foreign = await _as_another_client(bench)
    await foreign.accept_access("no access file", "forged", [Event(name="access_accepted")])
    await foreign.close()
    await watch.look()
    assert (await bench.desk.access.current()).generation == 3


async def test_the_access_file_of_an_older_version_is_marked_without_a_word(bench: Bench) -> None:
    async with bench.valkey.client() as client:
        await client.hdel("{gatehouse}:access", "mark")
    await AccessWatch(bench.desk, bench.folder / "access.toml").start()
    assert (await bench.desk.access.current()).generation == 1
    assert await bench.say() == []


async def test_an_access_file_that_is_deleted_or_put_back_is_replaced_by_ours(bench: Bench) -> None:
    path = bench.folder / "access.toml"
    watch = AccessWatch(bench.desk, path)
    await watch.start()
    await watch.look()
    async with bench.valkey.client() as client:
        older = await client.hgetall("{gatehouse}:access")
    path.write_text(path.read_text("utf-8") + "# another one\n", "utf-8")
    await watch.look()
    ours = await bench.ledger.access()
    async with bench.valkey.client() as client:
        await client.hset("{gatehouse}:access", mapping=dict(older))  # type: ignore[arg-type] # as it was read
        with pytest.raises(NoAccess):
            await bench.desk.access.current()
        await watch.look()
        assert (await bench.desk.access.current()).digest == (ours.digest if ours else "")
        await client.delete("{gatehouse}:access")
        with pytest.raises(NoAccess):
            await bench.desk.access.current()
        await watch.look()
    assert (await bench.desk.access.current()).digest == (ours.digest if ours else "")
