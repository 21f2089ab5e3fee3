"""Messages about a case to the people on duty: reminders, escalations, pings, the backlog, housekeeping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cards.case.naming import kind_of, subject_name
from bot.cards.case.standing import holder_runs, standing_lines
from bot.cards.kit import blocks, ids, words
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.fitting import joined
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import (
    Line,
    Run,
    as_text,
    channel,
    is_link,
    link,
    listed,
    moment,
    raw,
    say,
    strong,
)
from bot.cards.messages.called import group_mention, holder_mention, named, passed
from bot.models import Case, Rules, StepKind
from bot.models.rotas import Called
from bot.rules.kinds import traits_of
from bot.rules.plans import step_traits
from bot.rules.sla import plan_of


def step_message(
    kind: StepKind, case: Case, rules: Rules, now: datetime, *, called: Called, permalink: str
) -> Rendered:
    """What a step of the clock says. `called`: whom a call names, of those whose turn it is.

    A case that was handed over early is called for all the same, and who has had it since when stands before the rest.
    What a claim pauses is told to the claimer alone, without a mention.
    """
    step = step_traits(kind)
    has_it = holder_runs(case)
    text = step.says.format(
        minutes=_ceiling_minutes(case, rules),
        late=int((now - case.due_at).total_seconds() // 60) if case.due_at else 0,
    )
    if not step.escalates:
        to = [] if step.is_private else holder_mention(case, rules, now, called)
        link = [_to_card(permalink)] if step.is_private else []
        told = [*to, say(text), *_due(case)]
        if step.is_private:
            return message([told, _subject(case), *link])
        # As in `asked_again`, the card's own first words stand above it.
        return replace(message([told, _where(case)]), text=as_text([told, _subject(case)]))
    held: list[Run] = [*has_it, say("; ")] if has_it else []
    head = [*named(called), strong(f"{step.heading} "), *held, say(text)]
    lines = [head, *passed(called), _subject(case), *_in_portal(case, rules.portal_link)]
    return with_buttons(lines, case, permalink)


def _ceiling_minutes(case: Case, rules: Rules) -> int:
    """How long the request that is due first might wait at most."""
    first = min(case.open_requests, key=lambda entry: entry.due_at or entry.clock_from, default=None)
    ceiling = plan_of(first, rules).ceiling if first is not None else rules.plan.escalate_after
    return int(ceiling.total_seconds() // 60)


def call_now(case: Case, rules: Rules, now: datetime, *, called: Called, permalink: str) -> Rendered:
    """What a call that stands already says now: the strongest reason to come, who has claimed it, the rest below.

    Slack notifies nobody of a change, so this is for those who come to look.
    """
    if case.due_at is not None and case.due_at <= now:
        kind = StepKind.ESCALATE
        return step_message(kind, case, rules, now, called=called, permalink=permalink)
    if case.handed_over is not None:
        return with_buttons([[*named(called), *holder_runs(case), say(".")], _subject(case)], case, permalink)
    if case.escalated_by:
        return asked_for_help(case, called, permalink, asked_by=case.escalated_by)
    if case.unusual:
        return unusual_ping(case, called, permalink)
    if traits_of(case.kind).is_the_teams:
        return elevation_arrival(case, called, permalink)
    return widespread_ping(case, called, permalink)


def call_buttons(case: Case, permalink: str) -> list[Block]:
    """Under a call: take it, where nobody has and somebody may; and go there."""
    ref = str(CaseRef(case.case_id, case.revision))
    wants_somebody = case.is_open and case.claim is None and traits_of(case.kind).has_deciders
    claim = [blocks.button(ids.CALL_CLAIM, "Claim", ref)] if wants_somebody else []
    card = (
        blocks.link_button(ids.OPEN_CARD, "Open", permalink) if words.permalink(permalink, "Open") else None
    )
    elements = [*claim, *([card] if card else [])]
    return [blocks.actions(elements, ids.CALL_BLOCK)] if elements else []


def with_buttons(lines: Sequence[Line], case: Case, permalink: str) -> Rendered:
    """A call to people: why, who is on it, the way to the card, and what can be done from here.

    What a button or a link says is no line of its own. A call overtakes its card; once that is there it is drawn anew.
    """
    told, kind = [*lines, *_claimed(case)], kind_of(case)
    to_card = words.permalink(permalink, kind)
    if to_card is not None:
        told = [
            [each for run in line for each in ([to_card, say(": ")] if run == strong(f"{kind}: ") else [run])]
            for line in told
        ]
    elif case.card is not None:
        told.append(_to_card(permalink))
    return message(told, call_buttons(case, permalink))


def late_and_unseen(user_group_id: str) -> Rendered:
    """Several requests are late, and Slack's pace has not let their cards through yet."""
    head = [*group_mention(user_group_id), strong("Late, and on no card yet. ")]
    head.append(
        say("Requests are undecided past their limit while more wait than Slack lets through at once. ")
    )
    return message([head, [say("Their cards come first now. /gatehouse queue lists what you may decide.")]])


