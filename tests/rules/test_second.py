"""When two people have to agree, as tables: by reach, by what is known of the software, by elevation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.models import (
    Case,
    Choice,
    EarlierDecision,
    Evidence,
    Kind,
    Reach,
    Rules,
    SecondApproval,
    Seen,
    Standing,
    Verb,
)
from bot.rules.second import (
    Spread,
    agreed_alone,
    agreed_in_one_press,
    computer_of,
    second_needed,
    sent_under,
    takes_earlier_yes,
    tallies_of,
    underway,
)
from tests.cards.samples import NOW, TOM, attempt, awaited, case, decided, entry, evidence, facts

NOTHING = SecondApproval(reaches=frozenset(), unseen_wider_than_computer=False)
FAR = {
    Reach.COMPUTER: "it reaches one computer",
    Reach.COMPUTER_GROUP: "it reaches a computer group",
    Reach.ORGANIZATION: "it reaches the entire organization",
    Reach.GLOBAL: "it reaches a global group",
}


def why(
    second: SecondApproval, *, reaches: Reach = Reach.COMPUTER, held: Case | None = None, **choice: Any
) -> str:
    """The answer for a plain approval of the case's first request."""
    one = held or case(evidence=evidence(seen=Seen.BEFORE))
    made = Choice(**({"verb": Verb.APPROVE} | choice))
    return second_needed(Rules(second=second), one, one.requests[0], made, reaches, now=NOW)


@pytest.mark.parametrize("reaches", Reach)
@pytest.mark.parametrize("kind", Kind)
def test_where_nothing_is_asked_for_one_person_is_enough(kind: Kind, reaches: Reach) -> None:
    held = case(entry(kind=kind), unusual=("a script host",))
    harmless: dict[str, Any] = {"elevate": True, "elevate_silently": True}
    assert not why(NOTHING, reaches=reaches, held=held, **harmless)


@pytest.mark.parametrize(
    ("named", "reaches", "two"),
    [
        ({Reach.GLOBAL}, Reach.GLOBAL, True),
        ({Reach.GLOBAL}, Reach.ORGANIZATION, False),
        ({Reach.GLOBAL}, Reach.COMPUTER_GROUP, False),
        ({Reach.GLOBAL}, Reach.COMPUTER, False),
        ({Reach.ORGANIZATION}, Reach.GLOBAL, True),
        ({Reach.ORGANIZATION}, Reach.ORGANIZATION, True),
        ({Reach.ORGANIZATION}, Reach.COMPUTER_GROUP, False),
        ({Reach.COMPUTER_GROUP}, Reach.GLOBAL, True),
        ({Reach.COMPUTER_GROUP}, Reach.ORGANIZATION, True),
        ({Reach.COMPUTER_GROUP}, Reach.COMPUTER_GROUP, True),
        ({Reach.COMPUTER_GROUP}, Reach.COMPUTER, False),
        ({Reach.COMPUTER_GROUP, Reach.GLOBAL}, Reach.ORGANIZATION, True),
        (set(), Reach.GLOBAL, False),
    ],
)
def test_a_named_reach_and_whatever_reaches_further_needs_two(
    named: set[Reach], reaches: Reach, two: bool
) -> None:
    second = SecondApproval(reaches=frozenset(named), unseen_wider_than_computer=False)
    assert why(second, reaches=reaches) == (FAR[reaches] if two else "")


def test_what_counts_is_how_far_it_really_goes_and_not_what_was_chosen() -> None:
    second = SecondApproval(unseen_wider_than_computer=False)
    assert why(second, reaches=Reach.GLOBAL, reach=Reach.COMPUTER) == FAR[Reach.GLOBAL]
    assert not why(second, reaches=Reach.COMPUTER, reach=Reach.GLOBAL)


@pytest.mark.parametrize("reaches", Reach)
@pytest.mark.parametrize("seen", [*Seen, None])
def test_what_is_not_known_to_have_been_seen_needs_two_beyond_one_computer(
    seen: Seen | None, reaches: Reach
) -> None:
    """No evidence yet is no evidence: an approval that is faster than the checks needs two as well."""
    found: Evidence | None = evidence(seen=seen) if seen else None
    second = SecondApproval(reaches=frozenset())
    two = reaches is not Reach.COMPUTER and seen is not Seen.BEFORE
    said = why(second, reaches=reaches, held=case(evidence=found))
    assert bool(said) is two
    assert said.startswith(f"{FAR[reaches]}, and ") or not two


