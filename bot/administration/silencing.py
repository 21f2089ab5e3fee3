"""`/gatehouse silence`: a rule of the unusual says nothing about one subject, for a reason and until a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.administration.enacting import (
    Command,
    Enacted,
    announcement,
    answer_only,
    enact,
    enact_by_clock,
    in_force_facts,
    ordered,
    refusal,
)
from bot.administration.finding import Unknown, find, not_found
from bot.administration.orders import (
    MOST_CHARACTERS,
    end_of,
    fault_in,
    moment_of,
    split_reason,
    unquoted,
    words_of,
)
from bot.cards.messages import answers
from bot.cards.messages import unusual as said
from bot.desk import Desk, InForce, StandpointMoved, actor_of, answer, event_of, new_id
from bot.models import Case, Due, DueKind, Event, Given, Press, TakenDue
from bot.models.base import digest_told
from bot.models.unusual import Silence, SilenceOf, UnusualRule
from bot.portal import PortalError
from bot.rules import remembering
from bot.rules.typed import Misread
from permissions import Action, Ask, OrganizationTree, Refused, Verdict, judge, same_id

SILENCE_USAGE = (
    "/gatehouse silence <rule> <software HASH | computer NAME | organization> at <organization> "
    "<for 14d | until 2026-11-20 18:00> because <reason>"
)
_ABOUT = re.compile(
    r"(?P<rule>\w+)\s+(?:(?P<of>software|computer)\s+(?P<subject>\"[^\"]+\"|\S+)|organization)\s+at\s+(?P<where>.+)",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?P<about>.*)\s(?:for\s+(?P<span>\d+\s*[a-z]+)|until\s+(?P<moment>[^\"]+))", re.IGNORECASE
)
_ENDING = re.compile(r"end\s+(?P<id>\S+)", re.IGNORECASE)
_ID = "q"
"""What a silence's id begins with: its end shares the due times of what was given in Slack."""
_LIKE_A_POLICY = "A silence makes lasting what was unusual, so it takes the right to create a policy there."
"""The portal knows no such thing, and no permission of its own is named for it (our choice)."""
_LOOKED_THROUGH = 200
"""Open cases of the organization that are looked through for the file (our choice)."""


@dataclass(frozen=True, slots=True)
class SilenceOrder:
    """Silence one rule about one subject."""

    rule: UnusualRule
    of: SilenceOf
    subject: str
    """As it was typed; empty for the organization itself."""
    where: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class EndOrder:
    """End a silence before its time."""

    silence_id: str
    reason: str


_TOO_LONG = "A silence lasts at most {most}; a rule that shall never speak is switched off in [unusual] off."


def read_order(text: str, now: datetime, zone: str, longest: timedelta) -> SilenceOrder | EndOrder | Misread:
    """`<rule> <subject> at <organization> <end> because …`, or `end <id> because …`."""
    if len(text) > MOST_CHARACTERS:
        return Misread(f"That is longer than {MOST_CHARACTERS} characters.")
    told = split_reason(text)
    if isinstance(told, Misread):
        return told
    order, reason = told
    ending = _ENDING.fullmatch(order)
    if ending is not None:
        return EndOrder(ending["id"], reason)
    timed = _UNTIL.fullmatch(order)
    if timed is None:
        return Misread("It does not say until when: add for 14d, or until and a time, before because.")
    until = end_of(timed["span"], now) if timed["span"] else moment_of(timed["moment"], now, zone)
    if isinstance(until, str):
        return Misread(until)
    if fault := fault_in(until, now, longest, _TOO_LONG):
        return Misread(fault)
    about = _ABOUT.fullmatch(timed["about"].strip())
    if about is None:
        return Misread("It does not say which rule, about what, and at which organization.")
    rule = next((one for one in UnusualRule if one.value == about["rule"].casefold()), None)
    if rule is None:
        return Misread(f"There is no rule {about['rule'][:80]!r}; /gatehouse unusual lists them.")
    of = SilenceOf(about["of"].casefold()) if about["of"] else SilenceOf.ORGANIZATION
    return SilenceOrder(rule, of, unquoted(about["subject"] or ""), unquoted(about["where"]), until, reason)


async def silence(desk: Desk, press: Press) -> None:
    """The command with everything typed."""
    zone, longest = desk.rules.escalation.zone, desk.rules.unusual.longest_silence
    found: tuple[Command, SilenceOrder | EndOrder] | None = await ordered(
        desk,
        press,
        "silence",
        lambda: read_order(words_of(press.text), desk.now(), zone, longest),
        SILENCE_USAGE,
    )
    if found is None:
        return
    command, order = found
    await (_end(command, order) if isinstance(order, EndOrder) else _silence(command, order))


