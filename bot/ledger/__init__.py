"""What Gatehouse remembers: cases, presses, due times, the send queue and the record, in Redis or Valkey."""

from bot.ledger.durability import Finding, Weight
from bot.ledger.embedded import EmbeddedServer
from bot.ledger.errors import LedgerError, LedgerUnavailable, NewerRecord, NoServer
from bot.ledger.store import Ledger
from bot.ledger.values import (
    AcceptedAccess,
    ClaimedEffect,
    Committed,
    Conflict,
    ConflictKind,
    Pace,
    StoredCase,
    StoredEvent,
    TickResult,
)

__all__ = [
    "AcceptedAccess",
    "ClaimedEffect",
    "Committed",
    "Conflict",
    "ConflictKind",
    "EmbeddedServer",
    "Finding",
    "Ledger",
    "LedgerError",
    "LedgerUnavailable",
    "NewerRecord",
    "NoServer",
    "Pace",
    "StoredCase",
    "StoredEvent",
    "TickResult",
    "Weight",
]
