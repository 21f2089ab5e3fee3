"""The stand-in portal as tests and the demonstration hold it: start it, move its world, read what it received."""

import asyncio
import contextlib
import ipaddress
import secrets
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from rehearsal.clock import SandboxClock
from rehearsal.portal.arrivals import (
    Choices,
    arrivals,
    find_organization,
    is_already_permitted,
    raise_request,
)
from rehearsal.portal.call import Rules
from rehearsal.portal.control import add_control_routes
from rehearsal.portal.effects import (
    Grant,
    Reach,
    Wording,
    apply_permit,
    apply_storage,
    settle_approved,
    settle_closed,
)
from rehearsal.portal.faults import FaultKind, Faults
from rehearsal.portal.journal import DecisionWrite, Exchange
from rehearsal.portal.population import dice, make_world
from rehearsal.portal.records import (
    ESCALATED,
    LISTABLE_STATUSES,
    STORAGE_TYPES,
    ApprovalRequest,
    FileRule,
    StoragePolicy,
    Token,
)
from rehearsal.portal.rights import ALL_RIGHTS, SUPER_ADMIN, SUPER_ADMIN_CHILD
from rehearsal.portal.server import PREFIX, PortalState, handle
from rehearsal.portal.world import World

_LOOPBACK: Final = "127.0.0.1"
_TOKEN_BYTES: Final = 32  # 64 hexadecimal characters, as the portal's tokens are
_API_USER: Final = "slack-approvals"


