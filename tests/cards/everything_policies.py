"""What is said of policies, and the forms for them, with one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.cards import Rendered
from bot.cards.forms import by_rule_form, policy_forms
from bot.cards.forms.approve_form import ApplicationOffer, GroupOffer, ReachOffer
from bot.cards.kit import blocks, ids
from bot.cards.messages import decisions
from bot.models import (
    Actor,
    Case,
    PolicyAct,
    PolicyPlace,
    PolicyWork,
    Proposal,
    ProposedCase,
    Reach,
    RulePattern,
    Standing,
    Verb,
    WorkStanding,
)
from tests.cards.samples import NOW, attempt, case, ended, entry

LINK = "https://portal.threatlocker.com/approvals"
CARD = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"


def work(text: str, act: PolicyAct, standing: WorkStanding = WorkStanding.DONE, **changed: Any) -> PolicyWork:
    """A change of a policy with that string everywhere."""
    values: dict[str, Any] = {
        "work_id": f"w-{act}",
        "press_id": "p1",
        "act": act,
        "actor": Actor(person_id="kim", name=text or "x", slack_user_id="U0KIM"),
        "request_id": "req-1",
        "policy_id": text,
        "policy_name": text,
        "application_id": text,
        "source": PolicyPlace(reach=Reach.COMPUTER, applies_to_id="comp-1", name=text),
        "place": None
        if act is PolicyAct.TAKE_BACK
        else PolicyPlace(reach=Reach.COMPUTER_GROUP, applies_to_id="g-1", name=text),
        "reason": text,
        "validated_how": text,
        "confirmed_by": text,
        "effect": text,
        "access_generation": 1,
        "recorded_at": NOW,
        "not_after": NOW + timedelta(seconds=20),
        "standing": standing,
        "ended_at": NOW if standing is WorkStanding.DONE else None,
        "made_policy_id": text if act is not PolicyAct.TAKE_BACK else "",
    }
    return PolicyWork(**(values | changed))


def proposal(text: str, **changed: Any) -> Proposal:
    """A proposal with that string everywhere."""
    group = PolicyPlace(reach=Reach.COMPUTER_GROUP, applies_to_id="g-1", name=text)
    told = ProposedCase(
        case_id=text, at=NOW, by=text, computer_id="c", computer_name=text, computer_group=group
    )
    values: dict[str, Any] = {
        "name": text,
        "application_id": text,
        "application_name": text,
        "rule": RulePattern(path=text, signer=text, signer_valid=False),
        "reach": Reach.COMPUTER_GROUP,
        "places": (group, group, group),
        "reach_why": text,
        "cases": (told,) * 10,
        "approvals": 41,
        "saved": 40,
        "within_days": 30,
        "ends_at": NOW + timedelta(days=180),
        "proposed_at": NOW,
    }
    return Proposal(**(values | changed))


def approved_case(text: str, count: int = 1, **changed: Any) -> Case:
    """A case that an approval of ours settled on its computers."""
    facts = {"organization_name": text, "computer_name": text, "path": text}
    outcome = ended(Standing.APPROVED, text, ours=attempt(Verb.APPROVE, effect=text))
    state = outcome.state.model_copy(update={"policy_id": text or "08c3b7e1", "application_id": text})
    outcome = outcome.model_copy(update={"state": state})
    entries = [entry(n, Standing.APPROVED, outcome=outcome, **facts) for n in range(1, count + 1)]
    return case(*entries, **changed)


def policy_messages(text: str) -> Iterator[tuple[str, Rendered]]:
    """Every message about policies, by name."""
    one = approved_case(text)
    for act in PolicyAct:
        yield f"policy {act} done", decisions.work_done(one, work(text, act), LINK, deployed=text)
        yield f"policy {act} without effect", decisions.work_without_effect(one, work(text, act), "")
        yield f"policy {act} prepared", decisions.prepared(work(text, act), [text] * 6, text, LINK)
    unknown = proposal(text, reach=None, places=(), rule=RulePattern(path=text))
    by = Actor(person_id="p", name=text or "x", slack_user_id="U0X")
    yield "policy due", decisions.proposed(one, proposal(text), "S0TEAM", CARD)
    yield "policy proposed", decisions.proposed(one, proposal(text, proposed_by=by), text, text)
    yield "policy due, unknown reach", decisions.proposed(one, unknown, "", "")
    put_off = proposal(text, declined_by=by, declined_at=NOW, declined_because=text)
    yield "policy declined", decisions.declined(one, put_off)


def policy_views(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every form for policies, by name."""
    one = approved_case(text, 3, policy_works=tuple(work(text, act) for act in PolicyAct))
    offers = [
        policy_forms.PolicyOffer(f"r-{n}", text, text or f"p-{n}", text, text if n % 2 else "")
        for n in range(120)
    ]
    reaches = [
        ReachOffer(Reach.COMPUTER, text),
        ReachOffer(Reach.COMPUTER_GROUP),
        ReachOffer(Reach.ORGANIZATION),
        ReachOffer(Reach.GLOBAL, text or "closed"),
    ]
    groups = [GroupOffer(f"g-{n}", text or "Group", is_own=n == 3) for n in range(120)]
    for why, writes_on in (("", True), ("", False), (text or "not verified", True)):
        form = policy_forms.PolicyForm(
            case=one,
            policies=offers,
            reaches=reaches,
            groups=groups,
            not_sent_because=why,
            writes_on=writes_on,
            portal_link=LINK if writes_on else "",
        )
        name = f"{'prepared' if why else 'sent'}, writes {writes_on}"
        yield f"take back, {name}", policy_forms.take_back_modal(form)
        yield f"promote, {name}", policy_forms.promote_modal(form)
        yield f"create policy, {name}", policy_forms.create_modal(form, proposal(text))
        yield (
            f"by rule, {name}",
            by_rule_form.by_rule_modal(
                by_rule_form.ByRuleForm(
                    case=one,
                    proposal=proposal(text),
                    shown="0" * 16,
                    requests=[blocks.option(text, f"r-{n}") for n in range(120)],
                    one_computer_only=not writes_on,
                    reaches=reaches,
                    groups=groups,
                    applications=[ApplicationOffer(ids.MATCH, f"a-{n}", text) for n in range(5)]
                    if why
                    else (),
                    application_name=text,
                    new_closed=text if why else "",
                    creators=[(f"sha256:{n}", text) for n in range(20)] if writes_on else (),
                    evidence=text,
                    effect=(text, text),
                    writes_on=writes_on,
                )
            ),
        )
    yield "not now", policy_forms.not_now_modal(one, proposal(text))