async def _silence(command: Command, order: SilenceOrder) -> None:
    found = await find(command, where=order.where)
    if found is None:
        return
    early = _judge(command, found.organization_id, found.tree)
    # Who may not do it learns nothing of what is there.
    about: tuple[str, str] | Unknown = ("", "")
    if not isinstance(early, Refused):
        about = await _subject(command, order, found.organization_id)
    if isinstance(about, Unknown):
        await not_found(command, about)
        return
    subject, name = about
    silence_id = new_id(_ID)

    def made(in_force: InForce) -> Enacted:
        verdict = _judge(command, found.organization_id, found.tree, in_force)
        if isinstance(verdict, Refused):
            return refusal(command, verdict, in_force_facts(in_force))
        if not subject:
            # The right came between the two verdicts: the names were never looked up.
            raise StandpointMoved("the right to silence was given while it was judged")
        new = Silence(
            silence_id=silence_id,
            rule=order.rule.value,
            of=order.of,
            subject=subject,
            subject_name=name,
            organization_id=found.organization_id,
            organization_name=found.tree.name(found.organization_id) or found.organization_id,
            until=order.until,
            by=actor_of(command.presser.person, command.press),
            at=command.desk.now(),
            reason=order.reason,
        )
        return _enacted(command, in_force, new, verdict)

    await enact(command, made)


async def _subject(command: Command, order: SilenceOrder, organization_id: str) -> tuple[str, str] | Unknown:
    """The key that the silence is kept under, and its name for people."""
    if order.of is SilenceOf.ORGANIZATION:
        return organization_id, "the whole organization"
    if order.of is SilenceOf.COMPUTER:
        return await _computer(command.desk, order.subject, organization_id)
    return await _software(command.desk, order.subject, organization_id)


async def _computer(desk: Desk, named: str, organization_id: str) -> tuple[str, str] | Unknown:
    try:
        rows = await desk.portal.computers(organization_id, search_text=named)
    except PortalError as error:
        return Unknown(
            f"The portal does not tell its computers just now ({error.message}). Nothing was changed."
        )
    wanted = named.casefold()
    exact = [
        row
        for row in rows
        if same_id(row.organization_id or organization_id) == same_id(organization_id)
        and wanted in (row.computer_name.casefold(), row.hostname.casefold())
    ]
    if len(exact) != 1:
        return Unknown(f"{len(exact) or 'No'} computers there are called {named}; write the whole name.")
    return exact[0].computer_id, exact[0].computer_name or exact[0].hostname


async def _software(desk: Desk, named: str, organization_id: str) -> tuple[str, str] | Unknown:
    """By the hash of a file of it, as Details shows it, while a request for it is open or was decided lately."""
    told = digest_told(named)
    if not told:
        return Unknown(f"{named[:80]} is no hash of a file; copy it from the card's Details.")
    ids = await desk.ledger.case_ids_of_organization(organization_id)
    since = desk.now() - desk.rules.retention.closed_cases
    earlier = await desk.ledger.history.earlier(remembering.hash_key(organization_id, told), since)
    held = await desk.ledger.cases(
        [*ids[-_LOOKED_THROUGH:], *(one.case_id for one in earlier[:1] if one.case_id)]
    )
    case = _of_file([stored.case for stored in held.values()], told)
    if case is None:
        return Unknown("No request for a file with this hash is known there.")
    facts = case.requests[-1].facts
    return remembering.software_key(facts), facts.file_name


def _of_file(cases: Sequence[Case], told: str) -> Case | None:
    """The newest case of a file; a redacted one no longer knows the path that names the software."""
    fitting = [case for case in cases if digest_told(case.hash) == told and case.redacted_at is None]
    return max(fitting, key=lambda case: case.opened_at, default=None)


def _judge(
    command: Command, organization_id: str, tree: OrganizationTree, in_force: InForce | None = None
) -> Verdict:
    ask = Ask(person_id=command.person_id, action=Action.CREATE_POLICY, organization_id=organization_id)
    access = in_force.access if in_force is not None else command.presser.access
    verdict = judge(ask, access, tree, command.desk.now())
    if not isinstance(verdict, Refused):
        return verdict
    return verdict._replace(tell=lambda: f"{_LIKE_A_POLICY} {verdict.sentence}")


