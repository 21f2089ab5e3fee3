"""Cards of every kind in every state, as they come: what is measured, and what the pictures in docs/cards.md show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.models import (
    Actor,
    Attempt,
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    Choice,
    Claim,
    Device,
    Elsewhere,
    Evidence,
    Finding,
    HandedOver,
    Kind,
    PolicyAct,
    PolicyPlace,
    PolicyWork,
    Reach,
    RequestEntry,
    RulePattern,
    Rules,
    Seen,
    Signer,
    Standing,
    StorageTerms,
    Verb,
    WorkStanding,
)
from bot.models.unusual import UnusualRule
from bot.rules.kinds import traits_of
from bot.rules.redaction import redact
from bot.rules.unusual import rule_traits
from tests.cards.everything_policies import proposal
from tests.cards.samples import awaited, case, earlier, ended, entry, evidence

NOW = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
ANA = Actor(person_id="ana", name="Ana Moreau", slack_user_id="U0ANA")
KIM = Actor(person_id="kim", name="Kim Okafor", slack_user_id="U0KIM")
RULES = Rules(writes_on=True, portal_link="https://portal.threatlocker.com/approvals")
FJORDLIGHT = Signer(subject="CN=Fjordlight Software, O=Fjordlight Software AS, C=NO", valid=True)
COMMON: dict[str, Any] = {
    "organization_name": "Brightwater Survey",
    "computer_name": "BRW-WS-007",
    "requestor": "BRIGHTWATER\\dana.quist",
    "reason": "Need the tide planner for the Tuesday survey",
    "path": r"C:\Users\dana.quist\Downloads\tideplan-4.2-setup.exe",
    "signers": (FJORDLIGHT,),
}
BARE: dict[str, Any] = {"hash": "", "sha256": "", "signers": (), "parent_process": ""}


@dataclass(frozen=True)
class Sort:
    """One kind of request, with what a request of it says."""

    facts: dict[str, Any] = field(default_factory=dict)
    has_checks: bool = True
    is_decided_here: bool = True


SORTS: dict[str, Sort] = {
    "application": Sort(),
    "application-macos": Sort(
        {"os_type": 2, "path": "/Users/dana/Downloads/SketchPort.app/SketchPort", "computer_name": "BRW-MAC-02"}
    ),
    "browser-extension": Sort(
        {"is_extension": True, "signers": (), "path": r"C:\Users\dana\AppData\Local\Larkspur\Extensions\kpdnqxo\2.1"}
    ),
    "elevation": Sort({"kind": Kind.ELEVATION, "path": r"C:\Program Files\LedgerLeaf\ledgerleaf.exe"}),
    "storage": Sort(
        {
            "kind": Kind.STORAGE,
            **BARE,
            "path": "E:\\transfer\\*",
            "device": Device(type="USB", serial_number="EX-BRW-0007", manufacturer="Corvid Media"),
            "reason": "Photos for the harbour office",
        },
        has_checks=False,
    ),
    "web-control": Sort(
        {"kind": Kind.WEB_CONTROL, **BARE, "path": "https://files.example/upload", "reason": "To send the survey"},
        has_checks=False,
        is_decided_here=False,
    ),
    "network": Sort(
        {"kind": Kind.OTHER, **BARE, "action_type": "network", "path": "tcp://203.0.113.9:4444"},
        has_checks=False,
        is_decided_here=False,
    ),
    "odd-row": Sort(
        {"kind": Kind.OTHER, **BARE, "action_type": "", "path": "", "requestor": "", "reason": ""},
        has_checks=False,
        is_decided_here=False,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A card to be drawn: the record, the settings, the moment."""

    case: Case
    rules: Rules = RULES
    now: datetime = NOW
    beside: tuple[Case, ...] = ()
    """The other cases that share its card."""


CUSTOMERS = ("Contoso", "Fabrikam", "Northwind Traders", "Adventure Works", "Tailspin Toys", "Wingtip Toys")
FILES = ("setup.exe", "helper.exe", "driverpack.exe", "updater.exe", "uninstall.exe", "service.exe")


