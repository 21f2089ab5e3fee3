"""Who may, written down once more, by hand and short: what a forged press must not get past.

It takes the cast's grants as they are told there, and of `permissions` the lists of the built-in roles alone. It says
what must at least be held for an effect; what more a press needs (words, a second person, an open request) is not its
subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.models import Event
from permissions import BUILT_IN_ROLES
from rehearsal.stage.cast import ROLES

_WIDTHS = {"computer": 1, "computer_group": 2, "organization": 3, "global": 4}
_APPROVES = {
    "Approve for Single Computer": 1,
    "Approve for Single Computer (Application Only)": 1,
    "Approve for Group": 2,
    "Approve for Entire Organization": 3,
    "Approve for Global": 3,
}
_NOBODY = frozenset({"gus", "pat", "dee"})
"""A guest, a stranger's workspace, a deactivated account: whatever the file gives them."""


@dataclass(frozen=True)
class Asked:
    """One request as the test made it."""

    organization: str
    kind: str
    requestor: str = ""


@dataclass
class WhoMay:
    """The model. `people`: short names by Slack id; `places`: short names by organization id."""

    people: Mapping[str, str]
    places: Mapping[str, str]
    requests: dict[str, Asked] = field(default_factory=dict)

    def held(self, key: str, place: str) -> frozenset[str]:
        """The names of what somebody holds in an organization."""
        if key in _NOBODY:
            return frozenset()
        names = [
            name
            for role in ROLES
            if role.key == key
            for where, grants in role.grants.items()
            if where in ("*", place)
            for name in grants
        ]
        return frozenset(each for name in names for each in BUILT_IN_ROLES.get(name, (name,)))

    def fault(self, event: Event) -> str:
        """Why this event must not have come of a press of this person; empty if it may."""
        if event.name in NEUTRAL or not event.slack_user_id:
            return ""
        key = self.people.get(event.slack_user_id, "")
        judge = _JUDGES.get(event.name)
        if judge is None:
            return f"{event.name} is not known to the model: say in tests/hostile/who_may.py who may do that"
        asked = self.requests.get(event.request_id.casefold())
        place = self.places.get(event.organization_id.casefold(), asked.organization if asked else "")
        held = self.held(key, place)
        if "Super Admin" in held and event.name not in ("decision_attempted", "second_awaited"):
            return ""
        missing = judge(self, key, held, event, asked)
        return (
            f"{key or event.slack_user_id} at {place or 'nowhere'}: {event.name} without {missing}"
            if missing
            else ""
        )


def _width(held: frozenset[str]) -> int:
    if "Super Admin" in held:
        return 4
    return max((width for name, width in _APPROVES.items() if name in held), default=0)


def _may_deny(held: frozenset[str], kind: str) -> bool:
    if kind == "elevate":
        return "Elevation Administrator" in held
    return any(name in held for name in _APPROVES) or "Super Admin" in held


def _decides(who: WhoMay, key: str, held: frozenset[str], event: Event, asked: Asked | None) -> str:
    if asked is None:
        return "a request that was asked for"
    verb, reach = event.facts.get("verb"), str(event.facts.get("reach", "computer"))
    if asked.kind in ("register", "web"):
        return "the portal: this kind is not decided here"
    if verb == "deny":
        return "" if _may_deny(held, asked.kind) else "the right to deny"
    if asked.requestor == key:
        return "somebody else: it is their own request"
    if asked.kind == "elevate" and not {"Elevation Administrator", "Super Admin"} & held:
        return "Elevation Administrator"
    if asked.kind == "elevate" and reach == "computer":
        return ""
    if reach == "global" and not {"Approve for Global", "Super Admin"} & held:
        return "Approve for Global"
    if _width(held) < _WIDTHS[reach]:
        return f"a right that reaches {reach}"
    if event.facts.get("elevate") and not {"Elevation Administrator", "Super Admin"} & held:
        return "Elevation Administrator, for what comes with it"
    return ""


def _owns(who: WhoMay, key: str, held: frozenset[str], event: Event, asked: Asked | None) -> str:
    kinds = [asked.kind] if asked else ["execute", "elevate"]
    return "" if any(_may_deny(held, kind) for kind in kinds) else "the right to deny"


