"""One case on every surface: what one of them states, no other contradicts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.cards import render_case
from bot.cards.app_home import HomePage, render_home
from bot.cards.case.modals import too_late_modal
from bot.cards.forms.hand_over import handed_to_you
from bot.cards.home import CaseLine, DecidedLine, find_answer
from bot.cards.kit.blocks import message
from bot.cards.messages import answers
from bot.lookup.open_cases import decision_runs, who_has_it
from bot.models import Case, Choice, HandedOver, PolicyAct, Reach, Seen, Standing, Verb
from bot.rules.plans import armed
from bot.rules.second import Spread, second_needed
from tests.cards.everything_policies import work
from tests.cards.reading import details, read
from tests.cards.samples import NOW, RULES, TOM, attempt, case, claim, decided, earlier, entry, evidence
from tests.rules.test_plans import arriving, rules

LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"
Surface = Callable[[Case], str]


def card(one: Case) -> str:
    """Of the channel."""
    return " ".join(read(render_case(one, RULES, NOW).blocks).split())


def home(one: Case) -> str:
    """App Home, with the case among those that wait."""
    line = CaseLine(one, LINK, now=NOW)
    page = HomePage(name="Tom", claims=(), queue=[line], grants=(), now=NOW, writes_on=True)
    return " ".join(read(render_home(page)["blocks"]).split())


def found(one: Case) -> str:
    """The answer of `/gatehouse find`."""
    is_open = [CaseLine(one, LINK, now=NOW)] if one.is_open else []
    ended = [] if one.is_open else [DecidedLine(one, "WS-001", decision_runs(one, one.requests[0]), LINK)]
    return " ".join(read(find_answer("WS-001", is_open, ended, as_of=NOW, days=7).blocks).split())


def blocked(one: Case) -> str:
    """What `/blocked` tells of the request of what it lists."""
    runs = who_has_it(one, NOW) if one.is_open else decision_runs(one, one.requests[0])
    return " ".join(read(message([runs]).blocks).split())


def given(one: Case) -> str:
    """What somebody reads to whom it was handed over."""
    return " ".join(read(handed_to_you(one, "Ada Lund", "Please look", LINK, NOW).blocks).split())


def answered(one: Case) -> str:
    """To whoever presses too late."""
    return " ".join(read(answers.too_late(one).blocks).split())


def opened(one: Case) -> str:
    """To whoever opens its form too late."""
    return " ".join(read(too_late_modal(one)["blocks"]).split())


OPEN = (card, home, found, blocked)
OVER = (card, details, found, blocked, answered, opened)


def waiting(**changed: object) -> Case:
    """A case with a deadline."""
    return case(entry(1), **changed)


def held() -> Case:
    """Asked for out of hours: its clock starts in an hour, its time is up an hour and a half later."""
    plan = armed(rules(), arriving(), NOW).plan
    one = entry(1).model_copy(
        update={"plan": plan.model_copy(update={"starts_at": NOW + timedelta(hours=1)})}
    )
    return case(one)


@pytest.mark.parametrize("surface", [*OPEN, given])
@pytest.mark.parametrize(
    ("one", "says", "not_said"),
    [
        (waiting(), "due ", ("was due", "held until")),
        (held(), "held until", ("due ",)),
        (
            case(
                entry(1, steps=(entry().steps[0].model_copy(update={"due_at": NOW - timedelta(minutes=1)}),))
            ),
            "was due",
            ("held until",),
        ),
    ],
    ids=["waiting", "held", "late"],
)
def test_the_deadline_is_the_same_wherever_it_is_told(
    surface: Surface, one: Case, says: str, not_said: tuple[str, ...]
) -> None:
    assert one.due_at is not None
    told = surface(one).casefold()
    assert says in told
    assert not [words for words in not_said if words in told]


TEAM = HandedOver(by=TOM, at=NOW, because="Too large for me")


@pytest.mark.parametrize("surface", [*OPEN, details])
@pytest.mark.parametrize(
    ("one", "says"),
    [
        (waiting(claim=claim()), ("claimed", "tom okafor")),
        (waiting(handed_over=TEAM), ("escalation team",)),
        (case(entry(1, assignee="Pia Portal")), ("assigned in the portal to pia portal",)),
    ],
    ids=["claimed", "team", "assigned"],
)
def test_who_has_it_is_the_same_wherever_it_is_told(
    surface: Surface, one: Case, says: tuple[str, ...]
) -> None:
    told = surface(one).casefold()
    assert [words for words in says if words not in told] == []
    assert "nobody has claimed" not in told
    assert "unclaimed" not in told.replace("0 unclaimed", "")


@pytest.mark.parametrize("surface", OVER)
@pytest.mark.parametrize(
    ("one", "says", "not_said"),
    [
        (case(decided(1, Standing.APPROVED, ours=attempt())), ("approved", "tom okafor"), ("taken back",)),
        (case(decided(1, Standing.REJECTED, ours=attempt(Verb.DENY))), ("denied", "tom okafor"), ()),
        (
            case(decided(1, Standing.APPROVED, by="Pia Portal")),
            ("approved", "in the portal", "pia portal"),
            (),
        ),
        (
            case(
                decided(1, Standing.APPROVED, ours=attempt()),
                policy_works=(work("x", PolicyAct.TAKE_BACK),),
            ),
            ("taken back",),
            (),
        ),
    ],
    ids=["approved", "denied", "portal", "taken_back"],
)
def test_how_it_ended_is_the_same_wherever_it_is_told(
    surface: Surface, one: Case, says: tuple[str, ...], not_said: tuple[str, ...]
) -> None:
    """Also that an approval was taken back since: else somebody relies on what is gone."""
    told = surface(one.model_copy(update={"closed_at": NOW})).casefold()
    assert [words for words in says if words not in told] == []
    assert not [words for words in not_said if words in told]


@pytest.mark.parametrize(
    ("seen", "alone", "is_new"),
    [
        (Seen.NEVER, False, True),
        (Seen.NEW_VERSION, False, True),
        (Seen.BEFORE, True, True),
        (Seen.BEFORE, False, False),
    ],
)
def test_what_the_press_calls_new_is_nowhere_called_seen(seen: Seen, alone: bool, is_new: bool) -> None:
    """Card, details and the answer of a press that two people have to agree to."""
    by_hand = earlier(at=NOW - timedelta(days=1), reach="computer", computer_id="C9", seen=Seen.NEVER)
    if seen is Seen.BEFORE and not alone:
        by_hand = by_hand.model_copy(update={"two_people": True})
    one = case(evidence=evidence(seen=seen, one_at_a_time=alone))
    spread = Spread(frozenset({"C1"}), (by_hand,))
    choice = Choice(verb=Verb.APPROVE)
    why = second_needed(RULES, one, one.requests[0], choice, Reach.COMPUTER, now=NOW, spread=spread)
    assert ("is new here" in why) is is_new
    told = f"{card(one)} {details(one)}".casefold()
    assert ("seen here before" in told) is not is_new
    assert ("seen: before in this organization" in told) is not is_new