def shared() -> dict[str, Shown]:
    """Cards that several cases share, by name: one file of six customers, and one computer's six files."""
    sort = SORTS["application"]
    waiting = [_at(number, of(sort, evidence=known(sort))) for number in range(1, 7)]
    claimed = [case.model_copy(update={"claim": _claim()}) for case in waiting]
    second = [_at(number, _second(sort)) for number in (1, 2)]
    over = [_at(number, _approved(sort)) for number in range(1, 7)]
    denied = _at(6, _over(sort, Standing.REJECTED, ours=pressed(Verb.DENY)))
    burst = [
        of(sort, one(sort, path=rf"C:\Users\dana\Downloads\kit\{name}", hash=f"{number:032X}")).model_copy(
            update={"case_id": f"b{number}", "hash": f"{number:032X}"}
        )
        for number, name in enumerate(FILES, start=1)
    ]
    return {
        "family, waiting": _together(waiting),
        "family, claimed": _together(claimed),
        "family, late": _together(waiting, now=_LATE),
        "family, waiting for a second": _together([*second, *waiting[2:4]]),
        "family, partly decided": _together([*over[:2], *waiting[2:]]),
        "family, decided": _together([*over[:5], denied]),
        "family, asked again": _together([*over[:2], denied, waiting[2]]),
        "burst, waiting": _together(burst),
    }


def _at(number: int, case: Case) -> Case:
    """The same at another customer."""
    name = CUSTOMERS[number - 1]
    where = {"organization_id": f"org-{number}", "organization_name": name}
    computer = {"computer_id": f"comp-{number}", "computer_name": f"{name[:3].upper()}-WS-{number:03}"}
    held = tuple(
        each.model_copy(update={"facts": each.facts.model_copy(update=where | computer)})
        for each in case.requests
    )
    return case.model_copy(update={"case_id": f"f{number}", "requests": held, **where})


def _together(cases: list[Case], now: datetime = NOW) -> Shown:
    return Shown(cases[0], now=now, beside=tuple(cases[1:]))


def gallery() -> dict[str, Shown]:
    """Every kind in every state that it can be in, by name: `elevation, late`."""
    return {
        f"{kind}, {state}": draw(sort)
        for kind, sort in SORTS.items()
        for state, draw in STATES.items()
        if sort.is_decided_here or state not in _ONLY_HERE
    }


def checks(sort: Sort, *changed: Check) -> tuple[Check, ...]:
    """What is found out about ordinary software that nobody here has met."""
    if not sort.has_checks:
        return (_check(CheckName.OPEN_CASES, CheckFinding.OK, "no other open case"), *changed)
    other = {one.name: one for one in changed}
    plain = (
        _check(CheckName.SIGNER, CheckFinding.OK, f"valid signature of {FJORDLIGHT.subject}"),
        _check(CheckName.PATH, CheckFinding.UNKNOWN, "a temporary or download folder"),
        _check(CheckName.PARENT, CheckFinding.OK, "started by explorer"),
        _check(CheckName.SEEN, CheckFinding.UNKNOWN, "never before in this organization"),
        _check(CheckName.ON_FILE, CheckFinding.OK, "no decision before"),
        _check(CheckName.ON_SIGNER, CheckFinding.OK, "1 approved; the last", since=NOW - timedelta(days=9)),
        _check(CheckName.ELSEWHERE, CheckFinding.OK, "approved in 2 other organizations"),
        _check(CheckName.MODE, CheckFinding.OK, "secured"),
    )
    return tuple(other.pop(one.name, one) for one in plain) + tuple(other.values())


def _check(name: CheckName, finding: CheckFinding, note: str, **more: Any) -> Check:
    return Check(name=name, finding=finding, note=note, source=CheckSource.RECORD, checked_at=NOW, **more)


