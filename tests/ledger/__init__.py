"""The ledger on a real Valkey server."""
