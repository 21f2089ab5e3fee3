"""Messages to the audit channel about Gatehouse itself: the record and its places, the ledger, the token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import Line, moment, raw, say, strong
from bot.models import Given, SeenHead

_CONFIRM = "gatehouse permissions confirm"
_NOT_OURS = (
    "After an upgrade from a version without marks, and with a new LEDGER_KEY or bot token, this comes once and is as "
    "it should be. At any other time somebody writes into the ledger: close the server to others, and change its "
    "password and the key."
)
_NAMED = 20
"""People and roles that are named; Slack limits a message, and the record holds them all (our choice)."""


def key_taken(key_id: str, before: str) -> Rendered:
    """The seals are signed by another key from now on: whoever checks them has to know."""
    was: Line = [say(" from now on, before by "), raw(before, 40, code=True)] if before else []
    head: Line = [strong("The record's seals are signed by the key "), raw(key_id, 40, code=True), *was]
    remedy = "Its public half for the auditor: `gatehouse audit key`. If nobody here took a new key, somebody else did."
    return message([[*head, say(".")], [raw(remedy, 200)]])


def access_not_ours() -> Rendered:
    """Somebody else put an access file in force, or the secret behind our mark is another one."""
    lines: list[Line] = [
        [
            strong("The access file in force in the ledger was not put there by Gatehouse."),
            say(" Nobody could do anything by it; the file of this process is put in force again."),
        ],
        [say(_NOT_OURS)],
    ]
    return message(lines)


def given_not_ours(grants: Sequence[str], roles: Sequence[str], suspended: Sequence[str]) -> Rendered:
    """What gives rights in Slack stands in the ledger without our mark."""
    lines: list[Line] = [
        [
            strong("What was given in Slack stands in the ledger without Gatehouse's mark."),
            say(" It gives nobody anything until it is confirmed. Suspended now: "),
            *_listed(suspended or ["nobody"]),
            say("."),
        ],
        [strong("Grants that rest: "), *_listed(grants or ["none"]), say(".")],
        [strong("Roles that rest: "), *_listed(roles or ["none"]), say(".")],
        [
            say(
                "Silences and changes of duty that stood there count no more: make those that are wanted anew."
            )
        ],
        [say(_NOT_OURS), say(" Look at each of them, then run "), raw(_CONFIRM, 60, code=True)],
    ]
    return message(lines)


def given_confirmed(count: int, dropped: int) -> Rendered:
    """Whoever keeps this installation looked at what rested."""
    return message(
        [
            [
                strong(f"What was given in Slack counts again: {count} grants and roles."),
                say(f" Dropped: {dropped}. Ordered on the host with "),
                raw(_CONFIRM, 60, code=True),
                say("."),
            ]
        ]
    )


def presses_not_ours() -> Rendered:
    """Somebody else wrote presses into the ledger."""
    lines: list[Line] = [
        [
            strong("A press stood in the ledger without Gatehouse's mark."),
            say(" It was carried out for nobody; the record names it, and whom it names was told."),
        ],
        [say(_NOT_OURS)],
    ]
    return message(lines)


def second_place_silent(since: datetime, why: str) -> Rendered:
    """One alert for one silence."""
    lines: list[Line] = [
        [strong("The record's second place takes no seals, since "), moment(since), strong(".")],
        [say("What it says: "), raw(why, 200), say(". The seals wait, and are sent as soon as it answers.")],
    ]
    return message(lines)


def second_place_answers() -> Rendered:
    """The end of that alert."""
    return message([[strong("The record's second place takes seals again."), say(" None is missing there.")]])


def collector_silent(since: datetime, why: str, waiting: int) -> Rendered:
    """Said once for one silence, and again each day that it lasts."""
    lines: list[Line] = [
        [strong("The collector of the record takes no events, since "), moment(since), strong(".")],
        [
            say("What it says: "),
            raw(why, 200),
            say(f". {waiting} events wait in the ledger, and are sent as soon as it takes them."),
        ],
    ]
    return message(lines)


def collector_answers() -> Rendered:
    """The end of that alert."""
    told = say(" What waited is on its way, oldest first.")
    return message([[strong("The collector of the record takes events again."), told]])


def events_set_aside(numbers: Sequence[int], why: str) -> Rendered:
    """The collector takes others, and not these: they would have held all that follow up for ever."""
    named = f"{'event' if len(numbers) == 1 else 'events'} {', '.join(map(str, numbers))}"
    lines: list[Line] = [
        [strong(f"The collector does not take {named} of the record.")],
        [
            say("What it says: "),
            raw(why, 200),
            say(". They were left out there, and what follows is sent. The record has them: "),
            raw("gatehouse audit export", 60, code=True),
            say("."),
        ],
    ]
    return message(lines)


def older_ledger(seen: SeenHead, found: int, dropped: Given, kept: Given, presses: int) -> Rendered:
    """Somebody started on an older ledger on purpose."""
    lost = (
        f" What was recorded as events {found + 1} to {seen.number} is not in it."
        if found < seen.number
        else ""
    )
    lines: list[Line] = [
        [
            strong("An older ledger is in use, on purpose."),
            say(f" It ends at event {found}; event {seen.number} was seen "),
            moment(seen.at),
            say(f".{lost}"),
        ],
        *_dropped(dropped),
    ]
    if kept.suspensions:
        names = [each.person_name for each in kept.suspensions]
        lines.append(
            [strong("Suspended as before: "), say("whoever was so at either time"), *_listed(names), say(".")]
        )
    if presses:
        lines.append([say(f"{presses} presses that waited in it were not carried out.")])
    lines.append(
        [say("Give again what is still needed; look through the access file, which is not touched.")]
    )
    return message(lines)


def audit_head(sequence: int, head: str, at: datetime, *, key: str = "") -> Rendered:
    """The record's latest seal, so that nobody can rewrite the record unnoticed. `key`: who signed it."""
    by: Line = [say(" Signed by the key "), raw(key, 40, code=True), say(".")] if key else []
    lines: list[Line] = [
        [strong("Record sealed: "), say(f"event {sequence}, "), moment(at), say("."), *by],
        # In the form that the auditor hands to `gatehouse audit verify --seal`.
        [say("SHA-256 "), raw(f"{sequence}={head}", 80, code=True)],
    ]
    return message(lines)


