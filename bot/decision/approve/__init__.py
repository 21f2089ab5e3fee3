"""“Approve…” of software: the choice, what it lacks, its form, and the portal's permit."""
