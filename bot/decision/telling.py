"""What came of a press, and who is told: the presser, the thread with the next step, and the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.cards import Rendered
from bot.cards.kit import ids
from bot.cards.kit.blocks import message
from bot.cards.kit.words import Line, Run, listed, raw, say, short, strong
from bot.cards.messages import answers
from bot.cards.messages import duty as messages
from bot.decision.effect import plain_effect, plain_rights
from bot.decision.shown import Target
from bot.desk import Desk, Presser, answer, decision_told, ended_by, event_of, finish, not_taken, retire, tell
from bot.ledger import StoredCase
from bot.models import Case, Effect, Event, Press, RequestEntry, Verb


class Became(StrEnum):
    """The ends that one request's part of a press can have."""

    APPROVED = "approved"
    DENIED = "denied"
    AWAITS_SECOND = "awaits_second"
    """Judged and recorded; a second person has to agree before anything is sent."""
    REHEARSED = "rehearsed"
    """Writes are off: this is what would have happened."""
    CHECKING = "checking"
    REFUSED = "refused"
    """The presser may not."""
    DECIDED_BEFORE = "decided_before"
    BUSY = "busy"
    """Somebody else's decision is on its way."""
    CHANGED = "changed"
    """A fact changed since the card that was pressed."""
    NOT_DECIDED = "not_decided"
    """The portal refused, or could not be asked; nothing happened."""


@dataclass(frozen=True, slots=True)
class Result:
    """One request's part. `sentence` is a full sentence in plain text, with outside words unescaped."""

    request_id: str
    computer_name: str
    became: Became
    sentence: str
    could: tuple[str, ...] = ()
    """Names of up to three people who could have decided it."""
    by: str = ""
    """Who else decided it, or is deciding it, and where: “Tom Okafor in the portal”; empty where nobody else did."""
    after: StoredCase | None = None
    """The case as this part has written it; None where it wrote nothing that another part could go on from."""
    organization_name: str = ""
    file_name: str = ""
    says: str = ""
    """What the portal calls a decision that stands; empty for everything else."""
    plainly: str = ""
    """Of the effect of one press, what is the same for every file and computer: the rights, and a full stop. Empty for
    every other effect."""
    is_seen: bool = True
    """Whether the presser may see the request. Nothing of one that they may not is named to them."""


def result_of(
    entry: RequestEntry, became: Became, sentence: str, *, by: str = "", after: StoredCase | None = None
) -> Result:
    """What became of the part of a press that concerns this request."""
    return Result(entry.facts.request_id, entry.facts.computer_name, became, sentence, by=by, after=after)


def had_ended(entry: RequestEntry, press: Press) -> Result:
    """It was decided before; by this very press, where the process died before it could answer."""
    outcome = entry.outcome
    attempt = outcome.attempt if outcome else None
    if outcome is None or attempt is None or attempt.press_id != press.press_id:
        return result_of(entry, Became.DECIDED_BEFORE, ended_sentence(entry), by=decider_of(entry))
    became = Became.APPROVED if attempt.choice.verb is Verb.APPROVE else Became.DENIED
    plain = plain_effect(attempt.choice, entry.facts)
    told = result_of(entry, became, plain or attempt.effect)
    plainly = f"{plain_rights(attempt.choice)}." if plain else ""
    label = outcome.state.status_label
    return replace(told, file_name=entry.facts.file_name, plainly=plainly, says=label)


def on_its_way(entry: RequestEntry, press: Press) -> Result:
    """An attempt on it is outstanding: this press's own, or somebody else's."""
    attempt = entry.attempt
    if attempt is not None and attempt.press_id == press.press_id:
        return result_of(
            entry, Became.CHECKING, "Your decision is on its way; Gatehouse keeps asking the portal."
        )
    by = attempt.actor.name if attempt else "somebody else"
    return result_of(entry, Became.BUSY, f"{by}'s decision on it is already on its way.", by=by)


def decider_of(entry: RequestEntry) -> str:
    """Who decided a request that has ended, and where, as the count names them."""
    outcome = entry.outcome
    if outcome is None:
        return ""
    return outcome.attempt.actor.name if outcome.attempt else in_portal(outcome.state.decided_by)


