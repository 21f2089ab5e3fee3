"""The index of open cases says what a full reading of them says, whatever happened before."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.ledger import Ledger
from bot.ledger.door import SCHEMA, Call, key
from bot.lookup.cases import is_of
from bot.models import Actor, Case, Claim, HandedOver, Kind, RequestEntry, Standing, Step, StepKind
from bot.rules import sla
from bot.rules.rows import (
    NAMES_BUCKETS,
    Pile,
    account_term,
    claim_term,
    file_terms,
    names_in,
    place_in_line,
    place_term,
    row_of,
    score_of,
)
from permissions import account
from tests.ledger.build import NOON, case, change, committed, entry
from tests.valkey import RunningValkey

ACTORS = [Actor(person_id=name, name=name.title(), slack_user_id=f"U{name}") for name in ("ana", "ben|x")]
HASHES = ["", "A" * 31 + "B", "C" * 31 + "D"]
NAMES = ["WS-042", "Straße*7", "o'hara [it]", "back\\slash?", "tab\tname", "ÄRGER"]
COUNT = 12


def requested(dice: random.Random, number: int) -> RequestEntry:
    """A request of anybody for anything, in any standing."""
    one = entry(f"request-{number}", dice.choice(["pc-1", "pc-2"]))
    facts = one.facts.model_copy(
        update={
            "computer_name": dice.choice(NAMES),
            "requestor": dice.choice(["", "NORTHWIND\\Ana.Silva", *NAMES]),
            "requestor_email": dice.choice(["", "ana.silva@northwind.example"]),
            "hash": dice.choice(HASHES),
            "path": dice.choice(["C:\\a.exe", "C:\\B.exe"]),
        }
    )
    due = NOON + timedelta(minutes=dice.randrange(4))
    kinds = dice.sample([StepKind.REMIND, StepKind.REMIND_CHANNEL, StepKind.ESCALATE], dice.randrange(4))
    steps = tuple(Step(kind=kind, due_at=due + timedelta(microseconds=dice.randrange(3))) for kind in kinds)
    standing = dice.choice([Standing.PENDING, Standing.PENDING, Standing.CHECKING, Standing.APPROVED])
    return one.model_copy(update={"facts": facts, "steps": steps, "standing": standing})


def anything(dice: random.Random, number: int) -> Case:
    """A case in any state that an index could tell apart."""
    held = HandedOver(by=ACTORS[0], at=NOON, because="x") if dice.random() < 0.2 else None
    claim = Claim(actor=dice.choice(ACTORS), at=NOON, until=NOON) if dice.random() < 0.3 else None
    one = case(f"case-{number}", requested(dice, number), requested(dice, 100 + number))
    return one.model_copy(
        update={
            "organization_id": f"org-{number % 3}",
            "kind": [Kind.APPLICATION, Kind.ELEVATION][number % 2],
            "opened_at": NOON + timedelta(seconds=dice.randrange(3)),
            "closed_at": NOON if dice.random() < 0.25 else None,
            "claim": claim,
            "handed_over": held,
            "bundle_id": f"bundle-{number % 4}" if number % 4 else "",
        }
    )


async def agrees(ledger: Ledger) -> None:
    """Every question to the index is answered as by reading everything."""
    held = [stored.case for stored in await ledger.open_cases()]
    for now in (NOON, NOON + timedelta(minutes=2)):
        counted = {one.pile: (one.count, one.past) for one in await ledger.index.piles(now)}
        assert counted == {
            pile: (len(lying), sum(place_in_line(each) <= score_of(now) for each in lying))
            for pile in {Pile.of(each) for each in held}
            if (lying := [each for each in held if Pile.of(each) == pile])
        }
        places = {(each.organization_id, each.kind) for each in held}
        reminded = await ledger.index.reminded(places, now)
        late = [each for each in held if sla.is_reminded(each, now)]
        assert {(one.case_id, one.card) for one in reminded} == {
            (each.case_id, each.bundle_id or each.case_id) for each in late
        }
        assert [one.due for one in reminded] == sorted(map(place_in_line, late))
    await _is_found_by_terms(ledger, held)
    await _is_found_by_names(ledger, held)
    assert await ledger.index.count() == len(held)


async def _is_found_by_terms(ledger: Ledger, held: Sequence[Case]) -> None:
    wanted: dict[str, set[str]] = {claim_term(actor.person_id): set() for actor in ACTORS}
    for each in held:
        if each.claim:
            wanted[claim_term(each.claim.actor.person_id)].add(each.case_id)
        for one in each.open_requests:
            facts, place = one.facts, each.organization_id
            terms = [*file_terms(place, (facts.hash,)), place_term(place, facts.path, facts.computer_name)]
            terms += [account_term(name)] if (name := account(facts.requestor).name) else []
            for term in terms:
                wanted.setdefault(term, set()).add(each.case_id)
    found = await ledger.index.under([*wanted, "claim|nobody"])
    assert {term: set(ids) for term, ids in found.items()} == wanted | {"claim|nobody": set()}


async def _is_found_by_names(ledger: Ledger, held: Sequence[Case]) -> None:
    piles = {Pile.of(each) for each in held}
    for asked in (
        "ws", "STRASSE*7", "7*strasse", "[it]", "k\\s", "?", "o'h", "ärger", "silva", "s*l*a", "*", "**", "tab name",
        "silva*ws", "nobody", "000", "pd", "org-1", "case-1",
    ):  # fmt: skip
        for meant in (piles, {pile for pile in piles if pile.organization_id == "org-1"}):
            wanted = [
                each.case_id
                for each in sorted(held, key=lambda each: (place_in_line(each), each.case_id))
                if Pile.of(each) in meant and any(is_of(one.facts, asked) for one in each.open_requests)
            ]
            for most in (0, 1, 3, COUNT):
                assert await ledger.index.named(meant, asked, most) == (wanted[:most], len(wanted)), asked


def _in_few_texts(count: int) -> list[int]:
    """So many numbers of cases whose names share four of the index's texts."""
    shared = {f"names:{bucket}" for bucket in NAMES_BUCKETS[:4]}
    numbers = (n for n in itertools.count() if any(one.name in shared for one in row_of(case(f"case-{n}"))))
    return list(itertools.islice(numbers, count))


