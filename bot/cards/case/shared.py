"""The card that several cases share: a family (one file, several organizations) or a burst (one computer, many files).

It is drawn of the cases as they are, like every card; what is asked, known and decided stays with each of them. It
names organizations, since it stands only where all of them are configured for the channel (bot/rules/bundles.py).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.cards.case.before import before, ended_part, waiting_part
from bot.cards.case.card import card_metadata, card_text, render_case
from bot.cards.case.decided import decided_line
from bot.cards.case.judgement import ONE_AT_A_TIME, is_known_bad, place_of, versions_line
from bot.cards.case.lines import REHEARSAL, clock_line, headed, somebody_else, titled
from bot.cards.case.naming import counted, kind_of, signer_name, subject_name
from bot.cards.case.offers import (
    BY_RULE,
    ONE_PRESS_WANTS,
    approved_here,
    awaits_second,
    because_menu,
    card_actions,
    more_menu,
    one_press_closed,
    one_press_label,
    second_buttons,
    takes_a_reason,
    why_not_by_rule,
)
from bot.cards.case.standing import summary
from bot.cards.case.state import ALARM, KNOWN_BAD, state_of
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.fitting import (
    HEADER,
    LINE,
    OPEN_LINES,
    WORDS,
    Elastic,
    begun,
    brief,
    brief_name,
    clipped,
    joined,
    read_as,
    shared,
    words_in,
)
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, say, strong
from bot.models import Case, CheckFinding, Reach, Rules, Seen
from bot.rules.bundles import files_in, is_family, merged
from bot.rules.kinds import traits_of
from bot.rules.second import agreed_alone

CUSTOMERS_SHOWN, FILES_SHOWN, REASONS_SHOWN, DECIDERS_SHOWN = 2, 4, 1, 2
"""How much of each such a card names before “and 5 more” (our choice: it is read in seconds)."""
NO_SHORTCUT = "Installation mode is no shortcut: what runs meanwhile is let in unseen."


def render_cases(cases: Sequence[Case], rules: Rules, now: datetime) -> Rendered:
    """One card of these cases, oldest first. Raises PayloadError only through a fault of ours."""
    if len(cases) == 1:
        return render_case(cases[0], rules, now)
    body = _card(cases, rules, now)
    limits.check_payload("message", body)
    return Rendered(text=card_text(merged(cases)), blocks=body, metadata=cards_metadata(cases))


def cards_metadata(cases: Sequence[Case]) -> dict[str, object]:
    """Message metadata of a card: its first case, and which other ones it shows. Nothing rests on it."""
    told = card_metadata(cases[0])
    if len(cases) == 1:
        return told
    payload = {"case_id": cases[0].case_id, "revision": cases[0].revision}
    return told | {"event_payload": payload | {"others": ",".join(case.case_id for case in cases[1:])}}


def shared_reference(cases: Sequence[Case], awaited_id: str = "") -> str:
    """Every case that a button or a form decides, with the revision that is shown of it."""
    return str(_ref_of(cases, awaited_id))


def _ref_of(cases: Sequence[Case], awaited_id: str = "") -> CaseRef:
    first, *others = cases
    return CaseRef(first.case_id, first.revision, awaited_id, tuple((o.case_id, o.revision) for o in others))


def shared_title(cases: Sequence[Case], now: datetime, part: Case | None = None) -> str:
    """The kind and the file, or the computer that floods; and how they stand, or a `part` of them."""
    state = state_of(part or merged(cases), now)
    waits = any(case.is_open for case in cases)
    if any(case.pending and is_known_bad(case.evidence) for case in cases):
        state = replace(state, symbol=ALARM, alarm=KNOWN_BAD)
    if is_family(cases):
        return titled(kind_of(cases[0]), subject_name(cases[0]), state, waits=waits)
    computer = cases[0].requests[0].facts.computer_name
    return titled(f"Burst of {files_in(cases)} files", computer, state, waits=waits)


def _card(cases: Sequence[Case], rules: Rules, now: datetime) -> list[Block]:
    heading, lines = _read(cases, rules, now)
    actions = blocks.actions(_actions(cases, rules, now), ids.ACTIONS_BLOCK)
    return [blocks.header(heading), blocks.rich(lines), actions]


def _read(cases: Sequence[Case], rules: Rules, now: datetime) -> tuple[str, list[Line]]:
    """The title and what is read below it. Where all others have ended, one case is read as on its own card."""
    heading, open_cases = shared_title(cases, now), [case for case in cases if case.is_open]
    if not is_family(cases) or len(open_cases) != 1:
        return heading, _lines(cases, rules, now, heading)
    alone, agreed = open_cases[0], agreed_alone(cases, rules, now)
    ended = [*(case for case in cases if case is not alone), *ended_part(alone)]
    waiting = shared_title(cases, now, waiting_part(alone))
    return headed(
        alone, rules, now, whole=heading, waiting=waiting, beside=before(ended, alone), agreed=agreed
    )


def _lines(cases: Sequence[Case], rules: Rules, now: datetime, heading: str) -> list[Line]:
    """What is read below the title, within the lines and words of every card. The clock and who may decide are never
    cut; the last line is what is left out first."""
    pending = [case for case in cases if case.pending]
    told = _family_lines(pending, rules, now) if is_family(cases) else _burst_lines(pending)
    clock, second = _clock_line(cases, now), _second_line(cases, rules, now)
    last = [] if second else _last_line(cases, rules)
    whole = [_standing_line(cases), *told, *clock, *second, *last]
    kept = [_one_row(line) for line in whole if line][: OPEN_LINES - math.ceil(len(heading) / HEADER)]
    least = [
        words_in(line) if line in (*clock, *second) else 0 if line in last and rules.writes_on else _LEAST
        for line in kept
    ]
    room = [
        Elastic(partial(_whole if line in last and not words else _as_long, line), words, words_in(line))
        for line, words in zip(kept, least, strict=True)
    ]
    return [line for line in shared(WORDS - len(heading.split()), room) if line]


def _whole(line: Line, words: int) -> Line:
    """A line that says nothing in part."""
    return line if words >= words_in(line) else []


def _as_long(line: Line, words: int) -> Line:
    """As much of a line as so many words hold; where that is hardly anything, nothing."""
    return clipped(line, words) if words >= min(_LEAST, words_in(line)) else []


_LEAST = 5
"""Words that each line gets, before what comes first takes the rest (our choice)."""


def _one_row(line: Line) -> Line:
    """As much of a line as one row of a desktop holds."""
    shown, words = line, words_in(line)
    # Counted down by itself: the `…` of a cut may be a word of its own, and the line as many words as before.
    while len(read_as(shown)) > LINE and words > 1:
        words -= 1
        shown = clipped(line, words)
    return shown


def _last_line(cases: Sequence[Case], rules: Rules) -> list[Line]:
    """That nothing is sent; else what was decided already, or what to bear in mind."""
    pending = any(case.pending for case in cases)
    if pending and not rules.writes_on:
        return [[strong(REHEARSAL)]]
    return decided_line(cases) or ([[say(NO_SHORTCUT)]] if pending and not is_family(cases) else [])


def _second_line(cases: Sequence[Case], rules: Rules, now: datetime) -> list[Line]:
    """Whose approval waits for somebody else; or who alone has agreed, where only somebody else's press decides."""
    waits = (entry.awaited for case in cases for entry in case.pending)
    firsts = dict.fromkeys(one.first.name for one in waits if one is not None)
    if firsts:
        # That a second person is waited for stands in the title and in the first line.
        return [[*counted(firsts, 2, 24), say(" would approve")]]
    name = agreed_alone(cases, rules, now) if is_family(cases) and rules.writes_on else ""
    return [somebody_else(name)] if name else []


