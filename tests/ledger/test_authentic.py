"""What gives rights or acts in somebody's name carries a mark; what another client writes gives and does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.ledger import Ledger
from bot.ledger.door import Marks
from bot.models import Given, Press, SlackRole
from tests.ledger.build import LEASE, NOON, change, committed, event, press
from tests.ledger.test_given import MIA, grant, writing
from tests.valkey import RunningValkey

KEY = "{gatehouse}"
LEE = press("press-of-lee").model_copy(
    update={"slack_user_id": "U0LEE", "response_url": "https://hooks.example/x", "channel_id": "C0X"}
)


@pytest.fixture
async def ours(valkey: RunningValkey) -> AsyncIterator[Ledger]:
    """A replica that knows the secret."""
    opened = await Ledger.connect(valkey.url, replica_id="replica-1", secret=b"a secret of the replicas")
    yield opened
    await opened.close()


@pytest.fixture
async def mate(valkey: RunningValkey, ours: Ledger) -> AsyncIterator[Ledger]:
    """Another replica that knows it."""
    opened = await Ledger.connect(valkey.url, replica_id="replica-2", secret=b"a secret of the replicas")
    yield opened
    await opened.close()


@pytest.fixture(params=[b"", b"another secret"], ids=["without a secret", "with another secret"])
async def foreign(
    valkey: RunningValkey, ours: Ledger, request: pytest.FixtureRequest
) -> AsyncIterator[Ledger]:
    """Whoever reaches the server, with our own code in hand; also: an older version."""
    opened = await Ledger.connect(valkey.url, replica_id="foreign", secret=request.param)
    yield opened
    await opened.close()


def test_a_mark_fits_its_text_in_its_place_alone() -> None:
    marks = Marks(b"secret")
    mark = marks.mark("press", "p1", "body")
    assert marks.fits(mark, "press", "p1", "body")
    for other in (("press", "p1", "bodY"), ("press", "p1b", "ody"), ("given", "p1", "body"), ("press", "p1")):
        assert not marks.fits(mark, *other)
    for wrong in (None, "", mark[:-1], mark.upper(), "ü"):
        assert not marks.fits(wrong, "press", "p1", "body")
    assert not Marks(b"other").fits(mark, "press", "p1", "body")
    assert "secret" not in repr(marks)


def test_without_a_secret_nothing_is_marked_and_all_is_taken() -> None:
    assert Marks().mark("press", "p1", "body") == ""
    assert Marks().fits(None, "press", "p1", "body")


# Presses


async def test_a_press_of_ours_is_genuine_for_every_replica(ours: Ledger, mate: Ledger) -> None:
    await ours.store_press(press())
    [taken] = await mate.take_presses(10, LEASE)
    assert taken == press()
    assert taken.is_genuine


async def test_a_press_of_another_client_is_not(ours: Ledger, foreign: Ledger) -> None:
    await foreign.store_press(LEE)
    [taken] = await ours.take_presses(10, LEASE)
    assert not taken.is_genuine
    assert taken.slack_user_id == "U0LEE"
    assert (taken.response_url, taken.channel_id) == ("", ""), "nothing is said where its writer wants it"


async def test_a_press_cannot_call_itself_genuine(ours: Ledger, valkey: RunningValkey) -> None:
    body = LEE.model_dump_json()[:-1] + ',"is_genuine":true}'
    await _write(valkey, "p1", body, "")
    [taken] = await ours.take_presses(10, LEASE)
    assert not taken.is_genuine


async def test_the_mark_of_one_press_fits_no_other(ours: Ledger, valkey: RunningValkey) -> None:
    await ours.store_press(press())
    async with valkey.client() as client:
        mark = str(await client.hget(f"{KEY}:press:mark", "press-1"))
        body = str(await client.hget(f"{KEY}:press:body", "press-1")).split("|", 1)[1]
    await _write(valkey, "copy", body, mark)
    await _write(valkey, "lee", body.replace('"U1"', '"U0LEE"'), mark)
    taken = {one.press_id: one.is_genuine for one in await ours.take_presses(10, LEASE)}
    assert taken == {"press-1": True, "copy": False, "lee": False}


@pytest.mark.parametrize("body", ["", "not JSON", "{}", "[]", '{"press_id": 5}'])
async def test_what_is_no_press_stops_no_other(ours: Ledger, valkey: RunningValkey, body: str) -> None:
    await _write(valkey, "odd", body, "")
    await ours.store_press(press())
    taken = {one.press_id: one for one in await ours.take_presses(10, LEASE)}
    assert taken["press-1"].is_genuine
    assert not taken["odd"].is_genuine
    await committed(ours, change(press="odd"))
    assert await ours.waiting_presses() == 1


async def test_an_answered_press_leaves_no_mark(ours: Ledger, valkey: RunningValkey) -> None:
    await ours.store_press(press())
    await ours.take_presses(10, LEASE)
    await committed(ours, change(press="press-1"))
    async with valkey.client() as client:
        assert await client.exists(f"{KEY}:press:mark") == 0


async def _write(valkey: RunningValkey, press_id: str, body: str, mark: str) -> None:
    """As another client writes a press."""
    async with valkey.client() as client:
        await client.hset(f"{KEY}:press:body", press_id, f"2|{body}")
        await client.hset(f"{KEY}:press:mark", press_id, mark)
        await client.zadd(f"{KEY}:press:waiting", {press_id: 1})


def test_an_older_press_opens_and_the_field_is_never_stored() -> None:
    assert "is_genuine" not in press().model_dump_json()
    assert Press.model_validate_json(press().model_dump_json()).is_genuine


# What was given in Slack


def role() -> SlackRole:
    """A role made in Slack."""
    return SlackRole(
        role_id="r1",
        name="Night",
        permissions=("View Approvals",),
        organization_id="org-1",
        organization_name="Contoso",
        made_by=MIA,
        made_at=NOON,
        changed_by=MIA,
        changed_at=NOON,
        reason="the night",
    )


FULL = Given(grants=(grant(),), roles=(role(),), user_groups={"S1": ("U1",)})


async def test_what_we_gave_counts_for_every_replica(ours: Ledger, mate: Ledger) -> None:
    await committed(ours, writing(FULL, 0))
    stored = await mate.given()
    assert (stored.given, stored.is_genuine) == (FULL, True)


async def test_what_another_client_gave_rests(ours: Ledger, foreign: Ledger) -> None:
    await committed(foreign, writing(FULL, 0))
    stored = await ours.given()
    assert not stored.is_genuine
    assert (stored.given.grants, stored.given.roles) == ((), ())
    assert (stored.given.unproven_grants, stored.given.unproven_roles) == ((grant(),), (role(),))
    assert stored.given.user_groups == FULL.user_groups


async def test_a_grant_that_is_written_in_or_put_back_rests_with_all_others(
    ours: Ledger, valkey: RunningValkey
) -> None:
    """The mark holds the whole and its version: an older body with its mark fits no later version."""
    await committed(ours, writing(FULL, 0))
    async with valkey.client() as client:
        before = await client.hgetall(f"{KEY}:given")
        await committed(ours, writing(Given(), 1))
        await client.hset(f"{KEY}:given", mapping={"body": before["body"], "mark": before["mark"]})
        assert not (await ours.given()).is_genuine
        await client.hset(f"{KEY}:given", mapping={"body": FULL.model_dump_json()})
        assert (await ours.given()).given.grants == ()


async def test_a_change_on_top_of_what_rests_does_not_wash_it_clean(ours: Ledger, foreign: Ledger) -> None:
    await committed(foreign, writing(FULL, 0))
    stored = await ours.given()
    added = grant("g2")
    await committed(ours, writing(stored.given.model_copy(update={"grants": (added,)}), 1))
    stored = await ours.given()
    assert stored.is_genuine
    assert stored.given.grants == (added,)
    assert stored.given.unproven_grants == (grant(),)


def test_what_is_confirmed_counts_again_but_for_what_has_ended() -> None:
    later = grant("later").model_copy(update={"until": NOON + timedelta(days=1)})
    resting = Given(grants=(grant("over"), later), roles=(role(),)).resting()
    confirmed = resting.confirmed(NOON)
    assert (confirmed.grants, confirmed.roles) == ((later,), (role(),))
    assert (confirmed.unproven_grants, confirmed.unproven_roles) == ((), ())
    assert resting.without_unproven() == Given()


# The access file


async def test_the_access_file_of_another_client_is_known_as_such(ours: Ledger, foreign: Ledger) -> None:
    await ours.accept_access("{}", "d1", [event()])
    accepted = await ours.access()
    assert accepted is not None
    assert accepted.is_genuine
    await foreign.accept_access('{"all": "mine"}', "d2", [event()])
    accepted = await ours.access()
    assert accepted is not None
    assert not accepted.is_genuine


async def test_the_same_file_offered_again_gets_its_mark(ours: Ledger, foreign: Ledger) -> None:
    """Data of an older version, or a new secret: the generation stays."""
    await foreign.accept_access("{}", "d1", [event()])
    assert await ours.accept_access("{}", "d1", [event()]) == 1
    accepted = await ours.access()
    assert accepted is not None
    assert (accepted.is_genuine, accepted.generation) == (True, 1)
