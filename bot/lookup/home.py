"""App Home, one person's desk, and the look-up that is asked from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.cards import lookup
from bot.cards.app_home import (
    CASES_A_PAGE,
    CLAIMS_WITH_BUTTONS,
    Counts,
    DeskView,
    HomePage,
    Which,
    desk_view,
    render_home,
)
from bot.cards.home import CaseLine
from bot.cards.kit import ids
from bot.cards.kit.blocks import Rendered, refilled
from bot.cards.messages.administration import grant_lines_of
from bot.cards.messages.exceptions import home_blocks
from bot.desk import (
    Desk,
    Unidentified,
    approving_lets_in_own,
    event_of,
    exceptions_seen,
    finish,
    identify,
    loading,
    stranger_refused,
)
from bot.lookup.blocked import EVENT, answer_question
from bot.lookup.cases import answer_caller, lines_of, scope_told, seen_no_later
from bot.lookup.oncall import on_call_section
from bot.lookup.reports import week_so_far
from bot.lookup.saying import Answered, event_for, settle
from bot.lookup.scope import NotRecognised, Scope, recognise
from bot.lookup.waiting import Listing, Waiting, by_card, claimed, may_decide, waiting, whole_cards
from bot.models import Case, Effect, EffectKind, Event, Kind, Press, Urgency
from bot.portal import PortalError
from bot.rules.rows import Pile
from bot.rules.timing import Report
from permissions import Action, same_id

_HASH = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")


async def home(desk: Desk, press: Press) -> None:
    """Publish the presser's App Home: the desk, as far as they may see, and what they may do.

    What was chosen there is in `values["more"]` of a menu or button, or kept by the view that was shown last.
    """
    event, effect = await _drawn(desk, press)
    await finish(desk, press, [event], [effect])


async def home_again(desk: Desk, press: Press) -> None:
    """The same after a press on Home that is answered already."""
    event, effect = await _drawn(desk, press)
    await desk.announce([event], [effect])


async def _drawn(desk: Desk, press: Press) -> tuple[Event, Effect]:
    known = await recognise(desk, press)
    if isinstance(known, NotRecognised):
        desk.metrics.refused(known.why)
        event = await stranger_refused(desk, press, Unidentified(known.why, known.sentence))
        return event, _published(press, _nobody(desk, known.sentence))
    scope, trouble = await scope_told(desk, known.presser)
    view = desk_view(press.values.get("more") or press.values.get("home", ""))
    sight = await read_desk(desk, scope, view)
    _, kept = await exceptions_seen(desk, scope.presser, scope.tree)
    page = replace(
        _page(desk, scope, sight),
        trouble=known.trouble or trouble or await seen_no_later(desk),
        exceptions=home_blocks(kept, scope.presser.person.person_id, desk.now()),
        on_call=await on_call_section(desk, scope),
        week=await _week(desk, scope),
    )
    facts = {
        "queue": sight.counts.decide,
        "shown": len(sight.shown),
        "view": str(sight.view).replace(";", "|"),
    }
    answered = Answered(said=Rendered("", []), outcome="shown", facts=facts)
    return event_for(press, known.presser, answered, event="home_shown"), _published(press, page)


async def _week(desk: Desk, scope: Scope) -> Report | None:
    try:
        return await week_so_far(desk, scope.organizations(Action.REPORT))
    except PortalError:
        return None  # What cannot be shown is said above: without the organizations nothing of them is told.


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSight:
    """What the ledger holds for one person's desk, and the page of it that they look at."""

    view: DeskView
    decides: bool
    mine: Sequence[Sequence[Case]]
    """What the reader has claimed: the cases of one card together."""
    shown: Sequence[Sequence[Case]]
    """Those of the page, likewise; of a card also those that stand on another page, as far as they fit the view."""
    decidable: frozenset[str]
    """Case ids of the page, and of the reader's claims, that the person may decide."""
    total: int
    counts: Counts
    organizations: Sequence[str]
    """Ids, those with the most open cases first."""
    kinds: Sequence[Kind]