def _standing_line(cases: Sequence[Case]) -> Line:
    """“6 waiting, 3 approved. 9 customers, 22 computers.”; of one customer, which."""
    whole = merged(cases)
    computers = len({entry.facts.computer_id or entry.facts.request_id for entry in whole.requests})
    runs: list[Run] = [strong(f"{summary(whole)}. ")]
    if not is_family(cases):
        computer = brief_name(cases[0].requests[0].facts.computer_name, 2, 22)
        return [*runs, say("On "), computer, say(" at "), _customer(cases[0])]
    customers = len({case.organization_id.lower() for case in cases})
    whose = [say(_counted(customers, "customer"))] if customers > 1 else [_customer(cases[0])]
    return [*runs, *whose, say(f", {_counted(computers, 'computer')}"), *_how_far(cases), say(".")]


def _how_far(cases: Sequence[Case]) -> list[Run]:
    """Once it is over, how far the approvals go that were made here; where they differ, the details tell each."""
    if any(case.is_open for case in cases):
        return []
    approvals = [one.attempt for case in cases for one in approved_here(case)]
    reaches = {attempt.reaches or attempt.choice.reach for attempt in approvals}
    if not reaches:
        return []
    alone = reaches == {Reach.COMPUTER}
    return [say("; approved on each computer alone" if alone else "; Details tell how far")]


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _customer(case: Case) -> Run:
    return brief(case.organization_name, 3, 22)


