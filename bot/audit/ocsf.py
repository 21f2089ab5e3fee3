"""The record in the Open Cybersecurity Schema Framework (OCSF 1.7.0), for a SIEM. Pure.

Three classes fit. Entity Management (3004) is activity "by a user at a management console" on an entity: requests,
cases, policies, modes, exceptions, look-ups and what is refused of them. User Access Management (3005) is a right that
is given to a person or taken back. What Gatehouse tells of itself (seals, its clock, deliveries) is a base event, which
OCSF has for what no class is for. Authorize Session and API Activity do not fit: nobody signs in here, and the record
does not know from which address somebody pressed, which they ask for.

The written event is in `raw_data` as it is chained, so a line can be verified. Private parts (names, paths, typed
reasons) are not in it: retention could not reach the copy that a SIEM keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.audit.chain import Entry
from bot.audit.parts import Row
from bot.audit.shapes import OF_ITSELF, OF_LOOK_UPS, REFUSALS
from bot.models import canonical

VERSION = "1.7.0"
_IAM, _ENTITY, _USER_ACCESS = 3, 3004, 3005
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_ENABLE, _DISABLE, _ACTIVATE, _DEACTIVATE, _SUSPEND, _RESUME = 8, 9, 10, 11, 12, 13
"""Activities of Entity Management."""
_ASSIGN, _REVOKE = 1, 2
"""Activities of User Access Management."""
_RIGHTS = {"grant_given": _ASSIGN, "grant_revoked": _REVOKE, "grant_expired": _REVOKE}
_READS = OF_LOOK_UPS | {"permissions_asked", "exceptions_listed", "modes_listed"}
_ACTIVITIES: Mapping[str, int] = {
    **dict.fromkeys(("case_opened", "exception_opened", "role_made", "policy_proposed"), _CREATE),
    **dict.fromkeys(_READS, _READ),
    **dict.fromkeys(
        (
            *("request_joined", "request_changed", "request_left", "case_claimed", "claim_released"),
            *("claim_lapsed", "handed_over", "decision_attempted", "decision_settled", "decided_in_portal"),
            *("request_withdrawn", "decision_reopened", "exception_renewed", "mode_extended", "role_changed"),
            *("policy_changed", "access_accepted"),
        ),
        _UPDATE,
    ),
    **dict.fromkeys(("role_deleted", "exception_closed", "exception_ended"), _DELETE),
    **dict.fromkeys(("grant_counts_again", "role_counts_again"), _ENABLE),
    **dict.fromkeys(("grant_rests", "role_rests", "silence_ended", "silence_expired"), _DISABLE),
    **dict.fromkeys(("mode_started", "unusual_silenced"), _ACTIVATE),
    "mode_ended": _DEACTIVATE,
    "person_suspended": _SUSPEND,
    "suspension_lifted": _RESUME,
}
"""What is none of these is "Other", under its own name."""
_HIGH = frozenset(
    {
        *("older_ledger_accepted", "access_not_ours", "given_not_ours", "press_not_ours", "seal_key_taken"),
        *(
            "access_file_refused",
            "portal_token_refused",
            "second_place_silent",
            "collector_silent",
            "events_set_aside",
        ),
    }
)
"""What somebody has to look at at once."""
_IN_DOUBT = frozenset(
    {"decision_in_doubt", "decision_still_unknown", "mode_in_doubt", "policy_change_in_doubt"}
)
_UNKNOWN, _SUCCESS, _FAILURE = 0, 1, 2
_INFORMATIONAL, _LOW, _HIGH_SEVERITY = 1, 2, 4
_SHA256 = 3


def ocsf_of(entry: Entry, before: str) -> dict[str, Any]:
    """One event. `before` is the link of the event before, which a part may leave out."""
    event = json.loads(entry.body)
    name, facts = str(event["name"]), event.get("facts", {})
    class_uid, activity_id, own = _class_of(name, event, facts)
    failed = name in REFUSALS or "_not_" in name or facts.get("outcome") == "refused"
    told = {
        **own,
        "activity_id": activity_id,
        "activity_name": name,
        "category_uid": _IAM if class_uid else 0,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity_id,
        "severity_id": _HIGH_SEVERITY if name in _HIGH else _LOW if failed else _INFORMATIONAL,
        "status_id": _UNKNOWN if name in _IN_DOUBT else _FAILURE if failed else _SUCCESS,
        "time": entry.at_ms,
        "message": name.replace("_", " ").capitalize(),
        "metadata": _metadata(entry, event),
        "raw_data": entry.body,
        "raw_data_hash": {
            "algorithm_id": _SHA256,
            "value": hashlib.sha256(entry.body.encode()).hexdigest(),
        },
        "unmapped": {"before": before, **_kept(event, "press_id")},
    }
    if facts.get("why"):
        told["status_code"] = str(facts["why"])
    if class_uid:
        told["actor"] = _actor(event)
    return told


def _class_of(
    name: str, event: Mapping[str, Any], facts: Mapping[str, Any]
) -> tuple[int, int, dict[str, Any]]:
    """The class, the activity, and what only this class has."""
    grant = facts.get("grant")
    if name in _RIGHTS and isinstance(grant, dict):
        user = {"uid": str(grant.get("person_id", ""))}
        return _USER_ACCESS, _RIGHTS[name], {"user": user, "privileges": [str(grant.get("what", ""))]}
    if name in OF_ITSELF:
        return 0, _OTHER, {}
    return _ENTITY, _ACTIVITIES.get(name, _OTHER), {"entity": _entity(event, facts)}


def _entity(event: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What was acted on: the narrowest thing that the event names."""
    role = facts.get("role")
    named = (
        ("Approval request", event.get("request_id")),
        ("Case", event.get("case_id")),
        ("Person", facts.get("of")),
        ("Role", role.get("role_id") if isinstance(role, dict) else ""),
        ("Organization", event.get("organization_id")),
    )
    kind, uid = next(((kind, uid) for kind, uid in named if isinstance(uid, str) and uid), ("", ""))
    if not uid:
        return {"name": "Gatehouse", "type": "Application", "type_id": _OTHER}
    org = {"org": {"uid": event["organization_id"]}} if event.get("organization_id") else {}
    return {"uid": uid, "type": kind, "type_id": _OTHER, **org}


