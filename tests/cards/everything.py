"""Every renderer of the cards package, called with one string in every place that outside text can reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.cards import Rendered, app_home, home, lookup, render_case, render_cases
from bot.cards.case import modals
from bot.cards.forms.approve_form import ApproveForm, GroupOffer, ReachOffer
from bot.cards.forms.approve_modal import approve_modal
from bot.cards.forms.shared_form import SharedForm, shared_approve_modal, shared_details_modal
from bot.cards.kit.words import raw, say
from bot.cards.messages import administration, administration_roles, answers, decisions, pages, record
from bot.cards.messages import duty as messages
from bot.cards.messages.notices import nobody_on_call, turn_begins, turn_ends
from bot.cards.messages.oncall import calendar_back, calendar_odd, calendar_stale
from bot.cards.messages.timing import timing_report
from bot.models import (
    Actor,
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    Claim,
    Device,
    Elsewhere,
    Finding,
    Kind,
    Reach,
    RequestEntry,
    Seen,
    Signer,
    SlackGrant,
    SlackRole,
    Standing,
    StepKind,
    Suspension,
    Verb,
)
from bot.models.rotas import Called
from bot.rules.figures import Figures, ShadowPress
from bot.rules.notices import Hole, Relief
from bot.rules.timing import Report, Waited, report_of
from permissions import PERMISSIONS
from tests.cards.everything_calls import call_messages
from tests.cards.everything_duty import duty_messages, duty_views, home_on_call
from tests.cards.everything_exceptions import exception_messages, exception_views
from tests.cards.everything_handed import handed_messages, handed_views
from tests.cards.everything_maintenance import mode_messages, mode_views
from tests.cards.everything_policies import policy_messages, policy_views
from tests.cards.everything_record import record_messages
from tests.cards.everything_second import second_messages, second_views
from tests.cards.samples import (
    NOW,
    RULES,
    attempt,
    case,
    decided,
    earlier,
    ended,
    entry,
    evidence,
)
from tests.cards.storage_samples import storage_views

LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"


def _slow_report(text: str, count: int) -> Report:
    """Many requests, all late, each of another organization and of a kind of its own."""
    asked = NOW - timedelta(hours=2)
    waits = [
        Waited(f"r{number}", text, f"{text}{number}", f"{text}{number}", asked, NOW)
        for number in range(count + 1)
    ]
    return report_of(waits, asked, NOW)


def hostile_facts(text: str) -> dict[str, Any]:
    """Every free text of a request."""
    return {
        "organization_name": text,
        "action_type": text,
        "computer_name": text,
        "path": text,
        "hash": text or "AA",
        "sha256": text,
        "signers": (Signer(subject=text, valid=False), Signer(subject=text, valid=True)),
        "parent_process": text,
        "created_by": (text,),
        "policy_name": text,
        "requestor": text,
        "requestor_email": text,
        "reason": text,
        "instructions": text,
        "device": Device(type=text, serial_number=text, manufacturer=text),
    }


def hostile_checks(text: str) -> tuple[Check, ...]:
    """Every check with that string as its note, the findings in turn."""
    findings = list(CheckFinding)
    return tuple(
        Check(
            name=name,
            finding=findings[number % len(findings)],
            note=text,
            since=NOW,
            source=CheckSource.RECORD,
            checked_at=NOW,
        )
        for number, name in enumerate(CheckName)
    )


def hostile_case(text: str, count: int = 1, **changed: Any) -> Case:
    """An open case in which every free text is that string; with several requests each has its own."""
    entries = [
        entry(n, assignee=text, clock_note=text, **hostile_facts(text if count == 1 else f"{text} {n}"))
        for n in range(1, count + 1)
    ]
    actor = Actor(person_id="p", name=text or "x", slack_user_id="U0CLAIM")
    values: dict[str, Any] = {
        "claim": Claim(actor=actor, at=NOW, until=NOW + timedelta(minutes=5)),
        "evidence": evidence(
            known_bad=Finding.YES,
            known_bad_note=text,
            already_approved=Finding.YES,
            already_approved_by=text,
            seen=Seen.NEW_VERSION,
            seen_note=text,
            product=text,
            hand_approvals=4,
            earlier=tuple(earlier(by=text, reach=text) for _ in range(6)),
            failed=(text, text),
            checks=hostile_checks(text),
        ),
        "unusual": (text, text),
        "escalated_at": NOW,
        "escalated_by": text,
        "elsewhere": (Elsewhere(step="last", at=NOW, ways=("mail", "opsgenie")),),
        "policy_due": True,
    }
    return case(*entries, **(values | changed))


def finished_entries(text: str) -> list[RequestEntry]:
    """One request in every state but pending, with that string as every name and label."""
    actor = Actor(person_id="p", name=text or "x", slack_user_id="U0X")
    ours = attempt(actor=actor, effect=text)
    denial = attempt(Verb.DENY, actor=actor, effect=text)
    denial = denial.model_copy(update={"choice": denial.choice.model_copy(update={"reason": text})})
    given = hostile_facts(text)
    return [
        entry(1, Standing.DECIDING, attempt=ours, **given),
        entry(2, Standing.CHECKING, attempt=denial, **given),
        entry(3, Standing.APPROVED, outcome=ended(Standing.APPROVED, text, ours=ours), **given),
        entry(4, Standing.REJECTED, outcome=ended(Standing.REJECTED, text, ours=denial), **given),
        entry(5, Standing.REJECTED, outcome=ended(Standing.REJECTED, text, by=text), **given),
        entry(6, Standing.CLOSED, outcome=ended(Standing.CLOSED, text, by=text), **given),
    ]


def rendered_messages(text: str, count: int = 1) -> Iterator[tuple[str, Rendered]]:
    """Every message, card and answer, by name."""
    for kind in Kind:
        yield f"card {kind}", render_case(_of_kind(hostile_case(text, count), kind), RULES, NOW)
    yield "card of several", render_cases(_several(text), RULES, NOW)
    yield "card states", render_case(case(*finished_entries(text)), RULES, NOW)
    closed = hostile_case(text, count, closed_at=NOW, redacted_at=NOW)
    yield "card redacted", render_case(closed, RULES, NOW)
    yield from second_messages(text, hostile_case(text, count), hostile_facts(text))
    yield from handed_messages(text, hostile_case(text, count))
    yield from mode_messages(text)
    yield from policy_messages(text)
    yield from exception_messages(text)
    yield from record_messages(text, count)
    yield from call_messages(text, hostile_case(text, count), count)
    yield from _case_messages(text, hostile_case(text, count))
    yield from _answers(text, hostile_case(text, count))
    yield from _lookups(text)
    yield from duty_messages(text, count)
    yield "rota calendar away", calendar_stale(text, NOW, text, NOW)
    yield "rota calendar never read", calendar_stale(text, NOW, text, None)
    yield "rota calendar back", calendar_back(text)
    yield "rota calendar odd", calendar_odd(text, [text] * (count + 6))
    yield from _notices(text, hostile_case(text, count), count)
    yield "sla", timing_report(_slow_report(text, count), lambda one: one, began=NOW)
    yield (
        "sla with all figures",
        timing_report(_slow_report(text, count), lambda _: text, figures=_figures(_slow_report(text, count))),
    )
    yield from _administration(text)


def _several(text: str) -> list[Case]:
    """The same file at two customers."""
    return [
        hostile_case(text, case_id=f"c{number}", organization_id=f"org-{number}", organization_name=text)
        for number in (1, 2)
    ]


def _notices(text: str, about: Case, count: int) -> Iterator[tuple[str, Rendered]]:
    """A turn that began long ago, one that is to come, and holes."""
    waiting = [(about, LINK if each % 2 else "") for each in range(count + 11)]
    past = Relief(text, NOW - timedelta(hours=3), NOW + timedelta(hours=3), text, text, NOW)
    coming = Relief(text, NOW + timedelta(hours=3), None, text, "", NOW)
    yield "turn begins", turn_begins(coming, "", [], NOW)
    yield "turn began", turn_begins(past, text, waiting, NOW)
    yield "turn ends", turn_ends(coming, "", [], NOW)
    yield "turn ended", turn_ends(replace(past, starts=NOW - timedelta(minutes=7)), text, waiting[:1], NOW)
    yield "hole begun", nobody_on_call(Hole(text, NOW, NOW + timedelta(hours=2)), NOW)
    yield "hole to come", nobody_on_call(Hole(text, NOW + timedelta(hours=1), None), NOW)


def _figures(report: Report) -> Figures:
    """Everything that is told beside the times; a case id and a name come from outside."""
    shadow = [
        ShadowPress(f"r{n}", f"c{n}", "org-a", NOW, verb, NOW, other)
        for n in range(6)
        for verb, other in ((Verb.APPROVE, Verb.DENY), (Verb.DENY, Verb.APPROVE))
    ]
    return Figures(
        report=report,
        shadow=shadow,
        rules=[("burst", 9, 4)],
        proposed=3,
        taken=1,
        declined=1,
        reviews_due=2,
        renewed=1,
        closed=1,
        ended=0,
        decided_here=40,
        deciders=3,
        busiest=("Mon 09:00", 12),
    )


def _of_kind(one: Case, kind: Kind) -> Case:
    return one.model_copy(update={"kind": kind})


def _case_messages(text: str, one: Case) -> Iterator[tuple[str, Rendered]]:
    unclaimed = one.model_copy(update={"claim": None})
    for held in (one, unclaimed):
        for kind in StepKind:
            yield (
                f"step {kind.value}",
                messages.step_message(
                    kind, held, RULES, NOW, called=Called(user_group_id="S0TEAM"), permalink=LINK
                ),
            )
            yield (
                f"step {kind.value}, odd",
                messages.step_message(
                    kind, held, RULES, NOW, called=Called(user_group_id=text), permalink=text
                ),
            )
    yield "help", messages.asked_for_help(one, Called(user_group_id="S0TEAM"), LINK, asked_by=text)
    yield "unusual", messages.unusual_ping(one, Called(user_group_id=text), text)
    yield "elevation", messages.elevation_arrival(one, Called(user_group_id=""), "")
    yield "held", messages.held(one, NOW)
    yield "widespread", messages.widespread_ping(one, Called(user_group_id="S0TEAM"), LINK)
    yield "backlog", messages.backlog_summary(41, [text] * 12, NOW, "S0TEAM")
    yield "flood", messages.flood_summary(41, text, "S0TEAM")
    yield "backlog undated", messages.backlog_summary(41, [], None, "")
    yield "overtaken", messages.claim_overtaken(one, text)
    yield "twin", messages.twin_retired(LINK)
    yield (
        "call over",
        messages.call_over(case(decided(1, Standing.APPROVED, ours=attempt(effect=text))), LINK),
    )
    yield "withdrawn", messages.card_withdrawn()
    yield "without channel", messages.cases_without_channel(3, text, "S0TEAM")
    yield "late and unseen", messages.late_and_unseen("S0TEAM")
    yield "slack refuses", messages.slack_refuses(text, text)
    yield "head", record.audit_head(7, text, NOW)
    yield "token refused", record.portal_token_refused(NOW)
    yield "ledger away", record.ledger_takes_nothing(NOW, text, text)
    yield "ledger back", record.ledger_is_back(NOW, NOW, text)
    yield "odd rows", record.odd_rows("approval requests", [text] * 3)
    yield "token accepted", record.portal_token_accepted()
    yield "channel gone", messages.channel_gone(text, text)
    yield "channel back", messages.channel_back(text)
    done = decided(1, Standing.APPROVED, ours=attempt(effect=text))
    over = finished_entries(text)
    for number in (1, 15):
        yield f"decided here, {number}", decisions.decided_here([done, over[2]] * number, LINK)
    yield "denied here", decisions.decided_here([over[3]], text)
    yield "decided in the portal", decisions.decided_in_portal(_noted([*over[4:], done], text))
    for told in _noted([*over[4:], done], text):
        yield "decided again in the portal", decisions.decided_again(told)
    yield "claim lapsed", answers.claim_lapsed(one)
    yield "taken over", answers.claim_taken_over(one, text)
    yield "doubt ended", answers.doubt_ended(done, attempt(), reopened=False)
    yield "doubt reopened", answers.doubt_ended(one.requests[0], attempt(Verb.DENY), reopened=True)
    yield "doubt elsewhere", answers.doubt_ended(finished_entries(text)[4], attempt(), reopened=False)
    yield "nothing claimed", answers.nothing_claimed(one)


def _noted(entries: Sequence[RequestEntry], text: str) -> list[RequestEntry]:
    """The same ends a dozen times, each with a note of its own in the portal."""
    noted = []
    for number, one in enumerate([*entries] * 4):
        assert one.outcome is not None
        state = one.outcome.state.model_copy(update={"comments": f"{text} {number}"})
        outcome = one.outcome.model_copy(update={"state": state, "attempt": None})
        noted.append(one.model_copy(update={"outcome": outcome}))
    return noted


def _answers(text: str, one: Case) -> Iterator[tuple[str, Rendered]]:
    yield "refused", answers.refused(text, [text] * 5, text)
    yield "refused, team", answers.refused(text, (), text, technician=True)
    yield "refused, nobody", answers.refused(text)
    yield "not recorded", answers.not_recorded()
    yield "not readable", answers.not_readable()
    yield "too many", answers.too_many_presses()
    yield "maybe recorded", answers.maybe_recorded()
    yield "called before", answers.called_before(NOW, text)
    yield "too late", answers.too_late(one)
    yield "stale", answers.stale_card(text)
    yield "claimed", answers.claimed(one)
    yield "released", answers.released()
    yield "a second way refuses", pages.way_refuses("pagerduty", text)
    yield "escalated", answers.escalated()
    yield "trouble", answers.trouble(text)
    yield "said", answers.said(text)


def group(text: str, **changed: Any) -> lookup.BlockedGroup:
    """Blocked items with that string everywhere."""
    values: dict[str, Any] = {
        "subject": text,
        "count": 12,
        "last_at": NOW,
        "policy": text,
        "action": text,
        "computers": [text] * 5,
        "users": [text] * 5,
        "card_link": LINK,
    }
    return lookup.BlockedGroup(**(values | changed))


def page(text: str, groups: Sequence[lookup.BlockedGroup], **changed: Any) -> lookup.LookupPage:
    """A page of an answer."""
    values: dict[str, Any] = {
        "asked": text,
        "span": "the last 24 hours",
        "organizations": [text],
        "groups": groups,
    }
    return lookup.LookupPage(**(values | changed))


def _lookups(text: str) -> Iterator[tuple[str, Rendered]]:
    standing = [say("1 waiting. "), raw(text)]
    full = page(
        text,
        [group(text, standing=standing, history=f"t{number}") for number in range(12)],
        organizations=[text] * 3,
        total_groups=40,
        rows_cut=True,
        newer="n",
        older="o",
        permits="p",
        as_of=NOW,
        since=NOW,
        complete_since=NOW,
        portal_link=LINK,
    )
    yield "found", lookup.found(full)
    yield (
        "found one",
        lookup.found(
            page(text, [group(text, count=1, simulated=True, card_link=text, has_open_request=True)])
        ),
    )
    yield "found bare", lookup.found(page(text, [group(text, computers=(), users=(), card_link="")]))
    yield "nothing", lookup.nothing_blocked(page(text, []))
    event = lookup.FileEvent(at=NOW, what="blocked", action=text, policy=text, user=text)
    for is_cut in (True, False):
        history = lookup.FileHistory(
            path=text,
            computer=text,
            organization=text,
            events=[event, lookup.FileEvent(at=None, what="permitted")] * (30 if is_cut else 0),
            is_cut=is_cut,
            unreadable=2 if is_cut else 0,
            as_of=NOW,
            portal_link=LINK,
        )
        yield f"history {is_cut}", lookup.file_history(history)
    yield "not allowed", lookup.not_allowed(text, [text])
    yield "not allowed, nobody", lookup.not_allowed(text)
    yield "cannot look", lookup.cannot_look(text)
    yield "not understood", lookup.not_understood(text, text)
    lines = [home.CaseLine(hostile_case(text), LINK)] * 25
    yield "find", home.find_answer(text, lines, as_of=NOW, days=7)
    yield "whoami", home.whoami_answer(text, grants(text, 40), generation=3)
    yield "help", home.help_answer([home.HelpLine("/gatehouse who <what>", "who may")] * 20)
    yield "unknown command", home.unknown_command(text)


def _administration(text: str) -> Iterator[tuple[str, Rendered]]:
    by = Actor(person_id="p", name=text, slack_user_id="U0X")
    given = SlackGrant(
        grant_id="g1",
        person_id="q",
        person_name=text,
        role=text,
        organization_id="o",
        organization_name=text,
        until=NOW,
        given_by=by,
        given_at=NOW,
        reason=text,
    )
    stopped = Suspension(person_id="q", person_name=text, by=by, at=NOW, reason=text)
    yield "granted", administration.granted(given, text)
    yield "granted plainly", administration.granted(given)
    yield "granted to you", administration.granted_to_you(given)
    yield "revoked", administration.revoked([given] * 30, text, text)
    yield "revoked from you", administration.revoked_from_you([given] * 30, text, text)
    yield "expired", administration.expired(given)
    yield "done", administration.done([text, text])
    yield "order not understood", administration.not_understood(text, text)
    yield "suspended", administration.suspended(stopped)
    yield "lifted", administration.lifted(stopped, text, text)
    for many in ([], [text] * 30):
        change = administration.UserGroupChange(
            key=text,
            user_group_id=text,
            joined=many,
            left=many,
            strangers=many,
            holds=many,
            is_first=not many,
        )
        yield "user group", administration.user_group_changed(change)
        yield "drift", administration.drift_found(many, many)
        yield "access changed", administration.access_changed(many, "ab" * 32, is_first=not many)
        yield "access refused", administration.access_refused(many)
        yield "can", administration.can_answer(text, text, text, many, is_allowed=bool(many))
        yield "who", administration.who_answer(text, many)
    yield from _roles(text)
    for count in (0, 40):
        yield "given", administration.given_answer(grants(text, count))
        yield "held", administration.held_answer(text, grants(text, count), is_suspended=count == 0)


def slack_role(text: str) -> SlackRole:
    """A role made in Slack with that string everywhere; its permissions are the catalogue's own names."""
    by = Actor(person_id="p", name=text, slack_user_id="U0X")
    return SlackRole(
        role_id="r1",
        name=text,
        permissions=tuple(PERMISSIONS),
        organization_id="o",
        organization_name=text,
        made_by=by,
        made_at=NOW,
        changed_by=by,
        changed_at=NOW,
        reason=text,
    )


