"""Permission semantics 11.1 at the press: whose a request is, and which of a case's requests that spoils."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.decision.verdict import Question, ask_of, with_beside
from bot.desk import Presser, recognize
from bot.models import Case, Choice, MaintenanceMode, Reach, Verb
from tests.decision.pairs import TWO, agree, first_yes
from tests.decision.test_press import approve, deny, only, submit
from tests.desk import Bench, accept


async def without_portal_name(bench: Bench, name: str) -> None:
    """An access file that does not say under which account a person signs in."""
    document = (bench.folder / "access.toml").read_text("utf-8")
    changed = document.replace(f'portal = ["{name}"]\n', "")
    assert changed != document
    await accept(bench, changed)


@pytest.mark.parametrize("user", ["amoreau", "AMOREAU", "ana.moreau"])
@pytest.mark.parametrize("portal", ["amoreau@rowanbridge.example", "ROWANBRIDGE\\\\AMoreau", "amoreau"])
async def test_both_sides_are_reduced_alike(bench: Bench, portal: str, user: str) -> None:
    document = (bench.folder / "access.toml").read_text("utf-8")
    name = portal.replace("amoreau", "ana.moreau").replace("AMoreau", "Ana.Moreau") if "." in user else portal
    await accept(bench, document.replace('portal = ["amoreau"]', f'portal = ["{name}"]'))
    case = await bench.arrive(user=user)
    said = await approve(bench, "ana", case)
    assert "your own" in said
    assert bench.portal.decisions == []


async def test_whose_portal_name_is_not_known_approves_nothing_that_may_be_theirs(bench: Bench) -> None:
    await without_portal_name(bench, "amoreau")
    case = await bench.arrive(user="amoreau")
    said = await approve(bench, "ana", case)
    assert "cannot tell this request from one of your own" in said
    assert "Who could" in said
    assert (await bench.last("decision_refused")).facts["why"] == "not_told_apart"
    assert bench.portal.decisions == []


async def test_but_what_is_surely_another_persons(bench: Bench) -> None:
    await without_portal_name(bench, "amoreau")
    case = await bench.arrive(user="rvance")
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "approved"


async def test_nobody_who_may_have_asked_is_named_as_one_who_could(bench: Bench) -> None:
    await without_portal_name(bench, "kokafor")
    case = await bench.arrive(user="mlind")
    said = await approve(bench, "hal", case)
    assert "Lee Sandoval" in said
    assert "Kim Okafor" not in said


async def shared(bench: Bench, *, user: str = "amoreau") -> Case:
    """One file, two computers: the second one's request is of the user."""
    first, second = bench.computers()[:2]
    facts = await bench.arrive(computer=first, product="tideplan", version="4.1", user="rvance")
    await bench.arrive(computer=second, product="tideplan", version="4.1", user=user)
    case = await bench.case(facts.case_id)
    assert len(case.requests) == 2
    return case


async def test_one_own_request_does_not_spoil_the_others(bench: Bench) -> None:
    case = await shared(bench)
    said = await approve(bench, "ana", case)
    theirs, own = (entry.facts.request_id for entry in case.requests)
    assert (await bench.became()) == {theirs: "approved", own: "refused"}
    assert "your own" in said


async def test_a_wide_approval_would_let_in_ones_own(bench: Bench) -> None:
    """What counts is the effect: the same file for the whole organization is one's own request as well."""
    case = await shared(bench, user="lsandoval")
    said = await submit(
        bench,
        "lee",
        case,
        reach="organization",
        validated_how="tested on two computers of the lab",
        confirmed_by="Nora Falk, head of planning",
    )
    assert "would let in a request of your own" in " ".join(said.split())
    assert bench.portal.decisions == []


async def test_denying_ones_own_request_stays_open(bench: Bench) -> None:
    case = await bench.arrive(user="amoreau")
    await deny(bench, "ana", case)
    assert (await bench.became())[only(case)] == "denied"


async def test_a_case_with_one_own_request_may_be_claimed_and_one_that_is_all_ones_own_not(
    bench: Bench,
) -> None:
    case = await shared(bench)
    await bench.do(claim, await bench.press("ana", ids.CLAIM, case))
    assert (await bench.case(case.case_id)).claim is not None
    own = await bench.arrive(user="amoreau", product="labelpress")
    said = await bench.do(claim, await bench.press("ana", ids.CLAIM, own))
    assert "your own" in said
    assert (await bench.case(own.case_id)).claim is None


FILE = {"product": "tideplan", "version": "4.1"}
WIDE = {
    "reach": "organization",
    "validated_how": "tested on two computers of the lab",
    "confirmed_by": "Nora Falk, head of planning",
}


@pytest.mark.parametrize(("own_kind", "kind"), [("execute", "elevate"), ("elevate", "execute")])
@pytest.mark.parametrize(("own_on", "values"), [(0, {}), (1, WIDE)])
async def test_a_request_of_another_kind_lets_in_ones_own_as_well(
    bench: Bench, own_kind: str, kind: str, own_on: int, values: dict[str, str]
) -> None:
    """The same file, asked for on two cards: who may not approve the one does not let it in by the other."""
    computers = bench.computers()
    own = await bench.arrive(own_kind, computer=computers[own_on], user="lsandoval", **FILE)
    case = await bench.arrive(kind, computer=computers[0], user="rvance", **FILE)
    assert own.hash == case.hash
    assert own.case_id != case.case_id
    said = " ".join((await submit(bench, "lee", case, **values)).split())
    assert "would let in a request of your own" in said
    assert "This request is your own" not in said
    assert (await bench.last("decision_refused")).facts["why"] == "own_request"
    assert bench.portal.decisions == []
    said = await submit(bench, "kim", case, **values)
    assert "Approved" in said


