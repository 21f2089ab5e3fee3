"""What a press means, what it would do in words, which writes wait, and how results are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.decision.effect import effect_of, one_press_choice
from bot.decision.telling import Became, Result, decision_answer
from bot.decision.writes import sender_for, unverified
from bot.desk import Presser, identify, is_own
from bot.models import Choice, Kind, Reach, Rules, UnprovenWrite, Verb
from bot.portal import Unusable
from tests.cards.reading import read
from tests.cards.samples import case, entry, facts
from tests.desk import Bench


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(verb=Verb.DENY), ["denied", "WS-001", "the requestor is told"]),
        (Choice(verb=Verb.DENY, notify_requestor=False), ["denied", "the requestor is not told"]),
        (Choice(verb=Verb.APPROVE), ["WS-001 only", "hash", "until the policy is removed"]),
        (
            Choice(verb=Verb.APPROVE, reach=Reach.COMPUTER_GROUP, computer_group_name="Sales"),
            ["computer group Sales of Contoso"],
        ),
        (Choice(verb=Verb.APPROVE, reach=Reach.ORGANIZATION), ["entire organization Contoso"]),
        (Choice(verb=Verb.APPROVE, reach=Reach.GLOBAL, computer_group_name="All"), ["global group All"]),
        (Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=1), ["with notice", "for 1 hour"]),
        (Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=4), ["for 4 hours"]),
        (
            Choice(verb=Verb.APPROVE, expires_at=datetime(2026, 12, 24, 18, 30, tzinfo=UTC)),
            ["until 2026-12-24 18:30 UTC"],
        ),
    ],
)
def test_the_exact_effect_is_told_in_one_sentence(choice: Choice, words: list[str]) -> None:
    said = effect_of(choice, facts(1))
    assert "setup.exe" in said
    assert said.endswith(".")
    for word in words:
        assert word in said


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ELEVATION])
def test_one_press_is_never_wider_than_the_computer_and_elevates_nothing(kind: Kind) -> None:
    assert one_press_choice(kind, 1) == Choice(verb=Verb.APPROVE, reach=Reach.COMPUTER, elevate=False)


def test_one_press_on_elevation_is_for_the_set_hours_with_notice() -> None:
    choice = one_press_choice(Kind.ELEVATION, 3)
    assert (choice.elevate, choice.elevate_hours, choice.reach) == (True, 3, Reach.COMPUTER)


@pytest.mark.parametrize(
    ("kind", "choice", "verified", "off"),
    [
        (Kind.APPLICATION, Choice(verb=Verb.APPROVE), (), False),
        (Kind.ELEVATION, Choice(verb=Verb.APPROVE), (), False),
        (Kind.STORAGE, Choice(verb=Verb.APPROVE), (), True),
        (Kind.WEB_CONTROL, Choice(verb=Verb.APPROVE), (), True),
        (Kind.OTHER, Choice(verb=Verb.APPROVE), (), True),
        (Kind.STORAGE, Choice(verb=Verb.DENY), (), False),
        (Kind.APPLICATION, Choice(verb=Verb.APPROVE, reach=Reach.GLOBAL), (), True),
        (
            Kind.APPLICATION,
            Choice(verb=Verb.APPROVE, reach=Reach.GLOBAL),
            (UnprovenWrite.PERMIT_GLOBAL,),
            False,
        ),
    ],
)
def test_writes_without_published_evidence_stay_off_until_they_are_named_as_verified(
    kind: Kind, choice: Choice, verified: tuple[str, ...], off: bool
) -> None:
    said = unverified(facts(1, kind=kind), choice, Rules(verified_writes=frozenset(verified)))
    assert bool(said) is off
    assert not said or "decide it in the portal" in said


async def test_an_approval_without_the_portals_details_is_no_guess(bench: Bench) -> None:
    asked = await bench.arrive()
    held = asked.requests[0].facts
    row = await bench.desk.portal.get_request(held.request_id, held.organization_id)
    with pytest.raises(Unusable):
        await sender_for(bench.desk, Choice(verb=Verb.APPROVE), held, row, None)


# Whose request


@pytest.mark.parametrize(
    ("asked_by", "own"),
    [
        ({"requestor": "rvance"}, True),
        ({"requestor": "RVANCE"}, True),
        ({"requestor": "BRIGHTWATER\\rvance"}, True),
        ({"requestor": "other"}, False),
        ({"requestor": ""}, False),
        ({"requestor": "", "requestor_email": "REQ@example.com"}, False),
        ({"requestor": "REQ@other.example"}, True),
        ({"requestor": "AzureAD\\RitaVance"}, True),
        ({"requestor": "", "requestor_email": ""}, False),
        ({"requestor": "rvance2"}, False),
    ],
)
async def test_persons_are_compared_and_not_ids(bench: Bench, asked_by: dict[str, Any], own: bool) -> None:
    presser = await identify(bench.desk, await bench.press("req", "x"))
    assert isinstance(presser, Presser)
    empty = {"requestor_email": ""} | asked_by
    assert is_own(presser, case(entry(1, **empty))) is own


# Telling


def result(number: int, became: Became, sentence: str = "It is so.", could: tuple[str, ...] = ()) -> Result:
    """What became of one request."""
    return Result(f"req-{number}", f"WS-{number:03}", became, sentence, could)


def test_every_end_has_its_words() -> None:
    for became in Became:
        said = read(decision_answer([result(1, became)]).blocks)
        assert "It is so." in said
        assert "WS-001" not in said


def test_several_ends_are_told_line_by_line_with_their_computers() -> None:
    said = read(decision_answer([result(1, Became.APPROVED), result(2, Became.DECIDED_BEFORE)]).blocks)
    assert "Approved. WS-001: It is so." in said
    assert "Too late. WS-002: It is so." in said
    assert "check-in" not in said, "the card and its thread say what comes next"


def test_refusals_that_say_the_same_are_said_once_with_who_could() -> None:
    said = read(decision_answer([result(n, Became.REFUSED, "You may not.", ("Ana",)) for n in (1, 2)]).blocks)
    assert said.count("You may not.") == 1
    assert "Ana" in said


def test_refusals_that_differ_are_told_apart() -> None:
    said = read(
        decision_answer([result(1, Became.REFUSED, "Not a."), result(2, Became.REFUSED, "Not b.")]).blocks
    )
    assert "WS-001: Not a." in said
    assert "WS-002: Not b." in said


def test_a_long_list_is_put_together_and_nothing_is_left_out() -> None:
    said = read(decision_answer([result(n, Became.APPROVED) for n in range(25)]).blocks)
    assert said.startswith("25 approved.\nApproved (25): ")
    assert all(f"WS-{n:03}" in said for n in range(25))


def test_a_press_that_named_nothing_is_answered_all_the_same() -> None:
    """P4."""
    assert "Nothing was left to decide" in read(decision_answer([]).blocks)


def _plain(number: int, computer: str, file: str, **changed: Any) -> Result:
    """What one press came to, by its shortest words."""
    told = f"{file} on {computer} only."
    values = {"organization_name": "Contoso", "file_name": file, "plainly": ".", "says": "Approved"}
    return Result(f"r{number}", computer, Became.APPROVED, told, **(values | changed))


def test_the_portals_word_is_told_where_it_is_another_than_ours() -> None:
    """P3: our own is said after the portal's, so that the same word twice tells nothing."""
    one = _plain(1, "WS-001", "setup.exe")
    assert read(decision_answer([one]).blocks) == "Approved. setup.exe on WS-001 only."
    other = replace(one, says="Permitted")
    told = "setup.exe on WS-001 only. The portal says: Permitted."
    assert read(decision_answer([other]).blocks) == f"Approved. {told}"
    both = [other, _plain(2, "WS-001", "other.exe", says="Permitted")]
    told = "2 approved. setup.exe, other.exe on WS-001 only. The portal says: Permitted."
    assert read(decision_answer(both).blocks) == told


