"""Cases in every state, built from plain facts; the values look like those of a real portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.models import (
    Actor,
    Attempt,
    Awaited,
    Case,
    Choice,
    Claim,
    EarlierDecision,
    EscalationSection,
    Evidence,
    Finding,
    Kind,
    Outcome,
    PortalState,
    Reach,
    RequestEntry,
    RequestFacts,
    Rules,
    Seen,
    Signer,
    Standing,
    Step,
    StepKind,
    Verb,
)
from bot.rules.plans import Arriving, armed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HASH = "8F14E45FCEEA167A5A36DEDD4BEA2543"
RULES = Rules(
    writes_on=True,
    escalation=EscalationSection(approvers_user_group="S0APPROVE", team_user_group="S0ESCALATE"),
    portal_link="https://portal.threatlocker.com/approvals",
)
TOM = Actor(person_id="tom", name="Tom Okafor", slack_user_id="U0TOM")
ACTION = {
    Kind.APPLICATION: "execute",
    Kind.ELEVATION: "elevate",
    Kind.STORAGE: "write",
    Kind.WEB_CONTROL: "web",
}


def facts(number: int = 1, **changed: Any) -> RequestFacts:
    """The facts of one request."""
    kind = changed.get("kind", Kind.APPLICATION)
    values: dict[str, Any] = {
        "request_id": f"req-{number}",
        "organization_id": "org-contoso",
        "organization_name": "Contoso",
        "kind": kind,
        "action_type": ACTION.get(kind, "dns"),
        "computer_id": f"comp-{number}",
        "computer_name": f"WS-{number:03}",
        "os_type": 1,
        "path": r"C:\Users\dana\Downloads\setup.exe",
        "hash": HASH,
        "signers": (Signer(subject="CN=Fabrikam Inc", valid=True),),
        "parent_process": r"C:\Windows\explorer.exe",
        "requestor": f"Dana {number}",
        "requestor_email": f"dana{number}@contoso.example",
        "reason": "Needed for the quarterly report",
        "policy_name": "Default Deny",
        "requested_at": NOW - timedelta(minutes=2),
    }
    return RequestFacts.model_validate(values | changed)


def entry(number: int = 1, standing: Standing = Standing.PENDING, **changed: Any) -> RequestEntry:
    """One request in a case; `facts` go to the facts, known entry fields to the entry."""
    own = {name: changed.pop(name) for name in list(changed) if name in RequestEntry.model_fields}
    values: dict[str, Any] = {
        "facts": facts(number, **changed),
        "standing": standing,
        "first_seen_at": NOW - timedelta(minutes=2),
        "clock_from": NOW - timedelta(minutes=2),
        "joined_revision": 1,
        "facts_revision": 1,
        "steps": (Step(kind=StepKind.ESCALATE, due_at=NOW + timedelta(minutes=13)),),
    }
    return RequestEntry(**(values | own))


def case(*entries: RequestEntry, **changed: Any) -> Case:
    """A case around entries; one pending request where none is given."""
    held = entries or (entry(),)
    first = held[0].facts
    values: dict[str, Any] = {
        "case_id": "c1f00d",
        "organization_id": first.organization_id,
        "organization_name": first.organization_name,
        "kind": first.kind,
        "os_type": first.os_type,
        "hash": first.hash,
        "requests": held,
        "revision": 3,
        "opened_at": NOW - timedelta(minutes=2),
    }
    return Case(**(values | changed))


def attempt(verb: Verb = Verb.APPROVE, **changed: Any) -> Attempt:
    """An attempt of Tom's."""
    values: dict[str, Any] = {
        "attempt_id": "att-1",
        "press_id": "press-1",
        "actor": TOM,
        "choice": Choice(verb=verb, reason="Use the managed version" if verb is Verb.DENY else ""),
        "effect": "Approve setup.exe by its hash for WS-001.",
        "rests_on": ("grant-1",),
        "access_generation": 1,
        "facts_digest": "d" * 64,
        "recorded_at": NOW,
        "not_after": NOW + timedelta(seconds=20),
    }
    return Attempt(**(values | changed))


def awaited(**changed: Any) -> Awaited:
    """Tom's approval for the entire organization, waiting for a second person."""
    values: dict[str, Any] = {
        "awaited_id": "w-1",
        "press_id": "press-1",
        "first": TOM,
        "choice": Choice(
            verb=Verb.APPROVE,
            reach=Reach.ORGANIZATION,
            reason="Everybody in planning needs it",
            validated_how="Detonated in the sandbox",
            confirmed_by="Mia Brandt, planning",
        ),
        "effect": "setup.exe may run on the entire organization Contoso, recognized by its hash.",
        "because": "it reaches the entire organization",
        "reaches": Reach.ORGANIZATION,
        "facts_digest": "d" * 64,
        "rests_on": ("grant-1",),
        "asked_at": NOW,
    }
    return Awaited(**(values | changed))


def ended(
    standing: Standing,
    label: str = "",
    *,
    ours: Attempt | None = None,
    by: str = "",
    at: datetime | None = NOW,
) -> Outcome:
    """How a request ended, by us or in the portal."""
    state = PortalState(
        status_id=4, status_label=label or standing.value, standing=standing, decided_by=by, decided_at=at
    )
    return Outcome(state=state, seen_at=NOW, attempt=ours)


def decided(number: int, standing: Standing, **how: Any) -> RequestEntry:
    """A request that is over."""
    return entry(number, standing, outcome=ended(standing, **how))


def evidence(**changed: Any) -> Evidence:
    """Everything known, nothing wrong."""
    values: dict[str, Any] = {
        "checked_at": NOW,
        "revision": 99,
        "seen": Seen.NEVER,
        "already_approved": Finding.NO,
        "known_bad": Finding.NO,
        "product": "Fabrikam Reader",
    }
    return Evidence(**(values | changed))


def earlier(**changed: Any) -> EarlierDecision:
    """A decision of last week."""
    values: dict[str, Any] = {
        "at": NOW - timedelta(days=7),
        "verb": Verb.APPROVE,
        "by": "Ada Lund",
        "reach": "this computer",
        "same_file": False,
    }
    return EarlierDecision(**(values | changed))


def claim() -> Claim:
    """Tom is on it."""
    return Claim(actor=TOM, at=NOW, until=NOW + timedelta(minutes=15))


def steps_of(
    clock_from: datetime, now: datetime, rules: Rules = RULES, *, kind: Kind = Kind.APPLICATION
) -> tuple[Step, ...]:
    """The steps that a request gets which was asked for at `clock_from` and comes now."""
    arriving = Arriving(organization_id="org-contoso", kind=kind, clock_from=clock_from)
    return armed(rules, arriving, now).steps