def _family_lines(pending: Sequence[Case], rules: Rules, now: datetime) -> list[Line]:
    """Where it waits, why, what is known of the file, and where one press is closed."""
    if not pending:
        return []
    return [
        _where_line(pending),
        *_why_line(pending),
        _judgement_line(pending),
        versions_line(pending, WORDS),
        *_closed_line(pending, rules, now),
    ]


def _where_line(pending: Sequence[Case]) -> Line:
    """“Waiting at Contoso (WS-001 and 2 more), Fabrikam (WS-7) and 4 more customers”."""
    runs: list[Run] = [say("Waiting at ")]
    for number, case in enumerate(pending[:CUSTOMERS_SHOWN]):
        computers = dict.fromkeys(entry.facts.computer_name for entry in case.pending)
        runs += [say(", ")] if number else []
        runs += [_customer(case), say(" ("), *counted(computers, 1, 14), say(")")]
    left = len(pending) - CUSTOMERS_SHOWN
    if left <= 0:
        return runs
    whole = [*runs, say(f" and {_counted(left, 'more customer')}")]
    # The line above has said that they are customers.
    return whole if len(read_as(whole)) <= LINE else [*runs, say(f" and {left} more")]


def _why_line(cases: Sequence[Case]) -> list[Line]:
    """Why, in the requestors' words: the first, and how many more; nothing where nobody wrote anything."""
    reasons = dict.fromkeys(entry.facts.reason.strip() for case in cases for entry in case.pending)
    given = [reason for reason in reasons if reason]
    more = f" and {len(given) - 1} more" if len(given) > 1 else ""
    return [[say("“"), brief(given[0], 12, 64), say(f"”{more}")]] if given else []


def _judgement_line(cases: Sequence[Case]) -> Line:
    """What speaks against it anywhere first, then where it was seen and lies, then who signed it."""
    is_software = traits_of(cases[0].kind).is_software
    place = place_of([entry.facts for case in cases for entry in case.pending]) if is_software else []
    return begun(joined([*_against(cases), *_seen(cases), *([place] if place else []), _signed(cases)]))


def _against(cases: Sequence[Case]) -> list[Line]:
    found = [case.evidence for case in cases if case.evidence is not None]
    if any(is_known_bad(one) for one in found):
        return [[strong("Known bad")]]
    unusual = dict.fromkeys(reason for case in cases for reason in case.unusual)
    bad = dict.fromkeys(check.name.words for one in found for check in one.found(CheckFinding.BAD))
    parts: list[Line] = []
    if unusual:
        parts.append([strong("unusual: "), *counted(unusual, 6, 40)])
    if bad:
        parts.append([say("bad: "), *counted(bad, 3, 24)])
    return parts


_SEEN = {
    Seen.NEVER: "never seen",
    Seen.NEW_VERSION: "new version of known software",
    Seen.BEFORE: "seen before",
    Seen.UNKNOWN: "not known whether seen",
}


def _seen(cases: Sequence[Case]) -> list[Line]:
    """“never seen at 4 of 6 customers”: each organization has its own past. Checks that still run are said."""
    counted = Counter(_seen_words(case) for case in cases)
    parts: list[Line] = []
    for words in (*_SEEN.values(), ONE_AT_A_TIME):
        count = counted[words]
        if count:
            where = "" if count == len(cases) else f" at {count} of {len(cases)} customers"
            parts.append([say(f"{words}{where}")])
    return [*parts, [say("checks still running")]] if counted[""] else parts


def _seen_words(case: Case) -> str:
    """Empty while nothing was found out."""
    if case.evidence is None:
        return ""
    return ONE_AT_A_TIME if case.evidence.one_at_a_time else _SEEN[case.evidence.seen]


def _signed(cases: Sequence[Case]) -> Line:
    """Who signed, shortened as on the card of a single case; of several the first, and how many more."""
    signers = {tuple(entry.facts.signers) for case in cases for entry in case.pending}
    names = list(dict.fromkeys(signer_name(signer.subject) for one in signers for signer in one))
    if not names:
        return [say("unsigned")]
    who = [brief(names[0], 3, 32), *([say(f" and {len(names) - 1} more")] if len(names) > 1 else [])]
    if any(not signer.valid for one in signers for signer in one):
        return [strong("signature not valid"), say(", claims to be "), *who]
    return [say("some unsigned, some signed by " if () in signers else "signed by "), *who]


