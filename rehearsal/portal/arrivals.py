"""How new approval requests come to be: one by order, or by themselves as time passes.

Every request is made together with the deny row that the endpoint logged in the Unified Audit a moment
before. Kinds are the portal's action types, with `extension` for a browser extension and `web` for web
control; a word that nobody knows makes a request of an unknown kind.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from rehearsal.portal.catalogue import (
    BY_KEY,
    PRODUCTS,
    Product,
    certificates_of,
    file_hash,
    file_of,
    file_sha256,
)
from rehearsal.portal.records import (
    APPLICATION_TYPES,
    DENY_WITH_REQUEST,
    ESCALATED,
    MACOS,
    PENDING,
    STORAGE_TYPES,
    WINDOWS,
    ZERO_GUID,
    ApprovalRequest,
    AuditRow,
    Computer,
    FileFacts,
    Policy,
)
from rehearsal.portal.world import World

_ENDPOINT_DELAY: Final = timedelta(seconds=2)
"""Between the block and the request; our choice, a person needs longer but the order is what matters."""
_EXTENSION_STORE: Final = "https://extensions.example/detail/tab-tidy/kpdnqxo"
_CONFIRM: Final = "Please confirm that this is wanted."
_USB: Final = ("USB", "Corvid Media")


@dataclass(frozen=True)
class Choices:
    """What an order for a request may fix; whatever is left out is chosen from the world, repeatably."""

    organization: str | None = None
    computer: str | None = None
    product: str | None = None
    version: str | None = None
    path: str | None = None
    hash: str | None = None
    sha256: str | None = None
    signer: str | None = None
    is_signature_valid: bool = True
    process_path: str | None = None
    user: str | None = None
    email: str | None = None
    reason: str | None = None
    requested_at: datetime | None = None
    serial_number: str | None = None
    is_known_bad: bool | None = None
    is_escalated: bool = False
    instructions: str = ""
    is_all_devices: bool = False


def raise_request(world: World, kind: str, choices: Choices, now: datetime) -> ApprovalRequest:
    """Makes one request and its deny row. Raises LookupError when a named organization, computer or product
    does not exist."""
    computer = _choose_computer(world, kind, choices)
    user = choices.user or computer.user
    asked_at = choices.requested_at or now
    file = _apply_choices(_file_for(kind, computer, user, choices, len(world.requests)), choices)
    policy = _default_policy(world, computer)
    action_type = "execute" if kind == "extension" else kind
    row = add_audit_row(
        world,
        computer,
        account_of(world, computer, user),
        file,
        action_type=action_type,
        action_id=DENY_WITH_REQUEST,
        at=asked_at - _ENDPOINT_DELAY,
        policy=policy,
    )
    request = _request_of(world, computer, user, row, choices=choices, asked_at=asked_at)
    request = replace(request, is_extension=kind == "extension")
    world.requests[request.approval_request_id] = request
    return request


def _request_of(
    world: World,
    computer: Computer,
    user: str,
    row: AuditRow,
    *,
    choices: Choices,
    asked_at: datetime,
) -> ApprovalRequest:
    organization = world.organizations[computer.organization_id]
    reason = choices.reason if choices.reason is not None else _reason_for(row.file, len(world.requests))
    return ApprovalRequest(
        approval_request_id=world.new_id("approval request"),
        organization_id=computer.organization_id,
        computer_id=computer.computer_id,
        action_type=row.action_type,
        file=row.file,
        username=row.username,
        requestor=user,
        reason=reason,
        email=choices.email if choices.email is not None else f"{user}@{organization.name}.example",
        requested_at=asked_at,
        audit_row_id=row.audit_row_id,
        policy_id=row.policy_id,
        policy_name=row.policy_name,
        json=_action_json(row, computer),
        status_id=ESCALATED if choices.is_escalated else PENDING,
        instructions=choices.instructions or (_CONFIRM if choices.is_escalated else ""),
    )


def _choose_computer(world: World, kind: str, choices: Choices) -> Computer:
    if choices.computer is not None:
        wanted = choices.computer.casefold()
        for computer in world.computers.values():
            if wanted in (computer.computer_id, computer.name.casefold()):
                return computer
        raise LookupError(f"computer {choices.computer!r} is not in the world; name one by id or host name.")
    organization_id = find_organization(world, choices.organization) if choices.organization else None
    product = BY_KEY.get(choices.product or "")
    os_type = product.os_type if product else WINDOWS
    candidates = [
        computer
        for computer in world.computers.values()
        if computer.os_type == os_type
        and computer.organization_id == (organization_id or computer.organization_id)
        and "-SRV-" not in computer.name
    ]
    if not candidates:
        raise LookupError(f"no computer of operating system {os_type} fits a request of kind {kind!r}.")
    return candidates[(len(world.requests) * 37) % len(candidates)]


def find_organization(world: World, wanted: str) -> str:
    """The id of an organization by id, short name or display name; raises LookupError when there is none."""
    folded = wanted.casefold()
    for organization in world.organizations.values():
        names = (organization.organization_id, organization.name, organization.display_name.casefold())
        if folded in names:
            return organization.organization_id
    raise LookupError(f"organization {wanted!r} is not in the world; name one by id, name or display name.")


def _file_for(kind: str, computer: Computer, user: str, choices: Choices, turn: int) -> FileFacts:
    if kind in STORAGE_TYPES:
        serial = (
            "" if choices.is_all_devices else choices.serial_number or f"EX-{computer.name[:3]}-{turn:04d}"
        )
        path = choices.path or ("/Volumes/STICK/*" if computer.os_type == MACOS else "E:\\transfer\\*")
        return FileFacts(
            path,
            "",
            serial_number=serial,
            device_type=_USB[0],
            manufacturer=_USB[1],
            is_all_devices=choices.is_all_devices,
        )
    if kind == "extension":
        name = "tab-tidy 2.1"
        path = f"C:\\Users\\{user}\\AppData\\Local\\Larkspur\\Extensions\\kpdnqxo\\2.1"
        return FileFacts(path, "", file_hash(name), file_sha256(name), store_url=_EXTENSION_STORE)
    if kind in APPLICATION_TYPES or kind == "elevate":
        product = _choose_product(kind, computer, choices, turn)
        is_pinned = choices.path is not None or choices.hash is not None
        turn = 0 if is_pinned else turn
        return file_of(product, choices.version or product.versions[turn % len(product.versions)], user)
    if kind == "web":
        return FileFacts("https://files.example/upload", "")
    return FileFacts("tcp://203.0.113.9:4444", "C:\\Windows\\System32\\curl.exe")


def _choose_product(kind: str, computer: Computer, choices: Choices, turn: int) -> Product:
    if choices.product is not None:
        if choices.product not in BY_KEY:
            raise LookupError(f"product {choices.product!r} is unknown; one of {', '.join(sorted(BY_KEY))}.")
        return BY_KEY[choices.product]
    if choices.path is not None or choices.hash is not None:
        return BY_KEY["sketchport" if computer.os_type == MACOS else "tideplan"]
    fitting = [
        p
        for p in PRODUCTS
        if p.os_type == computer.os_type and kind in p.action_types and p.signer and p.concern_rating < 3
    ]
    if not fitting:
        raise LookupError(f"no product is asked for by {kind!r} on operating system {computer.os_type}.")
    return fitting[turn % len(fitting)]


def _apply_choices(file: FileFacts, choices: Choices) -> FileFacts:
    if choices.path is not None:
        moved = replace(file, full_path=choices.path)
        identity = f"{moved.file_name} {choices.signer}"
        same_file = choices.product is not None or not file.hash
        file = moved if same_file else replace(moved, hash=file_hash(identity), sha256=file_sha256(identity))
    if choices.hash is not None:
        file = replace(file, hash=choices.hash, sha256=choices.sha256 or file_sha256(choices.hash))
    if choices.signer is not None:
        signature = certificates_of(choices.signer, is_valid=choices.is_signature_valid)
        file = replace(file, certificates=signature)
    if choices.process_path is not None:
        file = replace(file, process_path=choices.process_path)
    if choices.is_known_bad is not None:
        file = replace(file, is_known_bad=choices.is_known_bad)
    return file


def _reason_for(file: FileFacts, turn: int) -> str:
    for product in PRODUCTS:
        if any(file.hash == file_hash(f"{product.key} {version}") for version in product.versions):
            return product.reasons[turn % len(product.reasons)]
    return "I need this for my work"


def account_of(world: World, computer: Computer, user: str) -> str:
    """The account as an endpoint writes it: domain and name on Windows, the bare name on macOS."""
    domain = world.organizations[computer.organization_id].domain
    return user if computer.os_type == MACOS or "\\" in user else f"{domain}\\{user}"


def _default_policy(world: World, computer: Computer) -> Policy:
    return next(
        policy
        for policy in world.policies.values()
        if policy.applies_to_id == computer.computer_group_id and policy.allow_request
    )


def add_audit_row(
    world: World,
    computer: Computer,
    username: str,
    file: FileFacts,
    *,
    action_type: str,
    action_id: int,
    at: datetime,
    policy: Policy,
    is_monitor_mode: bool = False,
    application_id: str = ZERO_GUID,
) -> AuditRow:
    """Logs one event of an endpoint in the Unified Audit."""
    number = 90_000_000 + len(world.audit)
    row = AuditRow(
        number=number,
        audit_row_id=world.new_id("audit row"),
        organization_id=computer.organization_id,
        computer_id=computer.computer_id,
        at=at,
        action_type=action_type,
        action_id=action_id,
        username=username,
        file=file,
        policy_id=policy.policy_id,
        policy_name=policy.name,
        is_monitor_mode=is_monitor_mode,
        application_id=application_id,
        process_id=1000 + number % 30000,
    )
    world.audit.append(row)
    return row


def _action_json(row: AuditRow, computer: Computer) -> str:
    """The endpoint's action as the portal stores it: made once, never rebuilt, compared byte for byte."""
    file = row.file
    certs = [{"sha": c.sha, "subject": c.subject, "validCert": c.is_valid} for c in file.certificates]
    action: dict[str, Any] = {
        "fullPath": file.full_path,
        "username": row.username,
        "hash": file.hash,
        "sha256": file.sha256,
        "processName": file.process_path,
        "certs": certs,
        "actionType": row.action_type,
        "deviceType": file.device_type,
        "serialNumber": file.serial_number,
        "datetime": row.at.strftime("%Y-%m-%dT%H:%M:%S.%f0Z"),
        "osType": computer.os_type,
    }
    return json.dumps(action, separators=(",", ":"), ensure_ascii=False)


