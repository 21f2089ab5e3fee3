"""What the forms of a case have in common: the reference, what it is about, and the choice among its requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.cards.case.card import card_title
from bot.cards.forms.approve_form import REACH_WORDS, ReachOffer
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, raw, say, short, strong
from bot.models import Case, RequestEntry

NAMES_CLOSED = 8
"""What is named of all that is closed for one reason (our choice: more than there are reaches or modes)."""
REASON_LENGTH = 1000
"""Characters of a typed reason or justification (our choice; the portal names no limit)."""
_BEGINNINGS = frozenset((
    "A", "An", "Approving", "Choose", "Decide", "Empty", "From", "Into", "It", "Its", "No", "Nobody", "Not",
    "Nothing", "One", "Only", "Policies", "Policy", "Somebody", "Take", "That", "The", "There", "This",
    "To", "Two", "What", "Where", "Which", "Who", "Whoever", "Write", "Writes", "You", "Your",
))  # fmt: skip
"""Words that lose their capital in the middle of a sentence; every other first word may be a name, of a person too."""


def reference(case: Case) -> str:
    """The case and the revision that the form shows, for its `private_metadata`."""
    return str(CaseRef(case.case_id, case.revision))


def about(case: Case) -> list[Line]:
    """What it is about, in two lines."""
    return [[strong(card_title(case))], [strong("Organization: "), raw(case.organization_name)]]


def request_options(case: Case) -> list[Block]:
    """One option per request that can be decided now: computer and requestor."""
    return [blocks.option(short(_label(entry), 75), entry.facts.request_id) for entry in case.pending]


def some_or_all(options: list[Block]) -> list[Block]:
    """A choice among several requests. Empty means all: a pre-filled list of 200 could not be read anyway."""
    if len(options) < 2:
        return []
    hint = f"Leave empty for all {len(options)}."
    return [blocks.select(ids.REQUESTS_BLOCK, "Which requests", options, many=True, needed=False, hint=hint)]


def justification_list(reasons: Sequence[str], chosen: str = "") -> list[Block]:
    """The justifications to choose from; none where there is no list."""
    told = [short(reason, limits.OPTION_TEXT) for reason in reasons]
    options = [blocks.option(reason, reason) for reason in told]
    if not options:
        return []
    initial = [option for option in options if option["value"] == chosen]
    return [blocks.select(ids.JUSTIFICATION_BLOCK, "Justification", options, initial=initial, needed=False)]


def closed_reaches(offers: Sequence[ReachOffer]) -> list[Block]:
    """The reaches that are closed, in one line."""
    closed = closed_line(
        (REACH_WORDS[offer.reach].lower(), offer.closed_because) for offer in offers if not offer.is_open
    )
    return [blocks.rich(closed)] if closed else []


def closed_line(closed: Iterable[tuple[str, str]]) -> list[Line]:
    """What is closed and why, in one line; what is closed for the same reason stands together. None where nothing is.

    Names may come from outside.
    """
    because: dict[str, list[str]] = {}
    for name, why in closed:
        because.setdefault(_clause(why), []).append(name)
    if not because:
        return []
    runs: list[Run] = [strong("Closed for you: ")]
    for index, (why, names) in enumerate(because.items()):
        runs += [say("; ")] if index else []
        runs += [*listed(names, limit=NAMES_CLOSED), say(", because "), raw(why, 300)]
    return [[*runs, say(".")]]


def _clause(why: str) -> str:
    """A reason as it goes on after “because”: what it needs, where it says so, else its first sentence.

    What the presser may do instead, and the ways on, stand where it is pressed.
    """
    first = why.split(". ", maxsplit=1)[0].rstrip(".")
    _, needs, what = first.rpartition(" needs ")
    if needs:
        return f"that needs {what}"
    is_ours = first.partition(" ")[0] in _BEGINNINGS
    return f"{first[:1].lower()}{first[1:]}" if is_ours else first


def _label(entry: RequestEntry) -> str:
    facts = entry.facts
    return f"{short(facts.computer_name, 40)}, {short(facts.requestor or facts.requestor_email, 30)}"
