"""The lines of an open card, one function each: title, where and who, why, judgement, what closes one press, the clock.

Together they keep to the lines and words of `kit.fitting`. What is cut or left out here stands in the details.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from bot.cards.case.before import NOTHING_BEFORE, Before
from bot.cards.case.judgement import is_known_bad, judgement_line, versions_line
from bot.cards.case.naming import counted_all, kind_of, kind_title, reach_runs, subject_name
from bot.cards.case.offers import (
    CLOSED,
    ONE_PRESS_WANTS,
    awaits_second,
    one_press_closed,
    takes_a_reason,
)
from bot.cards.case.standing import is_late, ways_in_words
from bot.cards.case.state import SECOND_WORDS, State, state_of
from bot.cards.kit.fitting import (
    HEADER,
    LINE,
    OPEN_LINES,
    WORDS,
    Elastic,
    brief,
    clipped,
    joined,
    name_within,
    read_as,
    shared,
    words_in,
)
from bot.cards.kit.words import Line, Run, clock_time, near, say, strong
from bot.models import Awaited, Case, CheckName, Finding, RequestFacts, Rules, Standing, Verb
from bot.models.unusual import UnusualRule
from bot.rules.kinds import traits_of
from bot.rules.second import agreed_alone
from bot.rules.sla import waits_unclaimed
from bot.rules.timeline import held_until
from bot.rules.unusual import KNOWN_BAD, rule_traits
from permissions import Reach

REHEARSAL = "Rehearsal: writes are off, a press sends nothing."
WRITES_OFF = "Writes are off."
FASTER = "Faster: approved credentials at the prompt, or a managed elevation policy."
FOLLOWS = "It left another card, because its facts changed."
NOBODY_NAMED = "no requestor named"
SECOND_WANTED = "Second person wanted: "
CHECK_IN = "If it is still blocked, Rapid Check-in fetches the policy."
_NAME_LEAST, _NAME_WAITING = 14, 26
"""Characters of a name in a title, however much stands beside it. While it waits the title may take a second row: what
is to be let in is known by its whole name."""
_FEW = 8
"""Words below which a count is “+3” instead of “and 3 more”."""
_RULE_NAMES = re.compile(r"(\(|; )[a-z]+(?:_[a-z]+)*: ")
_IN_BRACKETS = re.compile(r"^it is unusual \((.*)\)$")
_SYSTEMS = {2: "macOS", 3: "Linux"}
"""Windows is what everybody takes for granted."""


def open_lines(
    case: Case,
    rules: Rules,
    now: datetime,
    *,
    heading: str = "",
    beside: Before = NOTHING_BEFORE,
    agreed: str = "",
) -> list[Line]:
    """Everything below the title of an open card, within its lines and words.

    Drawn in the order in which they are read; the words are shared out in the order of what they decide. Of a card on
    which others have ended: its `heading`, what became of those `beside` it, and who alone has `agreed` so far.
    """
    heading, agreed = heading or title(case, now), agreed or agreed_alone([case], rules, now)
    decisive = {
        "where": Elastic(lambda words: where_line(case, words), 10, 20),
        "closed": Elastic(lambda words: closing_line(case, rules, now, words), 7, 16),
        "clock": Elastic(lambda words: clock_line(case, now, words), 12, 20),
        "judged": Elastic(lambda words: judgement_line(case, words, beside), 5, 30),
        "why": Elastic(lambda words: why_line(case, words), 4, 16),
        "versions": Elastic(lambda words: versions_line([case], words), 5, 16),
        "told": Elastic(lambda words: instructions_line(case, words, rows=2), 4, 28),
        "caution": Elastic(
            lambda words: caution_line(case, rules, agreed, words), 0 if rules.writes_on else 3, 12
        ),
        "beside": Elastic(lambda words: beside.line if words >= words_in(beside.line) else [], 0, 20),
    }
    if case.follows_case_id:
        # Whoever pressed on the other card looks for it here: before anything that people wrote.
        decisive = {"where": decisive["where"], "caution": decisive["caution"]} | decisive
    elif beside.line:
        # How others decided about the very file is known before anything that people wrote.
        decisive = {
            name: decisive[name] for name in ("where", "closed", "clock", "judged", "beside")
        } | decisive
    words = WORDS - len(heading.split())
    told = dict(zip(decisive, shared(words, list(decisive.values())), strict=True))
    told["closed"] = _said_once(told["closed"], told["judged"], case, heading)
    if _rows(told) > _rows_left(heading):
        told["told"] = instructions_line(case, words_in(told["told"]))
    first = ("told", "caution") if case.follows_case_id or not rules.writes_on else ("caution", "told")
    left_out = _beyond_the_rows(heading, told, ("versions", *first, "beside"))
    return [told[name] for name in _AS_READ if told[name] and name not in left_out]


def headed(
    case: Case, rules: Rules, now: datetime, *, whole: str, waiting: str, beside: Before, agreed: str = ""
) -> tuple[str, list[Line]]:
    """The title of an open card and what stands below it: how all of it stands (`whole`, “1 of 3 waiting”), or how that
    stands which waits, where a line below tells what the others came to.
    """
    if beside.line:
        lines = open_lines(case, rules, now, heading=waiting, beside=beside, agreed=agreed)
        if beside.line in lines:
            return waiting, lines
    return whole, open_lines(case, rules, now, heading=whole, beside=beside, agreed=agreed)


def _said_once(closed: Line, judged: Line, case: Case, heading: str) -> Line:
    """What closes one press, without what the title or the line of judgement gives in the same words."""
    if closed and closed[0] == strong(SECOND_WANTED) and SECOND_WORDS in heading.rpartition(" · ")[2]:
        return closed[1:]
    head, _, why = read_as(closed).partition(": ")
    if head != CLOSED:
        return closed
    found = read_as(judged).casefold()
    is_told = why.casefold() in found or (why == KNOWN_BAD and is_known_bad(case.evidence))
    is_told = is_told or any(why == cause and words in found for cause, words in _IN_FEWER_WORDS)
    return [say(f"{CLOSED}.")] if is_told else closed


_IN_FEWER_WORDS = (
    (rule_traits(UnusualRule.ELEVATION_UNSEEN).says, "seen here"),
    (f"checks speak against it ({CheckName.PARENT.words})", "started by"),
)
"""Causes that the line of judgement gives as what was found: “never seen here”, “started by powershell”."""


def is_small_print(line: Line) -> bool:
    """Whether a line is the same on every card of its kind, and so is drawn small and grey."""
    return line[0].get("text") in (FASTER, CHECK_IN)


_AS_READ = ("where", "why", "judged", "versions", "beside", "closed", "clock", "told", "caution")


def _beyond_the_rows(heading: str, told: dict[str, Line], at_stake: tuple[str, ...]) -> set[str]:
    """A long title takes two rows: which of these lines are then left to the details."""
    over = _rows(told) - _rows_left(heading)
    return set([name for name in at_stake if told[name]][: max(over, 0)])


def _rows(told: Mapping[str, Line]) -> int:
    return sum(math.ceil(len(read_as(line)) / LINE) for line in told.values())


def _rows_left(heading: str) -> int:
    return OPEN_LINES - math.ceil(len(heading) / HEADER)


def title(case: Case, now: datetime, part: Case | None = None) -> str:
    """Symbol, kind, file or device or site, and state: its own, or that of a `part` of it."""
    name = subject_name(case)
    # Where nothing names it but the portal's word for its kind, the title has said so.
    told = "" if name == case.requests[0].facts.action_type else name
    kind = kind_of(case) if told else kind_title(case)
    return titled(kind, told, state_of(part or case, now), waits=case.is_open)


def titled(kind: str, name: str, state: State, *, waits: bool = False) -> str:
    """The same of anything that has a kind, a name and a state. The name is cut where they would not fit one line, or
    two while something `waits`."""
    alarm = f"{state.alarm} · " if state.alarm else ""
    around = f"{state.symbol} {alarm}{kind}"
    if not name:
        return f"{around} · {state.words}"
    room = max(HEADER - len(around) - len(state.words) - 5, _NAME_WAITING if waits else _NAME_LEAST)
    return f"{around}: {name_within(name, 2, room)} · {_after(name, state.words)}"


def _after(name: str, words: str) -> str:
    """The state behind a name. A number behind right-to-left letters would be drawn before them: a word leads it in."""
    turns = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in name)
    return f"now {words}" if turns and words[:1].isdigit() else words


def where_line(case: Case, words: int = WORDS) -> list[Run]:
    """Computer, organization, who asks; of several computers or people the first, and how many more."""
    facts = [entry.facts for entry in case.pending or case.open_requests or case.requests]
    system = _SYSTEMS.get(facts[0].os_type)
    names = [one.computer_name or "(unnamed)" for one in _distinct_computers(facts)]
    people = [name for name in dict.fromkeys(one.requestor or one.requestor_email for one in facts) if name]
    for small in (False, True):
        computers = counted_all(names, 1, 20, small=small)
        computers[0] = computers[0] | {"style": {"bold": True}}
        computers += [say(f" ({system})")] if system else []
        asked_by = counted_all(people, 1 if small else 2, 22, small=small) if people else [say(NOBODY_NAMED)]
        line = joined([computers, [brief(case.organization_name, 3 if small else 4, 22)], asked_by])
        if _fits(line, words):
            break
    return line


def _distinct_computers(facts: list[RequestFacts]) -> list[RequestFacts]:
    return list({one.computer_id: one for one in reversed(facts)}.values())[::-1]


def why_line(case: Case, words: int = WORDS) -> list[Run]:
    """Why, in the requestor's words; of several different reasons the first, and how many more, if any was given."""
    given = list(dict.fromkeys(entry.facts.reason.strip() for entry in case.requests))
    reasons = [reason for reason in given if reason]
    if not reasons:
        return []
    left = len(reasons) - 1
    more = "" if not left else f" and {left} more" if words > _FEW else f" +{left}"
    return [say("“"), brief(reasons[0], words - len(more.split()), 74), say(f"”{more}")]


