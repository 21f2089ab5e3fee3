"""The scenes, in the order in which a newcomer understands them. Each checks what it promises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from bot.audit import verify_export
from bot.cards.kit import ids
from rehearsal.demo.drawing import drawn
from rehearsal.demo.theatre import Theatre
from rehearsal.portal import PortalSandbox

Scene = Callable[[Theatre], Awaitable[None]]


async def somebody_asks(theatre: Theatre) -> None:
    """A blocked person asks; a card appears; the wrong people press."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("Somebody is blocked and asks")
    request = portal.raise_request("execute", organization="brightwater", product="tideplan")
    facts = portal.request(request)
    narrator.say(
        f"{facts.username} on {_computer(portal, request)} ran {facts.file.file_name}; ThreatLocker blocked it."
    )
    card = await theatre.card_for(request)
    theatre.show("#approvals", card)
    narrator.check(
        "the request is on a card, with evidence and buttons", "Approve on this computer" in str(card)
    )

    narrator.scene("The wrong people press")
    narrator.say("Gus is a guest of the workspace. Hal is a help-desk technician: he may look, not approve.")
    said = await theatre.press("gus", request, ids.APPROVE_COMPUTER)
    narrator.check("a guest is refused, privately", "guest" in said.lower())
    said = await theatre.press("hal", request, ids.APPROVE_COMPUTER)
    narrator.check("a refusal names the missing permission and who could", "Approve for" in said)
    narrator.check("nothing has reached the portal", not portal.decisions)

    narrator.scene("One press: approved on this computer")
    narrator.say(
        "Bo may approve for a single computer at Brightwater. One press is enough for the narrow answer."
    )
    said = await theatre.press("bo", request, ids.APPROVE_COMPUTER)
    narrator.check("Bo is told what happened", said.startswith("Approved"))
    _show_portal_record(theatre, portal, request)
    card = await theatre.card_saying(request, "approved by bo")
    narrator.check(
        "the card says approved, after the portal said so", "Bo Lindqvist" in " ".join(drawn(card))
    )


def _computer(portal: PortalSandbox, request_id: str) -> str:
    return portal.world.computers[portal.request(request_id).computer_id].name


def _show_portal_record(theatre: Theatre, portal: PortalSandbox, request_id: str) -> None:
    decided = portal.request(request_id)
    body = portal.decisions[-1].body
    policy = portal.world.policies[decided.new_policy_id] if decided.new_policy_id else None
    theatre.narrator.show(
        "the portal's record",
        [
            f"status {decided.status_id} (Approved) by {decided.approved_by}",
            f"note: {decided.comments}",
            f"policy: {policy.name if policy else '-'}",
            f"reach sent: {json.dumps(_reach(body))}",
        ],
    )
    theatre.narrator.check("one decision write, for this computer only", not any(_reach(body).values()))


def _reach(body: dict[str, object]) -> dict[str, object]:
    level = body.get("policyLevel")
    level = level if isinstance(level, dict) else {}
    return {name: level.get(name) for name in ("toEntireOrganization", "toComputerGroup", "toComputer")}


async def denied_with_a_reason(theatre: Theatre) -> None:
    """Deny: the reason is what the requestor reads."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("Denied, with the reason that the requestor reads")
    request = portal.raise_request(
        "execute", organization="calder-voss", product="anydesk", reason="A caller from the bank told me to"
    )
    card = await theatre.card_saying(request, "remote-control")
    theatre.show("#approvals", card)
    ping = await theatre.message_saying("escalation", "Unusual")
    theatre.show("#escalations, at once", ping)
    view = await theatre.open_modal("ana", request, ids.DENY_MODAL, ids.DENY_VIEW)
    reason = "Nobody from a bank asks for this. Hang up; the help desk will call you."
    said = await theatre.submit("ana", view, {ids.REASON_BLOCK: reason})
    narrator.check("Ana is told that it was denied", said.startswith("Denied"))
    body = portal.decisions[-1].body
    narrator.check("the portal got the reason for the requestor", reason in json.dumps(body))
    await theatre.card_saying(request, "denied by ana")


async def two_at_once(theatre: Theatre) -> None:
    """Two people press at the same moment: one decision."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("Two people press at the same moment")
    request = portal.raise_request("execute", organization="brightwater", product="draftwright")
    card = await theatre.card_for(request)
    before = len(portal.decisions)
    counts = {key: len(theatre.answers(key)) for key in ("ana", "bo")}
    channel = theatre.channel("card")
    await asyncio.gather(
        *(theatre.person(key).click(channel, card["ts"], ids.APPROVE_COMPUTER) for key in counts)
    )
    for key, count in counts.items():
        theatre.show(
            f"only {theatre.names()[theatre.stage.cast[key]]} sees", await theatre.answered(key, count)
        )
    narrator.check("the portal received one decision", len(portal.decisions) == before + 1)
    narrator.check("both were answered", True)


