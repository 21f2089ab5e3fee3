"""Every state of the approve modal: first page, everything, preview, closed in every way, and at its edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards.forms.approve_form import (
    ApplicationOffer,
    ApproveForm,
    GroupOffer,
    ModeOffer,
    More,
    ReachOffer,
    SignerOffer,
)
from bot.cards.forms.approve_modal import approve_modal
from bot.cards.kit import ids
from bot.models import Case, Kind
from permissions import MaintenanceMode, Reach

MODES = (
    MaintenanceMode.INSTALLATION,
    MaintenanceMode.LEARNING,
    MaintenanceMode.APPLICATION_MONITOR_ONLY,
)


def reaches(*open_ones: Reach, because: str = "You may not.") -> list[ReachOffer]:
    """These reaches open, the others closed with a reason."""
    return [ReachOffer(reach, "" if reach in open_ones else because or "closed") for reach in Reach]


def form(one: Case, *open_ones: Reach, **changed: Any) -> ApproveForm:
    """A first page with these reaches open."""
    values: dict[str, Any] = {
        "case": one,
        "reaches": reaches(*(open_ones or (Reach.COMPUTER,))),
        "writes_on": True,
        "effect": "setup.exe may run on WS-001 only.",
        "evidence": "9 of 9 checks are good.",
    }
    return ApproveForm(**(values | changed))


def more(text: str = "", **changed: Any) -> More:
    """Everything below the first page, with that string as every outside word."""
    values: dict[str, Any] = {
        "applications": [
            ApplicationOffer(ids.MATCH, "a-1", text or "Fabrikam Suite"),
            ApplicationOffer(ids.BUILT_IN_MATCH, "a-2", text or "Fabrikam (Built-In)"),
            ApplicationOffer(ids.EXISTING, "a-3", text or "Office tools"),
        ],
        "signers": [SignerOffer("s-1", text or "CN=Fabrikam Inc")],
        "path": text or r"C:\Program Files\Fabrikam\setup.exe",
        "process": text or r"C:\Windows\explorer.exe",
        "created_by": (text or r"C:\Windows\msiexec.exe",),
        "ringfencing": (text or "It may not start other applications.",),
        "modes": [ModeOffer(mode) for mode in MODES],
        "reply": text or "setup.exe is approved.",
    }
    return More(**(values | changed))


def crowded(text: str) -> More:
    """Sixty matches, a hundred existing applications, more signers and restrictions than fit."""
    return more(
        text,
        applications=[
            *(ApplicationOffer(ids.MATCH, f"m-{n}", f"{n} {text}") for n in range(30)),
            *(ApplicationOffer(ids.BUILT_IN_MATCH, f"b-{n}", f"{n} {text}") for n in range(30)),
            *(ApplicationOffer(ids.EXISTING, f"e-{n}", f"{n} {text}") for n in range(100)),
        ],
        applications_left=400,
        signers=[SignerOffer(f"s-{n}", f"{n} {text}") for n in range(120)],
        created_by=tuple(f"{n} {text}" for n in range(20)),
        ringfencing=tuple(f"{n} {text}" for n in range(20)),
        preview=(text, text),
        warnings=(text, text),
    )


def shut(text: str) -> More:
    """Everything closed that can be closed."""
    why = text or "You may not."
    return more(
        text,
        applications=[ApplicationOffer(ids.BUILT_IN_MATCH, "a-2", text or "Fabrikam (Built-In)", why)],
        applications_trouble=text,
        rule_closed=why,
        elevation_closed=why,
        ringfencing=(),
        signers=(),
        modes=[ModeOffer(mode, why) for mode in MODES],
    )


def typed(text: str) -> dict[str, str]:
    """Every input filled in with that string, every choice with something else than its first option."""
    texts = (
        ids.REASON_BLOCK,
        ids.VALIDATED_BLOCK,
        ids.CONFIRMED_BLOCK,
        ids.RULE_PATH_BLOCK,
        ids.RULE_PROCESS_BLOCK,
        ids.RULE_CREATED_BLOCK,
        ids.APPLICATION_NAME_BLOCK,
        ids.APPLICATION_SEARCH_BLOCK,
        ids.SAFE_BLOCK,
        ids.TICKET_BLOCK,
        ids.NOTE_BLOCK,
        ids.INTERNAL_BLOCK,
        ids.MODE_BECAUSE_BLOCK,
    )
    return dict.fromkeys(texts, text) | {
        ids.REACH_BLOCK: "organization",
        ids.COMPUTER_GROUP_BLOCK: "g-2",
        ids.GLOBAL_GROUP_BLOCK: "gg-1",
        ids.RECOGNIZED_BLOCK: ids.BY_RULE,
        ids.RULE_SIGNER_BLOCK: ids.NOT_IN_RULE,
        ids.APPLICATION_BLOCK: f"{ids.EXISTING}:a-3",
        ids.LASTS_BLOCK: ids.UNTIL_DATE,
        ids.EXPIRES_BLOCK: "2026-12-24",
        ids.ELEVATION_BLOCK: ids.SILENTLY,
        ids.ELEVATION_FOR_BLOCK: "24",
        ids.ELEVATION_UNTIL_BLOCK: "2026-12-31",
        ids.NOTIFY_BLOCK: "",
        ids.INSTEAD_BLOCK: MaintenanceMode.LEARNING.value,
    }


def step(reach: Reach) -> dict[str, str]:
    """That reach is chosen, and nothing else."""
    return {ids.REACH_BLOCK: reach.value}


def groups(text: str, count: int) -> list[GroupOffer]:
    """Computer groups, the third one the computer's own."""
    return [GroupOffer(f"g-{n}", f"{n} {text}", is_own=n == 3) for n in range(count)]


def states(text: str, one: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state, by name; `text` stands wherever words from outside or from people do."""
    elevation = one.model_copy(update={"kind": Kind.ELEVATION})
    everywhere: dict[str, Any] = {
        "groups": groups(text, 200),
        "groups_left": 40,
        "global_groups": [GroupOffer("gg-0", text), GroupOffer("gg-1", text)],
        "global_note": text,
        "notices": (text, text),
        "effect": text,
        "justifications": [f"{n} {text[:60]}" for n in range(20)],
        "evidence": text,
        "faster": (text, text),
        "portal_link": "https://portal.example/approvals",
    }
    wide = tuple(Reach)
    yield "first page", approve_modal(form(one, *wide, **everywhere))
    for reach in Reach:
        yield f"step: {reach.value}", approve_modal(form(one, *wide, **everywhere, values=step(reach)))
        whole = crowded(text)
        full = typed(text) | step(reach)
        yield (
            f"all of it: {reach.value}",
            approve_modal(form(one, *wide, **everywhere, more=whole, values=full)),
        )
    yield "all of it", approve_modal(form(one, *wide, **everywhere, more=more(text)))
    yield "crowded", approve_modal(form(one, *wide, **everywhere, more=crowded(text)))
    yield "typed", approve_modal(form(one, *wide, **everywhere, more=crowded(text), values=typed(text)))
    yield "shut", approve_modal(form(one, **everywhere, more=shut(text), writes_on=False))
    yield "elevation", approve_modal(form(elevation, *wide, **everywhere, more=more(text, modes=())))
    for_good = {ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD, ids.SAFE_BLOCK: text, ids.PHONE_BLOCK: text}
    yield "rights without an end", approve_modal(form(elevation, *wide, **everywhere, values=for_good))
    until = {ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE, ids.ELEVATION_UNTIL_BLOCK: "2026-12-31"}
    yield "rights until a day", approve_modal(form(elevation, *wide, **everywhere, values=until))