@pytest.mark.parametrize("seed", range(4))
async def test_the_index_agrees_with_a_full_reading(ledger: Ledger, valkey: RunningValkey, seed: int) -> None:
    dice, numbers = random.Random(seed), _in_few_texts(COUNT)
    versions = dict.fromkeys(numbers, 0)
    for _ in range(4):
        for _ in range(15):
            number = dice.choice(numbers)
            await committed(ledger, change((anything(dice, number), versions[number])))
            versions[number] += 1
        await agrees(ledger)
    for number, version in versions.items():
        closed = case(f"case-{number}", requested(dice, number), closed=True)
        await committed(ledger, change((closed, version)))
    async with valkey.client() as client:
        left = [name async for name in client.scan_iter(f"{key('index')}:*")]
        assert left == [key("index:listed")], "nothing of a closed case is left"
        assert await client.get(key("index:listed")) == "0"


def _count_calls(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, asked: Counter[str]) -> None:
    ours = ledger._door.call_all

    async def counted(calls: Sequence[Call], *, once: bool = False) -> list[list[Any] | Exception]:
        asked[calls[0][0]] += 1
        return await ours(calls, once=once)

    monkeypatch.setattr(ledger._door, "call_all", counted)


def _apart(dice: random.Random, most: int) -> int:
    return dice.randrange(most)


def _in_heaps(dice: random.Random, most: int) -> int:
    """Nearly all within a moment, a few years away on both sides."""
    return dice.choice([-(10**14), 10**14]) if dice.random() < 0.05 else dice.randrange(most)


@pytest.mark.parametrize("spread", [_apart, _in_heaps])
@pytest.mark.parametrize("scores", [1, 40, 100_000])
async def test_p5_every_case_is_on_exactly_one_page(
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    scores: int,
    spread: Callable[[random.Random, int], int],
) -> None:
    """Early pages and late ones, cases of one deadline and of many, however they are spread, with some left out.

    No page takes many questions: a place is not looked for by halving the years.
    """
    asked = Counter[str]()
    monkeypatch.setattr("bot.ledger.index._NEAR", 200)
    dice, total = random.Random(scores), 700
    made = [
        case(f"case-{number:03}", opened_at=NOON + timedelta(microseconds=spread(dice, scores))).model_copy(
            update={"organization_id": f"org-{dice.randrange(4)}"}
        )
        for number in range(total)
    ]
    await ledger.commit_all([change((each, 0)) for each in made])
    piles = sorted({Pile.of(each) for each in made}, key=lambda pile: pile.name)
    left_out = dice.sample(made, 40)
    kept = [each for each in made if each not in left_out]
    kept.sort(key=lambda each: (place_in_line(each), piles.index(Pile.of(each)), each.case_id))
    _count_calls(ledger, monkeypatch, asked)
    for skip in (0, 1, 19, 199, 200, 201, 230, 259, 401, 455, 600, 641, 659, 660, 800):
        page = await ledger.index.page(piles, skip, 20, left_out)
        assert page == [each.case_id for each in kept][skip : skip + 20], skip
        assert asked.total() <= 12
        asked.clear()
    assert (
        await ledger.index.page(piles[:1], 0, 5)
        == [
            each.case_id
            for each in sorted(made, key=lambda each: (place_in_line(each), each.case_id))
            if Pile.of(each) == piles[0]
        ][:5]
    )
    assert await ledger.index.page([], 0, 20) == []
    assert await ledger.index.page(piles, 0, 0) == []


