"""The portal's calls that Gatehouse uses, each a method with our words in and wire models out.

Ids in, ids out are the portal's GUIDs. `organization_id` names the organization that a call acts on (None:
the token's own, or the address's). What a method raises is drawn in `bot.portal.errors`.
"""

from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from bot.models import Sighting
from bot.portal.blocked import ACTION_LOG, BlockedPage, BlockedQuery, blocked_body, blocked_page
from bot.portal.errors import AnswerNotUnderstood, Invalid, NotFound
from bot.portal.facts import OPEN_STATUSES, sighted
from bot.portal.lenient import JsonObject, is_guid, value_in
from bot.portal.listing import Lists, Rows, Walked, object_of, page_of, understood
from bot.portal.looking import Known, Look, Sighted
from bot.portal.modes import ModeRow
from bot.portal.notes import reject_body
from bot.portal.organizations import joined
from bot.portal.permit_terms import PermitBody
from bot.portal.policies import NewPolicy, copy_body, insert_body, removal_body
from bot.portal.questions import REQUESTS, computer_body, match_body, options_body
from bot.portal.storage import StorageBody, StorageDetails
from bot.portal.transport import Call, PortalAddress, Timing, Traffic, Transport, get, post, put
from bot.portal.wire import (
    ApprovalRequestRow,
    BlockedRow,
    ComputerGroupItem,
    ComputerRow,
    MatchingApplication,
    OrganizationRow,
    PolicyRow,
    ResearchDetails,
    read_row,
)
from bot.portal.wire_permit import PermitDetails

_MODES = "MaintenanceMode"
# What the portal answers for a policy that is not (or no longer) of the organization acted on.
_NO_POLICY = "unable to retrieve application policy"
# How the portal searches computers: 1 by name, 2 by user.
SEARCH_BY_NAME, SEARCH_BY_USER = 1, 2


