"""The reviewed list of places where a body may differ from the published contract, each with its why.

The contract file knows names and types; it says nothing of behaviour and is silent or wrong in a few
places that live callers have published. There the written reference wins. Adding a line here is a
decision to be reviewed: say which evidence stands against the contract.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class ContractException:
    """One tolerated difference: where (a `*` pattern on the folded field path), which kind, and why."""

    where: str
    kind: str
    why: str

    def covers(self, where: str, kind: str) -> bool:
        """Whether this line speaks of the given folded path and kind of problem."""
        return self.kind == kind and fnmatchcase(where, self.where)


def _read_only(where: str, why: str) -> ContractException:
    return ContractException(where, "read-only", why)


EXCEPTIONS: tuple[ContractException, ...] = (
    _read_only("*isfromapproval", "Live permits fail without it, although the contract calls it read-only."),
    _read_only("*isfromactionlog", "The portal's own page posts the whole permit object back."),
    _read_only("*isexecutionrequest", "Live callers found that it must be present in a permit."),
    _read_only("*isringfenced", "Part of the object that permit details return and the permit echoes."),
    _read_only("*disableprotection", "Part of the policy conditions that the permit echoes."),
    _read_only("*isassigned", "The whole approval request is echoed in decisions."),
    _read_only("*isescalatedbycyberhero", "The whole approval request is echoed in decisions."),
    _read_only("*isescalatedbycustomer", "The whole approval request is echoed in decisions."),
    ContractException(
        "*", "unset-date", "An unset non-null date is the year 1 without a zone, as .NET writes it."
    ),
    ContractException("*computergroup", "empty-guid", "Live reads send an empty text for `any group`."),
    ContractException("*objectid", "empty-guid", "Live reads send an empty text for `any object`."),
    ContractException("*appliestoid", "empty-guid", "Live reads send an empty text for `anything`."),
)


NOT_IN_CONTRACT: dict[str, str] = {
    "Organization/OrganizationGetChildOrganizationsByParameters": "In the vendor's articles; live callers use it.",
    "Policy/PolicyGetByParameters": "In the vendor's articles; live callers use it.",
    "Policy/PolicyGetForViewPoliciesByApplicationId": "In the vendor's articles; live callers post to it.",
    "Policy/PolicyInsert": "In the vendor's articles; live callers use it.",
    "Policy/PolicyUpdateById": "In the vendor's articles: the whole policy, nothing left out.",
    "Policy/PolicyUpdateForDeleteByIds": "Live callers agree on a bare list; the articles have the name.",
    "Policy/PolicyInsertForCopyPolicies": "In the vendor's articles.",
    "PolicyMoveQueue/PolicyMoveQueueInsert": "Seen in one caller only, undocumented; Gatehouse does not use it.",
    "DeployPolicyQueue/DeployPolicies": "In the vendor's articles; live callers use it.",
    "UserRoles/UserRolesGetByParameters": "In the vendor's articles, whose answer nobody has seen; off until verified.",
    "MaintenanceMode/MaintenanceModeGetByComputerIdV2": "In the vendor's articles; the contract has only V1.",
}
"""Calls that are real although the contract does not have them, each with its evidence."""


def is_excepted(where: str, kind: str) -> bool:
    """Whether a difference at this folded field path is on the reviewed list."""
    return any(line.covers(where, kind) for line in EXCEPTIONS)