@pytest.mark.parametrize("kind", Kind)
def test_only_software_is_called_unseen(kind: Kind) -> None:
    """A storage device is no software, and nothing says whether it was seen."""
    said = why(SecondApproval(), reaches=Reach.ORGANIZATION, held=case(entry(kind=kind)))
    assert bool(said) is (kind in (Kind.APPLICATION, Kind.ELEVATION))


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"elevate": True, "elevate_hours": 1}, ""),
        ({"elevate": True, "elevate_hours": 8}, ""),
        ({"elevate": True, "elevate_hours": 9}, "more than 8 hours"),
        ({"elevate": True, "elevate_until": NOW + timedelta(hours=8)}, ""),
        ({"elevate": True, "elevate_until": NOW + timedelta(hours=8, seconds=1)}, "more than 8 hours"),
        ({"elevate": True, "elevate_hours": 1, "elevate_until": NOW + timedelta(days=9)}, ""),
        ({"elevate": True}, "without an end"),
        ({"elevate": True, "elevate_hours": 1, "elevate_silently": True}, "without a notice"),
        ({"elevate": False, "elevate_silently": True, "elevate_hours": 99}, ""),
        ({"elevate": True, "verb": Verb.DENY}, ""),
    ],
)
def test_risky_elevation_is_silent_endless_or_long(choice: dict[str, Any], says: str) -> None:
    second = NOTHING.model_copy(update={"risky_elevation": True})
    said = why(second, **choice)
    assert says in said
    assert bool(said) is bool(says)
    assert not why(NOTHING, **choice)


def test_long_is_what_the_settings_call_long() -> None:
    second = NOTHING.model_copy(update={"risky_elevation": True, "long_elevation": timedelta(minutes=90)})
    assert "more than 1.5 hours" in why(second, elevate=True, elevate_hours=2)
    assert not why(second, elevate=True, elevate_hours=1)


def test_the_unusual_needs_two_at_any_reach_where_that_is_asked_for() -> None:
    second = NOTHING.model_copy(update={"unusual": True})
    assert why(second, held=case(unusual=("a script host",))) == "the request is unusual: a script host"
    assert not why(second)


@pytest.mark.parametrize("reaches", Reach)
def test_a_denial_never_needs_two(reaches: Reach) -> None:
    everything = SecondApproval(reaches=frozenset({Reach.COMPUTER_GROUP}), risky_elevation=True, unusual=True)
    held = case(unusual=("a script host",))
    assert not why(everything, reaches=reaches, held=held, verb=Verb.DENY)


@pytest.mark.parametrize("kind", Kind)
def test_only_the_named_kinds_need_two(kind: Kind) -> None:
    second = SecondApproval(kinds=frozenset({Kind.ELEVATION, Kind.STORAGE}))
    said = why(second, reaches=Reach.GLOBAL, held=case(entry(kind=kind)))
    assert bool(said) is (kind in (Kind.ELEVATION, Kind.STORAGE))


def by_hand(number: int, **more: Any) -> EarlierDecision:
    """One approval by hand of the same file, on a computer of its own."""
    told: dict[str, Any] = {
        "at": NOW,
        "verb": Verb.APPROVE,
        "by": "Ana",
        "reach": "computer",
        "same_file": True,
    }
    return EarlierDecision(**(told | {"computer_id": f"C{number}", "seen": Seen.NEVER} | more))


UNSEEN = SecondApproval(reaches=frozenset())


def spread_why(
    computers: int, *earlier: EarlierDecision, seen: Seen = Seen.NEVER, held: Case | None = None
) -> str:
    """The answer for a press at computer reach that names so many computers, the case's own first one among them."""
    one = held or case(evidence=evidence(seen=seen))
    own = computer_of(one.requests[0].facts)
    named = frozenset({own, *(f"other-{number}" for number in range(computers - 1))})
    rules, choice = Rules(second=UNSEEN), Choice(verb=Verb.APPROVE)
    spread = Spread(named, earlier)
    return second_needed(rules, one, one.requests[0], choice, Reach.COMPUTER, now=NOW, spread=spread)


def test_the_threshold_counts_computers_and_not_the_reach_that_is_written() -> None:
    assert not spread_why(1)
    assert spread_why(4) == "it is new here, on 4 computers"
    assert not spread_why(4, seen=Seen.BEFORE)
    assert spread_why(2, seen=Seen.UNKNOWN)


def test_press_by_press_it_is_the_same() -> None:
    assert spread_why(1, by_hand(1)) == "it is new here, on 2 computers in all"
    assert "3 computers" in spread_why(1, by_hand(2), by_hand(1))


def test_the_same_computer_again_is_one_computer() -> None:
    own = computer_of(case().requests[0].facts)
    assert not spread_why(1, by_hand(1, computer_id=own), by_hand(2, computer_id=own))