def _roles(text: str) -> Iterator[tuple[str, Rendered]]:
    role, every = slack_role(text), tuple(PERMISSIONS)
    for means in ("", text):
        change = administration_roles.RoleChange(
            verb="changed", role=role, added=every, removed=every, by=text, reason=text, amounts_to=means
        )
        yield "role changed", administration_roles.role_changed(change)
    yield "role of yours", administration_roles.role_of_yours_changed(change)
    for count in (0, 1, 30):
        yield "role rests", administration_roles.role_rests(role, text, count)
        yield "role counts again", administration_roles.role_counts_again(role, count)
    for holders in (None, (), [text] * 30):
        line = administration_roles.RoleLine(
            name=text,
            where="" if holders is None else text,
            permissions=every,
            made=text,
            amounts_to=text,
            holders=holders,
            in_full=holders is not None,
            is_built_in=holders == (),
        )
        yield "roles", administration_roles.roles_answer(text if holders else "", [line] * 30)
    yield "no roles", administration_roles.roles_answer(text, [])


def grants(text: str, count: int) -> list[home.GrantLine]:
    """Grants with that string everywhere."""
    return [home.GrantLine(what=text, where=text, until=NOW, note=text)] * count


def rendered_views(text: str, count: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every modal and the App Home, by name."""
    one = hostile_case(text, count)
    yield "grant loading", administration.grant_loading()
    offers = [(text, f"value-{n}") for n in range(120)]
    form = administration.GrantForm(what=offers, organizations=offers, spans=offers[:3])
    yield "grant", administration.grant_modal(form)
    for holders in (None, (), [text] * 30):
        role_form = administration_roles.RoleForm(
            permissions=[(name, name) for name in PERMISSIONS],
            organizations=offers,
            role=slack_role(text),
            holders=holders,
        )
        yield "make role", administration_roles.role_make_modal(role_form)
        yield "change role", administration_roles.role_change_modal(role_form, slack_role(text))
        yield "delete role", administration_roles.role_delete_modal(role_form, slack_role(text))
    yield "role loading", administration_roles.role_loading("New role")
    yield from handed_views(text, one)
    yield from mode_views(text)
    yield from policy_views(text)
    yield from exception_views(text, hostile_case(text))
    yield from duty_views(text, count)
    of_several = SharedForm(cases=_several(text), unseen=3, needs_reason=True, rules=RULES)
    yield "shared approve", shared_approve_modal(of_several)
    yield "shared details", shared_details_modal(_several(text), 2)
    yield "loading", modals.loading_modal("Approve", one)
    for writes_on in (True, False):
        yield (
            f"approve, writes {writes_on}",
            approve_modal(approve_form(one, text, writes_on=writes_on)),
        )
    elevation = _of_kind(one, Kind.ELEVATION).model_copy(update={"policy_due": False})
    yield "approve elevation", approve_modal(approve_form(elevation, text, one_computer_only=True))
    closed = [ReachOffer(reach, text or "closed") for reach in Reach]
    yield "approve closed", approve_modal(ApproveForm(case=one, reaches=closed, writes_on=True))
    done = case(*finished_entries(text))
    yield from second_views(text, one)
    yield "approve too late", approve_modal(approve_form(done, text))
    yield from storage_views(text, _of_kind(one, Kind.STORAGE))
    yield "said", modals.said_modal(text, [text, "ours"])
    yield "said nothing", modals.said_modal("Title", [])
    yield "too late", modals.too_late_modal(done)
    yield "details", modals.details_modal(one, NOW, RULES)
    yield "look up", lookup.look_up_form()
    line = home.CaseLine(one, LINK)
    yield (
        "home",
        app_home.render_home(
            app_home.HomePage(
                name=text,
                claims=[line],
                queue=[
                    replace(line, may_approve=True, may_deny=True, may_claim=True, is_mine=number % 2 == 0)
                    for number in range(app_home.CASES_A_PAGE)
                ],
                counts=app_home.Counts(decide=10_000, late=9_000, unclaimed=7, mine=1, others=3),
                view=app_home.DeskView(
                    which=app_home.Which.LATE, kind=one.kind, organization_id="0" * 36, page=2
                ),
                total=10_000,
                organizations=[(text, f"{number:036}") for number in range(150)],
                kinds=list(Kind),
                on_call=home_on_call(text),
                may_look_up=True,
                grants=grants(text, 40),
                now=NOW,
                trouble=text,
                writes_on=False,
            )
        ),
    )
    yield (
        "home empty",
        app_home.render_home(
            app_home.HomePage(name=text, claims=(), queue=(), grants=(), now=NOW, writes_on=True)
        ),
    )


def approve_form(one: Case, text: str, **changed: Any) -> ApproveForm:
    """A form in which the computer, the group and the organization are open, and global is not."""
    values: dict[str, Any] = {
        "case": one,
        "reaches": [
            ReachOffer(Reach.COMPUTER),
            ReachOffer(Reach.COMPUTER_GROUP),
            ReachOffer(Reach.ORGANIZATION),
            ReachOffer(Reach.GLOBAL, text or "closed"),
        ],
        "groups": [GroupOffer(f"g-{n}", text or "Group", is_own=n == 3) for n in range(120)],
        "writes_on": True,
    }
    return ApproveForm(**(values | changed))
