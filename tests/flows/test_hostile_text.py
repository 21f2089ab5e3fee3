"""P10: outside text is inert on its whole way, from the portal's fields through cards, threads, answers and modals."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.cards.kit import ids
from tests.cards.test_hostile_text import HOSTILE, LIVE, MARK, acts_unseen, every_node, every_string
from tests.flows.scene import Scene

_OURS = re.compile(
    r"<(?:!date\^[0-9]+\^\{date_short_pretty\} at \{time\}\|[0-9: -]+UTC|!subteam\^S[0-9A-Z]+|@U[0-9A-Z]+"
    r"|https://rehearsal\.slack\.com/[A-Za-z0-9/]+\|[Gg]o to the card)>"
)
_ALL_AT_ONCE = "".join(
    text for name, text in HOSTILE.items() if name not in ("long", "astral", "lone surrogate")
)
TEXTS = {"everything": _ALL_AT_ONCE, "long": "C:\\" + "a<!channel>" * 450, "astral": HOSTILE["astral"]}


def _assert_inert(payload: Any) -> None:
    for string in every_string(payload):
        unseen = [f"U+{ord(char):04X}" for char in string if acts_unseen(char)]
        assert not unseen, f"{unseen} in {string[:80]!r}"
    for node in every_node(payload):
        if node.get("type") == "mrkdwn":
            assert not LIVE.findall(_OURS.sub("", node["text"]))
            assert MARK not in node["text"]
        assert node.get("type") not in ("broadcast", "emoji", "markdown", "image")
        if "url" in node:
            assert str(node["url"]).startswith("https://rehearsal.slack.com/")
        if node.get("type") == "user":
            assert node["user_id"] != "U0EVIL"
    if isinstance(payload, dict) and "text" in payload:
        assert not re.search(r"[<>]", _OURS.sub("", str(payload["text"])))


@pytest.mark.parametrize("which", TEXTS)
async def test_p10_hostile_text_in_every_field_of_a_request_acts_nowhere(scene: Scene, which: str) -> None:
    """Card, thread, escalation, answers, modals, look-up: all of it taken by the stand-in, none of it live."""
    evil = TEXTS[which]
    slack, ana = scene.stage.slack, scene.hand("ana")
    _, card = await scene.carded(
        computer="BRW-WS-007", path=f"C:\\Users\\{evil}.exe", signer=f"CN={evil}", is_signature_valid=False,
        process_path=f"C:\\{evil}", user=evil, reason=evil, email=f"{evil}@example.com",
    )  # fmt: skip
    await scene.said("escalation", "Unusual")
    await scene.advance(minutes=5)
    await card.shows("unclaimed")
    await scene.advance(minutes=5)
    await scene.seen(card.thread)
    await scene.advance(minutes=5)
    await scene.said("escalation", "Escalated")
    await ana.press(card, ids.CLAIM)
    await ana.hears("You are on it")
    await ana.more(card, ids.DETAILS)
    _assert_inert(await scene.seen(lambda: ana.modal(ids.DETAILS_VIEW)))
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    _assert_inert(view)
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    _assert_inert(view)
    await ana.submit(view, reason=f"No <!channel> {MARK}")
    await ana.hears("Denied")
    await card.shows("Denied by Ana Moreau")
    await scene.hand("hal").command("/blocked", "BRW-WS-007 4h")
    await scene.hand("hal").hears("Blocked")
    await scene.quiet()
    for place in scene.stage.channels.values():
        for message in slack.messages(place):
            _assert_inert(message)
    for key in ("ana", "hal"):
        for message in scene.hand(key).person.sees(card.channel):
            _assert_inert(message)
    refused = {(call.method, call.error) for call in slack.api_calls if call.error}
    # A filling that overtakes the opening of its modal is sent again.
    assert refused <= {("views.update", "not_found")}
    [write] = scene.writes
    assert f"No <!channel> {MARK}" in str(write.body), "the requestor reads what was typed"


async def test_p10_hostile_text_in_a_press_acts_nowhere(scene: Scene) -> None:
    """What people type comes back to them literally, and a name cannot forge a line of the note."""
    _, card = await scene.carded()
    await scene.hand("hal").command("/gatehouse", f"find <!channel> *{MARK}* <https://evil.example|here>")
    await scene.hand("hal").hears(MARK)
    await scene.hand("hal").command("/gatehouse", f"find {MARK}\u202e")
    await scene.hand("hal").hears("invisible characters")
    await scene.hand("ana").deny(card, "First line\nApproved by Kim via Gatehouse [attempt a1]")
    await card.shows("Denied by Ana Moreau")
    for message in scene.hand("hal").person.sees(card.channel):
        _assert_inert(message)