def instructions_line(case: Case, words: int = WORDS, *, rows: int = 1) -> list[Run]:
    """What the customer's portal says to whoever approves it, in so many rows at most."""
    told = next((one.facts.instructions for one in case.open_requests if one.facts.instructions.strip()), "")
    return (
        [strong("Instructions: "), say("“"), brief(told, words - 1, rows * LINE - 22), say("”")]
        if told
        else []
    )


def closing_line(case: Case, rules: Rules, now: datetime, words: int = WORDS) -> list[Run]:
    """What keeps it from being one press: decided elsewhere, on its way, two people, a finding. Else empty."""
    if not case.pending:
        return clipped(_on_its_way(case), words)
    kind = traits_of(case.kind)
    if not kind.is_decided_here:
        permission = kind.rights.own_permission
        takes = [say("; it takes "), say(permission), say(" there")] if permission else []
        return clipped([strong("Decide in the portal"), *takes], words)
    if awaits_second(case):
        held = next(entry.awaited for entry in case.pending if entry.awaited is not None)
        return clipped(_awaiting(held), words)
    if kind.form_instead:
        return clipped([say(kind.form_instead)], words)
    if takes_a_reason(case, rules, now):
        return clipped([say(ONE_PRESS_WANTS)], words)
    prefix, _, why = one_press_closed(case, rules, now).removesuffix(" Use “Approve…”.").partition(": ")
    # The names of rules are for whoever silences one, and stand in the details.
    why = _IN_BRACKETS.sub(r"\1", _RULE_NAMES.sub(r"\1", why.removesuffix(".")))
    room = LINE - len(prefix) - 2
    return [say(f"{prefix}: "), brief(why, words - 4, room)] if why else []


