"""The two lines below the title of a case that is over: who and when, then how far and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.cards.case.naming import counted, counted_all, reach_runs
from bot.cards.case.offers import DOING, DONE, approved_here, or_elsewhere
from bot.cards.case.standing import decider_name, standing_word, told_elsewhere
from bot.cards.case.state import is_taken_back
from bot.cards.forms.approve_form import MODE_WORDS
from bot.cards.kit.fitting import LINE, begun, brief, brief_name, joined, read_as
from bot.cards.kit.words import Line, Run, moment, say, strong
from bot.models import (
    ApplicationUse,
    Attempt,
    Case,
    Choice,
    Outcome,
    PolicyAct,
    PolicyWork,
    RequestEntry,
    Standing,
    Verb,
    WorkStanding,
)
from bot.rules.kinds import traits_of
from permissions import Reach

NEXT = "takes effect at the next check-in; Rapid Check-in is faster"
FAR_IN_PORTAL = "how far stands in the portal"
SOON = "from the next check-in on"
_QUOTED_LEAST = 24
"""Characters of what somebody wrote that are worth a quotation (our choice)."""
_GONE = "the policy is gone: blocked again from the next check-in on"
_LEAST, _NAME = 10, 30
"""Characters of an organization's name that are worth showing, and as many as are shown (our choice)."""


def decided_lines(case: Case) -> list[Line]:
    """Who, when and for whom; how far and what comes next."""
    if not case.held:
        moved: list[Run] = [say("Its facts changed: it has a card of its own"), *_since(case)]
        return _for_whom(case, moved, lambda _: joined([_computers(case), [say("decide it there")]]))
    if is_taken_back(case):
        return _for_whom(case, _taken_back(case), lambda _: joined([_computers(case), [say(_GONE)]]))
    called = [begun(told_elsewhere(case))] if case.elsewhere else []
    return [*_for_whom(case, _who(case), lambda room: _next(case, room)), *called]


def _since(case: Case) -> list[Run]:
    return [say(", since "), moment(case.closed_at)] if case.closed_at is not None else []


def _for_whom(case: Case, head: list[Run], below: Callable[[int], list[Run]]) -> list[Line]:
    """Whose it is stands behind who decided, else before how far it goes; it is cut where neither line holds it.

    `below` draws the second line within so many characters, or over them where it cannot say less.
    """
    name = brief(case.organization_name, 4, _NAME)
    taken = len(read_as([name])) + 3
    if len(read_as(head)) + taken <= LINE:
        return [joined([head, [name]]), begun(below(LINE))]
    second = joined([[name], below(LINE - taken)])
    if len(read_as(second)) <= LINE:
        return [head, second]
    room = LINE - len(read_as(head)) - 3
    named = joined([head, [brief(case.organization_name, 4, room)]]) if room >= _LEAST else head
    return [named, begun(below(LINE))]


def _computers(case: Case) -> list[Run]:
    facts = {entry.facts.computer_id: entry.facts for entry in case.held or case.requests}
    return counted_all([one.computer_name or "(unnamed)" for one in facts.values()])


def _who(case: Case) -> list[Run]:
    """“Approved by Tom Okafor in Gatehouse, today at 9:00”; several endings are counted."""
    ended = _endings(case)
    if len(ended) == 1:
        return _ending(case.held[0])
    deciders = counted((name for name, _ in ended), 2, 24)
    return [strong("Decided by "), *deciders, say(", last "), moment(max(at for _, at in ended))]


def _endings(case: Case) -> list[tuple[str, datetime]]:
    """Decider and time of each different ending."""
    return list({_key(entry): (_decider(entry), _at(entry, case)) for entry in case.held}.values())


def _key(entry: RequestEntry) -> tuple[str, ...]:
    """What makes two endings one: the same word by the same hand, in one press or in the portal."""
    attempt = entry.outcome.attempt if entry.outcome is not None else None
    by = entry.outcome.state.decided_by if entry.outcome is not None else ""
    return (standing_word(entry), attempt.press_id if attempt is not None else "", "" if attempt else by)


def _decider(entry: RequestEntry) -> str:
    return decider_name(entry.outcome) if entry.outcome is not None else ""


def _at(entry: RequestEntry, case: Case) -> datetime:
    outcome = entry.outcome
    if outcome is None:
        return case.closed_at or entry.first_seen_at
    return outcome.state.decided_at or outcome.seen_at


def _ending(entry: RequestEntry) -> list[Run]:
    """One ending in full: by whom, here or in the portal, when."""
    head = begun([strong(standing_word(entry))])
    outcome = entry.outcome
    if outcome is None:
        return head
    if outcome.attempt is None:
        return [*head, *_in_portal(outcome)]
    attempt = outcome.attempt
    first = [say(", first "), brief(attempt.first.name, 2, 24)] if attempt.first is not None else []
    runs = [*head, say(" by "), brief(attempt.actor.name, 2, 24), *first, say(" in Gatehouse, ")]
    return [*runs, moment(outcome.state.decided_at or outcome.seen_at)]


def _in_portal(outcome: Outcome) -> list[Run]:
    """The portal's own words: decider and status, as far as it names them."""
    state = outcome.state
    by = [say(" by "), brief_name(state.decided_by, 2, 30)] if state.decided_by else []
    runs = [say(" in the portal"), *by]
    if state.standing is Standing.CLOSED and state.status_label:
        runs += [say(" (the portal says: "), brief(state.status_label, 4, 30), say(")")]
    return [*runs, say(", "), moment(state.decided_at)] if state.decided_at is not None else runs


