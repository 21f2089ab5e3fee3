"""The client against the stand-in portal, which enforces the real one's rules and misbehaves on command."""

from datetime import datetime, timedelta

import aiohttp
import pytest

from bot.models import Kind, Reach, Standing
from bot.portal import (
    AlreadyActioned,
    BlockedQuery,
    Coverage,
    ElevationChoice,
    Invalid,
    MatchedApplication,
    NewApplication,
    NotSent,
    OutcomeUnknown,
    PermissionMissing,
    PermitBody,
    PermitDetails,
    PortalBroken,
    PortalClient,
    PortalError,
    PortalUnreachable,
    Terms,
    TokenRefused,
    already_approved,
    decision_note,
    facts_of,
    hash_rule_name,
    kind_of,
    names_attempt,
    permit_body,
    probe,
    sighting_of,
    state_of,
)
from rehearsal.portal import FaultKind, PortalSandbox
from rehearsal.portal.rights import ALL_RIGHTS, VIEW_APPROVALS, VIEW_UNIFIED_AUDIT
from tests.portal.all_open import all_open
from tests.portal.conftest import Bench, MakeClient
from tests.portal.permits import permit_on_computer

PERMIT = "ApprovalRequestPermitApplication"
ATTEMPT = "01JSANDBOX"
NOTE = decision_note("Approved", "Ana Moreau", ATTEMPT)


@pytest.fixture
def client(sandbox: PortalSandbox, make_client: MakeClient) -> PortalClient:
    """A client with the stand-in's own token."""
    return make_client(sandbox.base_url, token=sandbox.token, write_timeout_s=5)


def _minutes_ago(sandbox: PortalSandbox, minutes: int) -> datetime:
    """A time in the stand-in's past, in whole seconds as the portal may write it."""
    return sandbox.clock.now().replace(microsecond=0) - timedelta(minutes=minutes)


async def _details(client: PortalClient, sandbox: PortalSandbox, request_id: str) -> PermitDetails:
    return await client.permit_details(request_id, sandbox.request(request_id).organization_id)


async def _body(client: PortalClient, sandbox: PortalSandbox, request_id: str) -> PermitBody:
    details = await _details(client, sandbox, request_id)
    elevates = kind_of(details.approval_request, details) is Kind.ELEVATION
    terms = Terms(note=NOTE, elevation=ElevationChoice() if elevates else None)
    return permit_on_computer(details, terms, application_name=hash_rule_name(details))


@pytest.mark.parametrize("kind", ["execute", "install", "extension", "elevate"])
async def test_one_press_approves_and_the_portal_says_so(
    sandbox: PortalSandbox, client: PortalClient, kind: str
) -> None:
    request_id = sandbox.raise_request(kind)
    await client.permit(await _body(client, sandbox, request_id))
    row = await client.get_request(request_id, sandbox.request(request_id).organization_id)
    assert state_of(row).standing is Standing.APPROVED
    assert state_of(row).decided_by
    assert names_attempt(row.comments, ATTEMPT)
    assert len(sandbox.decisions) == 1


