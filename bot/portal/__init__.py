"""The portal client: reads are patient, writes are sent once, nothing it says is embellished."""

from bot.portal.address import PortalAddress
from bot.portal.approved import AlreadyApproved, Coverage, already_approved
from bot.portal.blocked import BlockedPage, BlockedQuery, Denies
from bot.portal.client import SEARCH_BY_NAME, SEARCH_BY_USER, PortalClient
from bot.portal.errors import (
    AlreadyActioned,
    AnswerNotUnderstood,
    Invalid,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PermissionMissing,
    PortalAway,
    PortalBroken,
    PortalBusy,
    PortalError,
    PortalTimeout,
    PortalUnreachable,
    TokenRefused,
    Unusable,
)
from bot.portal.facts import assignee_of, facts_of, sighting_of, state_of
from bot.portal.kinds import OPEN_STATUSES, RequestStatus, kind_of, standing_of, status_label, status_of
from bot.portal.listing import Rows
from bot.portal.modes import (
    ModeRow,
    end_body,
    insert_body,
    mode_named,
    mode_note,
    move_body,
    type_name,
)
from bot.portal.notes import decision_note, names_attempt
from bot.portal.organizations import tree_of
from bot.portal.permit import permit_body
from bot.portal.permit_form import hash_rule_name, is_extension, speaks_of
from bot.portal.permit_ringfencing import ringfencing_suggested
from bot.portal.permit_rule import fits_pattern, says_something, unfitting_parts
from bot.portal.permit_terms import (
    Application,
    ElevationChoice,
    ElevationNotice,
    ExistingApplication,
    MatchedApplication,
    NewApplication,
    PermitBody,
    Reply,
    Terms,
)
from bot.portal.policies import PERMIT, NewPolicy, applications_of, newly_there, why_not_ours
from bot.portal.probe import PortalProbe, ProbeStep, probe
from bot.portal.storage import StorageBody, StorageDetails, storage_body, storage_speaks_of
from bot.portal.transport import Timing, Traffic
from bot.portal.widths import StandingPermits, standing_permits
from bot.portal.wire import (
    ApprovalRequestRow,
    BlockedRow,
    ComputerGroupItem,
    ComputerRow,
    MatchingApplication,
    OrganizationRow,
    PolicyRow,
    ResearchDetails,
)
from bot.portal.wire_permit import PermitDetails

__all__ = [
    "OPEN_STATUSES",
    "PERMIT",
    "SEARCH_BY_NAME",
    "SEARCH_BY_USER",
    "AlreadyActioned",
    "AlreadyApproved",
    "AnswerNotUnderstood",
    "Application",
    "ApprovalRequestRow",
    "BlockedPage",
    "BlockedQuery",
    "BlockedRow",
    "ComputerGroupItem",
    "ComputerRow",
    "Coverage",
    "Denies",
    "ElevationChoice",
    "ElevationNotice",
    "ExistingApplication",
    "Invalid",
    "MatchedApplication",
    "MatchingApplication",
    "ModeRow",
    "NewApplication",
    "NewPolicy",
    "NotFound",
    "NotSent",
    "OrganizationRow",
    "OutcomeUnknown",
    "PermissionMissing",
    "PermitBody",
    "PermitDetails",
    "PolicyRow",
    "PortalAddress",
    "PortalAway",
    "PortalBroken",
    "PortalBusy",
    "PortalClient",
    "PortalError",
    "PortalProbe",
    "PortalTimeout",
    "PortalUnreachable",
    "ProbeStep",
    "Reply",
    "RequestStatus",
    "ResearchDetails",
    "Rows",
    "StandingPermits",
    "StorageBody",
    "StorageDetails",
    "Terms",
    "Timing",
    "TokenRefused",
    "Traffic",
    "Unusable",
    "already_approved",
    "applications_of",
    "assignee_of",
    "decision_note",
    "end_body",
    "facts_of",
    "fits_pattern",
    "hash_rule_name",
    "insert_body",
    "is_extension",
    "kind_of",
    "mode_named",
    "mode_note",
    "move_body",
    "names_attempt",
    "newly_there",
    "permit_body",
    "probe",
    "ringfencing_suggested",
    "says_something",
    "sighting_of",
    "speaks_of",
    "standing_of",
    "standing_permits",
    "state_of",
    "status_label",
    "status_of",
    "storage_body",
    "storage_speaks_of",
    "tree_of",
    "type_name",
    "unfitting_parts",
    "why_not_ours",
]
