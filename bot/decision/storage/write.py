"""The write of a storage approval: the portal's form read anew at the press, its choices made, sent once."""

from __future__ import annotations

from bot.cards.messages.answers import APPROVAL_SUBJECT
from bot.decision.approve.plan import approval_note
from bot.decision.attempt import Send
from bot.decision.storage.choice import lacks
from bot.desk import Desk
from bot.models import Attempt, Choice, Reach, RequestFacts, StorageTerms
from bot.portal import (
    ComputerGroupItem,
    Reply,
    StorageBody,
    StorageDetails,
    Terms,
    Unusable,
    storage_body,
    storage_speaks_of,
)

OTHER_FACTS = "the portal's storage form speaks of another device, path or computer than the card did"


async def storage_sender(desk: Desk, choice: Choice, facts: RequestFacts) -> Send:
    """The function that sends it once, with everything it needs already read. Raises PortalError."""
    why = lacks(choice, desk.now())
    if why or choice.storage is None:
        raise Unusable(why)
    details = await desk.portal.storage_details(facts.request_id, facts.organization_id)
    if not storage_speaks_of(details, facts):
        raise Unusable(OTHER_FACTS)
    group = await _group(desk, choice, facts)
    opening = as_told(choice.storage, details)

    def body(note: str) -> StorageBody:
        terms = Terms(
            note=note,
            ticket=choice.ticket.strip() or None,
            expires_at=choice.expires_at,
            reply=_reply(choice, facts) if choice.notify_requestor else None,
        )
        wide = choice.reach is Reach.ORGANIZATION
        return storage_body(details, terms, opening=opening, group=group, organization_wide=wide)

    async def permit(attempt: Attempt) -> None:
        await desk.portal.permit_storage(body(approval_note(attempt)), facts.organization_id)

    try:
        body("tried before anything is recorded")
    except ValueError as error:
        raise Unusable(f"the portal's form does not allow this choice: {error}") from error
    return permit


def as_told(terms: StorageTerms, details: StorageDetails) -> StorageTerms:
    """The chosen users in the portal's own spelling, which may carry a domain before the account.

    `Unusable` where the form is for none of them: somebody else would get the access.
    """
    if not terms.users:
        return terms
    told = tuple(dict.fromkeys(_told(user, details) for user in terms.users))
    return terms.model_copy(update={"users": told})


def _told(user: str, details: StorageDetails) -> str:
    """One user in the portal's spelling: word for word where the form has it, else the one account of that name."""
    exact = [one for one in details.users if one.casefold() == user.casefold()]
    named = exact or [one for one in details.users if _account(one) == _account(user)]
    if not named:
        raise Unusable("the portal's storage form is for another user than the card shows")
    if len(named) > 1:
        raise Unusable("the portal's storage form names several accounts like the one on the card")
    return named[0]


def _account(user: str) -> str:
    """The account without its domain, as it is compared."""
    return user.rsplit("\\", 1)[-1].casefold()


async def named_by_portal(desk: Desk, choice: Choice, facts: RequestFacts) -> Choice:
    """The choice with the computer group's name as the portal has it: a form's label comes from the client.

    Raises PortalError, also for a group that the portal does not list for this request.
    """
    if choice.storage is None or choice.reach is not Reach.COMPUTER_GROUP:
        return choice
    group = await _group(desk, choice, facts)
    return choice.model_copy(update={"computer_group_name": group.name}) if group else choice


async def _group(desk: Desk, choice: Choice, facts: RequestFacts) -> ComputerGroupItem | None:
    """The computer group as the portal lists it now; never one that is marked global (5.1, 5.3)."""
    if choice.reach is Reach.GLOBAL:
        raise Unusable("storage for a global group is decided in the portal")
    if choice.reach is not Reach.COMPUTER_GROUP:
        return None
    groups = await desk.portal.computer_groups_for_permit(facts.organization_id, facts.os_type)
    for group in groups:
        own = group.organization_id == facts.organization_id and group.is_global is False
        if group.computer_group_id == choice.computer_group_id and own:
            return group
    named = f" {choice.computer_group_name}" if choice.computer_group_name else ""
    raise Unusable(f"the portal no longer lists the computer group{named} for this request")


def _reply(choice: Choice, facts: RequestFacts) -> Reply:
    """What the requestor reads of an approval."""
    until = f" It ends at {choice.expires_at:%Y-%m-%d %H:%M} UTC." if choice.expires_at else ""
    text = (
        f"Your storage request ({facts.action_type}) on {facts.computer_name} is approved.{until} It takes effect"
        " at the computer's next check-in; “Rapid Check-in” in the ThreatLocker tray menu makes it sooner."
    )
    note = choice.note_to_requestor.strip()
    return Reply(APPROVAL_SUBJECT, f"{text}\n\n{note}" if note else text, notify=True)
