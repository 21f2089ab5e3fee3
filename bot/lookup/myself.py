"""What is about the asker: who am I, what may I ask, my App Home."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.home import HomePage, help_answer, render_home, unknown_command, whoami_answer
from bot.cards.kit.names import listed
from bot.cards.kit.rendered import Rendered
from bot.cards.kit.words import Line, say
from bot.cards.messages import answers
from bot.cards.messages.grant_words import grant_lines_of
from bot.desk import Desk, event_of, finish, identify
from bot.desk import answer as answer_effect
from bot.lookup.cases import OpenCases, lines_of, open_cases
from bot.lookup.reading import why_not
from bot.lookup.recognition import NotRecognised, Recognised, recognise
from bot.lookup.saying import Answered, event_for, joined, settle, with_notes
from bot.lookup.scope import Scope
from bot.models import Effect, EffectKind, Press, Urgency
from bot.portal import PortalError
from permissions import Action, Allowed, Ask, Door, Maintenance, MaintenanceMode, OrganizationTree, judge


async def whoami(desk: Desk, press: Press) -> None:
    """`/gatehouse whoami`: whom Gatehouse takes the asker for, and every grant with its place and end."""
    known = await recognise(desk, press)
    if isinstance(known, NotRecognised):
        await _refuse(desk, press, known)
        return
    presser = known.presser
    scope, trouble = await _scope(desk, known)
    grants = grant_lines_of(presser.access, presser.person.person_id, scope.name, desk.now())
    said = whoami_answer(presser.person.name, grants, generation=presser.access.generation)
    said = with_notes(said, _said(known.trouble or trouble))
    await settle(desk, press, presser, Answered(said=said, outcome="shown"), event="whoami_asked")


async def _refuse(desk: Desk, press: Press, known: NotRecognised) -> None:
    desk.metrics.refused(known.why)
    event = event_of("press_refused", press, facts={"why": known.why, "press": press.name})
    await finish(desk, press, [event], [answer_effect(press, answers.refused(known.sentence))])


async def _scope(desk: Desk, known: Recognised) -> tuple[Scope, str]:
    """What can be told of the asker's reach: from an outdated tree what it still carries, from none nothing."""
    now = desk.now()
    try:
        return Scope(known.presser, await desk.tree.current(), now), ""
    except PortalError as error:
        kept = desk.tree.latest() or OrganizationTree(organizations=(), fetched_at=now)
        return Scope(known.presser, kept, now), why_not(error)


async def help_(desk: Desk, press: Press) -> None:
    """`/gatehouse help`, and the answer to anything that is no command: what there is, and what the asker may use."""
    presser = await identify(desk, press)
    if presser is None:
        return
    scope, trouble = await _scope(desk, Recognised(presser))
    word = (press.text.split() or ["help"])[0]
    is_known = word.casefold() == "help"
    said = with_notes(help_answer(), _said(trouble) or usable(scope))
    if not is_known:
        said = joined(unknown_command(press.text), said)
    answered = Answered(said=said, outcome="shown" if is_known else "not_understood")
    await settle(desk, press, presser, answered, event="help_read")


def _said(trouble: str) -> list[Line]:
    return [[say(trouble)]] if trouble else []


def usable(scope: Scope) -> list[Line]:
    """Which of the commands the asker can use, and where."""
    looks, sees = scope.organizations(Action.LOOK_UP), scope.organizations(Action.VIEW)
    return [
        _usable("/blocked", "View Unified Audit", scope.names(looks)),
        _usable(
            "queue and find", "a permission that shows requests, such as View Approvals", scope.names(sees)
        ),
        _usable("maintenance", "a Manage … permission and Edit Computers", scope.names(_maintainable(scope))),
        [say("You can use whoami and help, as everybody can.")],
    ]


def _maintainable(scope: Scope) -> frozenset[str]:
    """Ids of the organizations in which the asker may start some maintenance mode from a computer."""
    person_id, access = scope.presser.person.person_id, scope.presser.access
    named = access.organizations_of(person_id)
    near = named.union(*(scope.tree.descendants(each) for each in named))
    asks = (
        Ask(
            person_id=person_id,
            action=Action.MAINTAIN,
            organization_id=each,
            maintenance=Maintenance(mode, Door.COMPUTER),
        )
        for each in near
        for mode in MaintenanceMode
    )
    return frozenset(
        ask.organization_id for ask in asks if isinstance(judge(ask, access, scope.tree, scope.now), Allowed)
    )


def _usable(commands: str, needs: str, names: tuple[str, ...]) -> Line:
    if not names:
        return [say(f"You cannot use {commands}: that needs {needs}, and you have it in no organization.")]
    return [say(f"You can use {commands} for "), *listed(names, limit=3), say(".")]


async def home(desk: Desk, press: Press) -> None:
    """Publish the presser's App Home: what they have claimed, what waits for them, what they may do."""
    known = await recognise(desk, press)
    if isinstance(known, NotRecognised):
        page = HomePage(
            name="",
            claims=(),
            queue=(),
            grants=(),
            now=desk.now(),
            trouble=known.sentence,
            writes_on=desk.rules.writes_on,
        )
        event = event_of("press_refused", press, facts={"why": known.why, "press": press.name})
        desk.metrics.refused(known.why)
        await finish(desk, press, [event], [_published(press, page)])
        return
    scope, trouble = await _scope(desk, known)
    cases = await open_cases(desk, scope)
    page = replace(_page(desk, scope, cases), trouble=known.trouble or trouble)
    answered = Answered(said=Rendered("", []), outcome="shown", facts={"queue": len(page.queue)})
    event = event_for(press, known.presser, answered, event="home_shown")
    await finish(desk, press, [event], [_published(press, page)])


def _page(desk: Desk, scope: Scope, cases: OpenCases) -> HomePage:
    person, access = scope.presser.person, scope.presser.access
    mine = [case for case in cases.all if case.claim and case.claim.actor.person_id == person.person_id]
    return HomePage(
        name=person.name,
        claims=lines_of(desk, mine),
        queue=lines_of(desk, cases.may_decide),
        grants=grant_lines_of(access, person.person_id, scope.name, desk.now()),
        now=desk.now(),
        writes_on=desk.rules.writes_on,
    )


def _published(press: Press, page: HomePage) -> Effect:
    return Effect(
        effect_id=f"home:{press.press_id}",
        kind=EffectKind.HOME,
        urgency=Urgency.ANSWER,
        slack_user_id=press.slack_user_id,
        view=render_home(page),
    )
