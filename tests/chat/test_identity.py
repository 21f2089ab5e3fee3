"""P1: who cannot be identified as a full member of our workspace may nothing, and hears why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.chat import ChatRefused, Doubt, Known, People, SlackClient, Unidentified, identity
from bot.chat.identity import SENTENCES, doubt_about
from rehearsal.slack import SlackSandbox
from tests.loopback import on_loopback

MEMBER: dict[str, Any] = {
    "id": "U1",
    "team_id": "T1",
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "is_email_confirmed": True,
    "profile": {"real_name": "Anna", "email": "Anna@Contoso.example"},
}
ENTERPRISE = {"enterprise_id": "E1", "teams": ["T1"]}
DOUBTS: dict[str, tuple[dict[str, Any], Doubt | None]] = {
    "a member": ({}, None),
    "a member of our enterprise organization": ({"team_id": "T9", "enterprise_user": ENTERPRISE}, None),
    "another enterprise's": (
        {"team_id": "T9", "enterprise_user": ENTERPRISE | {"enterprise_id": "E2"}},
        Doubt.FOREIGN_WORKSPACE,
    ),
    "our enterprise's, not in our workspace": (
        {"team_id": "T9", "enterprise_user": ENTERPRISE | {"teams": ["T9"]}},
        Doubt.FOREIGN_WORKSPACE,
    ),
    "an enterprise without teams": (
        {"team_id": "T9", "enterprise_user": {"enterprise_id": "E1"}},
        Doubt.FOREIGN_WORKSPACE,
    ),
    "foreign without the stranger's flag": ({"team_id": "T2"}, Doubt.FOREIGN_WORKSPACE),
    "no team": ({"team_id": None}, Doubt.FOREIGN_WORKSPACE),
    "a stranger of our own team's id": ({"is_stranger": True}, Doubt.STRANGER),
    "a multi-channel guest": ({"is_restricted": True}, Doubt.GUEST),
    "a single-channel guest": ({"is_restricted": True, "is_ultra_restricted": True}, Doubt.GUEST),
    "a guest with only the second flag": ({"is_ultra_restricted": True}, Doubt.GUEST),
    "a bot": ({"is_bot": True}, Doubt.BOT),
    "a workflow": ({"is_workflow_bot": True}, Doubt.BOT),
    "a connector": ({"is_connector_bot": True}, Doubt.BOT),
    "Slackbot": ({"id": "USLACKBOT"}, Doubt.BOT),
    "deactivated": ({"deleted": True}, Doubt.DEACTIVATED),
    "not said to be active": ({"deleted": None}, Doubt.DEACTIVATED),
    "invited only": ({"is_invited_user": True}, Doubt.UNCONFIRMED),
    "unconfirmed e-mail": ({"is_email_confirmed": False}, Doubt.UNCONFIRMED),
    "confirmation not said": ({"is_email_confirmed": None}, Doubt.UNCONFIRMED),
    "confirmation as a word": ({"is_email_confirmed": "true"}, Doubt.UNCONFIRMED),
    "somebody else's object": ({"id": "U2"}, Doubt.UNKNOWN),
    "a deactivated bot guest": ({"deleted": True, "is_bot": True, "is_restricted": True}, Doubt.BOT),
}


@pytest.mark.parametrize("which", DOUBTS)
def test_p1_what_speaks_against_a_user_object(which: str) -> None:
    changed, doubt = DOUBTS[which]
    asked = "USLACKBOT" if which == "Slackbot" else "U1"
    assert doubt_about(MEMBER | changed, asked, "T1", "E1") is doubt


ODD: tuple[object, ...] = (None, 5, "text", [], [None], {}, {"a": 1}, True)


@pytest.mark.parametrize(
    "name", [*MEMBER, "enterprise_user", "enterprise_user.teams", "profile.email", "profile.real_name"]
)
async def test_p1_one_odd_member_of_a_user_object_breaks_no_look_up(name: str) -> None:
    """It speaks against the person, or tells nothing; an exception would end the press as a fault of ours."""
    for odd in ODD:
        outer, _, inner = name.partition(".")
        base = MEMBER | {
            "enterprise_user": ENTERPRISE,
            "team_id": "T9" if outer == "enterprise_user" else "T1",
        }
        user = base | {outer: base[outer] | {inner: odd} if inner else odd}

        async def told(_request: web.Request, user: dict[str, Any] = user) -> web.Response:
            return web.json_response({"ok": True, "user": user})

        who = await asked_of(told)
        assert isinstance(who, Known | Unidentified)
        assert (
            isinstance(who, Unidentified)
            or name not in ("id", "deleted", "is_email_confirmed")
            or odd is True
        )


async def asked_of(handler: Callable[[web.Request], Awaitable[web.Response]]) -> Known | Unidentified:
    """Who U1 is, by a Slack that answers so."""
    app = web.Application()
    app.router.add_post("/api/users.info", handler)
    async with on_loopback(app) as url:
        client = SlackClient.connect("xoxb-1", f"{url}/api/")
        try:
            return await People(client, "T1", enterprise_id="E1").who("U1", "T1", datetime.now(UTC))
        finally:
            await client.close()


def test_every_doubt_has_a_sentence_that_says_what_to_do() -> None:
    assert set(SENTENCES) == set(Doubt)
    assert all(sentence.endswith(".") and len(sentence) > 40 for sentence in SENTENCES.values())


@pytest.fixture
async def people(slack: SlackSandbox, client: SlackClient) -> People:
    """The guard of the stand-in's workspace."""
    return People(client, slack.team_id)