async def _as_before(valkey: RunningValkey, made: Iterable[Case], *, indexed: bool) -> None:
    """These cases as a release without an index wrote them, or as one whose index had the names in sorted sets."""
    async with valkey.client() as client:
        for one in made:
            stands = key(f"case:{one.case_id}")
            row = str(await client.hget(stands, "row"))
            await client.hdel(stands, "row")
            await client.hset(stands, "sv", str(SCHEMA - 1))
            await client.decr(key("index:listed"))
            lines = [line.split("\r") for line in row.split("\n")]
            for name, _, member in lines:
                if not name.startswith("names:"):
                    await client.zrem(key(f"index:{name}"), member)
                else:
                    await client.hdel(key("index:names"), name.removeprefix("names:"))
            if indexed:
                pile, names = Pile.of(one).name, "".join(f"\x1f{name}" for name in names_of(one))
                lines[1] = [
                    f"named:{one.organization_id}",
                    str(place_in_line(one)),
                    f"{pile}\t{one.case_id}{names}",
                ]
                for name, score, member in lines:
                    await client.zadd(key(f"index:{name}"), {member: score})
                await client.hset(stands, "row", "\n".join("\r".join(line) for line in lines))
                await client.sadd(key("index:piles"), pile)
                await client.incr(key("index:size"))


def names_of(one: Case) -> Iterable[str]:
    """Of its open requests."""
    return dict.fromkeys(name for each in one.open_requests for name in names_in(each.facts))


@pytest.mark.parametrize("indexed", [False, True])
async def test_cases_of_a_former_release_are_found(
    ledger: Ledger, valkey: RunningValkey, indexed: bool
) -> None:
    dice = random.Random(7)
    made = [anything(dice, number) for number in range(COUNT)]
    await ledger.commit_all([change((each, 0)) for each in made])
    opened = [each for each in made if each.is_open]
    await _as_before(valkey, opened, indexed=indexed)
    assert await ledger.index.make_whole() == len(opened)
    assert await ledger.index.make_whole() == 0
    await agrees(ledger)
    versions = await ledger.versions([each.case_id for each in opened])
    assert set(versions.values()) == {1}, "nothing of the cases changed"
    async with valkey.client() as client:
        assert [name async for name in client.scan_iter(f"{key('index')}:named:*")] == []


@pytest.mark.parametrize("indexed", [False, True])
async def test_a_replica_of_the_former_release_may_go_on_beside_us(
    ledger: Ledger, valkey: RunningValkey, indexed: bool
) -> None:
    """What it opens is added when somebody asks; what it closes was never in; what was added it leaves alone."""
    dice = random.Random(8)
    made = [anything(dice, number).model_copy(update={"closed_at": None}) for number in range(COUNT)]
    for before, after in pairwise([0, 4, 8, 12]):
        await ledger.commit_all([change((each, 0)) for each in made[before:after]])
        await _as_before(valkey, made[before:after:2], indexed=indexed)
        await agrees(ledger)
    await _as_before(valkey, made[1:3], indexed=indexed)
    await committed(ledger, change((made[1].model_copy(update={"closed_at": NOON}), 1)))
    await committed(ledger, change((made[2].model_copy(update={"claim": None}), 1)))
    await agrees(ledger)
    async with valkey.client() as client:
        for each in await ledger.open_case_ids():
            assert await client.hget(key(f"case:{each}"), "sv") == str(SCHEMA)


async def test_a_case_that_moves_while_its_row_is_made_keeps_its_newer_row(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    await committed(ledger, change((case(), 0)))
    await _as_before(valkey, [case()], indexed=False)
    old = case().model_copy(update={"opened_at": NOON - timedelta(days=1)})
    door = ledger._door
    await door.call("fill_index", 1, "case-1", 7, "pile:x\r1\rcase-1")
    assert await ledger.index.make_whole() == 1
    await door.call("fill_index", 1, "case-1", 1, "pile:x\r1\rcase-1")
    assert await ledger.index.page([Pile.of(old)], 0, 5) == ["case-1"]
    await agrees(ledger)


def test_a_pile_is_known_by_its_name() -> None:
    dice = random.Random(9)
    for number in range(200):
        pile = Pile.of(anything(dice, number))
        assert Pile.named(pile.name) == pile
    assert row_of(case(closed=True)) == ()