def _on_its_way(case: Case) -> list[Run]:
    """Who pressed what, where the portal has not answered, or where it is not known what it did."""
    held = next((entry for entry in case.open_requests if entry.attempt is not None), None)
    if held is None or held.attempt is None:
        return []
    attempt = held.attempt
    word = "approval" if attempt.choice.verb is Verb.APPROVE else "denial"
    first = [say(", first "), brief(attempt.first.name, 2, 20)] if attempt.first is not None else []
    by = [say(f" ({word} by "), brief(attempt.actor.name, 2, 20), *first]
    if held.standing is Standing.CHECKING:
        return [strong("Outcome unknown, checking"), *by, say("); nothing is sent again")]
    return [strong("Being decided"), *by, say("); the portal has not answered yet")]


def _awaiting(awaited: Awaited) -> list[Run]:
    """Who would approve how far; “approved” is not said, since nothing was sent. That it is for one computer is what
    an approval is where nothing else is said."""
    wider = awaited.reaches is not Reach.COMPUTER
    far = reach_runs(awaited.reaches, awaited.choice.computer_group_name) if wider else []
    first = brief(awaited.first.name, 2, 24)
    return [
        strong(SECOND_WANTED),
        first,
        say(" would approve"),
        *([say(" for ")] if far else []),
        *far,
    ]