async def test_what_one_press_allowed_is_already_approved_on_this_computer_alone(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    first = sandbox.raise_request("execute", product="tideplan", version="4.1")
    other = sandbox.raise_request("execute", product="tideplan", version="5.0")
    details = await _details(client, sandbox, first)
    now = sandbox.clock.now()
    assert (await already_approved(client, details, now=now)).coverage is Coverage.NO
    await client.permit(await _body(client, sandbox, first))
    found = await already_approved(client, details, now=now)
    assert (found.coverage, found.reach) == (Coverage.YES, Reach.COMPUTER)
    unrelated = await _details(client, sandbox, other)
    assert not (await already_approved(client, unrelated, now=now)).is_approved


async def test_a_rejection_is_read_back_as_rejected_or_ignored(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    request_id = sandbox.raise_request("write")
    organization_id = sandbox.request(request_id).organization_id
    row = await client.get_request(request_id, organization_id)
    note = decision_note("Denied", "Ana Moreau", ATTEMPT)
    await client.reject(row, reason="Use the share", subject="Declined", notify=False, note=note)
    after = await client.get_request(request_id, organization_id)
    assert state_of(after).status_label == "Rejected or ignored"
    assert names_attempt(after.comments, ATTEMPT)


async def test_the_list_shows_every_open_request_of_every_kind_once(
    sandbox: PortalSandbox, make_client: MakeClient
) -> None:
    kinds = {
        "execute": Kind.APPLICATION,
        "install": Kind.APPLICATION,
        "extension": Kind.APPLICATION,
        "elevate": Kind.ELEVATION,
        "read": Kind.STORAGE,
        "web": Kind.WEB_CONTROL,
        "network": Kind.OTHER,
    }
    raised = {sandbox.raise_request(word): kind for word, kind in kinds.items()}
    raised[sandbox.raise_request("execute", is_escalated=True)] = Kind.APPLICATION
    client = make_client(sandbox.base_url, token=sandbox.token, page_size=3)
    rows = await all_open(client)
    assert {row.approval_request_id for row in rows} == {
        one.approval_request_id for one in sandbox.open_requests()
    }
    found = {row.approval_request_id: kind_of(row) for row in rows}
    assert {request_id: found[request_id] for request_id in raised} == raised
    assert len(rows) == len(found)


@pytest.mark.parametrize("kind", ["execute", "elevate"])
async def test_list_and_single_read_give_the_same_facts(
    sandbox: PortalSandbox, client: PortalClient, kind: str
) -> None:
    request_id = sandbox.raise_request(kind, reason="Trenger dette nå – “haster”")
    listed = next(row for row in await all_open(client) if row.approval_request_id == request_id)
    alone = await client.get_request(request_id, listed.organization_id)
    details = await _details(client, sandbox, request_id)
    assert facts_of(listed).digest == facts_of(alone).digest
    assert facts_of(listed, details).digest == facts_of(alone, details).digest
    assert facts_of(listed).reason == "Trenger dette nå – “haster”"
    assert sighting_of(alone, details).facts.requested_at is not None


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("dates", "bare"),
        ("dates", "fractions"),
        ("rows_with_action", False),
        ("permit_body", ""),
        ("empty_lists", "nothing"),
        ("empty_lists", "null"),
        ("source_table_required", True),
    ],
)
async def test_whatever_the_portal_may_turn_out_to_do_the_way_stays_open(
    sandbox: PortalSandbox, client: PortalClient, bench: Bench, *, switch: str, value: object
) -> None:
    """List, read, facts, audit, decide and read back under each answer that nobody has settled yet."""
    bench.tolerated = "no date-time with a zone" if value == "bare" else ""  # its dates go back as they came
    sandbox.rules.set(switch, value)
    request_id = sandbox.raise_request("execute", requested_at=_minutes_ago(sandbox, 5))
    listed = next(row for row in await all_open(client) if row.approval_request_id == request_id)
    alone = await client.get_request(request_id, listed.organization_id)
    details = await _details(client, sandbox, request_id)
    facts = facts_of(alone, details)
    assert facts_of(listed, details).digest == facts.digest
    asked_at = sandbox.request(request_id).requested_at
    assert (facts.kind, facts.requested_at) == (Kind.APPLICATION, asked_at)
    span = (sandbox.clock.now() - timedelta(hours=1), sandbox.clock.now())
    page = await client.blocked_items(BlockedQuery(facts.organization_id, *span))
    assert facts.hash in {row.hash for row in page.rows}
    nothing = await client.blocked_items(BlockedQuery(facts.organization_id, *span, hostname="NO-SUCH-HOST"))
    assert (nothing.rows, nothing.next_page) == ((), None)
    await client.permit(await _body(client, sandbox, request_id))
    assert state_of(await client.get_request(request_id, facts.organization_id)).standing is Standing.APPROVED


@pytest.mark.parametrize("status", [404, 400, 500])
async def test_an_unknown_id_is_an_error_however_the_portal_says_it(
    sandbox: PortalSandbox, client: PortalClient, status: int
) -> None:
    sandbox.rules.set("unknown_object", status)
    with pytest.raises(PortalError):
        await client.get_request("00000000-0000-4000-8000-000000000001", sandbox.world.parent_id)


