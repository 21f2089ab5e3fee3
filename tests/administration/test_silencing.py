"""A rule of the unusual is silenced about one subject, with a reason and an end, by who could permit it for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.administration.silencing import EndOrder, SilenceOrder, expire_silence, read_order
from bot.app.beat import Dues
from bot.models import Case, Change, Due, DueKind, Event
from bot.models.unusual import Silence, SilenceOf, UnusualRule
from bot.rules import remembering
from bot.rules.typed import Misread
from rehearsal.portal.faults import FaultKind
from tests.administration.office import Office

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONGEST = timedelta(days=90)
MORE = (
    '[[grants]]\npeople = ["mia"]\norganizations = ["brightwater"]\n'
    'permissions = ["Edit Application Control Policies", "View Reports"]'
)
BECAUSE = "because it is our own remote support"


@pytest.fixture
async def desk(office: Office) -> Office:
    """An office whose administrator of policies is Mia, at Brightwater alone."""
    office.more.append(MORE)
    await office.accept()
    return office


async def held(office: Office) -> tuple[Silence, ...]:
    return (await office.bench.ledger.given()).given.silences


async def remote(office: Office) -> Case:
    [computer, *_] = office.bench.computers()
    return await office.bench.arrive(computer=computer, product="anydesk")


def read(text: str) -> SilenceOrder | EndOrder | Misread:
    return read_order(text, NOW, "Europe/Berlin", LONGEST)


HASH = "8F14E45FCEEA167A5A36DEDD4BEA2543"


@pytest.mark.parametrize(
    ("text", "of", "subject", "until"),
    [
        (
            f"remote_tool software {HASH} at Contoso for 14d {BECAUSE}",
            "software",
            HASH,
            NOW + timedelta(days=14),
        ),
        (
            f"BURST Computer WS-001 at Contoso Ltd for 2 h {BECAUSE}",
            "computer",
            "WS-001",
            NOW + timedelta(hours=2),
        ),
        (
            f'burst computer "WS 001" at "Contoso" for 30m {BECAUSE}',
            "computer",
            "WS 001",
            NOW + timedelta(minutes=30),
        ),
        (
            f"odd_hours organization at Contoso until 2026-03-05 18:00 {BECAUSE}",
            "organization",
            "",
            datetime(2026, 3, 5, 17, 0, tzinfo=UTC),
        ),
    ],
)
def test_an_order_is_read(text: str, of: str, subject: str, until: datetime) -> None:
    order = read(text)
    assert isinstance(order, SilenceOrder), order
    assert (order.of, order.subject, order.until) == (of, subject, until)
    assert order.where.startswith("Contoso")
    assert order.reason == "it is our own remote support"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not say why"),
        (f"remote_tool organization at Contoso {BECAUSE}", "until when"),
        ("remote_tool organization at Contoso for 14d", "does not say why"),
        (f"remote_tool organization at Contoso for 91d {BECAUSE}", "at most 90 days"),
        (f"remote_tool organization at Contoso until 2026-03-01 18:00 {BECAUSE}", "over already"),
        (f"remote_tool organization at Contoso until someday {BECAUSE}", "do not know the time"),
        (f"remote_tol organization at Contoso for 14d {BECAUSE}", "no rule 'remote_tol'"),
        (f"remote_tool WS-001 at Contoso for 14d {BECAUSE}", "which rule, about what"),
        (f"remote_tool computer WS-001 for 14d {BECAUSE}", "which rule, about what"),
        (f"{'x' * 2000} {BECAUSE}", "longer than"),
    ],
)
def test_what_an_order_lacks_is_said(text: str, why: str) -> None:
    order = read(text)
    assert isinstance(order, Misread)
    assert why in order.why


def test_an_end_is_read() -> None:
    assert read("end q-1 because it is replaced") == EndOrder("q-1", "it is replaced")


async def test_software_is_silenced_by_the_hash_of_a_file_and_ends_by_itself(desk: Office) -> None:
    bench, case = desk.bench, await remote(desk)
    said = await desk.types(
        "mia", f"silence remote_tool software {case.hash} at brightwater for 2h {BECAUSE}"
    )
    [made] = await held(desk)
    assert "Mia Brandt silenced remote_tool about software" in said
    assert (made.rule, made.of) == (UnusualRule.REMOTE_TOOL, SilenceOf.SOFTWARE)
    assert made.subject == remembering.software_key(case.requests[0].facts)
    assert made.covers(case.requests[0].facts, made.subject, bench.desk.now())
    event = await bench.last("unusual_silenced")
    assert event.facts["rests_on"]
    assert event.private["reason"] == "it is our own remote support"
    assert "silenced remote_tool" in " ".join(desk.announced()[-1].split())
    await bench.advance(hours=2, seconds=1)
    while await Dues(bench.desk).drain():
        pass
    assert await held(desk) == ()
    assert (await bench.last("silence_expired")).facts["silence"]["silence_id"] == made.silence_id
    await bench.say()
    assert any("is over" in " ".join(one.split()) for one in desk.announced())


@pytest.mark.parametrize("about", ["computer {computer}", "organization"])
async def test_a_computer_and_an_organization_are_silenced_by_name(desk: Office, about: str) -> None:
    case = await remote(desk)
    facts = case.requests[0].facts
    typed = about.format(computer=facts.computer_name.lower())
    await desk.types("mia", f"silence burst {typed} at brightwater for 2d {BECAUSE}")
    [made] = await held(desk)
    assert made.covers(facts, "", desk.bench.desk.now())


async def test_the_same_again_takes_the_place_of_the_first(desk: Office) -> None:
    for span in ("2d", "9d"):
        await desk.types("mia", f"silence burst organization at brightwater for {span} {BECAUSE}")
    [made] = await held(desk)
    assert made.until - desk.bench.desk.now() > timedelta(days=8)


@pytest.mark.parametrize(
    ("who", "where", "said"),
    [
        ("lou", "brightwater", "Edit Application Control Policies"),
        ("ana", "brightwater", "Edit Application Control Policies"),
        ("mia", "calder-voss", "Edit Application Control Policies"),
    ],
)
async def test_who_may_not_permit_it_for_good_may_not_silence(
    desk: Office, who: str, where: str, said: str
) -> None:
    """And learns nothing of the computers there."""
    told = await desk.types(who, f"silence burst computer NONE-1 at {where} for 2d {BECAUSE}")
    assert said in told or "no organization" in told
    assert "NONE-1" not in told
    assert await held(desk) == ()


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("computer NONE-1", "No computers there are called NONE-1"),
        ("software " + "AB" * 16, "No request for a file with this hash"),
        ("software nothing", "is no hash of a file"),
    ],
)
async def test_what_is_not_there_is_not_silenced(desk: Office, about: str, said: str) -> None:
    told = await desk.types("mia", f"silence burst {about} at brightwater for 2d {BECAUSE}")
    assert said in told
    assert await held(desk) == ()


async def test_a_silence_is_ended_by_who_could_make_it(desk: Office) -> None:
    await desk.types("mia", f"silence burst organization at brightwater for 2d {BECAUSE}")
    [made] = await held(desk)
    for who in ("lou", "ana"):
        assert "no silence" in await desk.types(who, f"silence end {made.silence_id} because I like noise")
    assert await held(desk) == (made,)
    assert "ended the silence" in await desk.types(
        "mia", f"silence end {made.silence_id} because it is replaced"
    )
    assert await held(desk) == ()
    assert (await desk.bench.last("silence_ended")).private["reason"] == "it is replaced"


async def test_the_rules_and_their_silences_are_listed_for_who_reads_reports(desk: Office) -> None:
    bench, case = desk.bench, await remote(desk)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="maria")
    await bench.poll()
    await desk.types("mia", f"silence burst organization at brightwater for 2d {BECAUSE}")
    said = await desk.types("mia", "unusual")
    for rule in UnusualRule:
        assert rule.value in said
    assert "Right 1 of 1: 1 denied" in said
    assert (await held(desk))[0].silence_id in said
    told = await desk.types("lou", "unusual")
    assert "View Reports" in told
    assert "remote_tool" not in told


async def test_a_silence_that_somebody_else_wrote_rests(desk: Office) -> None:
    await desk.types("mia", f"silence burst organization at brightwater for 2d {BECAUSE}")
    given = (await desk.bench.ledger.given()).given
    assert given.silences
    assert given.resting().silences == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("silence", "/gatehouse silence"),
        ("silence no_such_rule organization at brightwater for 2d because it is ours", "no rule"),
        (f"silence burst organization at nowhere-at-all for 2d {BECAUSE}", "nowhere-at-all"),
        ("silence end s-none because it is replaced", "no silence"),
    ],
)
async def test_what_cannot_be_understood_or_found_silences_nothing(
    desk: Office, text: str, said: str
) -> None:
    assert said in await desk.types("mia", text)
    assert await held(desk) == ()


@pytest.mark.parametrize(
    "text", [f"burst organization at brightwater for 2d {BECAUSE}", "end s-1 because it is over"]
)
async def test_while_the_organizations_cannot_be_read_nothing_is_silenced(desk: Office, text: str) -> None:
    desk.bench.with_rules(decisions={"tree_max_age": timedelta(0)})
    desk.bench.portal.faults.set(FaultKind.DOWN)
    await desk.types("mia", f"silence {text}")
    assert await held(desk) == ()


async def test_an_end_that_is_due_early_is_armed_anew_and_one_without_a_silence_is_done(desk: Office) -> None:
    await desk.types("mia", f"silence burst organization at brightwater for 2d {BECAUSE}")
    [made] = await held(desk)
    ledger = desk.bench.ledger
    await ledger.commit(
        Change(
            op_id="early",
            events=[Event(name="help_read")],
            due=[Due(DueKind.GRANT, made.silence_id, desk.bench.desk.now())],
        )
    )
    await ledger.commit(
        Change(
            op_id="gone",
            events=[Event(name="help_read")],
            due=[Due(DueKind.GRANT, "q-gone", desk.bench.desk.now())],
        )
    )
    for taken, _ in await ledger.take_due(10, timedelta(seconds=30)):
        await expire_silence(desk.bench.desk, taken)
    assert await held(desk) == (made,)
    assert await ledger.take_due(10, timedelta(seconds=30)) == []
