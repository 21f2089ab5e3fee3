"""What every use case works with: the live parts, and the few steps that all of them share."""

from bot.desk.access import AccessDesk, InForce, NoAccess, as_grant
from bot.desk.changing import (
    Amendment,
    StandpointMoved,
    StillContended,
    amend,
    case_change,
    finish,
    settlement,
)
from bot.desk.identifying import Presser, Unidentified, identify, person_of, recognize, suspended_sentence
from bot.desk.ids import new_id
from bot.desk.looking import look, understood
from bot.desk.own import asked_by, is_own
from bot.desk.parts import Desk, TreeDesk, WriteGate
from bot.desk.saying import (
    actor_of,
    answer,
    audit_message,
    case_message,
    escalation_message,
    event_of,
    redraw,
    retire,
    tell,
)

__all__ = [
    "AccessDesk",
    "Amendment",
    "Desk",
    "InForce",
    "NoAccess",
    "Presser",
    "StandpointMoved",
    "StillContended",
    "TreeDesk",
    "Unidentified",
    "WriteGate",
    "actor_of",
    "amend",
    "answer",
    "as_grant",
    "asked_by",
    "audit_message",
    "case_change",
    "case_message",
    "escalation_message",
    "event_of",
    "finish",
    "identify",
    "is_own",
    "look",
    "new_id",
    "person_of",
    "recognize",
    "redraw",
    "retire",
    "settlement",
    "suspended_sentence",
    "tell",
    "understood",
]
