"""What can go wrong with a witness."""

from __future__ import annotations


class WitnessFault(Exception):
    """A witness of the record cannot do its work."""


class FolderFault(WitnessFault):
    """The folder or a file in it cannot be used; the sentence says how to mend it."""


class NoFolder(FolderFault):
    """There is no folder, and none can be made; or nothing can be written to it."""


class NotDelivered(WitnessFault):
    """The second place did not take the seals."""
