"""What every use case works with: the live parts, and the few steps that all of them share."""

from bot.desk.changing import Amendment, StillContended, amend, case_change, finish, settlement
from bot.desk.identifying import Presser, identify
from bot.desk.ids import new_id
from bot.desk.looking import look, understood
from bot.desk.parts import AccessDesk, Desk, NoAccess, TreeDesk, WriteGate
from bot.desk.saying import actor_of, answer, case_message, escalation_message, event_of, redraw, tell

__all__ = [
    "AccessDesk",
    "Amendment",
    "Desk",
    "NoAccess",
    "Presser",
    "StillContended",
    "TreeDesk",
    "WriteGate",
    "actor_of",
    "amend",
    "answer",
    "case_change",
    "case_message",
    "escalation_message",
    "event_of",
    "finish",
    "identify",
    "look",
    "new_id",
    "redraw",
    "settlement",
    "tell",
    "understood",
]
