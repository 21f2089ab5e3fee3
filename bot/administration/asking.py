"""`/gatehouse can`, `who` and `grants`: what others may do, and by what. Asking about others is a right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.administration.enacting import Command, command_of, misread, ordered, refusal
from bot.administration.finding import Found, find, naming
from bot.administration.orders import GRANTS_USAGE, plain_text, split_person, words_of
from bot.cards.home import GrantLine
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import administration as cards
from bot.cards.messages.administration import grant_lines_of
from bot.desk import Desk, answer, event_of, finish
from bot.models import Given, Press
from bot.rules.kinds import traits_of
from bot.rules.typed import Misread
from permissions import Action, Allowed, Ask, Kind, OrganizationTree, Reach, Refused, judge, same_id

Named = TypeVar("Named")

CAN_USAGE = "/gatehouse can @person <approve | deny | …> [kind] [reach] at <organization>"
WHO_USAGE = "/gatehouse who <approve | deny | …> [kind] [reach] at <organization>"

_VERBS: Mapping[str, Action] = {
    "approve": Action.APPROVE,
    "deny": Action.DENY,
    "claim": Action.CLAIM,
    "take over": Action.TAKE_OVER,
    "view": Action.VIEW,
    "see": Action.VIEW,
    "escalate": Action.ESCALATE,
    "look up": Action.LOOK_UP,
    "look-up": Action.LOOK_UP,
    "report": Action.REPORT,
    "read the record": Action.READ_RECORD,
    "promote": Action.PROMOTE,
    "create policy": Action.CREATE_POLICY,
    "change permissions": Action.CHANGE_PERMISSIONS,
    "assign roles": Action.ASSIGN_ROLES,
    "administer roles": Action.ADMINISTER_ROLES,
    "suspend": Action.SUSPEND,
    "ask about others": Action.ASK_ABOUT_OTHERS,
}
_KINDS: Mapping[str, Kind] = {kind.value.replace("_", " "): kind for kind in Kind}
_REACHES: Mapping[str, Reach] = {
    "computer group": Reach.COMPUTER_GROUP,
    "computer": Reach.COMPUTER,
    "group": Reach.COMPUTER_GROUP,
    "entire organization": Reach.ORGANIZATION,
    "organization": Reach.ORGANIZATION,
    "global": Reach.GLOBAL,
}
_FILLERS = frozenset({"a", "an", "the", "this", "for", "it", "request", "requests", "on", "one"})
_ABOUT_REQUESTS = frozenset({Action.APPROVE, Action.DENY, Action.CLAIM, Action.TAKE_OVER})
_WITH_REACH = frozenset({Action.APPROVE, Action.PROMOTE})
_AT = re.compile(r"(?P<question>.*)\sat\s+(?P<organization>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What somebody wants to know: may this be done there?"""

    action: Action
    kind: Kind | None
    reach: Reach
    organization: str

    @property
    def words(self) -> str:
        """The question in words, without the organization."""
        kind = f" {self.kind.value.replace('_', ' ')} requests" if self.kind else ""
        far = f" for {_FAR[self.reach]}" if self.action in _WITH_REACH else ""
        return f"{self.action.value.replace('_', ' ')}{kind}{far}"


_FAR = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "a computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "a global group",
}


def read_question(text: str) -> Inquiry | Misread:
    """`<approve | deny | …> [kind] [reach] at <organization>`; an application and one computer where not said."""
    found = _AT.fullmatch(plain_text(text).strip())
    if found is None:
        return Misread("It does not say where: end with at and the organization's name.")
    words = " ".join(found["question"].casefold().split())
    verb, rest = _first(words, _VERBS)
    if verb is None:
        return Misread(f"I do not know what {words!r} asks; begin with one of: {', '.join(_VERBS)}.")
    kind: Kind | None = None
    reach: Reach | None = None
    while rest:
        first, _, after = rest.partition(" ")
        if first in _FILLERS:
            rest = after
            continue
        kind_here, left = _first(rest, _KINDS)
        reach_here, far_left = _first(rest, _REACHES)
        if kind_here is not None and kind is None:
            kind, rest = kind_here, left
        elif reach_here is not None and reach is None:
            reach, rest = reach_here, far_left
        else:
            return Misread(f"I do not understand {rest!r}; name a kind and a reach at most.")
    if kind is None and verb in _ABOUT_REQUESTS:
        kind = Kind.APPLICATION
    default = Reach.COMPUTER_GROUP if verb is Action.PROMOTE else Reach.COMPUTER
    return Inquiry(verb, kind, reach or default, found["organization"].strip().strip('"'))


