"""One customer never sees another: every way in, forged by who may do everything elsewhere, tells and does nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.decision.press import decide
from bot.exceptions.handing import submit_keep
from bot.maintenance.starting import mode_id_of, submit_start
from bot.models import AlsoShown, Case, Choice, Press, PressKind, SecondApproval, Verb
from handlers.routes import ROUTES, route_of
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.decision.pairs import first_yes
from tests.desk import Bench, accept, text_of

THEIRS = {
    "computer": "MRL-WS-001",
    "path": r"C:\Yard\kestrelvault.exe",
    "user": "jpetrov",
    "reason": "Crane 7",
}
SECRETS = (
    "Marlow", "MRL-", "kestrelvault", "jpetrov", "Crane 7", "Ada Lund", "Kim Okafor", "Ana Moreau", "Lee Sandoval",
    "the yard needs it tonight",
)  # fmt: skip
"""What nobody without a right at Marlow reads: its name, its computers, its people, its files, who decides there."""
EXCEPTION = {"reason": "the yard needs it tonight, says its head", "owner": "", "review_on": "2026-12-18"}
LEARNING = {
    ids.MODE_BLOCK: "learning",
    ids.SPAN_BLOCK: "60",
    ids.MODE_BECAUSE_BLOCK: "the yard needs it tonight, says its head",
    ids.USER_MAY_END_BLOCK: "no",
}


async def staffed(bench: Bench) -> dict[str, str]:
    """The cast, and Sue, who may do everything at Brightwater and nothing at Marlow; who is a stranger there."""
    sue = bench.slack.add_person("sue", real_name="Sue Hart")
    document = access_document(bench.cast, organizations(bench.portal))
    document += f'\n[people.sue]\nname = "Sue Hart"\nslack = ["{sue}"]\nportal = ["shart"]\n'
    document += '\n[[grants]]\npeople = ["sue"]\norganizations = ["brightwater"]\n'
    document += 'permissions = ["Super Admin", "View Reports"]\n'
    manages = '"Manage All Maintenance Modes", "Edit Computers", "Edit Application Control Applications"'
    document += '\n[[grants]]\npeople = ["kim"]\norganizations = ["rowanbridge"]\nand_below = true\n'
    document += f"permissions = [{manages}]\n"
    await accept(bench, document)
    return {"sue": sue}


async def pending(bench: Bench) -> Case:
    return await bench.arrive(**THEIRS)


async def claimed_and_awaiting(bench: Bench) -> Case:
    """Kim is on it, and Ana's yes waits for a second person."""
    bench.with_rules(second=SecondApproval())
    case = await pending(bench)
    await bench.do(claim, await bench.press("kim", ids.CLAIM, case))
    return await first_yes(bench, case=await bench.case(case.case_id))


async def decided_in_the_portal(bench: Bench) -> Case:
    case = await pending(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    return await bench.case(case.case_id)


async def approved(bench: Bench) -> Case:
    case = await pending(bench)
    press = await bench.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="")
    await decide(bench.desk, press, Choice(verb=Verb.APPROVE))
    await bench.say()
    return await bench.case(case.case_id)


async def denied_and_kept(bench: Bench) -> Case:
    case = await pending(bench)
    press = await bench.press("ana", ids.DENY_VIEW, case, view_id="V1", message_ts="", response_url="")
    await decide(bench.desk, press, Choice(verb=Verb.DENY, reason="Unsigned, and nobody knows its maker."))
    case = await bench.case(case.case_id)
    values = EXCEPTION | {ids.OWNER_BLOCK: "kim", ids.ENDS_BLOCK: "2027-02-16"}
    press = await bench.press("hal", ids.EXCEPTION_VIEW, case, view_id="V1", response_url="", values=values)
    assert "Kept as an exception" in await bench.do(submit_keep, press)
    return await bench.case(case.case_id)


async def in_a_mode(bench: Bench) -> Case:
    case = await pending(bench)
    facts = case.requests[0].facts
    press = await bench.press(
        "kim", ids.MODE_VIEW, kind=PressKind.MODAL, case_id=f"{facts.computer_id}.{facts.organization_id}",
        values=LEARNING,
    )  # fmt: skip
    assert "Running" in await bench.do(submit_start, press)
    assert await bench.ledger.modes.read(mode_id_of(press))
    return case


STATES = (in_a_mode, claimed_and_awaiting, decided_in_the_portal, approved, denied_and_kept)