def in_portal(name: str) -> str:
    """Somebody who decided in the portal, which does not always name them."""
    return f"{name or 'somebody'} in the portal"


def ended_sentence(entry: RequestEntry) -> str:
    """How a request ended, as the late presser reads it."""
    outcome = entry.outcome
    if outcome is None:
        return f"It is no longer waiting: {entry.standing.value}."
    by = outcome.attempt.actor.name if outcome.attempt else outcome.state.decided_by
    return f"Already decided by {by or 'somebody in the portal'}: {outcome.state.status_label}."


def told_in_thread(desk: Desk, cases: Sequence[tuple[Case, Collection[str]]], press_id: str) -> list[Effect]:
    """One message for what a press has decided, however many requests that are; none where it decided none.

    With each case come the requests that this press has ended; what was found out later had its own message then.
    """
    return decision_told(
        [(case, ended_by(press_id, case, request_ids)) for case, request_ids in cases], press_id, desk.rules
    )


_WORDS = {
    Became.APPROVED: "Approved",
    Became.DENIED: "Denied",
    Became.AWAITS_SECOND: "Waiting for a second person",
    Became.REHEARSED: "Writes are off, so nothing was sent; with writes on",
    Became.CHECKING: "Outcome unknown, checking",
    Became.REFUSED: "Not done",
    Became.DECIDED_BEFORE: "Too late",
    Became.BUSY: "Not done",
    Became.CHANGED: "Not done",
    Became.NOT_DECIDED: "Not done",
}
_COUNTED = {
    Became.APPROVED: "approved",
    Became.DENIED: "denied",
    Became.AWAITS_SECOND: "waiting for a second person",
    Became.REHEARSED: "not sent, because writes are off",
    Became.DECIDED_BEFORE: "already decided",
    Became.BUSY: "being decided",
    Became.CHECKING: "unknown, checking",
    Became.CHANGED: "changed since the card, so not decided",
    Became.REFUSED: "not allowed",
    Became.NOT_DECIDED: "not decided",
}
"""The ends as they are counted, in the order in which they are said."""
_NEXT = {
    Became.CHECKING: "Nothing is sent again. You will hear from Gatehouse as soon as the portal says how it ended.",
    Became.REHEARSED: "An administrator switches writes on in gatehouse.toml.",
}
_ONE_BY_ONE = 8
"""Results that get a line each; more are put together by what became of them (our choice)."""
_DECIDERS = 3
"""Other deciders named in the count; their requests are named one by one below it."""
_REASONS = 10
"""Different endings that are spelled out where there are many requests."""
_NAME = 24
"""Characters of a computer's name among many: 200 of them, with as many endings, stay inside one message."""


def decision_answer(results: Sequence[Result]) -> Rendered:
    """What became of everything that the press named; refusals that say the same are said once, with who could."""
    refused = [result for result in results if result.became is Became.REFUSED]
    if refused and len(refused) == len(results) and len({r.sentence for r in refused}) == 1:
        return answers.refused(refused[0].sentence, refused[0].could, "the cybersecurity team")
    if not results:
        return answers.said("Nothing was left to decide; the card shows how it stands.")
    if all(result.is_seen for result in results) and (line := _alike(results)):
        return message([line])
    lines: list[Line] = []
    if len(results) > 1:
        lines.append(summary_line(results))
    seen = [result for result in results if result.is_seen]
    lines += _one_by_one(seen) if len(seen) <= _ONE_BY_ONE else _together(seen)
    lines += _unseen([result for result in results if not result.is_seen])
    following = dict.fromkeys(result.became for result in results)
    lines += [[say(_NEXT[became])] for became in following if became in _NEXT]
    return message(lines)


def _alike(results: Sequence[Result]) -> Line:
    """“6 approved. a.exe, b.exe, … on WS-001 only”: one file on several computers, or several on one, in one
    sentence. None where they differ otherwise, or are too many to be named so."""
    plainly, became = {result.plainly for result in results}, {result.became for result in results}
    files = list(dict.fromkeys(result.file_name for result in results))
    across = _across(results)
    places = [
        f"{one.computer_name}{f' ({one.organization_name})' if across else ''}"
        for one in results
        if one.file_name
    ]
    computers = list(dict.fromkeys(places))
    is_one = 1 in (len(files), len(computers)) and len(files) * len(computers) == len(results)
    says = {result.says for result in results}
    if not is_one or became != {Became.APPROVED} or len(plainly) != 1 or "" in plainly or len(says) != 1:
        return []
    if not 1 < len(results) <= _ONE_BY_ONE:
        return []
    what = [*listed(files, limit=_ONE_BY_ONE), say(" on "), *listed(computers, limit=_ONE_BY_ONE)]
    what.append(say(" only" if len(computers) == 1 else ", each alone"))
    told = raw(_with_label(plainly.pop(), results[0]), 200)
    return [strong(f"{len(results)} approved. "), *what, told]