def _sees(who: WhoMay, key: str, held: frozenset[str], event: Event, asked: Asked | None) -> str:
    sees = {"View Approvals", "View Unified Audit", *_APPROVES}
    return "" if sees & held else "a permission that shows it"


def _known(who: WhoMay, key: str, held: frozenset[str], event: Event, asked: Asked | None) -> str:
    return "" if any(who.held(key, place) for place in who.places.values()) else "any right at all"


def _needs(*names: str):  # type: ignore[no-untyped-def] # one line for each row below
    def judge(who: WhoMay, key: str, held: frozenset[str], event: Event, asked: Asked | None) -> str:
        return "" if set(names) <= held else " and ".join(names)

    return judge


_ADMINISTERS = _needs("Super Admin")
"""Of the cast only who holds it may: nobody else has Change Permission, Assign Roles or Edit Administrators."""
_POLICIES = _needs("Edit Application Control Policies")
_JUDGES = {
    **dict.fromkeys(("decision_attempted", "decision_rehearsed", "second_awaited"), _decides),
    **dict.fromkeys(("case_claimed", "claim_released", "handed_over", "second_sent_back"), _owns),
    **dict.fromkeys(("exception_renewed", "exception_closed"), _owns),
    **dict.fromkeys(("duty_changed", "duty_dropped", "swap_offered", "swap_agreed", "swap_ended"), _known),
    **dict.fromkeys(("escalated_by_hand", "policy_proposed", "checks_asked_for", "exception_opened"), _sees),
    **dict.fromkeys(
        (
            *(
                "policy_change_attempted",
                "policy_text_prepared",
                "policy_change_rehearsed",
                "policy_declined",
            ),
            *("unusual_silenced", "silence_ended"),
        ),
        _POLICIES,
    ),
    **dict.fromkeys(
        (
            *("grant_given", "grant_revoked", "role_made", "role_changed", "role_deleted"),
            *("person_suspended", "suspension_lifted", "mode_attempted", "mode_rehearsed"),
            *("mode_extended", "mode_ended"),
        ),
        _ADMINISTERS,
    ),
}
JUDGED = frozenset(_JUDGES)
"""Events that are effects."""
NEUTRAL = frozenset(
    {
        # What a look or a refusal leaves.
        *(
            "press_refused",
            "decision_refused",
            "mode_refused",
            "administration_refused",
            "administration_not_judged",
        ),
        *("press_answered", "press_too_late", "press_incomplete", "press_not_judged", "press_failed"),
        *("press_unknown_case", "press_unknown_route", "press_not_revived", "form_asked_for", "form_opened"),
        *("form_drawn_anew", "form_not_opened", "mode_form_opened", "effect_refused", "presses_limited"),
        *(
            "looked_up",
            "queue_read",
            "cases_searched",
            "unusual_read",
            "plan_read",
            "oncall_read",
            "sla_read",
        ),
        *(
            "whoami_asked",
            "home_shown",
            "help_read",
            "permissions_asked",
            "exceptions_listed",
            "modes_listed",
        ),
        *("mode_press_repeated", "mode_press_too_late"),
        # What follows from an attempt, which was judged itself.
        *("decision_write_answered", "decision_settled", "decision_not_taken", "decision_in_doubt"),
        *("decided_in_portal", "decision_reopened", "second_voided", "requestor_told", "ownership_asked_for"),
        *("mode_write_answered", "mode_started", "mode_not_started", "mode_in_doubt", "mode_twin_found"),
        *("mode_not_extended", "mode_not_ended", "mode_given_up", "mode_asked_about", "mode_end_not_known"),
        *("mode_end_moved_in_portal", "decision_still_unknown", "effect_dropped", "escalated_before"),
        *(
            "policy_write_answered",
            "policy_changed",
            "policy_change_in_doubt",
            "policy_change_without_effect",
        ),
        *("evidence_gathered", "request_changed", "request_withdrawn", "grant_rests", "grant_counts_again"),
        *("role_rests", "role_counts_again", "repeats_weighed", "step_taken", "card_drawn_again"),
        "call_linked",
    }
)