async def forged_values(bench: Bench, case: Case) -> dict[str, str]:
    """Every input that any form has, filled with what is Marlow's."""
    facts = case.requests[0].facts
    computer = bench.portal.world.computers[facts.computer_id]
    awaited = case.requests[0].awaited
    words = {
        value: "the night shift asked for it in words"
        for name, value in vars(ids).items()
        if name.endswith("_BLOCK") and isinstance(value, str)
    }
    return words | LEARNING | {
        ids.REACH_BLOCK: "computer_group",
        ids.COMPUTER_GROUP_BLOCK: computer.computer_group_id,
        ids.GLOBAL_GROUP_BLOCK: computer.computer_group_id,
        ids.REQUESTS_BLOCK: facts.request_id,
        ids.CASES_BLOCK: case.case_id,
        ids.ONE_CASE_BLOCK: case.case_id,
        ids.VALIDATED_BLOCK: "detonated in the sandbox of the team",
        ids.CONFIRMED_BLOCK: "the head of planning, by phone",
        ids.RECOGNIZED_BLOCK: ids.BY_HASH,
        ids.APPLICATION_BLOCK: ids.NEW_APPLICATION,
        ids.LASTS_BLOCK: ids.AS_USUAL,
        ids.ELEVATION_BLOCK: ids.NO_ELEVATION,
        ids.INSTEAD_BLOCK: ids.NO_MODE,
        ids.STORAGE_DEVICE_BLOCK: ids.THIS_DEVICE,
        ids.STORAGE_PATH_BLOCK: ids.ASKED_PATH,
        ids.STORAGE_USERS_BLOCK: ids.EVERYBODY,
        ids.TO_BLOCK: ids.TO_PERSON,
        ids.PERSON_BLOCK: bench.cast["bo"],
        ids.OWNER_BLOCK: bench.cast["bo"],
        ids.ORGANIZATION_BLOCK: facts.organization_id,
        ids.LOOK_PLACE_BLOCK: facts.organization_id,
        ids.WHAT_BLOCK: "View Approvals",
        ids.PERMISSIONS_BLOCK: "View Approvals",
        ids.ENDS_BLOCK: "2027-02-16",
        ids.REVIEW_BLOCK: "2026-12-18",
        ids.EXPIRES_BLOCK: "2026-12-18",
        ids.AWAITED: awaited.awaited_id if awaited else "w-none",
        "home": json.dumps({"organization_id": facts.organization_id, "which": "all"}),
    }  # fmt: skip


async def refs(bench: Bench, case: Case) -> list[tuple[str, int]]:
    """What a button may be made to name: the case, what is kept of it, what runs on its computer, the computer."""
    facts = case.requests[0].facts
    kept = [one.kept for one in await bench.ledger.exceptions.open_in([case.organization_id])]
    modes = await bench.ledger.modes.open()
    return [
        (case.case_id, case.revision),
        *((one.exception_id, one.revision) for one in kept),
        *((one.mode.mode_id, one.mode.shown_end or 1) for one in modes),
        (f"{facts.computer_id}.{facts.organization_id}", 1),
    ]