def known(sort: Sort, *changed: Check, **of_evidence: Any) -> Evidence:
    """The evidence of a kind."""
    seen = Seen.NEVER if sort.has_checks else Seen.UNKNOWN
    return evidence(**{"seen": seen, "checks": checks(sort, *changed)} | of_evidence)


def one(sort: Sort, number: int = 1, standing: Standing = Standing.PENDING, **changed: Any) -> RequestEntry:
    """A request of a kind."""
    return entry(number, standing, **COMMON | sort.facts | changed)


def of(sort: Sort, *entries: RequestEntry, **changed: Any) -> Case:
    """A case of a kind."""
    return case(*(entries or (one(sort),)), **{"evidence": known(sort)} | changed)


def pressed(verb: Verb = Verb.APPROVE, **changed: Any) -> Attempt:
    """Ana's press."""
    elevate = changed.pop("elevate", False)
    choice = Choice(
        verb=verb,
        elevate=elevate,
        elevate_hours=1 if elevate else 0,
        storage=StorageTerms() if changed.pop("storage", False) else None,
        reason="Use the managed version from the company portal" if verb is Verb.DENY else "",
    )
    values: dict[str, Any] = {
        "attempt_id": "att-1",
        "press_id": "press-1",
        "actor": ANA,
        "choice": choice,
        "effect": "tideplan-4.2-setup.exe may run on BRW-WS-007 only, recognized by its hash.",
        "rests_on": ("grant-1",),
        "access_generation": 1,
        "facts_digest": "d" * 64,
        "recorded_at": NOW,
        "not_after": NOW + timedelta(seconds=20),
    }  # fmt: skip
    return Attempt(**values | changed)


def _over(sort: Sort, standing: Standing, **how: Any) -> Case:
    return of(sort, one(sort, 1, standing, outcome=ended(standing, **how)), closed_at=NOW)


def _approved(sort: Sort, **changed: Any) -> Case:
    kind = sort.facts.get("kind")
    ours = pressed(elevate=kind is Kind.ELEVATION, storage=kind is Kind.STORAGE, **changed)
    return _over(sort, Standing.APPROVED, label="Approved", ours=ours)


def _work(act: PolicyAct) -> PolicyWork:
    place = PolicyPlace(reach=Reach.ORGANIZATION, applies_to_id="org", name="Brightwater Survey")
    return PolicyWork(
        work_id="w-1",
        press_id="p-2",
        act=act,
        actor=KIM,
        request_id="req-1",
        place=None if act is PolicyAct.TAKE_BACK else place,
        access_generation=1,
        recorded_at=NOW,
        not_after=NOW,
        standing=WorkStanding.DONE,
        ended_at=NOW + timedelta(minutes=30),
    )


def _moved(sort: Sort) -> Case:
    over = _over(sort, Standing.CLOSED, label="Moved to a new card")
    return over.model_copy(update={"requests": (over.requests[0].model_copy(update={"left": True}),)})


def _second(sort: Sort) -> Case:
    return of(sort, one(sort, awaited=awaited(first=ANA)))


def _many(sort: Sort) -> Case:
    entries = [
        one(sort, n, computer_name=f"BRW-WS-{n:03}", requestor=f"BRIGHTWATER\\dana{n}", reason=f"For survey {n}")
        for n in range(1, 10)
    ]  # fmt: skip
    return of(sort, *entries)


def _partly(sort: Sort) -> Case:
    done = one(sort, 1, Standing.APPROVED, outcome=ended(Standing.APPROVED, "Approved", ours=pressed()))
    others = one(sort, 2, computer_name="BRW-WS-011"), one(sort, 3, computer_name="BRW-WS-019")
    # From the first approval on it is known here, though for single computers only.
    met = {"seen": Seen.BEFORE, "one_at_a_time": True} if sort.has_checks else {}
    return of(sort, done, *others, evidence=known(sort, **met))


