"""“Approve…” of a storage request: the choice, the form, and its write."""