def _actor(event: Mapping[str, Any]) -> dict[str, Any]:
    """Who did it; without a person it was the bot."""
    person, slack = event.get("person_id", ""), event.get("slack_user_id", "")
    if not person and not slack:
        return {"app_name": "Gatehouse"}
    other = {"uid_alt": slack} if person and slack else {}
    return {"user": {"uid": person or slack, "type_id": 1, **other}}


def _metadata(entry: Entry, event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": {"name": "Gatehouse", "vendor_name": "Gatehouse"},
        "log_name": "record",
        "event_code": event["name"],
        # Of this event alone, in whatever installation: whoever gets it twice knows it by this.
        "uid": entry.link,
        "sequence": entry.number,
        **({"tenant_uid": event["organization_id"]} if event.get("organization_id") else {}),
        **({"correlation_uid": event["case_id"]} if event.get("case_id") else {}),
    }


def _kept(event: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: event[name] for name in names if event.get(name)}


def ocsf_line(entry: Entry, before: str) -> str:
    """One event as a line of JSON."""
    return canonical(ocsf_of(entry, before))


def ocsf_rows(lines: Iterable[str]) -> Iterator[Row]:
    """The events of such a file. ValueError in words at what is none."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(f"line {number}", line)


def _row(where: str, line: str) -> Row:
    try:
        told = json.loads(line)
        entry = Entry(
            number=int(told["metadata"]["sequence"]),
            at_ms=int(told["time"]),
            link=str(told["metadata"]["uid"]),
            body=str(told["raw_data"]),
        )
        before = str(told["unmapped"]["before"])
        same = ocsf_of(entry, before) == told
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError(f"{where}: is not an event of an export") from None
    return Row(where, entry, before, "" if same else "shows what its event does not say")