def _next(case: Case, room: int) -> list[Run]:
    """How far it goes and what comes next, by the endings that are the same for all; else where to look."""
    standings = {entry.standing for entry in case.held}
    outcomes = [entry.outcome for entry in case.held if entry.outcome is not None]
    attempts = [one.attempt for one in outcomes if one.attempt is not None]
    where = _computers(case)
    if len(standings) > 1:
        return joined([where, [say("Details tell what became of each, and what comes next")]])
    if standings == {Standing.APPROVED}:
        return _approved(case, attempts, room)
    denial = next((one for one in attempts if one.choice.verb is Verb.DENY and one.choice.reason), None)
    if denial is not None:
        head = "the requestor reads: “" if denial.choice.notify_requestor else "for the record only: “"
        return _quoted(where, head, denial.choice.reason, room)
    said = next((one.state.comments for one in outcomes if one.state.comments.strip()), "")
    if said and not attempts:
        return _quoted(where, "the portal's note: “", said, room)
    return joined([where, [say("nothing is left to do here")]])


def _quoted(where: list[Run], head: str, text: str, room: int) -> list[Run]:
    """What somebody wrote, as far as there is room for it."""
    left = max(room - len(read_as(where)) - len(head) - 5, _QUOTED_LEAST)
    return joined([where, [say(head), brief(text, 14, left), say("”")]])


def _approved(case: Case, attempts: Sequence[Attempt], room: int) -> list[Run]:
    """How far, what was done to the policy since, and when it takes effect: as much of it as there is room for."""
    if not traits_of(case.kind).is_decided_here:
        return joined([_computers(case), [say("nothing is left to do here")]])
    works = [one for one in case.policy_works if one.standing is not WorkStanding.WITHOUT_EFFECT]
    far = (
        _work(works[-1])
        if works
        else _far(case, attempts[0])
        if attempts
        else joined([_computers(case), [say(FAR_IN_PORTAL)]])
    )
    phone = attempts[0].choice.on_phone_with if attempts and not works else ""
    if phone:
        far = [*far, say(", asked for by "), brief(phone, 2, 20), say(" on the phone")]
    for then in (NEXT, SOON):
        whole = joined([far, [say(then)]])
        if len(read_as(whole)) <= room:
            return whole
    return far


def _far(case: Case, attempt: Attempt) -> list[Run]:
    """“WS-001, by its hash”: what counts is the effect, not the choice."""
    choice = attempt.choice
    if choice.mode is not None:
        mode = MODE_WORDS.get(choice.mode, choice.mode.value)
        return [say(f"{mode} on "), *_computers(case), say(" for one hour")]
    reach = attempt.reaches or choice.reach
    wide = reach_runs(reach, choice.computer_group_name)
    runs = _computers(case) if reach is Reach.COMPUTER else wide
    return [*runs, say(f"{_by(choice)}{_rights(choice)}"), *_until(choice)]


def _by(choice: Choice) -> str:
    if choice.storage is not None:
        return ", every device" if choice.storage.all_devices else ", this device"
    if choice.rule is not None:
        return ", by a rule"
    if choice.application.use is ApplicationUse.MATCHING:
        return ", by its application's rules"
    return ", by its hash"


def _rights(choice: Choice) -> str:
    """Administrator rights and for how long."""
    if not choice.elevate:
        return ""
    if choice.elevate_hours:
        return f", admin rights for {choice.elevate_hours} hour{'' if choice.elevate_hours == 1 else 's'}"
    return ", admin rights" if choice.elevate_until else ", admin rights without an end"


def _until(choice: Choice) -> list[Run]:
    ends = choice.expires_at or choice.elevate_until
    return [say(", until "), moment(ends)] if ends is not None else []


def _work(work: PolicyWork) -> list[Run]:
    """The last change of a policy since."""
    by = brief(work.actor.name, 2, 24)
    if work.standing is not WorkStanding.DONE:
        return [strong(DOING[work.act]), say(" by "), by, say(": outcome unknown, checking")]
    to = [say(" to "), *reach_runs(work.place.reach, work.place.name)] if work.place is not None else []
    return [strong(DONE[work.act]), *to, say(" by "), by, *or_elsewhere(work)]


def _taken_back(case: Case) -> list[Run]:
    """Who took it back and when, and whose approval it was."""
    work = next(one for one in reversed(case.policy_works) if one.act is PolicyAct.TAKE_BACK)
    runs = [strong("Taken back by "), brief(work.actor.name, 2, 20), *or_elsewhere(work), say(", ")]
    runs.append(moment(work.ended_at or work.recorded_at))
    approver = next(one.attempt.actor.name for one in approved_here(case))
    return joined([runs, [say("approved by "), brief(approver, 2, 20)]])


def decided_line(cases: Sequence[Case]) -> list[Line]:
    """Of several cases on one card: by whom what is over was decided, and when the last; the details have the rest."""
    ended = [(entry.outcome, entry) for case in cases for entry in case.held if entry.outcome is not None]
    if not ended:
        return []
    standings = (Standing.APPROVED, Standing.REJECTED)
    by = dict.fromkeys(decider_name(outcome) for outcome, entry in ended if entry.standing in standings)
    last = max(outcome.state.decided_at or outcome.seen_at for outcome, _ in ended)
    head: Line = [strong("Decided by "), *counted(by, 3, 24)] if by else [strong("Ended")]
    told: Line = [*head, say(", last "), moment(last)]
    is_approved = any(entry.standing is Standing.APPROVED for _, entry in ended)
    is_over = not any(case.is_open for case in cases)
    return [joined([told, [say(SOON)]]) if is_over and is_approved else told]