async def test_the_second_decider_is_told_who_was_first(sandbox: PortalSandbox, client: PortalClient) -> None:
    request_id = sandbox.raise_request("execute")
    body = await _body(client, sandbox, request_id)
    sandbox.decide_in_portal(request_id, approve=False, by="Ola Nordmann")
    with pytest.raises(AlreadyActioned) as raised:
        await client.permit(body)
    assert raised.value.by == "Ola Nordmann"


@pytest.mark.parametrize(("fault", "took_effect"), [("timeout_before", False), ("timeout_after", True)])
async def test_a_write_lost_on_the_way_is_sent_once_and_the_request_tells(
    sandbox: PortalSandbox, client: PortalClient, bench: Bench, *, fault: str, took_effect: bool
) -> None:
    request_id = sandbox.raise_request("execute")
    body = await _body(client, sandbox, request_id)
    sandbox.faults.set(fault, seconds=0.01, action=PERMIT)
    with pytest.raises(OutcomeUnknown):
        await client.permit(body)
    row = await client.get_request(request_id, body.organization_id)
    assert (state_of(row).standing is Standing.APPROVED) == took_effect
    assert sum(one.operation == PERMIT for one in bench.traffic) == 1


async def test_a_read_outlives_a_busy_and_a_broken_portal(
    sandbox: PortalSandbox, client: PortalClient, bench: Bench
) -> None:
    sandbox.faults.set(FaultKind.TOO_MANY_REQUESTS, times=1, retry_after_s=2)
    sandbox.faults.set(FaultKind.SERVER_ERROR, times=1)
    await all_open(client, statuses=(1,))
    assert bench.waits == [2.0, 0.8]