async def read_desk(desk: Desk, scope: Scope, view: DeskView) -> DeskSight:
    """Everything that App Home takes from the ledger: counts, the reader's claims and one page of cases.

    LedgerUnavailable passes through.
    """
    open_now, mine = await waiting(desk, scope), await claimed(desk, scope)
    everything, for_them = open_now.everything, open_now.may_decide
    decides = bool(for_them.total or scope.deciding())
    chosen = _chosen(for_them if decides else everything, everything, view)
    if view.which is Which.MINE:
        found = [case for case in mine if _fits(Pile.of(case), view)]
        page, total = _page_within(view.page, len(found)), len(found)
        shown = found[(page - 1) * CASES_A_PAGE : page * CASES_A_PAGE]
    else:
        page, total = _page_within(view.page, chosen.total), chosen.total
        shown = await _page_of(chosen, page)
    together, held = await _on_cards(desk, scope, shown, view), by_card(mine)
    drawn = [case for cases in (*together, *held[:CLAIMS_WITH_BUTTONS]) for case in cases]
    return DeskSight(
        view=replace(view, page=page),
        decides=decides,
        mine=held,
        shown=together,
        decidable=frozenset(case.case_id for case in drawn if may_decide(scope, case)),
        total=total,
        counts=Counts(
            decide=for_them.total,
            late=(for_them if decides else everything).late().total,
            unclaimed=for_them.where(lambda pile: not pile.is_taken).total,
            mine=len(mine),
            others=everything.total - for_them.total,
        ),
        organizations=_busiest_first(open_now),
        kinds=sorted({one.pile.kind for one in open_now.seen}),
    )


def _chosen(fitting: Listing, everything: Listing, view: DeskView) -> Listing:
    """What a view lists, where that is not the reader's claims. `fitting`: what fits the reader."""
    listed = everything if view.which is Which.ALL else fitting
    if view.which is Which.UNCLAIMED:
        listed = listed.where(lambda pile: not pile.is_taken)
    if view.which is Which.LATE:
        listed = listed.late()
    return listed.where(lambda pile: _fits(pile, view))


async def _page_of(listing: Listing, page: int) -> list[Case]:
    """What nobody is on comes first, and of that, by deadline already, what is late."""
    first, then = listing.where(lambda pile: not pile.is_taken), listing.where(lambda pile: pile.is_taken)
    skip = (page - 1) * CASES_A_PAGE
    shown = await first.page(skip, CASES_A_PAGE)
    left = CASES_A_PAGE - max(0, min(CASES_A_PAGE, first.total - skip))
    return [*shown, *await then.page(max(0, skip - first.total), left)]


async def _on_cards(desk: Desk, scope: Scope, shown: Sequence[Case], view: DeskView) -> list[list[Case]]:
    """The cards of a page, with what else of each the reader may see and the view lists.

    A list of one's own claims, of what is late or unclaimed says of a card what is so of it on that page alone.
    """
    if view.which in (Which.MINE, Which.LATE, Which.UNCLAIMED):
        return by_card(shown)
    return await whole_cards(desk, scope, shown, lambda case: _fits(Pile.of(case), view))