def call_over(case: Case, permalink: str) -> Rendered:
    """What a call becomes when its case is over: how it ended, nobody mentioned, nothing to press."""
    return message(
        [[strong("Nothing is left to do here.")], _subject(case), *standing_lines(case), _to_card(permalink)]
    )


def asked_for_help(case: Case, called: Called, permalink: str, *, asked_by: str) -> Rendered:
    """Somebody pressed Escalate."""
    head = [
        *named(called),
        strong("Help wanted: "),
        raw(asked_by),
        say(" asks for the escalation team."),
    ]
    return with_buttons([head, *passed(called), _subject(case), *_in_portal(case)], case, permalink)


def unusual_ping(case: Case, called: Called, permalink: str) -> Rendered:
    """At once, because the rules find the case unusual; the reasons are named."""
    head = [*named(called), strong("Unusual: "), *listed(case.unusual, limit=5, each=200)]
    return with_buttons([head, *passed(called), _subject(case)], case, permalink)


def elevation_arrival(case: Case, called: Called, permalink: str) -> Rendered:
    """An end user asks for elevation during the escalation team's hours."""
    head = [*named(called), *_subject(case)]
    return with_buttons([head, *passed(called)], case, permalink)


def held(case: Case, until: datetime) -> Rendered:
    """To whom it asked: it came outside the hours, and when they begin."""
    head = [strong("Your request came outside working hours. "), say("It is held until "), moment(until)]
    head.append(say(", when somebody will look at it."))
    # Their own file alone: who else asks, and where, is nothing that they may see.
    about = [strong(f"{kind_of(case)}: "), raw(subject_name(case), 120)]
    return message([head, about, [say("If it cannot wait, call your support desk.")]])


def widespread_ping(case: Case, called: Called, permalink: str) -> Rendered:
    """One ping for a file that many computers ask for, not one each."""
    count = len(case.computers)
    text = f"The same file is asked for on {count} computers. One card holds them all."
    return with_buttons(
        [[*named(called), strong("Widespread: "), say(text)], *passed(called), _subject(case)],
        case,
        permalink,
    )


DIGEST_SHOWN = 10
"""Cases of a list that are named (our choice): it is read on a phone."""


def digest(waiting: Sequence[tuple[Case, str]], count: int, now: datetime, user_group_id: str) -> Rendered:
    """The one reminder of many cases in a channel, each with the link to its card, the one that waits longest first.

    `count`: how many there are, of which the first are given.
    """
    cases, them = ("1 case waits", "it") if count == 1 else (f"{count} cases wait", "them")
    lines: list[Line] = [
        [*group_mention(user_group_id), strong(cases), say(f", and nobody has claimed {them}.")]
    ]
    for case, link_to in waiting[:DIGEST_SHOWN]:
        card = words.permalink(link_to, "Open")
        late = case.due_at is not None and case.due_at <= now
        due: list[Run] = [say("late since " if late else "by "), moment(case.due_at)] if case.due_at else []
        lines.append([say("· "), *due, say(" "), *_subject(case), *([say(" "), card] if card else [])])
    left = count - DIGEST_SHOWN
    if left > 0:
        lines.append([say(f"and {left} more: /gatehouse queue lists what you may decide.")])
    return message(lines)


def digest_over(*, is_followed: bool = False) -> Rendered:
    """What such a list becomes when nothing of it waits any more, or a newer one stands below."""
    if is_followed:
        return message([[say("These cases waited here. What still does is in a newer list below.")]])
    return message([[strong("Nothing waits here any more.")]])


def backlog_summary(
    count: int, organizations: Sequence[str], oldest_at: datetime | None, user_group_id: str
) -> Rendered:
    """Many requests at once, as after a downtime: one summary; the cards follow, oldest first."""
    head = [*group_mention(user_group_id), strong(f"{count} approval requests are waiting. ")]
    head.append(say("Their cards follow, oldest first; reminders that are already late are left out."))
    lines: list[Line] = [head, [say("Organizations: "), *listed(organizations, limit=10)]]
    if oldest_at is not None:
        lines.append([say("The oldest was asked for "), moment(oldest_at), say(".")])
    return message(lines)


def flood_summary(count: int, organization: str, user_group_id: str) -> Rendered:
    """One organization asks faster than its limit of a minute; told once a minute instead of a call for each."""
    head = [*group_mention(user_group_id), strong(f"{count} new approval requests within a minute. ")]
    head += [say("Organization: "), raw(organization, 120), say(". ")]
    rest = "Further ones of this minute call nobody as they arrive; their cards follow, in turn with everybody else's."
    return message([[*head, say(rest)]])


def claim_overtaken(case: Case, decided_by: str) -> Rendered:
    """To the claimer: somebody else decided the claimed case."""
    line: Line = [raw(decided_by), say(" decided the case that you had claimed. Nothing is left to do.")]
    return message([line, _subject(case)])


