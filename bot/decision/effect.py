"""The exact effect of a decision: in words, and how far it lets a file spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.forms.approve_form import MODE_WORDS
from bot.cards.forms.storage_form import storage_effect
from bot.desk import Desk, standing_approvals
from bot.ledger import Tally
from bot.models import (
    ApplicationUse,
    Case,
    Choice,
    CustomRule,
    Kind,
    Reach,
    RequestFacts,
    Verb,
    digest_told,
)
from bot.rules import remembering
from bot.rules.kinds import traits_of
from bot.rules.second import Spread, computer_of, let_run_in, tallies_of


def computers_named(requests: Iterable[RequestFacts]) -> Spread:
    """The computers that a press names."""
    return Spread(frozenset(map(computer_of, requests)))


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted over cases at one moment, and by what the ledger knows that it is so still."""

    tallies: tuple[Tally, ...] = ()
    cases: tuple[Case, ...] = ()
    """Those that have approvals of the same file or software on their way: no history holds them, since nobody knows
    yet how they end."""

    @property
    def standpoint(self) -> tuple[tuple[str, str], ...]:
        """For the step that rests on it."""
        return tuple((one.name, one.last) for one in self.tallies)


async def counted(desk: Desk, facts: RequestFacts) -> Counted:
    """The approvals on their way that a request's own would be counted with. Read before any history: what ends
    meanwhile moves its tally, and then nothing that rests on this reading is recorded."""
    tallies = await desk.ledger.history.tallies(tallies_of(facts))
    case_ids = [case_id for one in tallies for case_id in one.case_ids]
    found = await desk.ledger.cases(case_ids) if case_ids else {}
    return Counted(tuple(tallies), tuple(stored.case for stored in found.values()))


async def spread_with_history(
    desk: Desk, facts: RequestFacts, spread: Spread, on_their_way: Counted | None = None
) -> Spread:
    """The same with the file's approvals by hand that are remembered now, and those that are on their way elsewhere.

    A request without a digest has none of either. What another kind of request approves lets the file run as well.
    """
    told, place = digest_told(facts.hash), facts.organization_id.lower()
    if not told:
        return spread
    on_their_way = on_their_way or await counted(desk, facts)
    since = desk.now() - desk.rules.remembered_for
    on_file = await desk.ledger.history.earlier(remembering.history_keys(facts)[0], since)
    sent = (
        let_run_in(case)
        for case in on_their_way.cases
        if traits_of(case.kind).is_software
        and case.organization_id.lower() == place
        and digest_told(case.hash) == told
    )
    return Spread(spread.computers.union(*sent), tuple(standing_approvals(on_file)))


_WHERE = {
    Reach.COMPUTER: "{computer} only",
    Reach.COMPUTER_GROUP: "the computer group {group} of {organization}",
    Reach.ORGANIZATION: "the entire organization {organization}",
    Reach.GLOBAL: "the global group {group}",
}
_AS_FAR_AS = {
    Reach.COMPUTER: "that computer",
    Reach.COMPUTER_GROUP: "a computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "a global group",
}
_PARTS = {"path": "path", "process": "started by", "signer": "signer", "created_by": "created by"}


def effect_of(
    choice: Choice, facts: RequestFacts, *, reaches: Reach | None = None, ringfencing: Sequence[str] = ()
) -> str:
    """What the write will do, in one sentence, with outside words unescaped.

    `reaches` is how far it really goes, where that is known; `ringfencing` is what the portal suggests and gets back.
    """
    if choice.verb is Verb.DENY:
        told = "the requestor is told" if choice.notify_requestor else "the requestor is not told"
        return f"The {facts.kind.value} request for {facts.file_name} on {facts.computer_name} is denied; {told}."
    if choice.storage is not None:
        return storage_effect(choice, facts)
    if choice.mode is not None:
        return f"{_mode(choice, facts)}."
    parts = [_allowed(choice, facts, reaches), _elevated(choice)]
    if ringfencing:
        parts.append("with the Ringfencing that the portal suggests")
    return f"{'; '.join(parts)}."