async def test_ones_own_request_of_another_kind_elsewhere_spoils_no_narrow_approval(bench: Bench) -> None:
    """On another computer, and of another file on the same one."""
    computers = bench.computers()
    await bench.arrive("elevate", computer=computers[1], user="lsandoval", **FILE)
    await bench.arrive("elevate", computer=computers[0], user="lsandoval", product="labelpress")
    case = await bench.arrive(computer=computers[0], user="rvance", **FILE)
    assert "Approved" in await submit(bench, "lee", case)


async def test_a_global_group_lets_in_ones_own_request_at_another_customer(bench: Bench) -> None:
    """The other case stands in another organization, on the same card or on one of its own."""
    case = await bench.arrive(computer=bench.computers()[0], user="rvance", **FILE)
    await bench.arrive(computer=bench.computers("marlow")[0], user="lsandoval", **FILE)
    presser = await recognize(bench.desk, await bench.press("lee", ids.APPROVE_VIEW, case))
    assert isinstance(presser, Presser)
    facts = case.requests[0].facts
    details = await bench.desk.portal.permit_details(facts.request_id, facts.organization_id)
    for reach, own in ((Reach.ORGANIZATION, False), (Reach.GLOBAL, True)):
        asked = Question(presser, case, facts, Choice(verb=Verb.APPROVE, reach=reach), 1)
        asked = replace(asked, details=details)
        assert ask_of(await with_beside(bench.desk, asked)).own_request is own


async def test_a_mode_lets_in_whatever_of_ones_own_waits_for_the_computer(bench: Bench) -> None:
    """Another file, of another kind: under Learning mode it would run as well."""
    computer = bench.computers()[0]
    own = await bench.arrive("elevate", computer=computer, user="lsandoval", product="labelpress")
    case = await bench.arrive(computer=computer, user="rvance", **FILE)
    presser = await recognize(bench.desk, await bench.press("lee", ids.APPROVE_VIEW, case))
    assert isinstance(presser, Presser)
    facts = case.requests[0].facts
    for mode, own_request in ((None, False), (MaintenanceMode.LEARNING, True)):
        asked = Question(presser, case, facts, Choice(verb=Verb.APPROVE, mode=mode), 1)
        beside = await with_beside(bench.desk, asked)
        assert (own.case_id in [one.case_id for one in beside.beside]) is own_request
        assert ask_of(beside).own_request is own_request
    denying = Question(presser, case, facts, Choice(verb=Verb.DENY), 1)
    assert await with_beside(bench.desk, denying) is denying


async def test_what_has_no_digest_lets_in_nothing_beside(bench: Bench) -> None:
    case = await bench.arrive("write", user="rvance")
    presser = await recognize(bench.desk, await bench.press("lee", ids.APPROVE_VIEW, case))
    assert isinstance(presser, Presser)
    asked = Question(presser, case, case.requests[0].facts, Choice(verb=Verb.APPROVE), 1)
    assert await with_beside(bench.desk, asked) is asked


HERS = [
    "amoreau",
    "ROWANBRIDGE\\AMoreau",
    "BRW-WS-001\\amoreau",
    ".\\amoreau",
    "ELSEWHERE\\amoreau@rowanbridge.example",
    "AzureAD\\AnaMoreau",
    "BRW-WS-001\\Ana Moreau",
    "CORP\\a.moreau",
    "CORP\\ana.at.work",
    "MicrosoftAccount\\ana.by.slack@slack.example",
    "\N{FULLWIDTH LATIN SMALL LETTER A}moreau",
    "am\N{ZERO WIDTH SPACE}oreau",
]
"""Ana by whatever she is called: two portal names, a mail address of the file and one of Slack, her own name."""


@pytest.mark.parametrize("account", HERS)
async def test_p1_under_no_name_and_no_slack_account_one_lets_in_ones_own(bench: Bench, account: str) -> None:
    """One press, the form, and agreeing as the second; from both of her Slack accounts, renamed in Slack as well."""
    again = bench.slack.add_person("ana2", real_name="Ana M.")
    document = (bench.folder / "access.toml").read_text("utf-8")
    first = f'slack = ["{bench.cast["ana"]}"]'
    named = document.replace(first, f'slack = ["{bench.cast["ana"]}", "{again}"]')
    named = named.replace(
        'portal = ["amoreau"]',
        'portal = ["amoreau", "CORP\\\\ana.at.work"]\nemails = ["a.moreau@rowanbridge.example"]',
    )
    await accept(bench, named)
    for slack_id in (bench.cast["ana"], again):
        bench.slack.changes.set_person(slack_id, real_name="Rita Vance", email="ana.by.slack@slack.example")
    bench.with_rules(second=TWO)
    case = await bench.arrive(user=account)
    for slack_id in (bench.cast["ana"], again):
        assert "your own" in await approve(bench, slack_id, case)
        assert "your own" in await submit(bench, slack_id, case, reason="The yard needs it tonight")
    waits = await first_yes(bench, who="kim", case=case)
    for slack_id in (bench.cast["ana"], again):
        assert "your own" in await agree(bench, slack_id, waits)
    assert bench.portal.decisions == []


async def test_whoever_takes_the_name_of_another_in_slack_is_who_they_were(bench: Bench) -> None:
    """What somebody calls themselves in Slack is no name of theirs: it neither lets in nor locks out."""
    bench.slack.changes.set_person(bench.cast["ana"], real_name="Rita Vance")
    assert "Approved" in await approve(bench, "ana", await bench.arrive(user="rvance"))
    bench.slack.changes.set_person(bench.cast["req"], real_name="Ana Moreau")
    case = await bench.arrive(user="rvance", product="labelpress")
    said = await approve(bench, "req", case)
    assert "Not done" in said
    assert (await bench.last("decision_refused")).person_id == "req"