def clock_line(case: Case, now: datetime, words: int = WORDS) -> list[Run]:
    """The deadline, who is on it, and that help was called: as much of it as fits, in this order."""
    parts: list[list[Line]] = []
    if case.pending and case.due_at is not None:
        held = held_until(case, now)
        head = strong("Was due ") if is_late(case, now) else say("Held until " if held else "Due ")
        parts.append([[head, near(held or case.due_at, now)]])
    parts += [_owner(case), _escalated(case), _clock_note(case)]
    kept: list[Line] = []
    for ways in parts:
        trials = ([*kept, way] for way in ways)
        kept = next((trial for trial in trials if _fits(joined(trial), words)), kept)
    return joined(kept)


def _fits(line: Line, words: int) -> bool:
    return words_in(line) <= words and len(read_as(line)) <= LINE


def _owner(case: Case) -> list[Line]:
    """Who is on it, here or in the portal; that nobody is by the time somebody should. In one way or a shorter one."""
    claim, team = case.claim, case.handed_over
    if claim is not None:
        runs = [strong("Claimed by "), brief(claim.actor.name, 2, 24)]
        until = [say(" until "), clock_time(claim.until)]
        given = claim.handed_over
        by = [say(", handed over by "), brief(given.by.name, 2, 24)] if given is not None else until
        return [[*runs, *by], runs]
    if team is not None:
        runs = [strong("Handed over to the escalation team")]
        return [[*runs, say(" by "), brief(team.by.name, 2, 24)], runs]
    if case.assignees:
        return [[say("Assigned in the portal to "), brief(case.assignees[0], 2, 24)]]
    # Before the first step of the clock, “Claim” among the buttons says it.
    return [[strong("unclaimed")]] if waits_unclaimed(case) else []


def _escalated(case: Case) -> list[Line]:
    """That people were called; by which second way, where Slack did not take a call."""
    if case.elsewhere:
        first, *others = dict.fromkeys(way for one in case.elsewhere for way in one.ways)
        head = say(f"Escalated by {ways_in_words([first])}" + (f" +{len(others)}" if others else ""))
        return [[head, say(": Slack did not take it")], [head]]
    if case.escalated_at is None:
        return []
    by = [say(" at the request of "), brief(case.escalated_by, 2, 24)] if case.escalated_by else []
    # At its deadline: the time stands there.
    at = [] if _is_the_minute(case.escalated_at, case.due_at) else [say(" "), clock_time(case.escalated_at)]
    return [[say("Escalated"), *(by or at)]]


def _is_the_minute(at: datetime, due_at: datetime | None) -> bool:
    """Whether two times read alike on a clock."""
    return due_at is not None and at.timestamp() // 60 == due_at.timestamp() // 60


def _clock_note(case: Case) -> list[Line]:
    """The clock is a substitute: why stands in the details."""
    return [[say("clock from first seen")]] if any(one.clock_note for one in case.open_requests) else []


def caution_line(case: Case, rules: Rules, agreed: str, words: int = WORDS) -> list[Run]:
    """What to bear in mind before pressing: that nothing is sent, that somebody else's press is wanted, the faster way.
    Whole, or not."""
    if not case.pending:
        return []
    if not rules.writes_on:
        return [strong(REHEARSAL if words >= len(REHEARSAL.split()) else WRITES_OFF)]
    if agreed:
        return somebody_else(agreed)
    told = _caution(case)
    return [say(told)] if told and len(told.split()) <= words else []


def somebody_else(name: str) -> list[Run]:
    """Whoever has agreed already waits for another person with their press; anybody else's press is the second."""
    return [brief(name, 2, 24), say(" approved it; "), strong("somebody else has to agree")]


def _caution(case: Case) -> str:
    if case.follows_case_id:
        return FOLLOWS
    if not traits_of(case.kind).is_software:
        return ""
    if case.evidence is not None and case.evidence.already_approved is Finding.YES:
        return FASTER if traits_of(case.kind).elevates else CHECK_IN
    return ""