def _enacted(command: Command, in_force: InForce, new: Silence, verdict: Verdict) -> Enacted:
    """The silence instead of an older one over the same."""
    others = tuple(each for each in in_force.given.silences if not _is_same(each, new))
    return Enacted(
        given=in_force.given.model_copy(update={"silences": (*others, new)}),
        events=[_event("unusual_silenced", command, new, verdict, in_force)],
        effects=[
            announcement(f"silence:{new.silence_id}", said.silenced(new), new.organization_id),
            answer(command.press, said.silenced(new)),
        ],
        due=[Due(DueKind.GRANT, new.silence_id, new.until)],
    )


def _is_same(one: Silence, other: Silence) -> bool:
    return (one.rule, one.of, one.subject, one.organization_id) == (
        other.rule,
        other.of,
        other.subject,
        other.organization_id,
    )


async def _end(command: Command, order: EndOrder) -> None:
    """Before its time: a case that it was over is loud again from its next look-up on."""
    found = await find(command)
    if found is None:
        return
    held = (await command.desk.ledger.given()).given.silence(order.silence_id)
    # One that may not be seen is not told apart from one that does not exist.
    sees = held is not None and not isinstance(_judge(command, held.organization_id, found.tree), Refused)
    if held is None or not sees:
        sentence = (
            f"There is no silence {order.silence_id[:40]} that you could end; /gatehouse unusual lists them."
        )
        await answer_only(command, answers.refused(sentence), outcome="unknown_name")
        return

    def made(in_force: InForce) -> Enacted:
        verdict = _judge(command, held.organization_id, found.tree, in_force)
        if isinstance(verdict, Refused):
            return refusal(command, verdict, in_force_facts(in_force))
        left = tuple(each for each in in_force.given.silences if each.silence_id != held.silence_id)
        told = said.silence_ended(held, command.presser.person.name, order.reason)
        return Enacted(
            given=in_force.given.model_copy(update={"silences": left}),
            events=[_event("silence_ended", command, held, verdict, in_force, reason=order.reason)],
            effects=[
                announcement(f"silence-end:{held.silence_id}", told, held.organization_id),
                answer(command.press, told),
            ],
            due=[Due(DueKind.GRANT, held.silence_id, None)],
        )

    await enact(command, made, only_takes=True)


def is_silence(id_: str) -> bool:
    """Whether an end that is due is a silence's."""
    return id_.startswith(_ID)


async def expire_silence(desk: Desk, taken: TakenDue) -> None:
    """A silence's end is due. It is over from its second on; this takes it away and says so, once."""
    silence_id = taken.case_id

    def ended(given: Given) -> Enacted | None:
        held = given.silence(silence_id)
        if held is None or desk.now() < held.until:
            return None
        left = tuple(each for each in given.silences if each.silence_id != silence_id)
        facts = {"silence": silence_facts(held)}
        private = {"by": held.by.name, "about": held.subject_name}
        event = event_of(
            "silence_expired", organization_id=held.organization_id, facts=facts, private=private
        )
        told = said.silence_over(held)
        return Enacted(
            given=given.model_copy(update={"silences": left}),
            events=[event],
            effects=[announcement(f"silence-over:{silence_id}", told, held.organization_id)],
        )

    if not await enact_by_clock(desk, ended, taken=taken):
        held = (await desk.ledger.given()).given.silence(silence_id)
        if held is not None:
            await desk.ledger.due_later(taken, held.until)
        else:
            await desk.ledger.due_done(taken)


def silence_facts(one: Silence) -> dict[str, object]:
    """As the record keeps it for ever: no name, no text."""
    return {
        "silence_id": one.silence_id,
        "rule": one.rule,
        "of": one.of.value,
        "subject": one.subject,
        "organization_id": one.organization_id,
        "until": one.until.isoformat(),
        "by": one.by.person_id,
    }


def _event(
    name: str, command: Command, one: Silence, verdict: Verdict, in_force: InForce, *, reason: str = ""
) -> Event:
    rests_on = [] if isinstance(verdict, Refused) else list(map(str, verdict.rests_on))
    return event_of(
        name,
        command.press,
        organization_id=one.organization_id,
        person_id=command.person_id,
        facts={"silence": silence_facts(one), "rests_on": rests_on, **in_force_facts(in_force)},
        private={
            "reason": reason or one.reason,
            "by": command.presser.person.name,
            "about": one.subject_name,
        },
    )
