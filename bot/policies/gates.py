"""Which kinds of policy write are sent from here, and why the others are only prepared."""

from __future__ import annotations

from datetime import datetime

from bot.models import Case, Choice, PolicyAct, PolicyPlace, RequestEntry, Rules, UnprovenWrite, Verb
from bot.rules.second import second_needed

NEEDS = {
    PolicyAct.TAKE_BACK: UnprovenWrite.REMOVE_POLICY,
    PolicyAct.PROMOTE: UnprovenWrite.PROMOTE_POLICY,
    PolicyAct.CREATE: UnprovenWrite.CREATE_POLICY,
}
"""The kind of write that each change is."""
NO_APPLICATION = (
    "No approval of this software made an application that knows it by more than one file's hash, so there is nothing "
    "yet to make a policy for. The next request of it offers “Approve with the proposed rule…”, which makes both."
)
NOTHING_PROMOTES_TO_GLOBAL = "no permission promotes to a global group: decide it in the portal"


def not_sent_because(rules: Rules, act: PolicyAct) -> str:
    """Why this change is only prepared; empty where it may be sent."""
    if NEEDS[act] not in rules.verified_writes:
        return (
            "Nobody has published evidence that this write works as expected, so it stays off until `verified_writes` "
            f"in gatehouse.toml names “{NEEDS[act].value}”."
        )
    return ""


def two_needed(
    rules: Rules,
    case: Case,
    entry: RequestEntry,
    place: PolicyPlace,
    now: datetime,
    *,
    is_known: bool = False,
) -> str:
    """Why one person may not do this from here: an approval of that reach would have needed two; empty if it may be.

    Else a narrow approval by one person, widened by the same one, would go round the second pair of eyes.
    `is_known`: it was approved by hand so often that nobody calls it never seen.
    """
    if is_known:
        seen = rules.second.model_copy(update={"unseen_wider_than_computer": False})
        rules = rules.model_copy(update={"second": seen})
    choice = Choice(verb=Verb.APPROVE, reach=place.reach)
    because = second_needed(rules, case, entry, choice, place.reach, now=now)
    if not because:
        return ""
    return f"Two people have to agree ([second_approval]), because {because}; here one person alone would decide it."