async def test_a_portal_that_stays_broken_is_told_as_such(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    sandbox.faults.set(FaultKind.SERVER_ERROR)
    with pytest.raises(PortalBroken):
        await client.organizations()


async def test_a_portal_that_is_down_takes_no_write_and_comes_back(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    request_id = sandbox.raise_request("execute")
    body = await _body(client, sandbox, request_id)
    async with aiohttp.ClientSession() as session:  # one without connections from before
        fresh = PortalClient(client.address, session, timing=client._transport._timing)
        await sandbox.go_down()
        with pytest.raises(NotSent):
            await fresh.permit(body)
        with pytest.raises(PortalUnreachable):
            await fresh.get_request(request_id)
        await sandbox.come_up()
        await fresh.permit(body)
    assert len(sandbox.decisions) == 1


@pytest.mark.parametrize("as_403", [False, True])
async def test_a_revoked_token_is_refused_on_reads_and_writes(
    sandbox: PortalSandbox, client: PortalClient, as_403: bool
) -> None:
    request_id = sandbox.raise_request("execute")
    body = await _body(client, sandbox, request_id)
    if as_403:
        sandbox.rules.revoked_status = 403
    sandbox.revoke_token(sandbox.token)
    with pytest.raises(TokenRefused):
        await all_open(client)
    with pytest.raises(TokenRefused):
        await client.permit(body)


async def test_a_token_without_the_right_is_told_which_one(
    sandbox: PortalSandbox, make_client: MakeClient
) -> None:
    viewer = make_client(sandbox.base_url, token=sandbox.issue_token([VIEW_APPROVALS]))
    request_id = sandbox.raise_request("execute")
    body = await _body(viewer, sandbox, request_id)
    with pytest.raises(PermissionMissing) as raised:
        await viewer.permit(body)
    assert raised.value.permission is not None
    assert raised.value.permission.startswith("Approve for")


async def test_group_and_organization_reach_are_accepted(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    for wide in (False, True):
        request_id = sandbox.raise_request("execute")
        details = await _details(client, sandbox, request_id)
        assert details.organization_id is not None
        groups = await client.computer_groups_for_permit(details.organization_id, details.os_type)
        group = next(one for one in groups if one.organization_id == details.organization_id)
        terms = Terms(note=NOTE, expires_at=sandbox.clock.now() + timedelta(days=90), ticket="T-1")
        name = hash_rule_name(details)
        body = permit_body(
            details,
            terms,
            application=NewApplication(name),
            group=None if wide else group,
            organization_wide=wide,
        )
        await client.permit(body)
        row = await client.get_request(request_id, details.organization_id)
        assert (row.status_id, row.ticket_id) == (4, "T-1")


async def test_a_match_is_permitted_at_the_reach_it_takes(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    request_id = sandbox.raise_request("execute", product="ledgerleaf", version="11.0")
    details = await _details(client, sandbox, request_id)
    matches = await client.matching_applications(details)
    built_in = next(one for one in matches if one.is_built_in)
    application = MatchedApplication(built_in)
    await client.permit(
        permit_body(details, Terms(note=NOTE), application=application, organization_wide=True)
    )
    assert sandbox.request(request_id).status_id == 4
    found = await already_approved(client, details, now=sandbox.clock.now())
    assert (found.coverage, found.reach) == (Coverage.YES, Reach.ORGANIZATION)


async def test_ownership_is_taken_in_the_portal(sandbox: PortalSandbox, client: PortalClient) -> None:
    request_id = sandbox.raise_request("elevate")
    row = await client.get_request(request_id, sandbox.request(request_id).organization_id)
    await client.take_ownership(row)
    assert state_of(await client.get_request(request_id, row.organization_id)).assignee


async def test_blocked_items_history_and_research_are_read(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    request_id = sandbox.raise_request("execute", product="ledgerleaf")
    request = sandbox.request(request_id)
    now = sandbox.clock.now()
    query = BlockedQuery(request.organization_id, now - timedelta(hours=1), now + timedelta(minutes=1))
    page = await client.blocked_items(query)
    row = next(one for one in page.rows if one.hash == request.file.hash)
    assert row.computer_id == request.computer_id
    assert row.date_time is not None
    history = await client.file_history(
        request.file.full_path, request.organization_id, computer_id=request.computer_id
    )
    assert any(one.hash == request.file.hash for one in history)
    details = await _details(client, sandbox, request_id)
    built_in = next(one for one in await client.matching_applications(details) if one.is_built_in)
    research = await client.research_details(built_in.application_id, request.organization_id)
    assert research is not None
    assert research.product_name


async def test_the_tree_of_organizations_is_whole(sandbox: PortalSandbox, client: PortalClient) -> None:
    rows = {one.organization_id: one for one in await client.organizations()}
    held = sandbox.world.organizations
    for organization_id, row in rows.items():
        assert row.parent_id == held[organization_id].parent_id
        assert row.listed_as_child == (row.parent_id is not None)
    assert set(rows) == {sandbox.world.parent_id, *sandbox.world.below(sandbox.world.parent_id)}


async def test_a_computer_is_found_with_its_group(sandbox: PortalSandbox, client: PortalClient) -> None:
    request = sandbox.request(sandbox.raise_request("execute"))
    held = sandbox.world.computers[request.computer_id]
    (by_id,) = await client.computers(request.organization_id, computer_id=request.computer_id)
    by_name = await client.computers(request.organization_id, search_text=held.name)
    assert (by_id.computer_group_id, by_id.hostname) == (held.computer_group_id, held.name)
    assert [one.computer_id for one in by_name] == [request.computer_id]


async def test_the_count_counts_pending_requests(sandbox: PortalSandbox, client: PortalClient) -> None:
    before = await client.count_requests()
    sandbox.raise_request("execute")
    assert await client.count_requests() == before + 1


async def test_a_body_that_the_portal_refuses_is_invalid(
    sandbox: PortalSandbox, client: PortalClient
) -> None:
    body = await _body(client, sandbox, sandbox.raise_request("execute"))
    body.payload["policyLevel"]["toComputer"] = True
    with pytest.raises(Invalid, match="applies to ID"):
        await client.permit(body)


async def test_the_check_names_each_missing_right(sandbox: PortalSandbox, make_client: MakeClient) -> None:
    organization_id = sandbox.world.below(sandbox.world.parent_id)[0]
    whole = await probe(
        make_client(sandbox.base_url, token=sandbox.token), organization_id, sandbox.clock.now()
    )
    assert [step.name for step in whole.steps if not step.is_fine] == []
    blind = sandbox.issue_token(ALL_RIGHTS - {VIEW_UNIFIED_AUDIT, "Super Admin", "Super Admin - Child"})
    part = await probe(make_client(sandbox.base_url, token=blind), organization_id, sandbox.clock.now())
    assert [step.name for step in part.steps if not step.is_fine] == ["Unified Audit"]
    assert [type(step.error) for step in part.steps if not step.is_fine] == [PermissionMissing]
