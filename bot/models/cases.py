"""A case: one card's worth of approval requests, with everything that happened to them."""

from __future__ import annotations

from bot.models.base import Instant, Record
from bot.models.evidence import Evidence
from bot.models.plans import FrozenPlan, Step, StepKind
from bot.models.policies import PolicyWork
from bot.models.presses import Actor, Choice
from bot.models.proposals import Proposal
from bot.models.requests import PortalState, RequestFacts, Standing
from bot.models.unusual import Spoke
from permissions import Kind, Reach

_UNWRITTEN = {
    "one_computer_first_approval": "one computer, first approval",
    "one_computer": "one computer, none needed",
    "none_needed": "none needed",
}
"""Why nobody had to write a justification, in words."""


class Attempt(Record):
    """One write to the portal, recorded before it is sent, sent once, then asked about."""

    attempt_id: str
    press_id: str
    actor: Actor
    choice: Choice
    effect: str
    """The exact effect in one sentence, as shown to the presser."""
    rests_on: tuple[str, ...]
    reaches: Reach | None = None
    """How far it really goes, which may be wider than was chosen; None in records before it was kept."""
    first: Actor | None = None
    """The first of two people, where two had to agree; `actor` is then the second."""
    first_rests_on: tuple[str, ...] = ()
    """What the first one's yes rests on, where two had to agree."""
    remark: str = ""
    """What the second of two people wrote."""
    justification: str = ""
    """Whether somebody wrote why (`written`), or why nobody had to; empty in records before it was kept."""
    access_generation: int
    access_digest: str = ""
    given_version: int = 0
    facts_digest: str
    revision: int = 0
    """Of the card that was pressed. Like the two above it is empty in records before it was kept."""
    recorded_at: Instant
    not_after: Instant
    """Checked just before sending; a process that was stopped longer than this sends nothing."""
    answered: bool = False
    """The portal said yes; it still has to show the decision."""
    unknown_since: Instant | None = None
    first_request_id: str = ""
    """Where the first one's yes had been given before, with an approval of the same file: the request of that approval.
    Empty where it waited for this one, and where one person was enough."""
    mark: str = ""
    """That it was our press, not somebody else's hand in the ledger; empty in records before it was kept."""

    def told(self) -> str:
        """What the mark is made of: who wanted what, on which facts, and when."""
        parts = {
            "attempt_id",
            "press_id",
            "actor",
            "choice",
            "reaches",
            "first",
            "facts_digest",
            "recorded_at",
        }
        return self.model_dump_json(include=parts)

    @property
    def because(self) -> str:
        """Why, as the presser wrote it, else why nobody had to; empty in records before that was kept."""
        return self.choice.reason or _UNWRITTEN.get(self.justification, "")


class Awaited(Record):
    """An approval that waits for a second person: what the first one saw, wrote and would have sent."""

    awaited_id: str
    press_id: str
    first: Actor
    choice: Choice
    effect: str
    because: str
    """Why two people have to agree, in words."""
    reaches: Reach
    facts_digest: str
    """Of the request's facts that the first one saw; with other facts it is void."""
    rests_on: tuple[str, ...]
    asked_at: Instant
    mark: str = ""
    """That it was our press, not somebody else's hand in the ledger; a yes without it is none."""

    def told(self) -> str:
        """What the mark is made of."""
        return self.model_copy(update={"mark": ""}).model_dump_json()


class Outcome(Record):
    """How a request ended, in the portal's words and ours."""

    state: PortalState
    seen_at: Instant
    attempt: Attempt | None = None
    """Ours, if it was ours."""


class RequestEntry(Record):
    """One approval request inside its case."""

    facts: RequestFacts
    standing: Standing
    first_seen_at: Instant
    clock_from: Instant
    clock_note: str = ""
    """Said aloud when the clock does not start at the request's own time."""
    joined_revision: int
    """The first card revision that showed this request."""
    facts_revision: int
    """The revision at which its facts last changed; an older press is void for it."""
    steps: tuple[Step, ...] = ()
    plan: FrozenPlan | None = None
    """None in records of before there were plans: the one of `[sla]`."""
    assignee: str = ""
    """The owner that the portal names."""
    own_account: str = ""
    """Our own account in the portal, where a claim made it the owner; empty in records of before it was kept."""
    attempt: Attempt | None = None
    """The one outstanding attempt; None when nothing is on its way."""
    outcome: Outcome | None = None
    left: bool = False
    """It no longer fitted and belongs to another case now; here only its story is kept."""
    awaited: Awaited | None = None
    """The approval that waits for a second person; the request is still pending."""
    overtaken: Attempt | None = None
    """Ours that was on its way when somebody in the portal decided: it may take effect after theirs."""
    spent_presses: tuple[str, ...] = ()
    """Presses whose attempt ended without effect; taken up again after a crash they make no second one."""

    @property
    def due_at(self) -> Instant | None:
        """The request's deadline: its first escalation step."""
        return next((step.due_at for step in self.steps if step.kind is StepKind.ESCALATE), None)

    @property
    def assigned_to(self) -> str:
        """A human owner in the portal; that our account stands there for a claim says of nobody that they have it."""
        return "" if self.assignee == self.own_account else self.assignee