def lookups(slack: SlackSandbox) -> int:
    return sum(call.method == "users.info" for call in slack.api_calls)


SORTS: dict[str, tuple[dict[str, Any], Doubt]] = {
    "guest": ({"multi_channel_guest": True}, Doubt.GUEST),
    "single": ({"single_channel_guest": True}, Doubt.GUEST),
    "off": ({"deactivated": True}, Doubt.DEACTIVATED),
    "robot": ({"bot": True}, Doubt.BOT),
    "new": ({"email_confirmed": False}, Doubt.UNCONFIRMED),
}


async def test_a_member_is_known(slack: SlackSandbox, people: People) -> None:
    anna = slack.add_person("anna", real_name="Anna Berg", email="Anna@Contoso.example")
    now = slack.clock.now()
    known = await people.who(anna, slack.team_id, now)
    assert known == Known(anna, slack.team_id, "Anna Berg", "anna@contoso.example", now)


@pytest.mark.parametrize("sort", SORTS)
async def test_p1_every_other_sort_is_refused(slack: SlackSandbox, people: People, sort: str) -> None:
    flags, doubt = SORTS[sort]
    user = slack.add_person(sort, **flags)
    found = await people.who(user, slack.team_id, slack.clock.now())
    assert found == Unidentified(user, doubt)
    assert isinstance(found, Unidentified)
    assert found.sentence == SENTENCES[doubt]


async def test_p1_a_press_from_a_foreign_workspace_is_refused_without_a_lookup(
    slack: SlackSandbox, people: People
) -> None:
    anna = slack.add_person("anna")
    for team in ("T0OTHER", ""):
        assert await people.who(anna, team, slack.clock.now()) == Unidentified(anna, Doubt.FOREIGN_WORKSPACE)
    assert lookups(slack) == 0


async def test_p1_a_foreign_person_claiming_our_team_is_refused(slack: SlackSandbox, people: People) -> None:
    foreign = slack.add_person("eve", foreign=True)
    slack.add_channel("shared", members=[foreign], shared=True)
    found = await people.who(foreign, slack.team_id, slack.clock.now())
    assert found == Unidentified(foreign, Doubt.FOREIGN_WORKSPACE)


async def test_p1_nobody_and_unknown_are_refused(slack: SlackSandbox, people: People) -> None:
    now = slack.clock.now()
    assert await people.who("", slack.team_id, now) == Unidentified("", Doubt.UNKNOWN)
    assert await people.who("U0NOBODY", slack.team_id, now) == Unidentified("U0NOBODY", Doubt.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "name"), [("server_error", ""), ("rate_limit", ""), ("error", "missing_scope")]
)
async def test_p1_a_failed_lookup_refuses_and_is_not_kept(
    slack: SlackSandbox, people: People, kind: str, name: str
) -> None:
    anna = slack.add_person("anna")
    slack.faults.arm(kind, method="users.info", name=name)
    now = slack.clock.now()
    assert await people.who(anna, slack.team_id, now) == Unidentified(anna, Doubt.LOOKUP_FAILED)
    assert isinstance(await people.who(anna, slack.team_id, now), Known)