def _first(words: str, known: Mapping[str, Named]) -> tuple[Named | None, str]:
    """The longest known phrase at the beginning, and what follows it."""
    for phrase in sorted(known, key=len, reverse=True):
        if words == phrase or words.startswith(f"{phrase} "):
            return known[phrase], words[len(phrase) :].strip()
    return None, words


async def can(desk: Desk, press: Press) -> None:
    """`/gatehouse can @person <approve | deny | …> [kind] [reach] at <organization>`: the verdict, with its ground."""
    command = await command_of(desk, press, "can")
    if command is None:
        return
    split = split_person(words_of(press.text))
    question = split if isinstance(split, Misread) else read_question(split[1])
    if isinstance(split, Misread) or isinstance(question, Misread):
        why = (
            split.why if isinstance(split, Misread) else question.why if isinstance(question, Misread) else ""
        )
        await misread(command, why, CAN_USAGE)
        return
    found = await find(command, who=split[0], where=question.organization)
    if found is None:
        return
    if found.person.person_id != command.person_id:
        gate = _gate(command, found.tree, found.organization_id)
        if isinstance(gate, Refused):
            await answer_refused(command, gate)
            return
    verdict = _verdict(command, found, question, found.person.person_id)
    rests_on = list(map(str, verdict.rests_on)) if isinstance(verdict, Allowed) else []
    said = cards.can_answer(
        found.person.name,
        f"{question.words} at {found.tree.name(found.organization_id) or found.organization_id}.",
        verdict.sentence,
        rests_on,
        is_allowed=isinstance(verdict, Allowed),
    )
    facts = {"of": found.person.person_id, "verdict": isinstance(verdict, Allowed), "rests_on": rests_on}
    await answered(command, said, facts | _asked(question), found.organization_id)


async def who(desk: Desk, press: Press) -> None:
    """`/gatehouse who <approve | deny | …> [kind] [reach] at <organization>`: everybody for whom it is allowed."""
    understood = await ordered(desk, press, "who", lambda: read_question(words_of(press.text)), WHO_USAGE)
    if understood is None:
        return
    command, question = understood
    found = await find(command, where=question.organization)
    if found is None:
        return
    gate = _gate(command, found.tree, found.organization_id)
    if isinstance(gate, Refused):
        await answer_refused(command, gate)
        return
    able = [
        person
        for person in command.presser.access.persons
        if isinstance(_verdict(command, found, question, person.person_id), Allowed)
    ]
    place = found.tree.name(found.organization_id) or found.organization_id
    said = cards.who_answer(f"may {question.words} at {place}", sorted(each.name for each in able))
    facts = {"found": sorted(each.person_id for each in able), **_asked(question)}
    await answered(command, said, facts, found.organization_id)


def _verdict(command: Command, found: Found, question: Inquiry, person_id: str) -> Allowed | Refused:
    """The one verdict. A global group has an owner that is known at the press only: any above will do here."""
    ask = Ask(
        person_id=person_id,
        action=question.action,
        organization_id=found.organization_id,
        kind=question.kind,
        reach=question.reach,
        elevates=question.kind is not None
        and traits_of(question.kind).elevates
        and question.action is Action.APPROVE,
        computer_group_organization_id=found.organization_id
        if question.reach is Reach.COMPUTER_GROUP
        else None,
    )
    owners: tuple[str | None, ...] = (None,)
    if question.reach is Reach.GLOBAL:
        place = found.tree.place(found.organization_id)
        owners = (*(place.above[::-1] if place else ()), found.organization_id)
    verdicts = [
        judge(replace(ask, global_owner_id=owner), command.presser.access, found.tree, command.desk.now())
        for owner in owners
    ]
    return next((each for each in verdicts if isinstance(each, Allowed)), verdicts[0])


