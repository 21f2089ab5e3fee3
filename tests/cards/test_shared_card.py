"""The card that several cases share: as small as any card, valid, inert, and naming each case in its buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import parse_ref, render_cases
from bot.cards.case.before import before
from bot.cards.case.judgement import findings
from bot.cards.case.offers import ONE_PRESS_WANTS
from bot.cards.case.shared import NO_SHORTCUT, _one_row, shared_reference
from bot.cards.forms.shared_form import SharedForm, shared_approve_modal, shared_details_modal
from bot.cards.kit import ids
from bot.cards.kit.fitting import OPEN_LINES, WORDS, clipped, read_as, words_in
from bot.cards.kit.limits import BUTTON_VALUE, PRIVATE_METADATA, check_view
from bot.cards.kit.words import say
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    Finding,
    Reach,
    Seen,
    Signer,
    Standing,
)
from bot.rules.bundles import MEMBERS_MOST
from tests.cards.everything import hostile_case
from tests.cards.reading import read
from tests.cards.samples import NOW, RULES, attempt, awaited, case, decided, earlier, entry, evidence
from tests.cards.second_opinion import check_message_twice
from tests.cards.test_card_size import size
from tests.cards.test_hostile_text import assert_inert_payload
from tests.cards.test_policies import proposal


def _of(number: int, one: Case, **changed: Any) -> Case:
    values = {
        "case_id": f"c{number:024x}",
        "organization_id": f"org-{number}",
        "organization_name": f"Customer {number}",
        "hash": "A" * 32,
    }
    return one.model_copy(update=values | changed)


def _family(count: int, one: Case | None = None) -> list[Case]:
    held = one or case(entry(1), evidence=evidence())
    return [_of(number, held) for number in range(1, count + 1)]


def _burst(count: int, one: Case | None = None) -> list[Case]:
    of_one = {"organization_id": "org", "organization_name": "Contoso"}
    return [
        _of(number, one or case(entry(number)), hash=f"{number:032X}", **of_one)
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("cases", [_family(2), _family(MEMBERS_MOST), _burst(5), _burst(MEMBERS_MOST)])
def test_it_keeps_to_the_lines_and_words_of_every_card(cases: list[Case]) -> None:
    drawn = render_cases(cases, RULES, NOW)
    rows, words = size(drawn.blocks)
    assert rows <= OPEN_LINES, read(drawn.blocks)
    assert words <= WORDS, read(drawn.blocks)
    check_message_twice(drawn.blocks, drawn.text)


@pytest.mark.parametrize("make", [_family, _burst])
@given(text=st.text(min_size=1, max_size=60))
@settings(max_examples=15)
def test_whatever_stands_in_the_requests_it_stays_small_and_inert(
    make: Callable[[int, Case], list[Case]], text: str
) -> None:
    cases = [one.model_copy(update={"organization_name": text}) for one in make(7, hostile_case(text))]
    drawn = render_cases(cases, RULES, NOW + timedelta(hours=1))
    rows, words = size(drawn.blocks)
    assert rows <= OPEN_LINES, read(drawn.blocks)
    assert words <= WORDS, read(drawn.blocks)
    check_message_twice(drawn.blocks, drawn.text)
    assert_inert_payload("shared", drawn.blocks)
    for view in (
        shared_approve_modal(SharedForm(cases=cases, unseen=3, needs_reason=True, rules=RULES)),
        shared_details_modal(cases, 2),
    ):
        check_view(view)
        assert_inert_payload("shared form", view["blocks"])


def test_it_says_how_many_customers_and_computers_wait_and_where() -> None:
    text = read(render_cases(_family(9), RULES, NOW).blocks)
    assert "9 waiting. 9 customers" in text
    assert "Customer 1" in text
    assert "and 7 more customers" in text
    assert "Customer 5" not in text


def test_how_many_more_customers_wait_is_told_also_beside_long_names() -> None:
    cases = [one.model_copy(update={"organization_name": "Northwind Traders"}) for one in _family(9)]
    cases = [
        one.model_copy(
            update={
                "requests": tuple(
                    entry.model_copy(
                        update={"facts": entry.facts.model_copy(update={"computer_name": "NORTHWIN-W1"})}
                    )
                    for entry in one.requests
                )
            }
        )
        for one in cases
    ]
    text = read(render_cases(cases, RULES, NOW).blocks)
    assert "Northwind Traders (NORTHWIN-W1) and 7 more\n" in text


def test_a_burst_names_its_files_and_opens_no_one_press() -> None:
    drawn = render_cases(_burst(6), RULES, NOW)
    assert "Burst of 6 files" in read(drawn.blocks)
    assert "no shortcut" in read(drawn.blocks)
    names = [e.get("action_id") for block in drawn.blocks for e in block.get("elements", ())]
    assert ids.APPROVE_COMPUTER not in names
    assert ids.BURST_MODE in names


def test_its_buttons_name_every_case_that_can_be_decided_with_its_revision() -> None:
    cases = _family(3)
    cases[1] = _of(2, case(decided(2, Standing.APPROVED), closed_at=NOW))
    cases[2] = cases[2].model_copy(update={"revision": 4})
    blocks = render_cases(cases, RULES, NOW).blocks
    values = [e["value"] for block in blocks for e in block.get("elements", ()) if "value" in e]
    ref = parse_ref(values[0])
    assert ref is not None
    assert (ref.case_id, ref.others) == (cases[0].case_id, ((cases[2].case_id, 4),))
    assert len(set(values)) == 1


def _menu(cases: list[Case]) -> list[str]:
    elements = [e for block in render_cases(cases, RULES, NOW).blocks for e in block.get("elements", ())]
    return [option["value"].partition(":")[0] for e in elements for option in e.get("options", ())]


def test_its_menu_offers_what_that_of_a_single_case_offers() -> None:
    for cases in (_family(3), _burst(5)):
        assert _menu(cases) == [ids.DETAILS, ids.ESCALATE, ids.HAND_OVER, ids.WHY, ids.PORTAL]
    over = [_of(n, case(decided(n, Standing.APPROVED), closed_at=NOW)) for n in (1, 2)]
    assert _menu(over) == [ids.DETAILS, ids.WHY, ids.PORTAL]


@pytest.mark.parametrize("make", [_family, _burst])
def test_where_one_press_is_closed_it_offers_the_proposed_rules(
    make: Callable[[int, Case], list[Case]],
) -> None:
    closed = case(entry(1), evidence=evidence(), policy_due=True)
    cases = make(3, closed.model_copy(update={"proposal": proposal()}))
    cases[1] = cases[1].model_copy(update={"proposal": None})
    elements = [e for block in render_cases(cases, RULES, NOW).blocks for e in block.get("elements", ())]
    by_rule = next(e for e in elements if e.get("action_id") == ids.BY_RULE_MODAL)
    ref = parse_ref(by_rule["value"])
    assert ref is not None
    assert (ref.case_id, [one for one, _ in ref.others]) == (cases[0].case_id, [cases[2].case_id])


def test_once_it_is_over_it_says_how_far_and_what_comes_next() -> None:
    """Who, when, how far, next step; the thread has the rest."""
    here = attempt()
    over = [_of(n, case(decided(n, Standing.APPROVED, ours=here), closed_at=NOW)) for n in (1, 2)]
    text = " ".join(read(render_cases(over, RULES, NOW).blocks).split())
    assert "2 approved. 2 customers, 2 computers; approved on each computer alone." in text
    assert "Decided by Tom Okafor, last {09:00} · from the next check-in on" in text
    wide = here.model_copy(update={"reaches": Reach.ORGANIZATION})
    over[1] = _of(2, case(decided(2, Standing.APPROVED, ours=wide), closed_at=NOW))
    assert "Details tell how far" in read(render_cases(over, RULES, NOW).blocks)
    denied = [_of(n, case(decided(n, Standing.REJECTED), closed_at=NOW)) for n in (1, 2)]
    text = read(render_cases(denied, RULES, NOW).blocks)
    assert "check-in" not in text
    assert "how far" not in text


def test_what_is_borne_in_mind_is_said_whole_or_not_at_all() -> None:
    for count in range(2, 12):
        text = " ".join(
            read(render_cases(_burst(count, hostile_case("long words ")), RULES, NOW).blocks).split()
        )
        assert ("Installation mode is" in text) is (NO_SHORTCUT in text), text


def test_a_signer_is_shortened_as_on_a_single_card() -> None:
    subject = "CN=Fjordlight Software Engineering and Trading Company AS, O=Fjordlight"
    signed = case(entry(1, signers=(Signer(subject=subject, valid=True),)), evidence=evidence())
    shared, single = (
        " ".join(read(render_cases(some, RULES, NOW).blocks).split())
        for some in (_family(2, signed), [signed])
    )
    assert "signed by Fjordlight Software Engineering…" in single
    assert "signed by Fjordlight Software Engineering…" in shared


def test_as_many_cases_as_a_card_holds_fit_into_a_button_and_a_form() -> None:
    many = [one.model_copy(update={"revision": 999}) for one in _family(MEMBERS_MOST)]
    ref = shared_reference(many, "w-p" + "f" * 32)
    assert len(ref) <= min(BUTTON_VALUE, PRIVATE_METADATA)
    parsed = parse_ref(ref)
    assert parsed is not None
    assert len(parsed.others) == MEMBERS_MOST - 1
    assert str(parsed) == ref


@pytest.mark.parametrize(
    "value", ["c1.1+", "+c1.1", "c1.1+c2", "c1.1+c2.0", "c1.1+c2.1:", "c1.1+c2.1+<!here>.1"]
)
def test_a_reference_that_is_not_ours_is_none(value: str) -> None:
    assert parse_ref(value) is None


def test_a_row_that_is_too_long_is_cut_and_the_drawing_ends() -> None:
    """The `…` was a word of its own: a line cut by one word had as many as before and was cut for ever, and with the
    drawing everything else stood still."""
    long = [say(f"{'a' * 150} · b "), say("c")]
    assert words_in(clipped(long, words_in(long) - 1)) == words_in(long) - 1
    assert words_in(_one_row(long)) < words_in(long)
    assert clipped([say("a"), say(" "), say("b")], 1) == [say("a"), say("…")]


def _menus(cases: list[Case]) -> list[Any]:
    drawn = render_cases(cases, RULES, NOW)
    row = [e for block in drawn.blocks if block["type"] == "actions" for e in block["elements"]]
    return [e for e in row if e["action_id"] == ids.APPROVE_BECAUSE]


def test_a_family_that_wants_its_reason_takes_it_from_the_list_for_all_of_them() -> None:
    due = case(entry(1), evidence=evidence(), policy_due=True)
    [menu] = _menus(_family(2, due))
    named = [ids.parse_because(option["value"]) for option in menu["options"]]
    assert all(each is not None and len(each[1].others) == 1 for each in named)
    assert menu["placeholder"]["text"].endswith("because…")
    assert _menus(_family(2)) == [], "one press is open"


def test_where_the_reference_is_longer_than_an_option_holds_the_form_asks_for_the_reason() -> None:
    due = case(entry(1), evidence=evidence(), policy_due=True)
    assert _menus(_family(9, due)) == []


def _over(number: int, standing: Standing = Standing.APPROVED) -> Case:
    ended = case(decided(number, standing, ours=attempt()), closed_at=NOW, evidence=evidence())
    return _of(number, ended)


def test_one_that_waits_beside_others_that_are_over_is_read_as_on_its_own_card() -> None:
    """Not a word of it is lost for what ended: that is one line, and nothing else counts it."""
    alone = _of(3, case(entry(3), evidence=evidence()))
    text = read(render_cases([_over(1), _over(2, Standing.REJECTED), alone], RULES, NOW).blocks)
    own = read(render_cases([alone], RULES, NOW).blocks)
    assert "Before: 1 approved, 1 rejected or ignored at 2 customers · decided by Tom Okafor" in text
    told = [line for line in own.splitlines() if "Details" not in line]
    assert all(line in text for line in told), own
    assert "[Approve on this computer]" in text
    same = {"organization_id": "org-3", "organization_name": "Customer 3"}
    text = read(render_cases([_over(1).model_copy(update=same), alone], RULES, NOW).blocks)
    assert "Before: approved here\n" in text


@pytest.mark.parametrize(
    ("note", "finding", "is_told"),
    [
        ("approved in 1 other organization", CheckFinding.OK, False),
        ("approved in 2 other organizations", CheckFinding.OK, True),
        ("approved in at least 1 other organization", CheckFinding.OK, True),
        ("denied in 1 other organization", CheckFinding.UNKNOWN, True),
    ],
)
def test_what_others_approved_is_said_once(note: str, finding: CheckFinding, is_told: bool) -> None:
    """Where the line of what the file came to before tells of as many, the count of the check tells nothing new."""
    found = Check(
        name=CheckName.ELSEWHERE, finding=finding, note=note, source=CheckSource.RECORD, checked_at=NOW
    )
    known = evidence(checks=(found,))
    here = _of(3, case(entry(3), evidence=known))
    ended = [_over(1), _over(3), _over(2, Standing.REJECTED)]
    told = [read_as(one.runs) for one in findings(here, before(ended, here))]
    assert (note in told) is is_told
    assert note in [read_as(one.runs) for one in findings(here)]


def test_a_file_that_is_known_to_be_bad_heads_the_card_of_a_family_too() -> None:
    bad = case(entry(1), evidence=evidence(known_bad=Finding.YES, known_bad_note=""))
    cases = [_of(1, case(entry(1), evidence=evidence())), _of(2, bad)]
    assert read(render_cases(cases, RULES, NOW).blocks).startswith("# ▲ Known bad · Application: ")
    assert "Known bad" not in read(render_cases([cases[0], _over(2)], RULES, NOW).blocks)


def test_where_all_lack_a_reason_alone_the_card_says_so_beside_the_menu() -> None:
    due = case(entry(1), evidence=evidence(), policy_due=True)
    text = read(render_cases(_family(2, due), RULES, NOW).blocks)
    assert ONE_PRESS_WANTS in text
    assert "is closed" not in text
    [one, other] = _family(2, due)
    closed = other.model_copy(update={"evidence": evidence(known_bad=Finding.YES)})
    text = " ".join(read(render_cases([one, closed], RULES, NOW).blocks).split())
    assert "One press is closed" in text
    assert ONE_PRESS_WANTS not in text


def test_the_versions_of_a_familys_software_are_told_together() -> None:
    new = case(entry(1), evidence=evidence(seen=Seen.NEW_VERSION, hand_approvals=2, earlier=(earlier(),)))
    text = " ".join(read(render_cases(_family(2, new), RULES, NOW).blocks).split())
    assert "Versions: others approved here 4 times, last by Ada Lund" in text


def test_a_file_that_is_asked_for_again_makes_a_burst_no_larger() -> None:
    cases = _burst(5)
    again = cases[0].model_copy(update={"case_id": "c9", "requests": (entry(9),)})
    ended = [_of(1, case(decided(1, Standing.APPROVED), closed_at=NOW), hash=cases[0].hash), *cases[1:]]
    same = {"organization_id": "org", "organization_name": "Contoso"}
    drawn = render_cases([ended[0].model_copy(update=same), *ended[1:], again], RULES, NOW)
    assert "Burst of 5 files" in read(drawn.blocks)


def test_where_the_file_lies_is_told_of_a_family_as_of_a_single_case() -> None:
    text = read(render_cases(_family(3), RULES, NOW).blocks)
    assert "Never seen · from Downloads · signed by Fabrikam Inc" in text
    closed = case(entry(1, path=r"C:\Program Files\Fabrikam\reader.exe"), evidence=evidence())
    assert "Never seen · signed by Fabrikam Inc" in read(render_cases(_family(3, closed), RULES, NOW).blocks)


def test_whose_approval_waits_for_a_second_person_is_named_on_a_shared_card_too() -> None:
    waits = _family(2, case(entry(1, awaited=awaited()), evidence=evidence()))
    text = read(render_cases(waits, RULES, NOW).blocks)
    assert "Tom Okafor would approve" in text
    assert "signed by Fabrikam" in text
    assert "2 waiting for a second person" in text
