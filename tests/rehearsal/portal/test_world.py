"""The stand-in world is believable, and the same seed makes the same world."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.clock import SandboxClock
from rehearsal.portal import Choices, PortalSandbox
from rehearsal.portal.arrivals import arrivals, is_already_permitted, raise_request
from rehearsal.portal.population import dice, make_world
from rehearsal.portal.records import DENY, DENY_WITH_REQUEST, MACOS, PERMIT, WINDOWS, FileFacts, FileRule
from rehearsal.portal.world import World, covers, fits

_NOW = datetime(2026, 9, 14, 8, tzinfo=UTC)


def _lived(seed: int) -> World:
    world = make_world(seed, _NOW)
    story = arrivals(world, dice(seed, "arrivals"))
    now = _NOW
    for _ in range(40):
        gap, kind, choices = next(story)
        now += gap
        raise_request(world, kind, choices, now)
    return world


def test_one_seed_makes_one_world() -> None:
    """Two worlds of one seed that live through the same are equal to the last id; another seed differs."""
    assert _lived(5) == _lived(5)
    assert _lived(5).computers != _lived(6).computers


def test_the_provider_is_believable() -> None:
    """A parent, four children, one grandchild, the vendor; a few hundred computers of both systems."""
    world = make_world(1, _NOW)
    parent = world.parent_id
    children = [o for o in world.organizations.values() if o.parent_id == parent]
    assert len(children) == 4
    assert len(world.below(parent)) == 5
    assert 200 <= len(world.computers) <= 500
    assert {c.os_type for c in world.computers.values()} == {WINDOWS, MACOS}
    assert len({c.name for c in world.computers.values()}) == len(world.computers)


def test_every_organization_has_its_groups_and_sees_the_global_ones() -> None:
    """Each organization has Windows and macOS groups, and those of the parent that are marked global."""
    world = make_world(1, _NOW)
    for organization_id in [world.parent_id, *world.below(world.parent_id)]:
        offered = world.groups_for(organization_id, 0)
        own = [g for g in offered if g.organization_id == organization_id and not g.is_global]
        assert {g.os_type for g in own} == {WINDOWS, MACOS}
        assert {g.organization_id for g in offered if g.is_global} == {world.parent_id}


def test_the_audit_holds_every_sort_of_row() -> None:
    """Permits, enforced denies, simulated denies and denies with the option to request, oldest first."""
    world = make_world(1, _NOW)
    sorts = {(row.action_id, row.is_monitor_mode) for row in world.audit}
    assert sorts == {(PERMIT, False), (DENY, False), (DENY, True), (DENY_WITH_REQUEST, False)}
    assert world.audit == sorted(world.audit, key=lambda row: row.at)


@pytest.mark.parametrize(
    "kind", ["execute", "install", "elevate", "read", "write", "extension", "web", "quantum"]
)
def test_every_request_has_its_deny_row(kind: str) -> None:
    """Each kind of request comes with a deny row of the same path and computer, just before it."""
    world = make_world(1, _NOW)
    request = raise_request(world, kind, Choices(), _NOW)
    row = world.audit[-1]
    assert row.audit_row_id == request.audit_row_id
    assert (row.file, row.computer_id, row.action_id) == (
        request.file,
        request.computer_id,
        DENY_WITH_REQUEST,
    )
    assert timedelta(0) < request.requested_at - row.at < timedelta(minutes=1)


def test_the_story_brings_every_kind_and_the_unusual_ones() -> None:
    """A round of the story has all kinds, an unsigned download, a script host, a remote tool, a known-bad file."""
    world = _lived(3)
    requests = list(world.requests.values())
    kinds = {r.action_type for r in requests}
    assert {"execute", "install", "elevate", "read", "write", "web", "network"} <= kinds
    assert any(r.is_extension for r in requests)
    assert any(not r.file.certificates and "\\Downloads\\" in r.file.full_path for r in requests)
    assert any("\\Temp\\" in r.file.full_path for r in requests)
    assert any(r.file.file_name == "mshta.exe" for r in requests)
    assert any(r.file.file_name == "AnyDesk.exe" for r in requests)
    assert any(r.file.is_known_bad for r in requests)


def test_choices_are_obeyed() -> None:
    """What an order fixes is what the request says."""
    world = make_world(1, _NOW)
    asked_at = _NOW - timedelta(hours=3)
    request = raise_request(
        world,
        "execute",
        Choices(
            computer="brw-ws-004",
            path="C:\\Tools\\tool.exe",
            hash="A" * 32,
            signer="CN=Somebody",
            user="kmoss",
            reason="because",
            requested_at=asked_at,
        ),
        _NOW,
    )
    assert world.computers[request.computer_id].name == "BRW-WS-004"
    assert (request.file.full_path, request.file.hash) == ("C:\\Tools\\tool.exe", "A" * 32)
    assert [c.subject for c in request.file.certificates] == ["CN=Somebody"]
    assert (request.username, request.reason) == ("BRIGHTWATER\\kmoss", "because")
    assert request.requested_at == asked_at


@pytest.mark.parametrize(
    "wrong", [Choices(computer="NOPE-1"), Choices(organization="nowhere"), Choices(product="nothing")]
)
def test_a_choice_that_does_not_exist_is_refused(wrong: Choices) -> None:
    """A computer, organization or product that is not there is an error that names it."""
    with pytest.raises(LookupError, match=r"NOPE-1|nowhere|nothing"):
        raise_request(make_world(1, _NOW), "execute", wrong, _NOW)


@pytest.mark.parametrize("named", [{}, {"path": "C:\\x\\y.exe"}, {"product": "quickfix", "version": "1"}])
def test_the_same_file_on_many_computers_is_one_file(named: dict[str, str]) -> None:
    """raise_everywhere asks for one hash, signed alike, on every computer."""
    portal = PortalSandbox()
    ids = portal.raise_everywhere("execute", ["MRL-WS-001", "MRL-WS-002", "JHS-WS-001"], **named)
    requests = [portal.request(i) for i in ids]
    assert len({r.file.hash for r in requests}) == 1
    assert len({r.file.certificates for r in requests}) == 1
    assert len({r.computer_id for r in requests}) == 3


def test_nobody_asks_for_what_is_permitted_by_now() -> None:
    """A file counts as permitted only while an enabled, unexpired policy that reaches the computer covers it."""
    portal = PortalSandbox(seed=2)
    choices = Choices(computer="MRL-WS-001", product="tideplan", version="5.0")

    def is_permitted(now: datetime) -> bool:
        return is_already_permitted(portal.world, "execute", choices, now)

    now = portal.clock.now()
    assert not is_permitted(now)
    request_id = portal.raise_request("execute", choices)
    portal.decide_in_portal(request_id, approve=True, by="Robin Vale")
    assert is_permitted(now)
    policy = portal.world.policies[portal.request(request_id).new_policy_id or ""]
    portal.world.policies[policy.policy_id] = replace(policy, end_at=now)
    assert not is_permitted(now)
    portal.world.policies[policy.policy_id] = replace(policy, is_enabled=False)
    assert not is_permitted(now)


_FILE = FileFacts("C:\\Apps\\a.exe", "C:\\Windows\\explorer.exe", hash="AB", sha256="cd")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (FileRule(), False),
        (FileRule(hash="ab"), True),
        (FileRule(hash="CD"), True),
        (FileRule(hash="ef"), False),
        (FileRule(full_path="c:\\apps\\*"), True),
        (FileRule(full_path="c:\\apps\\*", hash="ef"), False),
        (FileRule(process_path="*explorer.exe"), True),
        (FileRule(cert="CN=Nobody"), False),
        (FileRule(created_by="*"), False),
    ],
)
def test_a_rule_covers_a_file_only_with_all_its_members(rule: FileRule, *, expected: bool) -> None:
    """Every member that a rule sets must fit; a rule that sets none fits nothing."""
    assert covers(rule, _FILE) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [("*a*", "xAx", True), ("a?c", "abc", False), ("[a]", "[a]", True), ("[a]", "a", False)],
)
def test_only_the_star_is_a_wildcard(pattern: str, text: str, *, expected: bool) -> None:
    """Question marks and brackets in paths mean themselves."""
    assert fits(pattern, text) is expected


async def test_arrivals_come_with_the_sandbox_clock() -> None:
    """Left alone nothing hurries; when the clock is moved an hour, an hour's requests are there."""
    clock = SandboxClock(_NOW)
    portal = PortalSandbox(seed=4, clock=clock)
    portal.start_arrivals()
    assert await clock.wait_for_move(0.01) is False
    few = len(portal.world.requests)
    clock.advance(timedelta(hours=1))
    assert await clock.wait_for_move(0.01) is False
    assert few + 20 < len(portal.world.requests)
    await portal.close()
    many = len(portal.world.requests)
    clock.advance(timedelta(hours=1))
    assert await clock.wait_for_move(0.01) is False
    assert len(portal.world.requests) == many