async def decided_in_the_portal(theatre: Theatre) -> None:
    """A decision made in the portal corrects the card."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("Decided in the portal, the card follows")
    request = portal.raise_request("execute", organization="marlow", product="clearcall")
    await theatre.card_for(request)
    narrator.say("Tom decides it in the portal's own pages.")
    portal.decide_in_portal(request, approve=True, by="tom@rowanbridge.example")
    card = await theatre.card_saying(request, "tom@rowanbridge.example")
    theatre.show("#approvals", card)
    narrator.check("the card names the portal's decider", True)


async def the_clock_runs_out(theatre: Theatre) -> None:
    """Reminders, then the escalation at the ceiling, then help."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("Nobody answers: reminders, then the escalation at 15 minutes")
    request = portal.raise_request("install", organization="juniper-hill", product="tideplan")
    await theatre.card_for(request)
    narrator.say("Five minutes pass.")
    await theatre.pass_time(5.1)
    theatre.show("#approvals", await theatre.card_saying(request, "claimed"))
    narrator.say("Ten minutes.")
    await theatre.pass_time(5)
    theatre.show("in the thread and in the channel", await theatre.message_saying("card", "still undecided"))
    narrator.say("Fifteen minutes: the ceiling.")
    await theatre.pass_time(5)
    theatre.show("#escalations", await theatre.message_saying("escalation", "Escalated"))
    narrator.check("the escalation team is called in the escalation channel", True)
    narrator.say(
        "Kim, the escalation engineer, claims it and approves it for the whole organization, validated."
    )
    await theatre.press("kim", request, ids.CLAIM)
    view = await theatre.open_modal("kim", request, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    said = await theatre.submit(
        "kim",
        view,
        {
            ids.REACH_BLOCK: "organization",
            ids.VALIDATED_BLOCK: "Vendor's download page, signature checked, sandbox run clean",
            ids.CONFIRMED_BLOCK: "Head of IT of the school, by phone",
            ids.REASON_BLOCK: "The class needs it on every machine",
        },
    )
    narrator.check("never seen and wider than a computer: it waits for a second person", "second" in said)
    card = await theatre.card_saying(request, "waiting for a second person")
    theatre.show("#approvals", card)
    narrator.check("nothing wider has reached the portal yet", _reach_of_last(portal) is not True)

    narrator.scene("A second pair of eyes")
    narrator.say("Lee, the security lead, reads what Kim saw and wrote, and agrees.")
    view = await theatre.open_modal("lee", request, ids.SECOND_MODAL, ids.SECOND_VIEW)
    said = await theatre.submit("lee", view, {})
    narrator.check("with validation, confirmation and two people it goes through", "Approved" in said)
    narrator.check("the portal got the entire organization", _reach_of_last(portal) is True)


def _reach_of_last(portal: PortalSandbox) -> object:
    """Whether the last decision that the portal received is for the entire organization."""
    return _reach(portal.decisions[-1].body)["toEntireOrganization"]


async def elevation(theatre: Theatre) -> None:
    """Elevation is granted on purpose, and is no side door for new software."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("Elevation: no side door for software that was never approved")
    new = portal.raise_request("elevate", organization="brightwater", product="draftwright")
    # Of what was never seen the card would offer no one press, as soon as it knows that.
    await theatre.card_saying(new, "New here")
    said = await theatre.press("eve", new, ids.APPROVE_COMPUTER)
    narrator.check(
        "the elevation administrator may not let new software run", not said.startswith("Approved")
    )
    narrator.say("The same administrator, for software that Kim has just approved at the school:")
    old = portal.raise_request("elevate", organization="juniper-hill", product="tideplan", version="4.2")
    card = await theatre.card_saying(old, "Faster: approved credentials")
    theatre.show("#approvals", card)
    said = await theatre.press("eve", old, ids.APPROVE_COMPUTER)
    narrator.check("elevation is granted, with notice and for an hour", said.startswith("Approved"))


async def why_was_it_blocked(theatre: Theatre) -> None:
    """The help desk asks why."""
    narrator, portal = theatre.narrator, theatre.stage.portal
    narrator.scene("The help desk asks why something was blocked")
    request = portal.raise_request("execute", organization="brightwater", product="clearcall")
    host = _computer(portal, request)
    await theatre.card_for(request)
    said = await theatre.command("hal", "/blocked", host)
    narrator.check("the look-up names the blocked file", "clearcall" in said.lower())
    said = await theatre.command("hal", "/gatehouse", "queue")
    narrator.check("the queue shows the open case", host in said or "clearcall" in said.lower())


async def the_record(theatre: Theatre) -> None:
    """The record is exported and verified offline."""
    narrator = theatre.narrator
    narrator.scene("The record")
    ledger = theatre.running.desk.ledger
    await ledger.chain.seal()
    lines = [line async for line in ledger.chain.export()]
    verdict = verify_export(lines)
    recent = [
        stored for stored in await ledger.events(limit=1000) if stored.event.name.startswith("decision")
    ]
    narrator.show(
        "the last decisions in it",
        [
            f"{one.number:>4}  {one.at:%H:%M:%S}  {one.event.name}  {one.event.person_id}"
            for one in recent[-6:]
        ],
    )
    for problem in verdict.problems:
        narrator.say(problem)
    narrator.check(f"{verdict.events} events, chained, sealed, verified offline", verdict.is_good)


SCENES: tuple[Scene, ...] = (
    somebody_asks,
    denied_with_a_reason,
    two_at_once,
    decided_in_the_portal,
    the_clock_runs_out,
    elevation,
    why_was_it_blocked,
    the_record,
)