class HandedOver(Record):
    """Who gave a case to somebody else, when, and with which sentence."""

    by: Actor
    at: Instant
    because: str
    """The giver's own words to the receiver."""
    user_group_id: str = ""
    """The Slack user group that was called; empty for a single person, and where no group is configured."""


class Claim(Record):
    """“I am on it”: ours and advisory."""

    actor: Actor
    at: Instant
    until: Instant
    escalated: bool = False
    """The claimer belongs to those who were escalated to: repeats of the escalation pause."""
    handed_over: HandedOver | None = None
    """How the claimer came to it, where somebody handed it over; None: claimed it."""


class Elsewhere(Record):
    """An escalation that Slack did not take in time, so that people were called by a second way."""

    step: str
    """Which escalation it was: each is told once."""
    at: Instant
    ways: tuple[str, ...]


class CardAddress(Record):
    """Where a case's card stands in Slack."""

    channel_id: str
    ts: str
    posted_at: Instant
    reposted: bool = False
    """A deleted card is posted again once, not for ever."""

    @property
    def key(self) -> str:
        """The place in one word: `channel|ts`."""
        return f"{self.channel_id}|{self.ts}"


class Case(Record):
    """One card's worth of work. A posted case never splits; a closed one takes no joiners."""

    case_id: str
    organization_id: str
    organization_name: str
    kind: Kind
    os_type: int
    subject_key: str = ""
    """Empty for a case of its own."""
    hash: str = ""
    requests: tuple[RequestEntry, ...]
    revision: int = 1
    """Raised when the requests or their facts change; a press names the revision it saw."""
    opened_at: Instant
    closed_at: Instant | None = None
    redacted_at: Instant | None = None
    """Requestor names, reasons and paths were removed (retention)."""
    claim: Claim | None = None
    evidence: Evidence | None = None
    unusual: tuple[str, ...] = ()
    """Why the case was pinged at once, in words."""
    called: tuple[str, ...] = ()
    """The tiers that were called before its time was over: user groups (`*` where none is configured)."""
    spoke: tuple[Spoke, ...] = ()
    """Which rules of the unusual spoke about its requests when it was looked at last."""
    escalated_at: Instant | None = None
    escalated_by: str = ""
    help_called: str = ""
    """The user group that was called by hand for it (`*` where none is configured); empty: nobody was."""
    """Who asked for it by hand; empty when the clock did."""
    handed_over: HandedOver | None = None
    """The escalation team was given it early, which is not late; None: nobody did, or the team passed it on."""
    policy_due: bool = False
    """Approved by hand so often that one-press approval is closed and a justification is asked."""
    repeats_unweighed: bool = False
    """Approved with a policy due, and whether one is to be proposed now has not been looked at yet."""
    card: CardAddress | None = None
    follows_case_id: str = ""
    """The case that one of its requests left."""
    bundle_id: str = ""
    """Cases with the same one are drawn as one card: a family or a burst (bot/rules/bundles.py). Empty: it has a card
    of its own and is joined by none, as in records of before there were bundles."""
    bundle_key: str = ""
    """The name under which later cases find that card; empty where none may join it."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Escalations that went out by a second way."""
    policy_works: tuple[PolicyWork, ...] = ()
    """What was done to policies after an approval: taken back, promoted, made from a proposal."""
    proposal: Proposal | None = None
    """The policy that was proposed for this software, and what became of the proposal."""

    @property
    def is_open(self) -> bool:
        """Not yet closed: some request is undecided or unanswered."""
        return self.closed_at is None

    @property
    def held(self) -> tuple[RequestEntry, ...]:
        """Requests that belong to this case: all but those that left for another one."""
        return tuple(entry for entry in self.requests if not entry.left)

    @property
    def open_requests(self) -> tuple[RequestEntry, ...]:
        """Requests that still await a decision or an answer."""
        return tuple(entry for entry in self.requests if entry.standing.is_open)

    @property
    def assignees(self) -> tuple[str, ...]:
        """The human owners in the portal of what is open, each once."""
        return tuple(dict.fromkeys(one.assigned_to for one in self.open_requests if one.assigned_to))

    @property
    def pending(self) -> tuple[RequestEntry, ...]:
        """Requests that can be decided now."""
        return tuple(entry for entry in self.requests if entry.standing is Standing.PENDING)

    @property
    def computers(self) -> tuple[str, ...]:
        """Distinct computer ids of the open requests, in order of arrival."""
        return tuple(dict.fromkeys(entry.facts.computer_id for entry in self.open_requests))

    @property
    def due_at(self) -> Instant | None:
        """The earliest deadline of its open requests."""
        return min((entry.due_at for entry in self.open_requests if entry.due_at), default=None)

    def entry(self, request_id: str) -> RequestEntry | None:
        """The entry of one request, or None."""
        return next((entry for entry in self.requests if entry.facts.request_id == request_id), None)

    def rules_about(self, request_id: str = "") -> list[str]:
        """Names of the rules of the unusual that spoke about a request (or any) and are not silenced."""
        told = (one for one in self.spoke if not request_id or one.request_id == request_id)
        return sorted({one.rule for one in told if one.quiet_until is None})

    def shown_at(self, revision: int) -> tuple[RequestEntry, ...]:
        """The requests that a card of this revision showed."""
        return tuple(entry for entry in self.requests if entry.joined_revision <= revision)
