"""What was met: a promise that a run of seeds never put to the test was not kept there, only not asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.simulation.network import LEDGER, PORTAL, SLACK
from tests.simulation.record import Told
from tests.simulation.story import STRIKES

ANEW = "pressed again after it opened again"
WAYS: Mapping[str, tuple[str, ...]] = {
    "P1": ("decision_refused", "decision_attempted", "log: judged_anew", "a right was gone at the press"),
    "P2": (
        *("log: attempt_unanswered", "decision_in_doubt", "decision_reopened", ANEW, "log: attempt_not_sent"),
        *("settled by asking", "decision_not_taken"),
        *(f"struck: {how}" for how in STRIKES),
    ),
    "P3": (
        *("decided_in_portal", "decision_settled", "drawn once more"),
        "chat.update carried out after it was given up",
    ),
    "P4": (
        *("press_answered", "log: press_not_recorded", "maybe recorded", "log: press_left_for_later"),
        *("delivered twice", "form_asked_for", "looked_up", "cases_searched", "queue_read", "home_shown"),
    ),
    "P5": (
        *("case_opened", "request_joined", "card_posted", "killed", "stood still"),
        *(f"the {place} channel was lost" for place in ("card", "escalation", "audit")),
    ),
    "P6": ("step_taken", "call", "clock_corrected"),
    "P7": ("a failover lost something", "access_accepted"),
    "P8": ("pressed on a card as it stood before",),
    "P9": (
        *("portal_token_refused", "portal_token_accepted"),
        *(f"{door}: lost after" for door in (PORTAL, SLACK, LEDGER)),
    ),
}
"""By promise, what all seeds of a run of the tests together have to meet. Untrusted text (P10) is not played here."""


def told_by(record: Sequence[Told]) -> Counter[str]:
    """The ways that the record tells of."""
    met = Counter(event.name for event in record)
    opened, doubted = set[str](), set[str]()
    for event in record:
        match event.name:
            case "decision_in_doubt":
                doubted.add(str(event.facts.get("attempt_id")))
            case "decision_reopened":
                opened.add(event.request_id)
            case "decision_attempted" if event.request_id in opened:
                met[ANEW] += 1
            case "decision_settled" if str(event.facts.get("attempt_id")) in doubted:
                met["settled by asking"] += 1
            case "step_taken" if str(event.facts["acts"]).startswith("escalate"):
                met["call"] += 1
    return met


def unmet(met: Mapping[str, int]) -> list[str]:
    """What was never met, by its promise."""
    return [f"{promise}: {way}" for promise, ways in WAYS.items() for way in ways if not met.get(way)]