class PortalClient:
    """One portal and one token. The session belongs to the caller, who closes it after the last call."""

    def __init__(
        self,
        address: PortalAddress,
        session: aiohttp.ClientSession,
        *,
        on_traffic: Callable[[Traffic], None] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.address = address
        self._transport = Transport(address, session, on_traffic, timing)
        self.lists = Lists(self._transport, address.page_size)

    # Approval requests

    async def sighted(
        self,
        known: Known,
        take: Callable[[Sequence[Sighted[Sighting | ApprovalRequestRow]]], Awaitable[None]],
    ) -> Walked:
        """The open ones that are not known word for word go to `take`, some at a time, as sightings.

        A row that is too thin for a sighting stays as it is, for its details to be read.
        """
        return await Look(known, sighted, take).through(self.lists, OPEN_STATUSES, self.address.page_size)

    async def count_requests(self, organization_id: str | None = None, *, with_children: bool = True) -> int:
        """How many requests are pending: cheap, but one decided and one new look like none."""
        call = get(
            REQUESTS,
            "ApprovalRequestGetCount",
            organization_id,
            includeChildOrganizations=_flag(with_children),
        )
        answer = await self._transport.read(call)
        value = answer.value()
        if not isinstance(value, int) or isinstance(value, bool):
            raise AnswerNotUnderstood(
                "the answer is not a number", operation=call.action, status=answer.status
            )
        return value

    async def get_request(self, request_id: str, organization_id: str | None = None) -> ApprovalRequestRow:
        """The request as the portal has it now; `NotFound` where it knows none."""
        call = get(REQUESTS, "ApprovalRequestGetById", organization_id, approvalRequestId=request_id)
        try:
            row = understood(read_row, await self._object(call), call.action)
        except Invalid as error:
            if is_guid(request_id):
                raise
            raise NotFound("the portal knows no request by an id that is no GUID") from error
        _same_id(row.approval_request_id, request_id, call.action)
        return row

    async def permit_details(self, request_id: str, organization_id: str | None = None) -> PermitDetails:
        """The prefilled permit form of an application or elevation request."""
        call = get(
            REQUESTS,
            "ApprovalRequestGetPermitApplicationById",
            organization_id,
            approvalRequestId=request_id,
        )
        details = understood(PermitDetails.read, await self._object(call), call.action)
        _same_id(details.approval_request.approval_request_id or request_id, request_id, call.action)
        return details

    async def permit(self, body: PermitBody, organization_id: str | None = None) -> None:
        """Send a permit once. Yes from the portal is not yet the truth: read the request back."""
        owner = organization_id or body.organization_id
        await self._transport.write(post(REQUESTS, "ApprovalRequestPermitApplication", owner, body.payload))

    async def storage_details(self, request_id: str, organization_id: str | None = None) -> StorageDetails:
        """The prefilled storage form of a storage request."""
        call = get(
            REQUESTS,
            "ApprovalRequestGetStorageApprovalById",
            organization_id,
            approvalRequestId=request_id,
        )
        details = understood(StorageDetails.read, await self._object(call), call.action)
        _same_id(details.approval_request.approval_request_id or request_id, request_id, call.action)
        return details

    async def permit_storage(self, body: StorageBody, organization_id: str | None = None) -> None:
        """Send a storage permit once. Yes from the portal is not yet the truth: read the request back."""
        owner = organization_id or body.organization_id
        await self._transport.write(
            post(REQUESTS, "ApprovalRequestPermitStorageApproval", owner, body.payload)
        )

    async def reject(
        self, row: ApprovalRequestRow, *, reason: str, subject: str, notify: bool, note: str
    ) -> None:
        """Reject once; `reason` is what the requestor reads, `note` what joins the portal's comments."""
        body = reject_body(row, reason=reason, subject=subject, notify=notify, note=note)
        await self._transport.write(
            post(REQUESTS, "ApprovalRequestUpdateForReject", row.organization_id, body)
        )

    async def take_ownership(self, row: ApprovalRequestRow) -> None:
        """Assign the request to our API user in the portal; who claimed it there is nobody's name."""
        await self._transport.write(
            post(REQUESTS, "ApprovalRequestUpdateForTakeOwnership", row.organization_id, dict(row.raw))
        )

    # Applications and policies

    async def matching_applications(self, details: PermitDetails) -> Rows[MatchingApplication]:
        """The applications whose rules cover the file already. The form's own word on it is unreliable."""
        body = match_body(details)
        call = post("Application", "ApplicationGetMatchingList", details.organization_id, body)
        answer = await self._transport.read(call)
        found = object_of(answer) or {}
        rows = value_in(found, "matchingApplications") or []
        if not isinstance(rows, list):
            raise AnswerNotUnderstood("matchingApplications is not a list of objects", operation=call.action)
        if value_in(found, "hasMatching") is not True:
            return Rows()
        return await self.lists.rows(rows, MatchingApplication.read, call.action)

    async def application_options(
        self,
        organization_id: str,
        os_type: int,
        *,
        search_text: str = "",
        host_name: str = "",
        applies_to_id: str | None = None,
        include_built_in: bool = False,
    ) -> Rows[MatchingApplication]:
        """The applications that an approval may name, by part of their name: the organization's own alone.

        With `include_built_in` the vendor's as well. What belongs to any other organization is left out
        here: it can be neither extended nor shown. `applies_to_id` is the computer or group to be reached.
        """
        action = "ApplicationGetForApplicationOptions"
        body = options_body(
            organization_id,
            os_type,
            search_text=search_text,
            host_name=host_name,
            applies_to_id=applies_to_id,
            include_built_in=include_built_in,
        )
        answer = await self._transport.read(post("Application", action, organization_id, body))
        rows = await self.lists.rows(page_of(answer).rows, MatchingApplication.read, action)
        offered = (
            row
            for row in rows
            if (include_built_in if row.is_built_in else row.organization_id == organization_id)
        )
        return Rows(offered, rows.odd)

    async def policies_of_application(
        self, application_id: str, organization_id: str, *, with_denies: bool = False
    ) -> Rows[PolicyRow]:
        """The organization's policies that name the application."""
        action = "PolicyGetForViewPoliciesByApplicationId"
        body = {
            "applicationId": application_id,
            "organizationId": organization_id,
            "includeDenies": with_denies,
        }
        return await self.lists.whole(
            lambda page: post("Policy", action, organization_id, body | self.lists.page(page)),
            PolicyRow.read,
            lambda row: row.policy_id,
        )

    async def policy(self, policy_id: str, organization_id: str) -> PolicyRow | None:
        """One policy; None where the organization (whose own it has to be) has none of that id."""
        call = get("Policy", "PolicyGetById", organization_id, policyId=policy_id)
        try:
            found = object_of(await self._transport.read(call))
        except NotFound:
            return None
        except Invalid as error:
            if _NO_POLICY in error.message.casefold():
                return None
            raise
        return None if not found else understood(PolicyRow.read, found, call.action)

    async def insert_policy(self, policy: NewPolicy, organization_id: str) -> None:
        """Make a policy, once. What came of it is asked of the application's policies."""
        await self._transport.write(post("Policy", "PolicyInsert", organization_id, insert_body(policy)))

    async def copy_policy(self, policy: PolicyRow, organization_id: str, applies_to_id: str) -> None:
        """Copy a policy to one further place of its organization, once."""
        body = copy_body(policy, organization_id, applies_to_id)
        await self._transport.write(post("Policy", "PolicyInsertForCopyPolicies", organization_id, body))

    async def remove_policy(self, policy_id: str, organization_id: str) -> None:
        """Remove a policy, once."""
        body = removal_body(policy_id, organization_id)
        await self._transport.write(put("Policy", "PolicyUpdateForDeleteByIds", organization_id, body))

    async def deploy_policies(self, organization_id: str) -> None:
        """Send the organization's policies to its computers, once; what others have changed goes with it."""
        await self._transport.write(post("DeployPolicyQueue", "DeployPolicies", organization_id, {}))

    async def research_details(
        self, application_id: str, organization_id: str | None = None
    ) -> ResearchDetails | None:
        """What the vendor's researchers say of an application; None where they say nothing."""
        call = get(
            "Application", "ApplicationGetResearchDetailsById", organization_id, applicationId=application_id
        )
        found = object_of(await self._transport.read(call))
        return None if found is None else understood(ResearchDetails.read, found, call.action)

    # Computers, computer groups, organizations

    async def computer_groups_for_permit(self, organization_id: str, os_type: int) -> Rows[ComputerGroupItem]:
        """The computer groups that a permit may name, global ones included where the portal offers any."""
        action = "ComputerGroupGetForPermitApplication"
        answer = await self._transport.read(
            get("ComputerGroup", action, organization_id, osType=str(os_type))
        )
        return await self.lists.rows(page_of(answer).rows, ComputerGroupItem.read, action)

    async def computers(
        self,
        organization_id: str | None = None,
        *,
        search_text: str = "",
        search_by: int = SEARCH_BY_NAME,
        computer_id: str | None = None,
        with_children: bool = False,
    ) -> Rows[ComputerRow]:
        """Computers of an organization by part of a name or user, or the one with that id."""
        action = "ComputerGetByAllParameters"
        body = computer_body(search_text, search_by, computer_id, with_children)
        return await self.lists.whole(
            lambda page: post("Computer", action, organization_id, body | self.lists.page(page)),
            ComputerRow.read,
            lambda row: row.computer_id,
        )

    async def organizations(self) -> Rows[OrganizationRow]:
        """Every organization that the token reaches, with its parent where the portal tells it."""
        reachable = await self.reachable_organizations()
        return joined(reachable, await self.child_organizations())

    async def reachable_organizations(self) -> Rows[OrganizationRow]:
        """Every organization that the token may act on, without parents."""
        action = "OrganizationGetForMoveComputers"
        answer = await self._transport.read(get("Organization", action, None, searchText=""))
        return await self.lists.rows(page_of(answer).rows, OrganizationRow.read, action)

    async def child_organizations(self, organization_id: str | None = None) -> Rows[OrganizationRow]:
        """Everything below an organization, at any depth, with parents."""
        action = "OrganizationGetChildOrganizationsByParameters"
        body = {"searchText": "", "childOrganizations": True, "includeAllChildren": True}
        body |= {"isAscending": True, "orderBy": "name"}
        return await self.lists.whole(
            lambda page: post("Organization", action, organization_id, body | self.lists.page(page)),
            OrganizationRow.read,
            lambda row: row.organization_id,
        )

    # Maintenance modes

    async def modes_of_computer(self, computer_id: str, organization_id: str | None = None) -> Rows[ModeRow]:
        """The history of a computer's maintenance modes, those that run included; the portal's order."""
        action = "MaintenanceModeGetByComputerIdV2"
        return await self.lists.whole(
            lambda page: get(
                _MODES,
                action,
                organization_id,
                computerId=computer_id,
                pageNumber=str(page),
                pageSize=str(self.address.page_size),
            ),
            ModeRow.read,
            # Lines without an id are different lines.
            lambda row: row.maintenance_mode_id or id(row),
        )

    async def start_mode(self, body: JsonObject, organization_id: str) -> None:
        """Start a maintenance mode once (`modes.insert_body`); then read the history."""
        await self._transport.write(post(_MODES, "MaintenanceModeInsert", organization_id, body))

    async def end_mode(self, body: JsonObject, organization_id: str) -> None:
        """End a running mode once (`modes.end_body`); then read the history."""
        await self._transport.write(
            Call("PATCH", _MODES, "MaintenanceModeEndById", body=body, organization_id=organization_id)
        )

    async def move_mode_end(self, body: JsonObject, organization_id: str) -> None:
        """Move the end of a running mode once (`modes.move_body`); then read the history."""
        action = "MaintenanceModeUpdateEndDateTimeForSpecificDate"
        await self._transport.write(post(_MODES, action, organization_id, body))

    # Unified Audit

    async def blocked_items(self, query: BlockedQuery) -> BlockedPage:
        """One page of blocked items. An empty last page is "nothing was blocked"; no look is an error."""
        action = "ActionLogGetByParametersV2"
        call = post("ActionLog", action, query.organization_id, blocked_body(query), usenewsearch="true")
        page = page_of(await self._transport.read(call))
        return blocked_page(query, await self.lists.rows(page.rows, BlockedRow.read, action), page.totals)

    async def file_history(
        self,
        full_path: str,
        organization_id: str | None = None,
        *,
        computer_id: str | None = None,
        hostname: str | None = None,
        limit: int = 25,
    ) -> Rows[BlockedRow]:
        """What happened to a file on one computer, as the portal orders it: at most `limit` rows."""
        action = "ActionLogGetAllForFileHistoryV2"
        where = {"computerId": computer_id} if computer_id else {"hostname": hostname or ""}
        if not full_path or not any(where.values()):
            raise ValueError("file history needs a path and a computer")
        paging = {"sourceTableId": str(ACTION_LOG), "pageNumber": "1", "pageSize": str(limit)}
        call = get("ActionLog", action, organization_id, fullPath=full_path, **where, **paging)
        page = page_of(await self._transport.read(call))
        return await self.lists.rows(page.rows, BlockedRow.read, action)

    async def _object(self, call: Call) -> JsonObject:
        answer = await self._transport.read(call)
        found = object_of(answer)
        if not found:
            raise NotFound("the portal knows no such request", operation=call.action, status=answer.status)
        return found


def _same_id(told: str, asked: str, operation: str) -> None:
    """Refuse an answer about another request than the one that was asked for."""
    if told.lower() != asked.lower():
        raise AnswerNotUnderstood(f"asked for request {asked}, answered with {told}", operation=operation)


def _flag(value: bool) -> str:
    return "true" if value else "false"
