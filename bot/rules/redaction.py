"""What is left of a closed case when retention ends: nothing that names or quotes a person."""

from __future__ import annotations

from datetime import datetime

from bot.models.cases import Case, Outcome
from bot.models.evidence import Evidence
from bot.models.policies import without_words
from bot.models.presses import StorageTerms
from bot.models.requests import RequestFacts

_FREE_WORDS = (
    "reason",
    "validated_how",
    "confirmed_by",
    "safe_because",
    "mode_because",
    "note_to_requestor",
    "internal_note",
    "on_phone_with",
    "ticket",
)
"""What of a choice was typed by people, and may name people."""
_REMOVED = "(removed)"
"""In place of a path or an account: an empty one would say every path, and everybody."""


def redact(case: Case, now: datetime) -> Case:
    """Retention: remove what names or quotes a person. Ids, times, outcomes and digests stay."""
    entries = tuple(
        entry.model_copy(
            update={
                "facts": _redacted(entry.facts),
                "assignee": "",
                "own_account": "",
                "awaited": None,
                "overtaken": None,
                "outcome": _redacted_outcome(entry.outcome) if entry.outcome else None,
            }
        )
        for entry in case.requests
    )
    emptied: dict[str, object] = {"unusual": (), "escalated_by": "", "evidence": _redacted_evidence(case)}
    emptied |= {"handed_over": None, "proposal": None, "policy_works": without_words(case.policy_works)}
    return case.model_copy(update={"requests": entries, "redacted_at": now, **emptied})


def _redacted_evidence(case: Case) -> Evidence | None:
    return case.evidence.without_outside_text() if case.evidence else None


def _redacted(facts: RequestFacts) -> RequestFacts:
    emptied = {
        "path": "",
        "requestor": "",
        "requestor_email": "",
        "reason": "",
        "parent_process": "",
        "created_by": (),
        "instructions": "",
    }
    return facts.model_copy(update=emptied)


def _redacted_outcome(outcome: Outcome) -> Outcome:
    """Who decided and how stays; what was written in free words, and what quotes the file's name, goes."""
    state = outcome.state.model_copy(update={"comments": ""})
    if outcome.attempt is None:
        return outcome.model_copy(update={"state": state})
    choice = outcome.attempt.choice
    emptied: dict[str, object] = dict.fromkeys(_FREE_WORDS, "")
    if choice.rule is not None:
        emptied["rule"] = choice.rule.model_copy(update=dict.fromkeys(("path", "process", "created_by"), ""))
    if choice.storage is not None:
        emptied["storage"] = _redacted_storage(choice.storage)
    choice = choice.model_copy(update=emptied)
    attempt = outcome.attempt.model_copy(update={"choice": choice, "effect": "", "remark": ""})
    return outcome.model_copy(update={"state": state, "attempt": attempt})


def _redacted_storage(terms: StorageTerms) -> StorageTerms:
    """How wide a device was opened stays; which path, for whom and under which typed name goes."""
    path, users = _REMOVED if terms.path else "", (_REMOVED,) if terms.users else ()
    return terms.model_copy(update={"device_name": "", "path": path, "users": users})