def test_what_single_people_let_in_does_not_make_software_seen() -> None:
    """“Approved here before” is the very spread that is counted, unless it was known before the first of them."""
    assert spread_why(1, by_hand(2, seen=Seen.BEFORE), by_hand(1), seen=Seen.BEFORE)
    assert not spread_why(1, by_hand(1, seen=Seen.BEFORE), seen=Seen.BEFORE)
    assert not spread_why(1, by_hand(2), by_hand(1, two_people=True), seen=Seen.BEFORE)
    assert not spread_why(1, by_hand(1, reach="organization"), seen=Seen.BEFORE)
    assert spread_why(1, by_hand(1, reach="", seen=Seen.UNKNOWN), seen=Seen.BEFORE), "an older record"


def test_decisions_on_their_way_in_the_same_case_count() -> None:
    on_its_way = entry(2, Standing.CHECKING, attempt=attempt())
    assert "on 2 computers" in spread_why(1, held=case(entry(1), on_its_way))
    assert "on 2 computers" in spread_why(
        1, held=case(entry(1), decided(2, Standing.APPROVED, ours=attempt()))
    )
    denied = entry(2, Standing.CHECKING, attempt=attempt(Verb.DENY))
    assert not spread_why(1, held=case(entry(1), denied))


def test_a_computer_that_is_not_named_is_one_of_its_own() -> None:
    nameless = facts(1, computer_id="")
    assert computer_of(nameless) == nameless.request_id


# What is counted over cases


def test_a_file_is_counted_wherever_it_is_and_software_in_its_organization() -> None:
    one, other = facts(), facts(organization_id="another", kind=Kind.ELEVATION)
    assert len(tallies_of(one)) == 2
    assert tallies_of(one)[0] == tallies_of(other)[0]
    assert tallies_of(one)[1] != tallies_of(other)[1]
    assert tallies_of(facts(hash="")) == tallies_of(one)[1:]


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({"standing": Standing.DECIDING, "attempt": attempt()}, True),
        ({"standing": Standing.CHECKING, "attempt": attempt()}, True),
        ({"standing": Standing.DECIDING, "attempt": attempt(Verb.DENY)}, False),
        ({}, False),
    ],
)
def test_only_an_approval_whose_end_is_not_known_is_on_its_way(changed: dict[str, Any], counts: bool) -> None:
    held = case(entry().model_copy(update=changed))
    names = tallies_of(held.requests[0].facts)
    assert underway(held) == (tuple(sorted(names)) if counts else ())
    for name in names:
        assert sent_under(name, held) == ({held.requests[0].facts.request_id} if counts else set())
    assert not sent_under("file|another", held)


EARLIER = UNSEEN.model_copy(update={"earlier_yes": True})
NARROW = Choice(verb=Verb.APPROVE)


@pytest.mark.parametrize(
    ("second", "choice", "reaches", "computers", "takes"),
    [
        (EARLIER, NARROW, Reach.COMPUTER, 1, True),
        (UNSEEN, NARROW, Reach.COMPUTER, 1, False),
        (EARLIER, NARROW, Reach.COMPUTER, 2, False),
        (EARLIER, NARROW, Reach.COMPUTER_GROUP, 1, False),
        (EARLIER, NARROW.model_copy(update={"reach": Reach.COMPUTER_GROUP}), Reach.COMPUTER, 1, False),
        (
            EARLIER, NARROW.model_copy(update={"reach": Reach.COMPUTER_GROUP}), Reach.COMPUTER_GROUP, 1, False,
        ),
    ],
)  # fmt: skip
def test_an_earlier_yes_counts_for_one_computer_and_nothing_that_is_risky_in_itself(
    second: SecondApproval, choice: Choice, reaches: Reach, computers: int, takes: bool
) -> None:
    named = Spread(frozenset(f"C{number}" for number in range(computers)))
    assert takes is takes_earlier_yes(Rules(second=second), case(), choice, reaches, now=NOW, spread=named)
    silently = choice.model_copy(update={"elevate": True, "elevate_silently": True})
    risky = Rules(second=second.model_copy(update={"risky_elevation": True}))
    assert not takes_earlier_yes(risky, case(), silently, reaches, now=NOW, spread=named)
    odd = Rules(second=second.model_copy(update={"unusual": True}))
    assert not takes_earlier_yes(
        odd, case(unusual=("a script host",)), choice, reaches, now=NOW, spread=named
    )


PLAIN = {"choice": NARROW, "reaches": Reach.COMPUTER}


