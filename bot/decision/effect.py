"""The exact effect of a decision in words: what the presser reads before, and the record keeps after."""

from __future__ import annotations

from bot.models import Choice, Kind, Reach, RequestFacts, Verb

_WHERE = {
    Reach.COMPUTER: "{computer} only",
    Reach.COMPUTER_GROUP: "the computer group {group} of {organization}",
    Reach.ORGANIZATION: "the entire organization {organization}",
    Reach.GLOBAL: "the global group {group}",
}


def effect_of(choice: Choice, facts: RequestFacts) -> str:
    """What the write will do, in one sentence, with outside words unescaped."""
    if choice.verb is Verb.DENY:
        told = "the requestor is told" if choice.notify_requestor else "the requestor is not told"
        return f"The {facts.kind.value} request for {facts.file_name} on {facts.computer_name} is denied; {told}."
    where = _WHERE[choice.reach].format(
        computer=facts.computer_name, group=choice.computer_group_name, organization=facts.organization_name
    )
    until = (
        f"until {choice.expires_at:%Y-%m-%d %H:%M} UTC"
        if choice.expires_at
        else "until the policy is removed"
    )
    allow = f"{facts.file_name} may run on {where}, recognized by its hash, as a new application, {until}"
    if not choice.elevate:
        return f"{allow}; without administrator rights."
    hours = "1 hour" if choice.elevate_hours == 1 else f"{choice.elevate_hours} hours"
    return f"{allow}; with administrator rights, with notice, for {hours}."


def one_press_choice(kind: Kind, elevation_hours: int) -> Choice:
    """What one press means: this computer, a single hash rule; elevation with notice and for a short time."""
    if kind is Kind.ELEVATION:
        return Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=elevation_hours)
    return Choice(verb=Verb.APPROVE)
