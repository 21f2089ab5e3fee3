"""What Gatehouse remembers: cases, presses, due times, the send queue and the record, in Redis or Valkey."""

from bot.ledger.due import PATIENT
from bot.ledger.durability import ServerFinding, ServerWeight, look_at
from bot.ledger.embedded import EmbeddedServer
from bot.ledger.errors import LedgerError, LedgerUnavailable, NewerRecord, NoServer, NotWhole
from bot.ledger.index import Counted
from bot.ledger.store import Ledger
from bot.ledger.values import (
    AcceptedAccess,
    AccessVersions,
    AskedFor,
    ClaimedEffect,
    Committed,
    Conflict,
    ConflictKind,
    Kept,
    Pace,
    StoredCalendar,
    StoredCase,
    StoredEvent,
    StoredException,
    StoredGiven,
    StoredMode,
    Tally,
    TickResult,
    WaitingCall,
)

__all__ = [
    "PATIENT",
    "AcceptedAccess",
    "AccessVersions",
    "AskedFor",
    "ClaimedEffect",
    "Committed",
    "Conflict",
    "ConflictKind",
    "Counted",
    "EmbeddedServer",
    "Kept",
    "Ledger",
    "LedgerError",
    "LedgerUnavailable",
    "NewerRecord",
    "NoServer",
    "NotWhole",
    "Pace",
    "ServerFinding",
    "ServerWeight",
    "StoredCalendar",
    "StoredCase",
    "StoredEvent",
    "StoredException",
    "StoredGiven",
    "StoredMode",
    "Tally",
    "TickResult",
    "WaitingCall",
    "look_at",
]
