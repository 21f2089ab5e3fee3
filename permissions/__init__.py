"""Who may do what, where, until when: the portal's permissions, and the one verdict on them.

Imports nothing of ours and does no I/O but reading the access file.
"""

from permissions.access import Access, Person
from permissions.access_document import Problem, access_schema
from permissions.access_file import AccessFileError, load_access_file, parse_access_document
from permissions.accounts import Whose, account, is_nobodys, names_of, whose
from permissions.ask import (
    Allowed,
    Ask,
    Extension,
    Maintenance,
    RefusalReason,
    Refused,
    Verdict,
    effective_reach,
    must_be_confirmed,
)
from permissions.catalogue import PERMISSIONS
from permissions.cautions import childless, warnings
from permissions.check import able, judge
from permissions.differences import describe_difference
from permissions.granting import (
    judge_grant,
    judge_lifting,
    judge_revoke,
    judge_role_change,
    judge_suspension,
    role_at,
)
from permissions.grants import (
    TREE_MAX_AGE,
    Basis,
    Grant,
    Organization,
    OrganizationTree,
    Origin,
    Source,
    same_id,
)
from permissions.known_by import AccountIndex, KnownBy, known_by, nameless
from permissions.permission import Category, Permission
from permissions.questions import (
    Condition,
    Explanation,
    explain,
    judge_second,
    organizations_called,
    organizations_in_view,
    told_apart,
    who_could,
)
from permissions.roles import BUILT_IN_ROLES, Role
from permissions.standing import Gift, Standing, first_end, standing
from permissions.terms import Action, Door, Kind, MaintenanceMode, Reach

__all__ = [
    "BUILT_IN_ROLES",
    "PERMISSIONS",
    "TREE_MAX_AGE",
    "Access",
    "AccessFileError",
    "AccountIndex",
    "Action",
    "Allowed",
    "Ask",
    "Basis",
    "Category",
    "Condition",
    "Door",
    "Explanation",
    "Extension",
    "Gift",
    "Grant",
    "Kind",
    "KnownBy",
    "Maintenance",
    "MaintenanceMode",
    "Organization",
    "OrganizationTree",
    "Origin",
    "Permission",
    "Person",
    "Problem",
    "Reach",
    "RefusalReason",
    "Refused",
    "Role",
    "Source",
    "Standing",
    "Verdict",
    "Whose",
    "able",
    "access_schema",
    "account",
    "childless",
    "describe_difference",
    "effective_reach",
    "explain",
    "first_end",
    "is_nobodys",
    "judge",
    "judge_grant",
    "judge_lifting",
    "judge_revoke",
    "judge_role_change",
    "judge_second",
    "judge_suspension",
    "known_by",
    "load_access_file",
    "must_be_confirmed",
    "nameless",
    "names_of",
    "organizations_called",
    "organizations_in_view",
    "parse_access_document",
    "role_at",
    "same_id",
    "standing",
    "told_apart",
    "warnings",
    "who_could",
    "whose",
]
