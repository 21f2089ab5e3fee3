"""What every use case works with: the live parts, and the few steps that all of them share."""

from bot.desk.access import AccessDesk, InForce, NoAccess, as_grant, as_role, displacing
from bot.desk.attempting import MOVING, OUTLIVED, has_outlived, judged_anew
from bot.desk.changing import (
    Amendment,
    Proposed,
    StandpointMoved,
    StillContended,
    amend,
    case_change,
    finish,
    settlement,
    until_committed,
)
from bot.desk.identifying import Presser, Unidentified, identify, person_of, recognize, suspended_sentence
from bot.desk.ids import new_id
from bot.desk.looking import look, understood
from bot.desk.mode_parts import mode_started
from bot.desk.modes import (
    ModeAmendment,
    amend_mode,
    begin_mode,
    mode_event,
    note_mode_message,
    placed,
)
from bot.desk.opening import filled, loading, not_opened, redrawn, show_loading
from bot.desk.others import could_instead, may_have_asked, present
from bot.desk.own import any_own, approving_lets_in_own, asked_by, is_own, lets_in_own
from bot.desk.parts import Desk, TreeDesk, WriteGate
from bot.desk.pressed import case_of, pressed, pressed_stored
from bot.desk.proposing import proposal_event, proposed, put_off, standing_approvals
from bot.desk.refusing import not_asked_sentence, refusal_sentence
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
    "MOVING",
    "OUTLIVED",
    "AccessDesk",
    "Amendment",
    "Desk",
    "InForce",
    "ModeAmendment",
    "NoAccess",
    "Presser",
    "Proposed",
    "StandpointMoved",
    "StillContended",
    "TreeDesk",
    "Unidentified",
    "WriteGate",
    "actor_of",
    "amend",
    "amend_mode",
    "answer",
    "any_own",
    "approving_lets_in_own",
    "as_grant",
    "as_role",
    "asked_by",
    "audit_message",
    "begin_mode",
    "case_change",
    "case_message",
    "case_of",
    "could_instead",
    "displacing",
    "escalation_message",
    "event_of",
    "filled",
    "finish",
    "has_outlived",
    "identify",
    "is_own",
    "judged_anew",
    "lets_in_own",
    "loading",
    "look",
    "may_have_asked",
    "mode_event",
    "mode_started",
    "new_id",
    "not_asked_sentence",
    "not_opened",
    "note_mode_message",
    "person_of",
    "placed",
    "present",
    "pressed",
    "pressed_stored",
    "proposal_event",
    "proposed",
    "put_off",
    "recognize",
    "redraw",
    "redrawn",
    "refusal_sentence",
    "retire",
    "settlement",
    "show_loading",
    "standing_approvals",
    "suspended_sentence",
    "tell",
    "understood",
    "until_committed",
]
