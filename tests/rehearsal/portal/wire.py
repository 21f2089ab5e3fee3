"""A bare client for the tests of the stand-in portal: it sends what it is told and hides nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from rehearsal.portal import PortalSandbox

_APPROVAL = "ApprovalRequest/ApprovalRequest"


@dataclass(frozen=True)
class Reply:
    """One answer as it came."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def value(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.text)

    @property
    def message(self) -> str:
        """The error text of the portal's usual shape."""
        return str(self.value["Message"])


@dataclass
class Wire:
    """Calls to one stand-in portal with one token."""

    portal: PortalSandbox
    session: aiohttp.ClientSession
    token: str

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        organization_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Reply:
        """One call; `organization_id` becomes ManagedOrganizationId."""
        sent = {"Authorization": self.token if token is None else token, **(headers or {})}
        if organization_id is not None:
            sent["ManagedOrganizationId"] = organization_id
        data = None if body is None else json.dumps(body)
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = self.portal.base_url + path
        async with self.session.request(method, url, data=data, params=query, headers=sent) as answer:
            return Reply(answer.status, await answer.text(), answer.headers)

    def organization_of(self, request_id: str) -> str:
        """The organization that a request belongs to."""
        return self.portal.request(request_id).organization_id

    async def get(self, name: str, request_id: str) -> Reply:
        """An ApprovalRequest read of one request, acting on its own organization."""
        return await self.call(
            "GET",
            f"{_APPROVAL}{name}",
            query={"approvalRequestId": request_id},
            organization_id=self.organization_of(request_id),
        )

    async def list(self, **body: object) -> Reply:
        """The list of pending requests of everybody, unless told otherwise."""
        sent = {"statusId": 1, "showChildOrganizations": True, "pageSize": 100, **body}
        return await self.call("POST", f"{_APPROVAL}GetByParameters", sent)

    async def details(self, request_id: str) -> Any:
        """The prefilled permit with a new application chosen: an acceptable body to spoil."""
        body = (await self.get("GetPermitApplicationById", request_id)).value
        body["matchingApplications"] |= {"useNewApplication": True, "newApplicationName": "Test application"}
        return body

    async def permit(self, request_id: str, body: object = None, *, token: str | None = None) -> Reply:
        """Sends a permit, by default the prefilled one."""
        return await self.call(
            "POST",
            f"{_APPROVAL}PermitApplication",
            await self.details(request_id) if body is None else body,
            organization_id=self.organization_of(request_id),
            token=token,
        )

    async def close(self, name: str, *request_ids: str, token: str | None = None, **body: object) -> Reply:
        """Sends a reject or an ignore of the whole objects."""
        rows = [(await self.get("GetById", request_id)).value for request_id in request_ids]
        return await self.call(
            "POST",
            f"{_APPROVAL}UpdateFor{name}",
            {"approvalRequestDtos": rows, "type": name.casefold(), **body},
            organization_id=self.organization_of(request_ids[0]),
            token=token,
        )

    async def audit(
        self, *, use_new_search: bool = True, without: tuple[str, ...] = (), **body: object
    ) -> Reply:
        """A search of the Unified Audit over the last week, all organizations."""
        now = self.portal.clock.now()
        sent: dict[str, object] = {
            "startDate": (now - timedelta(days=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "endDate": (now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "paramsFieldsDto": [],
            "showChildOrganizations": True,
            "pageSize": 500,
            **body,
        }
        kept = {name: value for name, value in sent.items() if name not in without}
        headers = {"usenewsearch": "true"} if use_new_search else {}
        return await self.call("POST", "ActionLog/ActionLogGetByParametersV2", kept, headers=headers)
