"""The card of a case and its details."""