class PortalSandbox:
    """A portal of one seed. Everything is in memory and gone after `close`."""

    def __init__(self, seed: int = 1, clock: SandboxClock | None = None) -> None:
        self._seed = seed
        shared = clock or SandboxClock()
        self.state = PortalState(make_world(seed, shared.now()), shared)
        self.token = self.issue_token(ALL_RIGHTS - {SUPER_ADMIN, SUPER_ADMIN_CHILD}, name=_API_USER)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._address: tuple[str, int] = (_LOOPBACK, 0)
        self._arrivals: asyncio.Task[None] | None = None
        self._story = arrivals(self.world, dice(seed, "arrivals"))

    @property
    def clock(self) -> SandboxClock:
        """The clock that this portal lives by."""
        return self.state.clock

    @property
    def world(self) -> World:
        """What the portal holds."""
        return self.state.world

    @property
    def faults(self) -> Faults:
        """The fault switches."""
        return self.state.faults

    @property
    def rules(self) -> Rules:
        """The rule switches."""
        return self.state.rules

    @property
    def decisions(self) -> list[DecisionWrite]:
        """Every decision write received, oldest first."""
        return self.state.journal.decisions

    @property
    def traffic(self) -> deque[Exchange]:
        """The calls received, oldest first; the last few thousand are kept."""
        return self.state.journal.traffic

    @property
    def calls(self) -> Counter[str]:
        """How often each action was called, since the start."""
        return self.state.journal.calls

    @property
    def base_url(self) -> str:
        """The API's address, such as `http://127.0.0.1:8080/portalapi/`; "" before `start`."""
        return self.state.base_url

    @property
    def control_url(self) -> str:
        """The address of the control API for other processes."""
        host, port = self._address
        return f"http://{host}:{port}/_sandbox/"

    async def start(self, port: int = 0, host: str = _LOOPBACK) -> str:
        """Listens on loopback (port 0: any free one) and answers the API's base URL.

        Raises ValueError for an address that other machines could reach, OSError when the port is taken.
        """
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the stand-in portal listens on loopback only, not on {host}; leave host out.")
        app = web.Application()
        add_control_routes(app, self)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        self._address = (host, port)
        await self.come_up()
        self.state.base_url = f"http://{host}:{self._address[1]}/{PREFIX}/"
        return self.base_url

    async def _handle(self, request: web.Request) -> web.Response:
        return await handle(self.state, request)

    async def close(self) -> None:
        """Stops listening, lets go of held calls and ends the arrivals."""
        await self.stop_arrivals()
        self.faults.clear()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = self._site = None

    async def go_down(self) -> None:
        """Closes the port, so that new connections are refused and open ones dropped; `come_up` undoes it."""
        self.faults.set(FaultKind.DOWN)
        if self._site is not None:
            await self._site.stop()
            self._site = None

    async def come_up(self) -> None:
        """Listens again, on the same port, after `go_down`."""
        self.faults.clear(FaultKind.DOWN)
        if self._runner is None:
            raise RuntimeError("the stand-in portal has not been started; call start() first.")
        host, port = self._address
        self._site = web.TCPSite(self._runner, host, port)
        await self._site.start()
        bound: tuple[str, int] = self._runner.addresses[-1][:2]
        self._address = (host, bound[1])

    def issue_token(
        self, permissions: Iterable[str], organization_id: str | None = None, *, name: str | None = None
    ) -> str:
        """A new API token with these documented permissions, valid in the organization (default: the top) and
        below. Raises ValueError for a permission that the portal does not have."""
        wanted = frozenset(permissions)
        if unknown := wanted - ALL_RIGHTS:
            raise ValueError(f"no such permission: {', '.join(sorted(unknown))}; see rights.ALL_RIGHTS.")
        secret = secrets.token_hex(_TOKEN_BYTES)
        owner = organization_id or self.world.parent_id
        shown = name or f"api-user-{len(self.state.tokens) + 1}"
        self.state.tokens[secret] = Token(secret, shown, self.world.new_id("user"), owner, wanted)
        return secret

    def revoke_token(self, secret: str) -> None:
        """Forgets a token; from now on it is refused as unknown."""
        self.state.tokens.pop(secret, None)

    def raise_request(self, kind: str, choices: Choices | None = None, **named: Any) -> str:
        """A person is blocked and asks: makes the request and its deny row, answers the request's id.

        `kind` is an action type, `extension` or any other word; `named` are fields of `Choices`. Raises
        LookupError for an organization, computer or product that does not exist, TypeError for a wrong field.
        """
        wanted = replace(choices or Choices(), **named)
        return raise_request(self.world, kind, wanted, self.clock.now()).approval_request_id

    def raise_everywhere(self, kind: str, computers: Iterable[str], **named: Any) -> list[str]:
        """The same file asked for on many computers: whatever the first one's file is, the others ask for too."""
        ids: list[str] = []
        for computer in computers:
            ids.append(self.raise_request(kind, computer=computer, **named))
            file = self.request(ids[0]).file
            if file.hash and "product" not in named:
                named = {"path": file.full_path, "hash": file.hash, "sha256": file.sha256, **named}
                named.setdefault("signer", file.certificates[0].subject if file.certificates else "")
        return ids

    def next_arrival(self) -> tuple[timedelta, str]:
        """Lets the story's next request happen now; answers the pause that belongs before it, and the id."""
        for gap, kind, choices in self._story:
            if not is_already_permitted(self.world, kind, choices, self.clock.now()):
                return gap, self.raise_request(kind, choices)
        raise AssertionError("the story never ends")

    def start_arrivals(self) -> None:
        """From now on requests come by themselves, by this portal's clock."""
        if self._arrivals is None:
            self._arrivals = asyncio.create_task(self._keep_arriving(), name="portal-sandbox-arrivals")

    async def stop_arrivals(self) -> None:
        """Ends the arrivals."""
        task, self._arrivals = self._arrivals, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_arriving(self) -> None:
        due_at = self.clock.now()
        while True:
            gap, _ = self.next_arrival()
            due_at += gap
            while (left := due_at - self.clock.now()) > timedelta(0):
                await self.clock.wait_for_move(left.total_seconds())

    def request(self, request_id: str) -> ApprovalRequest:
        """A request as the portal holds it; raises LookupError when there is none."""
        found = self.world.requests.get(request_id.casefold())
        if found is None:
            raise LookupError(f"approval request {request_id} is not in the stand-in portal.")
        return found

    def decide_in_portal(self, request_id: str, *, approve: bool, by: str, reason: str = "") -> None:
        """A person decides in the portal's own pages: this computer, a hash rule, or a rejection.

        Raises ValueError when the request is decided already (unless double decisions are let through).
        """
        request = self.request(request_id)
        if not request.is_open and self.rules.refuse_double_decisions:
            raise ValueError(f"approval request {request_id} was already actioned by {request.approved_by}.")
        if not approve:
            settle_closed(self.world, request, Wording(response_reason=reason), by=by, at=self.clock.now())
        elif request.action_type in STORAGE_TYPES:
            self._approve_storage(request, by)
        else:
            self._approve_application(request, by)

    def _approve_application(self, request: ApprovalRequest, by: str) -> None:
        reach = Reach("computer", request.computer_id, request.organization_id)
        rule = (
            FileRule(hash=request.file.hash)
            if request.file.hash
            else FileRule(full_path=request.file.full_path)
        )
        grant = Grant(
            new_application_name=request.file.file_name,
            rules=(rule,),
            elevation_status=1 if request.action_type == "elevate" else 0,
            elevation_end_at=self.clock.now() + timedelta(hours=1)
            if request.action_type == "elevate"
            else None,
        )
        now = self.clock.now()
        policy_id, application_id = apply_permit(self.world, request, reach, grant, by=by, at=now)
        settle_approved(
            self.world, request, Wording(), by=by, at=now, policy_id=policy_id, application_id=application_id
        )

    def _approve_storage(self, request: ApprovalRequest, by: str) -> None:
        policy = StoragePolicy(
            self.world.new_id("storage policy"),
            f"USB {request.action_type}",
            request.organization_id,
            request.computer_id,
            (request.file.serial_number,),
            request.file.full_path,
        )
        now = self.clock.now()
        policy_id = apply_storage(self.world, request, policy, by=by, at=now)
        settle_approved(self.world, request, Wording(), by=by, at=now, policy_id=policy_id)

    def assign_in_portal(self, request_id: str, *, by: str) -> None:
        """A person takes a request in the portal's own pages."""
        request = self.request(request_id)
        self.world.requests[request.approval_request_id] = replace(
            request, assignee=by, assignee_user_id=self.world.new_id("user"), assigned_at=self.clock.now()
        )

    def escalate_in_portal(self, request_id: str, *, instructions: str) -> None:
        """The vendor's response team hands a request to the customer: status 13 and a text."""
        request = self.request(request_id)
        self.world.requests[request.approval_request_id] = replace(
            request, status_id=ESCALATED, instructions=instructions
        )

    def close_in_portal(self, request_id: str, *, status_id: int, by: str) -> None:
        """Gives a request another of the portal's statuses, such as 6 (not learned) or 16 (self-approved)."""
        if status_id not in LISTABLE_STATUSES:
            raise ValueError(f"status {status_id} is none of the portal's: {sorted(LISTABLE_STATUSES)}.")
        request = self.request(request_id)
        settle_closed(self.world, request, Wording(), by=by, at=self.clock.now(), status_id=status_id)

    def withdraw(self, request_id: str) -> None:
        """Takes a request out of the portal altogether, as when its computer is deleted."""
        del self.world.requests[self.request(request_id).approval_request_id]

    def organization_id(self, wanted: str) -> str:
        """The id of an organization by id, name or display name; raises LookupError when there is none."""
        return find_organization(self.world, wanted)

    def open_requests(self) -> Iterator[ApprovalRequest]:
        """The requests that wait for a decision."""
        return (request for request in self.world.requests.values() if request.is_open)