async def grants(desk: Desk, press: Press) -> None:
    """`/gatehouse grants [@person]`: what was given in Slack; of one person everything, wherever it comes from."""
    command = await command_of(desk, press, "grants")
    if command is None:
        return
    words = words_of(press.text)
    split = split_person(words) if words else None
    if isinstance(split, Misread) or (split is not None and split[1]):
        why = split.why if isinstance(split, Misread) else f"I did not understand {split[1]!r}."
        await misread(command, why, GRANTS_USAGE)
        return
    found = await find(command, who=split[0] if split else None)
    if found is None:
        return
    about_all = split is None
    said, shown = await (_given_in_slack if about_all else _of_one)(command, found)
    facts = {"of": "" if about_all else found.person.person_id, "shown": shown}
    await answered(command, said, facts)


async def _given_in_slack(command: Command, found: Found) -> tuple[Rendered, int]:
    """Every living grant given in Slack, as far as the asker may ask about others; always the asker's own."""
    in_force = await command.desk.access.in_force()
    own, now = command.person_id, command.desk.now()
    lines = [
        GrantLine(
            what=f"{each.person_name}: {each.what}",
            where=each.organization_name,
            until=each.until,
            note=f"By {each.given_by.name}: {each.reason}",
        )
        for each in in_force.given.grants
        if now < each.until and (each.person_id == own or may_ask(command, found.tree, each.organization_id))
    ]
    lines += _suspended(in_force.given, command, found.tree)
    return cards.given_answer(lines), len(lines)


def _suspended(given: Given, command: Command, tree: OrganizationTree) -> list[GrantLine]:
    """Suspended people, for those who may ask about anybody somewhere that they hold something."""
    return [
        GrantLine(
            what=f"{each.person_name}: suspended by {each.by.name}",
            where="every organization",
            note=each.reason,
        )
        for each in given.suspensions
        if any(
            may_ask(command, tree, place) for place in command.presser.access.organizations_of(each.person_id)
        )
    ]


async def _of_one(command: Command, found: Found) -> tuple[Rendered, int]:
    """Everything of one person in the organizations where the asker may ask."""
    access, person = command.presser.access, found.person
    name = naming(access, found.tree)
    is_own = person.person_id == command.person_id
    held = access.grants_of(person.person_id)
    places = {same_id(each.organization_id) for each in held}
    open_places = {each for each in places if is_own or may_ask(command, found.tree, each)}
    visible = replace(
        access,
        grants=tuple(each for each in held if same_id(each.organization_id) in open_places),
    )
    lines = grant_lines_of(visible, person.person_id, name, command.desk.now())
    is_suspended = person.person_id in access.suspended and bool(open_places)
    return cards.held_answer(person.name, lines, is_suspended=is_suspended), len(lines)


# --- the gate, and the answers --------------------------------------------------------------------


def _gate(command: Command, tree: OrganizationTree, organization_id: str) -> Allowed | Refused:
    ask = Ask(person_id=command.person_id, action=Action.ASK_ABOUT_OTHERS, organization_id=organization_id)
    return judge(ask, command.presser.access, tree, command.desk.now())


def may_ask(command: Command, tree: OrganizationTree, organization_id: str) -> bool:
    """Whether the asker may read what others hold there."""
    return isinstance(_gate(command, tree, organization_id), Allowed)


def _asked(question: Inquiry) -> dict[str, object]:
    return {
        "action": question.action.value,
        "kind": question.kind.value if question.kind else "",
        "reach": question.reach.value,
    }


async def answer_refused(command: Command, verdict: Refused) -> None:
    """A question that is not answered: recorded, with the reason for the asker."""
    refused = refusal(command, verdict, _versions(command))
    await finish(command.desk, command.press, refused.events, refused.effects)


async def answered(
    command: Command, said: Rendered, facts: dict[str, object], organization_id: str = ""
) -> None:
    """A question that is answered: recorded, with what it rested on."""
    event = event_of(
        "permissions_asked",
        command.press,
        organization_id=organization_id,
        person_id=command.person_id,
        facts={"question": command.word, **facts, **_versions(command)},
    )
    await finish(command.desk, command.press, [event], [answer(command.press, said)])


def _versions(command: Command) -> dict[str, object]:
    access = command.presser.access
    return {"access_generation": access.generation, "access_digest": access.digest}