def portal_token_refused(since: datetime) -> Rendered:
    """One alert; writes pause until the portal accepts the token again."""
    lines: list[Line] = [
        [strong("The portal refuses our token, since "), moment(since), strong(".")],
        [say("No decision is sent until it is accepted again; presses are answered with this reason.")],
        [say("To mend: renew the token in the portal, put it into the settings, restart one by one.")],
    ]
    return message(lines)


def portal_token_accepted() -> Rendered:
    """The end of that alert."""
    return message([[strong("The portal accepts our token again."), say(" Decisions are sent as before.")]])


def ledger_takes_nothing(since: datetime, why: str, host: str) -> Rendered:
    """While it lasts, straight to the audit channel. `host`: who sees it; others may still reach the ledger."""
    lines: list[Line] = [
        [
            strong("Gatehouse’s ledger takes nothing from "),
            raw(host, 80),
            say(", since "),
            moment(since),
            say("."),
        ],
        [say("Why: "), raw(why, 500)],
        [
            say(
                "Presses that arrive there are answered “not recorded, press again”, and it reminds and calls nobody. "
                "It goes on by itself. Other replicas say so for themselves; those that do not go on working."
            )
        ],
    ]
    return message(lines)


def ledger_is_back(since: datetime, until: datetime, host: str) -> Rendered:
    """What followed the one before, from the same host."""
    took = [strong("Gatehouse’s ledger takes everything again from "), raw(host, 80)]
    lines: list[Line] = [
        [*took, say(", since "), moment(until), say(".")],
        [say("It did not since "), moment(since), say(". What was due meanwhile is taken now.")],
    ]
    return message(lines)


def odd_rows(of_what: str, odd: Sequence[str]) -> Rendered:
    """One alert; `odd` says what was wrong, an entry for each row, without anything that stands in it."""
    rows = f"{len(odd)} rows" if len(odd) > 1 else "One row"
    lines: list[Line] = [
        [strong(f"{rows} of the portal's list of {of_what} cannot be read."), say(" The others go on.")],
        [say(_WITHOUT[of_what])],
        [say("What is wrong: "), raw("; ".join(sorted(set(odd))), 300), say(".")],
    ]
    return message(lines)


_WITHOUT = {
    "approval requests": "Not even an id is told, so no card can show it: decide it in the portal.",
    "organizations": "Nobody can decide for such an organization here: decide in the portal.",
}
"""What follows for the rows that are left out."""


def _dropped(dropped: Given) -> Iterator[Line]:
    """What was given in Slack and is given no more, a line for each sort of it; grants always."""
    held = sorted({f"{each.person_name}: {each.what} at {each.organization_name}" for each in dropped.grants})
    sorts = [
        ("every grant given in Slack", held, True),
        ("roles made in Slack", [each.name for each in dropped.roles], False),
        ("silences", [f"{each.rule} about {each.subject_name}" for each in dropped.silences], False),
        (
            "changes of duty",
            [f"{each.person_name}: {each.rota or 'out of office'}" for each in dropped.duty],
            False,
        ),
    ]
    for what, names, always in sorts:
        if names or always:
            yield [strong("Dropped: "), say(what), *_listed(names), say(".")]


def _listed(names: Sequence[str]) -> Line:
    if not names:
        return [say(" (there was none)")]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [say(" ("), raw("; ".join(names[:_NAMED]), 1500), say(f"{more})")]