def plain_effect(choice: Choice, facts: RequestFacts) -> str:
    """The same of what one press makes, as shortly as the card says it; empty for every other choice.

    That it is by the hash, a new application and without an end is the same each time, and stands in the details.
    """
    plain = Choice(verb=Verb.APPROVE, elevate=choice.elevate, elevate_hours=choice.elevate_hours)
    if choice.elevates_for_good or choice.model_copy(update={"reason": ""}) != plain:
        return ""
    return f"{facts.file_name} on {facts.computer_name} only{plain_rights(choice)}."


def plain_rights(choice: Choice) -> str:
    """The administrator rights of such a choice, as a clause; empty for none."""
    return f", admin rights with notice {elevation_end(choice)}" if choice.elevate else ""


def _mode(choice: Choice, facts: RequestFacts) -> str:
    """Where the mode runs, and where what it lets in may run afterwards."""
    if choice.mode is None:
        raise ValueError("the choice starts no mode")
    mode = MODE_WORDS.get(choice.mode, choice.mode.value)
    runs = (
        f"{mode} runs on {facts.computer_name} only, for one hour; {facts.file_name} gets no rule of its own"
    )
    if choice.reach is Reach.COMPUTER:
        return runs
    # Nothing published says which mode fills the application: whatever comes into it goes as far as the policy.
    return f"{runs}; what the mode adds to the new application may run on {_where(choice, facts)}, {_until(choice)}"


def _where(choice: Choice, facts: RequestFacts) -> str:
    return _WHERE[choice.reach].format(
        computer=facts.computer_name, group=choice.computer_group_name, organization=facts.organization_name
    )


def _allowed(choice: Choice, facts: RequestFacts, reaches: Reach | None) -> str:
    return (
        f"{facts.file_name} may run on {_where(choice, facts)}, {recognized_words(choice)}, "
        f"{_application(choice, reaches)}, {_until(choice)}"
    )


def recognized_words(choice: Choice) -> str:
    """By what the file is recognized, as a clause."""
    if choice.rule is not None:
        return f"recognized by a rule ({rule_words(choice.rule)})"
    if choice.application.use is ApplicationUse.MATCHING:
        return "recognized by the application's own rules"
    return "recognized by its hash"


def rule_words(rule: CustomRule) -> str:
    """The parts of a rule, all of which must hold."""
    return " and ".join(f"{_PARTS[name]} {getattr(rule, name)}" for name in rule.parts)


def _application(choice: Choice, reaches: Reach | None) -> str:
    named = f" “{choice.application.name}”" if choice.application.name else ""
    match choice.application.use:
        case ApplicationUse.NEW:
            return f"as {'the' if named else 'a'} new application{named}"
        case ApplicationUse.MATCHING:
            return f"in the {'built-in' if choice.application.is_built_in else 'matching'} application{named}"
        case ApplicationUse.EXISTING:
            far = f", as far as {_AS_FAR_AS[reaches]}" if reaches else ""
            return f"in the existing application{named}, wherever that may run already{far}"


def _until(choice: Choice) -> str:
    """The end of the policy; a rule that is added to an existing application stays in it."""
    until = f"until {_day(choice.expires_at)}" if choice.expires_at else "until the policy is removed"
    if choice.application.use is ApplicationUse.EXISTING and choice.expires_at:
        return f"{until} (the added rule itself stays)"
    return until


def _elevated(choice: Choice) -> str:
    if not choice.elevate:
        return "without administrator rights"
    how = "silently" if choice.elevate_silently else "with notice"
    # A policy elevates its whole application, and one that is there already holds more than this file.
    what = "" if choice.application.use is ApplicationUse.NEW else " for everything in that application"
    return f"with administrator rights{what}, {how}, {elevation_end(choice)}"


def elevation_end(choice: Choice) -> str:
    """For how long the administrator rights last, as a clause."""
    if choice.elevate_hours:
        return "for 1 hour" if choice.elevate_hours == 1 else f"for {choice.elevate_hours} hours"
    return f"until {_day(choice.elevate_until)}" if choice.elevate_until else "without an end"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def one_press_choice(kind: Kind, elevation_hours: int) -> Choice:
    """What one press means: this computer, a single hash rule; elevation with notice and for a short time."""
    if traits_of(kind).elevates:
        return Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=elevation_hours)
    return Choice(verb=Verb.APPROVE)