def _bad(sort: Sort) -> Case:
    note = "the portal's research rates TidePlan 5 of 5 for concern"
    found = known(
        sort,
        _check(CheckName.RESEARCH, CheckFinding.BAD, note),
        known_bad=Finding.YES,
        known_bad_note=note,
    )
    return of(sort, evidence=found, unusual=("the file is known to be bad",))


def _unusual(sort: Sort) -> Case:
    """A remote tool where the kind has a file, so that the card is one that there may be."""
    named = one(sort, path="C:\\Users\\dana\\Downloads\\AnyDesk.exe")
    is_software = traits_of(named.facts.kind).is_software
    says = rule_traits(UnusualRule.REMOTE_TOOL).says
    return of(sort, named if is_software else one(sort), unusual=(says,))


_PAGED = Elsewhere(step="last", at=NOW, ways=("webhook", "mail", "pagerduty", "opsgenie"))


def worst(sort: Sort, text: str = "interminable ") -> Case:
    """Everything long, everything bad, everything at once."""
    words = text * 60
    bad = tuple(_check(name, CheckFinding.BAD, words, since=NOW) for name in CheckName)
    entries = [
        one(
            sort,
            n,
            computer_name=f"{words} {n}",
            organization_name=words,
            requestor=f"{words} {n}",
            reason=f"{words} {n}",
            instructions=words,
            path=f"C:\\Users\\d\\Downloads\\{words} {n}.exe",
            action_type=words,
            assignee=words,
            clock_note=words,
            signers=(Signer(subject=words, valid=False),),
        )
        for n in range(1, 5)
    ]
    found = evidence(
        checks=bad,
        known_bad=Finding.YES,
        known_bad_note=words,
        already_approved=Finding.YES,
        already_approved_by=words,
        failed=(words,),
    )
    return of(
        sort,
        *entries,
        evidence=found,
        unusual=(words, words),
        escalated_at=NOW,
        escalated_by=words,
        elsewhere=(_PAGED,),
        policy_due=True,
        follows_case_id="c0",
        claim=_claim(handed=words),
        handed_over=HandedOver(by=ANA.model_copy(update={"name": words}), at=NOW, because=words),
    )


def _claim(handed: str = "") -> Claim:
    over = HandedOver(by=ANA, at=NOW, because=handed) if handed else None
    actor = KIM.model_copy(update={"name": handed or KIM.name})
    return Claim(actor=actor, at=NOW, until=NOW + timedelta(minutes=15), handed_over=over)


_LATE = NOW + timedelta(minutes=20)
_SENT = pressed()
_DOUBT = pressed(unknown_since=NOW)
_NOTE = "Call Maja at the front desk before anything is approved for the laboratory"


def _new_version(sort: Sort) -> Case:
    """Other versions of it were approved here, and a rule is proposed for them all."""
    rule = RulePattern(path=r"C:\*\tideplan-*.exe", signer=FJORDLIGHT.subject, signer_valid=True)
    proposed = proposal("tideplan.exe", rule=rule)
    before = (earlier(by="Lee Sandoval"), earlier(by="Ana Moreau"))
    found = known(sort, seen=Seen.NEW_VERSION, hand_approvals=2, earlier=before)
    return of(sort, evidence=found, proposal=proposed)


