"""What a presser reads when the portal says no, or cannot be asked."""

from __future__ import annotations

from bot.portal import PermissionMissing, PortalError, TokenRefused


def refusal_sentence(
    refusal: PortalError,
    *,
    otherwise: str = "decide in the portal",
    so: str = "Nothing was decided.",
) -> str:
    """The portal itself says no. `otherwise` is what the presser does until that is mended, `so` what came of it."""
    if isinstance(refusal, PermissionMissing) and refusal.permission:
        return (
            f"You may, but the portal says that Gatehouse's own token lacks “{refusal.permission}”. "
            f"An administrator has to add it to the API user; until then {otherwise}."
        )
    if isinstance(refusal, TokenRefused):
        return f"The portal does not accept Gatehouse's token. Writes are paused; {otherwise} meanwhile."
    return f"The portal did not take it: {refusal.message}. {so}"


def not_asked_sentence(error: PortalError) -> str:
    """A form could not be filled: our token is refused or lacks a right, or the portal does not answer."""
    if isinstance(error, PermissionMissing | TokenRefused):
        return refusal_sentence(error)
    return f"The portal could not be asked ({error})."