def _unseen(results: Sequence[Result]) -> list[Line]:
    """Requests of organizations that the presser may not see, by their number; why, where it is our own trouble."""
    if not results:
        return []
    trouble = dict.fromkeys(r.sentence for r in results if r.became is Became.NOT_DECIDED)
    requests = f"{len(results)} request{'' if len(results) == 1 else 's'}"
    line: Line = [strong("Not done. "), say(f"{requests} of customers that you may not see.")]
    return [[*line, *([say(" "), raw(next(iter(trouble)), 300)] if trouble else [])]]


def summary_line(results: Sequence[Result]) -> Line:
    """“3 approved, 1 already decided by Tom in the portal, 1 unknown, checking”: every request counted once."""
    runs: list[Run] = []
    for became, words in _COUNTED.items():
        counted = Counter(result.by for result in results if result.became is became)
        for count, by in _by_decider(counted):
            runs += [say(", ")] if runs else []
            runs.append(strong(f"{count} {words}"))
            runs += [say(" by "), raw(by, 100)] if by else []
    return [*runs, say(".")]


def _by_decider(counted: Counter[str]) -> list[tuple[int, str]]:
    """Each decider's count, the most first; those who are too many to be named are counted together."""
    ranked = counted.most_common()
    if len(ranked) <= _DECIDERS:
        return [(count, by) for by, count in ranked]
    others = ranked[_DECIDERS - 1 :]
    named = [(count, by) for by, count in ranked[: _DECIDERS - 1]]
    return [*named, (sum(count for _, count in others), f"{len(others)} others")]


def _one_by_one(results: Sequence[Result]) -> list[Line]:
    """A line for each; a way on that several refusals share is said once below."""
    several = len(results) > 1
    across = _across(results)
    told = [_line(result, several=several, across=across) for result in results]
    # Several requests of one computer, as of somebody who asks again and again, often come to the very same.
    lines = [line for number, line in enumerate(told) if line not in told[:number]]
    could = list(dict.fromkeys(name for result in results for name in result.could))
    return [*lines, *_who_could(could)]


def _across(results: Sequence[Result]) -> bool:
    """Whether they are of several organizations, so that each has to be named."""
    return len({result.organization_name for result in results}) > 1


def _line(result: Result, *, several: bool, across: bool) -> Line:
    customer = [raw(result.organization_name, 60), say(", ")] if across else []
    where = [*customer, raw(result.computer_name, 80), say(": ")] if several else []
    return [
        strong(f"{_WORDS[result.became]}. "),
        *where,
        raw(_with_label(result.sentence, result), 400 if several else 2000),
    ]


def _with_label(told: str, result: Result) -> str:
    """What is told, and what the portal calls it, where that is another word than ours: ours is said after its own."""
    is_ours = result.says.casefold() == _WORDS[result.became].casefold()
    return f"{told} The portal says: {result.says}." if result.says and not is_ours else told


def _who_could(names: Sequence[str]) -> list[Line]:
    if not names:
        return []
    runs: list[Run] = []
    for name in names[:3]:
        runs += [say(", ")] if runs else []
        runs.append(raw(name, 80))
    return [[say("Who could do the rest: "), *runs]]


def _together(results: Sequence[Result]) -> list[Line]:
    """Many requests: one line for each ending, with the names of its computers, so that each request stands once."""
    groups: dict[tuple[Became, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.became, _reason(result)), []).append(result)
    ordered = sorted(groups.items(), key=lambda held: (list(_COUNTED).index(held[0][0]), -len(held[1])))
    lines = [_group_line(became, reason, members) for (became, reason), members in ordered[:_REASONS]]
    rest: dict[Became, list[Result]] = {}
    for (became, _), members in ordered[_REASONS:]:
        rest.setdefault(became, []).extend(members)
    lines += [_group_line(became, _ELSEWHERE, members) for became, members in rest.items()]
    could = list(dict.fromkeys(name for result in results for name in result.could))
    return [*lines, *_who_could(could)]


