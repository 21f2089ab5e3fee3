"""The rehearsal, without a browser."""
