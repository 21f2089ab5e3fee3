"""What is about the asker: who am I, my App Home."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.home import HomePage, render_home, whoami_answer
from bot.cards.kit.rendered import Rendered
from bot.cards.kit.words import Line, say
from bot.cards.messages import answers
from bot.cards.messages.grant_words import grant_lines_of
from bot.desk import Desk, Unidentified, approving_lets_in_own, finish, stranger_refused
from bot.desk import answer as answer_effect
from bot.lookup.cases import OpenCases, lines_of, open_cases, scope_told
from bot.lookup.recognition import NotRecognised, recognise
from bot.lookup.saying import Answered, event_for, settle, with_notes
from bot.lookup.scope import Scope
from bot.models import Effect, EffectKind, Press, Urgency


async def whoami(desk: Desk, press: Press) -> None:
    """`/gatehouse whoami`: whom Gatehouse takes the asker for, and every grant with its place and end."""
    known = await recognise(desk, press)
    if isinstance(known, NotRecognised):
        await _refuse(desk, press, known)
        return
    presser = known.presser
    scope, trouble = await scope_told(desk, known.presser)
    grants = grant_lines_of(presser.access, presser.person.person_id, scope.name, desk.now())
    said = whoami_answer(presser.person.name, grants, generation=presser.access.generation)
    said = with_notes(said, _said(known.trouble or trouble))
    await settle(desk, press, presser, Answered(said=said, outcome="shown"), event="whoami_asked")


async def _refuse(desk: Desk, press: Press, known: NotRecognised) -> None:
    desk.metrics.refused(known.why)
    event = await stranger_refused(desk, press, Unidentified(known.why, known.sentence))
    await finish(desk, press, [event], [answer_effect(press, answers.refused(known.sentence))])


def _said(trouble: str) -> list[Line]:
    return [[say(trouble)]] if trouble else []


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
        event = await stranger_refused(desk, press, Unidentified(known.why, known.sentence))
        desk.metrics.refused(known.why)
        await finish(desk, press, [event], [_published(press, page)])
        return
    scope, trouble = await scope_told(desk, known.presser)
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
        queue=[
            replace(
                line,
                may_approve=scope.may_approve(line.case, own=approving_lets_in_own(scope.presser, line.case)),
            )
            for line in lines_of(desk, cases.may_decide)
        ],
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