_STORY: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("execute", {}),
    ("elevate", {"product": "ledgerleaf"}),
    ("execute", {"product": "quickfix"}),
    ("install", {}),
    ("write", {}),
    ("execute", {"product": "sketchport"}),
    ("execute", {"product": "anydesk"}),
    ("elevate", {"product": "draftwright"}),
    ("extension", {}),
    ("execute", {"product": "tmpsetup"}),
    ("execute", {"product": "powershell"}),
    ("read", {}),
    ("install", {"product": "clearcall", "version": "7.0"}),
    ("web", {}),
    ("execute", {"product": "mshta"}),
    ("network", {}),
    ("execute", {"product": "mimikatz"}),
    ("elevate", {"product": "anydesk"}),
)
"""One round of what a day brings: mostly ordinary, every kind at least once, the unusual ones included."""


def arrivals(world: World, chance: random.Random) -> Iterator[tuple[timedelta, str, Choices]]:
    """Without end: how long until the next request, its kind, and what is fixed about it."""
    tenants = [o.name for o in world.organizations.values() if o.parent_id is not None]
    turn = 0
    while True:
        kind, fixed = _STORY[turn % len(_STORY)]
        turn += 1
        gap = timedelta(seconds=chance.expovariate(1 / 45))
        yield gap, kind, Choices(organization=chance.choice(tenants), **fixed)


def is_already_permitted(world: World, kind: str, choices: Choices, now: datetime) -> bool:
    """Whether the file of such a request would run there by now, so that nobody would ask for it."""
    if kind not in APPLICATION_TYPES:
        return False
    computer = _choose_computer(world, kind, choices)
    file = _apply_choices(_file_for(kind, computer, computer.user, choices, len(world.requests)), choices)
    return world.permitting(computer, file, now) is not None