@pytest.mark.parametrize(
    ("waiting", "agrees_to"),
    [
        ((PLAIN,), "w-1"),
        ((PLAIN, PLAIN), "w-1"),
        ((PLAIN, PLAIN | {"awaited_id": "w-2"}), ""),
        ((PLAIN, None), "w-1"),
        ((None,), ""),
        ((PLAIN | {"choice": NARROW.model_copy(update={"reason": "listed"})},), "w-1"),
        ((PLAIN | {"choice": NARROW.model_copy(update={"reason": "typed by somebody"})},), ""),
        ((PLAIN | {"choice": NARROW.model_copy(update={"reason": "listed", "ticket": "T-1"})},), ""),
        ((PLAIN | {"reaches": Reach.COMPUTER_GROUP},), ""),
        ((PLAIN | {"choice": NARROW.model_copy(update={"elevate": True})},), ""),
    ],
)
def test_one_press_agrees_only_to_what_one_press_could_have_approved(
    waiting: tuple[dict[str, Any] | None, ...], agrees_to: str
) -> None:
    rules = Rules()
    listed = rules.decisions.approve_reasons[0]

    def held(one: dict[str, Any]) -> dict[str, Any]:
        choice = one["choice"]
        reason = listed if choice.reason == "listed" else choice.reason
        return one | {"choice": choice.model_copy(update={"reason": reason})}

    entries = [
        entry(number, awaited=None if one is None else awaited(**held(one)))
        for number, one in enumerate(waiting, start=1)
    ]
    assert agreed_in_one_press(case(*entries), rules) == agrees_to


def test_one_press_agrees_to_an_elevation_with_notice_and_for_a_short_time() -> None:
    rules = Rules()
    short = Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=rules.decisions.elevation_hours)

    def waits(choice: Choice) -> str:
        one = entry(1, kind=Kind.ELEVATION, awaited=awaited(choice=choice, reaches=Reach.COMPUTER))
        return agreed_in_one_press(case(one, kind=Kind.ELEVATION), rules)

    assert waits(short) == "w-1"
    assert not waits(short.model_copy(update={"elevate_silently": True}))
    assert not waits(short.model_copy(update={"elevate_hours": rules.decisions.elevation_hours + 1}))
    assert not waits(NARROW)


ANOTHER = "id-another"
SHIFT = Rules().access.shift


def alone(
    *earlier: EarlierDecision, rules: Rules | None = None, others: tuple[Case, ...] = (), waiting: int = 1
) -> str:
    """Who alone has agreed, for a case whose own record tells these approvals."""
    entries = [entry(number) for number in range(1, waiting + 1)]
    known = evidence(seen=Seen.NEVER, earlier=earlier)
    cases = [case(*entries, evidence=known), *others]
    return agreed_alone(cases, rules or Rules(second=EARLIER), NOW)


def test_whoever_alone_let_unseen_software_in_is_named_to_the_next_one() -> None:
    one = by_hand(9, by_us=True)
    assert alone(one) == "Ana"
    assert alone(one, by_hand(8, by_us=True)) == "Ana"
    assert alone(one, by_hand(8, by_us=True, by="Bo")) == "", "either of them counts for the other"
    assert alone(one, rules=Rules(second=UNSEEN)) == ""
    assert alone(one, waiting=2) == "", "several computers wait for a second person of their own"
    assert alone() == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"by_us": False},
        {"at": NOW - SHIFT - timedelta(seconds=1)},
        {"two_people": True},
        {"same_file": False},
        {"verb": Verb.DENY},
        {"taken_back": True},
    ],
)
def test_an_approval_that_is_no_young_one_by_one_person_here_names_nobody(changed: dict[str, Any]) -> None:
    assert alone(by_hand(9, **{"by_us": True} | changed)) == ""


def test_the_first_second_of_a_shift_still_counts() -> None:
    assert alone(by_hand(9, by_us=True, at=NOW - SHIFT)) == "Ana"


def test_what_a_customer_on_the_same_card_approved_names_its_approver() -> None:
    def there(standing: Standing = Standing.APPROVED, **more: Any) -> Case:
        over = decided(7, standing, ours=attempt(**more))
        return case(over, organization_id=ANOTHER, case_id="c2", closed_at=NOW)

    assert alone(others=(there(),)) == TOM.name
    assert alone(others=(there(recorded_at=NOW - SHIFT - timedelta(seconds=1)),)) == ""
    assert alone(others=(there(Standing.REJECTED, verb=Verb.DENY),)) == ""
    assert alone(others=(there(first=TOM),)) == "", "two people looked at it there"
    assert alone(by_hand(9, by_us=True), others=(there(),)) == "", "either of them counts for the other"
