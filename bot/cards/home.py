"""What one person sees of their own: lists of cases, a caller's cases, who am I, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.case.naming import kind_of, subject_name
from bot.cards.case.shared import shared_reference
from bot.cards.case.standing import deadline_runs, summary
from bot.cards.forms.case_form import reference
from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, moment, permalink, raw, say, short, strong
from bot.models import Case
from bot.rules.bundles import files_in, is_family, merged

CASES_SHOWN = 20
"""Cases in one list (our choice); the rest is counted."""
GRANTS_SHOWN = 30
DECIDED_SHOWN = 5
"""Decisions of before that are told about a caller (our choice)."""
BUTTONS_SHOWN = 5
"""Cases of a caller that can be approved from the answer (our choice): more are on their cards."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list, with the link to its card."""

    case: Case
    permalink: str = ""
    may_approve: bool = False
    """The reader may approve something of it, so that “Approve…” may stand beside it."""
    may_deny: bool = False
    may_claim: bool = False
    is_mine: bool = False
    """The reader has claimed it. These stand beside a case on App Home."""
    sharing: Sequence[Case] = ()
    """All cases of its card that the reader may see and that fit the list, this one among them, where there are
    several: they are one line, with their number."""
    now: datetime | None = None
    """When the list is drawn, so that what is late is said; None: the deadline alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLine:
    """One grant of a person, in words."""

    what: str
    """The permission or role."""
    where: str
    until: datetime | None = None
    note: str = ""
    """What it means: “acts on everything below”, “deprecated, use …”."""


def case_list_lines(cases: Sequence[CaseLine], nothing: str, total: int = 0) -> list[Line]:
    """Cases, the earliest deadline first as given; an empty list is said. `total`: of so many, if not all."""
    if not cases:
        return [[say(nothing)]]
    lines = [case_line(line) for line in cases[:CASES_SHOWN]]
    # Of cases and not of lines: those of one card are one line.
    left = max(total, sum(map(_cases_in, cases))) - sum(map(_cases_in, cases[:CASES_SHOWN]))
    return [*lines, [say(f"and {left:,} more")]] if left > 0 else lines


def _cases_in(line: CaseLine) -> int:
    return max(len(line.sharing), 1)


def case_line(line: CaseLine) -> Line:
    """Kind, file, computers, organization, state, deadline, claimer, link; of several on one card, how many."""
    case = merged(line.sharing) if line.sharing else line.case
    computers = dict.fromkeys(entry.facts.computer_name for entry in case.requests)
    runs = _what(line, case)
    runs += [*listed(computers, limit=2), say(" at "), raw(case.organization_name, 60)]
    runs.append(say(f" ({summary(case)})"))
    if deadline := deadline_runs(case, line.now):
        runs += [say(", "), *deadline]
    if case.claim is not None:
        runs += [say(", claimed by "), raw(case.claim.actor.name, 60)]
    elif case.handed_over is not None:
        runs.append(say(", with the escalation team"))
    elif case.assignees:
        runs += [say(", assigned in the portal to "), raw(case.assignees[0], 60)]
    link = permalink(line.permalink, "Go to the card")
    return [*runs, say(" "), link] if link else runs


def _what(line: CaseLine, case: Case) -> list[Run]:
    """The kind and the file, or how many files of one computer."""
    if line.sharing and not is_family(line.sharing):
        return [strong(f"Burst of {files_in(line.sharing)} files"), say(" on ")]
    return [strong(f"{kind_of(case)}: "), raw(subject_name(case), 100), say(" on ")]


def grant_lines(grants: Sequence[GrantLine]) -> list[Line]:
    """Grants in words; none is said."""
    if not grants:
        return [[say("You hold no permission. Who administers the access file can give you one.")]]
    lines = [_grant_line(grant) for grant in grants[:GRANTS_SHOWN]]
    left = len(grants) - GRANTS_SHOWN
    return [*lines, [say(f"and {left} more")]] if left > 0 else lines


def _grant_line(grant: GrantLine) -> Line:
    runs: list[Run] = [raw(grant.what, 120), say(" at "), raw(grant.where, 120)]
    if grant.until is not None:
        runs += [say(", until "), moment(grant.until)]
    return [*runs, say(". "), raw(grant.note, 200)] if grant.note else runs


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A request that was decided lately, and how, in words."""

    case: Case
    computer: str
    how: Line
    permalink: str = ""