def test_what_is_the_same_of_several_requests_is_said_once() -> None:
    """Somebody who asks again and again on one computer."""
    why = "A policy is due: say why in “Approve…”."
    again = [Result(f"r{number}", "WS-001", Became.NOT_DECIDED, why) for number in (1, 2, 3)]
    assert read(decision_answer(again).blocks) == f"3 not decided.\nNot done. WS-001: {why}"


def test_what_one_press_approved_alike_is_said_once() -> None:
    files = [_plain(n, "WS-001", f"part{n}.exe") for n in (1, 2, 3)]
    assert read(decision_answer(files).blocks) == (
        "3 approved. part1.exe, part2.exe, part3.exe on WS-001 only."
    )
    rights = ", admin rights with notice for 1 hour."
    places = [
        _plain(1, "WS-001", "setup.exe", plainly=rights),
        _plain(2, "WS-002", "setup.exe", plainly=rights, organization_name="Fabrikam"),
    ]
    assert " ".join(read(decision_answer(places).blocks).split()) == (
        "2 approved. setup.exe on WS-001 (Contoso), WS-002 (Fabrikam), each alone" + rights
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"file_name": "other.exe"},
        {"plainly": ""},
        {"says": "Permitted"},
        {"became": Became.CHECKING},
        {"is_seen": False},
    ],
)
def test_what_came_out_otherwise_has_its_own_line(changed: dict[str, Any]) -> None:
    one, two = _plain(1, "WS-001", "setup.exe"), _plain(2, "WS-002", "setup.exe")
    said = read(decision_answer([one, replace(two, **changed)]).blocks)
    assert "2 approved. setup.exe on WS-001, WS-002, each alone" in read(decision_answer([one, two]).blocks)
    assert "each alone" not in said