STATES: dict[str, Callable[[Sort], Shown]] = {
    "new": lambda sort: Shown(of(sort, evidence=None)),
    "open": lambda sort: Shown(of(sort)),
    "instructions": lambda sort: Shown(of(sort, one(sort, instructions=_NOTE))),
    "several computers": lambda sort: Shown(_many(sort)),
    "claimed": lambda sort: Shown(of(sort, claim=_claim())),
    "handed over": lambda sort: Shown(of(sort, claim=_claim("Kim Okafor"))),
    "with the team": lambda sort: Shown(
        of(sort, handed_over=HandedOver(by=ANA, at=NOW, because="It needs a policy"))
    ),
    "late": lambda sort: Shown(of(sort, escalated_at=NOW + timedelta(minutes=13)), now=_LATE),
    "paged": lambda sort: Shown(
        of(sort, escalated_at=NOW + timedelta(minutes=13), elsewhere=(_PAGED,)), now=_LATE
    ),
    "help called": lambda sort: Shown(of(sort, escalated_at=NOW, escalated_by="Hal Novak")),
    "unusual": lambda sort: Shown(_unusual(sort)),
    "known bad": lambda sort: Shown(_bad(sort)),
    "policy due": lambda sort: Shown(
        of(sort, policy_due=True, evidence=known(sort, seen=Seen.NEW_VERSION, hand_approvals=2))
    ),
    "new version": lambda sort: Shown(_new_version(sort)),
    "permitted already": lambda sort: Shown(
        of(
            sort,
            evidence=known(
                sort, already_approved=Finding.YES, already_approved_by="Office tools", seen=Seen.BEFORE
            ),
        )
    ),
    "assigned in the portal": lambda sort: Shown(of(sort, one(sort, assignee="Pat Rowan"))),
    "clock from first seen": lambda sort: Shown(of(sort, one(sort, clock_note="counted from first seen"))),
    "from another card": lambda sort: Shown(of(sort, follows_case_id="c0")),
    "writes off": lambda sort: Shown(of(sort), RULES.model_copy(update={"writes_on": False})),
    "waiting for a second": lambda sort: Shown(_second(sort)),
    "being decided": lambda sort: Shown(of(sort, one(sort, 1, Standing.DECIDING, attempt=_SENT))),
    "checking": lambda sort: Shown(of(sort, one(sort, 1, Standing.CHECKING, attempt=_DOUBT))),
    "partly decided": lambda sort: Shown(_partly(sort)),
    "worst": lambda sort: Shown(worst(sort), now=_LATE),
    "worst, short words": lambda sort: Shown(worst(sort, "a "), now=_LATE),
    "worst, writes off": lambda sort: Shown(
        worst(sort, "a "), RULES.model_copy(update={"writes_on": False}), _LATE
    ),
    "approved": lambda sort: Shown(_approved(sort)),
    "approved by two": lambda sort: Shown(_approved(sort, first=KIM)),
    "denied": lambda sort: Shown(_over(sort, Standing.REJECTED, label="Rejected", ours=pressed(Verb.DENY))),
    "approved in the portal": lambda sort: Shown(_over(sort, Standing.APPROVED, by="pat.rowan@rowanbridge.example")),
    "rejected in the portal": lambda sort: Shown(_over(sort, Standing.REJECTED, by="pat.rowan@rowanbridge.example")),
    "closed in the portal": lambda sort: Shown(_over(sort, Standing.CLOSED, label="Not learned", at=None)),
    "taken back": lambda sort: Shown(
        _approved(sort).model_copy(update={"policy_works": (_work(PolicyAct.TAKE_BACK),)})
    ),
    "promoted": lambda sort: Shown(
        _approved(sort).model_copy(update={"policy_works": (_work(PolicyAct.PROMOTE),)})
    ),
    "ended differently": lambda sort: Shown(
        of(
            sort,
            one(sort, 1, Standing.APPROVED, outcome=ended(Standing.APPROVED, "Approved", ours=pressed())),
            one(sort, 2, Standing.REJECTED, outcome=ended(Standing.REJECTED, "Rejected", by="Pat Rowan")),
            one(sort, 3, Standing.CLOSED, outcome=ended(Standing.CLOSED, "Not learned")),
            closed_at=NOW,
        )
    ),
    "moved": lambda sort: Shown(_moved(sort)),
    "redacted": lambda sort: Shown(redact(_approved(sort), NOW)),
}  # fmt: skip
_ONLY_HERE = frozenset(
    {"waiting for a second", "being decided", "checking", "partly decided", "approved", "approved by two", "denied"}
    | {"taken back", "promoted", "policy due", "redacted"}
)  # fmt: skip
"""States that need a press of ours."""
