"""What can go wrong between Gatehouse and the portal, split by what the caller can do.

    PortalError
    ├── PortalAway               nothing was learnt; ask again later
    │   ├── PortalUnreachable    no connection, or it broke before an answer came
    │   ├── PortalTimeout        no answer in time
    │   ├── PortalBusy           429; `retry_after_s` says when, if the portal said so
    │   └── PortalBroken         5xx, a redirect, or an answer that is not what was asked for
    │       └── AnswerNotUnderstood
    ├── TokenRefused             the token counts for nothing: pause writes, alert an operator
    ├── PermissionMissing        the token lacks a right: an operator adds it in the portal
    ├── AlreadyActioned          somebody was faster: read the request, correct the card
    ├── Invalid                  the portal refuses this very body or question: do not repeat it
    ├── NotFound                 the portal does not know the object or the path
    ├── Unusable                 what the portal sent does not allow a safe body: decide in the portal
    ├── NotSent                  a write that certainly never left: it may be tried again by a new press
    └── OutcomeUnknown           a write whose effect is not known: ask the request, never repeat

A read raises the `PortalAway` family after its retries are used up. A write never raises
`PortalUnreachable`, `PortalTimeout` or `PortalBroken`: each of them leaves the effect open and so becomes
`OutcomeUnknown`, but for a connection that was never made (`NotSent`). A cancelled write is as open as
`OutcomeUnknown`.
"""


class PortalError(Exception):
    """Any failure of a call to the portal. `operation` is the portal's own name of the call."""

    def __init__(self, message: str, *, operation: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status = status

    def __str__(self) -> str:
        where = f"{self.operation}: " if self.operation else ""
        answer = f" (HTTP {self.status})" if self.status is not None else ""
        return f"{where}{self.message}{answer}"


class PortalAway(PortalError):
    """Nothing was learnt; the same question may be asked again later."""


class PortalUnreachable(PortalAway):
    """No connection to the portal, or it broke before the whole answer had come."""


class PortalTimeout(PortalAway):
    """The portal did not answer in time."""


class PortalBusy(PortalAway):
    """The portal asks for fewer calls. `retry_after_s` is in seconds, None where it named no time."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        operation: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.retry_after_s = retry_after_s


class PortalBroken(PortalAway):
    """The portal failed (5xx), or something that is not the portal answered."""


class AnswerNotUnderstood(PortalBroken):
    """A 2xx answer that is not in the shape of the call: nothing of it may be used.

    `odd` says of a list of which no row could be read what was wrong with each.
    """

    def __init__(
        self, message: str, *, odd: tuple[str, ...] = (), operation: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.odd = odd


class TokenRefused(PortalError):
    """The portal does not accept the token (401 without a permission, 403, 440, TOKEN_REVOKED)."""


class PermissionMissing(PortalError):
    """The token lacks a right. `permission` is the portal's name of it, None where it named none."""

    def __init__(
        self, message: str, *, permission: str | None, operation: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.permission = permission


class AlreadyActioned(PortalError):
    """The request was decided before. `by` is the decider's name, None where the portal left it empty."""

    def __init__(
        self, message: str, *, by: str | None, operation: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.by = by


class Invalid(PortalError):
    """The portal understood the call and refuses it as it stands; sending it again changes nothing.

    An empty name in "Missing the '' permission" comes here as well: it speaks of the body, not of a right.
    """


class NotFound(PortalError):
    """The portal knows no such object, or no such path (then `base_url` is suspect)."""


class Unusable(PortalError):
    """What the portal sent is too thin or contradicts itself; a body built on it would be a guess."""


class NotSent(PortalError):
    """A write that certainly never reached the portal: the connection was not made."""


class OutcomeUnknown(PortalError):
    """A write that may or may not have taken effect. The request itself, read again, is the only witness."""
