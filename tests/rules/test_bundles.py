"""Which cases share a card, and who speaks for it: tables of what joins and, more of them, what does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.models import CardAddress, Case, Claim, Elsewhere, Kind, RequestEntry, Rules, StepKind
from bot.rules import bundles, lifecycle
from tests.cards.samples import NOW, TOM, case, entry
from tests.house_rules import rules_with
from tests.rules.test_lifecycle import sighting

RULES = Rules()
HERE, ELSEWHERE = "C0CARDS", "C0OTHER"
HOUR = timedelta(hours=1)


def _case(
    organization: str, number: int = 1, *, file: str = "A" * 32, at: datetime = NOW, channel: str = HERE
) -> Case:
    """A posted case of one organization."""
    one = case(entry(number))
    held = one.requests[0]
    facts = held.facts.model_copy(update={"organization_id": organization, "hash": file})
    return one.model_copy(
        update={
            "case_id": f"c-{organization}-{number}",
            "organization_id": organization,
            "organization_name": organization.title(),
            "subject_key": f"{organization}-{file}",
            "hash": file,
            "requests": (held.model_copy(update={"facts": facts}),),
            "opened_at": at,
            "card": CardAddress(channel_id=channel, ts="1.1", posted_at=at),
        }
    )


def test_a_key_names_channel_kind_system_and_file() -> None:
    one = _case("contoso")
    assert bundles.family_key(one, HERE) == bundles.family_key(_case("fabrikam", 2), HERE)
    others = [
        bundles.family_key(one, ELSEWHERE),
        bundles.family_key(_case("contoso", file="B" * 32), HERE),
        bundles.family_key(one.model_copy(update={"os_type": 2}), HERE),
        bundles.family_key(one.model_copy(update={"kind": Kind.ELEVATION}), HERE),
    ]
    assert len({bundles.family_key(one, HERE), *others}) == 5
    assert bundles.family_key(one.model_copy(update={"subject_key": ""}), HERE) == ""


def test_another_organizations_request_for_the_same_file_joins() -> None:
    members = [_case("contoso")]
    assert bundles.takes_family(members, _case("fabrikam", 2), HERE, RULES, NOW + 11 * HOUR)


def test_who_asks_again_after_a_decision_joins_the_same_card() -> None:
    """The card opens again: what was decided about the very file is read beside what is asked now."""
    over = _case("fabrikam").model_copy(update={"closed_at": NOW})
    assert bundles.takes_family([over], _case("fabrikam", 9), HERE, RULES, NOW + 11 * HOUR)
    assert not bundles.takes_family([over, _case("fabrikam", 8)], _case("fabrikam", 9), HERE, RULES, NOW)


def test_files_without_a_digest_are_not_one_file() -> None:
    """A computer that floods with them is a burst, and no family of one file."""
    cases = [_case("contoso", number, file="0" * 32) for number in range(1, 6)]
    assert bundles.files_in(cases) == 5
    assert not bundles.is_family(cases)
    again = _files(2)
    assert bundles.files_in([*again, again[0].model_copy(update={"case_id": "c9"})]) == 2


@pytest.mark.parametrize(
    ("members", "changed", "later"),
    [
        ([], {}, HOUR),
        ([_case("fabrikam")], {}, HOUR),
        ([_case("contoso").model_copy(update={"closed_at": NOW}), _case("FABRIKAM")], {}, HOUR),
        ([_case("contoso", file="B" * 32)], {}, HOUR),
        ([_case("contoso")], {}, 13 * HOUR),
        ([_case("contoso", channel=ELSEWHERE)], {}, HOUR),
        ([_case("contoso").model_copy(update={"redacted_at": NOW})], {}, HOUR),
        ([_case(f"customer-{number}") for number in range(bundles.MEMBERS_MOST)], {}, HOUR),
        ([_case("contoso")], {"families": {"together": False}}, HOUR),
        ([_case("contoso")], {"families": {"stays": timedelta()}}, HOUR),
    ],
    ids=[
        "nobody",
        "its own organization waits there",
        "its own, in capitals",
        "another file",
        "too old",
        "another channel",
        "redacted",
        "full",
        "switched off",
        "no time",
    ],
)
def test_what_does_not_join_a_family(
    members: list[Case], changed: dict[str, object], later: timedelta
) -> None:
    rules = rules_with(RULES, **changed)
    assert not bundles.takes_family(members, _case("fabrikam", 9), HERE, rules, NOW + later)


def _files(count: int, *, at: datetime = NOW) -> list[Case]:
    """So many files of one computer, a minute apart."""
    return [
        _case("contoso", file=f"{number:032x}", at=at + number * timedelta(minutes=1)).model_copy(
            update={"case_id": f"c{number}"}
        )
        for number in range(1, count + 1)
    ]


def test_the_file_that_makes_it_so_many_makes_the_burst() -> None:
    new, now = _files(6)[5], NOW + timedelta(minutes=6)
    assert bundles.makes_burst(_files(3), new, RULES, now) == ()
    assert bundles.makes_burst(_files(4), new, RULES, now) == tuple(_files(4))
    assert bundles.makes_burst(_files(4), new, rules_with(RULES, bursts={"together": False}), now) == ()
    ends = _files(1)[0].opened_at + RULES.bursts.within
    assert bundles.makes_burst(_files(4), new, RULES, ends) == tuple(_files(4))
    assert bundles.makes_burst(_files(4), new, RULES, ends + timedelta(seconds=1)) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"opened_at": NOW - timedelta(minutes=20)},
        {"organization_id": "fabrikam"},
        {"kind": Kind.STORAGE},
        {"closed_at": NOW},
        {"requests": (entry(7),)},
    ],
    ids=["too long ago", "another organization", "no software", "over", "another computer"],
)
def test_what_makes_no_burst(change: dict[str, object]) -> None:
    others = [*_files(3), _files(4)[3].model_copy(update=change)]
    assert bundles.makes_burst(others, _files(6)[5], RULES, NOW + timedelta(minutes=6)) == ()


def test_a_burst_takes_files_while_it_goes_on() -> None:
    members = _files(5)
    last = members[-1].opened_at
    assert bundles.takes_burst(members, HERE, RULES, last + timedelta(minutes=9))
    ends = last + RULES.bursts.within
    assert bundles.takes_burst(members, HERE, RULES, ends)
    assert not bundles.takes_burst(members, HERE, RULES, ends + timedelta(seconds=1))
    assert not bundles.takes_burst(members, ELSEWHERE, RULES, last)
    over = [member.model_copy(update={"closed_at": NOW}) for member in members]
    assert bundles.takes_burst(over, HERE, RULES, last), "its computer still floods, whatever was decided"
    off = rules_with(RULES, bursts={"together": False})
    assert not bundles.takes_burst(members, HERE, off, last)


def test_who_may_not_stand_in_the_channel_leaves_the_card() -> None:
    """The routes may have changed since it was posted; what all share stays as a single card does."""
    cases = [_case("contoso"), _case("fabrikam", 2), _case("marlow", 3)]
    routes = {"contoso": HERE, "fabrikam": ELSEWHERE, "marlow": HERE}
    stay, leave = bundles.at_home(cases, lambda one: routes[one.organization_id])
    assert [one.organization_id for one in stay] == ["contoso", "marlow"]
    assert [one.organization_id for one in leave] == ["fabrikam"]
    first_left = {"contoso": ELSEWHERE, "fabrikam": HERE, "marlow": HERE}
    stay, _ = bundles.at_home(cases, lambda one: first_left[one.organization_id])
    assert [one.organization_id for one in stay] == ["fabrikam", "marlow"]
    stay, leave = bundles.at_home(cases, lambda _: "C0NEW")
    assert (len(stay), leave) == (3, [])


def test_cases_together_are_shown_as_one_and_keep_no_ones_findings() -> None:
    cases = [_case("contoso"), _case("fabrikam", 2)]
    whole = bundles.merged(cases)
    assert whole.organization_name == "2 customers"
    assert len(whole.requests) == 2
    assert whole.evidence is None
    assert whole.claim is None
    assert whole.is_open
    assert not bundles.merged([one.model_copy(update={"closed_at": NOW}) for one in cases]).is_open


def test_a_claim_stands_on_the_card_where_one_person_is_on_all_that_is_open() -> None:
    first, second = _case("contoso"), _case("fabrikam", 2)
    toms, anas = (
        {"claim": Claim(actor=who, at=NOW, until=NOW + HOUR)}
        for who in (TOM, TOM.model_copy(update={"person_id": "ana"}))
    )
    claimed, over = first.model_copy(update=toms), second.model_copy(update={"closed_at": NOW})
    assert bundles.merged([claimed, second]).claim is None
    assert bundles.merged([claimed, second.model_copy(update=anas)]).claim is None
    assert bundles.merged([claimed, second.model_copy(update=toms)]).claim == claimed.claim
    assert bundles.merged([claimed, over]).claim == claimed.claim
    assert bundles.merged([first, over.model_copy(update=toms)]).claim is None


def test_what_climbed_is_told_of_the_open_ones_and_what_is_due_of_none() -> None:
    paged = Elsewhere(step="last", at=NOW, ways=("mail",))
    climbed = {"escalated_at": NOW, "escalated_by": "the clock", "unusual": ("x", "y"), "elsewhere": (paged,)}
    first = _case("contoso").model_copy(update=climbed | {"policy_due": True})
    second = _case("fabrikam", 2).model_copy(update={"unusual": ("y", "z")})
    whole = bundles.merged([second, first])
    assert (whole.escalated_at, whole.escalated_by) == (NOW, "the clock")
    assert (whole.unusual, whole.elsewhere, whole.policy_due) == (("y", "z", "x"), (paged,), False)
    third = _case("marlow", 3).model_copy(update={"escalated_at": NOW + HOUR, "escalated_by": "Tom"})
    assert bundles.merged([second, first, third]).escalated_by == "the clock"
    over = first.model_copy(update={"closed_at": NOW + HOUR})
    rest = bundles.merged([second, over])
    assert (rest.escalated_at, rest.escalated_by, rest.unusual) == (None, "", ("y", "z"))
    assert rest.elsewhere == ()
    ended = bundles.merged([second.model_copy(update={"closed_at": NOW}), over])
    assert (ended.closed_at, ended.elsewhere) == (NOW + HOUR, (paged,))


def test_one_file_is_a_family_and_several_are_not() -> None:
    assert bundles.is_family([_case("contoso"), _case("fabrikam", 2)])
    assert not bundles.is_family(_files(2))


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": Kind.STORAGE},
        {"requests": (entry(1), entry(2))},
        {"requests": ()},
        {"requests": (entry(1, computer_id=""),)},
    ],
    ids=["no software", "two computers", "no computer", "a computer without an id"],
)
def test_what_has_no_burst_to_be_found_by(changed: dict[str, object]) -> None:
    one = _case("contoso")
    keys = {
        bundles.burst_key(one, HERE),
        bundles.burst_key(one, ELSEWHERE),
        bundles.burst_key(_case("fabrikam"), HERE),
        bundles.burst_key(_case("contoso", 2), HERE),
    }
    assert (len(keys), "" in keys) == (4, False)
    assert bundles.burst_key(_case("CONTOSO", file="B" * 32), HERE) == bundles.burst_key(one, HERE)
    assert bundles.burst_key(one.model_copy(update=changed), HERE) == ""


def test_a_burst_of_more_than_a_card_holds_takes_the_newest() -> None:
    many = [each.model_copy(update={"opened_at": NOW}) for each in _files(bundles.MEMBERS_MOST + 3)]
    made = bundles.makes_burst(many, many[-1].model_copy(update={"case_id": "new"}), RULES, NOW)
    assert made == tuple(sorted(many, key=lambda each: each.case_id)[-bundles.MEMBERS_MOST + 1 :])
    assert len(made) + 1 == bundles.MEMBERS_MOST


def _stepped(one: Case, kind: StepKind, at: datetime, skipped: str = "") -> Case:
    def taken(held: RequestEntry) -> RequestEntry:
        steps = tuple(
            step.model_copy(update={"taken_at": at, "skipped": skipped}) if step.kind is kind else step
            for step in held.steps
        )
        return held.model_copy(update={"steps": steps})

    return one.model_copy(update={"requests": tuple(map(taken, one.requests))})


def test_a_step_is_said_once_for_a_card_and_again_when_it_repeats() -> None:
    planned = lifecycle.open_case("c1", sighting(1, requested_at=NOW), NOW, RULES)
    said = _stepped(planned, StepKind.ESCALATE, NOW + timedelta(minutes=15))
    soon, later = NOW + timedelta(minutes=22), NOW + timedelta(minutes=31)
    assert bundles.spoken_for([said], StepKind.ESCALATE, soon, RULES) == "c1"
    assert bundles.spoken_for([said], StepKind.REMIND, soon, RULES) == "c1"
    assert bundles.spoken_for([said], StepKind.ESCALATE, later, RULES) == ""
    repeats = NOW + timedelta(minutes=15) + RULES.plan.repeat_every
    assert bundles.spoken_for([said], StepKind.ESCALATE, repeats, RULES) == ""
    assert bundles.spoken_for([planned, said], StepKind.ESCALATE, soon, RULES) == "c1"
    assert bundles.spoken_for([planned], StepKind.REMIND, soon, RULES) == ""
    reminded = _stepped(planned, StepKind.REMIND, NOW + timedelta(minutes=5))
    at_once = NOW + timedelta(minutes=6)
    assert bundles.spoken_for([reminded], StepKind.ESCALATE, at_once, RULES) == "", "a reminder is no call"
    assert bundles.spoken_for([reminded], StepKind.REMIND, at_once, RULES) == "c1"
    assert bundles.spoken_for([said], StepKind.ESCALATE, soon, RULES, "night") == "", (
        "another tier was called"
    )
    assert bundles.spoken_for([said], StepKind.REMIND, soon, RULES, "night") == "c1"
    silent = _stepped(
        planned, StepKind.ESCALATE, NOW + timedelta(minutes=15), "said for the whole card by c0"
    )
    assert bundles.spoken_for([silent], StepKind.ESCALATE, soon, RULES) == ""
