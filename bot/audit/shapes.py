"""The shape of each event that the record may hold: its name, and the public facts it has. Pure.

A new event is declared here before it is written; a test holds every event to its shape. Public facts stay for ever, so
they hold ids, digests, times, numbers, constants and names of permissions, and never a sentence or a name of a person:
those go into the private part, which retention removes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_GROUND = ("access_generation", "access_digest", "given_version", "facts_digest")
_ATTEMPT = (
    *("attempt_id", "verb", "reach", "reaches", "elevate", "justification", "rests_on", "revision"),
    *("first_person_id", "first_rests_on", "first_request_id"),
    *_GROUND,
)
_CHOICE = (
    *(
        "computer_group_id",
        "application",
        "application_id",
        "built_in",
        "recognized_by",
        "expires_at",
        "mode",
    ),
    *("notify_requestor", "elevation", "elevation_ends", "storage"),
)
_REFUSAL = ("press", "revision", "why", "missing", "where", *_GROUND)
_SETTLEMENT = (
    *(*_ATTEMPT, "status", "status_id", "ours", "policy_id", "application_id"),
    # Rules of the unusual that had spoken, and what their request came to.
    *("spoke", "came_to"),
)
_IN_FORCE = ("access_generation", "access_digest", "given_version")
_WORK = ("work_id", "act", "policy_id", "application_id", "rests_on", "access_generation")
_MODE = ("mode", "door", "computer_id", "of_case")


@dataclass(frozen=True, slots=True)
class Shape:
    """The public facts of one kind of event."""

    always: frozenset[str]
    sometimes: frozenset[str] = frozenset()
    worded: frozenset[str] = frozenset()
    """Facts that are sentences of our own, about no person and with no text from outside."""

    def faults(self, facts: Mapping[str, object]) -> list[str]:
        """What of these facts does not fit."""
        missing = [f"lacks {name}" for name in sorted(self.always - facts.keys())]
        foreign = [f"has {name}" for name in sorted(facts.keys() - self.always - self.sometimes)]
        told = {name: value for name, value in facts.items() if name not in self.worded}
        return [*missing, *foreign, *_texts(told)]


def _shape(*always: str, may: Iterable[str] = (), says: Iterable[str] = ()) -> Shape:
    return Shape(frozenset(always), frozenset(may), frozenset(says))


_CONSTANT = re.compile(r"[A-Za-z0-9_.:+/|@$-]*")
_WORDED = frozenset(
    {
        # Names of permissions, roles and what a right rests on: the portal's and the file's own words.
        *(
            "missing",
            "rests_on",
            "first_rests_on",
            "permissions",
            "holds",
            "what",
            "name",
            "stands_in",
            "added",
            "removed",
            "fallen",
        ),
        # The portal's label of a status, our own words of a constant set.
        *("status", "clock_note", "elevation", "elevation_ends", "unusual", "form", "to"),
        # What could not be asked about a case, by our own names for it.
        "failed",
        # Of each check a constant and its time.
        "checks",
    }
)
"""Facts that are no constants, and still hold no sentence about a person and no text from outside."""


def _texts(facts: Mapping[str, object], at: str = "") -> list[str]:
    """Sentences where a constant should stand."""
    found: list[str] = []
    for name, value in facts.items():
        if name in _WORDED:
            continue
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(one, Mapping):
                found += _texts(one, f"{at}{name}.")
            elif isinstance(one, str) and not _CONSTANT.fullmatch(one):
                found.append(f"says {one[:60]!r} in {at}{name}, which is no constant")
    return found


REFUSALS: frozenset[str] = frozenset(
    {"press_refused", "decision_refused", "mode_refused", "administration_refused"}
)
"""Somebody may not, or what they asked for cannot be."""

SETTLEMENTS: frozenset[str] = frozenset({"decision_settled", "decided_in_portal", "request_withdrawn"})
"""How a request ended."""

_LOOKED = ("outcome", "access_generation", "access_digest")
_REFUSED_LOOK = ("press", "revision", "why", "missing", "where", "given_version", "facts_digest")
_ARRIVAL = (
    *(
        "kind",
        "hash",
        "computer_id",
        "requested_at",
        "clock_from",
        "clock_note",
        "plan",
        "facts_digest",
        "revision",
    ),
)
_FORM = ("form", "revision", "preview", "not_judged", "why", "awaited_id", "status")
_EXCEPTION = ("of_case", "owner_id", "review_at", "ends_at", "revision")
_MODE_TRIED = ("attempt_id", "rests_on", "until", "does", "user_may_end", *_IN_FORCE)
_PROPOSAL = ("reach", "approvals", "application_id", "case_ids")
_EVIDENCE = (
    *(
        "digest",
        "checked_at",
        "revision",
        "seen",
        "already_approved",
        "known_bad",
        "hand_approvals",
        "failed",
    ),
    *("checks", "unusual"),
)

_OF_REQUESTS: dict[str, Shape] = {
    "case_opened": _shape(*_ARRIVAL),
    "request_joined": _shape(*_ARRIVAL),
    "request_changed": _shape(may=_ARRIVAL),
    "requestor_told": _shape(),
    "request_left": _shape("facts_digest"),
    "card_shared": _shape("bundle_id"),
    "card_left": _shape("bundle_id"),
    "backlog_announced": _shape("requests", "channels"),
    "requests_limited": _shape("requests"),
    "evidence_gathered": _shape(*_EVIDENCE, may=("facts_digests", "spoke", "silenced")),
    "checks_asked_for": _shape("why", says=("why",)),
    "step_taken": _shape(
        "acts", "requests", "skipped", "due", may=("tier", "passed", "told_in"), says=("skipped",)
    ),
    "steps_skipped": _shape("acts", "requests", "skipped", "due", says=("skipped",)),
    "escalated_by_hand": _shape("tier", "passed"),
    "escalated_elsewhere": _shape("step", "ways"),
    "escalated_before": _shape(may=("at",)),
    "case_claimed": _shape("until", may=("to_hand_over",)),
    "claim_released": _shape(),
    "claim_lapsed": _shape(),
    "ownership_asked_for": _shape("outcome"),
    "handed_over": _shape("to", "due"),
    "case_redacted": _shape("private_parts"),
    "card_posted": _shape("channel_id", "ts"),
    "card_twin_found": _shape(),
    "card_drawn_again": _shape("why", says=("why",)),
    "call_linked": _shape(),
}

_OF_DECISIONS: dict[str, Shape] = {
    "decision_refused": _shape(
        *_REFUSAL, "verb", "evidence", may=(*_CHOICE, "reach", "awaited_id", "first_person_id")
    ),
    "decision_rehearsed": _shape(
        *_GROUND, "verb", "evidence", "revision", "rests_on", may=(*_CHOICE, "reach")
    ),
    "decision_attempted": _shape(*_ATTEMPT, "evidence", may=_CHOICE),
    "decision_write_answered": _shape(*_ATTEMPT),
    "decision_not_taken": _shape(*_ATTEMPT, "why", "status"),
    "decision_in_doubt": _shape(*_ATTEMPT),
    "decision_still_unknown": _shape(may=_ATTEMPT),
    "decision_reopened": _shape(*_ATTEMPT),
    "decision_overtaken": _shape(*_ATTEMPT),
    "second_awaited": _shape(
        *_GROUND,
        *("verb", "evidence", "revision", "rests_on", "awaited_id", "reaches", "elevate"),
        may=(*_CHOICE, "reach"),
    ),
    "second_voided": _shape("awaited_id", "why", "first_person_id"),
    "second_sent_back": _shape("awaited_id", "why", "first_person_id"),
    **{name: _shape(*_SETTLEMENT, may=("decided_at", "timer_s")) for name in SETTLEMENTS},
}

_OF_PRESSES: dict[str, Shape] = {
    "press_refused": _shape(*_REFUSAL),
    "press_answered": _shape(may=("became", "standing", "press")),
    "press_too_late": _shape(may=("press",)),
    "press_incomplete": _shape("press"),
    "press_not_judged": _shape("press", "why"),
    "press_not_revived": _shape("press"),
    "press_failed": _shape("press"),
    "press_unknown_case": _shape(),
    "press_unknown_route": _shape("press"),
    "form_asked_for": _shape("form"),
    "form_opened": _shape("form", may=_FORM),
    "form_drawn_anew": _shape("form", may=_FORM),
    "form_not_opened": _shape("why", may=_FORM),
    "effect_refused": _shape("why", "kind", says=("why",)),
    "cases_without_channel": _shape("channel_id", "cases"),
    "call_without_channel": _shape(),
    "audit_channel_lost": _shape("channel_id"),
    "effect_dropped": _shape("effect_id", "kind", "why", "attempt", says=("why",)),
}

_OF_POLICIES: dict[str, Shape] = {
    "policy_proposed": _shape(*_PROPOSAL),
    "policy_declined": _shape(*_PROPOSAL),
    "repeats_weighed": _shape("approvals"),
    **{
        name: _shape(*_WORK, may=("reach", "applies_to_id", "made_policy_id", "why", "status", "ours"))
        for name in (
            *("policy_text_prepared", "policy_change_rehearsed", "policy_change_attempted"),
            *("policy_write_answered", "policy_change_in_doubt", "policy_changed"),
            "policy_change_without_effect",
        )
    },
}

_OF_EXCEPTIONS: dict[str, Shape] = {
    **{
        name: _shape(*_EXCEPTION, may=("rests_on", "access_generation", "spoke", "came_to"))
        for name in (
            *("exception_opened", "exception_renewed", "exception_closed"),
            *("exception_review_due", "exception_ended"),
        )
    },
    "exception_redacted": _shape(*_EXCEPTION, "private_parts"),
    "exceptions_listed": _shape(*_LOOKED, may=("organizations", "found")),
}

_OF_MODES: dict[str, Shape] = {
    "mode_refused": _shape(*_REFUSAL, "mode"),
    "mode_form_opened": _shape(may=(*_MODE, "refused")),
    "modes_listed": _shape("shown"),
    **{
        name: _shape(*_MODE, may=(*_MODE_TRIED, "why", "status", "portal_mode_id", "ours"))
        for name in (
            *("mode_attempted", "mode_rehearsed", "mode_write_answered", "mode_in_doubt", "mode_given_up"),
            *("mode_started", "mode_not_started", "mode_extended", "mode_not_extended", "mode_ended"),
            *(
                "mode_not_ended",
                "mode_end_moved_in_portal",
                "mode_extension_overtaken",
                "mode_overdue",
                "mode_still_on",
                "mode_asked_about",
            ),
            *("mode_press_repeated", "mode_press_too_late", "mode_reminded", "mode_end_not_known"),
            "mode_twin_found",
        )
    },
    "mode_message_posted": _shape(*_MODE, "channel_id", "ts"),
    "mode_redacted": _shape(*_MODE, "private_parts"),
}

_OF_LOOK_UPS: dict[str, Shape] = {
    "looked_up": _shape(
        *_LOOKED,
        may=(
            *_REFUSED_LOOK,
            *(
                "organizations",
                "not_read",
                "from",
                "to",
                "rows",
                "groups",
                "first",
                "permits",
                "shown",
                "cut",
                "rests_on",
            ),
            *("decided", "history"),
        ),
    ),
    "queue_read": _shape(*_LOOKED, may=(*_REFUSED_LOOK, "organizations", "may_decide", "others", "rests_on")),
    "cases_searched": _shape(*_LOOKED, may=(*_REFUSED_LOOK, "organizations", "found", "count", "rests_on")),
    "unusual_read": _shape(*_LOOKED, may=(*_REFUSED_LOOK, "organizations", "from", "rests_on")),
    "plan_read": _shape(*_LOOKED, may=(*_REFUSED_LOOK, "of_case", "rests_on")),
    "oncall_read": _shape(*_LOOKED, may=(*_REFUSED_LOOK, "tiers", "rests_on")),
    "sla_read": _shape(*_LOOKED, may=(*_REFUSED_LOOK, "organizations", "from", "to", "rests_on")),
    "weekly_posted": _shape("organizations", "from", "to"),
    "whoami_asked": _shape(*_LOOKED),
    "home_shown": _shape(*_LOOKED, "queue", "shown", "view"),
    "help_read": _shape(may=(*_LOOKED, "words", "word")),
}

_OF_ADMINISTRATION: dict[str, Shape] = {
    "administration_refused": _shape(*_REFUSAL, "order", may=("of", "grant", "change", "role")),
    "administration_not_judged": _shape("order", "outcome", may=("of", *_IN_FORCE)),
    "permissions_asked": _shape(
        *("question", "access_generation", "access_digest"),
        may=("of", "verdict", "rests_on", "found", "shown", "action", "kind", "reach", "given_version"),
    ),
    "grant_given": _shape("grant", "replaces", "rests_on", *_IN_FORCE),
    "grant_revoked": _shape("grant", "rests_on", *_IN_FORCE),
    "grant_expired": _shape("grant"),
    "unusual_silenced": _shape("silence", "rests_on", *_IN_FORCE),
    "silence_ended": _shape("silence", "rests_on", *_IN_FORCE),
    "silence_expired": _shape("silence"),
    "duty_changed": _shape("duty", "rests_on", *_IN_FORCE),
    "duty_dropped": _shape("duty", "rests_on", *_IN_FORCE),
    "duty_expired": _shape("duty"),
    "swap_offered": _shape("swap", *_IN_FORCE),
    "swap_agreed": _shape("swap", *_IN_FORCE),
    "swap_ended": _shape("swap", "why", may=_IN_FORCE),
    "person_suspended": _shape("of", "rests_on", *_IN_FORCE),
    "suspension_lifted": _shape("of", "rests_on", *_IN_FORCE),
    **{
        name: _shape("role", "rests_on", *_IN_FORCE, may=("before", "added", "removed", "held", "holders"))
        for name in ("role_made", "role_changed", "role_deleted")
    },
    **{
        name: _shape("grant_id", "of", "given_by", "fallen", "access_generation", "access_digest")
        for name in ("grant_rests", "grant_counts_again")
    },
    "role_rests": _shape("role", "access_generation", "access_digest", "stands_in"),
    "role_counts_again": _shape("role", "access_generation", "access_digest", "stands_in"),
    "user_group_changed": _shape("user_group_id", "joined", "left", "is_first", "access_generation", "holds"),
    "user_group_forgotten": _shape("user_group_id"),
    "older_ledger_accepted": _shape(
        *("seen", "seen_link", "seen_at", "found", "grants_dropped", "roles_dropped", "suspended"),
        "presses_ended",
        may=("silences_dropped", "duty_dropped"),
    ),
}

_OF_ITSELF: dict[str, Shape] = {
    "access_accepted": _shape("digest", "generation"),
    "access_compared": _shape("access_generation", "access_digest", "differences"),
    "access_not_ours": _shape("generation", "digest"),
    "given_not_ours": _shape("grants", "roles", "suspended"),
    "given_confirmed": _shape("grants", "roles", "dropped", "all_dropped", "at"),
    "press_not_ours": _shape("press", "named", "of_case"),
    "presses_limited": _shape("press", "limits"),
    "access_file_refused": _shape("problems", "digest"),
    "audit_head_posted": _shape("last", "key"),
    "seal_key_taken": _shape("key", "before"),
    "duty_handed_over": _shape("rota", "comes", "goes", "at", "told", "waiting"),
    "hole_announced": _shape("tier", "starts", "ends"),
    "rota_calendar_changed": _shape("rota", "turns", "odd", "until"),
    "rota_calendar_stale": _shape("rota", "since"),
    "rota_calendar_back": _shape("rota"),
    "second_place_silent": _shape("since"),
    "second_place_answers": _shape(),
    "collector_silent": _shape("since", "waiting"),
    "collector_answers": _shape(),
    "events_set_aside": _shape("numbers", "why", says=("why",)),
    "channel_alert": _shape("alert", "channel_id"),
    # Which list, and what is wrong with its rows, without anything that stands in them.
    "portal_rows_not_understood": _shape("list", "rows", "why", says=("list", "why")),
    "portal_token_refused": _shape(),
    "portal_token_accepted": _shape(),
    "clock_corrected": _shape("by_ms", "replica_id"),
    "record_redacted": _shape("count", may=("before",)),
}

SHAPES: Mapping[str, Shape] = {
    **_OF_REQUESTS,
    **_OF_DECISIONS,
    **_OF_PRESSES,
    **_OF_POLICIES,
    **_OF_EXCEPTIONS,
    **_OF_MODES,
    **_OF_LOOK_UPS,
    **_OF_ADMINISTRATION,
    **_OF_ITSELF,
}
"""Every event by its name."""

OF_LOOK_UPS: frozenset[str] = frozenset(_OF_LOOK_UPS)
"""Somebody looked, and nothing was changed."""

OF_ITSELF: frozenset[str] = frozenset(_OF_ITSELF)
"""What Gatehouse tells of itself."""