def find_answer(
    asked: str,
    cases: Sequence[CaseLine],
    decided: Sequence[DecidedLine] = (),
    *,
    as_of: datetime,
    days: int,
    total: int = 0,
) -> Rendered:
    """`/gatehouse find`: a caller's open cases and what was decided lately, as far as the asker may see.

    What may be approved has its button. `days`: how far back decisions were looked for. `total`: how many cases there
    are, where not all are given.
    """
    head: Line = [strong("Open cases of "), raw(asked, 120)]
    nothing = "No open case that you may see. If something was blocked without a request, ask /blocked."
    if decided:
        nothing = "No open case that you may see."
    looked: Line = [say("As of "), moment(as_of), say(f"; decisions of the last {days} days.")]
    return message(
        [head, *case_list_lines(cases, nothing, total), *_decided_lines(decided), looked],
        _approve_buttons(cases),
    )


def _decided_lines(decided: Sequence[DecidedLine]) -> list[Line]:
    """How the latest ended: by whom, when, how far, and what the requestor does next."""
    if not decided:
        return []
    lines: list[Line] = [[strong("Decided lately")], *map(_decided_line, decided[:DECIDED_SHOWN])]
    left = len(decided) - DECIDED_SHOWN
    return [*lines, [say(f"and {left} more")]] if left > 0 else lines


def _decided_line(line: DecidedLine) -> Line:
    case = line.case
    runs: list[Run] = [
        strong(f"{kind_of(case)}: "),
        raw(subject_name(case), 100),
        say(" on "),
    ]
    runs += [raw(line.computer, 60), say(": "), *line.how]
    link = permalink(line.permalink, "Go to the card")
    return [*runs, say(" "), link] if link else runs


def _approve_buttons(cases: Sequence[CaseLine]) -> list[Block]:
    """One row each: the caller is on the phone, and the shortest way is from here into the form."""
    mine = [line for line in cases[:CASES_SHOWN] if line.may_approve][:BUTTONS_SHOWN]
    return [
        blocks.actions([blocks.button(ids.APPROVE_MODAL, _label(line), _named(line))], f"find_{number}")
        for number, line in enumerate(mine, start=1)
    ]


def _named(line: CaseLine) -> str:
    return shared_reference(line.sharing) if line.sharing else reference(line.case)


def _label(line: CaseLine) -> str:
    case = merged(line.sharing) if line.sharing else line.case
    computers = list(dict.fromkeys(entry.facts.computer_name for entry in case.pending))
    where = short(computers[0], 20) if len(computers) == 1 else f"{len(computers)} computers"
    is_one = not line.sharing or is_family(line.sharing)
    what = short(subject_name(case), 38) if is_one else f"{files_in(line.sharing)} files"
    return f"Approve… {what} on {where}"


def whoami_answer(name: str, grants: Sequence[GrantLine], *, generation: int) -> Rendered:
    """`/gatehouse whoami`: who Gatehouse takes the asker for, and what they may do."""
    head: Line = [strong("You are "), raw(name, 120), say(f". Access file generation {generation}.")]
    return message([head, *grant_lines(grants)])


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One command in the help."""

    usage: str
    meaning: str


def help_answer(
    commands: Sequence[HelpLine],
    others: Sequence[HelpLine] = (),
    notes: Sequence[Line] = (),
    *,
    decides: bool = True,
) -> Rendered:
    """`/gatehouse help`: the commands, each with what it does; then those that take a right which the asker lacks."""
    lines: list[Line] = [[strong("What you can do")], *map(_help_line, commands)]
    where = "Decide on the cards in the channels of your organizations, or on App Home."
    lines.append(
        [say(where if decides else "App Home shows what is open where you may see it, and looks things up.")]
    )
    if others:
        lines += [[say(" ")], [strong("What takes a right that you do not have")], *map(_help_line, others)]
    return message([*lines, *([[say(" ")]] if notes else []), *notes])


def _help_line(one: HelpLine) -> Line:
    return [{"type": "text", "text": one.usage, "style": {"code": True}}, say(f" {one.meaning}")]


def unknown_command(asked: str) -> Rendered:
    """A subcommand that does not exist."""
    return message([[strong("I do not know: "), raw(asked, 120)], *_help_hint()])


def _help_hint() -> list[Line]:
    return [[say("Try /gatehouse help.")]]