async def test_p1_facts_are_at_most_a_minute_old(slack: SlackSandbox, people: People) -> None:
    anna = slack.add_person("anna")
    start = slack.clock.now()
    await people.who(anna, slack.team_id, start)
    slack.workspace.person(anna).deactivated = True
    still = await people.who(anna, slack.team_id, start + timedelta(seconds=60))
    assert isinstance(still, Known)
    later = await people.who(anna, slack.team_id, start + timedelta(seconds=61))
    assert later == Unidentified(anna, Doubt.DEACTIVATED)


async def test_p1_a_clock_that_went_back_does_not_make_facts_young(
    slack: SlackSandbox, people: People
) -> None:
    anna = slack.add_person("anna")
    start = slack.clock.now()
    await people.who(anna, slack.team_id, start)
    await people.who(anna, slack.team_id, start - timedelta(seconds=1))
    assert lookups(slack) == 2


async def test_p1_a_shared_clock_that_was_set_back_a_little_does_not_make_facts_young(
    slack: SlackSandbox, client: SlackClient
) -> None:
    """Ours has counted all of it."""
    anna, start, own_s = slack.add_person("anna"), slack.clock.now(), [100.0]
    people = People(client, slack.team_id, seconds=lambda: own_s[0])
    await people.who(anna, slack.team_id, start)
    slack.workspace.person(anna).deactivated = True
    own_s[0] += 60
    assert isinstance(await people.who(anna, slack.team_id, start + timedelta(seconds=40)), Known)
    own_s[0] += 1
    later = await people.who(anna, slack.team_id, start + timedelta(seconds=41))
    assert later == Unidentified(anna, Doubt.DEACTIVATED)


async def test_a_hundred_presses_at_once_are_one_lookup(slack: SlackSandbox, people: People) -> None:
    anna = slack.add_person("anna")
    now = slack.clock.now()
    found = await asyncio.gather(*(people.who(anna, slack.team_id, now) for _ in range(100)))
    assert all(isinstance(one, Known) for one in found)
    assert lookups(slack) == 1


async def test_a_waiter_that_gives_up_does_not_end_the_lookup_of_the_others(
    slack: SlackSandbox, people: People
) -> None:
    anna = slack.add_person("anna")
    slack.faults.arm("slow", method="users.info", seconds=0.2)
    now = slack.clock.now()
    impatient = asyncio.wait_for(people.who(anna, slack.team_id, now), timeout=0.05)
    patient = people.who(anna, slack.team_id, now)
    gave_up, found = await asyncio.gather(impatient, patient, return_exceptions=True)
    assert isinstance(gave_up, TimeoutError)
    assert isinstance(found, Known)
    assert lookups(slack) == 1


async def test_a_forgotten_person_is_asked_for_again(slack: SlackSandbox, people: People) -> None:
    anna = slack.add_person("anna")
    now = slack.clock.now()
    await people.who(anna, slack.team_id, now)
    people.forget(anna)
    await people.who(anna, slack.team_id, now)
    assert lookups(slack) == 2


async def test_the_memory_of_people_is_bounded(
    slack: SlackSandbox, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "KEPT_PEOPLE", 2)
    ids = [slack.add_person(f"p{n}") for n in range(3)]
    now = slack.clock.now()
    for user in (*ids, ids[2], ids[0]):
        await people.who(user, slack.team_id, now)
    assert lookups(slack) == 4


@pytest.fixture
async def nonsense() -> AsyncIterator[People]:
    """A Slack that answers yes and says nothing."""

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_post("/api/users.info", answer)
    async with on_loopback(app) as url:
        client = SlackClient.connect("xoxb-test", f"{url}/api/")
        yield People(client, "T1")
        await client.close()


async def test_p1_a_yes_without_a_person_refuses(nonsense: People, slack: SlackSandbox) -> None:
    found = await nonsense.who("U1", "T1", slack.clock.now())
    assert found == Unidentified("U1", Doubt.LOOKUP_FAILED)


async def test_membership_of_a_user_group_is_asked_for_and_not_guessed(
    slack: SlackSandbox, people: People
) -> None:
    anna, bo = slack.add_person("anna"), slack.add_person("bo")
    escalation = slack.add_user_group("escalation", [anna])
    assert await people.belongs_to(anna, escalation)
    assert not await people.belongs_to(bo, escalation)
    with pytest.raises(ChatRefused):
        await people.belongs_to(anna, "S0NOBODY")