def _page_within(page: int, total: int) -> int:
    return min(page, max(1, -(-total // CASES_A_PAGE)))


def _busiest_first(open_now: Waiting) -> list[str]:
    held: Counter[str] = Counter()
    for one in open_now.seen:
        held[same_id(one.pile.organization_id)] += one.count
    return [each for each, _ in held.most_common()]


def _fits(pile: Pile, view: DeskView) -> bool:
    is_there = not view.organization_id or same_id(pile.organization_id) == same_id(view.organization_id)
    return is_there and (view.kind is None or pile.kind is view.kind)


def _page(desk: Desk, scope: Scope, sight: DeskSight) -> HomePage:
    person, access = scope.presser.person, scope.presser.access
    may_look_up = scope.organizations(Action.VIEW) | scope.organizations(Action.LOOK_UP)
    return HomePage(
        name=person.name,
        claims=[_offered(scope, sight, line) for line in lines_of(desk, sight.mine)],
        queue=[_listed(scope, sight, line) for line in lines_of(desk, sight.shown)],
        grants=grant_lines_of(access, person.person_id, scope.name, desk.now()),
        now=desk.now(),
        writes_on=desk.rules.writes_on,
        counts=sight.counts,
        view=sight.view,
        total=sight.total,
        organizations=[(scope.name(each), each) for each in sight.organizations],
        kinds=sight.kinds,
        may_look_up=bool(may_look_up),
        decides=sight.decides,
    )


def _listed(scope: Scope, sight: DeskSight, line: CaseLine) -> CaseLine:
    """A line of the page; what stands with its buttons among the reader's claims has none here, unless the claims are
    what is listed."""
    held = {case.case_id for cases in sight.mine[:CLAIMS_WITH_BUTTONS] for case in cases}
    is_above = {case.case_id for case in line.sharing or (line.case,)} <= held
    return line if is_above and sight.view.which is not Which.MINE else _offered(scope, sight, line)


def _offered(scope: Scope, sight: DeskSight, line: CaseLine) -> CaseLine:
    """The buttons beside a line: what may be done with one of its cases at the least; each press is judged anew."""
    cases = line.sharing or (line.case,)
    own = {case.case_id: approving_lets_in_own(scope.presser, case) for case in cases}
    denied = [case.case_id in sight.decidable and scope.may_deny(case) for case in cases]
    mine = {case.case_id for held in sight.mine for case in held}
    return replace(
        line,
        may_approve=any(scope.may_approve(case, own=own[case.case_id]) for case in cases),
        may_deny=any(denied),
        may_claim=any(denied),
        is_mine=all(case.case_id in mine for case in cases),
    )


def _nobody(desk: Desk, sentence: str) -> HomePage:
    return HomePage(
        name="",
        claims=(),
        queue=(),
        grants=(),
        now=desk.now(),
        trouble=sentence,
        writes_on=desk.rules.writes_on,
    )


def _published(press: Press, page: HomePage) -> Effect:
    # By its person, not by the press: a page that waits to be published gives way to a newer one, and never follows it.
    return Effect(
        effect_id=f"home:{press.slack_user_id}",
        kind=EffectKind.HOME,
        urgency=Urgency.ANSWER,
        slack_user_id=press.slack_user_id,
        view=render_home(page),
        replaces=True,
    )


# --- the look-up that is asked from there ----------------------------------------------------------------


async def open_look_up(desk: Desk, press: Press) -> None:
    """“Look something up…”: a form for what is typed after `/blocked` and `/gatehouse find`."""
    presser = await identify(desk, press)
    if presser is None:
        return
    facts = {"form": "look_up"}
    asked = event_of("form_opened", press, person_id=presser.person.person_id, facts=facts)
    view = lookup.look_up_form()
    if press.name == ids.REOPEN:
        view = refilled(view, press.values)
    await finish(desk, press, [asked], [loading(desk, press, view)])


async def submit_look_up(desk: Desk, press: Press) -> None:
    """The form was submitted: the same question as a typed one, judged and answered like it."""
    presser = await identify(desk, press)
    if presser is None:
        return
    about, name = (
        press.values.get(ids.LOOK_ABOUT_BLOCK, ""),
        press.values.get(ids.LOOK_NAME_BLOCK, "").strip(),
    )
    if '"' in name:
        said = lookup.not_understood(
            name, "Leave the quotation marks out: the whole field is taken as the name."
        )
        await settle(desk, press, presser, Answered(said=said, outcome="not_understood"), event=EVENT)
    elif about == ids.LOOK_CALLER:
        await answer_caller(desk, press, presser, f'find "{name}"')
    else:
        await answer_question(desk, press, presser, _question(press, about, name))


def _question(press: Press, about: str, name: str) -> str:
    """As it would be typed after `/blocked`."""
    prefix = ("hash" if _HASH.fullmatch(name) else "path") if about == ids.LOOK_FILE else about
    place = press.values.get(ids.LOOK_PLACE_BLOCK, "").strip().replace('"', "")
    where = f' in "{place}"' if place else ""
    return f'{prefix}:"{name}" {press.values.get(ids.LOOK_SPAN_BLOCK, "")}{where}'