def twin_retired(permalink: str, because: str = "") -> Rendered:
    """What a second copy of a card is turned into, or (`because`) one whose case stands on another card now."""
    line: Line = [say(because or "This was a second copy of a card. It is retired; use the other one.")]
    return message([line, _to_card(permalink)])


ON_BURST_CARD = "This computer asks for many files; one card holds them all now. Decide this one there."


def asked_again(case: Case, *, is_same_file: bool = True) -> Rendered:
    """Under a card of which everything was decided, shown in the channel as well: who asks for the same file now, or
    for which further one a computer that floods does.

    Slack draws the card's own first words above it there: what those name is left out, but for whoever is notified.
    """
    if is_same_file:
        head, told = strong("Asked again: "), _where(case)
    else:
        head, told = strong("One more file: "), [raw(subject_name(case), 120)]
    return replace(message([[head, *told]]), text=as_text([[head, *_what(case)]]))


def burst_began(cases: Sequence[Case]) -> Rendered:
    """Under the card that a burst is drawn on from now on."""
    names = dict.fromkeys(subject_name(case) for case in cases)
    head = [strong(f"Many files on one computer: {len(cases)}. "), *listed(names, limit=2), say(" on ")]
    return message([[*head, *_computers_at(cases[-1])]])


def card_withdrawn() -> Rendered:
    """What is left of a card in a channel that may not show it any more."""
    return message([[say("This channel may not show this card any more. It is decided from App Home.")]])


def channel_gone(channel_id: str, why: str) -> Rendered:
    """One alert; what belongs there waits until it is mended."""
    lines: list[Line] = [
        [
            strong("A configured channel cannot be posted to: "),
            channel(channel_id),
            say(" ("),
            raw(why, 120),
            say(")."),
        ],
        [
            say("Its messages wait until that is mended, and go to no other channel. "),
            say("Cases are decided from App Home meanwhile."),
        ],
    ]
    return message(lines)


def cases_without_channel(count: int, organization: str, user_group_id: str) -> Rendered:
    """To those on duty: how many cases wait where nobody can see them; which ones is theirs alone to read."""
    cases = "1 case" if count == 1 else f"{count} cases"
    head = [
        *group_mention(user_group_id),
        strong(f"{cases} of "),
        raw(organization, 80),
        strong(" cannot be seen. "),
    ]
    head.append(say("Their channel is lost; whoever may decide them finds them in App Home."))
    return message([head])


def call_not_heard(channel_id: str, user_group_id: str) -> Rendered:
    """To those on duty: something called for people where nobody can read it; what it says is that channel's alone."""
    head = [
        *group_mention(user_group_id),
        strong("A call cannot be heard: "),
        say("its channel "),
        channel(channel_id),
    ]
    head.append(say(" is lost. It stands there once that is mended; App Home shows what is open meanwhile."))
    return message([head])


def slack_refuses(what: str, error: str) -> Rendered:
    """To the operators: something that must be said is refused, or taken by a yes that is not understood."""
    line: Line = [
        strong("A message that must be said does not get through: "),
        raw(error, 120),
        say(" ("),
        raw(what, 40),
        say("). "),
    ]
    return message([[*line, say("It is not dropped; it is tried again every few minutes.")]])


def channel_back(channel_id: str) -> Rendered:
    """The end of that alert."""
    return message([[say("Posting to "), channel(channel_id), say(" works again.")]])


def _due(case: Case) -> list[Run]:
    return [say(" Due "), moment(case.due_at), say(".")] if case.due_at is not None else []


def _subject(case: Case) -> Line:
    """Kind, file, computers, organization."""
    return [strong(f"{kind_of(case)}: "), *_what(case)]


def _what(case: Case) -> list[Run]:
    return [raw(subject_name(case), 120), say(" on "), *_computers_at(case)]


def _computers_at(case: Case) -> list[Run]:
    return [*_computers(case), say(" at "), raw(case.organization_name, 80)]


def _where(case: Case) -> list[Run]:
    return joined([_computers(case), [raw(case.organization_name, 80)]])


def _computers(case: Case) -> list[Run]:
    asking = case.open_requests or case.requests
    return listed(dict.fromkeys(entry.facts.computer_name for entry in asking), limit=3)


def _in_portal(case: Case, portal_link: str = "") -> list[Line]:
    """Where it is decided, if not here."""
    told = traits_of(case.kind).in_portal
    if not told:
        return []
    at: list[Run] = [say(" "), link(portal_link, "Decide in the portal")] if is_link(portal_link) else []
    return [[say(told), *at]]


def _claimed(case: Case) -> list[Line]:
    """Who is on it; nothing where nobody is."""
    if case.claim is None:
        return []
    return [
        [say("Claimed by "), raw(case.claim.actor.name), say(", until "), moment(case.claim.until), say(".")]
    ]


def _to_card(permalink: str) -> Line:
    """The link to the card; without one it is said where to look."""
    link = words.permalink(permalink, "Go to the card")
    return [link] if link else [say("The card is in the channel of this organization.")]
