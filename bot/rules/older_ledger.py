"""Whether a ledger is behind what was seen of it, and what may be kept of one that is."""

from __future__ import annotations

from bot.models import Given, SeenHead


def why_older(seen: SeenHead | None, number: int, link_there: str) -> str:
    """Why a ledger whose record ends at `number` is not the one that was seen; empty if it is.

    `link_there`: the link of the event that was seen last, where the ledger has it. A ledger that is further may still
    be another one: an older copy that has been written to since.
    """
    if seen is None or not seen.number:
        return ""
    when = f"{seen.at:%Y-%m-%d %H:%M} UTC"
    if number < seen.number:
        return f"its record ends at event {number}, and event {seen.number} was seen on {when}"
    if link_there != seen.link:
        return f"its event {seen.number} is another one than the one that was seen on {when}"
    return ""


def without_revived(given: Given, seen: SeenHead) -> Given:
    """What may be kept of an older ledger: nothing that was given in Slack, because it may have been taken back since.

    Roles made in Slack go too: one may have been narrowed or deleted; and silences and changes of duty, which may have
    been taken back. Suspensions of both times stay; one that was lifted since is lifted again by hand.
    """
    known = {each.person_id for each in given.suspensions}
    stood = tuple(each for each in seen.suspensions if each.person_id not in known)
    return given.without_unproven().model_copy(
        update={
            "grants": (),
            "roles": (),
            "resting_roles": (),
            "fallen": {},
            "silences": (),
            "duty": (),
            "swaps": (),
            "suspensions": (*given.suspensions, *stood),
        }
    )