async def heard(bench: Bench, press: Press) -> str:
    """Whatever a press shows its presser, hidden parts of forms and options of menus included."""
    assert await bench.ledger.store_press(press)
    await route_of(press)(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0, press.name
    said = [one for one in await bench.say() if one.slack_user_id == press.slack_user_id]
    assert said, press.name
    return json.dumps([[one.text, one.blocks, one.view] for one in said], ensure_ascii=False)


def told(text: str) -> list[str]:
    """The secrets in a text."""
    return [one for one in SECRETS if one.casefold() in text.casefold()]


@pytest.mark.parametrize(("who", "state"), [*(("sue", state) for state in STATES), ("req", denied_and_kept)])
async def test_no_forged_press_tells_or_changes_anything_of_another_customer(
    bench: Bench, who: str, state: Any
) -> None:
    """Every route, with every reference and every input made to name what is Marlow's; alone, and beside a case of
    the presser's own."""
    more = await staffed(bench)
    slack_id = more.get(who) or bench.cast[who]
    case = await state(bench)
    own = await bench.arrive(computer="BRW-WS-002", path=r"C:\Tools\own.exe", user="pwinter")
    values, decided = await forged_values(bench, case), len(bench.portal.decisions)
    before = await bench.ledger.case(case.case_id)
    named = await refs(bench, case)
    leaks = []
    for name in sorted(ROUTES):
        for place, (case_id, revision) in enumerate(named):
            beside = (AlsoShown(case_id=own.case_id, revision=own.revision),)
            for others in ((), beside) if place == 0 else ((),):
                kind = PressKind.MODAL if name.endswith("_VIEW") else PressKind.BUTTON
                press = bench.unstored(
                    slack_id, name, kind=kind, case_id=case_id, revision=revision, values=values, view_id="V9",
                    others=others,
                )  # fmt: skip
                text = await heard(bench, press)
                leaks += [(name, case_id, found, text[:1500]) for found in [told(text)] if found]
    assert not leaks, "\n".join(map(str, leaks))
    written = {one for write in bench.portal.decisions[decided:] for one in write.request_ids}
    assert written <= {entry.facts.request_id for entry in own.requests}
    assert await bench.ledger.case(case.case_id) == before


NAMES = {
    "{org}": ("Marlow Precision", "Nimrod Precision"),
    "{alias}": ("marlow", "nimrod"),
    "{pc}": ("MRL-WS-001", "NRL-WS-001"),
    "{user}": ("jpetrov", "jpetrox"),
    "{file}": ("kestrelvault.exe", "kestrelvaulx.exe"),
    "{key}": ("maxim", "maxum"),
}
"""What is typed: something that is there, at Marlow, and the like of it that is nowhere."""
TYPED = [
    "/blocked {pc}", "/blocked computer:{pc}", "/blocked {user}", "/blocked user:{user}", "/blocked {file}",
    "/blocked {pc} in {org}", "/blocked brw-ws-002 in {org}", "/blocked brw-ws-002 in {alias}",
    "queue {org}", "queue {alias}", "find {user}", "find {pc}", "find {file}", "exceptions {org}", "exceptions {alias}",
    "maintenance {pc}", "maintenance {pc} at {org}", "maintenance BRW-WS-002 at {alias}",
    "can @sue approve at {org}", "can @sue approve at {alias}", "can {key} approve at brightwater",
    "who approve at {org}",
    "grants {org}", "grants at {org}", "grants {key}", "grants @sue at {alias}",
    "grant @bo View Approvals at {org} because the night", "grant {key} View Approvals because the night",
    "revoke View Approvals from @bo at {org}", "revoke @bo View Approvals at {alias}", "revoke {key}",
    "role create Night at {org} with View Approvals because the night", "role change Night at {alias}",
    "role delete Night at {alias} because the night", "roles at {org}", "roles {alias}", "roles",
    "suspend {key} because gone", "lift {key}",
    "silence burst at {org} because the night", "silence unsigned of computer {pc} at {alias} because the night",
    "sla {org}", "sla 30d {alias}", "sla", "unusual", "help", "whoami", "{org}", "{alias} {pc}",
]  # fmt: skip


@pytest.mark.parametrize("who", ["sue", "req"])
async def test_what_is_there_at_another_customer_is_not_told_apart_from_what_is_not(
    bench: Bench, who: str
) -> None:
    """Every command, with each sort of name in it; and nothing else of Marlow's is in the answer."""
    slack_id = (await staffed(bench)).get(who) or bench.cast[who]
    document = (bench.folder / "access.toml").read_text("utf-8")
    document += '\n[people.maxim]\nname = "Maxim Roth"\nslack = ["U0MAXIM"]\nportal = ["mroth"]\n'
    document += (
        '\n[[grants]]\npeople = ["maxim"]\norganizations = ["marlow"]\npermissions = ["View Approvals"]\n'
    )
    await accept(bench, document)
    await in_a_mode(bench)
    await denied_and_kept(bench)
    await pending(bench)
    for template in TYPED:
        answers = [
            await typed(bench, slack_id, template, {name: pair[there] for name, pair in NAMES.items()})
            for there in (0, 1)
        ]
        assert answers[0] == answers[1], template
        assert not told(answers[0]), (template, answers[0])


async def typed(bench: Bench, slack_id: str, template: str, names: dict[str, str]) -> str:
    """What is read at a command, with what was typed taken out."""
    text = template
    for name, value in names.items():
        text = text.replace(name, value)
    for key in ("bo", "sue"):
        text = text.replace(f"@{key}", f"<@{bench.cast.user_ids.get(key, slack_id)}|{key}>")
    slash, text = (
        ("/blocked", text.removeprefix("/blocked ")) if text.startswith("/") else ("/gatehouse", text)
    )
    press = bench.unstored(slack_id, slash, kind=PressKind.COMMAND, text=text, case_id="", revision=0)
    assert await bench.ledger.store_press(press)
    await route_of(press)(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0, text
    said = [one for one in await bench.say() if one.slack_user_id == slack_id]
    read = " ".join(" ".join(map(text_of, said)).split())
    for name, value in names.items():
        read = re.sub(re.escape(value), name, read, flags=re.IGNORECASE)
    return read
