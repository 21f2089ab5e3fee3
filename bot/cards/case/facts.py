"""The facts of a case as lines: what is asked, where, by whom and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bot.cards.kit.words import Line, Run, listed, moment, raw, raw_lines, say, strong
from bot.models import (
    Case,
    RequestEntry,
    RequestFacts,
    Signer,
)
from bot.rules.kinds import traits_of

COMPUTERS_SHOWN, PEOPLE_SHOWN, PATHS_SHOWN, SIGNERS_SHOWN, REASONS_SHOWN = 10, 5, 3, 3, 3
"""How much of each a card lists before “and 37 more” (our choice: a card stays readable on a phone)."""
_SYSTEMS = {1: "Windows", 2: "macOS", 3: "Linux"}


def fact_lines(case: Case) -> list[Line]:
    """What the requests say, each fact once; facts that differ between requests are listed."""
    facts = [entry.facts for entry in case.requests]
    return [
        *asked_lines(case),
        *_path_lines(facts),
        *_file_lines(case, facts),
        *_device_lines(facts),
        *_optional("Blocked by policy: ", _distinct(facts, lambda f: f.policy_name)),
    ]


def asked_lines(case: Case) -> list[Line]:
    """What is asked, where, by whom and why, with what the portal says to whoever approves it."""
    facts = [entry.facts for entry in case.requests]
    lines = [
        [strong("Asks to: "), *listed(_distinct(facts, lambda f: f.action_type), limit=3)],
        _computers_line(facts),
        [strong("Organization: "), raw(case.organization_name)],
        [strong("Requested by: "), *listed(_distinct(facts, _person), limit=PEOPLE_SHOWN)],
        *_reason_lines(facts),
        *_instruction_lines(facts),
    ]
    return [line for line in lines if line]


def file_values(case: Case) -> list[tuple[str, str]]:
    """What is compared and copied: paths, digests, what started and made the file, the policy that blocked it."""
    facts = [entry.facts for entry in case.requests]
    sha256 = _distinct(facts, lambda f: f.sha256)[:1]
    made_by = dict.fromkeys(creator for fact in facts for creator in fact.created_by if creator)
    values = [
        *(("Path", path) for path in _distinct(facts, lambda f: f.path)[:PATHS_SHOWN]),
        ("Hash", case.hash),
        *(("SHA-256", one) for one in sha256 if one != case.hash),
        *(("Parent process", one) for one in _distinct(facts, lambda f: f.parent_process)[:PATHS_SHOWN]),
        *(("Created by", one) for one in list(made_by)[:PATHS_SHOWN]),
        *(("Blocked by policy", one) for one in _distinct(facts, lambda f: f.policy_name)[:PATHS_SHOWN]),
    ]
    return [(label, value) for label, value in values if value]


def signer_lines(case: Case) -> list[Line]:
    """Who signed, with the subjects as the certificates have them; of storage the device."""
    facts = [entry.facts for entry in case.requests]
    return [*_signer_lines(case, facts), *_device_lines(facts)]


def _distinct(facts: Iterable[RequestFacts], read: Callable[[RequestFacts], str]) -> list[str]:
    """The different values of one fact, in order of arrival, without empty ones."""
    return [value for value in dict.fromkeys(map(read, facts)) if value]


def _person(facts: RequestFacts) -> str:
    return facts.requestor or facts.requestor_email


def _computers_line(facts: Sequence[RequestFacts]) -> list[Run]:
    """Computers by name; several are counted."""
    names = list(dict.fromkeys((fact.computer_id, fact.computer_name) for fact in facts))
    label = "Computer: " if len(names) == 1 else f"Computers ({len(names)}): "
    system = _SYSTEMS.get(facts[0].os_type)
    runs = [strong(label), *listed([name or "(unnamed)" for _, name in names], limit=COMPUTERS_SHOWN)]
    return [*runs, say(f" ({system})")] if system else runs


def _reason_lines(facts: Sequence[RequestFacts]) -> list[Line]:
    """Why, in the requestors' own words; where they differ, each with whose it is."""
    first_of: dict[str, RequestFacts] = {}
    for fact in facts:
        first_of.setdefault(fact.reason.strip(), fact)
    given = {reason: fact for reason, fact in first_of.items() if reason}
    if not given:
        return [[strong("Reason: "), say("none given")]]
    lines: list[Line] = []
    for reason, fact in list(given.items())[:REASONS_SHOWN]:
        whose = [raw(_person(fact), 80), say(" writes: ")] if len(first_of) > 1 else []
        lines.append([strong("Reason: "), *whose, raw_lines(reason)])
    left = len(given) - REASONS_SHOWN
    return [*lines, [say(f"and {left} more reasons")]] if left > 0 else lines