_ELSEWHERE = "the card and its details say why."
_SAME_FOR_ALL = frozenset(
    {Became.APPROVED, Became.DENIED, Became.REHEARSED, Became.AWAITS_SECOND, Became.CHECKING}
)
"""Ends whose sentence differs by the computer only: the first stands for all."""


def _reason(result: Result) -> str:
    return "" if result.became in _SAME_FOR_ALL else result.sentence


def _group_line(became: Became, reason: str, members: Sequence[Result]) -> Line:
    """“Approved (42): WS-001, WS-002, … For example: setup.exe may run on WS-001 only.”"""
    counted = Counter(member.computer_name for member in members)
    runs: list[Run] = [strong(f"{_WORDS[became]} ({len(members)}): ")]
    names = [f"{short(name, _NAME)} ({n})" if n > 1 else short(name, _NAME) for name, n in counted.items()]
    runs.append(raw(", ".join(names), len(names) * (_NAME + 8)))
    if reason:
        return [*runs, say(". "), raw(reason, 300)]
    example = " For example: " if len(members) > 1 else " "
    return [*runs, say(f".{example}"), raw(_with_label(members[0].sentence, members[0]), 300)]


_STILL_OPEN = frozenset({Became.NOT_DECIDED, Became.CHANGED, Became.REFUSED})
"""Ends after which the presser may submit the form again, mended."""
_DECIDED = frozenset({Became.APPROVED, Became.DENIED})


@dataclass(frozen=True, slots=True)
class End:
    """What came of a press on one case."""

    target: Target
    results: tuple[Result, ...]
    after: Case
    """The case as this press has left it."""

    @property
    def decided(self) -> list[str]:
        """The requests that it decided."""
        return [result.request_id for result in self.results if result.became in _DECIDED]


async def answer_press(desk: Desk, press: Press, presser: Presser, ends: Sequence[End]) -> None:
    """One answer, one word to each claimer, one in the thread; an event for each case."""
    results = [result for end in ends for result in end.results]
    told = decision_answer(results)
    is_open = any(result.became in _STILL_OPEN for result in results) and any(
        end.after.pending for end in ends
    )
    effects = [await not_taken(desk, press, told) if is_open else answer(press, told)]
    effects += _tell_claimers(presser, ends)
    effects += retire_twin(press, ends[0].target.case)
    effects += told_in_thread(desk, [(end.after, end.decided) for end in ends], press.press_id)
    await finish(desk, press, [_answered(presser, end) for end in ends], effects)
    for result in results:
        desk.metrics.press(result.became.value)


def _answered(presser: Presser, end: End) -> Event:
    facts = {"became": {result.request_id: result.became.value for result in end.results}}
    person_id = presser.person.person_id
    return event_of("press_answered", end.target.press, end.target.case, person_id=person_id, facts=facts)


def _tell_claimers(presser: Presser, ends: Sequence[End]) -> list[Effect]:
    """Any permitted press still decides; whoever had claimed a case of it is told, once."""
    told: dict[str, Effect] = {}
    for end in ends:
        claim, case = end.target.case.claim, end.target.case
        decided = end.decided
        if claim is None or not decided or claim.actor.person_id == presser.person.person_id:
            continue
        said = messages.claim_overtaken(case, presser.person.name)
        key = f"claimer:{case.case_id}:{decided[0]}"
        told.setdefault(claim.actor.person_id, tell(case, claim.actor.slack_user_id, said, key))
    return list(told.values())


def retire_twin(press: Press, case: Case) -> list[Effect]:
    """A press on a second copy of the card (a crash between Slack's yes and our note) retires that copy (P5)."""
    if not press.message_ts or press.view_id or case.card is None or press.name == ids.CALL_CLAIM:
        return []
    if (press.channel_id, press.message_ts) == (case.card.channel_id, case.card.ts):
        return []
    return [retire(case.case_id, press.channel_id, press.message_ts)]
