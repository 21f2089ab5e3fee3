"""Each second way over a real socket: what it is told, that a repeat is known again, and what its noes mean."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.models import Page, signature
from bot.pager import Mail, Opsgenie, PagerDuty, Way, WayAway, WayLeft, WayRefused, Webhook, ways
from tests.ledger.certificates import certificates
from tests.pager.places import MailServer, Receiver, mail_server, receiving

NOW = datetime(2026, 11, 18, 10, 17, tzinfo=UTC)
LINK = "https://portal.threatlocker.com"
PAGE = Page(
    key="c1", step="escalate:1", title="Application at Contoso waits", lines=("One.", "Two."), link=LINK
)
OVER = Page(key="c1", step="over", is_over=True, title="Application at Contoso: nothing is left to do")
KEY, PASSWORD = SecretStr("the key"), SecretStr("the password")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


async def test_the_webhook_is_signed_with_its_time(
    receiver: Receiver, session: aiohttp.ClientSession
) -> None:
    await Webhook(f"{receiver.url}/alerts", KEY, session).tell(PAGE, NOW)
    (call,) = receiver.calls
    stamp = call.headers["X-Gatehouse-Timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    assert call.headers["X-Gatehouse-Signature"] == f"v1={signature('the key', stamp, call.text)}"
    assert call.body == {
        "type": "escalation",
        "action": "trigger",
        "case": "c1",
        "id": "c1:escalate:1",
        "title": PAGE.title,
        "lines": ["One.", "Two."],
        "link": LINK,
    }


async def test_pagerduty_gets_an_event_that_is_resolved_by_the_same_key(
    receiver: Receiver, session: aiohttp.ClientSession
) -> None:
    way = PagerDuty(receiver.url, KEY, session)
    await way.tell(PAGE, NOW)
    await way.tell(OVER, NOW)
    triggered, resolved = receiver.calls
    assert triggered.path == "/v2/enqueue"
    assert triggered.body["payload"] == {
        "summary": PAGE.title,
        "source": "gatehouse",
        "severity": "critical",
        "timestamp": "2026-11-18T10:17:00+00:00",
        "custom_details": {"1": "One.", "2": "Two."},
    }
    assert triggered.body["links"] == [{"href": LINK, "text": "Decide it here"}]
    assert triggered.body["event_action"] == "trigger"
    assert resolved.body == {
        "routing_key": "the key",
        "event_action": "resolve",
        "dedup_key": triggered.body["dedup_key"],
    }


async def test_opsgenie_gets_an_alert_that_is_closed_by_its_alias(
    receiver: Receiver, session: aiohttp.ClientSession
) -> None:
    way = Opsgenie(receiver.url, KEY, session)
    await way.tell(PAGE.model_copy(update={"title": "x" * 200}), NOW)
    await way.tell(OVER, NOW)
    opened, closed = receiver.calls
    assert opened.path == "/v2/alerts"
    assert opened.headers["Authorization"] == "GenieKey the key"
    assert (opened.body["message"], opened.body["alias"]) == ("x" * 130, "gatehouse:c1")
    assert opened.body["description"] == f"One.\nTwo.\n{LINK}"
    assert closed.path == "/v2/alerts/gatehouse:c1/close?identifierType=alias"
    assert closed.body == {"source": "gatehouse", "note": OVER.title}


async def test_a_page_without_a_link_names_none(receiver: Receiver, session: aiohttp.ClientSession) -> None:
    bare = PAGE.model_copy(update={"link": ""})
    await PagerDuty(receiver.url, KEY, session).tell(bare, NOW)
    await Opsgenie(receiver.url, KEY, session).tell(bare, NOW)
    assert receiver.calls[0].body["links"] == []
    assert receiver.calls[1].body["description"] == "One.\nTwo."


HTTP: list[Callable[[str, aiohttp.ClientSession], Way]] = [
    lambda url, session: Webhook(url, KEY, session),
    lambda url, session: PagerDuty(url, KEY, session),
    lambda url, session: Opsgenie(url, KEY, session),
]


@pytest.mark.parametrize("made", HTTP)
@pytest.mark.parametrize(
    ("status", "raised"),
    [(400, WayRefused), (302, WayRefused), (401, WayRefused), (429, WayAway), (503, WayAway)],
)
async def test_only_an_answer_of_the_200s_is_a_receipt(
    receiver: Receiver,
    session: aiohttp.ClientSession,
    made: Callable[[str, aiohttp.ClientSession], Way],
    status: int,
    raised: type[Exception],
) -> None:
    """A redirect is not followed: the call, and the key in it, go where they were sent."""
    receiver.status = status
    with pytest.raises(raised, match=f"it answers {status}"):
        await made(receiver.url, session).tell(PAGE, NOW)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("made", HTTP)
async def test_p5_a_page_whose_lease_is_over_is_left_to_whoever_has_it_now(
    receiver: Receiver, session: aiohttp.ClientSession, made: Callable[[str, aiohttp.ClientSession], Way]
) -> None:
    with pytest.raises(WayLeft, match="its lease was over before it was sent"):
        await made(receiver.url, session).tell(PAGE, NOW, lambda: True)
    assert receiver.calls == []


async def test_silence_and_nobody_there_are_told_apart(
    receiver: Receiver, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "LIMIT_S", 0.2)
    receiver.hangs = True
    with pytest.raises(WayAway, match="does not answer within"):
        await Webhook(receiver.url, KEY, session).tell(PAGE, NOW)
    with pytest.raises(WayAway, match="cannot be reached"):
        await Webhook("http://127.0.0.1:9", KEY, session).tell(PAGE, NOW)


def mail(server: MailServer, **more: object) -> Mail:
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "user": "",
        "password": SecretStr(""),
        "sender": "gatehouse@example.com",
        "receivers": ("oncall@example.com", "lead@example.com"),
    }
    return Mail(**(values | more))  # type: ignore[arg-type]


class TestMail:
    """A real mail server takes it."""

    async def test_call_and_end_are_one_thread_and_a_repeat_bears_the_same_name(self) -> None:
        async with mail_server() as server:
            for page in (PAGE, PAGE, OVER):
                await mail(server).tell(page, NOW)
        (receivers, first), (_, again), (_, over) = server.mails
        assert receivers == ["oncall@example.com", "lead@example.com"]
        assert first["Subject"] == "[Gatehouse] Application at Contoso waits"
        assert first.get_content().splitlines() == ["One.", "Two.", LINK]
        assert first["Message-ID"] == again["Message-ID"] != over["Message-ID"]
        assert first["References"] == over["References"]

    async def test_it_signs_in_over_tls(self, tmp_path: Path) -> None:
        """Whoever vouches for the server is named; a server that nobody vouches for gets no password."""
        folder = certificates(tmp_path / "tls")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        known: dict[str, object] = {"security": "starttls", "user": "gatehouse", "password": PASSWORD}
        async with mail_server(context, asks_who=True) as server:
            await mail(server, ca_file=folder / "cert.pem", **known).tell(PAGE, NOW)
            assert server.signed_in == ["gatehouse"]
            assert len(server.mails) == 1
            with pytest.raises(WayAway, match="cannot be used"):
                await mail(server, **known).tell(PAGE, NOW)
        assert server.signed_in == ["gatehouse"]

    @pytest.mark.parametrize(("answer", "raised"), [("451 later", WayAway), ("554 no", WayRefused)])
    async def test_a_no_of_the_server_passes_or_stays(self, answer: str, raised: type[Exception]) -> None:
        async with mail_server() as server:
            server.answer = answer
            with pytest.raises(raised, match=f"the mail server says {answer}"):
                await mail(server).tell(PAGE, NOW)

    async def test_one_receiver_that_is_refused_is_a_no(self) -> None:
        async with mail_server() as server:
            server.refuses = {"lead@example.com": "550 nobody of that name"}
            with pytest.raises(WayRefused, match="550 nobody of that name"):
                await mail(server).tell(PAGE, NOW)
            server.refuses["oncall@example.com"] = "450 full"
            with pytest.raises(WayRefused, match="550"):
                await mail(server).tell(PAGE, NOW)

    @pytest.mark.parametrize("turns", [(True,), (False, True)])
    async def test_p5_a_lease_that_ends_before_the_message_is_handed_over_ends_it(
        self, turns: tuple[bool, ...]
    ) -> None:
        """The second look is made once the server has let us in, which may take its time."""
        asked = iter(turns)
        async with mail_server() as server:
            with pytest.raises(WayLeft):
                await mail(server).tell(PAGE, NOW, lambda: next(asked))
        assert server.mails == []
        assert next(asked, None) is None

    async def test_nobody_there(self) -> None:
        with pytest.raises(WayAway, match="cannot be used"):
            await mail(MailServer(port=9)).tell(PAGE, NOW)