def _instruction_lines(facts: Sequence[RequestFacts]) -> list[Line]:
    """What the portal says to whoever approves it, whole."""
    told = _distinct(facts, lambda f: f.instructions.strip())
    return [[strong("Instructions: "), raw_lines(one, 1000)] for one in told[:REASONS_SHOWN]]


def _path_lines(facts: Sequence[RequestFacts]) -> list[Line]:
    """Paths, one a line: they are long and are compared by eye."""
    paths = _distinct(facts, lambda f: f.path)
    lines: list[Line] = [[strong("Path: "), raw(path, code=True)] for path in paths[:PATHS_SHOWN]]
    if len(paths) > PATHS_SHOWN:
        lines.append([say(f"and {len(paths) - PATHS_SHOWN} more paths")])
    return lines


def _file_lines(case: Case, facts: Sequence[RequestFacts]) -> list[Line]:
    """Signer and validity, hash, parent process, creator, size."""
    sha256 = _distinct(facts, lambda f: f.sha256)
    created_by = list(dict.fromkeys(creator for fact in facts for creator in fact.created_by if creator))
    return [
        *_signer_lines(case, facts),
        *([[strong("Hash: "), raw(case.hash, code=True)]] if case.hash else []),
        *([[strong("SHA-256: "), raw(sha256[0], code=True)]] if sha256 and sha256[0] != case.hash else []),
        *_optional("Parent process: ", _distinct(facts, lambda f: f.parent_process), each=200),
        *_optional("Created by: ", created_by, each=200),
    ]


def _signer_lines(case: Case, facts: Sequence[RequestFacts]) -> list[Line]:
    """Who signed, and whether the signature holds; differing signers are each shown."""
    if not traits_of(case.kind).is_software:
        return []
    sets = list(dict.fromkeys(fact.signers for fact in facts))
    lines: list[Line] = [_signer_line(signers) for signers in sets[:SIGNERS_SHOWN]]
    if len(sets) > 1:
        lines.insert(0, [strong("The requests name different signers:")])
    if len(sets) > SIGNERS_SHOWN:
        lines.append([say(f"and {len(sets) - SIGNERS_SHOWN} more")])
    return lines


def _signer_line(signers: tuple[Signer, ...]) -> Line:
    """One request's signers; the verdict stands before the name, so the name cannot push it away."""
    if not signers:
        return [strong("Signer: "), say("unsigned")]
    runs: list[Run] = [strong("Signer: ")]
    for index, signer in enumerate(signers[:3]):
        verdict = "valid signature of " if signer.valid else "signature NOT VALID, claims to be "
        runs += [say("; ")] if index else []
        runs += [say(verdict), raw(signer.subject, 200)]
    return runs


def _device_lines(facts: Sequence[RequestFacts]) -> list[Line]:
    """The storage device."""
    device = facts[0].device
    if device is None:
        return []
    parts = [device.type, device.manufacturer, device.serial_number]
    return [[strong("Device: "), *listed(parts, limit=3, each=120)]]


def _optional(label: str, values: Sequence[str], *, each: int = 80) -> list[Line]:
    return [[strong(label), *listed(values, limit=3, each=each)]] if values else []


def entry_lines(entry: RequestEntry) -> list[Line]:
    """One request in full, for the details modal."""
    facts = entry.facts
    lines: list[Line] = [
        [strong("Computer: "), raw(facts.computer_name)],
        [strong("Requested by: "), raw(_person(facts), 120), *_email(facts)],
        [strong("Reason: "), raw_lines(facts.reason, 1000)],
        [strong("Path: "), raw(facts.path, 1000, code=True)],
        [
            strong("Asked: "),
            moment(entry.clock_from),
            *([say(" "), raw(entry.clock_note, 200)] if entry.clock_note else []),
        ],
        [strong("Request id: "), raw(facts.request_id, 80, code=True)],
    ]
    return lines


def _email(facts: RequestFacts) -> list[Run]:
    return [say(", "), raw(facts.requestor_email, 120)] if facts.requestor and facts.requestor_email else []