def _closed_line(pending: Sequence[Case], rules: Rules, now: datetime) -> list[Line]:
    """Where one press is closed, and why at the first of them."""
    closed = [why for case in pending if (why := one_press_closed(case, rules, now))]
    if not closed:
        return []
    if _reasons(pending, rules, now):
        return [[say(ONE_PRESS_WANTS)]]
    why = closed[0].removesuffix(" Use “Approve…”.").partition(": ")[2] or closed[0]
    where = "" if len(closed) == len(pending) else f" at {len(closed)} of {len(pending)} customers"
    return [[say(f"One press is closed{where}: "), brief(why.removesuffix("."), 9, 50)]]


def _burst_lines(waiting: Sequence[Case]) -> list[Line]:
    """Which files, who asks, who signed."""
    if not waiting:
        return []
    names = list(dict.fromkeys(subject_name(case) for case in waiting))
    people = dict.fromkeys(entry.facts.requestor for case in waiting for entry in case.pending)
    files: list[Run] = [strong("Files: ")]
    for number, name in enumerate(names[:FILES_SHOWN]):
        files += [say(", ")] if number else []
        files.append(brief_name(name, 2, 18))
    left = len(names) - FILES_SHOWN
    files += [say(f" and {left} more")] if left > 0 else []
    known = begun(joined([*_against(waiting), _signed(waiting), [say("asked by "), *counted(people, 2, 22)]]))
    return [files, known]


def _clock_line(cases: Sequence[Case], now: datetime) -> list[Line]:
    """The earliest deadline, who is on it, and that help was called; where some are claimed, how many."""
    open_cases = [case for case in cases if case.is_open]
    if not open_cases:
        return []
    whole, held = merged(open_cases), [case.claim for case in open_cases if case.claim is not None]
    if not held or whole.claim is not None:
        return [clock_line(whole, now)]
    some = {claim.actor.person_id: claim for claim in held}
    first = whole.model_copy(update={"claim": next(iter(some.values()))})
    return [[*clock_line(first, now), say(f" ({len(held)} of {len(open_cases)})")]]


def _actions(cases: Sequence[Case], rules: Rules, now: datetime) -> list[Block]:
    """What decides all of them, then what concerns the card."""
    pending = [case for case in cases if case.pending]
    if is_family(cases) and len(pending) == 1:
        return card_actions(pending[0], rules, now)
    elements = _deciding(pending, rules, now) if pending else []
    shown = next((case for case in cases if case.is_open), cases[0])
    return [*elements, more_menu(shown, rules)]


def _reasons(pending: Sequence[Case], rules: Rules, now: datetime) -> list[Block]:
    """The menu of reasons, where a reason is all that all of them lack for one press."""
    if not is_family(pending) or not all(takes_a_reason(case, rules, now) for case in pending):
        return []
    label = one_press_label(merged(pending), rules)
    return because_menu(label, rules.decisions.approve_reasons, _ref_of(pending))


def _deciding(pending: Sequence[Case], rules: Rules, now: datetime) -> list[Block]:
    ref = shared_reference(pending)
    elements = []
    if any(awaits_second(case) for case in pending):
        elements += second_buttons(pending, rules, ref, now)
    elif is_family(pending) and not all(one_press_closed(case, rules, now) for case in pending):
        label = one_press_label(merged(pending), rules)
        elements.append(blocks.button(ids.APPROVE_COMPUTER, label, ref, style="primary"))
    elif proposed := [case for case in pending if not why_not_by_rule(case)]:
        named = shared_reference(proposed)
        elements.append(blocks.button(ids.BY_RULE_MODAL, BY_RULE, named, style="primary"))
    else:
        elements += _reasons(pending, rules, now)
    if len(elements) < 2:
        elements.append(blocks.button(ids.APPROVE_MODAL, "Approve…", ref))
    elements.append(blocks.button(ids.DENY_MODAL, "Deny…", ref, style="danger"))
    is_claimed = all(case.claim is not None for case in pending)
    claim = (ids.RELEASE, "Release") if is_claimed else (ids.CLAIM, "Claim")
    elements.append(blocks.button(*claim, ref))
    if not is_family(pending):
        elements.append(blocks.button(ids.BURST_MODE, "Installation mode…", ref))
    return elements
