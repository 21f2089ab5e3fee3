"""Two people and one wide approval: what the tests of the second pair of eyes press and read."""

from __future__ import annotations

from typing import Any

from bot.cards.kit import ids
from bot.decision.press import decide
from bot.decision.second.form import open_second, submit_second, submit_send_back
from bot.desk import Desk
from bot.models import Awaited, Case, Choice, EffectKind, Press, Reach, SecondApproval, Verb
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.desk import Bench, accept, text_of

TWO = SecondApproval(reaches=frozenset({Reach.COMPUTER_GROUP}))
"""Two people from a computer group on; Ana and Kim may both approve for one."""
WRITTEN = {
    "reason": "New planning tool of the yard",
    "validated_how": "Detonated in the sandbox",
    "confirmed_by": "Mia Brandt, logistics",
}


def flat(text: str) -> str:
    """As it is read aloud: without the screen's line breaks."""
    return " ".join(text.split())


def wide(bench: Bench, case: Case, **changed: Any) -> Choice:
    """An approval for the computer group of the case's first computer."""
    computer = bench.portal.world.computers[case.requests[0].facts.computer_id]
    group = bench.portal.world.computer_groups[computer.computer_group_id]
    values: dict[str, Any] = {
        "verb": Verb.APPROVE,
        "reach": Reach.COMPUTER_GROUP,
        "computer_group_id": group.computer_group_id,
        "computer_group_name": group.name,
        **WRITTEN,
    }
    return Choice(**(values | changed))


async def pressed(bench: Bench, who: str, case: Case, **values: str) -> Press:
    """A stored submission of the approve modal."""
    return await bench.press(who, ids.APPROVE_VIEW, case, view_id="V1", message_ts="", values=values)


async def choose(bench: Bench, who: str, case: Case, choice: Choice, *only: str) -> str:
    """Somebody decides so, through the modal; what they read."""
    press = await pressed(bench, who, case)

    async def use(desk: Desk, made: Press) -> None:
        await decide(desk, made, choice, only)

    return flat(await bench.do(use, press))


async def first_yes(bench: Bench, who: str = "ana", case: Case | None = None, **changed: Any) -> Case:
    """Somebody approves for the computer group, and it waits; the case then."""
    held = case or await bench.arrive()
    said = await choose(bench, who, held, wide(bench, held, **changed))
    assert "Waiting for a second person." in said, said
    return await bench.case(held.case_id)


def waiting(case: Case) -> Awaited:
    """What waits on the case's first request."""
    held = case.requests[0].awaited
    assert held is not None
    return held


async def look(bench: Bench, who: str, case: Case) -> tuple[dict[str, Any], str]:
    """“Second…” is pressed; the view that is shown in the end, and how it reads."""
    press = await bench.press(who, ids.SECOND_MODAL, case)
    await open_second(bench.desk, press)
    said = await bench.say()
    (shown,) = [one for one in said if one.kind is EffectKind.MODAL and one.effect_id.startswith("modal:")]
    return shown.view, flat(text_of(shown))


async def agree(bench: Bench, who: str, case: Case, awaited_id: str = "", **more: Any) -> str:
    """“Agree and approve”, for what waits on the case as it is given; what the presser reads."""
    values = {ids.AWAITED: awaited_id or waiting(case).awaited_id, **more.pop("values", {})}
    press = await bench.press(
        who, ids.SECOND_VIEW, case, view_id="V2", message_ts="", response_url="", values=values, **more
    )
    return flat(await bench.do(submit_second, press))


async def send_back(bench: Bench, who: str, case: Case, sentence: str, awaited_id: str = "") -> str:
    """“Send back”, with a sentence; what the presser reads."""
    values = {ids.AWAITED: awaited_id or waiting(case).awaited_id, ids.REASON_BLOCK: sentence}
    press = await bench.press(who, ids.SEND_BACK_VIEW, case, view_id="V2", message_ts="", values=values)
    return flat(await bench.do(submit_send_back, press))


def told(bench: Bench, who: str) -> list[str]:
    """Everything that was said to this person alone and without a press of theirs, oldest first."""
    slack_id = bench.cast.user_ids.get(who, who)
    return [
        flat(text_of(one))
        for one in bench.said
        if one.kind is EffectKind.ANSWER
        and one.slack_user_id == slack_id
        and one.effect_id.startswith("first:")
    ]


def in_thread(bench: Bench) -> list[str]:
    """What was said in the card's thread."""
    return [flat(text_of(one)) for one in bench.said if one.kind is EffectKind.MESSAGE and one.in_thread]


async def file_with(bench: Bench, *changes: tuple[str, str]) -> None:
    """Another access file in force: the story's, with these words replaced."""
    document = access_document(bench.cast, organizations(bench.portal))
    for old, new in changes:
        assert old in document, old
        document = document.replace(old, new)
    await accept(bench, document)
